package connector

import (
	"context"
	"maps"
	"slices"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
)

// touched reads one of the tables whose changes are changes of records, and the records that they belong to.
func (p *pull) touched(ctx context.Context) error {
	changed := p.o.spec.Changed
	t := changed.Touched[p.own.Touch]
	rows := &object{name: p.o.name, spec: p.o.spec, vars: p.o.vars, table: mapping.Table{ID: t.ID, Updated: t.Updated, Seconds: p.o.spec.Seconds}}
	w := walk{object: rows, class: transport.Pull, listing: &t.Listing, changed: changed}
	if p.own.Touch == 0 && p.own.At == nil {
		p.own.TouchedFrom = p.own.since(changed, orDefault(p.own.Touched, p.own.Swept))
	}
	start := position{Since: p.own.TouchedFrom}
	if p.own.At != nil {
		start = *p.own.At
	}
	ids := map[string]bool{}
	return p.c.pages(ctx, w, start, func(page []mapping.Row, next *position) error {
		for _, row := range page {
			if stamp, ok := rows.table.Stamp(row); ok {
				p.own.Touched = max(p.own.Touched, min(stamp.UnixMicro(), p.c.serverNow().UnixMicro()))
			}
			// What has been seen of the table counts: the record's own row need not tell that it was touched.
			if id := mapping.Text(t.Record.InRow(row)); id != "" && p.own.Seen.add(row, "touched/"+rows.table.RowID(row)) {
				ids[id] = true
			}
		}
		if next != nil && len(ids) < p.o.spec.Read.Batch {
			return nil // the position stays: what is not read yet is listed again
		}
		if err := p.read(ctx, transport.Pull, ids, func(row mapping.Row) {
			p.own.Seen.add(row, p.table.RowID(row))
			p.mapped(row)
		}); err != nil {
			return err
		}
		clear(ids)
		if p.own.At = next; next == nil {
			p.own.Touch++
			p.own.Phase = p.afterNew()
		}
		return p.flush(ctx)
	})
}

// read reads records by id; one that is not there is left out.
func (p *pull) read(ctx context.Context, class transport.Class, ids map[string]bool, each func(mapping.Row)) error {
	spec := p.o.spec.Read
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(ids)), spec.Batch) {
		vars := p.c.vars(p.o)
		vars["ids"], vars["properties"] = batch, p.asked
		err := p.c.call(ctx, class, spec.Request, vars, func(a *transport.Answer) error {
			rows, ok := mapping.Rows(a.Body, spec.Rows)
			if !ok && !a.Empty {
				return transport.ErrUnusable
			}
			for _, item := range rows {
				each(mapping.Row{item})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
