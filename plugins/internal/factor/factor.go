// Package factor finds a few factors behind many correlated numbers: principal components of the correlations,
// rotated by varimax so that each number belongs to few factors (H. Hotelling, 1933; H. F. Kaiser, The varimax
// criterion for analytic rotation in factor analysis, 1958).
//
// It takes z-scores and gives back weights with which to make factor scores of them; what the numbers are is left to
// others. Invariant: factors are in the order of the variance that they explain, and the largest loading of each is
// positive, so that the same z-scores always have the same factors.
package factor

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Analysis is the result for d numbers and m factors.
type Analysis struct {
	Eigenvalues []float64   // of the correlation matrix, all d, the largest first; they add up to d
	Loadings    [][]float64 // d rows of m: the correlations of numbers and factors
	Weights     [][]float64 // m rows of d: factor score i of z is the product of row i and z; scores have variance 1 and are uncorrelated
	Explained   []float64   // the share of all variance that each factor explains, from 0 to 1
}

// Scores are the m factor scores of d z-scores.
func (a *Analysis) Scores(z []float64) []float64 {
	out := make([]float64, len(a.Weights))
	for i, row := range a.Weights {
		for j, w := range row {
			out[i] += w * z[j]
		}
	}
	return out
}

// Analyse finds factors of rows of d z-scores (mean 0, population variance 1), one row after the other. With count 0
// there are as many as have an eigenvalue above 1 (Kaiser's rule), at least one. Numbers that others make up exactly
// lower the count. ok is false when the eigenvalues cannot be found, or there is no row.
func Analyse(z []float64, d, count int) (a Analysis, ok bool) {
	if d == 0 || len(z) < d {
		return a, false
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(correlations(z, d), true) {
		return a, false
	}
	values := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	slices.Reverse(values)
	a.Eigenvalues = values
	if count == 0 {
		for _, v := range values {
			if v > 1+1e-9 {
				count++
			}
		}
	}
	m := min(max(count, 1), d)
	for m > 1 && values[m-1] < 1e-9 {
		m--
	}
	component := make([][]float64, d) // loadings before rotation
	for j := range d {
		for f := range m {
			component[j] = append(component[j], vectors.At(j, d-1-f)*math.Sqrt(values[f]))
		}
	}
	turned := varimax(component)
	// The weights are V D^(-1/2) T, with loadings V D^(1/2) and the rotation T = D^(-1) L' (L T), as V is orthogonal.
	a.Loadings, a.Weights = make([][]float64, d), make([][]float64, m)
	turn := make([][]float64, m)
	for f := range m {
		turn[f] = make([]float64, m)
		for g := range m {
			for j := range d {
				turn[f][g] += component[j][f] * turned[j][g] / values[f]
			}
		}
	}
	type column struct {
		loadings, weights []float64
		explained         float64
	}
	var columns []column
	for g := range m {
		c := column{loadings: make([]float64, d), weights: make([]float64, d)}
		largest := 0
		for j := range d {
			c.loadings[j] = turned[j][g]
			c.explained += turned[j][g] * turned[j][g] / float64(d)
			for f := range m {
				c.weights[j] += component[j][f] / values[f] * turn[f][g]
			}
			if math.Abs(c.loadings[j]) > math.Abs(c.loadings[largest])+1e-12 {
				largest = j
			}
		}
		if c.loadings[largest] < 0 {
			for j := range d {
				c.loadings[j], c.weights[j] = -c.loadings[j], -c.weights[j]
			}
		}
		columns = append(columns, c)
	}
	slices.SortStableFunc(columns, func(x, y column) int {
		if d := y.explained - x.explained; math.Abs(d) > 1e-12 {
			return int(math.Copysign(1, d))
		}
		return 0
	})
	for g, c := range columns {
		a.Weights[g] = c.weights
		a.Explained = append(a.Explained, c.explained)
		for j := range d {
			a.Loadings[j] = append(a.Loadings[j], c.loadings[j])
		}
	}
	return a, true
}

// correlations are the products of the z-scores' columns over the number of rows.
func correlations(z []float64, d int) *mat.SymDense {
	sum := make([]float64, d*d)
	n := len(z) / d
	for i := range n {
		row := z[i*d : (i+1)*d]
		for a, v := range row {
			for b := a; b < d; b++ {
				sum[a*d+b] += v * row[b]
			}
		}
	}
	c := mat.NewSymDense(d, nil)
	for a := range d {
		for b := a; b < d; b++ {
			c.SetSym(a, b, sum[a*d+b]/float64(n))
		}
	}
	return c
}

const maxTurns = 200 // rounds over all pairs of factors; a handful is enough

// varimax turns pairs of factors, by the angle that Kaiser gives, until none turns any more. Rows are scaled to length
// 1 meanwhile, so that numbers which the factors explain badly count as much (Kaiser's normalisation).
func varimax(loadings [][]float64) [][]float64 {
	d, m := len(loadings), len(loadings[0])
	out := make([][]float64, d)
	length := make([]float64, d)
	for j, row := range loadings {
		out[j] = slices.Clone(row)
		for _, v := range row {
			length[j] += v * v
		}
		if length[j] = math.Sqrt(length[j]); length[j] < 1e-12 {
			length[j] = 1
		}
		for f := range out[j] {
			out[j][f] /= length[j]
		}
	}
	for range maxTurns {
		turned := false
		for a := range m {
			for b := a + 1; b < m; b++ {
				var u, v, u2v2, uv float64
				for j := range d {
					x, y := out[j][a], out[j][b]
					p, q := x*x-y*y, 2*x*y
					u, v = u+p, v+q
					u2v2, uv = u2v2+p*p-q*q, uv+p*q
				}
				top, bottom := 2*uv-2*u*v/float64(d), u2v2-(u*u-v*v)/float64(d)
				angle := math.Atan2(top, bottom) / 4
				if math.Abs(angle) < 1e-12 {
					continue
				}
				turned = true
				sin, cos := math.Sincos(angle)
				for j := range d {
					x, y := out[j][a], out[j][b]
					out[j][a], out[j][b] = x*cos+y*sin, y*cos-x*sin
				}
			}
		}
		if !turned {
			break
		}
	}
	for j := range out {
		for f := range out[j] {
			out[j][f] *= length[j]
		}
	}
	return out
}
