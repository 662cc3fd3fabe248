package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/store"
)

func (e *environment) runsCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "What was run, when, and how it ended",
		Long:  "Lists the newest runs first. With --output json each has its whole report.",
		Args:  args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				runs, err := c.Mirror.Runs(cmd.Context(), limit)
				if err != nil {
					return err
				}
				if e.output == "json" {
					if runs == nil {
						runs = []store.Run{}
					}
					return e.json(runs)
				}
				table := e.table()
				fmt.Fprintln(table, "RUN\tCOMMAND\tAS OF\tSTATUS\tSTARTED\tTOOK\tREQUESTS\tERROR")
				for i := range runs {
					e.printRun(table, &runs[i])
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "n", 20, "how many; 0 for all")
	return cmd
}
