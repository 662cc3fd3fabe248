package clv

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/btyd"
	"github.com/taxonhq/taxon/sdk"
)

// weekDays is the models' unit of time in days: parameters are then those of the literature.
const weekDays = 7

// oldest is how many days back a purchase may lie; what is dated earlier is a mistake and does not count.
const oldest = 36525

// history is what a customer has bought.
type history struct {
	x             int   // repeat purchases: days with one, less the first
	tx, t         int   // days from the first purchase to the last, and to the last whole day before the as-of day
	first, repeat int64 // value of the first purchase and of all others, minor units

	// Of a customer without a purchase: deals on days that are none, and deals without a close date.
	refunded, undated int
}

// purchase is what was bought on a day.
type purchase struct {
	day    sdk.Day
	amount int64
}

// historyOf merges the deals of each day and drops days whose refunds are as much as their purchases, or more; a deal without an amount
// is a purchase of nothing. ok is false when nothing is left.
func historyOf(run sdk.Run, c sdk.Row) (h history, ok bool) {
	list := make([]purchase, 0, 32)
	for i := range c.ListLen(closed) {
		if c.ListMissing(closed, i) {
			h.undated++
			continue
		}
		p := purchase{day: sdk.DayOf(c.ListTime(closed, i), run.Zone)}
		if p.day >= run.Day || run.Day-p.day > oldest {
			continue
		}
		if i < c.ListLen(amounts) && !c.ListMissing(amounts, i) {
			p.amount = int64(c.ListAmount(amounts, i))
		}
		list = append(list, p)
	}
	byDay := func(a, b purchase) int { return cmp.Compare(a.day, b.day) }
	if !slices.IsSortedFunc(list, byDay) {
		slices.SortFunc(list, byDay)
	}
	h.refunded = len(list)
	var begin sdk.Day
	for i := 0; i < len(list); {
		day, sum, refunds := list[i].day, int64(0), false
		for ; i < len(list) && list[i].day == day; i++ {
			sum = plus(sum, list[i].amount)
			refunds = refunds || list[i].amount < 0
		}
		switch {
		case refunds && sum <= 0:
		case !ok:
			begin, ok = day, true
			h = history{t: int(run.Day - 1 - day), first: sum}
		default:
			h.x++
			h.tx = int(day - begin)
			h.repeat = plus(h.repeat, sum)
		}
	}
	return h, ok
}

// plus adds without wrapping around.
func plus(a, b int64) int64 {
	s := a + b
	if (s > a) == (b > 0) {
		return s
	}
	if b > 0 {
		return math.MaxInt64
	}
	return math.MinInt64
}

// mean is the mean value of the repeat purchases in minor units; 0 without one.
func (h history) mean() float64 {
	if h.x == 0 {
		return 0
	}
	return float64(h.repeat) / float64(h.x)
}

// weeks are the times as the models want them.
func (h history) weeks() (tx, t float64) { return float64(h.tx) / weekDays, float64(h.t) / weekDays }

// pack makes one number of what the models of purchases need, each part below 2^16, so that equal histories can be counted.
func (h history) pack() int64 { return int64(h.t)<<32 | int64(h.tx)<<16 | int64(h.x) }

func unpack(v int64) history {
	return history{t: int(v >> 32), tx: int(v >> 16 & 0xffff), x: int(v & 0xffff)}
}

// spendDigits is how many binary digits of a sum are kept.
const spendDigits = 16

// packSpend makes one number of x and the sum of the repeat purchases, which is rounded to 16 binary digits: money of
// any size has room, customers share numbers, and an error of a hundred-thousandth this way or that does not move the parameters. ok is false for customers that the model of values leaves out.
func (h history) packSpend() (v int64, ok bool) {
	if h.x == 0 || h.repeat <= 0 {
		return 0, false
	}
	shift := max(bits.Len64(uint64(h.repeat))-spendDigits, 0)
	rounded := (uint64(h.repeat) + 1<<shift/2) >> shift
	return int64(h.x)<<40 | int64(shift)<<32 | int64(rounded), true
}

func unpackSpend(v int64) btyd.Spend {
	x := int(v >> 40)
	return btyd.Spend{X: x, M: math.Ldexp(float64(v&0xffffffff), int(v>>32&0xff)) / float64(x)}
}
