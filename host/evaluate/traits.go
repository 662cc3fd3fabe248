package evaluate

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Feature is something that is known of customers: a number of each, or whether something holds (1 or 0). NaN is not known.
type Feature struct {
	Name   string
	Holds  bool // the values are 1 and 0
	Values []float64
}

// Trait is a feature in which the members of a class differ from everybody.
type Trait struct {
	Feature string  `json:"feature"`
	Holds   bool    `json:"holds,omitempty"` // Class and Base are shares, 0 to 1
	Class   float64 `json:"class"`           // mean of the members who are known
	Base    float64 `json:"base"`            // mean of everybody known
	// Effect is (Class - Base) / standard deviation of the base: how many of its own spreads the class lies off.
	Effect float64 `json:"effect"`
	Known  int     `json:"known"` // members
}

// least members of a class, and customers with a trait that holds, of whom anything is said.
const (
	leastMembers = 5
	leastHolding = 5
)

// Traits are the most telling features of each class, at most top of them, the largest effect first. A feature counts for a class
// when at least five members are known, when it is not the same for everybody, and when the difference is at least twice its
// standard error in a sample of that size: what chance explains is no trait.
func Traits(codes []string, features []Feature, top int) map[string][]Trait {
	out := map[string][]Trait{}
	for _, f := range features {
		var n, sum, squares float64
		counts, sums := map[string]int{}, map[string]float64{}
		for i, v := range f.Values {
			if math.IsNaN(v) {
				continue
			}
			n, sum = n+1, sum+v
			counts[codes[i]]++
			sums[codes[i]] += v
		}
		if n < 2 || f.Holds && (sum < leastHolding || n-sum < leastHolding) {
			continue
		}
		mean := sum / n
		for _, v := range f.Values {
			if !math.IsNaN(v) {
				squares += (v - mean) * (v - mean)
			}
		}
		spread := math.Sqrt(squares / n)
		if spread <= 1e-12*math.Abs(mean) {
			continue
		}
		for code, known := range counts {
			own := sums[code] / float64(known)
			effect := (own - mean) / spread
			if known < leastMembers || math.Abs(effect)*math.Sqrt(float64(known)) < 2 {
				continue
			}
			out[code] = append(out[code], Trait{f.Name, f.Holds, own, mean, effect, known})
		}
	}
	for code, traits := range out {
		slices.SortFunc(traits, func(a, b Trait) int {
			return cmp.Or(cmp.Compare(math.Abs(b.Effect), math.Abs(a.Effect)), strings.Compare(a.Feature, b.Feature))
		})
		out[code] = traits[:min(top, len(traits))]
	}
	return out
}
