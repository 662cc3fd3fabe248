package connector_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// habit connects to a CRM that has one habit: its objects as YAML, and what it answers. Beside the objects top may say more.
func habit(t *testing.T, objects, top string, serve func(w http.ResponseWriter, r *http.Request, body map[string]any), change ...func(*connector.Options)) (*connector.Connector, clock) {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/me" {
			reply(w, 200, map[string]any{"id": 1})
			return
		}
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		body := decoded(r)
		r.Body = io.NopCloser(bytes.NewReader(text))
		serve(w, r, body)
	}))
	t.Cleanup(server.Close)
	if !strings.Contains(top, "auth:") {
		top += "\nauth: {token: {doc: A token., secrets: {token: {doc: It.}}, headers: {X-Token: = secret.token}}}\n"
	}
	m, err := manifest.Load("habit.yaml", []byte(`
manifest: 1
name: habit
title: Habit
version: 0.1.0
inputs: {base_url: {doc: Where it is., type: url}}
base_url: = config.base_url
auth_default: token
account: {request: {path: /me}, id: = body.id}
`+top+"\nobjects:\n"+objects))
	if err != nil {
		t.Fatal(err)
	}
	clock := clock{Manual: sandbox.NewManual(epoch)}
	o := connector.Options{Settings: map[string]string{"base_url": server.URL}, Clock: clock,
		Secret: func(string) (string, error) { return "s3cret", nil }}
	for _, f := range change {
		f(&o)
	}
	c, err := connector.Open(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

const defineNothing = `
    define:
      name: = field.key
      list: {request: {path: /fields}, rows: ".", size: 100}
      key: name
      label: name
      type: type
      types: {text: {accepts: text}, number: {accepts: number}, date: {accepts: day}, class: {accepts: text}}
      instructions: make it
`

func oneField(w http.ResponseWriter) {
	reply(w, 200, []any{map[string]any{"name": "taxon_abc", "type": "text"}})
}

// Some servers leave the change time empty until the first update; a filter on it alone misses what is new.
func TestWhatIsNewIsFoundAlthoughItsChangeTimeIsEmptyUntilTheFirstUpdate(t *testing.T) {
	type row struct{ created, changed int64 }
	rows := map[string]row{}
	c, clock := habit(t, `
  people:
    kind: contact
    id: id
    updated: changed
    created: created
    fields: {name: name}
    list: {request: {path: /all}, rows: rows, size: 1000}
    changed:
      request: {path: /changed, query: {since: '= millis(since)', after: '= page.?after_id'}}
      rows: rows
      size: 4
      page: {keyset: {by: updated}}
      new:
        request: {path: /created, query: {since: '= millis(since)', after: '= page.?after_id'}}
        rows: rows
        size: 4
        page: {keyset: {by: updated}}
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		out := []any{}
		since, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
		stamp := func(id string) int64 {
			if r.URL.Path == "/changed" {
				return rows[id].changed
			}
			return rows[id].created
		}
		var ids []string
		for id := range rows {
			if r.URL.Path == "/all" || stamp(id) != 0 && stamp(id) >= since {
				ids = append(ids, id)
			}
		}
		slices.SortFunc(ids, func(a, b string) int { return int(stamp(a)-stamp(b))*100 + strings.Compare(a, b) })
		for i, id := range ids {
			m := map[string]any{"id": id, "name": id, "created": rows[id].created, "changed": nil}
			if rows[id].changed != 0 {
				m["changed"], m["name"] = rows[id].changed, id+" changed"
			}
			if r.URL.Path == "/all" || i < 4 {
				out = append(out, m)
			}
		}
		reply(w, 200, map[string]any{"rows": out})
	})
	now := func() int64 { return clock.Now().UnixMilli() }
	for i := range 6 {
		rows[fmt.Sprint("old", i)] = row{created: now() - 1000}
	}
	first := pull(t, c, crm.Contact, nil)
	if len(first.records) != 6 || first.records["old1"].UpdatedAt.IsZero() {
		t.Fatalf("%d records", len(first.records))
	}
	clock.Advance(time.Hour)
	for i := range 9 { // more than two pages
		rows[fmt.Sprint("new", i)] = row{created: now() + int64(i)}
	}
	rows["old3"] = row{created: rows["old3"].created, changed: now()}
	rows["new2"] = row{created: rows["new2"].created, changed: now() + 50}
	clock.Advance(time.Hour)
	second := pull(t, c, crm.Contact, first.state)
	if len(second.records) != 10 || second.times["new2"] != 1 {
		t.Errorf("%v came", second.ids())
	}
	clock.Advance(time.Hour)
	if third := pull(t, c, crm.Contact, second.state); len(third.records) != 0 {
		t.Errorf("%v came although nothing changed", third.ids())
	}
}

func TestAMergeThatOnlyTheLoserTellsIsToldByTheSurvivor(t *testing.T) {
	deleted := []any{}
	c, clock := habit(t, `
  people:
    kind: contact
    id: Id
    updated: stamp
    fields: {name: name}
    list: {request: {path: /all}, rows: rows, size: 100}
    changed: {request: {path: /none}, rows: rows, size: 100}
    deleted:
      request: {path: /deleted}
      rows: rows
      size: 100
      id: record
      into: master
    read: {request: {path: /read, query: {ids: '= ids.join(",")'}}, batch: 10, rows: rows}
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		rows := []any{}
		switch r.URL.Path {
		case "/all":
			for i := range 6 {
				rows = append(rows, map[string]any{"Id": fmt.Sprint("p", i), "name": "x", "stamp": 1000})
			}
		case "/deleted":
			rows = deleted
		case "/read":
			for _, id := range strings.Split(r.URL.Query().Get("ids"), ",") {
				if id != "p9" {
					rows = append(rows, map[string]any{"Id": id, "name": "survivor", "stamp": 1000})
				}
			}
		}
		reply(w, 200, map[string]any{"rows": rows})
	})
	first := pull(t, c, crm.Contact, nil)
	deleted = []any{
		map[string]any{"record": "p0", "master": nil},
		map[string]any{"record": "p1", "master": "p2"}, // p1 became p2, which became p3
		map[string]any{"record": "p2", "master": "p3"},
		map[string]any{"record": "p4", "master": "p9"}, // which is gone as well
	}
	clock.Advance(time.Hour)
	second := pull(t, c, crm.Contact, first.state)
	if !slices.Equal(second.deleted, []string{"p0", "p4"}) || len(second.records) != 1 || !slices.Equal(second.records["p3"].MergedIDs, []string{"p1", "p2"}) {
		t.Errorf("deleted %v, records %+v", second.deleted, second.records)
	}
}

