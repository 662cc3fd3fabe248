package cli

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	sandboxdata "github.com/taxonhq/taxon/examples/sandbox/demo"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/app/demo"
	"github.com/taxonhq/taxon/host/crm"
)

func (e *environment) sandboxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "A simulated CRM to try things on",
		Long:  "Serves the API of a CRM from memory, quirks and limits included.",
		Args:  noCommand,
		RunE:  help,
	}
	cmd.AddCommand(e.hubspotSandboxCommand())
	return cmd
}

func (e *environment) hubspotSandboxCommand() *cobra.Command {
	var listen, file string
	var empty, limits bool
	cmd := &cobra.Command{
		Use:   "hubspot",
		Short: "A simulated HubSpot account",
		Long: `Serves a simulated HubSpot account until it is stopped. It holds the B2B pipeline of taxon demo, nothing with --empty, or the
account that a demo left behind with --file taxon-demo/crm.json. What is written to it is lost at the end, unless --file names
a file: then it is saved there.`,
		Example: `  taxon sandbox hubspot --listen 127.0.0.1:8080
  taxon sandbox hubspot --file taxon-demo/crm.json --listen 127.0.0.1:8080`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := sandboxServer(file, empty, limits)
			if err != nil {
				return err
			}
			listener, err := server.Listen(listen)
			if err != nil {
				return &crm.Error{Code: crm.CodeConfig, Message: "the address " + listen + " cannot be listened on", Suggestion: "choose another with --listen", Cause: err}
			}
			e.say("A simulated HubSpot account answers at %s, token %s", listener.URL, server.Token())
			e.say("Try: TOKEN=%s taxon init --secret env:TOKEN --base-url %s", server.Token(), listener.URL)
			<-cmd.Context().Done()
			ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), 5*time.Second)
			defer cancel()
			err = listener.Shutdown(ctx)
			if file != "" {
				err = errors.Join(err, demo.Save(server, file))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address")
	cmd.Flags().StringVar(&file, "file", "", "file that holds the account, and to which it is saved")
	cmd.Flags().BoolVar(&empty, "empty", false, "begin without records")
	cmd.Flags().BoolVar(&limits, "limits", false, "enforce the rate limits of the Professional plan")
	return cmd
}

func sandboxServer(file string, empty, limits bool) (*hubspot.Server, error) {
	options := hubspot.Options{Limits: hubspot.Unlimited()}
	if limits {
		options.Limits = hubspot.Professional()
	}
	if file != "" {
		saved, err := os.Open(file)
		if err == nil {
			defer saved.Close()
			return hubspot.Restore(options, saved)
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, &crm.Error{Code: crm.CodeNotFound, Message: "the file " + file + " cannot be read", Cause: err}
		}
	}
	server := hubspot.New(options)
	if empty {
		return server, nil
	}
	_, err := sandboxdata.LoadSales(server)
	return server, err
}
