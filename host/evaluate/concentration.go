package evaluate

import "slices"

// Gini is the Gini coefficient of values, G = Σ (2i - n - 1) v(i) / (n Σ v) over the n values in ascending order: 0 when
// all are equal, near 1 when one has everything. Negative values have no place in it: they are left out and counted. ok is
// false when the rest is empty or all zero.
//
// Source: C. Gini, Variabilità e mutabilità, 1912; the form for a sample without correction for n.
func Gini(values []float64) (g float64, negative int, ok bool) {
	v := make([]float64, 0, len(values))
	for _, x := range values {
		if x >= 0 {
			v = append(v, x)
		} else {
			negative++
		}
	}
	slices.Sort(v)
	n, total, sum := float64(len(v)), 0.0, 0.0
	for i, x := range v {
		total += x
		sum += (2*float64(i+1) - n - 1) * x
	}
	if total <= 0 {
		return 0, negative, false
	}
	return sum / (n * total), negative, true
}

// Point is a point of a curve: the best Customers (a share, 0 to 1) hold Value (a share of the total).
type Point struct {
	Customers float64 `json:"customers"`
	Value     float64 `json:"value"`
}

// Concentration is the cumulative curve of values, the largest first, at up to points places and both ends: the Pareto curve.
// With negative values it rises above 1 and comes back to it (the whale curve of R. Cooper and R. Kaplan, 1991), which is why
// shares are of the total with them. nil when the total is not positive.
func Concentration(values []float64, points int) []Point {
	v := slices.Clone(values)
	slices.SortFunc(v, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	total := 0.0
	for _, x := range v {
		total += x
	}
	if total <= 0 {
		return nil
	}
	curve := []Point{{}}
	sum, next := 0.0, 1
	for i, x := range v {
		sum += x
		if points <= 0 || (i+1)*points >= next*len(v) {
			curve = append(curve, Point{float64(i+1) / float64(len(v)), sum / total})
			for points > 0 && (i+1)*points >= next*len(v) {
				next++
			}
		}
	}
	return curve
}

// Class is a class with what its members brought.
type Class struct {
	Code      string  `json:"class"` // "" has none
	Customers int     `json:"customers"`
	Share     float64 `json:"share"` // of customers, 0 to 1
	Value     float64 `json:"value"`
	// ValueShare is of the total value; 0 when that is not positive.
	ValueShare float64 `json:"value_share"`
	Mean       float64 `json:"mean"`
	Median     float64 `json:"median"` // of an even number the mean of the middle two
}

// Tabulate makes the table of classes of customers: code and value of each. The classes come in the given order, those
// that it does not name after it by code; an order's class without members is there with zeros.
func Tabulate(codes []string, values []float64, order []string) []Class {
	members := map[string][]float64{}
	for i, code := range codes {
		members[code] = append(members[code], values[i])
	}
	total := 0.0
	for _, v := range values {
		total += v
	}
	out := make([]Class, 0, len(members))
	for _, code := range Order(order, members) {
		own := members[code]
		slices.Sort(own)
		c := Class{Code: code, Customers: len(own)}
		for _, v := range own {
			c.Value += v
		}
		if n := len(own); n > 0 {
			c.Share, c.Mean, c.Median = float64(n)/float64(len(codes)), c.Value/float64(n), (own[(n-1)/2]+own[n/2])/2
		}
		if total > 0 {
			c.ValueShare = c.Value / total
		}
		out = append(out, c)
	}
	return out
}

// Order is an order of codes with those of a map that it does not name after it.
func Order[V any](order []string, codes map[string]V) []string {
	out := slices.Clone(order)
	var more []string
	for code := range codes {
		if !slices.Contains(order, code) {
			more = append(more, code)
		}
	}
	slices.Sort(more)
	return append(out, more...)
}
