package sdk

import "time"

// Amount is money in minor units (cents, fen) of the run's base currency.
type Amount int64

// Day is a calendar day of the account as days since 1970-01-01.
type Day int32

// DayOf is the calendar day of an instant in a zone.
func DayOf(t time.Time, zone *time.Location) Day {
	_, offset := t.In(zone).Zone()
	local := t.Unix() + int64(offset)
	day := local / 86400
	if local%86400 < 0 {
		day--
	}
	return Day(day)
}

// String is the day as YYYY-MM-DD.
func (d Day) String() string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }

// Optional is a value that may be missing. As the type of a field of a customer struct it tells a missing
// value from a zero one, as a pointer does, without an allocation.
type Optional[T any] struct {
	Value T
	OK    bool // false: missing, and Value is zero
}

// Some is a value that is there.
func Some[T any](v T) Optional[T] { return Optional[T]{Value: v, OK: true} }

// Or is the value, or the given one when it is missing.
func (o Optional[T]) Or(otherwise T) T {
	if o.OK {
		return o.Value
	}
	return otherwise
}
