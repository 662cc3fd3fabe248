package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/taxonhq/taxon/host/crm"
)

// PageUpdate is a page of a pull.
type PageUpdate struct {
	Records  []crm.Record   // normalised; of the page's kind
	Deleted  []string       // ids
	Rejected []crm.Rejected // kept in the ledger under stage "pull"; what the mirror has of them stays
	State    []byte         // where a pull continues after this page
	Full     bool           // the pull lists every record: FinishPull removes what it did not see
	Last     bool           // the pull's last page
	Run      int64          // 0: none
}

// Applied says what a page did.
type Applied struct{ Upserted, Unchanged, Deleted int }

// ApplyPage writes a page and its state in one transaction. A record whose content is what the mirror has
// (whatever UpdatedAt and Own say) is no change of its customer. People, deals and activities go to the row
// of the customer whom their links reach, and move when links change; the others wait as orphans.
func (c *Conn) ApplyPage(ctx context.Context, kind crm.Kind, page PageUpdate) (Applied, error) {
	var applied Applied
	err := c.writeMirror(ctx, "save a page of records", func(tx Querier, sequence int64) (bool, error) {
		s, err := c.syncRow(ctx, tx, kind)
		if err != nil {
			return false, err
		}
		s.apply(page)
		ch := c.change(ctx, tx, sequence)
		if applied, err = ch.apply(kind, page, s.generation); err != nil {
			return false, err
		}
		changed, err := ch.flush()
		if err != nil {
			return false, err
		}
		if err := c.settleRejected(ctx, tx, kind, page); err != nil {
			return false, err
		}
		return changed, c.saveSync(ctx, tx, kind, s)
	})
	if err != nil {
		return Applied{}, err
	}
	return applied, nil
}

// settleRejected keeps the ledger of the pull: bad records enter, records that arrived leave.
func (c *Conn) settleRejected(ctx context.Context, tx Querier, kind crm.Kind, page PageUpdate) error {
	ids := make([]string, 0, len(page.Records)+len(page.Deleted))
	for i := range page.Records {
		ids = append(ids, page.Records[i].ID)
	}
	if err := c.clearRejected(ctx, tx, StagePull, kind, append(ids, page.Deleted...)); err != nil {
		return err
	}
	return c.addRejected(ctx, tx, StagePull, page.Run, page.Rejected)
}

// The phases of a kind's pull.
const (
	phaseIdle = iota
	phasePulling
	phaseEnding // the last page is in, what a full pull did not see is not yet removed
)

// syncRow is how a kind's pull stands. Records seen by a full pull bear its generation.
type syncRow struct {
	state      []byte
	generation int64
	complete   bool
	phase      int
}

func (s *syncRow) apply(page PageUpdate) {
	if s.phase != phasePulling {
		s.phase, s.complete = phasePulling, page.Full
		if page.Full {
			s.generation++
		}
	}
	s.complete = s.complete && page.Full
	s.state = page.State
	if page.Last {
		s.phase = phaseEnding
	}
}

func (c *Conn) syncRow(ctx context.Context, q Querier, kind crm.Kind) (syncRow, error) {
	var s syncRow
	var complete int
	_, err := found(q.QueryRowContext(ctx, `select state, generation, complete, phase from sync where connection = $1 and kind = $2`,
		c.id, number(kind)).Scan(&s.state, &s.generation, &complete, &s.phase))
	s.complete = complete == 1
	return s, err
}

func (c *Conn) saveSync(ctx context.Context, tx Querier, kind crm.Kind, s syncRow) error {
	_, err := tx.ExecContext(ctx, `insert into sync (connection, kind, state, generation, complete, phase, updated_at) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (connection, kind) do update set state = excluded.state, generation = excluded.generation,
		complete = excluded.complete, phase = excluded.phase, updated_at = excluded.updated_at`,
		c.id, number(kind), s.state, s.generation, flag(s.complete), s.phase, c.store.micros())
	return err
}

// SyncState is the state of the last page of a kind; nil means from zero.
func (c *Conn) SyncState(ctx context.Context, kind crm.Kind) ([]byte, error) {
	s, err := c.syncRow(ctx, c.reader(), kind)
	return s.state, failure("read where the pull stands", err)
}

// ResetSync makes the next pull of a kind begin from zero. Nothing is removed.
func (c *Conn) ResetSync(ctx context.Context, kind crm.Kind) error {
	return c.write(ctx, "reset the pull", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `update sync set state = null, phase = $3 where connection = $1 and kind = $2`, c.id, number(kind), phaseIdle)
		return err
	})
}

