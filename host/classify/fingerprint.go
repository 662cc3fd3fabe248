package classify

import (
	"encoding/binary"
	"math/bits"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// fingerprint is the hash of the columns of one customer: two lanes of multiply and fold. It says whether
// a customer's columns changed; it is no defence against somebody who wants them to collide.
type fingerprint struct{ a, b uint64 }

// Odd constants with as many ones as zeros, from the digits of the square roots of 2 and 3.
const (
	mulA = 0x6a09e667f3bcc909
	mulB = 0xbb67ae8584caa73b
	// missingWord stands for a missing value: a number that no count, amount or time is.
	missingWord = 0x9e3779b97f4a7c15
)

func (f *fingerprint) word(w uint64) {
	hi, lo := bits.Mul64(f.a^w, mulA)
	f.a = hi ^ lo + mulB
	hi, lo = bits.Mul64(bits.RotateLeft64(f.b, 29)^w, mulB)
	f.b = hi ^ lo + mulA
}

func (f *fingerprint) text(s string) {
	f.word(uint64(len(s)))
	var w uint64
	for i := 0; i < len(s); i++ {
		if w = w<<8 | uint64(s[i]); i&7 == 7 {
			f.word(w)
			w = 0
		}
	}
	f.word(w)
}

func (f *fingerprint) sum() (out [16]byte) {
	g := *f
	g.word(mulA ^ mulB)
	binary.LittleEndian.PutUint64(out[:8], g.a^bits.RotateLeft64(g.b, 32))
	binary.LittleEndian.PutUint64(out[8:], g.b)
	return out
}

// fold adds a column of n customers to their fingerprints.
func fold(into []fingerprint, r *column.Reader) {
	item := func(f *fingerprint, i int) {
		switch r.Type() {
		case column.Text:
			f.text(r.Text(i))
		case column.Boolean:
			if r.Bool(i) {
				f.word(1)
			} else {
				f.word(0)
			}
		default:
			f.word(uint64(r.Int(i)))
		}
	}
	for i := range into {
		f := &into[i]
		switch {
		case r.Missing(i):
			f.word(missingWord)
		case r.List():
			from, to := r.Range(i)
			f.word(uint64(to - from))
			for j := from; j < to; j++ {
				if r.MissingItem(j) {
					f.word(missingWord)
				} else {
					item(f, j)
				}
			}
		default:
			item(f, i)
		}
	}
}

// sizeOf is roughly the number of bytes of customer i in a column on the wire.
func sizeOf(r *column.Reader, i int) int {
	from, to := i, i+1
	if r.List() {
		from, to = r.Range(i)
	}
	width := column.Width(r.Type())
	if width > 0 {
		return 1 + width*(to-from)
	}
	size := 1
	for j := from; j < to; j++ {
		size += 2 + len(r.Text(j))
	}
	return size
}

// pick makes a column of the customers with the given indices.
func pick(r *column.Reader, indices []int) *pb.Column {
	b := column.NewBuilder(r.Type(), r.List())
	for _, i := range indices {
		switch {
		case r.Missing(i):
			b.Missing()
		case r.List():
			from, to := r.Range(i)
			for j := from; j < to; j++ {
				if r.MissingItem(j) {
					b.MissingItem()
				} else {
					put(b, r, j)
				}
			}
			b.EndList()
		default:
			put(b, r, i)
		}
	}
	return b.Column()
}

func put(b *column.Builder, r *column.Reader, i int) {
	switch r.Type() {
	case column.Text:
		b.Text(r.Text(i))
	case column.Number:
		b.Float(r.Float(i))
	case column.Boolean:
		b.Bool(r.Bool(i))
	default:
		b.Int(r.Int(i))
	}
}
