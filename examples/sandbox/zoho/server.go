package zoho

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The credentials of the self client that New registers.
const (
	DefaultClientID     = "1000.SANDBOX5A9DB0C5"
	DefaultClientSecret = "7a7a7a7a0000400080005a9db0c5secret"
	DefaultRefreshToken = "1000.7a7a7a7a5a9db0c500004000refresh"
)

// Options describe the organisation.
type Options struct {
	// Clock drives change times, rate limits and token expiry; nil is the machine's.
	Clock sandbox.Clock
	// Credits is what 24 hours take; 0: no limit. Free has 5,000.
	Credits int
	// Zone is that of the user, in which times are answered; nil: UTC.
	Zone *time.Location
	// Currency is the home currency; default USD.
	Currency string
	// Currencies: there are several, and deals, invoices and quotes tell theirs.
	Currencies bool
	// ReplaceOptions: a picklist that is changed has the options that the call names and no
	// others. Else those that are left out stay.
	ReplaceOptions bool
	// JobTime is how long a bulk job takes; 0 means 20 seconds.
	JobTime time.Duration
}

// Server is one simulated organisation.
type Server struct {
	sandbox.Account
	// Workflows counts the updates that would have run workflows: all that do not say
	// that none shall.
	Workflows int

	options Options
	credits sandbox.Window
	grants  sandbox.Window

	mu    sync.Mutex
	jobs  []*job
	lists map[string]*listing // page tokens
	ids   int
}

// New returns an organisation without records.
func New(o Options) *Server {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	o.Currency = cmp.Or(o.Currency, "USD")
	o.JobTime = cmp.Or(o.JobTime, 20*time.Second)
	s := &Server{options: o, lists: map[string]*listing{}}
	s.Open(sandbox.StoreOptions{Clock: o.Clock, Precision: time.Second, IDForm: func(n int64) string { return fmt.Sprintf("554023000%09d", n) }})
	s.credits.Max, s.credits.Interval = o.Credits, 24*time.Hour
	s.grants.Max, s.grants.Interval = 10, 10*time.Minute
	s.Tokens.Life, s.Tokens.Prefix = time.Hour, "1000."
	s.Tokens.AddRefresh(DefaultRefreshToken, nil)
	for _, m := range modules {
		s.Define(m.name, m.fields...)
	}
	if o.Currencies {
		for _, name := range []string{Deals, Invoices, Quotes} {
			s.Define(name, sandbox.Fields("picklist", "Currency")...)
		}
	}
	s.Serve(s.routes(), classify)
	return s
}

// Merge joins loser into winner, which keeps its id. No pointer leads from one to the
// other; the loser is listed as deleted.
func (s *Server) Merge(module, winner, loser string) error {
	l, ok := s.Store.Get(module, loser)
	if _, there := s.Store.Get(module, winner); !ok || !there || l.Archived() {
		return fmt.Errorf("zoho sandbox: merge %s into %s: both must be live", loser, winner)
	}
	for _, m := range modules { // what belonged to the loser
		for _, r := range s.Records(m.name) {
			for _, f := range m.fields {
				if f.Widget == module && r.Values[f.Name] == loser {
					s.Store.Update(m.name, r.ID, map[string]string{f.Name: winner})
				}
			}
		}
	}
	s.Store.Archive(module, loser)
	s.Store.Update(module, winner, nil)
	return nil
}

func classify(r *http.Request) string {
	p := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case p[0] == "oauth":
		return "token"
	case len(p) > 1 && p[1] == "bulk":
		return "bulk"
	case len(p) < 3:
		return "other"
	case p[2] == "coql":
		return "query"
	case p[2] == "org":
		return "account"
	case p[2] == "settings" && p[3] == "fields" && r.Method != http.MethodGet:
		return "field_write"
	case p[2] == "settings":
		return "field"
	case r.Method == http.MethodPut:
		return "update"
	case len(p) == 4 && p[3] == "deleted":
		return "list_deleted"
	case len(p) == 5:
		return "count"
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
				sandbox.WriteJSON(w, f.status, f.body())
			}
		})
	}
	handle("GET /crm/v8/org", s.org)
	handle("GET /crm/v8/settings/layouts", s.layouts)
	handle("GET /crm/v8/settings/pipeline", s.pipeline)
	handle("GET /crm/v8/settings/fields", s.listFields)
	handle("POST /crm/v8/settings/fields", s.createFields)
	handle("PATCH /crm/v8/settings/fields/{id}", s.changeField)
	handle("DELETE /crm/v8/settings/fields/{id}", s.deleteField)
	handle("GET /crm/v8/{module}", s.list)
	handle("GET /crm/v8/{module}/deleted", s.deleted)
	handle("GET /crm/v8/{module}/actions/count", s.count)
	handle("PUT /crm/v8/{module}", s.update)
	handle("POST /crm/v8/coql", s.coql)
	handle("POST /crm/bulk/v8/read", s.submit)
	handle("GET /crm/bulk/v8/read/{id}", s.poll)
	handle("GET /crm/bulk/v8/read/{id}/result", s.result)
	m.HandleFunc("POST /oauth/v2/token", s.token)
	m.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		sandbox.WriteJSON(w, http.StatusNotFound, fail(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one").body())
	})
	return m
}

