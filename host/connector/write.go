package connector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// hopeless is how many records in a row may be refused for the same reason, with none written, before the rest is not
// tried: then the fault is not in the records.
const hopeless = 300

// inFlight is how many batches are under way at once: a request takes some tenths of a second, and limits allow more
// than one at a time gives.
const inFlight = 4

// write is Write without reading back.
func (c *Connector) write(ctx context.Context, kind crm.Kind, writes []Write, done func([]Outcome) error) error {
	o, err := c.writable(kind)
	if err != nil {
		return err
	}
	if o.spec.Write == nil {
		return c.cannot(kind, "write")
	}
	w := &writer{c: c, o: o, spec: o.spec.Write}
	if t := w.spec.Together; t != nil {
		w.together = t.When == nil || truth(t.When, c.vars(o))
	}
	if d := w.spec.Distinct; d != nil && (d.When == nil || truth(d.When, c.vars(o))) {
		w.distinct = &distinct{spec: d}
	}
	if j := o.spec.Write.Job; j != nil && len(writes) > j.Above {
		w.job = j
	}
	if err := w.prepare(ctx, writes); err != nil {
		return err
	}
	writes, refused := w.sendable(writes)
	if len(refused) > 0 {
		if err := done(refused); err != nil {
			return err
		}
	}
	batches, most := w.batches(writes)
	again := &secondTry{possible: most > 1 && (o.spec.Read == nil || o.spec.Read.Version == nil)}
	type settled struct {
		batch    []Write
		outcomes []Outcome
		err      error
	}
	results := make(chan settled, most)
	var failure error
	for running := 0; ; running-- {
		for ; failure == nil && running < most && len(batches) > 0; running++ {
			batch := batches[0]
			batches = batches[1:]
			go func() {
				outcomes, err := w.settle(ctx, batch)
				results <- settled{batch, outcomes, err}
			}()
		}
		if running == 0 {
			if failure == nil && again.worth(len(writes), w.spec.Batch) {
				return w.tryAgain(ctx, again, done)
			}
			if err := again.tell(done); failure == nil {
				failure = err
			}
			return failure
		}
		r := <-results
		var unheard error
		if told := again.hold(r.batch, r.outcomes); len(told) > 0 { // told also when the rest is not sent any more
			unheard = done(told)
		}
		for _, err := range []error{r.err, unheard, w.hope(r.outcomes)} {
			if failure == nil {
				failure = err
			}
		}
	}
}

// writer is one Write.
type writer struct {
	c    *Connector
	o    *object
	spec *manifest.Write
	job  *manifest.WriteJob // nil: by requests
	// together: a batch is first tried as a whole.
	together bool
	distinct *distinct         // nil: values that differ do not go together
	small    int               // records of a batch, when not as many as the CRM takes
	fields   map[string]stored // by our key
	failed   int               // records refused in a row
	reason   string
}

// prepare finds the CRM's names of all fields, so that none is refused or dropped record by record.
func (w *writer) prepare(ctx context.Context, writes []Write) error {
	keys := map[string]bool{}
	for _, write := range writes {
		for key := range write.Fields {
			keys[key] = true
		}
	}
	s, err := w.c.schema(ctx, w.o, transport.Discovery, false)
	if err != nil {
		return err
	}
	w.fields = map[string]stored{}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		f, err := w.c.find(w.o, s, key)
		if err != nil {
			return err
		}
		if f == nil {
			return &crm.Error{Code: crm.CodeConfig, Pointer: key, Message: "the field does not exist in the CRM", Suggestion: "provision the fields first"}
		}
		w.fields[key] = w.c.stored(w.o, key, f)
	}
	return nil
}

// batches fills requests: no id twice in one, and only equal values together where the CRM takes one set of values. most
// is how many may be under way at once: one, when an id is written twice, whose order must be kept.
func (w *writer) batches(writes []Write) (batches [][]Write, most int) {
	open := map[string]int{}                  // the batch being filled, by group
	last := make(map[string]int, len(writes)) // the batch that an id is in
	most = inFlight
	size := w.spec.Batch
	if w.job != nil {
		size = w.job.Batch
	}
	if w.small > 0 {
		size = w.small
	}
	full := w.full(writes, size)
	for _, write := range writes {
		group := ""
		switch {
		case w.job != nil: // a file's rows have the same columns, so that an empty cell is a value
			group = strings.Join(slices.Sorted(maps.Keys(write.Fields)), " ")
		case w.spec.SameValues:
			group = valuesOf(write)
			if w.distinct != nil { // a request full of equal values is the least work for the CRM, the rest goes together
				if full[group]--; full[group] < 0 {
					group = ""
				}
			}
		}
		before, again := last[write.ID]
		i, ok := open[group]
		if again {
			most = 1
		}
		if !ok || len(batches[i]) == w.room(group, size) || again && i <= before {
			i = len(batches)
			batches, open[group] = append(batches, nil), i
		}
		batches[i], last[write.ID] = append(batches[i], write), i
	}
	return batches, most
}

