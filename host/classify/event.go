package classify

import (
	"slices"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
)

// Event is something that may happen to a customer, with all values that follow from it.
type Event struct {
	Kind   EventKind
	Source string // "deals" or "activities"; "" when nothing happens
	Where  string // the conditions of the item: " where won", or ""
	// Day is the day of the item that is added or not there. Of NothingNew it is the as-of day until which nothing happens.
	Day  crm.Day
	Like crm.Day // day of the item that an added one is like; 0 where it is a usual one
	// Usual is what an added item is of a customer that has none to be like: one of another customer, with the median amount.
	Usual []Detail
	Days  int // from the as-of day to Day, of NothingNew
}

// EventKind is a kind of event.
type EventKind string

// The kinds of events.
const (
	OneMore    EventKind = "one_more"    // one more item the day before the as-of day, like the last one or a usual one
	LastGone   EventKind = "last_gone"   // the last item is not there
	NothingNew EventKind = "nothing_new" // days pass
)

// mostDays is how far ahead nothing new is tried.
const mostDays = 3 * 366

// event is an Event to be tried.
type event struct {
	Event
	at func(days int64) *measured // what the values are then; days only of NothingNew
}

// path names an event among values that were not tried.
func (e *event) path() string {
	if e.Kind == NothingNew {
		return "the passing of time"
	}
	return e.Source + e.Where
}

func (e *event) effect(p point, asOf crm.Day) *Effect {
	out := e.Event
	if e.Kind == NothingNew {
		out.Day, out.Days = asOf+crm.Day(p.steps), int(p.steps)
	}
	return &Effect{Path: e.path(), Class: p.class, Event: &out}
}

// events are the trials of what may happen: for each set of deals or activities that the classifier looks at, one more
// of them and one less, then the passing of time. Records change, not values, so all that is computed from them changes
// together.
func (s *search) events() (trials []*trial) {
	add := func(e Event, at func(int64) *measured, points ...point) {
		trials = append(trials, &trial{spot: spot{-1, -1}, event: &event{Event: e, at: at}, points: points})
	}
	with := func(c store.Customer) func(int64) *measured {
		return func(int64) *measured { return s.r.measuredOf(s.t, &c, 0, s.rows) }
	}
	seen := map[string]bool{}
	for _, rd := range s.t.reads {
		n := rd.column.Items()
		if rd.withheld || n == nil || n.Source == measure.Contacts || seen[n.Canonical] {
			continue
		}
		seen[n.Canonical] = true
		last, day := s.r.last(s.customer, n)
		if last < 0 {
			if e, c, ok := s.usual(n); ok {
				add(e, with(c), point{})
			}
			continue
		}
		e := Event{Kind: OneMore, Source: n.Source, Where: n.Canonical[len("count("+n.Source+")"):], Day: s.r.AsOf - 1, Like: day}
		more, less := *s.customer, *s.customer
		if n.Source == measure.Deals {
			more.Deals = append(slices.Clone(more.Deals), dealLater(more.Deals[last], int(e.Day-day), s.r.Zone))
			less.Deals = slices.Delete(slices.Clone(less.Deals), last, last+1)
		} else {
			more.Activities = append(slices.Clone(more.Activities), activityLater(more.Activities[last], int(e.Day-day), s.r.Zone))
			less.Activities = slices.Delete(slices.Clone(less.Activities), last, last+1)
		}
		add(e, with(more), point{})
		e.Kind, e.Day, e.Like = LastGone, day, 0
		add(e, with(less), point{})
	}
	var ahead []point
	for n := int64(1); n <= mostDays; n += min(n, 30) {
		ahead = append(ahead, point{steps: n})
	}
	add(Event{Kind: NothingNew}, s.later, ahead...)
	return trials
}

