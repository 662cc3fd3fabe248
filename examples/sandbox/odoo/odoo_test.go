package odoo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/odoo"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
)

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

type database struct {
	*odoo.Server
	sandboxtest.Client
	clock *sandbox.Manual
}

func open(t *testing.T, o odoo.Options) *database {
	o.Clock = sandbox.NewManual(start)
	s := odoo.New(o)
	return &database{s, sandboxtest.Client{T: t, Handler: s.Handler(),
		Header: http.Header{"Authorization": {"bearer " + s.Key()}, "X-Odoo-Database": {odoo.DefaultDatabase}}}, o.Clock.(*sandbox.Manual)}
}

func (d *database) load(model string, values map[string]string) string {
	d.T.Helper()
	id, err := d.Load(model, sandbox.Record{Values: values})
	if err != nil {
		d.T.Fatal(err)
	}
	return id
}

func (d *database) rpc(service, method, args string) sandboxtest.Answer {
	d.T.Helper()
	return d.Ask(200, "POST", "/jsonrpc", `{"jsonrpc": "2.0", "method": "call", "id": 1, "params": {"service": "`+service+`", "method": "`+method+`", "args": [`+args+`]}}`)
}

const user = `"` + odoo.DefaultDatabase + `", 2, "` + odoo.DefaultKey + `", `

// external_rpc_api.rst; seen on 17.0: everything is HTTP 200, a wrong password at login is false, one on a call an error;
// malformed JSON is 400 with plain text.
func TestJSONRPCAnswers200ToEverything(t *testing.T) {
	d := open(t, odoo.Options{Before19: true})
	d.rpc("common", "authenticate", `"acme", "`+odoo.DefaultLogin+`", "`+odoo.DefaultKey+`", {}`).Is("result", 2)
	d.rpc("common", "authenticate", `"acme", "`+odoo.DefaultLogin+`", "wrong", {}`).Is("result", false)
	d.rpc("object", "execute_kw", `"acme", 2, "wrong", "res.partner", "search_count", [], {"domain": []}`).Is("error.data.name", "odoo.exceptions.AccessDenied")
	d.rpc("object", "execute_kw", user+`"no.model", "search_count", [], {"domain": []}`).Is("error.data.message", "Object no.model doesn't exist")
	d.RenewUser()
	d.rpc("object", "execute_kw", user+`"res.partner", "search_count", [], {"domain": []}`).Is("error.data.name", "odoo.exceptions.AccessDenied")
	d = open(t, odoo.Options{Before19: true})
	d.rpc("object", "execute_kw", user+`"res.partner", "search_read", [], {"domain": [], "fields": ["nothing"]}`).Is("error.data.name", "builtins.ValueError")
	d.Ask(400, "POST", "/jsonrpc", `{"jsonrpc`)
	d.Ask(404, "POST", "/json/2/res.partner/search_read", `{}`)
}

// odoo/api.py, call_kw: the records of a write come first and have no name.
func TestIdsArePositionalInJSONRPC(t *testing.T) {
	d := open(t, odoo.Options{Before19: true})
	id := d.load(odoo.Partners, map[string]string{"name": "Acme"})
	d.rpc("object", "execute_kw", user+`"res.partner", "write", [], {"ids": [`+id+`], "vals": {"name": "New"}}`).Is("error.data.name", "builtins.IndexError")
	d.rpc("object", "execute_kw", user+`"res.partner", "write", [[`+id+`]], {"vals": {"name": "New"}}`).Is("result", true)
	if r, _ := d.Store.Get(odoo.Partners, id); r.Values["name"] != "New" {
		t.Errorf("it is called %s", r.Values["name"])
	}
}

// external_api.rst; addons/rpc/controllers/json2.py; seen on 19.0: a bare result, statuses by the exception, a host that serves
// several databases wants the name of one.
func TestJSON2AnswersBareResultsAndStatuses(t *testing.T) {
	d := open(t, odoo.Options{})
	id := d.load(odoo.Partners, map[string]string{"name": "Acme"})
	ask := func(status int, path, body string) sandboxtest.Answer {
		t.Helper()
		return d.Ask(status, "POST", "/json/2/"+path, body)
	}
	ask(200, "res.partner/search_read", `{"domain": [], "fields": ["name"]}`).Is("0.name", "Acme")
	ask(404, "res.partner/write", `{"ids": [999], "vals": {"name": "x"}}`).Is("name", "odoo.exceptions.MissingError")
	ask(404, "no.model/search_read", `{}`)
	d.RejectWrites(odoo.Partners, id, 0, sandbox.Rejection{Message: "No"})
	ask(422, "res.partner/write", `{"ids": [`+id+`], "vals": {"name": "x"}}`).Is("name", "odoo.exceptions.ValidationError")
	d.Header.Set("Authorization", "bearer wrong")
	ask(401, "res.partner/search_read", `{}`).Is("name", "werkzeug.exceptions.Unauthorized")
	d.Header.Set("X-Odoo-Database", "other")
	ask(404, "res.partner/search_read", `{}`)
}

