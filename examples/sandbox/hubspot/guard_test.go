package hubspot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

const listDeals = "/crm/objects/2026-09/deals"

// A malformed token is stopped by the proxy with 530, an unknown one by the API with
// 401. Source: Airbyte source-hubspot.
func TestBadTokens(t *testing.T) {
	a := open(t, hubspot.Options{})
	a.token = "pat-na1-00000000-0000-4000-8000-000000000000"
	a.must(401, "GET", listDeals, nil).equal(t, "INVALID_AUTHENTICATION", "category")
	a.token = ""
	a.must(401, "GET", listDeals, nil)
	a.token = "my token"
	a.must(530, "GET", listDeals, nil).contains(t, "<html>")
}

// Missing scopes are 403 and named. Source: HubSpot documentation of scopes and of
// error handling.
func TestMissingScopes(t *testing.T) {
	a := open(t, hubspot.Options{Scopes: []string{"crm.objects.deals.read"}})
	deal := a.load(hubspot.Deals, nil)
	a.must(200, "GET", listDeals, nil)
	a.must(200, "POST", searchDeals, map[string]any{})
	a.must(200, "GET", "/crm/properties/2026-09/deals", nil)
	a.must(200, "GET", "/account-info/v3/details", nil)
	for path, scope := range map[string]string{
		"GET /crm/v3/objects/contacts":              "crm.objects.contacts.read",
		"POST /crm/v3/objects/deals/batch/update":   "crm.objects.deals.write",
		"POST /crm/properties/2026-09/deals":        "crm.schemas.deals.write",
		"PATCH /crm/properties/2026-09/deals/x":     "crm.schemas.deals.write",
		"DELETE /crm/objects/2026-09/deals/" + deal: "crm.objects.deals.write",
		"GET /crm/owners/2026-09":                   "crm.objects.owners.read",
	} {
		method, path, _ := strings.Cut(path, " ")
		got := a.must(403, method, path, map[string]any{})
		got.equal(t, "MISSING_SCOPES", "category")
		got.equal(t, scope, "errors", 0, "context", "requiredGranularScopes", 0)
	}
}

// The burst limit rolls over ten seconds and shows in headers. Source: HubSpot
// documentation, usage guidelines.
func TestBurstLimit(t *testing.T) {
	a := open(t, hubspot.Options{Limits: &hubspot.Limits{Burst: 100, Daily: 250_000}})
	for i := range 100 {
		if i == 50 {
			a.clock.Advance(5 * time.Second)
		}
		got := a.must(200, "GET", listDeals, nil)
		for name, want := range map[string]string{
			"Max": "100", "Remaining": fmt.Sprint(99 - i), "Interval-Milliseconds": "10000", "Daily": "250000", "Daily-Remaining": fmt.Sprint(249_999 - i),
		} {
			if h := got.header.Get("X-HubSpot-RateLimit-" + name); h != want {
				t.Fatalf("call %d: %s = %q, want %q", i, name, h, want)
			}
		}
	}
	refused := a.must(429, "GET", listDeals, nil)
	refused.equal(t, "TEN_SECONDLY_ROLLING", "policyName")
	refused.equal(t, "RATE_LIMIT", "errorType")
	if h := refused.header.Get("Retry-After"); h != "" { // not always present: Airbyte
		t.Errorf("Retry-After %q", h)
	}
	a.clock.Advance(5 * time.Second) // the first fifty have rolled out
	for range 50 {
		a.must(200, "GET", listDeals, nil)
	}
	a.must(429, "GET", listDeals, nil)
}

// The day begins at midnight of the account's zone; searches count; OAuth apps have
// no daily limit and no header of it. Source: HubSpot documentation, usage guidelines.
func TestDailyLimit(t *testing.T) {
	a := open(t, hubspot.Options{Limits: &hubspot.Limits{Daily: 3}, TimeZone: "America/New_York", OAuth: &hubspot.OAuth{ClientID: "c", ClientSecret: "s", RefreshToken: "r"}})
	a.must(200, "GET", listDeals, nil)
	a.must(200, "GET", listDeals, nil)
	a.must(200, "POST", searchDeals, map[string]any{})
	a.must(429, "GET", listDeals, nil).equal(t, "DAILY", "policyName")
	a.must(429, "POST", searchDeals, map[string]any{}).equal(t, "DAILY", "policyName")
	a.clock.Set(time.Date(2026, 5, 2, 3, 59, 0, 0, time.UTC)) // 23:59 in New York
	a.must(429, "GET", listDeals, nil)
	a.clock.Set(time.Date(2026, 5, 2, 4, 0, 0, 0, time.UTC))
	a.must(200, "GET", listDeals, nil)

	static := a.token
	a.token = a.must(200, "POST", "/oauth/v1/token", "grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=r").text("access_token")
	for range 5 {
		got := a.must(200, "GET", listDeals, nil)
		if h := got.header.Get("X-HubSpot-RateLimit-Daily"); h != "" {
			t.Errorf("an OAuth app sees a daily limit: %s", h)
		}
	}
	a.token = static
	a.must(200, "GET", listDeals, nil)
}

