package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"

	"github.com/taxonhq/taxon/host/crm"
)

// Packed data begins with the version of its encoding and a checksum of the rest, so that a damaged row is
// found where it is read and never taken for a customer's history.
const (
	codecVersion = 1
	sealSize     = 5
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged says that packed data is not what was stored. It never quotes the data.
var errDamaged = errors.New("damaged")

// unsealed begins packed data: the caller appends the body and calls seal.
func unsealed(capacity int) []byte { return make([]byte, sealSize, sealSize+capacity) }

// seal completes packed data begun with unsealed.
func seal(data []byte) []byte {
	data[0] = codecVersion
	binary.LittleEndian.PutUint32(data[1:], crc32.Checksum(data[sealSize:], castagnoli))
	return data
}

// unseal checks packed data and answers a copy of its body. Absent data has an empty body.
func unseal(data []byte) (string, error) {
	if len(data) == 0 {
		return "", nil
	}
	if len(data) < sealSize || data[0] != codecVersion ||
		binary.LittleEndian.Uint32(data[1:]) != crc32.Checksum(data[sealSize:], castagnoli) {
		return "", errDamaged
	}
	return string(data[sealSize:]), nil
}

// reader reads a packed body. Strings are parts of the body, not copies. After a fault everything reads as
// zero and bad stays set.
type reader struct {
	s   string
	at  int
	bad bool
}

func (r *reader) fail() {
	r.at, r.bad = len(r.s), true
}

// more reports whether anything is left to read.
func (r *reader) more() bool { return r.at < len(r.s) }

// rest is what is left to read.
func (r *reader) rest() string { return r.s[r.at:] }

func (r *reader) byte() byte {
	if r.at >= len(r.s) {
		r.fail()
		return 0
	}
	r.at++
	return r.s[r.at-1]
}

func (r *reader) uvarint() uint64 {
	if r.at < len(r.s) && r.s[r.at] < 0x80 { // most numbers are small
		r.at++
		return uint64(r.s[r.at-1])
	}
	var n uint64
	for i := 0; i < binary.MaxVarintLen64 && r.at+i < len(r.s); i++ {
		b := r.s[r.at+i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.at += i + 1
			return n
		}
	}
	r.fail()
	return 0
}

func (r *reader) varint() int64 {
	n := r.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *reader) text() string { return r.take(r.uvarint()) }

func (r *reader) take(n uint64) string {
	if n > uint64(len(r.s)-r.at) {
		r.fail()
		return ""
	}
	s := r.s[r.at : r.at+int(n)]
	r.at += int(n)
	return s
}

// member reads a member of a list: its id, and its body to be read on.
func (r *reader) member() (id string, body reader) {
	body = reader{s: r.text(), bad: r.bad}
	return body.text(), body
}

func (r *reader) float() float64 {
	s := r.take(8)
	if r.bad {
		return 0
	}
	var bits uint64
	for i := 7; i >= 0; i-- {
		bits = bits<<8 | uint64(s[i])
	}
	return math.Float64frombits(bits)
}

// instant reads what appendInstant wrote: whole seconds take half the bytes of microseconds.
func (r *reader) instant() int64 {
	n := r.varint()
	if n&1 == 0 {
		return n >> 1 * 1_000_000
	}
	return n >> 1
}

func (r *reader) money() crm.Money {
	return crm.Money{Minor: r.varint(), Currency: r.text()}
}

func (r *reader) value() crm.Value {
	switch t := crm.Type(r.byte()); t {
	case crm.Text:
		return crm.TextValue(r.text())
	case crm.Integer:
		return crm.IntegerValue(r.varint())
	case crm.Number:
		return crm.NumberValue(r.float())
	case crm.Boolean:
		return crm.BooleanValue(r.byte() == 1)
	case crm.Date:
		return crm.DateValue(crm.Day(r.varint()))
	case crm.Time:
		return crm.MicrosValue(r.instant())
	case crm.Amount:
		return crm.AmountValue(r.money())
	}
	r.fail()
	return crm.Value{}
}

// skip passes over a value.
func (r *reader) skip() {
	switch crm.Type(r.byte()) {
	case crm.Text:
		r.text()
	case crm.Integer, crm.Date, crm.Time:
		r.uvarint()
	case crm.Number:
		r.take(8)
	case crm.Boolean:
		r.byte()
	case crm.Amount:
		r.uvarint()
		r.text()
	default:
		r.fail()
	}
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendFloat(b []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
}

// appendInstant writes microseconds; the lowest bit says whether they are not whole seconds. Instants
// beyond half of int64's range, some 146,000 years from now, are not of this world.
func appendInstant(b []byte, micros int64) []byte {
	if micros%1_000_000 == 0 {
		return binary.AppendVarint(b, micros/1_000_000<<1)
	}
	return binary.AppendVarint(b, micros<<1|1)
}

func appendMoney(b []byte, m crm.Money) []byte {
	return appendText(binary.AppendVarint(b, m.Minor), m.Currency)
}

func appendValue(b []byte, v crm.Value) []byte {
	b = append(b, byte(v.Type()))
	switch v.Type() {
	case crm.Text:
		return appendText(b, v.Text())
	case crm.Integer, crm.Date:
		return binary.AppendVarint(b, v.Int())
	case crm.Number:
		return appendFloat(b, v.Float())
	case crm.Boolean:
		return append(b, byte(v.Int()))
	case crm.Time:
		return appendInstant(b, v.Int())
	default:
		return appendMoney(b, v.Money())
	}
}
