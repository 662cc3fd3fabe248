package connector_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func TestAFullPullEqualsTheSource(t *testing.T) {
	eachAPI(t, func(t *testing.T, api string) {
		a := newAccount(t, hubspot.Options{Currency: "EUR", TimeZone: "Europe/Berlin", OtherCurrencies: []string{"USD"}, ShortPages: 3, EmptyPages: 7, NumericAssociationIDs: api == "v3", SilentAssociations: api == "2026-03"})
		a.api = api
		a.load(t, 40, 250, 730)
		c := a.open(t)
		for kind, name := range map[crm.Kind]string{crm.Company: hubspot.Companies, crm.Contact: hubspot.Contacts, crm.Deal: hubspot.Deals} {
			p := pull(t, c, kind, nil)
			if !p.full {
				t.Errorf("%s: the first pull does not say that it lists everything", kind)
			}
			if got, want := p.ids(), ids(a.Records(name)); !slices.Equal(got, want) {
				t.Fatalf("%s: %d records, want %d", kind, len(got), len(want))
			}
			if len(p.rejected) > 0 || len(p.deleted) > 0 {
				t.Errorf("%s: rejected %v, deleted %v", kind, p.rejected, p.deleted)
			}
			for id, n := range p.times {
				if n != 1 {
					t.Errorf("%s %s came %d times", kind, id, n)
				}
			}
		}
		deals := pull(t, c, crm.Deal, nil)
		for i, r := range a.Records(hubspot.Deals) {
			got := deals.records[r.ID]
			if s := []string{crm.Won, crm.Lost, crm.Open}[i%3]; got.Field("state").Text() != s {
				t.Fatalf("deal %s is %q, want %s", r.ID, got.Field("state").Text(), s)
			}
			if m := got.Field("amount").Money(); m.Currency != "EUR" || m.Minor != int64(i)*100+50 {
				t.Fatalf("deal %s has the amount %s", r.ID, m)
			}
			wantCompany, links := "", 0
			if i%5 != 0 {
				wantCompany, links = a.Records(hubspot.Companies)[i%40].ID, 2
			}
			if i%2 == 0 {
				links++
			}
			if got.Linked(crm.Company) != wantCompany || len(got.Links) != links {
				t.Fatalf("deal %s has the links %v, want the primary company %q of %d links", r.ID, got.Links, wantCompany, links)
			}
		}
		contact := pull(t, c, crm.Contact, nil).records[a.Records(hubspot.Contacts)[1].ID]
		if contact.Field("name").Text() != "Person 1" || contact.Linked(crm.Company) != a.Records(hubspot.Companies)[1].ID {
			t.Errorf("the contact is %+v", contact)
		}
		account, err := c.Account(context.Background())
		if err != nil || account.Currency != "EUR" || account.TimeZone != "Europe/Berlin" || account.ID != "8675309" {
			t.Errorf("the account is %+v, %v", account, err)
		}
	})
}

func TestPagesAreFullAndAssociationsAreReadInBulk(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 10, 10, 2100)
	c := a.open(t)
	p := pull(t, c, crm.Deal, nil)
	if !slices.Equal(p.sizes, []int{1000, 1000, 100}) {
		t.Errorf("pages of %v records", p.sizes)
	}
	if n := c.Counts(); n.Pull != 21 || n.Association != 6 {
		t.Errorf("requests: %+v", n)
	}
}

func TestManyLinksOfOneRecordArePagedForThatRecordAlone(t *testing.T) {
	a := newAccount(t, hubspot.Options{AssociationPage: 7})
	a.load(t, 30, 0, 3)
	deal := a.Records(hubspot.Deals)[0].ID
	for _, r := range a.Records(hubspot.Companies) {
		a.Associate(hubspot.Deals, deal, hubspot.Companies, r.ID, false)
	}
	got := pull(t, a.open(t), crm.Deal, nil).records[deal]
	if len(got.Links) != 30 {
		t.Errorf("%d links, want 30", len(got.Links))
	}
}

