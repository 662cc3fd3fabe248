package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
)

// Target is a record that tags may be written to, with all that a plan compares. It is valid until the
// callback returns, its strings may be kept.
type Target struct {
	Kind     crm.Kind
	ID       string
	Customer string             // whose tags it bears: itself, or the contact's company
	Tags     map[string]*TagRow // by classifier; no entry: no tags
	Written  map[string]string  // last written value by field key
	Current  map[string]string  // the CRM's value by field key, as of the last pull, write or SetCurrent
}

// Targets calls fn for each record of a kind that belongs to a live customer and has tags, written or
// current values, in order of ids; kind is the subject, or crm.Contact to write a company's tags to its
// people. fn may read and write the store.
func (c *Conn) Targets(ctx context.Context, kind crm.Kind, classifiers []string, fn func(*Target) error) error {
	query := c.selectTargets(kind) + `and id > $2 order by id limit $3`
	page := targetPage{conn: c, kind: kind, classifiers: classifiers}
	for after := ""; ; after = page.list[len(page.list)-1].ID {
		page.list = page.list[:0]
		err := each(ctx, c.reader(), query, []any{c.space(kind), after, pageRows}, page.scan)
		if err != nil || len(page.list) == 0 {
			return failure("read what a plan compares", err)
		}
		first, last := page.list[0].ID, page.list[len(page.list)-1].ID
		err = page.load(ctx, func(scan func(*sql.Rows) error) error {
			return each(ctx, c.reader(), selectValues+`and id >= $2 and id <= $3`, []any{c.space(kind), first, last}, scan)
		})
		if err == nil {
			err = page.call(fn)
		}
		if err != nil || len(page.list) < pageRows {
			return unpass("read what a plan compares", err)
		}
	}
}

// TargetsByID is Targets for the given records.
func (c *Conn) TargetsByID(ctx context.Context, kind crm.Kind, classifiers, ids []string, fn func(*Target) error) error {
	ids = distinct(ids)
	slices.Sort(ids)
	page := targetPage{conn: c, kind: kind, classifiers: classifiers}
	for part := range slices.Chunk(ids, pageRows) {
		page.list = page.list[:0]
		err := in(ctx, c.reader(), c.selectTargets(kind)+`and id in $ids order by id`, []any{c.space(kind)}, part, page.scan)
		if err != nil {
			return failure("read what a plan compares", err)
		}
		err = page.load(ctx, func(scan func(*sql.Rows) error) error {
			return in(ctx, c.reader(), selectValues+`and id in $ids`, []any{c.space(kind)}, part, scan)
		})
		if err == nil {
			err = page.call(fn)
		}
		if err != nil {
			return unpass("read what a plan compares", err)
		}
	}
	return nil
}

const selectValues = `select id, written, current from field_value where space = $1 `

func (c *Conn) selectTargets(kind crm.Kind) string {
	query := `select id, customer from place where space = $1 `
	if kind != c.subject { // a subject's record is in the row that makes its customer live
		query += `and customer <> '' and exists (select 1 from customer where customer.connection = place.space / 8
			and customer.id = place.customer and record is not null) `
	}
	return query
}

// targetPage loads targets some at a time, using its memory again.
type targetPage struct {
	conn        *Conn
	kind        crm.Kind
	classifiers []string
	list        []Target
	customers   []string // distinct, sorted
	tags        []TagRow // of customer i by classifier j at i*len(classifiers)+j; without Customer: none
}

func (p *targetPage) scan(rows *sql.Rows) error {
	n := len(p.list)
	if n < cap(p.list) {
		p.list = p.list[:n+1]
	} else {
		p.list = append(p.list, Target{})
	}
	t := &p.list[n]
	if t.Tags == nil { // not used before: growing leaves empty places behind
		*t = Target{Kind: p.kind, Tags: map[string]*TagRow{}, Written: map[string]string{}, Current: map[string]string{}}
	}
	clear(t.Tags)
	clear(t.Written)
	clear(t.Current)
	return rows.Scan(&t.ID, &t.Customer)
}

// load fills in values and tags.
func (p *targetPage) load(ctx context.Context, values func(scan func(*sql.Rows) error) error) error {
	err := values(func(rows *sql.Rows) error {
		var id string
		var written, current sql.RawBytes
		if err := rows.Scan(&id, &written, &current); err != nil {
			return err
		}
		i, ok := slices.BinarySearchFunc(p.list, id, func(t Target, id string) int { return strings.Compare(t.ID, id) })
		if !ok {
			return nil
		}
		if err := unpackValues(written, p.list[i].Written, p.kind, id); err != nil {
			return err
		}
		return unpackValues(current, p.list[i].Current, p.kind, id)
	})
	if err != nil {
		return err
	}
	p.customers = p.customers[:0]
	for i := range p.list {
		p.customers = append(p.customers, p.list[i].Customer)
	}
	slices.Sort(p.customers)
	p.customers = slices.Compact(p.customers)
	width := len(p.classifiers)
	if n := len(p.customers) * width; cap(p.tags) < n {
		p.tags = make([]TagRow, n)
	} else {
		p.tags = p.tags[:n]
	}
	for i := range p.tags {
		p.tags[i].Customer = ""
	}
	for j, classifier := range p.classifiers {
		if err := p.loadTags(ctx, j, classifier); err != nil {
			return err
		}
	}
	for i := range p.list {
		t := &p.list[i]
		at, _ := slices.BinarySearch(p.customers, t.Customer)
		for j, classifier := range p.classifiers {
			if row := &p.tags[at*width+j]; row.Customer != "" {
				t.Tags[classifier] = row
			}
		}
	}
	return nil
}

func (p *targetPage) loadTags(ctx context.Context, j int, classifier string) error {
	if len(p.customers) == 0 {
		return nil
	}
	c, args := p.conn, []any{p.conn.id, classifier}
	scan := func(rows *sql.Rows) error {
		var customer string
		var data sql.RawBytes
		if err := rows.Scan(&customer, &data); err != nil {
			return err
		}
		i, ok := slices.BinarySearch(p.customers, customer)
		if !ok {
			return nil
		}
		row := &p.tags[i*len(p.classifiers)+j]
		row.Customer = customer
		return row.unpack(data)
	}
	if p.kind == c.subject {
		return each(ctx, c.reader(), selectTags+`and customer >= $3 and customer <= $4`, append(args, p.customers[0], p.customers[len(p.customers)-1]), scan)
	}
	return in(ctx, c.reader(), selectTags+`and customer in $ids`, args, p.customers, scan)
}

func (p *targetPage) call(fn func(*Target) error) error {
	for i := range p.list {
		t := &p.list[i]
		if len(t.Tags)+len(t.Written)+len(t.Current) == 0 {
			continue
		}
		if err := fn(t); err != nil {
			return passed{err}
		}
	}
	return nil
}
