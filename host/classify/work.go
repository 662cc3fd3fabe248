package classify

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/host/store"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// workKey is what a classifier's tags depend on beside the customers' columns. Equal keys: equal tags for
// equal columns. It is kept as JSON, so that a later run can say which part changed.
type workKey struct {
	AsOf   string `json:"as_of"`
	Plugin string `json:"plugin"` // hash
	Config string `json:"config"` // hash
	Reads  string `json:"reads"`  // hash, with zone and currency
	Rates  string `json:"rates"`
	Model  int64  `json:"model"`
	// Stability are the rules that are in force, hashed; "" without any.
	Stability string `json:"stability,omitempty"`
}

// workState is what a task knows of its last work, and what it has to do now.
type workState struct {
	key    workKey // of this run; Model is set once it is known
	last   workKey
	since  int64 // sequence of the last work
	run    int64 // that did it
	worked bool  // there is a last work
	totals Totals

	model    store.Model
	hasModel bool
	usable   bool // the model is one of this configuration, whether or not a new one is due
	effTags  []*pb.TagDefinition
	main     string // key of the main tag

	everybody bool // all customers are classified
	fit       bool // a model is fitted first
	anew      bool // another rule: classes are taken at once, since those before mean something else
}

// hashed is a table of rates that can say when it is another one.
type hashed interface{ Hash() string }

// decide compares a task with its last work.
func (r *runner) decide(ctx context.Context, t *task) error {
	w, ok, err := r.Mirror.Work(ctx, t.Name)
	if err != nil {
		return err
	}
	if ok && json.Unmarshal([]byte(w.Key), &t.last) == nil && json.Unmarshal(w.Result, &t.totals) == nil {
		t.worked, t.since, t.run = true, w.Sequence, w.Run
	}
	t.key = r.keyOf(t)
	same := t.last
	same.Model = 0
	t.everybody = !t.worked || same != t.key
	t.anew = t.worked && (same.Config != t.key.Config || same.Plugin != t.key.Plugin || same.Reads != t.key.Reads)
	t.effTags, t.main = t.configured.Tags, client.MainTag(t.configured.Tags)
	if t.manifest.GetScope() != pb.Scope_SCOPE_POPULATION {
		return nil
	}
	if t.model, t.hasModel, err = r.Mirror.Model(ctx, t.Name); err != nil {
		return err
	}
	t.usable = t.hasModel && t.model.Config == t.config && t.model.Key == t.key.Reads && t.model.StateVersion == t.manifest.GetStateVersion() &&
		(t.model.Plugin == t.out.Hash || t.Refit == Frozen)
	if t.usable && t.worked && !t.everybody && t.last.Model != t.model.ID {
		t.everybody = true // a run was killed between the model and the tags
	}
	t.fit = !t.usable || t.everybody && due(t.Refit, r.AsOf, t.model.AsOf)
	t.everybody = t.everybody || t.fit
	if !t.fit {
		t.useModel()
	}
	return nil
}

// former says what is no longer as it was when the tags were made; "" where they are of this configuration.
func (t *task) former() string {
	switch {
	case !t.anew:
		return ""
	case t.last.Config != t.key.Config || t.last.Plugin == t.key.Plugin:
		return FormerConfiguration
	}
	return FormerPlugin
}

// useModel makes the stored model the one of this run, with the options that its fit added.
func (t *task) useModel() {
	t.key.Model, t.out.Model, t.out.Report = t.model.ID, t.model.ID, t.model.Report
	var kept client.Configured
	if err := json.Unmarshal(t.model.Tags, &kept); err == nil && len(kept.Tags) > 0 {
		t.setup.Fitted, t.bound = kept.Tags, false
		t.withFitted(kept.Tags)
	}
}

// withFitted replaces effective tags by those of a fit.
func (t *task) withFitted(fitted []*pb.TagDefinition) {
	t.effTags = slices.Clone(t.configured.Tags)
	for i, tag := range t.effTags {
		for _, f := range fitted {
			if f.GetKey() == tag.GetKey() {
				t.effTags[i] = f
			}
		}
	}
	t.out.Tags = t.worded(t.effTags)
}

func (r *runner) keyOf(t *task) workKey {
	k := workKey{AsOf: r.AsOf.String(), Plugin: t.out.Hash + " " + t.manifest.GetVersion(), Config: t.config}
	if h, ok := r.Rates.(hashed); ok {
		k.Rates = h.Hash()
	}
	if t.Stability.active() {
		if rules, err := json.Marshal(t.Stability); err == nil { // texts and numbers
			k.Stability = digest(rules)
		}
	}
	parts := [][]byte{[]byte(r.Zone.String()), []byte(r.Currency), []byte(r.Mirror.Subject())}
	for _, rd := range t.reads {
		parts = append(parts, []byte(rd.column.Canonical), strconv.AppendBool(nil, rd.required), strconv.AppendBool(nil, rd.withheld))
	}
	k.Reads = digest(parts...)
	return k
}

// due says whether a setting wants a new model on a day. A model never sees the future: one of a later day is replaced.
func due(refit Refit, asOf, model crm.Day) bool {
	switch refit {
	case Frozen:
		return false
	case Daily:
		return asOf != model
	case Weekly:
		return asOf < model || asOf-model >= 7
	case Monthly:
		return asOf < model || asOf.String()[:7] != model.String()[:7]
	}
	return true
}

// cause says why a customer's values changed.
func (r *runner) cause(t *task, row *outcome) crm.Cause {
	changed := func(was, is string) bool { return t.worked && was != is }
	switch {
	case row.old == nil:
		return crm.CauseFirst
	case changed(t.last.Plugin, t.key.Plugin):
		return crm.CausePlugin
	case changed(t.last.Config, t.key.Config), changed(t.last.Reads, t.key.Reads), changed(t.last.Stability, t.key.Stability):
		return crm.CauseRule
	case row.old.Input == row.input:
		return crm.CausePopulation
	case row.sequence > t.since:
		return crm.CauseData
	case changed(t.last.AsOf, t.key.AsOf):
		return crm.CauseTime
	case changed(t.last.Rates, t.key.Rates):
		return crm.CauseRate
	case len(t.needs) > 0:
		return crm.CauseUpstream
	}
	return crm.CauseTime
}
