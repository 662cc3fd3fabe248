// Package sandboxtest asks a sandbox's handler and looks into its answers: for the
// tests of dialects.
package sandboxtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// Client asks one handler.
type Client struct {
	T       *testing.T
	Handler http.Handler
	// Header is sent with every request.
	Header http.Header
}

// Answer is a response with its body, read as JSON where it is some.
type Answer struct {
	Status int
	Header http.Header
	Raw    string
	JSON   any

	t *testing.T
}

// Ask sends a request and fails the test when the status is not the one expected.
func (c Client) Ask(status int, method, path, body string) Answer {
	c.T.Helper()
	a := c.Send(method, path, body)
	if a.Status != status {
		c.T.Fatalf("%s %s: status %d, want %d: %s", method, path, a.Status, status, a.Raw)
	}
	return a
}

// Send sends a request: a body that begins with { or [ is JSON, another one a form.
func (c Client) Send(method, path, body string) Answer {
	c.T.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
			r.Header.Set("Content-Type", "application/json")
		}
	}
	for name, values := range c.Header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	c.Handler.ServeHTTP(w, r)
	a := Answer{Status: w.Code, Header: w.Header(), Raw: w.Body.String(), t: c.T}
	d := json.NewDecoder(strings.NewReader(a.Raw))
	d.UseNumber()
	_ = d.Decode(&a.JSON) // not every answer is JSON
	return a
}

// At is the value at a path of keys and positions joined by dots; nil for none.
// Numbers are json.Number.
func (a Answer) At(path string) any {
	v := a.JSON
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// Text is the text or number at a path, "" for none.
func (a Answer) Text(path string) string {
	switch v := a.At(path).(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// List is the array at a path; "" is the root.
func (a Answer) List(path string) []any {
	v := a.JSON
	if path != "" {
		v = a.At(path)
	}
	list, _ := v.([]any)
	return list
}

// Is fails the test when the value at a path does not print as wanted.
func (a Answer) Is(path string, want any) {
	a.t.Helper()
	raw, _ := json.Marshal(a.At(path))
	wanted, _ := json.Marshal(want)
	if string(raw) != string(wanted) {
		a.t.Errorf("%s is %s, want %s, in %s", path, raw, wanted, a.Raw)
	}
}
