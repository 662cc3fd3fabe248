package evaluate

import (
	"cmp"
	"slices"
	"strings"
)

// What stands in a migration for customers who were not there yet, or are not any more.
const (
	NotPresent = "(not present)"
	Gone       = "(gone)"
)

// Move is a number of customers with the same class before and the same class after, and what they brought.
type Move struct {
	From      string  `json:"from"`
	To        string  `json:"to"`
	Customers int     `json:"customers"`
	Value     float64 `json:"value"`
}

// Migration is how customers moved between classes.
type Migration struct {
	Moves []Move `json:"moves"` // those that occurred, by from and to in the order of classes
	// Classes are those of either day: in the order in which they are listed, then those that have no place in it, NotPresent
	// and Gone last.
	Classes []string `json:"classes"`
	// Among those who were there both times: how many kept their class, and how many went up or down where the classes have an
	// order; a class outside it (no class, unclassified) is neither up nor down.
	Both       int     `json:"both"`
	Kept       int     `json:"kept"`
	Up         int     `json:"up"`
	Down       int     `json:"down"`
	Retention  float64 `json:"retention"` // Kept / Both; 0 when there is nobody
	ValueMoved float64 `json:"value_moved"`
	// Of is the number of customers from each class, for shares of a row.
	From map[string]int `json:"from"`
	To   map[string]int `json:"to"`
}

// Migrate compares two classes of each customer (NotPresent and Gone where there is none). shown is the order in which classes
// are listed; places are those of the classes of which some are better than others, 0 is best. Either may be empty.
func Migrate(from, to []string, values []float64, shown []string, places map[string]int) Migration {
	type pair struct{ from, to string }
	counts := map[pair]*Move{}
	m := Migration{From: map[string]int{}, To: map[string]int{}, Moves: []Move{}, Classes: []string{}}
	for i := range from {
		p := pair{from[i], to[i]}
		if counts[p] == nil {
			counts[p] = &Move{From: p.from, To: p.to}
		}
		counts[p].Customers++
		counts[p].Value += values[i]
		m.From[p.from]++
		m.To[p.to]++
		if p.from == NotPresent || p.to == Gone {
			continue
		}
		m.Both++
		a, placed := places[p.from]
		b, also := places[p.to]
		switch {
		case p.from == p.to:
			m.Kept++
			continue
		case placed && also && b < a:
			m.Up++
		case placed && also && b > a:
			m.Down++
		}
		m.ValueMoved += values[i]
	}
	if m.Both > 0 {
		m.Retention = float64(m.Kept) / float64(m.Both)
	}
	for _, move := range counts {
		m.Moves = append(m.Moves, *move)
	}
	place := func(code string) int {
		switch i := slices.Index(shown, code); {
		case i >= 0:
			return i
		case code == NotPresent || code == Gone:
			return len(shown) + 1
		}
		return len(shown)
	}
	order := func(a, b string) int { return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b)) }
	slices.SortFunc(m.Moves, func(a, b Move) int { return cmp.Or(order(a.From, b.From), order(a.To, b.To)) })
	for code := range m.From {
		m.Classes = append(m.Classes, code)
	}
	for code := range m.To {
		if m.From[code] == 0 {
			m.Classes = append(m.Classes, code)
		}
	}
	slices.SortFunc(m.Classes, order)
	return m
}

// Customers is the number that moved so.
func (m *Migration) Customers(from, to string) int {
	for _, move := range m.Moves {
		if move.From == from && move.To == to {
			return move.Customers
		}
	}
	return 0
}

// AdjustedRand is the adjusted Rand index of two groupings of the same customers, 1 when they are the same whatever the
// groups are called, about 0 when they agree as chance would have it. ok is false when both put all into one group, or
// nobody is there: nothing can be said.
//
// Source: L. Hubert, P. Arabie, Comparing partitions, Journal of Classification 2, 1985.
func AdjustedRand(a, b []string) (index float64, ok bool) {
	type pair struct{ a, b string }
	cells, rows, columns := map[pair]int{}, map[string]int{}, map[string]int{}
	for i := range a {
		cells[pair{a[i], b[i]}]++
		rows[a[i]]++
		columns[b[i]]++
	}
	pairs := func(n int) float64 { return float64(n) * float64(n-1) / 2 }
	var together, inRows, inColumns float64
	for _, n := range cells {
		together += pairs(n)
	}
	for _, n := range rows {
		inRows += pairs(n)
	}
	for _, n := range columns {
		inColumns += pairs(n)
	}
	all := pairs(len(a))
	if all <= 0 {
		return 0, false
	}
	expected, most := inRows*inColumns/all, (inRows+inColumns)/2
	if most == expected {
		return 0, false
	}
	return (together - expected) / (most - expected), true
}