// failure is an error answer.
type failure struct {
	status        int
	code, message string
	details       map[string]any
}

func fail(status int, code, message string) *failure {
	return &failure{status: status, code: code, message: message}
}

func (f *failure) body() map[string]any {
	details := f.details
	if details == nil {
		details = map[string]any{}
	}
	return map[string]any{"code": f.code, "details": details, "message": f.message, "status": "error"}
}

// TooMany answers a call too many, be it of the day or of those under way.
func TooMany() http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		sandbox.WriteJSON(w, http.StatusTooManyRequests, fail(429, "TOO_MANY_REQUESTS", "You have reached the maximum API calls limit").body())
	}
}

func (s *Server) admit(r *http.Request) *failure {
	token, form := strings.CutPrefix(r.Header.Get("Authorization"), "Zoho-oauthtoken ")
	if _, state := s.Tokens.Check(token); !form || state != sandbox.TokenValid {
		return fail(http.StatusUnauthorized, "INVALID_TOKEN", "invalid oauth token")
	}
	return s.charge(1)
}

// charge takes credits: one for a call, more for some kinds of calls.
func (s *Server) charge(credits int) *failure {
	if _, ok := s.credits.Spend(s.Now(), credits); !ok {
		return fail(http.StatusTooManyRequests, "TOO_MANY_REQUESTS", "You have reached the maximum API calls limit")
	}
	return nil
}

// token answers 200 whatever happens, with an error where something does: without
// expires_in then.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseMultipartForm(1 << 20) // a form of another kind is read all the same
	if _, ok := s.grants.Take(s.Now()); !ok {
		sandbox.WriteJSON(w, http.StatusOK, map[string]string{"error": "Access Denied"})
		return
	}
	access, _, _, ok := s.Tokens.Refresh(r.FormValue("refresh_token"))
	switch {
	case r.FormValue("client_id") != DefaultClientID:
		sandbox.WriteJSON(w, http.StatusOK, map[string]string{"error": "invalid_client"})
	case r.FormValue("client_secret") != DefaultClientSecret:
		sandbox.WriteJSON(w, http.StatusOK, map[string]string{"error": "invalid_client_secret"})
	case !ok || r.FormValue("grant_type") != "refresh_token":
		sandbox.WriteJSON(w, http.StatusOK, map[string]string{"error": "invalid_code"})
	default:
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"access_token": access, "scope": "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.org.READ ZohoCRM.bulk.ALL", "api_domain": s.Base(),
			"token_type": "Bearer", "expires_in": int(s.Tokens.Life / time.Second)})
	}
}

func (s *Server) org(w http.ResponseWriter, _ *http.Request) *failure {
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"org": []any{map[string]any{"id": "554023000000000001", "zgid": "777", "company_name": "Sandbox", "iso_code": s.options.Currency,
		"time_zone": s.options.Zone.String(), "currency": "Home", "mc_status": s.options.Currencies}}})
	return nil
}

func (s *Server) layouts(w http.ResponseWriter, _ *http.Request) *failure {
	rows := []any{}
	for _, l := range layouts {
		rows = append(rows, map[string]any{"id": l.id, "name": l.name, "status": "active"})
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"layouts": rows})
	return nil
}

// The stages of a deal. What they mean stands in the pipeline of a layout; StageSigned is in the second layout alone.
const (
	StageOpen   = "Qualification"
	StageWon    = "Closed Won"
	StageLost   = "Closed Lost to Competition"
	StageSigned = "Signed by the partner"
)

type stage struct{ name, forecast string }

var layouts = []struct {
	id, name string
	stages   []stage
}{
	{"554023000000000091", "Standard", []stage{{StageOpen, "Open"}, {StageWon, "Closed Won"}, {StageLost, "Closed Lost"}}},
	{"554023000000000092", "Partners", []stage{{StageOpen, "Open"}, {StageSigned, "Closed Won"}}},
}

func (s *Server) pipeline(w http.ResponseWriter, r *http.Request) *failure {
	id := r.URL.Query().Get("layout_id")
	if id == "" {
		return fail(http.StatusBadRequest, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing")
	}
	maps := []any{}
	for _, l := range layouts {
		for _, st := range l.stages {
			if l.id == id {
				maps = append(maps, map[string]any{"display_value": st.name, "actual_value": st.name, "forecast_type": st.forecast, "id": "1"})
			}
		}
	}
	if len(maps) == 0 {
		return fail(http.StatusBadRequest, "INVALID_DATA", "the layout id given seems to be invalid")
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"pipeline": []any{map[string]any{"display_value": "Standard", "actual_value": "Standard", "id": "2", "maps": maps}}})
	return nil
}

func decode(r *http.Request, into any) *failure {
	if sandbox.ReadJSON(nil, r, into) != nil {
		return fail(http.StatusBadRequest, "INVALID_DATA", "body")
	}
	return nil
}
