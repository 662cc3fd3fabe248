package cli

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/evaluate"
	"github.com/taxonhq/taxon/host/run"
)

func (e *environment) reportCommand() *cobra.Command {
	var since string
	q := run.Question{}
	cmd := &cobra.Command{
		Use:   "report [CLASSIFIER...]",
		Short: "What the classes hold, who is new in them, what their members share",
		Long: `Describes the stored classification: the classes with their customers and what they are worth, how concentrated that is, what the
members of a class have in common, and why customers are unclassified. For comparison the same configuration classifies as of earlier
days, from what was known then: how many are new in each class this month against the months before, who moved from which class
to which, and whether the classes and the numbers behind them have drifted. The records of the last pull are used; nothing is pulled
or written. docs/evaluation.md tells how to read it.`,
		Example: `  taxon report
  taxon report abc --months 12
  taxon report --since 2025-01-01 --months 0
  taxon report abc --by owner
  taxon report profit --value "sum(deals.margin) where won within 365d"`,
		RunE: func(cmd *cobra.Command, given []string) error {
			q.Classifiers = given
			if q.Months < 0 || q.Months > 120 || q.Traits < 0 {
				return usageError{fmt.Errorf("--months is 0 to 120, --traits not negative")}
			}
			if since != "" {
				var err error
				if q.Since, err = crm.ParseDay(since); err != nil {
					return usageError{err}
				}
			}
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				var end func()
				q.Progress, end = e.progress()
				r, err := c.Report(cmd.Context(), q)
				end()
				if err != nil {
					return err
				}
				if e.output == "json" {
					return e.json(r)
				}
				e.printReport(r)
				return nil
			})
		},
	}
	cmd.Flags().IntVar(&q.Months, "months", 3, "how many months to compare; 0 looks at no earlier day")
	cmd.Flags().StringVar(&since, "since", "", "the earlier day for moves and drift, YYYY-MM-DD (default: the first of the months)")
	cmd.Flags().StringVar(&q.Value, "value", run.Worth, "what a customer is worth: a measure or field with a number or amount")
	cmd.Flags().StringVar(&q.By, "by", "", "also count the classes by the values of a field of the customer, such as owner or industry")
	cmd.Flags().IntVar(&q.Traits, "traits", 5, "how many common traits of each class")
	return cmd
}

func (e *environment) printReport(r *run.Report) {
	e.say("As of %s: %s, weighed by %s.", r.AsOf, plural(r.Customers, "customer"), strings.TrimSpace(r.Value+" "+r.Currency))
	line := fmt.Sprintf("Gini coefficient %.3f, %s", r.Gini, concentration(r.Gini))
	if r.Negative > 0 {
		line += fmt.Sprintf("; %s with a negative value left out", plural(r.Negative, "customer"))
	}
	e.say("%s.", line)
	if r.Rejected+r.Orphans > 0 {
		e.say("Not used: %s that cannot be read, %s that belong to no customer.", plural(r.Rejected, "record"), plural(r.Orphans, "deal"))
	}
	for _, k := range r.Classifiers {
		e.say("\n%s (%s %s)", k.Classifier, k.Plugin, k.Version)
		if k.Error != nil {
			e.say("  %s", k.Error.Error())
			continue
		}
		e.printClasses(k)
		e.printModel(k.Model, k.Labels)
		e.printGroups(k)
		e.printMonths(k)
		if k.PastError != nil {
			e.say("Earlier days could not be classified: %s", k.PastError.Error())
		}
		if k.Migration != nil {
			e.printMigration(k.Migration, "Since "+r.Since.String())
			for _, x := range k.Examples {
				e.say("  %s: %s → %s (%s)", x.Customer, orDash(x.From), orDash(x.To), money(x.Value))
			}
			e.printDrift(k)
		}
		e.printTraits(k)
	}
}

// concentration words a Gini coefficient; the borders are ours.
func concentration(g float64) string {
	switch {
	case g < 0.3:
		return "rather even: classes by value say little here"
	case g < 0.6:
		return "uneven"
	}
	return "very uneven: a few customers carry most"
}

func (e *environment) printClasses(k *run.ClassifierReport) {
	rows := [][]string{{"class", "customers", "share", "value", "share", "mean", "median"}}
	for _, c := range k.Classes[:min(len(k.Classes), shownClasses)] {
		rows = append(rows, []string{classText(c.Code, k.Labels), thousands(int64(c.Customers)), percentOf(c.Share), money(c.Value), percentOf(c.ValueShare), money(c.Mean), money(c.Median)})
	}
	e.figures(rows)
	if more := len(k.Classes) - shownClasses; more > 0 {
		e.say("  and %s", plural(more, "more class"))
	}
	if len(k.Unclassified) > 0 {
		var why []string
		for _, code := range largest(k.Unclassified) {
			why = append(why, fmt.Sprintf("%s %s", thousands(int64(k.Unclassified[code])), code))
		}
		e.say("  Unclassified: %s", strings.Join(why, ", "))
	}
}

