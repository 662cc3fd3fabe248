package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func (e *environment) crmCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "crm",
		Short: "Connectors: which there are, whether they work",
		Args:  noCommand,
		RunE:  help,
	}
	cmd.AddCommand(e.crmListCommand(), e.crmCheckCommand(), e.crmTestCommand())
	return cmd
}

func (e *environment) crmListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "The connectors and what each can do",
		Args:  args(cobra.NoArgs, ""),
		RunE: func(*cobra.Command, []string) error {
			list, err := app.DescribeConnectors()
			if err != nil {
				return err
			}
			if e.output == "json" {
				return e.json(list)
			}
			for i := range list {
				e.printConnector(&list[i])
			}
			return nil
		},
	}
}

func (e *environment) printConnector(c *app.ConnectorInfo) {
	e.say("%s: %s (%s)", c.Name, c.Title, c.Version)
	if c.Doc != "" {
		e.say("  %s", strings.TrimSpace(c.Doc))
	}
	table := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, kind := range crm.Kinds {
		k, ok := c.Capabilities[kind]
		if !ok {
			fmt.Fprintf(table, "  %s\tnot offered\n", kind)
			continue
		}
		fmt.Fprintf(table, "  %s\t%s\n", kind, abilities(k))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
		s := c.Settings[name]
		fmt.Fprintf(table, "  settings.%s\t%s", name, strings.TrimSpace(s.Doc))
		if s.Default != "" {
			fmt.Fprintf(table, " Default %s.", s.Default)
		}
		fmt.Fprintln(table)
	}
	for _, auth := range slices.Sorted(maps.Keys(c.Secrets)) {
		for _, name := range slices.Sorted(maps.Keys(c.Secrets[auth])) {
			fmt.Fprintf(table, "  secrets.%s\t(%s) %s\n", name, auth, strings.TrimSpace(c.Secrets[auth][name]))
		}
	}
	_ = table.Flush() // standard output: nothing to do about it
	for _, note := range c.Notes {
		e.say("  note: %s", strings.TrimSpace(note))
	}
}

func abilities(k connector.Capabilities) string {
	var out []string
	for _, a := range []struct {
		can  bool
		word string
	}{
		{k.List, "list"}, {k.Incremental, "changes only"}, {k.Deletions, "deletions"}, {k.Merges, "merges"}, {k.Write, "write"},
		{k.Batch, "in batches"}, {k.CreateField, "create fields"}, {k.ExtendOptions, "extend options"},
	} {
		if a.can {
			out = append(out, a.word)
		}
	}
	return strings.Join(out, ", ")
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
				e.say("Account %s %s, time zone %s, currency %s", account.ID, account.Name, account.TimeZone, account.Currency)
				e.problems(found)
				return failure(found)
			})
		},
	}
}

func (e *environment) crmTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test NAME|FILE",
		Short: "Run the samples of a connector's manifest",
		Long:  "Takes each sample answer of the manifest through the mapping and compares with the records that it expects. Nothing is sent.",
		Args:  args(cobra.ExactArgs(1), "NAME|FILE"),
		RunE: func(_ *cobra.Command, given []string) error {
			m, err := app.FindManifest(given[0])
			if err != nil {
				return err
			}
			found := connector.RunSamples(m)
			if e.output == "json" {
				if found == nil {
					found = []crm.Problem{}
				}
				if err := e.json(map[string]any{"samples": len(m.Samples), "problems": found}); err != nil {
					return err
				}
				return failure(found)
			}
			e.problems(found)
			if err := failure(found); err != nil {
				return err
			}
			e.say("%s of %s give the records that they expect.", plural(len(m.Samples), "sample"), m.Name)
			return nil
		},
	}
}
