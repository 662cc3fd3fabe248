package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// Connector is one connection to a directory of files. It is safe for concurrent use; that no two processes write tags of one directory
// at a time is up to who holds the account's lease.
type Connector struct {
	settings *settings
	zone     *time.Location
	currency string
	columns  map[crm.Kind][]column

	mu  sync.Mutex
	own map[crm.Kind][]string
}

// Open checks settings and mapping. It reads nothing.
func Open(o Options) (*Connector, error) {
	s, err := parseSettings(o)
	if err != nil {
		return nil, err
	}
	c := &Connector{settings: s, zone: o.Zone, currency: o.Currency, columns: map[crm.Kind][]column{}, own: map[crm.Kind][]string{}}
	if c.zone == nil {
		c.zone = time.UTC
	}
	for _, kind := range crm.Kinds {
		if c.columns[kind], err = columnsOf(kind, o.Mapping[kind]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Account is the directory: its name stands for an id.
func (c *Connector) Account(context.Context) (connector.Account, error) {
	name := filepath.Base(c.settings.dir)
	return connector.Account{ID: name, TimeZone: c.zone.String(), Currency: c.currency}, nil
}

// Capabilities are those of the kinds that there are files of.
func (c *Connector) Capabilities() map[crm.Kind]connector.Capabilities {
	out := map[crm.Kind]connector.Capabilities{}
	for _, kind := range crm.Kinds {
		if paths, err := c.settings.found(kind); err == nil && len(paths) == 0 {
			continue
		}
		out[kind] = offers(kind)
	}
	return out
}

// Offers is what can be done with files of every kind.
func Offers() map[crm.Kind]connector.Capabilities {
	out := map[crm.Kind]connector.Capabilities{}
	for _, kind := range crm.Kinds {
		out[kind] = offers(kind)
	}
	return out
}

func offers(kind crm.Kind) connector.Capabilities {
	k := connector.Capabilities{List: true, Incremental: true, Deletions: true, Count: true}
	if kind == crm.Company || kind == crm.Contact {
		k.Write, k.Batch, k.BatchSize, k.Read = true, true, batch, true
		k.Fields, k.CreateField, k.ExtendOptions, k.RemoveField = true, true, true, true
	}
	if kind == crm.Activity {
		for _, f := range crm.Standard {
			if f.Kind == kind && f.Name == "kind" {
				k.Activities = f.Options
			}
		}
	}
	return k
}

// IDs lists the ids of all records of a kind. A row without an id may be that of any record, so that nothing can be compared.
func (c *Connector) IDs(ctx context.Context, kind crm.Kind, emit func([]string) error) error {
	var ids []string
	err := c.rows(ctx, kind, func(r *reader, row *fastjson.Value) error {
		id := ""
		if row != nil {
			id = mapping.Text(path(r.ndjson, c.settings.id(kind)).In(row))
		}
		if id == "" {
			return &crm.Error{Code: crm.CodeGuard, Pointer: r.place(), Message: "the row has no id, so that the ids are not compared"}
		}
		if ids = append(ids, id); len(ids) < pageSize {
			return nil
		}
		full := ids
		ids = nil
		return emit(full)
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	return emit(ids)
}

// rows hands over all rows of a kind, one after the other, and what can be read of bad ones; nil when that is nothing.
func (c *Connector) rows(ctx context.Context, kind crm.Kind, use func(*reader, *fastjson.Value) error) error {
	paths, err := c.settings.found(kind)
	if err != nil {
		return err
	}
	for _, path := range paths {
		r, err := c.settings.open(path)
		if err != nil {
			return err
		}
		for err == nil {
			if err = ctx.Err(); err != nil {
				break
			}
			var bad badRow
			row, failed := r.next()
			if errors.As(failed, &bad) {
				row, failed = bad.row, nil
			}
			if err = failed; err == nil {
				err = use(r, row)
			}
		}
		r.close()
		if !errors.Is(err, io.EOF) {
			return err
		}
	}
	return nil
}

// Estimate counts the rows. Reading files takes no requests.
func (c *Connector) Estimate(ctx context.Context, _ connector.Expectation) (connector.Estimate, error) {
	e := connector.Estimate{Quotas: []connector.QuotaEstimate{}, Assumptions: []string{}}
	for _, kind := range crm.Kinds {
		n := 0
		if err := c.rows(ctx, kind, func(*reader, *fastjson.Value) error { n++; return nil }); err != nil {
			return e, err
		}
		if n > 0 {
			e.Objects = append(e.Objects, connector.ObjectEstimate{Kind: kind, Object: plural[kind], Everything: true, Records: n, From: "files"})
		}
	}
	return e, nil
}

// Counts are none.
func (c *Connector) Counts() connector.Counts { return connector.Counts{} }

// SetOwnFields says which tags are read.
func (c *Connector) SetOwnFields(kind crm.Kind, keys []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.own[kind] = slices.Clone(keys)
}

// RecallFields has nothing to recall: fields stand under their own keys.
func (c *Connector) RecallFields(crm.Kind, []connector.FieldState) {}

func unknownKind(kind crm.Kind) error {
	return &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("tags are written to companies and contacts, not to %s records", kind)}
}
