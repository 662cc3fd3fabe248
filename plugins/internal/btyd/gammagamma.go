package btyd

import "math"

// GammaGamma are the parameters of the Gamma-Gamma model: the value of a customer's
// purchases is gamma distributed with the shape P, and its scale, which differs from
// customer to customer, is gamma distributed with Q and Gamma. Gamma is in the unit of
// money. The model takes value and frequency for independent: see Correlation.
type GammaGamma struct {
	P     float64 `json:"p"`
	Q     float64 `json:"q"`
	Gamma float64 `json:"gamma"`
}

// FitGammaGamma finds the parameters by maximum likelihood, and their log-likelihood.
// Customers without a repeat purchase, or whose purchases had no value, are left out.
func FitGammaGamma(spends []Spend) (m GammaGamma, logLikelihood float64, err error) {
	n, mean, used := 0.0, 0.0, 0
	for _, s := range spends {
		if s.X > 0 && s.M > 0 {
			used++
			n += s.N
			mean += s.N * s.M
		}
	}
	if n < 2 {
		return GammaGamma{}, 0, ErrTooLittle
	}
	unit := mean / n / 10 // the mean value is 10, as the starts have it
	small := make([]Spend, 0, used)
	for _, s := range spends {
		if s.X > 0 && s.M > 0 {
			small = append(small, Spend{s.X, s.M / unit, s.N})
		}
	}
	likelihood := spendLikelihood(small)
	starts := [][]float64{{1, 2, 10}, {6, 4, 5}, {2, 10, 40}}
	p, err := maximise(append(alike(small), likelihood), starts)
	if err != nil {
		return GammaGamma{}, 0, err
	}
	m = GammaGamma{p[0], p[1], p[2] * unit}
	return m, likelihood(p) - n*math.Log(unit), nil // a density is per unit
}

// LogLikelihood of customers who bought again, for values above zero, under the model.
func (m GammaGamma) LogLikelihood(spends []Spend) float64 {
	var used []Spend
	for _, s := range spends {
		if s.X > 0 && s.M > 0 {
			used = append(used, s)
		}
	}
	return spendLikelihood(used)([]float64{m.P, m.Q, m.Gamma})
}

// spendLikelihood is the log-likelihood of spends, all above zero, as a function of p, q and gamma. All but
// one logarithm for each spend depends on the data or on X alone, and is taken once.
func spendLikelihood(spends []Spend) func(p []float64) float64 {
	type group struct{ x, n, logs float64 } // customers, and the sum of the logarithms of their means, by X
	place := map[int]int{}
	var groups []group
	for _, s := range spends {
		i, known := place[s.X]
		if !known {
			i = len(groups)
			place[s.X] = i
			groups = append(groups, group{x: float64(s.X)})
		}
		groups[i].n += s.N
		groups[i].logs += s.N * math.Log(s.M)
	}
	return func(v []float64) float64 {
		p, q, gamma := v[0], v[1], v[2]
		base, total := q*math.Log(gamma)-lgamma(q), 0.0
		for _, g := range groups {
			shape := p * g.x
			total += g.n*(lgamma(shape+q)-lgamma(shape)+base+shape*math.Log(g.x)) + (shape-1)*g.logs
		}
		for _, s := range spends {
			x := float64(s.X)
			total -= s.N * (p*x + q) * math.Log(gamma+x*s.M)
		}
		return total
	}
}

// alike is the likelihood of spends that are joined where X is equal and the means are alike within two per cent; of
// few spends it is none.
func alike(spends []Spend) []func(p []float64) float64 {
	if len(spends) <= 5000 {
		return nil
	}
	const grain = 0.02
	type key struct{ x, m int }
	place := map[key]int{}
	var out []Spend
	for _, s := range spends {
		k := key{s.X, int(math.Round(math.Log(s.M) / grain))}
		i, known := place[k]
		if !known {
			i = len(out)
			place[k] = i
			out = append(out, Spend{X: s.X, M: math.Exp(float64(k.m) * grain)})
		}
		out[i].N += s.N
	}
	return []func(p []float64) float64{spendLikelihood(out)}
}

// Expected is the mean value of a customer's purchases to come, given x repeat purchases
// of the mean value mean: between his own mean and that of all. Without repeat purchases it
// is the mean of all, which exists when Q is above 1; ok is false when it does not.
func (m GammaGamma) Expected(x int, mean float64) (value float64, ok bool) {
	if x <= 0 || mean <= 0 {
		x, mean = 0, 0
	}
	below := m.P*float64(x) + m.Q - 1
	if below <= 0 {
		return 0, false
	}
	return m.P * (m.Gamma + float64(x)*mean) / below, true
}

// Correlation between the number and the mean value of repeat purchases, of those who made
// some: the model takes it for 0, and is not to be trusted far from that (0.3, say).
func Correlation(spends []Spend) float64 {
	var n, sx, sm float64
	for _, s := range spends {
		if s.X > 0 && s.M > 0 {
			n += s.N
			sx += s.N * float64(s.X)
			sm += s.N * s.M
		}
	}
	if n < 2 {
		return 0
	}
	mx, mm := sx/n, sm/n
	var xx, mmm, xm float64
	for _, s := range spends {
		if s.X > 0 && s.M > 0 {
			dx, dm := float64(s.X)-mx, s.M-mm
			xx, mmm, xm = xx+s.N*dx*dx, mmm+s.N*dm*dm, xm+s.N*dx*dm
		}
	}
	if xx == 0 || mmm == 0 {
		return 0
	}
	return xm / math.Sqrt(xx*mmm)
}
