package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// scanner decodes customers, using its memory again.
type scanner struct {
	customer                          Customer
	record, people, deals, activities sql.RawBytes
}

func (s *scanner) scan(rows *sql.Rows) error {
	cu := &s.customer
	if err := rows.Scan(&cu.ID, &cu.Sequence, &s.record, &s.people, &s.deals, &s.activities); err != nil {
		return err
	}
	body, err := unseal(s.record)
	r := reader{s: body}
	r.links()
	cu.Fields = Fields{raw: r.rest()}
	bad := err != nil || r.bad

	list, ok := listIn(s.people)
	for cu.People = cu.People[:0]; list.more(); {
		id, r := list.member()
		r.links()
		cu.People = append(cu.People, Person{ID: id, Fields: Fields{raw: r.rest()}})
		bad = bad || r.bad
	}
	bad = bad || !ok
	list, ok = listIn(s.deals)
	for cu.Deals = cu.Deals[:0]; list.more(); {
		id, r := list.member()
		r.links()
		cu.Deals = append(cu.Deals, Deal{ID: id})
		cu.Deals[len(cu.Deals)-1].decode(&r)
		bad = bad || r.bad
	}
	bad = bad || !ok
	list, ok = listIn(s.activities)
	for cu.Activities = cu.Activities[:0]; list.more(); {
		id, r := list.member()
		r.links()
		cu.Activities = append(cu.Activities, Activity{ID: id})
		cu.Activities[len(cu.Activities)-1].decode(&r)
		bad = bad || r.bad
	}
	if bad || !ok {
		return damaged(cu.ID)
	}
	return nil
}

// listIn is a reader of a packed list; ok is false when that is damaged.
func listIn(data []byte) (list reader, ok bool) {
	body, err := unseal(data)
	return reader{s: body}, err == nil
}

const selectCustomer = `select id, sequence, record, people, deals, activities from customer where connection = $1 and record is not null `

// Customers calls fn for every live customer with an id after the given one ("" for all), in order of ids
// (bytewise). Memory does not grow with their number. fn may read and write the store.
func (c *Conn) Customers(ctx context.Context, after string, fn func(*Customer) error) error {
	var s scanner
	return pages(ctx, c, "read the customers", selectCustomer+`and id > $2 order by id limit $3`, []any{c.id}, after,
		func(rows *sql.Rows) (string, error) {
			if err := s.scan(rows); err != nil {
				return "", err
			}
			return s.customer.ID, pass(fn(&s.customer))
		})
}

// CustomersByID calls fn for each live customer among the ids, in order of ids; unknown ones are passed over.
func (c *Conn) CustomersByID(ctx context.Context, ids []string, fn func(*Customer) error) error {
	ids = distinct(ids)
	slices.Sort(ids)
	var s scanner
	err := in(ctx, c.reader(), selectCustomer+`and id in $ids order by id`, []any{c.id}, ids, func(rows *sql.Rows) error {
		if err := s.scan(rows); err != nil {
			return err
		}
		return pass(fn(&s.customer))
	})
	return unpass("read customers", err)
}

// Sequence is the number of the connection's last change: it rises whenever a customer changes, appears or goes.
func (c *Conn) Sequence(ctx context.Context) (int64, error) {
	var sequence int64
	err := c.reader().QueryRowContext(ctx, `select sequence from connection where id = $1`, c.id).Scan(&sequence)
	return sequence, failure("read the number of the last change", err)
}

// ChangedCustomers calls fn with the id of each live customer changed after a sequence number, in order of
// ids. Customers that went are not among them; their tags went with them.
func (c *Conn) ChangedCustomers(ctx context.Context, since int64, fn func(id string) error) error {
	err := each(ctx, c.reader(), `select id from customer where connection = $1 and sequence > $2 and record is not null order by id`,
		[]any{c.id, since}, func(rows *sql.Rows) error {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			return pass(fn(id))
		})
	return unpass("find the changed customers", err)
}

// Counts says how much the mirror holds.
type Counts struct {
	Customers  int     `json:"customers"`  // live: classified
	People     int     `json:"people"`     // contacts of live companies; 0 with subject contact
	Deals      int     `json:"deals"`      // of live customers
	Activities int     `json:"activities"` // of live customers
	Orphans    Orphans `json:"orphans"`
}

// Orphans are records that reach no live customer.
type Orphans struct {
	People     int      `json:"people"`
	Deals      int      `json:"deals"`
	Activities int      `json:"activities"`
	Sample     []Orphan `json:"sample"` // as many as were asked for, never nil
}

// Orphan is one of them, with the ids that it is linked to and that lead nowhere.
type Orphan struct {
	Kind    crm.Kind `json:"kind"`
	ID      string   `json:"id"`
	Company string   `json:"company,omitempty"`
	Contact string   `json:"contact,omitempty"`
	Deal    string   `json:"deal,omitempty"`
}

