package main

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/config"
	"github.com/taxonhq/taxon/host/run"
)

// The halves of 2017 in the B2B set, with pandas: expected.json, abc_migration_H1_H2.
func TestABacktestTellsWhatFollowedAndChangesNothing(t *testing.T) {
	i := exported(t)
	i.configure(strings.Replace(filesYAML, "abc: {plugin: abc, fields: [reason]}", "abc: {plugin: abc, config: {window: 184d}, fields: [reason, share]}", 1))
	i.must(0, "run")
	scratch := i.path("scratch")
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", scratch)
	state := func() string {
		return i.must(0, "explain", "Cancity", "--output", "json") + i.must(0, "runs", "--output", "json")
	}
	before := state()

	var b run.Backtest
	if err := json.Unmarshal([]byte(i.must(0, "backtest", "--as-of", "2017-07-01", "--output", "json", "--against", "abc.share=revenue")), &b); err != nil {
		t.Fatal(err)
	}
	if after := state(); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("%v were left behind, %v", left, err)
	}
	if text := i.must(0, "plan", "--no-pull"); !strings.Contains(text, ": nothing changes.") {
		t.Error(text)
	}

	if b.Days != 184 || b.Customers != 85 || b.Appeared != 0 || b.Until.String() != "2018-01-01" || len(b.Classifiers) != 1 {
		t.Errorf("%+v", b)
	}
	if math.Abs(b.Before.Revenue+b.After.Revenue-10_005_534) > 1e-6 || b.Before.Purchases+b.After.Purchases != 4238 {
		t.Errorf("before %+v, after %+v", b.Before, b.After)
	}
	abc := b.Classifiers[0]
	for from, row := range map[string]map[string]int{"A": {"A": 40, "B": 11, "C": 5}, "B": {"A": 8, "B": 7, "C": 5}, "C": {"A": 8, "B": 1, "C": 0}} {
		for to, want := range row {
			if got := abc.Migration.Customers(from, to); got != want {
				t.Errorf("%d from %s to %s, want %d", got, from, to, want)
			}
		}
	}
	customers, revenue := 0, 0.0
	for _, c := range abc.Classes {
		customers, revenue = customers+c.Customers, revenue+c.Value
	}
	if customers != 85 || math.Abs(revenue-b.After.Revenue) > 1e-6 || abc.Labels["A"] != "Key account (A)" {
		t.Errorf("%+v", abc.Classes)
	}
	if r := abc.Ranking; r == nil || r.By != "rank" || r.Ordered != 85 || r.Revenue[0].Lift < 1 {
		t.Errorf("%+v", r)
	}
	if len(abc.Calibrations) != 1 || abc.Calibrations[0].Part != "share" || math.Abs(abc.Calibrations[0].Predicted-100) > 0.05 || math.Abs(abc.Calibrations[0].Observed-b.After.Revenue) > 1e-6 {
		t.Errorf("%+v", abc.Calibrations)
	}

	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"backtest"}, 2, "--as-of"},
		{[]string{"backtest", "--as-of", "yesterday"}, 2, "not a day"},
		{[]string{"backtest", "--as-of", "2018-06-01"}, 1, "must end after"},
		{[]string{"backtest", "--as-of", "2010-01-01"}, 1, "nobody was a customer"},
		{[]string{"backtest", "xyz", "--as-of", "2017-07-01"}, 1, "there is abc"},
		{[]string{"backtest", "--as-of", "2017-07-01", "--set", "abc.window=90d"}, 2, "JSON value"},
		{[]string{"backtest", "--as-of", "2017-07-01", "--set", "xyz.window=1"}, 1, "no classifier xyz"},
		{[]string{"backtest", "--as-of", "2017-07-01", "--set", `abc.window="soon"`}, 1, "window"},
		{[]string{"backtest", "--as-of", "2017-07-01", "--by", "abc"}, 2, "CLASSIFIER=PART"},
		{[]string{"backtest", "--as-of", "2017-07-01", "--against", "abc=revenue"}, 2, "CLASSIFIER.PART=MEASURE"},
		{[]string{"backtest", "--as-of", "2017-07-01", "--against", "abc.share=name"}, 1, "name"},
	} {
		if code, _, stderr := i.taxon(c.args...); code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%v ended with %d: %s", c.args, code, stderr)
		}
	}
	// Other settings hold for the trial only: all are key accounts when the cut lies at the end.
	if text := i.must(0, "backtest", "abc", "--as-of", "2017-07-01", "--set", "abc.cuts=[99.99,99.999]"); !strings.Contains(text, "85 kept their class (100.0 %)") {
		t.Error(text)
	}
	if text := i.must(0, "backtest", "abc", "--as-of", "2017-07-01"); !strings.Contains(text, "47 kept their class (55.3 %)") {
		t.Error(text)
	}
}

func TestABacktestNeedsRecords(t *testing.T) {
	t.Parallel()
	i := exported(t)
	if code, _, stderr := i.taxon("backtest", "--as-of", "2017-07-01"); code != 1 || !strings.Contains(stderr, "nothing was pulled yet") {
		t.Errorf("%d %s", code, stderr)
	}
}

// The published forecast, by the whole road: what 2,357 customers were expected to buy in the 39 weeks after September 1997.
func TestABacktestOfAForecastIsTheOneOfTheLiterature(t *testing.T) {
	t.Parallel()
	i := &installation{t: t, dir: t.TempDir()}
	if code, _, stderr := command(t.Context(), t, "sandbox", "files", "--data", "cdnow", "--dir", i.path("exports")); code != 0 {
		t.Fatal(stderr)
	}
	text, err := config.Example("cdnow", "", "")
	if err != nil {
		t.Fatal(err)
	}
	i.configure(text)
	i.must(0, "check")
	i.must(0, "pull")
	var b run.Backtest
	if err := json.Unmarshal([]byte(i.must(0, "backtest", "clv", "--as-of", "1997-10-01", "--set", "clv.months=9", "--by", "clv=expected_purchases", "--output", "json")), &b); err != nil {
		t.Fatal(err)
	}
	k := b.Classifiers[0].Calibrations[0]
	// 9 months are 39.1 weeks; an independent program expects 1665.5 in 39 (Pareto/NBD), and of the best tenth 4.73 times the average.
	if k.Part != "expected_purchases" || k.Against != "purchase_days" || k.Known != 2357 || k.Observed != 1882 || math.Abs(k.Predicted-1665.5) > 12 {
		t.Errorf("%+v", k)
	}
	if math.Abs(k.Parts[0].Lift-4.73) > 0.02 || math.Abs(k.MAE-0.755) > 0.01 {
		t.Errorf("%+v", k)
	}
}
