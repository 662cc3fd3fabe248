package scoring

import (
	"encoding"
	"encoding/binary"
	"errors"
	"math"
)

// A summary and a model are a count of customers and a list of criteria, each some parts with their lengths before
// them: JSON would hold the values of a million customers several times at once.

var errDamaged = errors.New("scoring: the summary or model is damaged")

// MarshalBinary encodes the summary. Equal summaries have equal bytes.
func (into *State) MarshalBinary() ([]byte, error) {
	var w writer
	w.head(into.Customers, len(into.Criteria))
	for i := range into.Criteria {
		w.part(&into.Criteria[i].Values)
		w.part(&into.Criteria[i].Marks)
	}
	return w.whole(), nil
}

// UnmarshalBinary decodes what MarshalBinary wrote, or says that it is damaged.
func (into *State) UnmarshalBinary(data []byte) error {
	r := reader{data: data}
	customers, n := r.head()
	*into = State{Customers: customers}
	if n > 0 {
		into.Criteria = make([]Tally, n)
	}
	for i := range into.Criteria {
		r.part(&into.Criteria[i].Values)
		r.part(&into.Criteria[i].Marks)
	}
	return r.end()
}

// MarshalBinary encodes the model.
func (m *Model) MarshalBinary() ([]byte, error) {
	var w writer
	w.head(m.Customers, len(m.Criteria))
	for i := range m.Criteria {
		c := &m.Criteria[i]
		w.part(&c.Ranks)
		w.add(binary.LittleEndian.AppendUint64(binary.AppendUvarint(nil, uint64(c.Known)), math.Float64bits(c.Mean)))
	}
	return w.whole(), nil
}

// UnmarshalBinary decodes what MarshalBinary wrote, or says that it is damaged.
func (m *Model) UnmarshalBinary(data []byte) error {
	r := reader{data: data}
	customers, n := r.head()
	*m = Model{Customers: customers, Criteria: make([]Standard, n)}
	for i := range m.Criteria {
		c := &m.Criteria[i]
		r.part(&c.Ranks)
		c.Known = int64(r.uvarint() & math.MaxInt64)
		if word := r.take(8); word != nil {
			c.Mean = math.Float64frombits(binary.LittleEndian.Uint64(word))
		}
		if math.IsNaN(c.Mean) || math.IsInf(c.Mean, 0) {
			return errDamaged
		}
	}
	return r.end()
}

// writer collects parts, so that the whole is made once, in its size.
type writer struct {
	parts [][]byte
	size  int
}

func (w *writer) add(data []byte) {
	w.parts = append(w.parts, data)
	w.size += len(data)
}

func (w *writer) head(customers int64, criteria int) {
	w.add(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(customers)), uint64(criteria)))
}

// part adds what encodes itself; the summaries of the SDK never fail to.
func (w *writer) part(v encoding.BinaryMarshaler) {
	data, _ := v.MarshalBinary()
	w.add(binary.AppendUvarint(nil, uint64(len(data))))
	w.add(data)
}

func (w *writer) whole() []byte {
	out := make([]byte, 0, w.size)
	for i := range w.parts {
		out = append(out, w.parts[i]...)
		w.parts[i] = nil
	}
	return out
}

// reader reads until the first fault, which end then says.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[n:]
	return v
}

// take is the next n bytes, or nil.
func (r *reader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.data)) {
		r.bad, r.data = true, nil
		return nil
	}
	data := r.data[:n]
	r.data = r.data[n:]
	return data
}

// most bounds the criteria of a classifier, so that damaged bytes do not ask for memory.
const most = 1000

func (r *reader) head() (customers int64, criteria int) {
	customers = int64(r.uvarint() & math.MaxInt64)
	n := r.uvarint()
	if n > most {
		r.bad, n = true, 0
	}
	return customers, int(n)
}

func (r *reader) part(into encoding.BinaryUnmarshaler) {
	if data := r.take(r.uvarint()); data != nil && into.UnmarshalBinary(data) != nil {
		r.bad = true
	}
}

func (r *reader) end() error {
	if r.bad || len(r.data) != 0 {
		return errDamaged
	}
	return nil
}
