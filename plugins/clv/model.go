package clv

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"sync"

	"github.com/taxonhq/taxon/plugins/internal/btyd"
	"github.com/taxonhq/taxon/plugins/internal/memo"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// monthWeeks is a month in the models' unit of time. Months times a daily or weekly rate is the classic mistake: the widely copied
// quick start of a Python package prints values of 360 weeks as those of a year.
const monthWeeks = 365.0 / 12 / weekDays

// tooLarge is an amount in minor units that is not ranked any more.
const tooLarge = 1 << 60

// model answers for every history.
type model struct {
	Facts facts
	Ranks summary.Ranks // of expected values above zero
}

// facts is what the first pass finds.
type facts struct {
	Kind      string           `json:"kind"`           // of the model that is used
	Params    []float64        `json:"params"`         // its parameters: weeks
	Fit       float64          `json:"log_likelihood"` // of the model
	Spend     *btyd.GammaGamma `json:"spend"`          // minor units; nil: own means
	Mean      float64          `json:"mean"`           // mean value of all repeat purchases, minor units
	Customers int64            `json:"customers"`      // with a purchase
	Repeaters int64            `json:"repeaters"`      // of them, with more than one
	Lacking   string           `json:"lacking"`        // code of the reason why there is no model
	Has       float64          `json:"has"`            // of what is lacking
	Needs     float64          `json:"needs"`
	Notes     sdk.Diagnostics  `json:"notes"` // for the report

	raw      []byte
	prepared sync.Once
	predicts btyd.Model // nil for historic
	ahead    *memo.Func[[2]int, outlook]
	ends     [3]summary.Sum
}

// outlook is what a customer with a number of repeat purchases and a time since the first will buy, if it has not left.
type outlook struct{ discounted, purchases float64 }

// MarshalBinary writes JSON.
func (f *facts) MarshalBinary() ([]byte, error) { return json.Marshal(f) }

var errModel = errors.New("clv: the model is damaged")

// UnmarshalBinary reads what MarshalBinary wrote.
func (f *facts) UnmarshalBinary(data []byte) error {
	if err := json.Unmarshal(data, f); err != nil {
		return errModel
	}
	if again, err := json.Marshal(f); err != nil || !bytes.Equal(again, data) {
		return errModel
	}
	p := f.Params
	if names, known := parameters[f.Kind]; !known && f.Lacking == "" || len(p) != len(names) {
		return errModel
	}
	switch f.Kind {
	case bgNBD:
		f.predicts = btyd.BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3]}
	case mbgNBD:
		f.predicts = btyd.MBGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3]}
	case paretoNBD:
		f.predicts = btyd.ParetoNBD{R: p[0], Alpha: p[1], S: p[2], Beta: p[3]}
	case nbd:
		f.predicts = btyd.NBD{R: p[0], Alpha: p[1]}
	}
	f.raw = bytes.Clone(data)
	return nil
}

// leaving reports whether the model knows how likely it is that the customer has left. BG/NBD lets nobody leave before the second
// purchase: its 1 of a one-time buyer is no finding.
func (f *facts) leaving(h history) bool {
	return f.predicts != nil && f.Kind != nbd && (f.Kind != bgNBD || h.x > 0)
}

// prediction is about one customer.
type prediction struct {
	alive, purchases float64
	value            int64 // minor units
}

// predict answers what a customer will do within the months of the configuration.
func (m *model) predict(cfg *config, h history) (p prediction) {
	f := &m.Facts
	f.prepared.Do(func() { m.prepare(cfg) })
	spend := f.spend(h)
	if f.predicts == nil {
		// The pace so far: less than a year counts as a year, so that one purchase of yesterday is not one a day.
		perWeek := float64(h.x+1) / (max(float64(h.t), 365) / weekDays)
		p.purchases = perWeek * monthWeeks * float64(cfg.Months)
		p.value = int64(cfg.earned(perWeek * monthWeeks * cfg.annuity() * spend))
		return p
	}
	tx, t := h.weeks()
	p.alive = f.predicts.Alive(h.x, tx, t)
	ahead := f.ahead.Of([2]int{h.x, h.t})
	p.purchases = p.alive * ahead.purchases
	p.value = int64(cfg.earned(p.alive * ahead.discounted * spend))
	return p
}

