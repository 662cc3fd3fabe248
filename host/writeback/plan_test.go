package writeback

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

func TestPlanFillsThenRestsThenChangesOnlyWhatMoved(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(30)
	w.classifiers[0].Parts = []string{"score", PartReason, PartSince, PartClassifiedAt, PartHandling}
	w.pull()
	w.tag("abc", "A", ids[:10]...)
	w.tag("abc", "B", ids[10:]...)

	first := w.plan()
	s := first.Summary.Classifiers["abc"]
	if first.Summary.Records != 30 || first.Summary.Changes != 180 || s.First != 30 || s.Guard.Affected != 0 || s.Causes[crm.CauseFirst] != 180 {
		t.Fatalf("the first plan is %+v, %+v", first.Summary, s)
	}
	if report := w.apply(first); report.Written != 180 || report.Records != 30 || report.Requests.Write != 3 || len(report.Fields) != 6 {
		t.Fatalf("applying reports %+v", report)
	}
	w.expect(crm.Company, "c001", "taxon_abc", "A")
	w.expect(crm.Company, "c001", "taxon_abc_score", "1")
	w.expect(crm.Company, "c001", "taxon_abc_reason", "because of A")
	w.expect(crm.Company, "c001", "taxon_abc_since", "2026-01-31")
	w.expect(crm.Company, "c001", "taxon_abc_classified_at", "2026-01-31")
	w.expect(crm.Company, "c001", "taxon_abc_handling", "Handle as A")

	for _, pulled := range []bool{false, true} { // neither before the echo nor after it
		if pulled {
			w.pull()
		}
		if p := w.plan(); p.Summary.Changes != 0 || p.Summary.Kept != 0 {
			t.Fatalf("with nothing changed (echo pulled: %v) the plan is %+v: %v", pulled, p.Summary, w.changes(p))
		}
	}

	w.asOf++
	w.cause = "time"
	w.tag("abc", "B", ids[0])
	moved := w.plan()
	s = moved.Summary.Classifiers["abc"]
	if moved.Summary.Records != 1 || s.Changed != 1 || s.Before["A"] != 10 || s.After["A"] != 9 || s.After["B"] != 21 {
		t.Fatalf("after one move the plan is %+v: %+v", moved.Summary, s)
	}
	if want := []Move{{"A", "B", 1}}; !reflect.DeepEqual(s.Moves, want) {
		t.Errorf("the moves are %v, expected %v", s.Moves, want)
	}
	if len(s.Examples) != 1 || s.Examples[0].Reason != "because of B" || s.Examples[0].Cause != crm.CauseTime {
		t.Errorf("the examples are %+v", s.Examples)
	}
	w.apply(moved)
	w.expect(crm.Company, "c001", "taxon_abc_since", "2026-02-01")
	w.expect(crm.Company, "c002", "taxon_abc_classified_at", "2026-01-31")
}

func TestReasonAndDateAccompanyChangesButCauseNone(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(2)
	w.classifiers[0].Parts = []string{PartReason, PartClassifiedAt}
	w.pull()
	w.tag("abc", "A", ids...)
	w.apply(w.plan())
	w.asOf++
	w.must(w.conn.SaveTags(w.ctx, "abc", []store.TagRow{{Customer: ids[0], Since: w.asOf - 1, AsOf: w.asOf,
		Values: []store.TagValue{{Value: "A"}, {Key: "score", Value: "1"}}, Reasons: []byte("rank 2 now")}}))
	if p := w.plan(); p.Summary.Changes != 0 {
		t.Errorf("a reason alone leads to %v", w.changes(p))
	}
}

