package cli

import (
	"bytes"
	"os"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plot"
)

func (e *environment) plotCommand() *cobra.Command {
	var file, value string
	cmd := &cobra.Command{
		Use:   "plot CLASSIFIER",
		Short: "A picture of a classification",
		Long: `Draws the stored classification as a PNG: the share of each class of the customers and of what they are worth, and beside it what
suits the classifier: the curve of what the best hold (with losses: the whale curve), the grid of RFM scores, the profile of clusters,
the spread of a score. Nothing is pulled or written.`,
		Example: `  taxon plot abc
  taxon plot profit -o profit.png --value "sum(deals.cost) where won within 365d"`,
		Args: args(cobra.ExactArgs(1), "CLASSIFIER"),
		RunE: func(cmd *cobra.Command, given []string) error {
			if file == "" {
				file = given[0] + ".png"
			}
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				p, err := c.Picture(cmd.Context(), given[0], value)
				if err != nil {
					return err
				}
				var b bytes.Buffer
				if err := plot.Draw(&b, p); err != nil {
					return err
				}
				// It shows numbers of the whole base, and perhaps of few customers: for its owner, as everything else.
				if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
					return &crm.Error{Code: crm.CodeConfig, Message: "the picture " + file + " cannot be written", Cause: err}
				}
				if e.output == "json" {
					return e.json(map[string]string{"file": file})
				}
				e.say("%s: %s", file, p.Title)
				return nil
			})
		},
	}
	cmd.Flags().StringVarP(&file, "out", "o", "", "file (default CLASSIFIER.png)")
	cmd.Flags().StringVar(&value, "value", "", "what a customer is worth: a measure or field with a number or amount (default won revenue of 365 days)")
	return cmd
}
