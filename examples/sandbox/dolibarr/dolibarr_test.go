package dolibarr_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/dolibarr"
	"github.com/taxonhq/taxon/examples/sandbox/sandboxtest"
)

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

type installation struct {
	*dolibarr.Server
	sandboxtest.Client
	clock *sandbox.Manual
}

func open(t *testing.T, o dolibarr.Options) *installation {
	clock := sandbox.NewManual(start)
	o.Clock = clock
	s := dolibarr.New(o)
	return &installation{s, sandboxtest.Client{T: t, Handler: s.Handler(), Header: http.Header{"Dolapikey": {dolibarr.DefaultKey}}}, clock}
}

func (i *installation) load(kind string, values map[string]string) string {
	i.T.Helper()
	id, err := i.Load(kind, sandbox.Record{Values: values})
	if err != nil {
		i.T.Fatal(err)
	}
	return id
}

func path(kind string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return dolibarr.Root + "/" + kind + "?" + q.Encode()
}

// api_access.class.php: a wrong key is 401.
func TestKeys(t *testing.T) {
	i := open(t, dolibarr.Options{})
	i.Ask(200, "GET", path("status"), "")
	i.Header = http.Header{"Dolapikey": {"wrong"}}
	i.Ask(401, "GET", path("status"), "").Is("error.code", 401)
}

// api_thirdparties.class.php, and a 16.0.3 that ran: pages count from 0, no limit is none, and nothing found is 404 in old
// releases and an empty list in recent ones.
func TestPages(t *testing.T) {
	for _, old := range []bool{false, true} {
		i := open(t, dolibarr.Options{Old: old})
		for range 5 {
			i.load(dolibarr.ThirdParties, nil)
		}
		if rows := i.Ask(200, "GET", path("thirdparties", "limit", "2", "page", "2"), "").List(""); len(rows) != 1 {
			t.Errorf("%d rows", len(rows))
		}
		if rows := i.Ask(200, "GET", path("thirdparties", "limit", "0"), "").List(""); len(rows) != 5 {
			t.Errorf("%d rows without a limit", len(rows))
		}
		status := 200
		if old {
			status = 404
		}
		i.Ask(status, "GET", path("thirdparties", "limit", "2", "page", "3"), "")
	}
}

// DolibarrApi::_checkFilters and what a 16.0.3 did: criteria in brackets, times in the database's zone; a bad column is 503 with the
// SQL text, and a filter without brackets is passed over.
func TestFilters(t *testing.T) {
	i := open(t, dolibarr.Options{Zone: time.FixedZone("", 2*3600)})
	first := i.load(dolibarr.ThirdParties, map[string]string{"name": "One"})
	i.clock.Advance(time.Hour)
	second := i.load(dolibarr.ThirdParties, map[string]string{"name": "Two"})
	for filter, want := range map[string][]string{
		"(t.tms:>:'2026-05-01 10:00:00')":                                                          {second},
		"(t.tms:>=:'2026-05-01 10:00:00') and (t.rowid:<:2)":                                       {first},
		"(t.rowid:=:1) or (t.rowid:=:2)":                                                           {first, second},
		"((t.tms:>:'2026-05-01 11:00:00') or ((t.tms:=:'2026-05-01 10:00:00') and (t.rowid:>:0)))": {first},
		"t.rowid:=:99": {first, second},
	} {
		rows := i.Ask(200, "GET", path("thirdparties", "sqlfilters", filter, "sortfield", "t.tms,t.rowid"), "").List("")
		if len(rows) != len(want) {
			t.Errorf("%s finds %d rows, want %v", filter, len(rows), want)
		}
	}
	i.Ask(503, "GET", path("thirdparties", "sqlfilters", "(t.nothing:=:1)"), "")
	i.Ask(503, "GET", path("thirdparties", "sqlfilters", "(t.rowid:like:1"), "")
}

