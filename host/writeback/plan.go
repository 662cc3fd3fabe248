package writeback

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// Input is what a plan is made from.
type Input struct {
	Store   *store.Conn
	CRM     CRM    // asked only about what an interrupted application left
	Account string // the CRM's id of the account
	Run     int64
	AsOf    crm.Day
	// Rates identifies the exchange rates that the tags were computed with, "" when none were used.
	Rates string

	Prefix      string // of field keys; "taxon_" when empty
	Language    string // of labels and texts: "en", "zh-Hans", "zh-Hant"
	Classifiers []Classifier
	// Revenue is a measure by which the summary weighs customers, in minor units; nil leaves it out. It is asked in
	// order of ids, several times for one customer, as long as the classifiers write to the customers' own records.
	Revenue  func(customer string) (minor int64, ok bool)
	Clock    crm.Clock
	Progress func(records int) // records compared so far; may be nil
	// Incremental compares only what can have changed since the last plan, when that one was applied under the same
	// conditions (as-of date, configuration, plugins, models). The plan has the same changes as a full one; its summary
	// leaves out what needs all customers, which is Before, After and Revenue.
	Incremental bool

	few int // how many an incremental plan compares one by one; tests want less than fewRecords
}

// planner makes one plan.
type planner struct {
	in      Input
	conn    *store.Conn
	writer  *store.PlanWriter
	digest  *digest
	last    *stored // what an incremental plan builds on, nil when everything is compared
	summary Summary
	used    map[planKey]planField // fields that the plan writes

	rows       []store.PlanRow
	adopted    store.Values
	candidates []store.Override
	records    int
}

type planKey struct {
	kind crm.Kind
	key  string
}

// flushRows is the number of rows, adopted records or candidates after which they go to the store.
const flushRows = 500

// Make makes a plan of what the tags in the store ask for, and keeps it there: it overtakes earlier plans. What an
// interrupted application left unsettled is settled first. Values that the CRM holds already are noted as ours.
// Nothing is written to the CRM. See Plan.Guard for whether it may be applied.
func Make(ctx context.Context, in Input) (*Plan, error) {
	if in.Prefix == "" {
		in.Prefix = "taxon_"
	}
	if in.few == 0 {
		in.few = fewRecords
	}
	if _, err := Resume(ctx, in.Store, in.CRM); err != nil {
		return nil, err
	}
	p := &planner{in: in, conn: in.Store, adopted: store.Values{}, used: map[planKey]planField{},
		summary: Summary{Rates: in.Rates, Classifiers: map[string]*ClassifierSummary{}}}
	kinds, err := p.layout(ctx)
	if err != nil {
		return nil, err
	}
	conditions, sequence, err := p.conditions(ctx, kinds)
	if err != nil {
		return nil, err
	}
	if p.last, err = p.baseline(ctx, conditions); err != nil {
		return nil, err
	}
	if p.writer, err = in.Store.BeginPlan(ctx, store.Plan{Run: in.Run, AsOf: in.AsOf}); err != nil {
		return nil, err
	}
	plan, err := p.fill(ctx, kinds, stored{Conditions: conditions, Sequence: sequence, Valued: map[string]map[crm.Kind]int{}})
	if err != nil {
		// The draft is of no use any more; should removing it fail, the next plan removes it.
		_ = p.writer.Discard(context.WithoutCancel(ctx))
		return nil, err
	}
	return plan, nil
}

// fill compares all records and commits the plan.
func (p *planner) fill(ctx context.Context, kinds []kindLayout, keep stored) (*Plan, error) {
	header := Header{ID: p.writer.ID(), Connection: p.conn.Name(), Account: p.in.Account, Run: p.in.Run,
		AsOf: p.in.AsOf.String(), CreatedAt: p.in.Clock.Now().UTC().Truncate(time.Second)}
	var err error
	if p.digest, err = newDigest(header); err != nil {
		return nil, err
	}
	for i := range kinds {
		if err := p.kind(ctx, &kinds[i]); err != nil {
			return nil, err
		}
		if err := p.flush(ctx, kinds[i].kind, 1); err != nil {
			return nil, err
		}
		for _, l := range kinds[i].classifiers {
			if l.guard.worse(l.summary.Guard) {
				l.summary.Guard = l.guard
			}
			if keep.Valued[l.Name] == nil {
				keep.Valued[l.Name] = map[crm.Kind]int{}
			}
			keep.Valued[l.Name][kinds[i].kind] = l.valued
		}
	}
	for _, s := range p.summary.Classifiers {
		s.finish()
	}
	hash, err := p.digest.close(p.summary)
	if err != nil {
		return nil, err
	}
	keep.Header, keep.Summary = header, p.summary
	for _, f := range p.used {
		keep.Fields = append(keep.Fields, f)
	}
	slices.SortFunc(keep.Fields, comparePlanFields)
	body, err := json.Marshal(keep)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Header: header, Hash: hash, Summary: p.summary}
	if plan.Superseded, err = p.unfinished(ctx); err != nil {
		return nil, err
	}
	if _, err := p.writer.Commit(ctx, hash, body); err != nil {
		return nil, err
	}
	if p.summary.Changes == 0 {
		// The CRM shows what it should: the plan is applied as it stands.
		if err := p.conn.SetPlanStatus(ctx, header.ID, store.PlanApplied); err != nil {
			return nil, err
		}
	}
	for _, older := range plan.Superseded {
		if err := p.conn.SetPlanStatus(ctx, older, store.PlanSuperseded); err != nil {
			return nil, err
		}
	}
	if err := p.prune(ctx, header.ID); err != nil {
		return nil, err
	}
	return plan, p.forgetCandidates(ctx)
}

