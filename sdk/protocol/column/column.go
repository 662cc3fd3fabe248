// Package column reads and writes the columns of the classifier protocol (classifierpb.Column): typed,
// without reflection and without an allocation per value.
//
// Host and SDK share it, so that one codec decides what a valid column is. Invariant: a Reader whose Reset
// answered nil can be asked for any of its items without a check, and what a Builder makes, a Reader accepts.
package column

import (
	"encoding/binary"
	"unsafe"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Short names of the value types.
const (
	Text    = pb.ValueType_VALUE_TYPE_TEXT
	Integer = pb.ValueType_VALUE_TYPE_INTEGER
	Number  = pb.ValueType_VALUE_TYPE_NUMBER
	Boolean = pb.ValueType_VALUE_TYPE_BOOLEAN
	Date    = pb.ValueType_VALUE_TYPE_DATE
	Time    = pb.ValueType_VALUE_TYPE_TIME
	Amount  = pb.ValueType_VALUE_TYPE_AMOUNT
)

// Width is the number of bytes of a value of a fixed-width type, 0 for texts and unknown types.
func Width(t pb.ValueType) int {
	switch t {
	case Integer, Number, Date, Time, Amount:
		return 8
	case Boolean:
		return 1
	}
	return 0
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// word is what is packed in eight bytes.
type word interface{ ~int64 | ~float64 | ~uint64 }

// Pack appends values as little-endian bytes: one copy on little-endian machines.
func Pack[W word](to []byte, values []W) []byte {
	if len(values) == 0 {
		return to
	}
	if littleEndian {
		return append(to, unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 8*len(values))...)
	}
	for _, v := range values {
		to = binary.LittleEndian.AppendUint64(to, *(*uint64)(unsafe.Pointer(&v)))
	}
	return to
}

// Unpack fills values from little-endian bytes, eight for each; packed must be as long.
func Unpack[W word](values []W, packed []byte) {
	if len(values) == 0 {
		return
	}
	packed = packed[:8*len(values)]
	if littleEndian {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(packed)), packed)
		return
	}
	for i := range values {
		bits := binary.LittleEndian.Uint64(packed[8*i:])
		values[i] = *(*W)(unsafe.Pointer(&bits))
	}
}
