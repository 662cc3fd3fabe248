package clv_test

import (
	"encoding/csv"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/plugins/clv"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// start configures the plugin as of a day.
func start(t *testing.T, asOf time.Time, config map[string]any) *sdktest.Classifier {
	t.Helper()
	return sdktest.Start(t, sdktest.InProcess(clv.Plugin()), sdktest.Setup{Config: config, AsOf: asOf})
}

// buyer is a customer with purchases.
type buyer struct {
	days    []time.Time
	amounts []sdk.Amount
}

func (b *buyer) buy(day time.Time, amount sdk.Amount) *buyer {
	b.days, b.amounts = append(b.days, day), append(b.amounts, amount)
	return b
}

// customer is a buyer as the classifier reads it.
func (b *buyer) customer(c *sdktest.Classifier) sdktest.Customer {
	return sdktest.Customer{c.Reads[0].GetPath(): b.days, c.Reads[1].GetPath(): b.amounts}
}

func customers(c *sdktest.Classifier, list []*buyer) []sdktest.Customer {
	var out []sdktest.Customer
	for _, b := range list {
		out = append(out, b.customer(c))
	}
	return out
}

// calibration is the end of the first 39 weeks of CDNOW, in which the models' papers fit.
var calibration = time.Date(1997, 10, 1, 0, 0, 0, 0, time.UTC)

// cdnow are the customers by their number, with the purchases before the end.
func cdnow(t testing.TB) []*buyer {
	t.Helper()
	fsys, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := data.LoadCDNOW(fsys)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]*buyer, 2357)
	for _, p := range rows {
		if list[p.Customer-1] == nil {
			list[p.Customer-1] = &buyer{}
		}
		if p.Day.Before(calibration) {
			list[p.Customer-1].buy(p.Day, sdk.Amount(p.Value))
		}
	}
	return list
}

