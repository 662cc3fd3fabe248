package freshsales_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/freshsales"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
)

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

type account struct {
	*freshsales.Server
	sandboxtest.Client
	clock *sandbox.Manual
}

func open(t *testing.T, o freshsales.Options) *account {
	clock := sandbox.NewManual(start)
	o.Clock = clock
	s := freshsales.New(o)
	return &account{s, sandboxtest.Client{T: t, Handler: s.Handler(), Header: http.Header{"Authorization": {"Token token=" + s.Key()}}}, clock}
}

func (a *account) load(kind string, values map[string]string) string {
	a.T.Helper()
	id, err := a.Load(kind, sandbox.Record{Values: values})
	if err != nil {
		a.T.Fatal(err)
	}
	return id
}

// Developer documentation (views) and a published connector: a list needs a view's id; 100 rows at most; links need include.
func TestListsAreViews(t *testing.T) {
	a := open(t, freshsales.Options{})
	company := a.load(freshsales.Accounts, nil)
	for range 3 {
		a.clock.Advance(time.Minute)
		id := a.load(freshsales.Contacts, nil)
		a.Link(freshsales.Contacts, id, freshsales.Accounts, company)
	}
	view := a.Ask(200, "GET", freshsales.Root+"/contacts/filters", "").Text("filters.1.id")
	path := freshsales.Root + "/contacts/view/" + view
	a.Ask(404, "GET", freshsales.Root+"/contacts/view/1", "")
	got := a.Ask(200, "GET", path+"?per_page=2&sort=updated_at&sort_type=desc&include=sales_accounts", "")
	got.Is("meta", map[string]int{"total": 3, "total_pages": 2})
	got.Is("contacts.0.updated_at", "2026-05-01T08:03:00Z")
	got.Is("contacts.0.sales_accounts.0.id", json.Number(company))
	if again := a.Ask(200, "GET", path, ""); again.At("contacts.0.sales_accounts") != nil {
		t.Error("links come without include")
	}
	for range 120 {
		a.load(freshsales.Contacts, nil)
	}
	if n := len(a.Ask(200, "GET", path+"?per_page=500", "").List("contacts")); n != 100 {
		t.Errorf("%d rows in a page", n)
	}
}

// Public clients: a record is wrapped in its name; custom drop-downs take the text.
func TestUpdates(t *testing.T) {
	a := open(t, freshsales.Options{})
	if err := freshsales.AddField(&a.Account, freshsales.Contacts, "tag", "dropdown", "A", "B"); err != nil {
		t.Fatal(err)
	}
	id := a.load(freshsales.Contacts, nil)
	put := func(status int, value string) sandboxtest.Answer {
		return a.Ask(status, "PUT", freshsales.Root+"/contacts/"+id, `{"contact": {"custom_field": {"cf_tag": `+value+`}}}`)
	}
	put(200, `"B"`).Is("contact.custom_field.cf_tag", "B")
	put(400, `"C"`).Is("errors.code", 400)
	put(200, `null`).Is("contact.custom_field.cf_tag", nil)
	a.Ask(200, "GET", freshsales.Root+"/settings/contacts/fields", "")
	a.Archive(freshsales.Contacts, id)
	put(404, `"B"`)
}

// A bulk import script of the vendor and public clients: 100 records a job, JSON within a text, 405 when too many jobs wait.
func TestBulkJobs(t *testing.T) {
	a := open(t, freshsales.Options{Jobs: 1})
	if err := freshsales.AddField(&a.Account, freshsales.Contacts, "tag", "text"); err != nil {
		t.Fatal(err)
	}
	var records []string
	for range 100 {
		records = append(records, fmt.Sprintf(`{"id": %s, "data": {"custom_field": {"cf_tag": "x"}}}`, a.load(freshsales.Contacts, nil)))
	}
	a.RejectWrites(freshsales.Contacts, "7", 0, sandbox.Rejection{Message: "no"})
	body := `{"contacts": [` + strings.Join(records, ",") + `]}`
	url := a.Ask(202, "POST", freshsales.Root+"/contacts/bulk_upsert", body).Text("job_status_url")
	a.Ask(405, "POST", freshsales.Root+"/contacts/bulk_upsert", body)
	status := url[strings.Index(url, freshsales.Root):]
	a.Ask(200, "GET", status, "").Is("status", "inprogress")
	a.clock.Advance(10 * time.Second)
	done := a.Ask(200, "GET", status, "")
	done.Is("status", "completed")
	if data := done.Text("data"); !strings.Contains(data, `"failed":1`) || !strings.Contains(data, `"id":7`) {
		t.Errorf("data: %s", data)
	}
	a.Ask(400, "POST", freshsales.Root+"/contacts/bulk_upsert", `{"contacts": [`+strings.Join(append(records, records[0]), ",")+`]}`)
}

// Support article on limits: so many calls an hour, 429 beyond.
func TestTheHour(t *testing.T) {
	a := open(t, freshsales.Options{PerHour: 2})
	a.Ask(200, "GET", freshsales.Root+"/selector/deal_stages", "").Is("deal_stages.1.forecast_type", "Closed Won")
	a.Ask(200, "GET", freshsales.Root+"/selector/deal_stages", "")
	a.Ask(429, "GET", freshsales.Root+"/selector/deal_stages", "")
	a.clock.Advance(time.Hour)
	a.Ask(200, "GET", freshsales.Root+"/selector/deal_stages", "")
	a.Header = http.Header{"Authorization": {"Bearer " + freshsales.DefaultKey}}
	a.Ask(401, "GET", freshsales.Root+"/selector/deal_stages", "")
}

// A published connector and clients: appointments are past or upcoming, 25 a page whatever is asked for; sales activities of the whole
// account, 100 a page at most; whom they are about stands in targetables, or in one targetable.
func TestActivities(t *testing.T) {
	a := open(t, freshsales.Options{})
	contact := a.load(freshsales.Contacts, nil)
	for range 26 {
		a.load(freshsales.Appointments, map[string]string{"from_date": "2026-04-01T08:00:00Z"})
	}
	last := a.load(freshsales.Appointments, map[string]string{"from_date": "2026-06-01T08:00:00Z"})
	a.Link(freshsales.Appointments, last, freshsales.Contacts, contact)
	a.Ask(400, "GET", freshsales.Root+"/appointments", "")
	for page, want := range map[string]int{"1": 25, "2": 1, "3": 0} {
		if n := len(a.Ask(200, "GET", freshsales.Root+"/appointments?filter=past&per_page=100&page="+page, "").List("appointments")); n != want {
			t.Errorf("page %s has %d appointments", page, n)
		}
	}
	a.Ask(200, "GET", freshsales.Root+"/appointments?filter=upcoming", "").Is("appointments.0.targetables.0", map[string]any{"type": "Contact", "id": json.Number(contact)})
	logged := a.load(freshsales.SalesActivities, map[string]string{"sales_activity_type_id": freshsales.TypeMeet})
	a.Link(freshsales.SalesActivities, logged, freshsales.Contacts, contact)
	got := a.Ask(200, "GET", freshsales.Root+"/sales_activities?per_page=100", "")
	got.Is("meta.total", 1)
	got.Is("sales_activities.0.targetable.id", json.Number(contact))
	a.Ask(200, "GET", freshsales.Root+"/selector/sales_activity_types", "").Is("sales_activity_types.1.name", "Meeting")
	a.Ask(200, "GET", freshsales.Root+"/selector/industry_types", "").Is("industry_types.0.name", "Paper")
	a.Ask(200, "GET", freshsales.Root+"/selector/currencies", "").Is("currencies.0.currency_code", "EUR")
}
