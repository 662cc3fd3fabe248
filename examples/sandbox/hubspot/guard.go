package hubspot

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// tokenShape is what the proxy in front of the API lets through as a token.
var tokenShape = regexp.MustCompile(`^(pat-[a-z]{2}\d-[0-9a-f-]{8,}|[A-Za-z0-9_-]{20,})$`)

// guard stands in front of all routes: URL length, version, token, scope and rate
// limits, in the order in which a request meets them.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := s.options.Limits.MaxURL; n > 0 && len(r.URL.RequestURI()) > n {
			sandbox.HTML(http.StatusRequestURITooLong)(w, r)
			return
		}
		route, v, ok := canonical(r.URL.Path)
		if !ok || !slices.Contains(s.options.Versions, v) {
			s.report(w, notFound("resource not found"))
			return
		}
		r = withRoute(r, route, v)
		if strings.HasPrefix(route, "/oauth/") { // these carry credentials of their own
			next.ServeHTTP(w, r)
			return
		}
		grant, fail := s.authenticate(r)
		if fail != nil {
			fail(w, r)
			return
		}
		if !s.admit(w, route, grant) {
			return
		}
		if need := s.requiredScopes(r.Method, route); !granted(grant, need) {
			s.report(w, missingScopes(need))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) authenticate(r *http.Request) (sandbox.Grant, http.HandlerFunc) {
	deny := func(e *apiError) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { s.report(w, e) }
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return sandbox.Grant{}, deny(&apiError{status: http.StatusUnauthorized, Category: "INVALID_AUTHENTICATION",
			Message: "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"})
	}
	grant, state := s.Tokens.Check(token)
	switch {
	case state == sandbox.TokenValid:
		return grant, nil
	case state == sandbox.TokenExpired:
		return grant, deny(&apiError{status: http.StatusUnauthorized, Category: "EXPIRED_AUTHENTICATION",
			Message: "The OAuth token used to make this call expired."})
	case !tokenShape.MatchString(token):
		return grant, sandbox.HTML(530)
	}
	return grant, deny(&apiError{status: http.StatusUnauthorized, Category: "INVALID_AUTHENTICATION",
		Message: "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"})
}

// admit applies the rate limits and sets their headers; search answers have none.
func (s *Server) admit(w http.ResponseWriter, route string, g sandbox.Grant) bool {
	now := s.Now()
	h := w.Header()
	if strings.HasSuffix(route, "/search") && strings.HasPrefix(route, "/objects/") {
		if _, ok := s.search.Take(now); !ok {
			RateLimited("SECONDLY", 0)(w, nil)
			return false
		}
		if _, ok := s.daily.Take(now); !ok && !g.OAuth {
			RateLimited("DAILY", 0)(w, nil)
			return false
		}
		return true
	}
	left, ok := s.burst.Take(now)
	if s.burst.Max > 0 {
		h.Set("X-HubSpot-RateLimit-Max", strconv.Itoa(s.burst.Max))
		h.Set("X-HubSpot-RateLimit-Remaining", strconv.Itoa(left))
		h.Set("X-HubSpot-RateLimit-Interval-Milliseconds", "10000")
	}
	if !ok {
		RateLimited("TEN_SECONDLY_ROLLING", 0)(w, nil)
		return false
	}
	if s.daily.Max > 0 && !g.OAuth {
		left, ok := s.daily.Take(now)
		h.Set("X-HubSpot-RateLimit-Daily", strconv.Itoa(s.daily.Max))
		h.Set("X-HubSpot-RateLimit-Daily-Remaining", strconv.Itoa(left))
		if !ok {
			RateLimited("DAILY", 0)(w, nil)
			return false
		}
	}
	return true
}

// requiredScopes lists alternatives, one of which a token must carry.
func (s *Server) requiredScopes(method, route string) []string {
	p := strings.Split(strings.TrimPrefix(route, "/"), "/")
	object := func(area, right string) string {
		name := ""
		if len(p) > 1 {
			name = plural(p[1])
		}
		return "crm." + area + "." + name + "." + right
	}
	reading := method == http.MethodGet || strings.HasSuffix(route, "/search") || strings.HasSuffix(route, "/batch/read")
	if len(p) > 1 && reading {
		if k := s.kinds[plural(p[1])]; k != nil && len(k.reads) > 0 {
			return k.reads
		}
	}
	switch p[0] {
	case "objects", "associations":
		if reading {
			return []string{object("objects", "read")}
		}
		return []string{object("objects", "write")}
	case "properties", "pipelines":
		if reading {
			return []string{object("schemas", "read"), object("objects", "read")}
		}
		return []string{object("schemas", "write")}
	case "owners":
		return []string{"crm.objects.owners.read"}
	}
	return nil
}

func granted(g sandbox.Grant, need []string) bool {
	return len(need) == 0 || g.Scopes == nil || slices.ContainsFunc(need, func(n string) bool { return slices.Contains(g.Scopes, n) })
}
