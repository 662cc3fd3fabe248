package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// ref names a record.
type ref struct {
	kind crm.Kind
	id   string
}

// place says where a record of the mirror is: in the row of customer, or loose when customer is "".
// contact and deal are set where a record has no link to a customer but may reach one through these.
type place struct {
	ref
	customer, contact, deal string
	generation, hash        int64
	dirty, gone             bool
}

// change is one transaction's work on the mirror. It loads what it touches, works in memory, and flush
// writes what differs.
type change struct {
	c        *Conn
	ctx      context.Context
	tx       Querier
	sequence int64

	places  map[ref]*place // nil: there is none
	rows    map[string]*row
	bodies  map[ref]*string // loose records touched; nil: removed
	aliases map[ref]string  // ids looked up, with what they mean now
	waiting map[crm.Kind]int
	removed map[ref]bool
	moved   map[ref]bool // contacts and deals whose customer changed: what reaches it through them follows
}

func (c *Conn) change(ctx context.Context, tx Querier, sequence int64) *change {
	return &change{c: c, ctx: ctx, tx: tx, sequence: sequence, places: map[ref]*place{}, rows: map[string]*row{}, bodies: map[ref]*string{},
		aliases: map[ref]string{}, waiting: map[crm.Kind]int{}, removed: map[ref]bool{}, moved: map[ref]bool{}}
}

// incoming is a record of a page with what decides about it.
type incoming struct {
	record *crm.Record
	body   string
	hash   int64
	links  links
	place  *place
	same   bool
}

// apply works a page in. Records that are listed twice count with their last version.
func (ch *change) apply(kind crm.Kind, page PageUpdate, generation int64) (Applied, error) {
	var applied Applied
	last := make(map[string]int, len(page.Records))
	ids := make([]string, 0, len(page.Records)+len(page.Deleted)+len(page.Rejected))
	for i := range page.Records {
		last[page.Records[i].ID] = i
		ids = append(ids, page.Records[i].ID)
	}
	ids = append(ids, page.Deleted...)
	for _, r := range page.Rejected {
		if r.Kind == kind {
			ids = append(ids, r.ID)
		}
	}
	if err := ch.loadPlaces(kind, distinct(ids)); err != nil {
		return applied, err
	}
	var list []*incoming
	var buffer []byte
	for i := range page.Records {
		r := &page.Records[i]
		if r.ID == "" || last[r.ID] != i {
			continue
		}
		buffer = appendBody(buffer[:0], r)
		in := &incoming{record: r, hash: hashBody(buffer), place: ch.places[ref{kind, r.ID}]}
		if in.same = in.place != nil && in.place.hash == in.hash; !in.same {
			in.body, in.links = string(buffer), linksOf(r)
			list = append(list, in)
			applied.Upserted++
		} else {
			applied.Unchanged++
		}
	}
	if err := ch.upsert(kind, list, generation); err != nil {
		return applied, err
	}
	if err := ch.merge(kind, page.Records, last); err != nil {
		return applied, err
	}
	if err := ch.saveOwn(kind, page.Records, last); err != nil {
		return applied, err
	}
	for _, id := range ids { // rejected ones too: they exist
		if p := ch.places[ref{kind, id}]; p != nil && p.generation != generation {
			p.generation, p.dirty = generation, true
		}
	}
	gone := slices.DeleteFunc(distinct(page.Deleted), func(id string) bool { _, listed := last[id]; return listed })
	var err error
	applied.Deleted, err = ch.remove(kind, gone)
	return applied, err
}

// upsert puts new and changed records where their links lead.
func (ch *change) upsert(kind crm.Kind, list []*incoming, generation int64) error {
	if len(list) == 0 {
		return nil
	}
	if err := ch.resolve(kind, list); err != nil {
		return err
	}
	var touched []string
	type target struct {
		in       *incoming
		customer string
	}
	targets := make([]target, 0, len(list))
	for _, in := range list {
		p := in.place
		if p == nil {
			p = &place{ref: ref{kind, in.record.ID}}
		} else if p.customer != "" {
			touched = append(touched, p.customer)
		}
		next := ch.home(p, in.links)
		if next != "" {
			touched = append(touched, next)
		}
		in.place = p
		targets = append(targets, target{in, next})
	}
	if err := ch.loadRows(touched); err != nil {
		return err
	}
	for _, t := range targets {
		p := t.in.place
		fresh := ch.places[p.ref] == nil
		stays := !fresh && p.customer == t.customer
		if !fresh && !stays {
			if _, err := ch.take(p); err != nil {
				return err
			}
		}
		if !stays {
			ch.moved[p.ref] = true
		}
		ch.places[p.ref] = p
		p.customer, p.hash, p.generation, p.dirty = t.customer, t.in.hash, generation, true
		if err := ch.put(p, t.in.body, stays); err != nil {
			return err
		}
	}
	return ch.follow()
}

