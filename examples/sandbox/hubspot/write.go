package hubspot

import (
	"net/http"

	"github.com/taxonhq/taxon/examples/sandbox"
)

type input struct {
	ID         string         `json:"id"`
	IDProperty string         `json:"idProperty"`
	Properties map[string]any `json:"properties"`
	TraceID    string         `json:"objectWriteTraceId"`
}

func (s *Server) create(w http.ResponseWriter, r *http.Request, k *kind) error {
	var in input
	if err := decode(w, r, &in); err != nil {
		return err
	}
	values, problems := s.clean(k, in.Properties)
	if len(problems) > 0 {
		return valuesError(problems)
	}
	if e := s.checkDuplicate(k, "", values); e != nil {
		return e
	}
	rec := s.add(k, values)
	sandbox.WriteJSON(w, http.StatusCreated, s.echo(k, rec, values, in.TraceID))
	return nil
}

// add makes a record; a deal without a pipeline gets the first one.
func (s *Server) add(k *kind, values map[string]string) *sandbox.Record {
	if p := s.Store.Pipelines(Deals); k.name == Deals && values["pipeline"] == "" && len(p) > 0 {
		values["pipeline"] = p[0].ID
	}
	return s.Store.Put(k.name, sandbox.Record{Values: values})
}

// echo is a record as a write answers it: the default set and what was written.
func (s *Server) echo(k *kind, r *sandbox.Record, written map[string]string, trace string) object {
	names := s.defaults(k)
	for name := range written {
		names = append(names, name)
	}
	o := s.show(k, r, names)
	o.TraceID = trace
	return o
}

func (s *Server) update(w http.ResponseWriter, r *http.Request, k *kind) error {
	var in input
	if err := decode(w, r, &in); err != nil {
		return err
	}
	rec, err := s.find(k, r.PathValue("id"), r.URL.Query().Get("idProperty"))
	if err != nil {
		return err
	}
	if rec == nil || rec.Archived() {
		return notFound("Object not found.  objectId are usually numeric.")
	}
	values, problems := s.clean(k, in.Properties)
	if len(problems) > 0 {
		return valuesError(problems)
	}
	if e := s.checkDuplicate(k, rec.ID, values); e != nil {
		return e
	}
	if e := s.rejected(k, rec.ID); e != nil {
		return invalid("%s", e.Message)
	}
	sandbox.WriteJSON(w, http.StatusOK, s.echo(k, s.store1(k, rec, values), values, in.TraceID))
	return nil
}

// store1 writes values to one record. A write that changes nothing moves the
// modified date all the same, unless KeepDateOnSameValue.
func (s *Server) store1(k *kind, rec *sandbox.Record, values map[string]string) *sandbox.Record {
	if s.options.KeepDateOnSameValue {
		same := true
		for name, v := range values {
			same = same && rec.Values[name] == v
		}
		if same {
			return rec
		}
	}
	if n, ok := s.Store.Update(k.name, rec.ID, values); ok {
		return n
	}
	return rec
}

func (s *Server) archive(w http.ResponseWriter, r *http.Request, k *kind) error {
	s.Store.Archive(k.name, r.PathValue("id")) // 204 even for an unknown id
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) merge(w http.ResponseWriter, r *http.Request, k *kind) error {
	var in struct {
		Primary string `json:"primaryObjectId"`
		Loser   string `json:"objectIdToMerge"`
	}
	if err := decode(w, r, &in); err != nil {
		return err
	}
	rec, err := s.Store.Merge(k.name, in.Primary, in.Loser, !s.options.MergeKeepsID)
	if err != nil {
		return invalid("Unable to merge these records")
	}
	sandbox.WriteJSON(w, http.StatusOK, s.show(k, rec, nil))
	return nil
}

func (s *Server) erase(w http.ResponseWriter, r *http.Request, k *kind) error {
	var in struct {
		ID         string `json:"objectId"`
		IDProperty string `json:"idProperty"`
	}
	if err := decode(w, r, &in); err != nil {
		return err
	}
	rec, err := s.find(k, in.ID, in.IDProperty)
	if err != nil {
		return err
	}
	if rec != nil {
		s.Store.Erase(k.name, rec.ID)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
