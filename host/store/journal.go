package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// PlanCounts counts the rows of a plan by state.
func (c *Conn) PlanCounts(ctx context.Context, plan int64) (map[RowState]int64, error) {
	counts := map[RowState]int64{}
	err := each(ctx, c.reader(), `select state, count(*) from plan_row where plan = (select id from plan where connection = $1 and id = $2) group by state`,
		[]any{c.id, plan}, func(rows *sql.Rows) error {
			var state int
			var n int64
			if err := rows.Scan(&state, &n); err != nil {
				return err
			}
			counts[RowState(state)] = n
			return nil
		})
	return counts, failure("count a plan's rows", err)
}

// MarkSent records that rows are about to be sent; it returns when that would survive a kill. A row that is
// settled already is not marked.
func (c *Conn) MarkSent(ctx context.Context, plan int64, seqs []int64) error {
	return c.write(ctx, "record what is sent", func(tx Querier) error {
		return execIn(ctx, tx, `update plan_row set state = 1, attempts = attempts + 1, at = $3
			where plan = (select id from plan where connection = $1 and id = $2) and state < 2 and seq in $ids`, []any{c.id, plan, c.store.micros()}, seqs)
	})
}

// Settlement says what became of a row.
type Settlement struct {
	Seq   int64
	State RowState // RowPending (to be sent again), RowDone, RowFailed or RowSkipped
	Error *crm.Error
	// Written are the values by field key that the CRM now has from us ("": cleared); they become the
	// record's last written and current values. Usually the New of every change when done, nothing otherwise.
	Written map[string]string
	// UpdatedAt is the record's change time by the CRM's clock after that, zero when it is not known. What pages
	// say about our fields in older versions of the record is passed over from then on: an index may lag behind.
	UpdatedAt time.Time
}

// Settle records outcomes and written values in one transaction. Each row is there once.
func (c *Conn) Settle(ctx context.Context, plan int64, settlements []Settlement) error {
	return c.write(ctx, "record what was written", func(tx Querier) error {
		now := c.store.micros()
		plain := map[RowState][]int64{}
		written := map[int64]Settlement{}
		var seqs []int64
		for _, s := range settlements {
			if len(s.Written) > 0 {
				written[s.Seq] = s
				seqs = append(seqs, s.Seq)
			}
			if s.Error == nil {
				plain[s.State] = append(plain[s.State], s.Seq)
				continue
			}
			_, err := tx.ExecContext(ctx, `update plan_row set state = $4, error = $5, at = $6 where plan = (select id from plan where connection = $1 and id = $2) and seq = $3`,
				c.id, plan, s.Seq, int64(s.State), errorText(s.Error), now)
			if err != nil {
				return err
			}
		}
		for state, seqs := range plain {
			err := execIn(ctx, tx, `update plan_row set state = $3, error = null, at = $4 where plan = (select id from plan where connection = $1 and id = $2) and seq in $ids`,
				[]any{c.id, plan, int64(state), now}, seqs)
			if err != nil {
				return err
			}
		}
		changes, updated := map[crm.Kind]Values{}, map[crm.Kind]map[string]time.Time{}
		err := in(ctx, tx, `select seq, kind, record from plan_row where plan = (select id from plan where connection = $1 and id = $2) and seq in $ids`,
			[]any{c.id, plan}, seqs, func(rows *sql.Rows) error {
				var seq int64
				var kind int
				var record string
				if err := rows.Scan(&seq, &kind, &record); err != nil {
					return err
				}
				k := kindOf(kind)
				if changes[k] == nil {
					changes[k], updated[k] = Values{}, map[string]time.Time{}
				}
				changes[k][record], updated[k][record] = written[seq].Written, written[seq].UpdatedAt
				return nil
			})
		if err != nil {
			return err
		}
		for kind, values := range changes {
			if err := c.mergeValues(ctx, tx, kind, values, updated[kind]); err != nil {
				return err
			}
		}
		return nil
	})
}
