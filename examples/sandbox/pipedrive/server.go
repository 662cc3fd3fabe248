package pipedrive

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// DefaultToken is accepted when Options.Token is empty.
const DefaultToken = "7a7a7a7a5a9db0c5000040008000a11ce0000001"

// Options describe the company and choose among habits. The zero value is one Growth
// seat whose limits are off.
type Options struct {
	// Clock drives change times, rate limits and token expiry; nil is the machine's.
	Clock sandbox.Clock
	// Token is the static API token.
	Token string
	// OAuth registers an app; nil leaves only the static token.
	OAuth *OAuth
	// TimeZone and Currency are the company's; defaults: UTC, USD.
	TimeZone, Currency string
	// Burst is how many calls two seconds take, DailyTokens what a day does; 0: no limit.
	Burst, DailyTokens int
	// QuietBudget leaves out the headers that tell of the daily budget, which the
	// documentation does not promise.
	QuietBudget bool
	// RefuseUnknown answers 400 to query parameters that the vendor's specification
	// does not have; as a rule they are ignored, which turns a typo into a full scan.
	RefuseUnknown bool
	// FirstID is the id of the first record; 0 means 1.
	FirstID int64
}

// OAuth is an app that may refresh its access tokens.
type OAuth struct {
	ClientID, ClientSecret, RefreshToken string
	// Life of an access token; 0 means an hour.
	Life time.Duration
}

// Server is one simulated company.
type Server struct {
	sandbox.Account

	options Options
	zone    *time.Location
	burst   sandbox.Window
	daily   sandbox.Daily
	hashes  hashes
}

// New returns a company without records. It panics if Options.TimeZone is unknown.
func New(o Options) *Server {
	o.Token = cmp.Or(o.Token, DefaultToken)
	o.TimeZone = cmp.Or(o.TimeZone, "UTC")
	o.Currency = cmp.Or(o.Currency, "USD")
	zone, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		panic("pipedrive sandbox: time zone " + o.TimeZone + ": " + err.Error())
	}
	s := &Server{options: o, zone: zone}
	s.Open(sandbox.StoreOptions{Clock: o.Clock, Precision: time.Second, FirstID: o.FirstID})
	s.burst.Max, s.burst.Interval = o.Burst, 2*time.Second
	s.daily.Max, s.daily.Zone = o.DailyTokens, zone
	s.Tokens.AddStatic(o.Token, nil)
	s.Tokens.Prefix, s.Tokens.Life = "v1u:", time.Hour
	if a := o.OAuth; a != nil {
		s.Tokens.Life = cmp.Or(a.Life, s.Tokens.Life)
		s.Tokens.AddRefresh(a.RefreshToken, nil)
	}
	for name, k := range kinds {
		s.Define(name, k.fields...)
	}
	s.Store.SetPipelines(Deals, sandbox.Pipeline{ID: "1", Label: "Pipeline", Stages: []sandbox.Stage{
		{ID: "1", Label: "Qualified"}, {ID: "2", Label: "Contact Made", Order: 1}, {ID: "3", Label: "Proposal Made", Order: 2},
	}})
	s.Serve(s.routes(), classify)
	return s
}

// Token returns the static API token.
func (s *Server) Token() string { return s.options.Token }

// Link makes a person work for an organization, or gives a deal its person or
// organization; the one before is replaced.
func (s *Server) Link(fromKind, fromID, toKind, toID string) {
	for _, old := range s.Store.Links(fromKind, fromID, toKind) {
		s.Store.Unlink(fromKind, fromID, toKind, old.ID)
	}
	s.Store.Link(fromKind, fromID, toKind, toID, nil, nil)
	s.Store.Update(fromKind, fromID, nil)
}

// Merge joins loser into winner, which keeps its id. Nothing but a webhook tells.
func (s *Server) Merge(kind, winner, loser string) error {
	_, err := s.Store.Merge(kind, winner, loser, false)
	return err
}

// classify names a request for the log.
func classify(r *http.Request) string {
	p := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(p) == 2 && p[0] == "oauth":
		return "token"
	case len(p) == 3 && p[1] == "users":
		return "account"
	case len(p) < 3 || p[0] != "api":
		return "other"
	case strings.HasSuffix(p[2], "Fields") && r.Method == http.MethodGet:
		return "field"
	case strings.HasSuffix(p[2], "Fields"):
		return "field_write"
	case r.Method == http.MethodPatch:
		return "update"
	case len(p) == 4 && p[3] != "archived":
		return "read"
	case strings.Contains(r.URL.RawQuery, "deleted"):
		return "list_deleted"
	}
	return "list"
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	// The costs are the x-token-cost of the vendor's specification.
	handle := func(pattern string, cost int, h func(http.ResponseWriter, *http.Request) *failure) {
		m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if f := s.admit(w, r, cost); f != nil {
				f.answer(w)
			} else if f := h(w, r); f != nil {
				f.answer(w)
			}
		})
	}
	handle("GET /v1/users/me", 2, s.me)
	for name, k := range kinds {
		handle("GET /api/v2/"+name, 10, s.list(name, live))
		handle("GET /api/v2/"+name+"/{id}", 1, s.read(name))
		handle("PATCH /api/v2/"+name+"/{id}", 5, s.update(name))
		if k.fieldPath != "" {
			fields := "/api/v2/" + k.fieldPath
			handle("GET "+fields, 10, s.listFields(name))
			handle("POST "+fields, 5, s.createField(name))
			handle("DELETE "+fields+"/{code}", 3, s.deleteField(name))
			handle("POST "+fields+"/{code}/options", 5, s.addOptions(name))
		}
	}
	handle("GET /api/v2/deals/archived", 20, s.list(Deals, archived))
	m.HandleFunc("POST /oauth/token", s.refresh)
	m.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound("unknown method").answer(w) })
	return m
}