func TestMoreThanAURLHoldsIsAskedForInPartsAndJoined(t *testing.T) {
	a := newAccount(t, hubspot.Options{Limits: &hubspot.Limits{MaxURL: 8000, MaxSearchBody: 3000}})
	mapping := connector.Mapping{crm.Deal: {}}
	values := map[string]string{"dealname": "Wide"}
	for i := range 120 {
		name := "a_property_with_a_rather_long_name_such_as_people_make_" + strings.Repeat("x", i%10) + string(rune('a'+i/26)) + string(rune('a'+i%26))
		if err := a.AddProperty(hubspot.Deals, sandbox.Field{Name: name, Type: "string", Widget: "text"}); err != nil {
			t.Fatal(err)
		}
		mapping[crm.Deal]["extra_"+name] = connector.FieldSource{Source: name, Type: crm.Text}
		values[name] = name
	}
	id, err := a.Load(hubspot.Deals, sandbox.Record{Values: values})
	if err != nil {
		t.Fatal(err)
	}
	c := a.open(t, func(o *connector.Options) { o.Mapping = mapping })
	first := pull(t, c, crm.Deal, nil)
	a.clock.Advance(time.Hour)
	if err := a.Update(hubspot.Deals, id, map[string]string{"dealname": "Wider"}); err != nil {
		t.Fatal(err)
	}
	second := pull(t, c, crm.Deal, first.state)
	for what, p := range map[string]*pulled{"list": first, "search": second} {
		for field, source := range mapping[crm.Deal] {
			r := p.records[id]
			if r.Field(field).Text() != source.Source {
				t.Fatalf("%s: %s is %q", what, field, r.Field(field).Text())
			}
		}
	}
	r := second.records[id]
	if r.Field("name").Text() != "Wider" {
		t.Errorf("the name is %q", r.Field("name").Text())
	}
}

func TestAPullResumesExactlyAfterThePageWhoseStateWasStored(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 20, 0, 2300)
	killed := errors.New("killed")
	p := &pulled{}
	pages := 0
	err := a.open(t).Pull(context.Background(), crm.Deal, nil, func(page connector.Page) error {
		if pages == 1 {
			return killed // after the request, before anything was stored
		}
		pages++
		p.take(page)
		return nil
	})
	if !errors.Is(err, killed) {
		t.Fatal(err)
	}
	before := a.Log.Count("list")
	rest := pull(t, a.open(t), crm.Deal, p.state)
	if !rest.full {
		t.Error("the rest of a full pull is not called full")
	}
	for id, r := range rest.records {
		if _, twice := p.records[id]; twice {
			t.Fatalf("the deal %s came twice", id)
		}
		p.records[id] = r
	}
	if got, want := p.ids(), ids(a.Records(hubspot.Deals)); !slices.Equal(got, want) {
		t.Errorf("%d deals, want %d", len(got), len(want))
	}
	if n := a.Log.Count("list") - before; n != 13 {
		t.Errorf("%d pages were read after the kill, want the 13 that were not stored", n)
	}
	// The watermark is the beginning of the first part.
	next := pull(t, a.open(t), crm.Deal, rest.state)
	if next.full || len(next.records) != 0 {
		t.Errorf("the next pull brings %d records, full %v", len(next.records), next.full)
	}
}

func TestABadRecordIsRejectedAndThePullGoesOn(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 0, 0, 5)
	if err := a.AddProperty(hubspot.Deals, sandbox.Field{Name: "margin", Type: "string", Widget: "text"}); err != nil {
		t.Fatal(err)
	}
	bad := a.Records(hubspot.Deals)[2].ID
	if err := a.Update(hubspot.Deals, bad, map[string]string{"margin": "secret of Ms Miller"}); err != nil {
		t.Fatal(err)
	}
	c := a.open(t, func(o *connector.Options) {
		o.Mapping = connector.Mapping{crm.Deal: {"margin": {Source: "margin", Type: crm.Number}}}
	})
	p := pull(t, c, crm.Deal, nil)
	if len(p.records) != 4 || len(p.rejected) != 1 || p.rejected[0].ID != bad {
		t.Fatalf("%d records, rejected %v", len(p.records), p.rejected)
	}
	if e := p.rejected[0].Error; e.Code != crm.CodeRecord || strings.Contains(e.Error(), "Miller") || !strings.Contains(e.Error(), "margin") {
		t.Errorf("the cause is %q", e)
	}
}

