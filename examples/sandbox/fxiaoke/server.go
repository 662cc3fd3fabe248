package fxiaoke

import (
	"cmp"
	"encoding/json"
	"fmt"
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
	DefaultAppID         = "FSAID_5a9db0c5"
	DefaultAppSecret     = "7a7a7a7a00004000800000005a9db0c5"
	DefaultPermanentCode = "0000400080007a7a7a7a5a9db0c50000"
	// Enterprise is the ea of token answers; CorpID that of the legacy scheme.
	Enterprise = "sandbox88"
	CorpID     = "FSCID_7a7a7a7a5a9db0c5"
	// User is the employee who may act; OpenUser the same in the legacy scheme.
	User     = "1000"
	OpenUser = "FSUID_7A7A7A7A5A9DB0C5"
)

// Options describe the enterprise.
type Options struct {
	// Clock drives change times, rate limits and token expiry; nil is the machine's.
	Clock sandbox.Clock
	// PerInterface is how many calls of one path 20 seconds take, Daily how many a day does; 0: no limit.
	PerInterface, Daily int
	// Without are objects that the enterprise has not bought.
	Without []string
	// Currencies: the enterprise has several.
	Currencies bool
}

// Server is one simulated enterprise.
type Server struct {
	sandbox.Account
	// Workflows counts the updates that would have started workflows or approvals:
	// both are on unless a call says otherwise.
	Workflows atomic.Int64

	options Options
	daily   sandbox.Daily
	tokens  sandbox.Window

	mu      sync.Mutex
	windows map[string]*sandbox.Window // by path
	current string                     // the token that repeated calls answer
	issued  time.Time
}

// New returns an enterprise without records.
func New(o Options) *Server {
	s := &Server{options: o, windows: map[string]*sandbox.Window{}}
	s.Open(sandbox.StoreOptions{Clock: o.Clock, IDForm: func(n int64) string { return fmt.Sprintf("6131aa00%016x", n) }})
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		zone = time.FixedZone("CST", 8*3600)
	}
	s.daily.Max, s.daily.Zone = o.Daily, zone
	s.tokens.Max, s.tokens.Interval = 10, time.Minute
	s.Tokens.Life, s.Tokens.Prefix = 7200*time.Second, "B6F9FXK"
	s.Tokens.AddRefresh(DefaultAppSecret+DefaultPermanentCode, nil)
	for name, fields := range objects {
		s.Define(name, fields...)
		s.Define(name, slices.Concat(sandbox.Fields("select_one", "life_status"), sandbox.Fields("true_or_false", "is_deleted"))...) // normal and false unless they say otherwise
		if o.Currencies && slices.Contains(withCurrency, name) {
			s.Define(name, sandbox.Fields("select_one", "mc_currency")...)
		}
	}
	s.Serve(s.routes(), classify)
	return s
}

// Expire ends the token before its time, so that the next token call answers another.
func (s *Server) Expire() {
	s.Tokens.RevokeIssued()
	s.mu.Lock()
	s.current = ""
	s.mu.Unlock()
}

// AddField does what a person does in the console; the enterprise chooses the API name,
// which it returns, and the values of options.
func AddField(a *sandbox.Account, object, label, typ string, options ...string) (name string, err error) {
	n := len(a.Store.Fields(object))
	f := sandbox.Field{Name: fmt.Sprintf("field_%05x__c", 0xab000+n*977), Label: label, Type: typ}
	for i, o := range options {
		f.Options = append(f.Options, sandbox.Option{Value: fmt.Sprintf("o%d%c", i, 'a'+n%26), Label: o, Order: i})
	}
	return f.Name, a.Store.AddField(object, f)
}

// Make is AddField for what somebody wants (sandbox.Wanted).
func Make(a *sandbox.Account, object string, w sandbox.Wanted) (name string, err error) {
	types := map[string]string{"integer": "number", "number": "number", "amount": "number", "boolean": "true_or_false", "date": "date", "time": "date_time", "class": "select_one"}
	var options []string
	for _, o := range w.Options {
		options = append(options, o.Label)
	}
	return AddField(a, object, w.Label, cmp.Or(types[w.Type], "text"), options...)
}

