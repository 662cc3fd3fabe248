package fxiaoke_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/fxiaoke"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
)

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

type enterprise struct {
	*fxiaoke.Server
	sandboxtest.Client
	clock *sandbox.Manual
}

const grant = `{"appId": "` + fxiaoke.DefaultAppID + `", "appSecret": "` + fxiaoke.DefaultAppSecret + `", "permanentCode": "` + fxiaoke.DefaultPermanentCode + `", "grantType": "app_secret"}`

func open(t *testing.T, o fxiaoke.Options) *enterprise {
	clock := sandbox.NewManual(start)
	o.Clock = clock
	s := fxiaoke.New(o)
	e := &enterprise{s, sandboxtest.Client{T: t, Handler: s.Handler()}, clock}
	e.Header = http.Header{"Authorization": {"Bearer " + e.token()}, "X-Fs-Ea": {fxiaoke.Enterprise}, "X-Fs-Userid": {fxiaoke.User}}
	return e
}

func (e *enterprise) token() string {
	return e.Ask(200, "POST", "/oauth2.0/token?thirdTraceId=x", grant).Text("accessToken")
}

func (e *enterprise) load(object string, values map[string]string) string {
	e.T.Helper()
	id, err := e.Load(object, sandbox.Record{Values: values})
	if err != nil {
		e.T.Fatal(err)
	}
	return id
}

// call is a POST whose answer has that errorCode; the status is 200 always.
func (e *enterprise) call(code int, path, body string) sandboxtest.Answer {
	e.T.Helper()
	a := e.Ask(200, "POST", path, body)
	a.Is("errorCode", code)
	return a
}

func query(object, info string) string {
	return `{"data": {"dataObjectApiName": "` + object + `", "search_query_info": {` + info + `}}}`
}

const queries, updates = "/cgi/crm/v2/data/query", "/cgi/crm/v2/data/update"

// Vendor's pages (query and paging, FAQ on deep paging): 100 rows, offsets are multiples of the limit and end at 10,000;
// beyond, the id leads. Totals are 0 unless asked for; what is not set is absent.
func TestQueries(t *testing.T) {
	e := open(t, fxiaoke.Options{})
	for i := range 7 {
		e.load(fxiaoke.Accounts, map[string]string{"name": fmt.Sprint("客户", i)})
	}
	a := e.call(0, queries, query(fxiaoke.Accounts, `"limit": 3, "offset": 3`))
	a.Is("data.total", 0)
	if rows := a.List("data.dataList"); len(rows) != 3 || a.At("data.dataList.0.industry") != nil {
		t.Errorf("rows %s", a.Raw)
	}
	e.call(10006, queries, query(fxiaoke.Accounts, `"limit": 101`))
	e.call(10006, queries, query(fxiaoke.Accounts, `"limit": 3, "offset": 4`))
	e.call(10013, queries, query(fxiaoke.Accounts, `"limit": 100, "offset": 10100`))
	e.call(10006, queries, query(fxiaoke.Accounts, `"filters": [{"field_name": "_id", "field_values": "x", "operator": "GT"}]`)) // a text, no list
	after := a.Text("data.dataList.2._id")
	rest := e.call(0, queries, query(fxiaoke.Accounts, `"limit": 100, "filters": [{"field_name": "_id", "field_values": ["`+after+`"], "operator": "GT"}], "orders": [{"fieldName": "_id", "isAsc": true}]`))
	if n := len(rest.List("data.dataList")); n != 1 {
		t.Errorf("%d rows behind the sixth", n)
	}
}

