package salesforce

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// job is one of Bulk API 2.0: it is worked off by itself, in JobTime.
type job struct {
	id, kind, operation, object string
	query                       *locator
	rows                        [][]string // of the upload, its header first
	state                       string     // Open, UploadComplete, Aborted; the others follow from ready
	ready                       time.Time
	failed                      []string // for each row of the upload: why not
}

func (s *Server) createJob(w http.ResponseWriter, r *http.Request) *failure {
	var body struct{ Operation, Query, Object, ContentType, LineEnding string }
	if f := decode(w, r, &body); f != nil {
		return f
	}
	j := &job{id: s.next("750"), kind: r.PathValue("kind"), operation: body.Operation, object: body.Object, state: "Open"}
	switch {
	case j.kind == "query" && (j.operation == "query" || j.operation == "queryAll"):
		_, l, f := s.run(body.Query, j.operation == "queryAll")
		if f != nil {
			return f
		}
		j.query, j.object, j.state, j.ready = l, l.object, "UploadComplete", s.Now().Add(s.options.JobTime)
	case j.kind == "ingest" && j.operation == "update" && objects[j.object] != nil:
	default:
		return bad("INVALIDJOB", "the operation or object is not supported")
	}
	s.mu.Lock()
	s.jobs[j.id] = j
	s.mu.Unlock()
	s.tell(w, j)
	return nil
}

func (s *Server) job(r *http.Request) (*job, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[r.PathValue("id")]
	if kind := r.PathValue("kind"); j == nil || kind != "" && kind != j.kind {
		return nil, &failure{http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist", nil}
	}
	return j, nil
}

// status follows from the clock.
func (s *Server) status(j *job) string {
	if j.state == "UploadComplete" {
		if s.Now().Before(j.ready) {
			return "InProgress"
		}
		return "JobComplete"
	}
	return j.state
}

func (s *Server) tell(w http.ResponseWriter, j *job) {
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"id": j.id, "operation": j.operation, "object": j.object, "state": s.status(j), "contentType": "CSV", "lineEnding": "LF",
		"concurrencyMode": "Parallel", "apiVersion": json.Number("62.0"), "contentUrl": "services/data/" + version + "/jobs/ingest/" + j.id + "/batches"})
}

func (s *Server) pollJob(w http.ResponseWriter, r *http.Request) *failure {
	j, f := s.job(r)
	if f == nil {
		s.tell(w, j)
	}
	return f
}

// upload takes the rows of a job, once.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) *failure {
	j, f := s.job(r)
	if f != nil {
		return f
	}
	rows, err := csv.NewReader(io.LimitReader(r.Body, 150<<20)).ReadAll()
	if err != nil || len(rows) == 0 || j.state != "Open" || j.rows != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/csv") {
		return bad("INVALIDBATCH", "the job takes one upload of CSV")
	}
	j.rows = rows
	w.WriteHeader(http.StatusCreated)
	return nil
}

// closeJob ends the upload, and the work begins; or it gives the job up.
func (s *Server) closeJob(w http.ResponseWriter, r *http.Request) *failure {
	var body struct{ State string }
	if f := decode(w, r, &body); f != nil {
		return f
	}
	j, f := s.job(r)
	if f != nil {
		return f
	}
	if j.state == "Open" || body.State == "Aborted" {
		j.state, j.ready = body.State, s.Now().Add(s.options.JobTime)
	}
	if j.state == "UploadComplete" && j.kind == "ingest" && j.failed == nil {
		s.ingest(j)
	}
	s.tell(w, j)
	return nil
}

// ingest carries the rows out, each for itself.
func (s *Server) ingest(j *job) {
	header := j.rows[0]
	for _, cells := range j.rows[1:] {
		id, values := "", map[string]any{}
		for i, name := range header {
			f, _ := s.field(j.object, name)
			switch cell := cells[i]; {
			case name == "Id":
				id = cell
			case cell == "": // leaves the value as it is
			case cell == "#N/A":
				values[name] = nil
			case f.Type == "boolean":
				values[name] = cell == "true"
			case f.Type == "int" || f.Type == "double" || f.Type == "currency":
				values[name] = json.Number(cell)
			default:
				values[name] = cell
			}
		}
		why := ""
		if f := s.set(j.object, id, values); f != nil {
			why = fmt.Sprintf("%s:%s:%s --", f.code, f.message, strings.Join(f.fields, ","))
		}
		j.failed = append(j.failed, why)
	}
}

// queryResults answers a page of what a query job has found, as CSV.
func (s *Server) queryResults(w http.ResponseWriter, r *http.Request) *failure {
	j, f := s.job(r)
	if f != nil {
		return f
	}
	if s.status(j) != "JobComplete" {
		return bad("INVALIDJOBSTATE", "the job is not complete")
	}
	at, _ := strconv.Atoi(r.URL.Query().Get("locator")) // none: the first page
	size, err := strconv.Atoi(r.URL.Query().Get("maxRecords"))
	if err != nil || size <= 0 {
		size = 50000
	}
	rows := j.query.rows[min(at, len(j.query.rows)):]
	next := "null"
	if len(rows) > size {
		rows, next = rows[:size], strconv.Itoa(at+size)
	}
	w.Header().Set("Sforce-Locator", next)
	w.Header().Set("Sforce-NumberOfRecords", strconv.Itoa(len(rows)))
	header, out := []string{}, [][]string{}
	for _, f := range j.query.fields {
		header = append(header, f.Name)
	}
	for _, record := range rows {
		cells := make([]string, 0, len(header))
		for _, f := range j.query.fields {
			cell := s.view(j.object, record, f)
			if cell == nil {
				cell = ""
			}
			cells = append(cells, strings.Replace(fmt.Sprint(cell), "+0000", "Z", 1))
		}
		out = append(out, cells)
	}
	writeCSV(w, header, out)
	return nil
}

// ingestResults answers which rows of a job were written, or why not.
func (s *Server) ingestResults(w http.ResponseWriter, r *http.Request) *failure {
	j, f := s.job(r)
	if f != nil {
		return f
	}
	if s.status(j) != "JobComplete" {
		return bad("INVALIDJOBSTATE", "the job is not complete")
	}
	header, out := []string{"sf__Id", "sf__Created"}, [][]string{}
	wantFailed := r.PathValue("results") == "failedResults"
	if wantFailed {
		header[1] = "sf__Error"
	}
	at := slices.Index(j.rows[0], "Id")
	for i, cells := range j.rows[1:] {
		if why := j.failed[i]; (why != "") == wantFailed && r.PathValue("results") != "unprocessedrecords" {
			second := "false"
			if wantFailed {
				second = why
			}
			out = append(out, append([]string{cells[at], second}, cells...))
		}
	}
	writeCSV(w, append(header, j.rows[0]...), out)
	return nil
}

func writeCSV(w http.ResponseWriter, header []string, rows [][]string) {
	w.Header().Set("Content-Type", "text/csv; charset=UTF-8")
	c := csv.NewWriter(w)
	_ = c.Write(header)
	_ = c.WriteAll(rows) // the client has gone: nobody to tell
}
