package writeback

import (
	"context"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

func TestHandEditIsKeptReportedAndTakesItsFieldsWithIt(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(3)
	w.classifiers[0].Parts = []string{"score", PartReason, PartHandling}
	w.pull()
	w.tag("abc", "A", ids...)
	w.apply(w.plan())
	w.crm.edit(crm.Company, ids[0], "taxon_abc", "C")
	w.pull()
	w.tag("abc", "B", ids[0])
	p := w.plan()
	if p.Summary.Kept != 1 || p.Summary.Changes != 0 {
		t.Fatalf("the plan is %+v: %v", p.Summary, w.changes(p))
	}
	var candidates []store.Override
	w.must(w.conn.Overrides(w.ctx, func(o store.Override) error { candidates = append(candidates, o); return nil }))
	if len(candidates) != 1 || candidates[0].Value != "C" || candidates[0].Replaced != "A" || candidates[0].Record != ids[0] {
		t.Errorf("the candidates for overrides are %+v", candidates)
	}

	w.classifiers[0].OnEdit = OverwriteEdit
	p = w.plan()
	if got := w.changes(p); len(got) != 3 || got[0].Cause != crm.CauseOverride || got[0].Old != "C" || got[0].New != "B" {
		t.Errorf("with overwrite the plan is %v", got)
	}
	candidates = nil
	w.must(w.conn.Overrides(w.ctx, func(o store.Override) error { candidates = append(candidates, o); return nil }))
	if len(candidates) != 0 {
		t.Errorf("candidates are left: %+v", candidates)
	}
	w.apply(p)
	w.expect(crm.Company, ids[0], "taxon_abc", "B")
}

func TestWhatIsKeptIsCountedAndListedAlike(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(4)
	w.classifiers[0].Parts = []string{"score", PartReason, PartHandling}
	w.pull()
	w.tag("abc", "A", ids...)
	w.apply(w.plan())
	w.crm.edit(crm.Company, ids[0], "taxon_abc", "C")
	w.crm.edit(crm.Company, ids[1], "taxon_abc_score", "7")
	w.crm.edit(crm.Company, ids[2], "taxon_abc_reason", "because I say so")
	w.crm.edit(crm.Company, ids[3], "taxon_abc_handling", "By hand")
	w.pull()
	p := w.plan()
	listed := 0
	w.must(w.conn.Overrides(w.ctx, func(store.Override) error { listed++; return nil }))
	if p.Summary.Kept != 4 || listed != 4 {
		t.Errorf("%d values are kept, %d are listed", p.Summary.Kept, listed)
	}
}

func TestValueThatThePersonSetToTheTagBecomesOurs(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(1)
	w.pull()
	w.tag("abc", "A", ids...)
	w.apply(w.plan())
	w.crm.edit(crm.Company, ids[0], "taxon_abc", "B")
	w.pull()
	w.tag("abc", "B", ids...)
	if p := w.plan(); p.Summary.Changes+p.Summary.Kept != 0 {
		t.Fatalf("adopting leads to %+v", p.Summary)
	}
	w.tag("abc", "C", ids...)
	if p := w.plan(); p.Summary.Changes != 1 {
		t.Errorf("the adopted value is not ours: %+v", p.Summary)
	}
}

// An attempt that ends before its plan is there leaves nothing behind that the next one would decide by.
func TestValuesAreAdoptedWithThePlanThatFoundThem(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(3 * flushRows)
	w.crm.own[crm.Company] = []string{"taxon_abc"}
	written := store.Values{}
	for _, id := range ids {
		written[id] = map[string]string{"taxon_abc": "A"}
		w.crm.edit(crm.Company, id, "taxon_abc", "B")
	}
	w.pull()
	w.must(w.conn.SetWritten(w.ctx, crm.Company, written))
	w.tag("abc", "B", ids...)
	in := w.input()
	ctx, cancel := context.WithCancel(w.ctx)
	in.Progress = func(records int) {
		if records == 2*flushRows {
			cancel()
		}
	}
	if _, err := Make(ctx, in); err == nil {
		t.Fatal("the attempt was not interrupted")
	}
	w.tag("abc", "A", ids...)
	if p := w.plan(); p.Summary.Kept != len(ids) || p.Summary.Changes != 0 {
		t.Errorf("people's values are taken for ours: %+v", p.Summary)
	}
}
