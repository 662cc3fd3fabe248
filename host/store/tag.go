package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// TagRow is what one classifier says about one customer.
type TagRow struct {
	Customer string
	Values   []TagValue // by key; a tag without value has no entry
	Reasons  []byte     // as the caller encodes them
	Since    crm.Day    // as-of day at which the main tag took its value
	AsOf     crm.Day    // as-of day of the classification that last changed this row
	Input    [16]byte   // hash of the columns it was classified from
	Model    int64      // 0: none
	Cause    string     // what last changed Values, as the caller words it: data, time, rule …
	Run      int64
	Standing []byte // what rules of stability remember, as the caller encodes it; usually empty
}

// TagValue is the canonical text of a tag; key "" is the main tag.
type TagValue struct{ Key, Value string }

// Value is the value of a tag, "" when there is none.
func (r *TagRow) Value(key string) string {
	for _, v := range r.Values {
		if v.Key == key {
			return v.Value
		}
	}
	return ""
}

func (r *TagRow) pack() []byte {
	b := unsealed(64 + len(r.Reasons))
	b = binary.AppendUvarint(b, uint64(len(r.Values)))
	for _, v := range r.Values {
		b = appendText(appendText(b, v.Key), v.Value)
	}
	b = appendText(b, string(r.Reasons))
	b = binary.AppendVarint(b, int64(r.Since))
	b = binary.AppendVarint(b, int64(r.AsOf))
	b = append(b, r.Input[:]...)
	b = appendText(binary.AppendVarint(b, r.Model), r.Cause)
	b = binary.AppendVarint(b, r.Run)
	if len(r.Standing) > 0 { // most rows have none, and spend no byte on it
		b = appendText(b, string(r.Standing))
	}
	return seal(b)
}

func (r *TagRow) unpack(data []byte) error {
	body, err := unseal(data)
	if err != nil {
		return damagedTags(r.Customer)
	}
	p := reader{s: body}
	r.Values = r.Values[:0]
	for n := p.uvarint(); n > 0 && !p.bad; n-- {
		r.Values = append(r.Values, TagValue{Key: p.text(), Value: p.text()})
	}
	r.Reasons = append(r.Reasons[:0], p.text()...)
	r.Since, r.AsOf = crm.Day(p.varint()), crm.Day(p.varint())
	copy(r.Input[:], p.take(16))
	r.Model, r.Cause, r.Run = p.varint(), p.text(), p.varint()
	r.Standing = r.Standing[:0]
	if p.more() {
		r.Standing = append(r.Standing, p.text()...)
	}
	if p.bad || p.more() {
		return damagedTags(r.Customer)
	}
	return nil
}

func damagedTags(customer string) error {
	return &crm.Error{Code: crm.CodeInternal, Message: "the stored tags of this customer are damaged", Pointer: "customer " + customer,
		Suggestion: "check the disk, then remove the classifier's tags and classify again"}
}

// SaveTags writes rows of a classifier, replacing the customers' earlier ones, in one transaction. Each
// customer is there once. Rows of customers that are no longer in the mirror are passed over.
func (c *Conn) SaveTags(ctx context.Context, classifier string, rows []TagRow) error {
	return c.write(ctx, "save tags", func(tx Querier) error {
		ids := make([]string, len(rows))
		for i := range rows {
			ids[i] = rows[i].Customer
		}
		live := make(map[string]bool, len(rows))
		err := in(ctx, tx, `select id from place where space = $1 and id in $ids`, []any{c.space(c.subject)}, distinct(ids),
			func(r *sql.Rows) error {
				var id string
				if err := r.Scan(&id); err != nil {
					return err
				}
				live[id] = true
				return nil
			})
		if err != nil {
			return err
		}
		values := make([]any, 0, 4*len(rows))
		for i := range rows {
			if live[rows[i].Customer] {
				values = append(values, c.id, classifier, rows[i].Customer, rows[i].pack())
			}
		}
		return upsert(ctx, tx, `insert into tag (connection, classifier, customer, data) values $rows
			on conflict (connection, classifier, customer) do update set data = excluded.data`, 4, values)
	})
}

