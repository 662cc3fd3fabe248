package conformance

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/dynamics"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func dynamicsOver(code string, header ...string) http.HandlerFunc {
	return sandbox.Answer(429, `{"error":{"code":"`+code+`","message":"Number of requests exceeded the limit of 6000 over time window of 300 seconds."}}`,
		append([]string{"Content-Type", "application/json"}, header...)...)
}

func dynamicsDay(text string) string { return text[:10] }

var dynamicsDialect = Dialect{
	Name:     "dynamics",
	Settings: map[string]string{"tenant_id": dynamics.DefaultTenant, "client_id": dynamics.DefaultClientID, "activities": "cases, quotes, invoices, appointments, phonecalls, emails"},
	Ways:     []Way{{Name: "client_secret", Secrets: map[string]string{"client_secret": dynamics.DefaultClientSecret}}},
	Open: func(s Setup) Server {
		a := dynamics.New(dynamics.Options{Clock: s.Clock, PerFiveMinutes: 6000, Currency: "EUR"})
		sets := map[string]string{"accounts": dynamics.Accounts, "contacts": dynamics.Contacts}
		return Server{Account: &a.Account, Listen: a.Listen,
			Merge: func(object, winner, loser string) (string, error) {
				return winner, a.Merge(sets[object], winner, loser)
			},
			Live: func(object string) []string {
				set := object
				if object == "cases" {
					set = dynamics.Incidents
				}
				var ids []string
				for _, r := range a.Records(set) {
					if r.Values["merged"] != "true" {
						ids = append(ids, r.ID)
					}
				}
				return ids
			}}
	},
	Objects: map[string]Object{
		"accounts": {Store: dynamics.Accounts, Fields: map[string]string{"name": "name", "domain": "websiteurl", "country": "address1_country", "city": "address1_city", "employees": "numberofemployees"}},
		"contacts": {Store: dynamics.Contacts, Fields: map[string]string{"name": "lastname", "email": "emailaddress1", "job_title": "jobtitle", "country": "address1_country", "city": "address1_city"},
			Links: map[crm.Kind]string{crm.Company: "_parentcustomerid_value"}},
		"opportunities": {Store: dynamics.Opportunities, Fields: map[string]string{"name": "name", "amount": "estimatedvalue", "closed_at": "actualclosedate"},
			Forms:  map[string]func(string) string{"closed_at": dynamicsDay},
			States: map[string]map[string]string{crm.Open: {"statecode": dynamics.StateOpen}, crm.Won: {"statecode": dynamics.StateWon}, crm.Lost: {"statecode": dynamics.StateLost}},
			Links:  map[crm.Kind]string{crm.Company: "_parentaccountid_value", crm.Contact: "_parentcontactid_value"}},
		"cases": {Store: dynamics.Incidents, Edit: "title", Expect: map[string]string{"kind": "ticket"}, Links: map[crm.Kind]string{crm.Company: "_customerid_value", crm.Contact: "_customerid_value"}},
		"quotes": {Store: dynamics.Quotes, Edit: "name", Fields: map[string]string{"amount": "totalamount"}, Expect: map[string]string{"kind": "quote"},
			Links: map[crm.Kind]string{crm.Company: "_customerid_value", crm.Contact: "_customerid_value", crm.Deal: "_opportunityid_value"}},
		"invoices": {Store: dynamics.Invoices, Edit: "name", Fields: map[string]string{"amount": "totalamount"}, Expect: map[string]string{"kind": "invoice"},
			Links: map[crm.Kind]string{crm.Company: "_customerid_value", crm.Contact: "_customerid_value", crm.Deal: "_opportunityid_value"}},
		"appointments": {Store: dynamics.Appointments, Edit: "subject", Fields: map[string]string{"occurred_at": "scheduledstart"}, Expect: map[string]string{"kind": "meeting"},
			Links: dynamicsRegarding},
		"phonecalls": {Store: dynamics.PhoneCalls, Edit: "subject", Fields: map[string]string{"occurred_at": "actualend"}, Expect: map[string]string{"kind": "call"}, Links: dynamicsRegarding},
		"emails":     {Store: dynamics.Emails, Edit: "subject", Fields: map[string]string{"occurred_at": "actualend"}, Expect: map[string]string{"kind": "mail"}, Links: dynamicsRegarding},
	},
	NewOption: func(s Server, object, field, label string) {
		s.Store.EditField(object, field, func(f *sandbox.Field) {
			f.Options = append(slices.Clone(f.Options), sandbox.Option{Value: strconv.Itoa(727000900 + len(f.Options)), Label: label})
		})
	},
	// Page results: 5,000 rows; $batch: 1,000 operations.
	Caps: Caps{List: 5000, Changed: 5000, Write: 1000},
	Throttled: map[string]http.HandlerFunc{
		"429 with Retry-After":    dynamicsOver("0x80072322", "Retry-After", "7"),
		"429 of the working time": dynamicsOver("0x80072321", "Retry-After", "30"),
		"429 of too many at once": dynamicsOver("0x80072326"),
		"503 with HTML":           sandbox.HTML(503),
	},
	Absent: map[string]string{
		"daily":        "the entitlement of a day is counted, not enforced by refusals",
		"lag":          "change tracking reads the database",
		"deal/merges":  "opportunities cannot be merged",
		"deal/merging": "opportunities cannot be merged",
	},
}

var dynamicsRegarding = map[crm.Kind]string{crm.Company: "_regardingobjectid_value", crm.Contact: "_regardingobjectid_value", crm.Deal: "_regardingobjectid_value"}

