package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func (e *environment) crmTestCommand() *cobra.Command {
	var settings, secrets []string
	var kind string
	o := app.TrialOptions{}
	cmd := &cobra.Command{
		Use:   "test [NAME|FILE]",
		Short: "Try a connector: its samples, and with credentials the CRM itself",
		Long: `With a name or a file alone: takes each sample answer of the manifest through the mapping and compares with the records that it
expects. Nothing is sent.

With --set and --secret: also tries the CRM, step by step: the credentials; one page of each object, and which fields it filled and
which stayed empty; the rights and properties that are missing; the exact requests that would create a field and write a tag. Nothing
is changed. With --write ID one record is really written: a field taxon_trial is made, given a value, read back, put back as it
was, and removed where the manifest can.

With --connection instead of a name: tries the CRM with the settings, secrets and stored tokens of a configured connection. That is
the way where the CRM replaces a secret whenever it is used.

Faults name file, line and place in the manifest. Secrets are given by reference (env:NAME or file:PATH) and never shown.`,
		Example: `  taxon crm test hubspot
  taxon crm test acme.yaml
  taxon crm test acme.yaml --set base_url=https://crm.example.com/api --secret token=env:ACME_TOKEN
  taxon crm test acme.yaml --set base_url=https://crm.example.com/api --secret token=env:ACME_TOKEN --write 4711
  taxon crm test --connection sales`,
		Args: args(cobra.MaximumNArgs(1), "[NAME|FILE]"),
		RunE: func(cmd *cobra.Command, given []string) error {
			var err error
			switch configured := e.connection != ""; {
			case configured && (len(given) > 0 || len(settings) > 0 || len(secrets) > 0):
				return usageError{errors.New("with --connection the configuration says what is tried: leave out NAME, --set and --secret")}
			case !configured && len(given) == 0:
				return usageError{errors.New("name a connector or a manifest, or a configured connection by --connection")}
			}
			if o.Settings, err = pairs("--set", settings); err != nil {
				return err
			}
			if o.Secrets, err = pairs("--secret", secrets); err != nil {
				return err
			}
			for name, reference := range o.Secrets {
				if !strings.HasPrefix(reference, "env:") && !strings.HasPrefix(reference, "file:") {
					return usageError{errors.New("a secret is named, not written, on a command line, which others can see: --secret " + name + "=env:NAME or file:PATH")}
				}
			}
			if o.Kind = crm.Kind(kind); kind != "" && o.Kind != crm.Company && o.Kind != crm.Contact {
				return usageError{fmt.Errorf("--kind is company or contact, not %q", kind)}
			}
			var t *app.Trial
			if e.connection != "" {
				err = e.withApp(cmd.Context(), func(a *app.App) error {
					t, err = a.TryConnection(cmd.Context(), e.connection, o)
					return err
				})
			} else {
				o.Manifest, o.Log = given[0], e.logger()
				t, err = app.TryConnector(cmd.Context(), o)
			}
			if t == nil {
				return err
			}
			if e.output == "json" {
				if printed := e.json(t); printed != nil {
					return printed
				}
			} else {
				e.printTrial(t, o.Write != "")
			}
			if err != nil {
				return err
			}
			return failure(t.Problems)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&settings, "set", nil, "a setting of the connection, NAME=VALUE; repeatable")
	f.StringArrayVar(&secrets, "secret", nil, "where a secret is, NAME=env:VARIABLE or NAME=file:PATH; repeatable")
	f.StringVar(&o.Write, "write", "", "id of one record that is really written, and put back as it was")
	f.StringVar(&kind, "kind", "", "what --write is the id of: company or contact (default: the first that can be written)")
	return cmd
}

// pairs reads NAME=VALUE.
func pairs(flag string, given []string) (map[string]string, error) {
	out := map[string]string{}
	for _, pair := range given {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" || value == "" {
			return nil, usageError{fmt.Errorf("%s is given as NAME=VALUE, not as %q", flag, name)}
		}
		out[name] = value
	}
	return out, nil
}

// printTrial prints what was tried, in the order in which it was; writing: a record was to be written really.
func (e *environment) printTrial(t *app.Trial, writing bool) {
	if !slices.ContainsFunc(t.Problems, func(p crm.Problem) bool { return strings.Contains(p.Pointer, "/samples/") }) {
		e.say("%s of %s give the records that they expect.", plural(t.Samples, "sample"), t.Connector)
	}
	if t.Account != nil {
		e.say("\nThe CRM accepts the credentials: account %s %s, time zone %s, currency %s.", t.Account.ID, t.Account.Name, t.Account.TimeZone, orDash(t.Account.Currency))
	}
	for i := range t.Objects {
		e.printObject(&t.Objects[i])
	}
	if len(t.Requests) > 0 {
		unsent := "; nothing of it was sent"
		if writing {
			unsent = ""
		}
		e.say("\nTo write %s, Taxon sends what follows%s:", t.Field, unsent)
		for _, r := range t.Requests {
			e.printRequest(r)
		}
	}
	if len(t.Written) > 0 {
		e.say("\nWritten really:")
		for _, step := range t.Written {
			e.say("  %s", step)
		}
	}
	if len(t.Problems) > 0 {
		e.say("")
		e.problems(t.Problems)
	}
	switch {
	case !t.Live:
		e.say("Next: against the CRM, with --set and --secret; --help explains.")
	case len(t.Requests) > 0 && len(t.Written) == 0 && len(t.Problems) == 0:
		e.say("\nNext: --write ID really writes one record, and puts it back as it was.")
	}
}

func (e *environment) printObject(t *connector.ObjectTrial) {
	e.say("\n%s: %s on the first page, %s of the kind %s mapped.", t.Object, plural(t.Rows, "row"), plural(t.Records, "record"), t.Kind)
	table := e.table()
	for _, f := range t.Fields {
		note := ""
		if f.Filled == 0 && t.Records > 0 {
			note = "empty: right? " + f.Place
		}
		fmt.Fprintf(table, "  %s\t%s\t%d of %d\t%s\n", f.Field, shortened(f.From), f.Filled, t.Records, note)
	}
	for _, kind := range slices.Sorted(maps.Keys(t.Links)) {
		fmt.Fprintf(table, "  link to a %s\t\t%d of %d\t\n", kind, t.Links[kind], t.Records)
	}
	_ = table.Flush() // standard output: nothing to do about it
	if t.Records > 0 && t.Changes < t.Records {
		e.say("  %s without a change time", plural(t.Records-t.Changes, "record"))
	}
	if len(t.Unmapped) > 0 {
		e.say("  also in the rows: %s", strings.Join(t.Unmapped, ", "))
	}
}

// shortened is a property or expression that fits beside others.
func shortened(s string) string {
	if s = strings.Join(strings.Fields(s), " "); len(s) > 60 {
		return s[:57] + "…"
	}
	return s
}

func (e *environment) printRequest(r connector.WriteTrial) {
	e.say("\n  # %s", r.For)
	if r.Method != "" {
		e.say("  %s %s", r.Method, r.URL)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		e.say("  %s: %s", name, r.Headers[name])
	}
	if r.Body != "" {
		var pretty bytes.Buffer
		if json.Indent(&pretty, []byte(r.Body), "  ", "  ") != nil {
			pretty.Reset()
			pretty.WriteString(r.Body)
		}
		e.say("  %s", pretty.String())
	}
	if r.Wrapped {
		e.say("  (within the body that carries the credentials)")
	}
	if r.Note != "" {
		e.say("  (%s)", strings.ReplaceAll(r.Note, "\n", "\n  "))
	}
}
