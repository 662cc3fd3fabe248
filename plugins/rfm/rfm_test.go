package rfm_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/plugins/internal/sample"
	"github.com/taxonhq/taxon/plugins/rfm"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func start(t *testing.T, config map[string]any, asOf time.Time) *sdktest.Classifier {
	t.Helper()
	return sdktest.Start(t, sdktest.InProcess(rfm.Plugin()), sdktest.Setup{Config: config, AsOf: asOf})
}

// customer is a customer with values of the reads in their order.
func customer(c *sdktest.Classifier, last any, count, days int64, amount sdk.Amount) sdktest.Customer {
	values := sdktest.Customer{c.Reads[1].GetPath(): count, c.Reads[2].GetPath(): days, c.Reads[3].GetPath(): amount}
	if last != nil {
		values[c.Reads[0].GetPath()] = last
	}
	return values
}

func customers(c *sdktest.Classifier, list []sample.Customer) []sdktest.Customer {
	var out []sdktest.Customer
	for _, x := range list {
		out = append(out, customer(c, x.Last, x.Count, x.Days, sdk.Amount(x.Amount*100)))
	}
	return out
}

func decode(t *testing.T, text string) (config map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	return config
}

func TestEveryAccountOfTheSalesPipeline(t *testing.T) {
	expected := sample.Expected(t, "crm_sales_opportunities/expected_accounts.csv")
	accounts := sample.Accounts(t)
	if len(accounts) != len(expected) {
		t.Fatalf("%d accounts, %d expected", len(accounts), len(expected))
	}
	c := start(t, nil, data.SalesAsOf)
	for i, r := range c.Classify(customers(c, accounts)) {
		want := expected[accounts[i].ID]
		if r.Tags["r"] != want["r"] || r.Tags["f"] != want["f"] || r.Tags["m"] != want["m"] || r.Tags["cell"] != want["r"]+want["f"]+want["m"] {
			t.Errorf("%s has %v, not %s%s%s", accounts[i].ID, r.Tags, want["r"], want["f"], want["m"])
		}
	}
}

// published are the maps of the R package rfm: its README's and its tests'. They overlap and leave holes.
var published = map[string][]string{
	"README": {"Champions 5-5 5-5 5-5", "Potential Loyalist 3-5 3-5 2-5", "Loyal Customers 2-4 2-4 2-4", "Promising 3-4 1-3 3-5", "New Customers 4-5 1-3 1-5",
		"Can't Lose Them 1-2 3-4 4-5", "At Risk 1-2 2-5 4-5", "Need Attention 1-3 3-5 3-5", "About To Sleep 2-3 1-3 1-4", "Lost 1-1 1-5 1-5"},
	"TEST": {"Champions 4-5 4-5 4-5", "Loyal Customers 2-5 3-5 3-5", "Potential Loyalist 3-5 1-3 1-3", "New Customers 4-5 1-1 1-1", "Promising 3-4 1-1 1-1",
		"Need Attention 2-3 2-3 2-3", "About To Sleep 2-3 1-2 1-2", "At Risk 1-2 2-5 2-5", "Can't Lose Them 1-1 4-5 4-5", "Lost 1-2 1-2 1-2"},
}

func code(name string) string {
	return strings.ToLower(strings.NewReplacer(" ", "_", "'", "").Replace(name))
}

func segments(name string) (list []any) {
	for _, line := range published[name] {
		words := strings.Fields(line)
		n := len(words) - 3
		list = append(list, map[string]any{"code": code(strings.Join(words[:n], "_")), "r": words[n], "f": words[n+1], "m": words[n+2]})
	}
	return list
}

func TestEveryCustomerOfThePublishedOrders(t *testing.T) {
	expected := sample.Expected(t, "rfm_orders/expected_rfm.csv")
	orders := sample.Orders(t)
	if len(orders) != 995 || len(expected) != 995 {
		t.Fatalf("%d customers, %d expected", len(orders), len(expected))
	}
	for suffix, rule := range map[string]string{"A": "package", "B": "max_rank", "D": "min_rank", "E": "mid_rank"} {
		for _, list := range []string{"README", "TEST"} {
			c := start(t, map[string]any{"window": "all", "rule": rule, "segments": segments(list)}, data.OrdersAsOf)
			for i, r := range c.Classify(customers(c, orders)) {
				want := expected[orders[i].ID]
				if r.Tags["r"] != want["R"+suffix] || r.Tags["f"] != want["F"+suffix] || r.Tags["m"] != want["M"+suffix] {
					t.Errorf("%s: %s has %v, not %s%s%s", rule, orders[i].ID, r.Tags, want["R"+suffix], want["F"+suffix], want["M"+suffix])
				}
				segment := want["seg"+list+"_"+suffix]
				if segment == "Others" && r.Class() == "other" && len(r.Reasons) == 2 && r.Reasons[1].Code == "no_segment" {
					continue // a hole of the map
				}
				if r.Class() != code(segment) {
					t.Errorf("%s: %s is %s, not %s", rule, orders[i].ID, r.Class(), segment)
				}
			}
		}
	}
}

