package cluster

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"

	"github.com/taxonhq/taxon/sdk/summary"
)

// tally holds for each cluster how many customers are in it and the exact sums of their features, in steps of the
// feature's range: whole numbers, so that the order of addition does not matter. The zero value is empty.
type tally struct {
	counts []int64
	sums   [][]summary.Sum
}

// steps divide the range of a feature; a value beyond it counts as its end.
const steps = 1 << 40

func (t *tally) grow(clusters, features int) {
	for len(t.counts) < clusters {
		t.counts = append(t.counts, 0)
		t.sums = append(t.sums, make([]summary.Sum, features))
	}
}

// add adds a customer with its compared values.
func (t *tally) add(m *model, at int, z []float64) {
	t.grow(len(m.Clusters), len(z))
	t.counts[at]++
	for i, v := range z {
		u := &m.Used[i]
		step := math.Round((v - u.Least) / (u.Most - u.Least) * steps)
		t.sums[at][i] = t.sums[at][i].Plus(summary.SumOf(int64(max(0, min(step, steps)))))
	}
}

// mean is the mean of a feature in a cluster that is not empty.
func (t *tally) mean(m *model, at, i int) float64 {
	u := &m.Used[i]
	return u.Least + t.sums[at][i].Float()/float64(t.counts[at])/steps*(u.Most-u.Least)
}

func (t *tally) merge(other tally) {
	if len(other.counts) == 0 {
		return
	}
	t.grow(len(other.counts), len(other.sums[0]))
	for c, n := range other.counts {
		t.counts[c] += n
		for i, sum := range other.sums[c] {
			t.sums[c][i] = t.sums[c][i].Plus(sum)
		}
	}
}

var errTally = errors.New("cluster: the sums are damaged")

// MarshalBinary encodes the tally; equal ones have equal bytes.
func (t *tally) MarshalBinary() ([]byte, error) {
	features := 0
	if len(t.sums) > 0 {
		features = len(t.sums[0])
	}
	out := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(t.counts))), uint64(features))
	for c, n := range t.counts {
		out = binary.AppendUvarint(out, uint64(n))
		for _, sum := range t.sums[c] {
			digits := sum.Big().Bytes() // never negative
			out = append(binary.AppendUvarint(out, uint64(len(digits))), digits...)
		}
	}
	return out, nil
}

// UnmarshalBinary decodes what MarshalBinary wrote.
func (t *tally) UnmarshalBinary(data []byte) error {
	var out tally
	ok := true
	number := func(most uint64) int {
		v, n := binary.Uvarint(data)
		if n <= 0 || v > most {
			ok, data = false, nil
			return 0
		}
		data = data[n:]
		return int(v)
	}
	clusters, features := number(1000), number(1000)
	for c := 0; c < clusters && ok; c++ {
		out.grow(c+1, features)
		out.counts[c] = int64(number(math.MaxInt64))
		for i := 0; i < features && ok; i++ {
			size := number(16)
			if size > len(data) {
				return errTally
			}
			sum, fits := summary.SumOfBig(new(big.Int).SetBytes(data[:size]))
			if !fits {
				return errTally
			}
			out.sums[c][i], data = sum, data[size:]
		}
	}
	if !ok || len(data) > 0 {
		return errTally
	}
	*t = out
	return nil
}
