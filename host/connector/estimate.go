package connector

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// What an estimate assumes where nobody knows.
const (
	assumedRecords = 10_000                 // of an object
	assumedChanges = 0.01                   // of the records, since the last pull
	assumedPolls   = 10                     // until a job is done
	assumedAnswer  = 300 * time.Millisecond // one request, one after the other
)

// longBucket is the period from which on a rate bucket is told as a quota.
const longBucket = time.Hour

// Expectation is what is known before a pull.
type Expectation struct {
	Full      bool                // everything is to be pulled
	Reconcile bool                // all ids are to be compared afterwards
	States    map[crm.Kind][]byte // where earlier pulls stand
	Copied    map[crm.Kind]int    // records that earlier pulls have brought
	Records   map[crm.Kind]int    // records that the account has, as a person says
	Count     bool                // the CRM is asked how many there are, where it has cheap requests for that
	Pulled    bool                // everything was pulled a moment ago: what a pull of changes takes
}

// Estimate is what a pull will take: the fewest requests that the CRM's caps allow for so many records.
type Estimate struct {
	Objects      []ObjectEstimate `json:"objects"`
	Preparation  int              `json:"preparation"` // requests about the account, its stages and its fields
	Requests     int              `json:"requests"`    // all of them
	Quotas       []QuotaEstimate  `json:"quotas"`
	Seconds      float64          `json:"seconds"`
	SlowestLimit string           `json:"slowest_limit,omitempty"` // the rate limit that decides the time, if one does
	Asked        int              `json:"asked"`                   // requests that the estimate itself took
	Countable    bool             `json:"countable"`               // the CRM has cheap requests for counts, of some objects at least
	Assumptions  []string         `json:"assumptions"`
}

// ObjectEstimate is the share of one of the CRM's objects.
type ObjectEstimate struct {
	Kind         crm.Kind `json:"kind"`
	Object       string   `json:"object"`
	Everything   bool     `json:"everything"` // else what changed
	Records      int      `json:"records"`
	From         string   `json:"from"` // counted, given, copy (of earlier pulls), files or assumed
	Job          bool     `json:"job,omitempty"`
	Pages        int      `json:"pages"`
	Associations int      `json:"associations"`
	Deletions    int      `json:"deletions"`
	IDs          int      `json:"ids"` // pages of all ids, where these are compared
}

func (o *ObjectEstimate) requests() int { return o.Pages + o.Associations + o.Deletions + o.IDs }

// QuotaEstimate is what a pull takes of a quota of an hour and longer.
type QuotaEstimate struct {
	Name    string  `json:"name"`
	Size    int     `json:"size"`
	Seconds float64 `json:"seconds"` // in which so much may be taken
	Takes   int     `json:"takes"`
	Share   float64 `json:"share"`
	Days    int     `json:"days,omitempty"` // of a day's quota: on which it is worked off, within the share that may be used
}

// The places where an estimate has the number of records from.
const (
	fromCount   = "counted"
	fromPerson  = "given"
	fromCopy    = "copy"
	fromNothing = "assumed"
)

// Estimate says what the next pull will take. Nothing is called but, where e.Count wants it, the cheap requests for counts that the
// CRM has; Expectation says what is known without them.
func (c *Connector) Estimate(ctx context.Context, e Expectation) (Estimate, error) {
	m := &meter{c: c, expects: e, takes: map[string]*load{}, lookups: map[string]bool{}}
	before := c.Counts().Total()
	for _, kind := range crm.Kinds {
		if err := m.kind(ctx, kind); err != nil {
			return Estimate{}, err
		}
	}
	m.prepare()
	m.out.Asked = c.Counts().Total() - before
	return m.finish(), nil
}

// meter is one Estimate.
type meter struct {
	c       *Connector
	expects Expectation
	out     Estimate
	takes   map[string]*load
	lookups map[string]bool
	unknown []crm.Kind    // of which nobody knows how many records there are, once each
	known   []string      // assumptions, once each
	waits   time.Duration // for jobs
}

// load is what is taken of one rate bucket.
type load struct {
	transport.Room
	takes int
}

