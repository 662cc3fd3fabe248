package dynamics_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/dynamics"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
)

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

const api = "/api/data/v9.2/"

type environment struct {
	*dynamics.Server
	sandboxtest.Client
	clock *sandbox.Manual
}

func open(t *testing.T, o dynamics.Options) *environment {
	clock := sandbox.NewManual(start)
	o.Clock = clock
	s := dynamics.New(o)
	s.Tokens.AddStatic("token", nil)
	return &environment{s, sandboxtest.Client{T: t, Handler: s.Handler(), Header: http.Header{"Authorization": {"Bearer token"}}}, clock}
}

func (e *environment) load(kind string, values map[string]string) string {
	e.T.Helper()
	id, err := e.Load(kind, sandbox.Record{Values: values})
	if err != nil {
		e.T.Fatal(err)
	}
	return id
}

// prefer is the client with another Prefer header.
func (e *environment) prefer(text string) sandboxtest.Client {
	c := e.Client
	c.Header = c.Header.Clone()
	c.Header.Set("Prefer", text)
	return c
}

// link is the path and query of a link in an answer.
func link(t *testing.T, a sandboxtest.Answer, name string) string {
	t.Helper()
	var found string
	for _, part := range strings.Split(a.Raw, `"`) {
		if strings.Contains(part, name) && strings.Contains(part, api) {
			found = part[strings.Index(part, api):]
		}
	}
	if found == "" {
		t.Fatalf("%s has no %s", a.Raw, name)
	}
	return found
}

// webapi/query/page-results.md: pages of odata.maxpagesize rows, at most 5,000, by @odata.nextLink; $skip is not supported.
func TestPagesByLinks(t *testing.T) {
	e := open(t, dynamics.Options{})
	for range 7 {
		e.load(dynamics.Accounts, map[string]string{"name": "x"})
	}
	c := e.prefer("odata.maxpagesize=3")
	seen, path := 0, api+"accounts?$select=name"
	for page := 0; page < 3; page++ {
		a := c.Ask(200, "GET", path, "")
		if seen += len(a.List("value")); page < 2 {
			path = link(t, a, "skiptoken")
		} else if strings.Contains(a.Raw, "Link") {
			t.Errorf("the last page has a link: %s", a.Raw)
		}
	}
	if seen != 7 {
		t.Errorf("%d rows", seen)
	}
	e.Ask(501, "GET", api+"accounts?$skip=3", "")
	e.Ask(400, "GET", api+"accounts?$select=no_such", "")
}

// use-change-tracking-synchronize-data-external-systems.md: new and changed rows first, deletions last, whatever becomes of
// them in between; no filters; the token expires after 7 days.
func TestChangeTracking(t *testing.T) {
	e := open(t, dynamics.Options{})
	a, b := e.load(dynamics.Contacts, map[string]string{"lastname": "A"}), e.load(dynamics.Contacts, map[string]string{"lastname": "B"})
	tracked := e.prefer("odata.track-changes")
	tracked.Ask(400, "GET", api+"contacts?$select=lastname&$filter="+url.QueryEscape("merged ne true"), "")
	delta := link(t, tracked.Ask(200, "GET", api+"contacts?$select=lastname", ""), "deltatoken")
	if n := len(e.Ask(200, "GET", delta, "").List("value")); n != 0 {
		t.Errorf("%d changes although nothing changed", n)
	}
	if err := e.Update(dynamics.Contacts, a, map[string]string{"lastname": "A2"}); err != nil {
		t.Fatal(err)
	}
	e.Archive(dynamics.Contacts, b)
	changes := e.Ask(200, "GET", delta, "")
	changes.Is("value.0.lastname", "A2")
	changes.Is("value.1.reason", "deleted")
	changes.Is("value.1.id", b)
	if n := len(e.Ask(200, "GET", link(t, changes, "deltatoken"), "").List("value")); n != 0 {
		t.Errorf("%d changes after the next link", n)
	}
	e.clock.Advance(7*24*time.Hour + time.Second)
	e.Ask(410, "GET", delta, "")
}

