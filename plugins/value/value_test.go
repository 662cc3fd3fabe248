package value_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/plugins/internal/sample"
	"github.com/taxonhq/taxon/plugins/value"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

const (
	amount = "sum(deals.amount) where won within 365d"
	orders = "count(deals) where won within 365d"
	open   = "sum(deals.amount) where open within 365d"
	opened = "count(deals) where open within all"
	days   = "distinct(deals.closed_at) where won within 730d"
	first  = "first(deals.closed_at) where won within all"
)

func TestConformance(t *testing.T) { sdktest.Run(t, sdktest.InProcess(value.Plugin())) }

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, value.Plugin()) }

func decode(t testing.TB, text string) (config map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	return config
}

func start(t *testing.T, config string) *sdktest.Classifier {
	t.Helper()
	return plugintest.Configured(t, value.Plugin(), decode(t, config))
}

func TestEveryAccountOfTheSecondComputation(t *testing.T) {
	f, err := os.Open("testdata/reference.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	accounts := map[string]sample.Customer{}
	for _, a := range sample.Accounts(t) {
		accounts[a.ID] = a
	}
	if len(lines) != 86 || len(accounts) != 85 {
		t.Fatalf("%d lines, %d accounts", len(lines), len(accounts))
	}
	var customers []sdktest.Customer
	for _, line := range lines[1:] {
		a := accounts[line[0]]
		count, err := strconv.ParseInt(line[3], 10, 64)
		if err != nil || fmt.Sprint(a.Amount, a.Count, a.Days) != line[1]+" "+line[2]+" "+line[4] {
			t.Fatalf("%s has %v, not %v", line[0], a, line)
		}
		customers = append(customers, sdktest.Customer{amount: sdk.Amount(a.Amount * 100), orders: a.Count, opened: count, days: a.Days, first: a.First})
	}
	for column, levels := range []string{"three", "two", "potential"} {
		c := sdktest.Start(t, sdktest.InProcess(value.Plugin()), sdktest.Setup{AsOf: data.SalesAsOf,
			Config: decode(t, `{"levels": "`+levels+`", "potential": [{"name": "open deals", "of": "count(deals) where open within all", "scale": "above_zero"}]}`)})
		for i, r := range c.Classify(customers) {
			line := lines[i+1]
			if r.Class() != line[10+column] {
				t.Errorf("%s: %s is %s, not %s", levels, line[0], r.Class(), line[10+column])
			}
			for j, key := range []string{"score", "history", "potential", "loyalty"} {
				if got, _ := strconv.ParseFloat(r.Tags[key], 64); fmt.Sprintf("%.2f", got) != line[6+j] {
					t.Errorf("the %s of %s is %v, not %s", key, line[0], got, line[6+j])
				}
			}
			if r.Tags["vip"] != line[13] || levels == "three" && r.Tags["cultivate"] != line[14] {
				t.Errorf("%s is %v, not %v", line[0], r.Tags, line)
			}
		}
	}
}

// direct makes the three scores what the customer's three fields say.
const direct = `"min_customers": 0, "history": [{"name": "h", "of": "tags.a.h", "scale": "range", "from": 0, "to": 100}], "potential": [{"name": "p", "of": "tags.a.p", "scale": "range", "from": 0, "to": 100}],
	"loyalty": [{"name": "l", "of": "tags.a.l", "scale": "range", "from": 0, "to": 100}]`

func scores(h, p, l float64) sdktest.Customer {
	return sdktest.Customer{"tags.a.h": h, "tags.a.p": p, "tags.a.l": l}
}

func TestLevelsAndTheirBounds(t *testing.T) {
	for _, x := range []struct {
		config  string
		h, p, l float64
		want    string
	}{
		{`"levels": "three"`, 66.67, 66.67, 66.67, "high 66.67 false"},
		{`"levels": "three"`, 66.66, 66.66, 66.66, "mid 66.66 false"},
		{`"levels": "three"`, 33.33, 33.33, 33.33, "mid 33.33 false"},
		{`"levels": "three"`, 33.32, 33.32, 33.32, "low 33.32 false"},
		{`"levels": "three"`, 0, 66.67, 0, "low 13.33 true"},
		{`"levels": "three"`, 100, 100, 100, "high 100 false"},
		{`"levels": "three"`, 0, 0, 0, "none 0 false"},
		{`"levels": "two"`, 50, 50, 50, "high 50 false"},
		{`"levels": "two"`, 49.99, 49.99, 49.99, "low 49.99 false"},
		{`"levels": "potential"`, 80, 20, 80, "high 68 false"},
		{`"levels": "potential"`, 20, 66.67, 0, "potential 23.33 true"},
		{`"levels": "potential"`, 20, 66.66, 0, "ordinary 23.33 false"},
		{`"levels": "potential"`, 0, 0, 0, "none 0 false"},
		{`"cuts": [80, 20]`, 80, 80, 80, "high 80 false"},
		{`"cuts": [80, 20], "weights": {"history": 1, "potential": 0, "loyalty": 0}`, 20, 90, 90, "mid 20 true"},
		{`"cultivate_from": 50`, 0, 50, 0, "low 10 true"},
	} {
		c := start(t, `{`+direct+`, `+x.config+`}`)
		r := plugintest.One(c, scores(x.h, x.p, x.l))
		if got := r.Class() + " " + r.Tags["score"] + " " + r.Tags["cultivate"]; got != x.want {
			t.Errorf("%+v is %s", x, got)
		}
	}
}

func TestVips(t *testing.T) {
	vips := func(config string, values ...sdk.Amount) (list []string) {
		c := start(t, `{`+direct+config+`}`)
		var customers []sdktest.Customer
		for _, v := range values {
			customers = append(customers, sdktest.Customer{amount: v, "tags.a.h": 10.0, "tags.a.p": 10.0, "tags.a.l": 10.0})
		}
		for _, r := range c.Classify(customers) {
			list = append(list, r.Tags["vip"][:1])
		}
		return list
	}
	for config, want := range map[string]string{
		"":                        "t f f f f f f f f f f f", // of ten buyers one starts within 5 %
		`, "vip": {"top": 10}`:    "t f f f f f f f f f f f", // the second starts at exactly 10 %
		`, "vip": {"top": 10.01}`: "t t t f f f f f f f f f", // and has a tie
		`, "vip": {"top": 0}`:     "f f f f f f f f f f f f",
		`, "vip": {"top": 100}`:   "t t t t t t t t t t f f",
		`, "vip": {"from": 8.5}`:  "t t t t f f f f f f f f",
	} {
		if got := strings.Join(vips(config, 1000, 900, 900, 850, 849, 400, 300, 200, 100, 1, 0, -50), " "); got != want {
			t.Errorf("%s: %s, not %s", config, got, want)
		}
	}
}

func TestLittleIsKnown(t *testing.T) {
	c := start(t, `{`+direct+`}`)
	for _, x := range []struct {
		customer sdktest.Customer
		want     string
	}{
		{sdktest.Customer{"tags.a.h": 80.0, "tags.a.l": 80.0}, "high"},         // 80 % of the weight
		{sdktest.Customer{"tags.a.h": 80.0, "tags.a.p": 80.0}, "high"},         // 70 %
		{sdktest.Customer{"tags.a.h": 80.0}, "unclassified"},                   // 50 %
		{sdktest.Customer{"tags.a.l": 80.0, "tags.a.p": 80.0}, "unclassified"}, // 50 %
		{sdktest.Customer{}, "unclassified"},
	} {
		r := plugintest.One(c, x.customer)
		if r.Class() != x.want || (x.want == "unclassified") != plugintest.Given(r, "too_little") {
			t.Errorf("%v is %v because %v", x.customer, r.Tags, r.Reasons)
		}
	}
	c = start(t, `{`+strings.Replace(direct, `"min_customers": 0`, `"min_customers": 2`, 1)+`}`)
	if r := plugintest.One(c, scores(1, 1, 1)); !plugintest.Given(r, "too_few") {
		t.Errorf("one customer where two are needed: %v", r)
	}
}

func TestReasonsSayWhatDecided(t *testing.T) {
	c := start(t, `{`+direct+`}`)
	customer := scores(60, 70, 20)
	customer[amount] = sdk.Amount(5)
	r := plugintest.One(c, customer)
	var got []string
	for _, reason := range r.Reasons {
		got = append(got, reason.Text)
	}
	want := []string{"Value 50.00 of 100: history 30.00 + potential 14.00 + loyalty 6.00.", "Purchase history 60.00: h 60.00.", "Potential 70.00: p 70.00.", "Loyalty 20.00: l 20.00.",
		"VIP: rank 1 of 1 buyers.", "Worth cultivating: its potential is 70.00 of 100."}
	if !slices.Equal(got, want) {
		t.Errorf("the reasons are %q", got)
	}
}

func TestDegenerateData(t *testing.T) {
	asOf := plugintest.AsOf
	for name, list := range map[string][]sdktest.Customer{
		"all equal":       slices.Repeat([]sdktest.Customer{{amount: sdk.Amount(5), orders: int64(1), open: sdk.Amount(5), days: int64(1), first: asOf.AddDate(0, 0, -1)}}, 20),
		"all zero":        slices.Repeat([]sdktest.Customer{{amount: sdk.Amount(0), orders: int64(0), open: sdk.Amount(0), days: int64(0)}}, 20),
		"one customer":    {{amount: sdk.Amount(5), orders: int64(1), open: sdk.Amount(0), days: int64(1), first: asOf.AddDate(-30, 0, 0)}},
		"refunds, future": {{amount: sdk.Amount(-5), orders: int64(2), open: sdk.Amount(0), days: int64(1), first: asOf.AddDate(3, 0, 0)}},
		"extremes":        {{amount: sdk.Amount(math.MaxInt64), orders: int64(math.MaxInt64), open: sdk.Amount(math.MinInt64), days: int64(1), first: asOf}},
		"nothing known":   {{}, {}},
	} {
		for i, r := range start(t, `{"min_customers": 0}`).Classify(list) {
			if r.Class() == "" || name == "all zero" && r.Class() != "none" {
				t.Errorf("%s: customer %d is %v", name, i, r)
			}
		}
	}
}

func TestMistakesAreFoundAtConfigure(t *testing.T) {
	fields := []*pb.CatalogueField{plugintest.Field("country", sdk.String), plugintest.Field("employees", sdk.Integer), plugintest.List("deals.amount", sdk.Money), plugintest.List("deals.closed_at", sdk.Time)}
	for config, want := range map[string]string{
		`{}`:                                         "",
		`{"preset": "two"}`:                          "",
		`{"preset": "potential"}`:                    "",
		`{"cuts": [50]}`:                             "/cuts length",
		`{"levels": "two", "cuts": [50, 20]}`:        "/cuts length",
		`{"cuts": [20, 50]}`:                         "/cuts/1 order",
		`{"cuts": [50, 0]}`:                          "/cuts/1 range",
		`{"cuts": [50.001, 20]}`:                     "/cuts/0 range",
		`{"vip": {"of": "country"}}`:                 "/vip/of input",
		`{"vip": {"of": "turnover"}}`:                "/vip/of input",
		`{"vip": {"of": "employees", "from": 1e30}}`: "/vip/from range",
		`{"vip": {"top": 5, "from": 1000}}`:          "/vip/from both",
		`{"vip": {"top": 0, "from": 1000}}`:          "/vip/from both",
		`{"weights": {"history": 0, "potential": 0, "loyalty": 0}}`: "/weights weights",
		`{"loyalty": [{"name": "x", "of": "turnover"}]}`:            "/loyalty/0/of input",
	} {
		var got []string
		for _, d := range plugintest.Diagnose(t, value.Plugin(), decode(t, config), fields...) {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, expected %s", config, got, want)
		}
	}
}

func TestReasonsAreInTheChosenLanguage(t *testing.T) {
	c := start(t, `{"min_customers": 0}`)
	got := c.Classify([]sdktest.Customer{{amount: sdk.Amount(5000), orders: 2, days: 2, first: plugintest.AsOf.AddDate(0, 0, -90)}, {}})
	for language, want := range map[string]string{
		"en":      "Value 50.00 of 100: history 31.25 + loyalty 18.75.",
		"zh-Hans": "购买历史50.00分：订单金额 35.00 + 订单次数 15.00。",
		"zh-Hant": "忠誠度50.00分：購買天數 35.00 + 首次購買 15.00。",
	} {
		if text := plugintest.Words(value.Plugin(), got[0], language); !strings.Contains(text, want) {
			t.Errorf("%s: %s", language, text)
		}
	}
	for _, r := range got {
		text := plugintest.Words(value.Plugin(), r, "zh-Hans")
		if text == "" || strings.ContainsAny(strings.ReplaceAll(text, "VIP", ""), "abcdefghijklmnopqrstuvwxyz{") {
			t.Errorf("Chinese: %s", text)
		}
	}
}
