package kmeans

import (
	"cmp"
	"math"
	"slices"
)

// Match finds for each centre the earlier one that it continues, -1 for none: pairs are taken in the order of their
// distance, each centre once. With as many centres as before all are matched.
func Match(before, now [][]float64) []int {
	type pair struct {
		b, n int
		d    float64
	}
	var pairs []pair
	for b := range before {
		for n := range now {
			pairs = append(pairs, pair{b, n, Square(before[b], now[n], math.Inf(1))})
		}
	}
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Or(cmp.Compare(x.d, y.d), x.b-y.b, x.n-y.n) })
	out := make([]int, len(now))
	for n := range out {
		out[n] = -1
	}
	taken := make([]bool, len(before))
	for _, p := range pairs {
		if !taken[p.b] && out[p.n] < 0 {
			taken[p.b], out[p.n] = true, p.b
		}
	}
	return out
}
