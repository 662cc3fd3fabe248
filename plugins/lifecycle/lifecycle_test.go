package lifecycle

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/plugins/internal/sample"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// ago is a time on the day so many days before the as-of day.
func ago(days int) any { return plugintest.AsOf.AddDate(0, 0, -days).Add(9 * time.Hour) }

// buyer bought so many days ago.
func buyer(daysAgo ...int) sdktest.Customer {
	var list []any
	for _, n := range daysAgo {
		list = append(list, ago(n))
	}
	return sdktest.Customer{readBought.Path: list}
}

// start is the plugin with the interval of customers without their own set to 30 days.
func start(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	full := map[string]any{"base_interval_days": 30}
	for key, value := range config {
		full[key] = value
	}
	return plugintest.Configured(t, Plugin(), full)
}

func TestEveryBoundaryOfTheStages(t *testing.T) {
	c := start(t, nil)
	for _, x := range []struct {
		name string
		days []int
		want string
	}{
		{"no won deal", nil, "prospect"},
		{"first bought yesterday", []int{1}, "new"},
		{"twice on one day is no repeat", []int{1, 1}, "new"},
		{"first bought 90 days ago", []int{90}, "new"},
		{"first and only purchase is older than 3 g and 90 days", []int{91}, "churned"},
		{"two purchases go by the base: 1.5 g is 45 days", []int{45, 75}, "active"},
		{"a day later", []int{46, 76}, "dormant"},
		{"3 g is 90 days", []int{90, 120}, "dormant"},
		{"and a day", []int{91, 121}, "churned"},
		{"own interval of 60: q of 1.5", []int{90, 150, 210}, "active"},
		{"own interval of 60: q above 1.5", []int{91, 151, 211}, "dormant"},
		{"own interval of 60: q of 3", []int{180, 240, 300}, "dormant"},
		{"own interval of 60: q above 3", []int{181, 241, 301}, "churned"},
		{"own interval of 10: q of 9 is not 91 days", []int{90, 100, 110}, "dormant"},
		{"own interval of 10: 91 days", []int{91, 101, 111}, "churned"},
		{"the floor of 7 days", []int{10, 11, 12}, "active"},
		{"beyond 1.5 floors", []int{11, 12, 13}, "dormant"},
		{"three repeats in a year", []int{5, 125, 245, 365}, "loyal"},
		{"a day short of a year", []int{4, 124, 244, 364}, "active"},
		{"two repeats", []int{10, 80, 150}, "active"},
		{"loyal once, dormant now", []int{200, 300, 400, 500}, "dormant"},
		{"back after 91 days with the base's 30", []int{30, 121}, "reactivated"},
		{"for one interval only", []int{31, 122}, "active"},
		{"back after 90 days", []int{30, 120}, "active"},
		{"back after more than 3 own intervals of 50", []int{10, 161, 211, 261}, "reactivated"},
		{"back after 3 own intervals", []int{10, 160, 210, 260}, "active"},
		{"bought again since it came back", []int{3, 5, 200, 230, 260}, "reactivated"},
		{"thirty years", []int{40, 4000, 8000, 10950}, "loyal"},
		{"two purchases in thirty years", []int{30, 10950}, "reactivated"},
		{"not yet known", []int{0, -5}, "prospect"},
	} {
		got := plugintest.One(c, buyer(x.days...))
		if got.Class() != x.want {
			t.Errorf("%s, %v: %s because of %v, want %s", x.name, x.days, got.Class(), got.Reasons, x.want)
		}
	}
}

func TestReasonsSayWhatDecided(t *testing.T) {
	c := start(t, nil)
	for _, x := range []struct {
		customer sdktest.Customer
		want     []string
	}{
		{sdktest.Customer{readKnown.Path: ago(10)}, []string{"Known since 2025-12-22, no won deal."}},
		{sdktest.Customer{}, []string{"No won deal yet."}},
		{buyer(12), []string{"First and only purchase on 2025-12-20, days ago: 12."}},
		{buyer(90, 150, 210), []string{"Days since the last purchase: 90; usual interval 60 (1.5 times it)."}},
		{buyer(46, 76), []string{"Overdue: days since the last purchase 46, usual interval 30 (1.53 times it).", "It has no interval of its own yet: 30 days is the one that is set."}},
		{buyer(181, 241, 301), []string{"No purchase for 181 days, 3.02 times the usual interval of 60."}},
		{buyer(5, 125, 245, 365), []string{"Customer for 365 days with 4 purchases and still active; days since the last one: 5."}},
		{buyer(30, 121), []string{"Came back on 2025-12-02 after 91 days."}},
	} {
		got := plugintest.One(c, x.customer)
		var texts []string
		for _, r := range got.Reasons {
			texts = append(texts, r.Text)
		}
		if fmt.Sprint(texts) != fmt.Sprint(x.want) {
			t.Errorf("%v: %q, want %q", x.customer, texts, x.want)
		}
	}
}

