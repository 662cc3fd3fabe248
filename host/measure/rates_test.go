package measure

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// In the form of the European Central Bank's eurofxref-hist.csv, which ends each line with a comma.
const ecb = `Date,USD,JPY,BGN,CYP,
2026-01-16,1.25,160,1.9558,N/A,
2026-01-15,1.20,158.5,1.9558,N/A,
2026-01-02,1.10,150,,N/A,
`

const long = `date,currency,rate
2026-01-15,USD,0.8
2026-01-15,JPY,0.00625
2026-01-16,USD,0.75
`

func table(t *testing.T, text, base string) *Table {
	t.Helper()
	r, err := ReadRates(strings.NewReader(text), base)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRatesOfTheLastKnownDayAndNoFurther(t *testing.T) {
	for _, c := range []struct{ text, base, from, to, day, want string }{
		{ecb, "EUR", "USD", "EUR", "2026-01-15", "5/6"},
		{ecb, "EUR", "EUR", "USD", "2026-01-15", "6/5"},
		{ecb, "USD", "JPY", "USD", "2026-01-16", "1/128"}, // through the euro
		{ecb, "EUR", "USD", "EUR", "2026-01-18", "4/5"},   // a Sunday: Friday's
		{ecb, "EUR", "USD", "EUR", "2026-01-23", "4/5"},   // seven days
		{ecb, "EUR", "USD", "EUR", "2026-01-24", ""},
		{ecb, "EUR", "USD", "EUR", "2026-01-10", ""},
		{ecb, "EUR", "USD", "EUR", "2026-01-09", "10/11"},
		{ecb, "EUR", "USD", "EUR", "2026-01-01", ""}, // never a later one
		{ecb, "EUR", "CYP", "EUR", "2026-01-16", ""},
		{ecb, "EUR", "XXX", "EUR", "2026-01-16", ""},
		{ecb, "EUR", "XXX", "XXX", "2026-01-16", "1"},
		{long, "EUR", "USD", "EUR", "2026-01-15", "4/5"},
		{long, "EUR", "USD", "EUR", "2026-01-17", "3/4"},
		{long, "EUR", "USD", "JPY", "2026-01-17", "128"}, // the 15th, when both are known
	} {
		rate, ok := table(t, c.text, c.base).Rate(c.from, c.to, day(t, c.day))
		if c.want == "" != !ok || ok && rate.RatString() != c.want {
			t.Errorf("%s to %s on %s: %v", c.from, c.to, c.day, rate)
		}
	}
	if base := table(t, "date,currency,rate,base\n2026-01-15,USD,7,CNY\n", "EUR").Base(); base != "CNY" {
		t.Errorf("base %s", base)
	}
}

func TestAnotherTableHasAnotherHash(t *testing.T) {
	a, b, c := table(t, ecb, "EUR").Hash(), table(t, strings.Replace(ecb, "1.25", "1.26", 1), "EUR").Hash(), table(t, ecb, "USD").Hash()
	if a == b || a != c || table(t, long, "EUR").Hash() == table(t, long, "USD").Hash() {
		t.Errorf("%s %s %s", a, b, c)
	}
}

func TestBrokenRatesNameTheLine(t *testing.T) {
	for text, message := range map[string]string{
		"":                                       "line 1 of the exchange rates: the table of exchange rates is empty",
		"day,usd\n":                              "line 1 of the exchange rates: the header",
		"Date,US Dollar\n":                       `line 1 of the exchange rates: "US Dollar" is no currency`,
		"date,currency,worth\n":                  "line 1 of the exchange rates: the header",
		"date,currency,rate\n2026-01-15,USD,0\n": `line 2 of the exchange rates: "0" is no rate`,
		"date,currency,rate\n2026-01-15,USD,-1\n":                               `line 2 of the exchange rates: "-1" is no rate`,
		"date,currency,rate\n2026-01-15,USD,1e3\n":                              `line 2 of the exchange rates: "1e3" is no rate`,
		"date,currency,rate\n15.01.2026,USD,1\n":                                "line 2 of the exchange rates: \"15.01.2026\" is not a day",
		"date,currency,rate\n2026-01-15,USD,1\n2026-01-15,USD,2\n":              "line 3 of the exchange rates: there are two rates of USD on 2026-01-15",
		"date,currency,rate\n2026-01-15,USD\n":                                  "line 2 of the exchange rates: 3 values expected, found 2",
		"date,currency,rate,base\n2026-01-15,USD,1,EUR\n2026-01-16,USD,2,CNY\n": "line 3 of the exchange rates: the base currency \"CNY\" is not that of the rows before",
		"Date,USD\n2026-01-15,1,2,3\n":                                          "line 2 of the exchange rates: 2 values expected, found 4",
		"Date,USD\n2026-01-15,x\n":                                              `line 2 of the exchange rates: "x" is no rate`,
	} {
		_, err := ReadRates(strings.NewReader(text), "EUR")
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%q: %v", text, err)
		}
		var e *crm.Error
		if errors.As(err, &e) && e.Code != crm.CodeConfig {
			t.Errorf("code %s", e.Code)
		}
	}
}

