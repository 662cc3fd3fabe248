package connector

import (
	"context"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// phase does the current phase and turns to the next one.
func (p *pull) phase(ctx context.Context) error {
	s, spec := p.own, p.o.spec
	p.linkClass = transport.Association
	switch s.Phase {
	case phaseList:
		w := walk{object: p.o, class: transport.Pull, properties: p.asked, listing: spec.List}
		start := position{}
		if spec.List == nil {
			w.listing, w.changed = &spec.Changed.Listing, spec.Changed
			start.Since = earliest(spec.Changed)
		}
		p.keepDelta(&w)
		return p.walk(ctx, w, start, func() string {
			s.Mark, s.Touched, s.Swept, s.Late, s.Archived = s.Began, s.Began, s.Began, s.Began, s.Began
			if w.changed != nil { // what appears late was not listed
				s.Late = max(0, s.Began-w.changed.Late.Microseconds())
			}
			return ""
		})
	case phaseChanged:
		w := walk{object: p.o, class: transport.Pull, properties: p.asked, listing: &spec.Changed.Listing, changed: spec.Changed}
		start := position{Since: s.since(spec.Changed, s.Mark)}
		if spec.Changed.Delta != nil {
			if start.Link = s.Delta; s.Delta == "" {
				return errForgotten
			}
			if s.DeltaOf != p.properties() {
				return errOtherProperties
			}
		}
		p.keepDelta(&w)
		if p.own.At == nil {
			s.From = start.Since
		}
		return p.walk(ctx, w, start, func() string {
			if spec.Changed.New != nil {
				return phaseNew
			}
			return p.afterNew()
		})
	case phaseNew:
		w := walk{object: p.o.byCreation(), class: transport.Pull, properties: p.asked, listing: spec.Changed.New, changed: spec.Changed}
		return p.walk(ctx, w, position{Since: s.From}, p.afterNew)
	case phaseTouched:
		return p.touched(ctx)
	case phaseLate:
		p.linkClass = transport.LatePass
		w := walk{object: p.o, class: transport.LatePass, properties: p.asked, listing: &spec.Changed.Listing, changed: spec.Changed}
		return p.walk(ctx, w, position{Since: max(s.Late, earliest(spec.Changed)), Until: s.LateTo}, func() string {
			s.Late, s.LateTo = s.LateTo, 0
			return p.archivedDue()
		})
	case phaseArchived:
		return p.archived(ctx)
	}
	return &crm.Error{Code: crm.CodeInternal, Message: "the state of the pull is unknown"}
}

// byCreation is the object with the rows' creation in the place of their change.
func (o *object) byCreation() *object {
	created := *o
	created.table.Updated, created.table.Created = o.table.Created, nil
	return &created
}

// since is where a sweep over changes begins: behind the last change seen, but no later than the overlap before the last
// sweep, because what had changed by then may not have been shown yet. The data's own clock decides as far as
// possible; ours can only make the sweep longer.
func (s *objectState) since(c *manifest.Changed, mark int64) int64 {
	behind := mark + precision(c).Microseconds()
	return max(min(behind, s.Swept-c.Overlap.Microseconds()), earliest(c))
}

// afterNew answers the phase after the changes of the records themselves.
func (p *pull) afterNew() string {
	if p.own.Touch < len(p.o.spec.Changed.Touched) {
		return phaseTouched
	}
	p.own.Swept, p.own.From, p.own.Touch = p.own.Began, 0, 0
	return p.afterChanged()
}

// afterChanged answers the phase after all changes: a second pass over what is old enough, when enough of it has gathered, or
// when the account has fallen silent: what appears late is then older than what was seen last.
func (p *pull) afterChanged() string {
	if to, due := p.own.lateTo(p.o.spec.Changed, p.own.Mark, p.own.Began); due {
		p.own.LateTo = to
		return phaseLate
	}
	return p.archivedDue()
}

// lateTo answers where a second pass ends that a pull makes, by the last change seen and when the pull began.
func (s *objectState) lateTo(c *manifest.Changed, mark, began int64) (to int64, due bool) {
	late, step := c.Late.Microseconds(), precision(c).Microseconds()
	to = min(began-late, mark+step)
	silent := to == mark+step
	return to, late > 0 && (to-s.Late >= late/2 || silent && to-s.Late > step)
}

func (p *pull) archivedDue() string {
	d := p.o.spec.Deleted
	if d == nil || p.own.Began-p.own.Archived < d.Every.Microseconds() {
		return ""
	}
	p.own.ArchivedNext = p.own.Began
	return phaseArchived
}

func earliest(c *manifest.Changed) int64 {
	at, err := time.Parse(time.RFC3339, orDefault(c.Earliest, "1970-01-01T00:00:01Z"))
	if err != nil {
		return time.Second.Microseconds() // Load has checked it
	}
	return at.UnixMicro()
}
