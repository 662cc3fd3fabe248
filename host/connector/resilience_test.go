package connector_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func TestFaultsThatPassAreLivedThrough(t *testing.T) {
	faults := map[string]http.HandlerFunc{
		"500":                   hubspot.Failed(500, 0),
		"502 as HTML":           sandbox.HTML(502),
		"423 locked":            hubspot.Failed(423, 0),
		"477 migration":         hubspot.Failed(477, 30),
		"524":                   sandbox.HTML(524),
		"burst":                 hubspot.RateLimited("TEN_SECONDLY_ROLLING", 0),
		"search":                hubspot.RateLimited("SECONDLY", 0),
		"429 with Retry-After":  hubspot.RateLimited("TEN_SECONDLY_ROLLING", 17),
		"429 without a body":    sandbox.Answer(429, ""),
		"200 as HTML":           sandbox.HTML(200),
		"200 without a body":    sandbox.Answer(200, ""),
		"200 of another form":   sandbox.Answer(200, `{"ok":true}`),
		"garbage":               sandbox.Garbage(),
		"a cut connection":      sandbox.Cut(),
		"a cut body":            sandbox.CutBody(),
		"an answer never comes": sandbox.Hang(),
	}
	for name, answer := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, hubspot.Options{})
			a.load(t, 20, 20, 250)
			struck := a.Faults.Add(sandbox.Fault{Skip: 1, Every: 3, Times: 4, Answer: answer})
			c := a.open(t, func(o *connector.Options) {
				o.OwnFields = map[crm.Kind][]string{crm.Deal: {"taxon_abc"}}
				if name == "an answer never comes" {
					o.Timeout = 300 * time.Millisecond
				}
			})
			p := pull(t, c, crm.Deal, nil)
			if !slices.Equal(p.ids(), ids(a.Records(hubspot.Deals))) || len(p.rejected) > 0 {
				t.Errorf("%d deals, rejected %v", len(p.records), p.rejected)
			}
			// The HTTP client itself repeats a GET on a connection that was cut before any answer.
			if n, hits := c.Counts().Retries, struck(); hits < 3 || n > hits || n < hits && name != "a cut connection" {
				t.Errorf("%d retries after %d faults", n, hits)
			}
		})
	}
}

func TestFaultsThatStayEndTheRunWithTheirCode(t *testing.T) {
	for name, want := range map[string]struct {
		answer http.HandlerFunc
		code   crm.Code
		part   string
	}{
		"server errors":   {hubspot.Failed(503, 0), crm.CodeUnavailable, "503"},
		"HTML ban":        {sandbox.HTML(403), crm.CodeProtocol, "blocked"},
		"garbage":         {sandbox.Garbage(), crm.CodeProtocol, "not JSON"},
		"malformed token": {sandbox.HTML(530), crm.CodeCredentials, "malformed"},
		"moved":           {sandbox.Answer(302, "", "Location", "https://elsewhere.example/"), crm.CodeProtocol, "302"},
		"long wait":       {hubspot.RateLimited("", 7200), crm.CodeRateLimit, "used up until"},
		"unauthorised":    {sandbox.Answer(401, "{}"), crm.CodeCredentials, "refuses the credentials"},
		"forbidden":       {sandbox.Answer(403, `{"category":"MISSING_SCOPES"}`), crm.CodeForbidden, "MISSING_SCOPES"},
		"bad request":     {sandbox.Answer(400, `{"message":"free text of Ms Miller","category":"VALIDATION_ERROR","correlationId":"abc-1"}`), crm.CodeConfig, "abc-1"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, hubspot.Options{})
			a.load(t, 3, 0, 0)
			a.Faults.Add(sandbox.Fault{Path: "/objects/", Answer: want.answer})
			err := a.open(t).Pull(context.Background(), crm.Company, nil, func(connector.Page) error { return nil })
			if crm.CodeOf(err) != want.code || !strings.Contains(err.Error(), want.part) || strings.Contains(err.Error(), "Miller") {
				t.Errorf("got %s: %v", crm.CodeOf(err), err)
			}
		})
	}
}

