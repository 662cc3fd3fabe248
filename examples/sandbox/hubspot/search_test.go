package hubspot_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

func where(filters ...map[string]any) map[string]any {
	return map[string]any{"filterGroups": []any{map[string]any{"filters": filters}}, "limit": 200}
}

func is(name, op string, more ...string) map[string]any {
	f := map[string]any{"propertyName": name, "operator": op}
	if len(more) > 0 {
		f["value"] = more[0]
	}
	if len(more) > 1 {
		f["highValue"] = more[1]
	}
	return f
}

func in(name, op string, values ...string) map[string]any {
	return map[string]any{"propertyName": name, "operator": op, "values": values}
}

const searchDeals = "/crm/objects/2026-09/deals/search"

// The operators of search. Source: HubSpot specification (Filter) and documentation
// of search.
func TestSearchOperators(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited()})
	one := a.load(hubspot.Deals, map[string]string{"amount": "5", "dealname": "Big red lorry", "closedate": "2026-05-01"})
	two := a.load(hubspot.Deals, map[string]string{"amount": "10", "dealname": "small"})
	three := a.load(hubspot.Deals, map[string]string{"amount": "200"})
	for _, c := range []struct {
		filter map[string]any
		want   []string
	}{
		{is("amount", "EQ", "10.0"), []string{two}},
		{is("amount", "NEQ", "10"), []string{one, three}},
		{is("amount", "GT", "10"), []string{three}}, // numbers, not text
		{is("amount", "GTE", "10"), []string{two, three}},
		{is("amount", "LT", "10"), []string{one}},
		{is("amount", "LTE", "10"), []string{one, two}},
		{is("amount", "BETWEEN", "5", "10"), []string{one, two}},
		{in("amount", "IN", "5", "200"), []string{one, three}},
		{in("amount", "NOT_IN", "5", "200"), []string{two}},
		{is("dealname", "HAS_PROPERTY"), []string{one, two}},
		{is("dealname", "NOT_HAS_PROPERTY"), []string{three}},
		{is("dealname", "EQ", "SMALL"), []string{two}},
		{is("dealname", "CONTAINS_TOKEN", "red"), []string{one}},
		{is("dealname", "CONTAINS_TOKEN", "lor*"), []string{one}},
		{is("dealname", "NOT_CONTAINS_TOKEN", "red"), []string{two, three}},
		{is("closedate", "GTE", "2026-05-01"), []string{one}},
		{is("closedate", "GT", "1777593600000"), nil},
		{is("hs_object_id", "GT", one), []string{two, three}},
	} {
		if got := a.must(200, "POST", searchDeals, where(c.filter)).ids(); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.filter, got, c.want)
		}
	}
	// groups are alternatives, filters of one group hold together
	either := map[string]any{"filterGroups": []any{
		map[string]any{"filters": []any{is("amount", "EQ", "5")}},
		map[string]any{"filters": []any{is("amount", "GT", "5"), is("dealname", "HAS_PROPERTY")}},
	}}
	if got := a.must(200, "POST", searchDeals, either).ids(); !slices.Equal(got, []string{one, two}) {
		t.Errorf("groups: %v", got)
	}
	if got := a.must(200, "POST", searchDeals, map[string]any{"query": "RED"}).ids(); !slices.Equal(got, []string{one}) {
		t.Errorf("query: %v", got)
	}
	a.must(400, "POST", searchDeals, where(is("no_such", "EQ", "1")))
	a.must(400, "POST", searchDeals, where(is("amount", "LIKE", "1")))
	a.must(400, "POST", searchDeals, where(is("amount", "EQ")))
	a.must(400, "POST", searchDeals, "{")
}

