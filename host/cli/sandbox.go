package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/examples/sandbox"
	sandboxdata "github.com/taxonhq/taxon/examples/sandbox/demo"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/app/demo"
	"github.com/taxonhq/taxon/host/crm"
)

func (e *environment) sandboxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "A simulated CRM to try things on",
		Long:  "Serves the API of a CRM from memory, quirks and limits included, with a public B2B sales pipeline in it.",
		Args:  noCommand,
		RunE:  help,
	}
	cmd.AddCommand(e.hubspotSandboxCommand(), e.filesSandboxCommand(), e.personCommand())
	for _, d := range sandboxdata.Dialects {
		cmd.AddCommand(e.dialectSandboxCommand(d))
	}
	return cmd
}

// simulation is a sandbox as the command serves it.
type simulation struct {
	crm, title        string
	listen            func(addr string) (*sandbox.Listener, error)
	settings, secrets map[string]string
	asOf              time.Time    // the day after its data ends; zero without data
	administrator     http.Handler // where a person makes the fields; nil elsewhere
}

// serve answers until the command is stopped.
func (e *environment) serveSandbox(ctx context.Context, s simulation, listen string) error {
	listener, err := s.listen(listen)
	if err != nil {
		return &crm.Error{Code: crm.CodeConfig, Message: "the address " + listen + " cannot be listened on", Suggestion: "choose another with --listen", Cause: err}
	}
	e.say("A simulated %s account answers at %s", s.title, listener.URL)
	command := "taxon init --crm " + s.crm + " --base-url " + listener.URL
	for _, name := range slices.Sorted(maps.Keys(s.settings)) {
		command += " --set " + name + "=" + s.settings[name]
	}
	for _, name := range slices.Sorted(maps.Keys(s.secrets)) {
		variable := strings.ToUpper(s.crm + "_" + name)
		e.say("  export %s=%s", variable, s.secrets[name])
		command += " --secret " + name + "=env:" + variable
	}
	if !s.asOf.IsZero() {
		command += " --as-of " + s.asOf.Format(time.DateOnly)
	}
	if s.administrator != nil {
		person, err := sandbox.Listen("", s.administrator)
		if err != nil {
			return err
		}
		defer person.Close()
		command += "\n  taxon check\n  taxon sandbox person " + person.URL
	}
	e.say("Try, in another shell: these, then\n  %s\n  taxon run", command)
	if s.administrator != nil {
		e.say("Fields of this CRM are made by a person: taxon check says which, taxon sandbox person is that person.")
	}
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return listener.Shutdown(ctx)
}

func (e *environment) dialectSandboxCommand(d sandboxdata.Dialect) *cobra.Command {
	var listen string
	var empty, limits bool
	cmd := &cobra.Command{
		Use:   d.Name,
		Short: "A simulated account of " + d.Title,
		Long:  "Serves a simulated account of " + d.Title + " until it is stopped; what is written to it is lost then. It holds a public B2B sales\npipeline, or nothing with --empty.",
		Args:  args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			account := d.Open(limits)
			var loaded sandboxdata.Loaded
			if !empty {
				var err error
				if loaded, err = d.Load(account); err != nil {
					return err
				}
			}
			return e.serveSandbox(cmd.Context(), simulation{d.Name, d.Title, account.Listen, d.Settings, d.Secrets, loaded.AsOf, d.Administrator(account)}, listen)
		},
	}
	sandboxFlags(cmd, &listen, &empty, &limits)
	return cmd
}

func sandboxFlags(cmd *cobra.Command, listen *string, empty, limits *bool) {
	cmd.Flags().StringVar(listen, "listen", "127.0.0.1:0", "address")
	cmd.Flags().BoolVar(empty, "empty", false, "begin without records")
	cmd.Flags().BoolVar(limits, "limits", false, "enforce the rate limits of a plan")
}

func (e *environment) hubspotSandboxCommand() *cobra.Command {
	var listen, file, set string
	var empty, limits bool
	cmd := &cobra.Command{
		Use:   "hubspot",
		Short: "A simulated account of HubSpot",
		Long: `Serves a simulated HubSpot account until it is stopped. It holds the B2B pipeline of taxon demo, synthetic customers with
--data b2b, bank, insurance or ecommerce (invoices, tickets, surveys, meetings and more: examples/data/README.md), nothing with
--empty, or the account that a demo left behind with --file taxon-demo/crm.json. What is written to it is lost at the end, unless
--file names a file: then it is saved there.`,
		Example: `  taxon sandbox hubspot --listen 127.0.0.1:8080
  taxon sandbox hubspot --data bank --listen 127.0.0.1:8080
  taxon sandbox hubspot --file taxon-demo/crm.json --listen 127.0.0.1:8080`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, asOf, err := sandboxServer(file, set, empty, limits)
			if err != nil {
				return err
			}
			err = e.serveSandbox(cmd.Context(), simulation{crm: "hubspot", title: "HubSpot", listen: server.Listen, secrets: map[string]string{"token": server.Token()}, asOf: asOf}, listen)
			if file != "" {
				err = errors.Join(err, demo.Save(server, file))
			}
			return err
		},
	}
	sandboxFlags(cmd, &listen, &empty, &limits)
	cmd.Flags().StringVar(&file, "file", "", "file that holds the account, and to which it is saved")
	cmd.Flags().StringVar(&set, "data", demo.Sales, "sales, or synthetic customers: "+strings.Join(synthetic.Cases, ", "))
	return cmd
}

