package espocrm

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The credentials that a server without options accepts: an API user by its key, the
// same with signed requests, and an administrator.
const (
	DefaultKey      = "sandbox7a7a7a7a5a9db0c57a7a7a7a"
	DefaultSecret   = "sandbox-secret-5a9db0c57a7a7a7a"
	DefaultLogin    = "admin"
	DefaultPassword = "sandbox-password-5a9db0c5"
)

const root = "/api/v1"

// Options describe the server.
type Options struct {
	// Clock drives change times; nil is the machine's.
	Clock sandbox.Clock
	// TimeZone and Currency of the settings; UTC and USD when empty.
	TimeZone, Currency string
	// WithoutSalesPack: the server lacks the extension with quotes, invoices and payments.
	WithoutSalesPack bool
}

// Server is one simulated server.
type Server struct {
	sandbox.Account

	options Options
}

// New returns a server without records.
func New(o Options) *Server {
	o.TimeZone, o.Currency = cmp.Or(o.TimeZone, "UTC"), cmp.Or(o.Currency, "USD")
	s := &Server{options: o}
	s.Open(sandbox.StoreOptions{Clock: o.Clock, Precision: time.Second, IDForm: func(n int64) string { return fmt.Sprintf("6b09ac%011x", n) }})
	for _, credential := range []string{DefaultKey, DefaultSecret, DefaultPassword} {
		s.Tokens.AddStatic(credential, nil)
	}
	for _, e := range entities {
		s.Define(e.name, e.fields...)
	}
	s.Serve(s.routes(), classify)
	return s
}

func classify(r *http.Request) string {
	p := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, root), "/"), "/")
	switch {
	case p[0] == "Settings":
		return "account"
	case p[0] == "Metadata":
		return "field"
	case p[0] == "Admin":
		return "field_write"
	case p[0] == "MassAction":
		return "mass_update"
	case len(p) == 2:
		return "read"
	}
	return "list"
}

// user is who sends a request.
type user struct{ administrator bool }

// user finds out by which of three ways a request is authenticated.
func (s *Server) user(r *http.Request) (user, bool) {
	valid := func(credential string) bool {
		_, state := s.Tokens.Check(credential)
		return state == sandbox.TokenValid
	}
	if key := r.Header.Get("X-Api-Key"); key != "" {
		return user{}, valid(key)
	}
	if signed, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Hmac-Authorization")); err == nil && len(signed) > 0 {
		key, signature, _ := strings.Cut(string(signed), ":")
		for _, secret := range s.Tokens.All() {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(r.Method + " " + strings.TrimPrefix(r.URL.Path, root)))
			if valid(key) && valid(secret) && hmac.Equal([]byte(signature), []byte(hex.EncodeToString(mac.Sum(nil)))) {
				return user{}, true
			}
		}
	}
	login, password, basic := r.BasicAuth()
	return user{administrator: true}, basic && login == DefaultLogin && valid(password)
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request, user) *failure) {
		method, path, _ := strings.Cut(pattern, " ")
		m.HandleFunc(method+" "+root+path, func(w http.ResponseWriter, r *http.Request) {
			u, ok := s.user(r)
			f := &failure{http.StatusUnauthorized, ""}
			if ok {
				f = h(w, r, u)
			}
			if f != nil { // the reason stands in a header, and the body is empty
				if f.reason != "" {
					w.Header().Set("X-Status-Reason", f.reason)
				}
				w.WriteHeader(f.status)
			}
		})
	}
	handle("GET /Settings", func(w http.ResponseWriter, _ *http.Request, _ user) *failure {
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"siteUrl": "https://espo.example.com", "applicationName": "EspoCRM", "timeZone": s.options.TimeZone, "defaultCurrency": s.options.Currency})
		return nil
	})
	handle("GET /Metadata", s.metadata)
	handle("POST /Admin/fieldManager/{entity}", s.createField)
	handle("PUT /Admin/fieldManager/{entity}/{name}", s.changeField)
	handle("DELETE /Admin/fieldManager/{entity}/{name}", s.removeField)
	handle("POST /MassAction", s.massUpdate)
	for _, e := range entities {
		if s.options.WithoutSalesPack && slices.Contains(salesPack, e.name) {
			continue
		}
		handle("GET /"+e.name, s.list(e))
		handle("GET /"+e.name+"/{id}", s.read(e))
	}
	return m
}

// failure is an error answer.
type failure struct {
	status int
	reason string
}

func decode(w http.ResponseWriter, r *http.Request, into any) *failure {
	if sandbox.ReadJSON(w, r, into) != nil {
		return &failure{http.StatusBadRequest, "Bad request body"}
	}
	return nil
}