// held is how long a window of requests holds them back: the limiter lets as many through at once as it has room for, and then
// waits until the window is over.
func (l *load) held() time.Duration {
	windows := (l.takes - 1) / l.Most
	return time.Duration(windows)*l.Window + time.Duration(l.takes-windows*l.Most)*assumedAnswer
}

func (m *meter) assume(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(m.known, text) {
		m.known = append(m.known, text)
	}
}

// send notes n requests of a kind.
func (m *meter) send(class transport.Class, r *manifest.Request, vars map[string]any, n int) {
	if n <= 0 {
		return
	}
	call, err := transport.Build(class, r, vars)
	if err != nil { // it needs what only an answer tells
		call = &transport.Call{Class: class, Request: r}
	}
	for _, room := range m.c.client.Room(call) {
		l := m.takes[room.Name]
		if l == nil {
			l = &load{Room: room}
			m.takes[room.Name] = l
		}
		l.takes += n * room.Cost
	}
}

func (m *meter) kind(ctx context.Context, kind crm.Kind) error {
	objects := m.c.objects[kind]
	s := parseState(m.expects.States[kind])
	if m.expects.Pulled {
		s = m.c.freshState(objects)
		now := m.c.serverNow().UnixMicro()
		for _, own := range s.Objects {
			*own = objectState{Shape: own.Shape, Mark: now, Swept: now, Late: now, Archived: now, Delta: "given"}
		}
	}
	all := m.expects.Full || m.c.stale(objects, s)
	for _, o := range objects {
		own := s.Objects[o.name]
		everything := all || own == nil || own.Swept == 0 || o.spec.Changed == nil || o.spec.Changed.Delta != nil && own.Delta == ""
		if err := m.object(ctx, o, own, everything, len(objects)); err != nil {
			return err
		}
	}
	return nil
}

// object estimates the pull of one object; among is how many share the numbers of their kind.
func (m *meter) object(ctx context.Context, o *object, own *objectState, everything bool, among int) error {
	out := ObjectEstimate{Kind: o.spec.Kind, Object: o.name, Everything: everything}
	listing, at := o.spec.List, position{}
	if !everything || listing == nil {
		listing, at.Since = &o.spec.Changed.Listing, earliest(o.spec.Changed)
	}
	if !everything {
		at.Since = own.since(o.spec.Changed, own.Mark)
	}
	m.out.Countable = m.out.Countable || listing.Count != nil
	n, counted, err := m.count(ctx, o, listing, at)
	if err != nil {
		return err
	}
	if out.Records, out.From = n, fromCount; !counted {
		out.Records, out.From = m.guess(o, own, everything, among)
	}
	listed, again := out.Records, 0 // what is read again is in what the CRM counts
	if !everything {
		if again = own.Recent; !counted {
			listed += again
		}
	}
	m.list(o, listing, listed, &out)
	if again >= listing.Size {
		m.assume("%d of the %s changed shortly before the last pull and are read again", again, o.name)
	}
	if !everything {
		m.besides(o, &out)
		if err := m.late(ctx, o, own, listed > again, &out); err != nil {
			return err
		}
	}
	vars := m.c.vars(o)
	vars["inputs"] = []any{}
	for _, to := range slices.Sorted(maps.Keys(o.spec.Associations)) {
		a := o.spec.Associations[to]
		if a.PagesOnly && out.Job {
			continue
		}
		requests := pages(listed-min(again, maxSeen), a.Batch) // a state remembers no more of what it has delivered
		out.Associations += requests
		m.send(transport.Association, a.Request, vars, requests)
	}
	if d := o.spec.Deleted; d != nil && !everything && m.c.serverNow().UnixMicro()-own.Archived >= d.Every.Microseconds() {
		out.Deletions = 1
		m.assume("what was deleted fits into one page of each object")
		m.page(o, &d.Listing, transport.Archived, 1)
	}
	if m.expects.Reconcile {
		if err := m.compare(ctx, o, own, everything, among, &out); err != nil {
			return err
		}
	}
	for _, name := range o.lookups {
		m.lookups[name] = true
	}
	m.out.Objects = append(m.out.Objects, out)
	return nil
}

// count asks the CRM, where it is to be asked and can tell.
func (m *meter) count(ctx context.Context, o *object, l *manifest.Listing, at position) (n int, known bool, err error) {
	if !m.expects.Count {
		return 0, false, nil
	}
	return m.c.count(ctx, o, l, at)
}

