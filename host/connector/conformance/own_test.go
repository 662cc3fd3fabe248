package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// The fields that the suite makes and writes. A class and a text are needed of every CRM that is written to; of the others
// those that the manifest has a type for.
var ownFields = []connector.FieldSpec{
	{Key: "taxon_abc", Label: "Taxon ABC", Description: "Class by revenue", Type: crm.Text,
		Options: []connector.Option{{Code: "A", Label: "Most of the revenue"}, {Code: "B", Label: "Middle"}, {Code: "C", Label: "The rest"}}},
	{Key: "taxon_abc_reason", Label: "Taxon ABC reason", Type: crm.Text},
	{Key: "taxon_abc_score", Label: "Taxon ABC score", Type: crm.Number},
	{Key: "taxon_abc_since", Label: "Taxon ABC since", Type: crm.Date},
	{Key: "taxon_abc_watch", Label: "Taxon ABC watched", Type: crm.Boolean},
	{Key: "taxon_abc_at", Label: "Taxon ABC classified at", Type: crm.Time},
}

// ownValues are the values of the i-th record for own fields, in canonical form.
func ownValues(i int) map[string]string {
	return map[string]string{
		"taxon_abc": []string{"A", "B", "C"}[i%3], "taxon_abc_reason": "rank " + strconv.Itoa(i) + "; of 9", "taxon_abc_score": strconv.Itoa(i) + ".5",
		"taxon_abc_since": fmt.Sprintf("2026-02-%02d", 1+i%28), "taxon_abc_watch": strconv.FormatBool(i%2 == 0), "taxon_abc_at": "2026-03-01T10:20:30Z",
	}
}

// writable are the kinds that tags are written to, with the object that takes them.
func (w *world) writable() map[crm.Kind]string {
	out := map[crm.Kind]string{}
	for _, kind := range w.kinds() {
		for _, object := range w.d.wanted(w.m, kind) {
			if w.m.Objects[object].Write != nil && out[kind] == "" {
				out[kind] = object
			}
		}
	}
	return out
}

// target is the object that most checks of writing use.
func (w *world) target() (crm.Kind, string) {
	objects := w.writable()
	for _, kind := range []crm.Kind{crm.Company, crm.Contact, crm.Deal} {
		if objects[kind] != "" {
			return kind, objects[kind]
		}
	}
	return "", ""
}

// specs are the own fields that an object can have.
func (w *world) specs(object string) []connector.FieldSpec {
	var out []connector.FieldSpec
	for _, spec := range ownFields {
		name := spec.Type.String()
		if len(spec.Options) > 0 {
			name = "class"
		}
		if def := w.m.Objects[object].Define; def != nil && def.Types[name] != nil {
			out = append(out, spec)
		}
	}
	return out
}

// provision makes the own fields: by the connector, or by a person who follows its instructions.
func (w *world) provision(t T, c *connector.Connector, kind crm.Kind, object string, specs []connector.FieldSpec) []connector.FieldState {
	t.Helper()
	states, err := c.Provision(t.Context(), kind, specs)
	if err != nil {
		w.said.note(err)
		t.Fatalf("the fields of %s cannot be made: %v", object, err)
	}
	byHand := false
	for i, state := range states {
		if !state.Missing {
			continue
		}
		if state.Instructions == "" {
			t.Errorf("%s is missing in %s, and there are no instructions for a person", state.Key, object)
		}
		if w.d.Make == nil {
			t.Fatalf("a person has to make %s, and the adapter has no Make", state.Key)
		}
		w.absent(t, kind, "create_field")
		w.d.Make(w.Server, object, specs[i])
		byHand = true
	}
	if byHand {
		if states, err = c.Provision(t.Context(), kind, specs); err != nil {
			t.Fatalf("the fields of %s that a person has made are not found: %v", object, err)
		}
	}
	for _, state := range states {
		if state.Missing || state.Error != nil || state.Name == "" {
			t.Fatalf("after provisioning, %s stands as %+v", state.Key, state)
		}
	}
	return states
}

// own opens a connector of another process that knows of the own fields.
func (w *world) own(t T, kind crm.Kind, states []connector.FieldState, specs []connector.FieldSpec, change ...func(*connector.Options)) *connector.Connector {
	t.Helper()
	var keys []string
	for _, spec := range specs {
		keys = append(keys, spec.Key)
	}
	c := w.connect(t, append(change, func(o *connector.Options) { o.OwnFields = map[crm.Kind][]string{kind: keys} })...)
	c.RecallFields(kind, states)
	return c
}

// values are those of the i-th record for these fields.
func values(specs []connector.FieldSpec, i int) map[string]string {
	all, out := ownValues(i), map[string]string{}
	for _, spec := range specs {
		out[spec.Key] = all[spec.Key]
	}
	return out
}

// write writes and gathers the outcomes by id; each id comes back once.
func (w *world) write(t T, c *connector.Connector, kind crm.Kind, writes []connector.Write) (map[string]connector.Outcome, error) {
	t.Helper()
	out := map[string]connector.Outcome{}
	err := c.Write(t.Context(), kind, writes, func(batch []connector.Outcome) error {
		for _, o := range batch {
			if _, twice := out[o.ID]; twice {
				t.Errorf("%s comes back twice from a write", o.ID)
			}
			out[o.ID] = o
			if o.Error != nil {
				w.said.note(o.Error)
			}
		}
		return nil
	})
	w.said.note(err)
	return out, err
}

// holds compares what the CRM holds in the class, the text and the number of a record with what was written.
func (w *world) holds(object, id string, states []connector.FieldState, want map[string]string) error {
	for _, state := range states {
		value, given := want[state.Key]
		if !given || !slices.Contains([]string{"taxon_abc", "taxon_abc_reason", "taxon_abc_score"}, state.Key) {
			continue
		}
		have := w.Held(object, id, state.Name)
		if stored, coded := state.Codec[value]; coded {
			value = stored
		}
		if have == value {
			continue
		}
		a, errA := strconv.ParseFloat(have, 64)
		b, errB := strconv.ParseFloat(value, 64)
		if errA != nil || errB != nil || a != b {
			return fmt.Errorf("%s %s holds %q in %s, written was %q", object, id, have, state.Key, value)
		}
	}
	return nil
}

// sameOwn compares own fields as a pull or a read brings them with what was written.
func sameOwn(got, want map[string]string) bool {
	return maps.EqualFunc(got, want, func(a, b string) bool {
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		return a == b || errX == nil && errY == nil && x == y
	})
}
