package satisfaction

import (
	"strconv"
	"time"

	"github.com/taxonhq/taxon/sdk"
)

// window is a span of calendar days before the as-of day, which it does not include.
type window struct {
	all   bool
	first sdk.Day
}

// newWindow reads Nd, Nw, Nm, Ny or all, which the configuration's schema has checked.
func newWindow(text string, asOf sdk.Day) window {
	if text == "all" {
		return window{all: true}
	}
	n, err := strconv.Atoi(text[:len(text)-1])
	if err != nil {
		return window{all: true}
	}
	months := 0
	switch text[len(text)-1] {
	case 'w':
		n *= 7
	case 'm':
		n, months = 0, n
	case 'y':
		n, months = 0, 12*n
	}
	day := time.Unix(int64(asOf)*86400, 0).UTC()
	if months > 0 {
		// A month before 31 March is the last day of February.
		first := time.Date(day.Year(), day.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		day = first.AddDate(0, 0, min(day.Day(), last)-1)
	}
	return window{first: sdk.Day(day.Unix()/86400) - sdk.Day(n)}
}

// holds reports whether an answer of that day counts. One without a day counts only where
// there is no window.
func (w window) holds(day sdk.Day, known bool, asOf sdk.Day) bool {
	if !known {
		return w.all
	}
	return day < asOf && (w.all || day >= w.first)
}
