package composite_test

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
	"time"

	"github.com/taxonhq/taxon/plugins/composite"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func decode(t testing.TB, text string) (config map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	return config
}

// start configures the plugin; without a catalogue, as a host does by hand.
func start(t *testing.T, config string, catalogue ...*pb.CatalogueField) *sdktest.Classifier {
	t.Helper()
	return plugintest.Configured(t, composite.Plugin(), decode(t, config), catalogue...)
}

// fields are a catalogue.
var fields = []*pb.CatalogueField{
	plugintest.Field("employees", sdk.Integer), plugintest.Field("partner", sdk.Boolean), plugintest.Field("since", sdk.Date),
	plugintest.Field("tags.credit", sdk.String, "A", "B", "C", "D", "E", "unclassified"), plugintest.Field("tags.profit.margin", sdk.Number),
	plugintest.Field("tags.segment", sdk.String), plugintest.List("deals.amount", sdk.Money), plugintest.List("deals.closed_at", sdk.Time),
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
	c := start(t, `{"criteria": [
		{"name": "credit", "of": "tags.credit", "weight": 20, "points": {"A": 100, "B": 75, "C": 50, "D": 25, "E": 0}},
		{"name": "amount", "of": "sum(deals.amount) where won", "weight": 30, "scale": "above_zero"},
		{"name": "margin", "of": "tags.profit.margin", "weight": 30},
		{"name": "recency", "of": "last(deals.closed_at) where won", "weight": 12.5, "best": "low"},
		{"name": "staff", "of": "employees", "weight": 7.5, "scale": "range", "from": 10, "to": 500}],
		"veto": [{"name": "very poor payer", "of": "tags.credit", "is": ["E"], "at_most": "C"}]}`, fields...)
	var customers []sdktest.Customer
	for _, line := range lines[1:] {
		customer := sdktest.Customer{}
		number := func(cell string) int64 {
			v, err := strconv.ParseInt(cell, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if line[0] != "" {
			customer["tags.credit"] = line[0]
		}
		customer["sum(deals.amount) where won within 365d"] = sdk.Amount(number(line[1]))
		if line[2] != "" {
			customer["tags.profit.margin"] = float64(number(line[2]))
		}
		if line[3] != "" {
			customer["last(deals.closed_at) where won within 365d"] = plugintest.AsOf.AddDate(0, 0, -int(number(line[3])))
		}
		if line[4] != "" {
			customer["employees"] = number(line[4])
		}
		customers = append(customers, customer)
	}
	for i, r := range c.Classify(customers) {
		want := lines[i+1][5:]
		score, _ := strconv.ParseFloat(r.Tags["score"], 64)
		if known, _ := strconv.ParseFloat(r.Tags["known"], 64); fmt.Sprintf("%.1f", known) != want[0] || fmt.Sprintf("%.2f", score) != want[1] ||
			r.Class() != want[2] || r.Tags["contributions"] != want[3] {
			t.Errorf("customer %d %v has %v, not %v", i, lines[i+1][:5], r.Tags, want)
		}
		if total := sum(t, r.Tags["contributions"]); total != int64(math.Round(score*100)) {
			t.Errorf("customer %d: %s add up to %d", i, r.Tags["contributions"], total)
		}
	}
}

// sum adds up contributions, in hundredths.
func sum(t *testing.T, contributions string) (total int64) {
	t.Helper()
	for _, part := range strings.Split(contributions, " + ") {
		_, points, _ := strings.Cut(part, " ")
		hundredths, err := strconv.ParseInt(strings.Replace(points, ".", "", 1), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		total += hundredths
	}
	return total
}

// one has one criterion from 0 to 100, so its value is the score.
const one = `{"criteria": [{"name": "x", "of": "tags.a.x", "scale": "range", "from": 0, "to": 100}]`

func TestLowerBoundsAreInclusiveAndScoresAreNotRoundedUp(t *testing.T) {
	c := start(t, one+`}`)
	for _, x := range []struct {
		value float64
		want  string
	}{{100, "A 100"}, {80, "A 80"}, {79.999, "B 79.99"}, {79.95, "B 79.95"}, {60, "B 60"}, {59.999, "C 59.99"}, {40, "C 40"}, {39.99, "D 39.99"}, {0, "D 0"}, {-5, "D 0"}, {101, "A 100"}} {
		r := plugintest.One(c, sdktest.Customer{"tags.a.x": x.value})
		if got := r.Class() + " " + r.Tags["score"]; got != x.want {
			t.Errorf("%v is %s, not %s", x.value, got, x.want)
		}
	}
}

func TestAnExactBoundIsReachedWhateverTheWeights(t *testing.T) {
	// 5/6 + 5/6 + 1/3 of equal weights is 2/3 exactly, which no sum of doubles need be.
	c := start(t, `{"criteria": [{"name": "a", "of": "tags.a.x", "scale": "range", "from": 0, "to": 6}, {"name": "b", "of": "tags.b.x", "scale": "range", "from": 0, "to": 6},
		{"name": "c", "of": "tags.c.x", "scale": "range", "from": 0, "to": 3}], "grades": [{"code": "good", "from": 50}, {"code": "bad", "from": 0}]}`)
	r := plugintest.One(c, sdktest.Customer{"tags.a.x": 4.0, "tags.b.x": 4.0, "tags.c.x": 0.5})
	if r.Class() != "good" || r.Tags["score"] != "50" || r.Tags["contributions"] != "a 22.22 + b 22.22 + c 5.56" {
		t.Errorf("%v", r.Tags)
	}
}

func TestMissingCriteria(t *testing.T) {
	const criteria = `"criteria": [{"name": "a", "of": "tags.a.x", "weight": 60, "scale": "range", "from": 0, "to": 100}, {"name": "b", "of": "tags.b.x", "weight": 40, "scale": "range", "from": 0, "to": 100}]`
	list := []sdktest.Customer{{"tags.a.x": 90.0, "tags.b.x": 50.0}, {"tags.a.x": 90.0}, {"tags.b.x": 90.0}, {}}
	for policy, want := range map[string]string{
		// a alone is exactly 60 % of the weight, which is enough; b alone is 40 %.
		"skip": "B 74 100 | A 90 60 | provisional 90 40 | unclassified  ",
		"zero": "B 74 100 | C 54 100 | D 36 100 | D 0 100",
		"mean": "B 74 100 | A 82 60 | provisional 90 40 | provisional 82 0",
	} {
		c := start(t, `{"missing": "`+policy+`", `+criteria+`}`)
		var got []string
		for _, r := range c.Classify(list) {
			got = append(got, r.Class()+" "+r.Tags["score"]+" "+r.Tags["known"])
		}
		if strings.Join(got, " | ") != want {
			t.Errorf("%s: %s, not %s", policy, strings.Join(got, " | "), want)
		}
	}
	c := start(t, `{`+criteria+`}`)
	results := c.Classify(list)
	if because := plugintest.Because(results[2], "provisional"); because["known"] != "40" || because["grade"] != "A" {
		t.Errorf("provisional because of %v", because)
	}
	if !plugintest.Given(results[3], "no_data") || plugintest.Because(results[1], "missing")["criteria"] != "b" {
		t.Errorf("the reasons are %v and %v", results[3].Reasons, results[1].Reasons)
	}
}

func TestAVetoCapsTheGradeAndNotTheScore(t *testing.T) {
	c := start(t, one+`, "veto": [{"name": "bad payer", "of": "tags.credit", "is": ["D", "E"], "at_most": "C"}, {"name": "margin", "of": "tags.profit.margin", "below": 5, "at_most": "B"}]}`)
	for _, x := range []struct {
		score  float64
		credit string
		margin any
		want   string
	}{{95, "A", 5.0, "A"}, {95, "A", 4.99, "B"}, {95, "E", 4.99, "C"}, {95, "D", nil, "C"}, {95, "", nil, "A"}, {10, "E", 1.0, "D"}, {65, "E", nil, "C"}} {
		customer := sdktest.Customer{"tags.a.x": x.score}
		if x.credit != "" {
			customer["tags.credit"] = x.credit
		}
		if x.margin != nil {
			customer["tags.profit.margin"] = x.margin
		}
		r := plugintest.One(c, customer)
		if r.Class() != x.want || r.Tags["score"] != fmt.Sprint(x.score) {
			t.Errorf("%+v is %v", x, r.Tags)
		}
		if capped := x.want != map[bool]string{true: "A", false: "D"}[x.score > 80] && x.score != 10; capped != plugintest.Given(r, "veto") {
			t.Errorf("%+v: the reasons are %v", x, r.Reasons)
		}
	}
}

func TestFitAndEngagementMakeACell(t *testing.T) {
	c := start(t, `{"fit": [{"name": "size", "of": "tags.a.x", "scale": "range", "from": 0, "to": 100}], "engagement": [{"name": "contacts", "of": "tags.b.x", "scale": "range", "from": 0, "to": 100}],
		"engagement_cuts": [50], "veto": [{"name": "asleep", "of": "tags.b.x", "below": 60, "at_most": "2"}]}`)
	for _, x := range []struct {
		fit, engagement float64
		want            string
	}{{70, 60, "A1"}, {69.99, 60, "B1"}, {40, 59, "B2"}, {39.99, 10, "C2"}} {
		r := plugintest.One(c, sdktest.Customer{"tags.a.x": x.fit, "tags.b.x": x.engagement})
		if r.Class() != x.want || r.Tags["fit"] != fmt.Sprint(x.fit) || r.Tags["engagement"] != fmt.Sprint(x.engagement) {
			t.Errorf("%+v is %v", x, r.Tags)
		}
	}
	var codes []string
	for _, o := range c.Tags[0].GetOptions() {
		codes = append(codes, o.GetCode())
	}
	if got := strings.Join(codes, " "); got != "A1 A2 B1 B2 C1 C2 provisional unclassified" {
		t.Errorf("the options are %s", got)
	}
	for code, begins := range map[string]string{"A1": "Make an offer", "A2": "Win attention", "B1": "Answer at low cost", "C2": "Automated"} {
		for _, o := range c.Tags[0].GetOptions() {
			if text := o.GetHandling().GetByLanguage()["en"]; o.GetCode() == code && !strings.HasPrefix(text, begins) {
				t.Errorf("the handling of %s is %q", code, text)
			}
		}
	}
	if r := plugintest.One(c, sdktest.Customer{"tags.a.x": 90.0}); r.Class() != "unclassified" || plugintest.Because(r, "no_data")["criteria"] != "contacts" {
		t.Errorf("without engagement: %v", r)
	}
}

func TestScales(t *testing.T) {
	values := []any{int64(10), int64(20), int64(20), int64(40), int64(-5), int64(0), nil}
	for scale, want := range map[string]string{
		// mid-ranks of 10 20 20 40 -5 0: (2 below + equal) / 12
		`"scale": "rank"`:                       "41.66 66.66 66.66 91.66 8.33 25 ",
		`"scale": "rank", "best": "low"`:        "58.33 33.33 33.33 8.33 91.66 75 ",
		`"scale": "above_zero"`:                 "12.5 50 50 87.5 0 0 ",
		`"scale": "positive"`:                   "12.5 50 50 87.5   ",
		`"scale": "spread"`:                     "33.33 55.55 55.55 100 0 11.11 ",
		`"scale": "range", "from": 40, "to": 0`: "75 50 50 0 100 100 ",
	} {
		c := start(t, `{"min_customers": 0, "criteria": [{"name": "x", "of": "employees", `+scale+`}]}`, fields...)
		var list []sdktest.Customer
		for _, v := range values {
			customer := sdktest.Customer{}
			if v != nil {
				customer["employees"] = v
			}
			list = append(list, customer)
		}
		var got []string
		for _, r := range c.Classify(list) {
			got = append(got, r.Tags["score"])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, not %s", scale, strings.Join(got, " "), want)
		}
	}
}

func TestOtherTypesOfValues(t *testing.T) {
	c := start(t, `{"min_customers": 0, "criteria": [{"name": "partner", "of": "partner", "points": {"true": 100, "false": 30}},
		{"name": "age", "of": "since", "scale": "range", "from": 0, "to": 100}, {"name": "segment", "of": "tags.segment", "points": {"star": 100, "*": 10}}]}`, fields...)
	r := plugintest.One(c, sdktest.Customer{"partner": false, "since": plugintest.Day - 50, "tags.segment": "other"})
	if r.Tags["contributions"] != "partner 10.00 + age 16.67 + segment 3.33" || r.Tags["score"] != "30" {
		t.Errorf("%v", r.Tags)
	}
	if r := plugintest.One(c, sdktest.Customer{"tags.segment": "unclassified"}); r.Class() != "unclassified" {
		t.Errorf("only an unclassified tag: %v", r.Tags)
	}
}

func TestANewCustomerIsProvisionalInTheClassicWeighting(t *testing.T) {
	c := start(t, `{"preset": "four", "min_customers": 0}`, append(slices.Clone(fields), plugintest.Field("tags.profit", sdk.String, "high", "contributing", "break_even", "loss", "none", "unclassified"),
		plugintest.Field("tags.value.potential", sdk.Number))...)
	const amount = "sum(deals.amount) where won within 365d"
	results := c.Classify([]sdktest.Customer{
		{amount: sdk.Amount(0), "tags.credit": "unclassified", "tags.profit": "none", "tags.value.potential": 90.0},
		{amount: sdk.Amount(100000000), "tags.credit": "E", "tags.profit": "contributing", "tags.value.potential": 50.0},
		{amount: sdk.Amount(500), "tags.credit": "A", "tags.profit": "high", "tags.value.potential": 50.0},
	})
	var got []string
	for _, r := range results {
		got = append(got, r.Class()+" "+r.Tags["score"]+" "+r.Tags["known"])
	}
	// 0.75 * 30 + 0.6 * 30 + 0.5 * 20; 20 + 0.25 * 30 + 30 + 0.5 * 20
	if want := "provisional 90 20, C 50.5 100, B 67.5 100"; strings.Join(got, ", ") != want {
		t.Errorf("%s, not %s", strings.Join(got, ", "), want)
	}
}

func TestPointsByPlace(t *testing.T) {
	c := start(t, `{"criteria": [{"name": "credit", "of": "tags.credit"}]}`, fields...)
	for code, want := range map[string]string{"A": "100", "B": "75", "C": "50", "D": "25", "E": "0", "unclassified": ""} {
		if r := plugintest.One(c, sdktest.Customer{"tags.credit": code}); r.Tags["score"] != want {
			t.Errorf("%s has %s points, not %s", code, r.Tags["score"], want)
		}
	}
}

func TestDegenerateData(t *testing.T) {
	const config = `{"min_customers": 0, "criteria": [{"name": "a", "of": "sum(deals.amount) where won"}, {"name": "b", "of": "sum(deals.amount) where won", "scale": "spread"},
		{"name": "c", "of": "sum(deals.amount) where won", "scale": "above_zero"}, {"name": "d", "of": "last(deals.closed_at) where won", "best": "low"}]}`
	read, last := "sum(deals.amount) where won within 365d", "last(deals.closed_at) where won within 365d"
	for name, list := range map[string][]sdktest.Customer{
		"all equal":    slices.Repeat([]sdktest.Customer{{read: sdk.Amount(500)}}, 20),
		"all zero":     slices.Repeat([]sdktest.Customer{{read: sdk.Amount(0)}}, 20),
		"one customer": {{read: sdk.Amount(7)}},
		"negative":     {{read: sdk.Amount(-7)}, {read: sdk.Amount(-1)}},
		"extremes":     {{read: sdk.Amount(math.MaxInt64)}, {read: sdk.Amount(math.MinInt64)}, {read: sdk.Amount(0)}},
		"future":       {{last: plugintest.AsOf.AddDate(1, 0, 0)}, {last: plugintest.AsOf.AddDate(-30, 0, 0)}},
		"epoch":        {{last: time.Unix(0, 0)}},
	} {
		for i, r := range start(t, config, fields...).Classify(list) {
			if score, err := strconv.ParseFloat(r.Tags["score"], 64); err != nil || score < 0 || score > 100 {
				t.Errorf("%s: customer %d has %v", name, i, r)
			}
		}
	}
}

func TestTooFewCustomersToCompare(t *testing.T) {
	list := func(n int) (list []sdktest.Customer) {
		for i := range n {
			list = append(list, sdktest.Customer{"employees": int64(i)})
		}
		return list
	}
	const config = `{"criteria": [{"name": "x", "of": "employees"}]}`
	if r := start(t, config, fields...).Classify(list(9))[0]; !plugintest.Given(r, "too_few") {
		t.Errorf("of nine: %v", r)
	}
	if r := start(t, config, fields...).Classify(list(10))[0]; r.Class() != "D" {
		t.Errorf("of ten: %v", r)
	}
}

func TestReasonsSayWhatDecided(t *testing.T) {
	c := start(t, `{"criteria": [{"name": "a", "of": "tags.a.x", "weight": 3, "scale": "range", "from": 0, "to": 100}, {"name": "b", "of": "tags.b.x", "weight": 1, "scale": "range", "from": 0, "to": 100}]}`)
	r := c.Classify([]sdktest.Customer{{"tags.a.x": 90.0, "tags.b.x": 20.0}, {"tags.a.x": 50.0, "tags.b.x": 60.0}})[0]
	var got []string
	for _, reason := range r.Reasons {
		got = append(got, reason.Text)
	}
	want := "Score 72.50 of 100: a 67.50 + b 5.00.|Above the average customer: a.|What pulls it down most: b."
	if strings.Join(got, "|") != want {
		t.Errorf("the reasons are %s", strings.Join(got, "|"))
	}
}

func TestMistakesAreFoundAtConfigure(t *testing.T) {
	const good = `"criteria": [{"name": "x", "of": "employees"}]`
	for config, want := range map[string]string{
		`{}`:             "/criteria required",
		`{` + good + `}`: "",
		`{"criteria": [{"name": "x", "of": "turnover"}]}`:                                                 "/criteria/0/of input",
		`{"criteria": [{"name": "x", "of": "tags.segment"}]}`:                                             "/criteria/0/points required",
		`{"criteria": [{"name": "x", "of": "tags.credit"}]}`:                                              "/criteria/0/points default_points",
		`{"criteria": [{"name": "x", "of": "tags.credit", "points": {"A": 100, "Z": 0}}]}`:                "/criteria/0/points/Z unknown_code /criteria/0/points no_points /criteria/0/points no_points /criteria/0/points no_points /criteria/0/points no_points",
		`{"criteria": [{"name": "x", "of": "tags.credit", "points": {"A": 120, "*": 0}}]}`:                "/criteria/0/points/A range",
		`{"criteria": [{"name": "x", "of": "tags.credit", "scale": "rank", "points": {"*": 0}}]}`:         "/criteria/0/scale unused",
		`{"criteria": [{"name": "x", "of": "employees", "points": {"A": 1}}]}`:                            "/criteria/0/points unused",
		`{"criteria": [{"name": "x", "of": "employees", "scale": "range"}]}`:                              "/criteria/0 required",
		`{"criteria": [{"name": "x", "of": "employees", "scale": "range", "from": 1, "to": 1}]}`:          "/criteria/0/to order",
		`{"criteria": [{"name": "x", "of": "employees", "from": 1, "to": 2}]}`:                            "/criteria/0/scale unused",
		`{"criteria": [{"name": "x", "of": "employees", "scale": "above_zero", "best": "low"}]}`:          "/criteria/0/best unused",
		`{"criteria": [{"name": "x", "of": "employees", "weight": 0}]}`:                                   "/criteria weights",
		`{"criteria": [{"name": "x", "of": "employees", "weight": -1}]}`:                                  "/criteria/0/weight range",
		`{"criteria": [{"name": "x", "of": "employees"}, {"name": "x", "of": "since"}]}`:                  "/criteria/1/name twice",
		`{` + good + `, "fit": [{"name": "y", "of": "employees"}]}`:                                       "/criteria both",
		`{"fit": [{"name": "y", "of": "employees"}]}`:                                                     " required",
		`{` + good + `, "grades": [{"code": "A", "from": 0}]}`:                                            "/grades length",
		`{` + good + `, "grades": [{"code": "A", "from": 50}, {"code": "B", "from": 60}, {"code": "C"}]}`: "/grades/1/from order",
		`{` + good + `, "grades": [{"code": "A", "from": 50}, {"code": "A", "from": 0}]}`:                 "/grades/1/code twice",
		`{` + good + `, "grades": [{"code": "A", "from": 50}, {"code": "B", "from": 10}]}`:                "/grades/1/from range",
		`{` + good + `, "grades": [{"code": "A", "from": 50.001}, {"code": "B", "from": 0}]}`:             "/grades/0/from range",
		`{` + good + `, "veto": [{"name": "v", "of": "tags.credit", "is": ["X"], "at_most": "C"}]}`:       "/veto/0/is/0 unknown_code",
		`{` + good + `, "veto": [{"name": "v", "of": "tags.credit", "below": 3, "at_most": "C"}]}`:        "/veto/0/is required",
		`{` + good + `, "veto": [{"name": "v", "of": "employees", "at_most": "C"}]}`:                      "/veto/0/below required",
		`{` + good + `, "veto": [{"name": "v", "of": "employees", "below": 3, "at_most": "F"}]}`:          "/veto/0/at_most unknown_code",
		`{` + good + `, "veto": [{"name": "v", "of": "employees", "below": 3, "at_most": "A"}]}`:          "/veto/0/at_most no_effect",
	} {
		var got []string
		for _, d := range plugintest.Diagnose(t, composite.Plugin(), decode(t, config), fields...) {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, expected %s", config, got, want)
		}
	}
}

// latin are the words that are not Chinese in a sentence.
func latin(sentence string) []string {
	return strings.FieldsFunc(sentence, func(r rune) bool { return r < 'a' || r > 'z' })
}

func TestReasonsOfPresetsAreInTheChosenLanguage(t *testing.T) {
	catalogue := []*pb.CatalogueField{
		plugintest.Field("employees", sdk.Integer), plugintest.Field("annual_revenue", sdk.Money), plugintest.List("activities.occurred_at", sdk.Time),
		plugintest.List("deals.amount", sdk.Money), plugintest.List("deals.closed_at", sdk.Time),
		plugintest.Field("tags.credit", sdk.String, "A", "B", "C", "D", "E", "unclassified"),
		plugintest.Field("tags.profit", sdk.String, "high", "contributing", "break_even", "loss", "unclassified"), plugintest.Field("tags.value.potential", sdk.Number),
	}
	late := sdktest.Customer{"employees": 10, "annual_revenue": sdk.Amount(100), "tags.credit": "E", "tags.profit": "high", "tags.value.potential": 100.0,
		"sum(deals.amount) where won within 365d": sdk.Amount(5000)}
	losing := sdktest.Customer{"tags.credit": "A", "tags.profit": "loss", "tags.value.potential": 100.0, "sum(deals.amount) where won within 365d": sdk.Amount(5000)}
	small := sdktest.Customer{"sum(deals.amount) where won within 365d": sdk.Amount(1)}
	classified := func(c *sdktest.Classifier) []sdktest.Result {
		var customers []sdktest.Customer
		for _, known := range []sdktest.Customer{late, losing, small, {}} {
			read := sdktest.Customer{}
			for _, r := range c.Reads {
				if v, ok := known[r.GetPath()]; ok {
					read[r.GetPath()] = v
				}
			}
			customers = append(customers, read)
		}
		return c.Classify(customers)
	}
	words := func(r sdktest.Result, language string) string {
		return plugintest.Words(composite.Plugin(), r, language)
	}
	for _, preset := range []string{"purchases", "four", "fit_engagement"} {
		c := start(t, `{"min_customers": 0, "preset": "`+preset+`"}`, catalogue...)
		for _, r := range classified(c) {
			for _, language := range []string{"zh-Hans", "zh-Hant"} {
				if text := words(r, language); len(latin(text)) > 0 || text == "" {
					t.Errorf("%s, %s: %s", preset, language, text)
				}
			}
		}
	}
	four := classified(start(t, `{"min_customers": 0, "preset": "four"}`, catalogue...))
	for _, x := range []struct {
		customer             int
		language, sum, extra string
	}{
		{0, "en", "credit 0.00 + amount 20.00 + profit 30.00 + prospects 20.00", "“late payer”"},
		{0, "zh-Hans", "信用 0.00 + 订单金额 20.00 + 利润 30.00 + 发展前景 20.00", "规则“拖延付款”"},
		{1, "zh-Hant", "信用 20.00 + 訂單金額 20.00 + 利潤 0.00 + 發展前景 20.00", "規則「虧損客戶」"},
		{0, "zh-Hans", "", "高于平均客户：利润、"},
	} {
		if text := words(four[x.customer], x.language); !strings.Contains(text, x.sum) || !strings.Contains(text, x.extra) {
			t.Errorf("%d in %s: %s", x.customer, x.language, text)
		}
	}
	own := start(t, `{"min_customers": 0, "criteria": [{"name": "amount", "of": "tags.value.potential"}, {"name": "Kredit", "of": "tags.credit"}]}`, catalogue...)
	if text := words(classified(own)[0], "zh-Hans"); !strings.Contains(text, "amount 25.00 + Kredit 0.00") {
		t.Errorf("what an administrator names keeps its name: %s", text)
	}
}