func TestLinksOfOneRecordAtATime(t *testing.T) {
	c, _ := habit(t, `
  deals:
    kind: deal
    id: id
    fields: {name: name}
    list: {request: {path: /all}, rows: rows, size: 100}
    associations:
      contact: {request: {path: '= "/deals/" + inputs[0].id + "/contacts"'}, batch: 1, rows: links, to: ., id: id}
      company: {request: {path: /links, query: {of: '= inputs.map(i, i.id).join(",")'}}, batch: 5, rows: rows, from: deal, to: ., id: company}
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		rows := []any{}
		switch {
		case r.URL.Path == "/all":
			for i := range 7 {
				rows = append(rows, map[string]any{"id": i, "name": "x"})
			}
		case r.URL.Path == "/links": // a table of its own: a row for each link
			for _, id := range strings.Split(r.URL.Query().Get("of"), ",") {
				rows = append(rows, map[string]any{"deal": id, "company": "c" + id}, map[string]any{"deal": id, "company": "d" + id})
			}
		default:
			id := strings.Split(r.URL.Path, "/")[2]
			reply(w, 200, map[string]any{"links": []any{map[string]any{"id": "p" + id}, map[string]any{"id": "q" + id}}})
			return
		}
		reply(w, 200, map[string]any{"rows": rows})
	})
	p := pull(t, c, crm.Deal, nil)
	for id, r := range p.records {
		var links []string
		for _, l := range r.Links {
			links = append(links, string(l.Kind)+" "+l.ID)
		}
		slices.Sort(links)
		if want := []string{"company c" + id, "company d" + id, "contact p" + id, "contact q" + id}; !slices.Equal(links, want) {
			t.Errorf("%s: %v", id, links)
		}
	}
	if len(p.records) != 7 {
		t.Errorf("%d records", len(p.records))
	}
}

func TestAWriteThatReplacesAnObjectReadsItFirst(t *testing.T) {
	stored := map[string]any{"taxon_abc": "A", "theirs": "kept"}
	c, _ := habit(t, `
  people:
    kind: contact
    id: id
    fields: {name: name}
    list: {request: {path: /all}, rows: rows, size: 100}
    write:
      request:
        first: {path: '= "/people/" + records[0].id'}
        method: PUT
        path: = "/people/" + records[0].id
        body: {extra: '= merge(first.extra, records[0].values)'}
      batch: 1
      values: typed
      clear: "null"
      match: status
`+defineNothing, "", func(w http.ResponseWriter, r *http.Request, body map[string]any) {
		switch {
		case r.URL.Path == "/fields":
			oneField(w)
		case r.URL.Path == "/people/gone":
			w.WriteHeader(404)
		case r.Method == http.MethodPut:
			stored = body["extra"].(map[string]any)
			reply(w, 200, map[string]any{})
		default:
			reply(w, 200, map[string]any{"extra": stored})
		}
	})
	out := outcomes(t, c, crm.Contact, []connector.Write{{ID: "1", Fields: map[string]string{"taxon_abc": "B"}}, {ID: "gone", Fields: map[string]string{"taxon_abc": "B"}}})
	if out["1"].Error != nil || fmt.Sprint(stored) != "map[taxon_abc:B theirs:kept]" {
		t.Errorf("%v, %v", out, stored)
	}
	if o := out["gone"]; o.Error == nil || o.Error.Code != crm.CodeNotFound {
		t.Errorf("%+v", o)
	}
}

func TestCredentialsMayStandDeepInABody(t *testing.T) {
	var seen []string
	c, _ := habit(t, `
  people:
    kind: contact
    id: id
    fields: {name: name}
    list:
      request: {method: POST, path: /res.people/search_read, body: {args: [res.people, search_read, [[]]]}}
      rows: .
      size: 100
`, `
auth:
  token:
    doc: A login that answers the number of the user.
    secrets: {token: {doc: It.}}
    exchange:
      request: {method: POST, path: /rpc, body: {jsonrpc: "2.0", params: {service: common, args: [db, = secret.token]}}}
      token: {uid: = string(body.result)}
    wrap:
      path: /rpc
      body: {jsonrpc: "2.0", method: call, params: {service: object, args: '= ["db", int(token.uid), secret.token] + body.args'}}
      answer: result
`, func(w http.ResponseWriter, r *http.Request, body map[string]any) {
		if r.URL.Path != "/rpc" {
			t.Errorf("it was sent to %s", r.URL.Path)
		}
		data, _ := json.Marshal(body)
		seen = append(seen, string(data))
		if body["params"].(map[string]any)["service"] == "common" {
			reply(w, 200, map[string]any{"result": 7})
			return
		}
		reply(w, 200, map[string]any{"result": []any{map[string]any{"id": 1, "name": "x"}}})
	})
	if p := pull(t, c, crm.Contact, nil); len(p.records) != 1 {
		t.Errorf("%d records", len(p.records))
	}
	want := []string{`{"jsonrpc":"2.0","params":{"args":["db","s3cret"],"service":"common"}}`,
		`{"jsonrpc":"2.0","method":"call","params":{"args":["db",7,"s3cret","res.people","search_read",[[]]],"service":"object"}}`}
	if !slices.Equal(seen, want) {
		t.Errorf("%q", seen)
	}
}

// Whole numbers above 2^53 are no floating ones: as ids, as links, in cursors and positions, in values and in what is written.
func TestNumbersAbove2To53StayWhole(t *testing.T) {
	const base = int64(9007199254740993)
	var written []string
	c, _ := habit(t, `
  people:
    kind: contact
    id: id
    fields: {name: name, owner: owner}
    links: {company: {property: firm}}
    list:
      request: {path: /all, query: {after: '= page.?after'}}
      rows: rows
      size: 2
      page: {next: '= size(body.rows) < 2 ? dyn(null) : {"after": body.rows[1].id}'}
    write:
      request: {method: POST, path: /write, body: {id: '= int(records[0].id)', values: '= records[0].values'}}
      batch: 1
      values: typed
      clear: "null"
      match: status
`+defineNothing, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		switch r.URL.Path {
		case "/fields":
			oneField(w)
		case "/write":
			text, _ := io.ReadAll(r.Body)
			written = append(written, string(text))
			reply(w, 200, map[string]any{})
		case "/all":
			after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
			rows := []any{}
			for i := range int64(7) {
				if id := base + i; id > after && len(rows) < 2 {
					rows = append(rows, map[string]any{"id": id, "name": "x", "firm": id + 100, "owner": id + 200})
				}
			}
			reply(w, 200, map[string]any{"rows": rows})
		}
	})
	p := &pulled{}
	for runs := 0; !p.last; runs++ { // each run resumes after one page, from its state
		if runs > 10 {
			t.Fatal("it does not come to an end")
		}
		pages := 0
		_ = c.Pull(context.Background(), crm.Contact, p.state, func(page connector.Page) error { // the error is ours
			if pages++; pages == 2 {
				return fmt.Errorf("killed")
			}
			p.take(page)
			return nil
		})
	}
	for i := range int64(7) {
		r, ok := p.records[fmt.Sprint(base+i)]
		if !ok || r.Linked(crm.Company) != fmt.Sprint(base+i+100) || r.Field("owner").Text() != fmt.Sprint(base+i+200) {
			t.Errorf("%d: %+v", base+i, r)
		}
	}
	if len(p.records) != 7 {
		t.Errorf("%v", p.ids())
	}
	outcomes(t, c, crm.Contact, []connector.Write{{ID: fmt.Sprint(base), Fields: map[string]string{"taxon_abc": "A"}}})
	if !slices.Equal(written, []string{fmt.Sprintf(`{"id":%d,"values":{"taxon_abc":"A"}}`, base)}) {
		t.Errorf("written %q", written)
	}
}

// A total is a hint: a listing ends on the CRM's signal, whatever the total says, and a job is only a question of cost.
func TestATotalThatLiesChangesNothing(t *testing.T) {
	for _, total := range []any{0, 3, 100000, -1, "many", nil} {
		people := 23
		c, clock := habit(t, `
  people:
    kind: contact
    id: id
    updated: at
    fields: {name: name}
    list: {request: {path: /all, query: {page: = page.number}}, rows: rows, size: 5, page: {number: {}}, count: {request: {path: /count}, total: = body.total}}
    changed:
      request: {path: /changed, query: {from: '= millis(since)', cursor: '= page.?cursor'}}
      rows: rows
      size: 5
      page: {keyset: {by: updated, cursor: next, total: total, window: 1000}}
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
			page, _ := strconv.Atoi(r.URL.Query().Get("page"))
			from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
			since, _ := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
			rows, next := []any{}, any(nil)
			for i, n := max(page*5, from), 0; i < people; i++ {
				if at := epoch.UnixMilli() + int64(i)*1000; at >= since {
					if n++; n > 5 {
						next = fmt.Sprint(i)
						break
					}
					rows = append(rows, map[string]any{"id": fmt.Sprintf("p%02d", i), "name": "x", "at": at})
				}
			}
			reply(w, 200, map[string]any{"rows": rows, "total": total, "next": next})
		})
		if first := pull(t, c, crm.Contact, nil); len(first.records) != 23 {
			t.Errorf("%v: %d records", total, len(first.records))
		}
		all := people
		people = 0
		empty := pull(t, c, crm.Contact, nil)
		people = all
		clock.Advance(time.Hour)
		if second := pull(t, c, crm.Contact, empty.state); len(second.records) != 23 {
			t.Errorf("%v: %d changed records", total, len(second.records))
		}
	}
}

