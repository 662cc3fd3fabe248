// Package cadence is the rhythm of a customer's purchases: the days with one, not those on which no
// more was bought than was given back, the gaps between
// them, the customer's own interval, and that of the base for customers who have none yet.
//
// A customer's own interval is the median gap between consecutive purchase days and needs three of
// them; several purchases of one day are one, since a split invoice is no second visit. The
// interval of the base is the median of all repeat customers' median gaps, so that each repeat
// customer counts once and heavy buyers do not set the pace for all. Neither is below a floor.
//
// It leaves reading, thresholds and words to the classifiers. Invariant: intervals are whole
// quarters of a day (the median of medians is no finer), so that nothing is rounded and a customer
// on a boundary is on the same side in every run.
package cadence

import (
	"slices"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// Interval is a time between purchases in quarters of a day.
type Interval int64

// Floor is the shortest interval: seven days. A customer who bought on three days of one week is
// not overdue on the next.
const Floor = Interval(4 * 7)

// Days is the interval in days.
func (g Interval) Days() float64 { return float64(g) / 4 }

// NoAmounts is the column of amounts of who reads none: every day with a deal is then one with a purchase.
const NoAmounts = -1

// Bought reads the distinct days with a purchase before the as-of day from two list columns, times
// and amounts of the same deals, ascending. A deal without an amount, or of nothing, is a purchase; a
// day on which refunds (amounts below zero) are as much as what was bought, or more, has none:
// refunded counts the deals of such days, undated those without a date. into is used when it is
// large enough.
func Bought(run sdk.Run, c sdk.Row, column, amounts int, into []sdk.Day) (days []sdk.Day, undated, refunded int) {
	days = into[:0]
	sorted, refunds := true, false
	for j := range c.ListLen(column) {
		if c.ListMissing(column, j) {
			undated++
			continue
		}
		day := sdk.DayOf(c.ListTime(column, j), run.Zone)
		if day >= run.Day {
			continue
		}
		refunds = refunds || amounts >= 0 && amountAt(c, amounts, j) < 0
		sorted = sorted && (len(days) == 0 || days[len(days)-1] <= day)
		days = append(days, day)
	}
	if !sorted {
		slices.Sort(days)
	}
	if refunds {
		days, refunded = withoutRefunds(run, c, column, amounts, days)
	}
	return slices.Compact(days), undated, refunded
}

// amountAt is the amount of item j; of an item without one it is nothing.
func amountAt(c sdk.Row, amounts, j int) sdk.Amount {
	if j >= c.ListLen(amounts) || c.ListMissing(amounts, j) {
		return 0
	}
	return c.ListAmount(amounts, j)
}

// withoutRefunds is the days but for those on which no more was bought than given back, and the
// number of the deals left out.
func withoutRefunds(run sdk.Run, c sdk.Row, column, amounts int, days []sdk.Day) ([]sdk.Day, int) {
	sums, refunds := map[sdk.Day]summary.Sum{}, map[sdk.Day]bool{}
	for j := range c.ListLen(column) {
		if c.ListMissing(column, j) {
			continue
		}
		day, amount := sdk.DayOf(c.ListTime(column, j), run.Zone), amountAt(c, amounts, j)
		sums[day] = sums[day].Plus(summary.SumOf(int64(amount)))
		refunds[day] = refunds[day] || amount < 0
	}
	left := slices.DeleteFunc(days, func(day sdk.Day) bool { return refunds[day] && sums[day].Sign() <= 0 })
	return left, len(days) - len(left)
}

// Own is a customer's own interval, of ascending purchase days; ok is false with fewer than three.
func Own(days []sdk.Day) (g Interval, ok bool) {
	if len(days) < 3 {
		return 0, false
	}
	return max(Interval(2*doubledMedianGap(days)), Floor), true
}

// doubledMedianGap is twice the median of the gaps, a whole number; there are at least two days.
func doubledMedianGap(days []sdk.Day) int64 {
	var room [64]int64
	gaps := room[:0]
	for i := 1; i < len(days); i++ {
		gaps = append(gaps, int64(days[i]-days[i-1]))
	}
	slices.Sort(gaps)
	n := len(gaps)
	return gaps[(n-1)/2] + gaps[n/2]
}

// Repeaters is a summary of a population: of every customer with two purchase days or more, the
// median gap.
type Repeaters struct {
	Gaps summary.Multiset // doubled
}

// Add folds a customer's purchase days in.
func (r *Repeaters) Add(days []sdk.Day) {
	if len(days) >= 2 {
		r.Gaps.Add(doubledMedianGap(days))
	}
}

// Merge adds another summary.
func (r *Repeaters) Merge(other Repeaters) { r.Gaps.Merge(other.Gaps) }

// Base is the interval of the base and the number of customers that it rests on.
type Base struct {
	Interval  Interval `json:"interval"` // in quarters of a day, 0 when nobody has come back
	Customers int64    `json:"customers"`
}

// Base is the median of the repeat customers' median gaps.
func (r *Repeaters) Base() Base {
	ranks := r.Gaps.Ranks()
	n := ranks.Count()
	if n == 0 {
		return Base{}
	}
	return Base{Interval: max(Interval(ranks.Nth((n-1)/2)+ranks.Nth(n/2)), Floor), Customers: n}
}