// compare notes the pages of all ids of an object, whatever the pull itself reads.
func (m *meter) compare(ctx context.Context, o *object, own *objectState, everything bool, among int, out *ObjectEstimate) error {
	l := o.allIDs()
	if l == nil {
		return nil // the pull will say so
	}
	n := out.Records
	if !everything {
		counts, at := o.spec.List, position{}
		if counts == nil {
			counts, at.Since = &o.spec.Changed.Listing, earliest(o.spec.Changed)
		}
		counted := false
		var err error
		if n, counted, err = m.count(ctx, o, counts, at); err != nil {
			return err
		}
		if !counted {
			n, _ = m.guess(o, own, true, among)
		}
	}
	out.IDs = max(1, pages(n, l.Size))
	m.page(o, l, transport.Reconcile, out.IDs)
	if l.Request.First != nil {
		out.IDs++
		m.send(transport.Reconcile, l.Request.First, m.c.vars(o), 1)
	}
	return nil
}

// late notes the second pass over older changes, where it falls due; some tells that there are new changes.
func (m *meter) late(ctx context.Context, o *object, own *objectState, some bool, out *ObjectEstimate) error {
	now := m.c.serverNow().UnixMicro()
	mark := own.Mark
	if some {
		mark = now
	}
	to, due := own.lateTo(o.spec.Changed, mark, now)
	if !due {
		return nil
	}
	l := &o.spec.Changed.Listing
	n, counted, err := m.count(ctx, o, l, position{Since: max(own.Late, earliest(o.spec.Changed)), Until: to})
	if err != nil {
		return err
	}
	if !counted {
		n = out.Records
		m.assume("as many changes are looked for a second time as there are new ones")
	}
	requests := max(1, pages(n, l.Size)) * m.chunks(o, l)
	out.Pages += requests
	m.page(o, l, transport.LatePass, requests)
	return nil
}

// guess is the number of records where the CRM does not count them.
func (m *meter) guess(o *object, own *objectState, everything bool, among int) (int, string) {
	kind := o.spec.Kind
	n, given := m.expects.Records[kind]
	from := fromPerson
	if !given {
		n, from = m.expects.Copied[kind], fromCopy
	}
	pulled := own != nil && own.Swept != 0 // then none are none
	switch {
	case n == 0 && !given && !pulled:
		n, from = assumedRecords, fromNothing
		if !slices.Contains(m.unknown, kind) {
			m.unknown = append(m.unknown, kind)
		}
	case among > 1 && n > 0:
		n = pages(n, among)
		m.assume("the %s records are spread evenly over %d objects", kind, among)
	}
	if !everything {
		m.assume("%g %% of the records have changed", assumedChanges*100)
		return int(math.Ceil(float64(n) * assumedChanges)), fromNothing
	}
	return n, from
}

// list notes the requests of a listing, in pages or as a job.
func (m *meter) list(o *object, l *manifest.Listing, records int, out *ObjectEstimate) {
	if j := l.Job; j != nil && (j.Above == 0 || records > j.Above) {
		out.Job = true
		results := 1
		if j.Size > 0 {
			results = max(1, pages(records, j.Size))
		}
		out.Pages = 1 + assumedPolls + results
		every := orDefault(j.Every, pollEvery)
		m.waits += assumedPolls * every
		m.assume("a job is done when it has been asked after %d times, one time each %g s", assumedPolls, every.Seconds())
		vars := m.c.vars(o)
		vars["page"], vars["size"], vars["properties"], vars["job"] = map[string]any{}, l.Size, []string{}, map[string]any{"id": "0"}
		m.send(transport.Pull, j.Submit, vars, 1)
		m.send(transport.Pull, j.Poll, vars, assumedPolls)
		m.send(transport.Pull, j.Result, vars, results)
		return
	}
	out.Pages = max(1, pages(records, l.Size)) * m.chunks(o, l)
	m.page(o, l, transport.Pull, out.Pages)
	if l.Request.First != nil {
		out.Pages++
		m.send(transport.Pull, l.Request.First, m.c.vars(o), 1)
	}
}

