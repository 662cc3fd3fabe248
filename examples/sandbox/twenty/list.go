package twenty

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// cursor is the last row of a page, as far as the order goes.
type cursor struct {
	ID      string `json:"id,omitempty"`
	Updated string `json:"updatedAt,omitempty"`
}

// list answers a page: 60 rows unless limit says otherwise, and silently no more than
// the cap. The page names its last row as the cursor, on the last page too.
func (s *Server) list(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		q := r.URL.Query()
		limit := 60
		if text := q.Get("limit"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return invalid("limit '%s' is invalid. Should be an integer", text)
			}
			limit = min(n, s.options.Cap)
		}
		f, fail := parseFilter(q.Get("filter"))
		if fail != nil {
			return fail
		}
		rows := slices.DeleteFunc(s.Store.All(k.plural), func(r *sandbox.Record) bool { return !f.keeps(r) })
		total := len(rows)
		byTime := false
		switch order := q.Get("order_by"); {
		case strings.HasPrefix(order, "updatedAt["):
			byTime = true
			slices.SortStableFunc(rows, func(a, b *sandbox.Record) int { return a.Modified.Compare(b.Modified) })
		case order != "" && !strings.HasPrefix(order, "id["):
			return invalid("order_by '%s' is not simulated", order)
		}
		if after := q.Get("starting_after"); after != "" {
			raw, err := base64.StdEncoding.DecodeString(after)
			var c cursor
			if err != nil || json.Unmarshal(raw, &c) != nil {
				return invalid("Invalid cursor")
			}
			rows = slices.DeleteFunc(rows, func(r *sandbox.Record) bool {
				if byTime { // the fault of the server that was tried: rows of one instant come again
					return stamp(r.Modified) < c.Updated
				}
				return sandbox.CompareIDs(r.ID, c.ID) <= 0
			})
		}
		more := len(rows) > limit
		rows = rows[:min(limit, len(rows))]
		info := map[string]any{"hasNextPage": more, "startCursor": nil, "endCursor": nil}
		data := make([]any, len(rows))
		for i, row := range rows {
			view := s.view(k, row)
			if q.Get("depth") == withRelation {
				s.related(k, row, view)
			}
			data[i] = view
		}
		if n := len(rows); n > 0 {
			info["startCursor"], info["endCursor"] = encode(rows[0], byTime), encode(rows[n-1], byTime)
		}
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{k.plural: data}, "totalCount": total, "pageInfo": info})
		return nil
	}
}

func encode(r *sandbox.Record, byTime bool) string {
	c := cursor{ID: r.ID}
	if byTime {
		c = cursor{Updated: stamp(r.Modified)}
	}
	raw, _ := json.Marshal(c) // texts alone
	return base64.StdEncoding.EncodeToString(raw)
}

// filter is a list of comparisons that must all hold.
type filter []comparison

type comparison struct {
	field, operator string
	values          []string
}

var comparisonForm = regexp.MustCompile(`^([A-Za-z.]+)\[([A-Za-z]+)\]:(.*)$`)

// parseFilter reads field[operator]:value, joined by commas. A value may stand in
// quotes, a list in brackets.
func parseFilter(text string) (filter, *failure) {
	var out filter
	for _, part := range splitTop(text) {
		m := comparisonForm.FindStringSubmatch(part)
		if m == nil {
			return nil, invalid("'filter' invalid for '%s'. eg: price[gte]:10", part)
		}
		c := comparison{field: m[1], operator: m[2]}
		value := m[3]
		if list, ok := strings.CutPrefix(value, "["); ok {
			value = strings.TrimSuffix(list, "]")
			for _, v := range splitTop(value) {
				c.values = append(c.values, strings.Trim(v, `"`))
			}
		} else {
			c.values = []string{strings.Trim(value, `"`)}
		}
		if !slices.Contains([]string{"eq", "in", "is", "gt", "gte", "lt", "lte"}, c.operator) || !slices.Contains([]string{"id", "updatedAt", "createdAt", "deletedAt"}, c.field) {
			return nil, invalid("'filter' %s[%s] is not simulated", c.field, c.operator)
		}
		if c.field != "id" && c.operator != "is" {
			if _, err := time.Parse(time.RFC3339Nano, c.values[0]); err != nil {
				return nil, invalid("'%s' is no date", c.values[0])
			}
		}
		out = append(out, c)
	}
	return out, nil
}

func splitTop(text string) (out []string) {
	depth, quoted, from := 0, false, 0
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ',' && depth == 0 && !quoted:
			out, from = append(out, text[from:i]), i+1
		}
	}
	if from < len(text) {
		out = append(out, text[from:])
	}
	return out
}

// keeps tells whether a row is listed: a deleted one only when the filter names
// deletedAt.
func (f filter) keeps(r *sandbox.Record) bool {
	if r.Archived() && !slices.ContainsFunc(f, func(c comparison) bool { return c.field == "deletedAt" }) {
		return false
	}
	for _, c := range f {
		if !c.holds(r) {
			return false
		}
	}
	return true
}

func (c comparison) holds(r *sandbox.Record) bool {
	order := 0
	switch c.field {
	case "id":
		if c.operator == "in" {
			return slices.Contains(c.values, r.ID)
		}
		order = strings.Compare(r.ID, c.values[0])
	default:
		at := map[string]time.Time{"updatedAt": r.Modified, "createdAt": r.Created, "deletedAt": r.ArchivedAt}[c.field]
		if c.operator == "is" {
			return (c.values[0] == "NULL") == at.IsZero()
		}
		if at.IsZero() {
			return false
		}
		want, _ := time.Parse(time.RFC3339Nano, c.values[0]) // parseFilter has checked it
		order = at.Compare(want)
	}
	switch c.operator {
	case "gt":
		return order > 0
	case "gte":
		return order >= 0
	case "lt":
		return order < 0
	case "lte":
		return order <= 0
	}
	return order == 0
}

// read answers one record; a deleted one is not found.
func (s *Server) read(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		record, ok := s.Store.Get(k.plural, r.PathValue("id"))
		if !ok || record.Archived() {
			return missing
		}
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{k.singular: s.view(k, record)}})
		return nil
	}
}
