package writeback

import (
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func TestFieldThatExistedBeforeUsIsReadBeforeAnythingIsWritten(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(4)
	w.crm.fields[crm.Company] = map[string]connector.FieldSpec{"taxon_abc": {Key: "taxon_abc", Type: crm.Text}}
	w.crm.edit(crm.Company, ids[0], "taxon_abc", "C")
	w.crm.edit(crm.Company, ids[1], "taxon_abc", "A")
	w.pull()
	w.tag("abc", "A", ids...)
	report := w.apply(w.plan())
	if report.Skipped != 1 || report.Adopted != 1 || report.Written != 2 {
		t.Fatalf("applying reports %+v", report)
	}
	w.expect(crm.Company, ids[0], "taxon_abc", "C")
	if p := w.plan(); p.Summary.Kept != 1 || p.Summary.Changes != 0 {
		t.Errorf("the next plan is %+v", p.Summary)
	}
}

func TestFieldOfAnotherTypeIsRefused(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(1)
	w.crm.fields[crm.Company] = map[string]connector.FieldSpec{"taxon_abc": {Key: "taxon_abc", Type: crm.Number}}
	w.pull()
	w.tag("abc", "A", ids...)
	p := w.plan()
	_, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4711", Plan: p.ID})
	expectCode(t, err, crm.CodeConflict)
	if w.crm.counts.Write != 0 {
		t.Error("something was written")
	}
}

// A field that cannot be as it has to be keeps its own classifier from being written, and no other. Once it is mended,
// the plan goes on where it was, and a new one has what is missing.
func TestAnUnsuitableFieldBlocksItsClassifierOnly(t *testing.T) {
	for _, way := range []string{"the same plan", "a new plan"} {
		t.Run(way, func(t *testing.T) {
			w := newWorld(t, crm.Company)
			ids := w.companies(3)
			other := abc()
			other.Name = "rfm"
			w.classifiers = append(w.classifiers, other)
			w.crm.fields[crm.Company] = map[string]connector.FieldSpec{"taxon_abc": {Key: "taxon_abc", Type: crm.Number}}
			w.pull()
			w.tag("abc", "A", ids...)
			w.tag("rfm", "B", ids...)
			p := w.plan()
			report := w.apply(p)
			if report.Written != 3 || report.Withheld != 3 || !report.Partly() || report.Blocked["abc"] == nil || report.Blocked["rfm"] != nil {
				t.Fatalf("applying reports %+v", report)
			}
			w.expect(crm.Company, ids[0], "taxon_abc", "")
			w.expect(crm.Company, ids[0], "taxon_rfm", "B")

			w.crm.fields[crm.Company]["taxon_abc"] = connector.FieldSpec{Key: "taxon_abc", Type: crm.Text}
			if way == "a new plan" {
				in := w.input()
				in.Incremental = true
				var err error
				if p, err = Make(w.ctx, in); err != nil || p.Summary.Changes != 3 {
					t.Fatalf("mended, the next plan is %+v, %v", p.Summary, err)
				}
			}
			report, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4711", Plan: p.ID, Run: w.run, Reread: true})
			if err != nil || report.Written != 3 || report.Partly() {
				t.Errorf("mended, applying reports %+v, %v", report, err)
			}
			w.expect(crm.Company, ids[0], "taxon_abc", "A")
			if p := w.plan(); p.Summary.Changes+p.Summary.Kept != 0 {
				t.Errorf("afterwards the plan is %+v", p.Summary)
			}
		})
	}
}

// With another prefix values move from one field to the other: nobody loses a class, and nobody is counted twice.
func TestAnotherPrefixCountsCustomersOnce(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(10)
	w.classifiers[0].Guard = DefaultGuard
	w.pull()
	w.tag("abc", "A", ids...)
	w.apply(w.plan())
	in := w.input()
	in.Prefix = "other_"
	p, err := Make(w.ctx, in)
	w.must(err)
	s := p.Summary.Classifiers["abc"]
	if s.Customers != 10 || s.First != 10 || s.Cleared != 0 || s.After["A"] != 10 || s.After[""] != 0 || s.Changes != 20 {
		t.Errorf("the summary is %+v", s)
	}
	w.must(p.Guard(0))
	w.apply(p)
	w.expect(crm.Company, ids[0], "other_abc", "A")
	w.expect(crm.Company, ids[0], "taxon_abc", "")
}

func TestFieldThatNoProgramCanCreateComesWithInstructions(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(1)
	w.crm.manual["taxon_abc"] = true
	w.pull()
	w.tag("abc", "A", ids...)
	p := w.plan()
	_, err := Apply(w.ctx, ApplyInput{Store: w.conn, CRM: w.crm, Account: "4711", Plan: p.ID})
	expectCode(t, err, crm.CodeNotFound)
	if err == nil || !strings.Contains(err.Error(), "create a text field named taxon_abc") {
		t.Errorf("the error is %v", err)
	}
	w.crm.fields[crm.Company]["taxon_abc"] = connector.FieldSpec{Key: "taxon_abc", Type: crm.Text} // a person did it
	if report := w.apply(p); report.Written != 1 {
		t.Errorf("then applying reports %+v", report)
	}
}
