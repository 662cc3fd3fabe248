package transport

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// authenticator adds credentials to requests and keeps a token fresh. A nil one adds nothing.
type authenticator struct {
	client *Client
	name   string
	spec   *manifest.Auth

	mu         sync.Mutex // held while a token is renewed: one renewal serves all
	secrets    map[string]string
	stored     string // name in the token store
	settings   string // what a token is got with beside secrets and server, as a hash
	token      token
	generation int
}

// carried is what goes with a request.
type carried struct {
	headers map[string]string
	query   url.Values
	body    map[string]any
	wrap    func(body any) (any, error) // nil: nothing is wrapped
	path    string                      // of the request that wraps; "": the same
}

func newAuthenticator(c *Client, name string) (*authenticator, error) {
	a := &authenticator{client: c, name: name, spec: c.manifest.Auth[name]}
	if a.spec == nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("the connector has no way to authenticate called %q", name),
			Suggestion: "choose one of " + fmt.Sprint(slices.Sorted(maps.Keys(c.manifest.Auth)))}
	}
	for name, s := range a.spec.Secrets {
		if s.Rotates && c.Tokens == nil {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: "the secret " + name + " rotates and needs a place where it is kept"}
		}
	}
	return a, nil
}

// authFor is who authenticates a call: the way that its request names, where the connection has all its secrets, else the
// connection's own.
func (c *Client) authFor(call *Call) *authenticator {
	name := call.Request.Auth
	if name == "" || name == c.AuthName {
		return c.auth
	}
	c.mu.Lock()
	other, known := c.others[name]
	c.mu.Unlock()
	if !known {
		var err error
		if other, err = newAuthenticator(c, name); err == nil {
			err = other.resolve()
		}
		if err != nil {
			other = c.auth
		}
		c.mu.Lock()
		if c.others[name] == nil {
			c.others[name] = other
		}
		other = c.others[name] // one for all: it renews its token once
		c.mu.Unlock()
	}
	return other
}

// resolve reads the secrets.
func (a *authenticator) resolve() error {
	secrets := map[string]string{}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(a.spec.Secrets)) {
		if a.client.Secret == nil {
			return &crm.Error{Code: crm.CodeCredentials, Message: "the secret " + name + " is not configured"}
		}
		value, err := a.client.Secret(name)
		if err != nil {
			return err
		}
		if value == "" {
			return &crm.Error{Code: crm.CodeCredentials, Message: "the secret " + name + " is empty"}
		}
		secrets[name] = value
		fmt.Fprintf(sum, "%d:%s", len(value), value)
	}
	a.secrets, a.settings = secrets, a.given()
	// Other credentials and another server make another name: what is stored for the one is not used for the other.
	fmt.Fprintf(sum, "%s", a.client.BaseURL)
	a.stored = a.client.manifest.Name + "-" + a.name + "-" + hex.EncodeToString(sum.Sum(nil)[:6])
	return nil
}

// vars are the variables of the scope "auth".
func (a *authenticator) vars() map[string]any {
	vars := map[string]any{"secret": a.secrets, "token": a.token.Values, "now": a.client.Clock.Now()}
	maps.Copy(vars, a.client.Vars)
	return vars
}

