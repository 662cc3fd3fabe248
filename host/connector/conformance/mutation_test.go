package conformance

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/crm"
)

// mutation is a fault put into HubSpot's manifest or into the answers of its sandbox, and the check that must see it.
type mutation struct {
	name, check string
	// old and new are texts of the manifest; more is another pair.
	old, new string
	more     [2]string
	// front stands between the connector and the sandbox.
	front func(next http.Handler) http.Handler
	// adapter changes what the suite is told of the CRM.
	adapter func(*Dialect)
}

// lateness is what HubSpot's manifest says of its index.
const lateness = "      overlap: 2m # the index lags by a few moments\n      late: 1h # and now and then by more\n"

var mutations = []mutation{
	{name: "an object of the manifest is unknown to the adapter", check: "adapter", adapter: func(d *Dialect) { delete(d.Objects, "deals") }},
	{name: "a property is asked for that no account has", check: "check", old: "      closed_at: closedate", new: "      closed_at: close_date"},
	{name: "options cannot be extended, and nobody says so", check: "capabilities", old: "      extend: # replaces the whole list", new: "      remove_options: # replaces the whole list"},
	{name: "merges are said to be absent, and are not", check: "capabilities", adapter: func(d *Dialect) { d.Absent = map[string]string{"merges": "for the sake of the test"} }},
	{name: "a page is dropped", check: "full", front: answers("GET", "/objects/", everyOther(func(doc map[string]any) { doc["results"] = []any{} }))},
	{name: "a row is dropped", check: "full", front: answers("GET", "/objects/", dropLast)},
	{name: "a field is read from another property", check: "full", old: "      closed_at: closedate", new: "      closed_at: createdate"},
	{name: "won deals count as lost", check: "full", old: `== "true" ? "won"`, new: `== "true" ? "lost"`},
	{name: "associations of a batch are lost", check: "full", front: answers("POST", "/batch/read", dropLast)},
	{name: "a change is swallowed", check: "changes", front: answers("POST", "/search", dropLast)},
	{name: "changes are looked for by another date", check: "changes", old: "vars: {type: companies, modified: hs_lastmodifieddate}", new: "vars: {type: companies, modified: createdate}"},
	{name: "a page begins behind the instant at which the last one ended", check: "instants", old: "window: 10000", new: "window: 300",
		more: [2]string{`: [{"propertyName": object.modified, "operator": "GTE"`, `: [{"propertyName": object.modified, "operator": "GT"`}},
	{name: "the rows of an instant beyond the window are not read", check: "many", old: "window: 10000", new: "window: 300",
		more: [2]string{`? [{"propertyName": object.modified, "operator": "EQ"`, `? [{"propertyName": object.modified, "operator": "LT"`}},
	{name: "a change that shows a little late is not looked for", check: "late", old: lateness, new: "\n"},
	{name: "a change that shows very late is not looked for", check: "late", old: lateness, new: "      overlap: 2m\n"},
	{name: "the CRM does not tell its time", check: "clock", front: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&undated{w}, r)
		})
	}},
	{name: "deletions are not listed", check: "deletions", front: answers("GET", "archived=true", func(doc map[string]any) { doc["results"] = []any{} })},
	{name: "archived records are listed as ids", check: "deletions", front: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if q := r.URL.Query(); r.Method == "GET" && q.Get("properties") == "hs_object_id" {
				q.Set("archived", "true")
				r.URL.RawQuery = q.Encode()
			}
			next.ServeHTTP(w, r)
		})
	}},
	{name: "the survivor does not name what it has absorbed", check: "merges", old: "merged: {property: hs_merged_object_ids}", new: "merged: {property: hs_object_id}"},
	{name: "a record that leaves its object is not told as gone", check: "leaving", adapter: func(d *Dialect) {
		o := d.Objects["companies"]
		o.Leaves = map[string]string{"city": "Ulm"}
		d.Objects["companies"] = o
	}},
	{name: "own writes move the time that is told", check: "write", front: answers("POST", "/batch/update", eachRow(func(row map[string]any) { row["updatedAt"] = "2026-03-03T00:00:00.000Z" }))},
	{name: "what was refused is told as written", check: "write", old: `          - {status: "400", then: split_batch}`, new: `          - {status: "400", then: empty}`},
	{name: "one bad record spoils its batch", check: "write", old: `          - {status: "400", then: split_batch}`, new: `          - {status: "400", then: stop}`},
	{name: "another value is written", check: "write", old: `"properties": r.values`, new: `"properties": merge(r.values, {"taxon_abc": "A"})`},
	{name: "values are not cleared", check: "write", old: "clear: empty", new: "clear: null"},
	{name: "writes of one kind go to another", check: "kinds", old: "        path: = vars.objects + \"/\" + object.type + \"/batch/update\"", new: "        path: = vars.objects + \"/companies/batch/update\""},
	{name: "a field that exists already is a failure", check: "fields", old: "errors: # every part of an error body may be missing", new: "errors:\n  - {status: \"409\", then: stop}", front: together},
	{name: "a field is made anew each time", check: "fields", old: "      name: = field.key\n", new: "      name: = field.key + uuid()\n"},
	{name: "an option is lost", check: "options", old: "body: {options: '= existing + added.map(", new: "body: {options: '= added.map("},
	{name: "a page is served once only", check: "pages", front: servedOnce},
	{name: "a page is served once only, and the request is killed", check: "requests", front: servedOnce},
	{name: "a page is served once only, and the host is killed", check: "store", front: servedOnce},
	{name: "throttling ends the run", check: "throttling", old: `  - {status: "429", body: {policyName: SECONDLY}, then: retry, wait: 1s, limit: search}`, new: `  - {status: "429", body: {policyName: SECONDLY}, then: stop}`},
	{name: "a locked account ends the run", check: "throttling", old: `  - {status: "423", then: retry, wait: 2s} # locked`, new: `  - {status: "423", then: stop}`},
	{name: "a day that is used up is waited for like a second", check: "day", old: "then: park, limit: daily", new: "then: retry, wait: 1s"},
	{name: "the life of a token is not known", check: "tokens", old: "      expires_in: = body.expires_in\n", new: ""},
	{name: "a token is believed to live longer than it does", check: "tokens", old: "      expires_in: = body.expires_in\n", new: "      expires_in: = body.expires_in * 5\n"},
	{name: "a rotated token is not kept", check: "tokens", old: `        refresh_token: = body.?refresh_token.orValue("")` + "\n", new: ""},
	{name: "a token that was refused ends the run", check: "tokens", old: "errors: # every part of an error body may be missing", new: "errors:\n  - {status: \"401\", then: stop}"},
	{name: "wrong credentials are a failure like any other", check: "credentials", old: "errors: # every part of an error body may be missing", new: "errors:\n  - {status: \"401\", then: stop}\n  - {status: \"400\", then: stop}"},
	{name: "pages are cut by the server", check: "estimate", front: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if q := r.URL.Query(); r.Method == "GET" && q.Has("limit") {
				q.Set("limit", "20")
				r.URL.RawQuery = q.Encode()
			}
			next.ServeHTTP(w, r)
		})
	}},
	{name: "pages are not full", check: "many", old: "      rows: results\n      size: 100\n      properties: {bytes: 4000}", new: "      rows: results\n      size: 90\n      properties: {bytes: 4000}"},
	{name: "writes go one by one", check: "many", old: "      batch: 100\n      values: text", new: "      batch: 10\n      values: text"},
}