// names are the codes of the published names.
var names = map[string]string{"Hibernating": "hibernating", "Loyal Customers": "loyal", "Potential Loyalists": "potential_loyalist", "At Risk": "at_risk",
	"Champions": "champions", "About To Sleep": "about_to_sleep", "Can't Lose Them": "cant_lose", "Needs Attention": "needs_attention",
	"Promising": "promising", "New Customers": "new"}

func TestPresetsCountAsPublished(t *testing.T) {
	var grid map[string]map[string]int
	sample.EdgeCases(t, "rf_grid_counts", &grid)
	for key, rule := range map[string]string{"rfm_orders_ruleE": "mid_rank", "rfm_orders_ruleA": "package"} {
		expected := map[string]int{}
		for name, n := range grid[key] {
			expected[names[name]] = n
		}
		check(t, map[string]any{"window": "all", "preset": "ten", "rule": rule}, expected)
	}
	var types struct {
		Names  map[string]string `json:"names"`
		Mean   map[string]int    `json:"rfm_orders_mean_cut"`
		Median map[string]int    `json:"rfm_orders_median_cut"`
	}
	sample.EdgeCases(t, "eight_types", &types)
	codes := map[string]string{"111": "important_value", "101": "important_develop", "011": "important_keep", "001": "important_retain",
		"110": "general_value", "100": "general_develop", "010": "general_keep", "000": "general_retain"}
	for rule, counts := range map[string]map[string]int{"mean": types.Mean, "median": types.Median} {
		expected := map[string]int{}
		for cell, name := range types.Names {
			expected[codes[cell]] = counts[name]
		}
		check(t, map[string]any{"window": "all", "preset": "eight", "rule": rule}, expected)
	}
}

func check(t *testing.T, config map[string]any, expected map[string]int) {
	t.Helper()
	c := start(t, config, data.OrdersAsOf)
	got := map[string]int{}
	for _, r := range c.Classify(customers(c, sample.Orders(t))) {
		got[r.Class()]++
	}
	if !maps.Equal(got, expected) {
		t.Errorf("%v: %v, expected %v", config, got, expected)
	}
}

func TestTheTenSegmentsAreTheWholeGrid(t *testing.T) {
	var grid map[string]string
	sample.EdgeCases(t, "rf_grid", &grid)
	// Fixed cuts place a customer in any cell: R by days, F by count.
	days := []int{1000, 300, 150, 60, 10}
	counts := []int64{1, 2, 4, 7, 20}
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, decode(t, `{"window": "all", "rule": "fixed", "cuts": {"r": [30, 90, 180, 365], "f": [2, 3, 5, 10], "m": [100]}}`), asOf)
	for r := range 5 {
		for f := range 5 {
			got := c.Classify([]sdktest.Customer{customer(c, asOf.AddDate(0, 0, -days[r]), counts[f], 1, 10000)})[0]
			want := names[grid[fmt.Sprint(r+1)+fmt.Sprint(f+1)]]
			if got.Class() != want || got.Tags["cell"] != fmt.Sprint(r+1)+fmt.Sprint(f+1)+"2" {
				t.Errorf("R %d F %d is %v, not %s", r+1, f+1, got.Tags, want)
			}
		}
	}
}

func TestBoundaryCasesOfQuintiles(t *testing.T) {
	var cases map[string]struct {
		Values        []int64 `json:"values"`
		Mid, Min, Max []int
		Reversed      []int `json:"mid_reversed"`
	}
	sample.EdgeCases(t, "quintiles", &cases)
	if len(cases) < 8 {
		t.Fatalf("there are %d cases", len(cases))
	}
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, x := range cases {
		for rule, want := range map[string][]int{"mid_rank": x.Mid, "min_rank": x.Min, "max_rank": x.Max} {
			c := start(t, map[string]any{"rule": rule, "min_customers": 0}, asOf)
			var list []sdktest.Customer
			for _, v := range x.Values {
				list = append(list, customer(c, asOf.AddDate(0, 0, -int(v)), v, v, sdk.Amount(v)))
			}
			for i, r := range c.Classify(list) {
				if r.Tags["f"] != strconv.Itoa(want[i]) || r.Tags["m"] != strconv.Itoa(want[i]) {
					t.Errorf("%s, %s: value %d has %v, not %d", name, rule, x.Values[i], r.Tags, want[i])
				}
				if rule == "mid_rank" && r.Tags["r"] != strconv.Itoa(x.Reversed[i]) {
					t.Errorf("%s: %d days have R %s, not %d", name, x.Values[i], r.Tags["r"], x.Reversed[i])
				}
			}
		}
	}
}