// settle sends a batch, halving it where the CRM refuses it as a whole. With an error come the outcomes known so far.
func (w *writer) settle(ctx context.Context, batch []Write) ([]Outcome, error) {
	if w.differ(batch) && w.distinct.lacks.Load() {
		return w.byValues(ctx, batch)
	}
	outcomes, err := w.send(ctx, batch)
	if err == nil || len(outcomes) > 0 {
		return outcomes, err
	}
	class := transport.ClassOf(err)
	switch class {
	case manifest.ThenSplit, manifest.ThenRecord, manifest.ThenNotFound, manifest.ThenConflict:
		if len(batch) > 1 {
			left, err := w.settle(ctx, batch[:len(batch)/2])
			if err != nil {
				return left, err
			}
			right, err := w.settle(ctx, batch[len(batch)/2:])
			outcomes = append(left, right...)
			if err == nil && w.differ(batch) {
				w.judge(outcomes)
			}
			return outcomes, err
		}
		var f *transport.Failure
		asFailure(err, &f)
		return []Outcome{{ID: batch[0].ID, Error: w.refusal(batch[0], codeFor(f), f.Code, f.Text)}}, nil
	case manifest.ThenRetry, transport.ThenUnknown: // it may have arrived: whoever asks again will see
		return unknown(batch), err
	}
	return nil, err
}

// records are what requests see as records.
func (w *writer) records(batch []Write) []any {
	records := make([]any, len(batch))
	for i, write := range batch {
		values := map[string]any{}
		record := map[string]any{"id": write.ID, "values": values}
		add, remove := []any{}, []any{}
		for _, key := range slices.Sorted(maps.Keys(write.Fields)) {
			f := w.fields[key]
			if f.labels == nil {
				values[f.name], _ = w.encode(f, write.Fields[key]) // sendable has seen that it can be
				continue
			}
			plus, minus, _ := f.relabel(write.Fields[key])
			add, remove = append(add, plus...), append(remove, minus...)
		}
		if w.o.spec.Define.Labels != "" {
			record["add"], record["remove"] = add, remove
		}
		if version, known := w.c.version(w.o.spec.Kind, write.ID); known {
			record["version"] = version
		}
		records[i] = record
	}
	return records
}

// send sends one request, or a job, and finds the outcome of each record in the answer.
func (w *writer) send(ctx context.Context, batch []Write) (outcomes []Outcome, err error) {
	defer w.c.forgetVersions(w.o.spec.Kind, batch)
	vars := w.c.vars(w.o)
	records := w.records(batch)
	vars["records"] = records
	switch {
	case w.job != nil:
		return w.sendJob(ctx, batch, records, vars)
	case w.together:
		if outcomes, err := w.sendTogether(ctx, batch, vars); err != nil || outcomes != nil {
			return outcomes, err
		}
		return w.sendParts(ctx, batch, records, vars)
	case w.spec.Envelope != nil:
		return w.sendParts(ctx, batch, records, vars)
	}
	request, differ := w.spec.Request, w.differ(batch)
	if differ {
		request = w.distinct.spec.Request
	}
	err = w.c.call(ctx, transport.Write, request, vars, func(a *transport.Answer) error {
		switch w.spec.Match {
		case "id":
			outcomes = w.byID(batch, a.Body, vars)
		case "order":
			rows, ok := mapping.Rows(a.Body, w.spec.Rows)
			if !ok || len(rows) != len(batch) {
				return transport.ErrUnusable
			}
			outcomes = w.byOrder(batch, rows, vars)
		default:
			outcomes = make([]Outcome, len(batch))
			for i, write := range batch {
				outcomes[i].ID = write.ID
			}
		}
		return nil
	})
	if err == nil && differ {
		w.distinct.took.Store(true)
	}
	return outcomes, err
}

// hope gives up when the CRM refuses everything for one reason.
func (w *writer) hope(outcomes []Outcome) error {
	for _, o := range outcomes {
		if o.Error == nil || o.Error.Code == crm.CodeNotFound {
			w.failed = 0
			continue
		}
		if o.Error.Message != w.reason {
			w.failed, w.reason = 0, o.Error.Message
		}
		w.failed++
	}
	if w.failed >= hopeless {
		return &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("%d records in a row were refused for one reason, the rest was not sent: %s", w.failed, w.reason),
			Suggestion: "look for a rule in the CRM that forbids the change, or for a field that was altered"}
	}
	return nil
}

// sendable are the writes whose values the CRM can store; the others are refused here.
func (w *writer) sendable(writes []Write) (good []Write, refused []Outcome) {
	for _, write := range writes {
		if key := w.unfit(write); key != "" {
			refused = append(refused, Outcome{ID: write.ID, Error: &crm.Error{Code: crm.CodeRecord, Pointer: key, Message: "the value cannot be brought into the form in which the CRM stores it"}})
			continue
		}
		good = append(good, write)
	}
	return good, refused
}

// unfit names a field whose value cannot be sent; "" when all can.
func (w *writer) unfit(write Write) string {
	for _, key := range slices.Sorted(maps.Keys(write.Fields)) {
		if f := w.fields[key]; f.labels != nil {
			if _, _, err := f.relabel(write.Fields[key]); err != nil {
				return key
			}
			continue
		}
		if w.fields[key].sends == nil {
			continue
		}
		if _, err := w.encode(w.fields[key], write.Fields[key]); err != nil {
			return key
		}
	}
	return ""
}

// encode is a value as the CRM wants it.
func (w *writer) encode(f stored, text string) (any, error) {
	if text == "" {
		switch w.spec.Clear {
		case "null":
			return nil, nil
		case "false":
			return false, nil
		}
		return "", nil
	}
	return f.value(text, w.spec.Values == "typed")
}