// usual is one more item of which the customer has none, as others have it.
func (s *search) usual(n *measure.Column) (e Event, c store.Customer, ok bool) {
	if s.usuals == nil {
		return e, c, false
	}
	item, ok := s.usuals.of(n)
	if !ok {
		return e, c, false
	}
	_, day := s.r.last(item, n)
	e = Event{Kind: OneMore, Source: n.Source, Where: n.Canonical[len("count("+n.Source+")"):], Day: s.r.AsOf - 1, Usual: s.t.detailsOf(item, n.Source)}
	c = *s.customer
	for _, d := range item.Deals {
		c.Deals = append(slices.Clone(c.Deals), dealLater(d, int(e.Day-day), s.r.Zone))
	}
	for _, a := range item.Activities {
		c.Activities = append(slices.Clone(c.Activities), activityLater(a, int(e.Day-day), s.r.Zone))
	}
	return e, c, true
}

// last finds a customer's newest item that a count counts, and its day; -1 without one.
func (r *runner) last(c *store.Customer, n *measure.Column) (at int, day crm.Day) {
	at = -1
	newest := int64(store.NoTime)
	e := r.compile(n).Evaluator(r.Rates)
	look := func(i int, date int64, alone store.Customer) {
		if date <= newest {
			return
		}
		if e.Measure(&alone); e.Value(0).Int() == 1 {
			at, newest = i, date
		}
	}
	if n.Source == measure.Deals {
		end := r.AsOf.Start(r.Zone).UnixMicro()
		for i, d := range c.Deals {
			date := d.CreatedAt
			if (d.State == crm.Won || d.State == crm.Lost) && d.ClosedAt < end {
				date = d.ClosedAt
			}
			look(i, date, store.Customer{Deals: c.Deals[i : i+1]})
		}
	} else {
		for i, a := range c.Activities {
			look(i, a.OccurredAt, store.Customer{Activities: c.Activities[i : i+1]})
		}
	}
	if at < 0 {
		return -1, 0
	}
	return at, crm.DayOf(time.UnixMicro(newest), r.Zone)
}

// later are the customer's values when days have passed without anything new. The plugin counts from the as-of day, so
// not that day moves on, but all that was moves back.
func (s *search) later(days int64) *measured {
	m := s.r.measuredOf(s.t, s.customer, int(days), s.rows)
	for i := range m.base {
		m.base[i] = moved(m.base[i], -int(days), s.r.Zone)
		for k := range m.items[i] {
			m.items[i][k] = moved(m.items[i][k], -int(days), s.r.Zone)
		}
	}
	return m
}

// moved is a date or time some calendar days later, at the same time of day; any other value as it is.
func moved(v crm.Value, days int, zone *time.Location) crm.Value {
	switch v.Type() {
	case crm.Date:
		return crm.DateValue(v.Day() + crm.Day(days))
	case crm.Time:
		return crm.MicrosValue(movedMicros(v.Int(), days, zone))
	}
	return v
}

func movedMicros(at int64, days int, zone *time.Location) int64 {
	if at == store.NoTime {
		return at
	}
	return time.UnixMicro(at).In(zone).AddDate(0, 0, days).UnixMicro()
}

func movedFields(f store.Fields, days int, zone *time.Location) store.Fields {
	values := f.Map()
	for name, v := range values {
		values[name] = moved(v, days, zone)
	}
	return store.PackFields(values)
}

// dealLater is another deal of the same kind, days later.
func dealLater(d store.Deal, days int, zone *time.Location) store.Deal {
	d.ID += "+"
	d.CreatedAt, d.ClosedAt, d.Extra = movedMicros(d.CreatedAt, days, zone), movedMicros(d.ClosedAt, days, zone), movedFields(d.Extra, days, zone)
	return d
}

// activityLater is another activity of the same kind, days later.
func activityLater(a store.Activity, days int, zone *time.Location) store.Activity {
	a.ID += "+"
	a.OccurredAt, a.DueAt, a.PaidAt = movedMicros(a.OccurredAt, days, zone), movedMicros(a.DueAt, days, zone), movedMicros(a.PaidAt, days, zone)
	a.Extra = movedFields(a.Extra, days, zone)
	return a
}
