package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// report is the table of requests, by CRM.
var report = struct {
	mu   sync.Mutex
	rows []string
}{}

// floorRow notes and checks requests against their floor.
func (w *world) floorRow(t T, what string, sent, floor int, apart string) {
	t.Helper()
	ratio := float64(sent) / float64(floor)
	report.mu.Lock()
	if w.d.few == 0 {
		report.rows = append(report.rows, fmt.Sprintf("%-12s %-28s %8d %8d %6.3f  %s", w.d.Name, what, sent, floor, ratio, apart))
	}
	report.mu.Unlock()
	if ratio > 1.05 || ratio < 1 {
		t.Errorf("%s: %d requests, the floor is %d", what, sent, floor)
	}
}

// printReport prints the table when the suite is done.
func printReport(t *testing.T) {
	report.mu.Lock()
	defer report.mu.Unlock()
	if len(report.rows) == 0 {
		return // of other checks alone
	}
	slices.Sort(report.rows)
	t.Logf("\n%-12s %-28s %8s %8s %6s  %s\n%s", "CRM", "what", "requests", "floor", "ratio", "apart", strings.Join(report.rows, "\n"))
}

func pages(n, size int) int { return (n + max(size, 1) - 1) / max(size, 1) }

// best is the floor of requests where there may be a bulk way.
func best(plain, n int, job Job) int {
	if job.Records == 0 {
		return plain
	}
	return min(plain, job.Requests*pages(n, job.Records))
}

// listFloor is the fewest requests for a listing that the vendor's caps allow (decision 23).
func (w *world) listFloor(object string, n, size int, job Job) int {
	c := w.d.Caps
	plain := pages(n, size) + c.ListFixed
	if n%max(size, 1) == 0 {
		plain += c.Edge
	}
	floor := best(plain, n, job)
	if c.Associations > 0 {
		links := len(w.m.Objects[object].Associations)
		if given, ok := c.Links[object]; ok {
			links = given
		}
		floor += links * pages(n, c.Associations)
	}
	return floor
}

// through pulls to the end although a day's quota may be used up in between: it waits until the next one begins.
func (w *world) through(t T, c *connector.Connector, kind crm.Kind, state []byte) *pulled {
	t.Helper()
	p := &pulled{state: state}
	for range 40 {
		err := c.Pull(t.Context(), kind, p.state, func(page connector.Page) error { p.take(page); return nil })
		var parked *connector.Parked
		switch {
		case err == nil:
			w.said.note(string(p.state))
			return p
		case !errors.As(err, &parked):
			w.said.note(err)
			t.Fatalf("pull %s: %v", kind, err)
		}
		w.clock.Set(parked.Until)
	}
	t.Fatalf("pull %s: the quota is used up day after day", kind)
	return nil
}

// manyRecordsAtTheFloor: 20,000 records, all changed, and as many writes, past every cap, within the vendor's limits and with
// hardly more requests than its caps allow.
func manyRecordsAtTheFloor(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	many := cmp.Or(d.few, many)
	object := w.first(crm.Contact, crm.Company)
	kind := w.m.Objects[object].Kind
	if company := w.first(crm.Company); company != object && company != "" {
		for i := range 50 {
			w.add(t, company, i)
		}
	}
	for i := range many {
		w.add(t, object, i)
	}
	all := w.live(kind)
	shared := connector.NewLimiters() // as all connections of an account in one process
	limited := func(o *connector.Options) {
		w.patient(o)
		o.Limiter = shared
	}

	c := w.connect(t, limited)
	first := w.through(t, c, kind, nil)
	n := c.Counts()
	if !slices.Equal(first.ids(), all) {
		t.Fatalf("%d of %d records came", len(first.records), many)
	}
	w.floorRow(t, fmt.Sprintf("first pull, %d %ss", many, kind), n.Pull+n.Association, w.listFloor(object, many, d.Caps.List, d.Caps.ListJob), fmt.Sprintf("discovery %d, token %d", n.Discovery, n.Token))
	retries := n.Retries

	w.clock.Advance(time.Hour)
	for i, r := range w.put[object] { // a hundred at an instant: our own batches
		w.edit(t, object, r.id, i)
		if i%100 == 99 {
			w.clock.Advance(1100 * time.Millisecond)
		}
	}
	w.clock.Advance(settle)
	c = w.connect(t, limited)
	second := w.through(t, c, kind, first.state)
	n = c.Counts()
	if !slices.Equal(second.ids(), all) {
		t.Fatalf("%d of %d changed records came", len(second.records), many)
	}
	size, changedJob := d.Caps.List, d.Caps.ListJob
	if w.m.Objects[object].Changed != nil {
		size, changedJob = d.Caps.Changed, d.Caps.ChangedJob
	}
	w.floorRow(t, fmt.Sprintf("%d changed", many), n.Pull+n.Association, w.listFloor(object, many, size, changedJob), fmt.Sprintf("discovery %d, archived %d, second pass %d", n.Discovery, n.Archived, n.LatePass))
	retries += n.Retries

	w.clock.Advance(settle)
	c = w.connect(t, limited)
	if idle := w.through(t, c, kind, second.state); len(idle.records) != 0 && w.m.Objects[object].Changed != nil {
		t.Errorf("%d records came although nothing changed", len(idle.records))
	}
	retries += w.manyDeals(t, many/4, limited)
	w.manyAtOneInstant(t, object, second.state, limited)
	retries += w.manyWritten(t, kind, object, limited)
	// On a loaded machine some requests may still arrive after those that were admitted later.
	if n := w.Log.Count(); retries > n/100 {
		t.Errorf("%d of %d requests were refused and sent again: a limit of the vendor was exceeded", retries, n)
	}
}

