package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/evaluate"
	"github.com/taxonhq/taxon/host/run"
)

func (e *environment) backtestCommand() *cobra.Command {
	var asOf, until string
	var by, against, set []string
	cmd := &cobra.Command{
		Use:   "backtest [CLASSIFIER...]",
		Short: "How a classification of a past day compares with what followed",
		Long: `Classifies as of a past day, from what was known then, and compares with what followed until a later day (by default the
as-of day of the next run): what the members of each class brought, whether the highest ranked tenth brought more than others,
whether predicted numbers came true, and who changed class. The records of the last pull are used; nothing is pulled or written,
and no tag or model that is stored changes. docs/evaluation.md tells how to read it.`,
		Example: `  taxon backtest --as-of 2025-07-01
  taxon backtest abc --as-of 2025-01-01 --until 2025-07-01 --by abc=rank
  taxon backtest clv --as-of 2025-01-01 --until 2025-07-01 --set clv.months=6 --against clv.value=revenue
  taxon backtest clv --as-of 2025-01-01 --against "clv.value=sum(deals.amount) where won and category = 'service'"`,
		RunE: func(cmd *cobra.Command, given []string) error {
			t := run.Trial{Classifiers: given, By: map[string]string{}, Against: map[string]map[string]string{}, Set: map[string]map[string]any{}}
			if asOf == "" {
				return usageError{fmt.Errorf("--as-of says as of which past day, such as 2025-07-01")}
			}
			var err error
			if t.AsOf, err = crm.ParseDay(asOf); err == nil && until != "" {
				t.Until, err = crm.ParseDay(until)
			}
			if err != nil {
				return usageError{err}
			}
			for _, text := range by {
				name, part, ok := strings.Cut(text, "=")
				if !ok || name == "" || part == "" {
					return usageError{fmt.Errorf("--by is CLASSIFIER=PART, such as abc=rank, not %q", text)}
				}
				t.By[name] = part
			}
			for _, text := range against {
				part, measure, ok := strings.Cut(text, "=")
				name, key, dotted := strings.Cut(part, ".")
				if !ok || !dotted || key == "" || measure == "" {
					return usageError{fmt.Errorf("--against is CLASSIFIER.PART=MEASURE, such as clv.value=revenue, not %q", text)}
				}
				if t.Against[name] == nil {
					t.Against[name] = map[string]string{}
				}
				t.Against[name][key] = measure
			}
			for _, text := range set {
				setting, literal, ok := strings.Cut(text, "=")
				name, key, dotted := strings.Cut(setting, ".")
				var value any
				if !ok || !dotted || key == "" || json.Unmarshal([]byte(literal), &value) != nil {
					return usageError{fmt.Errorf("--set is CLASSIFIER.KEY=VALUE with a JSON value, such as clv.months=6 or abc.cuts=[70,90], not %q", text)}
				}
				if t.Set[name] == nil {
					t.Set[name] = map[string]any{}
				}
				t.Set[name][key] = value
			}
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				var end func()
				t.Progress, end = e.progress()
				b, err := c.Backtest(cmd.Context(), t)
				end()
				if err != nil {
					return err
				}
				if e.output == "json" {
					return e.json(b)
				}
				e.printBacktest(b)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&asOf, "as-of", "", "the past day, YYYY-MM-DD; what happened on it is not known yet")
	cmd.Flags().StringVar(&until, "until", "", "the day before which what followed ends (default: the as-of day of the next run)")
	cmd.Flags().StringArrayVar(&by, "by", nil, "the part by which a classifier ranks customers, such as abc=rank, or =class for the order of its classes (default: its score, if it has one)")
	cmd.Flags().StringArrayVar(&against, "against", nil, "a predicted part, and the measure over what followed that it is compared with")
	cmd.Flags().StringArrayVar(&set, "set", nil, "a setting of a classifier for this comparison only, with a JSON value: clv.months=6")
	return cmd
}

// shownClasses is the number of classes of which a person sees a line.
const shownClasses = 20

func (e *environment) printBacktest(b *run.Backtest) {
	e.say("As of %s, compared with the %s until %s. %s were there then, %s appeared since.", b.AsOf, plural(b.Days, "day"), b.Until, plural(b.Customers, "customer"), thousands(int64(b.Appeared)))
	e.say("They brought %s %s with %s; in as many days before it was %s.", money(b.After.Revenue), b.Currency, plural(int(b.After.Purchases), "purchase"), money(b.Before.Revenue))
	if b.Unknown > 0 {
		e.say("%s for want of an exchange rate: counted as nothing.", plural(b.Unknown, "customer")+" have no known revenue")
	}
	for _, k := range b.Classifiers {
		if k.Error != nil {
			e.say("\n%s: %s", k.Classifier, k.Error.Error())
			continue
		}
		e.say("\n%s (%s %s)", k.Classifier, k.Plugin, k.Version)
		rows := [][]string{{"class", "customers", "share", "revenue after", "share", "each", "lift", "purchases each", "bought", "each before"}}
		for _, c := range k.Classes[:min(len(k.Classes), shownClasses)] {
			rows = append(rows, []string{classText(c.Code, k.Labels), thousands(int64(c.Customers)), percentOf(c.Share), money(c.Value), percentOf(c.ValueShare), money(c.Mean),
				fmt.Sprintf("%.2f", c.Lift), fmt.Sprintf("%.2f", c.Purchases), percentOf(c.Bought), money(c.Before)})
		}
		e.figures(rows)
		e.printRanking(k.Ranking)
		for i := range k.Calibrations {
			e.printCalibration(&k.Calibrations[i])
		}
		e.printMigration(k.Migration, "Until "+b.Until.String())
	}
}

func (e *environment) printRanking(r *run.Ranking) {
	if r == nil {
		return
	}
	by := "By " + r.By
	if r.By == "class" {
		by = "By the order of the classes"
	}
	e.say("%s, the top tenth of %s brought %.2f times the average and bought %.2f times as often; by revenue before it would be %.2f times.", by,
		plural(r.Ordered, "customer"), r.Revenue[0].Lift, r.Purchases, r.Naive)
	var lifts []string
	for _, p := range r.Revenue {
		lifts = append(lifts, fmt.Sprintf("%.2f", p.Lift))
	}
	line := "  lift of each tenth: " + strings.Join(lifts, " ")
	if r.AUC > 0 {
		line += fmt.Sprintf("; of who bought and who did not, %.1f %% of the pairs are in order", 100*r.AUC)
	}
	e.say("%s", line)
}

func (e *environment) printCalibration(k *run.Calibration) {
	e.say("%s against %s, %s: predicted %.1f, observed %.1f, %s", k.Part, k.Against, plural(k.Known, "customer"), k.Predicted, k.Observed, ratio(k.Ratio))
	rows := [][]string{{"tenth", "predicted", "observed", "observed / predicted", "lift"}}
	for i, p := range k.Parts {
		rows = append(rows, []string{fmt.Sprint(i + 1), fmt.Sprintf("%.3f", p.Predicted), fmt.Sprintf("%.3f", p.Observed), fmt.Sprintf("%.2f", p.Ratio), fmt.Sprintf("%.2f", p.Lift)})
	}
	e.figures(rows)
	if k.BrierBase > 0 {
		e.say("  Brier score %.4f (%.4f when the share of all is said of everybody), %.1f %% of the pairs in order", k.Brier, k.BrierBase, 100*k.AUC)
		return
	}
	e.say("  mean error %.3f; %.3f when the days before are repeated (which would predict %.1f)", k.MAE, k.Naive.MAE, k.Naive.Predicted)
}

// ratio words how well a prediction came true as a whole.
func ratio(r float64) string {
	switch {
	case r == 0:
		return "nothing was predicted or nothing came"
	case r < 0.8:
		return fmt.Sprintf("%.2f of it: too much was promised", r)
	case r > 1.25:
		return fmt.Sprintf("%.2f of it: too little was promised", r)
	}
	return fmt.Sprintf("%.2f of it", r)
}

// shownColumns is the number of classes that a table of moves has room for.
const shownColumns = 9

// printMigration prints who went where, a row for each class before; when says how the two days lie to each other.
func (e *environment) printMigration(m *evaluate.Migration, when string) {
	if m == nil || m.Both == 0 {
		return
	}
	e.say("%s: %s kept their class (%s)%s.", when, thousands(int64(m.Kept)), percentOf(m.Retention), upDown(m))
	if len(m.To) > shownColumns || len(m.From) > shownColumns {
		return
	}
	var rows, columns []string
	for _, code := range m.Classes {
		if m.From[code] > 0 {
			rows = append(rows, code)
		}
		if m.To[code] > 0 {
			columns = append(columns, code)
		}
	}
	header := []string{"from \\ to"}
	for _, to := range columns {
		header = append(header, orDash(to))
	}
	lines := [][]string{header}
	for _, from := range rows {
		line := []string{orDash(from)}
		for _, to := range columns {
			cell := "·"
			if n := m.Customers(from, to); n > 0 {
				cell = thousands(int64(n))
			}
			line = append(line, cell)
		}
		lines = append(lines, line)
	}
	e.figures(lines)
}

func upDown(m *evaluate.Migration) string {
	if m.Up+m.Down == 0 {
		return ""
	}
	return fmt.Sprintf(", %s rose, %s fell", thousands(int64(m.Up)), thousands(int64(m.Down)))
}

// classText is a code with its label.
func classText(code string, labels map[string]string) string {
	if label := labels[code]; label != "" && !strings.EqualFold(label, code) {
		return code + " " + label
	}
	return orDash(code)
}

func percentOf(f float64) string { return fmt.Sprintf("%.1f %%", 100*f) }

// money is an amount of money in whole units, for a table.
func money(f float64) string { return thousands(int64(math.Round(f))) }
