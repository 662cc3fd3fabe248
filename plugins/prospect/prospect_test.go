package prospect

import (
	"fmt"
	"testing"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// act is a kind, how many days ago, the direction (of a quote the status) and the topic (of a quote the amount).
type act struct {
	kind string
	age  int
	how  string
	what any
}

// deal is a state, and days ago: its creation and its close. A close ahead is below zero, noClose is none.
type deal struct {
	state           string
	created, closed int
	reason          string
}

const noClose = 1 << 20

// seen is a customer as the host sends it to the defaults.
type seen struct {
	acts      []act
	deals     []deal
	employees any
	judgement any
}

func ago(days int) time.Time { return plugintest.AsOf.AddDate(0, 0, -days).Add(9 * time.Hour) }

func maybe(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (s seen) customer() sdktest.Customer {
	lists := map[string][]any{}
	put := func(path string, v any) { lists[path] = append(lists[path], v) }
	quotes, meetings := int64(0), int64(0)
	for _, a := range s.acts {
		put("activities.kind within 365d", a.kind)
		put("activities.occurred_at within 365d", ago(a.age))
		direction, status, topic, amount := maybe(a.how), any(nil), a.what, any(nil)
		switch a.kind {
		case "quote":
			direction, status, topic, amount = "outbound", maybe(a.how), nil, a.what
			quotes++
		case "meeting":
			meetings++
		}
		put("activities.direction within 365d", direction)
		put("activities.status within 365d", status)
		put("activities.topic within 365d", topic)
		put("activities.amount within 365d", amount)
	}
	c := sdktest.Customer{"count(activities) where kind = quote within 365d": quotes, "count(activities) where kind = meeting within 365d": meetings}
	var won any
	for _, d := range s.deals {
		closed := any(nil)
		if d.closed != noClose {
			closed = ago(d.closed)
		}
		switch d.state {
		case "won":
			if won == nil || ago(d.closed).After(won.(time.Time)) {
				won = ago(d.closed)
			}
		case "lost":
			put("deals.closed_at where lost within 365d", closed)
			put("deals.lost_reason where lost within 365d", maybe(d.reason))
		default:
			put("deals.created_at where open", ago(d.created))
			put("deals.closed_at where open", closed)
			put("deals.lost_reason where open", maybe(d.reason))
		}
	}
	for path, list := range lists {
		c[path] = list
	}
	for path, v := range map[string]any{"last(deals.closed_at) where won": won, "employees": s.employees, "judgement": s.judgement} {
		if v != nil {
			c[path] = v
		}
	}
	return c
}

func start(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	return plugintest.Configured(t, Plugin(), config, fields...)
}

func TestEveryBoundaryOfTheStages(t *testing.T) {
	c := start(t, nil)
	for _, x := range []struct {
		name  string
		acts  []act
		deals []deal
		want  string
	}{
		{"nothing", nil, nil, "unknown"},
		{"today is not known yet", []act{{kind: "call"}}, nil, "unknown"},
		{"a call 14 days ago", []act{{"call", 14, "inbound", nil}}, nil, "interested"},
		{"15 days ago", []act{{"call", 15, "inbound", nil}}, nil, "considering"},
		{"60 days ago", []act{{"mail", 60, "inbound", nil}}, nil, "considering"},
		{"61 days ago", []act{{"mail", 61, "inbound", nil}}, nil, "unknown"},
		{"a mail is no intent", []act{{"mail", 1, "inbound", nil}}, nil, "considering"},
		{"but a mail about a demo is", []act{{"mail", 14, "inbound", "Demo"}}, nil, "interested"},
		{"about an order in Chinese", []act{{"mail", 2, "", "下單"}}, nil, "interested"},
		{"we called", []act{{"call", 2, "OUTBOUND", "demo"}}, nil, "unknown"},
		{"who called is not said", []act{{"call", 2, "", nil}}, nil, "interested"},
		{"an invoice is no act", []act{{"invoice", 2, "", nil}}, nil, "unknown"},

		{"a quote 7 days ago", []act{{"quote", 7, "SENT", int64(5000)}}, nil, "unknown"},
		{"8 days ago", []act{{"quote", 8, "SENT", int64(5000)}}, nil, "quoted_silent"},
		{"90 days ago", []act{{"quote", 90, "", nil}}, nil, "quoted_silent"},
		{"91 days ago", []act{{"quote", 91, "", nil}}, nil, "unknown"},
		{"a call on the quote's day is none since", []act{{"call", 8, "inbound", nil}, {"quote", 8, "", nil}}, nil, "quoted_silent"},
		{"a mail since", []act{{"mail", 7, "inbound", nil}, {"quote", 8, "", nil}}, nil, "considering"},
		{"we wrote since", []act{{"mail", 7, "outbound", nil}, {"quote", 8, "", nil}}, nil, "quoted_silent"},
		{"a draft", []act{{"quote", 8, "DRAFT", nil}}, nil, "unknown"},
		{"stopped by the own approval", []act{{"quote", 8, "Rejected", nil}}, nil, "unknown"},
		{"accepted 14 days ago", []act{{"quote", 14, "Accepted", nil}}, nil, "interested"},
		{"accepted 15 days ago", []act{{"quote", 15, "Accepted", nil}}, nil, "unknown"},
		{"declined", []act{{"quote", 3, "Denied", nil}}, nil, "not_interested"},
		{"another one was accepted on the day", []act{{"quote", 20, "sent", nil}, {"quote", 20, "accepted", nil}}, nil, "unknown"},
		{"won on the day of the quote", []act{{"quote", 20, "", nil}}, []deal{{"won", 40, 20, ""}}, "unknown"},
		{"won before", []act{{"quote", 20, "", nil}}, []deal{{"won", 40, 21, ""}}, "quoted_silent"},
		{"a new quote is not silent yet", []act{{"quote", 20, "", nil}, {"quote", 2, "", nil}}, nil, "unknown"},

		{"lost", nil, []deal{{"lost", 90, 30, "price"}}, "not_interested"},
		{"lost 365 days ago", nil, []deal{{"lost", 400, 365, ""}}, "not_interested"},
		{"lost 366 days ago", nil, []deal{{"lost", 400, 366, ""}}, "unknown"},
		{"a call on that day", []act{{"call", 5, "inbound", nil}}, []deal{{"lost", 90, 5, "price"}}, "not_interested"},
		{"a call on the day after", []act{{"call", 4, "inbound", nil}}, []deal{{"lost", 90, 5, "price"}}, "interested"},
		{"we called on the day after", []act{{"call", 4, "outbound", nil}}, []deal{{"lost", 90, 5, "price"}}, "not_interested"},
		{"won on that day", nil, []deal{{"lost", 90, 5, "price"}, {"won", 90, 5, ""}}, "unknown"},
		{"won the day before", nil, []deal{{"lost", 90, 5, "price"}, {"won", 90, 6, ""}}, "not_interested"},
		{"another offer lives", nil, []deal{{"lost", 90, 5, "price"}, {"open", 100, noClose, ""}}, "considering"},
		{"another offer is dead", nil, []deal{{"lost", 90, 5, "price"}, {"open", 181, 3, ""}}, "not_interested"},
		{"put off", nil, []deal{{"lost", 90, 5, "Not_Now"}}, "not_now"},
		{"put off, then refused", nil, []deal{{"lost", 90, 5, "later"}, {"lost", 90, 4, "price"}}, "not_interested"},
		{"refused, then put off", nil, []deal{{"lost", 90, 5, "later"}, {"lost", 90, 6, "price"}}, "not_now"},
		{"both on a day", nil, []deal{{"lost", 90, 5, "later"}, {"lost", 90, 5, "price"}}, "not_interested"},
		{"nobody refused", nil, []deal{{"lost", 90, 5, "duplicate"}}, "unknown"},

		{"open", nil, []deal{{"open", 180, noClose, ""}}, "considering"},
		{"open for too long", nil, []deal{{"open", 181, noClose, ""}}, "unknown"},
		{"long, and expected today", nil, []deal{{"open", 181, 0, ""}}, "considering"},
		{"long, and expected yesterday", nil, []deal{{"open", 181, 1, ""}}, "unknown"},
		{"expected in 90 days", nil, []deal{{"open", 20, -90, ""}}, "considering"},
		{"in 91 days", nil, []deal{{"open", 20, -91, ""}}, "not_now"},
		{"later, though expected soon", nil, []deal{{"open", 20, -20, "以后"}}, "not_now"},
		{"one of two is not put off", nil, []deal{{"open", 20, -91, ""}, {"open", 20, -20, ""}}, "considering"},
		{"a call does not bring a day nearer", []act{{"call", 1, "inbound", nil}}, []deal{{"open", 20, -91, ""}}, "not_now"},
		{"silent comes before put off", []act{{"quote", 20, "", nil}}, []deal{{"open", 20, -91, ""}}, "quoted_silent"},
		{"made today", nil, []deal{{"open", 0, noClose, ""}}, "unknown"},
	} {
		if got := plugintest.One(c, seen{acts: x.acts, deals: x.deals}.customer()); got.Class() != x.want {
			t.Errorf("%s: %v, want %s", x.name, got, x.want)
		}
	}
}

func repeat(n int, a act) []act {
	var list []act
	for range n {
		list = append(list, a)
	}
	return list
}

func TestPointsDecayAndAreCapped(t *testing.T) {
	c := start(t, nil)
	for _, x := range []struct {
		s    seen
		want string // score fit engagement temperature potential
	}{
		{seen{}, "0 0 0 cold "},
		{seen{acts: []act{{"call", 30, "inbound", nil}}}, "6 0 6 cold "},
		{seen{acts: []act{{"call", 60, "inbound", nil}}}, "3 0 3 cold "},
		{seen{acts: repeat(9, act{"call", 30, "inbound", nil})}, "30 0 30 cold "},                                          // 54, at most 30
		{seen{acts: append(repeat(9, act{"call", 30, "", nil}), repeat(9, act{"mail", 30, "", nil})...)}, "48 0 48 warm "}, // and 18
		{seen{acts: repeat(4, act{"meeting", 30, "inbound", nil})}, "65 25 40 warm medium"},                                // meetings fill half of the fit, quotes are the other half
		{seen{acts: append(repeat(9, act{"call", 30, "", nil}), repeat(4, act{"meeting", 30, "", nil})...)}, "75 25 50 hot medium"},
		{seen{acts: []act{{"call", 30, "", nil}}, deals: []deal{{"lost", 90, 60, "price"}}}, "1 0 1 cold "}, // 6 - 5
		{seen{deals: []deal{{"lost", 90, 60, "price"}}}, "0 0 0 cold "},
		{seen{employees: int64(500)}, "25 25 0 cold medium"}, // 2 of 4
		{seen{employees: int64(5000), acts: []act{{"quote", 30, "", nil}, {"quote", 30, "", nil}}}, "42.5 37.5 5 warm high"},
		{seen{employees: int64(500), acts: append(repeat(9, act{"call", 30, "", nil}), repeat(3, act{"meeting", 30, "", nil})...)}, "87.5 37.5 50 hot high"},
		{seen{employees: int64(0), judgement: int64(5)}, "0 0 0 cold high"},
		{seen{employees: int64(0), judgement: int64(4)}, "0 0 0 cold high"},
		{seen{employees: int64(0), judgement: int64(3)}, "0 0 0 cold medium"},
		{seen{employees: int64(5000), judgement: int64(2)}, "25 25 0 cold low"},
		{seen{judgement: int64(-7)}, "0 0 0 cold low"},
		{seen{judgement: int64(99)}, "0 0 0 cold high"},
	} {
		got := plugintest.One(c, x.s.customer())
		if text := fmt.Sprint(got.Tags["score"], " ", got.Tags["fit"], " ", got.Tags["engagement"], " ", got.Tags["temperature"], " ", got.Tags["potential"]); text != x.want {
			t.Errorf("%+v: %s, want %s", x.s, text, x.want)
		}
	}
}

func TestAHotScoreIsInterest(t *testing.T) {
	s := seen{employees: int64(500), acts: append(repeat(9, act{"call", 30, "", nil}), repeat(3, act{"meeting", 30, "", nil})...)}
	if got := plugintest.One(start(t, nil), s.customer()); got.Class() != "interested" || !plugintest.Given(got, byScore) {
		t.Errorf("87.5 is %v", got)
	}
	if got := plugintest.One(start(t, map[string]any{"hot": 87.51}), s.customer()); got.Class() != "considering" {
		t.Errorf("with hot at 87.51 it is %v", got)
	}
	if got := plugintest.One(start(t, map[string]any{"hot": 87.5}), s.customer()); got.Class() != "interested" {
		t.Errorf("with hot at 87.5 it is %v", got)
	}
}

func TestReasonsAndKeptFacts(t *testing.T) {
	c := start(t, nil)
	for _, x := range []struct {
		s    seen
		want []string
	}{
		{seen{deals: []deal{{"lost", 90, 30, "price"}}}, []string{"Declined on 2025-12-02: price; nothing came since."}},
		{seen{deals: []deal{{"lost", 90, 30, ""}}}, []string{"Declined on 2025-12-02, for a reason that nobody noted; nothing came since."}},
		{seen{acts: []act{{"quote", 8, "", int64(123456)}}}, []string{"Quote of 1234.56 CNY sent 8 days ago, no answer."}},
		{seen{acts: []act{{"quote", 8, "", nil}}}, []string{"Quote sent 8 days ago, no answer."}},
		{seen{deals: []deal{{"open", 20, -200, ""}}}, []string{"Put off: expected around 2026-07-20."}},
		{seen{deals: []deal{{"open", 20, noClose, "later"}}}, []string{"Put off, without a date."}},
		{seen{deals: []deal{{"lost", 20, 5, "later"}}}, []string{"Put off on 2025-12-27; nothing came since."}},
		{seen{acts: []act{{"call", 3, "", nil}}}, []string{"Its last act of intent was a call 3 days ago."}},
		{seen{acts: []act{{"mail", 3, "", nil}}}, []string{"Its last act of its own was 3 days ago."}},
		{seen{deals: []deal{{"open", 20, noClose, ""}, {"open", 7, noClose, ""}}}, []string{"Open deals: 2, the newest 7 days old."}},
		{seen{}, []string{"No act of its own in the last 60 days, and no living deal."}},
		{seen{judgement: int64(4)}, []string{"No act of its own in the last 60 days, and no living deal.", "Lead score 0: fit 0, engagement 0.", "Potential as a person judged it: 75 of 100."}},
	} {
		got := plugintest.One(c, x.s.customer())
		var texts []string
		for _, r := range got.Reasons[:min(len(x.want), len(got.Reasons))] {
			texts = append(texts, r.Text)
		}
		if fmt.Sprint(texts) != fmt.Sprint(x.want) {
			t.Errorf("%q, want %q", texts, x.want)
		}
	}
	got := plugintest.One(c, seen{acts: []act{{"call", 3, "", nil}}, deals: []deal{{"lost", 90, 30, "No wireless"}, {"open", 9, -40, ""}, {"open", 9, -30, ""}}}.customer())
	if got.Class() != "interested" || got.Tags["refusal_reason"] != "No wireless" || got.Tags["expected"] != fmt.Sprint(int(plugintest.Day)+30) {
		t.Errorf("the reason of the refusal and the nearest day are kept: %v", got)
	}
}

func TestBuyersMayBeLeftOut(t *testing.T) {
	c := start(t, map[string]any{"buyers": "leave_out"})
	got := plugintest.One(c, seen{deals: []deal{{"won", 90, 31, ""}, {"open", 5, noClose, ""}}}.customer())
	if got.Class() != "unclassified" || plugintest.Because(got, bought)["date"] != fmt.Sprint(int(plugintest.Day)-31) {
		t.Errorf("a buyer is %v", got)
	}
	if got = plugintest.One(c, seen{deals: []deal{{"open", 5, noClose, ""}}}.customer()); got.Class() != "considering" {
		t.Errorf("a prospect is %v", got)
	}
}

func TestJudgementsInWordsAndAsOneCriterion(t *testing.T) {
	words := start(t, map[string]any{"judgement_field": "opinion"})
	for word, want := range map[string]string{"high": "high", "medium": "medium", "low": "low"} {
		x := seen{}.customer()
		x["opinion"] = word
		if got := plugintest.One(words, x); got.Tags["potential"] != want {
			t.Errorf("%s is %v", word, got)
		}
	}
	counts := start(t, map[string]any{"judgement": "counts", "fit": []any{map[string]any{"name": "size", "of": "employees", "weight": 1, "scale": "range", "from": 0, "to": 100}}})
	// 3 x 0.5 + 1 x 1 of 4
	plain := func(s seen) sdktest.Customer { // without the measures of the usual fit
		c := s.customer()
		delete(c, "count(activities) where kind = quote within 365d")
		delete(c, "count(activities) where kind = meeting within 365d")
		return c
	}
	if got := plugintest.One(counts, plain(seen{employees: int64(100), judgement: int64(3)})); got.Tags["potential"] != "medium" || got.Tags["fit"] != "31.25" {
		t.Errorf("a judgement among others: %v", got)
	}
	if got := plugintest.One(counts, plain(seen{employees: int64(100)})); got.Tags["potential"] != "high" || got.Tags["fit"] != "50" {
		t.Errorf("without one: %v", got)
	}
}

func TestConfigurationFaults(t *testing.T) {
	size := map[string]any{"name": "size", "of": "employees"}
	for pointer, config := range map[string]map[string]any{
		"/window":           {"window": "4y"},
		"/warm":             {"warm": 71},
		"/medium_potential": {"medium_potential": 71},
		"/interested_days":  {"interested_days": 61},
		"/silent_days":      {"silent_days": 91},
		"/intent_kinds/1":   {"intent_kinds": []any{"call", "quote"}},
		"/points/1/kind":    {"points": []any{map[string]any{"kind": "call"}, map[string]any{"kind": "call"}}},
		"/fit":              {"fit": []any{size}},
		"/fit/0/of":         {"fit": []any{map[string]any{"name": "size", "of": "staff", "scale": "range", "from": 0, "to": 1}}},
		"/judgement_field":  {"judgement_field": "guess"},
		"/direction_field":  {"direction_field": "way"},
		"/topic_field":      {"topic_field": "amount"},
		"/reason_field":     {"reason_field": "why"},
	} {
		found := plugintest.Diagnose(t, Plugin(), config, fields...)
		if len(found) != 1 || found[0].GetPointer() != pointer || found[0].GetSummary() == "" {
			t.Errorf("%v: diagnostics %v, want one at %s", config, found, pointer)
		}
	}
}

func TestFieldsThatAreNotMappedAreNotRead(t *testing.T) {
	c := plugintest.Configured(t, Plugin(), nil, fields[4:5]...) // who began an activity, and nothing else
	for _, r := range c.Reads {
		switch r.GetPath() {
		case "employees", "judgement", "activities.topic within 365d", "deals.lost_reason where open":
			t.Errorf("%s is read", r.GetPath())
		}
	}
	x := seen{acts: []act{{"call", 2, "outbound", nil}, {"mail", 20, "inbound", nil}}}.customer()
	delete(x, "activities.topic within 365d")
	if got := plugintest.One(c, x); got.Class() != "considering" {
		t.Errorf("it is %v", got)
	}
}

func TestOddCustomers(t *testing.T) {
	c := start(t, map[string]any{"window": "3y"})
	many := sdktest.Customer{}
	var kinds, times, closed, created []any
	for i := range 3000 { // thirty years of history
		kinds, times = append(kinds, []string{"meeting", "quote", "lost", "nonsense", ""}[i%5]), append(times, ago(4*i-2000))
		closed, created = append(closed, ago(4*i-2000)), append(created, ago(3*i-3000))
	}
	many["activities.kind within 3y"], many["activities.occurred_at within 3y"] = kinds, times[:2990]
	many["deals.closed_at where lost within 3y"], many["deals.created_at where open"], many["deals.closed_at where open"] = closed, created, closed[:50]
	many["last(deals.closed_at) where won"] = ago(-50) // ahead
	for _, x := range []sdktest.Customer{many, {"activities.kind within 3y": []any{nil}, "activities.occurred_at within 3y": []any{nil}},
		{"employees": int64(-5), "judgement": int64(0)}, {"activities.kind within 3y": []any{"quote"}, "activities.occurred_at within 3y": []any{ago(20)},
			"activities.amount within 3y": []any{sdk.Amount(-500)}}} {
		if got := plugintest.One(c, x); got.Class() == "" || got.Class() == "unclassified" || got.Tags["score"] == "" {
			t.Errorf("an odd customer is %v", got)
		}
	}
}
