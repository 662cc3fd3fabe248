package memo

import (
	"sync"
	"testing"
)

func TestAnswersAreThoseOfTheFunctionAndBounded(t *testing.T) {
	f := New(10, func(n int) int { return n * n })
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 1000 {
				if n := (i*7 + worker) % 30; f.Of(n) != n*n {
					t.Errorf("%d is remembered as %d", n, f.Of(n))
				}
			}
		})
	}
	all.Wait()
	if len(f.answers) > 10 {
		t.Errorf("%d answers are kept", len(f.answers))
	}
}

func TestAnAnswerIsComputedOnce(t *testing.T) {
	calls := 0
	f := New(10, func(string) int { calls++; return calls })
	if first, second := f.Of("a"), f.Of("a"); first != 1 || second != 1 || calls != 1 {
		t.Errorf("computed %d times", calls)
	}
}
