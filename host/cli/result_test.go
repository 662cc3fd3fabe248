package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/run"
	"github.com/taxonhq/taxon/host/writeback"
)

func TestMovesSayAllThatChanges(t *testing.T) {
	for want, s := range map[string]writeback.ClassifierSummary{
		"nothing changes":                                          {},
		"1,200 get a first value, 2 lose theirs":                   {First: 1200, Cleared: 2, Changes: 2400},
		"1 value beside the class":                                 {Changes: 1},
		"3 keep what somebody else set, 5 values beside the class": {Kept: 3, Changes: 5},
	} {
		if got := moves(&s); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}

// The error of a classifier is the run's, which the last lines say: once is enough.
func TestAClassifierThatFailedIsNamedAndExplainedOnce(t *testing.T) {
	var out bytes.Buffer
	e := &environment{stdout: &out}
	e.printClassified(&run.Classified{Classifiers: map[string]*run.ClassifierOutcome{"tree": {Error: &crm.Error{Code: crm.CodePlugin, Message: "what was learned is not applied"}}}})
	if got := out.String(); !strings.Contains(got, "tree failed and keeps its earlier tags") || strings.Contains(got, "learned") {
		t.Error(got)
	}
}
