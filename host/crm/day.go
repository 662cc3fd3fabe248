package crm

import (
	"fmt"
	"time"
)

// Day is a calendar day as days since 1970-01-01, without a time zone.
type Day int32

// DayOf is the calendar day of an instant in a zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a day such as 2026-01-31", s)
	}
	return DayOf(t, time.UTC), nil
}

// String is the day as YYYY-MM-DD.
func (d Day) String() string { return d.Start(time.UTC).Format(time.DateOnly) }

// MarshalText writes the day as YYYY-MM-DD.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

// Start is the instant at which the day begins in a zone.
func (d Day) Start(zone *time.Location) time.Time {
	t := time.Unix(int64(d)*86400, 0).UTC()
	start := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
	if start.Day() != t.Day() { // clocks went forward at midnight: the day begins with the new offset
		_, start = start.ZoneBounds()
	}
	return start
}

// Clock tells the time. Everything that needs the present gets one; nothing calls time.Now itself.
type Clock interface {
	Now() time.Time
	// Sleep waits for d or until done is closed, and reports whether the whole time passed.
	Sleep(done <-chan struct{}, d time.Duration) bool
}

// SystemClock is the clock on the wall.
type SystemClock struct{}

// Now is the present instant.
func (SystemClock) Now() time.Time { return time.Now() }

// Sleep waits for d or until done is closed.
func (SystemClock) Sleep(done <-chan struct{}, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-done:
		return false
	}
}
