package conformance

import (
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// manyWrites is how many records the check of bad records writes.
func (w *world) manyWrites() int {
	if w.d.Caps.Write <= 1 {
		return 400
	}
	return 1000
}

// badRecordsFailAlone: of many records one in a hundred is refused by a rule, is gone, or (where the CRM may do so) is said
// to be written and is not. Each of them is told, and all others are written, come back with the next pull, and can be cleared.
func badRecordsFailAlone(t T, d *Dialect) { newWorld(t, d, options{}).badRecords(t) }

func (w *world) badRecords(t T) {
	t.Helper()
	kind, object := w.target()
	if object == "" {
		w.absent(t, crm.Company, "write")
		return
	}
	n := w.manyWrites()
	for i := range n {
		w.add(t, object, i)
	}
	specs := w.specs(object)
	c := w.connect(t)
	states := w.provision(t, c, kind, object, specs)
	c = w.own(t, kind, states, specs)
	before := w.pull(t, c, kind, nil)
	w.clock.Advance(time.Hour)

	bad := map[string]crm.Code{}
	var writes []connector.Write
	for i, r := range w.put[object] {
		x := connector.Write{ID: r.id, Fields: values(specs, i)}
		if i%100 == 57 {
			bad[r.id] = w.spoil(object, &x, i/100)
		}
		writes = append(writes, x)
	}
	out, err := w.write(t, c, kind, writes)
	if err != nil {
		t.Fatalf("the write ends with %v", err)
	}
	if len(out) != len(writes) {
		t.Errorf("%d of %d ids came back", len(out), len(writes))
	}
	for _, write := range writes {
		o, code := out[write.ID], bad[write.ID]
		switch {
		case code != "":
			if o.Error == nil || o.Error.Code != code && o.Error.Code != crm.CodeRecord || o.Transient {
				t.Errorf("the bad record %s: %v (transient %v), want the code %s", write.ID, o.Error, o.Transient, code)
			}
			continue
		case o.Error != nil:
			t.Fatalf("the good record %s is not written: %v", write.ID, o.Error)
		}
		if err := w.holds(object, write.ID, states, write.Fields); err != nil {
			t.Fatalf("%v", err)
		}
		if r, ok := w.Store.Get(w.d.Objects[object].Store, write.ID); ok && !o.UpdatedAt.IsZero() && !o.UpdatedAt.Truncate(time.Second).Equal(r.Modified.Truncate(time.Second)) {
			t.Fatalf("the record %s was changed at %s, it is said; in the account at %s", write.ID, o.UpdatedAt, r.Modified)
		}
	}
	w.echo(t, c, kind, before.state, writes, bad)
	w.clear(t, c, kind, object, states, writes, bad)
}

// spoil makes a write fail in one of several ways, and answers the code that tells it.
func (w *world) spoil(object string, x *connector.Write, n int) crm.Code {
	spec := w.m.Objects[object]
	switch {
	case n%4 == 1:
		w.Delete(object, x.ID)
		return crm.CodeNotFound // or not confirmed: some CRMs pass over ids that they do not know
	case n%4 == 2 && spec.Define.Options != nil && w.d.Absent["option_rules"] == "":
		x.Fields["taxon_abc"] = "Z" // no such option
	case n%4 == 3 && spec.Write.Verify:
		w.Drop(object, x.ID)
	default:
		w.Reject(object, x.ID, "the rule about "+privateWord)
	}
	return crm.CodeRecord
}

// echo: what was written comes back, with the next pull where writes move the change time, and with a full one in any case.
func (w *world) echo(t T, c *connector.Connector, kind crm.Kind, state []byte, writes []connector.Write, bad map[string]crm.Code) {
	t.Helper()
	w.clock.Advance(settle)
	next, full := w.pull(t, c, kind, state), w.pull(t, c, kind, nil)
	echoed := 0
	for _, write := range writes {
		if bad[write.ID] != "" {
			continue
		}
		if r, came := next.records[write.ID]; came {
			if echoed++; !sameOwn(r.Own, write.Fields) {
				t.Fatalf("the next pull brings %s with %v, written was %v", write.ID, r.Own, write.Fields)
			}
		}
		if r := full.records[write.ID]; !sameOwn(r.Own, write.Fields) {
			t.Fatalf("a full pull brings %s with %v, written was %v", write.ID, r.Own, write.Fields)
		}
	}
	if good := len(writes) - len(bad); echoed != 0 && echoed != good {
		t.Errorf("the next pull brings %d of the %d records written", echoed, good)
	}
}

// clear: values are read back as they were written, and cleared.
func (w *world) clear(t T, c *connector.Connector, kind crm.Kind, object string, states []connector.FieldState, writes []connector.Write, bad map[string]crm.Code) {
	t.Helper()
	var ids, keys []string
	var clears []connector.Write
	for _, write := range writes[:5] {
		if bad[write.ID] == "" {
			ids = append(ids, write.ID)
			empty := map[string]string{}
			for key := range write.Fields {
				empty[key] = ""
			}
			clears = append(clears, connector.Write{ID: write.ID, Fields: empty})
		}
	}
	for _, state := range states {
		keys = append(keys, state.Key)
	}
	if w.m.Objects[object].Read != nil {
		read, err := c.Read(t.Context(), kind, ids, keys)
		for i, id := range ids {
			if err != nil || !sameOwn(read[id], writes[i].Fields) {
				t.Fatalf("%s is read as %v (%v), written was %v", id, read[id], err, writes[i].Fields)
			}
		}
	}
	out, err := w.write(t, c, kind, clears)
	for _, write := range clears {
		if err != nil || out[write.ID].Error != nil {
			t.Fatalf("%s cannot be cleared: %v, %v", write.ID, err, out[write.ID].Error)
		}
		if err := w.holds(object, write.ID, states, write.Fields); err != nil {
			t.Errorf("after clearing: %v", err)
		}
	}
}

// everyKindThatIsWrittenTakesValues: the other kinds that tags are written to take them as well.
func everyKindThatIsWrittenTakesValues(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	for kind, object := range w.writable() {
		for i := range 6 {
			w.add(t, object, i)
		}
		specs := w.specs(object)
		c := w.connect(t)
		states := w.provision(t, c, kind, object, specs)
		c = w.own(t, kind, states, specs)
		var writes []connector.Write
		for i, r := range w.put[object] {
			writes = append(writes, connector.Write{ID: r.id, Fields: values(specs, i)})
		}
		out, err := w.write(t, c, kind, writes)
		for _, write := range writes {
			if o, came := out[write.ID]; err != nil || !came || o.Error != nil {
				t.Fatalf("%s %s is not written: %v, %v", object, write.ID, err, o.Error)
			}
			if err := w.holds(object, write.ID, states, write.Fields); err != nil {
				t.Fatalf("%v", err)
			}
		}
		w.clock.Advance(settle)
		for i, r := range w.put[object] {
			if got := w.pull(t, c, kind, nil).records[r.id].Own; !sameOwn(got, writes[i].Fields) {
				t.Fatalf("%s %s comes with %v, written was %v", object, r.id, got, writes[i].Fields)
			}
		}
	}
}
