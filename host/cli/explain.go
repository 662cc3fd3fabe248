package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/store"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

func (e *environment) explainCommand() *cobra.Command {
	var whatIf []string
	c := &cobra.Command{
		Use:   "explain CUSTOMER",
		Short: "Why a customer has its tags, and what would change them",
		Long: `Shows a customer's tags, the reasons in words, the values that each classifier read, the model and the run. CUSTOMER is the
id that the CRM shows, or a part of the name that only one customer has. The CRM is not asked.

--what-if shows the smallest change of a single value that would lead to a better class and to a worse one, what one more
deal or activity would do, or the last one less, and how long nothing new may come; tags of other classifiers stay as they
are. --what-if NAME=VALUE tells what that change would do. NAME is a value as it is listed. Nothing is written.`,
		Example: `  taxon explain 512
  taxon explain "acme"
  taxon explain 512 --what-if
  taxon explain 512 --what-if "sum(deals.amount) where won within 365d=120000"`,
		Args: args(cobra.MinimumNArgs(1), "CUSTOMER"),
		RunE: func(cmd *cobra.Command, given []string) error {
			customer, changes, err := questions(given, whatIf)
			if err != nil {
				return err
			}
			return e.withConnection(cmd.Context(), func(a *app.App, c *app.Connection) error {
				x, err := c.Explain(cmd.Context(), customer)
				if err != nil {
					return err
				}
				document := explained(x, a.Config.Language)
				if err := document.kept(cmd.Context(), c); err != nil {
					return err
				}
				if len(whatIf) > 0 {
					answers, err := c.WhatIf(cmd.Context(), x.Customer, changes)
					if err != nil {
						return err
					}
					document.add(answers, x, a.Config.Language)
				}
				if e.output == "json" {
					return e.json(document)
				}
				e.printExplanation(document)
				return nil
			})
		},
	}
	c.Flags().StringArrayVar(&whatIf, "what-if", nil, "the smallest changes that would lead to another class, or what the change NAME=VALUE would do")
	c.Flags().Lookup("what-if").NoOptDefVal = anyChange
	return c
}

// explanation is what `taxon explain --output json` prints.
type explanation struct {
	Customer    string                  `json:"customer"`
	AsOf        string                  `json:"as_of"`
	Classifiers []classifierExplanation `json:"classifiers"`
}

type classifierExplanation struct {
	Classifier string           `json:"classifier"`
	Plugin     string           `json:"plugin"`
	Version    string           `json:"version,omitempty"`
	Tags       []tagExplanation `json:"tags"`
	Reasons    []reasonText     `json:"reasons"`
	Reads      []readValue      `json:"reads"`
	Since      string           `json:"since,omitempty"`
	AsOf       string           `json:"as_of,omitempty"`
	Cause      string           `json:"cause,omitempty"`
	Run        int64            `json:"run,omitempty"`
	Former     *formerText      `json:"former,omitempty"` // the tags are of another configuration
	Held       *heldText        `json:"held,omitempty"`   // by a rule of stability
	Model      *modelText       `json:"model,omitempty"`
	WhatIf     *whatIfText      `json:"what_if,omitempty"`
	Kept       []keptValue      `json:"kept,omitempty"` // values that somebody else set in the CRM
	Stale      bool             `json:"stale,omitempty"`
	Error      *crm.Error       `json:"error,omitempty"`
}

type tagExplanation struct {
	Key      string `json:"key"`
	Value    string `json:"value"`
	Label    string `json:"label,omitempty"`
	Handling string `json:"handling,omitempty"`
}

type reasonText struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

type readValue struct {
	Path    string   `json:"path"`
	Value   string   `json:"value,omitempty"`
	Items   []string `json:"items,omitempty"`
	Missing string   `json:"missing,omitempty"` // why there is no value
}

type keptValue struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

type heldText struct {
	Proposed  string `json:"proposed"` // what the classifier answers
	Label     string `json:"label,omitempty"`
	Since     string `json:"since"`                // as-of day from which it has
	Next      string `json:"next"`                 // class that comes first
	NotBefore string `json:"not_before,omitempty"` // as-of day
	Rule      string `json:"rule"`
}

type formerText struct {
	Run  int64  `json:"run"`  // that made the tags
	What string `json:"what"` // is another now: "configuration" or "plugin version"
}

type modelText struct {
	ID        int64  `json:"id"`
	AsOf      string `json:"as_of"`
	Customers uint64 `json:"customers"`
	Run       int64  `json:"run"`
}

// kept adds what somebody else set on the customer's own record.
func (x *explanation) kept(ctx context.Context, c *app.Connection) error {
	return c.Mirror.Overrides(ctx, func(o store.Override) error {
		for i := range x.Classifiers {
			if k := &x.Classifiers[i]; k.Classifier == o.Classifier && o.Record == x.Customer && o.Kind == c.Config.Subject {
				k.Kept = append(k.Kept, keptValue{o.Field, o.Value})
			}
		}
		return nil
	})
}

