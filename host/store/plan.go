package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"
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

// PlanWriter writes a draft. It is for one goroutine.
type PlanWriter struct {
	conn *Conn
	plan Plan
}

// BeginPlan begins a draft with the Run and AsOf of plan, and removes drafts that were never committed.
func (c *Conn) BeginPlan(ctx context.Context, plan Plan) (*PlanWriter, error) {
	w := &PlanWriter{conn: c, plan: Plan{Run: plan.Run, AsOf: plan.AsOf, Status: PlanDraft}}
	err := c.write(ctx, "begin a plan", func(tx Querier) error {
		for _, statement := range []string{
			`delete from plan_row where plan in (select id from plan where connection = $1 and status = 'draft')`,
			`delete from plan where connection = $1 and status = 'draft'`,
		} {
			if _, err := tx.ExecContext(ctx, statement, c.id); err != nil {
				return err
			}
		}
		if err := c.empty(ctx, tx, nil, []string{"adoption"}); err != nil {
			return err
		}
		now := c.store.micros()
		return tx.QueryRowContext(ctx, `insert into plan (connection, run, as_of, hash, status, row_count, created_at, updated_at)
			values ($1, $2, $3, '', $4, 0, $5, $6) returning id`, c.id, plan.Run, int64(plan.AsOf), string(PlanDraft), now, now).Scan(&w.plan.ID)
	})
	if err != nil {
		return nil, err
	}
	return w, nil
}

// ID is the plan's id.
func (w *PlanWriter) ID() int64 { return w.plan.ID }

// Add appends rows (Kind, Record, Customer, Changes), numbering them: Seq of the rows is set. A record is
// there once.
func (w *PlanWriter) Add(ctx context.Context, rows []PlanRow) error {
	return w.conn.write(ctx, "save a plan's rows", func(tx Querier) error {
		values := make([]any, 0, 9*len(rows))
		for i := range rows {
			r := &rows[i]
			r.Seq = w.plan.Rows + int64(i) + 1
			changes, err := json.Marshal(r.Changes)
			if err != nil {
				return err
			}
			values = append(values, w.plan.ID, r.Seq, number(r.Kind), r.Record, r.Customer, string(changes), int64(RowPending), 0, 0)
		}
		err := upsert(ctx, tx, `insert into plan_row (plan, seq, kind, record, customer, changes, state, attempts, at) values $rows`, 9, values)
		if err == nil {
			w.plan.Rows += int64(len(rows))
		}
		return err
	})
}

// Commit makes the draft ready, and what it adopted the last written values; earlier plans that are ready become
// superseded.
func (w *PlanWriter) Commit(ctx context.Context, hash string, summary json.RawMessage) (Plan, error) {
	c := w.conn
	err := c.write(ctx, "save a plan", func(tx Querier) error {
		now := c.store.micros()
		_, err := tx.ExecContext(ctx, `update plan set status = $2, updated_at = $3 where connection = $1 and status = $4`,
			c.id, string(PlanSuperseded), now, string(PlanReady))
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `update plan set status = $2, hash = $3, summary = $4, row_count = $5, updated_at = $6 where id = $1 and status = 'draft'`,
			w.plan.ID, string(PlanReady), hash, document(summary), w.plan.Rows, now)
		if err := one(result, err, "the plan's draft is gone, another plan was begun meanwhile"); err != nil {
			return err
		}
		return w.adopt(ctx, tx)
	})
	if err != nil {
		return Plan{}, err
	}
	plan, _, err := c.Plan(ctx, w.plan.ID)
	return plan, err
}

// Discard removes the draft.
func (w *PlanWriter) Discard(ctx context.Context) error { return w.conn.DeletePlan(ctx, w.plan.ID) }

// one is an error of code conflict when a statement touched no row.
func one(result sql.Result, err error, message string) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return &crm.Error{Code: crm.CodeConflict, Message: message}
}

const selectPlan = `select id, run, as_of, hash, status, row_count, summary, created_at, updated_at from plan where connection = $1 `