func TestADeadServerIsUnavailable(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.url = "http://127.0.0.1:1"
	_, err := a.open(t).Account(context.Background())
	if crm.CodeOf(err) != crm.CodeUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestADailyQuotaParksTheRunAndItGoesOnTheNextDay(t *testing.T) {
	a := newAccount(t, hubspot.Options{TimeZone: "America/New_York", Limits: &hubspot.Limits{Burst: 190, Search: 5, Daily: 10, MaxURL: 16 << 10}})
	a.load(t, 1100, 0, 0)
	c := a.open(t, func(o *connector.Options) { o.Budget = 0.5 })
	p := &pulled{}
	take := func(page connector.Page) error { p.take(page); return nil }
	err := c.Pull(context.Background(), crm.Company, nil, take)
	var parked *connector.Parked
	if crm.CodeOf(err) != crm.CodeRateLimit || !errors.As(err, &parked) {
		t.Fatalf("got %v", err)
	}
	if want := time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC); !parked.Until.Equal(want) {
		t.Errorf("parked until %v, want midnight in New York, %v", parked.Until, want)
	}
	if n := a.Log.Count(); n != 5 {
		t.Errorf("%d requests were sent, want half of the quota of 10", n)
	}
	for day := 0; !p.last; day++ {
		if day > 5 {
			t.Fatal("it does not come to an end")
		}
		a.clock.Set(parked.Until)
		err = c.Pull(context.Background(), crm.Company, p.state, take)
		if err != nil && !errors.As(err, &parked) {
			t.Fatal(err)
		}
	}
	if !slices.Equal(p.ids(), ids(a.Records(hubspot.Companies))) {
		t.Errorf("%d companies", len(p.records))
	}
}

func oauth(a *crmAccount, store connector.TokenStore) func(*connector.Options) {
	return func(o *connector.Options) {
		o.Settings["auth"], o.Settings["client_id"] = "oauth", "app"
		o.Tokens = store
		o.Secret = func(name string) (string, error) {
			return map[string]string{"client_secret": "s3cret-client", "refresh_token": "first-refresh"}[name], nil
		}
	}
}

var app = &hubspot.OAuth{ClientID: "app", ClientSecret: "s3cret-client", RefreshToken: "first-refresh", Rotate: true}

func TestSeveralProcessesSpendARefreshTokenOnce(t *testing.T) {
	a := newAccount(t, hubspot.Options{OAuth: app})
	dir := t.TempDir() + "/tokens"
	for round := 1; round <= 3; round++ { // each begins with a token that has ended
		var clients []*connector.Connector
		for range 8 {
			clients = append(clients, a.open(t, oauth(a, connector.FileTokens(dir))))
		}
		errs := make([]error, len(clients))
		var wait sync.WaitGroup
		for i, c := range clients {
			wait.Go(func() { _, errs[i] = c.Account(context.Background()) })
		}
		wait.Wait()
		spent := 0
		for i, c := range clients {
			if errs[i] != nil {
				t.Errorf("round %d: %v", round, errs[i])
			}
			spent += c.Counts().Token
		}
		if spent != 1 {
			t.Errorf("round %d: %d exchanges", round, spent)
		}
		a.clock.Advance(time.Hour)
	}
}

