package twenty

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// DefaultToken is accepted when Options.Token is empty.
const DefaultToken = "eyJhbGciOiJIUzI1NiJ9.c2FuZGJveA.7a7a7a7a5a9db0c5"

// Options describe the workspace.
type Options struct {
	// Clock drives change times and rate limits; nil is the machine's.
	Clock sandbox.Clock
	// Token is the API key.
	Token string
	// PerMinute is how many calls a minute takes; 0: no limit. The server's default is 100.
	PerMinute int
	// Cap is the number of rows that a longer page is silently cut to; 0 means 200.
	Cap int
	// LimitStatus is the status of a refused call; 0 means 429. Its documentation does
	// not say, and exceptions that it does not know are 400.
	LimitStatus int
}

// Server is one simulated workspace.
type Server struct {
	sandbox.Account

	options Options
	minute  sandbox.Window
	serial  atomic.Int64
}

// New returns a workspace without records.
func New(o Options) *Server {
	o.Token = cmp.Or(o.Token, DefaultToken)
	o.Cap = cmp.Or(o.Cap, 200)
	o.LimitStatus = cmp.Or(o.LimitStatus, http.StatusTooManyRequests)
	s := &Server{options: o}
	s.Open(sandbox.StoreOptions{Clock: o.Clock, IDForm: uuid})
	s.minute.Max, s.minute.Interval = o.PerMinute, time.Minute
	s.Tokens.AddStatic(o.Token, nil)
	for _, k := range kinds {
		s.Define(k.plural, k.fields...)
	}
	s.Serve(s.routes(), classify)
	return s
}

// Token returns the API key.
func (s *Server) Token() string { return s.options.Token }

// metadataID is the id of a field or of an option.
func (s *Server) metadataID() string {
	return fmt.Sprintf("20202020-1000-4000-8000-%012x", s.serial.Add(1))
}

func uuid(n int64) string { return fmt.Sprintf("20202020-0000-4000-8000-%012x", n) }

func classify(r *http.Request) string {
	p := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(p) < 2 || p[0] != "rest":
		return "other"
	case p[1] == "metadata" && r.Method == http.MethodGet:
		return "field"
	case p[1] == "metadata":
		return "field_write"
	case r.Method == http.MethodPatch:
		return "update"
	case len(p) == 3:
		return "read"
	case strings.Contains(r.URL.Query().Get("filter"), "deletedAt"):
		return "list_deleted"
	}
	return "list"
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) *failure) {
		m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			f := s.admit(r)
			if f == nil {
				f = h(w, r)
			}
			if f != nil {
				sandbox.WriteJSON(w, f.status, map[string]any{"statusCode": f.status, "error": http.StatusText(f.status), "messages": []string{f.message}})
			}
		})
	}
	for _, k := range kinds {
		handle("GET /rest/"+k.plural, s.list(k))
		handle("PATCH /rest/"+k.plural, s.updateMany(k))
		handle("GET /rest/"+k.plural+"/{id}", s.read(k))
		handle("PATCH /rest/"+k.plural+"/{id}", s.updateOne(k))
	}
	handle("GET /rest/metadata/objects", s.listObjects)
	handle("GET /rest/metadata/objects/{id}", s.readObject)
	handle("POST /rest/metadata/fields", s.createField)
	handle("PATCH /rest/metadata/fields/{id}", s.updateField)
	handle("DELETE /rest/metadata/fields/{id}", s.deleteField)
	handle("/", func(http.ResponseWriter, *http.Request) *failure { return &failure{http.StatusNotFound, "Not Found"} })
	return m
}

// failure is an error answer.
type failure struct {
	status  int
	message string
}

func invalid(format string, args ...any) *failure {
	return &failure{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

var missing = &failure{http.StatusNotFound, "Record not found"}

func (s *Server) admit(r *http.Request) *failure {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if _, state := s.Tokens.Check(token); !bearer || state != sandbox.TokenValid {
		return &failure{http.StatusUnauthorized, "Token invalid."}
	}
	if _, ok := s.minute.Take(s.Now()); !ok {
		return &failure{s.options.LimitStatus, fmt.Sprintf("Limit reached (%d tokens per 60000 ms)", s.options.PerMinute)}
	}
	return nil
}