func classify(r *http.Request) string {
	switch p := r.URL.Path; {
	case strings.HasPrefix(p, "/oauth2.0/") || strings.HasPrefix(p, "/cgi/corpAccessToken/"):
		return "token"
	case p == "/cgi/crm/v2/data/query":
		return "query"
	case p == "/cgi/crm/v2/data/update":
		return "update"
	case p == "/cgi/crm/v2/object/describe":
		return "field"
	case p == "/cgi/crm/v2/object/list":
		return "account"
	}
	return "other"
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	handle := func(path string, h func(json.RawMessage) (any, *failure)) {
		m.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			var body call
			if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body) != nil {
				answer(w, &failure{10006, "参数错误"}, nil)
				return
			}
			if f := s.admit(r, &body); f != nil {
				answer(w, f, nil)
				return
			}
			if path == "/cgi/crm/v2/data/update" && (body.Workflow == nil || *body.Workflow || body.Approval == nil || *body.Approval) {
				s.Workflows.Add(1)
			}
			data, f := h(body.Data)
			answer(w, f, data)
		})
	}
	handle("/cgi/crm/v2/data/query", s.query)
	handle("/cgi/crm/v2/data/update", s.update)
	handle("/cgi/crm/v2/object/describe", s.describe)
	handle("/cgi/crm/v2/object/list", func(json.RawMessage) (any, *failure) {
		list := []any{}
		for name := range objects {
			list = append(list, map[string]any{"describeApiName": name, "defineType": "package", "isActive": true})
		}
		return map[string]any{"objects": list}, nil
	})
	m.HandleFunc("POST /oauth2.0/token", func(w http.ResponseWriter, r *http.Request) { s.token(w, r, true) })
	m.HandleFunc("POST /cgi/corpAccessToken/get/V2", func(w http.ResponseWriter, r *http.Request) { s.token(w, r, false) })
	m.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { answer(w, &failure{10006, "unknown uri"}, nil) })
	return m
}

// call is what every body may hold.
type call struct {
	Data     json.RawMessage `json:"data"`
	Workflow *bool           `json:"triggerWorkFlow"`
	Approval *bool           `json:"triggerApprovalFlow"`
	Token    string          `json:"corpAccessToken"`
	Corp     string          `json:"corpId"`
	User     string          `json:"currentOpenUserId"`
}

// failure is an error: the status is 200 all the same.
type failure struct {
	code    int
	message string
}

func answer(w http.ResponseWriter, f *failure, data any) {
	body := map[string]any{"errorCode": 0, "errorMessage": "OK", "errorDescription": "", "traceId": "E-O.sandbox.1000"}
	if f != nil {
		body["errorCode"], body["errorMessage"] = f.code, f.message
	} else if data != nil {
		body["data"] = data
	}
	sandbox.WriteJSON(w, http.StatusOK, body)
}

// admit checks credentials of either scheme, and the limits, which no header tells of.
func (s *Server) admit(r *http.Request, body *call) *failure {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	known := r.Header.Get("X-Fs-Ea") == Enterprise && r.Header.Get("X-Fs-Userid") == User
	if !bearer {
		token, known = body.Token, body.Corp == CorpID && body.User == OpenUser
	}
	switch _, state := s.Tokens.Check(token); {
	case token == "":
		return &failure{20017, "accessToken 不能为空"}
	case state == sandbox.TokenExpired:
		return &failure{20016, "accessToken 已过期"}
	case state != sandbox.TokenValid:
		return &failure{20005, "accessToken 不存在"}
	case !known:
		return &failure{20014, "没有权限"}
	}
	s.mu.Lock()
	window := s.windows[r.URL.Path]
	if window == nil {
		window = &sandbox.Window{Max: s.options.PerInterface, Interval: 20 * time.Second}
		s.windows[r.URL.Path] = window
	}
	s.mu.Unlock()
	if _, ok := window.Take(s.Now()); !ok {
		return Busy
	}
	if _, ok := s.daily.Take(s.Now()); !ok {
		return UsedUp
	}
	return nil
}

// Busy is what a call too many within 20 seconds meets, UsedUp one too many on a day.
var (
	Busy   = &failure{30004, "调用频率超过限制"}
	UsedUp = &failure{30002, "今日调用量已用完"}
)

// Refusal answers any request with a failure.
func Refusal(f *failure) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, f, nil) }
}

// token answers the same token until 6,600 seconds of it have passed, then a new one; the
// old one lives on to its end. At most ten calls a minute.
func (s *Server) token(w http.ResponseWriter, r *http.Request, modern bool) {
	var body struct {
		App, Secret, Code, Grant string
	}
	var raw map[string]string
	_ = json.NewDecoder(r.Body).Decode(&raw) // an empty map is refused below
	body.App, body.Secret, body.Code, body.Grant = raw["appId"], raw["appSecret"], raw["permanentCode"], raw["grantType"]
	if _, ok := s.tokens.Take(s.Now()); !ok {
		answer(w, Busy, nil)
		return
	}
	if body.App != DefaultAppID || body.Secret+body.Code != DefaultAppSecret+DefaultPermanentCode || modern && body.Grant != "app_secret" {
		answer(w, &failure{10006, "appSecret 错误"}, nil) // a probe met this code, which the table has for another fault
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == "" || s.Now().Sub(s.issued) >= 6600*time.Second {
		s.current, _, _, _ = s.Tokens.Refresh(DefaultAppSecret + DefaultPermanentCode)
		s.issued = s.Now()
	}
	left := int(s.issued.Add(s.Tokens.Life).Sub(s.Now()) / time.Second)
	out := map[string]any{"errorCode": 0, "errorMessage": "success", "expiresIn": left}
	if modern {
		out["accessToken"], out["ea"], out["openUserId"] = s.current, Enterprise, OpenUser
	} else {
		out["corpAccessToken"], out["corpId"] = s.current, CorpID
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
}

func invalid(format string, args ...any) *failure {
	return &failure{10006, cmp.Or(fmt.Sprintf(format, args...), "参数错误")}
}
