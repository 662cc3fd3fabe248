package summary

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// Counter counts by key: by option, by packed tuple of numbers. The zero value is empty.
type Counter struct{ counts map[string]int64 }

// Add counts n more of a key.
func (c *Counter) Add(key string, n int64) {
	if c.counts == nil {
		c.counts = map[string]int64{}
	}
	if c.counts[key] += n; c.counts[key] == 0 {
		delete(c.counts, key)
	}
}

// Merge adds all counts of another counter, which is not changed.
func (c *Counter) Merge(other Counter) {
	for key, n := range other.counts {
		c.Add(key, n)
	}
}

// Count is the count of a key.
func (c *Counter) Count(key string) int64 { return c.counts[key] }

// Len is the number of keys with a count that is not 0.
func (c *Counter) Len() int { return len(c.counts) }

// Each calls f with each key in order.
func (c *Counter) Each(f func(key string, n int64)) {
	for _, key := range slices.Sorted(maps.Keys(c.counts)) {
		f(key, c.counts[key])
	}
}

// MarshalBinary encodes the counter. Equal counters have equal bytes.
func (c *Counter) MarshalBinary() ([]byte, error) {
	out := binary.AppendUvarint(nil, uint64(len(c.counts)))
	c.Each(func(key string, n int64) {
		out = binary.AppendUvarint(out, uint64(len(key)))
		out = append(out, key...)
		out = binary.AppendVarint(out, n)
	})
	return out, nil
}

var errCounter = errors.New("summary: the counter is damaged")

// UnmarshalBinary decodes what MarshalBinary wrote.
func (c *Counter) UnmarshalBinary(data []byte) error {
	n, used := binary.Uvarint(data)
	if used <= 0 || n > uint64(len(data)) {
		return errCounter
	}
	data = data[used:]
	counts := make(map[string]int64, n)
	last := ""
	for i := range n {
		size, used := binary.Uvarint(data)
		if used <= 0 || size > uint64(len(data)-used) {
			return errCounter
		}
		key := string(data[used : used+int(size)])
		data = data[used+int(size):]
		count, used := binary.Varint(data)
		if used <= 0 || count == 0 || i > 0 && key <= last {
			return errCounter
		}
		data = data[used:]
		counts[key], last = count, key
	}
	if len(data) != 0 {
		return errCounter
	}
	c.counts = counts
	return nil
}

// MarshalJSON writes the bytes of MarshalBinary as base64.
func (c *Counter) MarshalJSON() ([]byte, error) {
	data, _ := c.MarshalBinary()
	return json.Marshal(data)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Counter) UnmarshalJSON(text []byte) error { return unmarshalJSON(text, c.UnmarshalBinary) }
