package measure

import (
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// Evaluator computes a plan's columns for one customer after the other. It reuses its memory: after a few
// customers it allocates nothing. Not safe for concurrent use.
type Evaluator struct {
	plan  *Plan
	rates *converter
	clock dayClock

	out   []cell   // by column, of the customer at hand
	lists [][]cell // by list

	accs   [3][]accumulator // by source and aggregator
	passes []pass           // by filter, of the item at hand
	values []cell           // by slot
	loaded []bool           // by slot
	items  []item           // of a source with lists, to be ordered
	words  []uint64         // scratch of distinct
	texts  map[string]struct{}
}

// accumulator is the state of an aggregator.
type accumulator struct {
	n    int64
	sum  int64
	fsum float64
	best cell
	date int64 // of best, for first and last
	id   string
	why  Why // it cannot be known
	seen []cell
}

// Evaluator makes an evaluator. rates may be nil: then no amount can be converted.
func (p *Plan) Evaluator(rates Rates) *Evaluator {
	e := &Evaluator{plan: p, rates: newConverter(rates), clock: dayClock{zone: p.zone}, out: make([]cell, len(p.columns)), lists: make([][]cell, p.lists), texts: map[string]struct{}{}}
	var slots, filters int
	for i := range p.sources {
		e.accs[i] = make([]accumulator, len(p.sources[i].aggs))
		slots, filters = max(slots, len(p.sources[i].slots)), max(filters, len(p.sources[i].filters))
	}
	e.values, e.loaded, e.passes = make([]cell, slots), make([]bool, slots), make([]pass, filters)
	return e
}

// RatesUsed lists the rates applied so far, in order of currencies and days.
func (e *Evaluator) RatesUsed() []UsedRate { return e.rates.list() }

// Measure computes all columns of a customer. What Value, Why and Append answer holds until the next call.
func (e *Evaluator) Measure(c *store.Customer) {
	for i := range e.plan.fields {
		f := &e.plan.fields[i]
		v := c.Fields.Get(f.slot.name)
		if f.slot.kind == crm.Amount && v.Type() == crm.Amount {
			e.out[f.out] = e.money(v.Money(), f.slot.currency, e.plan.asOf-1)
		} else {
			e.out[f.out] = cellOf(v, f.slot.kind)
		}
	}
	if src := e.begin(0); src != nil {
		for i := range c.Deals {
			if it, exists := e.placeDeal(&c.Deals[i]); exists {
				e.item(0, src, it)
			}
		}
		e.finish(0, src)
	}
	if src := e.begin(1); src != nil {
		for i := range c.Activities {
			if it, exists := e.placeActivity(&c.Activities[i]); exists {
				e.item(1, src, it)
			}
		}
		e.finish(1, src)
	}
	if src := e.begin(2); src != nil {
		if e.plan.subject == crm.Contact {
			e.item(2, src, e.placePerson(c.ID, c.Fields))
		}
		for i := range c.People {
			e.item(2, src, e.placePerson(c.People[i].ID, c.People[i].Fields))
		}
		e.finish(2, src)
	}
}

// begin resets a source's accumulators; nil when nothing is computed over it.
func (e *Evaluator) begin(at int) *source {
	src := &e.plan.sources[at]
	if len(src.aggs) == 0 {
		return nil
	}
	for i := range e.accs[at] {
		a := &e.accs[at][i]
		*a = accumulator{seen: a.seen[:0]}
	}
	for _, a := range src.aggs {
		if a.what == list {
			e.lists[a.list] = e.lists[a.list][:0]
		}
	}
	e.items = e.items[:0]
	return src
}

// item takes an item in, at once or, when a list wants order, later.
func (e *Evaluator) item(at int, src *source, it item) {
	if src.ordered {
		e.items = append(e.items, it)
		return
	}
	e.fold(at, src, &it)
}

// fold adds an item to the accumulators of the filters that admit it.
func (e *Evaluator) fold(at int, src *source, it *item) {
	clear(e.loaded[:len(src.slots)])
	for i := range src.filters {
		e.passes[i] = e.admits(&src.filters[i], src, it)
	}
	for i := range src.aggs {
		a := &src.aggs[i]
		acc := &e.accs[at][i]
		switch e.passes[a.filter] {
		case unknown:
			acc.why = NoRate
		case yes:
			v := cell{}
			if a.slot >= 0 {
				v = e.slotValue(src, a.slot, it)
			}
			if a.what == list {
				e.lists[a.list] = append(e.lists[a.list], v)
			}
			acc.add(a, it, v)
		}
	}
}

// slotValue reads a slot of the item at hand, once.
func (e *Evaluator) slotValue(src *source, i int, it *item) cell {
	if !e.loaded[i] {
		e.values[i], e.loaded[i] = e.read(&src.slots[i], it), true
	}
	return e.values[i]
}

// add takes a value in.
func (acc *accumulator) add(a *aggregator, it *item, v cell) {
	if v.why == Absent {
		return
	}
	if a.what == count {
		acc.n++
		return
	}
	if a.what == first || a.what == last {
		if it.date != store.NoTime {
			acc.choose(a.what, it, v)
		}
		return
	}
	if v.why != Known {
		acc.why = v.why
		return
	}
	switch a.what {
	case sum, mean:
		if a.kind == crm.Number {
			acc.fsum += v.float()
		} else if s := acc.sum + v.int(); (s > acc.sum) == (v.int() > 0) {
			acc.sum = s
		} else {
			acc.why = TooLarge
		}
	case least, most:
		if d := 0; acc.n > 0 {
			if d = order(v, acc.best, a.kind); d >= 0 && a.what == least || d <= 0 && a.what == most {
				break
			}
		}
		acc.best = v
	case distinct:
		acc.seen = append(acc.seen, v)
	}
	acc.n++
}

// choose keeps the first or last item by date, then by id. One without a date has no place in an order.
func (acc *accumulator) choose(what aggregate, it *item, v cell) {
	if acc.n > 0 {
		later := it.date > acc.date || it.date == acc.date && it.id > acc.id
		if later != (what == last) {
			return
		}
	}
	acc.n, acc.best, acc.date, acc.id = acc.n+1, v, it.date, it.id
}

// finish turns accumulators into values.
func (e *Evaluator) finish(at int, src *source) {
	if src.ordered {
		slices.SortFunc(e.items, inTime)
		for i := range e.items {
			e.fold(at, src, &e.items[i])
		}
	}
	for i := range src.aggs {
		e.out[src.aggs[i].out] = e.result(&src.aggs[i], &e.accs[at][i])
	}
}

// inTime orders items by date, those without one first, then by id.
func inTime(a, b item) int {
	switch {
	case a.date != b.date && a.date < b.date:
		return -1
	case a.date != b.date:
		return 1
	case a.id < b.id:
		return -1
	case a.id > b.id:
		return 1
	}
	return 0
}

func (e *Evaluator) result(a *aggregator, acc *accumulator) cell {
	switch {
	case acc.why != Known:
		return cell{why: acc.why}
	case a.what == count:
		return intCell(acc.n)
	case a.what == distinct:
		return intCell(e.distinct(a.kind, acc.seen))
	case a.what == list:
		return cell{}
	case a.what == sum && a.kind == crm.Number:
		return numberCell(acc.fsum)
	case a.what == sum:
		return intCell(acc.sum)
	case acc.n == 0:
		return cell{why: Absent}
	case a.what == mean:
		switch a.kind {
		case crm.Number:
			return numberCell(acc.fsum / float64(acc.n))
		case crm.Amount:
			m, _ := mulDiv(acc.sum, 1, uint64(acc.n))
			return intCell(m)
		}
		return numberCell(float64(acc.sum) / float64(acc.n))
	}
	return acc.best // why is the chosen one's
}

// distinct counts different values; times count by day of the account's zone.
func (e *Evaluator) distinct(kind crm.Type, seen []cell) int64 {
	if kind == crm.Text {
		clear(e.texts)
		for _, c := range seen {
			e.texts[c.text] = struct{}{}
		}
		return int64(len(e.texts))
	}
	e.words = e.words[:0]
	for _, c := range seen {
		if kind == crm.Time {
			c.bits = uint64(e.day(c.int()))
		}
		e.words = append(e.words, c.bits)
	}
	slices.Sort(e.words)
	return int64(len(slices.Compact(e.words)))
}

// day is the account's calendar day of an instant.
func (e *Evaluator) day(micros int64) crm.Day { return e.clock.day(micros) }

// Why says why a column of the customer at hand has no value; Known when it has one.
func (e *Evaluator) Why(i int) Why { return e.out[i].why }

// Value is a column's value as of a single one; missing for lists.
func (e *Evaluator) Value(i int) crm.Value {
	c := e.plan.columns[i]
	if c.List {
		return crm.Value{}
	}
	return e.out[i].value(c.Type, c.currency)
}

// List calls fn for each item of a list column, missing ones too.
func (e *Evaluator) List(i int, fn func(crm.Value)) {
	c := e.plan.columns[i]
	if e.out[i].why != Known {
		return
	}
	for _, item := range e.lists[e.listOf(i)] {
		fn(item.value(c.Type, c.currency))
	}
}

func (e *Evaluator) listOf(i int) int {
	for _, a := range e.plan.sources[sourceIndex(e.plan.columns[i].Source)].aggs {
		if a.out == i {
			return a.list
		}
	}
	return -1
}

// Append adds the column of the customer at hand to a builder of its type and form.
func (e *Evaluator) Append(i int, b *column.Builder) {
	c := e.plan.columns[i]
	if e.out[i].why != Known {
		b.Missing()
		return
	}
	if !c.List {
		put(b, c.Type, e.out[i])
		return
	}
	for _, item := range e.lists[e.listOf(i)] {
		if item.why != Known {
			b.MissingItem()
		} else {
			put(b, c.Type, item)
		}
	}
	b.EndList()
}

func put(b *column.Builder, t crm.Type, c cell) {
	switch t {
	case crm.Text:
		if !utf8.ValidString(c.text) {
			c.text = string([]rune(c.text))
		}
		b.Text(c.text)
	case crm.Number:
		b.Float(c.float())
	case crm.Boolean:
		b.Bool(c.bits == 1)
	default:
		b.Int(c.int())
	}
}

// dayClock tells calendar days; it remembers the offset of the zone around the last instant.
type dayClock struct {
	zone        *time.Location
	from, until int64 // seconds; empty at first
	offset      int64
}

func (c *dayClock) day(micros int64) crm.Day {
	seconds := floor(micros, 1_000_000)
	if seconds < c.from || seconds >= c.until {
		t := time.Unix(seconds, 0).In(c.zone)
		_, offset := t.Zone()
		start, end := t.ZoneBounds()
		c.offset, c.from, c.until = int64(offset), math.MinInt64, math.MaxInt64
		if !start.IsZero() {
			c.from = start.Unix()
		}
		if !end.IsZero() {
			c.until = end.Unix()
		}
	}
	return crm.Day(floor(seconds+c.offset, 86400))
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
