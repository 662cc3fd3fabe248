package transport

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
)

// stepped is a clock that waiting moves on.
type stepped struct {
	mu  sync.Mutex
	now time.Time
}

func (c *stepped) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stepped) Sleep(done <-chan struct{}, d time.Duration) bool {
	select {
	case <-done:
		return false
	default:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return true
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestAWindowIsNeverExceededWhateverTheRhythm(t *testing.T) {
	limits := map[string]*manifest.Limit{
		"burst":  {Requests: 100, Per: 10 * time.Second},
		"search": {Requests: 5, Per: time.Second},
	}
	clock, l := &stepped{now: start}, NewLimiters()
	var sent []time.Time
	for i := range 600 {
		if err := l.acquire(context.Background(), clock, limits, nil, 1); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, clock.Now())
		if i%17 == 0 {
			clock.Sleep(nil, 700*time.Millisecond)
		}
	}
	for name, limit := range limits {
		for i := limit.Requests; i < len(sent); i++ {
			if sent[i].Sub(sent[i-limit.Requests]) < limit.Per {
				t.Fatalf("%s: %d requests within %v", name, limit.Requests+1, sent[i].Sub(sent[i-limit.Requests]))
			}
		}
	}
}

func TestManyWorkersShareOneAccountsBuckets(t *testing.T) {
	limits := map[string]*manifest.Limit{"burst": {Requests: 10, Per: time.Second}}
	clock, l := &stepped{now: start}, NewLimiters()
	var mu sync.Mutex
	var sent []time.Time
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				if err := l.acquire(context.Background(), clock, limits, nil, 1); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				sent = append(sent, clock.Now())
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(sent) != 200 || clock.Now().Sub(start) < 19*time.Second {
		t.Errorf("%d requests in %v", len(sent), clock.Now().Sub(start))
	}
}

func TestHeadersCorrectABucketAndTellOfOthers(t *testing.T) {
	limit := &manifest.Limit{Requests: 100, Per: 10 * time.Second, Max: "X-Max", Remaining: "X-Left"}
	limits := map[string]*manifest.Limit{"burst": limit}
	clock, l := &stepped{now: start}, NewLimiters()
	if err := l.acquire(context.Background(), clock, limits, nil, 1); err != nil {
		t.Fatal(err)
	}
	l.observe(clock.Now(), limits, nil, 200, http.Header{"X-Max": {"190"}, "X-Left": {"30"}}) // others have used 159
	for range 30 {
		if wait, _ := l.take(t.Context(), clock.Now(), limits, nil, 1); wait > 0 {
			t.Fatal("there was room")
		}
	}
	if wait, _ := l.take(t.Context(), clock.Now(), limits, nil, 1); wait < 10*time.Second {
		t.Errorf("the next request may go in %v", wait)
	}
}

func TestADayEndsAtMidnightOfTheAccount(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	limits := map[string]*manifest.Limit{"daily": {Requests: 10, Per: 24 * time.Hour, Daily: "account_midnight", Remaining: "X-Left"}}
	clock, l := &stepped{now: start}, NewLimiters()
	l.SetZone(zone)
	for range 8 {
		if err := l.acquire(context.Background(), clock, limits, nil, 0.8); err != nil {
			t.Fatal(err)
		}
	}
	err = l.acquire(context.Background(), clock, limits, nil, 0.8)
	var parked *Parked
	if !errors.As(err, &parked) || crm.CodeOf(err) != crm.CodeRateLimit || !parked.Until.Equal(time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC)) {
		t.Fatalf("got %v", err)
	}
	clock.now = parked.Until
	if err := l.acquire(context.Background(), clock, limits, nil, 0.8); err != nil {
		t.Error(err)
	}
	l.observe(clock.Now(), limits, nil, 200, http.Header{"X-Left": {"1"}}) // the customer's other tools have used the rest
	if err := l.acquire(context.Background(), clock, limits, nil, 0.8); crm.CodeOf(err) != crm.CodeRateLimit {
		t.Errorf("the reserve was touched: %v", err)
	}
}