// ready makes sure that there is a token with life left, and answers its generation.
func (a *authenticator) ready(ctx context.Context) (int, error) {
	if a == nil {
		return 0, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.secrets == nil {
		if err := a.resolve(); err != nil {
			return 0, err
		}
	}
	if a.spec.Exchange == nil || a.fresh() {
		return a.generation, nil
	}
	return a.generation, a.obtain(ctx)
}

// renew replaces credentials that the CRM refused, unless that has happened since: a token, or secrets that somebody
// replaced after we read them. It answers false when there are no others.
func (a *authenticator) renew(ctx context.Context, refused int) (bool, error) {
	if a == nil {
		return false, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.generation != refused {
		return true, nil
	}
	if a.spec.Exchange != nil {
		return true, a.obtain(ctx)
	}
	before := a.secrets
	if err := a.resolve(); err != nil || maps.Equal(before, a.secrets) {
		return false, err
	}
	a.generation++
	return true, nil
}

// obtain takes a newer token that another process has stored, or gets one from the CRM. Processes do so one after the
// other, so that none spends a refresh token that another one has spent already.
func (a *authenticator) obtain(ctx context.Context) error {
	if a.client.Tokens != nil {
		release, err := a.client.Tokens.Lock(ctx, a.stored)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return &crm.Error{Code: crm.CodeCredentials, Message: "the stored token cannot be locked", Cause: err,
				Suggestion: "make the token directory writable"}
		}
		defer release()
	}
	before := a.token.IssuedAt
	if err := a.reload(); err != nil {
		return err
	}
	if a.token.IssuedAt.After(before) && a.fresh() {
		return nil
	}
	return a.exchange(ctx)
}

// exchange gets a new token, stores it, and then uses it.
func (a *authenticator) exchange(ctx context.Context) error {
	spec := a.spec.Exchange
	vars := a.vars()
	if spec.Assertion != nil {
		signed, err := assertion(spec.Assertion, a.secrets, vars)
		if err != nil {
			return err
		}
		vars["assertion"] = signed
	}
	call, err := Build(Token, spec.Request, vars)
	if err != nil {
		return err
	}
	now := a.client.Clock.Now()
	next := token{IssuedAt: now, Settings: a.settings, Values: map[string]string{}}
	err = a.client.do(ctx, call, nil, func(answer *Answer) error {
		if answer.Body == nil {
			return ErrUnusable
		}
		vars["body"] = mapping.JSON(answer.Body)
		for name, p := range spec.Token {
			if next.Values[name], err = p.Text(vars); err != nil {
				return ErrUnusable
			}
		}
		if life, err := spec.ExpiresIn.Text(vars); err == nil && life != "" {
			if d, err := time.ParseDuration(life + "s"); err == nil {
				next.ExpiresAt = now.Add(d)
			}
		}
		next.Scopes = list(spec.Scopes, vars)
		next.BaseURL, _ = spec.BaseURL.Text(vars) // absent: the configured one
		return nil
	})
	switch ClassOf(err) {
	case manifest.ThenConfig, manifest.ThenRefresh, manifest.ThenForbidden, manifest.ThenNotFound:
		return &crm.Error{Code: crm.CodeCredentials, Message: "the CRM grants no token for the credentials",
			Suggestion: "connect the account again", Cause: err}
	}
	if err != nil {
		return err
	}
	for name, s := range a.spec.Secrets { // told before, and not anew: still good, unlike the configured one
		if _, told := next.Values[name]; s.Rotates && told && next.Values[name] == "" {
			next.Values[name] = a.secrets[name]
		}
	}
	if a.client.Tokens != nil {
		data, err := json.Marshal(next)
		if err != nil {
			return &crm.Error{Code: crm.CodeInternal, Message: "a token cannot be encoded"}
		}
		if err := a.client.Tokens.Save(a.stored, data); err != nil {
			return &crm.Error{Code: crm.CodeCredentials, Message: "a new token cannot be stored and is therefore not used", Cause: err,
				Suggestion: "make the token directory writable"}
		}
	}
	a.adopt(next)
	return nil
}

// carry fills in what goes with a request of this method to this path, which begins with the base URL's.
func (a *authenticator) carry(method, path string) (carried, error) {
	if a == nil {
		return carried{}, nil
	}
	a.mu.Lock()
	vars := a.vars()
	a.mu.Unlock()
	vars["request"] = map[string]any{"method": method, "path": path}
	var out carried
	var err error
	if wrap := a.spec.Wrap; wrap != nil {
		out.wrap = func(body any) (any, error) { return wrapped(wrap.Body, vars, body) }
		if out.path, err = wrap.Path.Text(vars); err != nil {
			return carried{}, &crm.Error{Code: crm.CodeConfig, Message: "the credentials cannot be filled in: " + err.Error()}
		}
	}
	if out.headers, err = headers(a.spec.Headers, vars); err == nil {
		out.query, err = values(a.spec.Query, vars)
	}
	if err == nil {
		var tree any
		tree, _, err = a.spec.Body.Eval(vars)
		out.body, _ = tree.(map[string]any)
	}
	if err != nil {
		return carried{}, &crm.Error{Code: crm.CodeConfig, Message: "the credentials cannot be filled in: " + err.Error()}
	}
	return out, nil
}

// unwrap takes an answer out of the one that carried it; one that carries none stays as it is.
func (a *authenticator) unwrap(answer *Answer) {
	if a == nil || a.spec.Wrap == nil || a.spec.Wrap.Answer == nil || answer.Body == nil {
		return
	}
	if inner := a.spec.Wrap.Answer.In(answer.Body); inner != nil {
		answer.Body = inner
	}
}

// wrapped is the body that a template makes of another one.
func wrapped(t *manifest.Template, vars map[string]any, body any) (any, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	parsed, err := fastjson.ParseBytes(data)
	if err != nil {
		return nil, err
	}
	vars["body"] = mapping.JSON(parsed)
	tree, _, err := t.Eval(vars)
	return tree, err
}

// Scopes are the rights of the credentials; known is false when the CRM does not tell.
func (c *Client) Scopes(ctx context.Context) (scopes []string, known bool, err error) {
	a := c.auth
	if _, err := a.ready(ctx); err != nil {
		return nil, false, err
	}
	a.mu.Lock()
	scopes, vars := a.token.Scopes, a.vars()
	a.mu.Unlock()
	if scopes != nil || a.spec.Info == nil {
		return scopes, scopes != nil, nil
	}
	call, err := Build(Discovery, a.spec.Info.Request, vars)
	if err != nil {
		return nil, false, err
	}
	err = c.do(ctx, call, a, func(answer *Answer) error {
		vars["body"] = mapping.JSON(answer.Body)
		scopes = list(a.spec.Info.Scopes, vars)
		return nil
	})
	if ClassOf(err) == manifest.ThenNotFound || ClassOf(err) == manifest.ThenConfig || ClassOf(err) == manifest.ThenForbidden || ClassOf(err) == manifest.ThenStop {
		return nil, false, nil
	}
	return scopes, scopes != nil, err
}

// list evaluates an expression that yields a list of texts.
func list(p *manifest.Program, vars map[string]any) []string {
	value, _, err := p.Value(vars)
	if err != nil {
		return nil
	}
	items, _ := value.([]any)
	var texts []string
	for _, item := range items {
		texts = append(texts, mapping.Scalar(item))
	}
	return texts
}
