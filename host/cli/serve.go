package cli

import (
	"context"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/config"
)

func (e *environment) serveCommand() *cobra.Command {
	var o app.ServeOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run every connection by its schedule",
		Long: `Runs each connection that has a schedule at its times, in its time zone, until it is told to stop (Ctrl-C, SIGTERM): then the
runs under way stop at the next safe point. Two runs of one account never work at once, in other processes neither.

With --listen it answers /healthz (the process lives), /readyz (its store answers) and /metrics (for Prometheus). There is
no authentication: listen on loopback, or on a network that only your monitoring reaches.`,
		Example: `  taxon serve --listen 127.0.0.1:9464`,
		Args:    args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.serve(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.Address, "listen", "", "address of /healthz, /readyz and /metrics, such as 127.0.0.1:9464")
	cmd.Flags().BoolVar(&o.Now, "now", false, "also run every connection at once")
	return cmd
}

func (e *environment) serve(ctx context.Context, o app.ServeOptions) error {
	log, err := e.serviceLog()
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Options{ConfigPath: e.configPath, Builtins: e.builtins, Log: log})
	if err != nil {
		return err
	}
	defer a.Close()
	o.Listening = func(address string) { log.Info("listening", "address", address) }
	err = a.Serve(ctx, o)
	log.Info("stopped")
	return err
}

// serviceLog is the log as the configuration wants it; flags come first.
func (e *environment) serviceLog() (hclog.Logger, error) {
	c, problems, err := config.Load(e.configPath)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, &app.ConfigError{Problems: problems}
	}
	level := c.Log.Level
	if e.logLevel != "" {
		level = e.logLevel
	}
	return hclog.New(&hclog.LoggerOptions{Name: "taxon", Level: hclog.LevelFromString(level), JSONFormat: c.Log.JSON, Output: e.stderr}), nil
}