// Vendor's pages (objects and fields): numbers are texts, dates milliseconds, employees lists; selects hold values, their
// companions labels, which come with their fields. Vendor's samples of 2021 name the older object's fields.
func TestRows(t *testing.T) {
	e := open(t, fxiaoke.Options{})
	e.load(fxiaoke.Opportunities, map[string]string{"name": "年度框架", "amount": "100.01", "close_date": "1777593600000", "sales_status": fxiaoke.StatusWon, "owner": "1000"})
	a := e.call(0, queries, query(fxiaoke.Opportunities, ""))
	a.Is("data.dataList.0.amount", "100.01")
	a.Is("data.dataList.0.close_date", 1777593600000)
	a.Is("data.dataList.0.owner", []string{"1000"})
	a.Is("data.dataList.0.sales_status", "2")
	a.Is("data.dataList.0.sales_status__r", "赢单")
	a.Is("data.dataList.0.last_modified_time", start.UnixMilli())
	a = e.call(0, queries, query(fxiaoke.Opportunities, `"fieldProjection": ["_id", "sales_status"]`))
	a.Is("data.dataList.0.sales_status__r", "赢单")
	if a.At("data.dataList.0.amount") != nil {
		t.Errorf("more than was asked for: %s", a.Raw)
	}
	e = open(t, fxiaoke.Options{Without: []string{fxiaoke.Payments}})
	e.call(10006, queries, query(fxiaoke.Payments, ""))
}

// Published clients name the fields of invoices (an invoice bridge of 2021) and quotes (an ERP bridge), the vendor's reference of
// functions mc_currency, which records have where several currencies are switched on. What happens to a field that is not there
// is not documented: it is refused here.
func TestActivitiesAndCurrencies(t *testing.T) {
	amounts := map[string]string{fxiaoke.Payments: "payment_amount", fxiaoke.Invoices: "invoice_applied_amount", fxiaoke.Quotes: "quote_amount"}
	for object, amount := range amounts {
		e := open(t, fxiaoke.Options{Currencies: true})
		e.load(object, map[string]string{amount: "7.00", "mc_currency": "USD"})
		a := e.call(0, queries, query(object, `"fieldProjection": ["_id", "`+amount+`", "mc_currency"]`))
		a.Is("data.dataList.0."+amount, "7.00")
		a.Is("data.dataList.0.mc_currency", "USD")
		open(t, fxiaoke.Options{}).call(10006, queries, query(object, `"fieldProjection": ["_id", "mc_currency"]`))
	}
	e := open(t, fxiaoke.Options{})
	e.load(fxiaoke.Cases, map[string]string{"name": "C1"})
	e.call(0, queries, query(fxiaoke.Cases, `"fieldProjection": ["_id", "account_id", "create_time"]`))
}

// Published reports over the vendor's command line name the fields of visits (CheckinsObj), schedules (ScheduleObj) and sales records
// (ActiveRecordObj), and the values of interactive_types; published clients read whole rows of sales records and go by
// related_object_data, a list of records of several objects.
func TestContactsWithCustomers(t *testing.T) {
	e := open(t, fxiaoke.Options{})
	account := e.load(fxiaoke.Accounts, map[string]string{"name": "A"})
	e.load(fxiaoke.Visits, map[string]string{"customer_id": account, "new_stat_date": "1777593600000"})
	a := e.call(0, queries, query(fxiaoke.Visits, ""))
	a.Is("data.dataList.0.customer_id", account)
	a.Is("data.dataList.0.new_stat_date", 1777593600000)
	e.load(fxiaoke.Schedules, map[string]string{"begin_time": "1777593600000", fxiaoke.Accounts: account})
	for _, asked := range []string{"", `"fieldProjection": ["_id", "related_object_data"]`} {
		a = e.call(0, queries, query(fxiaoke.Schedules, asked))
		a.Is("data.dataList.0.related_object_data.0.describe_api_name", "AccountObj")
		a.Is("data.dataList.0.related_object_data.0.id", account)
	}
	e.call(10006, queries, query(fxiaoke.Schedules, `"fieldProjection": ["AccountObj"]`)) // a property of the store, not a field
	e.load(fxiaoke.SalesRecords, map[string]string{"interactive_types": "call", "account_id": account})
	a = e.call(0, queries, query(fxiaoke.SalesRecords, ""))
	a.Is("data.dataList.0.interactive_types.0", "call")
	if a.At("data.dataList.0.related_object_data") != nil {
		t.Errorf("about nothing: %s", a.Raw)
	}
}

