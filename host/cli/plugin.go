package cli

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/catalog"
	"github.com/taxonhq/taxon/host/plugin/install"
	"github.com/taxonhq/taxon/host/run"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

func (e *environment) pluginCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plugin",
		Short: "Classifier plugins: list, install, write, test",
		Args:  noCommand,
		RunE:  help,
	}
	cmd.AddCommand(e.pluginListCommand(), e.pluginShowCommand(), e.pluginInstallCommand(), e.pluginRemoveCommand(), e.pluginRollbackCommand(), e.pluginEnableCommand(),
		e.pluginRetireCommand(),
		e.pluginNewCommand(), e.pluginTestCommand(), e.pluginPackCommand())
	return cmd
}

// catalog opens the installed plugins; the caller closes it.
func (e *environment) catalog() (*catalog.Catalog, error) {
	store, _, err := app.PluginStore(e.configPath)
	if err != nil {
		return nil, err
	}
	return app.OpenPlugins(store, e.builtins, e.logger(), crm.SystemClock{})
}

func (e *environment) pluginListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "The plugins that can be used",
		Long:  "Lists the plugins that are part of Taxon and those that are installed. No plugin is started.",
		Args:  args(cobra.NoArgs, ""),
		RunE: func(*cobra.Command, []string) error {
			c, err := e.catalog()
			if err != nil {
				return err
			}
			defer c.Close()
			list := c.List()
			if e.output == "json" {
				type entry struct {
					ID        string            `json:"id"`
					Version   string            `json:"version"`
					Hash      string            `json:"hash"`
					Builtin   bool              `json:"builtin"`
					Summary   string            `json:"summary"`
					Signature string            `json:"signature,omitempty"`
					Disabled  *catalog.Disabled `json:"disabled,omitempty"`
					Fault     *crm.Error        `json:"fault,omitempty"`
				}
				out := []entry{}
				for _, p := range list {
					out = append(out, entry{p.ID, p.Version, p.Hash, p.Builtin, p.Manifest.GetSummary(), p.Signature, p.Disabled, p.Fault})
				}
				return e.json(out)
			}
			table := e.table()
			fmt.Fprintln(table, "PLUGIN\tVERSION\tFROM\t")
			for _, p := range list {
				from := "part of Taxon"
				if !p.Builtin {
					from = "installed, " + p.Signature
				}
				about := p.Manifest.GetSummary()
				if p.Disabled != nil {
					about = "disabled after repeated failures: " + p.Disabled.Reason
				}
				if p.Fault != nil {
					about = "cannot be used: " + p.Fault.Message
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", p.ID, p.Version, from, about)
			}
			return table.Flush()
		},
	}
}

func (e *environment) pluginShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show PLUGIN",
		Short: "What a plugin reads, emits, and can be configured with",
		Long:  "Shows a plugin's manifest. With --output json it is the plugin.json itself. No plugin is started.",
		Args:  args(cobra.ExactArgs(1), "PLUGIN"),
		RunE: func(_ *cobra.Command, given []string) error {
			c, err := e.catalog()
			if err != nil {
				return err
			}
			defer c.Close()
			m, err := c.Manifest(given[0])
			if err != nil {
				return err
			}
			if e.output == "json" {
				data, err := protocol.ManifestJSON(m)
				if err != nil {
					return err
				}
				_, err = e.stdout.Write(data)
				return err
			}
			e.printManifest(m)
			return nil
		},
	}
}

// shownOptions is the number of options of a tag that are listed.
const shownOptions = 14

func (e *environment) printManifest(m *pb.Manifest) {
	e.say("%s %s, %s", m.GetId(), m.GetVersion(), m.GetLicense())
	e.say("%s", m.GetSummary())
	e.say("\nReads:")
	table := e.table()
	for _, r := range m.GetReads() {
		fmt.Fprintf(table, "  %s\t%s\n", r.GetPath(), r.GetPurpose())
	}
	_ = table.Flush() // standard output: nothing to do about it
	e.say("\nGives:")
	for _, t := range m.GetTags() {
		e.say("  %s (%s)", tagName(t), t.GetLabel().GetByLanguage()["en"])
		for i, o := range t.GetOptions() {
			if i == shownOptions {
				e.say("    … and %d more", len(t.GetOptions())-shownOptions)
				break
			}
			e.say("    %-20s %s", o.GetCode(), o.GetLabel().GetByLanguage()["en"])
		}
	}
	e.say("\nConfiguration:")
	(&schemaPrinter{e, map[string]string{}}).print(m.GetConfigSchema().AsMap(), "", "  ")
}

func tagName(t *pb.TagDefinition) string {
	if t.GetKey() == "" {
		return "the class"
	}
	return t.GetKey()
}

func (e *environment) pluginInstallCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "install FILE|DIR",
		Short: "Install a plugin after you have seen what it reads",
		Long: `Takes a package (taxon plugin pack) or a directory with plugin.json, LICENSE and bin/EXECUTABLE. Shows what the plugin reads and
gives, asks for your approval, unpacks it, tries it, and records the hashes that are checked whenever it is started.

A plugin runs with your rights and can read your files: install only what you would run as a program.`,
		Args: args(cobra.ExactArgs(1), "FILE|DIR"),
		RunE: func(cmd *cobra.Command, given []string) error {
			store, _, err := app.PluginStore(e.configPath)
			if err != nil {
				return err
			}
			result, err := app.InstallPlugin(cmd.Context(), given[0], store, e.builtins, e.logger(), func(r install.Request) error {
				return e.approve(cmd, r, yes)
			})
			if err != nil {
				return err
			}
			if e.output == "json" {
				return e.json(result)
			}
			if result.Unchanged {
				e.say("%s %s is installed already.", result.ID, result.Version)
				return nil
			}
			e.say("Installed %s %s. Use it: plugin: %s in a classifier of taxon.yaml.", result.ID, result.Version, result.ID)
			return nil
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "approve without asking")
	return cmd
}

