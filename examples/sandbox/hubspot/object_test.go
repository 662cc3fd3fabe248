package hubspot_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

// The two families of paths, dated and v3/v4, answer alike. Source: HubSpot's
// specifications of 2026-03 and 2026-09, and of v3; client @hubspot/api-client 13.5.0.
func TestEveryFamilyOfPathsAnswers(t *testing.T) {
	a := open(t, hubspot.Options{})
	id := a.load(hubspot.Deals, map[string]string{"dealname": "One"})
	for _, base := range []string{"/crm/v3/objects/", "/crm/objects/2026-03/", "/crm/objects/2026-09/"} {
		for _, name := range []string{"deals", "deal", "0-3"} {
			if got := a.must(200, "GET", base+name, nil).ids(); !slices.Equal(got, []string{id}) {
				t.Errorf("%s%s: %v", base, name, got)
			}
		}
	}
	for _, path := range []string{"/crm/objects/2031-03/deals", "/crm/v9/objects/deals", "/crm/v3/nothing/deals", "/"} {
		a.must(404, "GET", path, nil)
	}
	a.must(400, "GET", "/crm/v3/objects/unicorns", nil)
}

// Versions end by the calendar. Source: developers.hubspot.com changelog, "legacy
// APIs and legacy apps: what's going unsupported and when".
func TestAVersionPastItsEndIsGone(t *testing.T) {
	a := open(t, hubspot.Options{Versions: []string{"2026-09"}})
	a.must(200, "GET", "/crm/objects/2026-09/deals", nil)
	a.must(404, "GET", "/crm/v3/objects/deals", nil)
	a.must(404, "GET", "/crm/objects/2026-03/deals", nil)
}

// Ids and all values are text, an unset property is null, an unknown name is
// ignored, and only a small set comes unasked. Source: HubSpot specification
// (SimplePublicObject) and its documentation of list.
func TestValuesAreTextUnsetIsNullUnknownIsIgnored(t *testing.T) {
	a := open(t, hubspot.Options{})
	id := a.load(hubspot.Deals, map[string]string{"amount": "1500.5", "dealstage": "closedwon", "closedate": "2026-05-01"})
	got := a.must(200, "GET", "/crm/objects/2026-09/deals?properties=amount,description,no_such_name&properties=hs_is_closed_won", nil)
	got.equal(t, id, "results", 0, "id")
	got.equal(t, "1500.5", "results", 0, "properties", "amount")
	got.equal(t, "true", "results", 0, "properties", "hs_is_closed_won")
	got.equal(t, "2026-05-01T08:00:00.000Z", "results", 0, "createdAt")
	p := got.at("results", 0, "properties").(map[string]any)
	if v, there := p["description"]; !there || v != nil {
		t.Errorf("an unset property must be null: %v", p)
	}
	if _, there := p["no_such_name"]; there {
		t.Errorf("an unknown name must be ignored: %v", p)
	}
	if _, there := p["dealname"]; there {
		t.Errorf("only what was asked for: %v", p)
	}
	p = a.must(200, "GET", "/crm/v3/objects/deals", nil).at("results", 0, "properties").(map[string]any)
	var names []string
	for name := range p {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id", "pipeline"}; !slices.Equal(names, want) {
		t.Errorf("default set %v, want %v", names, want)
	}
	if p["closedate"] != "2026-05-01T00:00:00Z" {
		t.Errorf("closedate %v", p["closedate"])
	}
}

// limit is 10 unless given and at most 100, 50 with history. Source: HubSpot
// specification of list.
func TestListLimitsAndCursor(t *testing.T) {
	a := open(t, hubspot.Options{FirstID: 95})
	var want []string
	for range 25 {
		want = append(want, a.load(hubspot.Contacts, nil))
	}
	if n := len(a.must(200, "GET", "/crm/v3/objects/contacts", nil).ids()); n != 10 {
		t.Errorf("default limit %d", n)
	}
	a.must(200, "GET", "/crm/v3/objects/contacts?limit=100", nil)
	a.must(400, "GET", "/crm/v3/objects/contacts?limit=101", nil).equal(t, "VALIDATION_ERROR", "category")
	a.must(400, "GET", "/crm/v3/objects/contacts?limit=51&propertiesWithHistory=email", nil)
	a.must(400, "GET", "/crm/v3/objects/contacts?after=x", nil)

	var got []string
	for after := ""; ; {
		page := a.must(200, "GET", "/crm/v3/objects/contacts?limit=7&after="+after, nil)
		got = append(got, page.ids()...)
		if after = page.text("paging", "next", "after"); after == "" {
			break
		}
		page.contains(t, "https://api.hubapi.com/crm/v3/objects/contacts?")
	}
	if !slices.Equal(got, want) { // ids pass from two to three digits: the order is numeric
		t.Errorf("paged %v, want %v", got, want)
	}
}

