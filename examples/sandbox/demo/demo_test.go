package demo_test

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/demo"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

func TestSalesPipelineBecomesAnAccount(t *testing.T) {
	s := hubspot.New(hubspot.Options{Limits: hubspot.Unlimited()})
	got, err := demo.LoadSales(s)
	if err != nil {
		t.Fatal(err)
	}
	if got.Companies != 85 || got.Deals != 8800 || got.Orphans != 1425 || got.AsOf != data.SalesAsOf {
		t.Errorf("loaded %+v", got)
	}
	if s.Len(hubspot.Companies) != 85 || s.Len(hubspot.Deals) != 8800 || s.Len(hubspot.Contacts) != got.Contacts || got.Contacts < 2*85 {
		t.Errorf("%d companies, %d deals, %d contacts", s.Len(hubspot.Companies), s.Len(hubspot.Deals), s.Len(hubspot.Contacts))
	}
	stages, won := map[string]int{}, 0
	for _, d := range s.Records(hubspot.Deals) {
		stages[d.Values["dealstage"]]++
		if s.Value(hubspot.Deals, d.ID, "hs_is_closed_won") == "true" {
			n, err := strconv.Atoi(d.Values["amount"])
			if err != nil {
				t.Fatal(err)
			}
			won += n
		}
		if d.Modified.Before(d.Created) || !d.Modified.Before(data.SalesAsOf) {
			t.Errorf("deal %s: created %v, modified %v", d.ID, d.Created, d.Modified)
		}
	}
	if stages["closedwon"] != 4238 || stages["closedlost"] != 2473 || stages["qualifiedtobuy"] != 1589 || stages["appointmentscheduled"] != 500 || won != 10_005_534 {
		t.Errorf("stages %v, won %d", stages, won)
	}
	first := s.Records(hubspot.Companies)[0]
	for name, want := range map[string]string{"name": "Acme Corporation", "sector": "technolgy", "country": "United States", "annualrevenue": "1100040000", "numberofemployees": "2822"} {
		if first.Values[name] != want {
			t.Errorf("%s = %q, want %q", name, first.Values[name], want)
		}
	}
	parents := 0
	for _, c := range s.Records(hubspot.Companies) {
		if s.Value(hubspot.Companies, c.ID, "hs_parent_company_id") != "" {
			parents++
		}
	}
	if parents != 15 {
		t.Errorf("%d subsidiaries", parents)
	}
}

func TestMadeUpPeopleAreMarked(t *testing.T) {
	s := hubspot.New(hubspot.Options{})
	if _, err := demo.LoadSales(s); err != nil {
		t.Fatal(err)
	}
	answers, decision := 0, map[string]bool{}
	for _, p := range s.Records(hubspot.Contacts) {
		v := p.Values
		if v["firstname"] != "Synthetic" || v["synthetic"] != "true" || !strings.HasSuffix(v["email"], ".example") {
			t.Errorf("not marked: %v", v)
		}
		company := s.Value(hubspot.Contacts, p.ID, "associatedcompanyid")
		if company == "" {
			t.Errorf("%s has no company", v["lastname"])
		}
		if v["decision_maker"] == "true" {
			decision[company] = true
		}
		if score, answered := v["nps_score"]; answered {
			answers++
			if n, err := strconv.Atoi(score); err != nil || n < 0 || n > 10 || v["nps_date"] == "" || v["nps_date"] >= "2018-01-01" {
				t.Errorf("answer %v", v)
			}
		}
	}
	if len(decision) != 85 || math.Abs(float64(answers)/float64(s.Len(hubspot.Contacts))-0.75) > 0.1 {
		t.Errorf("%d companies with a decision maker, %d answers", len(decision), answers)
	}
}

func TestCDNOWBecomesAnAccount(t *testing.T) {
	fsys, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	purchases, err := data.LoadCDNOW(fsys)
	if err != nil {
		t.Fatal(err)
	}
	s := hubspot.New(hubspot.Options{})
	got, err := demo.LoadCDNOW(s, purchases)
	if err != nil {
		t.Fatal(err)
	}
	if got.Contacts != 2357 || got.Deals != 6919 || got.Orphans != 0 || s.Len(hubspot.Contacts) != 2357 || s.Len(hubspot.Deals) != 6919 {
		t.Errorf("loaded %+v", got)
	}
	cents := 0
	for _, d := range s.Records(hubspot.Deals) {
		n, err := strconv.Atoi(strings.Replace(d.Values["amount"], ".", "", 1))
		if err != nil {
			t.Fatal(err)
		}
		cents += n
	}
	if cents != 24_409_194 {
		t.Errorf("%d cents", cents)
	}
}

func TestLoadingTwiceGivesTheSame(t *testing.T) {
	load := func() []*sandbox.Record {
		s := hubspot.New(hubspot.Options{})
		if _, err := demo.LoadSales(s); err != nil {
			t.Fatal(err)
		}
		return append(s.Records(hubspot.Contacts), s.Records(hubspot.Deals)...)
	}
	same := func(a, b *sandbox.Record) bool {
		return a.ID == b.ID && a.Modified.Equal(b.Modified) && maps.Equal(a.Values, b.Values)
	}
	if !slices.EqualFunc(load(), load(), same) {
		t.Error("two loads differ")
	}
}

func TestSyntheticCustomersBecomeAnAccount(t *testing.T) {
	for _, name := range synthetic.Cases {
		set, err := synthetic.Make(name, synthetic.Seed, 60)
		if err != nil {
			t.Fatal(err)
		}
		s := hubspot.New(hubspot.Options{Limits: hubspot.Unlimited()})
		got, err := demo.LoadSynthetic(s, set)
		if err != nil {
			t.Fatal(err)
		}
		subject, deals, invoices, due := hubspot.Contacts, 0, 0, 0
		if set.Company {
			subject = hubspot.Companies
		}
		for _, c := range set.Customers {
			deals += len(c.Deals)
			for _, a := range c.Activities {
				if a.Kind == "invoice" {
					invoices++
				}
			}
		}
		if s.Len(subject) < 60 || s.Len(hubspot.Deals) != deals || got.Deals != deals || s.Len(hubspot.Invoices) != invoices || got.AsOf != set.AsOf {
			t.Errorf("%s: %d customers, %d of %d deals, %d of %d invoices", name, s.Len(subject), s.Len(hubspot.Deals), deals, s.Len(hubspot.Invoices), invoices)
		}
		for _, r := range s.Records(hubspot.Invoices) {
			if r.Values["hs_due_date"] != "" && len(s.Store.Links(hubspot.Invoices, r.ID, subject)) == 1 {
				due++
			}
		}
		if due != invoices {
			t.Errorf("%s: %d of %d invoices have a due date and a customer", name, due, invoices)
		}
		for _, r := range s.Records(subject) {
			if r.Values["synthetic"] != "true" {
				t.Errorf("%s %s is not marked", name, r.ID)
			}
		}
	}
}
