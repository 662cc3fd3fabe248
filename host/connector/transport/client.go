package transport

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"
	"github.com/hashicorp/go-hclog"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// Class says what a request is for.
type Class string

// The classes of requests.
const (
	Pull        Class = "pull"
	Association Class = "association"
	Discovery   Class = "discovery"
	Archived    Class = "archived"
	LatePass    Class = "late_pass"
	Reconcile   Class = "reconcile"
	Token       Class = "token"
	Provision   Class = "provision"
	Write       Class = "write"
	Read        Class = "read"
)

// longestRetryAfter is what a CRM may make us wait; beyond it the run is parked.
const longestRetryAfter = 15 * time.Minute

// Config is what a client needs.
type Config struct {
	Manifest *manifest.Manifest
	AuthName string
	BaseURL  string
	Vars     map[string]any // config and vars
	Secret   func(name string) (string, error)
	Tokens   TokenStore
	Clock    crm.Clock
	Log      hclog.Logger
	Limiters *Limiters
	Budget   float64
	Timeout  time.Duration // of one attempt
}

// Client sends requests to one account. It is safe for concurrent use.
type Client struct {
	Config
	manifest *manifest.Manifest
	http     *resty.Client
	headers  map[string]string
	auth     *authenticator
	others   map[string]*authenticator // ways to authenticate that single requests name

	mu      sync.Mutex
	base    *url.URL
	counts  map[Class]int
	retries int
}

// New makes a client. It sends nothing.
func New(c Config) (*Client, error) {
	base, err := parseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	standing, err := headers(c.Manifest.Headers, c.Vars)
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the headers of the connector manifest cannot be filled in: " + err.Error()}
	}
	pool := http.DefaultTransport.(*http.Transport).Clone()
	pool.MaxIdleConnsPerHost = 8
	client := &Client{Config: c, manifest: c.Manifest, base: base, headers: standing, counts: map[Class]int{}, others: map[string]*authenticator{},
		http: resty.New().SetTransport(pool).SetLogger(silent{}).SetDisableWarn(true).SetHeader("User-Agent", "Taxon").
			SetRedirectPolicy(resty.RedirectPolicyFunc(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }))}
	c.Limiters.settle(c.Clock.Now(), c.Manifest.Limits, c.Vars)
	client.auth, err = newAuthenticator(client, c.AuthName)
	return client, err
}

// parseBase accepts https, and http on the loopback interface.
func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the base URL is not a URL such as https://crm.example.com"}
	}
	if host := u.Hostname(); u.Scheme == "http" && host != "127.0.0.1" && host != "::1" && host != "localhost" {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "the base URL must begin with https: credentials are sent to it", Pointer: host}
	}
	return u, nil
}

// Counts are the requests sent, by class, and how many of them were repetitions.
func (c *Client) Counts() (byClass map[Class]int, retries int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	byClass = make(map[Class]int, len(c.counts))
	for k, n := range c.counts {
		byClass[k] = n
	}
	return byClass, c.retries
}

// Do sends a call, as often as it takes, and hands the answer to use. The error is a *Failure when the CRM's answer
// decides it; it has crm.CodeRateLimit and a *Parked cause when a quota is used up.
func (c *Client) Do(ctx context.Context, call *Call, use func(*Answer) error) error {
	return c.do(ctx, call, c.authFor(call), use)
}

func (c *Client) do(ctx context.Context, call *Call, auth *authenticator, use func(*Answer) error) error {
	limits := c.limitsOf(call)
	refreshed := false
	for attempt := 1; ; attempt++ {
		if err := c.Limiters.acquire(ctx, c.Clock, limits, call.Costs, c.Budget); err != nil {
			return err
		}
		generation, err := auth.ready(ctx)
		if err != nil {
			return err
		}
		again, err := c.attempt(ctx, call, auth, limits, attempt, use)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !again {
			return err
		}
		if ClassOf(err) == manifest.ThenRefresh {
			if refreshed {
				return err
			}
			refreshed = true
			attempt--
			renewed, failed := auth.renew(ctx, generation)
			if failed != nil {
				return failed
			}
			if !renewed {
				return err
			}
		}
		c.mu.Lock()
		c.retries++
		c.mu.Unlock()
	}
}

// limitsOf are the buckets that apply to a call.
func (c *Client) limitsOf(call *Call) map[string]*manifest.Limit {
	limits := map[string]*manifest.Limit{}
	for name, l := range c.manifest.Limits {
		if !l.Only && (len(l.Auth) == 0 || slices.Contains(l.Auth, c.AuthName)) {
			limits[name] = l
		}
	}
	for _, name := range call.Request.Limits {
		limits[name] = c.manifest.Limits[name]
	}
	return limits
}

