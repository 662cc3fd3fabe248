package run

import (
	"context"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/writeback"
)

// Retirement says how a classifier ends.
type Retirement struct {
	Classifier string
	Clear      bool // empty what we wrote
	Delete     bool // with Clear: remove the fields that we made
}

// Retire ends a classifier: its tags and models are forgotten, its fields kept, emptied or removed; while a value
// could not be emptied nothing is forgotten. A classifier that is still enabled would come back with the next run
// and is refused.
func (c *Connection) Retire(ctx context.Context, r Retirement) (Result, error) {
	for _, f := range c.Config.Enabled() {
		if f.Name == r.Classifier {
			return Result{}, &crm.Error{Code: crm.CodeConflict, Message: "the classifier " + r.Classifier + " is enabled", Suggestion: "set enabled: false, or remove it from the configuration, then retire it"}
		}
	}
	return c.Do(ctx, Order{Command: "retire", then: func(ctx context.Context, w *work, result *Result) error {
		if err := w.findOwnFields(ctx); err != nil {
			return err
		}
		report, err := writeback.Retire(ctx, writeback.RetireInput{Store: w.mirror, CRM: w.CRM, Account: w.setting.account.ID, Run: w.run,
			AsOf: w.setting.asOf, Clock: w.Clock, Classifier: r.Classifier, Clear: r.Clear, Delete: r.Delete})
		result.Apply = &report
		return err
	}})
}
