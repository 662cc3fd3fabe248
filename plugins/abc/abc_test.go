package abc_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/plugins/abc"
	"github.com/taxonhq/taxon/plugins/internal/sample"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

const (
	won   = "sum(deals.amount) where won within 365d"
	first = "first(deals.closed_at) where won within 365d"
)

// with is a configuration without minimums.
func with(more map[string]any) map[string]any {
	config := map[string]any{"min_customers": 0, "min_months": 0}
	maps.Copy(config, more)
	return config
}

// classify answers the results for customers with these values of one read.
func classify(t *testing.T, config map[string]any, read string, values ...any) []sdktest.Result {
	t.Helper()
	c := sdktest.Start(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{Config: config})
	var customers []sdktest.Customer
	for _, v := range values {
		customers = append(customers, sdktest.Customer{read: v})
	}
	return c.Classify(customers)
}

func classes(results []sdktest.Result) string {
	var list []string
	for _, r := range results {
		list = append(list, r.Class())
	}
	return strings.Join(list, " ")
}

func amounts(values []int64) []any {
	var list []any
	for _, v := range values {
		list = append(list, sdk.Amount(v))
	}
	return list
}

func TestConformance(t *testing.T) { sdktest.Run(t, sdktest.InProcess(abc.Plugin())) }

func TestEveryAccountOfTheSalesPipeline(t *testing.T) {
	expected := sample.Expected(t, "crm_sales_opportunities/expected_accounts.csv")
	for column, config := range map[string]map[string]any{"abc": nil, "abc_70_90": {"preset": "70_20_10"}} {
		c := sdktest.Start(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{Config: config, AsOf: data.SalesAsOf})
		var customers []sdktest.Customer
		accounts := sample.Accounts(t)
		for _, a := range accounts {
			customers = append(customers, sdktest.Customer{won: sdk.Amount(a.Amount * 100), first: a.First})
		}
		if len(accounts) != len(expected) {
			t.Fatalf("%d accounts, %d expected", len(accounts), len(expected))
		}
		counts := map[string]int{}
		for i, r := range c.Classify(customers) {
			counts[r.Class()]++
			if want := expected[accounts[i].ID][column]; r.Class() != want {
				t.Errorf("%s: %s is %s, not %s", column, accounts[i].ID, r.Class(), want)
			}
		}
		if column == "abc" && (counts["A"] != 59 || counts["B"] != 18 || counts["C"] != 8) {
			t.Errorf("classes are %v", counts)
		}
		if gini := c.Report.GetMetrics()["gini"]; math.Abs(gini-0.2021) > 0.00005 {
			t.Errorf("the Gini coefficient is %v", gini)
		}
	}
}

func TestBoundaryCases(t *testing.T) {
	var cases map[string]struct {
		Values []int64  `json:"values"`
		Before []string `json:"before"`
	}
	sample.EdgeCases(t, "abc_cases", &cases)
	if len(cases) < 10 {
		t.Fatalf("there are %d cases", len(cases))
	}
	for name, c := range cases {
		if got := classes(classify(t, with(nil), won, amounts(c.Values)...)); got != strings.Join(c.Before, " ") {
			t.Errorf("%s: %v are %s, not %v", name, c.Values, got, c.Before)
		}
	}
}

func TestTextbookExample(t *testing.T) {
	var book struct {
		Items  [][2]any `json:"items"`
		Before string   `json:"before_80_95"`
	}
	sample.EdgeCases(t, "abc_textbook_silicon_chips", &book)
	var values []any
	for _, item := range book.Items {
		values = append(values, sdk.Amount(item[1].(float64)))
	}
	if got := strings.ReplaceAll(classes(classify(t, with(nil), won, values...)), " ", ""); got != book.Before {
		t.Errorf("the classes are %s, not %s", got, book.Before)
	}
}

