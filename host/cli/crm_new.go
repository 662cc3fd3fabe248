package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
)

func (e *environment) crmNewCommand() *cobra.Command {
	var title, dir string
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Begin a connector for another CRM: a commented manifest that loads",
		Long: `Writes NAME.yaml, a manifest of a plain REST API with a comment at every key, and beside it connector.schema.json, by which
editors with YAML support complete and explain the keys. It loads, and its samples run: change it piece by piece and run
taxon crm test NAME.yaml each time. docs/crm/your-own.md does it from nothing for a server that nobody here wrote;
docs/connector-shape.md explains the whole. A manifest holds no code.

In taxon.yaml the file's path stands for the connector's name: crm: NAME.yaml`,
		Example: `  taxon crm new acme
  taxon crm test acme.yaml
  taxon crm test acme.yaml --set base_url=https://crm.example.com/api --secret token=env:ACME_TOKEN`,
		Args: args(cobra.ExactArgs(1), "NAME"),
		RunE: func(_ *cobra.Command, given []string) error {
			files, err := app.NewConnector(given[0], title, dir)
			if err != nil {
				return err
			}
			if e.output == "json" {
				return e.json(map[string]any{"files": files})
			}
			for _, f := range files {
				e.say("Wrote %s.", f)
			}
			e.say("Next: taxon crm test %s, and the same after each change.", filepath.Clean(files[0]))
			return nil
		},
	}
	cmd.Flags().StringVar(&title, "title", "", "name of the CRM as its vendor writes it (default: NAME)")
	cmd.Flags().StringVar(&dir, "dir", ".", "directory for the files")
	return cmd
}