func TestAmountsAreConvertedAtTheDateThatCounts(t *testing.T) {
	utc := time.UTC
	deal := func(id, state string, amount, base crm.Money, created, closed string) store.Deal {
		return store.Deal{ID: id, State: state, Amount: amount, BaseAmount: base, CreatedAt: at(t, created, utc), ClosedAt: at(t, closed, utc)}
	}
	measure := func(text string, deals ...store.Deal) string {
		return compute(t, testEnv(t), "2026-01-31", table(t, ecb, "EUR"), &store.Customer{ID: "1", Deals: deals}, text)[text]
	}
	won := deal("1", crm.Won, usd(12000), crm.Money{}, "2026-01-02 12:00", "2026-01-15 12:00")
	open := deal("2", crm.Open, usd(11000), crm.Money{}, "2026-01-02 12:00", "2026-06-15 12:00")
	theirs := deal("3", crm.Won, usd(12000), eur(777), "2026-01-02 12:00", "2026-01-15 12:00")
	yen := deal("4", crm.Won, crm.Money{Minor: 1585, Currency: "JPY"}, crm.Money{}, "2026-01-02 12:00", "2026-01-15 12:00")
	unknown := deal("5", crm.Lost, crm.Money{Minor: 1, Currency: "XXX"}, crm.Money{}, "2026-01-02 12:00", "2026-01-15 12:00")
	for _, c := range []struct {
		text  string
		deals []store.Deal
		want  string
	}{
		{"sum(deals.amount)", []store.Deal{won}, "100.00"},
		{"sum(deals.amount)", []store.Deal{open}, "100.00"},
		{"sum(deals.amount)", []store.Deal{theirs}, "7.77"},
		{"sum(deals.amount)", []store.Deal{yen}, "10.00"},
		{"sum(deals.amount) in USD", []store.Deal{won, yen}, "132.00"},
		{"sum(deals.amount) in USD", []store.Deal{theirs}, "120.00"},
		{"sum(deals.base_amount)", []store.Deal{theirs, won}, "7.77"},
		{"sum(deals.amount)", []store.Deal{won, unknown}, "no rate"},
		{"mean(deals.amount)", []store.Deal{won, unknown}, "no rate"},
		{"deals.amount", []store.Deal{won, unknown}, "no rate"},
		{"sum(deals.amount) where won", []store.Deal{won, unknown}, "100.00"}, // it does not count
		{"count(deals)", []store.Deal{won, unknown}, "2"},
		{"count(deals.amount)", []store.Deal{won, unknown}, "2"},
		{"count(deals) where amount known", []store.Deal{won, unknown}, "2"},
		{"count(deals) where amount > 5", []store.Deal{won, unknown}, "no rate"},
		{"count(deals) where amount > 5 and won", []store.Deal{won, unknown}, "1"},
		{"last(deals.amount)", []store.Deal{unknown, deal("9", crm.Won, eur(5), crm.Money{}, "2026-01-20 12:00", "2026-01-20 12:00")}, "0.05"},
		{"first(deals.amount)", []store.Deal{unknown, deal("9", crm.Won, eur(5), crm.Money{}, "2026-01-20 12:00", "2026-01-20 12:00")}, "no rate"},
	} {
		if got := measure(c.text, c.deals...); got != c.want {
			t.Errorf("%s: %s, expected %s", c.text, got, c.want)
		}
	}
}

func TestTheRatesUsedAreKept(t *testing.T) {
	c, err := testEnv(t).Parse("sum(deals.amount)")
	if err != nil {
		t.Fatal(err)
	}
	e := Compile([]*Column{c}, Setting{AsOf: day(t, "2026-01-31"), Zone: time.UTC, Subject: crm.Company, Currency: "EUR"}).Evaluator(table(t, ecb, "EUR"))
	when := at(t, "2026-01-18 10:00", time.UTC)
	e.Measure(&store.Customer{ID: "1", Deals: []store.Deal{{ID: "1", State: crm.Won, Amount: usd(5), CreatedAt: when, ClosedAt: when}}})
	used := e.RatesUsed()
	if len(used) != 1 || used[0].From != "USD" || used[0].Day.String() != "2026-01-18" || used[0].Rate.RatString() != "4/5" {
		t.Errorf("%v", used)
	}
}

// The fast conversion is the exact one.
func TestConversionIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		n := r.Int64N(1<<uint(1+r.IntN(62))) - r.Int64N(1<<uint(1+r.IntN(62)))
		num, den := 1+r.Uint64N(1<<uint(1+r.IntN(40))), 1+r.Uint64N(1<<uint(1+r.IntN(40)))
		by := new(big.Rat).SetFrac(new(big.Int).SetUint64(num), new(big.Int).SetUint64(den))
		want, fits := scale(n, by)
		if got, ok := mulDiv(n, num, den); ok && (!fits || got != want) {
			t.Fatalf("%d·%d/%d: %d, expected %d", n, num, den, got, want)
		}
		money := crm.Money{Minor: n, Currency: "EUR"}
		if exact, err := money.Convert(by, "EUR"); fits != (err == nil) || fits && exact.Minor != want {
			t.Fatalf("%d·%s: %d, but crm.Money says %v", n, by, want, exact)
		}
	}
}
