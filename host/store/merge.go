package store

import (
	"database/sql"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// merge lets ids that were merged into a record mean that record: what belonged to them belongs to it.
func (ch *change) merge(kind crm.Kind, records []crm.Record, last map[string]int) error {
	for i := range records {
		r := &records[i]
		if last[r.ID] != i {
			continue
		}
		for _, id := range distinct(r.MergedIDs) {
			if id == r.ID {
				continue
			}
			if err := ch.mergeInto(kind, id, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (ch *change) mergeInto(kind crm.Kind, from string, r *crm.Record) error {
	into := r.ID
	var known string
	ok, err := found(ch.tx.QueryRowContext(ch.ctx, `select target from alias where space = $1 and id = $2`,
		ch.c.space(kind), from).Scan(&known))
	if err != nil || ok && known == into {
		return err
	}
	args := []any{ch.c.space(kind), from, into}
	_, err = ch.tx.ExecContext(ch.ctx, `insert into alias (space, id, target) values ($1, $2, $3)
		on conflict (space, id) do update set target = excluded.target`, args...)
	if err != nil {
		return err
	}
	_, err = ch.tx.ExecContext(ch.ctx, `update alias set target = $3 where space = $1 and target = $2`, args...)
	if err != nil {
		return err
	}
	ch.aliases[ref{kind, from}] = into
	if err := ch.inherit(kind, from, r); err != nil {
		return err
	}
	if kind == ch.c.subject {
		if err := ch.mergeRows(from, into); err != nil {
			return err
		}
	} else if err := ch.mergeWays(kind, from, into); err != nil {
		return err
	}
	_, err = ch.remove(kind, []string{from})
	return err
}

// inherit lets what was last written to a swallowed record count as written to the survivor, to which the CRM copied
// it: otherwise our own value would pass for a person's. Of two records swallowed the one counts whose value the
// survivor shows.
func (ch *change) inherit(kind crm.Kind, from string, r *crm.Record) error {
	written := map[string]map[string]string{from: {}, r.ID: {}}
	err := in(ch.ctx, ch.tx, `select id, written from field_value where space = $1 and id in $ids`,
		[]any{ch.c.space(kind)}, []string{from, r.ID}, func(rows *sql.Rows) error {
			var id string
			var data sql.RawBytes
			if err := rows.Scan(&id, &data); err != nil {
				return err
			}
			return unpackValues(data, written[id], kind, id)
		})
	if err != nil {
		return err
	}
	inherited := map[string]string{}
	for key, value := range written[from] {
		if own, known := written[r.ID][key]; !known || own != r.Own[key] && value == r.Own[key] {
			inherited[key] = value
		}
	}
	if _, err := ch.tx.ExecContext(ch.ctx, `delete from field_value where space = $1 and id = $2`, ch.c.space(kind), from); err != nil {
		return err
	}
	if len(inherited) == 0 {
		return nil
	}
	return ch.c.mergeValues(ch.ctx, ch.tx, kind, Values{r.ID: inherited}, nil)
}

// mergeRows moves the members of one customer to another.
func (ch *change) mergeRows(from, into string) error {
	if err := ch.loadRows([]string{from, into}); err != nil {
		return err
	}
	for i, kind := range memberKinds {
		list, err := ch.rows[from].members(i)
		if err != nil {
			return err
		}
		ids := make([]string, len(list))
		for j, m := range list {
			ids[j] = m.id
		}
		if err := ch.loadPlaces(kind, ids); err != nil {
			return err
		}
		for _, id := range ids {
			if p := ch.places[ref{kind, id}]; p != nil && !p.gone {
				if err := ch.relocate(p, into); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// mergeWays lets what reached its customer through one contact or deal reach it through another.
func (ch *change) mergeWays(kind crm.Kind, from, into string) error {
	if kind != crm.Contact && kind != crm.Deal {
		return nil
	}
	column := string(kind)
	var list []*place
	err := ch.queryVia(column, []string{from}, func(p *place) { list = append(list, p) })
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.dirty = true; kind == crm.Contact {
			p.contact = into
		} else {
			p.deal = into
		}
	}
	if err := ch.rehome(list); err != nil {
		return err
	}
	return ch.follow()
}

// memberKinds are the kinds that a customer's row holds lists of, in the order of row.lists.
var memberKinds = [...]crm.Kind{crm.Contact, crm.Deal, crm.Activity}

func listOf(kind crm.Kind) int { return slices.Index(memberKinds[:], kind) }
