package profit

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	thirty := 30.0
	return sdk.Population[*config, sdk.Row, state, *model]{
		Info:    sdk.Info{ID: "profit", Version: "1.0.0", Summary: "Who brings profit, breaks even or costs money (whale curve)", License: "Apache-2.0"},
		Tags:    tags,
		Reasons: reasons,
		Reads: []sdk.Read{
			{Path: "sum(deals.amount) where won within {/window}", Type: sdk.Money, Required: true, Purpose: "The revenue."},
			{Path: "*", Purpose: "The configuration says where costs and margins come from; an administrator grants it."},
		},
		Example:   &config{MarginRate: &thirty},
		Configure: configure,
		Add:       add,
		Merge: func(into *state, other state) {
			into.Positive.Merge(other.Positive)
			into.Negative.Merge(other.Negative)
			into.Kinds.Merge(other.Kinds)
		},
		Fit:      fit,
		Classify: classify,
	}
}

// state is the summary of a population.
type state struct {
	Positive summary.Multiset // contributions above zero
	Negative summary.Moments  // the others
	Kinds    summary.Counter  // customers by class, and those with a low margin
}

// model is the whale curve up to its peak, and the least contribution of high (math.MaxInt64: nobody is).
type model struct {
	Ranks summary.Ranks
	Floor floor
}

type floor int64

// MarshalBinary writes the value.
func (f *floor) MarshalBinary() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(nil, uint64(*f)), nil
}

// UnmarshalBinary reads the value.
func (f *floor) UnmarshalBinary(data []byte) error {
	if len(data) != 8 {
		return errors.New("profit: the model is damaged")
	}
	*f = floor(binary.LittleEndian.Uint64(data))
	return nil
}

func add(_ sdk.Run, cfg *config, _ *model, s *state, r sdk.Row) {
	a, f := cfg.account(r)
	if f != fine {
		s.Kinds.Add(unclassified, 1)
		return
	}
	if a.contribution > 0 {
		s.Positive.Add(a.contribution)
	} else {
		s.Negative.Add(a.contribution)
	}
	if kind := cfg.alone(a); kind != "" {
		s.Kinds.Add(kind, 1)
	}
	if cfg.low(a) {
		s.Kinds.Add(lowMargin, 1)
	}
}

// alone is the class where it needs no other customer, else empty.
func (cfg *config) alone(a account) string {
	switch {
	case a.below(percentOf(cfg.BreakEven), false):
		return breakEven
	case a.contribution < 0:
		return loss
	case a.contribution == 0 && a.revenue != 0: // where break_even is 0, or the revenue negative
		return breakEven
	case a.contribution == 0:
		return none
	}
	return ""
}

// low reports whether there is a margin, and a low one.
func (cfg *config) low(a account) bool { return a.below(percentOf(cfg.LowMargin), true) }

func fit(_ sdk.Run, cfg *config, _ int, s state) (*model, sdk.Report, error) {
	m := &model{Ranks: *s.Positive.Ranks(), Floor: math.MaxInt64}
	peak := m.Ranks.Total()
	// Everything from the first value at which what larger ones bring is below the cut is high.
	cut := new(big.Rat).Mul(cfg.high, new(big.Rat).SetFrac(peak.Big(), big.NewInt(100)))
	up, rest := new(big.Int).QuoRem(cut.Num(), cut.Denom(), new(big.Int))
	end, _ := summary.SumOfBig(up.Add(up, big.NewInt(int64(rest.Sign()))))
	above := peak
	m.Ranks.Each(func(v, n int64) {
		above = above.Minus(summary.Sum{}.PlusTimes(v, n))
		if m.Floor == math.MaxInt64 && above.Cmp(end) < 0 {
			m.Floor = floor(v)
		}
	})
	total := peak.Plus(s.Negative.Sum())
	report := sdk.Report{Customers: m.Ranks.Count() + s.Negative.Count(), Metrics: map[string]float64{
		"peak": peak.Float() / cfg.unit, "total": total.Float() / cfg.unit, "positive": float64(m.Ranks.Count()), "unknown": float64(s.Kinds.Count(unclassified)),
		loss: float64(s.Kinds.Count(loss)), breakEven: float64(s.Kinds.Count(breakEven)), lowMargin: float64(s.Kinds.Count(lowMargin))}}
	if total.Sign() > 0 {
		report.Metrics["peak_of_total"] = math.Round(peak.Float()/total.Float()*10000) / 100
	}
	if n := m.Ranks.Count(); n < cfg.MinCustomers {
		report.Diagnostics.Warnf("/min_customers", tooFew, "only %d customers have a contribution above zero, %d are needed to tell high from contributing", n, cfg.MinCustomers)
	}
	return m, report, nil
}

func classify(run sdk.Run, cfg *config, m *model, r sdk.Row) sdk.Verdict {
	a, f := cfg.account(r)
	switch f {
	case tooLarge:
		return sdk.Failed("out_of_range", "the amounts are too large to be reckoned with")
	case noRevenue:
		return sdk.Unclassified(missingRevenue)
	case unknown:
		return sdk.Unclassified(missingMargin, run.Money(sdk.Amount(a.known)), run.Money(sdk.Amount(a.sold())))
	}
	class := cfg.alone(a)
	if class == none {
		verdict := sdk.Set("", none).Set("contribution", sdk.Amount(0))
		if cfg.Window == "all" {
			return verdict.Because(nothingEver)
		}
		return verdict.Because(nothing, cfg.Window)
	}
	place := m.Ranks.At(a.contribution)
	positive := m.Ranks.Count()
	if class == "" {
		if positive < cfg.MinCustomers {
			return cfg.parts(sdk.Unclassified(tooFew, positive, cfg.MinCustomers), a)
		}
		class = contributing
		if a.contribution >= int64(m.Floor) {
			class = high
		}
	}
	verdict := cfg.parts(sdk.Set("", class), a)
	if a.contribution > 0 {
		verdict = verdict.Set("rank", place.Above+1)
	}
	if !run.Explain {
		return verdict
	}
	return cfg.explain(run, verdict, a, place, positive)
}

// parts sets what does not depend on other customers.
func (cfg *config) parts(v sdk.Verdict, a account) sdk.Verdict {
	v = v.Set("contribution", sdk.Amount(a.contribution))
	if margin, ok := a.margin(); ok {
		v = v.Set("margin", margin).Set(lowMargin, cfg.low(a))
	}
	return v
}

func (cfg *config) explain(run sdk.Run, v sdk.Verdict, a account, place summary.Place, positive int64) sdk.Verdict {
	money := func(minor int64) string { return run.Money(sdk.Amount(minor)) }
	margin, sold := a.margin()
	switch {
	case !sold:
		v = v.Because("without_revenue", money(a.contribution), money(a.revenue))
	case a.contribution > 0:
		v = v.Because("ranked", money(a.contribution), margin, money(a.revenue), place.Above+1, positive)
	default:
		v = v.Because("unranked", money(a.contribution), margin, money(a.revenue))
	}
	if a.contribution > 0 && sold && place.Equal > 1 {
		v = v.Because("shared", place.Equal-1)
	}
	if a.serve != 0 {
		v = v.Because("served", money(a.contribution+a.serve), money(a.serve))
	}
	if cfg.low(a) && a.contribution > 0 {
		v = v.Because(lowMargin, margin, cfg.LowMargin)
	}
	if a.imputed {
		v = v.Because("imputed", math.Round(float64(a.known)/float64(a.sold())*1000)/10)
	}
	return v
}
