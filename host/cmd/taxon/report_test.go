package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/evaluate"
	"github.com/taxonhq/taxon/host/run"
)

func TestAReportDescribesClassesAndWhatBecameOfThem(t *testing.T) {
	t.Parallel()
	i := exported(t)
	i.configure(strings.Replace(filesYAML, "abc: {plugin: abc, fields: [reason]}", "abc: {plugin: abc, config: {window: 184d}, fields: [reason, share]}", 1))
	if code, _, stderr := i.taxon("report"); code != 1 || !strings.Contains(stderr, "nothing was pulled yet") {
		t.Errorf("%d %s", code, stderr)
	}
	i.must(0, "pull")
	if code, _, stderr := i.taxon("report"); code != 1 || !strings.Contains(stderr, "nothing was classified yet") {
		t.Errorf("%d %s", code, stderr)
	}
	i.must(0, "run")
	var r run.Report
	if err := json.Unmarshal([]byte(i.must(0, "report", "--since", "2017-07-01", "--months", "2", "--output", "json")), &r); err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.Gini-0.20211061) > 5e-9 || r.Customers != 85 || r.Orphans != 1425 || r.AsOf.String() != "2018-01-01" || len(r.Classifiers) != 1 {
		t.Errorf("%+v", r)
	}
	abc := r.Classifiers[0]
	customers, value := 0, 0.0
	for _, c := range abc.Classes {
		customers, value = customers+c.Customers, value+c.Value
	}
	if customers != 85 || value != 10_005_534 {
		t.Errorf("%+v", abc.Classes)
	}
	// with pandas: expected.json, abc_migration_H1_H2 and psi_abc_H1_H2
	if m := abc.Migration; m.Customers("A", "A") != 40 || m.Customers("B", "C") != 5 || m.Both != 85 || m.Kept != 47 || m.Up != 17 || m.Down != 21 {
		t.Errorf("%+v", m)
	}
	if d := abc.Drift["class"]; math.Abs(d.PSI-0.00184299) > 5e-9 || d.Verdict != evaluate.Stable {
		t.Errorf("%+v", abc.Drift)
	}
	if len(abc.Months) != 2 || abc.Months[1].From.String() != "2017-12-01" || abc.Months[1].To.String() != "2018-01-01" {
		t.Fatalf("%+v", abc.Months)
	}
	for _, m := range abc.Months {
		size, fresh := 0, 0
		for _, n := range m.Size {
			size += n
		}
		for _, n := range m.New {
			fresh += n
		}
		if size != 85 || fresh == 0 || fresh > 40 {
			t.Errorf("%+v", m)
		}
	}
	if len(abc.Examples) == 0 || abc.Examples[0].From == abc.Examples[0].To {
		t.Errorf("%+v", abc.Examples)
	}
	found := false
	for _, trait := range abc.Traits["A"] {
		found = found || trait.Feature == "revenue in 365 days" && trait.Class > trait.Base && trait.Effect > 0
	}
	if !found {
		t.Errorf("%+v", abc.Traits)
	}

	text := i.must(0, "report", "abc", "--months", "2", "--value", "count(deals) where won within 365d")
	for _, says := range []string{"weighed by count(deals)", "3,169", "2017-11", "2017-12", "Gini coefficient", "What members share"} {
		if !strings.Contains(text, says) {
			t.Errorf("no %q in\n%s", says, text)
		}
	}
	if text := i.must(0, "report", "--months", "0", "--traits", "0"); strings.Contains(text, "Since") || strings.Contains(text, "share (against") {
		t.Error(text)
	}
	var grouped run.Report
	if err := json.Unmarshal([]byte(i.must(0, "report", "--months", "0", "--by", "industry", "--output", "json")), &grouped); err != nil {
		t.Fatal(err)
	}
	groups, total := grouped.Classifiers[0].By, 0
	for _, g := range groups {
		total += g.Classes["A"] + g.Classes["B"] + g.Classes["C"]
	}
	if groups[0].Value != "retail" || groups[0].Customers != 17 || groups[0].Worth != 1_867_528 || total != 85 { // expected.json, by_sector
		t.Errorf("%+v", groups)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"report", "xyz"}, 1, "there is abc"},
		{[]string{"report", "--months", "-1"}, 2, "--months"},
		{[]string{"report", "--since", "2019-01-01"}, 1, "must lie before"},
		{[]string{"report", "--months", "0", "--by", "name"}, 1, "personal"},
		{[]string{"report", "--months", "0", "--by", "employees"}, 1, "no field with texts"},
		{[]string{"report", "--since", "soon"}, 2, "not a day"},
		{[]string{"report", "--value", "industry"}, 1, "no number or amount"},
	} {
		if code, _, stderr := i.taxon(c.args...); code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%v ended with %d: %s", c.args, code, stderr)
		}
	}
}
