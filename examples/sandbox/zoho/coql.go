package zoho

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"github.com/taxonhq/taxon/examples/sandbox"
)

var selectIDs = regexp.MustCompile(`^select id from (\w+) where id (?:> (\d+)|is not null) order by id asc limit (\d+)$`)

// coql answers ids by the query language: 2,000 rows at most, for one to three credits.
func (s *Server) coql(w http.ResponseWriter, r *http.Request) *failure {
	var body struct {
		Query string `json:"select_query"`
	}
	if f := decode(r, &body); f != nil {
		return f
	}
	m := selectIDs.FindStringSubmatch(body.Query)
	if m == nil {
		return fail(http.StatusBadRequest, "SYNTAX_ERROR", "this query is not simulated")
	}
	if f := known(m[1]); f != nil {
		return f
	}
	limit, err := strconv.Atoi(m[3])
	if err != nil || limit < 1 || limit > 2000 {
		return fail(http.StatusBadRequest, "LIMIT_EXCEEDED", "limit is 2000 at most")
	}
	more := 0 // beside the one for the call
	for _, above := range []int{200, 1000} {
		if limit > above {
			more++
		}
	}
	if f := s.charge(more); f != nil {
		return f
	}
	rows := slices.DeleteFunc(s.Records(m[1]), func(r *sandbox.Record) bool { return sandbox.CompareIDs(r.ID, m[2]) <= 0 })
	if len(rows) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	data := []any{}
	for _, row := range rows[:min(limit, len(rows))] {
		data = append(data, map[string]any{"id": row.ID})
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": data, "info": map[string]any{"count": len(data), "more_records": len(rows) > limit}})
	return nil
}
