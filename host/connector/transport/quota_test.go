package transport

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// process is the limiters of a process of its own.
func process(dir string) *Limiters {
	l := NewLimiters()
	l.Keep(FileQuotas(dir), "account", hclog.NewNullLogger())
	return l
}

// untilParked acquires until the quota is used up.
func untilParked(t *testing.T, l *Limiters, clock *stepped, limits map[string]*manifest.Limit) (n int, until time.Time) {
	t.Helper()
	for ; n < 100_000; n++ {
		err := l.acquire(t.Context(), clock, limits, nil, 0.8)
		var parked *Parked
		if errors.As(err, &parked) && crm.CodeOf(err) == crm.CodeRateLimit {
			return n, parked.Until
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("it is never used up")
	return 0, time.Time{}
}

func TestProcessesShareTheQuotaOfADay(t *testing.T) {
	for daily, next := range map[string]time.Time{
		"utc_midnight": time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC),
		"rolling":      time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC), // the requests were sent between 12 and 13
	} {
		dir, clock := t.TempDir(), &stepped{now: start}
		limits := map[string]*manifest.Limit{"daily": {Requests: 1000, Per: 24 * time.Hour, Daily: daily}}
		for range 3 { // each ends in order and leaves what it did not need
			l := process(dir)
			for range 100 {
				if err := l.acquire(t.Context(), clock, limits, nil, 0.8); err != nil {
					t.Fatal(err)
				}
			}
			l.Release()
		}
		killed := process(dir)
		if err := killed.acquire(t.Context(), clock, limits, nil, 0.8); err != nil {
			t.Fatal(err)
		}
		n, until := untilParked(t, process(dir), clock, limits)
		if n > 499 || n < 489 || !until.Equal(next) { // a killed one costs a hundredth at most
			t.Errorf("%s: after 301 of 800 there is room for %d, until %v", daily, n, until)
		}
		clock.now = until.Add(-time.Second)
		if n, _ := untilParked(t, process(dir), clock, limits); n != 0 {
			t.Errorf("%s: %d more are sent before %v", daily, n, until)
		}
		clock.now = until
		if n, _ := untilParked(t, process(dir), clock, limits); n != 800 {
			t.Errorf("%s: %d on the next day", daily, n)
		}
	}
}

func TestProcessesAtTheSameTimeShareTheQuotaOfADay(t *testing.T) {
	dir, clock := t.TempDir(), &stepped{now: start}
	limits := map[string]*manifest.Limit{"daily": {Requests: 1000, Per: 24 * time.Hour, Daily: "rolling"}}
	var all []*Limiters
	for range 4 {
		all = append(all, process(dir))
	}
	counts := make([]int, len(all))
	var wait sync.WaitGroup
	for i, l := range all {
		wait.Go(func() { counts[i], _ = untilParked(t, l, clock, limits) })
	}
	wait.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	if sum != 800 {
		t.Errorf("%v: %d requests of 800", counts, sum)
	}
}

func TestHoursOfARollingQuotaComeBackOneAfterTheOther(t *testing.T) {
	dir, clock := t.TempDir(), &stepped{now: start}
	limits := map[string]*manifest.Limit{"daily": {Requests: 100, Per: 24 * time.Hour, Daily: "rolling"}}
	l := process(dir)
	for range 8 { // ten each hour
		for range 10 {
			if err := l.acquire(t.Context(), clock, limits, nil, 0.8); err != nil {
				t.Fatal(err)
			}
		}
		clock.Sleep(nil, time.Hour)
	}
	n, until := untilParked(t, l, clock, limits)
	if n != 0 || !until.Equal(start.Add(25*time.Hour)) {
		t.Errorf("%d, until %v", n, until)
	}
	clock.now = until
	if n, until := untilParked(t, process(dir), clock, limits); n != 10 || !until.Equal(start.Add(26*time.Hour)) {
		t.Errorf("%d, until %v", n, until)
	}
}