func TestWithoutPurchaseNobodyIs111(t *testing.T) {
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, map[string]any{"min_customers": 0}, asOf)
	got := c.Classify([]sdktest.Customer{customer(c, nil, 0, 0, 0), customer(c, asOf.AddDate(0, 0, -1), 1, 1, 500), customer(c, asOf.AddDate(0, 0, -9), 3, 2, -200)})
	if got[0].Class() != "none" || got[0].Tags["cell"] != "" || got[0].Reasons[0].Text != "No won deal within 730d." {
		t.Errorf("without a purchase: %v", got[0])
	}
	if got[2].Tags["m"] != "1" || got[2].Reasons[1].Code != "no_value" {
		t.Errorf("with refunds only: %v", got[2])
	}
	want := "Days since the last purchase: 1 (R 4); purchases: 1, the fewest, like 0 others (F 2); value 5.00 USD (M 4)."
	if got[1].Reasons[0].Text != want {
		t.Errorf("the reason is %q", got[1].Reasons[0].Text)
	}
	c = start(t, map[string]any{"min_customers": 0, "window": "all"}, asOf)
	if got := c.Classify([]sdktest.Customer{customer(c, nil, 0, 0, 0)}); got[0].Reasons[0].Text != "No won deal at any time." {
		t.Errorf("without a purchase: %v", got[0])
	}
}

// Refunds, deals with amounts below zero, are no purchases; of deals without an amount nothing is known, so they are.
func TestRefundsAreNoPurchases(t *testing.T) {
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, map[string]any{"min_customers": 0, "monetary": "mean"}, asOf)
	day := asOf.AddDate(0, 0, -1)
	with := func(refunds int64, of sdktest.Customer) sdktest.Customer {
		of[c.Reads[4].GetPath()] = refunds
		return of
	}
	got := c.Classify([]sdktest.Customer{with(4, customer(c, day, 4, 4, -400)), with(2, customer(c, day, 4, 4, 800)), customer(c, day, 2, 2, 800), customer(c, day, 2, 2, 0)})
	if got[0].Class() != "none" || got[0].Reasons[0].Text != "Won deals: 4, but no purchase: all are refunds." {
		t.Errorf("refunds only: %v", got[0])
	}
	if got[1].Tags["cell"] != got[2].Tags["cell"] || !strings.Contains(got[1].Reasons[0].Text, "purchases: 2, the fewest, like 2 others") || !strings.Contains(got[1].Reasons[0].Text, "value 4.00 USD") {
		t.Errorf("two purchases and two refunds are %v, two purchases %v", got[1], got[2])
	}
	if got[3].Class() == "none" {
		t.Errorf("purchases of nothing: %v", got[3])
	}
}

func TestTooFewCustomers(t *testing.T) {
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for config, minimum := range map[string]int{`{}`: 25, `{"preset": "six"}`: 9, `{"preset": "eight"}`: 4, `{"min_customers": 7}`: 7,
		`{"rule": "fixed", "cuts": {"r": [30], "f": [2], "m": [1]}, "segments": [{"code": "all"}]}`: 0} {
		for _, n := range []int{minimum - 1, minimum} {
			if n < 1 {
				continue
			}
			c := start(t, decode(t, config), asOf)
			var list []sdktest.Customer
			for i := range n {
				list = append(list, customer(c, asOf.AddDate(0, 0, -1-i), int64(i+1), 1, sdk.Amount(i+1)))
			}
			got := c.Classify(list)[0]
			if unclassified := got.Class() == "unclassified"; unclassified != (n < minimum) || unclassified && got.Reasons[0].Code != "too_few" {
				t.Errorf("%s with %d customers: %v", config, n, got)
			}
		}
	}
}

func TestDaysAndMeansCount(t *testing.T) {
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, map[string]any{"min_customers": 0, "frequency": "days", "monetary": "mean"}, asOf)
	day := asOf.AddDate(0, 0, -1)
	got := c.Classify([]sdktest.Customer{customer(c, day, 10, 1, 1000), customer(c, day, 2, 2, 900)})
	if got[0].Tags["f"] != "2" || got[1].Tags["f"] != "4" || got[0].Tags["m"] != "2" || got[1].Tags["m"] != "4" {
		t.Errorf("the scores are %v and %v", got[0].Tags, got[1].Tags)
	}
}

