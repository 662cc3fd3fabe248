package connector

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// What an answer to a write says about each of its records.

// codeFor is the code of a record's error.
func codeFor(f *transport.Failure) crm.Code {
	switch {
	case f.Class == manifest.ThenNotFound:
		return crm.CodeNotFound
	case f.Status == http.StatusPreconditionFailed:
		return crm.CodeConflict
	}
	return crm.CodeRecord
}

// byID matches rows and failures by id. What is in neither was not confirmed and counts as refused.
func (w *writer) byID(batch []Write, body *fastjson.Value, vars map[string]any) []Outcome {
	written := map[string]*fastjson.Value{}
	rows, _ := mapping.Rows(body, w.spec.Rows)
	for _, row := range rows {
		if w.spec.Written == nil || holds(w.spec.Written, vars, row) {
			written[mapping.Text(w.spec.ID.In(row))] = row
		}
	}
	failures := map[string]*fastjson.Value{}
	for _, f := range failuresIn(body, w.spec.Failures) {
		for _, id := range failedIDs(w.spec.Failures, f) {
			failures[id] = f
		}
	}
	outcomes := make([]Outcome, len(batch))
	for i, write := range batch {
		outcomes[i].ID = write.ID
		if f := failures[write.ID]; f != nil {
			w.fail(&outcomes[i], write, f, vars)
		} else if row := written[write.ID]; row != nil {
			outcomes[i].UpdatedAt = w.stamp(row)
		} else {
			outcomes[i].Error = unconfirmed()
		}
	}
	return outcomes
}

func unconfirmed() *crm.Error {
	return &crm.Error{Code: crm.CodeRecord, Message: "the CRM did not confirm that it has written the record"}
}

// byOrder matches rows by their order.
func (w *writer) byOrder(batch []Write, rows []*fastjson.Value, vars map[string]any) []Outcome {
	outcomes := make([]Outcome, len(batch))
	for i, write := range batch {
		outcomes[i].ID = write.ID
		if holds(w.spec.Written, vars, rows[i]) {
			outcomes[i].UpdatedAt = w.stamp(rows[i])
		} else {
			w.fail(&outcomes[i], write, rows[i], vars)
		}
	}
	return outcomes
}

// stamp is the change time in a row, zero when the CRM does not say.
func (w *writer) stamp(row *fastjson.Value) time.Time { return w.stampAt(w.spec.Updated, row) }

func (w *writer) stampAt(path mapping.Path, row *fastjson.Value) time.Time {
	t := mapping.Table{Updated: path, Seconds: w.o.spec.Seconds}
	at, ok := t.Stamp(mapping.Row{row})
	if !ok {
		return time.Time{}
	}
	return at
}

// fail turns a per-record error into an outcome.
func (w *writer) fail(out *Outcome, write Write, f *fastjson.Value, vars map[string]any) {
	w.failBy(w.spec.Failures, out, write, f, vars)
}

func (w *writer) failBy(spec *manifest.Failures, out *Outcome, write Write, f *fastjson.Value, vars map[string]any) {
	if spec == nil {
		spec = &manifest.Failures{}
	}
	code := crm.CodeRecord
	if holds(spec.NotFound, vars, f) {
		code = crm.CodeNotFound
	}
	if holds(spec.Conflict, vars, f) {
		code = crm.CodeConflict
	}
	out.Transient = holds(spec.Transient, vars, f)
	out.Error = w.refusal(write, code, textAt(f, spec.Code), textAt(f, spec.Text))
}

func textAt(v *fastjson.Value, p mapping.Path) string {
	if len(p) == 0 {
		return ""
	}
	return mapping.Text(p.In(v))
}

var shownCode = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,80}$`)

// refusal says why a record was refused: the CRM's code, and which of our fields its message names.
func (w *writer) refusal(write Write, code crm.Code, theirs, text string) *crm.Error {
	message := "the CRM refuses the record"
	if code == crm.CodeNotFound {
		message = "the CRM does not know the record"
	}
	if code == crm.CodeConflict {
		message = "somebody changed the record in the CRM at the same time; it is left as it is"
	}
	if shownCode.MatchString(theirs) {
		message += ": " + theirs
	}
	e := &crm.Error{Code: code, Message: message}
	for _, key := range slices.Sorted(maps.Keys(write.Fields)) {
		if strings.Contains(text, w.fields[key].name) {
			e.Pointer = key
			break
		}
	}
	return e
}