// DeleteTags removes the rows of customers.
func (c *Conn) DeleteTags(ctx context.Context, classifier string, customers []string) error {
	return c.write(ctx, "remove tags", func(tx Querier) error {
		return execIn(ctx, tx, `delete from tag where connection = $1 and classifier = $2 and customer in $ids`, []any{c.id, classifier}, customers)
	})
}

const selectTags = `select customer, data from tag where connection = $1 and classifier = $2 `

// scanTags reads rows of selectTags into one TagRow.
func scanTags(row *TagRow, fn func(*TagRow) error) func(*sql.Rows) error {
	var data sql.RawBytes
	return func(rows *sql.Rows) error {
		if err := rows.Scan(&row.Customer, &data); err != nil {
			return err
		}
		if err := row.unpack(data); err != nil {
			return err
		}
		return pass(fn(row))
	}
}

// Tags calls fn for each row of a classifier, in order of customer ids. The row is valid until fn returns,
// its strings may be kept. fn may read and write the store.
func (c *Conn) Tags(ctx context.Context, classifier string, fn func(*TagRow) error) error {
	var row TagRow
	scan := scanTags(&row, fn)
	return pages(ctx, c, "read tags", selectTags+`and customer > $3 order by customer limit $4`, []any{c.id, classifier}, "",
		func(rows *sql.Rows) (string, error) {
			err := scan(rows)
			return row.Customer, err
		})
}

// TagsBetween is Tags for customers from first to last, both included: the rows that go with a batch of customers.
func (c *Conn) TagsBetween(ctx context.Context, classifier, first, last string, fn func(*TagRow) error) error {
	var row TagRow
	return unpass("read tags", each(ctx, c.reader(), selectTags+`and customer >= $3 and customer <= $4 order by customer`,
		[]any{c.id, classifier, first, last}, scanTags(&row, fn)))
}

// TagsByID is Tags for the given customers.
func (c *Conn) TagsByID(ctx context.Context, classifier string, customers []string, fn func(*TagRow) error) error {
	customers = distinct(customers)
	slices.Sort(customers)
	var row TagRow
	return unpass("read tags", in(ctx, c.reader(), selectTags+`and customer in $ids order by customer`,
		[]any{c.id, classifier}, customers, scanTags(&row, fn)))
}

// TagsOf is all rows of a customer by classifier.
func (c *Conn) TagsOf(ctx context.Context, customer string) (map[string]TagRow, error) {
	tags := map[string]TagRow{}
	err := each(ctx, c.reader(), `select classifier, data from tag where +connection = $1 and customer = $2`, []any{c.id, customer},
		func(rows *sql.Rows) error {
			row := TagRow{Customer: customer}
			var classifier string
			var data sql.RawBytes
			if err := rows.Scan(&classifier, &data); err != nil {
				return err
			}
			if err := row.unpack(data); err != nil {
				return err
			}
			tags[classifier] = row
			return nil
		})
	return tags, failure("read a customer's tags", err)
}

// Classifiers lists the classifiers that have tags, a model or work in the store.
func (c *Conn) Classifiers(ctx context.Context) ([]string, error) {
	var names []string
	err := each(ctx, c.reader(), `select classifier from work where connection = $1 union select classifier from model where connection = $1`,
		[]any{c.id}, scanText(&names))
	for ok, last := true, ""; ok && err == nil; { // from one to the next: the table holds every customer
		ok, err = found(c.reader().QueryRowContext(ctx, `select classifier from tag where connection = $1 and classifier > $2 order by classifier limit 1`,
			c.id, last).Scan(&last))
		if ok {
			names = append(names, last)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), failure("list the classifiers", err)
}

// ForgetClassifier removes a classifier's tags, models and work. Written values and fields stay.
func (c *Conn) ForgetClassifier(ctx context.Context, classifier string) error {
	return c.write(ctx, "forget a classifier", func(tx Querier) error {
		for _, table := range []string{"tag", "model", "work"} {
			if _, err := tx.ExecContext(ctx, `delete from `+table+` where connection = $1 and classifier = $2`, c.id, classifier); err != nil {
				return err
			}
		}
		return nil
	})
}
