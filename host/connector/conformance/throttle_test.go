package conformance

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// throttlingIsLivedThrough: whenever the vendor says "not now" in a way of its own, the request is sent again later, and in the
// end everything has come and is written.
func throttlingIsLivedThrough(t T, d *Dialect) {
	ways := map[string]http.HandlerFunc{ // of a proxy in front of any server
		"429 without a word": sandbox.Answer(http.StatusTooManyRequests, ""), "503 without a word": sandbox.Answer(http.StatusServiceUnavailable, ""), "504 with HTML": sandbox.HTML(http.StatusGatewayTimeout)}
	maps.Copy(ways, d.Throttled)
	for name, answer := range ways {
		w := newWorld(t, d, options{})
		w.smallPages(20)
		w.fill(t, 40, 60, 60, 6)
		began := w.clock.Now()
		c := w.connect(t)
		remove := w.Faults.Add(sandbox.Fault{Skip: 2, Every: 3, Times: 4, Answer: answer})
		for _, kind := range w.kinds() {
			if p := w.pull(t, c, kind, nil); !slices.Equal(p.ids(), w.live(kind)) || len(p.rejected) > 0 {
				t.Errorf("%s: %d of %d %s records came, %d are rejected", name, len(p.records), len(w.live(kind)), kind, len(p.rejected))
			}
		}
		hits := remove()
		if n := c.Counts().Retries; hits == 0 || n < hits {
			t.Errorf("%s: %d requests were sent again after %d such answers", name, n, hits)
		}
		if w.clock.Now().Equal(began) {
			t.Errorf("%s: the connector did not wait", name)
		}
		w.throttledWrites(t, name, answer)
	}
}

func (w *world) throttledWrites(t T, name string, answer http.HandlerFunc) {
	t.Helper()
	kind, object := w.target()
	if object == "" {
		return
	}
	specs := w.specs(object)
	c := w.connect(t)
	states := w.provision(t, c, kind, object, specs)
	w.Faults.Add(sandbox.Fault{Every: 2, Times: 2, Answer: answer})
	var writes []connector.Write
	for i, r := range w.put[object] {
		writes = append(writes, connector.Write{ID: r.id, Fields: values(specs, i)})
	}
	out, err := w.write(t, c, kind, writes)
	for _, x := range writes {
		if o, came := out[x.ID]; err != nil || !came || o.Error != nil {
			t.Fatalf("%s: a write ends with %v, %v", name, err, o.Error)
		}
		if err := w.holds(object, x.ID, states, x.Fields); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// aUsedUpDayParks: the vendor's word that the day's quota is used up ends the pull with the instant at which it may go on; until
// then nothing is sent, by this process or another one, and afterwards the state resumes.
func aUsedUpDayParks(t T, d *Dialect) {
	if d.Exhausted == nil {
		return // Absent says why: see the check of capabilities
	}
	w := newWorld(t, d, options{})
	w.smallPages(20)
	w.fill(t, 30, 90, 0, 0)
	kind := w.m.Objects[w.first(crm.Contact, crm.Company)].Kind
	quotas := connector.FileQuotas(t.TempDir())
	process := func(o *connector.Options) {
		o.Limiter = connector.NewLimiters()
		o.Limiter.Keep(quotas, "account", w.said.logger())
	}
	c := w.connect(t, process)
	if _, err := c.Account(t.Context()); err != nil {
		t.Fatalf("%v", err)
	}
	p := &pulled{}
	take := func(page connector.Page) error { p.take(page); return nil }
	remove := w.Faults.Add(sandbox.Fault{Skip: 2, Answer: d.Exhausted})
	err := c.Pull(t.Context(), kind, nil, take)
	var parked *connector.Parked
	if crm.CodeOf(err) != crm.CodeRateLimit || !errors.As(err, &parked) {
		t.Fatalf("the pull ends with %v", err)
	}
	w.said.note(err)
	if wait := parked.Until.Sub(w.clock.Now()); wait <= 0 || wait > 48*time.Hour {
		t.Errorf("the run is parked for %v", wait)
	}
	sent := w.Log.Count()
	for _, c := range []*connector.Connector{c, w.connect(t, process)} {
		if err := c.Pull(t.Context(), kind, p.state, take); crm.CodeOf(err) != crm.CodeRateLimit {
			t.Errorf("the next attempt of the day ends with %v", err)
		}
	}
	if n := w.Log.Count() - sent; n > 0 {
		t.Errorf("%d requests were sent although the day was used up", n)
	}
	remove()
	w.clock.Set(parked.Until)
	if err := w.connect(t, process).Pull(t.Context(), kind, p.state, take); err != nil {
		t.Fatalf("the next day the pull ends with %v", err)
	}
	if !slices.Equal(p.ids(), w.live(kind)) {
		t.Errorf("on two days %d of %d records came", len(p.records), len(w.live(kind)))
	}
}
