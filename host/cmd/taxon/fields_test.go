package main

import (
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

// A field of ours that somebody deleted in the CRM is made again with all its values; that its values are gone is
// nobody's edit.
func TestAFieldThatSomebodyDeletedIsMadeAgain(t *testing.T) {
	i := sales(t, hubspot.Options{}, sqlite(salesYAML))
	i.must(0, "run")
	if !i.server.RemoveProperty("companies", "taxon_abc") {
		t.Fatal("there was no such field")
	}
	touched := i.server.Records("companies")[3].ID // pulled again, without the value
	if err := i.server.Update("companies", touched, map[string]string{"city": "Anywhere"}); err != nil {
		t.Fatal(err)
	}
	if text := i.must(0, "check"); !strings.Contains(text, "taxon_abc") || !strings.Contains(text, "warning") {
		t.Errorf("check does not tell of it:\n%s", text)
	}
	text := i.must(0, "run")
	if !strings.Contains(text, "The field taxon_abc of company records is gone from the CRM") || strings.Contains(text, "Kept") {
		t.Errorf("the run says\n%s", text)
	}
	i.compareABC()
	if idle := i.run(0, "run"); idle.Plan.Summary.Changes+idle.Plan.Summary.Kept != 0 {
		t.Errorf("afterwards there are %+v", idle.Plan.Summary)
	}
	if text := i.must(0, "mirror", "kept"); strings.Contains(text, "taxon_abc") {
		t.Errorf("values pass for a person's:\n%s", text)
	}

	// The same when a plan is waiting meanwhile: what it makes again is filled by the next run.
	i.configure(strings.Replace(sqlite(salesYAML), "as_of: 2018-01-01", "as_of: 2017-06-01", 1))
	i.must(0, "plan", "-o", i.path("plan.json"))
	i.server.RemoveProperty("companies", "taxon_abc")
	i.must(0, "apply", i.path("plan.json"), "--allow", "100%")
	i.configure(sqlite(salesYAML))
	i.must(0, "run", "--allow", "100%")
	i.compareABC()

	// Deleted by us and wanted again, nothing of what was there before counts.
	off := strings.Replace(sqlite(salesYAML), "abc: {plugin: abc,", "abc: {plugin: abc, enabled: false,", 1)
	i.configure(off)
	i.must(0, "plugin", "retire", "abc", "--clear", "--delete")
	i.configure(sqlite(salesYAML))
	i.must(0, "run")
	i.compareABC()
}
