package kmeans

import (
	"math"
	"math/rand/v2"
)

// Silhouettes is the mean silhouette width of each division, whose labels begin with those of the points (P. J. Rousseeuw, 1987): of (b - a) / max(a, b), where a
// is a point's mean distance to the others of its group and b that to the nearest other group; 0 for a point alone.
// From 0.71 on the structure is strong, from 0.51 reasonable, from 0.26 weak, below there is none to speak of.
func Silhouettes(p Points, divisions ...Result) []float64 {
	n := p.Len()
	widths := make([]float64, len(divisions))
	sums := make([][]float64, len(divisions)) // of distances from the current point to each group
	counts := make([][]int, len(divisions))
	for d, r := range divisions {
		sums[d], counts[d] = make([]float64, len(r.Centres)), sizesOf(r, n)
	}
	for i := range n {
		for d := range sums {
			clear(sums[d])
		}
		x := p.Row(i)
		for j := range n {
			distance := math.Sqrt(Square(x, p.Row(j), math.Inf(1)))
			for d := range divisions {
				sums[d][divisions[d].Labels[j]] += distance
			}
		}
		for d, r := range divisions {
			own, b, count := r.Labels[i], math.Inf(1), counts[d]
			if count[own] == 1 {
				continue
			}
			a := sums[d][own] / float64(count[own]-1)
			for c, sum := range sums[d] {
				if c != own && count[c] > 0 {
					b = min(b, sum/float64(count[c]))
				}
			}
			if most := max(a, b); most > 0 && !math.IsInf(b, 1) {
				widths[d] += (b - a) / most
			}
		}
	}
	for d := range widths {
		widths[d] /= float64(max(n, 1))
	}
	return widths
}

// sizesOf are the sizes of the groups among the first n points.
func sizesOf(r Result, n int) []int {
	if n == len(r.Labels) {
		return r.Sizes
	}
	count := make([]int, len(r.Sizes))
	for _, c := range r.Labels[:n] {
		count[c]++
	}
	return count
}

// CalinskiHarabasz is the ratio of the variance between groups to that within (1974): larger is better. It is 0
// where it has no meaning: one group, no spread, or nothing but single points.
func CalinskiHarabasz(p Points, r Result) float64 {
	n, k := float64(p.Len()), float64(len(r.Centres))
	if k < 2 || n <= k || r.Inertia <= 0 {
		return 0
	}
	mean := make([]float64, p.Dims)
	for i := range p.Len() {
		for j, v := range p.Row(i) {
			mean[j] += v / n
		}
	}
	between := 0.0
	for c, centre := range r.Centres {
		between += float64(r.Sizes[c]) * Square(centre, mean, math.Inf(1))
	}
	return between / (k - 1) * (n - k) / r.Inertia
}

// DaviesBouldin is the mean over the groups of their likeness to the most alike other one, where likeness is the sum
// of the mean distances to the centres over the distance of the centres (1979): smaller is better.
func DaviesBouldin(p Points, r Result) float64 {
	k := len(r.Centres)
	if k < 2 {
		return 0
	}
	spread := make([]float64, k)
	for i, c := range r.Labels {
		spread[c] += math.Sqrt(Square(p.Row(i), r.Centres[c], math.Inf(1))) / float64(r.Sizes[c])
	}
	total := 0.0
	for a := range k {
		worst := 0.0
		for b := range k {
			if apart := math.Sqrt(Square(r.Centres[a], r.Centres[b], math.Inf(1))); a != b && apart > 0 {
				worst = max(worst, (spread[a]+spread[b])/apart)
			}
		}
		total += worst
	}
	return total / float64(k)
}

// Gap is the gap statistic of one to most groups, and its standard error (R. Tibshirani, G. Walther, T. Hastie, 2001):
// by how much the logarithm of the inertia is below that of points drawn evenly from the box of the data. The first
// k with gap[k] >= gap[k+1] - s[k+1] is its choice.
func Gap(p Points, most, draws, starts int) (gap, s []float64) {
	n := p.Len()
	low, high := make([]float64, p.Dims), make([]float64, p.Dims)
	for j := range p.Dims {
		low[j], high[j] = math.Inf(1), math.Inf(-1)
		for i := range n {
			low[j], high[j] = min(low[j], p.Row(i)[j]), max(high[j], p.Row(i)[j])
		}
	}
	logs := make([][]float64, most)
	for d := range draws {
		r := rand.New(rand.NewPCG(seed, uint64(d)))
		box := Points{Data: make([]float64, len(p.Data)), Dims: p.Dims}
		for i := range box.Data {
			j := i % p.Dims
			box.Data[i] = low[j] + r.Float64()*(high[j]-low[j])
		}
		for k := range most {
			logs[k] = append(logs[k], logInertia(box, k+1, starts))
		}
	}
	for k := range most {
		mean, square := 0.0, 0.0
		for _, v := range logs[k] {
			mean += v / float64(draws)
		}
		for _, v := range logs[k] {
			square += (v - mean) * (v - mean) / float64(draws)
		}
		gap = append(gap, mean-logInertia(p, k+1, 4*starts))
		s = append(s, math.Sqrt(square)*math.Sqrt(1+1/float64(draws)))
	}
	return gap, s
}

// logInertia has a floor, so that points which are all in their groups' centres have a logarithm too.
func logInertia(p Points, k, starts int) float64 {
	return math.Log(max(Fit(p, k, starts).Inertia, 1e-300))
}
