package rfm

import (
	"math"
	"math/big"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// model is three step functions: Floors are where the scores from 2 on begin, in R (negative days), F and M.
// A value that no customer had has the score of the next lower one that some had.
type model struct {
	N         int64         `json:"n"` // customers who bought
	Floors    [3][]int64    `json:"floors"`
	Frequency summary.Ranks `json:"frequency"`
}

// scores are the scores of a customer; M above zero is needed for more than 1.
func (m *model) scores(v [3]int64) (s [3]int) {
	for d := range s {
		s[d] = 1
		for _, floor := range m.Floors[d] {
			if v[d] >= floor {
				s[d]++
			}
		}
	}
	if v[2] <= 0 {
		s[2] = 1
	}
	return s
}

// oftener is the share of customers that bought less often, in percent, for people, and the number of others that bought as often.
func (m *model) oftener(f int64) (percent float64, others int64) {
	place := m.Frequency.At(f)
	return math.Round(float64(place.Below)/float64(max(m.N, 1))*1000) / 10, max(place.Equal-1, 0)
}

func fit(_ sdk.Run, cfg *config, _ int, s state) (*model, sdk.Report, error) {
	dims := [3]*summary.Ranks{s.R.Ranks(), s.F.Ranks(), s.M.Ranks()}
	m := &model{N: dims[0].Count(), Frequency: *dims[1]}
	report := sdk.Report{Customers: m.N, Metrics: map[string]float64{
		"customers": float64(m.N), "none": float64(s.None.Count("none")), "value": dims[2].Total().Float() / float64(cfg.unit)}}
	for d, ranks := range dims {
		m.Floors[d] = cfg.floors(d, ranks)
		for i, floor := range m.Floors[d] {
			if floor == math.MaxInt64 {
				continue
			}
			name := dimensions[d] + "_" + string(rune('2'+i))
			if i == 8 {
				name = dimensions[d] + "_10"
			}
			report.Metrics[name] = cfg.shown(d, floor)
		}
	}
	if m.N < *cfg.MinCustomers {
		report.Diagnostics.Warnf("/min_customers", tooFew, "only %d customers have bought, %d are needed", m.N, *cfg.MinCustomers)
	}
	return m, report, nil
}

// shown is a floor for people: days, purchases, units of the currency.
func (cfg *config) shown(d int, floor int64) float64 {
	switch d {
	case 0:
		return float64(-floor)
	case 2:
		return float64(floor) / float64(cfg.unit)
	}
	return float64(floor)
}

// floors are where the scores from 2 on begin; math.MaxInt64 where none does.
func (cfg *config) floors(d int, ranks *summary.Ranks) []int64 {
	k := int64([3]int{cfg.Bins.R, cfg.Bins.F, cfg.Bins.M}[d])
	n := ranks.Count()
	switch cfg.Rule {
	case fixed:
		return cfg.fixed[d]
	case againstAvg:
		if n == 0 {
			return []int64{math.MaxInt64}
		}
		return []int64{ceil(new(big.Rat).SetFrac(ranks.Total().Big(), big.NewInt(n)))}
	case againstMid:
		if n == 0 {
			return []int64{math.MaxInt64}
		}
		a, b := big.NewInt(ranks.Nth((n-1)/2)), big.NewInt(ranks.Nth(n/2))
		return []int64{ceil(new(big.Rat).SetFrac(a.Add(a, b), big.NewInt(2)))}
	case packageRfm:
		return cfg.packageFloors(d, k, ranks)
	}
	// The rank rules rise with the value: the floor of a score is the first value that reaches it.
	floors := make([]int64, k-1)
	for i := range floors {
		floors[i] = math.MaxInt64
	}
	below := int64(0)
	ranks.Each(func(v, equal int64) {
		var score int64
		switch cfg.Rule {
		case midRank:
			score = k*(2*below+equal)/(2*n) + 1
		case maxRank:
			score = (k*(below+equal) + n - 1) / n
		case minRank:
			score = k*below/n + 1
		}
		for s := int64(2); s <= score; s++ {
			floors[s-2] = min(floors[s-2], v)
		}
		below += equal
	})
	return floors
}

// packageFloors follow the R package rfm 0.3.0: the cuts are the quantiles j/k of type 7 plus one unit, and a
// value at a cut is above it. R is cut in days, where fewer are better.
func (cfg *config) packageFloors(d int, k int64, ranks *summary.Ranks) []int64 {
	n := ranks.Count()
	floors := make([]int64, k-1)
	unit := big.NewRat(1, 1)
	if d == 2 {
		unit.SetInt64(cfg.unit)
	}
	for j := int64(1); j < k; j++ {
		switch q := quantile(ranks, j, k); {
		case n == 0:
			floors[j-1] = math.MaxInt64
		case d == 0:
			// In days the cut is minus the quantile, plus one day, and fewer days than that are better.
			floors[j-1] = 1 - ceil(q.Add(q.Neg(q), unit))
		default:
			floors[j-1] = ceil(q.Add(q, unit))
		}
	}
	return floors
}

// quantile is the quantile j/k of type 7: linear between the two values around place (n-1)*j/k.
func quantile(ranks *summary.Ranks, j, k int64) *big.Rat {
	at := (ranks.Count() - 1) * j
	low, high := ranks.Nth(at/k), ranks.Nth(at/k+1)
	step := new(big.Rat).SetFrac(new(big.Int).Mul(new(big.Int).Sub(big.NewInt(high), big.NewInt(low)), big.NewInt(at%k)), big.NewInt(k))
	return step.Add(step, new(big.Rat).SetInt64(low))
}