// recentPlans is how far back a plan may be that still matters: newer ones overtook all others wholly.
const recentPlans = 10

// keptPlans is the number of plans that the store keeps, with the journals of what they changed.
const keptPlans = 500

// prune removes the plan before this one when it changed nothing, so that idle runs leave no trail, and very old ones.
func (p *planner) prune(ctx context.Context, id int64) error {
	plans, err := p.conn.Plans(ctx, 2)
	if err != nil {
		return err
	}
	for _, older := range plans {
		if older.ID != id && older.Rows == 0 {
			if err := p.conn.DeletePlan(ctx, older.ID); err != nil {
				return err
			}
		}
	}
	return p.conn.PrunePlans(ctx, keptPlans)
}

// unfinished lists the plans that were not applied wholly.
func (p *planner) unfinished(ctx context.Context) ([]int64, error) {
	plans, err := p.conn.Plans(ctx, recentPlans)
	var out []int64
	for _, plan := range plans {
		if plan.Status == store.PlanReady || plan.Status == store.PlanApplying {
			out = append(out, plan.ID)
		}
	}
	return out, err
}

// forgetCandidates removes candidates for overrides that are none any more.
func (p *planner) forgetCandidates(ctx context.Context) error {
	var gone []store.Override
	err := p.conn.Overrides(ctx, func(o store.Override) error {
		if _, planned := p.summary.Classifiers[o.Classifier]; planned && !o.Kept && o.Run != p.in.Run {
			gone = append(gone, o)
		}
		return nil
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	return p.conn.DeleteOverrides(ctx, gone)
}

// kind compares the records of one kind.
func (p *planner) kind(ctx context.Context, k *kindLayout) error {
	visit := func(t *store.Target) error {
		if err := p.target(t, k); err != nil {
			return err
		}
		p.records++
		if p.in.Progress != nil && p.records%flushRows == 0 {
			p.in.Progress(p.records)
		}
		return p.flush(ctx, k.kind, flushRows)
	}
	switch {
	case k.kind != p.conn.Subject():
		return p.withStrays(ctx, k, visit)
	case p.last == nil:
		// A record that is no customer any more is gone from the CRM: there is nothing to clear.
		return p.conn.Targets(ctx, k.kind, k.names, visit)
	}
	ids, err := p.touched(ctx, k.kind)
	if errors.Is(err, errMany) {
		return p.conn.Targets(ctx, k.kind, k.names, visit)
	}
	if err != nil {
		return err
	}
	p.summary.Since = p.last.Header.ID
	for i := range k.classifiers {
		l := &k.classifiers[i]
		l.partial = true
		l.valued = p.last.Valued[l.Name][k.kind]
		l.guard.Of = l.valued
		l.summary.partial()
	}
	return p.conn.TargetsByID(ctx, k.kind, k.names, ids, visit)
}

// flush hands over what has gathered to the store once one of the lists is that long.
func (p *planner) flush(ctx context.Context, kind crm.Kind, atLeast int) error {
	if len(p.rows) >= atLeast {
		if err := p.writer.Add(ctx, p.rows); err != nil {
			return err
		}
		for i := range p.rows {
			changes, err := changesOf(&p.rows[i])
			if err != nil {
				return err
			}
			for _, c := range changes {
				if err := p.digest.add(c); err != nil {
					return err
				}
			}
		}
		p.rows = p.rows[:0]
	}
	if len(p.adopted) >= atLeast {
		if err := p.writer.Adopt(ctx, kind, p.adopted); err != nil {
			return err
		}
		clear(p.adopted)
	}
	if len(p.candidates) >= atLeast {
		if err := p.conn.SaveOverrides(ctx, p.candidates); err != nil {
			return err
		}
		p.candidates = p.candidates[:0]
	}
	return nil
}
