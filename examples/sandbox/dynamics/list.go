package dynamics

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// mostRows is the most of a page.
const mostRows = 5000

// walk is a listing under way: its rows are those of its beginning. A link to changes names the walk that it ended.
type walk struct {
	table     *table
	rows      []*sandbox.Record
	gone      []string
	selected  []string
	tracked   bool
	annotated bool
	// known are the live rows at the beginning of the walk, by id.
	known map[string]*sandbox.Record
	began time.Time
}

func (s *Server) keep(w *walk) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.walks = append(s.walks, w)
	return len(s.walks) - 1
}

func (s *Server) walkOf(text string) (*walk, int) {
	n, err := strconv.Atoi(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || n < 0 || n >= len(s.walks) {
		return nil, 0
	}
	return s.walks[n], n
}

var pageSize = regexp.MustCompile(`odata\.maxpagesize=(\d+)`)

// list answers rows in pages: all, those with given ids, or what changed since a link was given.
func (s *Server) list(w http.ResponseWriter, r *http.Request) *failure {
	t, q, prefer := find(r.PathValue("set")), r.URL.Query(), r.Header.Get("Prefer")
	if t == nil {
		return &failure{404, "0x8006088a", "Resource not found for the segment '" + r.PathValue("set") + "'."}
	}
	size := mostRows
	if m := pageSize.FindStringSubmatch(prefer); m != nil {
		n, _ := strconv.Atoi(m[1]) // digits
		size = min(max(n, 1), mostRows)
	}
	if q.Has("$skip") {
		return &failure{501, "0x80060888", "Skip Clause is not supported in CRM."}
	}
	var now *walk
	number, from := 0, 0
	switch {
	case q.Has("$skiptoken"):
		id, at, _ := strings.Cut(q.Get("$skiptoken"), "-")
		if now, number = s.walkOf(id); now == nil {
			return invalid("Malformed skip token")
		}
		from, _ = strconv.Atoi(at)
		if from < 0 || from > len(now.rows)+len(now.gone) {
			return invalid("Malformed skip token")
		}
	case q.Has("$deltatoken"):
		before, _ := s.walkOf(q.Get("$deltatoken"))
		if before == nil || s.Now().Sub(before.began) > time.Duration(s.options.DeltaDays)*24*time.Hour {
			return &failure{410, "0x80060889", "The delta token is not valid any more"}
		}
		now = s.since(before)
		number = s.keep(now)
	default:
		var f *failure
		if now, f = s.begin(t, q, prefer); f != nil {
			return f
		}
		number = s.keep(now)
	}
	return s.page(w, now, number, from, size)
}

// begin is a walk over all rows that a filter lets through.
func (s *Server) begin(t *table, q url.Values, prefer string) (*walk, *failure) {
	now := &walk{table: t, tracked: strings.Contains(prefer, "odata.track-changes"), annotated: strings.Contains(prefer, "odata.include-annotations"), began: s.Now(), known: map[string]*sandbox.Record{}}
	if text := q.Get("$select"); text != "" {
		now.selected = strings.Split(text, ",")
	}
	keep, f := filter(t, q.Get("$filter"))
	if f != nil {
		return nil, f
	}
	if now.tracked && (q.Has("$filter") || q.Has("$orderby") || q.Has("$expand") || q.Has("$top")) {
		return nil, invalid("The query options $filter, $orderby, $expand and $top are not supported with track-changes.")
	}
	if now.tracked && slices.Contains(s.options.Untracked, t.set) {
		return nil, invalid("The entity %s is not enabled for change tracking.", t.logical)
	}
	for _, r := range s.Records(t.set) {
		if keep(r) {
			now.rows = append(now.rows, r)
			now.known[r.ID] = r
		}
	}
	return now, nil
}

// since is a walk over what is not as another one knew it: new and changed rows, then those that are gone.
func (s *Server) since(before *walk) *walk {
	now := &walk{table: before.table, selected: before.selected, tracked: true, annotated: before.annotated, began: s.Now(), known: map[string]*sandbox.Record{}}
	for _, r := range s.Records(before.table.set) {
		if now.known[r.ID] = r; before.known[r.ID] != r {
			now.rows = append(now.rows, r)
		}
	}
	for id := range before.known {
		if now.known[id] == nil {
			now.gone = append(now.gone, id)
		}
	}
	slices.Sort(now.gone)
	return now
}

var (
	guidForm = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	inForm   = regexp.MustCompile(`^Microsoft\.Dynamics\.CRM\.In\(PropertyName='(\w+)',PropertyValues=\[.*\]\)$`)
)

// filter reads the conditions that the connector asks with.
func filter(t *table, text string) (func(*sandbox.Record) bool, *failure) {
	switch {
	case text == "":
		return func(*sandbox.Record) bool { return true }, nil
	case text == "merged ne true":
		return func(r *sandbox.Record) bool { return r.Values["merged"] != "true" }, nil
	}
	if m := inForm.FindStringSubmatch(text); m != nil && m[1] == t.id {
		ids := guidForm.FindAllString(text, -1)
		return func(r *sandbox.Record) bool { return slices.Contains(ids, r.ID) }, nil
	}
	return nil, invalid("the filter %s is not simulated", text)
}

// page answers a part of a walk, with links as absolute addresses.
func (s *Server) page(w http.ResponseWriter, now *walk, number, from, size int) *failure {
	value := []any{}
	to := min(from+size, len(now.rows)+len(now.gone))
	for i := from; i < to; i++ {
		if i >= len(now.rows) {
			value = append(value, map[string]any{"@odata.context": s.api() + "$metadata#" + now.table.set + "/$deletedEntity", "id": now.gone[i-len(now.rows)], "reason": "deleted"})
			continue
		}
		row, unknown := s.view(now.table, now.rows[i], now.selected, now.annotated)
		if unknown != "" {
			return invalid("Could not find a property named '%s' on type 'Microsoft.Dynamics.CRM.%s'.", unknown, now.table.logical)
		}
		value = append(value, row)
	}
	answer := map[string]any{"@odata.context": s.api() + "$metadata#" + now.table.set, "value": value}
	switch {
	case to < len(now.rows)+len(now.gone):
		answer["@odata.nextLink"] = fmt.Sprintf("%s%s?$skiptoken=%d-%d", s.api(), now.table.set, number, to)
	case now.tracked:
		answer["@odata.deltaLink"] = fmt.Sprintf("%s%s?$deltatoken=%d", s.api(), now.table.set, number)
	}
	sandbox.WriteJSON(w, http.StatusOK, answer)
	return nil
}
