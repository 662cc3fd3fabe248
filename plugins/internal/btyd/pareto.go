package btyd

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
)

// ParetoNBD are the parameters of the Pareto/NBD model: purchases are a Poisson process
// whose rate is gamma distributed (R, Alpha), and a customer's life is exponential with a
// rate that is gamma distributed (S, Beta). Alpha and Beta are in the unit of time.
type ParetoNBD struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
	S     float64 `json:"s"`
	Beta  float64 `json:"beta"`
}

// FitParetoNBD finds the parameters by maximum likelihood, and their log-likelihood.
func FitParetoNBD(cells []Cell) (m ParetoNBD, logLikelihood float64, err error) {
	if !usable(cells) {
		return ParetoNBD{}, 0, ErrTooLittle
	}
	small, unit := scaled(cells)
	rough, nodes := coarse(small), nodes64()
	if len(small) > 20*manyCells {
		nodes = nodes16() // enough for five digits, in a quarter of the time
	}
	of := func(cells []Cell, nodes *rule) func(p []float64) float64 {
		values, at := frequencies(cells)
		return func(p []float64) float64 { return ParetoNBD{p[0], p[1], p[2], p[3]}.sum(cells, values, at, nodes) }
	}
	p, err := maximise(of(rough, nodes16()), of(small, nodes), [][]float64{{1, 1, 1, 1}, {.5, 10, .6, 12}, {2, 20, 1, 3}})
	if err != nil {
		return ParetoNBD{}, 0, err
	}
	m = ParetoNBD{p[0], p[1] * unit, p[2], p[3] * unit}
	return m, m.LogLikelihood(cells), nil
}

// LogLikelihood of customers under the model.
func (m ParetoNBD) LogLikelihood(cells []Cell) float64 {
	values, at := frequencies(cells)
	return m.sum(cells, values, at, nodes64())
}

func (m ParetoNBD) sum(cells []Cell, values, at []int, nodes *rule) float64 {
	constant := make([]float64, len(values))
	base := m.R*math.Log(m.Alpha) + m.S*math.Log(m.Beta) - lgamma(m.R)
	for i, v := range values {
		constant[i] = base + lgamma(m.R+float64(v))
	}
	total := 0.0
	for i, c := range cells {
		alive, gone := m.terms(c.X, c.Tx, c.T, nodes)
		total += c.N * (constant[at[i]] + logAdd(alive, gone))
	}
	return total
}

// terms are the logarithms of the two parts of the likelihood, but for a constant: that the
// customer is still alive at t, and that he left after tx. The integral over the time of
// leaving is taken in ln(beta + time), where it is smooth.
func (m ParetoNBD) terms(x int, tx, t float64, nodes *rule) (alive, gone float64) {
	power := m.R + float64(x)
	alive = -power*math.Log(m.Alpha+t) - m.S*math.Log(m.Beta+t)
	low, high := math.Log(m.Beta+tx), math.Log(m.Beta+t)
	if high <= low {
		return alive, math.Inf(-1)
	}
	half, mid, shift := (high-low)/2, (high+low)/2, m.Alpha-m.Beta
	// The integrand falls with time: the part at tx is the largest, and keeps the sum in range.
	top := -power*math.Log(m.Alpha+tx) - m.S*low
	sum := 0.0
	for i, node := range nodes.at {
		w := mid + half*node
		sum += nodes.weight[i] * math.Exp(-power*math.Log(shift+math.Exp(w))-m.S*w-top)
	}
	return alive, math.Log(m.S) + top + math.Log(half*sum)
}

// Alive is the probability that a customer will buy again some day.
func (m ParetoNBD) Alive(x int, tx, t float64) float64 {
	alive, gone := m.terms(x, tx, t, nodes64())
	return math.Exp(alive - logAdd(alive, gone))
}

// Expected is how many purchases a customer will make within a time that begins after t.
// With x, tx and t of 0 it is what a new customer will do after his first purchase.
func (m ParetoNBD) Expected(x int, tx, t, within float64) float64 {
	return m.ExpectedAlive(x, t, within) * m.Alive(x, tx, t)
}

// ExpectedAlive is Expected for a customer who has not left.
func (m ParetoNBD) ExpectedAlive(x int, t, within float64) float64 {
	if within <= 0 {
		return 0
	}
	shrink := math.Log(m.Beta+t) - math.Log(m.Beta+t+within) // below 0
	life := -shrink
	if s := m.S - 1; math.Abs(s) > 1e-9 {
		life = -math.Expm1(s*shrink) / s
	}
	return (m.R + float64(x)) / (m.Alpha + t) * (m.Beta + t) * life
}

// rule is a Gauss-Legendre rule on [-1, 1].
type rule struct{ at, weight []float64 }

func legendre(n int) func() *rule {
	return sync.OnceValue(func() *rule {
		r := &rule{make([]float64, n), make([]float64, n)}
		quad.Legendre{}.FixedLocations(r.at, r.weight, -1, 1)
		return r
	})
}

var nodes16, nodes64 = legendre(16), legendre(64)
