// Package recency is how much an act of some days ago still counts: half after each half-life.
//
// It leaves to the classifiers which acts there are and what they weigh. Invariant: what is left is a whole number of
// millionths, so that sums do not depend on the order of acts.
package recency

import (
	"math"
	"strconv"
)

// MostDays is the longest window for which tables are made: three years. The sums of squared gaps of activity need a bound as well.
const MostDays = 3 * 366

// Days is the most days that a window such as 90d, 12w, 6m or 2y has; ok is false above MostDays.
func Days(window string) (days int64, ok bool) {
	unit := len(window) - 1
	n, err := strconv.ParseInt(window[:unit], 10, 64)
	days = n * map[byte]int64{'d': 1, 'w': 7, 'm': 31, 'y': 366}[window[unit]]
	return days, err == nil && days <= MostDays
}

// Table is what is left of an act, in millionths, by its age in days from 0 to days.
func Table(days, halfLife int64) []int64 {
	left := make([]int64, days+1)
	for age := range left {
		left[age] = int64(math.Round(1e6 * math.Exp2(-float64(age)/float64(halfLife))))
	}
	return left
}
