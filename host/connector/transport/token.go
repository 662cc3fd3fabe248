package transport

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// token is what the token store keeps.
type token struct {
	Values    map[string]string `json:"values"`
	Scopes    []string          `json:"scopes,omitempty"`
	BaseURL   string            `json:"base_url,omitempty"`
	Settings  string            `json:"settings,omitempty"` // that it was got with, as a hash
	IssuedAt  time.Time         `json:"issued_at"`
	ExpiresAt time.Time         `json:"expires_at,omitzero"`
}

// given is a hash of the settings that the exchange makes its request of: with others, a token is another one.
func (a *authenticator) given() string {
	spec := a.spec.Exchange
	if spec == nil {
		return ""
	}
	programs := append(spec.Request.Path.Programs(), spec.Request.Query.Programs()...)
	programs = append(append(programs, spec.Request.Headers.Programs()...), spec.Request.Body.Programs()...)
	programs = append(programs, spec.Request.Form.Programs()...)
	if spec.Assertion != nil {
		programs = append(programs, spec.Assertion.Claims.Programs()...)
	}
	used := map[string]string{}
	for _, p := range programs {
		for _, chain := range p.Chains {
			switch values := a.client.Vars[chain[0]].(type) {
			case map[string]string: // config
				used[chain[0]+"."+chain[1]] = values[chain[1]]
			case map[string]any: // vars
				used[chain[0]+"."+chain[1]] = fmt.Sprint(values[chain[1]])
			}
		}
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(used)) {
		fmt.Fprintf(sum, "%s=%d:%s", name, len(used[name]), used[name])
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// fresh reports whether the token has enough of its life left.
func (a *authenticator) fresh() bool {
	if a.token.Values == nil {
		return false
	}
	if a.token.ExpiresAt.IsZero() {
		return true
	}
	share := a.spec.Exchange.RefreshAt
	if share == 0 {
		share = 0.85
	}
	life := a.token.ExpiresAt.Sub(a.token.IssuedAt)
	return a.client.Clock.Now().Before(a.token.IssuedAt.Add(time.Duration(float64(life) * share)))
}

// reload takes a token from the store when it is newer than ours. Of one that was got with other settings it takes the
// secrets that rotate, since the ones before them are spent.
func (a *authenticator) reload() error {
	if a.client.Tokens == nil {
		return nil
	}
	data, err := a.client.Tokens.Load(a.stored)
	if err != nil {
		return &crm.Error{Code: crm.CodeCredentials, Message: "the stored token cannot be read", Cause: err}
	}
	var stored token
	if data == nil || json.Unmarshal(data, &stored) != nil || !stored.IssuedAt.After(a.token.IssuedAt) {
		return nil
	}
	if stored.Settings != a.settings {
		a.rotate(stored)
		return nil
	}
	a.adopt(stored)
	return nil
}

// rotate takes the secrets that a token replaces.
func (a *authenticator) rotate(t token) {
	secrets := maps.Clone(a.secrets)
	for name, s := range a.spec.Secrets {
		if value := t.Values[name]; s.Rotates && value != "" {
			secrets[name] = value
		}
	}
	a.secrets = secrets
}

// adopt makes a token the current one.
func (a *authenticator) adopt(t token) {
	a.token = t
	a.generation++
	a.rotate(t)
	if base, err := parseBase(t.BaseURL); err == nil {
		a.client.mu.Lock()
		a.client.base = base
		a.client.mu.Unlock()
	}
}
