package measure

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

func eur(minor int64) crm.Money { return crm.Money{Minor: minor, Currency: "EUR"} }
func usd(minor int64) crm.Money { return crm.Money{Minor: minor, Currency: "USD"} }

func at(t *testing.T, s string, zone *time.Location) int64 {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixMicro()
}

func day(t *testing.T, s string) crm.Day {
	t.Helper()
	d, err := crm.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// compute measures one customer and shows each column as text: the value, or why there is none.
func compute(t *testing.T, env Env, asOf string, rates Rates, c *store.Customer, texts ...string) map[string]string {
	t.Helper()
	columns := make([]*Column, len(texts))
	for i, s := range texts {
		var err error
		if columns[i], err = env.Parse(s); err != nil {
			t.Fatal(err)
		}
	}
	plan := Compile(columns, Setting{AsOf: day(t, asOf), Zone: env.Zone, Subject: env.Subject, Currency: env.Currency})
	e := plan.Evaluator(rates)
	e.Measure(c)
	e.Measure(c) // nothing is left over from the customer before
	out := map[string]string{}
	for i, s := range texts {
		out[s] = show(e, plan.Index(columns[i]), columns[i])
	}
	return out
}

func show(e *Evaluator, i int, c *Column) string {
	switch e.Why(i) {
	case Absent:
		return "absent"
	case NoRate:
		return "no rate"
	case TooLarge:
		return "too large"
	}
	if !c.List {
		return e.Value(i).String()
	}
	var items []string
	e.List(i, func(v crm.Value) {
		if v.Missing() {
			items = append(items, "-")
		} else {
			items = append(items, v.String())
		}
	})
	return "[" + strings.Join(items, " ") + "]"
}

func expect(t *testing.T, got map[string]string, want map[string]string) {
	t.Helper()
	for column, w := range want {
		if g, ok := got[column]; !ok || g != w {
			t.Errorf("%s: %q, expected %q", column, g, w)
		}
	}
}

func keys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func TestMeasuresOfACustomer(t *testing.T) {
	env := testEnv(t)
	utc := time.UTC
	c := &store.Customer{ID: "1",
		Fields: store.PackFields(map[string]crm.Value{"country": crm.TextValue("China"), "employees": crm.IntegerValue(12), "annual_revenue": crm.AmountValue(eur(99))}),
		Deals: []store.Deal{
			{ID: "a", State: crm.Won, Product: "X", Amount: eur(1000), CreatedAt: at(t, "2026-01-01 10:00", utc), ClosedAt: at(t, "2026-03-01 10:00", utc),
				Extra: store.PackFields(map[string]crm.Value{"margin": crm.NumberValue(0.5), "seats": crm.IntegerValue(3), "renewal": crm.BooleanValue(true), "signed_on": crm.DateValue(day(t, "2026-02-28"))})},
			{ID: "b", State: crm.Won, Product: "Y", Amount: eur(2501), CreatedAt: at(t, "2026-01-05 10:00", utc), ClosedAt: at(t, "2026-03-01 18:00", utc),
				Extra: store.PackFields(map[string]crm.Value{"margin": crm.NumberValue(0.25)})},
			{ID: "c", State: crm.Lost, Product: "X", Amount: eur(700), CreatedAt: at(t, "2026-01-06 10:00", utc), ClosedAt: at(t, "2026-04-01 10:00", utc)},
			{ID: "d", State: crm.Open, CreatedAt: at(t, "2026-05-01 10:00", utc), ClosedAt: at(t, "2026-12-01 10:00", utc)},
			{ID: "e", State: crm.Won, Product: "X", Amount: eur(9999), CreatedAt: at(t, "2026-05-02 10:00", utc), ClosedAt: at(t, "2026-06-01 00:00", utc)}, // the as-of day: open
			{ID: "f", State: crm.Open, Amount: eur(1), CreatedAt: at(t, "2026-06-01 00:00", utc), ClosedAt: store.NoTime},                                   // not there yet
		},
		Activities: []store.Activity{
			{ID: "1", Kind: "survey", Scale: "nps", HasScore: true, Score: 9, OccurredAt: at(t, "2026-02-01 00:00", utc), DueAt: store.NoTime, PaidAt: store.NoTime},
			{ID: "2", Kind: "survey", Scale: "nps", HasScore: true, Score: 4, OccurredAt: at(t, "2025-01-01 00:00", utc), DueAt: store.NoTime, PaidAt: store.NoTime},
			{ID: "3", Kind: "invoice", Amount: eur(-50), OccurredAt: at(t, "2026-02-01 00:00", utc), DueAt: at(t, "2026-03-01 00:00", utc), PaidAt: store.NoTime},
			{ID: "4", Kind: "survey", Scale: "nps", HasScore: true, Score: 0, OccurredAt: at(t, "2026-07-01 00:00", utc), DueAt: store.NoTime, PaidAt: store.NoTime}, // later
		},
		People: []store.Person{
			{ID: "p", Fields: store.PackFields(map[string]crm.Value{"job_title": crm.TextValue("Buyer"), "created_at": crm.MicrosValue(at(t, "2026-01-01 00:00", utc))})},
			{ID: "q", Fields: store.PackFields(map[string]crm.Value{"decision_maker": crm.BooleanValue(true)})},
		},
	}
	want := map[string]string{
		"country": "China", "employees": "12", "annual_revenue": "0.99", "city": "absent",
		"count(deals)":                                          "5",
		"count(deals) where won":                                "2",
		"count(deals) where lost":                               "1",
		"count(deals) where closed":                             "3",
		"count(deals) where open":                               "2",
		"count(deals) where won and lost":                       "0",
		"count(deals) where state != won":                       "3",
		"count(deals.product)":                                  "4",
		"sum(deals.amount) where won":                           "35.01",
		"sum(deals.amount) where open":                          "99.99",
		"sum(deals.amount) where won and product = X":           "10.00",
		"count(deals) where product known":                      "4",
		"count(deals) where margin known and won":               "2",
		"sum(deals.amount) where renewal known":                 "10.00",
		"count(deals) where amount known":                       "4",
		"sum(deals.amount) where won and product = Q":           "0.00",
		"mean(deals.amount) where won":                          "17.50", // 1750.5, half to even
		"mean(deals.amount) where won and product = Q":          "absent",
		"min(deals.amount) where won":                           "10.00",
		"max(deals.amount)":                                     "99.99",
		"max(deals.closed_at) where won":                        "2026-03-01T18:00:00Z",
		"min(deals.signed_on)":                                  "2026-02-28",
		"distinct(deals.closed_at) where won":                   "1",
		"distinct(deals.product)":                               "2",
		"distinct(deals.amount) where won":                      "2",
		"first(deals.product) where won":                        "X",
		"last(deals.product) where won":                         "Y",
		"last(deals.amount)":                                    "99.99",
		"sum(deals.margin)":                                     "0.75",
		"mean(deals.margin)":                                    "0.375",
		"sum(deals.seats)":                                      "3",
		"mean(deals.seats)":                                     "3",
		"count(deals) where renewal = true":                     "1",
		"count(deals) where renewal != true":                    "4",
		"count(deals) where margin > 0.3":                       "1",
		"count(deals) where signed_on < 2026-03-01":             "1",
		"count(deals) where amount >= 10 and won":               "2",
		"count(deals) where amount > 10 and won":                "1",
		"count(deals) where closed_at >= 2026-03-01 and won":    "2",
		"deals.product where won":                               "[X Y]",
		"deals.product":                                         "[X Y X - X]",
		"deals.amount where lost":                               "[7.00]",
		"deals.amount where won within 10d":                     "[]",
		"deals.state":                                           "[won won lost open open]",
		"mean(activities.score) where kind = survey":            "6.5",
		"mean(activities.score) where kind = survey within 12m": "9",
		"first(activities.score) where kind = survey":           "4",
		"count(activities)":                                     "3",
		"sum(activities.amount) where kind = invoice":           "-0.50",
		"min(activities.due_at)":                                "2026-03-01T00:00:00Z",
		"max(activities.paid_at)":                               "absent",
		"count(contacts)":                                       "2",
		"count(contacts) where decision_maker = true":           "1",
		"count(contacts) within 12m":                            "1",
		"contacts.job_title":                                    "[- Buyer]", // without a date first
		"first(contacts.job_title)":                             "Buyer",
	}
	expect(t, compute(t, env, "2026-06-01", nil, c, keys(want)...), want)
}

func TestNothingAtAllIsZeroOrMissing(t *testing.T) {
	want := map[string]string{"count(deals)": "0", "sum(deals.amount)": "0.00", "sum(deals.margin)": "0", "distinct(deals.product)": "0", "mean(deals.amount)": "absent",
		"min(deals.amount)": "absent", "first(deals.product)": "absent", "deals.amount": "[]", "country": "absent", "sum(activities.score)": "0"}
	expect(t, compute(t, testEnv(t), "2026-06-01", nil, &store.Customer{ID: "1"}, keys(want)...), want)
}

func TestContactsAreTheirOwnPeople(t *testing.T) {
	env := testEnv(t)
	env.Subject = crm.Contact
	c := &store.Customer{ID: "1", Fields: store.PackFields(map[string]crm.Value{"job_title": crm.TextValue("Buyer")})}
	want := map[string]string{"job_title": "Buyer", "contacts.job_title": "[Buyer]", "count(contacts)": "1"}
	expect(t, compute(t, env, "2026-06-01", nil, c, keys(want)...), want)
}

func TestTiesGoToTheFirstAndLastID(t *testing.T) {
	when := at(t, "2026-01-01 00:00", time.UTC)
	deal := func(id, product string) store.Deal {
		return store.Deal{ID: id, State: crm.Won, Product: product, CreatedAt: when, ClosedAt: when}
	}
	want := map[string]string{"first(deals.product)": "A", "last(deals.product)": "C", "deals.product": "[A B C]"}
	for range 20 {
		c := &store.Customer{ID: "1", Deals: []store.Deal{deal("1", "A"), deal("2", "B"), deal("3", "C"),
			{ID: "0", State: crm.Won, CreatedAt: when, ClosedAt: when}, {ID: "9", State: crm.Won, CreatedAt: when, ClosedAt: when}}}
		rand.Shuffle(len(c.Deals), func(i, j int) { c.Deals[i], c.Deals[j] = c.Deals[j], c.Deals[i] })
		got := compute(t, testEnv(t), "2026-06-01", nil, c, keys(want)...)
		got["deals.product"] = strings.NewReplacer("- ", "", " -", "").Replace(got["deals.product"])
		expect(t, got, want)
	}
}

func TestDealsWithoutADateCountOutsideWindowsOnly(t *testing.T) {
	c := &store.Customer{ID: "1", Deals: []store.Deal{{ID: "1", State: crm.Won, Product: "X", Amount: eur(5), CreatedAt: at(t, "2026-01-01 00:00", time.UTC), ClosedAt: store.NoTime}}}
	want := map[string]string{"count(deals) where won": "1", "sum(deals.amount) where won": "0.05", "count(deals) where won within 10y": "0", "first(deals.product)": "absent"}
	expect(t, compute(t, testEnv(t), "2026-06-01", nil, c, keys(want)...), want)
}

// A window begins at midnight of the account's zone, through changes of the clocks.
func TestWindowsAreDaysOfTheAccountsZone(t *testing.T) {
	for _, c := range []struct{ zone, asOf, window, inside, outside string }{
		{"UTC", "2026-03-02", "1d", "2026-03-01 00:00", "2026-02-28 23:59"},
		{"Asia/Shanghai", "2026-03-02", "1d", "2026-03-01 00:00", "2026-02-28 23:59"},
		{"Europe/Berlin", "2026-03-30", "1d", "2026-03-29 00:00", "2026-03-28 23:59"}, // 23 hours
		{"Europe/Berlin", "2026-10-26", "1d", "2026-10-25 00:00", "2026-10-24 23:59"}, // 25 hours
		{"Europe/Berlin", "2026-03-31", "1m", "2026-02-28 00:00", "2026-02-27 23:59"},
		{"America/New_York", "2024-02-29", "1y", "2023-02-28 00:00", "2023-02-27 23:59"},
		{"America/New_York", "2026-03-10", "2w", "2026-02-24 00:00", "2026-02-23 23:59"},
		{"America/Sao_Paulo", "2018-11-05", "1d", "2018-11-04 01:00", "2018-11-03 23:59"}, // midnight is left out
		{"America/Havana", "2023-03-13", "1d", "2023-03-12 01:00", "2023-03-11 23:59"},
		{"Pacific/Apia", "2011-12-31", "1d", "2011-12-31 00:00", ""}, // 30 December never was: nothing lies in it
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		env := testEnv(t)
		env.Zone = zone
		column := "count(deals) where won within " + c.window
		count := func(when string) string {
			micros := at(t, when, zone)
			customer := &store.Customer{ID: "1", Deals: []store.Deal{{ID: "1", State: crm.Won, CreatedAt: micros, ClosedAt: micros}}}
			return compute(t, env, c.asOf, nil, customer, column)[column]
		}
		if c.outside == "" {
			if count(c.inside) != "0" {
				t.Errorf("%s %s: something lies in a day that never was", c.zone, c.asOf)
			}
			continue
		}
		if count(c.inside) != "1" || count(c.outside) != "0" || count(c.asOf+" 01:00") != "0" {
			t.Errorf("%s %s %s: inside %s outside %s", c.zone, c.asOf, c.window, count(c.inside), count(c.outside))
		}
	}
}

func TestDistinctTimesAreDaysOfTheZone(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	var deals []store.Deal
	for i, s := range []string{"2026-01-01 00:30", "2026-01-01 23:30", "2026-01-02 00:10"} {
		when := at(t, s, shanghai)
		deals = append(deals, store.Deal{ID: fmt.Sprint(i), State: crm.Won, CreatedAt: when, ClosedAt: when})
	}
	env := testEnv(t)
	env.Zone = shanghai
	column := "distinct(deals.closed_at) where won"
	if got := compute(t, env, "2026-06-01", nil, &store.Customer{ID: "1", Deals: deals}, column)[column]; got != "2" {
		t.Errorf("%s days", got)
	}
}

func TestTheDayClockAgreesWithTheCalendar(t *testing.T) {
	for _, name := range []string{"UTC", "Asia/Kathmandu", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		clock := dayClock{zone: zone}
		for range 3000 {
			micros := rand.Int64N(4e15) - 2e15
			if got, want := clock.day(micros), crm.DayOf(time.UnixMicro(micros), zone); got != want {
				t.Fatalf("%s %d: %s, not %s", name, micros, got, want)
			}
		}
	}
}

func TestSumsThatDoNotFitAreNotWrapped(t *testing.T) {
	when := at(t, "2026-01-01 00:00", time.UTC)
	big := store.Deal{ID: "1", State: crm.Won, Amount: eur(1 << 62), CreatedAt: when, ClosedAt: when}
	want := map[string]string{"sum(deals.amount)": "too large", "mean(deals.amount)": "too large", "max(deals.amount)": eur(1 << 62).Decimal(), "count(deals)": "2"}
	expect(t, compute(t, testEnv(t), "2026-06-01", nil, &store.Customer{ID: "1", Deals: []store.Deal{big, big}}, keys(want)...), want)
}

func randomCustomer(r *rand.Rand) *store.Customer {
	c := &store.Customer{ID: "1"}
	states := []string{crm.Won, crm.Lost, crm.Open}
	for i := range r.IntN(30) {
		when := r.Int64N(3e13) + 1.75e15
		d := store.Deal{ID: fmt.Sprint(i), State: states[r.IntN(3)], Product: string(rune('A' + r.IntN(4))), Amount: eur(r.Int64N(20000) - 100), CreatedAt: when - r.Int64N(1e12), ClosedAt: when}
		if r.IntN(5) == 0 {
			d.Amount = crm.Money{}
		}
		c.Deals = append(c.Deals, d)
	}
	return c
}

// The order in which the mirror holds deals decides nothing, and measures agree with lists.
func TestOrderOfDealsDecidesNothing(t *testing.T) {
	env := testEnv(t)
	texts := []string{"sum(deals.amount) where won within 180d", "count(deals) where won within 180d", "deals.amount where won within 180d", "mean(deals.amount) where lost",
		"first(deals.amount)", "last(deals.product) where open", "distinct(deals.closed_at)", "min(deals.amount)", "max(deals.closed_at) where product != A", "deals.product"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		c := randomCustomer(r)
		want := compute(t, env, "2026-01-20", nil, c, texts...)
		r.Shuffle(len(c.Deals), func(i, j int) { c.Deals[i], c.Deals[j] = c.Deals[j], c.Deals[i] })
		expect(t, compute(t, env, "2026-01-20", nil, c, texts...), want)
		list := strings.Fields(strings.Trim(want["deals.amount where won within 180d"], "[]"))
		if n := want["count(deals) where won within 180d"]; n != fmt.Sprint(len(list)) {
			t.Fatalf("%s deals, but a list of %d", n, len(list))
		}
	}
}

func TestEqualColumnsAreComputedOnceAndAppendedTyped(t *testing.T) {
	env := testEnv(t)
	var columns []*Column
	for _, s := range []string{"sum(deals.amount) where won", "sum(deals.amount) where state = won", "deals.product", "country", "mean(deals.margin)", "tags.abc"} {
		c, err := env.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c)
	}
	plan := Compile(columns, Setting{AsOf: day(t, "2026-06-01"), Zone: time.UTC, Subject: crm.Company, Currency: "EUR"})
	if len(plan.Columns()) != 4 || plan.Index(columns[0]) != plan.Index(columns[1]) || plan.Index(columns[5]) != -1 {
		t.Fatalf("%d columns", len(plan.Columns()))
	}
	e := plan.Evaluator(nil)
	when := at(t, "2026-01-01 00:00", time.UTC)
	e.Measure(&store.Customer{ID: "1", Deals: []store.Deal{{ID: "1", State: crm.Won, Product: "X", Amount: eur(500), CreatedAt: when, ClosedAt: when}, {ID: "2", State: crm.Won, Amount: eur(1), CreatedAt: when, ClosedAt: when}}})
	for i, c := range plan.Columns() {
		b := column.NewBuilder(pb.ValueType(c.Type), c.List)
		e.Append(i, b)
		var r column.Reader
		if err := r.Reset(b.Column(), pb.ValueType(c.Type), c.List, 1); err != nil {
			t.Errorf("%s: %v", c.Canonical, err)
		}
	}
}

