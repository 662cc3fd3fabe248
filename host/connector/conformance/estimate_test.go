package conformance

import (
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// estimatesHold: what a pull is said to take is what it takes, and to say it costs no more than requests for counts. The same of a
// pull of changes that compares all ids, and of the time that passes where rate limits hold requests back.
func estimatesHold(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	w.fill(t, 260, 1300, 700, 120)
	known, states := map[crm.Kind]int{}, map[crm.Kind][]byte{}
	for _, kind := range w.kinds() {
		known[kind] = len(w.live(kind))
	}
	c := w.connect(t)
	estimate, err := c.Estimate(t.Context(), connector.Expectation{Count: true, Full: true, Records: known})
	if err != nil {
		w.said.note(err)
		t.Fatalf("%v", err)
	}
	// Where all calls go to one door, the log of the account does not tell those for tokens apart.
	if sent := w.Log.Count(); sent-c.Counts().Token > 2*len(w.m.Objects)+1 || sent != estimate.Asked {
		t.Errorf("%d requests were sent for an estimate that says it took %d", sent, estimate.Asked)
	}
	w.takes(t, connector.Expectation{Full: true, Records: known}, func(c *connector.Connector, kind crm.Kind) error {
		states[kind] = w.pull(t, c, kind, nil).state
		return nil
	})
	w.clock.Advance(3 * time.Hour)
	for object := range w.d.Objects { // as many change as an estimate assumes
		for i := range (len(w.put[object]) + 99) / 100 {
			w.edit(t, object, w.put[object][i].id, i)
		}
	}
	w.clock.Advance(settle)
	w.takes(t, connector.Expectation{States: states, Records: known, Reconcile: true}, func(c *connector.Connector, kind crm.Kind) error {
		w.pull(t, c, kind, states[kind])
		return c.IDs(t.Context(), kind, func([]string) error { return nil })
	})
}

// takes compares an estimate with the requests that a pull takes, and with the time that passes on the clock, on which answers take
// none. Two thirds of the requests are let through at once.
func (w *world) takes(t T, expects connector.Expectation, pull func(*connector.Connector, crm.Kind) error) {
	t.Helper()
	estimate := func() connector.Estimate {
		e, err := w.connect(t).Estimate(t.Context(), expects)
		if err != nil {
			t.Fatalf("%v", err)
		}
		return e
	}
	w.window(estimate().Requests * 2 / 3)
	e, c, began := estimate(), w.connect(t, w.patient), w.clock.Now()
	for _, kind := range w.kinds() {
		if err := pull(c, kind); err != nil {
			t.Fatalf("%v", err)
		}
	}
	n := c.Counts()
	sent := n.Pull + n.Association + n.Discovery + n.Archived + n.LatePass + n.Reconcile
	if sent > e.Requests*5/4+3 || e.Requests > sent*5/4+3 {
		t.Errorf("the pull was to take %d requests and took %d: %+v, %+v", e.Requests, sent, e, n)
	}
	passed, said, answers := w.clock.Now().Sub(began), time.Duration(e.Seconds*float64(time.Second)), time.Duration(e.Requests)*300*time.Millisecond
	if passed > said*5/4 || said > passed*5/4+answers {
		t.Errorf("the pull was to take %v and took %v, with answers at once: %+v", said, passed, e)
	}
}

// window is how many requests the manifest's rate limits let through at once, whatever the account would allow.
func (w *world) window(size int) {
	for name, l := range w.m.Limits {
		if l.Daily == "" && l.AtOnce == 0 && name != "token" {
			*l = manifest.Limit{Requests: size, Per: l.Per, Only: l.Only, Auth: l.Auth}
			if l.Per >= time.Hour { // of which a share stays for other programs
				l.Requests = size * 5 / 4
			}
		}
	}
}
