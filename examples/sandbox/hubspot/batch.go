package hubspot

import (
	"net/http"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

const batchLimit = 100

type batchBody struct {
	Inputs     []input  `json:"inputs"`
	Properties []string `json:"properties"`
	IDProperty string   `json:"idProperty"`
}

// batch collects the answer of a batch call. Its results stand in id order, not in
// the order of the inputs.
type batch struct {
	s       *Server
	started string
	results []object
	errors  []batchError
	missing []string
}

func (s *Server) newBatch() *batch { return &batch{s: s, started: stamp(s.Now())} }

func (b *batch) write(w http.ResponseWriter, status int, k *kind) {
	if len(b.missing) > 0 { // one error for all of them
		b.errors = append(b.errors, newBatchError("OBJECT_NOT_FOUND",
			"Could not get some "+k.upper()+" objects, they may be deleted or not exist. Check that ids are valid.", b.missing...))
	}
	body := struct {
		Status      string       `json:"status"`
		Results     []object     `json:"results"`
		NumErrors   int          `json:"numErrors,omitempty"`
		Errors      []batchError `json:"errors,omitempty"`
		StartedAt   string       `json:"startedAt"`
		CompletedAt string       `json:"completedAt"`
	}{"COMPLETE", b.results, len(b.errors), b.errors, b.started, stamp(b.s.Now())}
	slices.SortStableFunc(body.Results, func(x, y object) int { return sandbox.CompareIDs(x.ID, y.ID) })
	if body.Results == nil {
		body.Results = []object{}
	}
	if len(b.errors) > 0 {
		status = http.StatusMultiStatus
	}
	sandbox.WriteJSON(w, status, body)
}

// inputs reads a batch body. No "inputs" key is an empty batch, answered with
// success.
func inputs(w http.ResponseWriter, r *http.Request) (batchBody, error) {
	var body batchBody
	if err := decode(w, r, &body); err != nil {
		return body, err
	}
	if n := len(body.Inputs); n > batchLimit {
		return body, invalid("The maximum number of inputs supported in a batch request for property values is %d, %d were given", batchLimit, n)
	}
	seen := map[string]bool{}
	for _, in := range body.Inputs {
		if in.ID != "" && seen[in.ID] {
			return body, invalid("Duplicate IDs found in batch input: [%s]. IDs must be unique", in.ID)
		}
		seen[in.ID] = true
	}
	return body, nil
}

func (s *Server) batchRead(w http.ResponseWriter, r *http.Request, k *kind) error {
	body, err := inputs(w, r)
	if err != nil {
		return err
	}
	b := s.newBatch()
	archived := r.URL.Query().Get("archived") == "true"
	for _, in := range body.Inputs {
		rec, err := s.find(k, in.ID, body.IDProperty)
		if err != nil {
			return err
		}
		if rec == nil || rec.Archived() != archived {
			b.missing = append(b.missing, in.ID)
			continue
		}
		b.results = append(b.results, s.show(k, rec, body.Properties))
	}
	b.write(w, http.StatusOK, k)
	return nil
}

// checked is an input whose values passed.
type checked struct {
	input
	values map[string]string
}

// checkAll reads a batch body and cleans the values of all inputs. One bad value refuses the whole call,
// naming only the first offender, unless IsolateBadValues.
func (s *Server) checkAll(w http.ResponseWriter, r *http.Request, k *kind, b *batch) ([]checked, error) {
	body, err := inputs(w, r)
	if err != nil {
		return nil, err
	}
	var good []checked
	for _, one := range body.Inputs {
		values, problems := s.clean(k, one.Properties)
		if len(problems) == 0 {
			good = append(good, checked{one, values})
			continue
		}
		e := valuesError(problems)
		if !s.options.IsolateBadValues {
			return nil, e
		}
		be := newBatchError("VALIDATION_ERROR", e.Message, one.ID)
		be.Errors = e.Errors
		b.errors = append(b.errors, be)
	}
	return good, nil
}

func (s *Server) batchUpdate(w http.ResponseWriter, r *http.Request, k *kind) error {
	b := s.newBatch()
	good, err := s.checkAll(w, r, k, b)
	if err != nil {
		return err
	}
	for _, in := range good {
		if in.IDProperty == "" && !isDigits(in.ID) {
			continue // an e-mail as id without idProperty: success, and nothing changes
		}
		rec, err := s.find(k, in.ID, in.IDProperty)
		if err != nil {
			return err
		}
		if rec == nil || rec.Archived() {
			b.missing = append(b.missing, in.ID)
			continue
		}
		s.updateOne(k, rec, in, b)
	}
	b.write(w, http.StatusOK, k)
	return nil
}

func (s *Server) updateOne(k *kind, rec *sandbox.Record, in checked, b *batch) {
	if s.dropped(k, rec.ID) {
		return
	}
	if e := s.rejected(k, rec.ID); e != nil {
		b.errors = append(b.errors, newBatchError(e.Category, e.Message, in.ID))
		return
	}
	if e := s.checkDuplicate(k, rec.ID, in.values); e != nil {
		b.errors = append(b.errors, newBatchError(e.Category, e.Message, in.ID))
		return
	}
	b.results = append(b.results, s.echo(k, s.store1(k, rec, in.values), in.values, in.TraceID))
}

// batchCreate adds records; a value problem or a conflict refuses the whole call
// and names the first offender only.
func (s *Server) batchCreate(w http.ResponseWriter, r *http.Request, k *kind) error {
	b := s.newBatch()
	good, err := s.checkAll(w, r, k, b)
	if err != nil {
		return err
	}
	for _, in := range good {
		if e := s.checkDuplicate(k, "", in.values); e != nil {
			if in.TraceID != "" {
				e.Context = map[string][]string{"objectWriteTraceId": {in.TraceID}}
			}
			return e
		}
	}
	for _, in := range good {
		b.results = append(b.results, s.echo(k, s.add(k, in.values), in.values, in.TraceID))
	}
	b.write(w, http.StatusCreated, k)
	return nil
}

func (s *Server) batchUpsert(w http.ResponseWriter, r *http.Request, k *kind) error {
	b := s.newBatch()
	good, err := s.checkAll(w, r, k, b)
	if err != nil {
		return err
	}
	for _, in := range good {
		rec, err := s.find(k, in.ID, in.IDProperty)
		if err != nil {
			return err
		}
		if rec != nil && !rec.Archived() {
			s.updateOne(k, rec, in, b)
			continue
		}
		if in.IDProperty == "" || in.IDProperty == "hs_object_id" {
			b.missing = append(b.missing, in.ID)
			continue
		}
		in.values[in.IDProperty] = in.ID
		o := s.echo(k, s.add(k, in.values), in.values, in.TraceID)
		o.New = new(true)
		b.results = append(b.results, o)
	}
	for i := range b.results {
		if b.results[i].New == nil {
			b.results[i].New = new(false)
		}
	}
	b.write(w, http.StatusOK, k)
	return nil
}

func (s *Server) batchArchive(w http.ResponseWriter, r *http.Request, k *kind) error {
	body, err := inputs(w, r)
	if err != nil {
		return err
	}
	for _, in := range body.Inputs {
		s.Store.Archive(k.name, strings.TrimSpace(in.ID))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
