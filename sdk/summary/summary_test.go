package summary

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// monoid is a summary under test: how a value gets in and how two become one.
type monoid[S any] struct {
	add   func(s *S, v int64)
	merge func(into *S, other S)
}

// holds checks on random values that order, partition and merge tree do not matter, that the zero value is
// neutral, and that bytes and JSON read back.
func (m monoid[S]) holds(t *testing.T, values []int64) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(len(values))))
	whole := m.of(values)
	want := encode(t, &whole)
	for parts := range 8 {
		shuffled := slices.Clone(values)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		summaries := make([]S, parts+1) // empty ones among them
		for _, v := range shuffled {
			m.add(&summaries[r.IntN(len(summaries))], v)
		}
		for len(summaries) > 1 { // a random merge tree, through bytes
			i := r.IntN(len(summaries) - 1)
			var other S
			decode(t, encode(t, &summaries[i+1]), &other)
			m.merge(&summaries[i], other)
			summaries = slices.Delete(summaries, i+1, i+2)
		}
		if got := encode(t, &summaries[0]); !bytes.Equal(got, want) {
			t.Fatalf("%d values in %d parts: other bytes than the whole", len(values), parts+1)
		}
	}
	text, err := json.Marshal(&whole)
	if err != nil {
		t.Fatal(err)
	}
	var back S
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, &back), want) {
		t.Error("JSON reads back as another summary")
	}
	for cut := range min(len(want), 40) {
		var damaged S
		if err := any(&damaged).(encoding.BinaryUnmarshaler).UnmarshalBinary(want[:len(want)-1-cut]); err == nil {
			t.Errorf("bytes without the last %d are accepted", cut+1)
		}
	}
}

func (m monoid[S]) of(values []int64) (s S) {
	for _, v := range values {
		m.add(&s, v)
	}
	return s
}

func encode[S any](t *testing.T, s *S) []byte {
	t.Helper()
	data, err := any(s).(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode[S any](t *testing.T, data []byte, s *S) {
	t.Helper()
	if err := any(s).(encoding.BinaryUnmarshaler).UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
}

func samples() [][]int64 {
	r := rand.New(rand.NewPCG(7, 7))
	small, wide := make([]int64, 500), make([]int64, 500)
	for i := range small {
		small[i], wide[i] = r.Int64N(20)-5, int64(r.Uint64())
	}
	return [][]int64{{}, {0}, {-1, -1, 7}, {math.MinInt64, math.MaxInt64, 0, math.MaxInt64, math.MinInt64}, small, wide}
}

func TestSummariesAreMonoids(t *testing.T) {
	for _, values := range samples() {
		monoid[Multiset]{(*Multiset).Add, (*Multiset).Merge}.holds(t, values)
		monoid[Moments]{(*Moments).Add, (*Moments).Merge}.holds(t, values)
		monoid[Counter]{func(c *Counter, v int64) { c.Add(string(binary.AppendVarint(nil, v)), 1) }, (*Counter).Merge}.holds(t, values)
		monoid[Sample]{func(s *Sample, v int64) {
			var key [16]byte
			binary.BigEndian.PutUint64(key[:], uint64(v)*0x9E3779B97F4A7C15)
			s.Add(30, key, v, 2*v)
		}, (*Sample).Merge}.holds(t, values)
	}
}

func TestMultisetOverManyRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var m Multiset
	values := make([]int64, 5*pendingMax+17)
	for i := range values {
		values[i] = r.Int64N(100_000)
		m.Add(values[i])
	}
	slices.Sort(values)
	var back []int64
	m.Each(func(v, n int64) {
		for range n {
			back = append(back, v)
		}
	})
	if !slices.Equal(back, values) {
		t.Error("the multiset holds other values than were added")
	}
}

func TestRanksAgreeWithCounting(t *testing.T) {
	for _, values := range samples() {
		var m Multiset
		for _, v := range values {
			m.Add(v)
		}
		x := m.Ranks()
		sorted := slices.Sorted(slices.Values(values))
		probes := append(slices.Clone(values), 0, 1, -3, math.MinInt64, math.MaxInt64)
		for _, v := range probes {
			var want Place
			sum := new(big.Int)
			for _, w := range values {
				switch {
				case w < v:
					want.Below++
				case w == v:
					want.Equal++
				default:
					want.Above++
					sum.Add(sum, big.NewInt(w))
				}
			}
			got := x.At(v)
			if got.Below != want.Below || got.Equal != want.Equal || got.Above != want.Above || got.SumAbove.Big().Cmp(sum) != 0 {
				t.Fatalf("%d among %d values: %+v", v, len(values), got)
			}
		}
		for i, v := range sorted {
			if got := x.Nth(int64(i)); got != v {
				t.Fatalf("place %d of %d holds %d, not %d", i, len(values), got, v)
			}
		}
	}
}

func TestSumAgreesWithBigIntegers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var s Sum
	want := new(big.Int)
	for range 2000 {
		v, n := int64(r.Uint64()), int64(r.Uint64()>>40)
		s = s.PlusTimes(v, n).Minus(SumOf(v))
		want.Add(want, new(big.Int).Mul(big.NewInt(v), big.NewInt(n))).Sub(want, big.NewInt(v))
		if back, ok := SumOfBig(want); s.Big().Cmp(want) != 0 || !ok || back != s {
			t.Fatalf("the sum is %s, not %s", s, want)
		}
	}
}