func TestOtherWaysToSetClasses(t *testing.T) {
	const count = "count(deals) where won within 365d"
	for _, c := range []struct {
		name   string
		config map[string]any
		read   string
		values []any
		want   string
	}{
		{"by value, in units of the currency", map[string]any{"by": "value", "cuts": []float64{100.5, 10}}, won,
			amounts([]int64{10050, 10049, 1000, 999, 1, 0, -5}), "A B B C C N N"},
		{"by share of customers", map[string]any{"by": "customers"}, won,
			amounts([]int64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}), "A A B B B C C C C C"},
		{"by share of customers, ties together", map[string]any{"by": "customers", "cuts": []float64{10, 50}}, won,
			amounts([]int64{9, 9, 9, 1, 1, 1, 1, 1, 1, 1}), "A A A B B B B B B B"},
		{"by count", map[string]any{"by": "count", "cuts": []float64{1, 3}}, won,
			amounts([]int64{5, 4, 4, 2, 1}), "A B B C C"},
		{"counts of deals", map[string]any{"measure": "count(deals) where won"}, count,
			[]any{80, 15, 5, 0}, "A B C N"},
		{"a number that is not whole", map[string]any{"measure": "mean(activities.score)", "window": "all"}, "mean(activities.score) within all",
			[]any{0.8, 0.15, 0.05, nil, -1.0}, "A B C N N"},
		{"a field", map[string]any{"measure": "annual_revenue"}, "annual_revenue",
			[]any{100.0, nil}, "A N"},
		{"a cut that is no binary fraction", map[string]any{"cuts": []float64{70.1, 95}}, won,
			amounts([]int64{701, 249, 50}), "A B C"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := classes(classify(t, with(c.config), c.read, c.values...)); got != c.want {
				t.Errorf("the classes are %s, not %s", got, c.want)
			}
		})
	}
}

func TestHugeValuesDoNotOverflow(t *testing.T) {
	values := amounts(slices.Repeat([]int64{math.MaxInt64 / 2}, 15))
	values = append(values, amounts([]int64{math.MaxInt64 / 16})...)
	results := classify(t, with(nil), won, values...)
	if results[0].Class() != "A" || results[15].Class() != "C" {
		t.Errorf("the classes are %s", classes(results))
	}
}

func TestValuesThatNobodyHadAreAnswered(t *testing.T) {
	c := sdktest.Start(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{Config: with(nil)})
	one := func(v int64) sdktest.Customer { return sdktest.Customer{won: sdk.Amount(v)} }
	c.Fit([]sdktest.Customer{one(80), one(15), one(5)})
	got := c.Classify([]sdktest.Customer{one(1000), one(79), one(15), one(14), one(5), one(1)})
	if classes(got) != "A B B C C C" {
		t.Errorf("the classes are %s", classes(got))
	}
	if got[1].Tags["rank"] != "2" || got[5].Tags["rank"] != "4" {
		t.Errorf("the ranks are %v and %v", got[1].Tags, got[5].Tags)
	}
}

func TestTooLittleData(t *testing.T) {
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	customers := func(n, daysAgo int) (list []sdktest.Customer) {
		for i := range n {
			list = append(list, sdktest.Customer{won: sdk.Amount(100 + i), first: asOf.AddDate(0, 0, -daysAgo)})
		}
		return append(list, sdktest.Customer{won: sdk.Amount(0)})
	}
	for _, c := range []struct {
		n, daysAgo int
		reason     string
	}{{9, 200, "too_few"}, {10, 91, "too_short"}, {10, 92, "share"}} {
		classifier := sdktest.Start(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{AsOf: asOf})
		results := classifier.Classify(customers(c.n, c.daysAgo))
		if got := results[0].Reasons[0].Code; got != c.reason || (results[0].Class() == "unclassified") != (c.reason != "share") {
			t.Errorf("%d customers since %d days: %s because %s", c.n, c.daysAgo, results[0].Class(), got)
		}
		if last := results[len(results)-1]; last.Class() != "N" || last.Reasons[0].Code != "no_value" {
			t.Errorf("a customer without revenue is %v", last)
		}
	}
}

func TestReasonsHaveNumbers(t *testing.T) {
	got := classify(t, with(nil), won, amounts([]int64{8000, 1500, 500})...)[1]
	want := "Rank 2 of 3 with 15.00 USD: larger customers hold 80 % of the total, this one 15 %."
	if len(got.Reasons) != 1 || got.Reasons[0].Text != want {
		t.Errorf("the reasons are %v", got.Reasons)
	}
	if got.Tags["share"] != "15" || got.Tags["rank"] != "2" {
		t.Errorf("the tags are %v", got.Tags)
	}
}

