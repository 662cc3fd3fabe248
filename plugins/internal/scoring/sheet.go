package scoring

import (
	"math"
	"strconv"

	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// Sheet is all criteria of a classifier.
type Sheet struct {
	Columns *reading.Columns // the criteria's, and whatever else the classifier reads

	run       sdk.Run
	catalogue sdk.Catalogue
	window    string
	missing   string
	items     []*item
}

// NewSheet makes an empty sheet: window holds for measures without one, missing (Skip, Zero or Mean) for criteria
// that do not say.
func NewSheet(run sdk.Run, cat sdk.Catalogue, window, missing string) *Sheet {
	return &Sheet{Columns: &reading.Columns{}, run: run, catalogue: cat, window: window, missing: missing}
}

// Group is some criteria of a sheet whose weights make one score.
type Group struct {
	from, to int
	weight   float64
}

// Group adds criteria, which stand at a pointer of the configuration.
func (s *Sheet) Group(pointer string, list []Criterion, found *sdk.Diagnostics) Group {
	g := Group{from: len(s.items)}
	seen := map[string]bool{}
	for i, c := range list {
		at := pointer + "/" + strconv.Itoa(i)
		if seen[c.Name] {
			found.Errorf(at+"/name", "twice", "the name %q is there twice", c.Name)
		}
		seen[c.Name] = true
		if it := s.prepare(c, at, found); it != nil {
			it.ranks = s.sharedRanks(it)
			s.items = append(s.items, it)
			g.weight += c.Weight
		}
	}
	g.to = len(s.items)
	if g.weight == 0 && !found.Failed() {
		found.Errorf(pointer, "weights", "at least one criterion needs a weight above zero")
	}
	return g
}

// sharedRanks is the place of the first criterion that ranks the same column: one ranking is enough.
func (s *Sheet) sharedRanks(it *item) int {
	for i, other := range s.items {
		if it.relative() && other.relative() && it.column == other.column {
			return i
		}
	}
	return len(s.items)
}

// Relative reports whether any criterion compares customers with each other.
func (s *Sheet) Relative() bool {
	for _, it := range s.items {
		if it.relative() {
			return true
		}
	}
	return false
}

// State is the summary of a population; its zero value is that of nobody.
type State struct {
	Customers int64
	Criteria  []Tally
}

// Tally is what is known of one criterion.
type Tally struct {
	Values summary.Multiset // of scales that compare
	Marks  summary.Moments  // s of the others, in billionths
}

const markUnit = 1e9

// Add folds a customer into the summary.
func (s *Sheet) Add(run sdk.Run, into *State, r sdk.Row) {
	if into.Criteria == nil {
		into.Criteria = make([]Tally, len(s.items))
	}
	into.Customers++
	for i, it := range s.items {
		if it.relative() {
			if v, ok := it.number(run, r); ok && it.ranks == i {
				into.Criteria[i].Values.Add(v)
			}
		} else if mark, ok := it.mark(run, r, nil); ok {
			into.Criteria[i].Marks.Add(int64(math.Round(mark * markUnit)))
		}
	}
}

// Merge adds the customers of another summary.
func (into *State) Merge(other State) {
	into.Customers += other.Customers
	if into.Criteria == nil && other.Criteria != nil {
		into.Criteria = make([]Tally, len(other.Criteria))
	}
	for i := range other.Criteria {
		into.Criteria[i].Values.Merge(other.Criteria[i].Values)
		into.Criteria[i].Marks.Merge(other.Criteria[i].Marks)
	}
}

// Model is what a population says about criteria.
type Model struct {
	Customers int64
	Criteria  []Standard
}

// Standard is what a criterion is held against.
type Standard struct {
	Ranks summary.Ranks // empty where another criterion has the same
	Known int64         // customers that have it
	Mean  float64       // of s among them
}

// Fit makes the model.
func (s *Sheet) Fit(state State) *Model {
	m := &Model{Customers: state.Customers, Criteria: make([]Standard, len(s.items))}
	for i, it := range s.items {
		if i >= len(state.Criteria) {
			break // nobody was there
		}
		standard, tally := &m.Criteria[i], &state.Criteria[i]
		if !it.relative() {
			standard.Known, standard.Mean = tally.Marks.Count(), tally.Marks.Mean()/markUnit
			continue
		}
		if it.ranks == i {
			standard.Ranks = *tally.Values.Ranks()
		}
		ranks := &m.Criteria[it.ranks].Ranks
		sum := summary.Sum{}
		ranks.Each(func(v, n int64) {
			if it.Scale == positive && v <= 0 {
				return
			}
			standard.Known += n
			sum = sum.PlusTimes(int64(math.Round(it.scaled(v, ranks)*markUnit)), n)
		})
		if standard.Known > 0 {
			standard.Mean = sum.Float() / float64(standard.Known) / markUnit
		}
	}
	return m
}

// Metrics are the known customers and the mean points of each criterion, for the report of a fit.
func (s *Sheet) Metrics(m *Model) map[string]float64 {
	metrics := map[string]float64{"customers": float64(m.Customers)}
	for i, it := range s.items {
		metrics[it.Name+"_known"] = float64(m.Criteria[i].Known)
		metrics[it.Name+"_mean"] = math.Round(m.Criteria[i].Mean*1e4) / 100
	}
	return metrics
}

// Unit is how many whole numbers of Place one unit of the currency, or one of a number, is.
func (s *Sheet) Unit(g Group) float64 { return s.items[g.from].unit }

// Place is where a customer stands in the one criterion of a group, which must be a scale that compares, among the
// customers with a value above zero: its value, how many are strictly larger, and of how many. ok is false when
// it has no such value itself.
func (s *Sheet) Place(run sdk.Run, g Group, m *Model, r sdk.Row) (value, larger, of int64, ok bool) {
	it := s.items[g.from]
	v, ok := it.number(run, r)
	if !ok || v <= 0 || len(m.Criteria) != len(s.items) {
		return 0, 0, 0, false
	}
	ranks := &m.Criteria[it.ranks].Ranks
	return v, ranks.At(v).Above, ranks.At(0).Above, true
}

// mark is the s of a customer; ok is false when it is not known.
func (c *item) mark(run sdk.Run, r sdk.Row, ranks *summary.Ranks) (s float64, ok bool) {
	if c.coded() {
		return c.code(r)
	}
	v, ok := c.number(run, r)
	if !ok || c.relative() && ranks.Count() == 0 || c.Scale == positive && v <= 0 {
		return 0, false
	}
	return c.scaled(v, ranks), true
}

// scaled is the s of a number.
func (c *item) scaled(v int64, ranks *summary.Ranks) float64 {
	var s float64
	switch c.Scale {
	case fromTo:
		return bounded((float64(v) - c.from) / (c.to - c.from))
	case rank:
		s = percentile(ranks, v, 0)
	case aboveZero, positive:
		if v <= 0 {
			return 0
		}
		zero := ranks.At(0)
		return percentile(ranks, v, zero.Below+zero.Equal)
	case spread:
		n := ranks.Count() - 1
		low, high := ranks.Nth(n/100), ranks.Nth(n-n/100)
		s = 0.5 // all are equal
		if low != high {
			s = bounded((float64(v) - float64(low)) / (float64(high) - float64(low)))
		}
	}
	if c.Best == "low" {
		return 1 - s
	}
	return s
}

// percentile is the mid-rank percentile of v when the lowest skipped ones do not count; 1/2 when nobody counts.
func percentile(ranks *summary.Ranks, v, skipped int64) float64 {
	n := ranks.Count() - skipped
	if n <= 0 {
		return 0.5
	}
	place := ranks.At(v)
	return float64(2*(place.Below-skipped)+place.Equal) / float64(2*n)
}

func bounded(s float64) float64 { return min(max(s, 0), 1) }