// A 16.0.3 that ran: a write empties the extra fields that it does not name, what it does not know is echoed and lost, and an
// extra field does not move the change time. Recent releases merge (_checkValForAPI, array_options per key).
func TestWrites(t *testing.T) {
	for _, old := range []bool{false, true} {
		i := open(t, dolibarr.Options{Old: old})
		for _, name := range []string{"a", "b"} {
			if err := dolibarr.AddField(&i.Account, dolibarr.ThirdParties, name, "varchar"); err != nil {
				t.Fatal(err)
			}
		}
		id := i.load(dolibarr.ThirdParties, map[string]string{"a": "1", "b": "2"})
		i.clock.Advance(time.Hour)
		i.Ask(200, "PUT", path("thirdparties/"+id), `{"array_options": {"options_a": "9", "options_lost": "x"}}`).Is("array_options.options_lost", "x")
		row := i.Ask(200, "GET", path("thirdparties/"+id), "")
		row.Is("array_options.options_a", "9")
		row.Is("date_modification", start.Unix())
		if row.At("array_options.options_lost") != nil {
			t.Error("an unknown extra field was kept")
		}
		if kept := row.At("array_options.options_b"); (kept == nil) != old {
			t.Errorf("old %v: the other extra field is %v", old, kept)
		}
		i.Ask(404, "PUT", path("thirdparties/99"), `{}`)
	}
}

// api_setup.class.php: definitions under table and name, an empty list where there are none; label is needed, a duplicate is 409, a
// change takes the whole definition. Old releases only list.
func TestExtraFields(t *testing.T) {
	i := open(t, dolibarr.Options{})
	if rows := i.Ask(200, "GET", path("setup/extrafields", "elementtype", "societe"), "").List(""); len(rows) != 0 {
		t.Errorf("%d definitions", len(rows))
	}
	field := path("setup/extrafields/societe/abc")
	i.Ask(400, "POST", field, `{"type": "select"}`)
	i.Ask(200, "POST", field, `{"label": "ABC", "type": "select", "param": {"options": {"A": "Best", "B": "Rest"}}}`)
	i.Ask(409, "POST", field, `{"label": "ABC", "type": "select"}`)
	i.Ask(200, "PUT", field, `{"label": "ABC", "type": "select", "param": {"options": {"A": "Best", "B": "Rest", "C": "New"}}}`)
	i.Ask(200, "GET", path("setup/extrafields", "elementtype", "societe"), "").Is("societe.abc.param.options.C", "New")
	i.Ask(200, "DELETE", field, "")
	i.Ask(404, "DELETE", field, "")

	i = open(t, dolibarr.Options{Old: true})
	i.Ask(404, "POST", field, `{"label": "ABC", "type": "select"}`)
	i.Ask(404, "GET", path("setup/extrafields", "elementtype", "societe"), "") // a 16.0.3 that ran: "No extrafield found"
}

// A 16.0.3 that ran: numbers as texts, instants as seconds, an empty list for no extra fields.
func TestForms(t *testing.T) {
	i := open(t, dolibarr.Options{})
	id := i.load(dolibarr.Invoices, map[string]string{"total_ttc": "119.00000000", "date": "2026-05-01T00:00:00Z"})
	row := i.Ask(200, "GET", path("invoices/"+id), "")
	row.Is("total_ttc", "119.00000000")
	row.Is("date", time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Unix())
	if _, list := row.At("array_options").([]any); !list {
		t.Errorf("no extra fields are %v", row.At("array_options"))
	}
}

// api_agendaevents.class.php and actioncomm.class.php: the key's column is id, the change time datem; people stand under their ids, an
// empty list where there are none; a missing right is 401.
func TestEvents(t *testing.T) {
	i := open(t, dolibarr.Options{})
	id := i.load(dolibarr.Events, map[string]string{"fk_action": "5", "datep": "2026-05-01T00:00:00Z", "socpeopleassigned": "7,8"})
	i.load(dolibarr.Events, map[string]string{"fk_action": "40"})
	i.Ask(503, "GET", path("agendaevents", "sqlfilters", "(t.rowid:>:0)"), "")
	rows := i.Ask(200, "GET", path("agendaevents", "sortfield", "t.id", "sqlfilters", "(t.id:>:0) and ((t.fk_action:=:1) or (t.fk_action:=:5))"), "")
	if n := len(rows.List("")); n != 1 {
		t.Errorf("%d events", n)
	}
	row := i.Ask(200, "GET", path("agendaevents/"+id), "")
	row.Is("type_code", "AC_RDV")
	row.Is("datem", start.Unix())
	row.Is("socpeopleassigned.7.id", "7")
	i = open(t, dolibarr.Options{Forbidden: []string{dolibarr.Events}})
	i.Ask(401, "GET", path("agendaevents"), "")
	i.Ask(200, "GET", path("thirdparties"), "")
}