func TestEachCheckSeesTheFaultThatItIsFor(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "manifests", "hubspot.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range mutations {
		seen[m.check] = true
		t.Run(m.check+"/"+m.name, func(t *testing.T) {
			t.Parallel()
			d := model()
			d.few = 1500
			if m.adapter != nil {
				m.adapter(d)
			}
			if m.old != "" {
				if !strings.Contains(string(source), m.old) || !strings.Contains(string(source), m.more[0]) {
					t.Fatal("the manifest has no such place any more")
				}
				d.load = func(name string) (*manifest.Manifest, error) {
					text := strings.ReplaceAll(string(source), m.old, m.new)
					return manifest.Load(name+".yaml", []byte(strings.ReplaceAll(text, cmp.Or(m.more[0], "\x00"), m.more[1])))
				}
			}
			if m.front != nil {
				open := d.Open
				d.Open = func(s Setup) Server {
					server := open(s)
					server.Listen = func(addr string) (*sandbox.Listener, error) { return sandbox.Listen(addr, m.front(server.Handler())) }
					return server
				}
			}
			if failures := run(t, m.check, d); len(failures) == 0 {
				t.Error("the check passes all the same")
			} else {
				t.Log(failures[0])
			}
		})
	}
	for _, c := range checks {
		if !seen[c.name] && c.name != "secrets" && c.name != "jobs" { // see TestASecretThatIsSaidIsFound and TestAJobThatLosesRowsIsSeen
			t.Errorf("nobody has seen the check %s fail", c.name)
		}
	}
}

func TestTheModelPassesInSmall(t *testing.T) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := model()
			d.few = 1500
			for _, failure := range run(t, c.name, d) {
				t.Error(failure)
			}
		})
	}
}

// model is a copy of HubSpot's adapter that may be changed.
func model() *Dialect {
	for _, d := range dialects {
		if d.Name == "hubspot" && d.Variant == "" {
			d.Objects = hubspotObjects()
			return &d
		}
	}
	panic("HubSpot is not registered")
}

