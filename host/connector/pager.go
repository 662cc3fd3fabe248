package connector

import (
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// position is where a listing stands: all that the next request needs. It is part of a pull's State.
type position struct {
	Cursor string `json:"cursor,omitempty"`
	Link   string `json:"link,omitempty"`
	Number int    `json:"number,omitempty"` // pages or rows behind us
	Values values `json:"values,omitempty"` // of a manifest's own `next`
	// Of a keyset; instants in microseconds since 1970.
	Since   int64  `json:"since,omitempty"`
	Until   int64  `json:"until,omitempty"` // exclusive; 0: open
	Tie     bool   `json:"tie,omitempty"`   // reading the rows of one instant, by id
	AfterID string `json:"after_id,omitempty"`
	Rows    int    `json:"rows,omitempty"` // read by the current query
	Run     int    `json:"run,omitempty"`  // of these, how many at its end share the instant RunAt
	RunAt   int64  `json:"run_at,omitempty"`
	// Job: the listing is read as a job.
	Job *jobPosition `json:"job,omitempty"`
}

// pageVars are the variables of a listing's request that tell where it stands.
func (p position) pageVars(vars map[string]any, pager *manifest.Pager) {
	page := map[string]any{}
	for k, v := range p.Values {
		page[k] = v
	}
	if p.Cursor != "" {
		page["cursor"] = p.Cursor
	}
	switch {
	case pager.Number != nil:
		page["number"] = pager.Number.Start + p.Number
	case pager.Offset != nil:
		page["offset"] = pager.Offset.Start + p.Number
	case pager.Keyset != nil:
		page["tie"] = p.Tie
		if p.AfterID != "" {
			page["after_id"] = p.AfterID
		}
	}
	vars["page"] = page
	vars["since"] = time.UnixMicro(p.Since).UTC()
	if p.Until != 0 {
		vars["until"] = time.UnixMicro(p.Until).UTC()
	} else {
		vars["until"] = nil
	}
}

// listed is a row of a page as paging sees it.
type listed struct {
	id    string
	stamp int64 // microseconds since 1970; 0 when unknown
}

// next answers where the listing stands after a page; done tells that there is no more.
func (c *Connector) next(l *manifest.Listing, precision time.Duration, at position, rows []listed, a *transport.Answer, vars map[string]any) (next position, done bool, err error) {
	n, pager := len(rows), &l.Page
	next = position{Since: at.Since, Until: at.Until}
	switch {
	case pager.Cursor != nil:
		next.Cursor = mapping.Text(pager.Cursor.In(a.Body))
		return next, next.Cursor == "", nil
	case pager.Link != nil:
		next.Link = mapping.Text(pager.Link.In(a.Body))
		return next, next.Link == "", nil
	case pager.Number != nil:
		next.Number = at.Number + 1
		more, err := more(pager.Number, l.Size, n, a, vars)
		return next, !more, err
	case pager.Offset != nil:
		next.Number = at.Number + n
		more, err := more(pager.Offset, l.Size, n, a, vars)
		if more && pager.Offset.Ceiling > 0 && next.Number >= pager.Offset.Ceiling {
			return next, false, &crm.Error{Code: crm.CodeProtocol, Message: "the CRM has more records than its paging can reach"}
		}
		return next, !more, err
	case pager.Next != nil:
		err := nextPage(pager.Next, a.Vars(vars), &next.Values)
		return next, next.Values == nil, err
	case pager.Keyset != nil:
		total, known := mapping.Integer(pager.Keyset.Total.In(a.Body))
		if !known || pager.Keyset.Total == nil {
			total = -1
		}
		cursor := mapping.Text(pager.Keyset.Cursor.In(a.Body))
		next, done = keyset(pager.Keyset, l.Size, precision, at, rows, cursor, total)
		return next, done, nil
	}
	return next, true, nil
}

// more reports whether numbered pages go on: as the manifest tells, else while pages are full.
func more(p *manifest.Counted, size, rows int, a *transport.Answer, vars map[string]any) (bool, error) {
	if p.More == nil {
		return rows >= size, nil
	}
	vars["count"] = rows
	goOn, err := p.More.True(a.Vars(vars))
	if err != nil {
		return false, &crm.Error{Code: crm.CodeProtocol, Message: "it cannot be computed whether there are more pages: " + err.Error()}
	}
	return goOn, nil
}

// keyset answers where a sorted listing goes on.
//
// By id, the next query begins after the last id. By change time, the next query begins at the last instant seen,
// inclusive: rows of that instant come again and are dropped by who reads them. That is robust against rows that move
// while they are listed, and it never reaches the CRM's window. Only where many rows share the last instant (a batch of
// writes) does it follow the cursor within the query; and where an instant holds more rows than a query may reach (a
// bulk edit), it reads that instant by id (Tie) and goes on behind it. It ends on the CRM's signal only, never on a short
// page, unless the CRM gives no signal.
func keyset(k *manifest.Keyset, size int, precision time.Duration, at position, rows []listed, cursor string, total int64) (next position, done bool) {
	n := len(rows)
	goesOn := cursor != ""
	if k.Cursor == nil {
		goesOn = n >= size
	}
	next = position{Since: at.Since, Until: at.Until, Tie: at.Tie, AfterID: at.AfterID, Cursor: cursor, Rows: at.Rows + n, Run: at.Run, RunAt: at.RunAt}
	if k.By == "updated_id" {
		if goesOn && n > 0 {
			next = position{Since: max(at.Since, rows[n-1].stamp), Until: at.Until, AfterID: rows[n-1].id}
		}
		return next, !goesOn
	}
	if k.By == "id" || at.Tie {
		if !goesOn {
			if !at.Tie {
				return next, true
			}
			behind := at.Since + precision.Microseconds()
			return position{Since: behind, Until: at.Until}, at.Until != 0 && behind >= at.Until
		}
		if n > 0 {
			next.AfterID, next.Cursor, next.Rows = rows[n-1].id, "", 0
		}
		return next, false
	}
	if !goesOn || n == 0 {
		return next, !goesOn
	}
	last, lowest, equal, sorted := rows[n-1].stamp, rows[n-1].stamp, 0, true
	for i, r := range rows {
		if r.stamp == last {
			equal++
		}
		lowest = min(lowest, r.stamp)
		sorted = sorted && (i == 0 || rows[i-1].stamp <= r.stamp)
	}
	if next.Run = equal; equal == n && at.RunAt == last {
		next.Run += at.Run
	}
	next.RunAt = last
	noCursor := k.Cursor == nil
	full := k.Window > 0 && next.Rows+size > k.Window        // the next page would be out of reach
	late := k.Window > 0 && next.Rows >= k.Window*9/10       // time to look for a good place to begin anew
	beyond := k.Window > 0 && total > int64(k.Window)        // some of the rows that are left are out of reach
	cheap := next.Run*50 <= size || late && next.Run <= size // few rows would be read twice
	restart, tie := position{Since: last, Until: at.Until}, position{Since: last, Until: at.Until, Tie: true}
	switch {
	case !sorted: // values newer than their place in the index: only what all rows have passed is safe to begin from
		if restart.Since, tie.Since = lowest, at.Since; full || noCursor {
			if lowest > at.Since {
				return restart, false
			}
			return tie, false
		}
	case beyond && next.Run*10 >= k.Window: // most likely it goes on like that: not up to the end of the window, then
		return tie, false
	case equal == n && at.Rows == 0 && (noCursor || full): // beginning anew would bring the same page
		return tie, false
	case last > at.Since && !(equal == n && at.Rows == 0) && (cheap || noCursor || full && next.Run*2 <= k.Window):
		return restart, false
	case full || noCursor:
		return tie, false
	}
	return next, false
}
