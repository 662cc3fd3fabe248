package profit

import (
	"math"
	"math/big"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// account is what is known of one customer, in minor units.
type account struct {
	revenue, contribution int64
	serve                 int64 // costs to serve, which the contribution is after
	known                 int64 // of the revenue, where the cost is known; more than all of it where the rest are credits
	imputed               bool  // the rest of the revenue was taken to have the same margin
}

// The ways in which no account can be made.
type fault int

const (
	fine      fault = iota
	unknown         // no cost, or of too little of the revenue
	tooLarge        // beyond whole numbers of 64 bits
	noRevenue       // the field of the revenue is empty
)

// most is the largest amount that is reckoned with, so that sums of a few cannot overflow.
const most = 1 << 60

// account makes the account of a customer.
func (cfg *config) account(r sdk.Row) (a account, f fault) {
	if r.Missing(cfg.revenue) {
		return a, noRevenue
	}
	a.revenue = r.Int(cfg.revenue)
	a.known = a.revenue
	if cfg.source < 0 {
		f = cfg.byMargins(r, &a)
	} else {
		f = cfg.bySource(r, &a)
	}
	if f != fine {
		return a, f
	}
	for i := range cfg.serve {
		cost, ok := cfg.serve[i].of(r)
		if !ok {
			return a, tooLarge
		}
		a.serve += cost
	}
	a.contribution -= a.serve
	if large(a.revenue) || large(a.contribution) || large(a.serve) {
		return a, tooLarge
	}
	return a, fine
}

func large(v int64) bool { return v > most || v < -most }

// bySource takes the cost or the contribution.
func (cfg *config) bySource(r sdk.Row, a *account) fault {
	if r.Missing(cfg.source) {
		return unknown
	}
	if cfg.covered >= 0 && !r.Missing(cfg.covered) {
		a.known = r.Int(cfg.covered)
	}
	v := r.Int(cfg.source)
	if large(v) || large(a.revenue) || large(a.known) {
		return tooLarge
	}
	if cfg.Contribution != "" {
		a.contribution = v
	} else {
		a.contribution = a.known - v
	}
	return cfg.impute(a)
}

// byMargins adds up what products bring, and the rest at the rate for all.
func (cfg *config) byMargins(r sdk.Row, a *account) fault {
	sum, rest := new(big.Rat), a.revenue
	for i := range cfg.products {
		p := &cfg.products[i]
		if r.Missing(p.column) {
			continue
		}
		v := r.Int(p.column)
		if large(v) || large(rest) {
			return tooLarge
		}
		rest -= v
		sum.Add(sum, new(big.Rat).Mul(p.factor, new(big.Rat).SetInt64(v)))
	}
	if cfg.rate != nil {
		sum.Add(sum, new(big.Rat).Mul(cfg.rate, new(big.Rat).SetInt64(rest)))
	} else {
		a.known = a.revenue - rest
	}
	var ok bool
	if a.contribution, ok = rounded(sum); !ok || large(a.revenue) {
		return tooLarge
	}
	if cfg.rate != nil {
		return fine
	}
	return cfg.impute(a)
}

// sold is the revenue with the rest whose cost is not known added where it was taken away: who bought for 100 and got
// a credit of 10 has 110, of which 100 are known.
func (a *account) sold() int64 { return max(a.revenue, 2*a.known-a.revenue) }

// impute takes revenue without a known cost to have the margin of the rest, where that is nearly all.
func (cfg *config) impute(a *account) fault {
	if a.known == a.revenue {
		return fine
	}
	known, needed := times(a.known, 1e6), times(a.sold(), percentOf(cfg.Coverage))
	if a.revenue <= 0 || a.known <= 0 || known.Cmp(needed) < 0 {
		return unknown
	}
	scaled := new(big.Rat).SetFrac(big.NewInt(a.revenue), big.NewInt(a.known))
	var ok bool
	if a.contribution, ok = rounded(scaled.Mul(scaled, new(big.Rat).SetInt64(a.contribution))); !ok {
		return tooLarge
	}
	a.imputed = true
	return fine
}

// of is what the column counts for, in minor units; a value that is missing costs nothing.
func (p *part) of(r sdk.Row) (v int64, ok bool) {
	if r.Missing(p.column) {
		return 0, true
	}
	x := new(big.Rat)
	if p.kind == sdk.Number {
		x.SetFloat64(r.Float(p.column))
	} else {
		x.SetInt64(r.Int(p.column))
	}
	return rounded(x.Mul(x, p.factor))
}

// rounded is the nearest whole number, halves away from zero; ok is false when it is too large.
func rounded(x *big.Rat) (v int64, ok bool) {
	half := big.NewRat(int64(x.Sign()), 2)
	whole := new(big.Int)
	x.Add(x, half)
	if whole.Quo(x.Num(), x.Denom()); !whole.IsInt64() || large(whole.Int64()) {
		return 0, false
	}
	return whole.Int64(), true
}

// margin is the contribution in per cent of the revenue with two decimals, for people; ok is false without revenue.
func (a *account) margin() (rate float64, ok bool) {
	if a.revenue <= 0 {
		return 0, false
	}
	return math.Round(float64(a.contribution)/float64(a.revenue)*10000) / 100, true
}

// percent is a share in millionths (1 % is 10,000), so that comparisons are in whole numbers.
type percent int64

func percentOf(p float64) percent { return percent(math.Round(p * 1e4)) }

// below reports whether |contribution| (or the contribution itself, when signed) is below a share of the revenue.
func (a *account) below(p percent, signed bool) bool {
	c := a.contribution
	if !signed && c < 0 {
		c = -c
	}
	part, share := times(c, 1e6), times(a.revenue, p)
	return a.revenue > 0 && part.Cmp(share) < 0
}

// times is v * p, in 128 bits.
func times(v int64, p percent) summary.Sum {
	if p < 0 {
		return summary.Sum{}.PlusTimes(-v, int64(-p))
	}
	return summary.Sum{}.PlusTimes(v, int64(p))
}
