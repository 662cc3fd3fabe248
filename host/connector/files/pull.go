package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
)

// pageSize is how many rows a page has.
const pageSize = 1000

// pulled is where a pull stands: what was read, and how many rows of it.
type pulled struct {
	Digest string `json:"digest"`
	Rows   int    `json:"rows,omitempty"` // of a pull under way
	Done   bool   `json:"done,omitempty"`
	// Nameless are the places of bad rows without an id, by which the ledger knows them: the next pull takes them out of it.
	Nameless []string `json:"nameless,omitempty"`
}

// maxNameless bounds them; a file in which so many rows have no id has another fault.
const maxNameless = 1000

// Pull reads the files of a kind when anything about them has changed since that state: contents, mapping, or the tags beside
// them. It then reads everything, and what is not there any more is gone.
func (c *Connector) Pull(ctx context.Context, kind crm.Kind, state []byte, emit func(connector.Page) error) error {
	var at pulled
	_ = json.Unmarshal(state, &at) // no state, or one of another connector: everything is read
	paths, err := c.settings.found(kind)
	if err != nil {
		return err
	}
	sums := make([]string, len(paths))
	for i, p := range paths {
		if sums[i], err = digest(p); err != nil {
			return err
		}
	}
	tags, err := c.tagsOf(kind)
	if err != nil {
		return err
	}
	now, err := c.fingerprint(kind, paths, sums, tags)
	if err != nil {
		return err
	}
	if at.Digest == now && at.Done {
		return emit(connector.Page{State: state, Last: true})
	}
	var before []string
	if at.Digest != now {
		before, at = at.Nameless, pulled{Digest: now}
	}
	p := &pull{c: c, kind: kind, at: at, skip: at.Rows, tags: tags, emit: emit, seed: maphash.MakeSeed(), lines: map[uint64]where{}}
	p.at.Rows, p.page.Deleted = 0, before
	c.mu.Lock()
	p.own = slices.Clone(c.own[kind])
	c.mu.Unlock()
	for i, path := range paths {
		if err := p.file(ctx, path, sums[i]); err != nil {
			return err
		}
	}
	p.at = pulled{Digest: now, Done: true, Nameless: p.at.Nameless}
	return p.flush(true)
}

// fingerprint identifies what a pull reads and what it makes of it.
func (c *Connector) fingerprint(kind crm.Kind, paths, sums []string, tags *tags) (string, error) {
	type columnKey struct{ Field, Source, Type, Expr string }
	var columns []columnKey
	for _, col := range c.columns[kind] {
		k := columnKey{col.field, col.source, col.typ.String(), ""}
		if col.expr != nil {
			k.Expr = col.expr.Source
		}
		columns = append(columns, k)
	}
	var names []string
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	c.mu.Lock()
	own := slices.Clone(c.own[kind])
	c.mu.Unlock()
	s := c.settings
	data, err := json.Marshal([]any{names, sums, columns, own, tags.sum, s.columns, s.delimiter, s.written, s.comma, s.layouts, c.zone.String(), c.currency})
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16]), err
}

// pull is one pull of one kind.
type pull struct {
	c     *Connector
	kind  crm.Kind
	at    pulled
	skip  int // rows that an earlier pull has delivered
	tags  *tags
	own   []string // fields that are pulled
	emit  func(connector.Page) error
	seed  maphash.Seed
	lines map[uint64]where // where an id was seen first
	names []string         // of the files
	blind bool             // a row may be that of any record: nothing is gone for certain
	page  connector.Page
}

// where is a line of a file, small because there is one for each record.
type where struct{ file, line int32 }