// limit 200, 5 groups of 6 filters and 18 in all, one sort. Source: HubSpot
// documentation, "search the CRM" (2026-03).
func TestSearchLimits(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited()})
	groups := func(sizes ...int) map[string]any {
		var out []any
		for _, n := range sizes {
			var fs []any
			for range n {
				fs = append(fs, is("amount", "GT", "1"))
			}
			out = append(out, map[string]any{"filters": fs})
		}
		return map[string]any{"filterGroups": out}
	}
	a.must(200, "POST", searchDeals, groups(6, 6, 6))
	a.must(200, "POST", searchDeals, groups(1, 1, 1, 1, 1))
	a.must(400, "POST", searchDeals, groups(1, 1, 1, 1, 1, 1))
	a.must(400, "POST", searchDeals, groups(7))
	a.must(400, "POST", searchDeals, groups(6, 6, 6, 1))
	a.must(200, "POST", searchDeals, map[string]any{"limit": 200})
	a.must(400, "POST", searchDeals, map[string]any{"limit": 201})
	sort := map[string]any{"propertyName": "amount", "direction": "DESCENDING"}
	a.must(200, "POST", searchDeals, map[string]any{"sorts": []any{sort}})
	a.must(400, "POST", searchDeals, map[string]any{"sorts": []any{sort, sort}})
	a.must(400, "POST", searchDeals, map[string]any{"sorts": []any{map[string]any{"propertyName": "amount", "direction": "UP"}}})

	strict := open(t, hubspot.Options{Limits: &hubspot.Limits{MaxSearchBody: 3000}})
	long := map[string]any{"properties": slices.Repeat([]string{"a_property_with_a_name"}, 200)}
	strict.must(400, "POST", searchDeals, long)
	a.must(200, "POST", searchDeals, long)
}

// A query reaches 10,000 results; `after` beyond is 400. Source: HubSpot
// documentation, "search the CRM".
func TestSearchReachesTenThousandResults(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited()})
	for range 10_050 {
		a.load(hubspot.Deals, nil)
	}
	body := map[string]any{"limit": 200, "after": "9900"}
	last := a.must(200, "POST", searchDeals, body)
	if n := len(last.ids()); n != 100 {
		t.Errorf("last page holds %d", n)
	}
	last.equal(t, 10_050.0, "total")
	last.equal(t, "10000", "paging", "next", "after")
	body["after"] = "10000"
	a.must(400, "POST", searchDeals, body)
}

// All records of a bulk change share one millisecond; EQ on it with a growing id
// drains them. Source: Estuary source-hubspot-native; airbyte#43317.
func TestEqualTimestampsAreDrainedByID(t *testing.T) {
	for _, lexicographic := range []bool{false, true} {
		a := open(t, hubspot.Options{Limits: hubspot.Unlimited(), FirstID: 95, LexicographicIDs: lexicographic})
		want := map[string]bool{}
		for range 30 {
			want[a.load(hubspot.Companies, nil)] = true
		}
		ms := strconv.FormatInt(start.UnixMilli(), 10)
		var got []string
		for last := ""; ; {
			filters := []map[string]any{is("hs_lastmodifieddate", "EQ", ms)}
			if last != "" {
				filters = append(filters, is("hs_object_id", "GT", last))
			}
			body := where(filters...)
			body["limit"], body["sorts"] = 7, []any{map[string]any{"propertyName": "hs_object_id", "direction": "ASCENDING"}}
			ids := a.must(200, "POST", "/crm/v3/objects/companies/search", body).ids()
			if len(ids) == 0 {
				break
			}
			got = append(got, ids...)
			last = ids[len(ids)-1]
		}
		if len(got) != 30 {
			t.Errorf("lexicographic %v: %d ids: %v", lexicographic, len(got), got)
		}
		// the order may be that of text, in which int(last)+1 would skip ids:
		// Airbyte source-hubspot, test_crm_search_pagination_boundaries.py
		if textual := slices.IsSorted(got); textual != lexicographic {
			t.Errorf("lexicographic %v: order %v", lexicographic, got)
		}
	}
}

// A change is found after the index caught up, and until then the record is found
// as it was. Source: HubSpot documentation, "search the CRM"; Estuary re-reads an
// hour later.
func TestTheIndexLags(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited(), IndexLag: 10 * time.Second})
	id := a.load(hubspot.Deals, map[string]string{"amount": "1"})
	search := func() answer {
		return a.must(200, "POST", searchDeals, map[string]any{"properties": []string{"amount"}})
	}
	if n := len(search().ids()); n != 0 {
		t.Error("found before it was indexed")
	}
	a.must(200, "GET", "/crm/v3/objects/deals/"+id, nil) // reading knows it at once
	a.clock.Advance(10 * time.Second)
	search().equal(t, "1", "results", 0, "properties", "amount")
	if err := a.Update(hubspot.Deals, id, map[string]string{"amount": "2"}); err != nil {
		t.Fatal(err)
	}
	search().equal(t, "1", "results", 0, "properties", "amount")
	a.clock.Advance(5 * time.Second)
	if err := a.Update(hubspot.Deals, id, map[string]string{"amount": "3"}); err != nil {
		t.Fatal(err)
	}
	a.clock.Advance(5 * time.Second)
	search().equal(t, "2", "results", 0, "properties", "amount")
	a.clock.Advance(5 * time.Second)
	search().equal(t, "3", "results", 0, "properties", "amount")
	a.Archive(hubspot.Deals, id) // archived records never appear
	if n := len(search().ids()); n != 0 {
		t.Error("an archived record was found")
	}
}

