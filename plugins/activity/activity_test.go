package activity

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// act is a kind, how many days ago, and the direction.
type act struct {
	kind      string
	age       int
	direction string
}

func customer(window string, acts ...act) sdktest.Customer {
	var list, times, orders, directions []any
	for _, a := range acts {
		at := plugintest.AsOf.AddDate(0, 0, -a.age).Add(9 * time.Hour)
		if a.kind == "order" {
			orders = append(orders, at)
			continue
		}
		list, times = append(list, a.kind), append(times, at)
		if a.direction == "" {
			directions = append(directions, nil)
		} else {
			directions = append(directions, a.direction)
		}
	}
	return sdktest.Customer{"activities.kind within " + window: list, "activities.occurred_at within " + window: times,
		"deals.closed_at where won within " + window: orders, "activities.direction within " + window: directions}
}

func in(acts ...act) sdktest.Customer { return customer("180d", acts...) }

var directionField = plugintest.List("activities.direction", sdk.String)

// start is the plugin with a direction and fixed cuts: steady from an index of 3, active from 6.
func start(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	full := map[string]any{"direction_field": "direction", "rule": "fixed", "cuts": []any{3, 6}}
	for key, value := range config {
		full[key] = value
	}
	return plugintest.Configured(t, Plugin(), full, directionField)
}

func repeat(n int, a act) []act {
	var list []act
	for range n {
		list = append(list, a)
	}
	return list
}

func TestEveryBoundaryOfTheClasses(t *testing.T) {
	c := start(t, nil)
	for _, x := range []struct {
		name string
		acts []act
		want string
	}{
		{"nothing", nil, "silent"},
		{"181 days ago", []act{{"call", 181, "inbound"}}, "silent"},
		{"180 days ago", []act{{"call", 180, "inbound"}}, "passive"},
		{"today is not known yet", []act{{"call", 0, "inbound"}}, "silent"},
		{"kinds without a weight", []act{{"invoice", 3, ""}, {"payment", 3, ""}, {"quote", 3, ""}}, "silent"},
		{"we alone", repeat(20, act{"call", 1, "OUTBOUND"}), "passive"},
		{"halved exactly: 2 calls of 30 days are 3", repeat(2, act{"call", 30, "inbound"}), "steady"},
		{"4 of 30 days are 6, and 30 days ago is recent", repeat(4, act{"call", 30, "inbound"}), "active"},
		{"5 of 31 days are above 6, and not recent", repeat(5, act{"call", 31, "inbound"}), "steady"},
		{"a visit weighs 1", repeat(3, act{"visit", 1, "inbound"}), "passive"},
		{"orders of one day are one", repeat(5, act{"order", 1, ""}), "passive"},
		{"orders of two days", []act{{"order", 1, ""}, {"order", 2, ""}}, "steady"},
		{"even gaps: 40, 40, 40", []act{{"visit", 20, ""}, {"visit", 60, ""}, {"visit", 100, ""}, {"visit", 140, ""}}, "steady"},
		{"three days are too few to be even", []act{{"visit", 20, ""}, {"visit", 60, ""}, {"visit", 100, ""}}, "passive"},
		{"four acts on three days too", []act{{"visit", 20, ""}, {"visit", 20, ""}, {"visit", 60, ""}, {"visit", 100, ""}}, "passive"},
		// gaps 2 and 8 in turn: mean 5, deviation 3, a coefficient of exactly 0.6
		{"a coefficient of 0.6", []act{{"visit", 100, ""}, {"visit", 102, ""}, {"visit", 110, ""}, {"visit", 112, ""}, {"visit", 120, ""}}, "passive"},
		{"and below", []act{{"visit", 100, ""}, {"visit", 103, ""}, {"visit", 110, ""}, {"visit", 113, ""}, {"visit", 120, ""}}, "steady"},
		{"ours are not counted for even gaps", []act{{"visit", 20, ""}, {"mail", 60, "EMAIL"}, {"visit", 100, ""}, {"visit", 140, ""}}, "passive"},
	} {
		if got := plugintest.One(c, in(x.acts...)); got.Class() != x.want {
			t.Errorf("%s: %v, want %s", x.name, got, x.want)
		}
	}
}

