package summary

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
)

// Sample keeps the customers with the smallest keys: as keys are keyed hashes, a uniform sample that is the
// same however the customers were split. The zero value is empty.
type Sample struct {
	size    int
	entries []Entry
	full    bool     // there are size entries with keys up to bound
	bound   [16]byte // the largest key that is kept
}

// Entry is a sampled customer: its key and what the author wants to know about it, all with the same number
// of values.
type Entry struct {
	Key    [16]byte
	Values []int64
}

// Add offers a customer to a sample of the given size, which must be the same in each call. The sample is
// settled whenever twice as many entries have come; from then on larger keys are refused at once.
func (s *Sample) Add(size int, key [16]byte, values ...int64) {
	s.size = max(s.size, size)
	if s.full && bytes.Compare(key[:], s.bound[:]) > 0 {
		return
	}
	s.entries = append(s.entries, Entry{Key: key, Values: slices.Clone(values)})
	if len(s.entries) >= 2*s.size {
		s.settle()
	}
}

// settle sorts, drops what is beyond the size and keeps one entry for each key.
func (s *Sample) settle() {
	slices.SortFunc(s.entries, func(a, b Entry) int {
		return cmp.Or(bytes.Compare(a.Key[:], b.Key[:]), slices.Compare(a.Values, b.Values))
	})
	s.entries = slices.CompactFunc(s.entries, func(a, b Entry) bool { return a.Key == b.Key })
	if len(s.entries) > s.size {
		clear(s.entries[s.size:])
		s.entries = s.entries[:s.size]
	}
	if s.full = s.size > 0 && len(s.entries) == s.size; s.full {
		s.bound = s.entries[s.size-1].Key
	}
}

// Merge offers all customers of another sample, which is not changed.
func (s *Sample) Merge(other Sample) {
	s.size = max(s.size, other.size)
	s.entries = append(slices.Clip(s.entries), other.entries...)
	s.settle()
}

// Entries lists the sample in the order of the keys.
func (s *Sample) Entries() []Entry {
	s.settle()
	return s.entries
}

// MarshalBinary encodes the sample. Equal samples have equal bytes.
func (s *Sample) MarshalBinary() ([]byte, error) {
	s.settle()
	out := binary.AppendUvarint(nil, uint64(s.size))
	out = binary.AppendUvarint(out, uint64(len(s.entries)))
	for _, e := range s.entries {
		out = append(out, e.Key[:]...)
		out = binary.AppendUvarint(out, uint64(len(e.Values)))
		for _, v := range e.Values {
			out = binary.AppendVarint(out, v)
		}
	}
	return out, nil
}

var errSample = errors.New("summary: the sample is damaged")

// UnmarshalBinary decodes what MarshalBinary wrote.
func (s *Sample) UnmarshalBinary(data []byte) error {
	var out Sample
	number := func() (n uint64) {
		v, used := binary.Uvarint(data)
		if used <= 0 || v > 1<<31 {
			data = nil
			return 1 << 62
		}
		data = data[used:]
		return v
	}
	size, count := number(), number()
	if size > 1<<31 || count > size || count > uint64(len(data)) {
		return errSample
	}
	out.size = int(size)
	for range count {
		if len(data) < len(Entry{}.Key) {
			return errSample
		}
		e := Entry{Key: [16]byte(data)}
		data = data[len(e.Key):]
		n := number()
		if n > uint64(len(data)) {
			return errSample
		}
		for range n {
			v, used := binary.Varint(data)
			if used <= 0 {
				return errSample
			}
			data = data[used:]
			e.Values = append(e.Values, v)
		}
		if k := len(out.entries); k > 0 && bytes.Compare(out.entries[k-1].Key[:], e.Key[:]) >= 0 {
			return errSample
		}
		out.entries = append(out.entries, e)
	}
	if len(data) != 0 {
		return errSample
	}
	*s = out
	return nil
}

// MarshalJSON writes the bytes of MarshalBinary as base64.
func (s *Sample) MarshalJSON() ([]byte, error) {
	data, err := s.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return json.Marshal(data)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Sample) UnmarshalJSON(text []byte) error { return unmarshalJSON(text, s.UnmarshalBinary) }
