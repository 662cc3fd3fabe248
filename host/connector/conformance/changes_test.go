package conformance

import (
	"slices"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// settle is how long the checks let pass before they pull: more than any CRM's answers lag behind.
const settle = 10 * time.Minute

// exactly: the pull brought these records and no others. What no query for changes tells is listed with each pull.
func (w *world) exactly(t T, kind crm.Kind, p *pulled, want []string) {
	t.Helper()
	slices.Sort(want)
	listed := map[string]bool{}
	told := false
	for _, object := range w.d.wanted(w.m, kind) {
		if w.m.Objects[object].Changed != nil {
			told = true
			continue
		}
		for _, id := range w.Live(object) {
			listed[w.id(object, id)] = true
		}
	}
	if !told {
		if !p.full || !slices.Equal(p.ids(), w.live(kind)) {
			t.Errorf("%s: the CRM tells no changes, and the pull lists %d of %d records (full %v)", kind, len(p.records), len(w.live(kind)), p.full)
		}
		return
	}
	if p.full {
		t.Errorf("%s: the pull lists everything", kind)
	}
	came := p.ids()
	for _, id := range want {
		if _, found := slices.BinarySearch(came, id); !found {
			t.Errorf("%s: the change of %s is not found (%d of %d came)", kind, id, len(came), len(want))
			break
		}
	}
	for _, id := range came {
		if _, changed := slices.BinarySearch(want, id); !changed && !listed[id] {
			t.Errorf("%s: %s came and has not changed (%d came, %d changed)", kind, id, len(came), len(want))
			break
		}
	}
}

// changesAreFoundExactly: edits and new records since the state, each once, and nothing when nothing changed.
func changesAreFoundExactly(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	w.fill(t, 30, 130, 400, 25)
	c := w.connect(t)
	for _, kind := range w.kinds() {
		first := w.pull(t, c, kind, nil)
		w.clock.Advance(time.Hour)
		var want []string
		for _, object := range w.d.wanted(w.m, kind) {
			for i, r := range w.put[object] {
				if i%3 != 1 {
					continue
				}
				w.edit(t, object, r.id, i)
				want = append(want, w.id(object, r.id))
				if i%2 == 0 { // half of them share an instant with the one before
					w.clock.Advance(700 * time.Millisecond)
				}
			}
			want = append(want, w.id(object, w.addAt(t, object, 900, w.clock.Now()).id))
		}
		w.clock.Advance(settle)
		second := w.pull(t, c, kind, first.state)
		w.exactly(t, kind, second, want)
		w.clock.Advance(settle)
		w.exactly(t, kind, w.pull(t, c, kind, second.state), nil)
	}
}

// equalInstantsAcrossPages: more records than a page holds change at one instant, with others before and after.
func equalInstantsAcrossPages(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	object := w.first(crm.Company, crm.Contact, crm.Deal)
	kind, spec := w.m.Objects[object].Kind, w.m.Objects[object]
	if spec.Changed == nil {
		w.absent(t, kind, "incremental")
		return
	}
	page := spec.Changed.Size
	for i := range 2*page + page/2 {
		w.add(t, object, i)
	}
	first := w.pull(t, w.connect(t), kind, nil)
	w.clock.Advance(time.Hour)
	var want []string
	for i, r := range w.put[object] {
		if i < page/3 || i >= 2*page {
			w.clock.Advance(3 * time.Millisecond)
		}
		w.edit(t, object, r.id, i)
		want = append(want, w.id(object, r.id))
	}
	w.clock.Advance(settle)
	w.exactly(t, kind, w.pull(t, w.connect(t), kind, first.state), want)
}

// lateChangesAreFound: what the CRM's answers show late is found by the next pull, or by the second pass over what is older.
func lateChangesAreFound(t T, d *Dialect) {
	for _, lag := range []time.Duration{90 * time.Second, 30 * time.Minute} {
		w := newWorld(t, d, options{lag: lag})
		object := w.first(crm.Company, crm.Contact, crm.Deal)
		kind, spec := w.m.Objects[object].Kind, w.m.Objects[object]
		if spec.Changed == nil {
			w.absent(t, kind, "incremental")
			return
		}
		for i := range 20 {
			w.add(t, object, i)
		}
		c := w.connect(t)
		w.clock.Advance(time.Hour)
		p := w.pull(t, c, kind, nil)
		w.clock.Advance(10 * time.Minute)
		r := w.put[object][3]
		w.edit(t, object, r.id, 3)
		w.clock.Advance(lag / 2)
		p = w.pull(t, c, kind, p.state)
		late := len(p.records) == 0
		if d.Absent["lag"] != "" {
			if late {
				t.Errorf("%s: the answers of this sandbox lag, although the adapter says: %s", object, d.Absent["lag"])
			}
			return
		}
		if !late {
			t.Errorf("%s: the sandbox shows a change at once: it does not heed Setup.Lag; without lag in Absent it must", object)
			return
		}
		if lag > max(spec.Changed.Overlap, spec.Changed.Late) {
			continue // later than the vendor says
		}
		found := 0
		for range 12 {
			w.clock.Advance(20 * time.Minute)
			p = w.pull(t, c, kind, p.state)
			found += p.times[w.id(object, r.id)]
		}
		if found != 1 {
			t.Errorf("%s: a change that shows %v late came %d times", object, lag, found)
		}
	}
}

// aWrongClockLosesNothing: the machine's clock is ahead of the CRM's, or behind it.
func aWrongClockLosesNothing(t T, d *Dialect) {
	for _, ahead := range []time.Duration{20 * time.Minute, -20 * time.Minute} {
		w := newWorld(t, d, options{})
		w.fill(t, 12, 12, 12, 4)
		c := w.connect(t, func(o *connector.Options) { o.Clock = ownClock{w.clock, ahead} })
		for _, kind := range w.kinds() {
			state := w.pull(t, c, kind, nil).state
			w.clock.Advance(time.Minute)
			object := w.d.wanted(w.m, kind)[0]
			r := w.put[object][1]
			w.edit(t, object, r.id, 1)
			w.clock.Advance(3 * time.Minute)
			if p := w.pull(t, c, kind, state); !slices.Contains(p.ids(), w.id(object, r.id)) {
				t.Errorf("%s: with a clock that is off by %v the change is not found", kind, ahead)
			}
		}
	}
}
