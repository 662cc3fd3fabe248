package writeback

import (
	"context"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// RetireInput says which classifier is retired, and what becomes of its fields in the CRM.
type RetireInput struct {
	Store      *store.Conn
	CRM        CRM
	Account    string
	Run        int64
	AsOf       crm.Day
	Clock      crm.Clock
	Classifier string
	// Clear empties every value that we wrote; values of others stay. Without it everything stays as it is.
	Clear bool
	// Delete, with Clear, removes the fields that we created instead, with all values; fields that existed before
	// us are emptied only.
	Delete bool
}

// Retire ends a classifier: its fields are cleared or kept, and the store forgets its tags, models, written values and
// fields. When some values could not be cleared (Report.Partly) nothing is forgotten: retiring again continues, and
// retiring without Clear forgets them.
func Retire(ctx context.Context, in RetireInput) (Report, error) {
	ledger, err := in.Store.Fields(ctx)
	if err != nil {
		return Report{}, err
	}
	keys, ours := map[crm.Kind][]string{}, map[crm.Kind][]string{}
	foreign := false
	for _, f := range ledger {
		if f.Classifier != in.Classifier {
			continue
		}
		keys[f.Kind] = append(keys[f.Kind], f.Key)
		switch {
		case f.Created:
			ours[f.Kind] = append(ours[f.Kind], f.Key)
		case !f.Missing:
			foreign = true
		}
	}
	if err := knowsClassifier(ctx, in, len(keys) > 0); err != nil {
		return Report{}, err
	}
	before := in.CRM.Counts()
	var report Report
	removed := 0
	if in.Clear && in.Delete {
		for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
			if len(ours[kind]) == 0 {
				continue
			}
			if err := in.CRM.DeleteFields(ctx, kind, ours[kind]); err != nil {
				return report, err
			}
			removed += len(ours[kind])
			report.Removed = removed
			if err := ForgetGone(ctx, in.Store, kind, ours[kind]); err != nil {
				return report, err
			}
		}
	}
	if in.Clear && len(keys) > 0 && (!in.Delete || foreign) {
		plan, err := Make(ctx, Input{Store: in.Store, CRM: in.CRM, Account: in.Account, Run: in.Run, AsOf: in.AsOf, Clock: in.Clock,
			Classifiers: []Classifier{{Name: in.Classifier, retired: true}}})
		if err != nil {
			return report, err
		}
		if report, err = Apply(ctx, ApplyInput{Store: in.Store, CRM: in.CRM, Account: in.Account, Plan: plan.ID, Run: in.Run, Reread: true, Allow: 1}); err != nil {
			return report, err
		}
		report.Requests, report.Removed = subtract(in.CRM.Counts(), before), removed
		if report.Partly() {
			return report, nil
		}
	}
	report.Requests = subtract(in.CRM.Counts(), before)
	for kind, k := range keys {
		if err := forgetFields(ctx, in.Store, kind, k); err != nil {
			return report, err
		}
	}
	if err := forgetOverrides(ctx, in.Store, in.Classifier); err != nil {
		return report, err
	}
	return report, in.Store.ForgetClassifier(ctx, in.Classifier)
}

// knowsClassifier refuses the name of a classifier that the store knows nothing about.
func knowsClassifier(ctx context.Context, in RetireInput, hasFields bool) error {
	names, err := in.Store.Classifiers(ctx)
	if err != nil || hasFields {
		return err
	}
	for _, name := range names {
		if name == in.Classifier {
			return nil
		}
	}
	return &crm.Error{Code: crm.CodeNotFound, Message: "the connection " + in.Store.Name() + " never had a classifier " + in.Classifier,
		Suggestion: "retire takes the classifier's name in the configuration"}
}

// forgetFields removes what we wrote into fields, and the fields from the ledger.
func forgetFields(ctx context.Context, conn *store.Conn, kind crm.Kind, keys []string) error {
	batch := store.Values{}
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := conn.SetWritten(ctx, kind, batch)
		clear(batch)
		return err
	}
	err := conn.WrittenRecords(ctx, kind, keys, func(id string, _ map[string]string) error {
		batch[id] = map[string]string{}
		for _, key := range keys {
			batch[id][key] = ""
		}
		if len(batch) < flushRows {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	return conn.DeleteFields(ctx, kind, keys)
}

func forgetOverrides(ctx context.Context, conn *store.Conn, classifier string) error {
	var gone []store.Override
	err := conn.Overrides(ctx, func(o store.Override) error {
		if o.Classifier == classifier {
			gone = append(gone, o)
		}
		return nil
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	return conn.DeleteOverrides(ctx, gone)
}
