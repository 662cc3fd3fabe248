package run

import (
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/sqlite"
	"github.com/taxonhq/taxon/host/sync"
)

// TestActivitiesReachTheMeasuresOfTheirCustomer takes invoices, payments, quotes, tickets, answers and meetings of an account
// through connector and mirror to measures. The token may not read quotes: they are left out, with a note.
func TestActivitiesReachTheMeasuresOfTheirCustomer(t *testing.T) {
	clock := sandbox.NewManual(time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC))
	var scopes []string
	for _, s := range hubspot.AllScopes() {
		if s != "crm.objects.quotes.read" {
			scopes = append(scopes, s)
		}
	}
	account := hubspot.New(hubspot.Options{Clock: clock, Scopes: scopes})
	listener, err := account.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	put := func(kind string, values map[string]string) string {
		t.Helper()
		id, err := account.Load(kind, sandbox.Record{Values: values})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	company, person := put(hubspot.Companies, map[string]string{"name": "Acme"}), put(hubspot.Contacts, map[string]string{"email": "ada@example.com"})
	account.Associate(hubspot.Contacts, person, hubspot.Companies, company, true)
	event := func(kind, toKind, to string, values map[string]string) string {
		id := put(kind, values)
		account.Associate(kind, id, toKind, to, toKind == hubspot.Companies)
		return id
	}
	invoice := map[string]string{"hs_amount_billed": "100", "hs_currency": "USD", "hs_invoice_status": "paid", "hs_invoice_date": "2026-05-01T00:00:00Z", "hs_due_date": "2026-05-15T00:00:00Z"}
	event(hubspot.Invoices, hubspot.Companies, company, invoice)
	open := maps.Clone(invoice)
	open["hs_amount_billed"], open["hs_invoice_status"] = "50.5", "open"
	unpaid := event(hubspot.Invoices, hubspot.Companies, company, open)
	event(hubspot.Payments, hubspot.Companies, company, map[string]string{"hs_initial_amount": "100", "hs_currency_code": "USD", "hs_latest_status": "succeeded", "hs_initiated_date": "2026-05-10T00:00:00Z"})
	event(hubspot.Quotes, hubspot.Companies, company, map[string]string{"hs_quote_amount": "9", "hs_currency": "USD"})
	event(hubspot.Tickets, hubspot.Contacts, person, map[string]string{"hs_pipeline": "0", "hs_pipeline_stage": "1"}) // by its contact's company
	event(hubspot.Surveys, hubspot.Contacts, person, map[string]string{"hs_survey_type": "NPS", "hs_value": "9", "hs_submission_timestamp": "2026-05-20T10:00:00Z"})
	event(hubspot.Meetings, hubspot.Companies, company, map[string]string{"hs_timestamp": "2026-05-21T10:00:00Z", "hs_meeting_outcome": "COMPLETED"})

	m, err := manifests.Load("hubspot")
	if err != nil {
		t.Fatal(err)
	}
	source, err := connector.Open(m, connector.Options{Clock: clock, Secret: func(string) (string, error) { return account.Token(), nil },
		Settings: map[string]string{"base_url": listener.URL, "activities": "invoices, payments, quotes, tickets, surveys, meetings"}})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	mirror, err := db.Connection(t.Context(), "hubspot", crm.Company)
	if err != nil {
		t.Fatal(err)
	}
	pull := func() {
		t.Helper()
		report, err := sync.Pull(t.Context(), source, mirror, sync.Options{Currency: "USD"})
		if err != nil {
			t.Fatal(err)
		}
		if report.Rejected() != 0 || len(report.LeftOut) != 1 || report.LeftOut[0].Pointer != "quotes" || report.Mirror.Orphans.Activities != 0 {
			t.Errorf("%+v", report)
		}
	}
	catalogue, err := crm.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	env := measure.Env{Catalogue: catalogue, Subject: crm.Company, Currency: "USD", Zone: time.UTC}
	expect := func(want map[string]string) {
		t.Helper()
		for text, value := range want {
			column, err := env.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			plan := measure.Compile([]*measure.Column{column}, measure.Setting{AsOf: crm.DayOf(clock.Now().AddDate(0, 0, 1), time.UTC), Zone: time.UTC, Subject: crm.Company, Currency: "USD"})
			e := plan.Evaluator(nil)
			if err := mirror.Customers(t.Context(), "", func(c *store.Customer) error { e.Measure(c); return nil }); err != nil {
				t.Fatal(err)
			}
			if got := e.Value(plan.Index(column)).String(); got != value {
				t.Errorf("%s: %q, expected %q", text, got, value)
			}
		}
	}

	pull()
	expect(map[string]string{
		"sum(activities.amount) where kind = invoice within 12m":                   "150.50",
		"sum(activities.amount) where kind = invoice and status = open within 12m": "50.50",
		"sum(activities.amount) where kind = payment within 12m":                   "100.00",
		"count(activities) where kind = quote":                                     "0",
		"count(activities) where kind = ticket and status = OPEN":                  "1",
		"mean(activities.score) where kind = survey and scale = nps within 12m":    "9",
		"count(activities) where kind = meeting":                                   "1",
	})
	clock.Advance(time.Hour)
	if err := account.Update(hubspot.Invoices, unpaid, map[string]string{"hs_invoice_status": "paid", "hs_payment_date": "2026-06-01T00:00:00Z"}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour)
	pull()
	expect(map[string]string{"sum(activities.amount) where kind = invoice and status = open within 12m": "0.00", "last(activities.paid_at) where kind = invoice": "2026-06-01T00:00:00Z"})
}
