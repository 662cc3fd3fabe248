package dolibarr

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// DefaultKey is accepted when Options.Key is empty.
const DefaultKey = "sandbox7a7a7a7a5a9db0c57a7a7a7a"

// Root is where the API is below the installation's address.
const Root = "/api/index.php"

// Options describe the installation.
type Options struct {
	// Clock drives change times; nil is the machine's.
	Clock sandbox.Clock
	// Key is the API key of a user who is an administrator.
	Key string
	// Zone is that of the database; nil is UTC.
	Zone *time.Location
	// Old is a release around 16: extra fields are listed only, a write replaces all of
	// a record's extra fields, and nothing found is 404.
	Old bool
	// Forbidden are kinds that the key's user has no right to list.
	Forbidden []string
}

// Server is one simulated installation.
type Server struct {
	sandbox.Account

	options Options
}

// New returns an installation without records.
func New(o Options) *Server {
	o.Key = cmp.Or(o.Key, DefaultKey)
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	s := &Server{options: o}
	s.Open(sandbox.StoreOptions{Clock: o.Clock, Precision: time.Second})
	s.Tokens.AddStatic(o.Key, nil)
	for _, k := range kinds {
		s.Define(k.name, k.fields...)
	}
	s.Serve(s.routes(), classify)
	return s
}

// AddField does what a person does in the set-up of a module.
func AddField(a *sandbox.Account, kind, name, typ string, options ...string) error {
	f := sandbox.Field{Name: name, Label: name, Type: typ}
	for i, o := range options {
		f.Options = append(f.Options, sandbox.Option{Value: o, Label: o, Order: i})
	}
	return a.Store.AddField(kind, f)
}

func classify(r *http.Request) string {
	p := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, Root), "/"), "/")
	switch {
	case p[0] == "status":
		return "account"
	case p[0] == "setup" && r.Method == http.MethodGet:
		return "field"
	case p[0] == "setup":
		return "field_write"
	case len(p) == 2 && r.Method == http.MethodPut:
		return "update"
	case len(p) == 2:
		return "read"
	}
	return "list"
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) *failure) {
		method, path, _ := strings.Cut(pattern, " ")
		m.HandleFunc(method+" "+Root+path, func(w http.ResponseWriter, r *http.Request) {
			f := &failure{http.StatusUnauthorized, "Unauthorized"}
			if _, state := s.Tokens.Check(r.Header.Get("DOLAPIKEY")); state == sandbox.TokenValid {
				f = h(w, r)
			}
			if f != nil {
				sandbox.WriteJSON(w, f.status, map[string]any{"error": map[string]any{"code": f.status, "message": http.StatusText(f.status) + ": " + f.message}})
			}
		})
	}
	handle("GET /status", func(w http.ResponseWriter, _ *http.Request) *failure {
		version := "21.0.0"
		if s.options.Old {
			version = "16.0.3"
		}
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"success": map[string]any{"code": 200, "dolibarr_version": version, "access_locked": "0"}})
		return nil
	})
	for _, k := range kinds {
		handle("GET /"+k.name, s.list(k))
		handle("GET /"+k.name+"/{id}", s.read(k))
		handle("PUT /"+k.name+"/{id}", s.update(k))
	}
	handle("GET /setup/extrafields", s.extrafields)
	if !s.options.Old {
		handle("POST /setup/extrafields/{element}/{name}", s.createField)
		handle("PUT /setup/extrafields/{element}/{name}", s.changeField)
		handle("DELETE /setup/extrafields/{element}/{name}", s.removeField)
	}
	return m
}

// failure is an error answer.
type failure struct {
	status  int
	message string
}

func failuref(status int, format string, args ...any) *failure {
	return &failure{status, fmt.Sprintf(format, args...)}
}

func decode(w http.ResponseWriter, r *http.Request, into any) *failure {
	if sandbox.ReadJSON(w, r, into) != nil {
		return failuref(http.StatusBadRequest, "Error: the body is not JSON")
	}
	return nil
}