// In some CRMs our own writes move the change time, in others those of custom fields do not. The first bring our own values back
// with the next pull, once; in the second a later change of another field brings them.
func TestOwnWritesMayMoveTheChangeTimeOrNot(t *testing.T) {
	for _, moves := range []bool{true, false} {
		name, class, at := "x", "", epoch.Add(-time.Hour).UnixMilli()
		var clock clock
		c, clock := habit(t, `
  people:
    kind: contact
    id: id
    updated: at
    fields: {name: name}
    list: {request: {path: /all}, rows: rows, size: 100}
    changed: {request: {path: /all, query: {from: '= millis(since)'}}, rows: rows, size: 100}
    write:
      request: {method: POST, path: /write, body: '= records[0].values'}
      batch: 1
      values: typed
      clear: "null"
      match: status
`+defineNothing, "", func(w http.ResponseWriter, r *http.Request, body map[string]any) {
			switch r.URL.Path {
			case "/fields":
				oneField(w)
			case "/write":
				if class = body["taxon_abc"].(string); moves {
					at = clock.Now().UnixMilli()
				}
				reply(w, 200, map[string]any{})
			default:
				rows := []any{}
				if from, _ := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64); at >= from {
					rows = append(rows, map[string]any{"id": "p1", "name": name, "at": at, "taxon_abc": class})
				}
				reply(w, 200, map[string]any{"rows": rows})
			}
		})
		c.SetOwnFields(crm.Contact, []string{"taxon_abc"})
		state := pull(t, c, crm.Contact, nil).state
		clock.Advance(time.Hour)
		outcomes(t, c, crm.Contact, []connector.Write{{ID: "p1", Fields: map[string]string{"taxon_abc": "A"}}})
		clock.Advance(time.Hour)
		p := pull(t, c, crm.Contact, state)
		if moves != (p.records["p1"].Own["taxon_abc"] == "A") || len(p.records) > 1 {
			t.Errorf("moves %v: %+v", moves, p.records)
		}
		if again := pull(t, c, crm.Contact, p.state); len(again.records) != 0 {
			t.Errorf("moves %v: our own write comes twice", moves)
		}
		clock.Advance(time.Hour)
		name, at = "changed", clock.Now().UnixMilli()
		clock.Advance(time.Hour)
		if last := pull(t, c, crm.Contact, p.state); last.records["p1"].Own["taxon_abc"] != "A" {
			t.Errorf("moves %v: after a change of another field: %+v", moves, last.records)
		}
	}
}

