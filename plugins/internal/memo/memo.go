// Package memo remembers the answers of pure functions whose arguments repeat: a CRM of a
// million customers has a few hundred spellings of a country.
//
// It is for functions that depend on their argument alone. Invariant: with or without it the
// answers are the same; memory is bounded.
package memo

import "sync"

// Func remembers a function's answers. It may be used from several goroutines; the zero value
// is not usable.
type Func[K comparable, V any] struct {
	compute func(K) V
	most    int

	mu      sync.RWMutex
	answers map[K]V
}

// New remembers at most so many answers; when they are full it forgets them all.
func New[K comparable, V any](most int, compute func(K) V) *Func[K, V] {
	return &Func[K, V]{compute: compute, most: most, answers: map[K]V{}}
}

// Of is the function's answer.
func (f *Func[K, V]) Of(key K) V {
	f.mu.RLock()
	answer, known := f.answers[key]
	f.mu.RUnlock()
	if known {
		return answer
	}
	answer = f.compute(key)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.answers) >= f.most {
		clear(f.answers)
	}
	f.answers[key] = answer
	return answer
}
