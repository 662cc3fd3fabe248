package conformance

import (
	"maps"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/suitecrm"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// suitecrmParent is the one record that a meeting or call is about.
var suitecrmParent = map[crm.Kind]string{crm.Company: "parent_id", crm.Contact: "parent_id", crm.Deal: "parent_id"}

func databaseTime(text string) string { return text[:10] + " " + text[11:19] }

var suitecrmObjects = map[string]Object{
	"accounts": {Store: suitecrm.Accounts, Fields: map[string]string{"name": "name", "domain": "website", "country": "billing_address_country", "city": "billing_address_city", "employees": "employees"}},
	"contacts": {Store: suitecrm.Contacts, Fields: map[string]string{"name": "last_name", "email": "email1", "job_title": "title", "country": "primary_address_country", "city": "primary_address_city"},
		Links: map[crm.Kind]string{crm.Company: "account_id"}},
	"opportunities": {Store: suitecrm.Opportunities, Fields: map[string]string{"name": "name", "amount": "amount_usdollar", "closed_at": "date_closed"},
		Forms:  map[string]func(string) string{"closed_at": func(text string) string { return text[:10] }},
		States: map[string]map[string]string{crm.Open: {"sales_stage": "Prospecting"}, crm.Won: {"sales_stage": "Closed Won"}, crm.Lost: {"sales_stage": "Closed Lost"}},
		Links:  map[crm.Kind]string{crm.Company: "account_id"}},
	"cases": {Store: suitecrm.Cases, Edit: "name", Fixed: map[string]string{"status": "Open_New"}, Expect: map[string]string{"kind": "ticket", "status": "Open_New"}, Links: map[crm.Kind]string{crm.Company: "account_id"}},
	"invoices": {Store: suitecrm.Invoices, Edit: "name", Fields: map[string]string{"amount": "total_amount_usdollar", "occurred_at": "invoice_date"},
		Forms: map[string]func(string) string{"occurred_at": func(text string) string { return text[:10] }}, Expect: map[string]string{"kind": "invoice"},
		Links: map[crm.Kind]string{crm.Company: "billing_account_id", crm.Contact: "billing_contact_id"}},
	"meetings": {Store: suitecrm.Meetings, Edit: "name", Fields: map[string]string{"occurred_at": "date_start"}, Forms: map[string]func(string) string{"occurred_at": databaseTime},
		Fixed: map[string]string{"status": "Held"}, Expect: map[string]string{"kind": "meeting", "status": "Held"}, Links: suitecrmParent},
	"calls": {Store: suitecrm.Calls, Edit: "name", Fields: map[string]string{"occurred_at": "date_start"}, Forms: map[string]func(string) string{"occurred_at": databaseTime},
		Fixed: map[string]string{"status": "Held"}, Expect: map[string]string{"kind": "call", "status": "Held"}, Links: suitecrmParent},
	"quotes": {Store: suitecrm.Quotes, Edit: "name", Fields: map[string]string{"amount": "total_amount_usdollar"}, Expect: map[string]string{"kind": "quote"},
		Links: map[crm.Kind]string{crm.Company: "billing_account_id", crm.Contact: "billing_contact_id", crm.Deal: "opportunity_id"}},
}

var (
	_ = register(suitecrmOf(""))
	_ = register(suitecrmOf("invited"))
)

// suitecrmOf is an installation of which invited contacts are read as well, each by a request, or not.
func suitecrmOf(variant string) Dialect {
	objects, invited, links := maps.Clone(suitecrmObjects), "none", 0
	if variant == "invited" {
		invited, links = "contacts", 1
		for _, name := range []string{"meetings", "calls"} {
			o := objects[name]
			o.Links = map[crm.Kind]string{crm.Company: "parent_id", crm.Deal: "parent_id", crm.Contact: "contacts"}
			objects[name] = o
		}
	}
	return Dialect{
		Name:     "suitecrm",
		Variant:  variant,
		Settings: map[string]string{"client_id": suitecrm.DefaultClientID, "currency": "EUR", "invited": invited},
		Ways:     []Way{{Name: "client", Secrets: map[string]string{"client_secret": suitecrm.DefaultClientSecret}}},
		Open: func(s Setup) Server {
			a := suitecrm.New(suitecrm.Options{Clock: s.Clock})
			load := func(object string, r sandbox.Record) (string, error) { // parent_type says what kind of record the parent is
				for _, module := range []string{suitecrm.Accounts, suitecrm.Contacts, suitecrm.Opportunities} {
					if _, ok := a.Store.Get(module, r.Values["parent_id"]); ok && (object == "meetings" || object == "calls") {
						r.Values["parent_type"] = module
					}
				}
				return a.Load(objects[object].Store, r)
			}
			return Server{Account: &a.Account, Listen: a.Listen, Load: load, Merge: mergeByProperties(&a.Account, objects, map[string]crm.Kind{"accounts": crm.Company, "contacts": crm.Contact, "opportunities": crm.Deal})}
		},
		Objects: objects,
		// There is no cap on pages, but each row is loaded singly: 200 is a page that a server answers in time.
		Caps: Caps{List: 200, Changed: 200, Write: 1, Edge: 1, Associations: links},
		Make: func(s Server, object string, spec connector.FieldSpec) string {
			return made(suitecrm.Make(s.Account, objects[object].Store, wanted(spec)))
		},
		Absent: map[string]string{
			"deletions":      "a filter on deleted rows fails in the releases known",
			"merges":         "the API tells of none",
			"create_field":   "fields are made in Studio",
			"extend_options": "options are edited in Studio, and not told",
			"throttling":     "the API has no rate limits",
			"daily":          "the API has no rate limits",
			"lag":            "lists read the database",
		},
	}
}

// A deal's amount is in its own currency, beside SuiteCRM's conversion; where the role may not see the currencies, and for the default
// currency, which is no row, the conversion is the amount.
func TestSuiteCRMCurrencies(t *testing.T) {
	for _, refused := range []bool{false, true} {
		d := suitecrmOf("")
		w := newWorld(t, &d, options{})
		if refused {
			w.Faults.Add(sandbox.Fault{Path: "/module/Currencies", Answer: sandbox.Answer(400, `{"errors":{"status":400,"title":null,"detail":"Access denied"}}`, "Content-Type", "application/vnd.api+json")})
		}
		dollar, err := w.Account.Load(suitecrm.Currencies, sandbox.Record{Values: map[string]string{"iso4217": "USD"}})
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]string{}
		for _, currency := range []string{dollar, "-99"} {
			if ids[currency], err = w.Account.Load(suitecrm.Opportunities, sandbox.Record{Values: map[string]string{"name": "D", "amount": "110.000000", "amount_usdollar": "100.00", "currency_id": currency}}); err != nil {
				t.Fatal(err)
			}
		}
		records := w.pull(t, w.connect(t), crm.Deal, nil).records
		for currency, want := range map[string]string{dollar: "110.00 USD 100.00 EUR", "-99": "100.00 EUR 100.00 EUR"} {
			if refused {
				want = "100.00 EUR 100.00 EUR"
			}
			fields := records[ids[currency]].Fields
			if got := fields["amount"].Money().String() + " " + fields["base_amount"].Money().String(); got != want {
				t.Errorf("refused %t, currency %s: %s, want %s", refused, currency, got, want)
			}
		}
	}
}

// Links that only some want, because they take a request for each record, are read where a setting asks for them.
func TestLinksThatASettingAsksFor(t *testing.T) {
	for invited, want := range map[string]string{"none": "", "contacts": "contact"} {
		d := suitecrmOf("")
		d.Settings["invited"] = invited
		w := newWorld(t, &d, options{})
		contact, err := w.Account.Load(suitecrm.Contacts, sandbox.Record{Values: map[string]string{"last_name": "Adler"}})
		if err != nil {
			t.Fatal(err)
		}
		with, err := w.Account.Load(suitecrm.Meetings, sandbox.Record{Values: map[string]string{"contacts": contact, "date_start": "2026-02-01 08:00:00"}})
		if err != nil {
			t.Fatal(err)
		}
		if want != "" {
			want = contact
		}
		r := w.pull(t, w.connect(t), crm.Activity, nil).records["meetings:"+with]
		if got := r.Linked(crm.Contact); got != want {
			t.Errorf("invited %s: %q, want %q", invited, got, want)
		}
		if asked := w.Log.Count("association"); (asked > 0) != (invited == "contacts") {
			t.Errorf("invited %s: %d requests", invited, asked)
		}
	}
}
