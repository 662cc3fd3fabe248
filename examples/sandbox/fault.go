package sandbox

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Fault is a rule for requests that shall go wrong.
type Fault struct {
	// Method and Path choose requests: an exact method and a part of the URL path;
	// empty matches all.
	Method, Path string
	// Skip lets that many matching requests pass first; then Every hits each nth
	// one (0 and 1: each), Times of them at most (0: without end).
	Skip, Every, Times int
	// Answer replaces the server's answer. It may panic with http.ErrAbortHandler.
	Answer http.HandlerFunc
	// After lets the server do its work before its answer is replaced: a write that
	// took effect although the client never learned of it.
	After bool
}

// Faults injects failures in front of a handler. The zero value lets all pass.
type Faults struct {
	mu    sync.Mutex
	rules []*rule
}

type rule struct {
	Fault
	seen, hit int
}

// Add puts a rule in force; earlier rules come first. The returned function takes
// it out of force and tells how often it struck.
func (f *Faults) Add(fault Fault) (remove func() int) {
	r := &rule{Fault: fault}
	f.mu.Lock()
	f.rules = append(f.rules, r)
	f.mu.Unlock()
	return func() int {
		f.mu.Lock()
		defer f.mu.Unlock()
		for i, have := range f.rules {
			if have == r {
				f.rules = append(f.rules[:i:i], f.rules[i+1:]...)
				break
			}
		}
		return r.hit
	}
}

// Next makes the next n requests whose path contains path fail with answer.
func (f *Faults) Next(n int, method, path string, answer http.HandlerFunc) {
	f.Add(Fault{Method: method, Path: path, Times: n, Answer: answer})
}

// Clear removes all rules.
func (f *Faults) Clear() {
	f.mu.Lock()
	f.rules = nil
	f.mu.Unlock()
}

func (f *Faults) choose(r *http.Request) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, rule := range f.rules {
		if rule.Method != "" && rule.Method != r.Method || !strings.Contains(r.URL.Path, rule.Path) {
			continue
		}
		rule.seen++
		n := rule.seen - rule.Skip
		if n <= 0 || rule.Every > 1 && n%rule.Every != 0 || rule.Times > 0 && rule.hit >= rule.Times {
			continue
		}
		rule.hit++
		return &rule.Fault
	}
	return nil
}

// Wrap puts the faults in front of a handler.
func (f *Faults) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := f.choose(r)
		if fault == nil {
			next.ServeHTTP(w, r)
			return
		}
		markFault(r)
		if fault.After {
			next.ServeHTTP(&sink{header: http.Header{}}, r)
		}
		fault.Answer(w, r)
	})
}

// sink swallows an answer.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

// Answer replies with a status, headers (name, value, ...) and a body.
func Answer(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// HTML replies as the proxy in front of a CRM does: a page for people.
func HTML(status int) http.HandlerFunc {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	return Answer(status, fmt.Sprintf("<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1><p>Ray ID: 7d0c</p></body></html>\n", text, text),
		"Content-Type", "text/html; charset=utf-8")
}

// Garbage replies 200 with a body that is not what its type says.
func Garbage() http.HandlerFunc {
	return Answer(http.StatusOK, "{\"results\":[{\"id\":\"1\",\x00\xff", "Content-Type", "application/json")
}

// Hang keeps the client waiting until it gives up.
func Hang() http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
}

// Stall keeps the client waiting until release is closed (or it gives up) and
// then replies with answer.
func Stall(release <-chan struct{}, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
			answer(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// Cut closes the connection without an answer.
func Cut() http.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
}

// CutBody closes the connection in the middle of a good answer's body.
func CutBody() http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(append([]byte(`{"results":[`), bytes.Repeat([]byte(" "), 64)...))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}
