package measure

import (
	"strconv"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Window is how far back a measure looks: days and calendar months before the as-of day; the zero Window is all.
type Window struct{ Days, Months int }

// maxWindow bounds both parts: two hundred years.
const maxWindow = 200 * 366

// ParseWindow reads Nd, Nw, Nm, Ny or all; ok is false for anything else, and for zero.
func ParseWindow(s string) (w Window, ok bool) {
	if s == "all" {
		return Window{}, true
	}
	if len(s) < 2 {
		return Window{}, false
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 17)
	if err != nil || n == 0 || s[0] == '+' {
		return Window{}, false
	}
	switch s[len(s)-1] {
	case 'd':
		w.Days = int(n)
	case 'w':
		w.Days = 7 * int(n)
	case 'm':
		w.Months = int(n)
	case 'y':
		w.Months = 12 * int(n)
	default:
		return Window{}, false
	}
	return w, w.Days <= maxWindow && w.Months*30 <= maxWindow
}

// All reports whether the window has no beginning.
func (w Window) All() bool { return w == Window{} }

// String is the window as it is written: weeks as days, years as months.
func (w Window) String() string {
	switch {
	case w.Months > 0:
		return strconv.Itoa(w.Months) + "m"
	case w.Days > 0:
		return strconv.Itoa(w.Days) + "d"
	}
	return "all"
}

// First is the first day of the window that ends before the as-of day. A month before 31 March is 28 or
// 29 February: the day of the month is cut to the length of the month.
func (w Window) First(asOf crm.Day) crm.Day {
	day := asOf - crm.Day(w.Days)
	if w.Months == 0 {
		return day
	}
	y, m, d := day.Start(time.UTC).Date()
	first := time.Date(y, m-time.Month(w.Months), 1, 0, 0, 0, 0, time.UTC)
	length := first.AddDate(0, 1, -1).Day()
	return crm.DayOf(first.AddDate(0, 0, min(d, length)-1), time.UTC)
}
