package writeback

import (
	"context"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// CRM is what writing back needs of a connector; *connector.Connector is one.
type CRM interface {
	Capabilities() map[crm.Kind]connector.Capabilities
	SetOwnFields(kind crm.Kind, keys []string)
	RecallFields(kind crm.Kind, states []connector.FieldState)
	Read(ctx context.Context, kind crm.Kind, ids, fields []string) (map[string]map[string]string, error)
	Examine(ctx context.Context, kind crm.Kind, specs []connector.FieldSpec) ([]connector.FieldState, error)
	Provision(ctx context.Context, kind crm.Kind, specs []connector.FieldSpec) ([]connector.FieldState, error)
	DeleteFields(ctx context.Context, kind crm.Kind, keys []string) error
	Write(ctx context.Context, kind crm.Kind, writes []connector.Write, done func([]connector.Outcome) error) error
	Batch(kind crm.Kind) int
	Counts() connector.Counts
}

// chunks answers the number of records that are marked, read or written at a time: a few batches, so that the journal costs
// little and a killed process leaves little to read back, and no fewer than one request reads.
func chunks(c CRM) func(crm.Kind) int {
	sizes := map[crm.Kind]int{}
	return func(kind crm.Kind) int {
		if sizes[kind] == 0 {
			sizes[kind] = max(5*c.Batch(kind), 5, c.Capabilities()[kind].ReadSize)
		}
		return sizes[kind]
	}
}

// Ledger is what the ledger of fields says about one kind, by key.
type Ledger map[string]store.Field

// LedgerOf is the part of the ledger that is about a kind.
func LedgerOf(fields []store.Field, kind crm.Kind) Ledger {
	out := Ledger{}
	for _, f := range fields {
		if f.Kind == kind {
			out[f.Key] = f
		}
	}
	return out
}

func ledgerOf(ctx context.Context, conn *store.Conn, kind crm.Kind) (Ledger, error) {
	all, err := conn.Fields(ctx)
	return LedgerOf(all, kind), err
}

// Present lists the keys of fields that the CRM has, in order.
func (l Ledger) Present() []string {
	var keys []string
	for _, key := range sortedKeys(l) {
		if !l[key].Missing {
			keys = append(keys, key)
		}
	}
	return keys
}

// States are the fields as they were provisioned.
func (l Ledger) States() []connector.FieldState {
	var out []connector.FieldState
	for _, key := range l.Present() {
		out = append(out, connector.FieldState{Key: key, Name: l[key].Name, Codec: l[key].Codec})
	}
	return out
}

// readCurrent reads the values that the CRM holds for records now, in the form in which they are compared, and notes
// them in the mirror. A record that is gone has no entry.
func readCurrent(ctx context.Context, conn *store.Conn, c CRM, kind crm.Kind, ids []string, fields Ledger) (store.Values, error) {
	values, err := c.Read(ctx, kind, ids, fields.Present())
	if err != nil {
		return nil, err
	}
	if err := conn.SetCurrent(ctx, kind, values); err != nil {
		return nil, err
	}
	for _, record := range values {
		for key, value := range record {
			record[key] = normal(fields[key].Type, value)
		}
	}
	return values, nil
}

// rowsIn hands over a plan's rows in one of the states in chunks of one kind.
func rowsIn(ctx context.Context, conn *store.Conn, plan int64, states []store.RowState, size func(crm.Kind) int, fn func(crm.Kind, []store.PlanRow) error) error {
	var rows []store.PlanRow
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		err := fn(rows[0].Kind, rows)
		rows = rows[:0]
		return err
	}
	err := conn.PlanRows(ctx, plan, states, func(row store.PlanRow) error {
		if len(rows) > 0 && (rows[0].Kind != row.Kind || len(rows) >= size(row.Kind)) {
			if err := flush(); err != nil {
				return err
			}
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// recordIDs lists the records of rows.
func recordIDs(rows []store.PlanRow) []string {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].Record
	}
	return ids
}
