package btyd

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// box bounds the logarithms of parameters, after times were scaled.
const box = 7

// edge is how near to the box a parameter may end: nearer, and the optimum is at infinity
// or zero.
const edge = 0.05

// maximise looks for the parameters of the greatest log-likelihood, from each start: Nelder
// and Mead's simplex, which needs no derivatives, then Newton's method from the best point.
// lls are ever dearer and better forms of the log-likelihood; the last is the one that counts.
func maximise(lls []func(p []float64) float64, starts [][]float64) ([]float64, error) {
	costs := make([]func(x []float64) float64, len(lls))
	for i, ll := range lls {
		costs[i] = cost(ll)
	}
	search := optimize.Problem{Func: costs[0]}
	best, value := []float64(nil), math.Inf(1)
	for _, start := range starts {
		x := make([]float64, len(start))
		for i, v := range start {
			x[i] = math.Log(v)
		}
		// What is returned counts, not the error: a search that stops early is still a point.
		r, _ := optimize.Minimize(search, x, &optimize.Settings{FuncEvaluations: 4000, MajorIterations: 2000,
			Converger: &optimize.FunctionConverge{Absolute: 1e-3, Relative: 1e-7, Iterations: 20}}, &optimize.NelderMead{}) // near is near enough: the rest is newton's
		if r != nil && r.F < value {
			best, value = append([]float64(nil), r.X...), r.F
		}
	}
	if best == nil || math.IsInf(value, 0) {
		return nil, ErrNoOptimum
	}
	for i := range costs {
		best = newton(costs[i], costs[max(i-1, 0)], best)
	}
	out := make([]float64, len(best))
	for i, v := range best {
		if math.Abs(v) > box-edge {
			return nil, ErrNoOptimum
		}
		out[i] = math.Exp(v)
	}
	return out, nil
}

// cost turns a log-likelihood of parameters into a cost of their logarithms, infinite
// outside the box.
func cost(ll func(p []float64) float64) func(x []float64) float64 {
	return func(x []float64) float64 {
		p := make([]float64, len(x))
		for i, v := range x {
			if v < -box || v > box || math.IsNaN(v) {
				return math.Inf(1)
			}
			p[i] = math.Exp(v)
		}
		v := -ll(p)
		if math.IsNaN(v) {
			return math.Inf(1)
		}
		return v
	}
}

// newton goes from a point near a minimum of f to it, with derivatives from differences. How the
// surface curves is taken from rough, which may be a cheaper form of f: it guides the steps, not
// where they end. It never goes uphill, and ends after some steps.
func newton(f, rough func(x []float64) float64, x []float64) []float64 {
	n := len(x)
	at := f(x)
	for range 20 {
		gradient, curvature := mat.NewVecDense(n, nil), mat.NewSymDense(n, nil)
		fd.Gradient(gradient.RawVector().Data, f, x, &fd.Settings{Formula: fd.Central, Step: 1e-4})
		hessian(curvature, rough, x)
		step := mat.NewVecDense(n, nil)
		if !solve(step, curvature, gradient) {
			return x
		}
		length, better := 1.0, false
		for range 20 {
			next := make([]float64, n)
			for i := range next {
				next[i] = x[i] - length*step.AtVec(i)
			}
			if v := f(next); v < at {
				x, at, better = next, v, true
				break
			}
			length /= 2
		}
		if !better || length*mat.Norm(step, math.Inf(1)) < 3e-7 {
			return x
		}
	}
	return x
}

// hessian is the matrix of second derivatives, by differences.
func hessian(dst *mat.SymDense, f func(x []float64) float64, x []float64) {
	const h = 1e-3
	at := f(x)
	moved := func(i, j int, di, dj float64) float64 {
		y := slices.Clone(x)
		y[i] += di
		y[j] += dj
		return f(y)
	}
	for i := range x {
		dst.SetSym(i, i, (moved(i, i, h, 0)-2*at+moved(i, i, -h, 0))/(h*h))
		for j := range i {
			dst.SetSym(i, j, (moved(i, j, h, h)-moved(i, j, h, -h)-moved(i, j, -h, h)+moved(i, j, -h, -h))/(4*h*h))
		}
	}
}

// solve finds the step of Newton's method, where the surface does not curve upwards of a
// method between his and that of the steepest descent.
func solve(step *mat.VecDense, curvature *mat.SymDense, gradient *mat.VecDense) bool {
	n := gradient.Len()
	largest := 0.0
	for i := range n {
		largest = max(largest, math.Abs(curvature.At(i, i)))
	}
	if math.IsNaN(largest) || math.IsInf(largest, 0) || largest == 0 {
		return false
	}
	for lift := 0.0; lift < 1e6*largest; lift = max(10*lift, 1e-6*largest) {
		lifted := mat.NewSymDense(n, nil)
		lifted.CopySym(curvature)
		for i := range n {
			lifted.SetSym(i, i, lifted.At(i, i)+lift)
		}
		var factors mat.Cholesky
		if factors.Factorize(lifted) && factors.SolveVecTo(step, gradient) == nil {
			return true
		}
	}
	return false
}

// logAdd is ln(e^a + e^b).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

func lbeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }
