package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	taxonsync "github.com/taxonhq/taxon/host/sync"
	"github.com/taxonhq/taxon/host/writeback"
)

// Order says which stages a run goes through.
type Order struct {
	Command  string // as the ledger of runs shows it
	Pull     bool
	Classify bool // and plan
	Apply    bool // the plan just made, or Plan
	Plan     int64
	// Reread reads every record again before it is written, for plans that have waited.
	Reread    bool
	Full      bool // pull from zero
	Reconcile bool // compare all ids after the pull
	// Allow raises the guard of all classifiers to that share of customers (0 to 1) for this run.
	Allow    float64
	Wait     time.Duration  // for another run of the account
	Progress func(Progress) // may be nil

	then func(ctx context.Context, w *work, result *Result) error // what else is done under the lease
}

// Result is what a run did.
type Result struct {
	Run        int64             `json:"run"`
	Connection string            `json:"connection"`
	Account    string            `json:"account"`
	AsOf       string            `json:"as_of"`
	Status     store.RunStatus   `json:"status"`
	Gone       []GoneField       `json:"fields_gone,omitempty"` // of ours, from the CRM: they are made again
	Pull       *taxonsync.Report `json:"pull,omitempty"`
	Mirror     *store.Counts     `json:"mirror,omitempty"` // after the pull
	Classify   *Classified       `json:"classify,omitempty"`
	Plan       *writeback.Plan   `json:"plan,omitempty"`
	Person     []PersonsField    `json:"fields_for_a_person,omitempty"` // to be made before the plan is applied
	Apply      *writeback.Report `json:"apply,omitempty"`
	Requests   map[string]int64  `json:"requests"` // all of the run, by class
	Seconds    float64           `json:"seconds"`
	FinishedAt time.Time         `json:"finished_at"`
}

// PersonsField is a field that is missing in the CRM or lacks options, and that the CRM lets no program make or extend.
type PersonsField struct {
	Kind         crm.Kind `json:"kind"`
	Field        string   `json:"field"` // key
	Classifier   string   `json:"classifier"`
	Instructions string   `json:"instructions"`
}

// GoneField is a field that somebody deleted.
type GoneField struct {
	Kind  crm.Kind `json:"kind"`
	Field string   `json:"field"` // key
}

// Classified is what became of each classifier.
type Classified struct {
	Measured    int                           `json:"measured"` // customers that had to be looked at
	PluginCalls int                           `json:"plugin_calls"`
	Changed     int                           `json:"changed"`
	Classifiers map[string]*ClassifierOutcome `json:"classifiers"`
}

// ClassifierOutcome is what became of one classifier.
type ClassifierOutcome struct {
	Plugin       string            `json:"plugin"`
	Version      string            `json:"version"`
	Classes      map[string]int    `json:"classes,omitempty"`
	Unclassified map[string]int    `json:"unclassified,omitempty"` // by code of the reason
	Labels       map[string]string `json:"labels,omitempty"`       // of the codes in Classes, in the configured language
	Problems     int               `json:"problems,omitempty"`
	Changed      int               `json:"changed"`
	Held         int               `json:"held,omitempty"`     // customers whose class a rule of stability holds back
	Withheld     []string          `json:"withheld,omitempty"` // sensitive fields that nobody granted
	Error        *crm.Error        `json:"error,omitempty"`
}

// Do goes through the stages of an order. It holds the account's lease meanwhile; when another run holds
// it for longer than the order waits, the error has code locked. A result comes with an error too, and says what was done until then.
func (c *Connection) Do(ctx context.Context, o Order) (Result, error) {
	result := Result{Connection: c.Config.Name, Requests: map[string]int64{}}
	began := c.Clock.Now()
	account, err := c.accountFor(ctx, o)
	if err != nil {
		return result, err
	}
	result.Account = account.ID
	owner := owner()
	held, err := c.lock(ctx, c.Config.CRM+":"+account.ID, owner, o.Wait)
	if err != nil {
		return result, err
	}
	// Giving back and ending the ledger's entry must happen when the run was stopped, too.
	after := context.WithoutCancel(ctx)
	defer func() { _ = held.Release(after) }() // an unreleased lease expires by itself
	w := &work{Connection: c, order: o, mirror: c.Mirror.Fenced(held)}
	if err := w.bind(ctx, account); err != nil {
		return result, err
	}
	// Settled under the lease: a run that waited past midnight is as of the new day.
	if w.setting, err = c.settle(account); err != nil {
		return result, err
	}
	s := w.setting
	result.AsOf = s.asOf.String()
	settings, err := json.Marshal(map[string]any{"currency": s.currency, "time_zone": s.zone.String(), "rates": s.ratesKey})
	if err != nil {
		return result, err
	}
	if w.run, err = w.mirror.BeginRun(ctx, store.Run{Command: o.Command, Owner: owner, AsOf: s.asOf, Settings: settings}); err != nil {
		return result, err
	}
	result.Run = w.run
	working, cancel := context.WithCancelCause(ctx)
	beat := w.heartbeat(working, held, cancel)
	before := c.CRM.Counts().ByClass()
	err = w.stages(working, &result)
	if cause := context.Cause(working); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	cancel(nil)
	beat.Wait()
	for class, n := range c.CRM.Counts().ByClass() {
		if n -= before[class]; n > 0 {
			result.Requests[class] = n
		}
	}
	result.FinishedAt = c.Clock.Now()
	result.Seconds = result.FinishedAt.Sub(began).Seconds()
	return result, errors.Join(err, w.finish(after, &result, err))
}