func TestRetryAfterIsReadAsSecondsAndAsADate(t *testing.T) {
	for text, want := range map[string]time.Duration{"17": 17 * time.Second, "0.5": 500 * time.Millisecond, "Sun, 01 Mar 2026 12:00:42 GMT": 42 * time.Second, "Sun, 01 Mar 2026 11:00:00 GMT": 0} {
		a := &Answer{Header: http.Header{"Retry-After": {text}, "Date": {"Sun, 01 Mar 2026 12:00:00 GMT"}}}
		if got, ok := a.retryAfter(start.Add(time.Hour)); !ok || got != want { // our clock is an hour ahead, which does not matter
			t.Errorf("%s: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "soon", "-3", "1e99"} {
		if got, ok := (&Answer{Header: http.Header{"Retry-After": {text}}}).retryAfter(start); ok {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestTokensAreStoredAloneAndForOthersUnreadable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tokens")
	store := FileTokens(dir)
	if token, err := store.Load("never"); token != nil || err != nil {
		t.Errorf("%s, %v", token, err)
	}
	for _, token := range []string{"first, and longer", "second"} {
		if err := store.Save("hubspot-oauth", []byte(token)); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Load("hubspot-oauth"); string(got) != token || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, files[0].Name()): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has %v", filepath.Base(path), info.Mode())
		}
	}
	if err := store.Save("../elsewhere", nil); err == nil {
		t.Error("a name led out of the directory")
	}
}

func TestANextPageOnAnotherHostIsRefused(t *testing.T) {
	base, err := parseBase("https://crm.example.com")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"https://evil.example/x", "http://crm.example.com/x", "https://crm.example.com@evil.example/", "https://crm.example.com:8443/"} {
		if _, err := target(base, Pull, path, nil); err == nil {
			t.Errorf("%s was accepted", path)
		}
	}
	if u, err := target(base, Pull, "https://crm.example.com/page?after=2", nil); err != nil || u.String() != "https://crm.example.com/page?after=2" {
		t.Errorf("%v, %v", u, err)
	}
}

func TestWhatARequestCostsIsTakenFromTheBucketThatItNames(t *testing.T) {
	limits := map[string]*manifest.Limit{
		"tokens": {Requests: 100, Per: 24 * time.Hour, Daily: "utc_midnight"},
		"burst":  {Requests: 40, Per: 2 * time.Second},
	}
	clock, l := &stepped{now: start}, NewLimiters()
	for i := range 8 { // 80 of 100 tokens, but 8 of 40 requests
		if err := l.acquire(context.Background(), clock, limits, map[string]int{"tokens": 10}, 0.8); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	if !clock.Now().Equal(start) {
		t.Error("it waited although the burst had room")
	}
	var parked *Parked
	if err := l.acquire(context.Background(), clock, limits, map[string]int{"tokens": 10}, 0.8); !errors.As(err, &parked) || parked.Quota != "tokens" {
		t.Fatalf("got %v", err)
	}
	clock.Sleep(nil, parked.Until.Sub(clock.Now()))
	if err := l.acquire(context.Background(), clock, limits, map[string]int{"tokens": 10}, 0.8); err != nil {
		t.Errorf("on the next day: %v", err)
	}
	// In a window as well; what costs more than the whole bucket takes all of it.
	heavy := map[string]*manifest.Limit{"window": {Requests: 10, Per: time.Second}}
	for _, n := range []int{4, 4, 4, 25, 1} {
		if err := l.acquire(context.Background(), clock, heavy, map[string]int{"window": n}, 1); err != nil {
			t.Fatal(err)
		}
	}
	if waited := clock.Now().Sub(parked.Until); waited < 3*time.Second || waited > 4*time.Second {
		t.Errorf("it waited %s", waited)
	}
}

func TestNoMoreRequestsAreUnderWayThanAllowed(t *testing.T) {
	limits := map[string]*manifest.Limit{"at once": {AtOnce: 3}}
	l := NewLimiters()
	var running, most int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			leave, err := l.enter(context.Background(), limits)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			for range 100 {
				runtime.Gosched()
			}
			mu.Lock()
			running--
			mu.Unlock()
			leave()
		})
	}
	wg.Wait()
	if most > 3 {
		t.Errorf("%d were under way", most)
	}
	var leaves []func()
	for range 3 {
		leave, err := l.enter(context.Background(), limits)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leave)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.enter(ctx, limits); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, leave := range leaves {
		leave()
	}
	// An answer may tell that there is less room, or more.
	told := map[string]*manifest.Limit{"told": {AtOnce: 3, Max: "X-Most"}}
	l.observe(start, told, nil, 200, http.Header{"X-Most": {"1"}})
	leave, err := l.enter(context.Background(), told)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.enter(ctx, told); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	leave()
	if leave, err := l.enter(context.Background(), limits); err != nil {
		t.Error(err)
	} else {
		leave()
	}
}

func TestAHeaderTellsWhenAnEmptyBucketHasRoomAgain(t *testing.T) {
	scope := mapping.NewScope("headers", "status", "now")
	compile := func(source string) *manifest.Program {
		p, fault := scope.Compile(source)
		if fault != nil {
			t.Fatal(fault)
		}
		return p
	}
	for name, reset := range map[string]*manifest.Program{
		"seconds":  compile(`headers["x-reset"]`),
		"an epoch": compile(`int(headers["x-epoch"]) - int(now)`),
	} {
		clock, l := &stepped{now: start}, NewLimiters()
		limits := map[string]*manifest.Limit{"burst": {Requests: 10, Per: time.Second, Remaining: "X-Left", Reset: reset}}
		l.observe(clock.Now(), limits, nil, 200, http.Header{"X-Left": {"0"}, "X-Reset": {"7"}, "X-Epoch": {strconv.FormatInt(start.Unix()+7, 10)}})
		if err := l.acquire(context.Background(), clock, limits, nil, 1); err != nil {
			t.Fatal(err)
		}
		if waited := clock.Now().Sub(start); waited < 7*time.Second || waited > 9*time.Second {
			t.Errorf("%s: it waited %s", name, waited)
		}
	}
}

func TestTheSizeOfABucketMayBeASetting(t *testing.T) {
	size, fault := mapping.NewScope("config", "vars", "headers", "status", "now").Compile("config.calls")
	if fault != nil {
		t.Fatal(fault)
	}
	clock, l := &stepped{now: start}, NewLimiters()
	limits := map[string]*manifest.Limit{"minute": {Requests: 1, Per: time.Minute, Size: size}}
	for range 50 { // the first answer tells that there is room
		if err := l.acquire(context.Background(), clock, limits, nil, 1); err != nil {
			t.Fatal(err)
		}
		l.observe(clock.Now(), limits, map[string]any{"config": map[string]string{"calls": "50"}}, 200, http.Header{})
	}
	if !clock.Now().Equal(start) {
		t.Errorf("50 calls waited for %s", clock.Now().Sub(start))
	}
}
