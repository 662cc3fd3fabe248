package hubspot_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

// account is a server with a manual clock and a client for it.
type account struct {
	*hubspot.Server
	t     *testing.T
	clock *sandbox.Manual
	token string
}

func open(t *testing.T, o hubspot.Options) *account {
	t.Helper()
	clock := sandbox.NewManual(start)
	o.Clock = clock
	s := hubspot.New(o)
	return &account{Server: s, t: t, clock: clock, token: s.Token()}
}

// answer is a response with its body read as JSON where it is some.
type answer struct {
	status int
	header http.Header
	raw    string
	json   map[string]any
}

// call sends a request; body is nil, text or something to marshal.
func (a *account) call(method, path string, body any) answer {
	a.t.Helper()
	var r io.Reader
	contentType := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
		if strings.Contains(path, "/oauth/") && !strings.HasPrefix(b, "{") {
			contentType = "application/x-www-form-urlencoded"
		}
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			a.t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req := httptest.NewRequest(method, path, r)
	req.Header.Set("Content-Type", contentType)
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, req)
	out := answer{status: w.Code, header: w.Header(), raw: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &out.json)
	return out
}

// must is call with the status that is expected.
func (a *account) must(status int, method, path string, body any) answer {
	a.t.Helper()
	got := a.call(method, path, body)
	if got.status != status {
		a.t.Fatalf("%s %s: status %d, want %d: %s", method, path, got.status, status, got.raw)
	}
	return got
}

// at walks into a body: keys of objects, indexes of arrays.
func (x answer) at(path ...any) any {
	var v any = x.json
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func (x answer) text(path ...any) string {
	s, _ := x.at(path...).(string)
	return s
}

// ids lists the ids of the results.
func (x answer) ids() []string {
	var out []string
	list, _ := x.at("results").([]any)
	for i := range list {
		out = append(out, x.text("results", i, "id"))
	}
	return out
}

func (a *account) load(kind string, values map[string]string) string {
	a.t.Helper()
	id, err := a.Load(kind, sandbox.Record{Values: values})
	if err != nil {
		a.t.Fatal(err)
	}
	return id
}

func (a *account) property(kind string, f sandbox.Field) {
	a.t.Helper()
	if err := a.AddProperty(kind, f); err != nil {
		a.t.Fatal(err)
	}
}

// tier gives an object an enumeration to write into.
func (a *account) tier(kind string) {
	a.t.Helper()
	a.property(kind, sandbox.Field{Name: "tier", Type: "enumeration", Widget: "select", Options: []sandbox.Option{
		{Label: "A", Value: "A"}, {Label: "B", Value: "B", Order: 1},
	}})
}

func (x answer) equal(t *testing.T, want any, path ...any) {
	t.Helper()
	if got := x.at(path...); got != want {
		t.Errorf("%v = %v, want %v in %s", path, got, want, x.raw)
	}
}

func (x answer) contains(t *testing.T, part string) {
	t.Helper()
	if !strings.Contains(x.raw, part) {
		t.Errorf("%q not in %s", part, x.raw)
	}
}
