package writeback

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// Provisioned is how the fields of a plan stand in the CRM.
type Provisioned struct {
	Fields []connector.FieldState
	// Blocked are the classifiers that cannot be written, because a field of theirs is not as it has to be, with the cause.
	Blocked map[string]*crm.Error
}

// Provision makes sure that the fields which a plan writes exist in the CRM with all options that it uses, and notes
// them in the ledger of fields. It is idempotent. A classifier of which a field cannot be made, because another one of
// that name exists or because the CRM lets no program create it, is blocked: the cause tells a person what to do, and
// running it again verifies that it was done. When all that were planned are blocked, the causes are the error.
func Provision(ctx context.Context, conn *store.Conn, c CRM, plan int64) (Provisioned, error) {
	out := Provisioned{Blocked: map[string]*crm.Error{}}
	_, _, s, err := planOf(ctx, conn, plan)
	if err != nil {
		return out, err
	}
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
		intended, err := intend(ctx, conn, c, kind, fields, specs)
		if err != nil {
			return out, err
		}
		states, failure := c.Provision(ctx, kind, specs)
		failed := failure != nil && !slices.ContainsFunc(states, func(s connector.FieldState) bool { return s.Error != nil })
		// What was created before a failure is ours all the same.
		if err := noteFields(ctx, conn, c, kind, fields, states); err != nil {
			return out, err
		}
		if failed {
			return out, errors.Join(failure, withdraw(ctx, conn, kind, intended, states, failure))
		}
		out.Fields = append(out.Fields, states...)
		for _, state := range states {
			out.block(fields[state.Key].Classifier, state)
		}
	}
	if len(out.Blocked) > 0 && len(out.Blocked) == len(s.Summary.Classifiers) {
		var causes []error
		for _, name := range sortedKeys(out.Blocked) {
			causes = append(causes, out.Blocked[name])
		}
		return out, errors.Join(causes...)
	}
	return out, nil
}

// block notes that a classifier cannot be written when a field of it is not as it has to be.
func (p *Provisioned) block(classifier string, state connector.FieldState) {
	before := p.Blocked[classifier]
	switch {
	case state.Missing && before == nil:
		p.Blocked[classifier] = &crm.Error{Code: crm.CodeNotFound, Pointer: "/classifiers/" + classifier,
			Message:    "fields are missing or incomplete in the CRM, which lets no program make them: " + state.Key + ": " + state.Instructions,
			Suggestion: "make them as described (taxon check lists them one by one), then run or apply again"}
	case state.Missing && before.Code == crm.CodeNotFound:
		before.Message += " " + state.Key + ": " + state.Instructions
	case state.Error != nil && before == nil:
		p.Blocked[classifier] = state.Error
	}
}

// intend notes in the ledger which fields are about to be created: when the process ends before it learns what became
// of the request, they are ours all the same. It answers their keys.
func intend(ctx context.Context, conn *store.Conn, c CRM, kind crm.Kind, fields map[string]planField, specs []connector.FieldSpec) ([]string, error) {
	ledger, err := ledgerOf(ctx, conn, kind)
	if err != nil {
		return nil, err
	}
	specs = slices.DeleteFunc(slices.Clone(specs), func(s connector.FieldSpec) bool {
		f, known := ledger[s.Key]
		return known && (f.Created || !f.Missing)
	})
	if len(specs) == 0 {
		return nil, nil
	}
	states, err := c.Examine(ctx, kind, specs)
	if err != nil {
		return nil, err
	}
	var keys []string
	var entries []store.Field
	for _, state := range states {
		if state.Missing && state.Instructions == "" {
			f := fields[state.Key]
			keys = append(keys, state.Key)
			entries = append(entries, store.Field{Kind: kind, Key: state.Key, Classifier: f.Classifier, Part: f.Part, Label: f.Spec.Label,
				Type: f.Spec.Type, Created: true, Missing: true})
		}
	}
	if len(entries) == 0 {
		return nil, nil
	}
	return keys, conn.SaveFields(ctx, entries)
}

// withdraw takes back what was intended and refused. Where nobody knows what became of it, the intent stays.
func withdraw(ctx context.Context, conn *store.Conn, kind crm.Kind, intended []string, states []connector.FieldState, failure error) error {
	switch crm.CodeOf(failure) {
	case crm.CodeForbidden, crm.CodeCredentials, crm.CodeConfig, crm.CodeConflict, crm.CodeNotFound, crm.CodeRecord:
	default:
		return nil
	}
	refused := slices.DeleteFunc(intended, func(key string) bool {
		return slices.ContainsFunc(states, func(s connector.FieldState) bool { return s.Key == key && s.Created })
	})
	if len(refused) == 0 {
		return nil
	}
	return conn.DeleteFields(ctx, kind, refused)
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
		if state.Error != nil {
			continue // it is not ours, whatever it is
		}
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