func TestModesAndClearing(t *testing.T) {
	for _, c := range []struct {
		mode                       Mode
		afterChange, afterClearing string
	}{{Mirror, "B", ""}, {OnlyIfBlank, "A", "A"}, {NeverClear, "B", "B"}} {
		w := newWorld(t, crm.Company)
		ids := w.companies(2)
		w.classifiers[0].Mode = c.mode
		w.pull()
		w.tag("abc", "A", ids...)
		w.apply(w.plan())
		w.tag("abc", "B", ids...)
		w.apply(w.plan())
		w.expect(crm.Company, ids[0], "taxon_abc", c.afterChange)
		w.must(w.conn.DeleteTags(w.ctx, "abc", ids[:1])) // out of scope now
		p := w.plan()
		w.apply(p)
		w.expect(crm.Company, ids[0], "taxon_abc", c.afterClearing)
		w.expect(crm.Company, ids[1], "taxon_abc", c.afterChange)
		if s := p.Summary.Classifiers["abc"]; c.mode == Mirror && (s.Cleared != 1 || s.Guard.Affected != 1) {
			t.Errorf("clearing is counted as %+v", s)
		}
	}
}

func TestCustomerDeletedInTheCRMIsLeftAlone(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(2)
	w.pull()
	w.tag("abc", "A", ids...)
	w.apply(w.plan())
	delete(w.crm.records[crm.Company], ids[0])
	w.pull()
	if p := w.plan(); p.Summary.Changes != 0 {
		t.Errorf("the plan is %v", w.changes(p))
	}
}

func TestTagsOfACompanyGoToItsPeopleToo(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(2)
	for _, person := range []string{"p1", "p2", "p3"} {
		w.record(crm.Contact, person)
	}
	w.people["p1"], w.people["p2"] = ids[0], ids[1]
	w.classifiers[0].WriteTo = []crm.Kind{crm.Company, crm.Contact}
	w.pull()
	w.tag("abc", "A", ids[0])
	w.tag("abc", "B", ids[1])
	p := w.plan()
	if s := p.Summary.Classifiers["abc"]; p.Summary.Records != 4 || s.Customers != 2 {
		t.Fatalf("the plan is %+v, %+v", p.Summary, s)
	}
	w.apply(p)
	w.expect(crm.Contact, "p1", "taxon_abc", "A")
	w.expect(crm.Contact, "p2", "taxon_abc", "B")
	w.expect(crm.Contact, "p3", "taxon_abc", "")

	w.people["p1"] = ids[1] // moves
	w.people["p2"] = ""     // leaves
	w.pull()
	w.apply(w.plan())
	w.expect(crm.Contact, "p1", "taxon_abc", "B")
	w.expect(crm.Contact, "p2", "taxon_abc", "")

	delete(w.crm.records[crm.Contact], "p1")
	w.pull()
	if p := w.plan(); p.Summary.Changes != 0 {
		t.Errorf("a deleted contact leads to %v", w.changes(p))
	}

	w.record(crm.Contact, "p1")
	w.people["p1"] = ids[0]
	w.pull()
	w.apply(w.plan())
	w.expect(crm.Contact, "p1", "taxon_abc", "A")
	w.classifiers[0].WriteTo = []crm.Kind{crm.Company} // no longer wanted there
	p = w.plan()
	if got := w.changes(p); len(got) != 1 || got[0].Record != "p1" || got[0].New != "" || got[0].Cause != crm.CauseRule {
		t.Errorf("without write_to contact the plan is %v", got)
	}
	w.apply(p)
	w.expect(crm.Contact, "p1", "taxon_abc", "")
	w.expect(crm.Company, ids[0], "taxon_abc", "A")
}

