package freshsales

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// change is what a call wants of a record.
type change struct {
	Custom map[string]any `json:"custom_field"`
}

// apply checks and does a change.
func (s *Server) apply(k *kind, id string, c change) *failure {
	record, ok := s.Store.Get(k.plural, id)
	if !ok || record.Archived() {
		return missing
	}
	values := map[string]string{}
	for name, v := range c.Custom {
		f, known := s.Store.Field(k.plural, name)
		if !known || f.BuiltIn {
			return invalid(name + " is not a field")
		}
		if v == nil || v == "" {
			values[name] = ""
			continue
		}
		_, isNumber := v.(json.Number)
		text := fmt.Sprint(v)
		switch {
		case (f.Type == "number" || f.Type == "decimal") != isNumber:
			return invalid(f.Label + " has the wrong type")
		case f.Type == "dropdown" && !slices.ContainsFunc(f.Options, func(o sandbox.Option) bool { return o.Value == text }):
			return invalid(f.Label + " is not included in the list")
		}
		values[name] = text
	}
	if why, rejected := s.Rejected(k.plural, id); rejected {
		return invalid(why.Message)
	}
	if !s.Dropped(k.plural, id) {
		s.Store.Update(k.plural, id, values)
	}
	return nil
}

// update changes one record, wrapped in its kind's name.
func (s *Server) update(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		var body map[string]change
		if f := decode(w, r, &body); f != nil {
			return f
		}
		if f := s.apply(k, r.PathValue("id"), body[k.singular]); f != nil {
			return f
		}
		return s.read(k)(w, r)
	}
}

// job is a bulk change under way.
type job struct {
	ends                      time.Time
	done                      func() []map[string]any // its failures
	failures                  []map[string]any
	worked                    bool
	records, succeeded, wrong int
}

// bulk takes up to 100 records and answers where its progress can be asked for. When too many jobs wait, it answers 405.
func (s *Server) bulk(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		var body map[string][]struct {
			ID   json.Number `json:"id"`
			Data change      `json:"data"`
		}
		if f := decode(w, r, &body); f != nil {
			return f
		}
		records := body[k.plural]
		if len(records) == 0 || len(records) > 100 {
			return invalid("1 to 100 records are allowed")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		waiting := 0
		for _, j := range s.jobs {
			if j.ends.After(s.Now()) {
				waiting++
			}
		}
		if waiting >= s.options.Jobs {
			return &failure{http.StatusMethodNotAllowed, "Method not allowed"}
		}
		s.jobs = append(s.jobs, &job{ends: s.Now().Add(s.options.JobTime), records: len(records), done: func() (failures []map[string]any) {
			for _, record := range records {
				if f := s.apply(k, record.ID.String(), record.Data); f != nil {
					failures = append(failures, map[string]any{"id": record.ID, "errors": []string{f.message}})
				}
			}
			return failures
		}})
		sandbox.WriteJSON(w, http.StatusAccepted, map[string]any{"job_status_url": fmt.Sprintf("https://%s%s/job_statuses/%d", r.Host, Root, len(s.jobs))})
		return nil
	}
}

// status tells how a job stands; what became of its records is JSON within a text.
func (s *Server) status(w http.ResponseWriter, r *http.Request) *failure {
	n, err := strconv.Atoi(r.PathValue("id"))
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || n < 1 || n > len(s.jobs) {
		return missing
	}
	j := s.jobs[n-1]
	if j.ends.After(s.Now()) {
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"id": n, "status": "inprogress", "data": nil})
		return nil
	}
	if !j.worked {
		j.worked, j.failures = true, j.done()
		j.wrong, j.succeeded = len(j.failures), j.records-len(j.failures)
	}
	data, err := json.Marshal(map[string]any{"record_status": map[string]any{"succeeded": j.succeeded, "failed": j.wrong}, "detailed_failure_report": j.failures})
	if err != nil {
		return &failure{http.StatusInternalServerError, "internal error"}
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"id": n, "status": "completed", "data": string(data)})
	return nil
}