// failure is an error body: success is false, and codes repeat the status.
type failure struct {
	status        int
	message, info string
	html          bool
}

func (f *failure) answer(w http.ResponseWriter) {
	if f.html {
		sandbox.HTML(f.status)(w, nil)
		return
	}
	sandbox.WriteJSON(w, f.status, map[string]any{"success": false, "error": f.message, "errorCode": f.status,
		"error_info": cmp.Or(f.info, "Please check developers.pipedrive.com"), "data": nil, "additional_data": nil})
}

func invalid(message string) *failure {
	return &failure{status: http.StatusBadRequest, message: message}
}
func notFound(message string) *failure {
	return &failure{status: http.StatusNotFound, message: message}
}

func ok(w http.ResponseWriter, data any, more map[string]any) {
	body := map[string]any{"success": true, "data": data}
	if more != nil {
		body["additional_data"] = more
	}
	sandbox.WriteJSON(w, http.StatusOK, body)
}

// admit checks credentials, burst and budget, and sets their headers.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, cost int) *failure {
	token := r.Header.Get("X-Api-Token")
	if bearer, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); found {
		token = bearer
	}
	if _, state := s.Tokens.Check(token); state != sandbox.TokenValid {
		return &failure{status: http.StatusUnauthorized, message: "unauthorized access"}
	}
	h := w.Header()
	left, admitted := s.burst.Take(s.Now())
	if s.burst.Max > 0 {
		h.Set("x-ratelimit-limit", strconv.Itoa(s.burst.Max))
		h.Set("x-ratelimit-remaining", strconv.Itoa(left))
		h.Set("x-ratelimit-reset", "2") // seconds from now, no instant
	}
	if !admitted {
		return &failure{status: http.StatusTooManyRequests, message: "request over limit"}
	}
	if s.daily.Max == 0 {
		return nil
	}
	left, admitted = s.daily.Spend(s.Now(), cost)
	if !s.options.QuietBudget {
		h.Set("x-daily-ratelimit-token-limit", strconv.Itoa(s.daily.Max))
		h.Set("x-daily-ratelimit-token-remaining", strconv.Itoa(left))
	}
	if !admitted {
		return &failure{status: http.StatusTooManyRequests, message: "request over limit"}
	}
	return nil
}

// Blocked is what a client meets that goes on after many refusals: a page of the
// proxy in front of the API.
func Blocked() http.HandlerFunc { return sandbox.HTML(http.StatusForbidden) }

func (s *Server) me(w http.ResponseWriter, _ *http.Request) *failure {
	ok(w, map[string]any{"id": 1, "name": "Sandbox", "email": "sandbox@example.com", "is_admin": 1, "company_id": 77, "company_name": "Sandbox Ltd",
		"company_domain": "sandbox", "default_currency": s.options.Currency, "timezone_name": s.options.TimeZone, "timezone_offset": s.Now().In(s.zone).Format("-07:00")}, nil)
	return nil
}

// refresh is the token endpoint: form-encoded, client id and secret by HTTP Basic, the
// refresh token stays.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, code string) {
		sandbox.WriteJSON(w, status, map[string]any{"success": false, "message": code, "error": code})
	}
	app := s.options.OAuth
	id, secret, given := r.BasicAuth()
	switch {
	case app == nil || !given || id != app.ClientID || secret != app.ClientSecret:
		refuse(http.StatusUnauthorized, "invalid_client")
		return
	case r.PostFormValue("grant_type") != "refresh_token":
		refuse(http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	access, refresh, _, known := s.Tokens.Refresh(r.PostFormValue("refresh_token"))
	if !known {
		refuse(http.StatusBadRequest, "invalid_grant")
		return
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"access_token": access, "refresh_token": refresh, "token_type": "Bearer",
		"expires_in": int(s.Tokens.Life / time.Second), "scope": "base,deals:full,contacts:full,activities:read,deal-fields:full,contact-fields:full", "api_domain": s.Base()})
}

func encodeCursor(raw []byte) string           { return base64.RawURLEncoding.EncodeToString(raw) }
func decodeCursor(text string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(text) }