func TestWhoSharesARankIsToldSo(t *testing.T) {
	got := classify(t, with(nil), won, amounts([]int64{500, 8000, 500, 500})...)
	if last := got[2].Reasons; len(last) != 2 || last[1].Text != "It shares this rank with customers of the same value: 2." {
		t.Errorf("one of three equal ones: %v", last)
	}
	if len(got[1].Reasons) != 1 {
		t.Errorf("the only one with its value: %v", got[1].Reasons)
	}
	got = classify(t, with(map[string]any{"window": "all"}), "sum(deals.amount) where won within all", amounts([]int64{8000, 0})...)
	if text := got[1].Reasons[0].Text; text != "No value above zero (0.00 USD), so it is not ranked." {
		t.Errorf("without a value at any time: %q", text)
	}
}

func TestEqualValuesAreNoConcentration(t *testing.T) {
	c := sdktest.Start(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{Config: with(nil)})
	c.Fit([]sdktest.Customer{{won: sdk.Amount(10)}, {won: sdk.Amount(10)}})
	if d := c.Report.GetDiagnostics(); len(d) != 1 || d[0].GetCode() != "no_concentration" || d[0].GetSeverity() != pb.Severity_SEVERITY_WARNING {
		t.Errorf("the diagnostics are %v", d)
	}
}

func TestMistakesAreFoundAtConfigure(t *testing.T) {
	catalogue := []*pb.CatalogueField{{Path: "country", Type: pb.ValueType_VALUE_TYPE_TEXT}, {Path: "deals.amount", Type: pb.ValueType_VALUE_TYPE_AMOUNT, List: true}}
	for config, want := range map[string]string{
		`{"by": "value"}`:                                   "/cuts required",
		`{"cuts": [95, 80]}`:                                "/cuts order",
		`{"cuts": [80, 120]}`:                               "/cuts/1 range",
		`{"cuts": [80]}`:                                    "/cuts length",
		`{"by": "value", "cuts": [5, 10]}`:                  "/cuts order",
		`{"by": "count", "cuts": [1.5, 3]}`:                 "/cuts type",
		`{"by": "colour"}`:                                  "/by enum",
		`{"window": "365"}`:                                 "/window pattern",
		`{"mesure": "x"}`:                                   "/mesure unknown",
		`{"measure": "sum of deals"}`:                       "/measure measure",
		`{"measure": "country"}`:                            "/measure type",
		`{"measure": "turnover"}`:                           "/measure unknown_field",
		`{"measure": "sum(deals.margin)"}`:                  "/measure unknown_field",
		`{"preset": "90_10"}`:                               "/preset enum",
		`{"window": "30d"}`:                                 "/window short_window",
		`{"preset": "70_20_10", "min_customers": "twenty"}`: "/min_customers type",
	} {
		var decoded map[string]any
		if err := json.Unmarshal([]byte(config), &decoded); err != nil {
			t.Fatal(err)
		}
		_, found := sdktest.Configure(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{Config: decoded, Catalogue: catalogue})
		var got []string
		for _, d := range found {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if fmt.Sprint(got) != "["+want+"]" {
			t.Errorf("%s: %v, expected %s", config, got, want)
		}
	}
}

func TestWindowAndCurrencyOfAMeasureAreKept(t *testing.T) {
	for config, want := range map[string]string{
		`{"measure": "sum(deals.amount) where won and amount > 100 in EUR", "window": "2y"}`: "sum(deals.amount) where won and amount > 100 within 2y in EUR|first(deals.closed_at) where won and amount > 100 within 2y",
		`{"measure": "count(activities) within 90d"}`:                                        "count(activities) within 90d|first(activities.occurred_at) within 90d",
		`{"measure": "sum(deals.amount)", "min_months": 0}`:                                  "sum(deals.amount) within 365d",
	} {
		var decoded map[string]any
		if err := json.Unmarshal([]byte(config), &decoded); err != nil {
			t.Fatal(err)
		}
		c := sdktest.Start(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{Config: decoded})
		var got []string
		for _, r := range c.Reads {
			got = append(got, r.GetPath())
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s reads %v", config, got)
		}
	}
}
