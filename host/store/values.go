package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Values maps record ids to values by field key.
type Values = map[string]map[string]string

// packValues writes values by key; "" is no value, no values are nil.
func packValues(values map[string]string) []byte {
	var b []byte
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if values[key] == "" {
			continue
		}
		if b == nil {
			b = unsealed(64)
		}
		b = appendText(appendText(b, key), values[key])
	}
	if b == nil {
		return nil
	}
	return seal(b)
}

// unpackValues adds packed values to a map.
func unpackValues(data []byte, to map[string]string, kind crm.Kind, id string) error {
	body, err := unseal(data)
	r := reader{s: body}
	for err == nil && r.more() {
		key, value := r.text(), r.text()
		to[key] = value
	}
	if err != nil || r.bad {
		return &crm.Error{Code: crm.CodeInternal, Message: "the stored field values of this record are damaged", Pointer: string(kind) + " " + id,
			Suggestion: "check the disk, then forget the mirror and pull again"}
	}
	return nil
}

// saveOwn keeps what a page says about our own fields, where it differs from what is known and the page does not
// show a record as it was before our last write.
func (ch *change) saveOwn(kind crm.Kind, records []crm.Record, last map[string]int) error {
	ids := make([]string, 0, len(last))
	for id := range last {
		if id != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	known, changed := map[string]string{}, map[string]int64{}
	err := in(ch.ctx, ch.tx, `select id, current, changed from field_value where space = $1 and id in $ids`,
		[]any{ch.c.space(kind)}, ids, func(rows *sql.Rows) error {
			var id string
			var data sql.RawBytes
			var at int64
			if err := rows.Scan(&id, &data, &at); err != nil {
				return err
			}
			known[id], changed[id] = string(data), at
			return nil
		})
	if err != nil {
		return err
	}
	var values []any
	for _, id := range ids {
		r := &records[last[id]]
		if !r.UpdatedAt.IsZero() && r.UpdatedAt.UnixMicro() < changed[id] {
			continue
		}
		if data := packValues(r.Own); string(data) != known[id] {
			values = append(values, ch.c.space(kind), id, blob(data))
		}
	}
	return upsert(ch.ctx, ch.tx, upsertCurrent, 3, values)
}

const upsertCurrent = `insert into field_value (space, id, current) values $rows
	on conflict (space, id) do update set current = excluded.current`

// SetCurrent records values just read from the CRM. Each map replaces the record's.
func (c *Conn) SetCurrent(ctx context.Context, kind crm.Kind, values Values) error {
	return c.write(ctx, "keep the CRM's values", func(tx Querier) error {
		var rows []any
		for _, id := range slices.Sorted(maps.Keys(values)) {
			rows = append(rows, c.space(kind), id, blob(packValues(values[id])))
		}
		return upsert(ctx, tx, upsertCurrent, 3, rows)
	})
}

// SetWritten sets or removes ("") last written values of the fields named, without a journal: adopting
// values, or retiring a classifier. Other fields of the records stay.
func (c *Conn) SetWritten(ctx context.Context, kind crm.Kind, values Values) error {
	return c.write(ctx, "keep written values", func(tx Querier) error {
		return c.mergeValues(ctx, tx, kind, values, nil)
	})
}

// ForgetValues removes what is known of fields that the CRM has no more from all records: last written and current
// values.
func (c *Conn) ForgetValues(ctx context.Context, kind crm.Kind, keys []string) error {
	drop := func(key, _ string) bool { return slices.Contains(keys, key) }
	const what = "forget values"
	var changed []any
	flush := func() error {
		err := c.write(ctx, what, func(tx Querier) error {
			return upsert(ctx, tx, `insert into field_value (space, id, written, current) values $rows
				on conflict (space, id) do update set written = excluded.written, current = excluded.current`, 4, changed)
		})
		changed = changed[:0]
		return err
	}
	err := pages(ctx, c, what, `select id, written, current from field_value where space = $1 and id > $2 order by id limit $3`, []any{c.space(kind)}, "",
		func(rows *sql.Rows) (string, error) {
			var id string
			var data [2]sql.RawBytes
			if err := rows.Scan(&id, &data[0], &data[1]); err != nil {
				return "", err
			}
			row := []any{c.space(kind), id}
			known := 0
			for _, packed := range data {
				values := map[string]string{}
				if err := unpackValues(packed, values, kind, id); err != nil {
					return "", err
				}
				known += len(values)
				maps.DeleteFunc(values, drop)
				known -= len(values)
				row = append(row, blob(packValues(values)))
			}
			if known > 0 {
				changed = append(changed, row...)
			}
			if len(changed) < 4*pageRows {
				return id, nil
			}
			return id, pass(flush())
		})
	if err != nil || len(changed) == 0 {
		return err
	}
	return flush()
}

// mergeValues alters the last written values of records, and the current ones too where the CRM has taken them:
// updated are its change times then, zero where it did not say.
func (c *Conn) mergeValues(ctx context.Context, tx Querier, kind crm.Kind, changes Values, updated map[string]time.Time) error {
	ids := slices.Sorted(maps.Keys(changes))
	changed := map[string]int64{}
	written, current := Values{}, Values{}
	for _, id := range ids {
		written[id], current[id] = map[string]string{}, map[string]string{}
	}
	err := in(ctx, tx, `select id, written, current, changed from field_value where space = $1 and id in $ids`,
		[]any{c.space(kind)}, ids, func(rows *sql.Rows) error {
			var id string
			var w, cur sql.RawBytes
			var at int64
			if err := rows.Scan(&id, &w, &cur, &at); err != nil {
				return err
			}
			changed[id] = at
			if err := unpackValues(w, written[id], kind, id); err != nil {
				return err
			}
			return unpackValues(cur, current[id], kind, id)
		})
	if err != nil {
		return err
	}
	var rows []any
	for _, id := range ids {
		maps.Copy(written[id], changes[id])
		if at, taken := updated[id]; taken {
			maps.Copy(current[id], changes[id])
			if !at.IsZero() {
				changed[id] = max(changed[id], at.UnixMicro())
			}
		}
		rows = append(rows, c.space(kind), id, blob(packValues(written[id])), blob(packValues(current[id])), changed[id])
	}
	return upsert(ctx, tx, `insert into field_value (space, id, written, current, changed) values $rows
		on conflict (space, id) do update set written = excluded.written, current = excluded.current, changed = excluded.changed`, 5, rows)
}

// WrittenRecords calls fn for each record that has a last written value of one of the fields (of any field
// when there are none), in order of ids, whether the mirror still has the record or not. fn may write the store.
func (c *Conn) WrittenRecords(ctx context.Context, kind crm.Kind, fields []string, fn func(id string, values map[string]string) error) error {
	return pages(ctx, c, "read written values", `select id, written from field_value
		where space = $1 and id > $2 and written is not null order by id limit $3`, []any{c.space(kind)}, "",
		func(rows *sql.Rows) (string, error) {
			var id string
			var data sql.RawBytes
			if err := rows.Scan(&id, &data); err != nil {
				return "", err
			}
			values := map[string]string{}
			if err := unpackValues(data, values, kind, id); err != nil {
				return "", err
			}
			if len(fields) > 0 {
				maps.DeleteFunc(values, func(key, _ string) bool { return !slices.Contains(fields, key) })
			}
			if len(values) == 0 {
				return id, nil
			}
			return id, pass(fn(id, values))
		})
}

// Differing calls fn with the id of each record whose current values are not exactly those last written, in order of
// ids: what somebody else changed, what was never written by us, and what the CRM spells in another way. It costs what
// it finds. fn may write the store.
func (c *Conn) Differing(ctx context.Context, kind crm.Kind, fn func(id string) error) error {
	// The zero and the empty text keep SQLite from walking the whole table by its key instead of the index of these rows.
	err := each(ctx, c.reader(), `select id from field_value
		where space + 0 = $1 and written is distinct from current order by id || ''`, []any{c.space(kind)},
		func(rows *sql.Rows) error {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			return pass(fn(id))
		})
	return unpass("find changed values", err)
}

// pages runs a query page by page, so that no read lasts long: its last two parameters are the key after
// which a page begins and the number of rows. fn answers the key of its row.
func pages[K any](ctx context.Context, c *Conn, what, query string, args []any, after K, fn func(rows *sql.Rows) (K, error)) error {
	for n := pageRows; n == pageRows; {
		n = 0
		err := each(ctx, c.reader(), query, append(slices.Clone(args), after, pageRows), func(rows *sql.Rows) error {
			key, err := fn(rows)
			after = key
			n++
			return err
		})
		if err != nil {
			return unpass(what, err)
		}
	}
	return nil
}

// pageRows is how many rows one read takes.
const pageRows = 500

// pass marks an error of a callback; nil stays nil.
func pass(err error) error {
	if err == nil {
		return nil
	}
	return passed{err}
}
