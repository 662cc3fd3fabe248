package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
)

func (e *environment) crmCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "crm",
		Short: "Connectors: which there are, whether they work, how to make one",
		Long: `A connector is how Taxon speaks with one CRM: a manifest, which is a YAML file without code.

  taxon crm list       those that come with Taxon, and what each CRM can and cannot do
  taxon crm check      whether the account of a connection can be used
  taxon crm new NAME   begin a connector for another CRM
  taxon crm test FILE  try it: samples, then the CRM itself, down to the request that would write a tag

A CRM that only exports files needs no manifest: crm: files (docs/crm/files.md).`,
		Args: noCommand,
		RunE: help,
	}
	cmd.AddCommand(e.crmListCommand(), e.crmCheckCommand(), e.crmNewCommand(), e.crmTestCommand(), e.crmMigrateCommand())
	return cmd
}

func (e *environment) crmCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Whether the CRM of a connection can be used",
		Long:  "Asks the account about credentials, rights, and the properties that the configuration maps. It changes nothing; taxon check looks at everything else too.",
		Args:  args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withConnection(cmd.Context(), func(a *app.App, c *app.Connection) error {
				found, err := a.CheckCRM(cmd.Context(), c)
				if err != nil {
					return err
				}
				account, err := c.Account(cmd.Context())
				if err != nil {
					return err
				}
				if e.output == "json" {
					if found == nil {
						found = []crm.Problem{}
					}
					if err := e.json(map[string]any{"account": account, "problems": found}); err != nil {
						return err
					}
					return failure(found)
				}
				e.say("Account %s, time zone %s, currency %s", strings.TrimSpace(account.ID+" "+account.Name), account.TimeZone, orDash(account.Currency))
				e.problems(found)
				return failure(found)
			})
		},
	}
}
