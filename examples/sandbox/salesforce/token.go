package salesforce

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// token answers the three flows of an app without a browser. Nothing in the answer tells how long the session lives.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(code, description string) {
		sandbox.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": description})
	}
	_ = r.ParseForm() // what cannot be read is not there
	refresh, refreshed := r.PostForm.Get("refresh_token"), false
	switch r.PostForm.Get("grant_type") {
	case "refresh_token":
		refreshed = true
		fallthrough
	case "client_credentials":
		if r.PostForm.Get("client_id") != s.options.ClientID {
			refuse("invalid_client_id", "client identifier invalid")
			return
		}
		if r.PostForm.Get("client_secret") != s.options.ClientSecret {
			refuse("invalid_client", "invalid client credentials")
			return
		}
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		if problem := s.assertion(r.PostForm.Get("assertion")); problem != "" {
			refuse("invalid_grant", problem)
			return
		}
	default:
		refuse("unsupported_grant_type", "grant type not supported")
		return
	}
	if !refreshed { // these flows have no refresh token of their own
		refresh = "headless"
		s.Tokens.AddRefresh(refresh, nil)
	}
	access, next, _, ok := s.Tokens.Refresh(refresh)
	if !ok {
		refuse("invalid_grant", "expired access/refresh token")
		return
	}
	answer := map[string]any{"access_token": access, "instance_url": cmp.Or(s.Base(), "https://acme.my.salesforce.com"), "id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA",
		"token_type": "Bearer", "issued_at": s.Now().UnixMilli(), "signature": "c2lnbmF0dXJl", "scope": "api refresh_token"}
	if refreshed && s.options.Rotate {
		answer["refresh_token"] = next
	}
	sandbox.WriteJSON(w, http.StatusOK, answer)
}

// assertion says what is wrong with a signed assertion; "" means nothing.
func (s *Server) assertion(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || s.options.Key == nil {
		return "invalid assertion"
	}
	var header struct{ Alg string }
	var claims struct {
		Iss, Sub, Aud string
		Exp           int64
	}
	for i, into := range []any{&header, &claims} {
		data, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(data, into) != nil {
			return "invalid assertion"
		}
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2]) // a broken one does not verify
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	ends := time.Unix(claims.Exp, 0).Sub(s.Now())
	switch {
	case header.Alg != "RS256" || rsa.VerifyPKCS1v15(s.options.Key, crypto.SHA256, sum[:], signature) != nil:
		return "invalid assertion"
	case claims.Iss != s.options.ClientID:
		return "invalid client id"
	case claims.Sub != s.options.User:
		return "user hasn't approved this consumer"
	case claims.Aud != s.options.Audience:
		return "audience is invalid"
	case ends <= 0 || ends > 5*time.Minute:
		return "token was expired or its expiration is too far in the future"
	}
	return ""
}
