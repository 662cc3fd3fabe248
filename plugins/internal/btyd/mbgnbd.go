package btyd

import "math"

// MBGNBD are the parameters of the modified BG/NBD model: as BG/NBD, but a customer may also
// leave right after the first purchase. Alpha is in the unit of time.
type MBGNBD struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
	A     float64 `json:"a"`
	B     float64 `json:"b"`
}

// FitMBGNBD finds the parameters by maximum likelihood, and their log-likelihood.
func FitMBGNBD(cells []Cell) (m MBGNBD, logLikelihood float64, err error) {
	if !usable(cells) {
		return MBGNBD{}, 0, ErrTooLittle
	}
	small, unit := scaled(cells)
	lls := on(levels(small), func(cells []Cell, values, at []int, p []float64) float64 {
		return MBGNBD{p[0], p[1], p[2], p[3]}.sum(cells, values, at)
	})
	p, err := maximise(lls, [][]float64{{1, 1, 1, 1}, {.5, 6, .9, 1.6}, {.5, 10, .6, 12}, {2, 20, 1, 3}})
	if err != nil {
		return MBGNBD{}, 0, err
	}
	m = MBGNBD{p[0], p[1] * unit, p[2], p[3]}
	return m, m.LogLikelihood(cells), nil
}

// LogLikelihood of customers under the model.
func (m MBGNBD) LogLikelihood(cells []Cell) float64 {
	values, at := frequencies(cells)
	return m.sum(cells, values, at)
}

func (m MBGNBD) sum(cells []Cell, values, at []int) float64 {
	type byX struct{ constant, power, drop float64 }
	table := make([]byX, len(values))
	base := m.R*math.Log(m.Alpha) - lgamma(m.R) - lbeta(m.A, m.B)
	for i, v := range values {
		x := float64(v)
		table[i] = byX{constant: base + lgamma(m.R+x) + lbeta(m.A, m.B+x+1), power: m.R + x, drop: math.Log(m.A) - math.Log(m.B+x)}
	}
	total := 0.0
	for i, c := range cells {
		t := table[at[i]]
		total += c.N * (t.constant + logAdd(-t.power*math.Log(m.Alpha+c.T), t.drop-t.power*math.Log(m.Alpha+c.Tx)))
	}
	return total
}

// Alive is the probability that a customer will buy again some day.
func (m MBGNBD) Alive(x int, tx, t float64) float64 {
	n := float64(x)
	odds := math.Log(m.A) - math.Log(m.B+n) + (m.R+n)*(math.Log(m.Alpha+t)-math.Log(m.Alpha+tx))
	return 1 / (1 + math.Exp(odds))
}

// Expected is how many purchases a customer will make within a time that begins after t.
func (m MBGNBD) Expected(x int, tx, t, within float64) float64 {
	return m.Alive(x, tx, t) * m.ExpectedAlive(x, t, within)
}

// ExpectedAlive is Expected for a customer who has not left: who has survived one more chance
// to leave than in BG/NBD, and from then on buys and leaves as there.
func (m MBGNBD) ExpectedAlive(x int, t, within float64) float64 {
	return BGNBD{m.R, m.Alpha, m.A, m.B + 1}.ExpectedAlive(x, t, within)
}
