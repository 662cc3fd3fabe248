package connector_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
)

// toy serves testdata/toy.yaml: habits that HubSpot does not have.
type toy struct {
	mu      sync.Mutex
	tokens  int
	views   int // requests that come before a listing
	current string
	people  []map[string]any
	feed    []any                                // orders, the newest first
	fields  map[string]map[string]map[string]any // table, key
	values  map[string]map[string]any            // written values by id
	calls   []string
	fault   func(path string) (answer string, strike bool)
	lost    bool                        // the next creation takes effect, and its answer is lost
	hidden  string                      // title of a field that is made and never shown
	open    func() *connector.Connector // another process
}

func (s *toy) rows(prefix string, from, n, of int) []any {
	rows := []any{}
	for i := from; i < min(from+n, of); i++ {
		rows = append(rows, map[string]any{"id": fmt.Sprintf("%s%03d", prefix, i), "name": fmt.Sprintf("Row %d", i)})
	}
	return rows
}

func (s *toy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api")
	s.calls = append(s.calls, path)
	var body map[string]any
	if r.Method != http.MethodGet {
		_ = json.NewDecoder(r.Body).Decode(&body) // an empty body is none
	}
	answer := func(v map[string]any) {
		if _, ok := v["code"]; !ok {
			v["code"] = 0
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	if s.fault != nil {
		if text, strike := s.fault(path); strike {
			_, _ = w.Write([]byte(text))
			return
		}
	}
	if path == "/token" {
		if body["secret"] != "open sesame" {
			answer(map[string]any{"code": 403})
			return
		}
		s.tokens++
		s.current = fmt.Sprintf("token-%d", s.tokens)
		answer(map[string]any{"token": s.current, "org": "acme", "ttl": 1000})
		return
	}
	if r.Header.Get("X-Token") != s.current || r.Header.Get("X-Owner") != "me" || r.URL.Query().Get("trace") == "" || body != nil && body["org"] != "acme" {
		answer(map[string]any{"code": 401})
		return
	}
	number := func(name string) int { n, _ := strconv.Atoi(r.URL.Query().Get(name)); return n }
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "me":
		answer(map[string]any{"me": 7, "currency": "CNY"})
	case "number":
		from := (number("page") - 1) * 10
		answer(map[string]any{"rows": s.rows("n", from, 10, 30), "has_more": from+10 < 30})
	case "offset":
		answer(map[string]any{"rows": s.rows("o", number("skip"), 10, 25)})
	case "views":
		s.views++
		answer(map[string]any{"views": []string{"link"}})
	case "link":
		from := number("at")
		next := any(nil)
		if from+10 < 25 {
			next = fmt.Sprintf("/link?at=%d", from+10)
		}
		answer(map[string]any{"rows": s.rows("l", from, 10, 25), "next": next})
	case "next":
		answer(map[string]any{"rows": s.rows("c", number("index")*10, 10, 25), "index": number("index"), "of": 2})
	case "orders", "visits":
		answer(map[string]any{"rows": s.rows(first, 0, 10, 10)})
	case "feed":
		from := min(number("page")*10, len(s.feed))
		answer(map[string]any{"rows": s.feed[from:min(from+10, len(s.feed))]})
	case "query":
		s.query(body, answer)
	case "fields":
		s.define(w, r.Method, rest, body, answer)
	case "numbers":
		answer(map[string]any{"number": slices.Index(slices.Sorted(maps.Keys(s.fields["people"])), rest)})
	case "choices":
		n, _ := strconv.Atoi(rest)
		f := s.fields["people"][slices.Sorted(maps.Keys(s.fields["people"]))[n]]
		choices := f["choices"].([]any)
		for _, name := range body["names"].([]any) {
			choices = append(choices, map[string]any{"id": 100 + len(choices), "name": name})
		}
		f["choices"] = choices
		answer(map[string]any{})
	case "grant":
		answer(map[string]any{"code": 409}) // it has been granted already
	case "write_order":
		var results []any
		for _, item := range body["items"].([]any) {
			m := item.(map[string]any)
			id := m["id"].(string)
			switch id[len(id)-1] {
			case '4':
				results = append(results, map[string]any{"ok": false, "why": "LOCKED"})
			case '5':
				results = append(results, map[string]any{"ok": false, "why": "GONE"})
			default:
				delete(m, "id")
				s.values[id] = m
				results = append(results, map[string]any{"ok": true})
			}
		}
		answer(map[string]any{"results": results})
	case "write_same":
		ids := body["ids"].([]any)
		if slices.Contains(ids, any("orders003")) {
			answer(map[string]any{"code": 77})
			return
		}
		for _, id := range ids {
			s.values[id.(string)] = body["vals"].(map[string]any)
		}
		answer(map[string]any{})
	case "write_one":
		delete(body, "org")
		s.values[rest] = body
		w.WriteHeader(http.StatusNoContent)
	case "read":
		var rows []any
		for _, id := range body["ids"].([]any) {
			if v := s.values[id.(string)]; v != nil {
				row := maps.Clone(v)
				row["id"] = id
				rows = append(rows, row)
			}
		}
		answer(map[string]any{"rows": rows})
	default:
		answer(map[string]any{"code": 404})
	}
}

func (s *toy) query(body map[string]any, answer func(map[string]any)) {
	rows := slices.Clone(s.people)
	byTime := body["sort"] == "time"
	slices.SortStableFunc(rows, func(a, b map[string]any) int {
		if byTime && a["at"] != b["at"] {
			return int(a["at"].(int64) - b["at"].(int64))
		}
		return strings.Compare(a["id"].(string), b["id"].(string))
	})
	if slices.Contains(body["columns"].([]any), any("mail")) && s.fields["people"]["mail"] == nil {
		answer(map[string]any{"code": 400})
		return
	}
	out := []any{}
	for _, r := range rows {
		after, _ := body["after_id"].(string)
		from, _ := body["from"].(float64)
		to, bounded := body["to"].(float64)
		if r["id"].(string) <= after || float64(r["at"].(int64)) < from || bounded && float64(r["at"].(int64)) >= to {
			continue
		}
		if len(out) < 10 {
			if r = maps.Clone(r); !slices.Contains(body["columns"].([]any), any("left")) {
				delete(r, "left")
			}
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		answer(map[string]any{"code": 44, "why": "nothing matches"}) // an error where others answer an empty list
		return
	}
	answer(map[string]any{"rows": out})
}

func (s *toy) define(w http.ResponseWriter, method, table string, body map[string]any, answer func(map[string]any)) {
	if s.fields[table] == nil {
		s.fields[table] = map[string]map[string]any{}
	}
	if method == http.MethodGet {
		answer(map[string]any{"defs": s.fields[table]})
		return
	}
	key := fmt.Sprintf("k%x", 4096+len(s.fields[table])*977)
	choices := []any{}
	if names, ok := body["choices"].([]any); ok {
		for i, name := range names {
			choices = append(choices, map[string]any{"id": i + 1, "name": name})
		}
	}
	if body["title"] == s.hidden {
		answer(map[string]any{})
		return
	}
	s.fields[table][key] = map[string]any{"key": key, "title": body["title"], "kind": body["kind"], "choices": choices}
	if s.lost {
		s.lost = false
		panic(http.ErrAbortHandler)
	}
	answer(map[string]any{})
}

func newToy(t *testing.T) (*toy, *connector.Connector, clock) {
	t.Helper()
	s := &toy{fields: map[string]map[string]map[string]any{}, values: map[string]map[string]any{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	data, err := os.ReadFile("testdata/toy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Load("toy.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	clock := clock{Manual: sandbox.NewManual(epoch)}
	s.open = func() *connector.Connector {
		c, err := connector.Open(m, connector.Options{Settings: map[string]string{"base_url": server.URL + "/api", "owner": "me"}, Clock: clock,
			Secret: func(string) (string, error) { return "open sesame", nil }})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	return s, s.open(), clock
}
