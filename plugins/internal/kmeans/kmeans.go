// Package kmeans divides points into k groups such that the sum of squared distances to the groups' means
// (the inertia) is small, and says how good a division is.
//
// Fit makes many starts by k-means++ (D. Arthur, S. Vassilvitskii, k-means++: the advantages of careful seeding,
// SODA 2007), improves each by Lloyd's iteration (S. Lloyd, Least squares quantization in PCM, 1982) and then by
// moving single points (J. A. Hartigan, Clustering Algorithms, 1975, chapter 4), and keeps the best. A division that
// no single move improves is one in which every point is in the group of its nearest mean. Many starts are made on
// the first points only, when there are many: callers give points in an order that means nothing, such as that of
// hashed keys. When the best division is found again and again no more starts are made.
//
// What a point is, and how its numbers are made comparable, is left to others. Invariant: the result depends on
// the points, their order, k and the number of starts, and on nothing else; sums are made in the order of the points.
package kmeans

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// Points are rows of Dims finite numbers, one after the other.
type Points struct {
	Data []float64
	Dims int
}

// Len is the number of points.
func (p Points) Len() int {
	if p.Dims == 0 {
		return 0
	}
	return len(p.Data) / p.Dims
}

// Row is a point.
func (p Points) Row(i int) []float64 { return p.Data[i*p.Dims : (i+1)*p.Dims] }

// First are the first n points, or all.
func (p Points) First(n int) Points {
	return Points{Data: p.Data[:min(n, p.Len())*p.Dims], Dims: p.Dims}
}

// Result is a division. Groups are in no order that means anything.
type Result struct {
	Centres [][]float64 // the mean of each group
	Labels  []int       // the group of each point
	Sizes   []int       // points of each group, at least one
	Inertia float64     // sum of squared distances to the means
}

const (
	drawn     = 4000 // points on which all starts are made
	enough    = 8    // times that the best division is found again when no more starts are made
	polished  = 4    // starts that are continued on all points, when there are more
	maxSweeps = 1000 // of Lloyd or of single moves; each lowers the inertia, so that they end by themselves long before
	seed      = 20070107
)

// Fit divides the points into k groups, or into as many as there are different points when they are fewer.
func Fit(p Points, k, starts int) Result {
	if k = min(k, distinct(p, k)); k == 0 {
		return Result{}
	}
	few := p.First(drawn)
	k = min(k, distinct(few, k))
	var found []Result
	for s, best, again := 0, math.Inf(1), 0; s < max(starts, 1) && again < enough; s++ {
		r := improve(few, spread(few, k, rand.New(rand.NewPCG(seed, uint64(k)<<32|uint64(s)))))
		switch {
		case r.Inertia < best*(1-1e-9):
			best, again = r.Inertia, 0
		case r.Inertia < best*(1+1e-9):
			again++
		}
		found = append(found, r)
	}
	slices.SortStableFunc(found, func(a, b Result) int { return cmp.Compare(a.Inertia, b.Inertia) })
	if few.Len() == p.Len() {
		return found[0]
	}
	var best Result
	for i, r := range found[:min(len(found), polished)] {
		if i > 0 && r.Inertia == found[i-1].Inertia {
			continue
		}
		if all := improve(p, r.Centres); best.Centres == nil || all.Inertia < best.Inertia {
			best = all
		}
	}
	return best
}

// Nearest is the centre nearest to a point, the first of equally near ones, and the square of the distance.
func Nearest(centres [][]float64, x []float64) (at int, square float64) {
	square = math.Inf(1)
	for c, centre := range centres {
		if d := Square(centre, x, square); d < square {
			at, square = c, d
		}
	}
	return at, square
}

// Square is the square of the distance of two points; when it is at least enough, anything from enough on.
func Square(a, b []float64, enough float64) float64 {
	sum := 0.0
	for i, v := range a {
		d := v - b[i]
		if sum += d * d; sum >= enough {
			return sum
		}
	}
	return sum
}

// distinct is the number of different points, counted up to k.
func distinct(p Points, k int) int {
	seen := map[string]bool{}
	key := make([]byte, 0, 8*p.Dims)
	for i := range p.Len() {
		key = key[:0]
		for _, v := range p.Row(i) {
			bits := math.Float64bits(v + 0) // -0 is 0
			for range 8 {
				key = append(key, byte(bits))
				bits >>= 8
			}
		}
		if !seen[string(key)] {
			if seen[string(key)] = true; len(seen) >= k {
				return k
			}
		}
	}
	return len(seen)
}

