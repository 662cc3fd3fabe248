package run

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
	taxonsync "github.com/taxonhq/taxon/host/sync"
	"github.com/taxonhq/taxon/host/writeback"
)

// pull brings the mirror up to date.
func (w *work) pull(ctx context.Context) (taxonsync.Report, error) {
	if err := w.findOwnFields(ctx); err != nil {
		return taxonsync.Report{}, err
	}
	reconcile, err := w.reconcileDue(ctx)
	if err != nil {
		return taxonsync.Report{}, err
	}
	report, err := taxonsync.Pull(ctx, w.CRM, w.mirror, taxonsync.Options{
		Catalogue: w.Catalogue, Zone: w.setting.zone, Currency: w.setting.currency, Full: w.order.Full, Reconcile: reconcile, Run: w.run,
		Guard:    w.removals(),
		Progress: func(p taxonsync.Progress) { w.tell("pull", plurals[p.Kind], p.Records, p.Done) },
	})
	if err == nil && reconcile {
		err = w.mirror.SetFact(ctx, factReconciled, []byte(w.Clock.Now().UTC().Format(time.RFC3339)))
	}
	return report, err
}

// removals is the share of a kind's records that may vanish at once.
func (w *work) removals() float64 { return max(taxonsync.Guard, w.order.Allow) }

// reconcileDue decides whether this pull compares all ids. The days count from the first pull, which lists everything anyway.
func (w *work) reconcileDue(ctx context.Context) (bool, error) {
	due, err := w.ReconcileDue(ctx, w.order.Reconcile)
	if err != nil || due || *w.Config.ReconcileDays == 0 {
		return due, err
	}
	_, ok, err := w.mirror.Fact(ctx, factReconciled)
	if err == nil && !ok {
		err = w.mirror.SetFact(ctx, factReconciled, []byte(w.Clock.Now().UTC().Format(time.RFC3339)))
	}
	return false, err
}

// ReconcileDue tells whether a pull that begins now compares all ids: when that is ordered, and every so many days as the safety
// net for deletions that the CRM did not tell.
func (c *Connection) ReconcileDue(ctx context.Context, ordered bool) (bool, error) {
	if ordered || *c.Config.ReconcileDays == 0 {
		return ordered, nil
	}
	data, ok, err := c.Mirror.Fact(ctx, factReconciled)
	if err != nil || !ok {
		return false, err
	}
	last, err := time.Parse(time.RFC3339, string(data))
	return err != nil || c.Clock.Now().Sub(last) >= time.Duration(*c.Config.ReconcileDays)*24*time.Hour, nil
}

var plurals = map[crm.Kind]string{crm.Company: "companies", crm.Contact: "contacts", crm.Deal: "deals", crm.Activity: "activities"}

// TellOwnFields tells the connector which fields this installation made, as far as the store knows.
func (c *Connection) TellOwnFields(ctx context.Context) error {
	ledger, err := c.Mirror.Fields(ctx)
	if err != nil {
		return err
	}
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		known := writeback.LedgerOf(ledger, kind)
		c.CRM.RecallFields(kind, known.States())
		c.CRM.SetOwnFields(kind, known.Present())
	}
	return nil
}

