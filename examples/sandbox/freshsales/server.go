package freshsales

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// DefaultKey is accepted when Options.Key is empty.
const DefaultKey = "sandboxKey7a7a7a7a5a9db0c5"

// Root is where the API is below the account's address.
const Root = "/crm/sales/api"

// Options describe the account.
type Options struct {
	// Clock drives change times, jobs and rate limits; nil is the machine's.
	Clock sandbox.Clock
	// Key is the API key of a user.
	Key string
	// PerHour is how many calls an hour takes; 0: no limit. Growth has 1,000.
	PerHour int
	// Jobs is how many jobs may wait before another one is answered 405; 0 means 5.
	Jobs int
	// JobTime is how long a job takes; 0 means 10 seconds.
	JobTime time.Duration
	// FirstID is the id of the first record; 0 means 1.
	FirstID int64
}

// Server is one simulated account.
type Server struct {
	sandbox.Account

	options Options
	hour    sandbox.Window

	mu   sync.Mutex
	jobs []*job
}

// New returns an account without records.
func New(o Options) *Server {
	o.Key = cmp.Or(o.Key, DefaultKey)
	o.Jobs = cmp.Or(o.Jobs, 5)
	o.JobTime = cmp.Or(o.JobTime, 10*time.Second)
	s := &Server{options: o}
	s.Open(sandbox.StoreOptions{Clock: o.Clock, Precision: time.Second, FirstID: o.FirstID})
	s.hour.Max, s.hour.Interval = o.PerHour, time.Hour
	s.Tokens.AddStatic(o.Key, nil)
	for _, k := range kinds {
		s.Define(k.plural, k.fields...)
		s.Define(k.plural, sandbox.Fields("boolean", "is_deleted")...) // "true": in the recycle bin, and listed all the same
	}
	for name, fields := range activities {
		s.Define(name, fields...)
	}
	s.Serve(s.routes(), classify)
	return s
}

// Key is the API key.
func (s *Server) Key() string { return s.options.Key }

// AddField does what a person does in the settings: the name begins with cf_.
func AddField(a *sandbox.Account, kind, name, typ string, choices ...string) error {
	f := sandbox.Field{Name: "cf_" + name, Label: name, Type: typ}
	for i, c := range choices {
		f.Options = append(f.Options, sandbox.Option{Value: c, Label: c, Order: i})
	}
	return a.Store.AddField(kind, f)
}

// Make is AddField for what somebody wants (sandbox.Wanted).
func Make(a *sandbox.Account, kind string, w sandbox.Wanted) (name string, err error) {
	types := map[string]string{"integer": "number", "number": "decimal", "amount": "decimal", "date": "date", "class": "dropdown"}
	var choices []string
	for _, o := range w.Options {
		choices = append(choices, o.Value)
	}
	return "cf_" + w.Key, AddField(a, kind, w.Key, cmp.Or(types[w.Type], "text"), choices...)
}

// Link gives a contact or deal its account or contact.
func (s *Server) Link(fromKind, fromID, toKind, toID string) {
	s.Store.Link(fromKind, fromID, toKind, toID, nil, nil)
	s.Store.Update(fromKind, fromID, nil)
}

func classify(r *http.Request) string {
	p := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, Root), "/"), "/")
	switch {
	case p[0] == "job_statuses":
		return "job"
	case p[0] == "selector":
		return "selector"
	case activities[p[0]] != nil:
		return "list"
	case p[0] == "settings":
		return "field"
	case len(p) == 2 && p[1] == "bulk_upsert":
		return "bulk_update"
	case len(p) == 2 && p[1] == "filters":
		return "view"
	case len(p) == 2 && r.Method == http.MethodPut:
		return "update"
	case len(p) == 2:
		return "read"
	case len(p) == 3 && p[1] == "view":
		return "list"
	}
	return "other"
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) *failure) {
		method, path, _ := strings.Cut(pattern, " ")
		m.HandleFunc(method+" "+Root+path, func(w http.ResponseWriter, r *http.Request) {
			f := s.admit(r)
			if f == nil {
				f = h(w, r)
			}
			if f != nil {
				sandbox.WriteJSON(w, f.status, map[string]any{"errors": map[string]any{"code": f.status, "message": []string{f.message}}})
			}
		})
	}
	for _, k := range kinds {
		handle("GET /"+k.plural+"/filters", s.views(k))
		handle("GET /"+k.plural+"/view/{view}", s.list(k))
		handle("GET /"+k.plural+"/{id}", s.read(k))
		handle("PUT /"+k.plural+"/{id}", s.update(k))
		handle("POST /"+k.plural+"/bulk_upsert", s.bulk(k))
		handle("GET /settings/"+k.plural+"/fields", s.fields(k))
	}
	handle("GET /job_statuses/{id}", s.status)
	handle("GET /selector/deal_stages", s.stages)
	handle("GET /selector/currencies", selector("currencies", currencies))
	handle("GET /selector/industry_types", selector("industry_types", industries))
	handle("GET /selector/sales_activity_types", selector("sales_activity_types", activityTypes))
	handle("GET /appointments", s.appointments)
	handle("GET /sales_activities", s.logged)
	return m
}

// failure is an error answer.
type failure struct {
	status  int
	message string
}

func invalid(message string) *failure { return &failure{http.StatusBadRequest, message} }

var missing = &failure{http.StatusNotFound, "Record not found"}

func (s *Server) admit(r *http.Request) *failure {
	key, form := strings.CutPrefix(r.Header.Get("Authorization"), "Token token=")
	if _, state := s.Tokens.Check(key); !form || state != sandbox.TokenValid {
		return &failure{http.StatusUnauthorized, "Invalid credentials"}
	}
	if _, ok := s.hour.Take(s.Now()); !ok {
		return &failure{http.StatusTooManyRequests, "You have exceeded the limit of requests per hour"}
	}
	return nil
}

// stages are those of the one pipeline; what they mean stands in forecast_type.
func (s *Server) stages(w http.ResponseWriter, _ *http.Request) *failure {
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"deal_stages": []any{
		map[string]any{"id": 71, "name": "New", "position": 1, "forecast_type": "Open", "deal_pipeline_id": 7},
		map[string]any{"id": 72, "name": "Won", "position": 2, "forecast_type": "Closed Won", "deal_pipeline_id": 7},
		map[string]any{"id": 73, "name": "Lost", "position": 3, "forecast_type": "Closed Lost", "deal_pipeline_id": 7},
	}})
	return nil
}

// The stages of a deal: deal_stage_id.
const (
	StageNew  = "71"
	StageWon  = "72"
	StageLost = "73"
)

func decode(w http.ResponseWriter, r *http.Request, into any) *failure {
	if sandbox.ReadJSON(w, r, into) != nil {
		return invalid("the body is not JSON")
	}
	return nil
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}
