package dynamics

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// What a connection to a default environment says.
const (
	DefaultTenant       = "11111111-2222-4333-8444-555555555555"
	DefaultClientID     = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	DefaultClientSecret = "Q~s3cr3t-of-the-app"
)

// Options describe the environment.
type Options struct {
	// Clock drives change times, tokens and limits; nil is the machine's.
	Clock sandbox.Clock
	// PerFiveMinutes is how many requests a user may send in five minutes; 0: no limit. Microsoft's is 6,000.
	PerFiveMinutes int
	// DeltaDays is how long a link to changes is good: 7 when 0 (ExpireChangeTrackingInDays).
	DeltaDays int
	// Untracked are the tables, by their sets, without change tracking: a listing that asks for
	// it is refused.
	Untracked []string
	// Currency is the base currency; USD when empty.
	Currency string
}

// Server is one simulated environment.
type Server struct {
	sandbox.Account

	options Options
	window  sandbox.Window

	mu       sync.Mutex
	walks    []*walk
	versions map[string]versioned // by table and id
	version  int64
}

// versioned is the version of a row, and which one it was given to.
type versioned struct {
	number int64
	record *sandbox.Record
}

// New returns an environment without rows.
func New(o Options) *Server {
	o.DeltaDays = cmp.Or(o.DeltaDays, 7)
	o.Currency = cmp.Or(o.Currency, "USD")
	s := &Server{options: o, versions: map[string]versioned{}}
	s.Open(sandbox.StoreOptions{Clock: o.Clock, Precision: time.Second, KindIDForm: guid})
	s.window.Max, s.window.Interval = o.PerFiveMinutes, 5*time.Minute
	s.Tokens.Life, s.Tokens.Prefix = 3599*time.Second, "eyJ0eXAi.sandbox."
	s.Tokens.AddRefresh("app", nil)
	for _, t := range tables {
		s.Define(t.set, t.fields...)
	}
	s.Serve(s.routes(), classify)
	return s
}

// api is the address that links begin with.
func (s *Server) api() string { return s.Base() + "/api/data/v9.2/" }

func classify(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/api/data/v9.2/")
	switch {
	case strings.HasSuffix(path, "/token"):
		return "token"
	case path == "$batch", strings.HasSuffix(path, ".UpdateMultiple"):
		return "update"
	case strings.HasPrefix(path, "EntityDefinitions"), path == "InsertOptionValue", path == "PublishXml":
		return "field"
	case r.URL.Query().Has("$deltatoken"):
		return "delta"
	}
	return "list"
}

