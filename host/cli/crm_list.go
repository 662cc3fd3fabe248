package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

func (e *environment) crmListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list [NAME|FILE]",
		Short: "The connectors and what each can do",
		Long: `Lists the connectors that come with Taxon. With a name or the file of a manifest: everything about one, with what the
CRM cannot do and what is done instead.`,
		Args: args(cobra.MaximumNArgs(1), "[NAME|FILE]"),
		RunE: func(_ *cobra.Command, given []string) error {
			if len(given) == 1 {
				return e.listConnector(given[0])
			}
			list, err := app.DescribeConnectors()
			if err != nil {
				return err
			}
			list = append(list, app.DescribeFiles())
			if e.output == "json" {
				return e.json(list)
			}
			table := e.table()
			fmt.Fprintln(table, "NAME\t"+strings.ToUpper(strings.Join(crmColumns, "\t")))
			for i := range list {
				fmt.Fprintln(table, list[i].Name+"\t"+strings.Join(crmRow(&list[i]), "\t"))
			}
			_ = table.Flush() // standard output: nothing to do about it
			e.say("some: not with all kinds of records; depends: on a secret or setting of the connection. taxon crm list NAME tells everything about one.")
			return nil
		},
	}
}

func (e *environment) listConnector(name string) error {
	info := app.DescribeFiles()
	if name != app.FilesConnector {
		m, err := app.FindManifest(name)
		if err != nil {
			return err
		}
		info = app.DescribeConnector(m)
	}
	if e.output == "json" {
		return e.json(info)
	}
	e.printConnector(&info)
	return nil
}

// crmColumns are what a row of crmRow tells.
var crmColumns = []string{"CRM", "Changes", "Deletions", "Merges", "Tags to", "Records a write", "Makes fields", "Adds options", "Bulk", "Activities"}

// crmRow sums up what a connector can do. "some" is: not with all kinds of records; "depends": on secrets or settings of the connection.
func crmRow(c *app.ConnectorInfo) []string {
	var kinds, targets []connector.Capabilities
	var to, sizes, activities []string
	for _, kind := range crm.Kinds {
		k, ok := c.Capabilities[kind]
		if !ok {
			continue
		}
		activities = append(activities, k.Activities...)
		kinds = append(kinds, k)
		if (kind == crm.Company || kind == crm.Contact) && k.Write {
			targets, to = append(targets, k), append(to, kindsWord[kind])
			if size := fmt.Sprint(k.BatchSize); !slices.Contains(sizes, size) {
				sizes = append(sizes, size)
			}
		}
	}
	records := slices.DeleteFunc(slices.Clone(kinds), func(k connector.Capabilities) bool { return len(k.Activities) > 0 })
	deletions := share(kinds, func(k connector.Capabilities) bool { return k.Deletions })
	if deletions == "no" && slices.ContainsFunc(kinds, func(k connector.Capabilities) bool { return k.SomeDeletions }) {
		deletions = "some"
	}
	bulk := share(kinds, func(k connector.Capabilities) bool { return k.BulkRead })
	switch write := share(targets, func(k connector.Capabilities) bool { return k.BulkWrite }); {
	case bulk != "no" && write != "no":
		bulk = "read, write"
	case bulk != "no":
		bulk = "read"
	case write != "no":
		bulk = "write"
	}
	return []string{
		c.Title,
		share(kinds, func(k connector.Capabilities) bool { return k.Incremental }), deletions,
		share(records, func(k connector.Capabilities) bool { return k.Merges }), orDash(strings.Join(to, ", ")), orDash(strings.Join(sizes, ", ")),
		defines(targets, func(k connector.Capabilities) bool { return k.CreateField }), defines(targets, func(k connector.Capabilities) bool { return k.ExtendOptions }),
		bulk, orDash(strings.Join(activities, ", ")),
	}
}

func share(kinds []connector.Capabilities, can func(connector.Capabilities) bool) string {
	n := 0
	for _, k := range kinds {
		if can(k) {
			n++
		}
	}
	switch n {
	case 0:
		return "no"
	case len(kinds):
		return "yes"
	}
	return "some"
}

// defines is share for what is done to definitions of fields, which may need more than other requests.
func defines(kinds []connector.Capabilities, can func(connector.Capabilities) bool) string {
	if slices.ContainsFunc(kinds, func(k connector.Capabilities) bool { return k.Conditional && can(k) }) {
		return "depends"
	}
	return share(kinds, can)
}

var kindsWord = map[crm.Kind]string{crm.Company: "companies", crm.Contact: "contacts", crm.Deal: "deals", crm.Activity: "activities"}

func (e *environment) printConnector(c *app.ConnectorInfo) {
	if c.Version != "" {
		e.say("%s: %s (%s)", c.Name, c.Title, c.Version)
	} else {
		e.say("%s: %s", c.Name, c.Title)
	}
	if c.Doc != "" {
		e.say("  %s", strings.TrimSpace(c.Doc))
	}
	for _, kind := range crm.Kinds {
		k, ok := c.Capabilities[kind]
		if !ok {
			e.say("  %s: not offered", kindsWord[kind])
			continue
		}
		e.say("  %s: %s", kindsWord[kind], abilities(k))
		for _, text := range k.Instead {
			e.say("    %s", text)
		}
		if len(k.Optional) > 0 {
			e.say("    left out, with a note, where the account lacks them: %s", strings.Join(k.Optional, ", "))
		}
		for _, note := range k.Notes {
			e.say("    note: %s", strings.TrimSpace(note))
		}
	}
	table := e.table()
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
	for _, object := range slices.Sorted(maps.Keys(c.Rights)) {
		for _, use := range []string{"read", "write", "define"} {
			if needed := c.Rights[object][use]; len(needed) > 0 {
				fmt.Fprintf(table, "  to %s %s\t%s\n", use, object, strings.Join(needed, ", "))
			}
		}
	}
	_ = table.Flush() // standard output: nothing to do about it
	for _, note := range c.Notes {
		e.say("  note: %s", strings.TrimSpace(note))
	}
}

// abilities are what can be done with a kind of record, in words.
func abilities(k connector.Capabilities) string {
	size, where := "", ""
	if k.Conditional {
		where = " (depends)"
	}
	if k.Batch {
		size = fmt.Sprintf(" %d at a time", k.BatchSize)
	}
	var out []string
	for _, a := range []struct {
		can  bool
		word string
	}{
		{k.List, "list"}, {k.Count, "count"}, {k.BulkRead, "list in bulk"}, {k.Incremental, "changes only"}, {k.Deletions, "deletions"}, {k.SomeDeletions, "some deletions"}, {k.Merges, "merges"},
		{k.Write, "write" + size}, {k.BulkWrite, "write in bulk"}, {k.ReadBack, "read back what was written"}, {k.Guarded, "refuse to overwrite what changed"},
		{k.CreateField, "make fields" + where}, {k.Fields && !k.CreateField, "find fields"}, {k.ExtendOptions, "add options" + where}, {k.RemoveField, "remove fields" + where},
	} {
		if a.can {
			out = append(out, a.word)
		}
	}
	if len(k.Activities) > 0 {
		out = append(out, "as "+strings.Join(k.Activities, ", "))
	}
	return strings.Join(out, ", ")
}
