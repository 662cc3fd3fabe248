package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/host/app/demo"
)

func (e *environment) demoCommand() *cobra.Command {
	o := demo.Options{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The whole path on real data against a simulated CRM, nothing to set up",
		Long: `Starts a simulated HubSpot account on a free port of this machine, with data that nobody here made (a public B2B sales pipeline of
85 companies and 8,800 deals, or with --data cdnow the purchase histories of 2,357 people), and does what an administrator
would: pull over HTTP, classify, plan, apply, read back. People and survey answers, which the data lack, are made up and say
so. With --data b2b, bank, insurance or ecommerce the customers are synthetic, with margins, invoices, tickets, ages and all that no
public data hold together, and the configuration is the one of examples/config. Everything stays in the directory; a further demo there
finds that nothing changed.`,
		Example: `  taxon demo
  taxon demo --data cdnow
  taxon demo --data b2b
  taxon demo --json`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(demo.Sets, o.Data) {
				return usageError{fmt.Errorf("--data is one of %s, not %q", strings.Join(demo.Sets, ", "), o.Data)}
			}
			if o.Dir == "" {
				o.Dir = "taxon-demo"
				if o.Data != demo.Sales {
					o.Dir += "-" + o.Data
				}
			}
			o.Builtins, o.Log = e.builtins, e.logger()
			var end func()
			o.Progress, end = e.progress()
			report, err := demo.Run(cmd.Context(), o)
			end()
			if err != nil {
				return err
			}
			if asJSON || e.output == "json" {
				return e.json(report)
			}
			e.printDemo(&report)
			return nil
		},
	}
	cmd.Flags().StringVar(&o.Data, "data", demo.Sales, strings.Join(demo.Sets, ", "))
	cmd.Flags().StringVar(&o.Dir, "dir", "", "directory (default taxon-demo, or taxon-demo-cdnow and so on)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON document, as --output json")
	return cmd
}

func (e *environment) printDemo(r *demo.Report) {
	kind := "real data"
	if slices.Contains(synthetic.Cases, r.Data) {
		kind = "synthetic customers"
	}
	e.say("A simulated HubSpot account with %s (%s), classified as of %s.\n", kind, r.Data, r.AsOf)
	e.printResult(&r.First, true)
	e.say("\nRead back through the CRM's API: %s checked, %s as written.", plural(r.Readback.Checked, "value"), thousands(int64(r.Readback.Equal)))
	for _, s := range r.Shown {
		e.say("  %s %s, %s", s.Kind, s.ID, s.Name)
		table := e.table()
		for _, key := range slices.Sorted(maps.Keys(s.Fields)) {
			fmt.Fprintf(table, "    %s\t%s\n", key, s.Fields[key])
		}
		_ = table.Flush() // standard output: nothing to do about it
	}
	e.say("\nA second run: %s, %s, %s.", plural(r.SecondRun.Changes, "change"), plural(r.SecondRun.PluginCalls, "plugin call"), plural(r.SecondRun.Writes, "write"))
	e.say("\nEverything is in %s (%.1f s). Try:", r.Directory, r.Seconds)
	example := "1"
	if len(r.Shown) > 0 {
		example = r.Shown[0].ID
	}
	e.say("  taxon -c %s/taxon.yaml explain %s", r.Directory, example)
	e.say("  taxon -c %s/taxon.yaml runs", r.Directory)
}
