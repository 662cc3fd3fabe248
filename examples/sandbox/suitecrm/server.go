package suitecrm

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// Options describe the installation.
type Options struct {
	// Clock drives change times and token expiry; nil is the machine's.
	Clock sandbox.Clock
	// ClientID and ClientSecret of the OAuth2 client; there are defaults.
	ClientID, ClientSecret string
	// Prefix before /Api: /legacy for SuiteCRM 8.
	Prefix string
}

// The defaults of Options.
const (
	DefaultClientID     = "5a9db0c5-0000-4000-8000-7a7a7a7a7a7a"
	DefaultClientSecret = "sandbox-client-secret"
)

// Server is one simulated installation.
type Server struct {
	sandbox.Account

	options Options
}

// New returns an installation without records.
func New(o Options) *Server {
	o.ClientID = cmp.Or(o.ClientID, DefaultClientID)
	o.ClientSecret = cmp.Or(o.ClientSecret, DefaultClientSecret)
	s := &Server{options: o}
	s.Open(sandbox.StoreOptions{Clock: o.Clock, Precision: time.Second, IDForm: func(n int64) string { return fmt.Sprintf("7a7a7a7a-0000-4000-8000-%012x", n) }})
	s.Tokens.Life, s.Tokens.Prefix = time.Hour, "eyJ0eXAiOiJKV1QifQ."
	s.Tokens.AddRefresh(o.ClientSecret, nil)
	for _, m := range modules {
		s.Define(m.name, m.fields...)
	}
	s.Serve(s.routes(), s.classify)
	return s
}

// ClientSecret is the secret of the OAuth2 client.
func (s *Server) ClientSecret() string { return s.options.ClientSecret }

// AddField does what a person does in Studio: the name gets _c at its end.
func AddField(a *sandbox.Account, module, name, typ string) error {
	return a.Store.AddField(module, sandbox.Field{Name: name + "_c", Label: "LBL_" + strings.ToUpper(name), Type: typ})
}

// Make is AddField for what somebody wants (sandbox.Wanted). The API does not tell the items of a drop-down list.
func Make(a *sandbox.Account, module string, w sandbox.Wanted) (name string, err error) {
	types := map[string]string{"integer": "int", "number": "float", "amount": "float", "boolean": "bool", "date": "date", "time": "datetimecombo", "class": "enum"}
	return w.Key + "_c", AddField(a, module, w.Key, cmp.Or(types[w.Type], "varchar"))
}

func (s *Server) classify(r *http.Request) string {
	switch p := strings.TrimPrefix(r.URL.Path, s.options.Prefix); {
	case p == "/Api/access_token":
		return "token"
	case p == "/Api/V8/current-user":
		return "account"
	case strings.HasPrefix(p, "/Api/V8/meta/"):
		return "field"
	case p == "/Api/V8/module" && r.Method == http.MethodPatch:
		return "update"
	case strings.HasPrefix(p, "/Api/V8/module/"):
		switch strings.Count(p, "/") {
		case 5:
			return "read"
		case 7:
			return "association"
		}
		return "list"
	}
	return "other"
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		method, path, _ := strings.Cut(pattern, " ")
		m.HandleFunc(method+" "+s.options.Prefix+path, func(w http.ResponseWriter, r *http.Request) {
			token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if _, state := s.Tokens.Check(token); !bearer || state != sandbox.TokenValid {
				sandbox.WriteJSON(w, http.StatusUnauthorized, map[string]string{"error": "access_denied", "error_description": "The resource owner or authorization server denied the request.", "message": "The resource owner or authorization server denied the request."})
				return
			}
			if err := h(w, r); err != nil { // whatever it is
				answer(w, http.StatusBadRequest, map[string]any{"errors": map[string]any{"status": 400, "title": nil, "detail": err.Error()}})
			}
		})
	}
	handle("GET /Api/V8/current-user", func(w http.ResponseWriter, _ *http.Request) error {
		answer(w, http.StatusOK, map[string]any{"data": map[string]any{"type": "User", "id": "1", "attributes": map[string]any{"user_name": "sandbox"}}})
		return nil
	})
	handle("GET /Api/V8/meta/fields/{module}", s.fields)
	handle("GET /Api/V8/module/{module}", s.list)
	handle("GET /Api/V8/module/{module}/{id}", s.read)
	handle("GET /Api/V8/module/{module}/{id}/relationships/{link}", s.related)
	handle("PATCH /Api/V8/module", s.update)
	m.HandleFunc("POST "+s.options.Prefix+"/Api/access_token", s.token)
	return m
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/vnd.api+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone: nobody to tell
}

// token grants client_credentials: a JSON body, an hour of life, nothing to refresh with.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Grant  string `json:"grant_type"`
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.Grant != "client_credentials" {
		sandbox.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
		return
	}
	access, _, _, ok := s.Tokens.Refresh(body.Secret)
	if !ok || body.ID != s.options.ClientID {
		sandbox.WriteJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client", "message": "Client authentication failed"})
		return
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": int(s.Tokens.Life / time.Second), "access_token": access})
}
