package connector

import (
	"context"
	"errors"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// A pull is snapshot, then changes, with one state: the phase list once, after that the phases changed, late and
// archived in every pull. The phases of one object follow each other; a kind's objects too.

// Pull lists the records of a kind: all of them when state is nil, else what changed since that state. emit is called
// with one page after the other; an error of emit ends the pull and is returned.
func (c *Connector) Pull(ctx context.Context, kind crm.Kind, state []byte, emit func(Page) error) error {
	objects, err := c.objectsOf(kind)
	if err != nil {
		return err
	}
	if _, err := c.Account(ctx); err != nil {
		return err
	}
	s := parseState(state)
	s.adopt(c.manifest.Name, c.manifest.Version)
	if c.stale(objects, s) {
		s = c.freshState(objects)
	}
	told := &delivered{emit: emit, any: s.Current != ""}
	if err = c.pull(ctx, objects, s, told.page); errors.Is(err, errForgotten) || errors.Is(err, errOtherProperties) {
		return c.pullAnew(ctx, kind, objects, told, err)
	}
	return err
}

// pull lists from where a state stands.
func (c *Connector) pull(ctx context.Context, objects []*object, s *pullState, emit func(Page) error) error {
	underWay := s.Current != ""
	for i, o := range objects {
		if underWay && o.name != s.Current {
			continue // done before the pull was interrupted
		}
		if s.Objects[o.name] == nil { // the manifest did not have it yet: it is listed, and the others go on
			s.Objects[o.name] = &objectState{Shape: o.shape}
		}
		p := &pull{c: c, o: o, state: s, own: s.Objects[o.name], last: i == len(objects)-1, emit: emit}
		err := p.run(ctx, underWay)
		if o.spec.Optional && refused(err) {
			err = p.leaveOut()
		}
		if err != nil {
			return err
		}
		underWay = false
	}
	return nil
}

// freshState begins from zero.
func (c *Connector) freshState(objects []*object) *pullState {
	s := &pullState{Version: stateVersion, Manifest: c.manifest.Name, Edition: c.manifest.Version, Objects: map[string]*objectState{}}
	for _, o := range objects {
		s.Objects[o.name] = &objectState{Shape: o.shape, Full: true, Phase: phaseList}
	}
	return s
}

// stale reports whether a state does not serve: nothing is known yet, other fields are mapped now, an object is gone from the
// manifest, no object tells its changes, or the CRM may have forgotten deletions. Then all objects of the kind begin from zero.
func (c *Connector) stale(objects []*object, s *pullState) bool {
	now := c.serverNow().UnixMicro()
	known, changes := 0, false
	for _, o := range objects {
		own := s.Objects[o.name]
		changes = changes || o.tells(own)
		if own == nil {
			continue
		}
		if known++; own.Shape != o.shape {
			return true
		}
		if d := o.spec.Deleted; d != nil && d.Retention > 0 && own.Archived > 0 && now-own.Archived > d.Retention.Microseconds() {
			return true
		}
	}
	return known == 0 || known < len(s.Objects) || s.Current == "" && !changes || s.Current != "" && s.Objects[s.Current] == nil
}

// pull is the pull of one object.
type pull struct {
	c     *Connector
	o     *object
	state *pullState
	own   *objectState
	last  bool // the object is the last one of its kind
	emit  func(Page) error

	table   mapping.Table // with own fields
	context mapping.Context
	asked   []string // properties, own fields included

	linkClass transport.Class   // what requests for associations count as
	unlinked  map[crm.Kind]bool // associations that were refused
	byJob     bool              // the records of the page come by a job
	removal   map[string]any    // variables for rows that tell deletions
	absorbed  map[string]string // by the id of a record that is gone, the one that it became a part of

	// The page that is being filled.
	page Page
	at   map[string]int // position in page.Records by id
}

func (p *pull) run(ctx context.Context, underWay bool) error {
	p.c.mu.Lock()
	delete(p.c.absent, p.o.name)
	p.c.mu.Unlock()
	if err := p.prepare(ctx); err != nil {
		return err
	}
	if !underWay {
		if p.own.Phase == "" {
			p.own.Phase = phaseChanged
			if p.own.Swept == 0 || !p.o.tells(p.own) {
				p.own.Phase = phaseList
			}
		}
		p.own.Began, p.own.At, p.own.Touch, p.own.Recent = p.c.serverNow().UnixMicro(), nil, 0, 0
	}
	if !p.offers(p.own.Phase) { // another manifest than this one has begun it
		p.own.Phase, p.own.At, p.own.Touch = phaseChanged, nil, 0
		if p.o.spec.Changed == nil {
			p.own.Phase = phaseList
		}
	}
	p.state.Current = p.o.name
	for p.own.Phase != "" {
		if err := p.phase(ctx); err != nil {
			return err
		}
	}
	return nil
}

// offers reports whether the manifest has what a phase reads.
func (p *pull) offers(phase string) bool {
	s := p.o.spec
	switch phase {
	case phaseChanged, phaseLate:
		return s.Changed != nil
	case phaseNew:
		return s.Changed != nil && s.Changed.New != nil
	case phaseTouched:
		return s.Changed != nil && p.own.Touch < len(s.Changed.Touched)
	case phaseArchived:
		return s.Deleted != nil
	}
	return true
}

// walk reads a listing of records, from where the state stands, and delivers its pages. after is called when the listing
// is at its end and answers the next phase.
func (p *pull) walk(ctx context.Context, w walk, start position, after func() string) error {
	if p.own.At == nil && w.class == transport.Pull {
		byJob, err := p.c.byJob(ctx, p.o, w.listing, start)
		if err != nil {
			return err
		}
		if byJob {
			start.Job = &jobPosition{}
			p.own.At = &start
		}
	}
	if p.own.At != nil {
		if start = *p.own.At; start.Job != nil {
			return p.walkJob(ctx, w, after)
		}
	}
	err := p.c.pages(ctx, w, start, func(rows []mapping.Row, next *position) error {
		for _, row := range rows {
			if !p.removed(&w, row) {
				p.take(row, w.changed != nil)
			}
		}
		if next == nil {
			p.own.At, p.own.Phase = nil, after()
			return p.flush(ctx)
		}
		p.own.At = next
		// Another page would not fit into one request for associations, or nothing but ids of what is gone has come.
		if len(p.page.Records)+w.listing.Size > p.o.fill() || len(p.page.Deleted) >= fullOfGone {
			return p.flush(ctx)
		}
		return nil
	})
	if transport.ClassOf(err) == manifest.ThenRestart && p.own.At == nil && w.changed != nil && w.changed.Delta != nil {
		return errForgotten
	}
	if transport.ClassOf(err) == manifest.ThenRestart && p.own.At != nil {
		p.own.At = nil // the CRM has forgotten the cursor: this phase begins again
		p.page, p.at = Page{}, nil
		return nil
	}
	return err
}

// fullOfGone is how many ids of records that are gone a page gathers before it is delivered.
const fullOfGone = 1000

// fill is how many records a page gathers before it is delivered: as many as one request for associations takes.
func (o *object) fill() int {
	n := 1
	for _, a := range o.spec.Associations {
		n = max(n, a.Batch)
	}
	return n
}

// take maps a row into the page.
func (p *pull) take(row mapping.Row, changed bool) {
	id := p.table.RowID(row)
	if stamp, ok := p.table.Stamp(row); ok && p.o.spec.Changed != nil {
		if stamp.UnixMicro() >= p.own.Began-p.o.spec.Changed.Overlap.Microseconds() {
			p.own.Recent++
		}
		if changed { // A stamp in the future would hide the changes until then.
			p.own.Mark = max(p.own.Mark, min(stamp.UnixMicro(), p.c.serverNow().UnixMicro()))
		}
	}
	if p.own.Seen.add(row, id) {
		p.mapped(row)
	}
}

// mapped maps a row that is to be delivered into the page.
func (p *pull) mapped(row mapping.Row) {
	if p.leaves(row) {
		return
	}
	record, rejected := p.table.Map(row, &p.context)
	if rejected != nil {
		p.page.Rejected = append(p.page.Rejected, *rejected)
		return
	}
	p.add(record)
}

// gone reports whether a row is of a record that is none of the object's.
func (o *object) gone(row mapping.Row, vars map[string]any) (bool, error) {
	if o.spec.Gone == nil {
		return false, nil
	}
	vars["record"] = row.CEL()
	return o.spec.Gone.True(vars)
}

// leaves notes a row of a record that is none of the object's, and reports whether it is one. What changes may have come from the
// object, and is told as gone; in a listing of everything it is as good as not listed.
func (p *pull) leaves(row mapping.Row) bool {
	gone, err := p.o.gone(row, p.context.Vars)
	if !gone && err == nil {
		return false
	}
	id := p.table.RowID(row)
	if err != nil { // neither a record nor a deletion may be made of it
		p.page.Rejected = append(p.page.Rejected, crm.Rejected{Kind: p.o.spec.Kind, ID: id, Error: &crm.Error{Code: crm.CodeRecord, Pointer: "gone",
			Message: "whether the record is gone cannot be computed: " + err.Error()}})
		return true
	}
	if i, listed := p.at[id]; listed { // changed, then left
		p.drop(i)
	}
	if !p.own.Full && id != "" {
		p.page.Deleted = append(p.page.Deleted, id)
	}
	return true
}

// add puts a record into the page.
func (p *pull) add(record crm.Record) {
	if i, again := p.at[record.ID]; again { // changed while it was listed: the later version counts
		p.page.Records[i] = record
		return
	}
	if p.at == nil {
		p.at = map[string]int{}
	}
	p.at[record.ID] = len(p.page.Records)
	p.page.Records = append(p.page.Records, record)
}

// flush reads the associations of the page, and delivers it.
func (p *pull) flush(ctx context.Context) error {
	if err := p.survivors(ctx); err != nil {
		return err
	}
	if err := p.associate(ctx); err != nil {
		return err
	}
	return p.deliver()
}

// deliver hands the page on, with the state that resumes after it.
func (p *pull) deliver() error {
	page := p.o.prefixed(p.page)
	page.Full = p.own.Full
	if p.own.Phase == "" {
		p.own.Full = false
		if page.Last = p.last; page.Last {
			p.state.Current = ""
		}
	}
	var err error
	if page.State, err = p.state.encode(); err != nil {
		return err
	}
	p.page, p.at = Page{}, nil
	return p.emit(page)
}

// archived reads the deletions.
func (p *pull) archived(ctx context.Context) error {
	d := p.o.spec.Deleted
	w := walk{object: p.o, class: transport.Archived, listing: &d.Listing, id: d.ID}
	start := position{Since: max(0, p.own.Archived-time.Minute.Microseconds())}
	if p.own.At != nil {
		start = *p.own.At
	}
	at := mapping.Table{Updated: d.At, Seconds: p.o.spec.Seconds}
	since := time.UnixMicro(start.Since)
	return p.c.pages(ctx, w, start, func(rows []mapping.Row, next *position) error {
		for _, row := range rows {
			if stamp, ok := at.Stamp(row); ok && stamp.Before(since) {
				continue // an earlier pass has told
			}
			if id := w.rowID(row); id != "" {
				p.gone(id, row, d.Into)
			}
		}
		if next != nil && len(p.page.Deleted)+len(p.absorbed) < fullOfGone {
			p.own.At = next
			return nil
		}
		if p.own.At = next; next == nil {
			p.own.Phase, p.own.Archived, p.own.ArchivedNext = "", p.own.ArchivedNext, 0
		}
		return p.flush(ctx)
	})
}

// allIDs is the cheapest listing of all live records; nil when there is none.
func (o *object) allIDs() *manifest.Listing {
	if o.spec.IDs != nil {
		return o.spec.IDs
	}
	return o.spec.List
}

// IDs lists the ids of all live records of a kind in the cheapest way.
func (c *Connector) IDs(ctx context.Context, kind crm.Kind, emit func(ids []string) error) error {
	objects, err := c.objectsOf(kind)
	if err != nil {
		return err
	}
	for _, o := range objects {
		listing := o.allIDs()
		if listing == nil {
			return c.cannot(kind, "list the ids of")
		}
		w := walk{object: o, class: transport.Reconcile, listing: listing}
		vars := c.vars(o)
		err := c.pages(ctx, w, position{}, func(rows []mapping.Row, _ *position) error {
			ids := make([]string, 0, len(rows))
			for _, row := range rows {
				if gone, err := o.gone(row, vars); err == nil && gone { // where the rows tell
					continue
				}
				if id := o.table.RowID(row); id != "" {
					ids = append(ids, o.prefix+id)
				}
			}
			if len(ids) == 0 {
				return nil
			}
			return emit(ids)
		})
		if o.spec.Optional && refused(err) {
			err = c.unlisted(o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
