package cli

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

func (e *environment) mirrorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mirror",
		Short: "What Taxon holds of the CRM's records",
		Long:  "Counts the records that Taxon holds. Its commands show one of them, those that belong to no customer, and those that could not be used.",
		Args:  args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				counts, err := c.Mirror.Counts(cmd.Context())
				if err != nil {
					return err
				}
				if e.output == "json" {
					return e.json(counts)
				}
				e.say("%s (%s), %s in them, %s, %s.", plural(counts.Customers, "customer"), c.Config.Subject, plural(counts.People, "contact"),
					plural(counts.Deals, "deal"), plural(counts.Activities, "activity"))
				e.say("To no customer belong %s, %s and %s.", plural(counts.Orphans.People, "contact"), plural(counts.Orphans.Deals, "deal"), plural(counts.Orphans.Activities, "activity"))
				return nil
			})
		},
	}
	cmd.AddCommand(e.mirrorShowCommand(), e.mirrorOrphansCommand(), e.mirrorRejectedCommand(), e.mirrorKeptCommand(), e.mirrorForgetCommand())
	return cmd
}

func (e *environment) mirrorShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show KIND ID",
		Short: "One record with its fields",
		Long:  "Shows a company, contact, deal or activity as Taxon holds it. That is personal data.",
		Args:  args(cobra.ExactArgs(2), "company|contact|deal|activity ID"),
		RunE: func(cmd *cobra.Command, given []string) error {
			kind := crm.Kind(given[0])
			if !slices.Contains(crm.Kinds, kind) {
				return usageError{fmt.Errorf("a record is a company, contact, deal or activity, not %q", given[0])}
			}
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				record, customer, ok, err := c.Mirror.Record(cmd.Context(), kind, given[1])
				if err != nil {
					return err
				}
				if !ok {
					return &crm.Error{Code: crm.CodeNotFound, Message: fmt.Sprintf("there is no %s %s", kind, given[1]), Suggestion: "taxon pull brings what is new; taxon mirror rejected shows what could not be used"}
				}
				if e.output == "json" {
					return e.json(map[string]any{"record": record, "customer": customer})
				}
				e.say("%s %s, customer %s", record.Kind, record.ID, orDash(customer))
				table := e.table()
				for _, name := range slices.Sorted(maps.Keys(record.Fields)) {
					fmt.Fprintf(table, "  %s\t%s\n", name, record.Fields[name])
				}
				for _, name := range slices.Sorted(maps.Keys(record.Own)) {
					fmt.Fprintf(table, "  %s\t%s\t(ours)\n", name, record.Own[name])
				}
				for _, l := range record.Links {
					fmt.Fprintf(table, "  → %s\t%s\n", l.Kind, l.ID)
				}
				return table.Flush()
			})
		},
	}
}

func (e *environment) mirrorOrphansCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "orphans",
		Short: "Records that belong to no customer",
		Args:  args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				orphans, err := c.Mirror.Orphans(cmd.Context(), limit)
				if err != nil {
					return err
				}
				if e.output == "json" {
					return e.json(orphans)
				}
				e.say("%s, %s and %s belong to no customer.", plural(orphans.People, "contact"), plural(orphans.Deals, "deal"), plural(orphans.Activities, "activity"))
				table := e.table()
				for _, o := range orphans.Sample {
					fmt.Fprintf(table, "  %s\t%s\tcompany %s\tcontact %s\n", o.Kind, o.ID, orDash(o.Company), orDash(o.Contact))
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "n", 20, "how many to show")
	return cmd
}

func (e *environment) mirrorRejectedCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "rejected",
		Short: "Records that could not be used or written, and why",
		Args:  args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				rejected, err := c.Mirror.Rejected(cmd.Context(), "", limit)
				if err != nil {
					return err
				}
				if e.output == "json" {
					if rejected == nil {
						rejected = []store.RejectedRecord{}
					}
					return e.json(rejected)
				}
				if len(rejected) == 0 {
					e.say("No record was rejected.")
					return nil
				}
				table := e.table()
				fmt.Fprintln(table, "STAGE\tKIND\tID\tTIMES\tWHY")
				for i := range rejected {
					r := &rejected[i]
					fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", r.Stage, r.Kind, orDash(r.ID), r.Times, r.Error.Error())
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "n", 50, "how many; 0 for all")
	return cmd
}

func (e *environment) mirrorKeptCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kept",
		Short: "Values in the CRM that somebody set by hand, and that are kept",
		Long: `Lists the values that differ from what Taxon wrote last, as the last plan found them. They stay until somebody changes them back, the
classifier says the same, or on_manual_edit: overwrite is set.`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				type kept struct {
					Kind       crm.Kind `json:"kind"`
					Record     string   `json:"record"`
					Classifier string   `json:"classifier"`
					Field      string   `json:"field"`
					Value      string   `json:"value"`    // somebody's
					Replaced   string   `json:"replaced"` // last written by us
				}
				list := []kept{}
				err := c.Mirror.Overrides(cmd.Context(), func(o store.Override) error {
					list = append(list, kept{o.Kind, o.Record, o.Classifier, o.Field, o.Value, o.Replaced})
					return nil
				})
				if err != nil {
					return err
				}
				if e.output == "json" {
					return e.json(list)
				}
				if len(list) == 0 {
					e.say("No value was set by somebody else.")
					return nil
				}
				table := e.table()
				fmt.Fprintln(table, "RECORD\tFIELD\tIN THE CRM\tWRITTEN BY TAXON")
				for _, k := range list {
					fmt.Fprintf(table, "%s %s\t%s\t%s\t%s\n", k.Kind, k.Record, k.Field, orDash(k.Value), orDash(k.Replaced))
				}
				return table.Flush()
			})
		},
	}
}

func (e *environment) mirrorForgetCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "forget",
		Short: "Remove everything that Taxon holds of a connection",
		Long: `Removes the copy of the records, tags, models, plans and runs of a connection from the store. The CRM is not touched: fields that were
written stay; taxon plugin retire CLASSIFIER --clear empties them first.`,
		Args: args(cobra.NoArgs, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withConnection(cmd.Context(), func(_ *app.App, c *app.Connection) error {
				if !yes {
					return &crm.Error{Code: crm.CodeConfig, Message: "this removes all that is held of the connection " + c.Config.Name, Suggestion: "say --yes when that is meant"}
				}
				if err := c.Forget(cmd.Context()); err != nil {
					return err
				}
				e.say("Forgot the connection %s.", c.Config.Name)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	return cmd
}
