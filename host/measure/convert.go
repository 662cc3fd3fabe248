package measure

import (
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
)

// UsedRate is a rate that was applied: kept with the run.
type UsedRate struct {
	From, To string
	Day      crm.Day
	Rate     *big.Rat // units of To for a unit of From
}

type rateKey struct {
	from, to string
	day      crm.Day
}

// ratio multiplies minor units into minor units of another currency. ok is false when the rate is unknown.
type ratio struct {
	num, den uint64 // 0, 0: too large for words, use exact
	exact    *big.Rat
	ok       bool
}

// converter converts amounts, exactly, and remembers the rates it was asked for. Not safe for concurrent use.
type converter struct {
	rates Rates
	known map[rateKey]ratio
	used  map[rateKey]*big.Rat
}

func newConverter(rates Rates) *converter {
	return &converter{rates: rates, known: map[rateKey]ratio{}, used: map[rateKey]*big.Rat{}}
}

// convert is an amount in another currency at the rate of a day, rounded half to even.
func (c *converter) convert(minor int64, from, to string, day crm.Day) (int64, Why) {
	if from == to {
		return minor, Known
	}
	key := rateKey{from, to, day}
	r, asked := c.known[key]
	if !asked {
		r = c.ask(key)
	}
	if !r.ok {
		return 0, NoRate
	}
	if r.den != 0 {
		if out, ok := mulDiv(minor, r.num, r.den); ok {
			return out, Known
		}
	}
	out, ok := scale(minor, r.exact)
	if !ok {
		return 0, TooLarge
	}
	return out, Known
}

func (c *converter) ask(key rateKey) ratio {
	var r ratio
	if c.rates != nil && key.from != "" {
		var rate *big.Rat
		if rate, r.ok = c.rates.Rate(key.from, key.to, key.day); r.ok {
			c.used[key] = rate
			r.exact = new(big.Rat).Mul(rate, big.NewRat(pow10(crm.Digits(key.to)), pow10(crm.Digits(key.from))))
			if r.exact.Num().IsUint64() && r.exact.Denom().IsUint64() {
				r.num, r.den = r.exact.Num().Uint64(), r.exact.Denom().Uint64()
			}
		}
	}
	c.known[key] = r
	return r
}

// list is the rates used, in order of currencies and days.
func (c *converter) list() []UsedRate {
	out := make([]UsedRate, 0, len(c.used))
	for k, rate := range c.used {
		out = append(out, UsedRate{k.from, k.to, k.day, rate})
	}
	slices.SortFunc(out, func(a, b UsedRate) int {
		if d := strings.Compare(a.From+a.To, b.From+b.To); d != 0 {
			return d
		}
		return int(a.Day) - int(b.Day)
	})
	return out
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// mulDiv is n·num/den rounded half to even; ok is false when it does not fit.
func mulDiv(n int64, num, den uint64) (int64, bool) {
	magnitude := uint64(n)
	if n < 0 {
		magnitude = -magnitude
	}
	hi, lo := bits.Mul64(magnitude, num)
	if hi >= den {
		return 0, false
	}
	q, rest := bits.Div64(hi, lo, den)
	if rest > den-rest || rest == den-rest && q&1 == 1 {
		q++
	}
	if q > math.MaxInt64 {
		return 0, false
	}
	if n < 0 {
		return -int64(q), true
	}
	return int64(q), true
}

// scale is the same with numbers of any size.
func scale(n int64, by *big.Rat) (int64, bool) {
	product := new(big.Int).Mul(big.NewInt(n), by.Num())
	negative := product.Sign() < 0
	q, rest := new(big.Int).QuoRem(product.Abs(product), by.Denom(), new(big.Int))
	if c := rest.Lsh(rest, 1).Cmp(by.Denom()); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	if negative {
		q.Neg(q)
	}
	return q.Int64(), q.IsInt64()
}
