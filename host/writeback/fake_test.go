package writeback

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// fakeCRM is a CRM in memory whose faults a test scripts. Its fields hold text, as those of most CRMs do over the wire.
type fakeCRM struct {
	mu      sync.Mutex
	batch   int
	reads   int // records in a request that reads
	fields  map[crm.Kind]map[string]connector.FieldSpec
	records map[crm.Kind]map[string]map[string]string
	counts  connector.Counts
	written map[string]int // writes that reached the CRM, by record
	own     map[crm.Kind][]string

	bad       map[string]bool // records that are refused
	transient map[string]bool // records that are not taken for now
	manual    map[string]bool // fields that no program can create
	// before and after are called around each write request; an error ends the Write as a lost connection would: after
	// means that the CRM took the batch and the answer was lost.
	before, after func(batch int) error
	batches       int
}

func newFake() *fakeCRM {
	return &fakeCRM{batch: 10, fields: map[crm.Kind]map[string]connector.FieldSpec{}, records: map[crm.Kind]map[string]map[string]string{},
		written: map[string]int{}, own: map[crm.Kind][]string{}, bad: map[string]bool{}, transient: map[string]bool{}, manual: map[string]bool{}}
}

func (f *fakeCRM) Capabilities() map[crm.Kind]connector.Capabilities {
	return map[crm.Kind]connector.Capabilities{crm.Company: {ReadSize: f.reads}}
}

func (f *fakeCRM) SetOwnFields(kind crm.Kind, keys []string) { f.own[kind] = slices.Clone(keys) }

func (f *fakeCRM) RecallFields(crm.Kind, []connector.FieldState) {}

func (f *fakeCRM) Read(_ context.Context, kind crm.Kind, ids, fields []string) (map[string]map[string]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Read++
	out := map[string]map[string]string{}
	for _, id := range ids {
		record, ok := f.records[kind][id]
		if !ok {
			continue
		}
		out[id] = map[string]string{}
		for _, key := range fields {
			if v := record[key]; v != "" {
				out[id][key] = v
			}
		}
	}
	return out, nil
}

// stands is how a field stands.
func (f *fakeCRM) stands(kind crm.Kind, spec connector.FieldSpec) connector.FieldState {
	state := connector.FieldState{Key: spec.Key, Name: spec.Key}
	old, ok := f.fields[kind][spec.Key]
	switch {
	case ok && old.Type != spec.Type:
		state.Error = &crm.Error{Code: crm.CodeConflict, Pointer: spec.Key, Message: "the field " + spec.Key + " exists with the type " + old.Type.String()}
	case !ok:
		state.Missing = true
		if f.manual[spec.Key] {
			state.Instructions = "create a text field named " + spec.Key
		}
	}
	return state
}

func (f *fakeCRM) Examine(_ context.Context, kind crm.Kind, specs []connector.FieldSpec) ([]connector.FieldState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []connector.FieldState
	for _, spec := range specs {
		out = append(out, f.stands(kind, spec))
	}
	return out, nil
}

func (f *fakeCRM) Provision(_ context.Context, kind crm.Kind, specs []connector.FieldSpec) ([]connector.FieldState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Provision++
	if f.fields[kind] == nil {
		f.fields[kind] = map[string]connector.FieldSpec{}
	}
	var out []connector.FieldState
	var failure error
	for _, spec := range specs {
		state := f.stands(kind, spec)
		switch {
		case state.Error != nil:
			failure = state.Error
		case state.Missing && state.Instructions == "":
			state.Created, state.Missing = true, false
			f.fields[kind][spec.Key] = spec
		case !state.Missing:
			old := f.fields[kind][spec.Key]
			for _, o := range spec.Options {
				if !slices.ContainsFunc(old.Options, func(x connector.Option) bool { return x.Code == o.Code }) {
					old.Options = append(old.Options, o)
					state.Extended = true
				}
			}
			f.fields[kind][spec.Key] = old
		}
		out = append(out, state)
	}
	return out, failure
}

func (f *fakeCRM) DeleteFields(_ context.Context, kind crm.Kind, keys []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Provision++
	for _, key := range keys {
		delete(f.fields[kind], key)
		for _, record := range f.records[kind] {
			delete(record, key)
		}
	}
	return nil
}

func (f *fakeCRM) Write(_ context.Context, kind crm.Kind, writes []connector.Write, done func([]connector.Outcome) error) error {
	for batch := range slices.Chunk(writes, f.batch) {
		f.mu.Lock()
		f.batches++
		n := f.batches
		f.mu.Unlock()
		if f.before != nil {
			if err := f.before(n); err != nil {
				return err
			}
		}
		outcomes := f.take(kind, batch)
		if f.after != nil {
			if err := f.after(n); err != nil {
				return err
			}
		}
		if err := done(outcomes); err != nil {
			return err
		}
	}
	return nil
}

// take is what the CRM does with one batch.
func (f *fakeCRM) take(kind crm.Kind, batch []connector.Write) []connector.Outcome {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Write++
	var outcomes []connector.Outcome
	for _, w := range batch {
		o := connector.Outcome{ID: w.ID}
		record := f.records[kind][w.ID]
		switch {
		case f.transient[w.ID]:
			o.Transient, o.Error = true, &crm.Error{Code: crm.CodeUnavailable, Message: "the CRM is busy"}
		case f.bad[w.ID]:
			o.Error = &crm.Error{Code: crm.CodeRecord, Message: "a validation rule of the account refuses the record"}
		case record == nil:
			o.Error = &crm.Error{Code: crm.CodeNotFound, Message: "there is no such record"}
		default:
			f.written[w.ID]++
			for key, value := range w.Fields {
				if _, exists := f.fields[kind][key]; !exists {
					o.Error = &crm.Error{Code: crm.CodeRecord, Message: fmt.Sprintf("there is no field %s", key)}
					continue
				}
				record[key] = value
			}
		}
		outcomes = append(outcomes, o)
	}
	return outcomes
}

func (f *fakeCRM) Batch(crm.Kind) int { return f.batch }

func (f *fakeCRM) Counts() connector.Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts
}

// value is what the CRM holds.
func (f *fakeCRM) value(kind crm.Kind, id, key string) string { return f.records[kind][id][key] }

// edit is a person typing.
func (f *fakeCRM) edit(kind crm.Kind, id, key, value string) { f.records[kind][id][key] = value }
