package connector

import (
	"context"
	"errors"
	"slices"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// Read answers the current values of own fields, canonical text, by record id and field key; a record that is gone has no
// entry, an empty field none in its record.
func (c *Connector) Read(ctx context.Context, kind crm.Kind, ids, fields []string) (map[string]map[string]string, error) {
	o, err := c.writable(kind)
	if err != nil {
		return nil, err
	}
	if o.spec.Read == nil || o.spec.Define == nil {
		return nil, c.cannot(kind, "read single")
	}
	columns, names, err := c.columns(ctx, o, fields)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	out := map[string]map[string]string{}
	for batch := range slices.Chunk(ids, o.spec.Read.Batch) {
		vars := c.vars(o)
		vars["ids"], vars["properties"] = batch, names
		err := c.call(ctx, transport.Read, o.spec.Read.Request, vars, func(a *transport.Answer) error {
			rows, ok := mapping.Rows(a.Body, o.spec.Read.Rows)
			if !ok && !a.Empty {
				return transport.ErrUnusable
			}
			for _, item := range rows {
				row := mapping.Row{item}
				id := o.table.RowID(row)
				if !wanted[id] { // an id that was merged answers with its survivor
					continue
				}
				if o.spec.Read.Version != nil {
					c.keepVersion(kind, id, mapping.Text(o.spec.Read.Version.InRow(row)))
				}
				values := map[string]string{}
				for i := range columns {
					if text := columns[i].Canonical(columns[i].Path.InRow(row)); text != "" {
						values[columns[i].Key] = text
					}
				}
				out[id] = values
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// asFailure finds the Failure in an error's chain.
func asFailure(err error, f **transport.Failure) { errors.As(err, f) }
