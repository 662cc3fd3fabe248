package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
	"unsafe"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Reader gives the values of a column by index. Its zero value is ready for Reset, and Reset reuses memory.
//
// In a scalar column an index is a customer; in a list column it is an item, and Range answers which items
// belong to a customer. A missing value reads as zero. Texts share the column's memory, which must not change.
type Reader struct {
	kind         pb.ValueType
	list         bool
	customers    int
	items        int
	fixed        []byte
	missing      []byte
	missingItems []byte
	ends         []uint32 // list columns: end of each customer's items
	text         string   // the blob
	textEnds     []uint32 // end of each distinct text
	index        []uint32 // which distinct text an item is; nil: its own
}

// Reset points the reader at a column that must have the given type and shape for n customers. An error says
// what is wrong with the column; the reader must not be used then.
func (r *Reader) Reset(c *pb.Column, t pb.ValueType, list bool, n int) error {
	*r = Reader{kind: t, list: list, customers: n, items: n, ends: r.ends[:0], textEnds: r.textEnds[:0]}
	if c.GetType() != t {
		return fmt.Errorf("the column has type %s, not %s", c.GetType(), t)
	}
	if err := r.shape(c); err != nil {
		return err
	}
	var err error
	switch {
	case t == Text:
		err = r.texts(c)
	case Width(t) == 0:
		err = fmt.Errorf("the type %s is unknown", t)
	case c.GetStrings() != nil:
		err = fmt.Errorf("a column of type %s has texts", t)
	default:
		err = r.fixedWidth(c)
	}
	if err != nil {
		return err
	}
	return r.zeros()
}

// zeros sees to it that a missing value reads as zero and a missing list as empty.
func (r *Reader) zeros() error {
	for i := range r.customers {
		switch {
		case len(r.missing) == 0:
			return r.zeroItems()
		case !r.Missing(i):
		case r.list:
			if from, to := r.Range(i); from != to {
				return errors.New("a missing list has items")
			}
		case !r.zero(i):
			return errors.New("a missing value is not zero")
		}
	}
	return r.zeroItems()
}

func (r *Reader) zeroItems() error {
	if len(r.missingItems) == 0 {
		return nil
	}
	for j := range r.items {
		if r.MissingItem(j) && !r.zero(j) {
			return errors.New("a missing item is not zero")
		}
	}
	return nil
}

func (r *Reader) zero(i int) bool {
	switch Width(r.kind) {
	case 8:
		return r.Int(i) == 0
	case 1:
		return r.fixed[i] == 0
	}
	return r.Text(i) == ""
}

// shape reads the missing bits and the lengths of lists.
func (r *Reader) shape(c *pb.Column) error {
	if r.missing = c.GetMissing(); len(r.missing) != 0 && len(r.missing) != (r.customers+7)/8 {
		return fmt.Errorf("missing has %d bytes for %d customers", len(r.missing), r.customers)
	}
	if !r.list {
		if len(c.GetLengths()) != 0 || len(c.GetMissingItems()) != 0 {
			return errors.New("a column of single values has lengths of lists")
		}
		return nil
	}
	if len(c.GetLengths()) != r.customers {
		return fmt.Errorf("there are %d lengths for %d customers", len(c.GetLengths()), r.customers)
	}
	var err error
	if r.ends, r.items, err = prefixSums(r.ends, c.GetLengths()); err != nil {
		return err
	}
	if r.missingItems = c.GetMissingItems(); len(r.missingItems) != 0 && len(r.missingItems) != (r.items+7)/8 {
		return fmt.Errorf("missing_items has %d bytes for %d items", len(r.missingItems), r.items)
	}
	return nil
}

func prefixSums(ends, lengths []uint32) ([]uint32, int, error) {
	sum := uint64(0)
	for _, l := range lengths {
		if sum += uint64(l); sum > math.MaxInt32 {
			return nil, 0, errors.New("the lengths are too large")
		}
		ends = append(ends, uint32(sum))
	}
	return ends, int(sum), nil
}

