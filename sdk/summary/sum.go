package summary

import (
	"cmp"
	"math/big"
	"math/bits"
)

// Sum is a whole number of 128 bits (two's complement): no sum of 2^63 int64 values overflows it. The zero
// value is 0, and Sums are comparable with ==.
type Sum struct {
	hi int64
	lo uint64
}

// SumOf is v as a Sum.
func SumOf(v int64) Sum { return Sum{v >> 63, uint64(v)} }

// SumOfBig is a big integer as a Sum; ok is false when it has more than 128 bits.
func SumOfBig(b *big.Int) (s Sum, ok bool) {
	low := new(big.Int).And(b, new(big.Int).SetUint64(1<<64-1))
	high := new(big.Int).Rsh(b, 64)
	return Sum{high.Int64(), low.Uint64()}, high.IsInt64()
}

// Plus is s + t.
func (s Sum) Plus(t Sum) Sum {
	lo, carry := bits.Add64(s.lo, t.lo, 0)
	return Sum{s.hi + t.hi + int64(carry), lo}
}

// Minus is s - t.
func (s Sum) Minus(t Sum) Sum {
	lo, borrow := bits.Sub64(s.lo, t.lo, 0)
	return Sum{s.hi - t.hi - int64(borrow), lo}
}

// PlusTimes is s + v*n for n >= 0.
func (s Sum) PlusTimes(v, n int64) Sum {
	magnitude := uint64(v)
	if v < 0 {
		magnitude = -magnitude
	}
	hi, lo := bits.Mul64(magnitude, uint64(n))
	if v < 0 {
		return s.Minus(Sum{int64(hi), lo})
	}
	return s.Plus(Sum{int64(hi), lo})
}

// Cmp is -1, 0 or 1 as s is less than, equal to or greater than t.
func (s Sum) Cmp(t Sum) int {
	return cmp.Or(cmp.Compare(s.hi, t.hi), cmp.Compare(s.lo, t.lo))
}

// Sign is -1, 0 or 1.
func (s Sum) Sign() int { return s.Cmp(Sum{}) }

// Big is s as a big integer.
func (s Sum) Big() *big.Int {
	b := big.NewInt(s.hi)
	return b.Lsh(b, 64).Add(b, new(big.Int).SetUint64(s.lo))
}

// Int64 is s when it fits; ok is false otherwise.
func (s Sum) Int64() (v int64, ok bool) { return int64(s.lo), s.hi == int64(s.lo)>>63 }

// Float is s as the nearest float64.
func (s Sum) Float() float64 {
	f, _ := new(big.Float).SetInt(s.Big()).Float64()
	return f
}

// String is s in decimal.
func (s Sum) String() string { return s.Big().String() }
