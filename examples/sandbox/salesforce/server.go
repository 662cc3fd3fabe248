package salesforce

import (
	"cmp"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The defaults of Options.
const (
	DefaultClientID     = "3MVG9.taxon.sandbox"
	DefaultClientSecret = "7A7A5A9DB0C57A7A5A9DB0C5000000000000000000000000000000000000ABCD"
	DefaultRefreshToken = "5Aep861.taxon.sandbox.refresh"
	DefaultUser         = "taxon@acme.example"
	// PermissionSet is the name of the permission set that the user of the API has.
	PermissionSet = "Taxon"
)

const version = "v62.0"

// Options describe the org. The zero value is one without limits, with one currency.
type Options struct {
	// Clock drives change times, limits and sessions; nil is the machine's.
	Clock sandbox.Clock
	// ClientID and ClientSecret are of the app, RefreshToken and User of the user who has allowed it.
	ClientID, ClientSecret, RefreshToken, User string
	// Key is the app's certificate for signed assertions; nil refuses them. Audience is what they must name.
	Key      *rsa.PublicKey
	Audience string
	// Rotate gives a new refresh token with each refresh.
	Rotate bool
	// Session is how long an access token lives, which no answer tells; 0 means two hours.
	Session time.Duration
	// PerDay is how many requests any 24 hours take; 0: no limit.
	PerDay int
	// Lag is how long a change stays invisible: a transaction that is not committed yet.
	Lag time.Duration
	// Currencies makes it an org with several currencies, whose records have CurrencyIsoCode.
	Currencies bool
	// TimeZone of the org; default UTC.
	TimeZone string
	// LeastPage is the fewest records that a client may ask a page to have; 0 means 200, as documented.
	LeastPage int
	// JobTime is how long a bulk job takes; 0 means 20 seconds.
	JobTime time.Duration
}

// Server is one simulated org.
type Server struct {
	sandbox.Account

	options Options
	day     sandbox.Window

	mu        sync.Mutex
	serial    int
	locators  map[string]*locator
	jobs      map[string]*job
	primary   map[string]string // contact of the primary role by opportunity, as of primaryAt
	primaryAt uint64
	custom    map[string]customField // by id
}

// New returns an org without records of customers.
func New(o Options) *Server {
	o.ClientID, o.ClientSecret = cmp.Or(o.ClientID, DefaultClientID), cmp.Or(o.ClientSecret, DefaultClientSecret)
	o.RefreshToken, o.User = cmp.Or(o.RefreshToken, DefaultRefreshToken), cmp.Or(o.User, DefaultUser)
	o.Audience, o.TimeZone = cmp.Or(o.Audience, "https://login.salesforce.com"), cmp.Or(o.TimeZone, "UTC")
	o.LeastPage, o.JobTime = cmp.Or(o.LeastPage, 200), cmp.Or(o.JobTime, 20*time.Second)
	s := &Server{options: o, locators: map[string]*locator{}, jobs: map[string]*job{}, custom: map[string]customField{}}
	s.Open(sandbox.StoreOptions{Clock: o.Clock, IndexLag: o.Lag, Precision: time.Second, KindIDForm: id})
	s.day.Max, s.day.Interval = o.PerDay, 24*time.Hour
	s.Tokens.Prefix, s.Tokens.Life, s.Tokens.Rotate = "00D000000000001!", cmp.Or(o.Session, 2*time.Hour), o.Rotate
	s.Tokens.AddRefresh(o.RefreshToken, nil)
	for name, list := range objects {
		s.Define(name, list...)
		if o.Currencies && slices.Contains(withCurrency, name) {
			s.Define(name, sandbox.Field{Name: "CurrencyIsoCode", Type: "picklist"})
		}
	}
	s.Store.Put(organization, sandbox.Record{Values: map[string]string{"Name": "Acme", "TimeZoneSidKey": o.TimeZone, "OrganizationType": "Enterprise Edition"}})
	s.Store.Put(permissionSet, sandbox.Record{Values: map[string]string{"Name": PermissionSet, "Label": PermissionSet}})
	s.Serve(s.routes(), classify)
	return s
}

// lookups are the fields that lead from one object to another.
var lookups = map[string]map[string]string{
	Contact: {Account: "AccountId"}, Opportunity: {Account: "AccountId"}, Case: {Account: "AccountId", Contact: "ContactId"},
	Event: {Account: "AccountId", Contact: "WhoId", Opportunity: "WhatId"}, Task: {Account: "AccountId", Contact: "WhoId", Opportunity: "WhatId"},
	Quote: {Account: "AccountId", Contact: "ContactId", Opportunity: "OpportunityId"},
}

// Link makes a record the account, contact or opportunity of another; the contact of an opportunity is its primary one, in a
// record of its own that leaves the opportunity as it is.
func (s *Server) Link(fromObject, fromID, toObject, toID string) {
	if fromObject == Opportunity && toObject == Contact {
		for _, r := range s.Records(Role) {
			if r.Values["OpportunityId"] == fromID && r.Values["IsPrimary"] == "true" {
				s.Store.Update(Role, r.ID, map[string]string{"IsPrimary": "false"})
			}
		}
		s.Store.Put(Role, sandbox.Record{Values: map[string]string{"OpportunityId": fromID, "ContactId": toID, "IsPrimary": "true"}})
		return
	}
	s.Store.Update(fromObject, fromID, map[string]string{lookups[fromObject][toObject]: toID})
}

// Merge joins loser into winner as a user does: the loser goes to the recycle bin and names the winner, and what belonged to
// it belongs to the winner.
func (s *Server) Merge(object, winner, loser string) error {
	if _, ok := s.Store.Field(object, "MasterRecordId"); !ok {
		return fmt.Errorf("salesforce sandbox: records of %s cannot be merged", object)
	}
	for from, to := range lookups {
		for _, r := range s.Records(from) {
			if to[object] != "" && r.Values[to[object]] == loser {
				s.Store.Update(from, r.ID, map[string]string{to[object]: winner})
			}
		}
	}
	s.Store.Update(object, loser, map[string]string{"MasterRecordId": winner})
	s.Archive(object, loser)
	s.Store.Update(object, winner, nil)
	return nil
}

// classify names a request for the log.
func classify(r *http.Request) string {
	p := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if strings.HasSuffix(r.URL.Path, "/oauth2/token") {
		return "token"
	}
	if len(p) < 4 {
		return "other"
	}
	switch {
	case p[3] == "sobjects" && strings.HasSuffix(r.URL.Path, "/describe"):
		return "describe"
	case p[3] == "jobs":
		return "job"
	}
	return p[3] // query, queryAll, composite, tooling, sobjects, limits
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /services/oauth2/token", s.token)
	handle := func(method, path string, h func(http.ResponseWriter, *http.Request) *failure) {
		m.HandleFunc(method+" /services/data/"+version+path, func(w http.ResponseWriter, r *http.Request) {
			f := s.admit(w, r)
			if f == nil {
				f = h(w, r)
			}
			if f != nil {
				sandbox.WriteJSON(w, f.status, []any{f.body()})
			}
		})
	}
	handle("GET", "/query", s.query(false))
	handle("GET", "/queryAll", s.query(true))
	handle("GET", "/query/{locator}", s.more)
	handle("GET", "/limits", s.limits)
	handle("PATCH", "/composite/sobjects", s.update)
	handle("GET", "/sobjects/{object}/describe", s.describe)
	handle("GET", "/sobjects/{object}/updated", s.touched("ids"))
	handle("GET", "/sobjects/{object}/deleted", s.touched("deletedRecords"))
	handle("POST", "/sobjects/FieldPermissions", s.permit)
	handle("POST", "/tooling/sobjects/CustomField", s.createField)
	handle("PATCH", "/tooling/sobjects/CustomField/{id}", s.editField)
	handle("DELETE", "/tooling/sobjects/CustomField/{id}", s.removeField)
	handle("GET", "/tooling/query", s.toolingQuery)
	handle("POST", "/jobs/{kind}", s.createJob)
	handle("GET", "/jobs/{kind}/{id}", s.pollJob)
	handle("PATCH", "/jobs/{kind}/{id}", s.closeJob)
	handle("PUT", "/jobs/ingest/{id}/batches", s.upload)
	handle("GET", "/jobs/query/{id}/results", s.queryResults)
	handle("GET", "/jobs/ingest/{id}/{results}", s.ingestResults)
	m.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		sandbox.WriteJSON(w, http.StatusNotFound, []any{(&failure{404, "NOT_FOUND", "The requested resource does not exist", nil}).body()})
	})
	return m
}

