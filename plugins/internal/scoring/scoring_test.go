package scoring

import (
	"math/rand/v2"
	"testing"
)

// assessed divides a score by hand-made marks.
func assessed(weights, marks []float64) *Assessment {
	a := &Assessment{Parts: make([]Part, len(marks))}
	total := 0.0
	for i, w := range weights {
		a.Parts[i] = Part{S: marks[i], Known: true, Counts: true, weight: w}
		total += w
	}
	a.share(total)
	return a
}

func TestContributionsAddUpExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		n := 1 + r.IntN(20)
		weights, marks := make([]float64, n), make([]float64, n)
		for i := range n {
			weights[i], marks[i] = float64(1+r.IntN(1000))/[]float64{1, 3, 7, 100}[r.IntN(4)], []float64{r.Float64(), 0, 1, 1. / 3, 0.5}[r.IntN(5)]
		}
		a := assessed(weights, marks)
		sum := int64(0)
		for _, p := range a.Parts {
			sum += p.Contribution
			if p.Contribution < 0 || p.Contribution > p.Most+1 {
				t.Fatalf("a part of %v %v is %+v", weights, marks, p)
			}
		}
		if sum != a.Score || a.Score < 0 || a.Score > 10000 {
			t.Fatalf("the contributions of %v %v add up to %d, the score is %d", weights, marks, sum, a.Score)
		}
	}
}

func TestFullMarksAreAHundred(t *testing.T) {
	for n := 1; n <= 20; n++ {
		weights, marks := make([]float64, n), make([]float64, n)
		for i := range n {
			weights[i], marks[i] = 0.1*float64(i+1), 1
		}
		if a := assessed(weights, marks); a.Score != 10000 {
			t.Errorf("%d criteria: %d", n, a.Score)
		}
	}
}

func TestWhatIsMissingGoesToTheLargestRemainders(t *testing.T) {
	a := assessed([]float64{1, 1, 1}, []float64{1, 1, 1})
	if got := a.Sum(); got != " 33.34 +  33.33 +  33.33" {
		t.Errorf("thirds are%s", got)
	}
}