func TestAnotherMappingNeedsAFullPull(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 5, 0, 0)
	first := pull(t, a.open(t), crm.Company, nil)
	a.clock.Advance(time.Hour)
	c := a.open(t, func(o *connector.Options) {
		o.Mapping = connector.Mapping{crm.Company: {"founded": {Source: "founded_year", Type: crm.Text}}}
	})
	if second := pull(t, c, crm.Company, first.state); !second.full || len(second.records) != 5 {
		t.Errorf("full %v, %d records", second.full, len(second.records))
	}
}

func TestIDsListsLiveRecordsOnly(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 250, 0, 0)
	gone := a.Records(hubspot.Companies)[7].ID
	a.Archive(hubspot.Companies, gone)
	var got []string
	c := a.open(t)
	if err := c.IDs(context.Background(), crm.Company, func(ids []string) error { got = append(got, ids...); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, ids(a.Records(hubspot.Companies))) || slices.Contains(got, gone) {
		t.Errorf("%d ids", len(got))
	}
	if n := c.Counts(); n.Reconcile != 3 || n.Pull != 0 {
		t.Errorf("requests: %+v", n)
	}
}

func TestAKindThatTheCRMLacksIsAnError(t *testing.T) {
	c := newAccount(t, hubspot.Options{}).open(t, func(o *connector.Options) { o.Settings["activities"] = "none" })
	err := c.Pull(context.Background(), crm.Activity, nil, func(connector.Page) error { return nil })
	if crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("got %v", err)
	}
}

func TestAnObjectThatThePlanDoesNotHaveIsLeftOut(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.Faults.Add(sandbox.Fault{Path: "/feedback_submissions", Answer: sandbox.Answer(400, `{"status":"error","message":"Unable to infer object type from: feedback_submissions","category":"VALIDATION_ERROR"}`, "Content-Type", "application/json")})
	if _, err := a.Load(hubspot.Tickets, sandbox.Record{}); err != nil {
		t.Fatal(err)
	}
	p := pull(t, a.open(t), crm.Activity, nil)
	if len(p.records) != 1 || len(p.left) != 1 || p.left[0].Pointer != "surveys" {
		t.Errorf("%d records, left out %+v", len(p.records), p.left)
	}
}

func TestAssociationsThatAreRefusedAreLeftOut(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	person, err := a.Load(hubspot.Contacts, sandbox.Record{})
	if err != nil {
		t.Fatal(err)
	}
	for range 1200 {
		id, err := a.Load(hubspot.Surveys, sandbox.Record{})
		if err != nil {
			t.Fatal(err)
		}
		a.Associate(hubspot.Surveys, id, hubspot.Contacts, person, false)
	}
	a.Faults.Add(sandbox.Fault{Path: "/feedback_submissions/deals/batch/read", Answer: sandbox.Answer(400, `{"status":"error","message":"No association definition exists","category":"VALIDATION_ERROR"}`, "Content-Type", "application/json")})
	p := pull(t, a.open(t), crm.Activity, nil)
	if len(p.records) != 1200 || len(p.left) != 1 || p.left[0].Pointer != "surveys/deal" {
		t.Errorf("%d records, left out %+v", len(p.records), p.left)
	}
	for id, r := range p.records {
		if r.Linked(crm.Contact) != person {
			t.Errorf("%s has lost its contact", id)
			break
		}
	}
}

func TestARecordWhoseAssociationsAreNotToldIsRejectedAlone(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 5, 0, 20)
	silent := a.Records(hubspot.Deals)[6].ID
	body := `{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"status":"error","category":"INTERNAL_ERROR","message":"Ms Miller","context":{"fromObjectId":["` + silent + `"]}}]}`
	a.Faults.Add(sandbox.Fault{Path: "/deals/companies/batch/read", Answer: sandbox.Answer(207, body, "Content-Type", "application/json")})
	c := a.open(t)
	p := pull(t, c, crm.Deal, nil)
	if len(p.records) != 19 || len(p.rejected) != 1 || p.rejected[0].ID != silent || strings.Contains(p.rejected[0].Error.Error(), "Miller") {
		t.Errorf("%d records, rejected %v", len(p.records), p.rejected)
	}
	if n := c.Counts().Association; n != 4 {
		t.Errorf("%d requests, want three for companies and one for contacts", n)
	}
}