// resolve loads the aliases and places that the homes of the records depend on.
func (ch *change) resolve(kind crm.Kind, list []*incoming) error {
	var merged bool
	if err := ch.tx.QueryRowContext(ch.ctx, `select exists (select 1 from alias where space >= $1 and space < $2)`, ch.c.space(""), ch.c.space("")+8).Scan(&merged); err != nil {
		return err
	}
	wanted := map[crm.Kind][]string{}
	for _, in := range list {
		for _, l := range []ref{{crm.Company, in.links.company}, {crm.Contact, in.links.contact}, {crm.Deal, in.links.deal}} {
			if l.id != "" {
				wanted[l.kind] = append(wanted[l.kind], l.id)
			}
		}
		if merged {
			wanted[kind] = append(wanted[kind], in.record.ID)
		}
	}
	if merged {
		for kind, ids := range wanted {
			err := in(ch.ctx, ch.tx, `select id, target from alias where space = $1 and id in $ids`,
				[]any{ch.c.space(kind)}, distinct(ids), func(rows *sql.Rows) error {
					var id, target string
					if err := rows.Scan(&id, &target); err != nil {
						return err
					}
					ch.aliases[ref{kind, id}] = target
					wanted[kind] = append(wanted[kind], target)
					return nil
				})
			if err != nil {
				return err
			}
		}
		for _, in := range list { // a record that arrives under a merged id stands for itself again
			own := ref{kind, in.record.ID}
			if _, known := ch.aliases[own]; known {
				delete(ch.aliases, own)
				if _, err := ch.tx.ExecContext(ch.ctx, `delete from alias where space = $1 and id = $2`, ch.c.space(kind), own.id); err != nil {
					return err
				}
			}
		}
	}
	for _, through := range []crm.Kind{crm.Contact, crm.Deal} {
		if through != ch.c.subject && through != kind {
			if err := ch.loadPlaces(through, distinct(wanted[through])); err != nil {
				return err
			}
		}
	}
	return nil
}

// means is the id that an id stands for, after merges.
func (ch *change) means(kind crm.Kind, id string) string {
	if target, merged := ch.aliases[ref{kind, id}]; merged {
		return target
	}
	return id
}

// home is the customer whom a record's links reach, "" when none; it notes in the place what the way depends on.
func (ch *change) home(p *place, l links) string {
	p.contact, p.deal = "", ""
	direct := l.company
	switch {
	case p.kind == ch.c.subject:
		return p.id
	case p.kind == crm.Company: // subject contact: kept, not part of a customer
		return ""
	case ch.c.subject == crm.Contact:
		direct = l.contact
	}
	if direct != "" {
		return ch.means(ch.c.subject, direct)
	}
	if ch.c.subject == crm.Company {
		p.contact = ch.means(crm.Contact, l.contact)
	}
	p.deal = ch.means(crm.Deal, l.deal)
	return ch.through(p)
}

// through is the customer that a place reaches through its contact, else through its deal.
func (ch *change) through(p *place) string {
	for _, way := range []ref{{crm.Contact, p.contact}, {crm.Deal, p.deal}} {
		if by := ch.places[way]; way.id != "" && by != nil && !by.gone && by.customer != "" {
			return by.customer
		}
	}
	return ""
}

// follow moves what reaches its customer through contacts and deals that moved.
func (ch *change) follow() error {
	for _, way := range []struct {
		kind   crm.Kind
		column string
	}{{crm.Contact, "contact"}, {crm.Deal, "deal"}} {
		var ids []string
		for r := range ch.moved {
			if r.kind == way.kind && r.kind != ch.c.subject {
				ids = append(ids, r.id)
			}
		}
		if len(ids) == 0 {
			continue
		}
		slices.Sort(ids)
		var dependants []*place
		err := ch.queryVia(way.column, ids, func(p *place) {
			dependants = append(dependants, p)
		})
		if err != nil {
			return err
		}
		if err := ch.rehome(dependants); err != nil {
			return err
		}
	}
	clear(ch.moved)
	return nil
}

// rehome finds the customers of places anew that have no link to one.
func (ch *change) rehome(list []*place) error {
	list = slices.DeleteFunc(list, func(p *place) bool { return p.gone || p.contact == "" && p.deal == "" })
	var contacts, deals, touched []string
	for _, p := range list {
		contacts, deals = append(contacts, p.contact), append(deals, p.deal)
	}
	if err := ch.loadPlaces(crm.Contact, distinct(contacts)); err != nil {
		return err
	}
	if err := ch.loadPlaces(crm.Deal, distinct(deals)); err != nil {
		return err
	}
	for _, p := range list {
		if next := ch.through(p); next != p.customer {
			touched = append(touched, p.customer, next)
		}
	}
	if err := ch.loadRows(touched); err != nil {
		return err
	}
	for _, p := range list {
		if next := ch.through(p); next != p.customer {
			if err := ch.relocate(p, next); err != nil {
				return err
			}
			ch.moved[p.ref] = true
		}
	}
	return nil
}

// relocate moves a record to another customer's row, or to the loose ones.
func (ch *change) relocate(p *place, customer string) error {
	if err := ch.loadRows([]string{p.customer, customer}); err != nil {
		return err
	}
	body, err := ch.take(p)
	if err != nil {
		return err
	}
	p.customer, p.dirty = customer, true
	return ch.put(p, body, false)
}

// remove takes records out of the mirror and answers how many there were.
func (ch *change) remove(kind crm.Kind, ids []string) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	if err := ch.loadPlaces(kind, ids); err != nil {
		return 0, err
	}
	var touched []string
	for _, id := range ids {
		if p := ch.places[ref{kind, id}]; p != nil && p.customer != "" {
			touched = append(touched, p.customer)
		}
	}
	if err := ch.loadRows(touched); err != nil {
		return 0, err
	}
	n := 0
	for _, id := range ids {
		p := ch.places[ref{kind, id}]
		if p == nil || p.gone {
			continue
		}
		if _, err := ch.take(p); err != nil {
			return n, err
		}
		p.gone = true
		ch.removed[p.ref] = true
		ch.moved[p.ref] = true
		n++
	}
	for _, stage := range []string{StageClassify, StageWrite} { // what is gone can be rejected no more
		if err := ch.c.clearRejected(ch.ctx, ch.tx, stage, kind, ids); err != nil {
			return n, err
		}
	}
	return n, ch.follow()
}