// batch is a body of operations on accounts: path, If-Match, body.
func batch(operations ...[3]string) string {
	var b strings.Builder
	for _, o := range operations {
		fmt.Fprintf(&b, "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nPATCH %s%s HTTP/1.1\r\nContent-Type: application/json\r\n", api, o[0])
		if o[1] != "" {
			fmt.Fprintf(&b, "If-Match: %s\r\n", o[1])
		}
		fmt.Fprintf(&b, "\r\n%s\r\n", o[2])
	}
	return b.String() + "--b--\r\n"
}

// webapi/execute-batch-operations-using-web-api.md: each operation has its own status; without odata.continue-on-error the
// first failure ends the batch. compose-http-requests-handle-errors.md: If-Match: * keeps an update from making a row, and a
// version that has moved is 412.
func TestABatchAndVersions(t *testing.T) {
	e := open(t, dynamics.Options{})
	id := e.load(dynamics.Accounts, map[string]string{"name": "x"})
	old := e.Ask(200, "GET", api+"accounts?$select=name", "").At("value.0").(map[string]any)["@odata.etag"].(string)
	row := "accounts(" + id + ")"
	gone := "accounts(00000001-0000-4000-8000-00000000ffff)"
	body := batch([3]string{row, old, `{"name":"y"}`}, [3]string{row, old, `{"name":"z"}`}, [3]string{gone, "*", `{"name":"z"}`}, [3]string{row, "*", `{"numberofemployees":"many"}`}, [3]string{row, "*", `{"name":"w"}`})
	send := func(prefer string) []string {
		c := e.prefer(prefer)
		c.Header.Set("Content-Type", "multipart/mixed; boundary=b")
		raw := c.Ask(200, "POST", api+"$batch", body).Raw
		var statuses []string
		for _, part := range strings.Split(raw, "HTTP/1.1 ")[1:] {
			statuses = append(statuses, part[:3])
		}
		return statuses
	}
	if got := strings.Join(send("odata.continue-on-error"), " "); got != "204 412 404 400 204" {
		t.Errorf("the operations answer %s", got)
	}
	if got := strings.Join(send(""), " "); got != "412" {
		t.Errorf("the operations answer %s", got)
	}
	e.Ask(200, "GET", api+"accounts?$select=name", "").Is("value.0.name", "w")
}

// bulk-operations.md: UpdateMultiple changes rows of a standard table in one transaction: any failure undoes all.
func TestUpdateMultipleChangesAllOrNone(t *testing.T) {
	e := open(t, dynamics.Options{})
	id := e.load(dynamics.Accounts, map[string]string{"name": "x"})
	path, target := api+"accounts/Microsoft.Dynamics.CRM.UpdateMultiple", `{"@odata.type":"Microsoft.Dynamics.CRM.account","accountid":"`+id+`","name":"y"}`
	gone := strings.ReplaceAll(target, id, "00000001-0000-4000-8000-00000000ffff")
	e.Ask(404, "POST", path, `{"Targets":[`+target+`,`+gone+`]}`).Is("error.code", "0x80040217")
	e.Ask(200, "GET", api+"accounts?$select=name", "").Is("value.0.name", "x")
	e.Ask(400, "POST", path, `{"Targets":[{"accountid":"`+id+`","name":"y"}]}`)
	e.Ask(204, "POST", path, `{"Targets":[`+target+`]}`)
	e.Ask(200, "GET", api+"accounts?$select=name", "").Is("value.0.name", "y")
}