// Counts counts the mirror. It costs the same however large that is.
func (c *Conn) Counts(ctx context.Context) (Counts, error) {
	live, waiting := map[crm.Kind]int{}, map[crm.Kind]int{}
	err := each(ctx, c.reader(), `select kind, live, waiting from tally where connection = $1`, []any{c.id}, func(rows *sql.Rows) error {
		var kind, l, w int
		if err := rows.Scan(&kind, &l, &w); err != nil {
			return err
		}
		live[kindOf(kind)], waiting[kindOf(kind)] = l, w
		return nil
	})
	counts := Counts{Customers: live[c.subject], Deals: live[crm.Deal], Activities: live[crm.Activity],
		Orphans: Orphans{Deals: waiting[crm.Deal], Activities: waiting[crm.Activity], Sample: []Orphan{}}}
	if c.subject == crm.Company {
		counts.People, counts.Orphans.People = live[crm.Contact], waiting[crm.Contact]
	}
	return counts, failure("count the records", err)
}

// Orphans counts the records without customer and shows up to sample of them: first those whose links lead
// to no record that is known, then those of customers that have not arrived or have gone.
func (c *Conn) Orphans(ctx context.Context, sample int) (Orphans, error) {
	counts, err := c.Counts(ctx)
	if err != nil || sample <= 0 {
		return counts.Orphans, err
	}
	orphans := counts.Orphans
	add := func(kind crm.Kind, id string, l links) {
		if len(orphans.Sample) < sample {
			orphans.Sample = append(orphans.Sample, Orphan{Kind: kind, ID: id, Company: l.company, Contact: l.contact, Deal: l.deal})
		}
	}
	err = each(ctx, c.reader(), `select space, id, body from loose where space > $1 and space < $2 order by space, id limit $3`,
		[]any{c.space(c.subject), c.space("") + 8, sample}, func(rows *sql.Rows) error {
			var space int64
			var id string
			var data sql.RawBytes
			if err := rows.Scan(&space, &id, &data); err != nil {
				return err
			}
			body, err := unseal(data)
			if err != nil {
				return nil // the count stays true; the record is replaced when it comes again
			}
			r := reader{s: body}
			add(kindIn(space), id, r.links())
			return nil
		})
	if err != nil {
		return orphans, failure("read the orphans", err)
	}
	err = each(ctx, c.reader(), `select people, deals, activities from customer where +connection = $1 and record is null order by id limit $2`,
		[]any{c.id, sample}, func(rows *sql.Rows) error {
			var lists [len(memberKinds)]sql.RawBytes
			if err := rows.Scan(&lists[0], &lists[1], &lists[2]); err != nil {
				return err
			}
			for i, kind := range memberKinds {
				m, err := parseMembers(lists[i])
				if err != nil {
					continue
				}
				for _, member := range m {
					r := reader{s: member.body}
					add(kind, member.id, r.links())
				}
			}
			return nil
		})
	return orphans, failure("read the orphans", err)
}

// Record is one record of the mirror and the customer it belongs to ("" for none); ok is false when it is
// not there. Its links are the ones that count.
func (c *Conn) Record(ctx context.Context, kind crm.Kind, id string) (r crm.Record, customer string, ok bool, err error) {
	const what = "read a record"
	ok, err = found(c.reader().QueryRowContext(ctx, `select customer from place where space = $1 and id = $2`,
		c.space(kind), id).Scan(&customer))
	if !ok || err != nil {
		return r, "", false, failure(what, err)
	}
	query, args, owner := `select body from loose where space = $1 and id = $2`, []any{c.space(kind), id}, id
	if customer != "" {
		column := "record"
		if kind != c.subject {
			column = [...]string{"people", "deals", "activities"}[listOf(kind)]
		}
		query, args, owner = `select `+column+` from customer where connection = $1 and id = $2`, []any{c.id, customer}, customer
	}
	var data []byte
	ok, err = found(c.reader().QueryRowContext(ctx, query, args...).Scan(&data))
	if !ok || err != nil {
		return r, "", false, failure(what, err)
	}
	var body string
	if kind == c.subject || customer == "" {
		body, err = unseal(data)
	} else {
		var m members
		if m, err = parseMembers(data); err == nil {
			_, body, ok = m.remove(id)
		}
	}
	if err == nil && ok {
		r, err = decodeRecord(kind, id, body)
	}
	if err != nil {
		return r, "", false, damaged(owner)
	}
	if ok {
		r.Own, err = c.currentOf(ctx, kind, id)
	}
	return r, customer, ok, failure(what, err)
}

// currentOf are the values of our own fields that the CRM has in a record; nil when there are none.
func (c *Conn) currentOf(ctx context.Context, kind crm.Kind, id string) (map[string]string, error) {
	var data []byte
	ok, err := found(c.reader().QueryRowContext(ctx, `select current from field_value where space = $1 and id = $2 and current is not null`,
		c.space(kind), id).Scan(&data))
	if !ok || err != nil {
		return nil, err
	}
	values := map[string]string{}
	return values, unpackValues(data, values, kind, id)
}
