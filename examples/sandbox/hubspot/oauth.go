package hubspot

import (
	"net/http"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// refreshToken is the token endpoint, form-encoded.
func (s *Server) refreshToken(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return invalid("the form could not be read")
	}
	fail := func(code, message string) error {
		sandbox.WriteJSON(w, http.StatusBadRequest, map[string]string{
			"status": code, "message": message, "correlationId": s.correlationID(), "error": strings.ToLower(code), "error_description": message,
		})
		return nil
	}
	f, app := r.PostForm, s.options.OAuth
	if got := f.Get("grant_type"); got != "refresh_token" {
		return fail("BAD_GRANT_TYPE", "the sandbox grants refresh_token only")
	}
	if app == nil || f.Get("client_id") != app.ClientID {
		return fail("BAD_CLIENT_ID", "missing or unknown client id")
	}
	if f.Get("client_secret") != app.ClientSecret {
		return fail("BAD_CLIENT_SECRET", "missing or invalid client secret")
	}
	access, refresh, grant, ok := s.Tokens.Refresh(f.Get("refresh_token"))
	if !ok {
		return fail("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
	}
	w.Header().Set("Cache-Control", "no-store")
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{
		"access_token": access, "refresh_token": refresh, "token_type": "bearer",
		"expires_in": int(s.Tokens.Life / time.Second), "hub_id": s.options.PortalID, "scopes": s.scopes(grant),
	})
	return nil
}

func (s *Server) left(g sandbox.Grant) int { return int(g.Ends.Sub(s.Now()) / time.Second) }

func (s *Server) scopes(g sandbox.Grant) []string {
	if g.Scopes == nil {
		return AllScopes()
	}
	return g.Scopes
}

// AllScopes lists the scopes that the sandbox knows.
func AllScopes() []string {
	scopes := []string{"oauth", "crm.objects.owners.read"}
	for _, area := range []string{"objects", "schemas"} {
		for _, k := range []string{Contacts, Companies, Deals} {
			for _, right := range []string{"read", "write"} {
				scopes = append(scopes, "crm."+area+"."+k+"."+right)
			}
		}
	}
	for _, k := range activityKinds() {
		if len(k.reads) == 0 {
			scopes = append(scopes, "crm.objects."+k.name+".read")
		}
		scopes = append(scopes, k.reads...)
	}
	return scopes
}

func (s *Server) describe(g sandbox.Grant) map[string]any {
	return map[string]any{
		"active": true, "hub_id": s.options.PortalID, "user_id": 1, "app_id": 1, "user": "sandbox@example.com", "hub_domain": "sandbox.example.com",
		"scopes": s.scopes(g), "token_type": "access", "expires_in": s.left(g),
	}
}

// introspect is the token information of the dated and v3 paths.
func (s *Server) introspect(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return invalid("the form could not be read")
	}
	g, state := s.Tokens.Check(r.PostForm.Get("token"))
	if state != sandbox.TokenValid {
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"active": false})
		return nil
	}
	sandbox.WriteJSON(w, http.StatusOK, s.describe(g))
	return nil
}

// tokenInfo is the token information of v1.
func (s *Server) tokenInfo(w http.ResponseWriter, r *http.Request) error {
	g, state := s.Tokens.Check(r.PathValue("token"))
	if state != sandbox.TokenValid || !g.OAuth {
		return notFound("token not found")
	}
	info := s.describe(g)
	info["token"] = r.PathValue("token")
	sandbox.WriteJSON(w, http.StatusOK, info)
	return nil
}

// privateTokenInfo tells a static token's scopes.
func (s *Server) privateTokenInfo(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		TokenKey string `json:"tokenKey"`
	}
	if err := decode(w, r, &body); err != nil {
		return err
	}
	g, state := s.Tokens.Check(body.TokenKey)
	if state != sandbox.TokenValid || g.OAuth {
		return notFound("token not found")
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"userId": 1, "hubId": s.options.PortalID, "appId": 1, "scopes": s.scopes(g)})
	return nil
}