// create-update-column-definitions-using-web-api.md, create-update-optionsets.md: typed payloads; choices are whole numbers, and
// the platform gives the values of options that are inserted. Options are read by a cast.
func TestColumnsAndOptions(t *testing.T) {
	e := open(t, dynamics.Options{})
	label := func(text string) string {
		return `{"LocalizedLabels":[{"Label":"` + text + `","LanguageCode":1033}]}`
	}
	path := api + "EntityDefinitions(LogicalName='account')/Attributes"
	create := `{"@odata.type":"Microsoft.Dynamics.CRM.PicklistAttributeMetadata","SchemaName":"new_Class","RequiredLevel":{"Value":"None"},"DisplayName":` + label("Class") +
		`,"OptionSet":{"OptionSetType":"Picklist","Options":[{"Value":727000000,"Label":` + label("A") + `}]}}`
	e.Ask(204, "POST", path, create)
	e.Ask(400, "POST", path, create)
	e.Ask(400, "POST", path, strings.Replace(create, "new_Class", "Class", 1))
	e.Ask(200, "POST", api+"InsertOptionValue", `{"EntityLogicalName":"account","AttributeLogicalName":"new_class","Label":`+label("B")+`}`).Is("NewOptionValue", 727000001.0)
	if raw := e.Ask(200, "GET", path, "").Raw; strings.Contains(raw, "OptionSet") || strings.Contains(raw, "new_class") {
		t.Errorf("options without a cast: %s", raw)
	}
	picks := e.Ask(200, "GET", path+"/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$expand=OptionSet", "").Raw
	if !strings.Contains(picks, `"LogicalName":"new_class"`) || !strings.Contains(picks, `"Value":727000001`) {
		t.Errorf("the choices are %s", picks)
	}
}

// api-limits.md: 6,000 requests in five minutes, 429 with Retry-After and what remains in a header. Entra ID answers 401 for a
// wrong secret.
func TestLimitsAndTokens(t *testing.T) {
	e := open(t, dynamics.Options{PerFiveMinutes: 2})
	e.Ask(200, "GET", api+"organizations", "")
	e.Ask(200, "GET", api+"organizations", "")
	e.Ask(429, "GET", api+"organizations", "").Is("error.code", "0x80072322")
	e.clock.Advance(5*time.Minute + time.Second)
	e.Ask(200, "GET", api+"organizations", "")
	c := e.Client
	c.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {dynamics.DefaultClientID}, "client_secret": {dynamics.DefaultClientSecret}, "scope": {"https://x/.default"}}
	c.Ask(200, "POST", "/"+dynamics.DefaultTenant+"/oauth2/v2.0/token", form.Encode()).Is("expires_in", 3599.0)
	form.Set("client_secret", "wrong")
	c.Ask(401, "POST", "/"+dynamics.DefaultTenant+"/oauth2/v2.0/token", form.Encode()).Is("error", "invalid_client")
}

// General knowledge: the loser of a merge stays, inactive, and names its master; its children are the master's.
func TestAMergedRowNamesItsMaster(t *testing.T) {
	e := open(t, dynamics.Options{})
	winner, loser := e.load(dynamics.Accounts, map[string]string{"name": "W"}), e.load(dynamics.Accounts, map[string]string{"name": "L"})
	person := e.load(dynamics.Contacts, map[string]string{"lastname": "P", "_parentcustomerid_value": loser})
	if err := e.Merge(dynamics.Accounts, winner, loser); err != nil {
		t.Fatal(err)
	}
	a := e.Ask(200, "GET", api+"accounts?$select=name,merged,_masterid_value,statecode", "")
	a.Is("value.1.merged", true)
	a.Is("value.1._masterid_value", winner)
	a.Is("value.1.statecode", 1.0)
	if r, _ := e.Store.Get(dynamics.Contacts, person); r.Values["_parentcustomerid_value"] != winner {
		t.Errorf("the child's parent is %s", r.Values["_parentcustomerid_value"])
	}
}

// entities/opportunity (transactioncurrencyid, *_base): amounts stand in the row's currency and in the base one, which the platform
// computes; codes are those of ISO 4217.
func TestCurrencies(t *testing.T) {
	e := open(t, dynamics.Options{Currency: "EUR"})
	e.load(dynamics.Opportunities, map[string]string{"estimatedvalue": "110", "_transactioncurrencyid_value": dynamics.Foreign})
	a := e.Ask(200, "GET", api+"opportunities?$select=estimatedvalue,estimatedvalue_base,_transactioncurrencyid_value", "")
	a.Is("value.0.estimatedvalue", 110)
	a.Is("value.0.estimatedvalue_base", 55)
	a.Is("value.0._transactioncurrencyid_value", dynamics.Foreign)
	a = e.Ask(200, "GET", api+"transactioncurrencies?$select=isocurrencycode", "")
	a.Is("value.0.isocurrencycode", "EUR")
	a.Is("value.1.transactioncurrencyid", dynamics.Foreign)
}
