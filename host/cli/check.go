package cli

import (
	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
)

func (e *environment) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Everything that can be known before a run, in one list",
		Long: `Checks the form of the configuration (with file, line and pointer), secrets, credentials and rights in the CRM, the
field mapping against the properties that the account has, the configuration of every classifier against its plugin's
schema and by the plugin itself, approvals and schedules. It changes nothing.`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := app.Check(cmd.Context(), app.Options{ConfigPath: e.configPath, Builtins: e.builtins, Log: e.logger()})
			if err != nil {
				return err
			}
			if e.output == "json" {
				if found == nil {
					found = []crm.Problem{}
				}
				if err := e.json(map[string]any{"problems": found}); err != nil {
					return err
				}
				return failure(found)
			}
			e.problems(found)
			if err := failure(found); err != nil {
				return err
			}
			if len(found) > 0 {
				e.say("%s can be used, with %s.", e.configPath, plural(len(found), "warning"))
				return nil
			}
			e.say("%s is in order.", e.configPath)
			return nil
		},
	}
}

// failure is an error when one of the findings is more than a warning.
func failure(found []crm.Problem) error {
	n := 0
	for i := range found {
		if !found[i].Warning {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return &crm.Error{Code: crm.CodeConfig, Message: plural(n, "problem") + " found"}
}
