package btyd

import "math"

// BGNBD are the parameters of the BG/NBD model: purchases are a Poisson process whose
// rate is gamma distributed (R, Alpha), and after each one a customer leaves for good with
// a probability that is beta distributed (A, B). Alpha is in the unit of time.
type BGNBD struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
	A     float64 `json:"a"`
	B     float64 `json:"b"`
}

// FitBGNBD finds the parameters by maximum likelihood, and their log-likelihood.
func FitBGNBD(cells []Cell) (m BGNBD, logLikelihood float64, err error) {
	if !usable(cells) {
		return BGNBD{}, 0, ErrTooLittle
	}
	small, unit := scaled(cells)
	lls := on(levels(small), func(cells []Cell, values, at []int, p []float64) float64 {
		return BGNBD{p[0], p[1], p[2], p[3]}.sum(cells, values, at)
	})
	p, err := maximise(lls, [][]float64{{1, 1, 1, 1}, {.3, 5, .8, 2.5}, {.5, 10, .6, 12}, {2, 20, 1, 3}})
	if err != nil {
		return BGNBD{}, 0, err
	}
	m = BGNBD{p[0], p[1] * unit, p[2], p[3]}
	return m, m.LogLikelihood(cells), nil
}

// LogLikelihood of customers under the model.
func (m BGNBD) LogLikelihood(cells []Cell) float64 {
	values, at := frequencies(cells)
	return m.sum(cells, values, at)
}

// sum adds up the log-likelihood; what depends on x alone is computed once for each x.
func (m BGNBD) sum(cells []Cell, values, at []int) float64 {
	type byX struct{ constant, power, drop float64 }
	table := make([]byX, len(values))
	base := m.R*math.Log(m.Alpha) - lgamma(m.R) - lbeta(m.A, m.B)
	for i, v := range values {
		x := float64(v)
		table[i] = byX{constant: base + lgamma(m.R+x) + lbeta(m.A, m.B+x), power: m.R + x, drop: math.Log(m.A) - math.Log(m.B+x-1)}
	}
	total := 0.0
	for i, c := range cells {
		t := table[at[i]]
		term := -t.power * math.Log(m.Alpha+c.T)
		if c.X > 0 {
			term = logAdd(term, t.drop-t.power*math.Log(m.Alpha+c.Tx))
		}
		total += c.N * (t.constant + term)
	}
	return total
}

// Alive is the probability that a customer will buy again some day: 1 without a repeat
// purchase, since the model lets nobody leave before the first of them.
func (m BGNBD) Alive(x int, tx, t float64) float64 {
	if x <= 0 {
		return 1
	}
	n := float64(x)
	odds := math.Log(m.A) - math.Log(m.B+n-1) + (m.R+n)*(math.Log(m.Alpha+t)-math.Log(m.Alpha+tx))
	return 1 / (1 + math.Exp(odds))
}

// Expected is how many purchases a customer will make within a time that begins after t.
// With x, tx and t of 0 it is what a new customer will do after his first purchase.
func (m BGNBD) Expected(x int, tx, t, within float64) float64 {
	if within <= 0 {
		return 0
	}
	return m.Alive(x, tx, t) * m.ExpectedAlive(x, t, within)
}

// ExpectedAlive is Expected for a customer who has not left. The sum of the hypergeometric
// series in Euler's form neither overflows nor cancels, but near a = 1, where the integral
// takes its place.
func (m BGNBD) ExpectedAlive(repeats int, t, within float64) float64 {
	if within <= 0 {
		return 0
	}
	x := float64(repeats)
	if math.Abs(m.A-1) < 1e-3 {
		return m.integral(x, t, within)
	}
	z := within / (m.Alpha + t + within)
	p, q, r := m.A+m.B-1-m.R, m.A-1, m.A+m.B+x-1
	term, sum := 1.0, 1.0
	for n := 0.0; n < 100_000; n++ {
		term *= (p + n) * (q + n) / ((r + n) * (n + 1)) * z
		sum += term
		if math.Abs(term) < 1e-17*math.Abs(sum) {
			break
		}
	}
	g := math.Exp(q*math.Log1p(-z)) * sum
	return r / q * (1 - g)
}

// integral is the expectation over the probability to leave, by the double exponential
// rule of Takahasi and Mori.
func (m BGNBD) integral(x, t, within float64) float64 {
	a, b := m.A, m.B+x
	norm := lbeta(a, b)
	const step, half = 0.02, 200
	sum := 0.0
	for k := -half; k <= half; k++ {
		u := float64(k) * step
		sinh := math.Pi / 2 * math.Sinh(u)
		p := 1 / (1 + math.Exp(-2*sinh)) // (1 + tanh)/2
		if p <= 0 || p >= 1 {
			continue
		}
		slope := step * math.Pi / 2 * math.Cosh(u) / (2 * math.Cosh(sinh) * math.Cosh(sinh))
		bought := -math.Expm1(-(m.R+x)*math.Log1p(p*within/(m.Alpha+t))) / p
		density := math.Exp((a-1)*math.Log(p) + (b-1)*math.Log1p(-p) - norm)
		if v := bought * density * slope; !math.IsNaN(v) && !math.IsInf(v, 0) {
			sum += v
		}
	}
	return sum
}
