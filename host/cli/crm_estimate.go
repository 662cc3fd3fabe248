package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// estimate says what the next pull will take, before anything is called, unless the CRM is to count.
func (e *environment) estimate(ctx context.Context, expects connector.Expectation, records map[string]string) error {
	expects.States, expects.Records = map[crm.Kind][]byte{}, map[crm.Kind]int{}
	for kind, text := range records {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || !slices.Contains(crm.Kinds, crm.Kind(kind)) {
			return usageError{fmt.Errorf("--records names kinds and numbers, such as company=500,contact=30000, not %q", kind+"="+text)}
		}
		expects.Records[crm.Kind(kind)] = n
	}
	return e.withConnection(ctx, func(_ *app.App, c *app.Connection) error {
		for _, kind := range crm.Kinds {
			state, err := c.Mirror.SyncState(ctx, kind)
			if err != nil {
				return err
			}
			expects.States[kind] = state
		}
		have, err := c.Mirror.Counts(ctx)
		if err != nil {
			return err
		}
		people := have.People + have.Orphans.People
		expects.Copied = map[crm.Kind]int{crm.Company: have.Customers, crm.Contact: people, crm.Deal: have.Deals + have.Orphans.Deals, crm.Activity: have.Activities + have.Orphans.Activities}
		if c.Config.Subject == crm.Contact {
			expects.Copied[crm.Company], expects.Copied[crm.Contact] = 0, have.Customers
		}
		if err := c.TellOwnFields(ctx); err != nil {
			return err
		}
		if expects.Reconcile, err = c.ReconcileDue(ctx, expects.Reconcile); err != nil {
			return err
		}
		estimate, err := c.CRM.Estimate(ctx, expects)
		if err != nil {
			return err
		}
		if e.output == "json" {
			return e.json(estimate)
		}
		e.printEstimate(&estimate, c.Config.QuotaShare, expects.Count)
		return nil
	})
}

var sources = map[string]string{"counted": "counted by the CRM", "given": "as you say", "copy": "as last pulled", "files": "counted in the files", "assumed": "assumed"}

// printEstimate prints what a pull takes; counts tells that the CRM was to count.
func (e *environment) printEstimate(s *connector.Estimate, share float64, counts bool) {
	if s.Requests == 0 {
		e.say("The next pull reads files: no request is made.")
	} else {
		e.say("The next pull takes some %s and %s.", plural(s.Requests, "request"), duration(s.Seconds))
	}
	table := e.table()
	for i := range s.Objects {
		o := &s.Objects[i]
		what := "changed"
		if o.Everything {
			what = "all"
		}
		fmt.Fprintf(table, "  %s\t%s %d\t%s\t%s\n", o.Object, what, o.Records, sources[o.From], takes(o))
	}
	_ = table.Flush() // standard output: nothing to do about it
	if s.Preparation > 0 {
		e.say("  account, stages, fields: %s", plural(s.Preparation, "request"))
	}
	if slices.ContainsFunc(s.Objects, func(o connector.ObjectEstimate) bool { return o.IDs > 0 }) {
		e.say("  All ids are compared then: --reconcile, or reconcile_days have passed.")
	}
	for _, q := range s.Quotas {
		e.say("Quota %s: %s %% of %d %s; at most %.0f %% are used.", q.Name, inPercent(q.Share), q.Size, period(q.Seconds), quotaShare(share)*100)
		if q.Days > 1 {
			e.say("  It is worked off on %d days: a pull that has used up its share stops and goes on the next day.", q.Days)
		}
	}
	if s.SlowestLimit != "" {
		e.say("The rate limit %s decides the time.", s.SlowestLimit)
	}
	if len(s.Assumptions) > 0 {
		e.say("Assumed: %s.", strings.Join(s.Assumptions, ";\n  "))
	}
	assumed := slices.ContainsFunc(s.Objects, func(o connector.ObjectEstimate) bool { return o.From == "assumed" })
	switch {
	case s.Asked > 0:
		e.say("The estimate itself took %s.", plural(s.Asked, "request"))
	case counts && !s.Countable && s.Requests > 0:
		e.say("Nothing was called: this CRM has no cheap request for counts, so --count changes nothing. --records gives better numbers.")
	case assumed && s.Countable:
		e.say("Nothing was called. Better numbers: --records, or --count, which asks the CRM.")
	case assumed:
		e.say("Nothing was called. Better numbers: --records.")
	}
}

// takes says how many requests an object takes, and for what.
func takes(o *connector.ObjectEstimate) string {
	var parts []string
	switch pages := o.Pages + o.Deletions; {
	case o.Job:
		parts = append(parts, plural(o.Pages, "request")+" of a job")
	case pages > 0:
		parts = append(parts, plural(pages, "page"))
	}
	if o.Associations > 0 {
		parts = append(parts, plural(o.Associations, "request")+" for links")
	}
	if o.IDs > 0 {
		parts = append(parts, plural(o.IDs, "page")+" of all ids")
	}
	return strings.Join(parts, ", ")
}

func quotaShare(configured float64) float64 {
	if configured == 0 {
		return 0.8
	}
	return configured
}

// inPercent is a share in percent, with two digits or all before the point.
func inPercent(share float64) string {
	if share >= 1 {
		return fmt.Sprintf("%.0f", share*100)
	}
	return fmt.Sprintf("%.2g", share*100)
}

// period is a length of time in which so many requests may be sent.
func period(seconds float64) string {
	switch d := time.Duration(seconds * float64(time.Second)); d {
	case 24 * time.Hour:
		return "a day"
	case time.Hour:
		return "an hour"
	case time.Minute:
		return "a minute"
	default:
		return "in " + duration(seconds)
	}
}

// duration is a rough length of time in words.
func duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Second:
		return "a second"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()+0.5))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()+0.5))
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}
