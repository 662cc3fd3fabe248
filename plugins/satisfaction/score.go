package satisfaction

import (
	"fmt"
	"math"
)

// standing is where an answer or a person stands: best, middle or worst class.
type standing int

const (
	worst standing = iota - 1
	middle
	best
)

// scale is a survey's scale with its cuts, which hold for oriented values: high is good.
type scale struct {
	min, max  float64
	low       bool    // low is good
	bestFrom  float64 // best class from here
	worstTo   float64 // worst class up to here
	flooring  bool    // marks between two whole ones count as the worse
	mustWhole bool
}

// errCuts says that a scale has no middle to take cuts from.
var errCuts = fmt.Errorf("a scale without a middle needs best_from and worst_to")

// newScale makes the scale of a configuration.
func newScale(c Config) (scale, error) {
	s := scale{min: c.Scale.Min, max: c.Scale.Max, low: c.Scale.Direction == "low", flooring: c.Decimals == "floor", mustWhole: true}
	switch {
	case c.Kind == "nps":
		s.bestFrom, s.worstTo = 9, 6
	case c.Scale.BestFrom != nil && c.Scale.WorstTo != nil:
		s.bestFrom, s.worstTo = *c.Scale.BestFrom, *c.Scale.WorstTo
	case math.Mod(s.max-s.min, 2) == 0:
		centre := (s.min + s.max) / 2
		s.bestFrom, s.worstTo = centre+1, centre-1
	default:
		return s, errCuts
	}
	return s, nil
}

// read answers the value of an answer on the scale with high as good; ok is false for one that
// is not valid.
func (s scale) read(answer float64) (value float64, ok bool) {
	if math.IsNaN(answer) || answer < s.min || answer > s.max {
		return 0, false
	}
	value = s.orient(answer)
	if whole := math.Floor(value); whole != value {
		if !s.flooring {
			return 0, false
		}
		value = whole
	}
	return value, true
}

// orient turns a scale where low is good around; applied twice it changes nothing.
func (s scale) orient(value float64) float64 {
	if s.low {
		return s.min + s.max - value
	}
	return value
}

// stand is the class of an oriented value; a mean between two marks is in the class of the mark
// below.
func (s scale) stand(value float64) standing {
	switch {
	case value >= s.bestFrom:
		return best
	case math.Floor(value) <= s.worstTo:
		return worst
	}
	return middle
}

// tally counts people by class.
type tally struct{ best, middle, worst int }

func (t *tally) add(s standing) {
	switch s {
	case best:
		t.best++
	case worst:
		t.worst++
	default:
		t.middle++
	}
}

func (t tally) n() int { return t.best + t.middle + t.worst }

// net is the percentage in the best class less the one in the worst: the Net Promoter Score,
// from -100 to 100. There must be somebody.
func (t tally) net() float64 { return 100 * float64(t.best-t.worst) / float64(t.n()) }

// share is the percentage in the best class.
func (t tally) share() float64 { return 100 * float64(t.best) / float64(t.n()) }

// netError is the standard error of net, in points.
func (t tally) netError() float64 {
	n := float64(t.n())
	p, d := float64(t.best)/n, float64(t.worst)/n
	return 100 * math.Sqrt(max(0, (p+d-(p-d)*(p-d))/n))
}

// effortIndex is the percentage of answers on the two best marks less the one in the worst
// class, from -100 to 100.
func effortIndex(s scale, values []float64) float64 {
	points := 0
	for _, v := range values {
		switch {
		case v >= s.max-1:
			points++
		case s.stand(v) == worst:
			points--
		}
	}
	return 100 * float64(points) / float64(len(values))
}

// mean is the arithmetic mean of at least one value.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
