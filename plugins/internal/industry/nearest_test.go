package industry

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// The best of each code, and of these the best: as if all were put in order.
func TestTheBestOfDifferentCodesAreKept(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var all, got []Suggestion
		for i := range r.IntN(30) {
			one := Suggestion{Code: strconv.Itoa(r.IntN(6)), Title: strconv.Itoa(i), Similarity: float64(r.IntN(5)) / 4}
			all, got = append(all, one), keep(got, one, 3)
		}
		slices.SortFunc(all, func(a, b Suggestion) int {
			if before(a, b) {
				return -1
			}
			return 1
		})
		var want []Suggestion
		for _, s := range all {
			if len(want) < 3 && !slices.ContainsFunc(want, func(w Suggestion) bool { return w.Code == s.Code }) {
				want = append(want, s)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v of %v, want %v", got, all, want)
		}
	}
}
