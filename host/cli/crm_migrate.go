package cli

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

func (e *environment) crmMigrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate FILE",
		Short: "Write a manifest of an older format in the present one",
		Long: `Rewrites the file in place, comments included, and says what was changed. A manifest of an older format works without it;
one that is in the present format stays as it is.`,
		Args: args(cobra.ExactArgs(1), "FILE"),
		RunE: func(_ *cobra.Command, given []string) error {
			file := given[0]
			data, err := os.ReadFile(file)
			if err != nil {
				return &crm.Error{Code: crm.CodeNotFound, Message: "the manifest " + filepath.Base(file) + " cannot be read", Cause: err}
			}
			out, notes, err := manifest.Migrate(filepath.Base(file), data)
			if err != nil {
				return err
			}
			changed := string(out) != string(data)
			if changed {
				if _, err := manifest.Load(filepath.Base(file), out); err != nil {
					return err
				}
				if err := os.WriteFile(file, out, 0o644); err != nil {
					return &crm.Error{Code: crm.CodeConfig, Message: "the manifest " + filepath.Base(file) + " cannot be written", Cause: err}
				}
			}
			if e.output == "json" {
				return e.json(map[string]any{"changed": changed, "format": manifest.FormatVersion, "notes": append([]string{}, notes...)})
			}
			if !changed {
				e.say("%s is in the present format, %d.", filepath.Base(file), manifest.FormatVersion)
				return nil
			}
			e.say("%s is in format %d now.", filepath.Base(file), manifest.FormatVersion)
			for _, note := range notes {
				e.say("  %s", note)
			}
			return nil
		},
	}
}