// A short or even empty page may carry a cursor. Source: Airbyte source-hubspot,
// unit_tests/test_crm_search_pagination_boundaries.py (hypothesis); Estuary.
func TestShortAndEmptyPagesLeadOn(t *testing.T) {
	a := open(t, hubspot.Options{ShortPages: 2, EmptyPages: 3, Limits: hubspot.Unlimited()})
	for range 40 {
		a.load(hubspot.Contacts, nil)
	}
	var sizes []int
	total := 0
	for after := ""; ; {
		page := a.must(200, "GET", "/crm/v3/objects/contacts?limit=10&after="+after, nil)
		sizes = append(sizes, len(page.ids()))
		total += len(page.ids())
		if after = page.text("paging", "next", "after"); after == "" {
			break
		}
	}
	if total != 40 || !slices.Contains(sizes, 0) || !slices.Contains(sizes, 5) {
		t.Errorf("sizes %v", sizes)
	}
	total, offset := 0, ""
	for {
		page := a.must(200, "POST", "/crm/v3/objects/contacts/search", map[string]any{"limit": 10, "after": offset})
		total += len(page.ids())
		if offset = page.text("paging", "next", "after"); offset == "" {
			break
		}
	}
	if total != 40 {
		t.Errorf("search found %d", total)
	}
}

// A list of properties that makes the URL too long is answered 414, by the proxy.
// Source: Airbyte source-hubspot cuts at 15,000 characters; Estuary at 5 KB.
func TestTooLongAURLIs414(t *testing.T) {
	a := open(t, hubspot.Options{Limits: &hubspot.Limits{MaxURL: 1000}})
	a.must(200, "GET", "/crm/v3/objects/deals?properties="+strings.Repeat("amount,", 100), nil)
	got := a.must(414, "GET", "/crm/v3/objects/deals?properties="+strings.Repeat("amount,", 200), nil)
	got.contains(t, "<html>")
}

// Archived records are listed on their own for a time and are gone from the rest.
// Source: HubSpot specification (archived=true); retention of 90 days is unverified.
func TestArchivedRecordsAreListedApart(t *testing.T) {
	a := open(t, hubspot.Options{})
	one, two := a.load(hubspot.Contacts, nil), a.load(hubspot.Contacts, nil)
	a.must(204, "DELETE", "/crm/v3/objects/contacts/"+one, nil)
	if got := a.must(200, "GET", "/crm/v3/objects/contacts", nil).ids(); !slices.Equal(got, []string{two}) {
		t.Errorf("live: %v", got)
	}
	bin := a.must(200, "GET", "/crm/v3/objects/contacts?archived=true", nil)
	bin.equal(t, one, "results", 0, "id")
	bin.equal(t, true, "results", 0, "archived")
	bin.equal(t, "2026-05-01T08:00:00.000Z", "results", 0, "archivedAt")
	a.must(404, "GET", "/crm/v3/objects/contacts/"+one, nil)
	a.must(200, "GET", "/crm/v3/objects/contacts/"+one+"?archived=true", nil)
	a.clock.Advance(91 * 24 * time.Hour)
	if got := a.must(200, "GET", "/crm/v3/objects/contacts?archived=true", nil).ids(); len(got) != 0 {
		t.Errorf("after the retention: %v", got)
	}
	if a.Log.Count("list") != 1 || a.Log.Count("list_archived") != 2 {
		t.Errorf("log %v", a.Log.Counts())
	}
}

// A deletion for privacy leaves no trace. Source: HubSpot documentation, GDPR delete.
func TestErasureLeavesNoTrace(t *testing.T) {
	a := open(t, hubspot.Options{})
	id := a.load(hubspot.Contacts, map[string]string{"email": "one@example.com"})
	a.must(204, "POST", "/crm/v3/objects/contacts/gdpr-delete", map[string]any{"objectId": "one@example.com", "idProperty": "email"})
	for _, path := range []string{"/crm/v3/objects/contacts", "/crm/v3/objects/contacts?archived=true"} {
		if got := a.must(200, "GET", path, nil).ids(); len(got) != 0 {
			t.Errorf("%s: %v", path, got)
		}
	}
	a.must(404, "GET", "/crm/v3/objects/contacts/"+id+"?archived=true", nil)
}

// A merge makes a record with a new id: reading an old one gives it, and the old
// one's links read as empty. Source: HubSpot changelog, "Announcement: deals now
// support merging".
func TestMergeGivesANewID(t *testing.T) {
	a := open(t, hubspot.Options{})
	x, y := a.load(hubspot.Deals, map[string]string{"dealname": "X", "amount": "1"}), a.load(hubspot.Deals, map[string]string{"description": "kept"})
	contact := a.load(hubspot.Contacts, nil)
	a.Associate(hubspot.Deals, y, hubspot.Contacts, contact, false)
	z := a.must(200, "POST", "/crm/objects/2026-09/deals/merge", map[string]any{"primaryObjectId": x, "objectIdToMerge": y}).text("id")
	if z == "" || z == x || z == y {
		t.Fatalf("survivor %q of %q and %q", z, x, y)
	}
	for _, id := range []string{x, y, z} {
		got := a.must(200, "GET", "/crm/v3/objects/deals/"+id+"?properties=dealname,description,hs_merged_object_ids", nil)
		got.equal(t, z, "id")
		got.equal(t, "X", "properties", "dealname")
		got.equal(t, "kept", "properties", "description")
		got.equal(t, x+";"+y, "properties", "hs_merged_object_ids")
	}
	if got := a.must(200, "GET", "/crm/v3/objects/deals", nil).ids(); !slices.Equal(got, []string{z}) {
		t.Errorf("listed %v", got)
	}
	links := a.must(207, "POST", "/crm/v4/associations/deals/contacts/batch/read", map[string]any{"inputs": []any{map[string]any{"id": y}, map[string]any{"id": z}}})
	links.equal(t, z, "results", 0, "from", "id")
	links.equal(t, contact, "results", 0, "to", 0, "toObjectId")
	links.equal(t, y, "errors", 0, "context", "fromObjectId", 0)

	keep := open(t, hubspot.Options{MergeKeepsID: true})
	p, q := keep.load(hubspot.Contacts, nil), keep.load(hubspot.Contacts, nil)
	if id, err := keep.Merge(hubspot.Contacts, p, q); err != nil || id != p {
		t.Errorf("survivor %q, %v; want %q", id, err, p)
	}
}

