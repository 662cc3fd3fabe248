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

// block is the state of a reader at the start of each blockSize distinct values.
type block struct {
	at    runReader
	first int64 // smallest value of the block
	below int64 // how many values are smaller
	sum   Sum   // their sum
}

const blockSize = 64

// Place is where a value stands: how many values are smaller, equal and larger, and the sum of the larger.
type Place struct {
	Below, Equal, Above int64
	SumAbove            Sum
}

// Ranks indexes the multiset as it is now.
func (m *Multiset) Ranks() *Ranks {
	x := &Ranks{run: m.whole()}
	for r := readRun(x.run); ; x.distinct++ {
		state := *r
		if !r.next() {
			return x
		}
		if x.distinct%blockSize == 0 {
			x.blocks = append(x.blocks, block{at: state, first: r.value, below: x.count, sum: x.total})
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
	b := &x.blocks[i]
	p := Place{Below: b.below}
	upTo := b.sum // sum of the values <= v
	r := b.at
	for n := 0; n < blockSize && r.next() && r.value <= v; n++ {
		if r.value == v {
			p.Equal = int64(r.count)
		} else {
			p.Below += int64(r.count)
		}
		upTo = upTo.PlusTimes(r.value, int64(r.count))
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
	r, below := x.blocks[i].at, x.blocks[i].below
	for r.next() {
		if below += int64(r.count); below > place {
			break
		}
	}
	return r.value
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
	var m Multiset
	if err := m.UnmarshalBinary(data); err != nil {
		return err
	}
	*x = *m.Ranks()
	return nil
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