// Vendor's pages (update): one record, its object's name within object_data; workflows start unless a call says otherwise.
func TestUpdates(t *testing.T) {
	e := open(t, fxiaoke.Options{})
	name, err := fxiaoke.AddField(&e.Account, fxiaoke.Accounts, "ABC class", "select_one", "A", "B")
	if err != nil || !strings.HasSuffix(name, "__c") {
		t.Fatal(name, err)
	}
	id := e.load(fxiaoke.Accounts, nil)
	a := e.call(0, "/cgi/crm/v2/object/describe", `{"includeDetail": true, "data": {"apiName": "AccountObj"}}`)
	a.Is("data.describe.fields."+name+".label", "ABC class")
	value := a.Text("data.describe.fields." + name + ".options.1.value")
	update := func(code int, flags, id, value string) {
		e.call(code, updates, `{`+flags+`"data": {"object_data": {"_id": "`+id+`", "dataObjectApiName": "AccountObj", "`+name+`": `+value+`}}}`)
	}
	quiet := `"triggerWorkFlow": false, "triggerApprovalFlow": false, `
	update(0, quiet, id, `"`+value+`"`)
	if e.Workflows.Load() != 0 {
		t.Error("workflows were started")
	}
	update(0, "", id, `""`)
	if e.Workflows.Load() != 1 {
		t.Error("workflows were not started")
	}
	update(10006, quiet, id, `"B"`) // a label is no value
	update(fxiaoke.NotFound, quiet, "4711", `""`)
	e.call(10006, updates, `{"data": {"dataObjectApiName": "AccountObj", "object_data": {"_id": "`+id+`"}}}`)
	e.call(10006, updates, `{"data": {"object_data": {"_id": "`+id+`", "dataObjectApiName": "AccountObj", "industry__r": "x"}}}`)
}

// Vendor's pages (authentication): the same token until 6,600 s, then another while the old one lives on; ten token calls a
// minute; both schemes.
func TestTokens(t *testing.T) {
	e := open(t, fxiaoke.Options{})
	first := e.token()
	e.clock.Advance(6599 * time.Second)
	if e.token() != first {
		t.Error("a new token before 6,600 s")
	}
	e.clock.Advance(time.Second)
	if e.token() == first {
		t.Error("no new token after 6,600 s")
	}
	e.call(0, queries, query(fxiaoke.Accounts, "")) // the old one
	e.clock.Advance(600 * time.Second)
	e.call(20016, queries, query(fxiaoke.Accounts, ""))
	legacy := e.Ask(200, "POST", "/cgi/corpAccessToken/get/V2", grant).Text("corpAccessToken")
	e.Header = nil
	e.call(20017, queries, query(fxiaoke.Accounts, ""))
	e.call(0, queries, `{"corpAccessToken": "`+legacy+`", "corpId": "`+fxiaoke.CorpID+`", "currentOpenUserId": "`+fxiaoke.OpenUser+`", "data": {"dataObjectApiName": "AccountObj"}}`)
	e.call(10006, "/oauth2.0/token", strings.Replace(grant, fxiaoke.DefaultAppSecret, "wrong", 1))
	for range 8 {
		e.token()
	}
	e.call(30004, "/oauth2.0/token", grant)
}

// Vendor's pages (rate): 100 calls in 20 s of each interface, a quota of the day until midnight in China; no header tells.
func TestLimits(t *testing.T) {
	e := open(t, fxiaoke.Options{PerInterface: 2, Daily: 4})
	e.call(0, queries, query(fxiaoke.Accounts, ""))
	e.call(0, queries, query(fxiaoke.Accounts, ""))
	e.call(30004, queries, query(fxiaoke.Accounts, ""))
	e.call(0, "/cgi/crm/v2/object/list", "{}") // an interface of its own
	e.clock.Advance(20 * time.Second)
	e.call(0, queries, query(fxiaoke.Accounts, ""))
	e.call(30002, queries, query(fxiaoke.Accounts, ""))
	e.clock.Set(time.Date(2026, 5, 1, 16, 0, 0, 0, time.UTC))
	e.Header.Set("Authorization", "Bearer "+e.token())
	e.call(0, queries, query(fxiaoke.Accounts, ""))
}
