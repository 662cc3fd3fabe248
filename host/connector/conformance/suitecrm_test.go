package conformance

import (
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

var _ = register(Dialect{
	Name:     "suitecrm",
	Settings: map[string]string{"client_id": suitecrm.DefaultClientID, "currency": "EUR"},
	Ways:     []Way{{Name: "client", Secrets: map[string]string{"client_secret": suitecrm.DefaultClientSecret}}},
	Open: func(s Setup) Server {
		a := suitecrm.New(suitecrm.Options{Clock: s.Clock})
		load := func(object string, r sandbox.Record) (string, error) { // parent_type says what kind of record the parent is
			for _, module := range []string{suitecrm.Accounts, suitecrm.Contacts, suitecrm.Opportunities} {
				if _, ok := a.Store.Get(module, r.Values["parent_id"]); ok && (object == "meetings" || object == "calls") {
					r.Values["parent_type"] = module
				}
			}
			return a.Load(suitecrmObjects[object].Store, r)
		}
		return Server{Account: &a.Account, Listen: a.Listen, Load: load, Merge: mergeByProperties(&a.Account, suitecrmObjects, map[string]crm.Kind{"accounts": crm.Company, "contacts": crm.Contact, "opportunities": crm.Deal})}
	},
	Objects: suitecrmObjects,
	// There is no cap on pages, but each row is loaded singly: 200 is a page that a server answers in time.
	Caps: Caps{List: 200, Changed: 200, Write: 1, Edge: 1},
	Make: func(s Server, object string, spec connector.FieldSpec) string {
		return made(suitecrm.Make(s.Account, suitecrmObjects[object].Store, wanted(spec)))
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
})
