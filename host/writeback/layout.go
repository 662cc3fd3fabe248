package writeback

import (
	"cmp"
	"context"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
)

// kindLayout is what a plan compares on each record of a kind.
type kindLayout struct {
	kind        crm.Kind
	names       []string // of the classifiers
	classifiers []classifierLayout
}

// classifierLayout is one classifier on records of one kind.
type classifierLayout struct {
	*Classifier
	fields   []field
	summary  *ClassifierSummary
	guard    Guard
	class    int               // index of the field that shows the class
	sizes    bool              // class sizes and moves are counted on this kind
	partial  bool              // not all records are compared
	valued   int               // records that have a class once the plan is applied
	handling map[string]string // by class
}

// layout decides which fields of which kinds are compared: those that the classifiers want, and those of the same
// classifiers that were written earlier and are wanted no more, which are to show nothing.
func (p *planner) layout(ctx context.Context) ([]kindLayout, error) {
	owners := map[planKey]string{}
	byKind := map[crm.Kind][]classifierLayout{}
	ledger, err := p.conn.Fields(ctx)
	if err != nil {
		return nil, err
	}
	for i := range p.in.Classifiers {
		c := &p.in.Classifiers[i]
		var wanted []field
		if !c.retired {
			if wanted, err = c.fields(p.in.Prefix, p.in.Language); err != nil {
				return nil, err
			}
		}
		summary := newClassifierSummary(c, p.in.Revenue != nil && slices.Contains(c.WriteTo, p.conn.Subject()))
		p.summary.Classifiers[c.Name] = summary
		for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
			l := classifierLayout{Classifier: c, summary: summary, guard: Guard{Limit: c.Guard}, handling: c.handlings(p.in.Language)}
			if slices.Contains(c.WriteTo, kind) {
				l.fields = slices.Clone(wanted)
				l.sizes = kind == p.conn.Subject() || !slices.Contains(c.WriteTo, p.conn.Subject())
			}
			for _, f := range l.fields {
				if other, taken := owners[planKey{kind, f.key}]; taken {
					return nil, &crm.Error{Code: crm.CodeConflict, Pointer: "/classifiers/" + c.Name,
						Message:    "the classifiers " + other + " and " + c.Name + " would both own the field " + f.key,
						Suggestion: "rename one of them"}
				}
				owners[planKey{kind, f.key}] = c.Name
			}
			for _, f := range ledger {
				if f.Kind == kind && f.Classifier == c.Name && !f.Missing && !slices.ContainsFunc(l.fields, func(w field) bool { return w.key == f.Key }) {
					old := field{key: f.Key, part: f.Part, role: roleRetired}
					old.spec.Key, old.spec.Label, old.spec.Type = f.Key, f.Label, f.Type
					l.fields = append(l.fields, old)
				}
			}
			l.class = l.shown()
			if len(l.fields) > 0 {
				byKind[kind] = append(byKind[kind], l)
			}
		}
	}
	var out []kindLayout
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		if len(byKind[kind]) == 0 {
			continue
		}
		if kind == crm.Company && p.conn.Subject() == crm.Contact {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: "tags of a contact cannot be written to its company, which has many contacts",
				Suggestion: "write_to: [contact]"}
		}
		k := kindLayout{kind: kind, classifiers: byKind[kind]}
		for _, l := range k.classifiers {
			k.names = append(k.names, l.Name)
		}
		out = append(out, k)
	}
	return out, nil
}

// shown is the index of the field that shows the class: where the classifier wants none, of the one that did; -1 is none.
func (l *classifierLayout) shown() int {
	if i := slices.IndexFunc(l.fields, func(f field) bool { return f.role == roleClass }); i >= 0 {
		return i
	}
	main := client.MainTag(l.Tags)
	return slices.IndexFunc(l.fields, func(f field) bool { return f.part == main })
}

// keys lists the field keys of the layout.
func (k *kindLayout) keys() []string {
	var out []string
	for i := range k.classifiers {
		for _, f := range k.classifiers[i].fields {
			out = append(out, f.key)
		}
	}
	return out
}

// handlings is what is recommended, by class.
func (c *Classifier) handlings(language string) map[string]string {
	out := map[string]string{}
	if d := c.tag(client.MainTag(c.Tags)); d != nil {
		for _, o := range d.Options {
			out[o.Code] = normal(crm.Text, text(o.Handling, language))
		}
	}
	return out
}

func comparePlanFields(a, b planField) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Spec.Key, b.Spec.Key))
}