func (e *environment) filesSandboxCommand() *cobra.Command {
	var set, dir string
	var customers int
	var seed uint64
	cmd := &cobra.Command{
		Use:   "files",
		Short: "Synthetic customers, or real purchases, as the files that a CRM would export",
		Long: `Writes synthetic customers as CSV files for the connector files, with what they were made to be in truth.csv. A seed gives
the same files everywhere. --data cdnow writes the purchase histories of 2,357 people, which are real, in a checkout.`,
		Example: `  taxon sandbox files --data b2b --dir exports
  taxon sandbox files --data cdnow --dir exports`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(*cobra.Command, []string) error {
			var tables []synthetic.Table
			asOf := data.CDNOWAsOf
			if set == demo.CDNOW {
				var err error
				if tables, err = cdnowTables(); err != nil {
					return err
				}
			} else {
				made, err := synthetic.Make(set, seed, customers)
				if err != nil {
					return usageError{err}
				}
				tables, asOf = made.Tables(), made.AsOf
			}
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return &crm.Error{Code: crm.CodeConfig, Message: "the directory " + dir + " cannot be made", Cause: err}
			}
			for _, table := range tables {
				var b bytes.Buffer
				if err := table.Write(&b); err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(dir, table.File), b.Bytes(), 0o600); err != nil {
					return &crm.Error{Code: crm.CodeConfig, Message: "the file " + table.File + " cannot be written", Cause: err}
				}
				e.say("%s: %s", filepath.Join(dir, table.File), plural(len(table.Rows), "row"))
			}
			e.say("As of %s.", asOf.Format(time.DateOnly))
			return nil
		},
	}
	cmd.Flags().StringVar(&set, "data", synthetic.B2B, strings.Join(synthetic.Cases, ", ")+", "+demo.CDNOW)
	cmd.Flags().StringVar(&dir, "dir", "exports", "directory")
	cmd.Flags().IntVar(&customers, "customers", 0, "how many (default: as many as the case usually has)")
	cmd.Flags().Uint64Var(&seed, "seed", synthetic.Seed, "what chance begins with")
	return cmd
}

// cdnowTables are the purchases of CDNOW as contacts and deals.
func cdnowTables() ([]synthetic.Table, error) {
	files, err := data.SourceFS()
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeNotFound, Message: "the CDNOW data are not part of the executable, for their licence is not stated", Suggestion: "run the command in a checkout: go run ./host/cmd/taxon sandbox files --data cdnow", Cause: err}
	}
	all, err := data.LoadCDNOW(files)
	if err != nil {
		return nil, err
	}
	contacts := synthetic.Table{File: "contacts.csv", Header: []string{"id"}}
	deals := synthetic.Table{File: "deals.csv", Header: []string{"id", "contact_id", "state", "amount", "created_at", "closed_at"}}
	known := map[int]bool{}
	for n, p := range all {
		id := fmt.Sprintf("%04d", p.Customer)
		if !known[p.Customer] {
			known[p.Customer] = true
			contacts.Rows = append(contacts.Rows, []string{id})
		}
		day := p.Day.Format(time.DateOnly)
		deals.Rows = append(deals.Rows, []string{fmt.Sprint(n + 1), id, "won", fmt.Sprintf("%d.%02d", p.Value/100, p.Value%100), day, day})
	}
	return []synthetic.Table{contacts, deals}, nil
}

// sandboxServer is the account, and the day after its data ends where that is known.
func sandboxServer(file, set string, empty, limits bool) (server *hubspot.Server, asOf time.Time, err error) {
	options := hubspot.Options{Limits: hubspot.Unlimited()}
	if limits {
		options.Limits = hubspot.Professional()
	}
	if file != "" {
		saved, err := os.Open(file)
		if err == nil {
			defer saved.Close()
			server, err = hubspot.Restore(options, saved)
			return server, asOf, err
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, asOf, &crm.Error{Code: crm.CodeNotFound, Message: "the file " + file + " cannot be read", Cause: err}
		}
	}
	server = hubspot.New(options)
	if empty {
		return server, asOf, nil
	}
	if set == demo.Sales {
		_, err = sandboxdata.LoadSales(server)
		return server, data.SalesAsOf, err
	}
	made, err := synthetic.Make(set, synthetic.Seed, 0)
	if err != nil {
		return nil, asOf, usageError{err}
	}
	_, err = sandboxdata.LoadSynthetic(server, made)
	return server, made.AsOf, err
}
