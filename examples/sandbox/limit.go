package sandbox

import (
	"sync"
	"time"
)

// Window allows at most Max calls in any stretch of Interval. Max 0 allows all.
type Window struct {
	Max      int
	Interval time.Duration

	mu   sync.Mutex
	hits []time.Time
}

// Take asks for one call at an instant: whether it is allowed and how many remain.
// A refused call does not count.
func (w *Window) Take(now time.Time) (remaining int, ok bool) { return w.Spend(now, 1) }

// Spend is Take for calls that cost more than one.
func (w *Window) Spend(now time.Time, cost int) (remaining int, ok bool) {
	if w.Max <= 0 {
		return 0, true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	old := 0
	for old < len(w.hits) && !w.hits[old].Add(w.Interval).After(now) {
		old++
	}
	w.hits = append(w.hits[:0], w.hits[old:]...)
	if len(w.hits)+cost > w.Max {
		return 0, false
	}
	for range cost {
		w.hits = append(w.hits, now)
	}
	return w.Max - len(w.hits), true
}

// Daily allows at most Max calls from midnight to midnight of a zone. Max 0 allows
// all.
type Daily struct {
	Max  int
	Zone *time.Location // nil: UTC

	mu   sync.Mutex
	day  string
	used int
}

// Take asks for one call at an instant: whether it is allowed and how many remain.
func (d *Daily) Take(now time.Time) (remaining int, ok bool) { return d.Spend(now, 1) }

// Spend is Take for calls that cost more than one of what the day allows.
func (d *Daily) Spend(now time.Time, cost int) (remaining int, ok bool) {
	if d.Max <= 0 {
		return 0, true
	}
	zone := d.Zone
	if zone == nil {
		zone = time.UTC
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if day := now.In(zone).Format(time.DateOnly); day != d.day {
		d.day, d.used = day, 0
	}
	if d.used+cost > d.Max {
		return max(0, d.Max-d.used), false
	}
	d.used += cost
	return d.Max - d.used, true
}

// Used tells how many calls the present day has seen.
func (d *Daily) Used() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}
