package main

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/run"
)

// The halves of 2017 in the B2B set, with pandas: expected.json, abc_migration_H1_H2.
func TestABacktestTellsWhatFollowedAndChangesNothing(t *testing.T) {
	i := exported(t)
	i.configure(strings.Replace(filesYAML, "abc: {plugin: abc, fields: [reason]}", "abc: {plugin: abc, config: {window: 184d}, fields: [reason, share]}\n      rfm: {plugin: rfm}", 1))
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
	if err := json.Unmarshal([]byte(i.must(0, "backtest", "--as-of", "2017-07-01", "--output", "json", "--against", "abc.share=revenue", "--by", "rfm=m")), &b); err != nil {
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

	if b.Days != 184 || b.Customers != 85 || b.Appeared != 0 || b.Until.String() != "2018-01-01" || len(b.Classifiers) != 2 {
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
	if r := abc.Ranking; r == nil || r.By != "share" || r.Ordered != 85 || r.Revenue[0].Lift < 1 {
		t.Errorf("%+v", r)
	}
	if len(abc.Calibrations) != 1 || abc.Calibrations[0].Part != "share" || math.Abs(abc.Calibrations[0].Predicted-100) > 0.05 || math.Abs(abc.Calibrations[0].Observed-b.After.Revenue) > 1e-6 {
		t.Errorf("%+v", abc.Calibrations)
	}
	if r := b.Classifiers[1].Ranking; r == nil || r.By != "m" {
		t.Errorf("rfm ranks by %+v", r)
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
		{[]string{"backtest", "xyz", "--as-of", "2017-07-01"}, 1, "there is abc, rfm"},
		{[]string{"backtest", "--as-of", "2017-07-01", "--by", "abc"}, 2, "CLASSIFIER=PART"},
		{[]string{"backtest", "--as-of", "2017-07-01", "--by", "abc=points"}, 1, "gives no number points"},
		{[]string{"backtest", "--as-of", "2017-07-01", "--against", "abc=revenue"}, 2, "CLASSIFIER.PART=MEASURE"},
		{[]string{"backtest", "--as-of", "2017-07-01", "--against", "abc.share=name"}, 1, "name"},
	} {
		if code, _, stderr := i.taxon(c.args...); code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%v ended with %d: %s", c.args, code, stderr)
		}
	}
	if text := i.must(0, "backtest", "abc", "--as-of", "2017-07-01"); !strings.Contains(text, "47 kept their class (55.3 %)") || strings.Contains(text, "rfm") {
		t.Error(text)
	}
}

func TestABacktestNeedsRecords(t *testing.T) {
	i := exported(t)
	if code, _, stderr := i.taxon("backtest", "--as-of", "2017-07-01"); code != 1 || !strings.Contains(stderr, "nothing was pulled yet") {
		t.Errorf("%d %s", code, stderr)
	}
}
