package store

import (
	"cmp"
	"maps"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// flush writes what differs from the database and reports whether a customer changed.
func (ch *change) flush() (changed bool, err error) {
	tally := newTally()
	if changed, err = ch.flushRows(tally); err != nil {
		return false, err
	}
	for kind, n := range ch.waiting {
		tally.waiting[kind] += n
	}
	for _, step := range []func() error{ch.flushPlaces, ch.flushLoose, ch.flushRemoved} {
		if err := step(); err != nil {
			return false, err
		}
	}
	return changed, ch.flushTally(tally)
}

// tally counts by how much a change alters the numbers of records.
type tally struct{ live, waiting map[crm.Kind]int }

func newTally() tally { return tally{live: map[crm.Kind]int{}, waiting: map[crm.Kind]int{}} }

func (t tally) add(kind crm.Kind, live bool, n int) {
	if live {
		t.live[kind] += n
	} else {
		t.waiting[kind] += n
	}
}

func (ch *change) flushRows(t tally) (bool, error) {
	var values []any
	var empty []string
	for _, r := range sorted(ch.rows) {
		if !r.dirty {
			continue
		}
		members, err := ch.count(r, t)
		if err != nil {
			return false, err
		}
		if r.record == nil && members == 0 {
			if r.stored {
				empty = append(empty, r.id)
			}
			continue
		}
		values = append(values, ch.c.id, r.id, ch.sequence, blob(r.record))
		for i := range r.lists {
			if l := &r.lists[i]; l.dirty {
				values = append(values, blob(l.members.pack()))
			} else {
				values = append(values, blob(l.packed))
			}
		}
	}
	err := upsert(ch.ctx, ch.tx, `insert into customer (connection, id, sequence, record, people, deals, activities) values $rows
		on conflict (connection, id) do update set sequence = excluded.sequence, record = excluded.record,
		people = excluded.people, deals = excluded.deals, activities = excluded.activities`, 7, values)
	if err != nil {
		return false, err
	}
	err = execIn(ch.ctx, ch.tx, `delete from customer where connection = $1 and id in $ids`, []any{ch.c.id}, empty)
	return len(values) > 0 || len(empty) > 0, err
}

// count adds to the tally what a row changes in it, and answers how many members it has now (of the lists
// whose number matters: all of a row without record).
func (ch *change) count(r *row, t tally) (total int, err error) {
	live := r.record != nil
	if live != r.had {
		t.live[ch.c.subject] += 2*flag(live) - 1
	}
	for i, kind := range memberKinds {
		if !r.lists[i].dirty && live == r.had && live {
			continue
		}
		m, err := r.members(i)
		if err != nil {
			return 0, err
		}
		t.add(kind, r.had, -r.lists[i].before)
		t.add(kind, live, len(m))
		total += len(m)
	}
	return total, nil
}

func (ch *change) flushPlaces() error {
	var values []any
	gone := map[crm.Kind][]string{}
	for _, p := range sortedPlaces(ch.places) {
		if p.gone {
			gone[p.kind] = append(gone[p.kind], p.id)
		} else if p.dirty {
			values = append(values, ch.c.space(p.kind), p.id, p.customer, p.contact, p.deal, p.generation, p.hash)
		}
	}
	err := upsert(ch.ctx, ch.tx, `insert into place (space, id, customer, contact, deal, generation, hash) values $rows
		on conflict (space, id) do update set customer = excluded.customer, contact = excluded.contact,
		deal = excluded.deal, generation = excluded.generation, hash = excluded.hash`, 7, values)
	for kind, ids := range gone {
		if err == nil {
			err = execIn(ch.ctx, ch.tx, `delete from place where space = $1 and id in $ids`, []any{ch.c.space(kind)}, ids)
		}
	}
	return err
}

func (ch *change) flushLoose() error {
	var values []any
	gone := map[crm.Kind][]string{}
	for r, body := range ch.bodies {
		if body == nil {
			gone[r.kind] = append(gone[r.kind], r.id)
		} else {
			values = append(values, ch.c.space(r.kind), r.id, seal(append(unsealed(len(*body)), *body...)))
		}
	}
	err := upsert(ch.ctx, ch.tx, `insert into loose (space, id, body) values $rows
		on conflict (space, id) do update set body = excluded.body`, 3, values)
	for kind, ids := range gone {
		if err == nil {
			err = execIn(ch.ctx, ch.tx, `delete from loose where space = $1 and id in $ids`, []any{ch.c.space(kind)}, ids)
		}
	}
	return err
}

// flushRemoved removes what belonged to records that are gone: their values in the CRM and their tags.
func (ch *change) flushRemoved() error {
	ids := map[crm.Kind][]string{}
	for r := range ch.removed {
		ids[r.kind] = append(ids[r.kind], r.id)
	}
	for kind, ids := range ids {
		err := execIn(ch.ctx, ch.tx, `delete from field_value where space = $1 and id in $ids`, []any{ch.c.space(kind)}, ids)
		if err != nil {
			return err
		}
		if kind != ch.c.subject {
			continue
		}
		if err := execIn(ch.ctx, ch.tx, `delete from tag where +connection = $1 and customer in $ids`, []any{ch.c.id}, ids); err != nil {
			return err
		}
	}
	return nil
}

func (ch *change) flushTally(t tally) error {
	var values []any
	for _, kind := range crm.Kinds {
		if t.live[kind] != 0 || t.waiting[kind] != 0 {
			values = append(values, ch.c.id, number(kind), t.live[kind], t.waiting[kind])
		}
	}
	return upsert(ch.ctx, ch.tx, `insert into tally (connection, kind, live, waiting) values $rows
		on conflict (connection, kind) do update set live = tally.live + excluded.live, waiting = tally.waiting + excluded.waiting`, 4, values)
}

// sorted is rows in order of ids: neighbours are written together, and two processes lock in one order.
func sorted(rows map[string]*row) []*row {
	return slices.SortedFunc(maps.Values(rows), func(a, b *row) int { return cmp.Compare(a.id, b.id) })
}

func sortedPlaces(places map[ref]*place) []*place {
	list := make([]*place, 0, len(places))
	for _, p := range places {
		if p != nil && (p.dirty || p.gone) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *place) int {
		return cmp.Or(cmp.Compare(number(a.kind), number(b.kind)), cmp.Compare(a.id, b.id))
	})
	return list
}

// blob is data for a nullable column.
func blob(data []byte) any {
	if data == nil {
		return nil
	}
	return data
}
