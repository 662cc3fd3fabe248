package abc

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"time"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// model answers for every value, also for ones that no customer had: Ranks says what is larger, Floors where
// the classes begin.
type model struct {
	Ranks  summary.Ranks
	Days   summary.Moments
	Floors floors
}

// floors are the least values of A and of B. Nobody is in a class whose floor is math.MaxInt64.
type floors [2]int64

func (m *model) class(v int64) string {
	switch {
	case v >= m.Floors[0]:
		return "A"
	case v >= m.Floors[1]:
		return "B"
	}
	return "C"
}

// short reports whether the data reach back less than the months asked for, and since when they do.
func (m *model) short(run sdk.Run, cfg *config) (first sdk.Day, short bool) {
	if !cfg.dated || m.Days.Count() == 0 {
		return 0, false
	}
	first = sdk.Day(m.Days.Min())
	begin := time.Unix(int64(first)*86400, 0).UTC()
	return first, sdk.DayOf(begin.AddDate(0, int(cfg.MinMonths), 0), time.UTC) > run.Day
}

func fit(run sdk.Run, cfg *config, _ int, s state) (*model, sdk.Report, error) {
	m := &model{Ranks: *s.Values.Ranks(), Days: s.Days, Floors: floors{math.MaxInt64, math.MaxInt64}}
	for i := range m.Floors {
		m.Floors[i] = cfg.floor(&m.Ranks, cfg.ends[i])
	}
	n := m.Ranks.Count()
	report := sdk.Report{Customers: n, Metrics: map[string]float64{
		"ranked": float64(n), "distinct": float64(m.Ranks.Distinct()), "total": m.Ranks.Total().Float() / cfg.scale, "gini": gini(&m.Ranks),
		"zero": float64(s.Unranked.Count("zero")), "negative": float64(s.Unranked.Count("negative")), "none": float64(s.Unranked.Count("none")),
	}}
	if n > 1 && m.Ranks.Distinct() == 1 {
		report.Diagnostics.Warnf("", "no_concentration", "all %d customers have the same value: there is no concentration to see", n)
	}
	if n < cfg.MinCustomers {
		report.Diagnostics.Warnf("/min_customers", tooFew, "only %d customers have a value above zero, %d are needed", n, cfg.MinCustomers)
	} else if first, short := m.short(run, cfg); short {
		report.Diagnostics.Warnf("/min_months", tooShort, "the data begin on %s, %d months are needed", first, cfg.MinMonths)
	}
	return m, report, nil
}

// floor is the least value of a class that ends at a cut. What larger customers hold falls as the value
// rises, so the class is everything from the first value at which it is below the cut.
func (c *config) floor(ranks *summary.Ranks, cut *big.Rat) int64 {
	if c.By == byValue {
		least := new(big.Rat).Mul(cut, new(big.Rat).SetFloat64(c.scale))
		up, rest := new(big.Int).QuoRem(least.Num(), least.Denom(), new(big.Int))
		return up.Int64() + int64(rest.Sign())
	}
	// All is below the cut when it is below the next whole number.
	bound := new(big.Rat).Set(cut)
	switch c.By {
	case byShare:
		bound.Mul(bound, new(big.Rat).SetFrac(ranks.Total().Big(), big.NewInt(100)))
	case byCustomers:
		bound.Mul(bound, big.NewRat(ranks.Count(), 100))
	}
	up, rest := new(big.Int).QuoRem(bound.Num(), bound.Denom(), new(big.Int))
	end, _ := summary.SumOfBig(up.Add(up, big.NewInt(int64(rest.Sign()))))
	floor, found := int64(math.MaxInt64), false
	above := summary.SumOf(ranks.Count())
	if c.By == byShare {
		above = ranks.Total()
	}
	ranks.Each(func(v, n int64) {
		if c.By == byShare {
			above = above.Minus(summary.Sum{}.PlusTimes(v, n))
		} else {
			above = above.Minus(summary.SumOf(n))
		}
		if !found && above.Cmp(end) < 0 {
			floor, found = v, true
		}
	})
	return floor
}

// gini is the Gini coefficient of the ranked values: 0 when all are equal, near 1 when one holds everything.
func gini(ranks *summary.Ranks) float64 {
	if ranks.Count() == 0 {
		return 0
	}
	// The sum of (2i - n - 1) v over the values in ascending order, i from 1; for a group of k equal values
	// after b smaller ones it is k (2b + k - n) v.
	sum, below := new(big.Int), int64(0)
	ranks.Each(func(v, k int64) {
		weight := new(big.Int).Mul(big.NewInt(k), big.NewInt(2*below+k-ranks.Count()))
		sum.Add(sum, weight.Mul(weight, big.NewInt(v)))
		below += k
	})
	g, _ := new(big.Rat).SetFrac(sum, new(big.Int).Mul(big.NewInt(ranks.Count()), ranks.Total().Big())).Float64()
	return g
}

// MarshalBinary writes the two values.
func (f *floors) MarshalBinary() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, uint64(f[0])), uint64(f[1])), nil
}

// UnmarshalBinary reads the two values.
func (f *floors) UnmarshalBinary(data []byte) error {
	if len(data) != 16 {
		return errors.New("abc: the model is damaged")
	}
	*f = floors{int64(binary.LittleEndian.Uint64(data)), int64(binary.LittleEndian.Uint64(data[8:]))}
	return nil
}
