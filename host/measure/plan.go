package measure

import (
	"math"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// Plan is a set of columns made ready to be computed together as of a day. It is immutable and may be shared.
type Plan struct {
	columns []*Column
	index   map[string]int // by canonical text
	subject crm.Kind
	base    string
	zone    *time.Location
	asOfDay crm.Day // from which windows reach back
	asOf    int64   // first microsecond of the as-of day: what is seen ends here
	fields  []fieldColumn
	sources [3]source // deals, activities, contacts
	lists   int
}

// Setting is what the columns of a plan are computed with.
type Setting struct {
	AsOf     crm.Day // exclusive end of what is seen
	Zone     *time.Location
	Subject  crm.Kind
	Currency string
	// Quiet are days that pass after AsOf without anything new: windows begin later by as much, and nothing more is seen.
	Quiet int
}

// fieldColumn is a field of the customer itself.
type fieldColumn struct {
	out  int
	slot slot
}

// source is what is computed over the deals, the activities or the people of a customer.
type source struct {
	slots   []slot
	filters []filter
	aggs    []aggregator
	ordered bool // a list wants the items in order
}

// filter decides which items count. Aggregators that share one share its outcome.
type filter struct {
	states stateSet
	first  int64 // microseconds; math.MinInt64 without a window
	conds  []comparison
}

type comparison struct {
	slot  int
	kind  crm.Type
	op    string
	value cell
}

// aggregator is one measure or list.
type aggregator struct {
	out    int
	filter int
	slot   int // -1: the item itself
	kind   crm.Type
	what   aggregate
	list   int // of a list column: which one
}

type aggregate uint8

const (
	count aggregate = iota
	sum
	mean
	least
	most
	first
	last
	distinct
	list
)

var aggregateOf = map[string]aggregate{"count": count, "sum": sum, "mean": mean, "min": least, "max": most, "first": first, "last": last, "distinct": distinct}

// Compile makes a plan of columns. Tags have no place in it: they are not computed from the mirror. Columns
// with the same canonical text become one; Index finds it.
func Compile(columns []*Column, s Setting) *Plan {
	p := &Plan{index: map[string]int{}, subject: s.Subject, base: s.Currency, zone: s.Zone, asOfDay: s.AsOf + crm.Day(s.Quiet), asOf: s.AsOf.Start(s.Zone).UnixMicro()}
	for _, c := range columns {
		if _, known := p.index[c.Canonical]; known || c.Form == TagForm {
			continue
		}
		out := len(p.columns)
		p.index[c.Canonical] = out
		p.columns = append(p.columns, c)
		if c.Form == FieldForm {
			p.fields = append(p.fields, fieldColumn{out, slot{name: c.Field, kind: c.Type, currency: s.Currency}})
			continue
		}
		p.add(out, c)
	}
	return p
}

// Columns are the distinct columns, in the order of Index.
func (p *Plan) Columns() []*Column { return p.columns }

// Index is the number of a column in the plan, -1 when it is not there.
func (p *Plan) Index(c *Column) int {
	if i, ok := p.index[c.Canonical]; ok {
		return i
	}
	return -1
}

func sourceIndex(name string) int {
	switch name {
	case Deals:
		return 0
	case Activities:
		return 1
	}
	return 2
}

func (p *Plan) add(out int, c *Column) {
	at := sourceIndex(c.Source)
	src := &p.sources[at]
	a := aggregator{out: out, slot: -1, kind: crm.Integer, what: list, list: -1}
	if c.Form == MeasureForm {
		a.what = aggregateOf[c.Aggregate]
	} else {
		a.list = p.lists
		p.lists++
		src.ordered = true
	}
	if c.Field != "" {
		kind := c.fieldKind
		a.slot, a.kind = src.slot(at, c.Field, kind, c.currency), kind
	}
	f := filter{states: anyState, first: math.MinInt64}
	if !c.window.All() {
		f.first = c.window.First(p.asOfDay).Start(p.zone).UnixMicro()
	}
	for _, k := range c.conds {
		if k.state != "" {
			f.states &= stateSets[k.state]
			continue
		}
		f.conds = append(f.conds, comparison{slot: src.slot(at, k.field.Name, k.field.Type, c.currency), kind: k.field.Type, op: k.op, value: cellOf(k.value, k.field.Type)})
	}
	a.filter = src.filter(f)
	src.aggs = append(src.aggs, a)
}

// slot finds or adds the slot of a field.
func (src *source) slot(at int, name string, kind crm.Type, currency string) int {
	if kind != crm.Amount {
		currency = ""
	}
	s := slot{name: name, kind: kind, currency: currency}
	switch at {
	case 0:
		s.part = dealParts[name]
	case 1:
		s.part = activityParts[name]
	}
	for i := range src.slots {
		if src.slots[i] == s {
			return i
		}
	}
	src.slots = append(src.slots, s)
	return len(src.slots) - 1
}

// filter finds or adds a filter.
func (src *source) filter(f filter) int {
	for i, g := range src.filters {
		if g.states == f.states && g.first == f.first && sameConds(g.conds, f.conds) {
			return i
		}
	}
	src.filters = append(src.filters, f)
	return len(src.filters) - 1
}

func sameConds(a, b []comparison) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// pass is the outcome of a filter.
type pass uint8

const (
	no pass = iota
	yes
	unknown // it depends on an amount whose rate is not known
)

// admits applies a filter to the item at hand.
func (e *Evaluator) admits(f *filter, src *source, it *item) pass {
	if f.states&it.state == 0 || f.first != math.MinInt64 && (it.date == store.NoTime || it.date < f.first) {
		return no
	}
	outcome := yes
	for i := range f.conds {
		c := &f.conds[i]
		v := e.slotValue(src, c.slot, it)
		if c.op == known {
			if v.why == Absent {
				return no
			}
		} else if v.why == NoRate || v.why == TooLarge {
			outcome = unknown
		} else if !c.holds(v) {
			return no
		}
	}
	return outcome
}

// holds compares. What is absent equals nothing.
func (c *comparison) holds(v cell) bool {
	if v.why == Absent {
		return c.op == "!="
	}
	if c.kind == crm.Text || c.kind == crm.Boolean {
		return (v.bits == c.value.bits && v.text == c.value.text) == (c.op == "=")
	}
	d := order(v, c.value, c.kind)
	switch c.op {
	case "=":
		return d == 0
	case "!=":
		return d != 0
	case "<":
		return d < 0
	case "<=":
		return d <= 0
	case ">":
		return d > 0
	}
	return d >= 0
}