func (r *Reader) fixedWidth(c *pb.Column) error {
	r.fixed = c.GetFixed()
	if len(r.fixed) != r.items*Width(r.kind) {
		return fmt.Errorf("there are %d bytes for %d values of type %s", len(r.fixed), r.items, r.kind)
	}
	switch r.kind {
	case Number:
		for i := range r.items {
			if f := r.Float(i); math.IsNaN(f) || math.IsInf(f, 0) {
				return errors.New("a number is not finite")
			}
		}
	case Boolean:
		for _, b := range r.fixed {
			if b > 1 {
				return fmt.Errorf("a boolean is %d", b)
			}
		}
	case Date:
		for i := range r.items {
			if d := r.Int(i); d != int64(int32(d)) {
				return errors.New("a date is out of range")
			}
		}
	}
	return nil
}

func (r *Reader) texts(c *pb.Column) error {
	if len(c.GetFixed()) != 0 {
		return errors.New("a column of texts has fixed-width values")
	}
	s := c.GetStrings()
	var total int
	var err error
	if r.textEnds, total, err = prefixSums(r.textEnds, s.GetLengths()); err != nil {
		return err
	}
	blob := s.GetBlob()
	if total != len(blob) {
		return fmt.Errorf("the texts have %d bytes, their lengths say %d", len(blob), total)
	}
	if !utf8.Valid(blob) {
		return errors.New("a text is not UTF-8")
	}
	for _, end := range r.textEnds {
		if int(end) < len(blob) && !utf8.RuneStart(blob[end]) {
			return errors.New("a text is not UTF-8")
		}
	}
	if r.index = s.GetIndex(); len(r.index) == 0 {
		if r.index = nil; len(r.textEnds) != r.items {
			return fmt.Errorf("there are %d texts for %d values", len(r.textEnds), r.items)
		}
	} else {
		if len(r.index) != r.items {
			return fmt.Errorf("there are %d entries in the index for %d values", len(r.index), r.items)
		}
		for _, i := range r.index {
			if int(i) >= len(r.textEnds) {
				return fmt.Errorf("the index names text %d of %d", i, len(r.textEnds))
			}
		}
	}
	r.text = unsafe.String(unsafe.SliceData(blob), len(blob))
	return nil
}

// Type is the type of the values.
func (r *Reader) Type() pb.ValueType { return r.kind }

// List reports whether the column holds lists.
func (r *Reader) List() bool { return r.list }

// Len is the number of customers.
func (r *Reader) Len() int { return r.customers }

// Items is the number of values: of customers, or of all items of a list column.
func (r *Reader) Items() int { return r.items }

// AnyMissing reports whether some customer may have no value.
func (r *Reader) AnyMissing() bool { return len(r.missing) != 0 }

// Missing reports whether customer i has no value (no list).
func (r *Reader) Missing(i int) bool { return bit(r.missing, i) }

// MissingItem reports whether item j of a list column has no value.
func (r *Reader) MissingItem(j int) bool { return bit(r.missingItems, j) }

func bit(bits []byte, i int) bool { return len(bits) != 0 && bits[i>>3]&(1<<(i&7)) != 0 }

// Range is the half-open range of items of customer i in a list column.
func (r *Reader) Range(i int) (from, to int) {
	if i > 0 {
		from = int(r.ends[i-1])
	}
	return from, int(r.ends[i])
}

// Int is value i of an integer (itself), date (days), time (microseconds) or amount (minor units) column.
func (r *Reader) Int(i int) int64 { return int64(binary.LittleEndian.Uint64(r.fixed[8*i:])) }

// Float is value i of a number column.
func (r *Reader) Float(i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(r.fixed[8*i:]))
}

// Bool is value i of a boolean column.
func (r *Reader) Bool(i int) bool { return r.fixed[i] != 0 }

// Text is value i of a text column.
func (r *Reader) Text(i int) string {
	if r.index != nil {
		i = int(r.index[i])
	}
	from := uint32(0)
	if i > 0 {
		from = r.textEnds[i-1]
	}
	return r.text[from:r.textEnds[i]]
}

// Fixed is the packed bytes of a fixed-width column, for bulk copies with Unpack.
func (r *Reader) Fixed() []byte { return r.fixed }
