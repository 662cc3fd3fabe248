package hubspot

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

const (
	searchLimit  = 200
	searchWindow = 10_000 // results that one query can reach
	maxGroups    = 5
	maxPerGroup  = 6
	maxFilters   = 18
)

type searchBody struct {
	FilterGroups []struct {
		Filters []filter `json:"filters"`
	} `json:"filterGroups"`
	Sorts      []searchSort `json:"sorts"`
	Query      string       `json:"query"`
	Properties []string     `json:"properties,omitempty"`
	Limit      int          `json:"limit,omitempty"`
	After      looseText    `json:"after,omitempty"`
}

// looseText is text, or a number taken as text.
type looseText string

func (t *looseText) UnmarshalJSON(b []byte) error {
	*t = looseText(bytes.Trim(b, `"`))
	return nil
}

// searchSort is an object or, as the specification has it, a name with an optional
// minus sign.
type searchSort struct {
	PropertyName string `json:"propertyName"`
	Direction    string `json:"direction"`
}

func (o *searchSort) UnmarshalJSON(b []byte) error {
	var name string
	if json.Unmarshal(b, &name) == nil {
		o.PropertyName, o.Direction = strings.TrimPrefix(name, "-"), "ASCENDING"
		if strings.HasPrefix(name, "-") {
			o.Direction = "DESCENDING"
		}
		return nil
	}
	type plain searchSort
	return json.Unmarshal(b, (*plain)(o))
}

// found is the result of a query, kept because its pages are asked for one by one.
type found struct {
	query      string
	generation uint64
	records    []*sandbox.Record
}

func (s *Server) searchRecords(w http.ResponseWriter, r *http.Request, k *kind) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10<<20))
	if err != nil {
		return invalid("Invalid input JSON on line 1, column 1: the body could not be read")
	}
	if n := s.options.Limits.MaxSearchBody; n > 0 && len(raw) > n {
		return invalid("The request body is too long: at most %d characters", n)
	}
	var body searchBody
	if json.Unmarshal(raw, &body) != nil {
		return invalid("Invalid input JSON on line 1, column 1: the body could not be read")
	}
	if body.Limit == 0 {
		body.Limit = defaultLimit
	}
	if body.Limit < 0 || body.Limit > searchLimit {
		return invalid("limit %d is invalid, must be less than or equal to %d", body.Limit, searchLimit)
	}
	offset := 0
	if body.After != "" {
		if offset, err = strconv.Atoi(string(body.After)); err != nil || offset < 0 {
			return invalid("Invalid after: %s", body.After)
		}
	}
	if offset >= searchWindow {
		return invalid("There was a problem with the request. Paging beyond %d results is not possible", searchWindow)
	}
	records, err := s.query(k, body)
	if err != nil {
		return err
	}
	end := min(offset+s.shorten(body.Limit), len(records), searchWindow)
	out := struct {
		Total int `json:"total"`
		page
	}{Total: len(records), page: page{Results: []object{}}}
	for _, rec := range records[min(offset, end):end] {
		out.Results = append(out.Results, s.show(k, rec, body.Properties))
	}
	if end < len(records) {
		out.Paging = &paging{Next: &next{After: strconv.Itoa(end)}}
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
	return nil
}

// query returns all records that match, sorted. The result of each kind's last
// query is kept as long as nothing changes.
func (s *Server) query(k *kind, body searchBody) ([]*sandbox.Record, error) {
	body.After, body.Limit, body.Properties = "", 0, nil
	key, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	generation, settled := s.Store.Generation(k.name)
	s.mu.Lock()
	kept := s.cache[k.name]
	s.mu.Unlock()
	if settled && kept.query == string(key) && kept.generation == generation {
		return kept.records, nil
	}
	match, err := s.compileGroups(k, body)
	if err != nil {
		return nil, err
	}
	order, err := s.order(k, body.Sorts)
	if err != nil {
		return nil, err
	}
	snap := s.Store.Indexed(k.name)
	var hits []*sandbox.Record
	for _, r := range snap.Records {
		if match(r) {
			hits = append(hits, r)
		}
	}
	order(hits)
	if snap.Settled {
		s.mu.Lock()
		s.cache[k.name] = found{query: string(key), generation: snap.Generation, records: hits}
		s.mu.Unlock()
	}
	return hits, nil
}

func (s *Server) compileGroups(k *kind, body searchBody) (predicate, error) {
	if len(body.FilterGroups) > maxGroups {
		return nil, invalid("too many filter groups: at most %d", maxGroups)
	}
	var groups [][]predicate
	total := 0
	for _, g := range body.FilterGroups {
		if total += len(g.Filters); len(g.Filters) > maxPerGroup || total > maxFilters {
			return nil, invalid("too many filters: at most %d in a group and %d in all", maxPerGroup, maxFilters)
		}
		var all []predicate
		for _, f := range g.Filters {
			p, err := s.compile(k, f)
			if err != nil {
				return nil, err
			}
			all = append(all, p)
		}
		groups = append(groups, all)
	}
	wanted := strings.ToLower(body.Query)
	defaults := s.defaults(k)
	return func(r *sandbox.Record) bool {
		if wanted != "" && !slices.ContainsFunc(defaults, func(name string) bool {
			return strings.Contains(strings.ToLower(r.Values[name]), wanted)
		}) {
			return false
		}
		if len(groups) == 0 {
			return true
		}
		return slices.ContainsFunc(groups, func(all []predicate) bool {
			return !slices.ContainsFunc(all, func(p predicate) bool { return !p(r) })
		})
	}, nil
}

// order returns what sorts the hits. Ties stand in id order; without a sort, older
// records come first.
func (s *Server) order(k *kind, sorts []searchSort) (func([]*sandbox.Record), error) {
	if len(sorts) > 1 {
		return nil, invalid("only one sort is allowed")
	}
	by := searchSort{PropertyName: k.created, Direction: "ASCENDING"}
	if len(sorts) == 1 {
		by = sorts[0]
	}
	descending := false
	switch by.Direction {
	case "", "ASCENDING":
	case "DESCENDING":
		descending = true
	default:
		return nil, invalid("Invalid sort direction: %s", by.Direction)
	}
	col, err := s.column(k, by.PropertyName)
	if err != nil {
		return nil, err
	}
	type row struct {
		r   *sandbox.Record
		key cell
	}
	return func(hits []*sandbox.Record) {
		rows := make([]row, len(hits))
		for i, r := range hits {
			rows[i] = row{r, col.cell(r)}
		}
		slices.SortStableFunc(rows, func(a, b row) int {
			switch {
			case a.key.set != b.key.set: // unset last
				if a.key.set {
					return -1
				}
				return 1
			case !a.key.set:
				return 0
			}
			n := a.key.compare(b.key)
			if descending {
				n = -n
			}
			if n == 0 {
				n = s.idCell(a.r.ID).compare(s.idCell(b.r.ID))
			}
			return n
		})
		for i, row := range rows {
			hits[i] = row.r
		}
	}, nil
}
