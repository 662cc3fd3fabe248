package zoho

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// What paging reaches: so many records by page number, so many by token.
const (
	byPage  = 2000
	byToken = 100_000
)

// deletedFor is how long deleted records are listed.
const deletedFor = 120 * 24 * time.Hour

// listing is where a page token goes on.
type listing struct {
	module, since string
	from          int
	ends          time.Time
}

// list answers a page of 200 records at most. fields are needed, 50 at most; nothing is
// 204, nothing new 304, and If-Modified-Since must stay the same from page to page.
func (s *Server) list(w http.ResponseWriter, r *http.Request) *failure {
	name, q := r.PathValue("module"), r.URL.Query()
	if f := known(name); f != nil {
		return f
	}
	names := asked(q.Get("fields"))
	switch {
	case len(names) == 0:
		return fail(http.StatusBadRequest, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing")
	case len(names) > 50:
		return fail(http.StatusBadRequest, "LIMIT_EXCEEDED", "More than 50 fields")
	case q.Get("page") != "" && q.Get("page_token") != "":
		return fail(http.StatusBadRequest, "AMBIGUITY_DURING_PROCESSING", "page and page_token")
	}
	size := 200
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil {
		size = min(max(n, 1), 200)
	}
	since := r.Header.Get("If-Modified-Since")
	var from int
	if token := q.Get("page_token"); token != "" {
		s.mu.Lock()
		at := s.lists[token]
		s.mu.Unlock()
		if at == nil || at.module != name || at.since != since || s.Now().After(at.ends) {
			return fail(http.StatusBadRequest, "EXPIRED_VALUE", "The given page_token has expired")
		}
		if from = at.from; from >= byToken {
			return fail(http.StatusBadRequest, "PAGINATION_LIMIT_EXCEEDED", "You can fetch only the first 100000 records")
		}
	} else if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 {
		if from = (n - 1) * size; from >= byPage {
			return fail(http.StatusBadRequest, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", "You can get only the first 2000 records with page")
		}
	}
	rows := s.Records(name)
	ids := asked(q.Get("ids"))
	if since != "" {
		at, err := time.Parse(time.RFC3339, since)
		if err != nil {
			return fail(http.StatusBadRequest, "INVALID_DATA", "If-Modified-Since")
		}
		rows = slices.DeleteFunc(rows, func(r *sandbox.Record) bool { return r.Modified.Before(at) })
	}
	if len(ids) > 0 {
		rows = slices.DeleteFunc(rows, func(r *sandbox.Record) bool { return !slices.Contains(ids, r.ID) })
	}
	sorted(rows, q.Get("sort_by"), q.Get("sort_order"))
	if len(rows) == 0 {
		w.WriteHeader(map[bool]int{true: http.StatusNotModified, false: http.StatusNoContent}[since != ""])
		return nil
	}
	to := min(from+size, len(rows))
	data := []any{}
	for _, row := range rows[min(from, to):to] {
		data = append(data, s.view(name, row, names))
	}
	info := map[string]any{"per_page": size, "count": len(data), "page": from/size + 1, "more_records": to < len(rows), "next_page_token": nil, "page_token_expiry": nil}
	if to < len(rows) {
		s.mu.Lock()
		s.ids++
		token := fmt.Sprintf("%s-%d-token", name, s.ids)
		at := &listing{name, since, to, s.Now().Add(24 * time.Hour)}
		s.lists[token] = at
		s.mu.Unlock()
		info["next_page_token"], info["page_token_expiry"] = token, at.ends.Format(time.RFC3339)
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": data, "info": info})
	return nil
}

// sorted orders rows: by id, the newest first, unless something else is asked for.
func sorted(rows []*sandbox.Record, by, order string) {
	slices.SortStableFunc(rows, func(a, b *sandbox.Record) int {
		c := 0
		if by == "Modified_Time" {
			c = a.Modified.Compare(b.Modified)
		}
		if c == 0 {
			c = sandbox.CompareIDs(a.ID, b.ID)
		}
		if order != "asc" {
			c = -c
		}
		return c
	})
}

// deleted lists deleted records, by page number.
func (s *Server) deleted(w http.ResponseWriter, r *http.Request) *failure {
	name, q := r.PathValue("module"), r.URL.Query()
	if f := known(name); f != nil {
		return f
	}
	since, err := time.Parse(time.RFC3339, r.Header.Get("If-Modified-Since"))
	if err != nil && r.Header.Get("If-Modified-Since") != "" {
		return fail(http.StatusBadRequest, "INVALID_DATA", "If-Modified-Since")
	}
	var rows []*sandbox.Record
	for _, row := range s.Store.All(name) {
		if row.Archived() && !row.ArchivedAt.Before(since) && s.Now().Sub(row.ArchivedAt) < deletedFor {
			rows = append(rows, row)
		}
	}
	page := 1
	if n, err := strconv.Atoi(q.Get("page")); err == nil {
		page = max(n, 1)
	}
	from := min((page-1)*200, len(rows))
	to := min(from+200, len(rows))
	if from == to {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	data := []any{}
	for _, row := range rows[from:to] {
		data = append(data, map[string]any{"id": row.ID, "display_name": "Name", "type": "recycle", "deleted_time": row.ArchivedAt.In(s.options.Zone).Format("2006-01-02T15:04:05-07:00")})
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": data, "info": map[string]any{"per_page": 200, "count": len(data), "page": page, "more_records": to < len(rows)}})
	return nil
}

func (s *Server) count(w http.ResponseWriter, r *http.Request) *failure {
	if f := known(r.PathValue("module")); f != nil {
		return f
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]int{"count": s.Store.Len(r.PathValue("module"))})
	return nil
}

// job is a bulk read.
type job struct {
	module string
	fields []string
	page   int
	ends   time.Time
}

// bulkPage is how many rows one bulk job reads.
const bulkPage = 200_000

func (s *Server) submit(w http.ResponseWriter, r *http.Request) *failure {
	var body struct {
		Query struct {
			Module struct {
				Name string `json:"api_name"`
			} `json:"module"`
			Fields []string `json:"fields"`
			Page   int      `json:"page"`
		} `json:"query"`
	}
	if f := decode(r, &body); f != nil {
		return f
	}
	if f := known(body.Query.Module.Name); f != nil {
		return f
	}
	if f := s.charge(49); f != nil { // fifty credits for a job
		return f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs = append(s.jobs, &job{body.Query.Module.Name, body.Query.Fields, max(body.Query.Page, 1), s.Now().Add(s.options.JobTime)})
	sandbox.WriteJSON(w, http.StatusCreated, map[string]any{"data": []any{map[string]any{"status": "success", "code": "ADDED_SUCCESSFULLY", "message": "Added successfully.",
		"details": map[string]any{"id": strconv.Itoa(len(s.jobs)), "operation": "read", "state": "ADDED"}}}, "info": map[string]any{}})
	return nil
}

func (s *Server) job(id string) *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := strconv.Atoi(id)
	if err != nil || n < 1 || n > len(s.jobs) {
		return nil
	}
	return s.jobs[n-1]
}

func (s *Server) poll(w http.ResponseWriter, r *http.Request) *failure {
	j := s.job(r.PathValue("id"))
	if j == nil {
		return fail(http.StatusNotFound, "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.")
	}
	row := map[string]any{"id": r.PathValue("id"), "operation": "read", "state": "IN PROGRESS"}
	if !j.ends.After(s.Now()) {
		n := s.Store.Len(j.module)
		row["state"] = "COMPLETED"
		row["result"] = map[string]any{"page": j.page, "per_page": bulkPage, "count": max(0, min(bulkPage, n-(j.page-1)*bulkPage)), "more_records": n > j.page*bulkPage,
			"download_url": "/crm/bulk/v8/read/" + r.PathValue("id") + "/result"}
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": []any{row}})
	return nil
}

// result is a ZIP archive with one CSV, in which a link is the id alone.
func (s *Server) result(w http.ResponseWriter, r *http.Request) *failure {
	j := s.job(r.PathValue("id"))
	if j == nil || j.ends.After(s.Now()) {
		return fail(http.StatusNotFound, "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.")
	}
	rows := s.Records(j.module)
	from := min((j.page-1)*bulkPage, len(rows))
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	file, err := z.Create(r.PathValue("id") + ".csv")
	if err != nil {
		return fail(http.StatusInternalServerError, "INTERNAL_ERROR", "internal error")
	}
	out := csv.NewWriter(file)
	_ = out.Write(append([]string{"Id"}, j.fields...)) // into memory
	for _, row := range rows[from:min(from+bulkPage, len(rows))] {
		view := s.view(j.module, row, j.fields)
		line := []string{row.ID}
		for _, name := range j.fields {
			switch v := view[name].(type) {
			case nil:
				line = append(line, "")
			case map[string]any:
				line = append(line, fmt.Sprint(v["id"]))
			default:
				line = append(line, fmt.Sprint(v))
			}
		}
		_ = out.Write(line)
	}
	out.Flush()
	_ = z.Close()
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", "attachment; filename="+r.PathValue("id")+".zip") // the vendor's client needs it
	_, _ = w.Write(archive.Bytes())
	return nil
}
