package connector

import (
	"context"
	"errors"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/rowfile"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// contentTypes are those of uploads, by format.
var contentTypes = map[string]string{rowfile.CSV: "text/csv", rowfile.NDJSON: "application/x-ndjson"}

// sendJob writes a batch as a job: submit, upload, start, wait, and read what became of the records. Of a job that was begun
// and whose end is not seen, the outcome is not known; the caller reads back before it tries again.
func (w *writer) sendJob(ctx context.Context, batch []Write, records []any, vars map[string]any) ([]Outcome, error) {
	c, j := w.c, w.job
	id, err := c.submit(ctx, transport.Write, j.Submit, j.ID, vars)
	if err != nil {
		return nil, err
	}
	vars["job"] = map[string]any{"id": id}
	if j.Upload != nil {
		if err := w.upload(ctx, batch, records, vars); err != nil {
			return nil, err
		}
	}
	found := jobOutcomes{w: w, at: make(map[string]int, len(batch)), outcomes: make([]Outcome, len(batch)), told: make([]bool, len(batch)), batch: batch, vars: vars}
	for i, write := range batch {
		found.at[write.ID], found.outcomes[i].ID = i, write.ID
	}
	watch := jobWatch{poll: j.Poll, done: j.Done, failed: j.Failed, every: j.Every, within: j.Within, finished: func(a *transport.Answer) error {
		for _, r := range j.Results {
			if r.Request == nil {
				if err := found.read(a, r); err != nil {
					return err
				}
			}
		}
		return nil
	}}
	if _, err = c.await(ctx, &watch, id, vars); err == nil {
		err = found.ask(ctx)
	}
	if errors.Is(err, errJobFailed) {
		return nil, &crm.Error{Code: crm.CodeProtocol, Message: "the CRM gave up a job that writes records", Suggestion: "look for the job in the CRM, which may tell why, and run again"}
	}
	if err != nil {
		return unknown(batch), err
	}
	return found.all(), nil
}

// upload sends the rows and says that they are complete.
func (w *writer) upload(ctx context.Context, batch []Write, records []any, vars map[string]any) error {
	format := orDefault(w.job.Format, rowfile.CSV)
	rows := make([]map[string]any, len(batch))
	for i, record := range records {
		vars["record"] = w.cells(record, batch[i], format)
		row, _, err := w.job.Row.Eval(vars)
		if err != nil {
			return &crm.Error{Code: crm.CodeConfig, Message: "a row of the connector manifest cannot be filled in: " + err.Error()}
		}
		rows[i], _ = row.(map[string]any)
	}
	delete(vars, "record")
	data, err := rowfile.Write(rows, format)
	if err != nil {
		return &crm.Error{Code: crm.CodeInternal, Message: "rows cannot be encoded"}
	}
	call, err := transport.Build(transport.Write, w.job.Upload, vars)
	if err != nil {
		return err
	}
	call.Raw, call.Type = data, contentTypes[format]
	if err := w.c.client.Do(ctx, call, func(*transport.Answer) error { return nil }); err != nil {
		return err
	}
	if w.job.Start == nil {
		return nil
	}
	return w.c.call(ctx, transport.Write, w.job.Start, vars, func(*transport.Answer) error { return nil })
}

// cells is a record whose values stand in cells: one that is cleared has a text of its own.
func (w *writer) cells(record any, write Write, format string) any {
	clear := ""
	if w.job.Clear != nil {
		clear = *w.job.Clear
	}
	if format != rowfile.CSV {
		return record
	}
	whole := record.(map[string]any)
	values := map[string]any{}
	for key, text := range write.Fields {
		f := w.fields[key]
		if values[f.name] = whole["values"].(map[string]any)[f.name]; text == "" {
			values[f.name] = clear
		}
	}
	return map[string]any{"id": write.ID, "values": values}
}

// jobOutcomes gathers what a job's results tell.
type jobOutcomes struct {
	w        *writer
	batch    []Write
	vars     map[string]any
	at       map[string]int // position by id
	outcomes []Outcome
	told     []bool
}

// ask reads the results that have requests of their own.
func (f *jobOutcomes) ask(ctx context.Context) error {
	for _, r := range f.w.job.Results {
		if r.Request == nil {
			continue
		}
		call, err := transport.Build(transport.Write, r.Request, f.vars)
		if err != nil {
			return err
		}
		if orDefault(r.Format, "json") != "json" {
			call = call.Spooled()
		}
		if err := f.w.c.client.Do(ctx, call, func(a *transport.Answer) error { return f.read(a, r) }); err != nil {
			return err
		}
	}
	return nil
}

// read takes the rows of a result.
func (f *jobOutcomes) read(a *transport.Answer, r *manifest.JobResult) error {
	return eachRow(a, orDefault(r.Format, "json"), r.Rows, nil, func(row *fastjson.Value) error {
		i, ours := f.at[mapping.Text(r.ID.In(row))]
		if !ours {
			return nil
		}
		out := Outcome{ID: f.batch[i].ID}
		written := r.Failures == nil
		if r.Written != nil {
			written = holds(r.Written, f.vars, row)
		}
		if written {
			out.UpdatedAt = f.w.stampAt(r.Updated, row)
		} else {
			f.w.failBy(r.Failures, &out, f.batch[i], row, f.vars)
		}
		f.outcomes[i], f.told[i] = out, true
		return nil
	})
}

// all are the outcomes, also of the records that no result names.
func (f *jobOutcomes) all() []Outcome {
	for i := range f.outcomes {
		if !f.told[i] && f.w.job.Silent != "written" {
			f.outcomes[i].Error = unconfirmed()
		}
	}
	return f.outcomes
}
