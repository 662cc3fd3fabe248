package pipedrive

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// deletedFor is how long deleted deals are listed.
const deletedFor = 30 * 24 * time.Hour

// The two lists of deals: an archived deal is not in the first.
const (
	live = iota
	archived
)

// parameters of the lists, from the vendor's specification.
var parameters = []string{"limit", "cursor", "sort_by", "sort_direction", "ids", "filter_id", "owner_id", "org_id", "person_id", "deal_id", "pipeline_id", "stage_id",
	"status", "custom_fields", "include_fields", "include_labels", "include_option_labels", "updated_since", "updated_until", "done"}

// cursor is where a list goes on: behind the last row, in its order.
type cursor struct {
	Field string `json:"field"`
	Value string `json:"fieldValue"`
	ID    string `json:"id"`
}

// list answers a page: 100 rows unless limit says otherwise, 500 at most. The last page
// has a cursor that is null.
func (s *Server) list(name string, which int) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		q := r.URL.Query()
		for p := range q {
			if s.options.RefuseUnknown && !slices.Contains(parameters, p) {
				return invalid("Query parameter '" + p + "' is not allowed")
			}
		}
		limit := 100
		if text := q.Get("limit"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || n > 500 {
				return invalid("limit must be between 1 and 500")
			}
			limit = n
		}
		keep, fail := s.filter(name, which, q.Get)
		if fail != nil {
			return fail
		}
		rows := slices.DeleteFunc(s.Store.All(name), func(r *sandbox.Record) bool { return !keep(r) })
		rows, next, fail := page(rows, q.Get("sort_by"), q.Get("sort_direction") == "desc", q.Get("cursor"), limit)
		if fail != nil {
			return fail
		}
		data := make([]any, len(rows))
		for i, row := range rows {
			data[i] = s.view(name, row)
		}
		ok(w, data, map[string]any{"next_cursor": next})
		return nil
	}
}

// filter reads what a list shall hold.
func (s *Server) filter(name string, which int, q func(string) string) (keep func(*sandbox.Record) bool, fail *failure) {
	since, fail := instant(q("updated_since"))
	if fail != nil {
		return nil, fail
	}
	until, fail := instant(q("updated_until"))
	if fail != nil {
		return nil, fail
	}
	ids := split(q("ids"))
	if len(ids) > 100 {
		return nil, invalid("ids may have 100 entries")
	}
	statuses := split(q("status"))
	if keys := split(q("custom_fields")); len(keys) > 15 {
		return nil, invalid("custom_fields may have 15 entries")
	}
	return func(r *sandbox.Record) bool {
		changed := r.Modified
		if r.Archived() {
			if name != Deals || !slices.Contains(statuses, "deleted") || s.Now().Sub(r.ArchivedAt) > deletedFor {
				return false
			}
			changed = r.ArchivedAt
		} else if name == Deals && len(statuses) > 0 && !slices.Contains(statuses, status(r)) {
			return false
		}
		if (r.Values["is_archived"] == "true") != (which == archived) {
			return false
		}
		return (len(ids) == 0 || slices.Contains(ids, r.ID)) && !changed.Before(since) && (until.IsZero() || changed.Before(until))
	}, nil
}

func status(r *sandbox.Record) string {
	if v := r.Values["status"]; v != "" {
		return v
	}
	return "open"
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// instant reads RFC 3339 without a fraction; one with a fraction is refused.
func instant(text string) (time.Time, *failure) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || strings.Contains(text, ".") {
		return time.Time{}, invalid("updated_since and updated_until must be in RFC3339 format: 2025-01-01T10:20:00Z")
	}
	return at, nil
}

// page sorts rows and cuts out those behind the cursor.
func page(rows []*sandbox.Record, by string, descending bool, after string, limit int) (out []*sandbox.Record, next any, fail *failure) {
	if by == "" {
		by = "id"
	}
	key := func(r *sandbox.Record) string { return "" }
	switch by {
	case "id":
	case "update_time":
		key = func(r *sandbox.Record) string {
			if r.Archived() {
				return stamp(r.ArchivedAt)
			}
			return stamp(r.Modified)
		}
	case "add_time":
		key = func(r *sandbox.Record) string { return stamp(r.Created) }
	default:
		return nil, nil, invalid("sort_by must be one of id, update_time, add_time")
	}
	compare := func(a, b *sandbox.Record) int {
		c := strings.Compare(key(a), key(b))
		if c == 0 {
			c = sandbox.CompareIDs(a.ID, b.ID)
		}
		if descending {
			return -c
		}
		return c
	}
	if by != "id" || descending {
		slices.SortFunc(rows, compare)
	}
	if after != "" {
		var c cursor
		raw, err := decodeCursor(after)
		if err != nil || json.Unmarshal(raw, &c) != nil || c.Field != by {
			return nil, nil, invalid("cursor is invalid")
		}
		rows = slices.DeleteFunc(rows, func(r *sandbox.Record) bool {
			order := strings.Compare(key(r), c.Value)
			if order == 0 {
				order = sandbox.CompareIDs(r.ID, c.ID)
			}
			if descending {
				order = -order
			}
			return order <= 0
		})
	}
	if len(rows) <= limit {
		return rows, nil, nil
	}
	rows = rows[:limit]
	last := rows[limit-1]
	raw, err := json.Marshal(cursor{Field: by, Value: key(last), ID: last.ID})
	if err != nil {
		return nil, nil, &failure{status: http.StatusInternalServerError, message: "internal error"}
	}
	return rows, encodeCursor(raw), nil
}

// read answers one record; a deleted one is gone.
func (s *Server) read(name string) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		record, found := s.Store.Get(name, r.PathValue("id"))
		if !found || record.Archived() {
			return notFound("record not found")
		}
		ok(w, s.view(name, record), nil)
		return nil
	}
}