func TestThirdsGoByMidRank(t *testing.T) {
	c := plugintest.Configured(t, Plugin(), map[string]any{"direction_field": "direction"}, directionField)
	var base []sdktest.Customer
	for i := range 9 { // indices rise
		base = append(base, in(repeat(i+1, act{"call", 1, "inbound"})...))
	}
	base = append(base, in())
	for i, got := range c.Classify(base) {
		want := []string{"passive", "passive", "passive", "steady", "steady", "steady", "active", "active", "active", "silent"}[i]
		if got.Class() != want {
			t.Errorf("customer %d is %v, want %s", i, got, want)
		}
	}
	// Equal customers are equal, and all equal ones are in the middle.
	c = plugintest.Configured(t, Plugin(), map[string]any{"direction_field": "direction"}, directionField)
	for _, got := range c.Classify(base[:1:1]) {
		if got.Class() != "unclassified" || plugintest.Because(got, tooFew)["minimum"] != "9" {
			t.Errorf("one customer is %v", got)
		}
	}
	c = plugintest.Configured(t, Plugin(), map[string]any{"direction_field": "direction"}, directionField)
	var equal []sdktest.Customer
	for range 20 {
		equal = append(equal, base[0])
	}
	if got := c.Classify(equal)[7]; got.Class() != "steady" {
		t.Errorf("one of twenty equal customers is %v", got)
	}
	// Where most are called by us, those who do nothing are not steady, although they are in the middle.
	c = plugintest.Configured(t, Plugin(), map[string]any{"direction_field": "direction"}, directionField)
	var called []sdktest.Customer
	for range 19 {
		called = append(called, in(act{"call", 1, "outbound"}))
	}
	got := c.Classify(append(called, base[0]))
	if got[0].Class() != "passive" || got[19].Class() != "active" {
		t.Errorf("%v, %v", got[0], got[19])
	}
}

func TestReasonsAndParts(t *testing.T) {
	c := start(t, nil)
	got := plugintest.One(c, in(act{"call", 30, "INBOUND"}, act{"mail", 30, "incoming_email"}, act{"mail", 60, ""}, act{"call", 91, "outbound"}, act{"order", 120, ""}))
	if fmt.Sprint(got.Tags) != fmt.Sprint(map[string]string{"": "steady", "index": "3.94", "acts": "4", "breadth": "3", "channel": "mail", "trend": "rising"}) {
		t.Errorf("the tags are %v", got.Tags)
	}
	for _, x := range []struct {
		acts []act
		want []string
	}{
		{nil, []string{"Nothing within 180d."}},
		{[]act{{"call", 3, "outbound"}}, []string{"Interactions within 180d: 1, all begun by us."}},
		{repeat(4, act{"call", 30, "inbound"}), []string{"Own acts within 180d: 4, the last one 30 days ago; index 6.", "Active begins at an index of 6."}},
		{repeat(5, act{"call", 31, "inbound"}), []string{"Own acts within 180d: 5, the last one 31 days ago; index 7.33.", "Active begins at an index of 6, but it did nothing in the last 30 days."}},
		{repeat(2, act{"call", 30, "inbound"}), []string{"Own acts within 180d: 2, the last one 30 days ago; index 3.", "Steady begins at an index of 3."}},
		{[]act{{"visit", 30, ""}}, []string{"Own acts within 180d: 1, the last one 30 days ago; index 0.5.", "Steady would begin at an index of 3, and the gaps are not even."}},
		{[]act{{"visit", 100, ""}, {"visit", 103, ""}, {"visit", 110, ""}, {"visit", 113, ""}, {"visit", 120, ""}},
			[]string{"Own acts within 180d: 5, the last one 100 days ago; index 0.41.", "Regular: days with an own act 5, evenly spaced (coefficient of variation 0.4)."}},
	} {
		var texts []string
		for _, r := range plugintest.One(c, in(x.acts...)).Reasons {
			texts = append(texts, r.Text)
		}
		if fmt.Sprint(texts) != fmt.Sprint(x.want) {
			t.Errorf("%q, want %q", texts, x.want)
		}
	}
}

