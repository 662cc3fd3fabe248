package conformance

import (
	"net/http"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/freshsales"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// freshsalesBin is a record in the recycle bin, should a view show it.
var freshsalesBin = map[string]string{"is_deleted": "true"}

var freshsalesObjects = map[string]Object{
	"accounts": {Store: freshsales.Accounts, Leaves: freshsalesBin, Fields: map[string]string{"name": "name", "domain": "website", "country": "country", "city": "city", "employees": "number_of_employees"}},
	"contacts": {Store: freshsales.Contacts, Leaves: freshsalesBin, Fields: map[string]string{"name": "last_name", "email": "email", "job_title": "job_title", "country": "country", "city": "city"}, Linked: []crm.Kind{crm.Company}},
	"deals": {Store: freshsales.Deals, Leaves: freshsalesBin, Fields: map[string]string{"name": "name", "amount": "base_currency_amount", "closed_at": "closed_date"}, Linked: []crm.Kind{crm.Company, crm.Contact},
		Forms: map[string]func(string) string{"closed_at": func(text string) string { return text[:10] }},
		States: map[string]map[string]string{crm.Open: {"deal_stage_id": freshsales.StageNew}, crm.Won: {"deal_stage_id": freshsales.StageWon},
			crm.Lost: {"deal_stage_id": freshsales.StageLost}}},
	"appointments": {Store: freshsales.Appointments, Edit: "title", Fields: map[string]string{"occurred_at": "from_date"}, Expect: map[string]string{"kind": "meeting"},
		Linked: []crm.Kind{crm.Company, crm.Contact, crm.Deal}},
	"sales_activities": {Store: freshsales.SalesActivities, Edit: "title", Fields: map[string]string{"occurred_at": "start_date"}, Fixed: map[string]string{"sales_activity_type_id": freshsales.TypeCall},
		Expect: map[string]string{"kind": "call"}, Linked: []crm.Kind{crm.Company, crm.Contact, crm.Deal}},
}

var _ = register(freshsalesDialect)

var freshsalesDialect = Dialect{
	Name:     "freshsales",
	Settings: map[string]string{"currency": "EUR"},
	Ways:     []Way{{Name: "key", Secrets: map[string]string{"api_key": freshsales.DefaultKey}, Static: "api_key", NewSecret: "sandboxKey99999999000040008000"}},
	Open: func(s Setup) Server {
		a := freshsales.New(freshsales.Options{Clock: s.Clock, PerHour: 1000}) // Growth
		return Server{Account: &a.Account, Listen: a.Listen, Link: func(object, id, toObject, toID string) {
			a.Link(freshsalesObjects[object].Store, id, freshsalesObjects[toObject].Store, toID)
		}, Merge: func(object, winner, loser string) (string, error) {
			_, err := a.Store.Merge(freshsalesObjects[object].Store, winner, loser, false)
			return winner, err
		}}
	},
	Objects: freshsalesObjects,
	// Views have 100 rows a page at most, after one call for the view's id; a job takes 100 records, and is polled.
	Caps: Caps{List: 100, Changed: 100, Write: 100, ListFixed: 1, WriteFixed: 0, Edge: 1},
	Throttled: map[string]http.HandlerFunc{
		"429 without Retry-After": sandbox.Answer(429, `{"errors":{"code":429,"message":["You have exceeded the limit of requests per hour"]}}`, "Content-Type", "application/json"),
		"502 with HTML":           sandbox.HTML(502),
	},
	Make: func(s Server, object string, spec connector.FieldSpec) string {
		return made(freshsales.Make(s.Account, freshsalesObjects[object].Store, wanted(spec)))
	},
	Absent: map[string]string{
		"activity/incremental": "the lists of appointments and sales activities have no order and no filter by time",

		"deletions":      "no list tells of deleted records",
		"merges":         "no list tells of merges",
		"create_field":   "documented for custom modules only",
		"extend_options": "not documented",
		"expiry":         "API keys live until somebody deletes them",
		"daily":          "its limits are of an hour",
		"lag":            "not documented",
	},
}

// A deal's amount is in its own currency, beside the CRM's conversion; where nobody tells the currencies, the conversion is the amount.
func TestFreshsalesCurrencies(t *testing.T) {
	for _, refused := range []bool{false, true} {
		w := newWorld(t, &freshsalesDialect, options{})
		if refused {
			w.Faults.Add(sandbox.Fault{Path: "/selector/currencies", Answer: sandbox.Answer(403, `{}`)})
		}
		id, err := w.Account.Load(freshsales.Deals, sandbox.Record{Values: map[string]string{"name": "D", "amount": "110.0", "base_currency_amount": "100.0", "currency_id": freshsales.Dollar}})
		if err != nil {
			t.Fatal(err)
		}
		want := "110.00 USD 100.00 EUR"
		if refused {
			want = "100.00 EUR 100.00 EUR"
		}
		fields := w.pull(t, w.connect(t), crm.Deal, nil).records[id].Fields
		if got := fields["amount"].Money().String() + " " + fields["base_amount"].Money().String(); got != want {
			t.Errorf("refused %t: %s, want %s", refused, got, want)
		}
	}
}

// The types of sales activities are an account's own: their names tell what they are. Appointments and tasks have lists of their own.
func TestFreshsalesActivityTypes(t *testing.T) {
	w := newWorld(t, &freshsalesDialect, options{})
	want := map[string]string{freshsales.TypeCall: "call", freshsales.TypeMeet: "meeting", freshsales.TypeChat: "", freshsales.TypeTask: "", freshsales.TypeVisit: "visit"}
	ids := map[string]string{}
	for typ := range want {
		id, err := w.Account.Load(freshsales.SalesActivities, sandbox.Record{Values: map[string]string{"sales_activity_type_id": typ, "start_date": "2026-02-01T08:00:00Z"}})
		if err != nil {
			t.Fatal(err)
		}
		ids["sales_activities:"+id] = typ
	}
	records := w.pull(t, w.connect(t), crm.Activity, nil).records
	if len(records) != len(want) {
		t.Errorf("%d activities", len(records))
	}
	for id, r := range records {
		if got := r.Fields["kind"].Text(); got != want[ids[id]] {
			t.Errorf("the type %s is %q, want %q", ids[id], got, want[ids[id]])
		}
	}
}