// findOwnFields tells the connector which of our fields there are to pull. Fields of ours that are gone from the CRM
// are forgotten with their values, so that they are made anew. A field that the CRM has, but that we neither made nor
// ever pulled, makes the kind be pulled from zero: the values that others gave it must be known before anything is
// planned.
func (w *work) findOwnFields(ctx context.Context) error {
	if err := w.TellOwnFields(ctx); err != nil {
		return err
	}
	ledger, err := w.mirror.Fields(ctx)
	if err != nil {
		return err
	}
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		if !w.CRM.Capabilities()[kind].List {
			continue
		}
		known := writeback.LedgerOf(ledger, kind)
		existing, err := w.CRM.ExistingFields(ctx, kind, append(w.OwnKeys(kind), slices.Collect(maps.Keys(known))...))
		if err != nil {
			return err
		}
		gone := slices.DeleteFunc(known.Present(), func(k string) bool { return slices.Contains(existing, k) })
		w.CRM.SetOwnFields(kind, existing)
		fact := factOwnFields + " " + string(kind)
		data, ok, err := w.mirror.Fact(ctx, fact)
		if err != nil {
			return err
		}
		var pulled []string
		if ok {
			if err := json.Unmarshal(data, &pulled); err != nil {
				return err
			}
		}
		strange := func(k string) bool { return !known[k].Created && !slices.Contains(pulled, k) }
		if ok && slices.ContainsFunc(existing, strange) {
			if err := w.mirror.ResetSync(ctx, kind); err != nil {
				return err
			}
		}
		pulled = slices.DeleteFunc(append(pulled, existing...), func(k string) bool { return slices.Contains(gone, k) })
		now, err := json.Marshal(slices.Compact(slices.Sorted(slices.Values(pulled))))
		if err != nil {
			return err
		}
		// Noted after the reset: a kill in between resets once more, never once less.
		if err := w.mirror.SetFact(ctx, fact, now); err != nil {
			return err
		}
		if err := w.forgetGone(ctx, kind, gone); err != nil {
			return err
		}
	}
	return nil
}

// forgetGone forgets fields of ours that the CRM has no more.
func (w *work) forgetGone(ctx context.Context, kind crm.Kind, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	for _, key := range keys {
		w.gone = append(w.gone, GoneField{kind, key})
	}
	return writeback.ForgetGone(ctx, w.mirror, kind, keys)
}

// classifyInput is what package classify needs of a connection.
func (c *Connection) classifyInput(ctx context.Context, s setting, mirror *store.Conn) (classify.Input, error) {
	secret, err := c.Store.Secret(ctx)
	if err != nil {
		return classify.Input{}, err
	}
	in := classify.Input{
		Mirror: mirror, Cache: c.Store, Catalogue: c.Catalogue, Plugins: c.Plugins,
		AsOf: s.asOf, Zone: s.zone, Currency: s.currency, Rates: s.rates, KeySecret: secret, Prefix: c.Config.Prefix,
	}
	for _, f := range c.Config.Enabled() {
		grants := f.Grants
		if c.Plugins.Builtin(f.Plugin) {
			// What a first-party plugin reads beyond its manifest is what this very configuration names. Personal
			// data still have to be granted by name.
			grants = append(slices.Clone(grants), "*")
		}
		in.Classifiers = append(in.Classifiers, classify.Classifier{Name: f.Name, Plugin: f.Plugin, Config: f.Config, Grants: grants,
			Refit: classify.Refit(f.Refit), Stability: stability(f), Handling: handling(f)})
	}
	return in, nil
}

func stability(f *config.Classifier) classify.Stability {
	s := f.Stability
	return classify.Stability{Dates: s.Hysteresis.Dates, Score: s.Hysteresis.Score, Margin: s.Hysteresis.Margin,
		MinimumStay: s.MinimumStay, GracePeriod: s.GracePeriod, OneStep: s.OneStep, Order: s.Order}
}

func handling(f *config.Classifier) map[string]map[string]string {
	out := map[string]map[string]string{}
	for code, texts := range f.Handling {
		out[code] = texts
	}
	return out
}

// classify makes the tags. A configuration that does not fit its plugin's schema stops the run before any
// plugin is started.
func (w *work) classify(ctx context.Context) error {
	for _, f := range w.Config.Enabled() {
		if found := w.ClassifierProblems(f); len(found) > 0 {
			e := found[0].Error
			e.Pointer = "classifier " + f.Name + " " + e.Pointer
			return &e
		}
	}
	in, err := w.classifyInput(ctx, w.setting, w.mirror)
	if err != nil {
		return err
	}
	in.RunID = w.run
	in.Progress = func(p classify.Progress) {
		detail := "customers"
		if p.Classifier != "" {
			detail = p.Classifier
		}
		w.tell(p.Stage, detail, p.Done, false)
	}
	w.outcome, err = classify.Run(ctx, in)
	if err == nil {
		w.tell("classify", "tags changed", w.outcome.Changed, true)
	}
	return err
}

