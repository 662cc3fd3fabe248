package conformance

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/fxiaoke"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// millisOf is a time as the dialect keeps it.
func millisOf(text string) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return ""
	}
	return strconv.FormatInt(at.UnixMilli(), 10)
}

var _ = register(fxiaokeOf("", fxiaoke.Opportunities, Object{Fields: map[string]string{"name": "name", "amount": "amount", "closed_at": "close_date"},
	States: map[string]map[string]string{crm.Open: {"sales_status": fxiaoke.StatusOpen}, crm.Won: {"sales_status": fxiaoke.StatusWon},
		crm.Lost: {"sales_status": fxiaoke.StatusLost}}}))

var _ = register(fxiaokeOf("older", fxiaoke.OldDeals, Object{Fields: map[string]string{"name": "name", "amount": "expected_deal_amount", "closed_at": "expected_deal_closed_date"},
	States: map[string]map[string]string{crm.Open: {"biz_status": fxiaoke.StatusOpen}, crm.Won: {"biz_status": fxiaoke.StatusWon},
		crm.Lost: {"biz_status": fxiaoke.StatusLost}}}))

// A record that was invalidated (作废), and one that was deleted, should queries show them.
var (
	fxiaokeInvalid = map[string]string{"life_status": "invalid"}
	fxiaokeDeleted = map[string]string{"is_deleted": "true"}
)

// fxiaokeOf is an enterprise by the object that its opportunities are of.
func fxiaokeOf(variant, dealObject string, deals Object) Dialect {
	deals.Leaves = fxiaokeInvalid
	deals.Store, deals.Forms, deals.Links = dealObject, map[string]func(string) string{"closed_at": millisOf}, map[crm.Kind]string{crm.Company: "account_id"}
	objects := map[string]Object{
		"accounts": {Store: fxiaoke.Accounts, Leaves: fxiaokeInvalid, Fields: map[string]string{"name": "name", "domain": "website", "employees": "employee_count"}},
		"contacts": {Store: fxiaoke.Contacts, Leaves: fxiaokeDeleted, Fields: map[string]string{"name": "name", "email": "email", "job_title": "job_title"}, Links: map[crm.Kind]string{crm.Company: "account_id"}},
		"deals":    deals,
		"payments": {Store: fxiaoke.Payments, Leaves: fxiaokeInvalid, Edit: "name", Fields: map[string]string{"amount": "payment_amount", "occurred_at": "payment_time"}, Expect: map[string]string{"kind": "payment"},
			Forms: map[string]func(string) string{"occurred_at": millisOf}, Links: map[crm.Kind]string{crm.Company: "account_id"}},
		"invoices": {Store: fxiaoke.Invoices, Leaves: fxiaokeInvalid, Edit: "name", Fields: map[string]string{"amount": "invoice_applied_amount", "occurred_at": "invoice_date"}, Expect: map[string]string{"kind": "invoice", "status": "normal"},
			Forms: map[string]func(string) string{"occurred_at": millisOf}, Links: map[crm.Kind]string{crm.Company: "account_id"}},
		"quotes": {Store: fxiaoke.Quotes, Leaves: fxiaokeInvalid, Edit: "name", Fields: map[string]string{"amount": "quote_amount", "occurred_at": "quote_time"}, Expect: map[string]string{"kind": "quote", "status": "normal"},
			Forms: map[string]func(string) string{"occurred_at": millisOf}, Links: map[crm.Kind]string{crm.Company: "account_id"}},
		"cases": {Store: fxiaoke.Cases, Leaves: fxiaokeInvalid, Edit: "name", Expect: map[string]string{"kind": "ticket"}, Links: map[crm.Kind]string{crm.Company: "account_id"}},
		"visits": {Store: fxiaoke.Visits, Leaves: fxiaokeInvalid, Edit: "name", Fields: map[string]string{"occurred_at": "new_stat_date"}, Expect: map[string]string{"kind": "visit"},
			Forms: map[string]func(string) string{"occurred_at": millisOf}, Links: map[crm.Kind]string{crm.Company: "customer_id"}},
		"schedules": {Store: fxiaoke.Schedules, Leaves: fxiaokeInvalid, Edit: "name", Fields: map[string]string{"occurred_at": "begin_time"}, Expect: map[string]string{"kind": "meeting"},
			Forms: map[string]func(string) string{"occurred_at": millisOf}, Links: map[crm.Kind]string{crm.Company: fxiaoke.Accounts, crm.Contact: fxiaoke.Contacts, crm.Deal: dealObject}},
		"sales_records": {Store: fxiaoke.SalesRecords, Leaves: fxiaokeInvalid, Edit: "name", Fixed: map[string]string{"interactive_types": "email"}, Expect: map[string]string{"kind": "mail"},
			Links: map[crm.Kind]string{crm.Company: "account_id", crm.Contact: fxiaoke.Contacts, crm.Deal: "new_opportunity_id"}},
	}
	currencies := "one"
	if variant != "" { // this one has several currencies, and sales records lead to the older opportunities
		objects["sales_records"].Links[crm.Deal] = dealObject
		currencies = "several"
		for _, name := range []string{"deals", "payments", "invoices", "quotes"} {
			o := objects[name]
			o.Fixed = map[string]string{"mc_currency": "CNY"}
			objects[name] = o
		}
	}
	return Dialect{
		Name:     "fxiaoke",
		Variant:  variant,
		Settings: map[string]string{"app_id": fxiaoke.DefaultAppID, "currency": "CNY", "deal_object": dealObject, "currencies": currencies},
		Ways: []Way{
			{Name: "app", Secrets: map[string]string{"app_secret": fxiaoke.DefaultAppSecret, "permanent_code": fxiaoke.DefaultPermanentCode}},
			{Name: "legacy", Settings: map[string]string{"user_id": fxiaoke.OpenUser}, Secrets: map[string]string{"app_secret": fxiaoke.DefaultAppSecret, "permanent_code": fxiaoke.DefaultPermanentCode}},
		},
		Open: func(s Setup) Server {
			a := fxiaoke.New(fxiaoke.Options{Clock: s.Clock, PerInterface: 100, Daily: 100_000, Currencies: currencies == "several"})
			return Server{Account: &a.Account, Listen: a.Listen, Expire: a.Expire, Merge: mergeByProperties(&a.Account, objects, map[string]crm.Kind{"accounts": crm.Company, "contacts": crm.Contact, "deals": crm.Deal})}
		},
		Objects: objects,
		// The vendor's pages: 100 rows a page, one record an update.
		Caps: Caps{List: 100, Changed: 100, Write: 1, Edge: 1},
		Throttled: map[string]http.HandlerFunc{
			"200 with the code of a limit": fxiaoke.Refusal(fxiaoke.Busy),
			"502 with HTML":                sandbox.HTML(502),
		},
		Exhausted: fxiaoke.Refusal(fxiaoke.UsedUp),
		Make: func(s Server, object string, spec connector.FieldSpec) string {
			return made(fxiaoke.Make(s.Account, objects[object].Store, wanted(spec)))
		},
		NewOption: func(s Server, object, field, label string) {
			s.Store.EditField(objects[object].Store, field, func(f *sandbox.Field) {
				f.Options = append(slices.Clone(f.Options), sandbox.Option{Value: "hand1", Label: label})
			})
		},
		Absent: map[string]string{
			"deletions":      "whether queries show invalidated or deleted records is not documented",
			"merges":         "not documented",
			"create_field":   "the open API has none",
			"extend_options": "the open API has none",
			"lag":            "not documented",
		},
	}
}

