package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// The stages in which a record may be rejected.
const (
	StagePull     = "pull"
	StageClassify = "classify"
	StageWrite    = "write"
)

// RejectedRecord is an entry of the ledger of rejected records.
type RejectedRecord struct {
	Stage string `json:"stage"`
	crm.Rejected
	Run     int64     `json:"run"`
	Times   int       `json:"times"`
	FirstAt time.Time `json:"first_at"`
	LastAt  time.Time `json:"last_at"`
}

// AddRejected adds records to the ledger, or counts them again with the new cause. A pull's are added by
// ApplyPage, and leave the ledger when the record arrives in order.
func (c *Conn) AddRejected(ctx context.Context, stage string, run int64, records []crm.Rejected) error {
	return c.write(ctx, "record rejected records", func(tx Querier) error { return c.addRejected(ctx, tx, stage, run, records) })
}

func (c *Conn) addRejected(ctx context.Context, tx Querier, stage string, run int64, records []crm.Rejected) error {
	times := map[ref]int{}
	last := map[ref]int{}
	for i, r := range records {
		times[ref{r.Kind, r.ID}]++
		last[ref{r.Kind, r.ID}] = i
	}
	var values []any
	now := c.store.micros()
	for i, r := range records {
		key := ref{r.Kind, r.ID}
		if last[key] != i {
			continue
		}
		e := r.Error
		if e == nil {
			e = &crm.Error{Code: crm.CodeRecord, Message: "the record cannot be used"}
		}
		values = append(values, c.id, stage, number(r.Kind), r.ID, string(e.Code), e.Message, e.Pointer, e.Suggestion, run, times[key], now, now)
	}
	return upsert(ctx, tx, `insert into rejected (connection, stage, kind, record, code, message, pointer, suggestion, run, times, first_at, last_at) values $rows
		on conflict (connection, stage, kind, record) do update set code = excluded.code, message = excluded.message, pointer = excluded.pointer,
		suggestion = excluded.suggestion, run = excluded.run, times = rejected.times + excluded.times, last_at = excluded.last_at`, 12, values)
}

// ClearRejected removes records from a stage's ledger, all of that kind when ids is nil.
func (c *Conn) ClearRejected(ctx context.Context, stage string, kind crm.Kind, ids []string) error {
	return c.write(ctx, "clear rejected records", func(tx Querier) error {
		if ids != nil {
			return c.clearRejected(ctx, tx, stage, kind, ids)
		}
		_, err := tx.ExecContext(ctx, `delete from rejected where connection = $1 and stage = $2 and kind = $3`, c.id, stage, number(kind))
		return err
	})
}

func (c *Conn) clearRejected(ctx context.Context, tx Querier, stage string, kind crm.Kind, ids []string) error {
	var some bool
	err := tx.QueryRowContext(ctx, `select exists (select 1 from rejected where connection = $1 and stage = $2 and kind = $3)`,
		c.id, stage, number(kind)).Scan(&some)
	if err != nil || !some {
		return err
	}
	return execIn(ctx, tx, `delete from rejected where connection = $1 and stage = $2 and kind = $3 and record in $ids`,
		[]any{c.id, stage, number(kind)}, ids)
}

// Rejected lists the ledger of a stage ("" for all), newest first; limit 0 lists all.
func (c *Conn) Rejected(ctx context.Context, stage string, limit int) ([]RejectedRecord, error) {
	var list []RejectedRecord
	err := each(ctx, c.reader(), `select stage, kind, record, code, message, pointer, suggestion, run, times, first_at, last_at from rejected
		where connection = $1 and (stage = $2 or $2 = '') order by last_at desc, stage, kind, record limit $3`, []any{c.id, stage, limitOf(limit)},
		func(rows *sql.Rows) error {
			var r RejectedRecord
			var kind int
			var first, last int64
			e := &crm.Error{}
			err := rows.Scan(&r.Stage, &kind, &r.ID, (*string)(&e.Code), &e.Message, &e.Pointer, &e.Suggestion, &r.Run, &r.Times, &first, &last)
			r.Kind, r.Error, r.FirstAt, r.LastAt = kindOf(kind), e, instant(first), instant(last)
			list = append(list, r)
			return err
		})
	return list, failure("list the rejected records", err)
}

// CountRejected counts the records in the ledger of a stage ("" for all).
func (c *Conn) CountRejected(ctx context.Context, stage string) (int, error) {
	var n int
	err := c.reader().QueryRowContext(ctx, `select count(*) from rejected where connection = $1 and (stage = $2 or $2 = '')`, c.id, stage).Scan(&n)
	return n, failure("count the rejected records", err)
}
