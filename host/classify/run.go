package classify

import (
	"context"
	"errors"

	"github.com/taxonhq/taxon/host/crm"
)

// Run classifies what has to be classified and stores tags, reasons, models and work. A classifier that fails
// has an Error in its Outcome and keeps what it had; the error that Run answers is one of the mirror, the
// spool or the context, after which nothing is certain but that the next run repeats what is missing.
func Run(ctx context.Context, in Input) (*Result, error) {
	r := newRunner(in)
	defer r.close()
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	var err error
	if r.seen, err = r.Mirror.Sequence(ctx); err != nil {
		return nil, err
	}
	if err := r.find(ctx); err != nil {
		return nil, err
	}
	if r.whole || len(r.scope) > 0 {
		if err := r.classifyAll(ctx); err != nil {
			return nil, err
		}
	} else if err := r.idle(ctx); err != nil {
		return nil, err
	}
	for _, t := range r.tasks {
		t.out.Totals = t.totals
		r.result.Changed += t.out.Changed
	}
	return r.result, nil
}

// find decides for each task what it has to do, and which customers must be measured for that.
func (r *runner) find(ctx context.Context) error {
	since := int64(-1)
	for _, t := range r.tasks {
		if t.failed() {
			continue
		}
		if err := r.decide(ctx, t); err != nil {
			return err
		}
		if t.everybody {
			r.whole = true
		} else if since < 0 || t.since < since {
			since = t.since
		}
	}
	if r.whole || since < 0 || since == r.seen {
		return nil
	}
	err := r.Mirror.ChangedCustomers(ctx, since, func(id string) error {
		if len(r.scope) >= fewBatches*r.batch {
			return errMany
		}
		r.scope = append(r.scope, id)
		return nil
	})
	if errors.Is(err, errMany) {
		r.whole, r.scope = true, nil
		return nil
	}
	return err
}

// fewBatches is up to how many batches of changed customers are looked up one by one. With more, all are
// walked through, in bounded memory; who is asked about is the same.
const fewBatches = 50

var errMany = errors.New("many customers changed")

// idle ends a run that found nobody to classify. Customers may have gone since the last work.
func (r *runner) idle(ctx context.Context) error {
	for _, t := range r.tasks {
		if t.failed() || t.since == r.seen {
			continue
		}
		if err := r.recount(ctx, t); err != nil {
			return err
		}
		if err := r.saveWork(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) classifyAll(ctx context.Context) (err error) {
	if r.spool, err = newSpool(r.SpoolDir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.spool.Close()) }()
	if err := r.measureAll(ctx); err != nil {
		return err
	}
	if err := r.forgetRejected(ctx); err != nil {
		return err
	}
	for _, t := range byLevel(r.tasks) {
		if t.failed() {
			continue
		}
		if err := r.work(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// work does one task. Only errors of the mirror, the spool and the context end the run.
func (r *runner) work(ctx context.Context, t *task) error {
	for _, name := range t.needs {
		if other := r.task(name); other == nil || other.failed() {
			t.fail(&crm.Error{Code: crm.CodePlugin, Message: "it reads the tags of " + name + ", which failed", Suggestion: "see the error of " + name})
			return nil
		}
	}
	err := r.attempt(ctx, t)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var ours *hostError
	if errors.As(err, &ours) {
		return ours.err
	}
	t.fail(err)
	r.leave(t.Plugin)
	return nil
}

// attempt fits, classifies and saves.
func (r *runner) attempt(ctx context.Context, t *task) error {
	if t.fit {
		if err := r.fitModel(ctx, t); err != nil {
			return err
		}
	}
	if err := r.dispatch(ctx, t); err != nil {
		return err
	}
	if err := r.save(ctx, t); err != nil {
		return host(err)
	}
	return nil
}

func (r *runner) task(name string) *task {
	for _, t := range r.tasks {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// hostError marks an error that is not the plugin's.
type hostError struct{ err error }

func (e *hostError) Error() string { return e.err.Error() }
func (e *hostError) Unwrap() error { return e.err }

func host(err error) error {
	if err == nil {
		return nil
	}
	return &hostError{err}
}

func (r *runner) progress(stage, classifier string, done, total int) {
	if r.Progress != nil {
		r.Progress(Progress{Stage: stage, Classifier: classifier, Done: done, Total: total})
	}
}