// An enterprise that has switched on several currencies: amounts are in the record's own, mc_currency; without them nothing may ask for it.
func TestFxiaokeCurrencies(t *testing.T) {
	for currencies, want := range map[string]string{"one": "5.50 CNY", "several": "5.50 USD"} {
		d := fxiaokeOf("", fxiaoke.Opportunities, Object{})
		d.Settings["currencies"] = currencies
		values := map[string]string{"name": "年度框架", "amount": "5.50"}
		if currencies == "several" {
			values["mc_currency"] = "USD"
		}
		d.Open = func(s Setup) Server {
			a := fxiaoke.New(fxiaoke.Options{Clock: s.Clock, Currencies: currencies == "several"})
			return Server{Account: &a.Account, Listen: a.Listen, Expire: a.Expire}
		}
		w := newWorld(t, &d, options{})
		id, err := w.Account.Load(fxiaoke.Opportunities, sandbox.Record{Values: values})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.pull(t, w.connect(t), crm.Deal, nil).records[id].Fields["amount"].Money().String(); got != want {
			t.Errorf("currencies %s: %s, want %s", currencies, got, want)
		}
	}
}

// An enterprise that has not bought payments is read all the same; which code tells so is not documented.
func TestFxiaokeWithoutPayments(t *testing.T) {
	d := fxiaokeOf("", fxiaoke.Opportunities, Object{})
	d.Open = func(s Setup) Server {
		a := fxiaoke.New(fxiaoke.Options{Clock: s.Clock, Without: []string{fxiaoke.Payments}})
		return Server{Account: &a.Account, Listen: a.Listen, Expire: a.Expire}
	}
	w := newWorld(t, &d, options{})
	left := 0
	err := w.connect(t).Pull(t.Context(), crm.Activity, nil, func(p connector.Page) error {
		left += len(p.LeftOut)
		return nil
	})
	if err != nil || left != 1 {
		t.Errorf("%d objects are left out, %v", left, err)
	}
}
