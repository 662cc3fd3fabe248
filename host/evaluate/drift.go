package evaluate

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Drift says how far a distribution has moved from the one that it is compared with.
type Drift struct {
	PSI float64 `json:"psi"` // population stability index
	// Chance is what the index stays below in 19 of 20 cases when nothing has moved: it grows as the bases shrink.
	Chance  float64 `json:"chance"`
	Verdict Verdict `json:"verdict"`
}

// Verdict words a drift.
type Verdict string

// The verdicts: an index below 0.1, up to 0.25, above; and one that chance explains.
const (
	Stable  Verdict = "stable"
	Moved   Verdict = "moved"
	Changed Verdict = "changed"
	Chance  Verdict = "chance"
)

// PSI compares counts by the same bins: Σ (q - p) ln(q / p) over the shares p of the reference and q of now. When a bin of
// either is empty, all shares are (count + 0.5) / (n + 0.5 k), for k bins. ok is false when either has nobody or there are
// fewer than two bins.
//
// With bases of n and m the index of unmoved data is about (1/n + 1/m) times a chi-square of k - 1 degrees of freedom; one
// below the 95 % point of that is put down to chance, whatever the usual limits say.
//
// Sources: E. Lewis, An Introduction to Credit Scoring, 1994; N. Siddiqi, Credit Risk Scorecards, 2006 (0.1 and 0.25);
// B. Yurdakul, Statistical Properties of Population Stability Index, 2018.
func PSI(reference, now []int) (d Drift, ok bool) {
	n, m, empty := 0, 0, false
	for i := range reference {
		n, m = n+reference[i], m+now[i]
		empty = empty || reference[i] == 0 || now[i] == 0
	}
	k := len(reference)
	if n == 0 || m == 0 || k < 2 {
		return Drift{}, false
	}
	share := func(count, n int) float64 {
		if empty {
			return (float64(count) + 0.5) / (float64(n) + 0.5*float64(k))
		}
		return float64(count) / float64(n)
	}
	for i := range reference {
		p, q := share(reference[i], n), share(now[i], m)
		d.PSI += (q - p) * math.Log(q/p)
	}
	d.Chance = distuv.ChiSquared{K: float64(k - 1)}.Quantile(0.95) * (1/float64(n) + 1/float64(m))
	switch {
	case d.PSI < 0.1:
		d.Verdict = Stable
	case d.PSI < d.Chance:
		d.Verdict = Chance
	case d.PSI <= 0.25:
		d.Verdict = Moved
	default:
		d.Verdict = Changed
	}
	return d, true
}

// Bins are fixed by a reference: cuts between them, ascending. A value lies in the first bin whose cut is not below it.
type Bins []float64

// ReferenceBins cuts a reference into up to k bins of about equal size; equal values share a bin, so there may be fewer.
// Tags by rank have constant shares: it is their underlying values that must be watched, by the bins of an earlier day.
func ReferenceBins(reference []float64, k int) Bins {
	v := slices.Clone(reference)
	slices.Sort(v)
	var cuts Bins
	for i := 1; i < k && len(v) > 0; i++ {
		cut := v[(len(v)*i-1)/k]
		if cut < v[len(v)-1] && (len(cuts) == 0 || cut > cuts[len(cuts)-1]) {
			cuts = append(cuts, cut)
		}
	}
	return cuts
}

// Count counts values by bin: one more count than there are cuts.
func (b Bins) Count(values []float64) []int {
	counts := make([]int, len(b)+1)
	for _, v := range values {
		i, _ := slices.BinarySearch(b, v)
		counts[i]++
	}
	return counts
}
