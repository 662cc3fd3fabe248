package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox"
	sandboxdata "github.com/taxonhq/taxon/examples/sandbox/demo"
	"github.com/taxonhq/taxon/host/connector/manifests"
)

// The same pipeline in any CRM gives the same classes: what `taxon sandbox NAME` and `taxon init` say is tried with each of
// them, up to the second run, that finds nothing to do.
func TestThePipelineIsTheSameInEveryCRM(t *testing.T) {
	t.Parallel()
	for _, d := range sandboxdata.Dialects {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			account := d.Open(false)
			loaded, err := d.Load(account)
			if err != nil {
				t.Fatal(err)
			}
			listener, err := account.Listen("")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = listener.Close() })
			i := &installation{t: t, dir: t.TempDir(), url: listener.URL}
			args := []string{"init", "--crm", d.Name, "--base-url", listener.URL, "--as-of", loaded.AsOf.Format("2006-01-02")}
			for _, name := range slices.Sorted(maps.Keys(d.Settings)) {
				args = append(args, "--set", name+"="+d.Settings[name])
			}
			for _, name := range slices.Sorted(maps.Keys(d.Secrets)) {
				i.write(name, d.Secrets[name])
				args = append(args, "--secret", name+"=file:"+i.path(name))
			}
			i.must(0, args...)
			checked := i.must(0, "check")
			plan := i.run(0, "plan", "--output", "json")
			if plan.Mirror.Customers != 85 || plan.Mirror.Deals != 7375 || plan.Mirror.Orphans.Deals != 1425 {
				t.Errorf("the mirror holds %+v", plan.Mirror)
			}
			if got := fmt.Sprint(plan.Classify.Classifiers["abc"].Classes); got != "map[A:59 B:18 C:8]" {
				t.Errorf("abc gives %s", got)
			}
			m, err := manifests.Load(d.Name)
			if err != nil {
				t.Fatal(err)
			}
			person := d.Administrator(account)
			for _, o := range m.Objects {
				if o.Kind == "company" && (o.Define.Create == nil) != (person != nil) {
					t.Errorf("a person makes the fields: %t", person != nil)
				}
			}
			if person != nil {
				if !strings.Contains(checked, "lets no program make it") {
					t.Errorf("check does not say what a person has to do:\n%s", checked)
				}
				if said := i.must(0, "plan"); !strings.Contains(said, "taxon_abc of company records: ") {
					t.Errorf("the plan does not say what a person has to do:\n%s", said)
				}
				if code, _, said := i.taxon("run"); code != 1 || !strings.Contains(said, "make them as described") {
					t.Errorf("a run without the fields ended with %d: %s", code, said)
				}
				at, err := sandbox.Listen("", person)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = at.Close() })
				if made := i.must(0, "sandbox", "person", at.URL); !strings.Contains(made, "Made the field taxon_abc of companies") {
					t.Errorf("the person says %s", made)
				}
				if again := i.must(0, "sandbox", "person", at.URL); !strings.Contains(again, "Nothing is missing.") {
					t.Errorf("the person says %s", again)
				}
				if checked = i.must(0, "check"); strings.Contains(checked, "another installation") {
					t.Errorf("what a person made on our instructions passes for another installation's:\n%s", checked)
				}
			}
			if first := i.run(0, "run", "--output", "json"); first.Apply.Records != 85 || first.Apply.Rejected != 0 {
				t.Errorf("the first run wrote %+v", first.Apply)
			}
			if checked = i.must(0, "check"); strings.Contains(checked, "another installation") {
				t.Errorf("our own fields pass for another installation's:\n%s", checked)
			}
			if second := i.run(0, "run", "--output", "json"); second.Apply.Written != 0 || second.Plan.Summary.Changes != 0 {
				t.Errorf("the second run wrote %+v, planned %+v", second.Apply, second.Plan.Summary)
			}
		})
	}
}
