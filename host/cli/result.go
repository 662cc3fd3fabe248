package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/run"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/writeback"
)

// printResult prints what a run did, stage by stage; of one that failed, what it did until then.
func (e *environment) printResult(r *run.Result, finished bool) {
	if r.Pull != nil {
		e.printPull(r)
	}
	for _, f := range r.Gone {
		e.say("  The field %s of %s records is gone from the CRM: it is made again when it is written next.", f.Field, f.Kind)
	}
	if r.Classify != nil {
		e.printClassified(r.Classify)
	}
	if r.Plan != nil {
		e.printPlan(r, finished)
	}
	if r.Apply != nil {
		e.printApply(r.Apply, finished)
	}
}

func (e *environment) printPull(r *run.Result) {
	var parts []string
	for _, kind := range crm.Kinds {
		if k := r.Pull.Kinds[kind]; k.Records > 0 {
			parts = append(parts, plural(k.Records, kindWord[kind]))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing new"}
	}
	requests := int64(0)
	for _, class := range []string{"pull", "association", "archived", "late_pass", "reconcile"} {
		requests += r.Requests[class]
	}
	e.say("Pulled %s in %s.", strings.Join(parts, ", "), plural(int(requests), "request"))
	if o := r.Pull.Mirror.Orphans; o.Deals+o.Activities > 0 {
		e.say("  %s and %s belong to no customer: taxon mirror orphans shows them.", plural(o.Deals, "deal"), plural(o.Activities, "activity"))
	}
	for _, note := range append(slices.Clone(r.Pull.Held), r.Pull.LeftOut...) {
		e.say("  %s", note.Message)
		if s := note.Suggestion; s != "" {
			e.say("    → %s", s)
		}
	}
	if n := r.Pull.Rejected(); n > 0 {
		e.say("  %s could not be used: taxon mirror rejected shows why.", plural(n, "record"))
	}
}

var kindWord = map[crm.Kind]string{crm.Company: "company", crm.Contact: "contact", crm.Deal: "deal", crm.Activity: "activity"}

func (e *environment) printClassified(c *run.Classified) {
	for _, name := range slices.Sorted(maps.Keys(c.Classifiers)) {
		k := c.Classifiers[name]
		if k.Error != nil {
			e.say("  %s failed and keeps its earlier tags: why stands at the end.", name) // its error is the run's
		}
		if k.Problems > 0 {
			e.say("  %s had a problem with %s.", name, plural(k.Problems, "customer"))
		}
		if k.Held > 0 {
			e.say("  %s holds %s back from another class by its rules of stability: taxon explain says why.", name, plural(k.Held, "customer"))
		}
		for _, field := range k.Withheld {
			e.say("  %s did not get %s, which is personal data; grants: [%s] would allow it.", name, field, field)
		}
	}
}

// printPlan prints the plan: classes, moves, examples with reasons, what is kept, the guard.
func (e *environment) printPlan(r *run.Result, finished bool) {
	p, s, asOf := r.Plan, r.Plan.Summary, r.AsOf
	if s.Changes == 0 {
		e.say("\nPlan %d, as of %s: nothing changes.", p.ID, asOf)
	} else {
		e.say("\nPlan %d, as of %s: %s in %s.", p.ID, asOf, plural(s.Changes, "value"), plural(s.Records, "record"))
		for _, name := range slices.Sorted(maps.Keys(s.Classifiers)) {
			k := r.Classify.Classifiers[name]
			if k == nil {
				k = &run.ClassifierOutcome{}
			}
			e.printClassifierPlan(name, s.Classifiers[name], k, finished && r.Apply != nil)
		}
	}
	if len(r.Person) > 0 {
		e.say("\nThe CRM lets no program make these fields. Make them before this plan is applied, then taxon check looks at them:")
		for _, f := range r.Person {
			e.say("  %s of %s records: %s", f.Field, f.Kind, f.Instructions)
		}
	}
	if s.Kept > 0 {
		if s.Changes > 0 {
			e.say("")
		}
		e.say("Kept: %s that somebody else set in the CRM; taxon mirror kept lists them.", plural(s.Kept, "value"))
	}
}

func (e *environment) printClassifierPlan(name string, s *writeback.ClassifierSummary, k *run.ClassifierOutcome, passed bool) {
	e.say("\n%s: %s", name, moves(s))
	sizes := s.After
	if len(sizes) == 0 { // only what can have changed was compared
		sizes = k.Classes
	}
	if len(sizes) > 0 {
		table := e.table()
		for _, class := range largest(sizes) {
			share := ""
			if r, ok := s.Revenue[class]; ok && r.Minor != 0 {
				share = fmt.Sprintf("%5.1f %% of all won revenue", 100*r.Share)
			}
			fmt.Fprintf(table, "  %s\t%s\t%6s\t%s\n", orDash(class), k.Labels[class], thousands(int64(sizes[class])), share)
		}
		_ = table.Flush() // standard output: nothing to do about it
	}
	for _, x := range varied(s.Examples) {
		e.say("  %s %s: %s → %s", x.Kind, x.Record, orDash(x.Old), orDash(x.New))
		if x.Reason != "" {
			e.say("      %s", x.Reason)
		}
	}
	if s.Guard.Stops() && !passed {
		e.say("  The guard would stop this: %d of %d customers (%.0f %%) would change, %.0f %% may.", s.Guard.Affected, s.Guard.Of, 100*s.Guard.Share(), 100*s.Guard.Limit)
	}
}

// varied are a few examples, of different moves as far as there are.
func varied(examples []writeback.Change) []writeback.Change {
	var first, more []writeback.Change
	for _, x := range examples {
		if slices.ContainsFunc(first, func(y writeback.Change) bool { return y.Old == x.Old && y.New == x.New }) {
			more = append(more, x)
		} else {
			first = append(first, x)
		}
	}
	all := append(first, more...)
	return all[:min(len(all), shownExamples)]
}

// moves says in words what becomes of a classifier's customers.
func moves(s *writeback.ClassifierSummary) string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{s.First, "get a first value"}, {s.Changed, "another one"}, {s.Cleared, "lose theirs"}, {s.Kept, "keep what somebody else set"}} {
		if p.n > 0 {
			parts = append(parts, thousands(int64(p.n))+" "+p.word)
		}
	}
	if s.First+s.Changed+s.Cleared == 0 && s.Changes > 0 { // reasons, say, or the same on contacts
		parts = append(parts, plural(s.Changes, "value")+" beside the class")
	}
	if len(parts) == 0 {
		return "nothing changes"
	}
	return strings.Join(parts, ", ")
}

