package summary

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/big"
	"math/bits"
)

// Moments are count, sum, sum of squares, minimum and maximum of int64 values, exactly. Numbers with digits
// after the point are added in fixed point: the author chooses the scale.
type Moments struct {
	n        int64
	sum      Sum
	squares  [3]uint64 // least significant word first: 2^63 squares of int64 values fit
	min, max int64
}

// Add adds a value.
func (m *Moments) Add(v int64) {
	if m.n == 0 || v < m.min {
		m.min = v
	}
	if m.n == 0 || v > m.max {
		m.max = v
	}
	m.n++
	m.sum = m.sum.Plus(SumOf(v))
	magnitude := uint64(v)
	if v < 0 {
		magnitude = -magnitude
	}
	hi, lo := bits.Mul64(magnitude, magnitude)
	m.addSquares([3]uint64{lo, hi, 0})
}

func (m *Moments) addSquares(s [3]uint64) {
	carry := uint64(0)
	for i := range s {
		m.squares[i], carry = bits.Add64(m.squares[i], s[i], carry)
	}
}

// Merge adds all values of others.
func (m *Moments) Merge(other Moments) {
	if other.n == 0 {
		return
	}
	if m.n == 0 || other.min < m.min {
		m.min = other.min
	}
	if m.n == 0 || other.max > m.max {
		m.max = other.max
	}
	m.n += other.n
	m.sum = m.sum.Plus(other.sum)
	m.addSquares(other.squares)
}

// Count is the number of values.
func (m *Moments) Count() int64 { return m.n }

// Sum is the sum of the values.
func (m *Moments) Sum() Sum { return m.sum }

// Min is the smallest value, 0 when there is none.
func (m *Moments) Min() int64 { return m.min }

// Max is the largest value, 0 when there is none.
func (m *Moments) Max() int64 { return m.max }

// Mean is the mean, rounded once; 0 when there is no value.
func (m *Moments) Mean() float64 {
	if m.n == 0 {
		return 0
	}
	f, _ := new(big.Rat).SetFrac(m.sum.Big(), big.NewInt(m.n)).Float64()
	return f
}

// Variance is the population variance, computed exactly and rounded once; 0 when there is no value.
func (m *Moments) Variance() float64 {
	if m.n == 0 {
		return 0
	}
	squares := new(big.Int)
	for i := len(m.squares) - 1; i >= 0; i-- {
		squares.Lsh(squares, 64).Add(squares, new(big.Int).SetUint64(m.squares[i]))
	}
	n, sum := big.NewInt(m.n), m.sum.Big()
	top := squares.Mul(squares, n)
	top.Sub(top, new(big.Int).Mul(sum, sum))
	f, _ := new(big.Rat).SetFrac(top, n.Mul(n, n)).Float64()
	return f
}

const momentsBytes = 8 * 8

// MarshalBinary encodes the moments in 64 bytes.
func (m *Moments) MarshalBinary() ([]byte, error) {
	out := make([]byte, 0, momentsBytes)
	for _, w := range []uint64{uint64(m.n), uint64(m.sum.hi), m.sum.lo, m.squares[0], m.squares[1], m.squares[2], uint64(m.min), uint64(m.max)} {
		out = binary.LittleEndian.AppendUint64(out, w)
	}
	return out, nil
}

// UnmarshalBinary decodes what MarshalBinary wrote.
func (m *Moments) UnmarshalBinary(data []byte) error {
	if len(data) != momentsBytes {
		return errors.New("summary: the moments are damaged")
	}
	w := func(i int) uint64 { return binary.LittleEndian.Uint64(data[8*i:]) }
	*m = Moments{n: int64(w(0)), sum: Sum{int64(w(1)), w(2)}, squares: [3]uint64{w(3), w(4), w(5)}, min: int64(w(6)), max: int64(w(7))}
	if m.n < 0 || m.min > m.max {
		return errors.New("summary: the moments are damaged")
	}
	return nil
}

// MarshalJSON writes the bytes of MarshalBinary as base64.
func (m *Moments) MarshalJSON() ([]byte, error) {
	data, _ := m.MarshalBinary()
	return json.Marshal(data)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Moments) UnmarshalJSON(text []byte) error { return unmarshalJSON(text, m.UnmarshalBinary) }