// file reads one file.
func (p *pull) file(ctx context.Context, path, sum string) error {
	r, err := p.c.settings.open(path)
	if err != nil {
		return err
	}
	defer r.close()
	p.names = append(p.names, r.name)
	table := p.c.table(p.kind, r.ndjson)
	context := mapping.Context{Currency: p.c.currency, Vars: map[string]any{"config": map[string]any{}, "vars": map[string]any{}, "object": map[string]any{},
		"account": map[string]any{"time_zone": p.c.zone.String(), "currency": p.c.currency}, "lookup": map[string]any{}}}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		row, err := r.next()
		var bad badRow
		switch {
		case errors.Is(err, io.EOF):
			after, err := r.finish()
			if err == nil && after != sum {
				err = &crm.Error{Code: crm.CodeUnavailable, Pointer: r.name, Message: "the file was changed while it was read", Suggestion: "run again when the export is done"}
			}
			return err
		case errors.As(err, &bad):
			id := ""
			if bad.row != nil {
				id = table.RowID(mapping.Row{bad.row})
			}
			p.reject(r, id, &crm.Error{Code: crm.CodeRecord, Message: bad.message, Suggestion: bad.suggestion})
		case err != nil:
			return err
		default:
			p.c.tidy(p.kind, r, row)
			p.take(r, &table, &context, mapping.Row{row})
		}
		if p.at.Rows++; p.at.Rows%pageSize == 0 {
			if err := p.flush(false); err != nil {
				return err
			}
		}
	}
}

// take maps a row into the page.
func (p *pull) take(r *reader, table *mapping.Table, context *mapping.Context, row mapping.Row) {
	if id := table.RowID(row); id != "" {
		key := maphash.String(p.seed, id)
		if first, again := p.lines[key]; again {
			p.reject(r, id, &crm.Error{Code: crm.CodeRecord, Message: fmt.Sprintf("the id stands in %s:%d already", p.names[first.file], first.line), Suggestion: "each record has one row; the first one counts"})
			return
		}
		p.lines[key] = where{int32(len(p.names) - 1), int32(r.line)}
	}
	if p.at.Rows < p.skip {
		return
	}
	record, rejected := table.Map(row, context)
	if rejected != nil {
		p.reject(r, rejected.ID, rejected.Error)
		return
	}
	if e := fitting(&record); e != nil {
		p.reject(r, record.ID, e)
		return
	}
	if own := p.tags.values[record.ID]; own != nil {
		record.Own = map[string]string{}
		for _, key := range p.own {
			if own[key] != "" {
				record.Own[key] = own[key]
			}
		}
	}
	p.page.Records = append(p.page.Records, record)
}

// choices are the values that a field of a kind may have, of those that are not free.
var choices = func() map[crm.Kind]map[string][]string {
	out := map[crm.Kind]map[string][]string{}
	for _, f := range crm.Standard {
		if len(f.Options) == 0 {
			continue
		}
		if out[f.Kind] == nil {
			out[f.Kind] = map[string][]string{}
		}
		out[f.Kind][f.Name] = f.Options
	}
	return out
}()

// fitting writes values that are chosen from a list as the list has them, and tells one that is not there.
func fitting(r *crm.Record) *crm.Error {
	for name, options := range choices[r.Kind] {
		v := r.Fields[name]
		if v.Missing() {
			continue
		}
		text := strings.ToLower(strings.TrimSpace(v.String()))
		if !slices.Contains(options, text) {
			return &crm.Error{Code: crm.CodeRecord, Pointer: name, Message: "the field " + name + " is none of " + strings.Join(options, ", "),
				Suggestion: "map it by an expression under fields"}
		}
		r.Fields[name] = crm.TextValue(text)
	}
	return nil
}

// reject notes a row that cannot be used, with its file and line.
func (p *pull) reject(r *reader, id string, e *crm.Error) {
	p.blind = p.blind || id == ""
	if p.at.Rows < p.skip {
		return
	}
	e.Pointer = r.place() + spaced(e.Pointer)
	if id == "" {
		if id = r.place(); len(p.at.Nameless) < maxNameless {
			p.at.Nameless = append(p.at.Nameless, id)
		}
	}
	p.page.Rejected = append(p.page.Rejected, crm.Rejected{Kind: p.kind, ID: id, Error: e})
}

func spaced(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

// flush delivers the page; one that an earlier pull delivered is empty by now.
func (p *pull) flush(last bool) error {
	if !last && p.at.Rows <= p.skip {
		return nil
	}
	state, err := json.Marshal(p.at)
	if err != nil {
		return err
	}
	page := p.page
	page.State, page.Full, page.Last = state, !p.blind, last
	p.page = connector.Page{}
	return p.emit(page)
}