func TestMomentsOfKnownNumbers(t *testing.T) {
	var m Moments
	for _, v := range []int64{2, 4, 4, 4, 5, 5, 7, 9} {
		m.Add(v)
	}
	if m.Mean() != 5 || m.Variance() != 4 || m.Min() != 2 || m.Max() != 9 {
		t.Errorf("mean %v, variance %v, from %d to %d", m.Mean(), m.Variance(), m.Min(), m.Max())
	}
}

func TestSampleKeepsTheSmallestKeys(t *testing.T) {
	var s Sample
	for i := range 1000 {
		var key [16]byte
		binary.BigEndian.PutUint32(key[:], uint32((i*7919)%1000))
		s.Add(10, key, int64(i))
	}
	got := s.Entries()
	if len(got) != 10 {
		t.Fatalf("the sample has %d entries", len(got))
	}
	for i, e := range got {
		if binary.BigEndian.Uint32(e.Key[:]) != uint32(i) {
			t.Errorf("entry %d has another key", i)
		}
	}
}

func TestMultisetIsSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	var m Multiset
	const n = 100_000
	for range n {
		m.Add(int64(math.Exp(r.NormFloat64()*1.2+11)) / 100 * 100)
	}
	data, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if perCustomer := float64(len(data)) / n; perCustomer > 2.5 {
		t.Errorf("%.2f bytes for each customer", perCustomer)
	}
}

func TestOtherFormsOfTheSameMultisetAreRefused(t *testing.T) {
	var good Multiset
	good.Add(0)
	good.Add(5)
	want := []byte{2, 0, 1, 10}
	if !bytes.Equal(encode(t, &good), want) {
		t.Fatalf("the bytes are %v", encode(t, &good))
	}
	for name, data := range map[string][]byte{
		"a longer number":           {2, 0x80, 0, 1, 10},
		"a count of one written":    {2, 0, 1, 11, 1},
		"a small difference apart":  {2, 0, 1, 0, 5, 1},
		"no count":                  {2, 0, 1, 11, 0},
		"the same value twice":      {2, 0, 1, 0, 0, 1},
		"more than was announced":   {1, 0, 1, 10},
		"beyond the largest number": {2, 254, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1, 10},
	} {
		var m Multiset
		var x Ranks
		if m.UnmarshalBinary(data) == nil || x.UnmarshalBinary(data) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func BenchmarkMultiset(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 9))
	values := make([]int64, 1_000_000)
	for i := range values {
		values[i] = int64(math.Exp(r.NormFloat64()*1.2 + 11))
	}
	collect := func() []byte {
		var m Multiset
		for _, v := range values {
			m.Add(v)
		}
		data, _ := m.MarshalBinary()
		return data
	}
	data := collect()
	b.Run("add", func(b *testing.B) {
		for b.Loop() {
			collect()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(values)), "ns/value")
		b.ReportMetric(float64(len(data))/float64(len(values)), "bytes/value")
	})
	var x Ranks
	if err := x.UnmarshalBinary(data); err != nil {
		b.Fatal(err)
	}
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			if err := x.UnmarshalBinary(data); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(values)), "ns/value")
	})
	b.Run("at", func(b *testing.B) {
		i := 0
		for b.Loop() {
			x.At(values[i%len(values)])
			i += 7919
		}
	})
}