// An exchange that tells no new refresh token leaves the one that another exchange has told: the configured one is spent.
func TestARotatedRefreshTokenOutlivesAnExchangeThatTellsNone(t *testing.T) {
	a := newAccount(t, hubspot.Options{OAuth: app})
	store := connector.FileTokens(t.TempDir())
	address, err := url.Parse(a.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(address)
	proxy.ModifyResponse = func(r *http.Response) error { // HubSpot repeats a token that stays the same; other servers leave it out
		if a.Tokens.Rotate || !strings.HasPrefix(r.Request.URL.Path, "/oauth/") {
			return nil
		}
		var answer map[string]any
		err := errors.Join(json.NewDecoder(r.Body).Decode(&answer), r.Body.Close())
		delete(answer, "refresh_token")
		body, encodeErr := json.Marshal(answer)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return errors.Join(err, encodeErr)
	}
	server := httptest.NewServer(proxy)
	defer server.Close()
	for i, rotates := range []bool{true, false, false, true, false} { // each in a process of its own, with a token that has ended
		a.Tokens.Rotate = rotates
		c := a.open(t, oauth(a, store), func(o *connector.Options) { o.Settings["base_url"] = server.URL })
		if _, err := c.Account(context.Background()); err != nil || c.Counts().Token != 1 {
			t.Fatalf("exchange %d: %v, %+v", i, err, c.Counts())
		}
		a.clock.Advance(time.Hour)
	}
}

func TestASecretThatWasReplacedIsReadAgainWhenTheOldOneIsRefused(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	secret, reads := a.Token(), 0
	c := a.open(t, func(o *connector.Options) {
		o.Secret = func(string) (string, error) { reads++; return secret, nil }
	})
	ask := func() error {
		return c.Pull(context.Background(), crm.Company, nil, func(connector.Page) error { return nil })
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	a.Tokens.Revoke(secret)
	if err := ask(); crm.CodeOf(err) != crm.CodeCredentials || reads != 2 || c.Counts().Retries != 0 {
		t.Errorf("revoked: %v after %d reads, %+v", err, reads, c.Counts())
	}
	secret = "pat-na1-99999999"
	a.Tokens.AddStatic(secret, nil)
	if err := ask(); err != nil || reads != 3 || c.Counts().Retries != 1 {
		t.Errorf("replaced: %v after %d reads, %+v", err, reads, c.Counts())
	}
}

func TestTokensAreKeptInPrivateFiles(t *testing.T) {
	a := newAccount(t, hubspot.Options{OAuth: app})
	store := connector.FileTokens(t.TempDir() + "/tokens")
	if _, err := a.open(t, oauth(a, store)).Account(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := a.open(t, oauth(a, store)); n != nil {
		if _, err := n.Account(context.Background()); err != nil || n.Counts().Token != 0 {
			t.Errorf("%v, %d token requests although one is stored", err, n.Counts().Token)
		}
	}
}

// A token is good for the server and the settings that it was got with; a refresh token that rotated is good for that server
// whatever else is set.
func TestATokenGotWithOtherSettingsIsNotUsed(t *testing.T) {
	a, b := newAccount(t, hubspot.Options{OAuth: app}), newAccount(t, hubspot.Options{OAuth: app})
	dir := t.TempDir()
	ask := func(to *crmAccount, change func(*connector.Options), want int) {
		t.Helper()
		c := to.open(t, oauth(to, connector.FileTokens(dir)), change)
		if _, err := c.Account(context.Background()); err != nil || c.Counts().Token != want || c.Counts().Retries != 0 {
			t.Errorf("%v, %+v, want %d exchanges and no request sent again", err, c.Counts(), want)
		}
	}
	same := func(*connector.Options) {}
	ask(a, same, 1)
	ask(a, same, 0)
	ask(b, same, 1) // with the configured refresh token: what the first server has replaced is worth nothing here
	ask(a, same, 0)
	set := func(api string) func(*connector.Options) {
		return func(o *connector.Options) { o.Settings["api"] = api }
	}
	ask(a, set("2026-03"), 0) // the exchange is the same
	ask(a, set("v3"), 1)      // it has another path
	ask(a, set("v3"), 0)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.Contains(f.Name(), "refresh") || strings.Contains(f.Name(), "s3cret") {
			t.Errorf("the name %s tells too much", f.Name())
		}
	}
}

func TestAnEndedContextEndsThePull(t *testing.T) {
	a := newAccount(t, hubspot.Options{})
	a.load(t, 500, 0, 0)
	ctx, cancel := context.WithCancel(context.Background())
	err := a.open(t).Pull(ctx, crm.Company, nil, func(connector.Page) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCheckFindsWhatStandsInTheWay(t *testing.T) {
	find := func(problems []crm.Problem, code crm.Code, part string) bool {
		return slices.ContainsFunc(problems, func(p crm.Problem) bool { return p.Code == code && strings.Contains(p.Error.Error(), part) })
	}
	t.Run("all is well", func(t *testing.T) {
		a := newAccount(t, hubspot.Options{})
		problems, err := a.open(t).Check(context.Background())
		if err != nil || len(problems) != 0 {
			t.Errorf("%v, %v", problems, err)
		}
	})
	t.Run("scopes", func(t *testing.T) {
		a := newAccount(t, hubspot.Options{Scopes: []string{"crm.objects.companies.read", "crm.schemas.companies.read", "crm.objects.contacts.read"}})
		problems, err := a.open(t).Check(context.Background())
		if err != nil || !find(problems, crm.CodeForbidden, "crm.objects.companies.write") || !find(problems, crm.CodeForbidden, "crm.objects.deals.read") {
			t.Errorf("%v, %v", problems, err)
		}
	})
	t.Run("scopes that the CRM does not tell", func(t *testing.T) {
		a := newAccount(t, hubspot.Options{Scopes: []string{"crm.objects.companies.read", "crm.objects.contacts.read"}})
		a.Faults.Add(sandbox.Fault{Path: "access-token-info", Answer: sandbox.Answer(404, "{}")})
		problems, err := a.open(t).Check(context.Background())
		if err != nil || !find(problems, crm.CodeForbidden, "may not read deals") {
			t.Errorf("%v, %v", problems, err)
		}
	})
	t.Run("mapping", func(t *testing.T) {
		a := newAccount(t, hubspot.Options{})
		if err := a.AddProperty(hubspot.Companies, sandbox.Field{Name: "taxon_other", Type: "string", Widget: "text"}); err != nil {
			t.Fatal(err)
		}
		problems, err := a.open(t, func(o *connector.Options) {
			o.Mapping = connector.Mapping{crm.Company: {
				"margin": {Source: "no_such", Type: crm.Number}, "staff": {Source: "number_of_employees", Type: crm.Integer}, "since": {Source: "city", Type: crm.Date}}}
		}).Check(context.Background())
		if err != nil || !find(problems, crm.CodeConfig, "no property no_such") || !find(problems, crm.CodeConfig, "did you mean numberofemployees") ||
			!find(problems, crm.CodeConfig, "the property city has the type string") || !find(problems, crm.CodeConflict, "taxon_other") {
			t.Errorf("%v, %v", problems, err)
		}
	})
	t.Run("credentials", func(t *testing.T) {
		a := newAccount(t, hubspot.Options{})
		problems, err := a.open(t, func(o *connector.Options) { o.Secret = func(string) (string, error) { return "wrong", nil } }).Check(context.Background())
		if err != nil || !find(problems, crm.CodeCredentials, "") {
			t.Errorf("%v, %v", problems, err)
		}
	})
	t.Run("an API version that has ended", func(t *testing.T) {
		a := newAccount(t, hubspot.Options{Versions: []string{"2026-09"}})
		a.api = "2025-03"
		problems, err := a.open(t).Check(context.Background())
		if err != nil || len(problems) == 0 {
			t.Errorf("%v, %v", problems, err)
		}
	})
}

func TestSettingsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	for name, change := range map[string]func(*connector.Options){
		"unknown setting": func(o *connector.Options) { o.Settings["bse_url"] = "x" },
		"plain http":      func(o *connector.Options) { o.Settings["base_url"] = "http://crm.example.com" },
		"no URL":          func(o *connector.Options) { o.Settings["base_url"] = "crm" },
		"unknown auth":    func(o *connector.Options) { o.Settings["auth"] = "magic" },
		"no token store":  func(o *connector.Options) { o.Settings["auth"] = "oauth" },
		"derived field": func(o *connector.Options) {
			o.Mapping = connector.Mapping{crm.Company: {"email_domain": {Source: "x"}}}
		},
		"no type": func(o *connector.Options) { o.Mapping = connector.Mapping{crm.Company: {"margin": {Source: "x"}}} },
		"bad CEL": func(o *connector.Options) {
			o.Mapping = connector.Mapping{crm.Company: {"margin": {Expr: "record.", Type: crm.Text}}}
		},
		"no source": func(o *connector.Options) { o.Mapping = connector.Mapping{crm.Company: {"margin": {Type: crm.Text}}} },
		"secret in an expression": func(o *connector.Options) {
			o.Mapping = connector.Mapping{crm.Company: {"margin": {Expr: "secret.token", Type: crm.Text}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, hubspot.Options{})
			m, err := hubspotManifest()
			if err != nil {
				t.Fatal(err)
			}
			o := connector.Options{Settings: map[string]string{"base_url": a.url}, Clock: a.clock}
			change(&o)
			if _, err := connector.Open(m, o); crm.CodeOf(err) != crm.CodeConfig {
				t.Errorf("got %v", err)
			}
		})
	}
}
