package classify

import (
	"math"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

const dayMicros = 24 * 60 * 60 * 1_000_000

// axis counts whole steps from a value.
type axis struct {
	from   crm.Value
	digits int // decimals of a number's step
	lo, hi int64
}

// at is the value n steps away.
func (a *axis) at(n int64) crm.Value {
	v := a.from
	switch v.Type() {
	case crm.Integer:
		return crm.IntegerValue(v.Int() + n)
	case crm.Amount:
		return crm.AmountValue(crm.Money{Minor: v.Int() + n, Currency: v.Money().Currency})
	case crm.Date:
		return crm.DateValue(v.Day() + crm.Day(n))
	case crm.Time:
		return crm.MicrosValue(v.Int() + n*dayMicros)
	}
	if n == 0 {
		return v
	}
	scale := math.Pow10(a.digits)
	return crm.NumberValue((math.Round(v.Float()*scale) + float64(n)) / scale)
}

// steps is how far a number lies on the axis, rounded away from the start.
func (a *axis) steps(to float64) int64 {
	d := to - number(a.from)
	switch a.from.Type() {
	case crm.Time:
		d /= dayMicros
	case crm.Number:
		d *= math.Pow10(a.digits)
	}
	if d < 0 {
		return int64(max(math.Floor(d), -1e15))
	}
	return int64(min(math.Ceil(d), 1e15))
}

// newAxis makes the axis of a number. asOf is where the known past ends: times among others' are not moved beyond it.
func newAxis(v crm.Value, others *known, asOf crm.Day, end int64) *axis {
	a := &axis{from: v}
	least, most, ok := others.span()
	if !ok {
		least, most = number(v), number(v)
	}
	least, most = min(least, number(v)), max(most, number(v))
	if v.Type() == crm.Number {
		a.digits = min(max(3-int(math.Floor(math.Log10(max(math.Abs(v.Float()), most-least, 1e-6)))), 0), 9, max(others.decimals(), decimals(v.Float())))
	}
	reach := most - least + max(math.Abs(number(v)), 100)
	if v.Type() == crm.Date || v.Type() == crm.Time {
		reach = most - least + number(a.at(366)) - number(v)
	}
	lo, hi := least-reach, most+reach
	switch v.Type() {
	case crm.Date:
		if most < float64(asOf) {
			hi = float64(asOf - 1)
		}
	case crm.Time:
		if most < float64(end) {
			hi = float64(end - 1)
		}
	default:
		if least >= 0 {
			lo = 0 // nobody has less than nothing
		}
	}
	a.lo, a.hi = min(a.inward(lo), 0), max(a.inward(hi), 0)
	return a
}

// inward is steps, rounded toward the start.
func (a *axis) inward(to float64) int64 {
	n := a.steps(to)
	switch v := number(a.at(n)); {
	case n > 0 && v > to:
		n--
	case n < 0 && v < to:
		n++
	}
	return n
}

// points are where the first round looks, in both directions: at growing distances, where other customers are, and
// at the ends.
func (a *axis) points(others *known) []point {
	steps := []int64{a.lo, a.hi}
	for n := int64(1); n <= max(a.hi, -a.lo) && n > 0; n *= 2 {
		steps = append(steps, n, -n)
	}
	for _, q := range others.quantiles(quantiles) {
		steps = append(steps, a.steps(q))
	}
	slices.Sort(steps)
	var out []point
	for _, n := range slices.Compact(steps) {
		if n != 0 && n >= a.lo && n <= a.hi {
			out = append(out, point{steps: n, value: a.at(n)})
		}
	}
	return out
}

// valueAt is a number on its own scale as a value.
func valueAt(t crm.Type, n float64, currency string) crm.Value {
	switch t {
	case crm.Integer:
		return crm.IntegerValue(int64(n))
	case crm.Amount:
		return crm.AmountValue(crm.Money{Minor: int64(n), Currency: currency})
	case crm.Date:
		return crm.DateValue(crm.Day(n))
	case crm.Time:
		return crm.MicrosValue(int64(n))
	}
	return crm.NumberValue(n)
}