// shownExamples is the number of changes shown for each classifier.
const shownExamples = 3

// largest lists the classes, the largest first.
func largest(sizes map[string]int) []string {
	return slices.SortedFunc(maps.Keys(sizes), func(a, b string) int {
		return cmp.Or(cmp.Compare(sizes[b], sizes[a]), strings.Compare(a, b))
	})
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func (e *environment) printApply(r *writeback.Report, finished bool) {
	created := 0
	for _, f := range r.Fields {
		if f.Created {
			created++
		}
	}
	if created > 0 {
		e.say("\nMade %s in the CRM.", plural(created, "field"))
	}
	if r.Removed > 0 {
		e.say("Removed %s from the CRM, with all values.", plural(r.Removed, "field"))
		if r.Written == 0 {
			return
		}
	}
	if r.Written == 0 && r.Rejected == 0 && r.Skipped == 0 && r.Pending == 0 {
		if finished {
			e.say("Wrote nothing: the CRM is as planned.")
		} else {
			e.say("Wrote nothing.")
		}
		return
	}
	e.say("Wrote %s in %s, %s.", plural(r.Written, "value"), plural(r.Records, "record"), plural(r.Requests.Total(), "request"))
	if r.Rejected > 0 {
		e.say("  The CRM refused %s.", plural(r.Rejected, "record"))
	}
	if r.Skipped > 0 {
		e.say("  Skipped %s that somebody changed, or that are gone.", plural(r.Skipped, "record"))
	}
	if n := r.Pending - r.Withheld; n > 0 {
		e.say("  The CRM did not take %s for now: apply again.", plural(n, "record"))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Blocked)) {
		e.say("  %s is not written: %s", name, r.Blocked[name].Message)
		if s := r.Blocked[name].Suggestion; s != "" {
			e.say("    → %s", s)
		}
	}
	for i := range r.Samples {
		e.say("    %s %s: %s", r.Samples[i].Kind, r.Samples[i].ID, r.Samples[i].Error.Error())
	}
}

// printRun prints an entry of the ledger of runs.
func (e *environment) printRun(table table, r *store.Run) {
	took := ""
	if !r.FinishedAt.IsZero() {
		took = fmt.Sprintf("%.1fs", r.FinishedAt.Sub(r.StartedAt).Seconds())
	}
	requests := int64(0)
	for _, n := range r.Requests {
		requests += n
	}
	message := ""
	if r.Error != nil {
		message = r.Error.Message
	}
	fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", r.ID, r.Command, r.AsOf, r.Status, r.StartedAt.Format("2006-01-02 15:04:05"), took, requests, message)
}