// Token endpoints of all versions; an access token lives 30 minutes. Source: HubSpot
// specifications of oauth v1, v3, 2026-03.
func TestOAuthRefresh(t *testing.T) {
	a := open(t, hubspot.Options{Scopes: []string{"crm.objects.deals.read"}, OAuth: &hubspot.OAuth{ClientID: "c", ClientSecret: "s", RefreshToken: "r"}})
	form := "grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=r"
	for _, path := range []string{"/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token", "/oauth/2026-09/token"} {
		got := a.must(200, "POST", path, form)
		got.equal(t, "r", "refresh_token")
		got.equal(t, "bearer", "token_type")
		got.equal(t, 1800.0, "expires_in")
		got.equal(t, 8675309.0, "hub_id")
		got.equal(t, "crm.objects.deals.read", "scopes", 0)
		a.token = got.text("access_token")
		a.must(200, "GET", listDeals, nil)
	}
	a.must(200, "POST", "/oauth/2026-09/token/introspect", "token="+a.token).equal(t, true, "active")
	a.must(200, "GET", "/oauth/v1/access-tokens/"+a.token, nil).equal(t, "crm.objects.deals.read", "scopes", 0)
	a.clock.Advance(30 * time.Minute)
	a.must(401, "GET", listDeals, nil).equal(t, "EXPIRED_AUTHENTICATION", "category")
	a.must(200, "POST", "/oauth/2026-09/token/introspect", "token="+a.token).equal(t, false, "active")
	a.must(404, "GET", "/oauth/v1/access-tokens/"+a.token, nil)
	for _, bad := range []string{
		"grant_type=refresh_token&client_id=x&client_secret=s&refresh_token=r", "grant_type=refresh_token&client_id=c&client_secret=x&refresh_token=r",
		"grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=x", "grant_type=password&client_id=c&client_secret=s",
	} {
		a.must(400, "POST", "/oauth/v1/token", bad)
	}
	if a.Log.Count("token") == 0 {
		t.Error("token calls are not counted apart")
	}
	// a static token's scopes
	a.must(200, "POST", "/oauth/v2/private-apps/get/access-token-info", `{"tokenKey":"`+a.Token()+`"}`).equal(t, "crm.objects.deals.read", "scopes", 0)
}

// A refresh token may be good for one use. Source: none for HubSpot, where it is
// stable; the option serves tests of clients.
func TestRefreshTokensMayRotate(t *testing.T) {
	a := open(t, hubspot.Options{OAuth: &hubspot.OAuth{ClientID: "c", ClientSecret: "s", RefreshToken: "r", Rotate: true}})
	form := "grant_type=refresh_token&client_id=c&client_secret=s&refresh_token="
	next := a.must(200, "POST", "/oauth/v1/token", form+"r").text("refresh_token")
	a.must(400, "POST", "/oauth/v1/token", form+"r")
	a.must(200, "POST", "/oauth/v1/token", form+next)
	// a token may be withdrawn before its time
	a.token = a.must(200, "POST", "/oauth/v1/token", form+"CPDrefresh-000000000002").text("access_token")
	a.must(200, "GET", listDeals, nil)
	a.Tokens.RevokeIssued()
	a.must(401, "GET", listDeals, nil)
}