func TestTrendNeedsTwoActsAndHalfAsManyAgain(t *testing.T) {
	c := start(t, nil)
	for _, x := range []struct {
		newer, older int
		want         string
	}{{1, 0, "level"}, {2, 0, "rising"}, {3, 2, "rising"}, {4, 3, "level"}, {2, 3, "falling"}, {0, 2, "falling"}, {0, 1, "level"}, {3, 3, "level"}} {
		acts := append(repeat(x.newer, act{"call", 90, "inbound"}), repeat(x.older, act{"call", 91, "inbound"})...)
		if got := plugintest.One(c, in(acts...)); got.Tags["trend"] != x.want {
			t.Errorf("%d newer and %d older: %v, want %s", x.newer, x.older, got, x.want)
		}
	}
}

func TestWhoBeganWhatSaysNothing(t *testing.T) {
	acts := repeat(4, act{"call", 1, ""})
	if got := plugintest.One(start(t, map[string]any{"unknown": "outbound"}), in(acts...)); got.Class() != "passive" || got.Reasons[0].Code != oursOnly {
		t.Errorf("taken for ours: %v", got)
	}
	c := plugintest.Configured(t, Plugin(), map[string]any{"rule": "fixed", "cuts": []any{3, 6}})
	x := in(acts...)
	delete(x, "activities.direction within 180d")
	if got := plugintest.One(c, x); got.Class() != "active" {
		t.Errorf("taken for the customer's: %v", got)
	}
}

func TestWeightsWindowAndHalfLifeAreSettings(t *testing.T) {
	c := start(t, map[string]any{"window": "2w", "half_life_days": 7, "weights": map[string]any{"order": 0, "visit": 12, "payment": 0.001}, "recent_days": 7})
	for _, x := range []struct {
		act  act
		want string
	}{
		{act{"order", 1, ""}, "silent"}, {act{"visit", 7, ""}, "active"}, {act{"visit", 14, ""}, "steady"}, {act{"visit", 15, ""}, "silent"}, {act{"payment", 1, ""}, "passive"},
	} {
		if got := plugintest.One(c, customer("2w", x.act)); got.Class() != x.want {
			t.Errorf("%v: %v, want %s", x.act, got, x.want)
		}
	}
}

func TestOrdersAloneAreSaid(t *testing.T) {
	c := start(t, nil)
	c.Classify([]sdktest.Customer{in(act{"order", 1, ""}), in()})
	if d := c.Report.GetDiagnostics(); len(d) != 1 || d[0].GetCode() != "no_activities" {
		t.Errorf("the fit says %v", d)
	}
	if m := c.Report.GetMetrics(); m["customers"] != 1 || m["silent"] != 1 || m["with_activities"] != 0 {
		t.Errorf("the fit reports %v", m)
	}
}

func TestConfigurationFaults(t *testing.T) {
	zero := map[string]any{}
	for _, kind := range kindCodes {
		zero[kind] = 0
	}
	for pointer, config := range map[string]map[string]any{
		"/window":          {"window": "4y"},
		"/weights":         {"weights": zero},
		"/cuts":            {"rule": "fixed", "cuts": []any{6, 3}},
		"/direction_field": {"direction_field": "way"},
		"/recent_days":     {"recent_days": 200},
		"/weights/call":    {"weights": map[string]any{"call": -1}},
	} {
		found := plugintest.Diagnose(t, Plugin(), config, directionField)
		if len(found) != 1 || found[0].GetPointer() != pointer || found[0].GetSummary() == "" {
			t.Errorf("%v: diagnostics %v, want one at %s", config, found, pointer)
		}
	}
	if found := plugintest.Diagnose(t, Plugin(), map[string]any{"rule": "fixed"}); len(found) != 1 || found[0].GetCode() != "required" {
		t.Errorf("fixed without cuts: %v", found)
	}
	if found := plugintest.Diagnose(t, Plugin(), map[string]any{"cuts": []any{1, 2}}); len(found) != 1 || found[0].GetCode() != "unused" {
		t.Errorf("cuts without fixed: %v", found)
	}
}