func TestATokenAnswerThatHoldsAnErrorIsOne(t *testing.T) {
	answers := map[string]crm.Code{`{"error":"invalid_code"}`: crm.CodeCredentials, `{"error":"busy"}`: crm.CodeProtocol, `{}`: crm.CodeProtocol}
	for answer, code := range answers {
		c, _ := habit(t, `
  people: {kind: contact, id: id, fields: {name: name}, list: {request: {path: /all}, rows: rows, size: 100}}
`, `
success: = status < 300 && !has(body.error)
problem: {code: error}
errors: [{body: {error: invalid_code}, then: credentials}]
auth:
  token:
    doc: A refresh token.
    secrets: {token: {doc: It.}}
    exchange:
      request: {method: POST, path: /token, form: {refresh_token: = secret.token}}
      token: {access: = body.access}
    headers: {X-Token: = token.access}
`, func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, answer) // with status 200
		})
		if _, err := c.Account(context.Background()); crm.CodeOf(err) != code || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestALookupThatLeadsToRecordsOfSeveralKindsIsTakenApart(t *testing.T) {
	c, _ := habit(t, `
  deals:
    kind: deal
    id: id
    fields: {name: name}
    links:
      company: {expr: '= record.?customer_type.orValue("") == "account" ? record.customer : record.?parent.orValue("")', primary: true}
      contact: {expr: '= record.?customer_type.orValue("") == "person" ? [record.customer] + record.?others.orValue([]) : dyn([])'}
    list: {request: {path: /all, query: {fields: '= properties.join(",")'}}, rows: rows, size: 100}
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		if asked := r.URL.Query().Get("fields"); asked != "customer,customer_type,name,others,parent" {
			t.Errorf("asked for %s", asked)
		}
		reply(w, 200, map[string]any{"rows": []any{
			map[string]any{"id": 1, "name": "x", "customer": "a1", "customer_type": "account"},
			map[string]any{"id": 2, "name": "x", "customer": "p1", "customer_type": "person", "parent": "a2", "others": []any{"p2", 3}},
			map[string]any{"id": 3, "name": "x"},
		}})
	})
	p := pull(t, c, crm.Deal, nil)
	for id, want := range map[string]string{"1": "[company a1*]", "2": "[company a2* contact p1 contact p2 contact 3]", "3": "[]"} {
		links := []string{}
		for _, l := range p.records[id].Links {
			text := string(l.Kind) + " " + l.ID
			if l.Primary {
				text += "*"
			}
			links = append(links, text)
		}
		if fmt.Sprint(links) != want {
			t.Errorf("%s: %v", id, links)
		}
	}
}

func TestAnEmptyAnswerIsNoErrorHoweverItIsSaid(t *testing.T) {
	for name, say := range map[string]func(w http.ResponseWriter){
		"204":               func(w http.ResponseWriter) { w.WriteHeader(204) },
		"304":               func(w http.ResponseWriter) { w.WriteHeader(304) },
		"a null":            func(w http.ResponseWriter) { reply(w, 200, map[string]any{"rows": nil}) },
		"404 that means it": func(w http.ResponseWriter) { reply(w, 404, map[string]any{"error": "No rows found"}) },
	} {
		c, clock := habit(t, `
  people:
    kind: contact
    id: id
    updated: at
    fields: {name: name}
    list: &all
      request: {path: /all, query: {page: = page.number}, errors: [{status: "404", text: No rows, then: empty}]}
      rows: rows
      size: 2
      page: {number: {}}
    changed: *all
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
			if page := r.URL.Query().Get("page"); page == "0" {
				reply(w, 200, map[string]any{"rows": []any{map[string]any{"id": 1, "name": "x", "at": 1}, map[string]any{"id": 2, "name": "x", "at": 1}}})
			} else if page == "1" {
				say(w)
			} else {
				t.Errorf("%s: page %s was asked for", name, page)
			}
		})
		p := pull(t, c, crm.Contact, nil)
		clock.Advance(time.Hour)
		if len(p.records) != 2 || !pull(t, c, crm.Contact, p.state).last {
			t.Errorf("%s: %d records", name, len(p.records))
		}
	}
	// A 404 that does not mean it stays an error.
	c, _ := habit(t, `
  people:
    kind: contact
    id: id
    fields: {name: name}
    list: {request: {path: /all, errors: [{status: "404", text: No rows, then: empty}]}, rows: rows, size: 2}
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		reply(w, 404, map[string]any{"error": "no such module"})
	})
	if err := c.Pull(context.Background(), crm.Contact, nil, func(connector.Page) error { return nil }); crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("got %v", err)
	}
}

func TestATokenMayTellWhereRequestsGo(t *testing.T) {
	hits := 0
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits++
		reply(w, 200, map[string]any{"id": 9})
	}))
	defer other.Close()
	c, _ := habit(t, `
  people: {kind: contact, id: id, fields: {name: name}, list: {request: {path: /all}, rows: rows, size: 100}}
`, `
auth:
  token:
    doc: A refresh token.
    secrets: {token: {doc: It.}}
    exchange:
      request: {method: POST, path: '= config.base_url + "/token"', form: {refresh_token: = secret.token}}
      token: {access: = body.access}
      base_url: = body.instance
    headers: {X-Token: = token.access}
`, func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		reply(w, 200, map[string]any{"access": "x", "instance": other.URL + "/services"})
	})
	if account, err := c.Account(context.Background()); err != nil || account.ID != "9" || hits != 1 {
		t.Errorf("%+v, %v, %d requests", account, err, hits)
	}
}

// Whom a deal is with may stand in a table of its own, whose changes do not move the deal's change time.
func TestAChangeInATableThatBelongsToRecordsIsAChangeOfTheRecords(t *testing.T) {
	type role struct {
		deal, contact string
		at            int64
	}
	roles := map[string]role{}
	reads := 0
	c, clock := habit(t, `
  deals:
    kind: deal
    id: id
    updated: at
    fields: {name: name}
    list: {request: {path: /deals}, rows: rows, size: 100}
    changed:
      request: {path: /deals, query: {since: '= millis(since)'}}
      rows: rows
      size: 100
      touched:
        - request: {path: /roles, query: {since: '= millis(since)', after: '= page.?after_id', tie: = page.tie}}
          rows: rows
          size: 3
          page: {keyset: {by: updated}}
          id: id
          record: deal
          updated: at
    read: {request: {path: /read, query: {ids: '= ids.join(",")'}}, batch: 5, rows: rows}
    links: {contact: {property: people}}
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		since, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
		rows := []any{}
		deal := func(id string) map[string]any {
			people := []string{}
			for _, role := range roles {
				if role.deal == id {
					people = append(people, role.contact)
				}
			}
			slices.Sort(people)
			return map[string]any{"id": id, "name": "x", "at": epoch.Add(-time.Hour).UnixMilli(), "people": people}
		}
		switch r.URL.Path {
		case "/deals":
			for i := 0; i < 20 && since <= epoch.Add(-time.Hour).UnixMilli(); i++ {
				rows = append(rows, deal(fmt.Sprint("d", i)))
			}
		case "/read":
			reads++
			for _, id := range strings.Split(r.URL.Query().Get("ids"), ",") {
				if id != "gone" {
					rows = append(rows, deal(id))
				}
			}
		case "/roles":
			var ids []string
			for id, role := range roles {
				if tie := r.URL.Query().Get("tie") == "true"; role.at >= since && (!tie || role.at == since && id > r.URL.Query().Get("after")) {
					ids = append(ids, id)
				}
			}
			slices.SortFunc(ids, func(a, b string) int {
				if d := roles[a].at - roles[b].at; d != 0 {
					return int(d)
				}
				return strings.Compare(a, b)
			})
			for _, id := range ids[:min(3, len(ids))] {
				rows = append(rows, map[string]any{"id": id, "deal": roles[id].deal, "at": roles[id].at})
			}
		}
		reply(w, 200, map[string]any{"rows": rows})
	})
	first := pull(t, c, crm.Deal, nil)
	clock.Advance(time.Hour)
	if idle := pull(t, c, crm.Deal, first.state); len(idle.records) != 0 || reads != 0 {
		t.Errorf("%v came although nothing changed", idle.ids())
	}
	for i := range 8 { // of one instant, more than two pages; two of one deal
		roles[fmt.Sprint("r", i)] = role{fmt.Sprint("d", min(i, 6)), fmt.Sprint("p", i), clock.Now().UnixMilli()}
	}
	roles["r9"] = role{"gone", "p9", clock.Now().UnixMilli() + 1}
	clock.Advance(time.Hour)
	second := pull(t, c, crm.Deal, first.state)
	if len(second.records) != 7 || len(second.records["d6"].Links) != 2 || reads > 3 {
		t.Errorf("%v came, with %d reads", second.ids(), reads)
	}
	third := pull(t, c, crm.Deal, second.state)
	if len(third.records) != 0 {
		t.Errorf("%v came again", third.ids())
	}
	clock.Advance(time.Hour)
	roles["r1"] = role{"d1", "p1", clock.Now().UnixMilli()} // moved, and the deal's row is as before
	clock.Advance(time.Hour)
	if fourth := pull(t, c, crm.Deal, third.state); !slices.Equal(fourth.ids(), []string{"d1"}) {
		t.Errorf("%v came", fourth.ids())
	}
}