func TestParts(t *testing.T) {
	c := start(t, nil)
	got := plugintest.One(c, buyer(20, 50, 81)).Tags
	// gaps 30 and 31: 30.5 days, and the purchase is expected when that has passed
	if want := fmt.Sprint(int(plugintest.Day) - 20 + 31); got["interval"] != "30.5" || got["ratio"] != "0.66" || got["expected"] != want {
		t.Errorf("the parts are %v, want the day %s", got, want)
	}
	if got := plugintest.One(c, sdktest.Customer{}).Tags; len(got) != 1 {
		t.Errorf("a prospect has %v", got)
	}
}

func TestTheBaseNeedsRepeatCustomers(t *testing.T) {
	population := func(repeaters int) (list []sdktest.Customer) {
		for range repeaters {
			list = append(list, buyer(5, 45))
		}
		return append(list, buyer(100), buyer(90), buyer(100, 120, 140), buyer())
	}
	c := plugintest.Configured(t, Plugin(), nil)
	got := c.Classify(population(28))[28:] // and the customer with three purchases is the 29th
	for i, want := range []string{"unclassified", "new", "churned", "prospect"} {
		if got[i].Class() != want {
			t.Errorf("without a base customer %d is %v, want %s", i, got[i], want)
		}
	}
	if because := plugintest.Because(got[0], tooFew); because["customers"] != "29" || because["minimum"] != "30" {
		t.Errorf("the reason is %v", got[0].Reasons)
	}
	if len(c.Report.GetDiagnostics()) != 1 {
		t.Errorf("the fit says %v", c.Report.GetDiagnostics())
	}
	c = plugintest.Configured(t, Plugin(), nil)
	got = c.Classify(population(29))[29:]
	for i, want := range []string{"dormant", "new", "churned", "prospect"} { // 100 days are 2.5 of 40
		if got[i].Class() != want {
			t.Errorf("with a base customer %d is %v, want %s", i, got[i], want)
		}
	}
	if because := plugintest.Because(got[0], baseInterval); because["interval"] != "40" || because["n"] != "30" {
		t.Errorf("the reason is %v", got[0].Reasons)
	}
	if m := c.Report.GetMetrics(); m["base_interval"] != 40 || m["prospects"] != 1 || m["one_time_customers"] != 2 {
		t.Errorf("the fit reports %v", m)
	}
}

func TestFixedDaysNeedNoBase(t *testing.T) {
	c := plugintest.Configured(t, Plugin(), map[string]any{"preset": "days_30_60_90"})
	for _, x := range []struct {
		days []int
		want string
	}{
		{[]int{30}, "new"}, {[]int{31}, "active"}, {[]int{60}, "active"}, {[]int{61}, "dormant"}, {[]int{90}, "dormant"}, {[]int{91}, "churned"},
		{[]int{30, 121}, "reactivated"}, {[]int{31, 122}, "active"}, {[]int{60, 200, 300, 500}, "loyal"}, {nil, "prospect"},
	} {
		if got := plugintest.One(c, buyer(x.days...)); got.Class() != x.want {
			t.Errorf("%v: %v, want %s", x.days, got, x.want)
		}
	}
	if text := plugintest.One(c, buyer(91)).Reasons[0].Text; text != "No purchase for 91 days; churned after 90." {
		t.Errorf("the reason is %q", text)
	}
}

func TestAChurnedCustomerIsNotNew(t *testing.T) {
	c := start(t, map[string]any{"new_within": "365d"})
	for days, want := range map[int]string{90: "new", 91: "churned", 365: "churned"} {
		if got := plugintest.One(c, buyer(days)); got.Class() != want {
			t.Errorf("a first purchase %d days ago: %v, want %s", days, got, want)
		}
	}
	c = start(t, map[string]any{"new_within": "1g"})
	for days, want := range map[int]string{30: "new", 31: "active"} {
		if got := plugintest.One(c, buyer(days)); got.Class() != want {
			t.Errorf("a first purchase %d days ago: %v, want %s", days, got, want)
		}
	}
}