// fields.py, convert_to_read; seen on both: false for what is empty, but 0 for numbers; links as id and name; UTC without saying so.
func TestValuesHaveOdoosForms(t *testing.T) {
	d := open(t, odoo.Options{})
	parent := d.load(odoo.Partners, map[string]string{"name": "Acme", "is_company": "true"})
	d.load(odoo.Partners, map[string]string{"name": "Ada", "parent_id": parent, "country_id": odoo.Germany})
	a := d.Ask(200, "POST", "/json/2/res.partner/search_read", `{"domain": [["is_company", "=", false]], "fields": ["phone", "parent_id", "country_id", "user_id", "write_date", "active"]}`)
	a.Is("0.phone", false)
	a.Is("0.user_id", false)
	a.Is("0.country_id.1", "Germany")
	a.Is("0.write_date", "2026-05-01 08:00:00")
	a.Is("0.active", true)
	if a.Text("0.parent_id.0") != parent || a.Text("0.parent_id.1") != "Acme" {
		t.Errorf("the link is %v", a.At("0.parent_id"))
	}
	d.load(odoo.Leads, map[string]string{"name": "Shelves", "type": "opportunity"})
	d.Ask(200, "POST", "/json/2/crm.lead/search_read", `{"fields": ["expected_revenue"]}`).Is("0.expected_revenue", 0)
}

// crm_lead.py: lost is archived with 0 %, and archived records are not found unless the context says so; won_status came with 19.
func TestLostOpportunitiesAreArchived(t *testing.T) {
	d := open(t, odoo.Options{})
	d.load(odoo.Leads, map[string]string{"name": "Lost", "active": "false", "probability": "0"})
	won := d.load(odoo.Leads, map[string]string{"name": "Won", "stage_id": odoo.StageWon, "probability": "100"})
	a := d.Ask(200, "POST", "/json/2/crm.lead/search_read", `{"fields": ["won_status"]}`)
	if len(a.List("")) != 1 || a.Text("0.id") != won {
		t.Errorf("found are %s", a.Raw)
	}
	a.Is("0.won_status", "won")
	d.Ask(200, "POST", "/json/2/crm.lead/search_read", `{"fields": ["won_status"], "context": {"active_test": false}}`).Is("0.won_status", "lost")
	if n := d.Ask(200, "POST", "/json/2/crm.lead/search_count", `{"domain": [["active", "in", [true, false]]]}`).Raw; strings.TrimSpace(n) != "2" {
		t.Errorf("a domain that names active finds %s", n)
	}
	old := open(t, odoo.Options{Before19: true})
	if a := old.rpc("object", "execute_kw", user+`"crm.lead", "fields_get", [], {}`); a.At("result.won_status") != nil {
		t.Error("an older server has won_status")
	}
}

// Seen on 17.0: microseconds are stored and seconds told, so that a filter by the last change returns its record again.
func TestChangeTimesAreFinerThanTold(t *testing.T) {
	d := open(t, odoo.Options{})
	d.clock.Advance(700 * time.Millisecond)
	id := d.load(odoo.Partners, map[string]string{"name": "Acme"})
	for filter, want := range map[string]int{`[["write_date", ">", "2026-05-01 08:00:00"]]`: 1, `[["write_date", "<", "2026-05-01 08:00:01"]]`: 1, `[["write_date", ">=", "2026-05-01 08:00:01"]]`: 0} {
		if a := d.Ask(200, "POST", "/json/2/res.partner/search_read", `{"domain": `+filter+`}`); len(a.List("")) != want {
			t.Errorf("%s finds %s", filter, a.Raw)
		}
	}
	d.clock.Advance(time.Minute)
	d.Ask(200, "POST", "/json/2/res.partner/write", `{"ids": [`+id+`], "vals": {"name": "New"}}`)
	d.Ask(200, "POST", "/json/2/res.partner/search_read", `{"fields": ["write_date"]}`).Is("0.write_date", "2026-05-01 08:01:00")
}