// What the index shows late is found also when nothing else changes any more.
func TestALateChangeIsFoundAlthoughTheAccountFallsSilent(t *testing.T) {
	type row struct{ at, shown time.Time }
	rows := map[string]*row{"a": {}, "b": {}}
	passes := 0
	var clock clock
	c, clock := habit(t, `
  people:
    kind: contact
    id: id
    updated: at
    fields: {name: name}
    list: {request: {path: /all}, rows: rows, size: 100}
    changed:
      request: {path: /changed, query: {since: '= millis(since)', until: '= until == null ? dyn(null) : millis(until)'}}
      rows: rows
      size: 100
      overlap: 5m
      late: 1h
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		out := []any{}
		since, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
		until, bounded := strconv.ParseInt(r.URL.Query().Get("until"), 10, 64)
		if bounded == nil {
			passes++
		}
		for _, id := range []string{"a", "b"} {
			at := rows[id].at.UnixMilli()
			if r.URL.Path == "/all" || at >= since && (bounded != nil || at < until) && !rows[id].shown.After(clock.Now()) {
				out = append(out, map[string]any{"id": id, "name": rows[id].at.String(), "at": at})
			}
		}
		reply(w, 200, map[string]any{"rows": out})
	})
	state := pull(t, c, crm.Contact, nil).state
	clock.Advance(10 * time.Minute)
	rows["a"] = &row{clock.Now(), clock.Now().Add(30 * time.Minute)}
	clock.Advance(15 * time.Minute)
	rows["b"] = &row{clock.Now(), clock.Now()}
	found := map[string]int{}
	for range 20 {
		clock.Advance(10 * time.Minute)
		p := pull(t, c, crm.Contact, state)
		state = p.state
		for id, n := range p.times {
			found[id] += n
		}
	}
	if found["a"] != 1 || found["b"] != 1 || passes != 1 {
		t.Errorf("%v, %d second passes", found, passes)
	}
}

// Only an administrator may make fields, but what else is done needs no such rights.
func TestSingleRequestsMayHaveCredentialsOfTheirOwn(t *testing.T) {
	for _, admin := range []string{"boss", ""} {
		made := 0
		c, _ := habit(t, `
  people:
    kind: contact
    id: id
    fields: {name: name}
    list: {request: {path: /all}, rows: rows, size: 100}
    write: {request: {method: POST, path: /write, body: {}}, batch: 1, values: text, clear: empty, match: status}
    define:
      name: = field.key
      list: {request: {path: /fields}, rows: ".", size: 100}
      key: name
      label: name
      type: type
      types: {text: {accepts: text}, number: {accepts: number}, date: {accepts: day}, class: {accepts: text}}
      create: {method: POST, path: /fields, body: {name: = field.key}, auth: admin}
`, `
auth:
  token: {doc: A token., secrets: {token: {doc: It.}}, headers: {X-Token: = secret.token}}
  admin: {doc: An administrator., secrets: {admin: {doc: Its token.}}, headers: {X-Token: = secret.admin}}
`, func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
			switch token := r.Header.Get("X-Token"); {
			case r.Method == http.MethodPost && token != "boss":
				w.WriteHeader(403)
			case r.Method == http.MethodPost:
				made++
				reply(w, 200, map[string]any{})
			case token != "s3cret":
				t.Errorf("%s with %s", r.URL.Path, token)
			case made > 0:
				oneField(w)
			default:
				reply(w, 200, []any{})
			}
		}, func(o *connector.Options) {
			plain := o.Secret
			o.Secret = func(name string) (string, error) {
				if name == "admin" {
					return admin, nil
				}
				return plain(name)
			}
		})
		_, err := c.Provision(context.Background(), crm.Contact, abc[:1])
		if admin != "" && (err != nil || made != 1) || admin == "" && crm.CodeOf(err) != crm.CodeForbidden {
			t.Errorf("%q: %v", admin, err)
		}
	}
}

// A record that changes and changes back looks as it did before, where no change time tells: it is delivered again all the same.
func TestARecordThatChangesBackIsDeliveredAgain(t *testing.T) {
	name := "first"
	c, clock := habit(t, `
  people:
    kind: contact
    id: id
    fields: {name: name}
    list: {request: {path: /all}, rows: value, size: 100, page: {link: next}}
    changed:
      request: {path: /all}
      rows: value
      size: 100
      page: {link: next}
      delta: {link: delta}
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		reply(w, 200, map[string]any{"value": []any{map[string]any{"id": 1, "name": name}}, "delta": "/all"})
	})
	state := pull(t, c, crm.Contact, nil).state
	for _, step := range []struct {
		name string
		want int
	}{{"first", 0}, {"second", 1}, {"first", 1}, {"first", 0}, {"second", 1}} {
		name = step.name
		clock.Advance(time.Hour)
		p := pull(t, c, crm.Contact, state)
		if state = p.state; len(p.records) != step.want {
			t.Errorf("%s: %d records, want %d", name, len(p.records), step.want)
		}
	}
}