// failure is an error; the body of an answer is an array of them.
type failure struct {
	status        int
	code, message string
	fields        []string
}

func (f *failure) body() map[string]any {
	out := map[string]any{"errorCode": f.code, "message": f.message}
	if f.fields != nil {
		out["fields"] = f.fields
	}
	return out
}

func bad(code, format string, args ...any) *failure {
	return &failure{http.StatusBadRequest, code, fmt.Sprintf(format, args...), nil}
}

// admit checks the session and counts the request.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) *failure {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if _, state := s.Tokens.Check(token); state != sandbox.TokenValid || !strings.EqualFold(scheme, "Bearer") && scheme != "OAuth" {
		return &failure{http.StatusUnauthorized, "INVALID_SESSION_ID", "Session expired or invalid", nil}
	}
	left, ok := s.day.Take(s.Now())
	if s.day.Max > 0 {
		w.Header().Set("Sforce-Limit-Info", fmt.Sprintf("api-usage=%d/%d", s.day.Max-left, s.day.Max))
	}
	if !ok {
		return &failure{http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", nil}
	}
	return nil
}

func (s *Server) limits(w http.ResponseWriter, _ *http.Request) *failure {
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"DailyApiRequests": map[string]int{"Max": s.day.Max, "Remaining": s.day.Max}})
	return nil
}

// next gives what the org makes an id of its own.
func (s *Server) next(prefix string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	return fmt.Sprintf("%s%012dAAA", prefix, s.serial)
}

func decode(w http.ResponseWriter, r *http.Request, into any) *failure {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 50<<20))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return bad("JSON_PARSER_ERROR", "the body is not the JSON that was expected")
	}
	return nil
}
