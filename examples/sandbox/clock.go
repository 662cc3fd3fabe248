package sandbox

import (
	"sync"
	"time"
)

// Clock tells the time to a sandbox.
type Clock interface {
	Now() time.Time
}

// Wall is the clock of the machine.
type Wall struct{}

// Now returns the present instant.
func (Wall) Now() time.Time { return time.Now() }

// Manual is a clock that stands still until it is moved.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual returns a clock that shows now.
func NewManual(now time.Time) *Manual { return &Manual{now: now} }

// Now returns the time that the clock shows.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock forward by d and returns the new time.
func (m *Manual) Advance(d time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
	return m.now
}

// Set moves the clock to t.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t
}

// Sleep moves the clock forward by d and returns at once, unless done is closed
// already: what a client that shares this clock calls instead of waiting. It tells
// whether the whole time passed.
func (m *Manual) Sleep(done <-chan struct{}, d time.Duration) bool {
	select {
	case <-done:
		return false
	default:
	}
	if d > 0 {
		m.Advance(d)
	}
	return true
}