// prepare makes what depends on the configuration too. Outlooks are remembered, since many customers share x and T.
func (m *model) prepare(cfg *config) {
	f := &m.Facts
	f.ahead = memo.New(20_000, func(k [2]int) outlook {
		t := float64(k[1]) / weekDays
		return outlook{
			discounted: btyd.DiscountedAlive(f.predicts, k[0], t, monthWeeks, int(cfg.Months), cfg.Discount),
			purchases:  f.predicts.ExpectedAlive(k[0], t, monthWeeks*float64(cfg.Months)),
		}
	})
	for i, cut := range cfg.cuts {
		// What is strictly below the cut is below the next whole number.
		bound := new(big.Rat).Mul(cut, new(big.Rat).SetInt(m.Ranks.Total().Big()))
		up, rest := new(big.Int).QuoRem(bound.Num(), bound.Denom(), new(big.Int))
		f.ends[i], _ = summary.SumOfBig(up.Add(up, big.NewInt(int64(rest.Sign()))))
	}
}

// annuity is the sum of the factors by which the months are discounted.
func (cfg *config) annuity() float64 {
	sum, factor := 0.0, 1.0
	for range cfg.Months {
		factor /= 1 + cfg.Discount
		sum += factor
	}
	return sum
}

// earned is the share of a value that is earned, in whole minor units.
func (cfg *config) earned(value float64) sdk.Amount {
	v := math.Round(value * cfg.Margin)
	return sdk.Amount(max(-tooLarge, min(v, tooLarge))) // NaN cannot be: predictions are finite
}

// spend is the expected value of a purchase of a customer, minor units.
func (f *facts) spend(h history) float64 {
	switch {
	case f.Kind == historic:
		return (float64(h.first) + float64(h.repeat)) / float64(h.x+1)
	case h.x > 0 && h.repeat <= 0:
		return 0 // nothing that it bought had a value: that of others says nothing about it
	case f.Spend != nil:
		if v, ok := f.Spend.Expected(h.x, h.mean()); ok {
			return v
		}
	}
	if h.x > 0 {
		return h.mean()
	}
	return f.Mean
}

// tier is the class of an expected value, by what larger ones hold.
func (m *model) tier(cfg *config, v int64, place summary.Place) string {
	m.Facts.prepared.Do(func() { m.prepare(cfg) })
	if v > 0 {
		for i, end := range m.Facts.ends {
			if place.SumAbove.Cmp(end) < 0 {
				return options[i].Code
			}
		}
	}
	return lead
}

// explain adds the reasons.
func (m *model) explain(run sdk.Run, cfg *config, v sdk.Verdict, h history, p prediction, place summary.Place) sdk.Verdict {
	f := &m.Facts
	value, days := run.Money(sdk.Amount(p.value)), int64(h.t-h.tx+1)
	before := 0.0
	if total := m.Ranks.Total().Float(); total > 0 {
		before = math.Round(place.SumAbove.Float()/total*1000) / 10
	}
	switch {
	case p.value <= 0:
		v = v.Because(noValue)
	case f.leaving(h):
		v = v.Because(expected, value, cfg.Months, before, math.Round(p.purchases*100)/100, math.Round(p.alive*1000)/10, h.x+1, days)
	case f.Kind == bgNBD:
		v = v.Because(expectedOnce, value, cfg.Months, before, math.Round(p.purchases*100)/100, days)
	default:
		v = v.Because(expectedAtPace, value, cfg.Months, before, math.Round(p.purchases*100)/100, h.x+1, days)
	}
	if f.Kind != cfg.Model {
		code := withoutLeaving
		if f.Kind == historic {
			code = withoutModel
		}
		v = v.Because(code, modelNames[cfg.Model])
	}
	if f.Spend == nil && f.Kind != historic {
		v = v.Because(ownSpend)
	}
	return v
}

// rounded keeps four decimals, so that a field does not change in digits that nobody reads.
func rounded(v float64) float64 { return math.Round(v*1e4) / 1e4 }