// countForm is the function that tells how many rows a table has.
var countForm = regexp.MustCompile(`^RetrieveTotalRecordCount\(EntityNames=\['(\w+)'\]\)$`)

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) *failure) {
		m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			f := s.admit(w, r)
			if f == nil {
				f = h(w, r)
			}
			if f != nil {
				f.write(w)
			}
		})
	}
	handle("GET /api/data/v9.2/organizations", func(w http.ResponseWriter, _ *http.Request) *failure {
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"value": []any{map[string]any{"organizationid": "99999999-0000-4000-8000-000000000001", "name": "contoso",
			"basecurrencyid": map[string]any{"isocurrencycode": s.options.Currency}}}})
		return nil
	})
	handle("GET /api/data/v9.2/transactioncurrencies", func(w http.ResponseWriter, _ *http.Request) *failure {
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"value": s.currencies()})
		return nil
	})
	handle("GET /api/data/v9.2/{set}", func(w http.ResponseWriter, r *http.Request) *failure {
		if m := countForm.FindStringSubmatch(r.PathValue("set")); m != nil && byLogical(m[1]) != nil {
			sandbox.WriteJSON(w, http.StatusOK, map[string]any{"EntityRecordCountCollection": map[string]any{"Count": 1, "IsReadOnly": false,
				"Keys": []string{m[1]}, "Values": []int{s.Store.Len(byLogical(m[1]).set)}}})
			return nil
		}
		return s.list(w, r)
	})
	handle("POST /api/data/v9.2/$batch", s.batch)
	handle("POST /api/data/v9.2/{set}/Microsoft.Dynamics.CRM.UpdateMultiple", s.updateMultiple)
	handle("GET /api/data/v9.2/{entity}/Attributes", s.attributes)
	handle("GET /api/data/v9.2/{entity}/Attributes/{cast}", s.attributes)
	handle("POST /api/data/v9.2/{entity}/Attributes", s.createAttribute)
	handle("DELETE /api/data/v9.2/{entity}/{attribute}", s.deleteAttribute)
	handle("POST /api/data/v9.2/InsertOptionValue", s.insertOption)
	handle("POST /api/data/v9.2/PublishXml", func(w http.ResponseWriter, _ *http.Request) *failure {
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	handle("/", func(http.ResponseWriter, *http.Request) *failure {
		return &failure{404, "0x8006088a", "Resource not found for the segment"}
	})
	return m
}

// failure is an error answer.
type failure struct {
	status        int
	code, message string
}

func (f *failure) write(w http.ResponseWriter) {
	sandbox.WriteJSON(w, f.status, map[string]any{"error": map[string]any{"code": f.code, "message": f.message}})
}

func invalid(format string, args ...any) *failure {
	return &failure{http.StatusBadRequest, "0x80060888", fmt.Sprintf(format, args...)}
}

// token is the client credentials flow of Entra ID.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // what cannot be read is not there
	refuse := func(code, text string) {
		sandbox.WriteJSON(w, http.StatusUnauthorized, map[string]any{"error": code, "error_description": text, "error_codes": []int{7000215}})
	}
	switch {
	case r.PostForm.Get("grant_type") != "client_credentials" || !strings.HasSuffix(r.PostForm.Get("scope"), "/.default"):
		refuse("invalid_scope", "AADSTS1002012: the provided value for scope is not valid")
	case r.PathValue("tenant") != DefaultTenant || r.PostForm.Get("client_id") != DefaultClientID:
		refuse("unauthorized_client", "AADSTS700016: application was not found in the directory")
	case r.PostForm.Get("client_secret") != DefaultClientSecret:
		refuse("invalid_client", "AADSTS7000215: invalid client secret provided")
	default:
		access, _, _, _ := s.Tokens.Refresh("app")
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": access})
	}
}

// admit checks the token and the service protection limits.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) *failure {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if _, state := s.Tokens.Check(token); !bearer || state != sandbox.TokenValid {
		return &failure{http.StatusUnauthorized, "0x80048306", "The token is expired or not valid"}
	}
	left, ok := s.window.Take(s.Now())
	if s.options.PerFiveMinutes > 0 {
		w.Header().Set("x-ms-ratelimit-burst-remaining-xrm-requests", strconv.Itoa(left))
	}
	if !ok {
		w.Header().Set("Retry-After", "300")
		return &failure{http.StatusTooManyRequests, "0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds."}
	}
	return nil
}

// etag is the version of a row; it moves with every change.
func (s *Server) etag(t *table, id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, _ := s.Store.Get(t.set, id)
	v := s.versions[t.set+id]
	if v.record != r {
		s.version++
		v = versioned{s.version, r}
		s.versions[t.set+id] = v
	}
	return fmt.Sprintf(`W/"%d"`, v.number)
}

// Merge makes one row inactive, which then names the other as its master, and gives its children to that one.
func (s *Server) Merge(set, winner, loser string) error {
	w, ok := s.Store.Get(set, winner)
	l, found := s.Store.Get(set, loser)
	if !ok || !found {
		return fmt.Errorf("dynamics: there is no such row")
	}
	values := map[string]string{}
	for name, v := range l.Values {
		if w.Values[name] == "" && name != "_masterid_value" {
			values[name] = v
		}
	}
	s.Store.Update(set, winner, values)
	s.Store.Update(set, loser, map[string]string{"merged": "true", "_masterid_value": winner, "statecode": "1"})
	for _, t := range tables {
		for _, r := range s.Records(t.set) {
			for name, v := range r.Values {
				if v == loser && name != "_masterid_value" {
					s.Store.Update(t.set, r.ID, map[string]string{name: winner})
				}
			}
		}
	}
	return nil
}
