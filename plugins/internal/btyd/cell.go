package btyd

import (
	"errors"
	"maps"
	"math"
	"slices"
)

// Cell is a number of customers with the same history. Times are in any one unit, from
// a customer's first purchase on.
type Cell struct {
	X     int     // repeat purchases
	Tx, T float64 // when the last one was, and how long was watched; Tx is 0 when X is
	N     float64 // customers
}

// Spend is a number of customers who made X repeat purchases of the mean value M.
type Spend struct {
	X int
	M float64
	N float64
}

// The reasons why a model cannot be fitted.
var (
	ErrTooLittle = errors.New("too few customers bought again")
	ErrNoOptimum = errors.New("no parameters describe these customers: the likelihood has no inner optimum")
)

// scaled answers cells in a unit in which the median T is 10, where the starts and the
// box of the search fit any data, and the unit.
func scaled(cells []Cell) (out []Cell, unit float64) {
	spans, total := map[float64]float64{}, 0.0
	for _, c := range cells {
		spans[c.T] += c.N
		total += c.N
	}
	seen := 0.0
	for _, t := range slices.Sorted(maps.Keys(spans)) {
		if seen += spans[t]; seen >= total/2 {
			unit = t / 10
			break
		}
	}
	if unit <= 0 {
		unit = 1
	}
	out = slices.Clone(cells)
	for i := range out {
		out[i].Tx /= unit
		out[i].T /= unit
	}
	return out, unit
}

// frequencies are the distinct values of X, ascending, and the place of each cell's in them:
// what depends on X alone is computed once.
func frequencies(cells []Cell) (values []int, at []int) {
	distinct := map[int]bool{}
	for _, c := range cells {
		distinct[c.X] = true
	}
	values = slices.Sorted(maps.Keys(distinct))
	at = make([]int, len(cells))
	for i, c := range cells {
		at[i], _ = slices.BinarySearch(values, c.X)
	}
	return values, at
}

// usable tells whether there is anything to fit: customers who came back, and some who did
// not or not for long.
func usable(cells []Cell) bool {
	again := 0.0
	for _, c := range cells {
		if c.X > 0 && c.T > 0 {
			again += c.N
		}
	}
	return again >= 2
}

// levels are the cells, and before them, where they are many, fewer that stand for them: a
// search that begins on few has little left to do on many.
func levels(cells []Cell) [][]Cell {
	var out [][]Cell
	for _, most := range []int{1500, 20_000} {
		if len(cells) > 2*most {
			out = append(out, coarse(cells, most))
		}
	}
	return append(out, cells)
}

// coarse joins cells whose times, scaled, are alike, until there are few: within a fiftieth of
// the median span at first, then coarser. A group stands at the mean of its times, so that
// what is lost is of second order.
func coarse(cells []Cell, most int) []Cell {
	out := cells
	for grain := 0.2; len(out) > most && grain < 4; grain *= 1.5 {
		out = joined(cells, grain)
	}
	return out
}

func joined(cells []Cell, grain float64) []Cell {
	type key struct{ x, tx, t int }
	place := map[key]int{}
	var out []Cell
	for _, c := range cells {
		k := key{c.X, int(math.Round(c.Tx / grain)), int(math.Round(c.T / grain))}
		i, known := place[k]
		if !known {
			i = len(out)
			place[k] = i
			out = append(out, Cell{X: c.X})
		}
		out[i].Tx += c.N * c.Tx
		out[i].T += c.N * c.T
		out[i].N += c.N
	}
	for i := range out {
		out[i].Tx /= out[i].N
		out[i].T = max(out[i].T/out[i].N, out[i].Tx)
	}
	return out
}

// on makes a likelihood of each level.
func on(levels [][]Cell, ll func(cells []Cell, values, at []int, p []float64) float64) (out []func(p []float64) float64) {
	for _, cells := range levels {
		values, at := frequencies(cells)
		out = append(out, func(p []float64) float64 { return ll(cells, values, at, p) })
	}
	return out
}