// chunks is how many requests the properties of a page take.
func (m *meter) chunks(o *object, l *manifest.Listing) int {
	m.c.mu.Lock()
	own := m.c.own[o.spec.Kind]
	m.c.mu.Unlock()
	return len(chunk(append(slices.Clone(o.properties), own...), l.Chunk))
}

// besides notes the listings that a pull of changes reads beside the one of changes.
func (m *meter) besides(o *object, out *ObjectEstimate) {
	var more []*manifest.Listing
	if n := o.spec.Changed.New; n != nil {
		more = append(more, n)
	}
	for _, t := range o.spec.Changed.Touched {
		more = append(more, &t.Listing)
	}
	for _, l := range more {
		out.Pages++
		m.page(o, l, transport.Pull, 1)
		m.assume("what is new, and what was touched in other tables, fits into one page each")
	}
}

// page notes n requests for pages of a listing.
func (m *meter) page(o *object, l *manifest.Listing, class transport.Class, n int) {
	vars := m.c.vars(o)
	position{}.pageVars(vars, &l.Page)
	vars["size"], vars["properties"] = l.Size, o.properties
	m.send(class, l.Request, vars, n)
}

// prepare notes the requests that come before the first page.
func (m *meter) prepare() {
	vars := m.c.vars(nil)
	m.out.Preparation = 1
	m.send(transport.Discovery, m.c.manifest.Account.Request, vars, 1)
	vars["page"] = map[string]any{}
	for name := range m.lookups {
		m.out.Preparation++
		m.send(transport.Discovery, m.c.manifest.Lookups[name].Request, vars, 1)
	}
	for kind, objects := range m.c.objects {
		for _, o := range objects {
			if def := fieldList(o.spec); def != nil && (len(m.c.own[kind]) > 0 || o.spec.Strict) {
				m.out.Preparation++
				m.page(o, def.List, transport.Discovery, 1)
			}
		}
	}
	if m.c.manifest.Auth[m.c.client.AuthName].Exchange != nil {
		m.out.Preparation++
	}
}

// finish adds everything up.
func (m *meter) finish() Estimate {
	out := m.out
	out.Requests = out.Preparation
	for i := range out.Objects {
		out.Requests += out.Objects[i].requests()
	}
	out.Seconds = (time.Duration(out.Requests)*assumedAnswer + m.waits).Seconds()
	m.assume("an answer takes %g s", assumedAnswer.Seconds())
	for _, name := range slices.Sorted(maps.Keys(m.takes)) {
		l := m.takes[name]
		if l.Size <= 0 {
			continue
		}
		rounds := float64(l.takes) / float64(l.Size)
		q := QuotaEstimate{Name: name, Size: l.Size, Seconds: l.Spec.Per.Seconds(), Takes: l.takes, Share: rounds}
		if l.Spec.Daily == "" {
			if seconds := l.held().Seconds(); l.Spec.AtOnce == 0 && seconds > out.Seconds {
				out.Seconds, out.SlowestLimit = seconds, name
			}
			if l.Spec.Per >= longBucket {
				out.Quotas = append(out.Quotas, q)
			}
			continue
		}
		q.Days = max(1, int(math.Ceil(rounds/m.c.client.Budget)))
		if l.Spec.Told() && !l.Settled {
			m.assume("the quota %s is the smallest one, %d a day: the account's own is known with the first answer", name, l.Size)
		} else {
			m.assume("the quota %s is %d a day", name, l.Size)
		}
		out.Quotas = append(out.Quotas, q)
	}
	out.Assumptions = append(m.nobodyKnows(), m.known...)
	return out
}

// nobodyKnows says what is assumed of the kinds of which nobody knows how many records there are.
func (m *meter) nobodyKnows() []string {
	if len(m.unknown) == 0 {
		return []string{}
	}
	var kinds, flags []string
	for _, kind := range m.unknown {
		kinds, flags = append(kinds, string(kind)), append(flags, string(kind)+"=N")
	}
	return []string{fmt.Sprintf("each object of the kind %s has %d records, since nobody knows (--records %s says better)", strings.Join(kinds, ", "), assumedRecords, strings.Join(flags, ","))}
}

// pages is how many requests n records take, size at a time.
func pages(n, size int) int {
	if size <= 0 {
		return 0
	}
	return (n + size - 1) / size
}
