package summary

import (
	"encoding/json"
	"sort"
)

// Ranks answers where a value stands among those of a multiset: a step function with counts and sums, so
// that values which were never added have an answer too. It is an index of a few bytes per hundred values
// over the multiset's own bytes.
type Ranks struct {
	run      []byte
	blocks   []block
	count    int64
	distinct int64
	total    Sum
	min, max int64
}

// block describes the first of each blockSize distinct values; the others follow in the run.
type block struct {
	first int64
	count int64 // how often it is there
	next  int   // where the run goes on after it
	below int64 // how many values are smaller
	sum   Sum   // their sum
}

const blockSize = 32

// Place is where a value stands: how many values are smaller, equal and larger, and the sum of the larger.
type Place struct {
	Below, Equal, Above int64
	SumAbove            Sum
}

// Ranks indexes the multiset as it is now.
func (m *Multiset) Ranks() *Ranks {
	x := &Ranks{}
	_ = x.index(m.whole()) // a run of our own is sound
	return x
}

// index walks over a run once.
func (x *Ranks) index(run []byte) error {
	*x = Ranks{run: run}
	for r := readRun(run); ; x.distinct++ {
		if !r.next() {
			return r.err
		}
		if x.distinct%blockSize == 0 {
			x.blocks = append(x.blocks, block{first: r.value, count: int64(r.count), next: len(run) - len(r.data), below: x.count, sum: x.total})
		}
		if x.distinct == 0 {
			x.min = r.value
		}
		x.max = r.value
		x.count += int64(r.count)
		x.total = x.total.PlusTimes(r.value, int64(r.count))
	}
}

// Count is the number of values, Distinct that of different ones.
func (x *Ranks) Count() int64 { return x.count }

// Distinct is the number of different values.
func (x *Ranks) Distinct() int64 { return x.distinct }

// Total is the sum of all values.
func (x *Ranks) Total() Sum { return x.total }

// Min and Max are the smallest and largest value; 0 when there is none.
func (x *Ranks) Min() int64 { return x.min }

// Max is the largest value; 0 when there is none.
func (x *Ranks) Max() int64 { return x.max }

// At answers where v stands.
func (x *Ranks) At(v int64) Place {
	i := sort.Search(len(x.blocks), func(i int) bool { return x.blocks[i].first > v }) - 1
	if i < 0 {
		return Place{Above: x.count, SumAbove: x.total}
	}
	p := Place{Below: x.blocks[i].below}
	upTo := x.blocks[i].sum // of the values <= v
	for w := x.walk(i); w.ok && w.value <= v; w.next() {
		if w.value == v {
			p.Equal = w.count
		} else {
			p.Below += w.count
		}
		upTo = upTo.PlusTimes(w.value, w.count)
	}
	p.Above = x.count - p.Below - p.Equal
	p.SumAbove = x.total.Minus(upTo)
	return p
}

// Nth is the value with the given place in ascending order, from 0; places beyond the ends are the ends.
// With no value at all it is 0.
func (x *Ranks) Nth(place int64) int64 {
	if x.count == 0 {
		return 0
	}
	place = min(max(place, 0), x.count-1)
	i := sort.Search(len(x.blocks), func(i int) bool { return x.blocks[i].below > place }) - 1
	w, below := x.walk(i), x.blocks[i].below
	for below += w.count; below <= place; below += w.count {
		w.next()
	}
	return w.value
}

// walker goes over the values of one block. The run is sound: index has read it.
type walker struct {
	data  []byte
	left  int
	value int64
	count int64
	ok    bool
}

func (x *Ranks) walk(i int) walker {
	b := &x.blocks[i]
	left := min(blockSize, int(x.distinct)-i*blockSize) - 1
	return walker{data: x.run[b.next:], left: left, value: b.first, count: b.count, ok: true}
}

func (w *walker) next() {
	if w.ok = w.left > 0; !w.ok {
		return
	}
	w.left--
	token := w.uvarint()
	switch {
	case token == 0:
		w.value += int64(w.uvarint())
		w.count = int64(w.uvarint())
	case token&1 == 1:
		w.value += int64(token >> 1)
		w.count = int64(w.uvarint())
	default:
		w.value += int64(token >> 1)
		w.count = 1
	}
}

func (w *walker) uvarint() uint64 {
	v, shift := uint64(0), 0
	for i, b := range w.data {
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			w.data = w.data[i+1:]
			return v
		}
		shift += 7
	}
	return v
}

// Each calls f with each distinct value in ascending order and how often it is there.
func (x *Ranks) Each(f func(v, n int64)) {
	for r := readRun(x.run); r.next(); {
		f(r.value, int64(r.count))
	}
}

// MarshalBinary encodes what the ranks rest on: the bytes of the multiset.
func (x *Ranks) MarshalBinary() ([]byte, error) {
	if x.run == nil {
		return (&Multiset{}).MarshalBinary()
	}
	return append([]byte(nil), x.run...), nil
}

// UnmarshalBinary reads a multiset's bytes and indexes them.
func (x *Ranks) UnmarshalBinary(data []byte) error {
	return x.index(append([]byte(nil), data...))
}

// MarshalJSON writes the bytes of MarshalBinary as base64.
func (x *Ranks) MarshalJSON() ([]byte, error) {
	data, err := x.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return json.Marshal(data)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (x *Ranks) UnmarshalJSON(text []byte) error { return unmarshalJSON(text, x.UnmarshalBinary) }