var _ = register(dynamicsDialect)

// All rows of a request in one transaction, and one by one what is refused.
var _ = register(func() Dialect {
	d := dynamicsDialect
	d.Variant, d.Settings = "multiple", maps.Clone(d.Settings)
	d.Settings["write"] = "multiple"
	return d
}())

// An opportunity's amount is in its own currency, beside the conversion of the platform; without the right to see currencies, and for a
// row that names none, the conversion is the amount.
func TestDynamicsCurrencies(t *testing.T) {
	for _, refused := range []bool{false, true} {
		w := newWorld(t, &dynamicsDialect, options{})
		if refused {
			w.Faults.Add(sandbox.Fault{Path: "/transactioncurrencies", Answer: sandbox.Answer(403, `{"error":{"code":"0x80040220","message":"Principal user is missing prvReadTransactionCurrency privilege"}}`, "Content-Type", "application/json")})
		}
		ids := map[string]string{}
		for _, currency := range []string{dynamics.Foreign, dynamics.Base, ""} {
			id, err := w.Account.Load(dynamics.Opportunities, sandbox.Record{Values: map[string]string{"name": "D", "estimatedvalue": "110", "_transactioncurrencyid_value": currency}})
			if err != nil {
				t.Fatal(err)
			}
			ids[id] = map[string]string{dynamics.Foreign: "110.00 CHF 55.00 EUR"}[currency]
			if ids[id] == "" {
				ids[id] = "110.00 EUR 110.00 EUR"
			} else if refused {
				ids[id] = "55.00 EUR 55.00 EUR"
			}
		}
		for id, r := range w.pull(t, w.connect(t), crm.Deal, nil).records {
			if got := r.Fields["amount"].Money().String() + " " + r.Fields["base_amount"].Money().String(); got != ids[id] {
				t.Errorf("refused %t: %s, want %s", refused, got, ids[id])
			}
		}
	}
}

// A lookup is listed by its column's name and read by another: who maps it by the first is told the second.
func TestDynamicsLookupsAreMappedByTheirProperty(t *testing.T) {
	for source, want := range map[string]string{"_parentaccountid_value": "", "parentaccountid": "did you mean _parentaccountid_value?"} {
		w := newWorld(t, &dynamicsDialect, options{})
		problems, err := w.connect(t, func(o *connector.Options) {
			o.Mapping = connector.Mapping{crm.Company: {"group": {Source: source, Type: crm.Text}}}
		}).Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range problems {
			got += p.Suggestion
		}
		if got != want {
			t.Errorf("%s: the check says %q, want %q", source, got, want)
		}
	}
}

// A table without change tracking is listed whole with each pull, and those beside it that have it tell their changes.
func TestDynamicsTablesWithoutChangeTracking(t *testing.T) {
	d, open := dynamicsDialect, dynamicsDialect.Open
	d.Open = func(s Setup) Server {
		server := open(s)
		a := dynamics.New(dynamics.Options{Clock: s.Clock, PerFiveMinutes: 6000, Currency: "EUR", Untracked: []string{dynamics.Accounts, dynamics.Quotes}})
		server.Account, server.Listen, server.Live = &a.Account, a.Listen, nil
		return server
	}
	w := newWorld(t, &d, options{})
	w.smallPages(20)
	w.fill(t, 50, 0, 30, 45)
	c := w.connect(t)
	if problems, err := c.Check(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("the check says %v, %v", problems, err)
	}
	states := map[crm.Kind][]byte{}
	for _, kind := range []crm.Kind{crm.Company, crm.Deal, crm.Activity} {
		p := w.pull(t, c, kind, nil)
		if states[kind] = p.state; !slices.Equal(p.ids(), w.live(kind)) || !p.full {
			t.Errorf("%s: %d of %d records came", kind, len(p.records), len(w.live(kind)))
		}
	}
	w.clock.Advance(time.Hour)
	id := func(object string, i int) string { return w.put[object][i].id }
	for object, property := range map[string]string{"accounts": "name", "quotes": "name", "invoices": "name"} {
		if err := w.Edit(object, id(object, 3), map[string]string{property: "Another"}); err != nil {
			t.Fatal(err)
		}
	}
	w.Delete("accounts", id("accounts", 5))
	w.clock.Advance(settle)
	p := w.pull(t, w.connect(t), crm.Company, states[crm.Company])
	if named := p.records[id("accounts", 3)]; !p.full || !slices.Equal(p.ids(), w.live(crm.Company)) || named.Field("name").String() != "Another" {
		t.Errorf("the next pull lists everything: %t, %d of %d", p.full, len(p.records), len(w.live(crm.Company)))
	}
	if p = w.pull(t, w.connect(t), crm.Deal, states[crm.Deal]); len(p.records) > 0 || p.full {
		t.Errorf("opportunities are tracked, and %d came again", len(p.records))
	}
	for _, want := range [][]string{{"invoices:" + id("invoices", 3), "quotes:" + id("quotes", 3)}, {}} {
		sent := w.Log.Count("list")
		if p = w.pull(t, w.connect(t), crm.Activity, states[crm.Activity]); !slices.Equal(p.ids(), want) || p.full {
			t.Errorf("%v came, want %v", p.ids(), want)
		}
		if n := w.Log.Count("list") - sent; n < 3 {
			t.Errorf("%d pages of a table without change tracking were read, which has three", n)
		}
		states[crm.Activity] = p.state
	}
}
