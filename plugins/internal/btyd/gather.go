package btyd

import (
	"math"
	"slices"
)

// enough is how many cells a Gather keeps: more would change a parameter by less than 0.1 %. (A million customers in 644,118
// cells: BG/NBD r 1.20455, alpha 44.421, a .77139, b 2.34694; of 94,869 joined cells 1.20487, 44.459, .77107, 2.34534.)
const enough = 100_000

// Gather collects cells of any number in bounded memory. While there are few it keeps them as
// they are; when there are too many it joins those of equal X whose times are alike, ever less
// finely: alike in the logarithm, and the more purchases the finer, as the likelihood sees them.
// A joined cell stands at the mean of its times, so that what is lost is of second order. The
// zero value is empty.
type Gather struct {
	cells []Cell
	place map[gathered]int32
	span  float64 // the longest T before joining began
	grain float64 // 0: no joining yet
}

type gathered struct{ x, tx, t int32 }

// Add adds customers.
func (g *Gather) Add(c Cell) {
	if g.grain > 0 {
		g.join(c)
	} else {
		if n := len(g.cells); n == cap(g.cells) { // append would leave several times as much behind
			g.cells = slices.Grow(g.cells, min(n+64, enough+1-n))
		}
		g.span = max(g.span, c.T)
		g.cells = append(g.cells, c)
	}
	if len(g.cells) > enough && g.span > 0 {
		g.rejoin()
	}
}

// rejoin joins anew with a coarser grain, until it has freed some room.
func (g *Gather) rejoin() {
	for len(g.cells) > enough*9/10 {
		if g.grain *= 1.2; g.grain == 0 {
			g.grain, g.place = 0.01, make(map[gathered]int32, enough)
		}
		clear(g.place)
		old := g.cells
		g.cells = g.cells[:0] // in place: a cell is never joined further back than it was
		for _, c := range old {
			g.join(c)
		}
	}
}

// key is where a cell is joined. Near 0 a time is alike within a share of a sixteenth of the span.
func (g *Gather) key(c Cell) gathered {
	at := func(t float64) int32 {
		return int32(math.Round(float64(c.X+1) * math.Log1p(16*t/g.span) / g.grain))
	}
	return gathered{int32(c.X), at(c.Tx), at(c.T)}
}

func (g *Gather) join(c Cell) {
	k := g.key(c)
	i, known := g.place[k]
	if !known {
		g.place[k] = int32(len(g.cells))
		g.cells = append(g.cells, c)
		return
	}
	at := &g.cells[i]
	n := at.N + c.N
	at.Tx += (c.Tx - at.Tx) * c.N / n
	at.T = max(at.T+(c.T-at.T)*c.N/n, at.Tx)
	at.N = n
}

// Cells are what was added.
func (g *Gather) Cells() []Cell { return g.cells }
