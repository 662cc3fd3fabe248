package conformance

import (
	"maps"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/dolibarr"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

var dolibarrObjects = map[string]Object{
	"companies": {Store: dolibarr.ThirdParties, Fields: map[string]string{"name": "name", "domain": "url", "country": "country_code", "city": "town"}},
	"contacts": {Store: dolibarr.Contacts, Fields: map[string]string{"name": "lastname", "email": "email", "job_title": "poste", "country": "country_code", "city": "town"},
		Links: map[crm.Kind]string{crm.Company: "socid"}},
	"opportunities": {Store: dolibarr.Projects, Fields: map[string]string{"name": "title", "amount": "opp_amount", "closed_at": "date_close"}, Fixed: map[string]string{"usage_opportunity": "1"}, Leaves: map[string]string{"usage_opportunity": "0"},
		States: map[string]map[string]string{crm.Open: {"opp_status": "1"}, crm.Won: {"opp_status": "6"}, crm.Lost: {"opp_status": "7"}},
		Links:  map[crm.Kind]string{crm.Company: "socid"}},
	"invoices": {Store: dolibarr.Invoices, Edit: "ref", Fields: map[string]string{"amount": "total_ttc", "occurred_at": "date"}, Fixed: map[string]string{"statut": "2"},
		Expect: map[string]string{"kind": "invoice", "status": "paid"}, Links: map[crm.Kind]string{crm.Company: "socid"}},
	"proposals": {Store: dolibarr.Proposals, Edit: "ref", Fields: map[string]string{"amount": "total_ttc", "occurred_at": "date"}, Fixed: map[string]string{"statut": "1"},
		Expect: map[string]string{"kind": "quote", "status": "validated"}, Links: map[crm.Kind]string{crm.Company: "socid"}},
	"tickets": {Store: dolibarr.Tickets, Edit: "subject", Fixed: map[string]string{"status": "8"}, Expect: map[string]string{"kind": "ticket", "status": "closed"},
		Links: map[crm.Kind]string{crm.Company: "socid"}},
	"events": {Store: dolibarr.Events, Edit: "label", Fields: map[string]string{"occurred_at": "datep"}, Fixed: map[string]string{"fk_action": "5", "percentage": "100"},
		Expect: map[string]string{"kind": "meeting", "status": "done"}, Links: map[crm.Kind]string{crm.Company: "socid", crm.Contact: "socpeopleassigned", crm.Deal: "fk_project"}},
}

// The databases of some installations are not in UTC; the old release is one of those.
var (
	_ = register(dolibarrOf("", "recent", nil))
	_ = register(dolibarrOf("older", "older", time.FixedZone("UTC+2", 2*3600)))
)

func dolibarrOf(variant, release string, zone *time.Location) Dialect {
	d := Dialect{
		Name:     "dolibarr",
		Variant:  variant,
		Settings: map[string]string{"release": release},
		Ways:     []Way{{Name: "key", Secrets: map[string]string{"api_key": dolibarr.DefaultKey}, Static: "api_key", NewSecret: "sandbox99999999000040008000000000"}},
		Open: func(s Setup) Server {
			a := dolibarr.New(dolibarr.Options{Clock: s.Clock, Old: release == "older", Zone: zone})
			return Server{Account: &a.Account, Listen: a.Listen, Merge: func(object, winner, loser string) (string, error) {
				r, err := a.Store.Merge(dolibarrObjects[object].Store, winner, loser, false)
				if err != nil {
					return "", err
				}
				return r.ID, nil
			}}
		},
		Objects: dolibarrObjects,
		// There is no cap on pages, but each row is loaded singly: 500 is a page that a server answers in time.
		Caps: Caps{List: 500, Changed: 500, Write: 1, Edge: 1},
		Absent: map[string]string{
			"deletions":    "rows are deleted without a trace",
			"merges":       "nothing tells of a merge",
			"throttling":   "the API has no rate limits",
			"daily":        "the API has no rate limits",
			"lag":          "lists read the database",
			"expiry":       "API keys live until somebody changes them",
			"option_rules": "values of extra fields are not checked against their options",
		},
	}
	if release == "older" {
		d.Settings["time_zone"] = "Etc/GMT-2"
		d.Absent["create_field"] = "the API lists extra fields only"
		d.Absent["extend_options"] = "the API lists extra fields only"
		d.Make = func(s Server, object string, spec connector.FieldSpec) string {
			typ := map[crm.Type]string{crm.Integer: "double", crm.Number: "double", crm.Amount: "double"}[spec.Type]
			var options []string
			for _, o := range spec.Options {
				typ, options = "select", append(options, o.Code)
			}
			if typ == "" {
				typ = "varchar"
			}
			if err := dolibarr.AddField(s.Account, dolibarrObjects[object].Store, spec.Key, typ, options...); err != nil {
				panic(err)
			}
			return spec.Key
		}
		d.NewOption = func(s Server, object, field, label string) {
			s.Store.EditField(dolibarrObjects[object].Store, field, func(f *sandbox.Field) { f.Options = append(f.Options, sandbox.Option{Value: label, Label: label}) })
		}
	}
	return d
}

// The user of the key has no right to the agenda: 401 as if the key were wrong, and yet only the events are left out.
func TestDolibarrWithoutTheAgenda(t *testing.T) {
	d := dolibarrOf("", "recent", nil)
	d.Open = func(s Setup) Server {
		a := dolibarr.New(dolibarr.Options{Clock: s.Clock, Forbidden: []string{dolibarr.Events}})
		return Server{Account: &a.Account, Listen: a.Listen}
	}
	w := newWorld(t, &d, options{})
	w.fill(t, 3, 0, 0, 3)
	read, left := 0, 0
	err := w.connect(t).Pull(t.Context(), crm.Activity, nil, func(p connector.Page) error {
		read, left = read+len(p.Records), left+len(p.LeftOut)
		return nil
	})
	if err != nil || read != 9 || left != 1 {
		t.Errorf("%d activities, %d objects are left out, %v", read, left, err)
	}
}

// What Dolibarr itself writes into the agenda is no activity.
func TestDolibarrEventsOfItsOwn(t *testing.T) {
	d := dolibarrOf("", "recent", nil)
	w := newWorld(t, &d, options{})
	want := map[string]string{}
	for action, kind := range map[string]string{"1": "call", "2": "", "4": "mail", "5": "meeting", "6": "mail", "11": "visit", "40": "", "50": ""} {
		id, err := w.Account.Load(dolibarr.Events, sandbox.Record{Values: map[string]string{"fk_action": action, "datep": "2026-02-01T08:00:00Z"}})
		if err != nil {
			t.Fatal(err)
		}
		if kind != "" {
			want["events:"+id] = kind
		}
	}
	got := map[string]string{}
	for id, r := range w.pull(t, w.connect(t), crm.Activity, nil).records {
		got[id] = r.Fields["kind"].Text()
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
