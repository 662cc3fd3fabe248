package store

import (
	"database/sql"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// row is a customer's row as a change works on it. A row without record is of a customer that others refer
// to and that has not arrived, or has gone.
type row struct {
	id     string
	stored bool   // it is in the database
	record []byte // packed; nil: none
	had    bool   // it had a record when loaded
	lists  [len(memberKinds)]list
	dirty  bool
}

// list is a list of members, parsed when first touched.
type list struct {
	packed        []byte
	members       members
	parsed, dirty bool
	before        int // members when parsed
}

func (r *row) members(i int) (members, error) {
	l := &r.lists[i]
	if !l.parsed {
		m, err := parseMembers(l.packed)
		if err != nil {
			return nil, damaged(r.id)
		}
		l.members, l.parsed, l.before = m, true, len(m)
	}
	return l.members, nil
}

// set replaces a list that was read with members.
func (r *row) set(i int, m members) {
	r.lists[i].members, r.lists[i].dirty, r.dirty = m, true, true
}

// damaged names a customer whose row cannot be read; nothing else of it may be shown.
func damaged(customer string) error {
	return &crm.Error{Code: crm.CodeInternal, Message: "the stored data of this customer is damaged", Pointer: "customer " + customer,
		Suggestion: "check the disk, then forget the mirror and pull again"}
}

// put stores a record's body at its place. replace says that an earlier body is there.
func (ch *change) put(p *place, body string, replace bool) error {
	if p.customer == "" {
		if !replace {
			ch.waiting[p.kind]++
		}
		ch.bodies[p.ref] = &body
		return nil
	}
	r := ch.rows[p.customer]
	if p.kind == ch.c.subject {
		r.record, r.dirty = seal(append(unsealed(len(body)), body...)), true
		return nil
	}
	i := listOf(p.kind)
	m, err := r.members(i)
	if err != nil {
		return err
	}
	r.set(i, m.put(p.id, body))
	return nil
}

// take removes a record's body from its place and answers it.
func (ch *change) take(p *place) (string, error) {
	if p.customer == "" {
		return ch.takeLoose(p.ref)
	}
	r := ch.rows[p.customer]
	if p.kind == ch.c.subject {
		body, err := unseal(r.record)
		if err != nil {
			body = "" // it goes anyway
		}
		r.record, r.dirty = nil, true
		return body, nil
	}
	i := listOf(p.kind)
	m, err := r.members(i)
	if err != nil {
		return "", err
	}
	m, body, ok := m.remove(p.id)
	if !ok {
		return "", damaged(r.id)
	}
	r.set(i, m)
	return body, nil
}

func (ch *change) takeLoose(r ref) (string, error) {
	body, touched := ch.bodies[r]
	if !touched {
		var data []byte
		err := ch.tx.QueryRowContext(ch.ctx, `select body from loose where space = $1 and id = $2`,
			ch.c.space(r.kind), r.id).Scan(&data)
		if err != nil {
			return "", err
		}
		text, err := unseal(data)
		if err != nil {
			return "", &crm.Error{Code: crm.CodeInternal, Message: "the stored data of this record is damaged", Pointer: string(r.kind) + " " + r.id,
				Suggestion: "check the disk, then forget the mirror and pull again"}
		}
		body = &text
	}
	ch.bodies[r] = nil
	ch.waiting[r.kind]--
	return *body, nil
}

// loadRows loads customers' rows that the change has not seen, making those that do not exist.
func (ch *change) loadRows(ids []string) error {
	ids = slices.DeleteFunc(distinct(ids), func(id string) bool { return ch.rows[id] != nil })
	for _, id := range ids {
		ch.rows[id] = &row{id: id}
	}
	return in(ch.ctx, ch.tx, `select id, record, people, deals, activities from customer where connection = $1 and id in $ids`,
		[]any{ch.c.id}, ids, func(rows *sql.Rows) error {
			var id string
			var record, people, deals, activities []byte
			if err := rows.Scan(&id, &record, &people, &deals, &activities); err != nil {
				return err
			}
			r := ch.rows[id]
			r.stored, r.record, r.had = true, record, record != nil
			r.lists[0].packed, r.lists[1].packed, r.lists[2].packed = people, deals, activities
			return nil
		})
}

// loadPlaces loads places that the change has not seen.
func (ch *change) loadPlaces(kind crm.Kind, ids []string) error {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, seen := ch.places[ref{kind, id}]; return seen })
	for _, id := range ids {
		ch.places[ref{kind, id}] = nil
	}
	return ch.queryPlaces(`space = $1 and id in $ids`, []any{ch.c.space(kind)}, ids, func(*place) {})
}

// queryVia calls fn for each place that may reach its customer through one of the contacts or deals (column).
// The plus keeps SQLite on that column's index: it would walk the primary key instead, for it takes a
// connection for a handful of rows.
func (ch *change) queryVia(column string, ids []string, fn func(*place)) error {
	return ch.queryPlaces(`+space >= $1 and +space < $2 and `+column+` <> '' and `+column+` in $ids`,
		[]any{ch.c.space(""), ch.c.space("") + 8}, ids, fn)
}

// queryPlaces calls fn for each place found, the one at work where the change has seen it already.
func (ch *change) queryPlaces(where string, args []any, ids []string, fn func(*place)) error {
	return in(ch.ctx, ch.tx, `select space, id, customer, contact, deal, generation, hash from place where `+where,
		args, ids, func(rows *sql.Rows) error {
			var space int64
			p := &place{}
			if err := rows.Scan(&space, &p.id, &p.customer, &p.contact, &p.deal, &p.generation, &p.hash); err != nil {
				return err
			}
			p.kind = kindIn(space)
			if known := ch.places[p.ref]; known != nil {
				p = known
			} else {
				ch.places[p.ref] = p
			}
			fn(p)
			return nil
		})
}
