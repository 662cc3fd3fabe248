package writeback

import (
	"context"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// Resumed counts the records of which an interrupted application left open whether they were written.
type Resumed struct {
	Written int `json:"written"` // the CRM has our values
	Pending int `json:"pending"` // it has not: to be sent again, or planned anew
	Skipped int `json:"skipped"` // gone, or changed by somebody since
}

// Total is their number.
func (r Resumed) Total() int { return r.Written + r.Pending + r.Skipped }

// Resume reads back every record that was sent and never settled, and settles it by what the CRM holds. It costs
// nothing when there is none. c may be nil as long as there is none.
func Resume(ctx context.Context, conn *store.Conn, c CRM) (Resumed, error) {
	var out Resumed
	plans, err := conn.Plans(ctx, recentPlans)
	if err != nil {
		return out, err
	}
	for _, p := range plans {
		if p.Status != store.PlanApplying {
			continue
		}
		err := rowsIn(ctx, conn, p.ID, []store.RowState{store.RowSent}, chunks(c), func(kind crm.Kind, rows []store.PlanRow) error {
			fields, err := ledgerOf(ctx, conn, kind)
			if err != nil {
				return err
			}
			current, err := readCurrent(ctx, conn, c, kind, recordIDs(rows), fields)
			if err != nil {
				return err
			}
			settlements := make([]store.Settlement, len(rows))
			for i := range rows {
				settlements[i] = settleByReading(&rows[i], current, fields)
				switch settlements[i].State {
				case store.RowDone:
					out.Written++
				case store.RowPending:
					out.Pending++
				default:
					out.Skipped++
				}
			}
			return conn.Settle(ctx, p.ID, settlements)
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// settleByReading tells what became of a row from what the CRM holds. A record is written whole or not at all, so one
// value of ours where there was another one shows that it was; values that somebody changed since are theirs.
func settleByReading(row *store.PlanRow, current store.Values, fields Ledger) store.Settlement {
	out := store.Settlement{Seq: row.Seq, State: store.RowPending}
	values, ok := current[row.Record]
	if !ok {
		out.State, out.Error = store.RowSkipped, goneError(row)
		return out
	}
	edited := false
	for _, c := range row.Changes {
		switch values[c.Field] {
		case c.New:
			if out.Written == nil {
				out.Written = map[string]string{}
			}
			out.Written[c.Field] = c.New
		case c.Old:
		default:
			edited = true
		}
	}
	switch {
	case out.Written != nil:
		out.State = store.RowDone
	case edited:
		out.State, out.Error = store.RowSkipped, editedError(row)
	}
	return out
}

func goneError(row *store.PlanRow) *crm.Error {
	return &crm.Error{Code: crm.CodeNotFound, Pointer: string(row.Kind) + " " + row.Record, Message: "the record is gone from the CRM"}
}

func editedError(row *store.PlanRow) *crm.Error {
	return &crm.Error{Code: crm.CodeConflict, Pointer: string(row.Kind) + " " + row.Record, Message: "somebody changed the value in the CRM after the plan was made"}
}
