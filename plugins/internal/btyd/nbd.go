package btyd

import "math"

// NBD are the parameters of the negative binomial model: purchases are a Poisson process
// whose rate is gamma distributed (R, Alpha), and nobody ever leaves. It is what BG/NBD and
// Pareto/NBD become when the data show no leaving. Alpha is in the unit of time.
type NBD struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
}

// FitNBD finds the parameters by maximum likelihood, and their log-likelihood.
func FitNBD(cells []Cell) (m NBD, logLikelihood float64, err error) {
	if !usable(cells) {
		return NBD{}, 0, ErrTooLittle
	}
	small, unit := scaled(cells)
	lls := on(levels(small), func(cells []Cell, values, at []int, p []float64) float64 {
		return NBD{p[0], p[1]}.sum(cells, values, at)
	})
	p, err := maximise(lls, [][]float64{{1, 1}, {.5, 10}, {2, 2}})
	if err != nil {
		return NBD{}, 0, err
	}
	m = NBD{p[0], p[1] * unit}
	return m, m.LogLikelihood(cells), nil
}

// LogLikelihood of customers under the model; when the last purchase was plays no part.
func (m NBD) LogLikelihood(cells []Cell) float64 {
	values, at := frequencies(cells)
	return m.sum(cells, values, at)
}

func (m NBD) sum(cells []Cell, values, at []int) float64 {
	constant := make([]float64, len(values))
	base := m.R*math.Log(m.Alpha) - lgamma(m.R)
	for i, v := range values {
		constant[i] = base + lgamma(m.R+float64(v))
	}
	total := 0.0
	for i, c := range cells {
		total += c.N * (constant[at[i]] - (m.R+float64(c.X))*math.Log(m.Alpha+c.T))
	}
	return total
}

// Alive is 1: nobody leaves.
func (m NBD) Alive(int, float64, float64) float64 { return 1 }

// Expected is how many purchases a customer will make within a time that begins after t.
func (m NBD) Expected(x int, _, t, within float64) float64 { return m.ExpectedAlive(x, t, within) }

// ExpectedAlive is Expected.
func (m NBD) ExpectedAlive(x int, t, within float64) float64 {
	return (m.R + float64(x)) / (m.Alpha + t) * max(within, 0)
}
