package factor_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/plugins/internal/factor"
)

// wholesale are the z-scores of the logarithms of what 440 customers spent on six kinds of goods.
func wholesale(t *testing.T) []float64 {
	t.Helper()
	fsys, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Open("wholesale_customers/wholesale_customers.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var z []float64
	for _, line := range lines[1:] {
		for _, cell := range line[2:] {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				t.Fatal(err)
			}
			z = append(z, math.Log1p(v))
		}
	}
	scale(z, 6)
	return z
}

func scale(z []float64, d int) {
	n := float64(len(z) / d)
	for j := range d {
		mean, square := 0.0, 0.0
		for i := j; i < len(z); i += d {
			mean += z[i] / n
		}
		for i := j; i < len(z); i += d {
			square += (z[i] - mean) * (z[i] - mean) / n
		}
		for i := j; i < len(z); i += d {
			z[i] = (z[i] - mean) / math.Sqrt(square)
		}
	}
}

func TestFactorsAreThoseOfTheSecondComputation(t *testing.T) {
	text, err := os.ReadFile("testdata/wholesale.json")
	if err != nil {
		t.Fatal(err)
	}
	var want factor.Analysis
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	got, ok := factor.Analyse(wholesale(t), 6, 2)
	if !ok {
		t.Fatal("no factors")
	}
	for j := range 6 {
		if math.Abs(got.Eigenvalues[j]-want.Eigenvalues[j]) > 1e-8 {
			t.Errorf("eigenvalue %d is %v, not %v", j, got.Eigenvalues[j], want.Eigenvalues[j])
		}
		for f := range 2 {
			if math.Abs(got.Loadings[j][f]-want.Loadings[j][f]) > 1e-6 {
				t.Errorf("loading %d of factor %d is %v, not %v", j, f, got.Loadings[j][f], want.Loadings[j][f])
			}
		}
	}
	for f := range 2 {
		if math.Abs(got.Explained[f]-want.Explained[f]) > 1e-8 {
			t.Errorf("factor %d explains %v, not %v", f, got.Explained[f], want.Explained[f])
		}
	}
}

func TestScoresAreStandardAndUncorrelated(t *testing.T) {
	z := wholesale(t)
	for _, count := range []int{0, 1, 2, 4, 6, 9} {
		a, ok := factor.Analyse(z, 6, count)
		if !ok {
			t.Fatal("no factors")
		}
		m := len(a.Weights)
		if want := map[int]int{0: 2, 1: 1, 2: 2, 4: 4, 6: 6, 9: 6}[count]; m != want {
			t.Errorf("asked for %d there are %d factors, not %d", count, m, want)
		}
		n := len(z) / 6
		product := make([]float64, m*m)
		loading := make([]float64, 6*m)
		for i := range n {
			row := z[6*i : 6*i+6]
			s := a.Scores(row)
			for f := range m {
				for g := range m {
					product[f*m+g] += s[f] * s[g] / float64(n)
				}
				for j := range 6 {
					loading[j*m+f] += row[j] * s[f] / float64(n)
				}
			}
		}
		for f := range m {
			for g := range m {
				want := 0.0
				if f == g {
					want = 1
				}
				if math.Abs(product[f*m+g]-want) > 1e-9 {
					t.Errorf("of %d: scores %d and %d have the product %v", count, f, g, product[f*m+g])
				}
			}
			for j := range 6 {
				if math.Abs(loading[j*m+f]-a.Loadings[j][f]) > 1e-9 {
					t.Errorf("of %d: loading %d of %d is no correlation", count, j, f)
				}
			}
		}
	}
}

func TestOneFactorBehindEqualNumbers(t *testing.T) {
	z := []float64{1, 1, -1, 3, 3, -3, -2, -2, 2, 5, 5, -5, 0, 0, 0}
	scale(z, 3)
	a, ok := factor.Analyse(z, 3, 3)
	if !ok || len(a.Weights) != 1 || math.Abs(a.Explained[0]-1) > 1e-9 || a.Loadings[0][0] < 0.999 || a.Loadings[2][0] > -0.999 {
		t.Errorf("%+v", a)
	}
	if _, ok := factor.Analyse(nil, 3, 0); ok {
		t.Error("factors of nothing")
	}
	if a, ok := factor.Analyse([]float64{1, -1}, 1, 0); !ok || len(a.Weights) != 1 {
		t.Errorf("one number: %+v", a)
	}
}
