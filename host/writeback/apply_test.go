package writeback

import (
	"errors"
	"fmt"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

func TestApplyingAPlanTwiceWritesNothing(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(5)
	w.pull()
	w.tag("abc", "A", ids...)
	p := w.plan()
	w.apply(p)
	before := w.crm.counts
	if report := w.apply(p); report.Written != 0 || w.crm.counts != before {
		t.Errorf("the second time reports %+v, and %+v requests", report, subtract(w.crm.counts, before))
	}
}

func TestRejectedRecordsAreNamedAndTheOthersWritten(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(25)
	w.crm.bad[ids[3]] = true
	w.pull()
	w.tag("abc", "A", ids...)
	report := w.apply(w.plan())
	if report.Records != 24 || report.Rejected != 1 || !report.Partly() || len(report.Samples) != 1 || report.Samples[0].ID != ids[3] {
		t.Fatalf("applying reports %+v", report)
	}
	ledger, err := w.conn.Rejected(w.ctx, store.StageWrite, 0)
	w.must(err)
	if len(ledger) != 1 || ledger[0].ID != ids[3] || ledger[0].Error.Code != crm.CodeRecord {
		t.Errorf("the ledger holds %+v", ledger)
	}
	delete(w.crm.bad, ids[3])
	if report := w.apply(w.plan()); report.Written != 1 || report.Rejected != 0 {
		t.Errorf("once mended, applying reports %+v", report)
	}
	if n, err := w.conn.CountRejected(w.ctx, store.StageWrite); err != nil || n != 0 {
		t.Errorf("the ledger still holds %d, %v", n, err)
	}
}

func TestRecordsThatTheCRMDoesNotTakeForNowStayPending(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(12)
	w.crm.transient[ids[5]] = true
	w.pull()
	w.tag("abc", "A", ids...)
	p := w.plan()
	if report := w.apply(p); report.Records != 11 || report.Pending != 1 || report.Rejected != 0 || !report.Partly() {
		t.Fatalf("applying reports %+v", report)
	}
	delete(w.crm.transient, ids[5])
	if report := w.apply(p); report.Records != 1 || report.Pending != 0 || report.Resumed.Pending != 1 {
		t.Errorf("applying again reports %+v", report)
	}
	w.expect(crm.Company, ids[5], "taxon_abc", "A")
	if w.crm.written[ids[0]] != 1 {
		t.Errorf("a record was written %d times", w.crm.written[ids[0]])
	}
}

func TestValuesChangedBetweenPlanAndApplyAreSkippedAndReported(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(4)
	w.classifiers[0].Parts = []string{"score"}
	other := abc()
	other.Name = "rfm"
	w.classifiers = append(w.classifiers, other)
	w.pull()
	w.tag("abc", "A", ids...)
	w.tag("rfm", "A", ids...)
	w.apply(w.plan())
	w.pull()
	w.tag("abc", "unclassified", ids...)
	w.tag("rfm", "B", ids...)
	p := w.plan()
	w.crm.edit(crm.Company, ids[0], "taxon_abc", "C")            // a person decides
	w.crm.edit(crm.Company, ids[1], "taxon_abc", "unclassified") // and once agrees
	delete(w.crm.records[crm.Company], ids[2])
	report, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4711", Plan: p.ID, Reread: true})
	w.must(err)
	if report.Skipped != 2 || report.Adopted != 1 || report.Records != 3 {
		t.Fatalf("applying reports %+v", report)
	}
	w.expect(crm.Company, ids[0], "taxon_abc", "C")
	w.expect(crm.Company, ids[0], "taxon_abc_score", "1") // stays with its class
	w.expect(crm.Company, ids[0], "taxon_rfm", "B")
	w.expect(crm.Company, ids[3], "taxon_abc", "unclassified")
	w.pull()
	if p := w.plan(); p.Summary.Kept != 1 || p.Summary.Changes != 1 { // the score, which is no part of the class
		t.Errorf("the next plan is %+v: %v", p.Summary, w.changes(p))
	}
}

func TestRecordsAreReadInFullRequestsBeforeTheyAreWrittenOneByOne(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(60)
	w.pull()
	w.tag("abc", "A", ids...)
	p := w.plan()
	w.crm.batch, w.crm.reads = 1, 20
	before := w.crm.Counts().Read
	report, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4711", Plan: p.ID, Reread: true})
	w.must(err)
	if n := w.crm.Counts().Read - before; report.Records != 60 || n != 3 {
		t.Errorf("%d requests read %d records, 20 in one", n, report.Records)
	}
}

var errCrash = errors.New("crash")

// TestInterruptedAnywhereNothingIsLostOrWrittenTwice stops the application before and after each request, as a lost
// process would, and continues in both ways: with the same plan, and with a new run whose tags have moved on.
func TestInterruptedAnywhereNothingIsLostOrWrittenTwice(t *testing.T) {
	for _, c := range []struct {
		again   string
		request int
		taken   bool
	}{{"apply", 2, true}, {"apply", 6, false}, {"run", 2, false}, {"run", 6, true}} { // five requests are marked at a time
		t.Run(fmt.Sprintf("%s again, request %d taken=%v", c.again, c.request, c.taken), func(t *testing.T) {
			w := newWorld(t, crm.Company)
			ids := w.companies(65)
			w.pull()
			w.tag("abc", "A", ids...)
			p := w.plan()
			hook := func(batch int) error {
				if batch == c.request {
					return errCrash
				}
				return nil
			}
			if c.taken {
				w.crm.after = hook
			} else {
				w.crm.before = hook
			}
			if _, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4711", Plan: p.ID}); !errors.Is(err, errCrash) {
				t.Fatalf("the application ended with %v", err)
			}
			w.crm.before, w.crm.after = nil, nil

			class := "A"
			if c.again == "run" {
				class = "B"
				w.tag("abc", class, ids...)
				w.pull()
				p = w.plan()
				if p.Summary.Kept != 0 || p.Summary.Records != 65 {
					t.Fatalf("our own values pass for somebody's: %+v", p.Summary)
				}
				clear(w.crm.written)
			}
			w.apply(p)
			for _, id := range ids {
				w.expect(crm.Company, id, "taxon_abc", class)
				if w.crm.written[id] != 1 {
					t.Errorf("%s was written %d times", id, w.crm.written[id])
				}
			}
			w.pull()
			if p := w.plan(); p.Summary.Changes+p.Summary.Kept != 0 {
				t.Errorf("afterwards the plan is %+v", p.Summary)
			}
		})
	}
}

