package cadence

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/sdk"
)

// Length is a length of time as configurations write it: "1.5g" is one and a half intervals, "90d" ninety
// days. The zero Length is none.
type Length struct {
	text  string
	days  int64
	milli int64 // thousandths of an interval
}

var lengthExpression = regexp.MustCompile(`^([0-9]{1,5}d|[0-9]{1,4}(\.[0-9]{1,3})?g)$`)

// ParseLength reads a length.
func ParseLength(text string) (Length, error) {
	if !lengthExpression.MatchString(text) {
		return Length{}, fmt.Errorf("%q is no length: write days as 90d, intervals as 1.5g", text)
	}
	number, unit := text[:len(text)-1], text[len(text)-1]
	whole, fraction, _ := strings.Cut(number, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return Length{}, err
	}
	if unit == 'd' {
		return Length{text: text, days: n}, nil
	}
	parts, err := strconv.ParseInt((fraction + "000")[:3], 10, 64)
	return Length{text: text, milli: 1000*n + parts}, err
}

// MustLength is ParseLength of a text that is known to be one.
func MustLength(text string) Length {
	l, err := ParseLength(text)
	if err != nil {
		panic(err)
	}
	return l
}

// String is the length as it was written.
func (l Length) String() string { return l.text }

// InIntervals reports whether the length is in intervals, so that it needs one.
func (l Length) InIntervals() bool { return strings.HasSuffix(l.text, "g") }

// Holds reports whether so many days are within the length, its end included.
func (l Length) Holds(days int64, g Interval) bool {
	if l.InIntervals() {
		return days*4000 <= l.milli*int64(g)
	}
	return days <= l.days
}

// Longer reports whether the length is longer than another of the same unit; ok is false when the
// units differ.
func (l Length) Longer(other Length) (longer, ok bool) {
	if l.InIntervals() != other.InIntervals() {
		return false, false
	}
	return l.days+l.milli > other.days+other.milli, true
}

// Ratio is days in intervals, rounded to hundredths, for people.
func Ratio(days int64, g Interval) float64 {
	return float64((days*400*2+int64(g))/(2*int64(g))) / 100
}

// Since is the days from a day to the as-of day.
func Since(run sdk.Run, day sdk.Day) int64 { return int64(run.Day) - int64(day) }

// InDays is the length when it is in days, else 0.
func (l Length) InDays() int64 { return l.days }

// Of is the length in days, where an interval is g.
func (l Length) Of(g Interval) float64 {
	if l.InIntervals() {
		return float64(l.milli*int64(g)) / 4000
	}
	return float64(l.days)
}
