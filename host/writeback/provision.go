package writeback

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// Provision makes sure that the fields which a plan writes exist in the CRM with all options that it uses, and notes
// them in the ledger of fields. It is idempotent. Where the CRM lets no program create a field, the error tells a
// person what to do; running it again verifies that it was done.
func Provision(ctx context.Context, conn *store.Conn, c CRM, plan int64) ([]connector.FieldState, error) {
	_, _, s, err := planOf(ctx, conn, plan)
	if err != nil {
		return nil, err
	}
	var out []connector.FieldState
	var missing []string
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		fields := map[string]planField{}
		var specs []connector.FieldSpec
		for _, f := range s.Fields {
			if f.Kind == kind && !f.Retired {
				fields[f.Spec.Key] = f
				specs = append(specs, f.Spec)
			}
		}
		if len(specs) == 0 {
			continue
		}
		states, failure := c.Provision(ctx, kind, specs)
		// What was created before a failure is ours all the same.
		if err := noteFields(ctx, conn, c, kind, fields, states); err != nil {
			return out, err
		}
		if failure != nil {
			return out, failure
		}
		out = append(out, states...)
		for _, state := range states {
			if state.Missing {
				missing = append(missing, state.Key+": "+state.Instructions)
			}
		}
	}
	if len(missing) > 0 {
		return out, &crm.Error{Code: crm.CodeNotFound, Message: "fields are missing in the CRM, which lets no program create them: " + strings.Join(missing, "; "),
			Suggestion: "create them as described, then apply the plan again"}
	}
	return out, nil
}

// noteFields brings the ledger of fields up to date, and tells the connector which fields it can read from now on.
func noteFields(ctx context.Context, conn *store.Conn, c CRM, kind crm.Kind, fields map[string]planField, states []connector.FieldState) error {
	ledger, err := ledgerOf(ctx, conn, kind)
	if err != nil {
		return err
	}
	var remade []string
	for _, state := range states {
		if old, known := ledger[state.Key]; state.Created && known && !old.Missing {
			remade = append(remade, state.Key)
		}
	}
	if len(remade) > 0 { // somebody deleted them, and no pull has noticed
		if err := ForgetGone(ctx, conn, kind, remade); err != nil {
			return err
		}
		maps.DeleteFunc(ledger, func(key string, _ store.Field) bool { return slices.Contains(remade, key) })
	}
	var changed []store.Field
	for _, state := range states {
		f, old := fields[state.Key], ledger[state.Key]
		entry := store.Field{Kind: kind, Key: state.Key, Name: state.Name, Classifier: f.Classifier, Part: f.Part, Label: f.Spec.Label,
			Type: f.Spec.Type, Codec: state.Codec, Created: state.Created || old.Created, Missing: state.Missing, Instructions: state.Instructions}
		same := old.Key == entry.Key && old.Name == entry.Name && old.Classifier == entry.Classifier && old.Part == entry.Part &&
			old.Label == entry.Label && old.Type == entry.Type && maps.Equal(old.Codec, entry.Codec) &&
			old.Created == entry.Created && old.Missing == entry.Missing && old.Instructions == entry.Instructions
		if !same {
			changed = append(changed, entry)
			ledger[state.Key] = entry
		}
	}
	if len(changed) > 0 {
		if err := conn.SaveFields(ctx, changed); err != nil {
			return err
		}
	}
	c.RecallFields(kind, ledger.States())
	c.SetOwnFields(kind, ledger.Present())
	return nil
}

// unseen lists the fields of a kind that existed before us and were found after the plan was made: no pull could show
// what they hold, so it has to be read before anything is written over it.
func (l Ledger) unseen(plan store.Plan) map[string]bool {
	out := map[string]bool{}
	for key, f := range l {
		if !f.Created && !f.Missing && !f.UpdatedAt.Before(plan.CreatedAt) {
			out[key] = true
		}
	}
	return out
}