func scanPlan(scan func(...any) error) (p Plan, err error) {
	var summary sql.NullString
	var asOf, created, updated int64
	err = scan(&p.ID, &p.Run, &asOf, &p.Hash, (*string)(&p.Status), &p.Rows, &summary, &created, &updated)
	p.AsOf, p.Summary, p.CreatedAt, p.UpdatedAt = crm.Day(asOf), raw(summary), instant(created), instant(updated)
	return p, err
}

// Plan is the head of a plan.
func (c *Conn) Plan(ctx context.Context, id int64) (p Plan, ok bool, err error) {
	p, err = scanPlan(c.reader().QueryRowContext(ctx, selectPlan+`and id = $2`, c.id, id).Scan)
	ok, err = found(err)
	return p, ok, failure("read a plan", err)
}

// Plans lists the newest plans first, drafts left out; limit 0 lists all.
func (c *Conn) Plans(ctx context.Context, limit int) ([]Plan, error) {
	var plans []Plan
	err := each(ctx, c.reader(), selectPlan+`and status <> 'draft' order by id desc limit $2`, []any{c.id, limitOf(limit)}, func(rows *sql.Rows) error {
		p, err := scanPlan(rows.Scan)
		plans = append(plans, p)
		return err
	})
	return plans, failure("list the plans", err)
}

// limitOf is a limit for a statement: 0 lists all.
func limitOf(limit int) int64 {
	if limit <= 0 {
		return 1 << 40
	}
	return int64(limit)
}

// SetPlanStatus changes a plan's status.
func (c *Conn) SetPlanStatus(ctx context.Context, id int64, status PlanStatus) error {
	return c.write(ctx, "save a plan's status", func(tx Querier) error {
		result, err := tx.ExecContext(ctx, `update plan set status = $3, updated_at = $4 where connection = $1 and id = $2`,
			c.id, id, string(status), c.store.micros())
		return one(result, err, "the plan is gone")
	})
}

// DeletePlan removes a plan with its rows.
func (c *Conn) DeletePlan(ctx context.Context, id int64) error {
	return c.write(ctx, "remove a plan", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `delete from plan_row where plan in (select id from plan where connection = $1 and id = $2)`, c.id, id)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `delete from plan where connection = $1 and id = $2`, c.id, id)
		return err
	})
}

// PrunePlans removes plans that were applied or superseded, but for the newest of them.
func (c *Conn) PrunePlans(ctx context.Context, keep int) error {
	return c.write(ctx, "remove old plans", func(tx Querier) error {
		const old = `(select id from plan where connection = $1 and status in ('applied', 'superseded') and id not in
			(select id from plan where connection = $1 and status in ('applied', 'superseded') order by id desc limit $2))`
		if _, err := tx.ExecContext(ctx, `delete from plan_row where plan in `+old, c.id, keep); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `delete from plan where id in `+old, c.id, keep)
		return err
	})
}

// PlanRows calls fn for the rows of a plan in order, those in one of the states when any are given. fn may
// write the store, the states of these rows too.
func (c *Conn) PlanRows(ctx context.Context, plan int64, states []RowState, fn func(PlanRow) error) error {
	filter := ""
	if len(states) > 0 {
		names := make([]string, len(states))
		for i, s := range states {
			names[i] = strconv.Itoa(int(s))
		}
		filter = `and state in (` + strings.Join(names, ",") + `) `
	}
	return pages(ctx, c, "read a plan's rows", `select seq, kind, record, customer, changes, state, attempts, error, at from plan_row
		where plan = (select id from plan where connection = $1 and id = $2) `+filter+`and seq > $3 order by seq limit $4`, []any{c.id, plan}, int64(0),
		func(rows *sql.Rows) (int64, error) {
			var r PlanRow
			var kind int
			var at int64
			var changes string
			var failed sql.NullString
			err := rows.Scan(&r.Seq, &kind, &r.Record, &r.Customer, &changes, (*int)(&r.State), &r.Attempts, &failed, &at)
			if err != nil {
				return 0, err
			}
			r.Kind, r.At = kindOf(kind), instant(at)
			if r.Error, err = errorOf(failed); err != nil {
				return 0, err
			}
			if err := json.Unmarshal([]byte(changes), &r.Changes); err != nil {
				return 0, err
			}
			return r.Seq, pass(fn(r))
		})
}
