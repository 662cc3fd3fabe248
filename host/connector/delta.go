package connector

import (
	"context"
	"errors"
	"hash/fnv"
	"strconv"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// errForgotten ends a pull whose delta link the CRM does not know any more, or never gave: what was deleted meanwhile can only
// be learned by listing everything.
var errForgotten = errors.New("the CRM does not tell what changed since the last pull")

// errOtherProperties ends a pull whose delta link lists other properties than are wanted now: fields of ours were made since, or
// removed. A link knows only what was asked for when it was first given.
var errOtherProperties = errors.New("fields were made since the CRM gave its link to what changes")

// delivered hands on pages and notes that there were some.
type delivered struct {
	emit func(Page) error
	any  bool // also by an earlier run of this pull
}

func (d *delivered) page(p Page) error {
	d.any = true
	return d.emit(p)
}

// pullAnew lists everything of a kind. A pull that has delivered pages already cannot become one that lists everything: it ends,
// and the next one begins from zero.
func (c *Connector) pullAnew(ctx context.Context, kind crm.Kind, objects []*object, told *delivered, why error) error {
	s := c.freshState(objects)
	if !told.any {
		c.log.Warn(why.Error()+": everything is listed", "kind", string(kind))
		return c.pull(ctx, objects, s, told.page)
	}
	c.log.Warn(why.Error()+": the next pull lists everything", "kind", string(kind))
	state, err := s.encode()
	if err != nil {
		return err
	}
	return told.page(Page{State: state, Last: true})
}

// tells reports whether it can be learned what changed of an object since a state: by links only if its last listing ended with one.
// Else it is listed whole with each pull, as an object is that never tells.
func (o *object) tells(own *objectState) bool {
	c := o.spec.Changed
	return c != nil && (c.Delta == nil || own == nil || own.Swept == 0 || own.Delta != "")
}

// properties identify what is asked for, own fields included.
func (p *pull) properties() string {
	sum := fnv.New64a()
	for _, name := range p.asked {
		sum.Write([]byte(name + "\x00"))
	}
	return strconv.FormatUint(sum.Sum64(), 36)
}

// keepDelta keeps the link that a listing ends with, where changes are told by links.
func (p *pull) keepDelta(w *walk) {
	if p.o.spec.Changed == nil || p.o.spec.Changed.Delta == nil {
		return
	}
	w.id = p.o.spec.Changed.Delta.ID
	if w.changed == nil {
		p.own.DeltaOf = p.properties()
	}
	w.end = func(last *transport.Answer) {
		if p.own.Delta = mapping.Text(p.o.spec.Changed.Delta.Link.In(last.Body)); p.own.Delta == "" {
			p.c.log.Warn("the CRM gives no link to what changes from now on, the next pull lists all of it", "object", p.o.name)
		}
	}
}

// removed notes a row that says that its record is gone, and reports whether it is one. What a listing of everything shows as gone
// is as good as not listed.
func (p *pull) removed(w *walk, row mapping.Row) bool {
	if p.o.spec.Changed == nil || p.o.spec.Changed.Delta == nil || p.o.spec.Changed.Delta.Removed == nil {
		return false
	}
	d := p.o.spec.Changed.Delta
	if p.removal == nil {
		p.removal = p.c.vars(p.o)
	}
	if !holds(d.Removed, p.removal, row[0]) {
		return false
	}
	id := w.rowID(row)
	if id == "" || w.changed == nil {
		return true
	}
	if i, listed := p.at[id]; listed { // changed, then deleted
		p.drop(i)
	}
	p.gone(id, row, d.Into)
	return true
}
