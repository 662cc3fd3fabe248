package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// TokenState is what a server makes of a presented access token.
type TokenState int

// The states of an access token.
const (
	TokenUnknown TokenState = iota
	TokenValid
	TokenExpired
)

// Grant is what a token allows.
type Grant struct {
	Scopes []string // nil: everything
	OAuth  bool     // issued by a refresh, not static
	Ends   time.Time
}

// Tokens issues and checks access tokens.
type Tokens struct {
	Clock Clock
	// Life of an issued access token.
	Life time.Duration
	// Rotate gives a new refresh token with each refresh and ends the old one.
	Rotate bool
	// Prefix of issued tokens, which gives them the vendor's look.
	Prefix string

	mu      sync.Mutex
	n       int
	static  map[string]Grant
	issued  map[string]Grant
	refresh map[string]Grant
	ended   []string // revoked or replaced
}

// AddStatic makes a token valid without end.
func (t *Tokens) AddStatic(token string, scopes []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.static == nil {
		t.static = map[string]Grant{}
	}
	t.static[token] = Grant{Scopes: scopes}
}

// AddRefresh makes a refresh token valid.
func (t *Tokens) AddRefresh(token string, scopes []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.addRefresh(token, scopes)
}

func (t *Tokens) addRefresh(token string, scopes []string) {
	if t.refresh == nil {
		t.refresh = map[string]Grant{}
	}
	t.refresh[token] = Grant{Scopes: scopes}
}

// Refresh trades a refresh token for an access token and the refresh token to use
// next, which is the same one unless tokens rotate.
func (t *Tokens) Refresh(token string) (access, refresh string, g Grant, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok = t.refresh[token]
	if !ok {
		return "", "", Grant{}, false
	}
	if t.issued == nil {
		t.issued = map[string]Grant{}
	}
	t.n++
	access, refresh = fmt.Sprintf("%saccess-%012d", t.Prefix, t.n), token
	if t.Rotate {
		delete(t.refresh, token)
		t.ended = append(t.ended, token)
		refresh = fmt.Sprintf("%srefresh-%012d", t.Prefix, t.n)
		t.addRefresh(refresh, g.Scopes)
	}
	g.OAuth, g.Ends = true, t.Clock.Now().Add(t.Life)
	t.issued[access] = g
	return access, refresh, g, true
}

// Revoke ends a token of any kind.
func (t *Tokens) Revoke(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = append(t.ended, token)
	delete(t.static, token)
	delete(t.issued, token)
	delete(t.refresh, token)
}

// RevokeIssued ends all issued access tokens at once: what a client meets whose
// token was withdrawn before its time.
func (t *Tokens) RevokeIssued() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for token, g := range t.issued {
		g.Ends = t.Clock.Now()
		t.issued[token] = g
	}
}

// All lists the tokens that are or were worth something: what must be told to nobody.
func (t *Tokens) All() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := slices.Clone(t.ended)
	for _, tokens := range []map[string]Grant{t.static, t.issued, t.refresh} {
		all = slices.AppendSeq(all, maps.Keys(tokens))
	}
	return all
}

// Check tells what a presented access token is worth.
func (t *Tokens) Check(token string) (Grant, TokenState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g, ok := t.static[token]; ok {
		return g, TokenValid
	}
	g, ok := t.issued[token]
	switch {
	case !ok:
		return Grant{}, TokenUnknown
	case !t.Clock.Now().Before(g.Ends):
		return g, TokenExpired
	}
	return g, TokenValid
}