// references are what an independent program says of each customer of CDNOW, by column.
func references(t testing.TB) []map[string]float64 {
	t.Helper()
	text, err := fs.ReadFile(os.DirFS("../internal/btyd/testdata"), "cdnow_per_customer.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]float64
	for _, line := range lines[1:] {
		row := map[string]float64{}
		for i, cell := range line {
			if row[lines[0][i]], err = strconv.ParseFloat(cell, 64); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, row)
	}
	return out
}

func number(t *testing.T, r sdktest.Result, key string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(r.Tags[key], 64)
	if err != nil {
		t.Fatalf("%s of %v is no number", key, r)
	}
	return v
}

// tiers are those of plainly sorted and added values: what comes before a value, of the total.
func tiers(values []float64) (tier []string, sure []bool) {
	order := slices.Clone(values)
	slices.SortFunc(order, func(a, b float64) int { return int(math.Copysign(1, b-a)) })
	total := 0.0
	for _, v := range order {
		total += v
	}
	for _, v := range values {
		before := 0.0
		for _, w := range order {
			if w <= v+1e-4 {
				break
			}
			before += w
		}
		share := before / total
		code, certain := "lead", true
		for i, cut := range []float64{.95, .8, .5} {
			if share < cut {
				code = []string{"iron", "gold", "platinum"}[i]
			}
			certain = certain && math.Abs(share-cut) > 2e-3
		}
		tier, sure = append(tier, code), append(sure, certain)
	}
	return tier, sure
}

func TestEveryCustomerOfCDNOW(t *testing.T) {
	want, list := references(t), cdnow(t)
	if len(want) != len(list) {
		t.Fatalf("%d references for %d customers", len(want), len(list))
	}
	for model, prefix := range map[string]string{"bg_nbd": "bg", "pareto_nbd": "pn"} {
		c := start(t, calibration, map[string]any{"model": model})
		results := c.Classify(customers(c, list))
		var values []float64
		for _, w := range want {
			values = append(values, w[prefix+"_clv12m_1pct"])
		}
		tier, sure := tiers(values)
		compared := 0
		for i, r := range results {
			if model == "bg_nbd" && want[i]["bg_palive"] == 1 {
				if r.Tags["probability_alive"] != "" {
					t.Errorf("%s: customer %d bought once and has a probability: %v", model, i+1, r)
				}
			} else if got := number(t, r, "probability_alive"); math.Abs(got-want[i][prefix+"_palive"]) > 1e-4 {
				t.Errorf("%s: customer %d is alive with %g, not %g", model, i+1, got, want[i][prefix+"_palive"])
			}
			// 4.345 weeks a month there, 4.34524 here.
			if got := number(t, r, "value") / 100; math.Abs(got-values[i]) > 0.01+3e-4*values[i] {
				t.Errorf("%s: customer %d is worth %g, not %g", model, i+1, got, values[i])
			}
			if sure[i] {
				if compared++; r.Class() != tier[i] {
					t.Errorf("%s: customer %d is %s, not %s", model, i+1, r.Class(), tier[i])
				}
			}
			if t.Failed() {
				break
			}
		}
		if compared < 2000 {
			t.Errorf("%s: only %d tiers were compared", model, compared)
		}
	}
}

func TestTheParametersAreThePublishedOnes(t *testing.T) {
	list := cdnow(t)
	for model, want := range map[string]map[string]float64{
		"bg_nbd": {"r": 0.242595, "alpha_weeks": 4.413602, "a": 0.792922, "b": 2.425907, "log_likelihood": -9582.4292, "p": 6.249572, "q": 3.744224, "gamma": 15.443520,
			// 35.1704 USD a purchase, 1.37082 of them discounted: E[X(t)] = (a+b-1)/(a-1) (1 - (alpha/(alpha+t))^r 2F1(r, b; a+b-1; t/(alpha+t))) by month, in Python.
			"new_customer": 48.2123},
		"mbg_nbd":    {"r": 0.524843, "alpha_weeks": 6.183085, "a": 0.891359, "b": 1.614002, "log_likelihood": -9582.1357},
		"pareto_nbd": {"r": 0.553277, "alpha_weeks": 10.577684, "s": 0.606240, "beta_weeks": 11.668731, "log_likelihood": -9594.9762},
	} {
		c := start(t, calibration, map[string]any{"preset": model})
		c.Fit(customers(c, list))
		for name, v := range want {
			if got := c.Report.GetMetrics()[name]; !(math.Abs(got-v) <= 1e-4*math.Abs(v)) {
				t.Errorf("%s: %s is %g, not %g", model, name, got, v)
			}
		}
		if c.Report.GetCustomers() != 2357 || c.Report.GetMetrics()["repeaters"] != 946 {
			t.Errorf("%s: %v", model, c.Report)
		}
	}
}

// A year is twelve months of 365/12 days, not 360 units of whatever the model counts in. The widely copied values of the first ten
// customers are those of 360 weeks; the right ones are a quarter of them.
func TestAYearIsAYear(t *testing.T) {
	c := start(t, calibration, map[string]any{"model": "bg_nbd"})
	results := c.Classify(customers(c, cdnow(t)))
	for i, want := range []float64{36.278, 4.637, 8.344, 8.344, 8.344, 283.524, 6.881, 8.344, 43.354, 8.344} {
		if got := number(t, results[i], "value") / 100; math.Abs(got-want) > 0.01+1e-3*want {
			t.Errorf("customer %d is worth %g, not %g", i+1, got, want)
		}
	}
	first := results[0]
	if text := first.Reasons[0].Text; !strings.HasPrefix(text, "Expected 36.28 USD over the next 12 months; customers with more hold ") ||
		!strings.HasSuffix(text, "72.7 % likely still active; so far 3, the last 60 days ago.") {
		t.Errorf("the reason is %q", text)
	}
	if first.Tags["past_value"] != "7402" {
		t.Errorf("the past is %v", first.Tags)
	}
}

// every makes customers who buy once a number of days, for so long, until the as-of day.
func every(n int, days, times int, amount sdk.Amount) []*buyer {
	var list []*buyer
	for range n {
		b := &buyer{}
		for k := range times {
			b.buy(plugintest.AsOf.AddDate(0, 0, -1-days*k), amount)
		}
		list = append(list, b)
	}
	return list
}

func configured(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	return plugintest.Configured(t, clv.Plugin(), config)
}

// Deals of one day of the account's zone are one purchase; a day that ends below zero, a deal of tomorrow and one of a century ago
// are none.
func TestWhatIsAPurchase(t *testing.T) {
	c := configured(t, map[string]any{"model": "historic", "min_customers": 0, "discount": 0})
	day := func(n int, hour int) time.Time {
		return plugintest.AsOf.AddDate(0, 0, -n).Add(time.Duration(hour) * time.Hour)
	}
	two := (&buyer{}).buy(day(200, 1), 1000).buy(day(200, 23), 500).buy(day(100, 0), 700)
	same := (&buyer{}).buy(day(100, 0), 700).buy(day(200, 0), 1500).buy(day(50, 3), 100).buy(day(50, 4), -101).buy(day(-1, 0), 9900).buy(day(40000, 0), 9900)
	nothing := (&buyer{}).buy(day(10, 0), -100)
	results := c.Classify(customers(c, []*buyer{two, same, nothing, {}}))
	for i, r := range results[:2] {
		if r.Tags["past_value"] != "2200" || plugintest.Because(r, "expected_at_pace")["count"] != "2" || plugintest.Because(r, "expected_at_pace")["days"] != "100" {
			t.Errorf("customer %d: %v", i, r)
		}
		// Two purchases in less than a year: two a year, of 11.00.
		if r.Tags["value"] != "2200" || number(t, r, "expected_purchases") != 2 || r.Tags["probability_alive"] != "" {
			t.Errorf("customer %d: %v", i, r)
		}
	}
	for i, r := range results[2:] {
		if r.Class() != "none" || r.Reasons[0].Code != []string{"refunds_only", "never_bought"}[i] || r.Tags["value"] != "" {
			t.Errorf("without a purchase, %d: %v", i, r)
		}
	}
}

// Who has won deals but no purchase is told why, and nobody is told of "the window all".
func TestWhyThereIsNoPurchase(t *testing.T) {
	on := func(n int) time.Time { return plugintest.AsOf.AddDate(0, 0, -n) }
	for want, x := range map[string]struct {
		window string
		buyer  *buyer
	}{
		"Won deals: 4, but no purchase: on each of their days refunds are as much as was bought, or more.": {"all", (&buyer{}).buy(on(90), -100).buy(on(60), -100).buy(on(30), 700).buy(on(30), -700)},
		"No won deal at any time.": {"all", &buyer{}},
		"No won deal within 90d.":  {"90d", &buyer{}},
	} {
		c := configured(t, map[string]any{"window": x.window, "model": "historic", "min_customers": 0})
		if r := plugintest.One(c, x.buyer.customer(c)); r.Class() != "none" || r.Reasons[0].Text != want {
			t.Errorf("%v, not %q", r, want)
		}
	}
	c := configured(t, map[string]any{"model": "historic", "min_customers": 0})
	undated := sdktest.Customer{c.Reads[0].GetPath(): []any{nil, nil}, c.Reads[1].GetPath(): []sdk.Amount{100, 100}}
	if r := plugintest.One(c, undated); r.Class() != "none" || r.Reasons[0].Text != "Won deals without a close date: 2." {
		t.Errorf("without dates: %v", r)
	}
}

// Only a model in which one-time buyers can leave says how likely it is that one has not: the one that is used unless another is
// asked for, for customer 3 of CDNOW with 0.295 (an independent program). BG/NBD keeps silent on it.
func TestOneTimeBuyersAreNoCertainty(t *testing.T) {
	c := start(t, calibration, nil)
	r := c.Classify(customers(c, cdnow(t)))[2]
	if alive := number(t, r, "probability_alive"); math.Abs(alive-0.295) > 1e-3 || plugintest.Because(r, "expected")["alive"] == "" {
		t.Errorf("by default: %v", r)
	}
	c = start(t, calibration, map[string]any{"model": "bg_nbd"})
	results := c.Classify(customers(c, cdnow(t)))
	if r := results[2]; r.Tags["probability_alive"] != "" || plugintest.Because(r, "expected_once")["days"] != "273" || strings.Contains(r.Reasons[0].Text, "likely still active") {
		t.Errorf("by BG/NBD: %v", r)
	}
	if r := results[0]; r.Tags["probability_alive"] == "" || !plugintest.Given(r, "expected") {
		t.Errorf("a repeat buyer by BG/NBD: %v", r)
	}
}

// The historic rule by hand: 5 purchases in 730 days, 24.00 each, are 2.5 a year; discounting and margin lessen it.
func TestTheHistoricRule(t *testing.T) {
	b := &buyer{}
	for k := range 5 {
		b.buy(plugintest.AsOf.AddDate(0, 0, -1-730+100*k), 2400)
	}
	for _, x := range []struct {
		config map[string]any
		value  string
	}{
		{map[string]any{"discount": 0}, "6000"},
		{map[string]any{"discount": 0, "margin": 0.25}, "1500"},
		{map[string]any{"discount": 0, "months": 1}, "500"},
		{map[string]any{"discount": 1, "months": 2}, "375"}, // 500/2 + 500/4
		{map[string]any{}, "5628"},                          // 500 * (1 - 1.01^-12) / 0.01 = 5627.54
	} {
		config := map[string]any{"model": "historic", "min_customers": 0}
		for k, v := range x.config {
			config[k] = v
		}
		c := configured(t, config)
		if r := plugintest.One(c, b.customer(c)); r.Tags["value"] != x.value || r.Class() != "platinum" {
			t.Errorf("%v: %v", x.config, r)
		}
	}
}

// Of values 50, 30, 15, 5: what larger ones hold is 0, 50, 80 and 95 per cent, so each is where the next tier begins.
func TestTiersBeginAtTheirCuts(t *testing.T) {
	c := configured(t, map[string]any{"model": "historic", "min_customers": 0, "discount": 0})
	var list []*buyer
	for _, amount := range []sdk.Amount{15000, 50000, 5000, 30000, 0} {
		list = append(list, (&buyer{}).buy(plugintest.AsOf.AddDate(0, 0, -10), amount))
	}
	for i, r := range c.Classify(customers(c, list)) {
		if want := []string{"iron", "platinum", "lead", "gold", "lead"}[i]; r.Class() != want {
			t.Errorf("customer %d is %v, not %s", i, r, want)
		}
		if i == 4 && !plugintest.Given(r, "no_value") {
			t.Errorf("nothing is expected of %v", r)
		}
	}
	// The model answers for values that nobody had.
	r := plugintest.One(c, (&buyer{}).buy(plugintest.AsOf.AddDate(0, 0, -10), 40000).customer(c))
	if r.Class() != "gold" {
		t.Errorf("between platinum and gold: %v", r)
	}
}

// Regular buyers show no leaving: the likelihood rises for ever, and NBD takes the model's place.
func TestWithoutLeavingNBDTakesThePlace(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 4))
	var list []*buyer
	for range 600 {
		gap := 8 + 60*dice.Float64()*dice.Float64()
		b := &buyer{}
		for at := 700 * dice.Float64(); at >= 1; at -= gap * dice.ExpFloat64() {
			b.buy(plugintest.AsOf.AddDate(0, 0, -1-int(at)), sdk.Amount(1000+dice.IntN(9000)))
		}
		list = append(list, b)
	}
	for _, model := range []string{"bg_nbd", "pareto_nbd"} {
		c := configured(t, map[string]any{"model": model})
		var found bool
		for _, r := range c.Classify(customers(c, list)) {
			if r.Class() == "none" {
				continue
			}
			found = true
			if !plugintest.Given(r, "without_leaving") || r.Tags["probability_alive"] != "" {
				t.Fatalf("%s: %v", model, r)
			}
			if v := number(t, r, "expected_purchases"); !(v > 0) {
				t.Fatalf("%s: %v", model, r)
			}
		}
		if !found || len(c.Report.GetDiagnostics()) == 0 || c.Report.GetDiagnostics()[0].GetCode() != "fallback" {
			t.Errorf("%s: %v", model, c.Report)
		}
	}
}