func TestTheVendorsWordHoldsForLaterProcesses(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	limit := &manifest.Limit{Requests: 100, Per: 24 * time.Hour, Daily: "account_midnight", Remaining: "X-Left"}
	limits := map[string]*manifest.Limit{"daily": limit}
	dir, clock := t.TempDir(), &stepped{now: start.Add(5 * time.Hour)} // one o'clock of the next day there
	l := process(dir)
	if err := l.acquire(t.Context(), clock, limits, nil, 0.8); err != nil {
		t.Fatal(err)
	}
	l.SetZone(zone)
	if err := l.acquire(t.Context(), clock, limits, nil, 0.8); err != nil {
		t.Fatal(err)
	}
	l.observe(clock.Now(), limits, nil, 200, http.Header{"X-Left": {"25"}}) // others have used the rest
	l.Release()
	later := process(dir)
	if n, until := untilParked(t, later, clock, limits); n != 5 || !until.Equal(time.Date(2026, 3, 2, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("%d, until %v", n, until)
	}
	clock.now = time.Date(2026, 3, 2, 16, 0, 0, 0, time.UTC)
	if err := later.acquire(t.Context(), clock, limits, nil, 0.8); err != nil {
		t.Fatal(err)
	}
	parked := later.exhaust(clock.Now(), "daily", limit, 0)
	if n, until := untilParked(t, process(dir), clock, limits); n != 0 || !until.Equal(parked.Until) {
		t.Errorf("%d after the CRM has said that nothing is left, until %v", n, until)
	}
	// What answers tell of a rolling one says nothing of when it frees: a later process asks.
	told := map[string]*manifest.Limit{"told": {Requests: 100, Per: 24 * time.Hour, Daily: "rolling", Remaining: "X-Left"}}
	if err := l.acquire(t.Context(), clock, told, nil, 0.8); err != nil {
		t.Fatal(err)
	}
	l.observe(clock.Now(), told, nil, 200, http.Header{"X-Left": {"3"}})
	if n, until := untilParked(t, l, clock, told); n != 0 || !until.Equal(clock.Now().Add(time.Hour)) {
		t.Errorf("%d, until %v", n, until)
	}
	if err := process(dir).acquire(t.Context(), clock, told, nil, 0.8); err != nil {
		t.Error(err)
	}
}

func TestAQuotaThatCannotBeKeptIsCountedAlone(t *testing.T) {
	dir, clock := t.TempDir(), &stepped{now: start}
	limits := map[string]*manifest.Limit{"daily": {Requests: 10, Per: 24 * time.Hour, Daily: "utc_midnight"}}
	if err := os.WriteFile(filepath.Join(dir, "account.json"), []byte(`{"quotas": {"daily": 3`), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, _ := untilParked(t, process(dir), clock, limits); n != 8 { // a broken file is begun anew
		t.Errorf("%d", n)
	}
	if n, _ := untilParked(t, process(dir), clock, limits); n != 0 {
		t.Errorf("%d", n)
	}
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	l := NewLimiters()
	l.Keep(FileQuotas(filepath.Join(blocked, "quotas")), "account", hclog.New(&hclog.LoggerOptions{Output: &said}))
	if n, _ := untilParked(t, l, clock, limits); n != 8 || strings.Count(said.String(), "cannot be kept") != 1 {
		t.Errorf("%d, said: %s", n, &said)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ended := process(t.TempDir())
	if err := ended.acquire(ctx, clock, limits, nil, 0.8); !errors.Is(err, context.Canceled) || ended.kept == nil {
		t.Errorf("ended: %v", err)
	}
}

func TestALongWindowKeepsAReserve(t *testing.T) {
	clock, l := &stepped{now: start}, NewLimiters()
	limits := map[string]*manifest.Limit{"hour": {Requests: 100, Per: time.Hour}, "burst": {Requests: 100, Per: time.Minute}}
	for i := range 81 {
		if err := l.acquire(t.Context(), clock, limits, nil, 0.8); err != nil {
			t.Fatal(err)
		}
		if waited := clock.Now().After(start); waited != (i == 80) {
			t.Fatalf("request %d: it is %v", i, clock.Now())
		}
	}
}
