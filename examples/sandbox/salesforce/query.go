package salesforce

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// locator is the answer to a query of which pages are still to be fetched. It lives two days.
type locator struct {
	object string
	fields []sandbox.Field
	rows   []*sandbox.Record
	page   int
	ends   time.Time
}

// run answers the records of a query, with the fields that it selects.
func (s *Server) run(text string, all bool) (*statement, *locator, *failure) {
	q, f := parse(text)
	if f != nil {
		return nil, nil, f
	}
	if objects[q.object] == nil {
		return nil, nil, bad("INVALID_TYPE", "sObject type '%s' is not supported.", q.object)
	}
	l := &locator{object: q.object}
	for _, name := range q.fields {
		field, ok := s.field(q.object, name)
		if !ok {
			return nil, nil, noField(name)
		}
		l.fields = append(l.fields, field)
	}
	records := s.Store.Indexed(q.object).Records
	if all {
		records = s.Store.All(q.object)
	}
	types := map[string]sandbox.Field{}
	var current *sandbox.Record
	value := func(name string) (string, string, bool) {
		field, known := types[name]
		if !known {
			field, known = s.field(q.object, name)
			if !known {
				return "", "", false
			}
			types[name] = field
		}
		return field.Type, raw(q.object, current, field.Name), true
	}
	if q.where != nil { // also a query that finds nothing is checked
		current = &sandbox.Record{}
		if _, f := q.where(value); f != nil {
			return nil, nil, f
		}
	}
	for _, r := range records {
		current = r
		if q.where != nil {
			if yes, f := q.where(value); f != nil || !yes {
				continue
			}
		}
		l.rows = append(l.rows, r)
	}
	for _, o := range q.order {
		if _, ok := s.field(q.object, o.field); !ok {
			return nil, nil, noField(o.field)
		}
	}
	if len(q.order) > 0 {
		slices.SortStableFunc(l.rows, func(a, b *sandbox.Record) int {
			for _, o := range q.order {
				c := strings.Compare(raw(q.object, a, o.field), raw(q.object, b, o.field))
				if o.desc {
					c = -c
				}
				if c != 0 {
					return c
				}
			}
			return 0
		})
	}
	if q.limit >= 0 {
		l.rows = l.rows[:min(q.limit, len(l.rows))]
	}
	return q, l, nil
}

// record is a row as JSON; the type and address of the record come with it.
func (s *Server) record(l *locator, r *sandbox.Record) map[string]any {
	out := map[string]any{"attributes": map[string]string{"type": l.object, "url": "/services/data/" + version + "/sobjects/" + l.object + "/" + r.ID}}
	for _, f := range l.fields {
		out[f.Name] = s.view(l.object, r, f)
	}
	return out
}

var batchSize = regexp.MustCompile(`batchSize=(\d+)`)

func (s *Server) query(all bool) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		if len(r.URL.RequestURI()) > 16384 {
			return &failure{http.StatusRequestURITooLong, "UNKNOWN_EXCEPTION", "URI too long", nil}
		}
		q, l, f := s.run(r.URL.Query().Get("q"), all)
		if f != nil {
			return f
		}
		if q.count {
			sandbox.WriteJSON(w, http.StatusOK, map[string]any{"totalSize": len(l.rows), "done": true, "records": []any{}})
			return nil
		}
		l.page, l.ends = 2000, s.Now().Add(48*time.Hour)
		if m := batchSize.FindStringSubmatch(r.Header.Get("Sforce-Query-Options")); m != nil {
			n, _ := strconv.Atoi(m[1]) // digits
			l.page = min(max(n, s.options.LeastPage), 2000)
		}
		id := "0r8000000000001"
		if len(l.rows) > l.page {
			id = s.next("0r8")
			s.mu.Lock()
			s.locators[id] = l
			s.mu.Unlock()
		}
		s.answer(l, w, id, 0)
		return nil
	}
}

func (s *Server) answer(l *locator, w http.ResponseWriter, id string, at int) {
	end := min(at+l.page, len(l.rows))
	records := make([]any, 0, end-at)
	for _, r := range l.rows[at:end] {
		records = append(records, s.record(l, r))
	}
	out := map[string]any{"totalSize": len(l.rows), "done": end == len(l.rows), "records": records}
	if end < len(l.rows) {
		out["nextRecordsUrl"] = fmt.Sprintf("/services/data/%s/query/%s-%d", version, id, end)
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
}

// more answers a further page of a query.
func (s *Server) more(w http.ResponseWriter, r *http.Request) *failure {
	id, at, _ := strings.Cut(r.PathValue("locator"), "-")
	n, err := strconv.Atoi(at)
	s.mu.Lock()
	l := s.locators[id]
	s.mu.Unlock()
	if l == nil || err != nil || n < 0 || n > len(l.rows) || !s.Now().Before(l.ends) {
		return bad("INVALID_QUERY_LOCATOR", "invalid query locator")
	}
	s.answer(l, w, id, n)
	return nil
}

// touched answers what was updated (30 days back at most) or deleted (15 days) in a stretch of time.
func (s *Server) touched(what string) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		object, query := r.PathValue("object"), r.URL.Query()
		if objects[object] == nil {
			return &failure{http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist", nil}
		}
		start, errStart := time.Parse(time.RFC3339, query.Get("start"))
		end, errEnd := time.Parse(time.RFC3339, query.Get("end"))
		back := 30
		if what == "deletedRecords" {
			back = 15
		}
		switch {
		case errStart != nil || errEnd != nil:
			return bad("INVALID_REPLICATION_DATE", "start and end must be dateTimes")
		case start.Before(s.Now().AddDate(0, 0, -back)):
			return bad("INVALID_REPLICATION_DATE", "startDate cannot be more than %d days ago", back)
		case !start.Add(time.Minute).Before(end):
			return bad("INVALID_REPLICATION_DATE", "startDate before endDate, and not within the same minute")
		}
		list := []any{}
		for _, record := range s.Store.All(object) {
			if at := modstamp(record); at.Before(start) || !at.Before(end) || record.Archived() != (what == "deletedRecords") {
				continue
			}
			if record.Archived() {
				list = append(list, map[string]string{"id": record.ID, "deletedDate": stamp(record.ArchivedAt)})
			} else {
				list = append(list, record.ID)
			}
		}
		out := map[string]any{what: list, "latestDateCovered": stamp(end)}
		if what == "deletedRecords" {
			out["earliestDateAvailable"] = stamp(s.Now().AddDate(0, 0, -back))
		}
		sandbox.WriteJSON(w, http.StatusOK, out)
		return nil
	}
}
