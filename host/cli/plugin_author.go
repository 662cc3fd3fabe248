package cli

// The commands of those who write plugins: new, test, pack.

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/install"
	"github.com/taxonhq/taxon/sdk/scaffold"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func (e *environment) pluginNewCommand() *cobra.Command {
	o := scaffold.Options{}
	var dir string
	cmd := &cobra.Command{
		Use:   "new ID",
		Short: "Begin a plugin of your own in Go",
		Long: `Writes a small working plugin with its test, sample customers with the tags expected, an example of its configuration and a README,
into a directory of its own. --kind customer judges each customer alone, --kind population against all others.`,
		Example: "  taxon plugin new acme.loyal && cd acme.loyal && go test ./...",
		Args:    args(cobra.ExactArgs(1), "ID"),
		RunE: func(_ *cobra.Command, given []string) error {
			o.ID = given[0]
			if dir == "" {
				dir = o.ID
			}
			o.Checkout = app.Checkout()
			files, err := scaffold.Write(dir, o)
			if err != nil {
				return &crm.Error{Code: crm.CodeConfig, Message: err.Error()}
			}
			if e.output == "json" {
				return e.json(map[string]any{"directory": dir, "files": files})
			}
			e.say("Wrote %s into %s:", plural(len(files), "file"), dir)
			for _, f := range files {
				e.say("  %s", f)
			}
			e.say("Next: cd %s && go mod tidy && go test ./...; README.md tells the rest.", dir)
			return nil
		},
	}
	cmd.Flags().StringVar(&o.Kind, "kind", scaffold.Customer, "customer or population")
	cmd.Flags().StringVar(&o.Module, "module", "", "path of the Go module (default: example.com/ and the id)")
	cmd.Flags().StringVar(&dir, "dir", "", "directory (default: the id)")
	return cmd
}

func (e *environment) pluginTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test PLUGIN|DIR|EXECUTABLE",
		Short: "Run the conformance suite on a plugin",
		Long: `Starts the plugin as a process and holds it to what every host relies on: manifest, configuration, answers, summaries, behaviour of
the process. Any language will do.`,
		Args: args(cobra.ExactArgs(1), "PLUGIN|DIR|EXECUTABLE"),
		RunE: func(cmd *cobra.Command, given []string) error {
			store, _, err := app.PluginStore(e.configPath)
			if err != nil {
				return err
			}
			path, arguments, err := app.PluginCommand(given[0], store, e.builtins)
			if err != nil {
				return err
			}
			type outcome struct {
				Case  string `json:"case"`
				Error string `json:"error,omitempty"`
			}
			outcomes := []outcome{}
			failed := 0
			err = sdktest.Report(cmd.Context(), sdktest.Command(path, arguments...), func(name string, err error) {
				o := outcome{Case: name}
				if err != nil {
					failed++
					o.Error = err.Error()
				}
				outcomes = append(outcomes, o)
				if e.output != "json" {
					mark := "ok    "
					if err != nil {
						mark = "FAILED"
					}
					e.say("%s  %s", mark, name)
					if err != nil {
						e.say("        %s", strings.ReplaceAll(o.Error, "\n", "\n        "))
					}
				}
			})
			if err != nil {
				return &crm.Error{Code: crm.CodePlugin, Message: "the plugin cannot be tested: " + err.Error()}
			}
			if e.output == "json" {
				if err := e.json(outcomes); err != nil {
					return err
				}
			}
			if failed > 0 {
				return &crm.Error{Code: crm.CodePlugin, Message: fmt.Sprintf("the plugin fails %d of %d cases", failed, len(outcomes))}
			}
			if e.output != "json" {
				e.say("The plugin passes all %d cases.", len(outcomes))
			}
			return nil
		},
	}
}

func (e *environment) pluginPackCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "pack DIR",
		Short: "Make a package of a plugin",
		Long:  "Packs plugin.json, LICENSE, bin/EXECUTABLE and where they are README.md and testdata/ of a directory. The same files give the same bytes.",
		Args:  args(cobra.ExactArgs(1), "DIR"),
		RunE: func(_ *cobra.Command, given []string) error {
			path, p, err := install.Pack(given[0], out)
			if err != nil {
				return err
			}
			if e.output == "json" {
				return e.json(map[string]any{"file": path, "id": p.Manifest.GetId(), "version": p.Manifest.GetVersion(), "sha256": p.ArchiveSHA256})
			}
			e.say("Packed %s %s into %s (sha256 %s).", p.Manifest.GetId(), p.Manifest.GetVersion(), filepath.Base(path), p.ArchiveSHA256)
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", ".", "file, or directory for the package")
	return cmd
}