// recorder is a T that notes failures.
type recorder struct {
	*testing.T
	mu       sync.Mutex
	failures []string
	cleanups []func()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

// run runs a check by its name and answers its failures.
func run(t *testing.T, name string, d *Dialect) []string {
	t.Helper()
	r := &recorder{T: t}
	ended := make(chan struct{})
	for _, c := range checks {
		if c.name == name {
			go func() {
				defer close(ended)
				c.run(r, d)
			}()
			<-ended
		}
	}
	for _, f := range r.cleanups {
		f()
	}
	return r.failures
}

// answers changes the JSON of answers to some requests.
func answers(method, part string, change func(doc map[string]any)) func(http.Handler) http.Handler {
	var mu sync.Mutex
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != method || !strings.Contains(r.URL.RequestURI(), part) {
				next.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			body := rec.Body.Bytes()
			doc := map[string]any{}
			if json.Unmarshal(body, &doc) == nil && rec.Code < 300 {
				mu.Lock()
				change(doc)
				mu.Unlock()
				body, _ = json.Marshal(doc)
			}
			for name, values := range rec.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(body)
		})
	}
}

func everyOther(change func(map[string]any)) func(map[string]any) {
	n := 0
	return func(doc map[string]any) {
		if n++; n%2 == 0 {
			change(doc)
		}
	}
}

func dropLast(doc map[string]any) {
	if rows, ok := doc["results"].([]any); ok && len(rows) > 1 {
		doc["results"] = rows[:len(rows)-1]
	}
}

func eachRow(change func(map[string]any)) func(map[string]any) {
	return func(doc map[string]any) {
		rows, _ := doc["results"].([]any)
		for _, row := range rows {
			if row, ok := row.(map[string]any); ok {
				change(row)
			}
		}
	}
}

// servedOnce is a CRM whose cursor lies in its memory: a page that was asked for once is empty the second time.
func servedOnce(next http.Handler) http.Handler {
	var mu sync.Mutex
	asked := map[string]bool{}
	empty := answers("GET", "after=", func(doc map[string]any) { doc["results"] = []any{} })(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		again := asked[r.URL.RequestURI()]
		asked[r.URL.RequestURI()] = true
		mu.Unlock()
		if again {
			empty.ServeHTTP(w, r)
		} else {
			next.ServeHTTP(w, r)
		}
	})
}

// together makes four provisionings begin with the same view of the fields.
func together(next http.Handler) http.Handler {
	var wait sync.WaitGroup
	wait.Add(4)
	var n atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" && strings.Contains(r.URL.Path, "/properties/") && !strings.Contains(r.URL.Path, "/groups/") && n.Add(1) <= 4 {
			wait.Done()
			wait.Wait()
		}
		next.ServeHTTP(w, r)
	})
}

// undated takes the date off an answer.
type undated struct{ http.ResponseWriter }

func (u *undated) WriteHeader(status int) {
	u.Header()["Date"] = nil
	u.ResponseWriter.WriteHeader(status)
}

func (u *undated) Write(b []byte) (int, error) {
	u.Header()["Date"] = nil
	return u.ResponseWriter.Write(b)
}

func TestASecretThatIsSaidIsFound(t *testing.T) {
	for name, say := range map[string]func(w *world){
		"a key in a log line":        func(w *world) { w.said.logger().Error("refused", "key", w.way.Secrets["token"]) },
		"personal data in an error":  func(w *world) { w.said.note(&crm.Error{Code: crm.CodeRecord, Message: "refused for " + privateWord}) },
		"an issued token in a state": func(w *world) { w.said.note(`{"at":"` + issued(w) + `"}`) },
		"a token that was replaced":  func(w *world) { token := issued(w); w.Tokens.Revoke(token); w.said.note(token) },
		"a key in a header": func(w *world) {
			w.way.Settings = map[string]string{"client_id": "app"}
			w.said.note("Basic " + base64.StdEncoding.EncodeToString([]byte("app:"+w.way.Secrets["token"])))
		},
		"a secret that is not a text": func(w *world) { w.said.note(strconv.Quote(w.way.Secrets["token"])) },
	} {
		r := &recorder{T: t}
		w := newWorld(r, model(), options{})
		say(w)
		for _, f := range r.cleanups {
			f()
		}
		if len(r.failures) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}

func issued(w *world) string {
	access, _, _, _ := w.Tokens.Refresh("first-refresh-token")
	return access
}

// HubSpot's manifest has no jobs; Salesforce's has.
func TestAJobThatLosesRowsIsSeen(t *testing.T) {
	for name, change := range map[string]func(m *manifest.Manifest){
		"of a pull": func(m *manifest.Manifest) {
			m.Objects["accounts"].List.Job.Cursor = nil
			m.Objects["accounts"].List.Job.Size = 7
		},
		"of a write": func(m *manifest.Manifest) {
			r := m.Objects["accounts"].Write.Job
			r.Results, r.Silent = r.Results[:1], "written"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, d := range dialects {
				if d.Name != "salesforce" {
					continue
				}
				d.load = func(name string) (*manifest.Manifest, error) {
					m, err := manifests.Load(name)
					if err == nil {
						change(m)
					}
					return m, err
				}
				if failures := run(t, "jobs", &d); len(failures) == 0 {
					t.Error("the check passes all the same")
				} else {
					t.Log(failures[0])
				}
			}
		})
	}
}
