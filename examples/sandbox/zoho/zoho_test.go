package zoho_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
	"github.com/taxonhq/taxon/examples/sandbox/zoho"
)

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

type org struct {
	*zoho.Server
	sandboxtest.Client
	clock *sandbox.Manual
}

const grant = "grant_type=refresh_token&client_id=" + zoho.DefaultClientID + "&client_secret=" + zoho.DefaultClientSecret + "&refresh_token=" + zoho.DefaultRefreshToken

func open(t *testing.T, o zoho.Options) *org {
	clock := sandbox.NewManual(start)
	o.Clock = clock
	s := zoho.New(o)
	a := &org{s, sandboxtest.Client{T: t, Handler: s.Handler()}, clock}
	a.Header = http.Header{"Authorization": {"Zoho-oauthtoken " + a.Ask(200, "POST", "/oauth/v2/token", grant).Text("access_token")}}
	return a
}

func (a *org) load(module string, n int) (last string) {
	a.T.Helper()
	for range n {
		id, err := a.Load(module, sandbox.Record{})
		if err != nil {
			a.T.Fatal(err)
		}
		last = id
	}
	return last
}

// Documentation (get records): fields are needed, 50 at most; 2,000 records by page, then by token; the two together are
// refused; the newest id first; 204 for nothing.
func TestLists(t *testing.T) {
	a := open(t, zoho.Options{})
	a.Ask(204, "GET", "/crm/v8/Deals?fields=id", "")
	last := a.load(zoho.Deals, 450)
	a.Ask(400, "GET", "/crm/v8/Deals", "").Is("code", "REQUIRED_PARAM_MISSING")
	a.Ask(400, "GET", "/crm/v8/Deals?fields="+strings.Repeat("x,", 50)+"x", "").Is("code", "LIMIT_EXCEEDED")
	a.Ask(400, "GET", "/crm/v8/Nothing?fields=id", "").Is("code", "INVALID_MODULE")
	a.Ask(400, "GET", "/crm/v8/Deals?fields=id&per_page=200&page=11", "").Is("code", "DISCRETE_PAGINATION_LIMIT_EXCEEDED")
	first := a.Ask(200, "GET", "/crm/v8/Deals?fields=Deal_Name&per_page=200", "")
	first.Is("data.0.id", last)
	first.Is("info.more_records", true)
	token := first.Text("info.next_page_token")
	a.Ask(400, "GET", "/crm/v8/Deals?fields=id&page=2&page_token="+token, "")
	second := a.Ask(200, "GET", "/crm/v8/Deals?fields=id&page_token="+token, "")
	third := a.Ask(200, "GET", "/crm/v8/Deals?fields=id&page_token="+second.Text("info.next_page_token"), "")
	if n := len(second.List("data")) + len(third.List("data")); n != 250 || third.At("info.next_page_token") != nil {
		t.Errorf("%d records on the second and third page", n)
	}
	a.clock.Advance(25 * time.Hour)
	a.Header.Set("Authorization", "Zoho-oauthtoken "+a.Ask(200, "POST", "/oauth/v2/token", grant).Text("access_token"))
	a.Ask(400, "GET", "/crm/v8/Deals?fields=id&page_token="+token, "").Is("code", "EXPIRED_VALUE")
	a.Ask(200, "GET", "/crm/v8/Deals/actions/count", "").Is("count", 450)
}

// Documentation and a published connector (amp-labs PR 1096): If-Modified-Since is ISO 8601, the same for each page; 304 for
// nothing new; times have the user's offset. The deleted list names what is gone.
func TestChangesAndDeletions(t *testing.T) {
	a := open(t, zoho.Options{Zone: time.FixedZone("Asia/Kolkata", 19800)})
	a.load(zoho.Contacts, 3)
	a.clock.Advance(time.Minute)
	a.Header.Set("If-Modified-Since", "2026-05-01T08:01:00+00:00")
	a.Ask(304, "GET", "/crm/v8/Contacts?fields=id", "")
	last := a.load(zoho.Contacts, 1)
	got := a.Ask(200, "GET", "/crm/v8/Contacts?fields=Modified_Time&sort_by=Modified_Time&sort_order=asc", "")
	got.Is("data.0.id", last)
	got.Is("data.0.Modified_Time", "2026-05-01T13:31:00+05:30")
	a.Ask(204, "GET", "/crm/v8/Contacts/deleted?type=all", "")
	a.Archive(zoho.Contacts, last)
	a.Ask(200, "GET", "/crm/v8/Contacts/deleted?type=all", "").Is("data.0.id", last)
	a.clock.Advance(121 * 24 * time.Hour)
	a.Header = http.Header{"Authorization": {"Zoho-oauthtoken " + a.Ask(200, "POST", "/oauth/v2/token", grant).Text("access_token")}}
	a.Ask(204, "GET", "/crm/v8/Contacts/deleted?type=all", "")
}