func TestAfterTheFirstCustomersNothingIsAllocated(t *testing.T) {
	plan := benchmarkPlan(t)
	e, c := plan.Evaluator(nil), benchmarkCustomer()
	e.Measure(c)
	if n := testing.AllocsPerRun(100, func() { e.Measure(c) }); n != 0 {
		t.Errorf("%g allocations for a customer", n)
	}
}

func benchmarkPlan(t testing.TB) *Plan {
	c, err := crm.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	env := Env{Catalogue: c, Subject: crm.Company, Currency: "EUR", Zone: time.UTC}
	var columns []*Column
	for _, s := range []string{"sum(deals.amount) where won within 365d", "count(deals) where won within 365d", "max(deals.closed_at) where won within 365d",
		"sum(deals.amount) where won", "distinct(deals.closed_at) where won", "last(deals.product) where won"} {
		col, err := env.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		columns = append(columns, col)
	}
	asOf, err := crm.ParseDay("2026-06-01")
	if err != nil {
		t.Fatal(err)
	}
	return Compile(columns, Setting{AsOf: asOf, Zone: time.UTC, Subject: crm.Company, Currency: "EUR"})
}

func benchmarkCustomer() *store.Customer {
	c := &store.Customer{ID: "1"}
	for i := range 10 {
		when := int64(1.75e15) + int64(i)*1e12
		c.Deals = append(c.Deals, store.Deal{ID: fmt.Sprint(i), State: []string{crm.Won, crm.Lost}[i%2], Product: "X", Amount: eur(int64(i) * 1000), CreatedAt: when, ClosedAt: when})
	}
	return c
}

// One customer with 10 deals, six measures with two filters.
func BenchmarkCustomerOfTenDeals(b *testing.B) {
	e, c := benchmarkPlan(b).Evaluator(nil), benchmarkCustomer()
	b.ReportAllocs()
	for b.Loop() {
		e.Measure(c)
	}
}