func TestATableMayTakeSeveralRequests(t *testing.T) {
	pipelines := []string{"10", "20", "30"}
	asked := 0
	c, _ := habit(t, `
  deals:
    kind: deal
    id: id
    updated: at
    fields: {name: name, state: '= lookup.stages[?record.stage].orValue("open")'}
    list: {request: {path: /deals}, rows: rows, size: 100}
`, `
lookups:
  stages:
    request:
      first: {path: /pipelines}
      path: /stages
      query: {pipeline: '= first.pipelines[int(page.?n.orValue(0))]'}
    rows: stages
    key: = row.id
    value: = row.means
    next: '= page.?n.orValue(0) + 1 < size(first.pipelines) ? {"n": page.?n.orValue(0) + 1} : dyn(null)'
`, func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		switch r.URL.Path {
		case "/pipelines":
			reply(w, 200, map[string]any{"pipelines": pipelines})
		case "/stages":
			asked++
			id := r.URL.Query().Get("pipeline")
			reply(w, 200, map[string]any{"stages": []any{map[string]any{"id": id + "-won", "means": "won"}, map[string]any{"id": id + "-lost", "means": "lost"}}})
		default:
			var rows []any
			for i, stage := range []string{"10-won", "20-lost", "30-won", "40-won"} {
				rows = append(rows, map[string]any{"id": strconv.Itoa(i + 1), "name": "x", "stage": stage, "at": "2026-01-01T00:00:00Z"})
			}
			reply(w, 200, map[string]any{"rows": rows})
		}
	})
	var states []string
	err := c.Pull(t.Context(), crm.Deal, nil, func(p connector.Page) error {
		for _, r := range p.Records {
			states = append(states, r.Field("state").String())
		}
		return nil
	})
	if err != nil || asked != 3 || !slices.Equal(states, []string{crm.Won, crm.Lost, crm.Won, crm.Open}) {
		t.Errorf("%v, %d requests, %v", states, asked, err)
	}
}