// external_api.rst: each call is one transaction. Seen on 17.0: writing to nothing is true; an unknown field is refused.
func TestWritesAreAllOrNothing(t *testing.T) {
	d := open(t, odoo.Options{})
	var ids []string
	for range 3 {
		ids = append(ids, d.load(odoo.Partners, map[string]string{"name": "Acme"}))
	}
	write := func(status int, ids, values string) {
		t.Helper()
		d.Ask(status, "POST", "/json/2/res.partner/write", `{"ids": [`+ids+`], "vals": `+values+`}`)
	}
	write(404, strings.Join(ids, ",")+",999", `{"name": "New"}`)
	write(500, ids[0], `{"nothing": "x"}`)
	write(200, "", `{"name": "New"}`)
	d.Archive(odoo.Partners, ids[2])
	write(404, ids[2], `{"name": "New"}`)
	for _, r := range d.Records(odoo.Partners) {
		if r.Values["name"] != "Acme" {
			t.Errorf("%s is called %s", r.ID, r.Values["name"])
		}
	}
}

// addons/web/models/models.py, web_save_multi of 19.0: ids and values have the same length, each record is written, all in one
// transaction, and an empty specification answers ids.
func TestRecordsMayGetValuesOfTheirOwn(t *testing.T) {
	d := open(t, odoo.Options{})
	a, b := d.load(odoo.Partners, map[string]string{"name": "A"}), d.load(odoo.Partners, map[string]string{"name": "B"})
	save := func(status int, ids, values, specification string) sandboxtest.Answer {
		t.Helper()
		return d.Ask(status, "POST", "/json/2/res.partner/web_save_multi", `{"ids": [`+ids+`], "vals_list": [`+values+`]`+specification+`}`)
	}
	const none = `, "specification": {}`
	save(404, a+",999", `{"name": "C"}, {"name": "D"}`, none)
	save(500, a+","+b, `{"name": "C"}`, none)
	save(500, a+","+b, `{"name": "C"}, {"nothing": "x"}`, none)
	save(422, a+","+b, `{"name": "C"}, {"name": "D"}`, "")
	for id, want := range map[string]string{a: "A", b: "B"} {
		if r, _ := d.Store.Get(odoo.Partners, id); r.Values["name"] != want {
			t.Errorf("%s is called %s", id, r.Values["name"])
		}
	}
	save(200, b+","+a, `{"city": "Ulm"}, {"name": "C"}`, none).Is("0.id", json.Number(b))
	first, _ := d.Store.Get(odoo.Partners, a)
	second, _ := d.Store.Get(odoo.Partners, b)
	if first.Values["name"] != "C" || second.Values["name"] != "B" || second.Values["city"] != "Ulm" {
		t.Errorf("written are %v and %v", first.Values, second.Values)
	}
	open(t, odoo.Options{Before19: true}).rpc("object", "execute_kw", user+`"res.partner", "web_save_multi", [], {"vals_list": [], "specification": {}}`).Is("error.data.name", "builtins.AttributeError")
}

// ir_model.py: names begin with x_, are unique; options are records of their own, with unique values.
func TestFieldsAreRecords(t *testing.T) {
	d := open(t, odoo.Options{})
	ask := func(status int, path, body string) sandboxtest.Answer {
		t.Helper()
		return d.Ask(status, "POST", "/json/2/"+path, body)
	}
	model := ask(200, "ir.model/search_read", `{"domain": [["model", "=", "res.partner"]], "fields": ["id"]}`).Text("0.id")
	field := func(name string) string {
		return fmt.Sprintf(`{"vals_list": [{"model_id": %s, "name": "%s", "field_description": "Class", "ttype": "selection", "state": "manual", "selection_ids": [[0, 0, {"value": "A", "name": "Best"}]]}]}`, model, name)
	}
	ask(422, "ir.model.fields/create", field("abc"))
	id := ask(200, "ir.model.fields/create", field("x_abc")).Text("0")
	ask(422, "ir.model.fields/create", field("x_abc")).Is("message", "Field names must be unique per model")
	option := `{"vals_list": [{"field_id": ` + id + `, "value": "B", "name": "Good"}]}`
	ask(200, "ir.model.fields.selection/create", option)
	ask(422, "ir.model.fields.selection/create", option)
	ask(200, "res.partner/fields_get", `{}`).Is("x_abc.selection", [][]string{{"A", "Best"}, {"B", "Good"}})
	one := d.load(odoo.Partners, nil)
	ask(500, "res.partner/write", `{"ids": [`+one+`], "vals": {"x_abc": "Z"}}`)
	ask(200, "res.partner/write", `{"ids": [`+one+`], "vals": {"x_abc": "B"}}`)
	ask(200, "res.partner/search_read", `{"fields": ["x_abc"]}`).Is("0.x_abc", "B")
	ask(200, "res.partner/write", `{"ids": [`+one+`], "vals": {"x_abc": false}}`)
	ask(200, "res.partner/search_read", `{"fields": ["x_abc"]}`).Is("0.x_abc", false)
	ask(200, "ir.model.fields/unlink", `{"ids": [`+id+`]}`)
	ask(500, "res.partner/search_read", `{"fields": ["x_abc"]}`)
}