// FinishPull ends a pull whose last page is in, and does nothing otherwise. After a full one it removes the
// records of the kind that the pull did not see; when these are more than guard (share of the kind's
// records, 0 to 1) nothing is removed and the error has code guard. A pull killed before is finished by the
// next call.
func (c *Conn) FinishPull(ctx context.Context, kind crm.Kind, guard float64) (removed int, err error) {
	s, err := c.syncRow(ctx, c.reader(), kind)
	if err != nil || s.phase != phaseEnding {
		return 0, failure("end the pull", err)
	}
	var held error
	if s.complete {
		removed, held = c.sweep(ctx, kind, s.generation, guard)
		if held != nil && crm.CodeOf(held) != crm.CodeGuard {
			return removed, held
		}
	}
	err = c.write(ctx, "end the pull", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `update sync set phase = $3 where connection = $1 and kind = $2`, c.id, number(kind), phaseIdle)
		return err
	})
	if err == nil {
		err = held
	}
	return removed, err
}

// Reconciled says what a reconcile found.
type Reconciled struct {
	Listed  int // ids that the CRM has
	Unknown int // of these, not in the mirror: rejected, or missed by the pulls
	Removed int // in the mirror only
}

// Reconcile removes the records of a kind that list does not emit, with the guard of FinishPull. list emits
// ids in batches of any size. While a pull of the kind is unfinished the error has code conflict.
func (c *Conn) Reconcile(ctx context.Context, kind crm.Kind, list func(emit func(ids []string) error) error, guard float64) (Reconciled, error) {
	var result Reconciled
	var generation int64
	err := c.write(ctx, "begin the reconcile", func(tx Querier) error {
		s, err := c.syncRow(ctx, tx, kind)
		if err != nil {
			return err
		}
		if s.phase != phaseIdle {
			return &crm.Error{Code: crm.CodeConflict, Message: "a pull of this kind of record is unfinished: " + string(kind),
				Suggestion: "finish the pull first"}
		}
		s.generation++
		generation = s.generation
		return c.saveSync(ctx, tx, kind, s)
	})
	if err != nil {
		return result, err
	}
	err = list(func(ids []string) error {
		ids = distinct(ids)
		return c.write(ctx, "mark the records that exist", func(tx Querier) error {
			marked := 0
			err := in(ctx, tx, `update place set generation = $1 where space = $2 and id in $ids returning id`,
				[]any{generation, c.space(kind)}, ids, func(*sql.Rows) error { marked++; return nil })
			result.Listed += len(ids)
			result.Unknown += len(ids) - marked
			return err
		})
	})
	if err != nil {
		return result, err
	}
	result.Removed, err = c.sweep(ctx, kind, generation, guard)
	return result, err
}

// sweepBatch is how many records a sweep removes in one transaction.
const sweepBatch = 500

// sweep removes the records of a kind that are of an earlier generation.
func (c *Conn) sweep(ctx context.Context, kind crm.Kind, generation int64, guard float64) (removed int, err error) {
	const what = "remove the records that are gone"
	var stale, total int
	err = c.reader().QueryRowContext(ctx, `select count(*), coalesce(sum(case when generation < $2 then 1 else 0 end), 0)
		from place where space = $1`, c.space(kind), generation).Scan(&total, &stale)
	if err != nil {
		return 0, failure(what, err)
	}
	if float64(stale) > guard*float64(total) {
		return 0, &crm.Error{Code: crm.CodeGuard,
			Message:    fmt.Sprintf("the CRM no longer lists %d of %d records (%s); none was removed", stale, total, kind),
			Suggestion: "check that the credentials still see all records, then allow the removal"}
	}
	for batch := sweepBatch; batch == sweepBatch; removed += batch {
		err := c.writeMirror(ctx, what, func(tx Querier, sequence int64) (bool, error) {
			var ids []string
			err := each(ctx, tx, `select id from place where space = $1 and generation < $2 order by id limit $3`,
				[]any{c.space(kind), generation, sweepBatch}, scanText(&ids))
			if err != nil {
				return false, err
			}
			ch := c.change(ctx, tx, sequence)
			if batch, err = ch.remove(kind, ids); err != nil {
				return false, err
			}
			return ch.flush()
		})
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// ForgetMirror removes all records, so that the next pull begins from zero. Tags, written values, plans and
// ledgers stay.
func (c *Conn) ForgetMirror(ctx context.Context) error {
	return c.writeMirror(ctx, "forget the mirror", func(tx Querier, _ int64) (bool, error) {
		return true, c.empty(ctx, tx, []string{"customer", "tally", "sync"}, []string{"place", "loose", "alias"})
	})
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// distinct is the ids without "" and repetitions, in order.
func distinct(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if id != "" && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// scanText appends the only column of rows.
func scanText(to *[]string) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var s string
		if err := rows.Scan(&s); err != nil {
			return err
		}
		*to = append(*to, s)
		return nil
	}
}
