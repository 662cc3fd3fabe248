package transport

import (
	"context"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
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
	left    chan struct{} // closed when a request ends that was under way

	kept QuotaStore // nil: the quotas of days are counted here alone
	name string     // of the account there
	log  hclog.Logger
}

// NewLimiters makes the rate buckets of one account.
func NewLimiters() *Limiters {
	return &Limiters{buckets: map[string]*bucket{}, zone: time.UTC, locks: map[string]*sync.Mutex{}, left: make(chan struct{})}
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

// bucket counts the requests of a rolling window exactly, or those of a day, or those under way; or what they cost.
type bucket struct {
	name    string
	spec    *manifest.Limit
	size    int         // as the manifest or the settings say, corrected by answer headers
	settled bool        // the settings say the size
	sent    []time.Time // of a window, ascending: at most size
	running int         // of a bucket of what may be under way at once
	blocked time.Time   // of a window: nothing is sent before

	quota     quota  // of a day
	known     bool   // what is kept has been read
	ahead     int    // of what is used: taken, but not needed yet
	aheadOf   string // the day or hour
	corrected bool   // an answer has told what is used
}

// margin is added to a window, because requests do not arrive as evenly as they were sent.
func (b *bucket) window() time.Duration { return b.spec.Per + b.spec.Per/50 }

// most is how many requests are let through in a window.
func (b *bucket) most(budget float64) int {
	if b.spec.Per < time.Hour {
		return b.size
	}
	return max(1, b.share(budget)) // long enough that other programs would feel it
}

// share is what may be used of a bucket where a part of it stays for other programs.
func (b *bucket) share(budget float64) int { return int(float64(b.size)*budget + 1e-9) }

// acquire waits until all buckets have room and takes it: what the request costs of each, one where it does not say. budget
// is the share of the quota of a day, or of an hour or longer, that may be used. The error has crm.CodeRateLimit and a *Parked when a day's quota is used up.
func (l *Limiters) acquire(ctx context.Context, clock crm.Clock, limits map[string]*manifest.Limit, costs map[string]int, budget float64) error {
	for {
		wait, err := l.take(ctx, clock.Now(), limits, costs, budget)
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
func (l *Limiters) take(ctx context.Context, now time.Time, limits map[string]*manifest.Limit, costs map[string]int, budget float64) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration
	for name, spec := range limits {
		b := l.bucket(name, spec)
		if spec.Daily != "" {
			if parked := l.quotaRoom(ctx, b, now, cost(costs, name), budget); parked != nil {
				return 0, parkedError(parked)
			}
			continue
		}
		wait = max(wait, b.room(now, cost(costs, name), budget))
	}
	if wait > 0 {
		return wait, nil
	}
	for name, spec := range limits {
		b, n := l.bucket(name, spec), cost(costs, name)
		switch {
		case spec.Daily != "":
			l.spend(b, now, n)
		case spec.AtOnce == 0:
			for range min(n, b.size) {
				b.sent = append(b.sent, now)
			}
		}
	}
	return 0, nil
}

// cost is what a request takes from a bucket.
func cost(costs map[string]int, name string) int {
	if n, told := costs[name]; told {
		return n
	}
	return 1
}

// enter waits until one more request may be under way in all buckets that bound that. leave must be called when it has ended.
func (l *Limiters) enter(ctx context.Context, limits map[string]*manifest.Limit) (leave func(), err error) {
	for {
		left, ok := l.start(limits)
		if ok {
			return func() { l.end(limits) }, nil
		}
		select {
		case <-left:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// start counts a request as under way, where there is room, else it answers what is closed when there may be.
func (l *Limiters) start(limits map[string]*manifest.Limit) (left <-chan struct{}, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, spec := range limits {
		if b := l.bucket(name, spec); spec.AtOnce > 0 && b.running >= b.size {
			return l.left, false
		}
	}
	for name, spec := range limits {
		l.bucket(name, spec).running++
	}
	return nil, true
}

// end counts a request as ended.
func (l *Limiters) end(limits map[string]*manifest.Limit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, spec := range limits {
		l.bucket(name, spec).running--
	}
	close(l.left)
	l.left = make(chan struct{})
}

func (l *Limiters) bucket(name string, spec *manifest.Limit) *bucket {
	b := l.buckets[name]
	if b == nil {
		b = &bucket{name: name, spec: spec, size: spec.Requests + spec.AtOnce} // only one of them is given
		l.buckets[name] = b
	}
	return b
}

// room tells how long to wait for room for n.
func (b *bucket) room(now time.Time, n int, budget float64) time.Duration {
	horizon := now.Add(-b.window())
	for len(b.sent) > 0 && !b.sent[0].After(horizon) {
		b.sent = b.sent[1:]
	}
	wait := b.blocked.Sub(now)
	if b.spec.AtOnce > 0 {
		return wait
	}
	size := b.most(budget)
	if over := len(b.sent) - size + min(n, size) - 1; over >= 0 && over < len(b.sent) {
		wait = max(wait, b.sent[over].Sub(horizon))
	}
	return wait
}

// settle gives buckets the size that the settings say, which needs no answer to be known. base is the connection's config and vars.
func (l *Limiters) settle(now time.Time, limits map[string]*manifest.Limit, base map[string]any) {
	vars := map[string]any{"headers": map[string]any{}, "status": 0, "now": now}
	maps.Copy(vars, base)
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, spec := range limits {
		if spec.Size == nil {
			continue
		}
		if size, ok := correction(nil, "", spec.Size, vars); ok && size > 0 {
			b := l.bucket(name, spec)
			b.size, b.settled = size, true
		}
	}
}

// observe corrects buckets by the headers of an answer: their size, and what others have used.
// What is computed sees base, the connection's config and vars, as well.
func (l *Limiters) observe(now time.Time, limits map[string]*manifest.Limit, base map[string]any, status int, h http.Header) {
	if !slices.ContainsFunc(slices.Collect(maps.Values(limits)), (*manifest.Limit).Told) {
		return
	}
	vars := map[string]any{"headers": headerMap(h), "status": status, "now": now}
	maps.Copy(vars, base)
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, spec := range limits {
		b := l.bucket(name, spec)
		if size, ok := correction(h, spec.Max, spec.Size, vars); ok && size > 0 {
			b.size = size
		}
		used, ok := correction(h, "", spec.Used, vars)
		if remaining, told := headerNumber(h, spec.Remaining); told {
			used, ok = b.size-remaining, true
		}
		if !ok || spec.AtOnce > 0 {
			continue
		}
		if seconds, told := correction(h, "", spec.Reset, vars); told && seconds > 0 && used >= b.size {
			if until := now.Add(time.Duration(seconds) * time.Second); spec.Daily != "" {
				b.quota.Blocked = until
			} else {
				b.blocked = until
			}
		}
		if spec.Daily != "" {
			l.told(b, now, used)
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
		if until := now.Add(max(wait, b.window())); until.After(b.blocked) {
			b.blocked = until
		}
		return nil
	}
	if !b.quota.Blocked.After(now) { // else a header has told
		if b.quota.Blocked = now.Add(time.Hour); spec.Daily != "rolling" { // that one gets some back all the time
			b.quota.Blocked = b.anew(now, l.zone, 0)
		}
	}
	if l.kept != nil {
		l.share(context.Background(), b, now, 0, 0)
	}
	return &Parked{Quota: name, Until: b.quota.Blocked}
}

// correction reads a number from a header, or computes it from all of them.
func correction(h http.Header, name string, p *manifest.Program, vars map[string]any) (int, bool) {
	if p == nil {
		return headerNumber(h, name)
	}
	text, err := p.Text(vars)
	if err != nil {
		return 0, false // this answer does not tell
	}
	n, err := strconv.ParseFloat(text, 64)
	return int(math.Ceil(n)), err == nil
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
