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
	lls := on(levels(small), func(cells []Cell, values, at []int, p []float64) float64 {
		return ParetoNBD{p[0], p[1], p[2], p[3]}.sum(cells, values, at)
	})
	p, err := maximise(lls, [][]float64{{1, 1, 1, 1}, {.5, 10, .6, 12}, {2, 20, 1, 3}})
	if err != nil {
		return ParetoNBD{}, 0, err
	}
	m = ParetoNBD{p[0], p[1] * unit, p[2], p[3] * unit}
	return m, m.LogLikelihood(cells), nil
}

// LogLikelihood of customers under the model.
func (m ParetoNBD) LogLikelihood(cells []Cell) float64 {
	values, at := frequencies(cells)
	return m.sum(cells, values, at)
}

func (m ParetoNBD) sum(cells []Cell, values, at []int) float64 {
	constant := make([]float64, len(values))
	base := m.R*math.Log(m.Alpha) + m.S*math.Log(m.Beta) - lgamma(m.R)
	for i, v := range values {
		constant[i] = base + lgamma(m.R+float64(v))
	}
	total := 0.0
	for i, c := range cells {
		alive, gone := m.terms(c.X, c.Tx, c.T)
		total += c.N * (constant[at[i]] + logAdd(alive, gone))
	}
	return total
}

// terms are the logarithms of the two parts of the likelihood, but for a constant: that the
// customer is still alive at t, and that he left after tx. The integral of
// (alpha+u)^-(r+x) (beta+u)^-(s+1) over the time u of leaving is taken in the logarithm of
// the smaller of alpha+u and beta+u, in which no singularity comes nearer than pi.
func (m ParetoNBD) terms(x int, tx, t float64) (alive, gone float64) {
	power := m.R + float64(x)
	near, nearPower, far, farPower := m.Beta, m.S+1, m.Alpha, power
	if m.Alpha < m.Beta {
		near, nearPower, far, farPower = m.Alpha, power, m.Beta, m.S+1
	}
	low, high, farLow, farHigh := math.Log(near+tx), math.Log(near+t), math.Log(far+tx), math.Log(far+t)
	alive = -nearPower*high - farPower*farHigh
	if m.Alpha < m.Beta {
		alive += farHigh // the power of beta+t is s here
	} else {
		alive += high
	}
	if high <= low {
		return alive, math.Inf(-1)
	}
	half, mid, shift, slope := (high-low)/2, (high+low)/2, far-near, nearPower-1
	top := -slope*low - farPower*farLow // the integrand at tx keeps the sum in range
	nodes := nodesFor(high-low, math.Abs(slope)*(high-low)+farPower*(farHigh-farLow))
	sum := 0.0
	for i, node := range nodes.at {
		w := mid + half*node
		sum += nodes.weight[i] * math.Exp(-farPower*math.Log(shift+math.Exp(w))-slope*w-top)
	}
	return alive, math.Log(m.S) + top + math.Log(half*sum)
}

// Alive is the probability that a customer will buy again some day.
func (m ParetoNBD) Alive(x int, tx, t float64) float64 {
	alive, gone := m.terms(x, tx, t)
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

// rule is a Gauss-Legendre rule on [-1, 1], and for which integrands it is enough.
type rule struct {
	at, weight []float64
	span, fall float64
}

// rules are of rising numbers of nodes. A rule of n nodes integrates exp(-fall u) over [0, 1] with an error of at most
// (n!)^4 / ((2n+1) (2n)!^3) fall^(2n), and a function with a singularity as far from an interval as 2 pi / span half-lengths with one
// of rho^(-2n), where rho = 2 pi / span + sqrt(1 + (2 pi / span)^2). The bounds leave about 1e-10 of the whole.
var rules = sync.OnceValue(func() []rule {
	var list []rule
	for _, r := range []struct {
		nodes      int
		span, fall float64
	}{{4, .8, .8}, {6, 1.7, 3}, {9, 3.8, 7.5}, {14, 6.9, 17}, {24, 12.6, 40}, {64, math.Inf(1), math.Inf(1)}} {
		made := rule{at: make([]float64, r.nodes), weight: make([]float64, r.nodes), span: r.span, fall: r.fall}
		quad.Legendre{}.FixedLocations(made.at, made.weight, -1, 1)
		list = append(list, made)
	}
	return list
})

// nodesFor is the smallest rule for an interval of a length over which the integrand's logarithm falls by so much.
func nodesFor(span, fall float64) *rule {
	list := rules()
	i := 0
	for i < len(list)-1 && !(span <= list[i].span && fall <= list[i].fall) {
		i++
	}
	return &list[i]
}
