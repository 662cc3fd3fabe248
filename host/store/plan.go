package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// PlanStatus is what may be done with a plan.
type PlanStatus string

// The states of a plan. A draft is being written; drafts of killed processes vanish with the next one.
const (
	PlanDraft      PlanStatus = "draft"
	PlanReady      PlanStatus = "ready"
	PlanApplying   PlanStatus = "applying"
	PlanApplied    PlanStatus = "applied"
	PlanSuperseded PlanStatus = "superseded"
)

// Plan is the head of a plan.
type Plan struct {
	ID        int64
	Run       int64
	AsOf      crm.Day
	Hash      string // over the rows, as the caller computes it
	Status    PlanStatus
	Rows      int64
	Summary   json.RawMessage
	CreatedAt time.Time
	UpdatedAt time.Time // of the status
}

// PlanRow is all that a plan changes in one record, and what became of it.
type PlanRow struct {
	Seq      int64 // from 1, in the order added
	Kind     crm.Kind
	Record   string
	Customer string
	Changes  []Change

	State    RowState
	Attempts int // how often it was sent
	Error    *crm.Error
	At       time.Time // of the state; zero while pending
}

// Change is one field of one record.
type Change struct {
	Classifier string          `json:"classifier"`
	Field      string          `json:"field"`             // key
	Old        string          `json:"old,omitempty"`     // the CRM's value when the plan was made
	Written    string          `json:"written,omitempty"` // last written by us
	New        string          `json:"new,omitempty"`     // "" clears
	Cause      string          `json:"cause,omitempty"`   // data, time, rule, plugin, rate, override …
	Reason     json.RawMessage `json:"reason,omitempty"`
}

// RowState is the state of a plan's row in the journal of its application.
type RowState int

// The states of a row. Sent is recorded before the request goes out: a row found sent after a kill may or
// may not be in the CRM.
const (
	RowPending RowState = iota
	RowSent
	RowDone
	RowFailed
	RowSkipped
)

// String is the state's name: "pending", "sent", "done", "failed", "skipped".
func (s RowState) String() string {
	return [...]string{"pending", "sent", "done", "failed", "skipped"}[s]
}

// PlanWriter writes a draft.
type PlanWriter struct {
	conn *Conn
	plan Plan
}

// BeginPlan begins a draft with the Run and AsOf of plan, and removes drafts that were never committed.
func (c *Conn) BeginPlan(ctx context.Context, plan Plan) (*PlanWriter, error) { return nil, errPending }

// ID is the plan's id.
func (w *PlanWriter) ID() int64 { return w.plan.ID }

// Add appends rows (Kind, Record, Customer, Changes), numbering them: Seq of the rows is set.
func (w *PlanWriter) Add(ctx context.Context, rows []PlanRow) error { return errPending }

// Commit makes the draft ready; earlier plans that are ready become superseded.
func (w *PlanWriter) Commit(ctx context.Context, hash string, summary json.RawMessage) (Plan, error) {
	return Plan{}, errPending
}

// Discard removes the draft.
func (w *PlanWriter) Discard(ctx context.Context) error { return errPending }

// Plan is the head of a plan.
func (c *Conn) Plan(ctx context.Context, id int64) (p Plan, ok bool, err error) {
	return Plan{}, false, errPending
}

// Plans lists the newest plans first, drafts left out; limit 0 lists all.
func (c *Conn) Plans(ctx context.Context, limit int) ([]Plan, error) { return nil, errPending }

// SetPlanStatus changes a plan's status.
func (c *Conn) SetPlanStatus(ctx context.Context, id int64, status PlanStatus) error {
	return errPending
}

// DeletePlan removes a plan with its rows.
func (c *Conn) DeletePlan(ctx context.Context, id int64) error { return errPending }

// PlanRows calls fn for the rows of a plan in order, those in one of the states when any are given. fn may
// write the store, the states of these rows too.
func (c *Conn) PlanRows(ctx context.Context, plan int64, states []RowState, fn func(PlanRow) error) error {
	return errPending
}

// PlanCounts counts the rows of a plan by state.
func (c *Conn) PlanCounts(ctx context.Context, plan int64) (map[RowState]int64, error) {
	return nil, errPending
}

// MarkSent records that rows are about to be sent; it returns when that would survive a kill.
func (c *Conn) MarkSent(ctx context.Context, plan int64, seqs []int64) error { return errPending }

// Settlement says what became of a row.
type Settlement struct {
	Seq   int64
	State RowState // RowPending (to be sent again), RowDone, RowFailed or RowSkipped
	Error *crm.Error
	// Written are the values by field key that the CRM now has from us ("": cleared); they become the
	// record's last written and current values. Usually the New of every change when done, nothing otherwise.
	Written map[string]string
}

// Settle records outcomes and written values in one transaction.
func (c *Conn) Settle(ctx context.Context, plan int64, settlements []Settlement) error {
	return errPending
}