// Won and lost are known from a stage's metadata, whose ids are the account's own.
// Source: HubSpot documentation of pipelines.
func TestWonAndLostFollowTheStage(t *testing.T) {
	a := open(t, hubspot.Options{Currency: "USD", Rates: map[string]float64{"EUR": 1.25}})
	a.SetPipelines(sandbox.Pipeline{ID: "771", Label: "Hardware", Stages: []sandbox.Stage{
		{ID: "881", Label: "Talk", Probability: 0.5}, {ID: "882", Label: "Won", Closed: true, Probability: 1}, {ID: "883", Label: "Lost", Closed: true},
	}})
	for stage, want := range map[string]string{"881": "false false 0.5", "882": "true true 1.0", "883": "true false 0.0"} {
		id := a.load(hubspot.Deals, map[string]string{"dealstage": stage, "amount": "80", "deal_currency_code": "EUR"})
		got := a.must(200, "GET", "/crm/v3/objects/deals/"+id+"?properties=hs_is_closed,hs_is_closed_won,hs_deal_stage_probability,amount_in_home_currency", nil)
		have := fmt.Sprint(got.text("properties", "hs_is_closed"), " ", got.text("properties", "hs_is_closed_won"), " ", got.text("properties", "hs_deal_stage_probability"))
		if have != want {
			t.Errorf("stage %s: %s, want %s", stage, have, want)
		}
		got.equal(t, "100.00", "properties", "amount_in_home_currency")
	}
	p := a.must(200, "GET", "/crm/pipelines/2026-09/deals", nil)
	p.equal(t, "771", "results", 0, "id")
	p.equal(t, "true", "results", 0, "stages", 1, "metadata", "isClosed")
	p.equal(t, "1.0", "results", 0, "stages", 1, "metadata", "probability")
	a.must(404, "GET", "/crm/v3/pipelines/deals/default", nil)
	a.must(200, "GET", "/crm/v3/pipelines/deals/771/stages", nil).equal(t, "881", "results", 0, "id")
}

// Inline associations are capped per record. Source: Airbyte source-hubspot.
func TestInlineAssociationsAreCapped(t *testing.T) {
	a := open(t, hubspot.Options{})
	company := a.load(hubspot.Companies, map[string]string{"name": "Big"})
	for range 120 {
		a.Associate(hubspot.Contacts, a.load(hubspot.Contacts, nil), hubspot.Companies, company, true)
	}
	got := a.must(200, "GET", "/crm/v3/objects/companies?associations=contacts", nil)
	if n := len(got.at("results", 0, "associations", "contacts", "results").([]any)); n != 100 {
		t.Errorf("%d inline links", n)
	}
	after := got.text("results", 0, "associations", "contacts", "paging", "next", "after")
	rest := a.must(200, "GET", "/crm/v4/objects/companies/"+company+"/associations/contacts?after="+url.QueryEscape(after), nil)
	if n := len(rest.at("results").([]any)); n != 20 {
		t.Errorf("%d more links", n)
	}
}

func TestConcurrentClients(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited(), IndexLag: time.Second})
	a.tier(hubspot.Companies)
	company := a.load(hubspot.Companies, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				id := a.load(hubspot.Deals, map[string]string{"amount": "1", "dealstage": "closedwon"})
				a.Associate(hubspot.Deals, id, hubspot.Companies, company, true)
				a.call("POST", searchDeals, where(is("hs_is_closed_won", "EQ", "true")))
				a.call("POST", updateCompanies, inputsOf(set(company, "tier", "A")))
				a.call("GET", "/crm/v3/objects/deals?associations=companies&after="+id, nil)
				a.call("POST", dealCompanies, wanted(id))
				a.clock.Advance(100 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	if got := a.Log.Count("search"); got != 160 || a.Len(hubspot.Deals) != 160 {
		t.Errorf("%d searches, %d deals", got, a.Len(hubspot.Deals))
	}
	for _, r := range a.Log.Requests() {
		if r.Status != 200 {
			t.Errorf("%s %s: %d", r.Method, r.Path, r.Status)
		}
	}
}
