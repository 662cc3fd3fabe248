package connector

import (
	"context"
	"maps"
	"slices"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// maxRounds is how often an id is asked for again: for more links, or because it was not answered.
const maxRounds = 100

// asking is an id whose links are wanted.
type asking struct {
	id, after string
	failed    int
}

// associate reads the links of all records of the page, one association after the other.
func (p *pull) associate(ctx context.Context) error {
	for _, to := range slices.Sorted(maps.Keys(p.o.spec.Associations)) {
		a := p.o.spec.Associations[to]
		if p.unlinked[to] || a.PagesOnly && p.byJob {
			continue
		}
		err := p.links(ctx, to, a)
		if a.Optional && refused(err) {
			p.leaveUnlinked(to)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// links reads the links of the page's records to one kind: full requests first, then what was left over: ids that have
// more links than one answer holds, and ids that were not answered. An id that has no links is in no answer.
func (p *pull) links(ctx context.Context, to crm.Kind, a *manifest.Association) error {
	wanted := make([]asking, len(p.page.Records))
	for i := range p.page.Records {
		wanted[i].id = p.page.Records[i].ID
	}
	for round := 0; len(wanted) > 0; round++ {
		if round > maxRounds {
			return loop("the CRM does not come to an end with the associations of a record")
		}
		var again []asking
		for batch := range slices.Chunk(wanted, a.Batch) {
			more, err := p.linkBatch(ctx, to, a, batch)
			if err != nil {
				return err
			}
			again = append(again, more...)
		}
		wanted = again
	}
	return nil
}

func (p *pull) linkBatch(ctx context.Context, to crm.Kind, a *manifest.Association, batch []asking) (again []asking, err error) {
	inputs := make([]any, len(batch))
	askings := map[string]asking{}
	for i, b := range batch {
		input := map[string]any{"id": b.id}
		if b.after != "" {
			input["after"] = b.after
		}
		inputs[i], askings[b.id] = input, b
	}
	vars := p.c.vars(p.o)
	vars["inputs"] = inputs
	call, err := transport.Build(p.linkClass, a.Request, vars)
	if err != nil {
		return nil, err
	}
	next := ""
	take := func(answer *transport.Answer) error {
		p.c.learnClock(answer)
		next = ""
		if a.Next != nil {
			next = mapping.Text(a.Next.In(answer.Body))
		}
		rows, ok := mapping.Rows(answer.Body, a.Rows)
		failures := failuresIn(answer.Body, a.Failures)
		if !ok && len(failures) == 0 && !answer.Empty {
			return transport.ErrUnusable
		}
		for _, row := range rows {
			id := batch[0].id
			if a.From != nil {
				id = mapping.Text(a.From.In(row))
			}
			b, asked := askings[id]
			if !asked {
				continue
			}
			if err := p.addLinks(vars, to, a, id, row); err != nil {
				return err
			}
			if after := mapping.Text(a.After.In(row)); len(a.After) > 0 && after != "" {
				if after == b.after {
					return loop("the CRM's paging of associations does not move on")
				}
				again = append(again, asking{id: id, after: after})
			}
		}
		for _, f := range failures {
			if holds(a.Failures.Harmless, vars, f) {
				continue
			}
			for _, id := range failedIDs(a.Failures, f) {
				b, asked := askings[id]
				if !asked {
					continue
				}
				if b.failed++; b.failed < 3 {
					again = append(again, b)
					continue
				}
				p.reject(id, "the CRM does not tell the record's associations with a "+string(to))
			}
		}
		return nil
	}
	seen := map[string]bool{}
	for {
		if err := p.c.client.Do(ctx, call, take); err != nil || next == "" {
			return again, err
		}
		if seen[next] {
			return nil, loop("the CRM's paging of associations does not move on")
		}
		seen[next] = true
		call.Path, call.Query = next, nil
	}
}

// addLinks adds the links in one answer to their record.
func (p *pull) addLinks(vars map[string]any, to crm.Kind, a *manifest.Association, id string, row *fastjson.Value) error {
	i, ok := p.at[id]
	if !ok {
		return nil
	}
	items, many := mapping.Rows(row, a.To)
	if one := a.To.In(row); !many && one != nil {
		items = []*fastjson.Value{one}
	}
	for _, item := range items {
		other := mapping.Text(a.ID.In(item))
		if other == "" {
			continue
		}
		link := crm.Link{Kind: to, ID: other}
		if a.Primary != nil {
			vars["link"] = mapping.JSON(item)
			link.Primary = truth(a.Primary, vars)
		}
		p.page.Records[i].Links = linked(p.page.Records[i].Links, link)
	}
	return nil
}

// linked adds a link to those of a record, which may have stood in its row already.
func linked(links []crm.Link, link crm.Link) []crm.Link {
	for i := range links {
		if links[i].Kind == link.Kind && links[i].ID == link.ID {
			links[i].Primary = links[i].Primary || link.Primary
			return links
		}
	}
	return append(links, link)
}

// reject takes a record out of the page.
func (p *pull) reject(id, message string) {
	i, ok := p.at[id]
	if !ok {
		return
	}
	p.drop(i)
	p.page.Rejected = append(p.page.Rejected, crm.Rejected{Kind: p.o.spec.Kind, ID: id, Error: &crm.Error{Code: crm.CodeRecord, Message: message}})
}

// drop takes the record at a position out of the page.
func (p *pull) drop(i int) {
	delete(p.at, p.page.Records[i].ID)
	p.page.Records = slices.Delete(p.page.Records, i, i+1)
	for other, at := range p.at {
		if at > i {
			p.at[other] = at - 1
		}
	}
}

// failuresIn are the per-record errors in an answer.
func failuresIn(body *fastjson.Value, f *manifest.Failures) []*fastjson.Value {
	if f == nil || body == nil {
		return nil
	}
	rows, _ := mapping.Rows(body, f.Rows)
	return rows
}

// failedIDs are the ids that an error is about.
func failedIDs(f *manifest.Failures, row *fastjson.Value) []string {
	v := f.IDs.In(row)
	if v == nil {
		return nil
	}
	if v.Type() != fastjson.TypeArray {
		return []string{mapping.Text(v)}
	}
	var ids []string
	for _, item := range v.GetArray() {
		ids = append(ids, mapping.Text(item))
	}
	return ids
}

// holds evaluates a condition on a row; an absent condition does not hold, nor one that cannot be computed.
func holds(p *manifest.Program, vars map[string]any, row *fastjson.Value) bool {
	if p == nil {
		return false
	}
	vars["row"] = mapping.JSON(row)
	return truth(p, vars)
}

// truth is whether a condition holds; one that cannot be computed does not.
func truth(p *manifest.Program, vars map[string]any) bool {
	yes, err := p.True(vars)
	return yes && err == nil
}
