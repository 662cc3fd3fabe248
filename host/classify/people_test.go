package classify

import (
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

func TestOtherClassifiersReadWhatPeopleSet(t *testing.T) {
	w := gradedWorld(t, Stability{})
	w.ok()
	set := func(field, value string) {
		t.Helper()
		if err := w.mirror.SaveOverrides(t.Context(), []store.Override{{Kind: crm.Company, Record: "x", Field: field, Classifier: "grade", Value: value}}); err != nil {
			t.Fatal(err)
		}
	}
	set("taxon_grade", "C")
	set("taxon_grade_reason", "D")
	r := w.next()
	w.wantTag("after", "x", "C")
	w.wantTag("after", "y", "A")
	w.wantTag("grade", "x", "A") // what the classifier says is kept beside it
	if r.Outcome("after").Sent != 2 {
		t.Errorf("%d sent", r.Outcome("after").Sent)
	}
	x, err := Explain(t.Context(), w.in, "x")
	if err != nil || x.Classifiers[0].Stale || x.Classifiers[0].Reads[0].Value.Text() != "C" {
		t.Errorf("%+v %v", x.Classifiers[0], err)
	}
	set("taxon_grade", "no class at all")
	w.next()
	w.wantTag("after", "x", "A")
	set("taxon_grade", "") // emptied
	w.next()
	w.wantTag("after", "x", "-")
}
