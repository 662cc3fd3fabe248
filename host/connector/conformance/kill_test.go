package conformance

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store/sqlite"
	"github.com/taxonhq/taxon/host/sync"
)

var errKilled = errors.New("killed")

// smallPages makes listings ask for few records at a time, so that a pull of some hundreds has many pages.
func (w *world) smallPages(size int) {
	if w.d.Caps.FixedPages {
		return
	}
	for _, o := range w.m.Objects {
		for _, l := range listings(o) {
			l.Size = min(l.Size, size)
		}
		for _, a := range o.Associations {
			a.Batch = min(a.Batch, size)
		}
	}
}

// listings are those of an object that a pull reads.
func listings(o *manifest.Object) (out []*manifest.Listing) {
	if o.List != nil {
		out = append(out, o.List)
	}
	if o.Changed != nil {
		out = append(out, &o.Changed.Listing)
	}
	if o.Deleted != nil {
		out = append(out, &o.Deleted.Listing)
	}
	return out
}

// killedAtAnyPage: each process stores one page and dies while it works on the next, in the first pull and in the next ones.
// Nothing is lost, and nothing comes twice.
func killedAtAnyPage(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	w.smallPages(20)
	w.fill(t, 30, 170, 130, 12)
	for _, kind := range w.kinds() {
		p := w.survive(t, kind, nil)
		if !slices.Equal(p.ids(), w.live(kind)) {
			t.Errorf("%s: after many kills %d of %d records have come", kind, len(p.records), len(w.live(kind)))
		}
		w.clock.Advance(26 * time.Hour)
		var want []string
		for _, object := range w.d.wanted(w.m, kind) {
			for i, r := range w.put[object] {
				if i == 3 {
					w.Delete(object, r.id)
					continue
				}
				w.edit(t, object, r.id, i)
				want = append(want, w.id(object, r.id))
				if i%3 == 0 {
					w.clock.Advance(700 * time.Millisecond)
				}
			}
		}
		w.clock.Advance(settle)
		p = w.survive(t, kind, p.state)
		if slices.Sort(want); !slices.Equal(p.ids(), want) {
			t.Errorf("%s: after many kills %d of %d changes have come", kind, len(p.records), len(want))
		}
	}
}

// survive pulls to the end with a new process for each page.
func (w *world) survive(t T, kind crm.Kind, state []byte) *pulled {
	t.Helper()
	p := &pulled{state: state}
	for range 400 {
		taken := false
		err := w.connect(t).Pull(t.Context(), kind, p.state, func(page connector.Page) error {
			if taken {
				return errKilled
			}
			taken = true
			p.take(page)
			return nil
		})
		if err == nil {
			for id, n := range p.times {
				if n != 1 {
					t.Errorf("%s: %s came %d times", kind, id, n)
				}
			}
			return p
		}
		if !errors.Is(err, errKilled) {
			w.said.note(err)
			t.Fatalf("pull %s: %v", kind, err)
		}
	}
	t.Fatalf("pull %s: it does not come to an end", kind)
	return nil
}

// killedAtAnyRequest: the context ends during any of the requests; the state of the last page that was delivered resumes.
func killedAtAnyRequest(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	w.smallPages(50)
	object := w.first(crm.Deal, crm.Contact, crm.Company)
	kind := w.m.Objects[object].Kind
	w.fill(t, 10, 10, 160, 0)
	for request := 0; ; request++ {
		if request > 200 {
			t.Fatalf("the pull of %d records takes more than 200 requests", len(w.live(kind)))
		}
		p := &pulled{}
		take := func(page connector.Page) error { p.take(page); return nil }
		ctx, cancel := context.WithCancel(t.Context())
		remove := w.killAt(request, cancel)
		err := w.connect(t).Pull(ctx, kind, nil, take)
		struck := remove() > 0
		cancel()
		if err == nil && !struck {
			return // there is no such request any more
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("request %d: a pull whose context has ended answers %v", request, err)
		}
		if err := w.connect(t).Pull(t.Context(), kind, p.state, take); err != nil {
			t.Fatalf("request %d: %v", request, err)
		}
		if !slices.Equal(p.ids(), w.live(kind)) {
			t.Errorf("killed in request %d: %d of %d records", request, len(p.records), len(w.live(kind)))
		}
		for id, n := range p.times {
			if n != 1 {
				t.Fatalf("killed in request %d: %s came %d times", request, id, n)
			}
		}
	}
}

// killAt ends a context in the middle of a request that is to come; the function takes the rule out and tells whether it struck.
func (w *world) killAt(request int, cancel context.CancelFunc) (remove func() int) {
	return w.Faults.Add(sandbox.Fault{Skip: request, Times: 1, Answer: func(rw http.ResponseWriter, r *http.Request) {
		cancel()
		sandbox.Hang()(rw, r)
	}})
}

// killedWithTheStore: the host's pull into a store on disk is killed again and again, and the store opened anew each time; at the
// end the mirror has what the account has.
func killedWithTheStore(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	w.smallPages(40)
	w.fill(t, 30, 90, 120, 10)
	path := filepath.Join(t.TempDir(), "store.db")
	kills := 0
	through := func() (last sync.Report) {
		for attempt := 0; ; attempt++ {
			if attempt > 300 {
				t.Fatalf("it does not come to an end")
			}
			ctx, cancel := context.WithCancel(t.Context())
			remove := w.killAt(2+attempt, cancel) // each lives a little longer: all of them ask about the account first
			report, err := w.mirror(t, ctx, path)
			kills += remove()
			cancel()
			if err == nil {
				return report
			}
			if !errors.Is(err, context.Canceled) {
				w.said.note(err)
				t.Fatalf("%v", err)
			}
		}
	}
	w.sameMirror(t, through())
	w.clock.Advance(26 * time.Hour)
	for _, kind := range w.kinds() {
		for _, object := range w.d.wanted(w.m, kind) {
			for i, r := range w.put[object] {
				if i%3 == 0 {
					w.edit(t, object, r.id, i)
				}
			}
			if kind == crm.Deal && w.tellsDeletions(object) {
				w.Delete(object, w.put[object][7].id)
			}
		}
	}
	w.clock.Advance(settle)
	w.sameMirror(t, through())
	if kills < 5 {
		t.Errorf("it was killed %d times only", kills)
	}
}

// sameMirror: the store has as many records as the account.
func (w *world) sameMirror(t T, report sync.Report) {
	t.Helper()
	m := report.Mirror
	have := map[crm.Kind]int{crm.Company: m.Customers, crm.Contact: m.People + m.Orphans.People, crm.Deal: m.Deals + m.Orphans.Deals, crm.Activity: m.Activities + m.Orphans.Activities}
	for _, kind := range w.kinds() {
		if want := len(w.live(kind)); have[kind] != want {
			t.Errorf("the mirror has %d of %d %s records", have[kind], want, kind)
		}
	}
}

// mirror pulls everything into the store as a process of its own.
func (w *world) mirror(t T, ctx context.Context, path string) (sync.Report, error) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, w.clock)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("%v", err)
		}
	}()
	conn, err := s.Connection(t.Context(), "crm", crm.Company)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return sync.Pull(ctx, w.connect(t), conn, sync.Options{Currency: "EUR"})
}