// Whatever the base, everybody has a class with a reason, and no number is none.
func TestDegenerateBases(t *testing.T) {
	zero := map[string]any{"min_customers": 0, "min_repeaters": 0, "min_gaps": 0}
	bases := map[string][]*buyer{
		"one customer":        every(1, 30, 5, 1000),
		"all equal":           every(300, 30, 5, 1000),
		"one-time buyers":     every(300, 1, 1, 1000),
		"of no value":         every(300, 30, 5, 0),
		"refunds only":        every(300, 30, 5, -100),
		"thirty years":        every(220, 365, 30, 1000),
		"daily":               every(250, 1, 90, 1000),
		"immense":             every(250, 30, 5, math.MaxInt64/2),
		"bought yesterday":    every(250, 30, 1, 1000),
		"every other is none": append(every(150, 20, 3, 1000), every(150, 20, 0, 0)...),
	}
	for name, list := range bases {
		for _, model := range []string{"bg_nbd", "mbg_nbd", "pareto_nbd", "historic"} {
			for _, config := range []map[string]any{{}, zero} {
				config := map[string]any{"model": model, "min_customers": config["min_customers"], "min_repeaters": config["min_repeaters"], "min_gaps": config["min_gaps"]}
				c := configured(t, config)
				list := append(slices.Clone(list), &buyer{}, every(1, 17, 4, 777)[0])
				for i, r := range c.Classify(customers(c, list)) {
					if r.Problem != "" {
						if name != "immense" {
							t.Errorf("%s, %s: customer %d failed: %v", name, model, i, r)
						}
						continue
					}
					if r.Class() == "" || len(r.Reasons) == 0 {
						t.Fatalf("%s, %s: customer %d: %v", name, model, i, r)
					}
					for _, key := range []string{"value", "past_value", "expected_purchases", "probability_alive"} {
						if text := r.Tags[key]; text != "" {
							if v := number(t, r, key); math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
								t.Fatalf("%s, %s: %s of %v", name, model, key, r)
							}
						}
					}
				}
			}
		}
	}
}