// computed are the customers of the second computation.
func computed(t testing.TB) (customers []sdktest.Customer) {
	t.Helper()
	text, err := os.ReadFile("testdata/customers.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw [][][3]any
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	for _, list := range raw {
		var acts []act
		for _, a := range list {
			acts = append(acts, act{a[0].(string), int(a[1].(float64)), a[2].(string)})
		}
		customers = append(customers, in(acts...))
	}
	return customers
}

func TestTheOrderOfActivitiesAndCustomersChangesNothing(t *testing.T) {
	customers := computed(t)
	config := map[string]any{"direction_field": "direction"}
	c := plugintest.Configured(t, Plugin(), config, directionField)
	want := c.Classify(customers)
	c = plugintest.Configured(t, Plugin(), config, directionField)
	slices.Reverse(customers)
	for _, x := range customers {
		for _, column := range x {
			slices.Reverse(column.([]any))
		}
	}
	got := c.Classify(customers)
	for i, r := range got {
		if w := want[len(want)-1-i]; r.String() != w.String() {
			t.Errorf("%v was %v", r, w)
		}
	}
}

// TestEveryCustomerOfTheSecondComputation compares with testdata/activity.py.
func TestEveryCustomerOfTheSecondComputation(t *testing.T) {
	file, err := os.Open("testdata/classes.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	customers := computed(t)
	if len(customers) != 700 || len(rows) != 701 {
		t.Fatalf("%d customers, %d rows", len(customers), len(rows))
	}
	c := plugintest.Configured(t, Plugin(), map[string]any{"direction_field": "direction"}, directionField)
	for i, got := range c.Classify(customers) {
		want := rows[1+i]
		index, _ := strconv.ParseFloat(want[2], 64)
		if got.Class() != want[1] || got.Tags["index"] != fmt.Sprint(math.Round(index/1e4)/100) || got.Tags["acts"] != want[3] ||
			got.Tags["channel"] != want[5] || got.Tags["trend"] != want[6] || want[4] != "0" && got.Tags["breadth"] != want[4] {
			t.Errorf("customer %d is %v, want %v", i, got, want)
		}
	}
}

// TestSyntheticCustomersAreWhatTheyWereMadeToBe: the classes of the generator, which knows no index, are mostly found.
func TestSyntheticCustomersAreWhatTheyWereMadeToBe(t *testing.T) {
	set, err := synthetic.Make(synthetic.B2B, synthetic.Seed, 0)
	if err != nil {
		t.Fatal(err)
	}
	var customers []sdktest.Customer
	var truth []string
	for _, s := range set.Customers {
		if s.Truth["activity"] == "" {
			continue
		}
		var acts []act
		for _, a := range s.Activities {
			if a.Kind == "meeting" || a.Kind == "call" || a.Kind == "mail" {
				acts = append(acts, act{a.Kind, int(synthetic.AsOf.Sub(a.At.Truncate(24*time.Hour)).Hours() / 24), a.Direction})
			}
		}
		customers, truth = append(customers, in(acts...)), append(truth, s.Truth["activity"])
	}
	c := plugintest.Configured(t, Plugin(), map[string]any{"direction_field": "direction", "weights": map[string]any{"order": 0}}, directionField)
	right := 0
	for i, got := range c.Classify(customers) {
		if got.Class() == truth[i] {
			right++
		}
	}
	t.Logf("%d of %d", right, len(truth))
	if right*100 < 85*len(truth) {
		t.Errorf("%d of %d customers are what they were made to be", right, len(truth))
	}
}
