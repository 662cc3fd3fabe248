package sandbox

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Request is one request as the sandbox saw it.
type Request struct {
	At           time.Time
	Method, Path string
	Query        string
	// Kind is the dialect's word for what was asked: "list", "search",
	// "association", "batch_update", "property", "token" and so on.
	Kind string
	// Status is 0 when the connection was cut without an answer.
	Status int
	// Fault is set when a fault decided the answer.
	Fault bool
}

// Log keeps the requests that a server received. The zero value is ready.
type Log struct {
	Clock Clock

	mu       sync.Mutex
	running  int
	requests []Request
}

type logKey struct{}

// markFault notes on the running request that a fault struck it.
func markFault(r *http.Request) {
	if e, ok := r.Context().Value(logKey{}).(*Request); ok {
		e.Fault = true
	}
}

// Wrap records each request that goes to next, with the kind that classify gives it.
func (l *Log) Wrap(next http.Handler, classify func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Kind: classify(r)}
		if l.Clock != nil {
			e.At = l.Clock.Now()
		}
		s := &statusWriter{ResponseWriter: w}
		l.mu.Lock()
		l.running++
		l.mu.Unlock()
		defer func() { // also while a cut connection unwinds
			e.Status = s.status
			l.mu.Lock()
			l.running--
			l.requests = append(l.requests, *e)
			l.mu.Unlock()
		}()
		next.ServeHTTP(s, r.WithContext(context.WithValue(r.Context(), logKey{}, e)))
	})
}

// Requests returns all requests that have ended, in the order of their ends.
func (l *Log) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// Running tells how many requests have come and not ended yet.
func (l *Log) Running() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running
}

// Counts tells how many requests of each kind came.
func (l *Log) Counts() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := map[string]int{}
	for _, r := range l.requests {
		n[r.Kind]++
	}
	return n
}

// Count sums the requests of some kinds; without kinds, of all.
func (l *Log) Count(kinds ...string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(kinds) == 0 {
		return len(l.requests)
	}
	n := 0
	for _, r := range l.requests {
		if slices.Contains(kinds, r.Kind) {
			n++
		}
	}
	return n
}

// Kinds lists the kinds that were asked, sorted.
func (l *Log) Kinds() []string { return slices.Sorted(maps.Keys(l.Counts())) }

// Reset forgets all requests.
func (l *Log) Reset() {
	l.mu.Lock()
	l.requests = nil
	l.mu.Unlock()
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusWriter) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
