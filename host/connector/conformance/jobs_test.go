package conformance

import "slices"

// eager lets the bulk ways of the manifest be taken for few records already, and tells whether it has any.
func (w *world) eager() (any bool) {
	for _, o := range w.m.Objects {
		for _, l := range listings(o) {
			if l.Job != nil {
				l.Job.Above, any = min(l.Job.Above, 20), true
			}
		}
		if o.Write != nil && o.Write.Job != nil {
			o.Write.Job.Above, any = min(o.Write.Job.Above, 20), true
		}
	}
	return any
}

// bulkWaysDoTheSame: where a manifest takes a job of the vendor's for many records, the job brings and writes the same as single
// requests, bad records included, and a pull that is killed in the middle of its result goes on.
func bulkWaysDoTheSame(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	if !w.eager() {
		return // there is none
	}
	w.equalsTheSource(t)
	for _, kind := range w.kinds() {
		if p := w.survive(t, kind, nil); !slices.Equal(p.ids(), w.live(kind)) {
			t.Errorf("%s: after many kills %d of %d records have come by a job", kind, len(p.records), len(w.live(kind)))
		}
	}
	w = newWorld(t, d, options{})
	w.eager()
	w.badRecords(t)
}
