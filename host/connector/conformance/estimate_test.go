package conformance

import (
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// estimatesHold: what a pull is said to take is what it takes, and to say it costs no more than requests for counts.
func estimatesHold(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	w.fill(t, 260, 1300, 700, 120)
	known := map[crm.Kind]int{}
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
	c = w.connect(t)
	for _, kind := range w.kinds() {
		w.pull(t, c, kind, nil)
	}
	n := c.Counts()
	sent := n.Pull + n.Association + n.Discovery
	if sent > estimate.Requests*5/4+3 || estimate.Requests > sent*5/4+3 {
		t.Errorf("the pull was to take %d requests and took %d: %+v, %+v", estimate.Requests, sent, estimate, n)
	}
	if len(d.Throttled) > 0 && len(w.m.Limits) > 0 && estimate.Seconds <= 0 {
		t.Errorf("the estimate knows no time: %+v", estimate)
	}
}