// Documentation (update records): answers in order, without an id for a failure; 200, 207 or 400; workflows run unless
// trigger is empty; unknown fields are dropped.
func TestUpdates(t *testing.T) {
	a := open(t, zoho.Options{})
	id := a.load(zoho.Accounts, 1)
	good, bad := `{"id": "`+id+`", "Employees": 7, "unknown": 1}`, `{"id": "`+id+`", "Employees": "7"}`
	put := func(status int, more string, rows ...string) sandboxtest.Answer {
		return a.Ask(status, "PUT", "/crm/v8/Accounts", `{"data": [`+strings.Join(rows, ",")+`]`+more+`}`)
	}
	put(200, `, "trigger": []`, good).Is("data.0.details.id", id)
	if a.Workflows != 0 {
		t.Error("workflows ran")
	}
	mixed := put(207, "", good, bad, `{"id": "4711"}`)
	mixed.Is("data.1.details.api_name", "Employees")
	mixed.Is("data.2.code", "INVALID_DATA")
	if a.Workflows != 1 || mixed.At("data.1.details.id") != nil {
		t.Errorf("%d workflows; %s", a.Workflows, mixed.Raw)
	}
	put(400, "", bad).Is("data.0.status", "error")
	put(400, "", strings.Split(strings.Repeat(good+"|", 101), "|")[:101]...)
}

// Documentation (custom fields): 25 characters of a label, the key is made of it, a clash gets a number; options are added.
func TestFields(t *testing.T) {
	a := open(t, zoho.Options{})
	create := func(status int, label string) {
		a.Ask(status, "POST", "/crm/v8/settings/fields?module=Accounts", `{"fields": [{"field_label": "`+label+`", "data_type": "picklist", "pick_list_values": [{"display_value": "A", "actual_value": "a"}]}]}`)
	}
	create(201, "ABC Class")
	create(201, "ABC Class")
	create(400, strings.Repeat("x", 26))
	list := a.Ask(200, "GET", "/crm/v8/settings/fields?module=Accounts", "")
	n := len(list.List("fields"))
	list.Is(fmt.Sprintf("fields.%d.api_name", n-1), "ABC_Class1")
	id := list.Text(fmt.Sprintf("fields.%d.id", n-1))
	a.Ask(200, "PATCH", "/crm/v8/settings/fields/"+id+"?module=Accounts", `{"fields": [{"pick_list_values": [{"display_value": "B", "actual_value": "b"}]}]}`)
	if options := a.Ask(200, "GET", "/crm/v8/settings/fields?module=Accounts", "").List(fmt.Sprintf("fields.%d.pick_list_values", n-1)); len(options) != 2 {
		t.Errorf("options %v", options)
	}
	a.Ask(200, "DELETE", "/crm/v8/settings/fields/"+id+"?module=Accounts", "")
	a.Ask(404, "DELETE", "/crm/v8/settings/fields/"+id+"?module=Accounts", "")
	a.Ask(400, "GET", "/crm/v8/settings/pipeline", "")
	a.Ask(400, "GET", "/crm/v8/settings/pipeline?layout_id=4711", "").Is("code", "INVALID_DATA")
	a.Ask(200, "GET", "/crm/v8/settings/pipeline?layout_id="+a.Ask(200, "GET", "/crm/v8/settings/layouts?module=Deals", "").Text("layouts.0.id"), "")
}

