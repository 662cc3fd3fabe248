package summary

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
)

// Multiset is an exact multiset of int64 values: of revenue in minor units, of days, of counts. It needs
// about two bytes for each distinct value.
//
// Values are collected and, when enough have come, sorted into a run of bytes; runs are merged so that each
// is less than half as long as the one before, which makes n values cost O(n log n).
type Multiset struct {
	pending []int64
	scratch []int64
	runs    [][]byte
}

// pendingMax is how many values are collected before they are sorted into a run.
const pendingMax = 1 << 16

// Add adds a value.
func (m *Multiset) Add(v int64) {
	m.pending = append(m.pending, v)
	if len(m.pending) >= pendingMax {
		m.flush()
	}
}

// Merge adds all values of another multiset, which is not changed.
func (m *Multiset) Merge(other Multiset) {
	for _, run := range other.runs {
		m.push(run)
	}
	for _, v := range other.pending {
		m.Add(v)
	}
}

func (m *Multiset) flush() {
	if len(m.pending) == 0 {
		return
	}
	if len(m.scratch) < len(m.pending) {
		m.scratch = make([]int64, len(m.pending))
	}
	m.pending, m.scratch = sortValues(m.pending, m.scratch[:len(m.pending)])
	w := runWriter{}
	for i := 0; i < len(m.pending); {
		j := i + 1
		for j < len(m.pending) && m.pending[j] == m.pending[i] {
			j++
		}
		w.put(m.pending[i], uint64(j-i))
		i = j
	}
	m.pending, m.scratch = m.pending[:0], m.scratch[:cap(m.scratch)]
	m.push(w.run())
}

func (m *Multiset) push(run []byte) {
	m.runs = append(m.runs, run)
	for n := len(m.runs); n > 1 && len(m.runs[n-2]) < 2*len(m.runs[n-1]); n = len(m.runs) {
		m.runs[n-2] = mergeRuns(m.runs[n-2], m.runs[n-1])
		m.runs = m.runs[:n-1]
	}
}

// whole is the multiset as one run.
func (m *Multiset) whole() []byte {
	m.flush()
	for n := len(m.runs); n > 1; n = len(m.runs) {
		m.runs[n-2] = mergeRuns(m.runs[n-2], m.runs[n-1])
		m.runs = m.runs[:n-1]
	}
	if len(m.runs) == 0 {
		w := runWriter{}
		return w.run()
	}
	return m.runs[0]
}

// Each calls f with each distinct value in ascending order and how often it is there.
func (m *Multiset) Each(f func(v int64, n int64)) {
	for r := readRun(m.whole()); r.next(); {
		f(r.value, int64(r.count))
	}
}

// MarshalBinary encodes the multiset. Equal multisets have equal bytes.
func (m *Multiset) MarshalBinary() ([]byte, error) { return slices.Clone(m.whole()), nil }

// UnmarshalBinary decodes what MarshalBinary wrote, or says what is wrong with it.
func (m *Multiset) UnmarshalBinary(data []byte) error {
	r := readRun(data)
	for r.next() {
	}
	if r.err != nil {
		return r.err
	}
	*m = Multiset{runs: [][]byte{slices.Clone(data)}}
	return nil
}

// MarshalJSON writes the bytes of MarshalBinary as base64.
func (m *Multiset) MarshalJSON() ([]byte, error) { return json.Marshal(m.whole()) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Multiset) UnmarshalJSON(text []byte) error { return unmarshalJSON(text, m.UnmarshalBinary) }

func unmarshalJSON(text []byte, unmarshal func([]byte) error) error {
	var encoded string
	if err := json.Unmarshal(text, &encoded); err != nil {
		return err
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return err
	}
	return unmarshal(data)
}

// A run is the number of distinct values, then the values in ascending order: the first as a signed varint
// with its count, each following one as what it is more than the one before: (difference << 1), plus 1 and
// the count after it when it is there more than once. A difference that has no room for the shift is written
// as 0, the difference, the count.

type runWriter struct {
	body     []byte
	last     int64
	distinct uint64
}

func (w *runWriter) put(v int64, count uint64) {
	switch delta := uint64(v) - uint64(w.last); {
	case w.distinct == 0:
		w.body = binary.AppendUvarint(binary.AppendVarint(w.body, v), count)
	case delta >= 1<<63:
		w.body = binary.AppendUvarint(binary.AppendUvarint(append(w.body, 0), delta), count)
	case count == 1:
		w.body = binary.AppendUvarint(w.body, delta<<1)
	default:
		w.body = binary.AppendUvarint(binary.AppendUvarint(w.body, delta<<1|1), count)
	}
	w.last = v
	w.distinct++
}

func (w *runWriter) run() []byte {
	head := binary.AppendUvarint(make([]byte, 0, len(w.body)+binary.MaxVarintLen64), w.distinct)
	return append(head, w.body...)
}

// runReader walks over a run. It stops at the first fault, which err then says. A run that is not what a
// runWriter would have written is a fault, so that equal multisets always have equal bytes.
type runReader struct {
	data  []byte
	left  uint64
	begun bool
	value int64
	count uint64
	err   error
}

var errRun = errors.New("summary: the multiset is damaged")

func readRun(data []byte) *runReader {
	r := &runReader{data: data}
	r.left = r.uvarint()
	return r
}

func (r *runReader) uvarint() uint64 {
	if len(r.data) > 0 && r.data[0] < 0x80 { // most are this short
		v := r.data[0]
		r.data = r.data[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(r.data)
	if n <= 0 || r.data[n-1] == 0 {
		r.err = errRun
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *runReader) next() bool {
	if r.left == 0 || r.err != nil {
		if r.err == nil && len(r.data) != 0 {
			r.err = errRun
		}
		return false
	}
	r.left--
	if !r.begun {
		zigzag := r.uvarint()
		r.begun, r.value, r.count = true, int64(zigzag>>1)^-int64(zigzag&1), r.uvarint()
		return r.sound()
	}
	token := r.uvarint()
	delta := token >> 1
	switch {
	case token == 0:
		if delta = r.uvarint(); delta < 1<<63 {
			r.err = errRun
		}
		r.count = r.uvarint()
	case token&1 == 1:
		if r.count = r.uvarint(); r.count < 2 {
			r.err = errRun
		}
	default:
		r.count = 1
	}
	before := r.value
	if r.value += int64(delta); r.value <= before {
		r.err = errRun
	}
	return r.sound()
}

func (r *runReader) sound() bool {
	if r.count == 0 || r.count > 1<<62 {
		r.err = errRun
	}
	return r.err == nil
}

func mergeRuns(a, b []byte) []byte {
	w := runWriter{body: make([]byte, 0, len(a)+len(b))}
	x, y := readRun(a), readRun(b)
	inX, inY := x.next(), y.next()
	for inX || inY {
		switch {
		case !inY || inX && x.value < y.value:
			w.put(x.value, x.count)
			inX = x.next()
		case !inX || y.value < x.value:
			w.put(y.value, y.count)
			inY = y.next()
		default:
			w.put(x.value, x.count+y.count)
			inX, inY = x.next(), y.next()
		}
	}
	return w.run()
}
