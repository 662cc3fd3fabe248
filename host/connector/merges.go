package connector

import (
	"context"
	"maps"
	"slices"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
)

// maxMerges is how many merges may follow each other: A into B, B into C.
const maxMerges = 20

// gone notes a row that says that its record is gone, or, where into leads to an id, has become part of another one.
func (p *pull) gone(id string, row mapping.Row, into mapping.Path) {
	if into != nil {
		if survivor := mapping.Text(into.InRow(row)); survivor != "" && survivor != id {
			if p.absorbed == nil {
				p.absorbed = map[string]string{}
			}
			p.absorbed[id] = survivor
			return
		}
	}
	p.page.Deleted = append(p.page.Deleted, id)
}

// survivors reads the records that have absorbed others and adds them to the page with the ids that they have absorbed. What
// was absorbed by a record that is not there is gone.
func (p *pull) survivors(ctx context.Context) error {
	if len(p.absorbed) == 0 {
		return nil
	}
	losers := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(p.absorbed)) {
		into := p.absorbed[id]
		for n := 0; n < maxMerges && p.absorbed[into] != ""; n++ {
			into = p.absorbed[into]
		}
		losers[into] = append(losers[into], id)
	}
	p.absorbed = nil
	wanted := map[string]bool{}
	for into := range losers {
		wanted[into] = true
	}
	if err := p.read(ctx, transport.Archived, wanted, func(row mapping.Row) { p.survivor(row, losers) }); err != nil {
		return err
	}
	for _, into := range slices.Sorted(maps.Keys(losers)) {
		p.page.Deleted = append(p.page.Deleted, losers[into]...)
	}
	return nil
}

// survivor adds a record that has absorbed others.
func (p *pull) survivor(row mapping.Row, losers map[string][]string) {
	id := p.table.RowID(row)
	absorbed := losers[id]
	if absorbed == nil {
		return
	}
	delete(losers, id)
	if p.leaves(row) {
		p.page.Deleted = append(p.page.Deleted, absorbed...)
		return
	}
	record, rejected := p.table.Map(row, &p.context)
	if rejected != nil {
		p.page.Rejected = append(p.page.Rejected, *rejected)
		p.page.Deleted = append(p.page.Deleted, absorbed...)
		return
	}
	record.MergedIDs = append(record.MergedIDs, absorbed...)
	p.add(record)
}