func explained(x *classify.Explanation, language string) explanation {
	out := explanation{Customer: x.Customer, AsOf: x.AsOf.String(), Classifiers: []classifierExplanation{}}
	for i := range x.Classifiers {
		k := &x.Classifiers[i]
		d := classifierExplanation{Classifier: k.Classifier, Plugin: k.Plugin, Version: k.Manifest.GetVersion(), Cause: k.Cause, Run: k.Run, Stale: k.Stale, Error: k.Error,
			Tags: []tagExplanation{}, Reasons: []reasonText{}, Reads: []readValue{}}
		if k.Former != nil {
			d.Former = &formerText{k.Former.Run, k.Former.What}
		}
		if k.Classified {
			d.Since, d.AsOf = k.Since.String(), k.AsOf.String()
		}
		for _, t := range k.Tags {
			tag := tagExplanation{Key: t.Definition.GetKey(), Value: t.Value}
			if len(t.Definition.GetOptions()) > 0 {
				tag.Label = classify.Label(t.Definition, t.Value, language)
				tag.Handling = classify.Handling(t.Definition, t.Value, language)
			}
			d.Tags = append(d.Tags, tag)
		}
		for _, r := range k.Reasons {
			d.Reasons = append(d.Reasons, reasonText{r.Code, classify.Words(k.Manifest, classify.Labelled(r, definitions(k.Tags), language), language)})
		}
		for _, r := range k.Reads {
			v := readValue{Path: r.Path, Missing: r.Missing}
			if r.Withheld {
				v.Missing = "not_granted"
			}
			if !r.Value.Missing() {
				v.Value = classify.Show(r.Value)
			}
			for _, item := range r.Items {
				v.Items = append(v.Items, classify.Show(item))
			}
			d.Reads = append(d.Reads, v)
		}
		if h := k.Held; h != nil {
			d.Held = &heldText{Proposed: h.Proposed, Label: mainLabel(definitions(k.Tags), h.Proposed, language), Since: h.Since.String(), Next: h.Next, Rule: string(h.Rule)}
			if h.NotBefore != 0 {
				d.Held.NotBefore = h.NotBefore.String()
			}
		}
		if k.Model != nil {
			d.Model = &modelText{k.Model.ID, k.Model.AsOf.String(), k.Model.Customers, k.Model.Run}
		}
		out.Classifiers = append(out.Classifiers, d)
	}
	return out
}

// mainLabel is the label of a code of the main tag.
func mainLabel(tags []*pb.TagDefinition, code, language string) string {
	for _, d := range tags {
		if d.GetKey() == client.MainTag(tags) {
			return classify.Label(d, code, language)
		}
	}
	return code
}

func definitions(tags []classify.ExplainedTag) []*pb.TagDefinition {
	var out []*pb.TagDefinition
	for _, t := range tags {
		out = append(out, t.Definition)
	}
	return out
}

// shownItems is the number of items of a list that are shown to a person.
const shownItems = 5

func (e *environment) printExplanation(x explanation) {
	e.say("Customer %s, as of %s", x.Customer, x.AsOf)
	for _, k := range x.Classifiers {
		e.say("")
		if k.Error != nil {
			e.say("%s: %s", k.Classifier, k.Error.Error())
			continue
		}
		if len(k.Tags) == 0 {
			e.say("%s (%s %s): not classified yet", k.Classifier, k.Plugin, k.Version)
		}
		for i, t := range k.Tags {
			value := orDash(t.Value)
			if t.Label != "" && t.Label != t.Value {
				value += ", " + t.Label
			}
			switch {
			case t.Key == "":
				e.say("%s (%s %s): %s", k.Classifier, k.Plugin, k.Version, value)
			default:
				if i == 0 {
					e.say("%s (%s %s)", k.Classifier, k.Plugin, k.Version)
				}
				e.say("  %s: %s", t.Key, value)
			}
			if t.Handling != "" {
				e.say("  handling: %s", t.Handling)
			}
		}
		if h := k.Held; h != nil {
			e.say("  held: %s", h.words())
		}
		for _, r := range k.Reasons {
			e.say("  because: %s", r.Text)
		}
		e.printReads(k.Reads)
		var origin []string
		if k.Since != "" {
			origin = append(origin, "since "+k.Since, fmt.Sprintf("run %d", k.Run))
		}
		if k.Model != nil {
			origin = append(origin, fmt.Sprintf("model %d of %s over %s", k.Model.ID, k.Model.AsOf, plural(int(k.Model.Customers), "customer")))
		}
		if len(origin) > 0 {
			e.say("  %s", strings.Join(origin, ", "))
		}
		if k.WhatIf != nil {
			e.printWhatIf(k.WhatIf)
		}
		for _, v := range k.Kept {
			e.say("  The CRM shows %s in %s: somebody set that, and it is kept.", orDash(v.Value), v.Field)
		}
		if k.Former != nil {
			e.say("  All this is of run %d, with another %s than now: the next run classifies again.", k.Former.Run, k.Former.What)
		} else if k.Stale {
			e.say("  The day, the records or the configuration changed since: the next run classifies again.")
		}
	}
}

func (e *environment) printReads(reads []readValue) {
	table := e.table()
	for _, r := range reads {
		value := r.Value
		if len(r.Items) > 0 {
			value = strings.Join(r.Items[:min(len(r.Items), shownItems)], ", ")
			if more := len(r.Items) - shownItems; more > 0 {
				value += fmt.Sprintf(" and %d more", more)
			}
		}
		if value == "" {
			value = "–"
			if r.Missing != "" {
				value = "– (" + r.Missing + ")"
			}
		}
		fmt.Fprintf(table, "    %s\t%s\n", r.Path, value)
	}
	_ = table.Flush() // standard output: nothing to do about it
}
