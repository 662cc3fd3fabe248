package conformance

import (
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/espocrm"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// espocrmDay is for dates without a time.
var espocrmDay = map[string]func(string) string{"occurred_at": func(text string) string { return text[:10] }}

var espocrmObjects = map[string]Object{
	"accounts": {Store: espocrm.Accounts, Fields: map[string]string{"name": "name", "domain": "website", "country": "billingAddressCountry", "city": "billingAddressCity"}},
	"contacts": {Store: espocrm.Contacts, Fields: map[string]string{"name": "lastName", "email": "emailAddress", "job_title": "title", "country": "addressCountry", "city": "addressCity"},
		Linked: []crm.Kind{crm.Company}},
	"opportunities": {Store: espocrm.Opportunities, Fields: map[string]string{"name": "name", "amount": "amount", "closed_at": "closeDate"},
		Forms:  map[string]func(string) string{"closed_at": func(text string) string { return text[:10] }},
		States: map[string]map[string]string{crm.Open: {"stage": "Prospecting"}, crm.Won: {"stage": "Closed Won"}, crm.Lost: {"stage": "Closed Lost"}},
		Linked: []crm.Kind{crm.Company, crm.Contact}},
	"tickets": {Store: espocrm.Cases, Edit: "name", Fixed: map[string]string{"status": "Closed"}, Expect: map[string]string{"kind": "ticket", "status": "Closed"},
		Linked: []crm.Kind{crm.Company, crm.Contact}},
	"meetings": {Store: espocrm.Meetings, Edit: "name", Fields: map[string]string{"occurred_at": "dateStart"}, Fixed: map[string]string{"status": "Held"},
		Expect: map[string]string{"kind": "meeting", "status": "Held"}, Linked: []crm.Kind{crm.Company, crm.Contact, crm.Deal}},
	"calls": {Store: espocrm.Calls, Edit: "name", Fields: map[string]string{"occurred_at": "dateStart"}, Fixed: map[string]string{"status": "Held"},
		Expect: map[string]string{"kind": "call", "status": "Held"}, Linked: []crm.Kind{crm.Company, crm.Contact, crm.Deal}},
	"emails": {Store: espocrm.Emails, Edit: "name", Fields: map[string]string{"occurred_at": "dateSent"}, Fixed: map[string]string{"status": "Sent"},
		Expect: map[string]string{"kind": "mail", "status": "Sent"}, Linked: []crm.Kind{crm.Company, crm.Deal}},
	"quotes": {Store: espocrm.Quotes, Edit: "name", Fields: map[string]string{"amount": "grandTotalAmount", "occurred_at": "dateQuoted"}, Forms: espocrmDay, Fixed: map[string]string{"status": "Approved"},
		Expect: map[string]string{"kind": "quote", "status": "Approved"}, Linked: []crm.Kind{crm.Company, crm.Contact, crm.Deal}},
	"invoices": {Store: espocrm.Invoices, Edit: "name", Fields: map[string]string{"amount": "grandTotalAmount", "occurred_at": "dateInvoiced"}, Forms: espocrmDay, Fixed: map[string]string{"status": "Paid"},
		Expect: map[string]string{"kind": "invoice", "status": "Paid"}, Linked: []crm.Kind{crm.Company, crm.Contact, crm.Deal}},
	"payments": {Store: espocrm.Payments, Edit: "name", Fields: map[string]string{"amount": "amount", "occurred_at": "datePaid"}, Forms: espocrmDay, Fixed: map[string]string{"status": "Completed", "type": "Inbound", "partyType": "Customer"},
		Expect: map[string]string{"kind": "payment", "status": "Completed"}, Linked: []crm.Kind{crm.Company}},
}

var _ = register(espocrmDialect)

var espocrmDialect = Dialect{
	Name:     "espocrm",
	Settings: map[string]string{"login": espocrm.DefaultLogin, "activities": "tickets, meetings, calls, emails, quotes, invoices, payments"},
	Ways: []Way{
		{Name: "key", Secrets: map[string]string{"api_key": espocrm.DefaultKey, "password": espocrm.DefaultPassword}, Static: "api_key", NewSecret: "sandbox99999999000040008000000000"},
		{Name: "hmac", Secrets: map[string]string{"api_key": espocrm.DefaultKey, "secret_key": espocrm.DefaultSecret, "password": espocrm.DefaultPassword}, Static: "secret_key", NewSecret: "sandbox-secret-9999999900004000"},
		{Name: "login", Secrets: map[string]string{"password": espocrm.DefaultPassword}, Static: "password", NewSecret: "sandbox-password-99999999"},
	},
	Open: func(s Setup) Server {
		a := espocrm.New(espocrm.Options{Clock: s.Clock})
		return Server{Account: &a.Account, Listen: a.Listen, Link: func(object, id, toObject, toID string) {
			values := map[string]string{"accountId": toID}
			_, several := a.Store.Field(espocrmObjects[object].Store, "contactsIds")
			_, sold := a.Store.Field(espocrmObjects[object].Store, "billingContactId")
			switch {
			case toObject == "contacts" && sold:
				values = map[string]string{"billingContactId": toID}
			case toObject == "opportunities" && sold:
				values = map[string]string{"opportunityId": toID}
			case toObject == "contacts" && several:
				values = map[string]string{"contactsIds": toID}
			case toObject == "contacts":
				values = map[string]string{"contactId": toID}
			case toObject == "opportunities":
				values = map[string]string{"parentType": "Opportunity", "parentId": toID}
			}
			a.Store.Update(espocrmObjects[object].Store, id, values)
		}, Merge: func(object, winner, loser string) (string, error) {
			r, err := a.Store.Merge(espocrmObjects[object].Store, winner, loser, false)
			if err != nil {
				return "", err
			}
			return r.ID, nil
		}}
	},
	Objects: espocrmObjects,
	// recordListMaxSizeLimit: 200 rows a page. No cap on a mass update is documented: 200 is what a server answers in time.
	Caps: Caps{List: 200, Changed: 200, Write: 200, Edge: 1},
	Absent: map[string]string{
		"deletions":  "deleted rows are in no list; the action history is an administrator's and ends after 15 days",
		"merges":     "nothing tells of a merge",
		"throttling": "the product has no rate limits",
		"daily":      "the product has no rate limits",
		"lag":        "lists read the database",
		"expiry":     "keys and passwords live until somebody changes them",
	},
}

// A server without the Sales Pack is read all the same: its quotes, invoices and payments are left out.
func TestEspoCRMWithoutTheSalesPack(t *testing.T) {
	d := espocrmDialect
	d.Open = func(s Setup) Server {
		a := espocrm.New(espocrm.Options{Clock: s.Clock, WithoutSalesPack: true})
		return Server{Account: &a.Account, Listen: a.Listen}
	}
	w := newWorld(t, &d, options{})
	if _, err := w.Account.Load(espocrm.Cases, sandbox.Record{Values: map[string]string{"name": "C", "status": "New"}}); err != nil {
		t.Fatal(err)
	}
	read, left := 0, 0
	err := w.connect(t).Pull(t.Context(), crm.Activity, nil, func(p connector.Page) error {
		read, left = read+len(p.Records), left+len(p.LeftOut)
		return nil
	})
	if err != nil || read != 1 || left != 3 {
		t.Errorf("%d activities, %d objects are left out, %v", read, left, err)
	}
}
