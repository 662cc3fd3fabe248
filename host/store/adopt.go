package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// Adopt notes values that the CRM holds already, of records and fields that were not noted in this draft before: Commit
// makes them the last written ones ("": none), so that a draft which never becomes a plan leaves nothing behind.
func (w *PlanWriter) Adopt(ctx context.Context, kind crm.Kind, values Values) error {
	return w.conn.write(ctx, "note adopted values", func(tx Querier) error {
		var rows []any
		for _, id := range slices.Sorted(maps.Keys(values)) {
			rows = append(rows, w.conn.space(kind), id, packAll(values[id]))
		}
		return upsert(ctx, tx, `insert into adoption (space, id, written) values $rows`, 3, rows)
	})
}

// packAll is packValues that keeps fields without a value, which are to be removed.
func packAll(values map[string]string) []byte {
	b := unsealed(64)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		b = appendText(appendText(b, key), values[key])
	}
	return seal(b)
}

// adopt makes the values noted the last written ones.
func (w *PlanWriter) adopt(ctx context.Context, tx Querier) error {
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		space := w.conn.space(kind)
		for {
			values := Values{}
			err := each(ctx, tx, `select id, written from adoption where space = $1 order by id limit $2`, []any{space, pageRows}, func(rows *sql.Rows) error {
				var id string
				var data sql.RawBytes
				if err := rows.Scan(&id, &data); err != nil {
					return err
				}
				values[id] = map[string]string{}
				return unpackValues(data, values[id], kind, id)
			})
			if err != nil {
				return err
			}
			if len(values) == 0 {
				break
			}
			if err := w.conn.mergeValues(ctx, tx, kind, values, nil); err != nil {
				return err
			}
			if err := execIn(ctx, tx, `delete from adoption where space = $1 and id in $ids`, []any{space}, slices.Collect(maps.Keys(values))); err != nil {
				return err
			}
		}
	}
	return nil
}
