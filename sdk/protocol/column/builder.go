package column

import (
	"encoding/binary"
	"math"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// maxDistinct is how many distinct texts a dictionary may hold before the column is written plainly.
const maxDistinct = 64

// Builder makes one column after the other: append a value per customer, then take the Column.
//
// Scalar columns: one Int, Float, Bool, Text or Missing per customer. List columns: the items, then EndList
// (or Missing instead of items and EndList when there is no list). Texts that repeat become a dictionary.
type Builder struct {
	kind         pb.ValueType
	list         bool
	customers    int
	items        int
	fixed        []byte
	missing      []byte
	missingItems []byte
	lengths      []uint32
	open         int // items at the last EndList
	blob         []byte
	texts        []uint32 // length of each distinct text
	distinct     []string
	index        []uint32
	plain        bool // the dictionary has overflowed
}

// NewBuilder makes a builder of columns of a type.
func NewBuilder(t pb.ValueType, list bool) *Builder { return &Builder{kind: t, list: list} }

// Len is the number of customers appended so far.
func (b *Builder) Len() int { return b.customers }

// Size is the number of bytes so far, roughly those on the wire.
func (b *Builder) Size() int {
	return len(b.fixed) + len(b.blob) + len(b.missing) + 2*(len(b.texts)+len(b.index)+len(b.lengths))
}

// Int appends an integer, date (days), time (microseconds) or amount (minor units).
func (b *Builder) Int(v int64) {
	b.fixed = binary.LittleEndian.AppendUint64(b.fixed, uint64(v))
	b.appended()
}

// Float appends a number. One that is not finite is missing.
func (b *Builder) Float(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		if b.list {
			b.MissingItem()
		} else {
			b.Missing()
		}
		return
	}
	b.fixed = binary.LittleEndian.AppendUint64(b.fixed, math.Float64bits(v))
	b.appended()
}

// Bool appends a boolean.
func (b *Builder) Bool(v bool) {
	n := byte(0)
	if v {
		n = 1
	}
	b.fixed = append(b.fixed, n)
	b.appended()
}

// Text appends a text, which must be UTF-8.
func (b *Builder) Text(s string) {
	b.putText(s)
	b.appended()
}

func (b *Builder) putText(s string) {
	if !b.plain {
		for i, d := range b.distinct {
			if d == s {
				b.index = append(b.index, uint32(i))
				return
			}
		}
		if len(b.distinct) < maxDistinct {
			b.index = append(b.index, uint32(len(b.distinct)))
			b.distinct = append(b.distinct, s)
			return
		}
		b.overflow()
	}
	b.blob = append(b.blob, s...)
	b.texts = append(b.texts, uint32(len(s)))
}

// overflow writes what the dictionary holds as plain texts.
func (b *Builder) overflow() {
	for _, i := range b.index {
		b.blob = append(b.blob, b.distinct[i]...)
		b.texts = append(b.texts, uint32(len(b.distinct[i])))
	}
	b.index, b.distinct, b.plain = b.index[:0], b.distinct[:0], true
}

// Missing appends a customer without a value.
func (b *Builder) Missing() {
	b.missing = setBit(b.missing, b.customers)
	if b.list {
		b.lengths = append(b.lengths, 0)
		b.customers++
		return
	}
	b.zero()
	b.items++
	b.customers++
}

// MissingItem appends an item without a value to the list that is being built.
func (b *Builder) MissingItem() {
	b.missingItems = setBit(b.missingItems, b.items)
	b.zero()
	b.items++
}

func (b *Builder) zero() {
	switch Width(b.kind) {
	case 8:
		b.fixed = append(b.fixed, 0, 0, 0, 0, 0, 0, 0, 0)
	case 1:
		b.fixed = append(b.fixed, 0)
	default:
		b.putText("")
	}
}

// EndList ends the items of a customer.
func (b *Builder) EndList() {
	b.lengths = append(b.lengths, uint32(b.items-b.open))
	b.open = b.items
	b.customers++
}

func (b *Builder) appended() {
	b.items++
	if !b.list {
		b.customers++
	}
}

func setBit(bits []byte, i int) []byte {
	for len(bits) <= i>>3 {
		bits = append(bits, 0)
	}
	bits[i>>3] |= 1 << (i & 7)
	return bits
}

// Column is the column built so far. It owns its memory, and the builder is empty again.
func (b *Builder) Column() *pb.Column {
	c := &pb.Column{Type: b.kind, Missing: pad(b.missing, b.customers), Lengths: b.lengths, MissingItems: pad(b.missingItems, b.items)}
	if b.kind == Text {
		c.Strings = b.strings()
	} else {
		c.Fixed = b.fixed
	}
	// The next column is likely to be as long.
	*b = Builder{kind: b.kind, list: b.list, distinct: b.distinct[:0], fixed: room(b.fixed), blob: room(b.blob), texts: room(b.texts),
		index: room(b.index), lengths: room(b.lengths)}
	return c
}

// room is an empty slice with the capacity that list used.
func room[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return make([]T, 0, len(list))
}

func (b *Builder) strings() *pb.Strings {
	if !b.plain && 2*len(b.distinct) > len(b.index) {
		b.overflow() // hardly anything repeats
	}
	if b.plain {
		return &pb.Strings{Blob: b.blob, Lengths: b.texts}
	}
	s := &pb.Strings{Index: b.index}
	for _, d := range b.distinct {
		s.Blob = append(s.Blob, d...)
		s.Lengths = append(s.Lengths, uint32(len(d)))
	}
	return s
}

// pad makes missing bits as long as the column, or none when nothing is missing.
func pad(bits []byte, n int) []byte {
	if len(bits) == 0 {
		return nil
	}
	for len(bits) < (n+7)/8 {
		bits = append(bits, 0)
	}
	return bits
}

// FromInts is a column of integers, dates, times or amounts in one copy. missing are the bits of Column.missing.
func FromInts(t pb.ValueType, values []int64, missing []byte) *pb.Column {
	return &pb.Column{Type: t, Fixed: Pack(nil, values), Missing: missing}
}

// FromFloats is a column of numbers in one copy. missing are the bits of Column.missing.
func FromFloats(values []float64, missing []byte) *pb.Column {
	return &pb.Column{Type: Number, Fixed: Pack(nil, values), Missing: missing}
}