// manyDeals pulls deals, whose links may need requests of their own.
func (w *world) manyDeals(t T, n int, limited func(*connector.Options)) (retries int) {
	t.Helper()
	object := w.first(crm.Deal)
	if object == "" {
		return 0
	}
	for i := range n {
		w.add(t, object, i)
	}
	c := w.connect(t, limited)
	p := w.through(t, c, crm.Deal, nil)
	if !slices.Equal(p.ids(), w.live(crm.Deal)) {
		t.Fatalf("%d of %d deals came", len(p.records), n)
	}
	empty := len(w.d.wanted(w.m, crm.Deal)) - 1 // other objects of the kind: a page each
	counts := c.Counts()
	w.floorRow(t, fmt.Sprintf("first pull, %d deals", n), counts.Pull+counts.Association, w.listFloor(object, n, w.d.Caps.List, w.d.Caps.ListJob)+empty, fmt.Sprintf("discovery %d, token %d", counts.Discovery, counts.Token))
	return counts.Retries
}

// manyAtOneInstant: a bulk edit changes more records at one instant than the CRM's window of answers holds.
// What an index may have shown late is read a second time, and beyond some thousands of records it comes a second time.
func (w *world) manyAtOneInstant(t T, object string, state []byte, limited func(*connector.Options)) {
	t.Helper()
	changed := w.m.Objects[object].Changed
	if changed == nil {
		return
	}
	n := 2*changed.Size + 100
	if k := changed.Page.Keyset; k != nil && k.Window > 0 {
		n = max(n, k.Window+400)
	}
	many := len(w.put[object])
	n = min(n, many-300)
	w.clock.Advance(time.Hour)
	edited := w.put[object][:n+200]
	for i, r := range edited {
		if i < 100 || i >= n+100 {
			w.clock.Advance(3 * time.Millisecond)
		}
		w.edit(t, object, r.id, many+i)
	}
	now := w.clock.Now()
	w.clock.Advance(settle)
	p := w.through(t, w.connect(t, limited), w.m.Objects[object].Kind, state)
	for _, r := range edited {
		if got, came := p.records[w.id(object, r.id)]; !came || got.UpdatedAt.Before(now.Add(-time.Minute)) {
			t.Fatalf("of %d changes, most of them at one instant, that of %s is not found", len(edited), r.id)
		}
	}
}

// manyWritten writes a class, and a reason of each record's own where the CRM takes distinct values together, to all records, or to as many as take a thousand requests.
func (w *world) manyWritten(t T, kind crm.Kind, object string, limited func(*connector.Options)) (retries int) {
	t.Helper()
	if w.writable()[kind] != object {
		return 0
	}
	specs := w.specs(object)[:1]
	if w.d.Caps.Distinct {
		specs = w.specs(object)[:2]
	}
	c := w.connect(t, limited)
	states := w.provision(t, c, kind, object, specs)
	records := w.put[object][:min(len(w.put[object]), 1000*max(w.d.Caps.Write, 1))]
	floor := 0
	byClass := map[string]int{}
	var writes []connector.Write
	for i, r := range records {
		v := values(specs, i)
		byClass[v["taxon_abc"]]++
		writes = append(writes, connector.Write{ID: r.id, Fields: v})
	}
	if w.m.Objects[object].Write.SameValues && !w.d.Caps.Distinct {
		for _, n := range byClass {
			floor += pages(n, w.d.Caps.Write)
		}
	} else {
		floor = pages(len(writes), w.d.Caps.Write)
	}
	before := c.Counts()
	written := map[string]bool{}
	for day := 0; len(written) < len(writes); day++ {
		left := slices.DeleteFunc(slices.Clone(writes), func(x connector.Write) bool { return written[x.ID] })
		err := c.Write(t.Context(), kind, left, func(batch []connector.Outcome) error {
			for _, o := range batch {
				if o.Error == nil {
					written[o.ID] = true
				} else if !o.Transient {
					return o.Error
				}
			}
			return nil
		})
		var parked *connector.Parked
		if errors.As(err, &parked) && day < 40 {
			w.clock.Set(parked.Until)
		} else if err != nil || len(written) < len(writes) {
			w.said.note(err)
			t.Fatalf("%d of %d are written: %v", len(written), len(writes), err)
		}
	}
	for _, x := range writes {
		if err := w.holds(object, x.ID, states, x.Fields); err != nil {
			t.Fatalf("%v", err)
		}
	}
	n := c.Counts()
	w.floorRow(t, fmt.Sprintf("%d written", len(writes)), n.Write-before.Write, best(floor+w.d.Caps.WriteFixed, len(writes), w.d.Caps.WriteJob), fmt.Sprintf("provision %d, read back %d", n.Provision, n.Read))
	return n.Retries
}
