package cli

import "github.com/spf13/cobra"

func (e *environment) pluginCommand() *cobra.Command {
	return &cobra.Command{Use: "plugin", Short: "Classifier plugins"}
}