// Contacts are modified by lastmodifieddate, companies and deals by
// hs_lastmodifieddate. Source: HubSpot documentation; Airbyte and Estuary connectors.
func TestContactsHaveAnotherModifiedProperty(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited()})
	a.load(hubspot.Contacts, nil)
	a.load(hubspot.Companies, nil)
	since := strconv.FormatInt(start.UnixMilli(), 10)
	search := func(status int, kind, name string) {
		t.Helper()
		got := a.must(status, "POST", "/crm/v3/objects/"+kind+"/search", where(is(name, "GTE", since)))
		if status == 200 {
			got.equal(t, "2026-05-01T08:00:00Z", "results", 0, "properties", name)
		}
	}
	search(200, "contacts", "lastmodifieddate")
	search(400, "contacts", "hs_lastmodifieddate")
	search(200, "companies", "hs_lastmodifieddate")
	search(400, "companies", "lastmodifieddate")
}

// A lower bound of epoch 0 is a server error. Source: Estuary source-hubspot-native.
func TestEpochZeroIsAServerError(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited()})
	a.load(hubspot.Deals, nil)
	for _, op := range []string{"GT", "GTE"} {
		a.must(500, "POST", searchDeals, where(is("hs_lastmodifieddate", op, "0")))
		if n := len(a.must(200, "POST", searchDeals, where(is("hs_lastmodifieddate", op, "1000"))).ids()); n != 1 {
			t.Errorf("%s 1000 found %d", op, n)
		}
	}
}

// Bounds finer than a millisecond are cut, so rows slightly older than the bound
// come back. Source: Estuary source-hubspot-native.
func TestBoundsAreCutToMilliseconds(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited()})
	if _, err := a.Load(hubspot.Deals, sandbox.Record{Modified: start.Add(123 * time.Millisecond)}); err != nil {
		t.Fatal(err)
	}
	for bound, want := range map[string]int{
		"2026-05-01T08:00:00.123900Z": 1, fmt.Sprintf("%d.9", start.UnixMilli()+123): 1, "2026-05-01T08:00:00.124Z": 0,
	} {
		if n := len(a.must(200, "POST", searchDeals, where(is("hs_lastmodifieddate", "GTE", bound))).ids()); n != want {
			t.Errorf("%s found %d, want %d", bound, n, want)
		}
	}
}

// Search allows five calls a second for the account and says nothing of it in
// headers. Source: HubSpot documentation, "search the CRM"; client RetryDecorator.js
// knows the message.
func TestSearchRate(t *testing.T) {
	a := open(t, hubspot.Options{})
	for range 5 {
		got := a.must(200, "POST", searchDeals, map[string]any{})
		if h := got.header.Get("X-HubSpot-RateLimit-Max"); h != "" {
			t.Errorf("a search answer has a rate header: %s", h)
		}
	}
	refused := a.must(429, "POST", searchDeals, map[string]any{})
	refused.equal(t, "SECONDLY", "policyName")
	refused.equal(t, "You have reached your secondly limit.", "message")
	a.clock.Advance(time.Second)
	a.must(200, "POST", searchDeals, map[string]any{})
}

// The ends of unset values and of ties do not move between pages.
func TestSortsAreStable(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited()})
	for i := range 20 {
		values := map[string]string{}
		if i%3 > 0 {
			values["amount"] = strconv.Itoa(i % 4)
		}
		a.load(hubspot.Deals, values)
	}
	for _, direction := range []string{"ASCENDING", "DESCENDING"} {
		seen := map[string]bool{}
		for after := "0"; after != ""; {
			page := a.must(200, "POST", searchDeals, map[string]any{"limit": 3, "after": after, "sorts": []any{map[string]any{"propertyName": "amount", "direction": direction}}})
			for _, id := range page.ids() {
				seen[id] = true
			}
			after = page.text("paging", "next", "after")
		}
		if len(seen) != 20 {
			t.Errorf("%s: %d records", direction, len(seen))
		}
	}
	// the specification has sorts as text, the documentation as objects
	a.must(200, "POST", searchDeals, map[string]any{"sorts": []string{"-amount"}}).equal(t, "3", "results", 0, "properties", "amount")
}