func TestMinimums(t *testing.T) {
	for _, x := range []struct {
		list []*buyer
		code string
	}{
		{every(199, 30, 5, 1000), "too_few"},
		{append(every(49, 30, 5, 1000), every(200, 1, 1, 1000)...), "too_few_repeaters"},
		{every(200, 30, 2, 1000), "too_short"}, // T is 30 days, the gap too
		{every(200, 30, 4, 1000), ""},          // T is three times the gap
	} {
		c := configured(t, nil)
		r := c.Classify(customers(c, x.list))[0]
		if (r.Class() == "unclassified") != (x.code != "") || x.code != "" && r.Reasons[0].Code != x.code {
			t.Errorf("%s: %v", x.code, r)
		}
		if r.Tags["past_value"] == "" {
			t.Errorf("%s: the past is known: %v", x.code, r)
		}
	}
	c := configured(t, map[string]any{"model": "historic"})
	if r := c.Classify(customers(c, every(9, 30, 2, 1000)))[0]; r.Class() != "unclassified" || r.Reasons[0].Text != "Customers who have bought: 9; needed for a prediction: 10." {
		t.Errorf("nine customers: %v", r)
	}
}

func TestTheConfigurationIsLinted(t *testing.T) {
	for want, config := range map[string]map[string]any{
		"":               {"tiers": []float64{20, 50, 100}},
		"/tiers/1 order": {"tiers": []float64{50, 50, 95}},
		"/tiers/2 range": {"tiers": []float64{50, 80, 101}},
		"/model enum":    {"model": "crystal_ball"},
		"/months range":  {"months": 0},
		"/margin range":  {"margin": 0},
	} {
		var got []string
		for _, d := range plugintest.Diagnose(t, clv.Plugin(), config) {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%v: %v, expected %s", config, got, want)
		}
	}
}

func TestConformance(t *testing.T) { sdktest.Run(t, sdktest.InProcess(clv.Plugin())) }

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, clv.Plugin()) }
