package connector

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// maxEmpty is how many empty pages in a row a listing may answer.
const maxEmpty = 20

// walk is one walk through a listing.
type walk struct {
	object     *object
	listing    *manifest.Listing
	class      transport.Class
	properties []string
	changed    *manifest.Changed // for its precision; nil for other listings
	end        func(last *transport.Answer)
	id         mapping.Path // of rows that have theirs elsewhere; nil: where the object's stands
	first      any          // answer of the request that comes first, where there is one
}

// rowID is the id of a row: where the listing has it, else where the object's stands.
func (w *walk) rowID(row mapping.Row) string {
	if w.id != nil {
		if id := mapping.Text(w.id.InRow(row)); id != "" {
			return id
		}
	}
	return w.object.table.RowID(row)
}

// pages reads a listing from a position. each gets the rows of a page, valid only until it returns, and where the
// listing stands after them (nil at the end).
//
// What can go wrong with any pager is found here, once: a cursor that does not move or goes in circles, a page
// that comes again, a listing that does not end.
func (c *Connector) pages(ctx context.Context, w walk, at position, each func(rows []mapping.Row, next *position) error) error {
	visited := map[uint64]bool{}
	var lastIDs uint64
	empty := 0
	if err := c.prior(ctx, &w); err != nil {
		return err
	}
	for {
		visited[digest(at)] = true
		var next position
		var done bool
		err := c.page(ctx, w, at, func(rows []mapping.Row, a *transport.Answer, vars map[string]any) error {
			seen := make([]listed, len(rows))
			ids := fnv.New64a()
			for i, row := range rows {
				seen[i].id = w.rowID(row)
				if stamp, ok := w.object.table.Stamp(row); ok {
					seen[i].stamp = stamp.UnixMicro()
				}
				ids.Write([]byte(seen[i].id + "\x00"))
			}
			var err error
			if next, done, err = c.next(w.listing, precision(w.changed), at, seen, a, vars); err != nil {
				return err
			}
			if len(rows) > 0 && ids.Sum64() == lastIDs {
				return loop("the CRM answers the same page again and again")
			}
			if w.changed != nil && w.changed.NewestFirst {
				var older bool
				if rows, older = since(rows, seen, at.Since); older {
					done = true
				}
			}
			if lastIDs = ids.Sum64(); next.Tie && !at.Tie {
				lastIDs = 0 // the rows of this instant are read once more, by id
			}
			if len(rows) > 0 {
				empty = 0
			} else if empty++; empty > maxEmpty {
				return loop("the CRM answers one empty page after the other")
			}
			if done {
				if w.end != nil {
					w.end(a)
				}
				return each(rows, nil)
			}
			if again := digest(next) == digest(at); visited[digest(next)] && !(again && len(rows) == 0) { // an empty page may ask to be asked again
				return loop("the CRM's paging does not move on")
			}
			return each(rows, &next)
		})
		if w.otherwise(err) {
			continue
		}
		if err != nil || done {
			return err
		}
		at = next
	}
}

// prior sends the request that comes before the listing's own: what it answers holds for all pages.
func (c *Connector) prior(ctx context.Context, w *walk) error {
	r := w.listing.Request.First
	if r == nil {
		return nil
	}
	vars := c.vars(w.object)
	vars["size"], vars["properties"] = w.listing.Size, w.properties
	position{}.pageVars(vars, &w.listing.Page)
	return c.call(ctx, w.class, r, vars, func(a *transport.Answer) error {
		if a.Body == nil {
			return transport.ErrUnusable
		}
		kept, err := fastjson.ParseBytes(a.Body.MarshalTo(nil)) // the answer is valid here only
		if err != nil {
			return transport.ErrUnusable
		}
		w.first = mapping.JSON(kept)
		return nil
	})
}

// since are the rows that are not older than an instant; older tells that the last one was.
func since(rows []mapping.Row, seen []listed, at int64) (kept []mapping.Row, older bool) {
	for i, row := range rows {
		if older = seen[i].stamp != 0 && seen[i].stamp < at; !older {
			kept = append(kept, row)
		}
	}
	return kept, older
}

