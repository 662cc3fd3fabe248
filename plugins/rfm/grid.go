package rfm

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/sdk"
)

// dimensions are the names of R, F and M in pointers.
var dimensions = [3]string{"r", "f", "m"}

// grid is the map from scores to segments, looked up once for every cell.
type grid struct {
	bins  [3]int
	codes []string // by cell
	gap   []bool   // by cell: no segment has it, and its code is other
	names []string // by cell: "555", with dashes when a score may be 10
}

func (g *grid) cell(s [3]int) int { return ((s[0]-1)*g.bins[1]+(s[1]-1))*g.bins[2] + s[2] - 1 }

func (g *grid) segment(s [3]int) string { return g.codes[g.cell(s)] }

func (g *grid) inGap(s [3]int) bool { return g.gap[g.cell(s)] }

func (g *grid) name(s [3]int) string { return g.names[g.cell(s)] }

// newGrid fills the grid in the order of the segments and says what is wrong with the map: scores that do not
// exist, segments that nobody can be in, cells that several segments claim, cells that none does.
func newGrid(bins [3]int, segments []segment, found *sdk.Diagnostics) *grid {
	size := bins[0] * bins[1] * bins[2]
	g := &grid{bins: bins, codes: make([]string, size), gap: make([]bool, size), names: make([]string, size)}
	owner := make([]int, size) // the segment of each cell, plus 1
	for i, s := range segments {
		at := fmt.Sprintf("/segments/%d", i)
		if s.Code == none.Code || s.Code == "unclassified" {
			found.Errorf(at+"/code", "reserved", "the code %s is not for segments", s.Code)
			continue
		}
		spans := [3]span{s.R, s.F, s.M}
		sound := true
		for d := range spans {
			if spans[d].all() {
				spans[d] = span{1, bins[d]}
			}
			if spans[d].to > bins[d] {
				found.Errorf(at+"/"+dimensions[d], "range", "the scores are 1 to %d", bins[d])
				sound = false
			}
		}
		if sound {
			g.fill(i, s, spans, owner, segments, found)
		}
	}
	g.finish(owner, found)
	return g
}

func (g *grid) fill(i int, s segment, spans [3]span, owner []int, segments []segment, found *sdk.Diagnostics) {
	at := fmt.Sprintf("/segments/%d", i)
	taken, overlapping := 0, map[string]int{}
	var order []string
	each(spans, func(c [3]int) {
		k := g.cell(c)
		if owner[k] == 0 {
			owner[k], g.codes[k] = i+1, s.Code
			taken++
			return
		}
		other := segments[owner[k]-1].Code
		if overlapping[other] == 0 {
			order = append(order, other)
		}
		overlapping[other]++
	})
	catchAll := s.R.all() && s.F.all() && s.M.all()
	switch {
	case taken == 0:
		found.Warnf(at, "unreachable", "nobody can be %s here: earlier segments (%s) have all its cells", s.Code, strings.Join(order, ", "))
	case len(order) > 0 && !catchAll:
		var parts []string
		for _, other := range order {
			parts = append(parts, fmt.Sprintf("%d with %s", overlapping[other], other))
		}
		found.Warnf(at, "overlap", "%s shares cells: %s; the earlier segment wins", s.Code, strings.Join(parts, ", "))
	}
}

// finish names the cells and reports the gaps.
func (g *grid) finish(owner []int, found *sdk.Diagnostics) {
	var gaps []string
	each([3]span{{1, g.bins[0]}, {1, g.bins[1]}, {1, g.bins[2]}}, func(c [3]int) {
		k := g.cell(c)
		separator := ""
		if max(g.bins[0], g.bins[1], g.bins[2]) > 9 {
			separator = "-"
		}
		g.names[k] = strings.Join([]string{strconv.Itoa(c[0]), strconv.Itoa(c[1]), strconv.Itoa(c[2])}, separator)
		if owner[k] == 0 {
			g.codes[k], g.gap[k] = other.Code, true
			gaps = append(gaps, g.names[k])
		}
	})
	if len(gaps) == 0 {
		return
	}
	shown := gaps
	if len(shown) > 5 {
		shown = append(shown[:5:5], "…")
	}
	found.Warnf("/segments", "gap", "%d of %d cells are in no segment (%s); their customers are %s: name them by a last segment without scores", len(gaps), len(owner), strings.Join(shown, ", "), other.Code)
}

func each(spans [3]span, f func([3]int)) {
	for r := spans[0].from; r <= spans[0].to; r++ {
		for q := spans[1].from; q <= spans[1].to; q++ {
			for m := spans[2].from; m <= spans[2].to; m++ {
				f([3]int{r, q, m})
			}
		}
	}
}