// plan compares tags with the CRM's values. Classifiers that failed are left out: their fields stay as they are.
// A run that goes on to apply compares only what can have changed; one that is for reading compares everything,
// so that its summary has the sizes of all classes.
func (w *work) plan(ctx context.Context) (*writeback.Plan, error) {
	in := writeback.Input{
		Store: w.mirror, CRM: w.CRM, Account: w.setting.account.ID, Run: w.run, AsOf: w.setting.asOf, Rates: w.setting.ratesKey,
		Prefix: w.Config.Prefix, Language: w.Language, Clock: w.Clock, Incremental: w.order.Apply && !w.order.Full,
		Progress: func(records int) { w.tell("plan", "records", records, false) },
	}
	for _, f := range w.Config.Enabled() {
		o := w.outcome.Outcome(f.Name)
		if o == nil || o.Error != nil {
			continue
		}
		manifest, err := w.Plugins.Manifest(f.Plugin)
		if err != nil {
			return nil, err
		}
		config, err := json.Marshal(f.Config)
		if err != nil {
			return nil, err
		}
		in.Classifiers = append(in.Classifiers, writeback.Classifier{
			Name: f.Name, Label: f.Label, Tags: o.Tags, Plugin: o.Hash, Config: fingerprint(config), Parts: f.Fields, WriteTo: f.WriteTo,
			Mode: writeback.Mode(f.Mode), OnEdit: writeback.OnEdit(f.OnManualEdit), Guard: *f.Guard / 100,
			Words: func(reasons []byte) (string, error) { return words(manifest, o.Tags, reasons, w.Language) }, Held: o.Held,
		})
	}
	revenue, stop := w.revenue(ctx)
	defer stop()
	in.Revenue = revenue
	plan, err := writeback.Make(ctx, in)
	if err == nil {
		w.tell("plan", "changes", plan.Summary.Changes, true)
	}
	return plan, err
}

// weight is the measure by which a plan's classes are weighed.
const weight = "sum(deals.amount) where won"

// revenue answers the won revenue of customers that are asked for in order of their ids, measured as it is
// asked for, so that memory does not grow with their number.
func (w *work) revenue(ctx context.Context) (of func(customer string) (int64, bool), stop func()) {
	type entry struct {
		customer string
		minor    int64
		known    bool
	}
	column, err := measure.Env{Catalogue: w.Catalogue, Subject: w.Config.Subject, Currency: w.setting.currency, Zone: w.setting.zone}.Parse(weight)
	if err != nil {
		panic(err) // a constant over standard fields
	}
	plan := measure.Compile([]*measure.Column{column}, measure.Setting{AsOf: w.setting.asOf, Zone: w.setting.zone, Subject: w.Config.Subject, Currency: w.setting.currency})
	evaluator := plan.Evaluator(w.setting.rates)
	next, stop := iter.Pull(func(yield func(entry) bool) {
		// An error ends the weighing; the plan itself meets the same store and reports it.
		_ = w.mirror.Customers(ctx, "", func(c *store.Customer) error {
			evaluator.Measure(c)
			v := evaluator.Value(plan.Index(column))
			if !yield(entry{c.ID, v.Int(), !v.Missing()}) {
				return context.Canceled
			}
			return nil
		})
	})
	var at entry
	more := true
	return func(customer string) (int64, bool) {
		for more && at.customer < customer {
			at, more = next()
		}
		if !more || at.customer != customer {
			return 0, false
		}
		return at.minor, at.known
	}, stop
}

// apply writes a plan.
func (w *work) apply(ctx context.Context, plan int64) (writeback.Report, error) {
	report, err := writeback.Apply(ctx, writeback.ApplyInput{
		Store: w.mirror, CRM: w.CRM, Account: w.setting.account.ID, Plan: plan, Run: w.run, Reread: w.order.Reread, Allow: w.order.Allow,
		Progress: func(done, _ int) { w.tell("apply", "records", done, false) },
	})
	if err == nil {
		w.tell("apply", "values written", report.Written, true)
	}
	return report, err
}
