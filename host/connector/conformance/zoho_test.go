package conformance

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/zoho"
	"github.com/taxonhq/taxon/host/crm"
)

var zohoObjects = map[string]Object{
	"accounts": {Store: zoho.Accounts, Edit: "Employees", Fields: map[string]string{"name": "Account_Name", "domain": "Website", "country": "Billing_Country", "city": "Billing_City", "employees": "Employees"}},
	"contacts": {Store: zoho.Contacts, Edit: "Phone", Fields: map[string]string{"name": "Last_Name", "email": "Email", "job_title": "Title", "country": "Mailing_Country", "city": "Mailing_City"},
		Links: map[crm.Kind]string{crm.Company: "Account_Name"}},
	"deals": {Store: zoho.Deals, Edit: "Amount", Fields: map[string]string{"name": "Deal_Name", "amount": "Amount", "closed_at": "Closing_Date"},
		States: map[string]map[string]string{crm.Open: {"Stage": zoho.StageOpen}, crm.Won: {"Stage": zoho.StageSigned},
			crm.Lost: {"Stage": zoho.StageLost}},
		Links: map[crm.Kind]string{crm.Company: "Account_Name", crm.Contact: "Contact_Name"}},
	"invoices": {Store: zoho.Invoices, Edit: "Subject", Fields: map[string]string{"amount": "Grand_Total", "occurred_at": "Invoice_Date"},
		Expect: map[string]string{"kind": "invoice"},
		Links:  map[crm.Kind]string{crm.Company: "Account_Name", crm.Contact: "Contact_Name", crm.Deal: "Deal_Name"}},
	"quotes": {Store: zoho.Quotes, Edit: "Subject", Fields: map[string]string{"amount": "Grand_Total"}, Expect: map[string]string{"kind": "quote"},
		Links: map[crm.Kind]string{crm.Company: "Account_Name", crm.Contact: "Contact_Name", crm.Deal: "Deal_Name"}},
	"cases": {Store: zoho.Cases, Edit: "Subject", Expect: map[string]string{"kind": "ticket"},
		Links: map[crm.Kind]string{crm.Company: "Account_Name", crm.Contact: "Related_To", crm.Deal: "Deal_Name"}},
	"meetings": {Store: zoho.Meetings, Edit: "Event_Title", Fields: map[string]string{"occurred_at": "Start_DateTime"}, Expect: map[string]string{"kind": "meeting"},
		Links: map[crm.Kind]string{crm.Contact: "Who_Id"}},
	"calls": {Store: zoho.Calls, Edit: "Subject", Fields: map[string]string{"occurred_at": "Call_Start_Time"}, Expect: map[string]string{"kind": "call"},
		Links: map[crm.Kind]string{crm.Contact: "Who_Id"}},
}

var _ = register(Dialect{
	Name:     "zoho",
	Settings: map[string]string{"client_id": zoho.DefaultClientID, "activities": "invoices,quotes,cases,meetings,calls"},
	Ways:     []Way{{Name: "oauth", Secrets: map[string]string{"client_secret": zoho.DefaultClientSecret, "refresh_token": zoho.DefaultRefreshToken}}},
	Open: func(s Setup) Server {
		// The user's zone is not UTC, so that offsets matter.
		a := zoho.New(zoho.Options{Clock: s.Clock, Credits: 5000, Zone: time.FixedZone("Europe/Berlin", 3600)})
		return Server{Account: &a.Account, Listen: a.Listen, Merge: func(object, winner, loser string) (string, error) {
			return winner, a.Merge(zohoObjects[object].Store, winner, loser)
		}}
	},
	Objects: zohoObjects,
	// Zoho CRM v8, "Get records": per_page is 200 at most; "Update records": 100. A bulk job is taken above 20,000 records.
	Caps:      Caps{List: 200, Changed: 200, Write: 100},
	Throttled: map[string]http.HandlerFunc{"429 without Retry-After": zoho.TooMany(), "500 with JSON": sandbox.Answer(500, `{"code":"INTERNAL_ERROR","details":{},"message":"Internal Server Error","status":"error"}`)},
	Exhausted: zoho.TooMany(),
	NewOption: func(s Server, object, field, label string) {
		s.Store.EditField(zohoObjects[object].Store, field, func(f *sandbox.Field) {
			f.Options = append(slices.Clone(f.Options), sandbox.Option{Value: label, Label: label, Description: "554023001999999999", Order: len(f.Options)})
		})
	},
	Absent: map[string]string{
		"merges": "no list tells of merges",
		"lag":    "not documented",
	},
})

// In an organisation with several currencies a deal's amount is in its own; in one that has no other nothing is asked for.
func TestZohoCurrencies(t *testing.T) {
	for _, several := range []bool{false, true} {
		i := slices.IndexFunc(dialects, func(d Dialect) bool { return d.Name == "zoho" })
		d := dialects[i]
		d.Open = func(s Setup) Server {
			a := zoho.New(zoho.Options{Clock: s.Clock, Currencies: several})
			return Server{Account: &a.Account, Listen: a.Listen}
		}
		w := newWorld(t, &d, options{})
		values, want := map[string]string{"Deal_Name": "x", "Amount": "12.50"}, "USD"
		if several {
			values["Currency"], want = "EUR", "EUR"
		}
		id, err := w.Account.Load(zoho.Deals, sandbox.Record{Values: values})
		if err != nil {
			t.Fatal(err)
		}
		deal := w.pull(t, w.connect(t), crm.Deal, nil).records[id]
		if got := deal.Field("amount").Money().Currency; got != want {
			t.Errorf("several currencies %t: the amount is in %q, want %s", several, got, want)
		}
	}
}

// Whether the options that a change of a picklist leaves out stay is not documented: none is lost if they do not.
func TestZohoOptionsStayWhereAListReplaces(t *testing.T) {
	i := slices.IndexFunc(dialects, func(d Dialect) bool { return d.Name == "zoho" })
	d := dialects[i]
	d.Open = func(s Setup) Server {
		a := zoho.New(zoho.Options{Clock: s.Clock, Credits: 5000, ReplaceOptions: true})
		return Server{Account: &a.Account, Listen: a.Listen}
	}
	optionsAreExtendedAndNeverLost(t, &d)
}