// Documentation (bulk read): a ZIP archive after a while. Accounts documentation and a published client: errors of tokens
// have status 200; ten tokens in ten minutes. Documentation (limits): a job takes 50 credits; 429 without Retry-After.
func TestJobsTokensAndCredits(t *testing.T) {
	a := open(t, zoho.Options{Credits: 54})
	a.load(zoho.Deals, 3)
	job := a.Ask(201, "POST", "/crm/bulk/v8/read", `{"query": {"module": {"api_name": "Deals"}, "fields": ["Deal_Name"], "page": 1}}`).Text("data.0.details.id")
	a.Ask(200, "GET", "/crm/bulk/v8/read/"+job, "").Is("data.0.state", "IN PROGRESS")
	a.clock.Advance(time.Minute)
	a.Ask(200, "GET", "/crm/bulk/v8/read/"+job, "").Is("data.0.result.count", 3)
	if zip := a.Ask(200, "GET", "/crm/bulk/v8/read/"+job+"/result", ""); !strings.HasPrefix(zip.Raw, "PK") {
		t.Error("the result is no ZIP archive")
	}
	a.Ask(200, "GET", "/crm/v8/org", "").Is("org.0.iso_code", "USD")
	if over := a.Ask(429, "GET", "/crm/v8/org", ""); over.Header.Get("Retry-After") != "" {
		t.Error("Retry-After is told")
	}
	a.Ask(200, "POST", "/oauth/v2/token", strings.Replace(grant, zoho.DefaultRefreshToken, "x", 1)).Is("error", "invalid_code")
	for range 8 {
		a.Ask(200, "POST", "/oauth/v2/token", grant)
	}
	a.Ask(200, "POST", "/oauth/v2/token", grant).Is("error", "Access Denied")
	a.Header = http.Header{"Authorization": {"Bearer x"}}
	a.Ask(401, "GET", "/crm/v8/org", "").Is("code", "INVALID_TOKEN")
}

// Documentation (get records): Currency is there in organisations with several only; names that do not exist are left out.
// Specification (pipeline): what a stage means is said by its layout.
func TestDeals(t *testing.T) {
	a := open(t, zoho.Options{})
	a.load(zoho.Deals, 1)
	if row := a.Ask(200, "GET", "/crm/v8/Deals?fields=Deal_Name,Currency", ""); strings.Contains(row.Raw, "Currency") {
		t.Error("a currency is told: " + row.Raw)
	}
	a = open(t, zoho.Options{Currencies: true})
	if _, err := a.Load(zoho.Deals, sandbox.Record{Values: map[string]string{"Currency": "EUR", "Stage": zoho.StageSigned}}); err != nil {
		t.Fatal(err)
	}
	a.Ask(200, "GET", "/crm/v8/Deals?fields=Currency", "").Is("data.0.Currency", "EUR")
	a.Ask(200, "GET", "/crm/v8/org", "").Is("org.0.mc_status", true)
	layouts := a.Ask(200, "GET", "/crm/v8/settings/layouts?module=Deals", "")
	if first := a.Ask(200, "GET", "/crm/v8/settings/pipeline?layout_id="+layouts.Text("layouts.0.id"), ""); strings.Contains(first.Raw, zoho.StageSigned) {
		t.Error("the first layout knows a stage of the second")
	}
	a.Ask(200, "GET", "/crm/v8/settings/pipeline?layout_id="+layouts.Text("layouts.1.id"), "").Is("pipeline.0.maps.1.forecast_type", "Closed Won")
}

// Documentation (COQL, limitations and pagination): 2,000 rows for three credits; beyond 100,000 the id leads; 204 for none.
func TestIDsByQuery(t *testing.T) {
	a := open(t, zoho.Options{Credits: 7})
	ask := func(status int, query string) sandboxtest.Answer {
		return a.Ask(status, "POST", "/crm/v8/coql", `{"select_query": "`+query+`"}`)
	}
	last := a.load(zoho.Contacts, 3)
	first := ask(200, "select id from Contacts where id is not null order by id asc limit 2")
	first.Is("info.more_records", true)
	rest := ask(200, "select id from Contacts where id > "+first.Text("data.1.id")+" order by id asc limit 2000")
	if rest.Is("data.0.id", last); len(rest.List("data")) != 1 {
		t.Errorf("rows %s", rest.Raw)
	}
	ask(400, "select id from Contacts where id is not null order by id asc limit 2001")
	ask(400, "drop Contacts")
	ask(204, "select id from Contacts where id > "+last+" order by id asc limit 200")
	ask(429, "select id from Contacts where id is not null order by id asc limit 200")
}