// spread chooses k different points as centres: the first at random, each further one with a chance that grows
// with the square of its distance to those chosen (k-means++).
func spread(p Points, k int, r *rand.Rand) [][]float64 {
	n := p.Len()
	centres := [][]float64{p.Row(r.IntN(n))}
	near := make([]float64, n)
	for i := range near {
		near[i] = math.Inf(1)
	}
	for {
		total := 0.0
		last := centres[len(centres)-1]
		for i := range near {
			near[i] = min(near[i], Square(p.Row(i), last, near[i]))
			total += near[i]
		}
		if len(centres) == k {
			return centres
		}
		left, chosen := r.Float64()*total, -1
		for i, d := range near {
			if d > 0 {
				chosen = i // the last possible one, should rounding lead past the end
				if left -= d; left < 0 {
					break
				}
			}
		}
		if chosen < 0 { // all points are centres already, as far as floating point can tell
			return centres
		}
		centres = append(centres, p.Row(chosen))
	}
}

// improve follows Lloyd and then single moves until neither changes anything.
func improve(p Points, centres [][]float64) Result {
	w := &work{p: p, Result: Result{Labels: make([]int, p.Len())}}
	for _, c := range centres {
		w.Centres = append(w.Centres, slices.Clone(c))
	}
	w.Sizes = make([]int, len(centres))
	for i := range w.Labels {
		w.Labels[i] = -1
	}
	for range maxSweeps {
		w.lloyd()
		if !w.moves() {
			break
		}
	}
	w.means()
	for i, c := range w.Labels {
		w.Inertia += Square(p.Row(i), w.Centres[c], math.Inf(1))
	}
	return w.Result
}

type work struct {
	p Points
	Result
}

// lloyd puts every point to its nearest centre and moves the centres to the means, until no point changes.
func (w *work) lloyd() {
	for range maxSweeps {
		changed := false
		for i, old := range w.Labels {
			x, c, least := w.p.Row(i), old, math.Inf(1)
			if old >= 0 { // first, so that most others are soon too far; it also wins where others are as near
				least = Square(w.Centres[old], x, least)
			}
			for k, centre := range w.Centres {
				if k == old {
					continue
				}
				if d := Square(centre, x, least); d < least {
					c, least = k, d
				}
			}
			if c != old {
				w.Labels[i], changed = c, true
			}
		}
		if !changed {
			return
		}
		w.means()
	}
}

// means moves the centres to the means of their points. An empty group takes the point that is farthest from
// its centre.
func (w *work) means() {
	for {
		clear(w.Sizes)
		for _, c := range w.Centres {
			clear(c)
		}
		for i, c := range w.Labels {
			w.Sizes[c]++
			for j, v := range w.p.Row(i) {
				w.Centres[c][j] += v
			}
		}
		empty := -1
		for c, n := range w.Sizes {
			if n == 0 {
				empty = c
				continue
			}
			for j := range w.Centres[c] {
				w.Centres[c][j] /= float64(n)
			}
		}
		if empty < 0 {
			return
		}
		far, most := -1, -1.0
		for i, c := range w.Labels {
			if d := Square(w.p.Row(i), w.Centres[c], math.Inf(1)); w.Sizes[c] > 1 && d > most {
				far, most = i, d
			}
		}
		w.Labels[far] = empty
	}
}

// moves takes each point in turn to the group where it lowers the inertia most, moving the means at once. It
// reports whether any point moved.
func (w *work) moves() (moved bool) {
	for range maxSweeps {
		any := false
		for i, from := range w.Labels {
			n := float64(w.Sizes[from])
			if n == 1 {
				continue
			}
			x := w.p.Row(i)
			gain := n / (n - 1) * Square(x, w.Centres[from], math.Inf(1))
			to, least := from, gain*(1-1e-12) // less is rounding, and could go round in a circle
			for c := range w.Centres {
				if c == from {
					continue
				}
				m := float64(w.Sizes[c])
				factor := m / (m + 1)
				if cost := factor * Square(x, w.Centres[c], least/factor); cost < least {
					to, least = c, cost
				}
			}
			if to == from {
				continue
			}
			w.shift(from, x, -1)
			w.shift(to, x, 1)
			w.Labels[i], any, moved = to, true, true
		}
		if !any {
			break
		}
	}
	if moved {
		w.means() // without the rounding of many small steps
	}
	return moved
}

// shift takes a point into a group (sign 1) or out of it (-1).
func (w *work) shift(c int, x []float64, sign float64) {
	w.Sizes[c] += int(sign)
	for j, v := range x {
		w.Centres[c][j] += sign * (v - w.Centres[c][j]) / float64(w.Sizes[c])
	}
}