// work is one run under way.
type work struct {
	*Connection
	order   Order
	setting setting
	mirror  *store.Conn // fenced by the lease
	run     int64
	outcome *classify.Result
	gone    []GoneField
}

// stages goes through the stages. A classifier that failed does not keep the others' tags from the CRM, but
// its error is the run's.
func (w *work) stages(ctx context.Context, result *Result) error {
	if w.order.Pull {
		report, err := w.pull(ctx)
		result.Pull, result.Gone = &report, w.gone
		if err != nil {
			return err
		}
	}
	if w.order.then != nil {
		return w.order.then(ctx, w, result)
	}
	var failed error
	plan := w.order.Plan
	if w.order.Classify {
		if err := w.classify(ctx); err != nil {
			return err
		}
		counts, err := w.mirror.Counts(ctx)
		if err != nil {
			return err
		}
		result.Classify, result.Mirror = summarise(w.outcome, w.Language), &counts
		for _, e := range w.outcome.Failed() {
			failed = errors.Join(failed, e)
		}
		made, err := w.plan(ctx)
		if err != nil {
			return errors.Join(err, failed)
		}
		result.Plan, plan = made, made.ID
		if w.order.Pull && !w.order.Apply && made.Summary.Changes > 0 {
			result.Person = w.personsFields(ctx)
		}
	}
	if w.order.Apply {
		report, err := w.apply(ctx, plan)
		result.Apply = &report
		if err != nil {
			return errors.Join(err, failed)
		}
	}
	return failed
}

// heartbeat renews the lease and says that the run lives, until ctx ends. A lost lease cancels the run; a store
// that does not answer for a moment does not.
func (w *work) heartbeat(ctx context.Context, held *store.Lease, cancel context.CancelCauseFunc) *sync.WaitGroup {
	var beat sync.WaitGroup
	renewed := w.Clock.Now()
	beat.Go(func() {
		for w.Clock.Sleep(ctx.Done(), lease/4) {
			err := errors.Join(held.Renew(ctx), w.mirror.Heartbeat(ctx, w.run))
			if err == nil {
				renewed = w.Clock.Now()
				continue
			}
			if crm.CodeOf(err) == crm.CodeLocked || w.Clock.Now().Sub(renewed) > lease/2 {
				cancel(err)
				return
			}
		}
	})
	return &beat
}

// finish writes the ledger's entry.
func (w *work) finish(ctx context.Context, result *Result, err error) error {
	result.Status = store.RunDone
	var failure *crm.Error
	switch {
	case err == nil:
		if partly(result) {
			result.Status = store.RunPartly
		}
	case errors.Is(err, context.Canceled), crm.CodeOf(err) == crm.CodeGuard:
		result.Status = store.RunStopped
	default:
		result.Status = store.RunFailed
	}
	if errors.Is(err, context.Canceled) {
		failure = &crm.Error{Code: crm.CodeStopped, Message: "stopped by a person or the system", Suggestion: "the next run goes on from there"}
	} else if err != nil && !errors.As(err, &failure) {
		failure = &crm.Error{Code: crm.CodeInternal, Message: err.Error()}
	}
	report, marshalErr := json.Marshal(result)
	return errors.Join(marshalErr, w.mirror.AddRequests(ctx, w.run, result.Requests), w.mirror.FinishRun(ctx, w.run, result.Status, report, failure))
}

// partly tells that some records could not be used, classified or written.
func partly(r *Result) bool {
	if r.Apply != nil && r.Apply.Partly() || r.Pull != nil && r.Pull.Rejected() > 0 {
		return true
	}
	if r.Classify != nil {
		for _, k := range r.Classify.Classifiers {
			if k.Problems > 0 {
				return true
			}
		}
	}
	return false
}

// Partly tells that records were rejected.
func (r *Result) Partly() bool { return r.Status == store.RunPartly }

func (w *work) tell(stage, detail string, count int, finished bool) {
	if w.order.Progress != nil {
		w.order.Progress(Progress{stage, detail, count, finished})
	}
}

func summarise(r *classify.Result, language string) *Classified {
	out := &Classified{Measured: r.Customers, PluginCalls: r.PluginCalls, Changed: r.Changed, Classifiers: map[string]*ClassifierOutcome{}}
	for _, o := range r.Outcomes {
		k := &ClassifierOutcome{Plugin: o.Plugin, Version: o.Version, Classes: o.Classes, Unclassified: o.Unclassified,
			Problems: o.Problems, Changed: o.Changed, Held: o.Held, Withheld: o.Withheld, Error: o.Error, Labels: map[string]string{}}
		for _, tag := range o.Tags {
			for code := range o.Classes {
				if label := classify.Label(tag, code, language); tag.GetKey() == "" && label != code {
					k.Labels[code] = label
				}
			}
		}
		out.Classifiers[o.Classifier] = k
	}
	return out
}

func fingerprint(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