// approve shows what a plugin wants and asks. Without a terminal only --yes approves.
func (e *environment) approve(cmd *cobra.Command, r install.Request, yes bool) error {
	show := e.say
	if e.output == "json" {
		show = func(format string, a ...any) { fmt.Fprintf(e.stderr, format+"\n", a...) }
	}
	show("%s %s: %s", r.Manifest.GetId(), r.Manifest.GetVersion(), r.Manifest.GetSummary())
	show("  maker: %s; executable %s, sha256 %s", r.Signature, r.Executable, r.ExecutableSHA256)
	if r.Replaces != "" {
		show("  replaces version %s", r.Replaces)
	}
	for _, read := range r.NewReads {
		show("  reads %s: %s", read.Path, read.Purpose)
	}
	for _, t := range r.Manifest.GetTags() {
		show("  gives %s", tagName(t))
	}
	if yes {
		return nil
	}
	file, isFile := cmd.InOrStdin().(*os.File)
	if !isFile || !isTerminal(file) {
		return &crm.Error{Code: crm.CodePlugin, Message: "nobody is there to approve the plugin", Suggestion: "look at what it reads, then install it with --yes"}
	}
	fmt.Fprintf(e.stderr, "Install it? [y/N] ")
	answer, err := bufio.NewReader(file).ReadString('\n')
	if err != nil || !strings.EqualFold(strings.TrimSpace(answer), "y") {
		return &crm.Error{Code: crm.CodePlugin, Message: "the plugin was not approved, and is not installed"}
	}
	return nil
}

func (e *environment) pluginRemoveCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "remove PLUGIN",
		Short: "Remove an installed plugin",
		Long:  "Removes all versions of an installed plugin. Refused while a classifier uses it, unless forced. Fields in the CRM stay: taxon plugin retire clears them.",
		Args:  args(cobra.ExactArgs(1), "PLUGIN"),
		RunE: func(_ *cobra.Command, given []string) error {
			store, c, err := app.PluginStore(e.configPath)
			if err != nil {
				return err
			}
			if err := install.Remove(store, given[0], app.UsedBy(c, given[0]), force); err != nil {
				return err
			}
			e.say("Removed %s.", given[0])
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "even when a classifier uses it")
	return cmd
}

func (e *environment) pluginRollbackCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rollback PLUGIN",
		Short: "Go back to the version before",
		Long:  "Makes the version that was active before the present one active again. Models of another form are fitted anew.",
		Args:  args(cobra.ExactArgs(1), "PLUGIN"),
		RunE: func(_ *cobra.Command, given []string) error {
			store, _, err := app.PluginStore(e.configPath)
			if err != nil {
				return err
			}
			entry, err := install.Rollback(store, given[0])
			if err != nil {
				return err
			}
			e.say("%s is version %s again.", entry.ID, entry.Version)
			return nil
		},
	}
}

func (e *environment) pluginEnableCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "enable PLUGIN",
		Short: "Use a plugin again that was disabled after repeated failures",
		Args:  args(cobra.ExactArgs(1), "PLUGIN"),
		RunE: func(_ *cobra.Command, given []string) error {
			c, err := e.catalog()
			if err != nil {
				return err
			}
			defer c.Close()
			if err := c.Enable(given[0]); err != nil {
				return err
			}
			e.say("%s may be started again.", given[0])
			return nil
		},
	}
}

func (e *environment) pluginRetireCommand() *cobra.Command {
	var o run.Retirement
	cmd := &cobra.Command{
		Use:   "retire CLASSIFIER",
		Short: "Stop using a classifier: keep or clear its fields in the CRM",
		Long: `Forgets a classifier's tags and models. Its fields in the CRM stay as they are, or with --clear every value that Taxon wrote is
emptied (what others wrote stays), or with --delete the fields that Taxon made are removed with all their values. Disable or
remove the classifier in taxon.yaml first.`,
		Example: "  taxon plugin retire abc --clear",
		Args:    args(cobra.ExactArgs(1), "CLASSIFIER"),
		RunE: func(cmd *cobra.Command, given []string) error {
			o.Classifier = given[0]
			o.Clear = o.Clear || o.Delete
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				result, err := c.Retire(cmd.Context(), o)
				if err != nil {
					return err
				}
				if e.output == "json" {
					if err := e.json(result); err != nil {
						return err
					}
				} else if o.Clear {
					e.printApply(result.Apply, true)
				}
				if result.Partly() {
					e.printErrors(&crm.Error{Code: crm.CodeRecord, Message: o.Classifier + " is not retired: some values could not be emptied", Suggestion: "retire it again"})
					return errPartly
				}
				if e.output != "json" {
					e.say("Retired %s.", o.Classifier)
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&o.Clear, "clear", false, "empty every value that Taxon wrote")
	cmd.Flags().BoolVar(&o.Delete, "delete", false, "remove the fields that Taxon made")
	return cmd
}