func TestTheMapIsLinted(t *testing.T) {
	for config, want := range map[string]string{
		`{"preset": "six"}`:   "",
		`{"preset": "ten"}`:   "",
		`{"preset": "eight"}`: "",
		`{"preset": "three"}`: "",
		`{"bins": {"r": 3}}`:  "/segments required",
		`{"bins": {"r": 11}}`: "/bins/r range",
		`{"segments": [{"code": "a", "r": "1-4"}, {"code": "b", "r": 5}, {"code": "c", "f": 5}]}`:       "/segments/2 unreachable",
		`{"segments": [{"code": "a", "r": "1-4"}, {"code": "b", "r": "3-5"}]}`:                          "/segments/1 overlap",
		`{"segments": [{"code": "a", "r": "1-4"}, {"code": "rest"}]}`:                                   "",
		`{"segments": [{"code": "a", "r": "1-4"}]}`:                                                     "/segments gap",
		`{"bins": {"r": 3, "f": 3, "m": 3}, "segments": [{"code": "a", "r": "1-4"}, {"code": "rest"}]}`: "/segments/0/r range",
		`{"segments": [{"code": "none"}]}`:                                                              "/segments/0/code reserved /segments gap",
		`{"segments": [{"code": "a", "r": "4-1"}]}`:                                                     "/segments/0/r type",
		`{"segments": [{"r": 4}]}`:                                                                      "/segments/0 required",
		`{"rule": "fixed", "cuts": {"r": [90, 30], "f": [2], "m": [5]}, "segments": [{"code": "all"}]}`: "/cuts/r/1 order",
		`{"rule": "fixed", "cuts": {"r": [90], "f": [2]}, "segments": [{"code": "all"}]}`:               "/cuts/m required",
		`{"cuts": {"r": [90]}}`: "/cuts unused",
	} {
		_, found := sdktest.Configure(t, sdktest.InProcess(rfm.Plugin()), sdktest.Setup{Config: decode(t, config)})
		var got []string
		for _, d := range found {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, expected %s", config, got, want)
		}
	}
}

func TestTenBinsHaveReadableCells(t *testing.T) {
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, decode(t, `{"bins": {"r": 10, "f": 2, "m": 2}, "min_customers": 0, "segments": [{"code": "all", "label": "Everybody"}]}`), asOf)
	var list []sdktest.Customer
	for i := range 10 {
		list = append(list, customer(c, asOf.AddDate(0, 0, -1-i), 1, 1, sdk.Amount(100)))
	}
	if got := c.Classify(list)[0]; got.Tags["cell"] != "10-2-2" || got.Class() != "all" {
		t.Errorf("the best customer is %v", got)
	}
	if label := c.Tags[0].GetOptions()[0].GetLabel().GetByLanguage()["en"]; label != "Everybody" {
		t.Errorf("the label is %q", label)
	}
}

func TestConformance(t *testing.T) { sdktest.Run(t, sdktest.InProcess(rfm.Plugin())) }

// Everything is known of a customer whom no segment covers: it is not unclassified.
func TestWhoIsInNoSegmentIsOther(t *testing.T) {
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for config, want := range map[string]string{
		`{"min_customers": 0, "preset": "three"}`: "big stable other lapsed",
		`{"min_customers": 0, "rule": "mean", "segments": [{"code": "star", "m": 2}, {"code": "gone", "r": 1}]}`:                   "star other other gone",
		`{"min_customers": 0, "rule": "mean", "segments": [{"code": "star", "m": 2}, {"code": "other", "label": "Rest", "r": 1}]}`: "star other other other",
		`{"min_customers": 0, "rule": "mean", "segments": [{"code": "star", "m": 2}, {"code": "gone", "r": 1}, {"code": "rest"}]}`: "star rest rest gone",
	} {
		c := start(t, decode(t, config), asOf)
		day := asOf.AddDate(0, 0, -1)
		got := c.Classify([]sdktest.Customer{customer(c, day, 5, 1, 100000), customer(c, day, 9, 1, 100), customer(c, day, 1, 1, 100), customer(c, asOf.AddDate(0, 0, -600), 1, 1, 100)})
		var classes []string
		for _, r := range got {
			classes = append(classes, r.Class())
		}
		if strings.Join(classes, " ") != want {
			t.Errorf("%s: %v, want %s", config, got, want)
		}
		if gap := len(got[2].Reasons) == 2 && got[2].Reasons[1].Text == "No segment covers the scores 211."; gap != (classes[2] == "other" && !strings.Contains(config, "three")) {
			t.Errorf("%s: the reasons are %v", config, got[2].Reasons)
		}
		for _, o := range c.Tags[0].GetOptions() {
			label := o.GetLabel().GetByLanguage()
			if o.GetCode() == "other" && label["en"] != "Rest" && (label["en"] != "Other customer" || label["zh-Hans"] != "其他客户" || o.GetHandling().GetByLanguage()["zh-Hant"] == "") {
				t.Errorf("%s: %v", config, o)
			}
		}
	}
}
