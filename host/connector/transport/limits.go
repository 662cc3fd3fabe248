package transport

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// Limiters hold the rate buckets of one account. They are safe for concurrent use and meant to be shared by all
// connections of the account.
type Limiters struct {
	mu      sync.Mutex
	buckets map[string]*bucket
	zone    *time.Location
	locks   map[string]*sync.Mutex
}

// NewLimiters makes the rate buckets of one account.
func NewLimiters() *Limiters {
	return &Limiters{buckets: map[string]*bucket{}, zone: time.UTC, locks: map[string]*sync.Mutex{}}
}

// SetZone tells the account's time zone, in which its days begin.
func (l *Limiters) SetZone(zone *time.Location) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.zone = zone
}

// Lock is a mutex of the account by name, for work that must not happen twice at once.
func (l *Limiters) Lock(name string) *sync.Mutex {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locks[name] == nil {
		l.locks[name] = &sync.Mutex{}
	}
	return l.locks[name]
}

// bucket counts the requests of a rolling window exactly, or those of a day.
type bucket struct {
	name    string
	spec    *manifest.Limit
	size    int         // as the manifest says, corrected by answer headers
	sent    []time.Time // of a window, ascending: at most size
	used    int         // of a day
	day     crm.Day
	blocked time.Time // nothing is sent before
}

// margin is added to a window, because requests do not arrive as evenly as they were sent.
func (b *bucket) window() time.Duration { return b.spec.Per + b.spec.Per/50 }

// acquire waits until all buckets have room and takes it. budget is the share of a daily quota that may be used.
// The error has crm.CodeRateLimit and a *Parked when a day's quota is used up.
func (l *Limiters) acquire(ctx context.Context, clock crm.Clock, limits map[string]*manifest.Limit, budget float64) error {
	for {
		wait, err := l.take(clock.Now(), limits, budget)
		if err != nil {
			return err
		}
		if wait <= 0 {
			return ctx.Err()
		}
		if !clock.Sleep(ctx.Done(), wait) {
			return ctx.Err()
		}
	}
}

// take takes room in all buckets, or tells how long to wait for it.
func (l *Limiters) take(now time.Time, limits map[string]*manifest.Limit, budget float64) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration
	for name, spec := range limits {
		b := l.bucket(name, spec)
		w, parked := b.room(now, l.zone, budget)
		if parked != nil {
			return 0, parkedError(parked)
		}
		wait = max(wait, w)
	}
	if wait > 0 {
		return wait, nil
	}
	for name, spec := range limits {
		b := l.bucket(name, spec)
		b.used++
		if spec.Daily == "" {
			b.sent = append(b.sent, now)
		}
	}
	return 0, nil
}

func (l *Limiters) bucket(name string, spec *manifest.Limit) *bucket {
	b := l.buckets[name]
	if b == nil {
		b = &bucket{name: name, spec: spec, size: spec.Requests}
		l.buckets[name] = b
	}
	return b
}

// room tells how long to wait for room, or until when a day's quota is used up.
func (b *bucket) room(now time.Time, zone *time.Location, budget float64) (time.Duration, *Parked) {
	if b.spec.Daily != "" {
		if today := crm.DayOf(now, b.zone(zone)); today != b.day {
			b.day, b.used = today, 0
		}
		if float64(b.used) >= float64(b.size)*budget {
			return 0, &Parked{Quota: b.name, Until: b.anew(now, zone)}
		}
		if now.Before(b.blocked) {
			return 0, &Parked{Quota: b.name, Until: b.blocked}
		}
		return 0, nil
	}
	horizon := now.Add(-b.window())
	for len(b.sent) > 0 && !b.sent[0].After(horizon) {
		b.sent = b.sent[1:]
	}
	wait := b.blocked.Sub(now)
	if over := len(b.sent) - b.size; over >= 0 {
		wait = max(wait, b.sent[over].Sub(horizon))
	}
	return wait, nil
}

// observe corrects buckets by the headers of an answer: their size, and what others have used.
func (l *Limiters) observe(now time.Time, limits map[string]*manifest.Limit, h http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, spec := range limits {
		b := l.bucket(name, spec)
		if size, ok := correction(h, spec.Max, spec.Size); ok && size > 0 {
			b.size = size
		}
		used, ok := correction(h, "", spec.Used)
		if remaining, told := headerNumber(h, spec.Remaining); told {
			used, ok = b.size-remaining, true
		}
		if !ok {
			continue
		}
		if spec.Daily != "" {
			b.used = used
			continue
		}
		for foreign := used - len(b.sent); foreign > 0; foreign-- { // other programs' requests, taken as just sent
			b.sent = append(b.sent, now)
		}
	}
}

// exhaust closes a bucket that an answer says is used up: for at least wait, a window, or the rest of the day.
func (l *Limiters) exhaust(now time.Time, name string, spec *manifest.Limit, wait time.Duration) *Parked {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(name, spec)
	if spec.Daily == "" {
		b.blocked = now.Add(max(wait, b.window()))
		return nil
	}
	b.blocked = b.anew(now, l.zone)
	return &Parked{Quota: name, Until: b.blocked}
}

// zone is where the bucket's days begin.
func (b *bucket) zone(account *time.Location) *time.Location {
	if b.spec.Daily == "account_midnight" {
		return account
	}
	return time.UTC
}

// anew is when a day's quota that is used up has room again. A rolling one gets some back all the time: after an hour.
func (b *bucket) anew(now time.Time, account *time.Location) time.Time {
	if b.spec.Daily == "rolling" {
		return now.Add(time.Hour)
	}
	zone := b.zone(account)
	return (crm.DayOf(now, zone) + 1).Start(zone)
}

// correction reads a number from a header, or computes it from all of them.
func correction(h http.Header, name string, p *manifest.Program) (int, bool) {
	if p == nil {
		return headerNumber(h, name)
	}
	text, err := p.Text(map[string]any{"headers": headerMap(h)})
	if err != nil {
		return 0, false // this answer does not tell
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func headerNumber(h http.Header, name string) (int, bool) {
	if name == "" {
		return 0, false
	}
	n, err := strconv.Atoi(h.Get(name))
	return n, err == nil
}

// Parked is the cause of an error with crm.CodeRateLimit: a quota is used up until that instant.
type Parked struct {
	Quota string
	Until time.Time
}

// Error names the quota and the instant.
func (p *Parked) Error() string {
	return "the " + p.Quota + " quota is used up until " + p.Until.UTC().Format(time.RFC3339)
}

func parkedError(p *Parked) error {
	return &crm.Error{Code: crm.CodeRateLimit, Message: p.Error(), Cause: p,
		Suggestion: "run again after that; nothing is lost"}
}