func TestCancellationIsTheFirstTest(t *testing.T) {
	configured := func(typ sdk.Type) *sdktest.Classifier {
		return plugintest.Configured(t, Plugin(), map[string]any{"base_interval_days": 30, "cancelled_field": "left"},
			plugintest.Field("left", typ), plugintest.Field("created_at", sdk.Time), plugintest.List("deals.closed_at", sdk.Time), plugintest.List("deals.amount", sdk.Money))
	}
	with := func(left any, days ...int) sdktest.Customer {
		c := buyer(days...)
		c["left"] = left
		return c
	}
	yes, date, instant := configured(sdk.Boolean), configured(sdk.Date), configured(sdk.Time)
	for _, x := range []struct {
		c        *sdktest.Classifier
		customer sdktest.Customer
		want     string
	}{
		{yes, with(true, 5), "churned"}, {yes, with(false, 5), "new"}, {yes, buyer(5), "new"}, {yes, with(true), "churned"},
		{date, with(plugintest.Day-1, 5), "churned"}, {date, with(plugintest.Day, 5), "new"}, // a contract that ends today is not known to have ended
		{date, with(plugintest.Day-5, 5), "churned"}, {date, with(plugintest.Day-6, 5), "new"}, // bought since
		{instant, with(ago(1), 5), "churned"}, {instant, with(ago(0), 5), "new"},
	} {
		if got := plugintest.One(x.c, x.customer); got.Class() != x.want {
			t.Errorf("%v: %v, want %s", x.customer, got, x.want)
		}
	}
	if text := plugintest.One(date, with(plugintest.Day-1, 5)).Reasons[0].Text; text != "Cancelled on 2025-12-31, no purchase since." {
		t.Errorf("the reason is %q", text)
	}
}

func TestTagsOfOtherClassifiers(t *testing.T) {
	c := start(t, map[string]any{"loyal_tag": "loyalty", "alive_tag": "clv.alive"})
	with := func(loyalty string, alive any, days ...int) sdktest.Customer {
		x := buyer(days...)
		x["tags.loyalty"] = loyalty
		if alive != nil {
			x["tags.clv.alive"] = alive
		}
		return x
	}
	for _, x := range []struct {
		customer sdktest.Customer
		want     string
	}{
		{with("drifting", 0.7, 100, 120), "active"}, {with("drifting", 0.6999, 5, 25), "dormant"},
		{with("drifting", 0.3, 5, 25), "dormant"}, {with("loyal", 0.2999, 5, 25), "churned"},
		{with("loyal", 0.9, 100, 120), "loyal"}, {with("drifting", 0.9, 5, 125, 245, 365), "loyal"},
		{with("drifting", nil, 91, 121), "churned"}, {with("drifting", 0.1), "prospect"}, {with("drifting", 1.0, 30), "new"},
	} {
		if got := plugintest.One(c, x.customer); got.Class() != x.want {
			t.Errorf("%v: %v, want %s", x.customer, got, x.want)
		}
	}
}

func TestDealsWithoutADate(t *testing.T) {
	c := start(t, nil)
	got := plugintest.One(c, sdktest.Customer{readBought.Path: []any{nil, nil}})
	if got.Class() != "unclassified" || plugintest.Because(got, noDates)["n"] != "2" {
		t.Errorf("won deals without a date: %v", got)
	}
	if got := plugintest.One(c, sdktest.Customer{readBought.Path: []any{nil, ago(3)}}); got.Class() != "new" {
		t.Errorf("one of two has a date: %v", got)
	}
}

// A day on which no more is bought than given back is none, and who has no other has bought nothing; an amount that is missing or nothing
// is no refund.
func TestRefundsAreNoPurchases(t *testing.T) {
	c := start(t, nil)
	with := func(amounts []any, days ...int) sdktest.Customer {
		x := buyer(days...)
		x[readWorth.Path] = amounts
		return x
	}
	refunds := plugintest.One(c, with([]any{-100, -100, -100, -100}, 5, 125, 245, 365))
	if want := "Won deals: 4, but no purchase: on each of their days refunds are as much as was bought, or more."; refunds.Class() != "prospect" || refunds.Reasons[0].Text != want {
		t.Errorf("only refunds: %v", refunds)
	}
	for _, x := range []struct {
		name     string
		customer sdktest.Customer
		want     string
	}{
		{"without amounts", with([]any{nil, nil, nil, nil}, 5, 125, 245, 365), "loyal"},
		{"of nothing", with([]any{0, 0, 0, 0}, 5, 125, 245, 365), "loyal"},
		{"more bought than given back on the day", with([]any{500, 500, 500, 500, -499}, 5, 125, 245, 365, 365), "loyal"},
		{"all given back on the day", with([]any{500, 500, 500, 500, -500}, 5, 125, 245, 365, 365), "reactivated"},
		{"a refund is no return", with([]any{-500, 500}, 5, 200), "churned"},
		{"given back later, it was bought all the same", with([]any{-500, 500}, 5, 60), "new"},
	} {
		if got := plugintest.One(c, x.customer); got.Class() != x.want {
			t.Errorf("%s: %v, want %s", x.name, got, x.want)
		}
	}
}

