// Package abc is the first-party classifier "abc": which customers matter most (Pareto analysis).
//
// Definition. Customers with a value above zero are ranked by it. A customer's class follows from what the
// strictly larger ones hold, in whole numbers: by share, it is A while 100 * (their sum) < 80 * total, B while
// it is < 95 * total, else C. So the customer that crosses a cut is still in the better class, a lone customer
// is A, one who starts at exactly 80 % is B, and equal values have equal classes. Other ways to set classes:
// by absolute value, by share of customers, by count. No value above zero is class N, known and not ranked.
// Below a minimum of customers or months everybody ranked is unclassified.
//
// Source: V. Pareto; J. Heizer, B. Render, Operations Management, chapter 12. The rival rule, by which the
// cumulative share including the customer must stay within the cut, makes a lone customer C and splits ties;
// it is not offered.
//
// Beside the class, steadiness (XYZ) may be judged: see xyz.go.
//
// Invariant: the classes of a population depend on nothing but its values: not on order, parts or rounding.
package abc

import (
	"math"
	"slices"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// classTags are the class and what goes with it.
var classTags = []sdk.Tag{
	sdk.Class("", options...).Labelled(sdk.Text{En: "ABC class", ZhHans: "ABC分类", ZhHant: "ABC分類"}),
	sdk.Score("share").Labelled(sdk.Text{En: "ABC share (%)", ZhHans: "ABC占比(%)", ZhHant: "ABC占比(%)"}).
		Described("The customer's own share of the total in percent."),
	sdk.IntegerTag("rank").Labelled(sdk.Text{En: "ABC rank", ZhHans: "ABC排名", ZhHant: "ABC排名"}).
		Described("Place among the ranked customers, 1 is the largest; equal values share a place."),
}

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, sdk.Row, state, *model]{
		Info:    sdk.Info{ID: "abc", Version: "1.0.0", Summary: "Key, main and ordinary customers by what they bring (ABC, Pareto)", License: "Apache-2.0"},
		Tags:    slices.Concat(classTags, xyzTags),
		Reasons: slices.Concat(reasons, xyzReasons),
		Reads: []sdk.Read{
			{Path: "sum(deals.amount) where won within {/window}", Type: sdk.Money, Purpose: "Ranks customers by revenue."},
			{Path: "count(deals) where won within {/window}", Type: sdk.Integer, Purpose: "Ranks customers by number of won deals."},
			{Path: "first(deals.closed_at) where won within {/window}", Type: sdk.Time, Purpose: "Tells how far back the data reach."},
			{Path: "*", Purpose: "Ranks customers by another measure, when the configuration names one."},
		},
		Presets: []sdk.Preset[*config]{
			preset("80_15_5", "80 / 15 / 5 % of the value", byShare, 80, 95),
			preset("70_20_10", "70 / 20 / 10 % of the value", byShare, 70, 90),
			preset("75_20_5", "75 / 20 / 5 % of the value", byShare, 75, 95),
			preset("50_30_20", "50 / 30 / 20 % of the value", byShare, 50, 80),
			preset("customers_20_30_50", "20 / 30 / 50 % of the customers", byCustomers, 20, 50),
		},
		Configure: configure,
		Add:       add,
		Merge: func(into *state, other state) {
			into.Values.Merge(other.Values)
			into.Days.Merge(other.Days)
			into.Unranked.Merge(other.Unranked)
		},
		Fit:      fit,
		Classify: classify,
	}
}

func preset(name, label, by string, cuts ...float64) sdk.Preset[*config] {
	return sdk.Preset[*config]{Name: name, Label: sdk.Text{En: label}, Config: &config{By: by, Cuts: cuts}}
}

// state is the summary of a population.
type state struct {
	Values   summary.Multiset // of the ranked customers
	Days     summary.Moments  // first day of each customer, where the measure has dates
	Unranked summary.Counter  // why customers are not ranked: "none", "zero", "negative"
}

func add(_ sdk.Run, cfg *config, _ *model, s *state, c sdk.Row) {
	v, ok := cfg.value(c)
	switch {
	case !ok:
		s.Unranked.Add("none", 1)
	case v > 0:
		s.Values.Add(v)
	case v == 0:
		s.Unranked.Add("zero", 1)
	default:
		s.Unranked.Add("negative", 1)
	}
	if cfg.dated && !c.Missing(1) {
		s.Days.Add(int64(sdk.DayOf(c.Time(1), cfg.zone)))
	}
}

func classify(run sdk.Run, cfg *config, m *model, c sdk.Row) sdk.Verdict {
	verdict, equal := rank(run, cfg, m, c)
	if cfg.Xyz != nil {
		verdict = cfg.Xyz.judge(run, cfg, c, verdict)
	}
	if run.Explain && equal > 1 {
		verdict = verdict.Because(shared, equal-1)
	}
	return verdict
}

// rank gives the class, and how many customers have the value, which is 0 for who is not ranked.
func rank(run sdk.Run, cfg *config, m *model, c sdk.Row) (verdict sdk.Verdict, equal int64) {
	v, ok := cfg.value(c)
	if ok && v == math.MaxInt64 {
		return sdk.Failed("out_of_range", "the value is too large to be ranked"), 0
	}
	if !ok || v <= 0 {
		verdict = sdk.Set("", "N")
		switch {
		case !run.Explain:
		case cfg.Window == "all":
			verdict = verdict.Because(noValueEver, cfg.text(run, v))
		default:
			verdict = verdict.Because(noValue, cfg.text(run, v), cfg.Window)
		}
		return verdict, 0
	}
	ranked := m.Ranks.Count()
	if ranked < cfg.MinCustomers {
		return sdk.Unclassified(tooFew, ranked, cfg.MinCustomers), 0
	}
	if first, short := m.short(run, cfg); short {
		return sdk.Unclassified(tooShort, first, cfg.MinMonths), 0
	}
	place := m.Ranks.At(v)
	total := m.Ranks.Total().Float()
	own, rank := percent(float64(v), total), place.Above+1
	verdict = sdk.Set("", m.class(v)).Set("share", own).Set("rank", rank)
	if !run.Explain {
		return verdict, place.Equal
	}
	switch cfg.By {
	case byShare:
		return verdict.Because(inShare, rank, ranked, cfg.text(run, v), percent(place.SumAbove.Float(), total), own), place.Equal
	case byCustomers:
		return verdict.Because(inCustomers, rank, ranked, cfg.text(run, v), percent(float64(place.Above), float64(ranked))), place.Equal
	case byCount:
		return verdict.Because(inCount, rank, ranked, cfg.text(run, v)), place.Equal
	}
	return verdict.Because(inValue, cfg.text(run, v), rank, ranked), place.Equal
}

// percent is 100 * part / whole with two decimals, for people: classes never depend on it.
func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(float64(part/whole)*10000) / 100
}