// otherwise turns to the other way of asking when the account refuses the first.
func (w *walk) otherwise(err error) bool {
	if transport.ClassOf(err) != manifest.ThenOtherwise || w.listing.Otherwise == nil {
		return false
	}
	other := *w.listing
	other.Request, other.Otherwise = other.Otherwise, nil
	w.listing = &other
	return true
}

// firstPage reads one page, to see what comes of it.
func (c *Connector) firstPage(ctx context.Context, w walk, at position, use func(rows []mapping.Row) error) error {
	if err := c.prior(ctx, &w); err != nil {
		return err
	}
	for {
		err := c.page(ctx, w, at, func(rows []mapping.Row, _ *transport.Answer, _ map[string]any) error { return use(rows) })
		if !w.otherwise(err) {
			return err
		}
	}
}

func loop(message string) error {
	return &crm.Error{Code: crm.CodeProtocol, Message: message, Suggestion: "run again later; if it stays, the connector manifest does not fit the CRM"}
}

func digest(p position) uint64 {
	data, _ := json.Marshal(p) // texts and numbers only
	h := fnv.New64a()
	h.Write(data)
	return h.Sum64()
}

// page asks for one page: in several requests when the names of the properties are too many for one.
func (c *Connector) page(ctx context.Context, w walk, at position, use func(rows []mapping.Row, first *transport.Answer, vars map[string]any) error) error {
	chunks := chunk(w.properties, w.listing.Chunk)
	vars := c.vars(w.object)
	at.pageVars(vars, &w.listing.Page)
	vars["size"] = w.listing.Size
	if w.first != nil {
		vars["first"] = w.first
	}

	var first *transport.Answer
	var rows []mapping.Row
	var ask func(i int) error
	ask = func(i int) error {
		if i == len(chunks) {
			return use(rows, first, vars)
		}
		vars["properties"] = chunks[i]
		call, err := transport.Build(w.class, w.listing.Request, vars)
		if err != nil {
			return err
		}
		if at.Link != "" {
			call.Path, call.Query = at.Link, nil
		}
		return c.client.Do(ctx, call, func(a *transport.Answer) error {
			c.learnClock(a)
			items, ok := mapping.Rows(a.Body, w.listing.Rows)
			if !ok && !a.Empty {
				return transport.ErrUnusable
			}
			if i == 0 {
				first = a
				rows = make([]mapping.Row, len(items))
				for k, item := range items {
					rows[k] = mapping.Row{item}
				}
			} else {
				rows = join(w.object, rows, items)
			}
			return ask(i + 1) // the answers so far stay valid while the next one is asked for
		})
	}
	return ask(0)
}

// join adds the rest of the properties to rows, by id. A row that is not there any more has just vanished.
func join(o *object, rows []mapping.Row, more []*fastjson.Value) []mapping.Row {
	byID := make(map[string]*fastjson.Value, len(more))
	for _, item := range more {
		byID[o.table.RowID(mapping.Row{item})] = item
	}
	kept := rows[:0]
	for _, row := range rows {
		if item := byID[o.table.RowID(row)]; item != nil {
			kept = append(kept, append(row, item))
		}
	}
	return kept
}

// chunk splits property names so that each part fits into one request; at least one part.
func chunk(properties []string, limit manifest.Chunk) [][]string {
	parts := [][]string{{}}
	bytes := 0
	for _, p := range properties {
		last := len(parts) - 1
		if n := len(parts[last]); n > 0 && (limit.Bytes > 0 && bytes+len(p)+1 > limit.Bytes || limit.Count > 0 && n >= limit.Count) {
			parts, bytes, last = append(parts, nil), 0, last+1
		}
		parts[last] = append(parts[last], p)
		bytes += len(p) + 1
	}
	return parts
}

// precision is the precision of the filter on the change time.
func precision(c *manifest.Changed) time.Duration {
	if c == nil {
		return time.Millisecond
	}
	return orDefault(c.Precision, time.Millisecond)
}
