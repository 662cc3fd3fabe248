package odoo

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The defaults of Options.
const (
	DefaultDatabase = "acme"
	DefaultLogin    = "taxon@acme.example"
	DefaultKey      = "7a7a7a7a5a9db0c57a7a7a7a5a9db0c57a7a7a7a"
)

// Options describe the database.
type Options struct {
	// Clock drives change times; nil is the machine's.
	Clock sandbox.Clock
	// Database is its name; Login and Key are of the user, a key being good for JSON-2 and
	// in the place of the password.
	Database, Login, Key string
	// Before19 leaves out what came with Odoo 19: JSON-2, won_status and web_save_multi.
	Before19 bool
	// Company is its name; Currency its code.
	Company, Currency string
}

// Server is one simulated database.
type Server struct {
	sandbox.Account

	options Options
	serial  atomic.Int64
	user    atomic.Int64
	naming  sync.Mutex
}

// RenewUser gives the user another id, as a database has after a restore: who goes on
// with the old one is refused.
func (s *Server) RenewUser() { s.user.Add(1) }

// New returns a database with stages and a country, and no records else.
func New(o Options) *Server {
	o.Database, o.Login, o.Key = cmp.Or(o.Database, DefaultDatabase), cmp.Or(o.Login, DefaultLogin), cmp.Or(o.Key, DefaultKey)
	o.Company, o.Currency = cmp.Or(o.Company, "Acme"), cmp.Or(o.Currency, "EUR")
	s := &Server{options: o}
	s.serial.Store(5000)
	s.user.Store(2)
	s.Open(sandbox.StoreOptions{Clock: o.Clock, Precision: time.Microsecond, FirstID: 100})
	s.Tokens.AddStatic(o.Key, nil)
	for model, fields := range models {
		s.Define(model, fields...)
	}
	if !o.Before19 {
		s.Define(Leads, wonStatus)
	}
	s.Store.Put(Countries, sandbox.Record{ID: Germany, Values: map[string]string{"name": "Germany"}})
	for id, name := range map[string]string{StageNew: "New", "2": "Qualified", "3": "Proposition", StageWon: "Won"} {
		s.Store.Put(Stages, sandbox.Record{ID: id, Values: map[string]string{"name": name, "is_won": fmt.Sprint(id == StageWon)}})
	}
	s.Serve(s.routes(), classify)
	return s
}

// Key is the user's API key.
func (s *Server) Key() string { return s.options.Key }

// modelID is the number of a model.
func (s *Server) modelID(model string) int {
	return 1 + slices.Index(slices.Sorted(maps.Keys(models)), model)
}

func (s *Server) modelOf(id string) string {
	for model := range models {
		if fmt.Sprint(s.modelID(model)) == id {
			return model
		}
	}
	return ""
}

// classify names what a JSON-2 request asks for; what JSON-RPC carries is not told by its path.
func classify(r *http.Request) string {
	p := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(p) == 1 {
		return "rpc"
	}
	return p[len(p)-1]
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /jsonrpc", s.rpc)
	if !s.options.Before19 {
		m.HandleFunc("POST /json/2/{model}/{method}", s.json2)
	}
	return m
}

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	return sandbox.ReadJSON(w, r, into) == nil
}

// json2 answers bare results, and exceptions with a status that fits.
func (s *Server) json2(w http.ResponseWriter, r *http.Request) {
	if database := r.Header.Get("X-Odoo-Database"); database != s.options.Database {
		sandbox.HTML(http.StatusNotFound)(w, r)
		return
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	f := &failure{401, "werkzeug.exceptions.Unauthorized", "Invalid apikey"}
	var result any
	if _, state := s.Tokens.Check(token); strings.EqualFold(scheme, "bearer") && state == sandbox.TokenValid {
		args := map[string]any{}
		if f = userError("the body is no JSON object"); decode(w, r, &args) {
			result, f = s.call(r.PathValue("model"), r.PathValue("method"), args)
		}
	}
	if f != nil {
		sandbox.WriteJSON(w, f.status, map[string]any{"name": f.name, "message": f.message, "arguments": []string{f.message}, "context": map[string]any{}, "debug": "Traceback (most recent call last):"})
		return
	}
	sandbox.WriteJSON(w, http.StatusOK, result)
}

// rpc answers HTTP 200, whatever happens.
func (s *Server) rpc(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ID     any `json:"id"`
		Params struct {
			Service string `json:"service"`
			Method  string `json:"method"`
			Args    []any  `json:"args"`
		} `json:"params"`
	}
	if !decode(w, r, &body) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("Invalid JSON data")) // the client has gone: nobody to tell
		return
	}
	answer := map[string]any{"jsonrpc": "2.0", "id": body.ID}
	result, f := s.serve(body.Params.Service, body.Params.Method, body.Params.Args)
	if f != nil {
		answer["error"] = map[string]any{"code": 200, "message": "Odoo Server Error",
			"data": map[string]any{"name": f.name, "message": f.message, "arguments": []string{f.message}, "context": map[string]any{}, "debug": "Traceback (most recent call last):"}}
	} else {
		answer["result"] = result
	}
	sandbox.WriteJSON(w, http.StatusOK, answer)
}

func (s *Server) serve(service, method string, args []any) (any, *failure) {
	if len(args) == 0 || args[0] != s.options.Database {
		return nil, internal("psycopg2.OperationalError", `connection to server failed: FATAL:  database "%v" does not exist`, args)
	}
	if service == "common" && len(args) >= 3 {
		if _, state := s.Tokens.Check(text(args[2])); args[1] == s.options.Login && state == sandbox.TokenValid {
			return s.user.Load(), nil
		}
		return false, nil // a wrong password is no error
	}
	if service != "object" || method != "execute_kw" || len(args) < 6 {
		return nil, internal("builtins.TypeError", "the call is not simulated")
	}
	if _, state := s.Tokens.Check(text(args[2])); text(args[1]) != fmt.Sprint(s.user.Load()) || state != sandbox.TokenValid {
		return nil, &failure{403, "odoo.exceptions.AccessDenied", "Access Denied"}
	}
	named := map[string]any{}
	if len(args) > 6 {
		named, _ = args[6].(map[string]any)
	}
	positional, _ := args[5].([]any)
	name, need := map[string]string{"write": "ids", "unlink": "ids", "create": "vals_list"}[text(args[4])], text(args[4])
	if name != "" {
		if len(positional) == 0 {
			return nil, internal("builtins.IndexError", "list index out of range: %s wants its records in front", need)
		}
		named = maps.Clone(named)
		if named == nil {
			named = map[string]any{}
		}
		named[name] = positional[0]
	}
	return s.call(text(args[3]), text(args[4]), named)
}