// printMonths prints how many customers are new in each class, month by month, the newest last, with the mean of the
// months before.
func (e *environment) printMonths(k *run.ClassifierReport) {
	if len(k.Months) == 0 {
		return
	}
	e.say("New in each class, month by month (and its size then):")
	header := []string{"class"}
	for _, m := range k.Months {
		header = append(header, m.From.String()[:7])
	}
	if len(k.Months) > 1 {
		header = append(header, "against the months before")
	}
	rows := [][]string{header}
	last := k.Months[len(k.Months)-1]
	for _, c := range k.Classes[:min(len(k.Classes), shownClasses)] {
		row := []string{classText(c.Code, k.Labels)}
		before := 0.0
		for i, m := range k.Months {
			row = append(row, fmt.Sprintf("%s (%s)", thousands(int64(m.New[c.Code])), thousands(int64(m.Size[c.Code]))))
			if i < len(k.Months)-1 {
				before += float64(m.New[c.Code])
			}
		}
		if n := len(k.Months) - 1; n > 0 {
			before /= float64(n)
			row = append(row, fmt.Sprintf("%+.1f", float64(last.New[c.Code])-before))
		}
		rows = append(rows, row)
	}
	e.figures(rows)
	if last.To.String()[8:] != "01" {
		e.say("  %s is not over: until %s.", last.From.String()[:7], last.To)
	}
}

// printGroups prints the classes by the values of a field.
func (e *environment) printGroups(k *run.ClassifierReport) {
	if len(k.By) == 0 {
		return
	}
	classes := k.Classes[:min(len(k.Classes), shownColumns)]
	header := []string{"by", "customers", "value"}
	for _, c := range classes {
		header = append(header, orDash(c.Code))
	}
	rows := [][]string{header}
	for _, g := range k.By[:min(len(k.By), shownClasses)] {
		row := []string{orDash(g.Value), thousands(int64(g.Customers)), money(g.Worth)}
		for _, c := range classes {
			row = append(row, thousands(int64(g.Classes[c.Code])))
		}
		rows = append(rows, row)
	}
	e.figures(rows)
	if more := len(k.By) - shownClasses; more > 0 {
		e.say("  and %s", plural(more, "more value"))
	}
}

var verdicts = map[evaluate.Verdict]string{
	evaluate.Stable: "stable", evaluate.Moved: "moved", evaluate.Changed: "changed", evaluate.Chance: "no more than chance in so few customers",
}

func (e *environment) printDrift(k *run.ClassifierReport) {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(k.Drift)) {
		d := k.Drift[key]
		parts = append(parts, fmt.Sprintf("%s %.3f (%s)", key, d.PSI, verdicts[d.Verdict]))
	}
	if len(parts) > 0 {
		e.say("  Stability index: %s", strings.Join(parts, ", "))
	}
	if k.Agreement != 0 {
		e.say("  Agreement of the two days (adjusted Rand index): %.3f", k.Agreement)
	}
}

func (e *environment) printTraits(k *run.ClassifierReport) {
	if len(k.Traits) == 0 {
		return
	}
	e.say("What members share (against everybody):")
	for _, c := range k.Classes[:min(len(k.Classes), shownClasses)] {
		var parts []string
		for _, t := range k.Traits[c.Code] {
			switch {
			case t.Set && t.Effect > 0:
				parts = append(parts, fmt.Sprintf("%s bought %s (%s; %s not yet)", percentOf(t.Class), t.Text, percentOf(t.Base), thousands(int64(math.Round(float64(t.Known)*(1-t.Class))))))
			case t.Set:
				parts = append(parts, fmt.Sprintf("%s bought %s (%s)", percentOf(t.Class), t.Text, percentOf(t.Base)))
			case t.Text != "":
				parts = append(parts, fmt.Sprintf("%s %s %s (%s)", percentOf(t.Class), t.Feature, t.Text, percentOf(t.Base)))
			default:
				parts = append(parts, fmt.Sprintf("%s %s (%s)", t.Feature, figure(t.Class), figure(t.Base)))
			}
		}
		if len(parts) > 0 {
			e.say("  %s: %s", classText(c.Code, k.Labels), strings.Join(parts, "; "))
		}
	}
}

// figure is a number with as many digits as it deserves.
func figure(f float64) string {
	switch a := math.Abs(f); {
	case a >= 100:
		return thousands(int64(math.Round(f)))
	case a >= 10:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}
