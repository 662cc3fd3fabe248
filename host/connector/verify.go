package connector

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
)

// Write sends field values in full batches, a few at once. done is called, by one goroutine at a time, with the outcomes of
// each batch once it is settled; every id comes back exactly once. An error means that the rest was not sent.
//
// Where the manifest says that the CRM may drop what it says it has written, a record counts as written when it reads back
// with the new values: full requests of ids, as write.verify and read.batch have it.
func (c *Connector) Write(ctx context.Context, kind crm.Kind, writes []Write, done func([]Outcome) error) error {
	o, err := c.writable(kind)
	if err != nil {
		return err
	}
	if o.spec.Write == nil || !o.spec.Write.Verify {
		return c.write(ctx, kind, writes, done)
	}
	v := &verifier{c: c, ctx: ctx, kind: kind, batch: o.spec.Read.Batch, done: done, sent: make(map[string][]map[string]string, len(writes))}
	fields := map[string]bool{}
	for _, w := range writes {
		v.sent[w.ID] = append(v.sent[w.ID], w.Fields)
		for key := range w.Fields {
			fields[key] = true
		}
	}
	v.fields = slices.Sorted(maps.Keys(fields))
	err = c.write(ctx, kind, writes, v.take)
	if unread := v.read(1); err == nil {
		err = unread
	}
	return err
}

// verifier reads back what the CRM says it has written.
type verifier struct {
	c       *Connector
	ctx     context.Context
	kind    crm.Kind
	batch   int
	fields  []string
	done    func([]Outcome) error
	sent    map[string][]map[string]string // by id: an id may be written more than once
	pending []Outcome                      // said to be written
	dropped int                            // in a row
}

// take tells what was refused, and gathers what was not until it fills a request.
func (v *verifier) take(outcomes []Outcome) error {
	var refused []Outcome
	for _, o := range outcomes {
		if o.Error != nil {
			refused = append(refused, o)
		} else {
			v.pending = append(v.pending, o)
		}
	}
	if len(refused) > 0 {
		if err := v.done(refused); err != nil {
			return err
		}
	}
	return v.read(v.batch)
}

// read reads back what is pending while there is at least so much of it, and tells what became of it, also when reading fails.
func (v *verifier) read(least int) error {
	var failure error
	for len(v.pending) >= least {
		n := min(v.batch, len(v.pending))
		outcomes := v.pending[:n:n]
		v.pending = v.pending[n:]
		var ids []string
		for _, o := range outcomes {
			if !slices.Contains(ids, o.ID) {
				ids = append(ids, o.ID)
			}
		}
		var found map[string]map[string]string
		if failure == nil {
			found, failure = v.c.Read(v.ctx, v.kind, ids, v.fields)
		}
		for i := range outcomes {
			if failure != nil {
				outcomes[i].Transient = true
				outcomes[i].Error = &crm.Error{Code: crm.CodeUnavailable, Message: "the CRM says that it has written the record, but it could not be read back"}
				continue
			}
			outcomes[i].Error = v.judge(outcomes[i].ID, found)
		}
		told := v.done(outcomes)
		for _, err := range []error{told, v.hope(outcomes)} {
			if failure == nil {
				failure = err
			}
		}
	}
	return failure
}

// judge is nil when a record has the values sent.
func (v *verifier) judge(id string, found map[string]map[string]string) *crm.Error {
	values, exists := found[id]
	if !exists {
		return &crm.Error{Code: crm.CodeNotFound, Message: "the CRM says that it has written the record, but does not show it"}
	}
	for _, key := range v.fields {
		sent, kept := false, false
		for _, fields := range v.sent[id] {
			if want, ok := fields[key]; ok {
				sent, kept = true, kept || alike(want, values[key])
			}
		}
		if sent && !kept {
			return &crm.Error{Code: crm.CodeRecord, Pointer: key, Message: "the CRM says that it has written the record, but does not have the new value",
				Suggestion: "look for a rule in the CRM that forbids or undoes the change, or for a field that its user may not edit"}
		}
	}
	return nil
}

// alike reports whether a value that was read is the one that was sent, as far as a CRM may round a number and trim a text.
func alike(sent, read string) bool {
	sent, read = strings.TrimSpace(sent), strings.TrimSpace(read)
	if sent == read || sent == "" && read == "false" { // there are booleans that cannot be empty
		return true
	}
	a, errA := strconv.ParseFloat(sent, 64)
	b, errB := strconv.ParseFloat(read, 64)
	return errA == nil && errB == nil && math.Abs(a-b) <= 0.005+1e-9*math.Abs(a)
}

// hope gives up when the CRM keeps nothing.
func (v *verifier) hope(outcomes []Outcome) error {
	for _, o := range outcomes {
		if v.dropped++; o.Error == nil || o.Error.Code != crm.CodeRecord {
			v.dropped = 0
		}
	}
	if v.dropped < hopeless {
		return nil
	}
	return &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf("%d records in a row were said to be written and are not, the rest was not sent", v.dropped),
		Suggestion: "look for a rule in the CRM that forbids or undoes the change, or for a field that its user may not edit"}
}