// attempt sends the call once. again tells that it is worth another attempt, for which it has already waited.
func (c *Client) attempt(ctx context.Context, call *Call, auth *authenticator, limits map[string]*manifest.Limit, attempt int, use func(*Answer) error) (again bool, err error) {
	c.mu.Lock()
	c.counts[call.Class]++
	c.mu.Unlock()
	r := readers.Get().(*reader)
	defer readers.Put(r)
	leave, err := c.Limiters.enter(ctx, limits)
	if err != nil {
		return false, err
	}
	within, progress, cancel := patient(ctx, c.Timeout)
	defer cancel()
	a, err := c.send(within, call, auth, r, progress)
	leave()
	defer a.close()
	var prepared *crm.Error
	if errors.As(err, &prepared) {
		return false, err
	}
	if err != nil {
		if within.Err() != nil {
			err = context.DeadlineExceeded
		}
		c.Log.Debug("request", "for", string(call.Class), "attempt", attempt, "answer", "none")
		return c.later(ctx, call, unreachable(err), nil, nil, attempt)
	}
	c.Log.Debug("request", "for", string(call.Class), "attempt", attempt, "status", a.Status)
	c.Limiters.observe(c.Clock.Now(), limits, c.Vars, a.Status, a.Header)
	success := c.success(a)
	if success {
		auth.unwrap(a)
	}
	if success && (a.json || a.File != nil || call.parts) {
		if err = use(a); !errors.Is(err, ErrUnusable) {
			return false, err
		}
	}
	if success {
		f := &Failure{Class: manifest.ThenRetry, Status: a.Status, Err: &crm.Error{Code: crm.CodeProtocol,
			Message: "the CRM answers with success, but not with what was asked for" + contentType(a)}}
		return c.later(ctx, call, f, nil, a, attempt)
	}
	rule := c.judge(call, a)
	if rule.Then == manifest.ThenEmpty {
		a.Body, a.Empty = nil, true
		return false, use(a)
	}
	f := c.failure(rule, a)
	switch rule.Then {
	case manifest.ThenRetry:
		return c.later(ctx, call, f, rule, a, attempt)
	case manifest.ThenPark:
		return false, parkedError(c.Limiters.exhaust(c.Clock.Now(), rule.Limit, c.manifest.Limits[rule.Limit], 0))
	case manifest.ThenRefresh:
		return true, f
	}
	return false, f
}

// later waits until a call may be repeated, or says that it may not.
func (c *Client) later(ctx context.Context, call *Call, f *Failure, rule *manifest.ErrorRule, a *Answer, attempt int) (bool, error) {
	retry := c.manifest.Retry
	if call.Request.Once && (a == nil || a.Status != http.StatusTooManyRequests) {
		f.Class = ThenUnknown
		return false, f
	}
	wait := backoff(orDefault(retry.First, time.Second), orDefault(retry.Most, time.Minute), attempt)
	throttled := a != nil && a.Status == http.StatusTooManyRequests
	if rule != nil {
		wait = max(wait, rule.Wait)
	}
	if a != nil {
		if asked, ok := a.retryAfter(c.Clock.Now()); ok {
			if wait = asked; asked > longestRetryAfter {
				return false, parkedError(&Parked{Quota: "request", Until: c.Clock.Now().Add(asked)})
			}
		}
	}
	if rule != nil && rule.Limit != "" {
		throttled = true
		c.Limiters.exhaust(c.Clock.Now(), rule.Limit, c.manifest.Limits[rule.Limit], wait)
	}
	if rule != nil && rule.After > 0 && attempt >= rule.After {
		return false, parkedError(c.Limiters.exhaust(c.Clock.Now(), rule.Park, c.manifest.Limits[rule.Park], 0))
	}
	attempts := orDefault(retry.Attempts, 6)
	if call.Class == Discovery && a == nil {
		attempts = min(attempts, 3) // nothing has begun yet: who waits is told soon that nobody answers
	}
	if attempt >= attempts {
		if throttled {
			return false, parkedError(&Parked{Quota: "request", Until: c.Clock.Now().Add(orDefault(retry.Most, time.Minute))})
		}
		return false, f
	}
	if !c.Clock.Sleep(ctx.Done(), wait) {
		return false, ctx.Err()
	}
	return true, f
}

// backoff doubles with each attempt; half of it is chance, so that callers do not come back together.
func backoff(first, most time.Duration, attempt int) time.Duration {
	wait := most
	if attempt < 16 {
		wait = min(most, first<<(attempt-1))
	}
	return wait/2 + rand.N(wait/2+1)
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// send sends the call once and reads the answer.
func (c *Client) send(ctx context.Context, call *Call, auth *authenticator, r *reader, progress func()) (*Answer, error) {
	c.mu.Lock()
	base := c.base
	c.mu.Unlock()
	u, err := target(base, call.Class, call.Path, call.Query)
	if err != nil {
		return nil, err
	}
	carried, err := auth.carry(call.method(), u.Path)
	if err != nil {
		return nil, err
	}
	if carried.path != "" && call.Body != nil {
		if u, err = target(base, call.Class, carried.path, call.Query); err != nil {
			return nil, err
		}
	}
	addQuery(u, carried.query)
	body, contentType, err := call.encode(carried)
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeInternal, Message: "a request cannot be encoded"}
	}
	req := c.http.R().SetContext(ctx).SetDoNotParseResponse(true).SetHeader("Accept", call.accept()).
		SetHeaders(c.headers).SetHeaders(call.Headers).SetHeaders(carried.headers)
	if body != nil {
		req.SetHeader("Content-Type", contentType).SetBody(body)
	}
	res, err := req.Execute(call.method(), u.String())
	if err != nil {
		return nil, err
	}
	defer drain(res.RawBody())
	if call.spool && isFile(res.RawResponse) {
		res.RawResponse.Body = watched{res.RawResponse.Body, progress}
		return readFile(res.RawResponse)
	}
	return r.read(res.RawResponse)
}

// drain lets the connection be used again.
func drain(body io.ReadCloser) {
	_, _ = io.Copy(io.Discard, io.LimitReader(body, 1<<16)) // what cannot be read is of no interest
	_ = body.Close()
}

// success reports whether an answer is one, by the manifest's test where it has one.
func (c *Client) success(a *Answer) bool {
	if c.manifest.Success == nil || !a.json || a.File != nil {
		return a.Status >= 200 && a.Status < 300 || a.Status == http.StatusNotModified
	}
	vars := map[string]any{}
	for k, v := range c.Vars {
		vars[k] = v
	}
	yes, err := c.manifest.Success.True(a.Vars(vars))
	return yes && err == nil // an answer that does not have the form of a success is none
}

func contentType(a *Answer) string {
	if a.json {
		return ""
	}
	return ": it is not JSON"
}

// silent keeps resty from writing anywhere.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