func TestEachCauseIsTold(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(2)
	w.classifiers[0].Parts = []string{PartHandling}
	w.pull()
	w.tag("abc", "A", ids...)
	w.apply(w.plan())
	class := "A"
	for noted, cause := range map[string]crm.Cause{"first": crm.CauseData, "data": crm.CauseData, "": crm.CauseData, "population": crm.CausePopulation,
		"upstream": crm.CauseUpstream, "time": crm.CauseTime, "rule": crm.CauseRule, "plugin": crm.CausePlugin, "rate": crm.CauseRate} {
		class = map[string]string{"A": "B", "B": "A"}[class]
		w.cause = noted
		w.tag("abc", class, "c001")
		p := w.plan()
		if got := w.changes(p); len(got) != 2 || got[0].Cause != cause || got[1].Cause != cause {
			t.Errorf("expected the cause %s: %+v", cause, got)
		}
		if p.Summary.Classifiers["abc"].Causes[cause] != 2 {
			t.Errorf("the causes are counted as %v", p.Summary.Classifiers["abc"].Causes)
		}
		w.apply(p)
	}
	w.classifiers[0].Tags[0].Options[0].Handling = words("Another handling", "")
	for _, c := range w.changes(w.plan()) {
		if c.Cause != crm.CauseRule || c.New != "Another handling" {
			t.Errorf("another text leads to %+v", c)
		}
	}
}

func TestGuardCountsLossesAndNotFirstFills(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(10)
	w.classifiers[0].Guard = DefaultGuard
	w.pull()
	w.tag("abc", "A", ids...)
	p := w.plan()
	w.must(p.Guard(0))
	w.apply(p)
	w.tag("abc", "B", ids[:2]...) // 20 %: not above
	w.must(w.plan().Guard(0))
	w.tag("abc", "B", ids[2])
	p = w.plan()
	expectCode(t, p.Guard(0), crm.CodeGuard)
	if err := p.Guard(0); err == nil || !strings.Contains(err.Error(), "3 of 10 customers (30 %)") {
		t.Errorf("the message is %v", err)
	}
	_, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4711", Plan: p.ID})
	expectCode(t, err, crm.CodeGuard)
	w.expect(crm.Company, ids[0], "taxon_abc", "A")
	report, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4711", Plan: p.ID, Allow: 0.3})
	w.must(err)
	if report.Written != 3 {
		t.Errorf("allowed, applying reports %+v", report)
	}
}

func TestTwoClassifiersThatWouldOwnOneFieldAreRefused(t *testing.T) {
	w := newWorld(t, crm.Company)
	w.classifiers[0].Parts = []string{"score"}
	other := abc()
	other.Name = "abc_score"
	w.classifiers = append(w.classifiers, other)
	_, err := Make(w.ctx, w.input())
	expectCode(t, err, crm.CodeConflict)
}

func TestOneRowForARecordWithAllClassifiers(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(15)
	other := abc()
	other.Name = "rfm"
	w.classifiers = append(w.classifiers, other)
	w.pull()
	w.tag("abc", "A", ids...)
	w.tag("rfm", "B", ids...)
	p := w.plan()
	if p.Summary.Records != 15 || p.Summary.Changes != 30 {
		t.Fatalf("the plan is %+v", p.Summary)
	}
	if report := w.apply(p); report.Requests.Write != 2 {
		t.Errorf("%d requests for 15 records in batches of 10", report.Requests.Write)
	}
}

func TestLabelsOptionsAndTextsAreInTheAccountsLanguage(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(1)
	w.classifiers[0].Parts = []string{"score", PartHandling}
	w.pull()
	w.tag("abc", "A", ids...)
	in := w.input()
	in.Language = "zh-Hans"
	p, err := Make(w.ctx, in)
	w.must(err)
	w.apply(p)
	spec := w.crm.fields[crm.Company]["taxon_abc"]
	if spec.Label != "ABC 类别" || !slices.Contains(spec.Options, connector.Option{Code: "A", Label: "甲"}) {
		t.Errorf("the field is %+v", spec)
	}
	if got := w.crm.fields[crm.Company]["taxon_abc_handling"].Label; got != "ABC 类别 · 处理建议" {
		t.Errorf("the label is %q", got)
	}
	w.expect(crm.Company, ids[0], "taxon_abc_handling", "处理甲")
}

func TestNewerPlanOvertakesAnOlderOne(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(1)
	w.pull()
	w.tag("abc", "A", ids...)
	older := w.plan()
	w.tag("abc", "B", ids...)
	newer := w.plan()
	if !slices.Equal(newer.Superseded, []int64{older.ID}) {
		t.Errorf("the newer plan overtook %v", newer.Superseded)
	}
	_, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4711", Plan: older.ID})
	expectCode(t, err, crm.CodeConflict)
	w.apply(newer)
	w.expect(crm.Company, ids[0], "taxon_abc", "B")
}

