package profit_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/plugins/profit"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

const (
	revenue = "sum(deals.amount) where won within 365d"
	covered = "sum(deals.amount) where won and cost known within 365d"
	cost    = "sum(deals.cost) where won within 365d"
	tickets = "count(activities) where kind = ticket within 365d"
)

func TestConformance(t *testing.T) { sdktest.Run(t, sdktest.InProcess(profit.Plugin())) }

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, profit.Plugin()) }

func decode(t testing.TB, text string) (config map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	return config
}

var fields = []*pb.CatalogueField{
	plugintest.Field("lifetime_profit", sdk.Money), plugintest.Field("employees", sdk.Integer), plugintest.Field("country", sdk.String),
	plugintest.List("deals.amount", sdk.Money), plugintest.List("deals.cost", sdk.Money), plugintest.List("deals.product", sdk.String),
	plugintest.List("activities.amount", sdk.Money), plugintest.List("activities.hours", sdk.Number),
}

func start(t *testing.T, config string) *sdktest.Classifier {
	t.Helper()
	return plugintest.Configured(t, profit.Plugin(), decode(t, config), fields...)
}

func TestEveryCustomerOfTheSecondComputation(t *testing.T) {
	f, err := os.Open("testdata/reference.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, `{"cost": "sum(deals.cost) where won", "serve": [{"name": "tickets", "of": "count(activities) where kind = ticket", "each": 12.5}]}`)
	var customers []sdktest.Customer
	for _, line := range lines[1:] {
		var v [4]int64
		for i := range v {
			if v[i], err = strconv.ParseInt(line[i], 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		customers = append(customers, sdktest.Customer{revenue: sdk.Amount(v[0]), covered: sdk.Amount(v[1]), cost: sdk.Amount(v[2]), tickets: v[3]})
	}
	for i, r := range c.Classify(customers) {
		want := lines[i+1][4:]
		if got := []string{r.Class(), r.Tags["contribution"], r.Tags["rank"], r.Tags["low_margin"]}; !slices.Equal(got, want) {
			t.Errorf("customer %d %v is %v, not %v", i, lines[i+1][:4], got, want)
		}
	}
}

// contributions classifies customers with these contributions, of a revenue of 1,000.00 each.
func contributions(t *testing.T, config string, values ...int64) []sdktest.Result {
	t.Helper()
	c := start(t, `{"contribution": "lifetime_profit", "min_customers": 0`+config+`}`)
	var list []sdktest.Customer
	for _, v := range values {
		list = append(list, sdktest.Customer{revenue: sdk.Amount(100000), "lifetime_profit": sdk.Amount(v)})
	}
	return c.Classify(list)
}

func classes(results []sdktest.Result) string {
	var list []string
	for _, r := range results {
		list = append(list, r.Class())
	}
	return strings.Join(list, " ")
}

func TestBoundaries(t *testing.T) {
	for _, x := range []struct {
		name, config string
		values       []int64
		want         string
	}{
		{"who starts at exactly 80 % of the peak is not high", "", []int64{80000, 15000, 5000}, "high contributing contributing"},
		{"who crosses it is", "", []int64{79999, 15001, 5000}, "high high contributing"},
		{"losses are beyond the peak and do not lower it", "", []int64{80000, 15000, 5000, -60000}, "high contributing contributing loss"},
		{"1 % of the revenue is no break-even", "", []int64{80000, 1000, 999, -999, -1000}, "high contributing break_even break_even loss"},
		{"ties share a class", "", []int64{40000, 40000, 40000, 40000}, "high high high high"},
		{"a lone customer is high", "", []int64{50000}, "high"},
		{"break-even may be off", `, "break_even": 0`, []int64{50000, 0, -1, 1}, "high break_even loss contributing"},
		{"another cut", `, "high_until": 50`, []int64{50000, 30000, 20000}, "high contributing contributing"},
	} {
		if got := classes(contributions(t, x.config, x.values...)); got != x.want {
			t.Errorf("%s: %s, not %s", x.name, got, x.want)
		}
	}
}

func TestLowMarginsAreNamed(t *testing.T) {
	results := contributions(t, "", 50000, 10000, 9999, -20000)
	var got []string
	for _, r := range results {
		got = append(got, r.Tags["margin"]+" "+r.Tags["low_margin"])
	}
	if strings.Join(got, ", ") != "50 false, 10 false, 10 true, -20 true" {
		t.Errorf("%v", got)
	}
	if !plugintest.Given(results[2], "low_margin") || plugintest.Given(results[1], "low_margin") {
		t.Errorf("the reasons are %v", results[2].Reasons)
	}
}

func TestWhoSharesARankIsToldSo(t *testing.T) {
	results := contributions(t, "", 50000, 10000, 10000)
	if plugintest.Because(results[1], "shared")["n"] != "1" || plugintest.Given(results[0], "shared") {
		t.Errorf("the reasons are %v and %v", results[1].Reasons, results[0].Reasons)
	}
}

func TestACostIsNeverAssumed(t *testing.T) {
	c := start(t, `{"cost": "sum(deals.cost) where won", "min_customers": 0}`)
	for _, x := range []struct {
		revenue, covered, cost int64
		want                   string
		imputed                bool
	}{
		{10000, 10000, 6000, "high 4000", false},
		{10000, 9000, 5400, "high 4000", true}, // 90 % is enough: the rest has the same margin
		{10000, 8999, 5400, "unclassified ", false},
		{10000, 0, 0, "unclassified ", false},
		{0, 0, 500, "loss -500", false}, // no revenue, but a cost
		{0, 0, 0, "none 0", false},
	} {
		r := plugintest.One(c, sdktest.Customer{revenue: sdk.Amount(x.revenue), covered: sdk.Amount(x.covered), cost: sdk.Amount(x.cost)})
		if got := r.Class() + " " + r.Tags["contribution"]; got != x.want || plugintest.Given(r, "imputed") != x.imputed {
			t.Errorf("%+v is %s because %v", x, got, r.Reasons)
		}
	}
	// Of 10000 whose cost is known a credit takes some away, whose cost is not: never is more known than there is.
	for _, x := range []struct {
		revenue     int64
		want, known string
	}{{9000, "contributing 3600", "90.9"}, {8889, "contributing 3556", "90"}, {8888, "unclassified ", "100.00 CNY of 111.12 CNY"}, {-500, "unclassified ", "100.00 CNY of 205.00 CNY"}} {
		r := plugintest.One(c, sdktest.Customer{revenue: sdk.Amount(x.revenue), covered: sdk.Amount(10000), cost: sdk.Amount(6000)})
		got := plugintest.Because(r, "imputed")["known"]
		if why := plugintest.Because(r, "missing_margin"); why != nil {
			got = why["known"] + " of " + why["revenue"]
		}
		if r.Class()+" "+r.Tags["contribution"] != x.want || got != x.known {
			t.Errorf("%d is %s with %q known, %v", x.revenue, r.Class(), got, r)
		}
	}
	r := plugintest.One(c, sdktest.Customer{revenue: sdk.Amount(10000), covered: sdk.Amount(5000)})
	if r.Class() != "unclassified" || r.Reasons[0].Code != "missing_margin" {
		t.Errorf("without a cost: %v", r)
	}
}

func TestMarginsByProduct(t *testing.T) {
	const pro, basic = "sum(deals.amount) where won and product = 'Pro' within 365d", "sum(deals.amount) where won and product = 'Basic' within 365d"
	sold := func(total, p, b int64) sdktest.Customer {
		return sdktest.Customer{revenue: sdk.Amount(total), pro: sdk.Amount(p), basic: sdk.Amount(b)}
	}
	for _, x := range []struct {
		config   string
		customer sdktest.Customer
		want     string
	}{
		{`"margins": {"Pro": 40, "Basic": 12.5}`, sold(10000, 8000, 2000), "3450"},
		{`"margins": {"Pro": 40, "Basic": 12.5}`, sold(10000, 9000, 0), "4000"}, // 10 % is of another product: the same margin
		{`"margins": {"Pro": 40, "Basic": 12.5}`, sold(10000, 8000, 0), ""},
		{`"margins": {"Pro": 40, "Basic": 12.5}, "margin_rate": 10`, sold(10000, 8000, 0), "3400"},
		{`"margins": {"Pro": 40, "Basic": -5}, "margin_rate": 10`, sold(1000, 0, 1000), "-50"},
	} {
		c := start(t, `{"min_customers": 0, `+x.config+`}`)
		if r := plugintest.One(c, x.customer); r.Tags["contribution"] != x.want {
			t.Errorf("%s: %v of %v", x.config, r.Tags, x.customer)
		}
	}
	c := start(t, `{"min_customers": 0, "margin_rate": 33.333}`)
	if r := plugintest.One(c, sdktest.Customer{revenue: sdk.Amount(1000)}); r.Tags["contribution"] != "333" || r.Tags["margin"] != "33.3" {
		t.Errorf("%v", r.Tags)
	}
}

func TestCostsToServe(t *testing.T) {
	c := start(t, `{"min_customers": 0, "margin_rate": 50, "serve": [{"name": "hours", "of": "sum(activities.hours)", "each": 80}, {"name": "freight", "of": "sum(activities.amount) where kind = invoice"},
		{"name": "rent", "of": "sum(activities.amount) where kind = visit", "each": 0.5}]}`)
	customer := sdktest.Customer{revenue: sdk.Amount(100000), "sum(activities.hours) within 365d": 1.5, "sum(activities.amount) where kind = invoice within 365d": sdk.Amount(2000),
		"sum(activities.amount) where kind = visit within 365d": sdk.Amount(101)}
	r := plugintest.One(c, customer)
	if r.Tags["contribution"] != "35949" { // 50000 - 12000 - 2000 - 50.5, rounded to 51
		t.Errorf("%v", r.Tags)
	}
	if because := plugintest.Because(r, "served"); because["gross"] != "500.00 CNY" || because["cost"] != "140.51 CNY" {
		t.Errorf("%v", r.Reasons)
	}
}

func TestTheReportHasTheWhaleCurve(t *testing.T) {
	c := start(t, `{"contribution": "lifetime_profit", "min_customers": 3}`)
	c.Fit([]sdktest.Customer{{revenue: sdk.Amount(100000), "lifetime_profit": sdk.Amount(90000)}, {revenue: sdk.Amount(100000), "lifetime_profit": sdk.Amount(30000)},
		{revenue: sdk.Amount(100000), "lifetime_profit": sdk.Amount(-40000)}, {revenue: sdk.Amount(100000)}})
	m := c.Report.GetMetrics()
	if m["peak"] != 1200 || m["total"] != 800 || m["peak_of_total"] != 150 || m["loss"] != 1 || m["low_margin"] != 1 || m["unknown"] != 1 || m["positive"] != 2 {
		t.Errorf("the metrics are %v", m)
	}
	if d := c.Report.GetDiagnostics(); len(d) != 1 || d[0].GetCode() != "too_few" {
		t.Errorf("the diagnostics are %v", d)
	}
	results := c.Classify([]sdktest.Customer{{revenue: sdk.Amount(100000), "lifetime_profit": sdk.Amount(90000)}, {revenue: sdk.Amount(100000), "lifetime_profit": sdk.Amount(-9000)}})
	if results[0].Class() != "unclassified" || results[0].Reasons[0].Code != "too_few" || results[0].Tags["contribution"] != "90000" || results[1].Class() != "loss" {
		t.Errorf("with too few customers: %v", results)
	}
}

func TestDegenerateData(t *testing.T) {
	for name, values := range map[string][]int64{
		"all zero": slices.Repeat([]int64{0}, 20), "all equal": slices.Repeat([]int64{7}, 20), "all losses": {-1, -5, -100000},
		"large": {1 << 59, -1 << 59, 1 << 58}, "too large": {math.MaxInt64, math.MinInt64},
	} {
		for i, r := range contributions(t, "", values...) {
			if failed := name == "too large"; r.Class() == "" != failed {
				t.Errorf("%s: %d is %v", name, i, r)
			}
		}
	}
	c := start(t, `{"margin_rate": 30, "min_customers": 0}`)
	for _, v := range []int64{-500, 0, 1, 1 << 59} {
		if r := plugintest.One(c, sdktest.Customer{revenue: sdk.Amount(v)}); r.Class() == "" {
			t.Errorf("revenue %d: %v", v, r)
		}
	}
}

func TestMistakesAreFoundAtConfigure(t *testing.T) {
	for config, want := range map[string]string{
		`{}`:                   " required",
		`{"margin_rate": 30}`:  "",
		`{"margin_rate": 130}`: "/margin_rate range",
		`{"margin_rate": 30, "cost": "sum(deals.cost) where won"}`:         " both",
		`{"cost": "sum(deals.price) where won"}`:                           "/cost input",
		`{"cost": "employees"}`:                                            "/cost input",
		`{"cost": "sum(deals.cost)"}`:                                      "/cost other_deals",
		`{"cost": "sum(activities.amount) where kind = invoice"}`:          "",
		`{"margins": {"Pro": 200}}`:                                        "/margins/Pro range",
		`{"margins": {"a/'\"": 20}}`:                                       "/margins/a~1'\" name",
		`{"margins": {"Pro": 20}, "revenue": "lifetime_profit"}`:           "/margins input",
		`{"margin_rate": 30, "serve": [{"name": "x", "of": "employees"}]}`: "/serve/0/each required",
		`{"margin_rate": 30, "serve": [{"name": "x", "of": "country"}]}`:   "/serve/0/of input",
		`{"margin_rate": 30, "low_margin": 0}`:                             "/low_margin order",
		`{"margin_rate": 30, "revenue": "country"}`:                        "/revenue input",
	} {
		var got []string
		for _, d := range plugintest.Diagnose(t, profit.Plugin(), decode(t, config), fields...) {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, expected %s", config, got, want)
		}
	}
}

func TestTheRevenueWithAKnownCostIsReadBesideTheSum(t *testing.T) {
	for config, want := range map[string]string{
		`{"cost": "sum(deals.cost) where won"}`: revenue + "|" + cost + "|" + covered,
		`{"revenue": "sum(deals.amount) within 2y in EUR", "cost": "sum(deals.cost) within 2y in EUR"}`: "sum(deals.amount) within 2y in EUR|sum(deals.cost) within 2y in EUR|" +
			"sum(deals.amount) where cost known within 2y in EUR",
		`{"contribution": "sum(deals.amount) where won and amount > 5", "revenue": "sum(deals.amount) where won and amount > 5", "window": "all"}`: "sum(deals.amount) where won and amount > 5 within all|" +
			"sum(deals.amount) where won and amount > 5 and amount known within all",
		`{"cost": "lifetime_profit"}`: revenue + "|lifetime_profit",
	} {
		c := start(t, config)
		var got []string
		for _, r := range c.Reads {
			got = append(got, r.GetPath())
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s reads %v", config, got)
		}
	}
}
