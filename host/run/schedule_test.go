package run

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

func TestATimeThatNeverComesIsRefused(t *testing.T) {
	if _, err := ParseSchedule("0 0 31 2 *", time.UTC); crm.CodeOf(err) != crm.CodeConfig || !strings.Contains(err.Error(), "never comes") {
		t.Error(err)
	}
}

func TestASchedulesTimesAreThoseOfItsZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseSchedule("30 2 * * *", berlin)
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for after, want := range map[string]string{
		"2026-01-10T00:00:00Z": "2026-01-10T01:30:00Z", // winter
		"2026-07-10T00:00:00Z": "2026-07-10T00:30:00Z", // summer
		"2026-03-28T12:00:00Z": "2026-03-30T00:30:00Z", // 29 March has no half past two
	} {
		if got := s.Next(at(after)); !got.Equal(at(want)) {
			t.Errorf("after %s: %s, want %s", after, got.UTC(), want)
		}
	}
}

func TestABadScheduleSaysHowItIsWritten(t *testing.T) {
	for _, bad := range []string{"", "daily", "61 * * * *", "* * * *"} {
		_, err := ParseSchedule(bad, time.UTC)
		if crm.CodeOf(err) != crm.CodeConfig || !strings.Contains(err.Error(), "30 3 * * *") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// stepClock jumps over every sleep.
type stepClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *stepClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stepClock) Sleep(done <-chan struct{}, d time.Duration) bool {
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

func TestAJobIsDoneAtItsTimesOneAfterTheOtherAndEndsWithItsContext(t *testing.T) {
	hourly, err := ParseSchedule("0 * * * *", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	clock := &stepClock{now: time.Date(2026, 1, 1, 0, 59, 0, 0, time.UTC)}
	var at []time.Time
	var busy atomic.Int32
	Serve(ctx, []Job{{Name: "main", Schedule: hourly, Do: func(context.Context) {
		if busy.Add(1) != 1 {
			t.Error("the job is done twice at once")
		}
		defer busy.Add(-1)
		at = append(at, clock.Now())
		if len(at) == 1 {
			clock.Sleep(nil, 90*time.Minute) // a long run: two o'clock passes meanwhile
		}
		if len(at) == 3 {
			cancel()
		}
	}}}, clock, func(string, time.Time) {})
	want := []int{1, 3, 4}
	for i, hour := range want {
		if i >= len(at) || at[i].Hour() != hour || at[i].Minute() != 0 {
			t.Fatalf("done at %v, want hours %v", at, want)
		}
	}
}