// Source: HubSpot specification of account-info and of owners; hubspot_owner_id
// holds an owner's id, not the user's.
func TestAccountAndOwners(t *testing.T) {
	a := open(t, hubspot.Options{TimeZone: "America/New_York", Currency: "EUR", OtherCurrencies: []string{"USD"}, PortalID: 42})
	got := a.must(200, "GET", "/account-info/2026-09/details", nil)
	got.equal(t, 42.0, "portalId")
	got.equal(t, "America/New_York", "timeZone")
	got.equal(t, "EUR", "companyCurrency")
	got.equal(t, "USD", "additionalCurrencies", 0)
	got.equal(t, "-04:00", "utcOffset")
	var last sandbox.Owner
	for i := range 120 {
		last = a.AddOwner(sandbox.Owner{FirstName: "User", LastName: fmt.Sprint(i), Email: fmt.Sprintf("user-%d@example.com", i)})
	}
	page := a.must(200, "GET", "/crm/owners/2026-09?limit=100", nil)
	if n := len(page.ids()); n != 100 {
		t.Errorf("%d owners on a page", n)
	}
	if n := len(a.must(200, "GET", "/crm/v3/owners/?limit=100&after="+page.text("paging", "next", "after"), nil).ids()); n != 20 {
		t.Errorf("%d more owners", n)
	}
	a.must(200, "GET", "/crm/owners/2026-09/"+last.ID, nil).equal(t, last.Email, "email")
	a.must(200, "GET", "/crm/owners/2026-09/"+last.UserID+"?idProperty=userId", nil).equal(t, last.ID, "id")
	a.must(404, "GET", "/crm/owners/2026-09/"+last.UserID, nil)
	id := a.load(hubspot.Deals, map[string]string{"hubspot_owner_id": last.ID})
	a.must(400, "PATCH", "/crm/v3/objects/deals/"+id, set("", "hubspot_owner_id", last.UserID))
}

// Faults answer in HubSpot's words. Source: HubSpot documentation of errors; client
// RetryDecorator.js.
func TestFaultsOnDemand(t *testing.T) {
	a := open(t, hubspot.Options{})
	a.Faults.Next(1, "GET", "/deals", hubspot.RateLimited("TEN_SECONDLY_ROLLING", 7))
	got := a.must(429, "GET", listDeals, nil)
	got.equal(t, "TEN_SECONDLY_ROLLING", "policyName")
	if h := got.header.Get("Retry-After"); h != "7" {
		t.Errorf("Retry-After %q", h)
	}
	a.must(200, "GET", listDeals, nil)
	a.Faults.Next(1, "", "", hubspot.Failed(477, 3))
	a.must(477, "GET", listDeals, nil)
	a.Faults.Next(1, "POST", "/batch/update", sandbox.HTML(403))
	a.must(403, "POST", updateContacts, inputsOf()).contains(t, "<html>")
	id := a.load(hubspot.Contacts, nil)
	a.Faults.Add(sandbox.Fault{Path: "/batch/update", Times: 1, After: true, Answer: hubspot.Failed(502, 0)})
	a.must(502, "POST", updateContacts, inputsOf(set(id, "city", "Ulm")))
	if v := a.Value(hubspot.Contacts, id, "city"); v != "Ulm" {
		t.Errorf("the write behind a lost answer: %q", v)
	}
}

func TestTheLogKnowsKinds(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited()})
	for _, c := range []struct{ method, path, kind string }{
		{"GET", "/crm/v3/objects/deals", "list"}, {"GET", "/crm/v3/objects/deals?archived=true", "list_archived"}, {"GET", "/crm/v3/objects/deals/1", "read"},
		{"POST", "/crm/v3/objects/deals", "create"}, {"PATCH", "/crm/v3/objects/deals/1", "update"}, {"DELETE", "/crm/v3/objects/deals/1", "archive"},
		{"POST", searchDeals, "search"}, {"POST", updateCompanies, "batch_update"}, {"POST", "/crm/v3/objects/deals/batch/read", "batch_read"},
		{"POST", "/crm/v3/objects/deals/merge", "merge"}, {"POST", "/crm/v3/objects/deals/gdpr-delete", "erase"},
		{"POST", dealCompanies, "association"}, {"GET", "/crm/v4/objects/deals/1/associations/contacts", "association"},
		{"GET", properties, "property"}, {"POST", properties, "property_write"}, {"GET", properties + "/groups", "group"}, {"POST", properties + "/groups", "group_write"},
		{"GET", "/crm/v3/pipelines/deals", "pipeline"}, {"GET", "/crm/v3/owners/", "owner"}, {"GET", "/account-info/v3/details", "account"},
		{"GET", "/crm/limits/2026-09/custom-properties", "limits"}, {"POST", "/oauth/v1/token", "token"}, {"GET", "/nothing", "other"},
	} {
		a.Log.Reset()
		a.call(c.method, c.path, map[string]any{})
		if got := a.Log.Requests(); len(got) != 1 || got[0].Kind != c.kind || got[0].Status == 0 {
			t.Errorf("%s %s: %+v, want %s", c.method, c.path, got, c.kind)
		}
	}
}