func TestEditOfARecordWhoseWriteIsUnsettledIsSpared(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(2)
	w.pull()
	w.tag("abc", "A", ids...)
	p := w.plan()
	w.crm.after = func(int) error { return errCrash }
	if _, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4711", Plan: p.ID}); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	w.crm.after = nil
	w.crm.edit(crm.Company, ids[0], "taxon_abc", "C")
	report := w.apply(p)
	if report.Resumed != (Resumed{Written: 1, Skipped: 1}) || report.Written != 0 {
		t.Errorf("applying reports %+v", report)
	}
	w.expect(crm.Company, ids[0], "taxon_abc", "C")
}

func TestRetireKeepsOrClears(t *testing.T) {
	build := func(t *testing.T) (*world, []string) {
		w := newWorld(t, crm.Company)
		ids := w.companies(12)
		other := abc()
		other.Name = "rfm"
		w.classifiers = append(w.classifiers, other)
		w.pull()
		w.tag("abc", "A", ids...)
		w.tag("rfm", "B", ids...)
		w.apply(w.plan())
		w.crm.edit(crm.Company, ids[0], "taxon_abc", "C")
		w.pull()
		return w, ids
	}
	retire := func(w *world, in RetireInput) Report {
		w.t.Helper()
		in.Store, in.CRM, in.Account, in.AsOf, in.Clock, in.Classifier = w.conn, w.crm, "4711", w.asOf, w.clock, "abc"
		w.run++
		in.Run = w.run
		report, err := Retire(w.ctx, in)
		w.must(err)
		return report
	}
	forgotten := func(w *world) {
		w.t.Helper()
		fields, err := w.conn.Fields(w.ctx)
		w.must(err)
		if len(fields) != 1 || fields[0].Key != "taxon_rfm" {
			w.t.Errorf("the ledger of fields holds %+v", fields)
		}
		w.must(w.conn.WrittenRecords(w.ctx, crm.Company, []string{"taxon_abc"}, func(id string, _ map[string]string) error {
			return fmt.Errorf("%s is still known as written", id)
		}))
		w.classifiers = w.classifiers[1:]
		if p := w.plan(); p.Summary.Changes != 0 {
			w.t.Errorf("then the plan is %v", w.changes(p))
		}
		_, err = Retire(w.ctx, RetireInput{Store: w.conn, CRM: w.crm, Clock: w.clock, Classifier: "abc"})
		expectCode(w.t, err, crm.CodeNotFound)
	}

	w, ids := build(t)
	if report := retire(w, RetireInput{}); report.Requests.Total() != 0 {
		t.Errorf("keeping costs %+v", report.Requests)
	}
	w.expect(crm.Company, ids[1], "taxon_abc", "A")
	forgotten(w)

	w, ids = build(t)
	if report := retire(w, RetireInput{Clear: true}); report.Written != 11 {
		t.Errorf("clearing reports %+v", report)
	}
	w.expect(crm.Company, ids[0], "taxon_abc", "C") // somebody else's
	w.expect(crm.Company, ids[1], "taxon_abc", "")
	w.expect(crm.Company, ids[1], "taxon_rfm", "B")
	forgotten(w)

	w, _ = build(t)
	retire(w, RetireInput{Clear: true, Delete: true})
	if _, exists := w.crm.fields[crm.Company]["taxon_abc"]; exists {
		t.Error("the field is still there")
	}
	forgotten(w)
}

func TestAPlanOfAnotherAccountIsRefused(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(1)
	w.pull()
	w.tag("abc", "A", ids...)
	p := w.plan()
	_, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4712", Plan: p.ID})
	expectCode(t, err, crm.CodeConflict)
	if w.crm.counts.Total() != 0 {
		t.Errorf("refusing costs %+v", w.crm.counts)
	}
}

func TestRetiringSaysWhatCouldNotBeClearedAndForgetsNothingUntilThen(t *testing.T) {
	for _, cause := range []string{"refused", "not taken for now"} {
		t.Run(cause, func(t *testing.T) {
			w := newWorld(t, crm.Company)
			ids := w.companies(12)
			w.pull()
			w.tag("abc", "A", ids...)
			w.apply(w.plan())
			w.pull()
			bad := w.crm.bad
			if cause != "refused" {
				bad = w.crm.transient
			}
			bad[ids[3]] = true
			in := RetireInput{Store: w.conn, CRM: w.crm, Account: "4711", Run: 9, AsOf: w.asOf, Clock: w.clock, Classifier: "abc", Clear: true}
			report, err := Retire(w.ctx, in)
			w.must(err)
			if !report.Partly() || report.Written != 11 || report.Rejected+report.Pending != 1 {
				t.Fatalf("retiring reports %+v", report)
			}
			clear(bad)
			report, err = Retire(w.ctx, in)
			w.must(err)
			if report.Partly() || report.Written != 1 {
				t.Errorf("retiring again reports %+v", report)
			}
			w.expect(crm.Company, ids[3], "taxon_abc", "")
		})
	}
}
