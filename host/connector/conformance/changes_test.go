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

// equalInstantsAcrossPages: some records share an instant across the edge of a page, and more than a page holds change at one
// instant.
func equalInstantsAcrossPages(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	w.smallPages(200)
	object := w.first(crm.Company, crm.Contact, crm.Deal)
	kind, spec := w.m.Objects[object].Kind, w.m.Objects[object]
	if spec.Changed == nil {
		w.absent(t, kind, "incremental")
		return
	}
	page := min(spec.Changed.Size, 500)
	for i := range 4 * page {
		w.add(t, object, i)
	}
	first := w.pull(t, w.connect(t), kind, nil)
	w.clock.Advance(time.Hour)
	var want []string
	for i, r := range w.put[object] {
		if bulk := i > page*3/2 && i < page*7/2; !bulk && i%7 == 0 {
			w.clock.Advance(700 * time.Millisecond)
		}
		w.edit(t, object, r.id, i)
		want = append(want, w.id(object, r.id))
	}
	w.clock.Advance(settle)
	w.exactly(t, kind, w.pull(t, w.connect(t), kind, first.state), want)
}

// lateChangesAreFound: a change that the CRM's answers show late, after later ones of other records, is found by the next pull, or
// by the second pass over what is older.
func lateChangesAreFound(t T, d *Dialect) {
	lags := d.Lags
	if lags == nil {
		lags = []time.Duration{90 * time.Second}
	}
	for _, lag := range lags {
		w := newWorld(t, d, options{lag: time.Second})
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
		late, prompt := w.put[object][3].id, w.put[object][4].id
		w.edit(t, object, late, 3)
		w.Hold(object, late, lag)
		w.clock.Advance(lag / 2)
		w.edit(t, object, prompt, 4)
		w.clock.Advance(10 * time.Second)
		p = w.pull(t, c, kind, p.state)
		if p.times[w.id(object, prompt)] != 1 {
			t.Errorf("%s: a change that shows at once is not found", object)
		}
		found := p.times[w.id(object, late)]
		if d.Absent["lag"] != "" {
			if found != 1 {
				t.Errorf("%s: the answers of this sandbox lag, although the adapter says: %s", object, d.Absent["lag"])
			}
			return
		}
		if found != 0 {
			t.Errorf("%s: the sandbox shows a change at once: its answers to queries for changes are not of Store.Indexed", object)
			return
		}
		for range 12 {
			w.clock.Advance(20 * time.Minute)
			p = w.pull(t, c, kind, p.state)
			found += p.times[w.id(object, late)]
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