func TestRevenueIsSharedOutByClass(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(3)
	w.pull()
	w.tag("abc", "A", ids[0])
	w.tag("abc", "B", ids[1:]...)
	in := w.input()
	in.Revenue = func(customer string) (int64, bool) {
		return map[string]int64{"c001": 800, "c002": 200}[customer], customer != "c003"
	}
	p, err := Make(w.ctx, in)
	w.must(err)
	want := map[string]Share{"A": {800, 0.8}, "B": {200, 0.2}}
	if got := p.Summary.Classifiers["abc"].Revenue; !reflect.DeepEqual(got, want) {
		t.Errorf("revenue is %v, expected %v", got, want)
	}
}

func TestIncrementalPlanEqualsAFullOneAndLooksAtWhatChanged(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(40)
	w.crm.bad[ids[9]] = true
	w.pull()
	w.tag("abc", "A", ids...)
	work := func() {
		t.Helper()
		sequence, err := w.conn.Sequence(w.ctx)
		w.must(err)
		w.must(w.conn.SaveWork(w.ctx, store.Work{Classifier: "abc", Key: w.asOf.String(), AsOf: w.asOf, Sequence: sequence}))
	}
	work()
	incremental := func() *Plan {
		t.Helper()
		in := w.input()
		in.Incremental = true
		p, err := Make(w.ctx, in)
		w.must(err)
		return p
	}
	if p := incremental(); p.Summary.Since != 0 || p.Summary.Changes != 40 {
		t.Fatalf("the first plan is %+v", p.Summary)
	} else if p := incremental(); p.Summary.Since != 0 || p.Summary.Changes != 40 {
		t.Fatalf("a plan that was not applied is built upon: %+v", p.Summary)
	} else {
		w.apply(p)
	}
	delete(w.crm.bad, ids[9])
	w.pull()
	w.crm.edit(crm.Company, ids[3], "taxon_abc", "C")
	w.pull()
	w.touch(ids[5])
	w.tag("abc", "B", ids[5])
	work()
	p := incremental()
	s := p.Summary.Classifiers["abc"]
	if p.Summary.Since == 0 || s.Customers != 3 || s.Guard.Of != 40 || s.Guard.Affected != 1 || s.Before != nil {
		t.Errorf("the plan looked at %+v, %+v", p.Summary, s)
	}
	if got := w.changes(p); len(got) != 2 || got[0].Record != ids[5] || got[1].Record != ids[9] || p.Summary.Kept != 1 {
		t.Errorf("the plan is %+v: %v", p.Summary, got)
	}
	if full := w.plan(); !reflect.DeepEqual(w.changes(full), w.changes(p)) {
		t.Errorf("a full plan is %v", w.changes(full))
	}
	w.apply(incremental()) // not built on the full one, which was not applied
	if p := incremental(); p.Summary.Since == 0 || p.Summary.Changes != 0 || p.Summary.Classifiers["abc"].Customers != 1 {
		t.Errorf("at rest the plan is %+v", p.Summary)
	}
	in := w.input()
	in.Incremental, in.few = true, 1
	w.touch(ids[6])
	p, err := Make(w.ctx, in) // the customer that changed, and the one with an edit
	w.must(err)
	if s := p.Summary.Classifiers["abc"]; p.Summary.Since != 0 || p.Summary.Changes != 0 || s.Customers != 40 || s.Before["A"] != 38 || s.Guard.Of != 40 {
		t.Errorf("where many changed the plan is %+v, %+v", p.Summary, s)
	}
	w.classifiers[0].OnEdit = OverwriteEdit
	if p := incremental(); p.Summary.Since != 0 || p.Summary.Changes != 1 {
		t.Errorf("under other conditions the plan is %+v", p.Summary)
	}
}