func TestWhoIsDormantByTheFloorOfDaysIsToldSo(t *testing.T) {
	c := start(t, nil)
	for days, want := range map[int]bool{21: false, 22: true, 90: true} { // 3 intervals of 7 days are 21
		got := plugintest.One(c, buyer(days, days+7, days+14))
		if got.Class() != "dormant" || plugintest.Given(got, notYetChurned) != want {
			t.Errorf("after %d days: %v", days, got)
		}
		if want && got.Reasons[1].Text != "Dormant and not churned, for nobody is churned within 90 days." {
			t.Errorf("the reason is %q", got.Reasons[1].Text)
		}
	}
}

func TestConfigurationFaults(t *testing.T) {
	for pointer, config := range map[string]map[string]any{
		"/new_within":          {"new_within": "3 months"},
		"/dormant_within":      {"active_within": "4g"},
		"/churned_after_days":  {"preset": "days_30_60_90", "churned_after_days": 100},
		"/alive_churned_below": {"alive_churned_below": 0.8},
		"/cancelled_field":     {"cancelled_field": "gone"},
		"/alive_tag":           {"alive_tag": "clv"},
		"/min_repeaters":       {"min_repeaters": 0},
	} {
		found := plugintest.Diagnose(t, Plugin(), config, plugintest.Field("created_at", sdk.Time))
		if len(found) != 1 || found[0].GetPointer() != pointer || found[0].GetSummary() == "" {
			t.Errorf("%v: diagnostics %v, want one at %s", config, found, pointer)
		}
	}
}

// TestEveryCustomerOfTwoDataSets compares with a second computation, testdata/stages.py.
func TestEveryCustomerOfTwoDataSets(t *testing.T) {
	file, err := os.Open("testdata/stages.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	bases := map[string]map[string][]any{"cdnow": sample.CDNOW(t), "pipeline": sample.Wins(t)}
	type run struct {
		customers      []sdktest.Customer
		stages         [2][]string // by settings
		ids, intervals []string
	}
	runs := map[string]*run{}
	for _, row := range rows[1:] {
		key := row[0] + " " + row[1]
		if runs[key] == nil {
			runs[key] = &run{}
		}
		r := runs[key]
		r.ids = append(r.ids, row[2])
		r.customers = append(r.customers, sdktest.Customer{readBought.Path: bases[row[0]][row[2]]})
		r.stages[0], r.stages[1] = append(r.stages[0], row[3]), append(r.stages[1], row[4])
		r.intervals = append(r.intervals, row[5])
	}
	if len(rows) != 1+3*2357+2*85 || len(runs) != 5 {
		t.Fatalf("%d rows of %d runs", len(rows), len(runs))
	}
	for key, r := range runs {
		asOf, err := time.Parse(time.DateOnly, key[len(key)-10:])
		if err != nil {
			t.Fatal(err)
		}
		for i, preset := range []string{"own_interval", "days_30_60_90"} {
			c := sdktest.Start(t, sdktest.InProcess(Plugin()), sdktest.Setup{Config: map[string]any{"preset": preset}, AsOf: asOf})
			for j, got := range c.Classify(r.customers) {
				interval := ""
				if s := got.Tags["interval"]; s != "" {
					f, err := strconv.ParseFloat(s, 64)
					if err != nil {
						t.Fatal(err)
					}
					interval = strconv.FormatFloat(f, 'f', -1, 64)
				}
				want, _ := strconv.ParseFloat(r.intervals[j], 64)
				if got.Class() != r.stages[i][j] || r.intervals[j] != "" && interval != strconv.FormatFloat(want, 'f', -1, 64) {
					t.Errorf("%s, %s: customer %s is %v, want %s with an interval of %s", key, preset, r.ids[j], got, r.stages[i][j], r.intervals[j])
				}
			}
		}
	}
}
