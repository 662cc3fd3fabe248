// Package clv is the first-party classifier "clv": what a customer has brought, and what it is expected to bring.
//
// Definition. A purchase is a day with won deals: deals of one day of the account's zone are one purchase. Of each customer x is the
// number of repeat purchases (purchase days less 1), t_x the time from the first purchase to the last, T that to the last whole day
// before the as-of day, m the mean value of the repeat purchases. A model of purchases is fitted to all (x, t_x, T) by maximum
// likelihood, one of values to all (x, m), and
//
//	value = E[M] * margin * sum over months k = 1..n of E[purchases in month k] / (1 + discount)^k
//
// where a month is 365/12 days. Customers are ranked by that value as in ABC: a tier is what the customers with strictly more hold
// of the total, up to 50, 80 and 95 per cent: platinum, gold, iron, lead. Equal values have equal tiers. No purchase is the class
// "none", known; an expected value of nothing is lead.
//
// Models: Pareto/NBD, MBG/NBD, BG/NBD (package btyd), or "historic": the customer's own purchases a year, over at least a year, go on
// as before. In BG/NBD nobody leaves before a second purchase, so that it says nothing of whether a one-time buyer has. When the likelihood has no inner optimum (as in data without visible leaving) the parameters are worth nothing: they are
// refused, and NBD, in which nobody leaves, takes their place, or else the historic rule. The reason says so. Values that fit no
// Gamma-Gamma model are the customer's own mean.
//
// Sources: Fader, Hardie and Lee (Marketing Science 2005); Schmittlein, Morrison and Colombo (Management Science 1987); Batislam,
// Denizel and Filiztekin (IJRM 2007); Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013); tiers: Zeithaml, Rust and Lemon
// (California Management Review 2001).
//
// It leaves to others: which deals are won and at which rate they are converted (the host), the mathematics (plugins/internal/btyd).
//
// Invariant: times are days on the wire and in summaries, weeks in the models, and months are converted in one place, monthWeeks.
// Parameters and tiers depend on the counts of equal histories, not on the order of customers.
package clv

import (
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, sdk.Row, state, *model]{
		Info: sdk.Info{ID: "clv", Version: "1.0.0", Summary: "What customers have brought and will bring (customer lifetime value)", License: "Apache-2.0"},
		Tags: []sdk.Tag{
			sdk.Class("", options...).Labelled(sdk.Text{En: "Value tier (CLV)", ZhHans: "客户终身价值等级", ZhHant: "客戶終身價值等級"}),
			sdk.AmountTag("value").Labelled(sdk.Text{En: "Expected value", ZhHans: "预期价值", ZhHant: "預期價值"}).
				Described("What the customer is expected to bring within the months of the configuration, discounted."),
			sdk.AmountTag("past_value").Labelled(sdk.Text{En: "Value so far", ZhHans: "历史价值", ZhHant: "歷史價值"}).
				Described("What the customer has brought within the window: the value of its purchases times the margin."),
			sdk.Score("expected_purchases").Labelled(sdk.Text{En: "Expected purchases", ZhHans: "预期购买次数", ZhHant: "預期購買次數"}).
				Described("Days with a purchase that are expected within the months of the configuration."),
			sdk.Score("probability_alive").Labelled(sdk.Text{En: "Probability active", ZhHans: "活跃概率", ZhHant: "活躍機率"}).
				Described("Probability, 0 to 1, that the customer will buy again at all. Empty when the model does not know: NBD, historic, and BG/NBD of who bought once."),
		},
		Reasons: reasons,
		Reads:   reads("{/window}"),
		Presets: []sdk.Preset[*config]{
			preset(paretoNBD, "Pareto/NBD: may leave at any time", "Pareto/NBD：随时可能流失", "Pareto/NBD：隨時可能流失"),
			preset(mbgNBD, "MBG/NBD: may leave after any purchase", "MBG/NBD：每次购买后均可能流失", "MBG/NBD：每次購買後均可能流失"),
			preset(bgNBD, "BG/NBD: may leave after a repeat purchase", "BG/NBD：复购后可能流失", "BG/NBD：復購後可能流失"),
			preset(historic, "Historic: the pace so far goes on", "历史法：按以往节奏延续", "歷史法：按以往節奏延續"),
		},
		Passes:    2, // the parameters, then the values that they give
		Configure: configure,
		Add:       add,
		Merge: func(into *state, other state) {
			into.Histories.Merge(other.Histories)
			into.Spends.Merge(other.Spends)
			into.Values.Merge(other.Values)
			into.Counts.Merge(other.Counts)
			if len(into.Facts) == 0 {
				into.Facts = other.Facts
			}
		},
		Fit:      fit,
		Classify: classify,
	}
}

func preset(model, en, zhHans, zhHant string) sdk.Preset[*config] {
	return sdk.Preset[*config]{Name: model, Label: sdk.Text{En: en, ZhHans: zhHans, ZhHant: zhHant}, Config: &config{Model: model}}
}

// reads are two lists, since days of purchase must be told apart before they are counted: columns closed and amounts of a row, which
// needs no memory for them.
func reads(window string) []sdk.Read {
	clauses := " where won within " + window
	return []sdk.Read{
		{Path: "deals.closed_at" + clauses, Type: sdk.Time, List: true, Purpose: "Days with a purchase: how many, the first, the last."},
		{Path: "deals.amount" + clauses, Type: sdk.Money, List: true, Required: true, Purpose: "Value of the purchases."},
	}
}

// The columns of a row.
const closed, amounts = 0, 1

// state is the summary of a population: of the first pass counts of equal histories and of equal spending, of the second one the
// expected values, with the model that gave them.
type state struct {
	Histories summary.Multiset
	Spends    summary.Multiset // of customers who bought again for more than nothing
	Values    summary.Multiset // above zero
	Counts    summary.Counter  // customers without a purchase ("none"), with an expected value of nothing ("zero")
	Facts     carried
}

// carried is the first pass's result on its way through the second, in which every part has the same.
type carried []byte

// MarshalBinary is the bytes themselves.
func (c *carried) MarshalBinary() ([]byte, error) { return *c, nil }

// UnmarshalBinary takes bytes that are nothing, or facts.
func (c *carried) UnmarshalBinary(data []byte) error {
	if len(data) > 0 {
		var f facts
		if err := f.UnmarshalBinary(data); err != nil {
			return err
		}
	}
	*c = append(carried(nil), data...)
	return nil
}

func add(run sdk.Run, cfg *config, m *model, s *state, c sdk.Row) {
	h, ok := historyOf(run, c)
	if m == nil {
		if !ok {
			s.Counts.Add("none", 1)
			return
		}
		s.Histories.Add(h.pack())
		if spend, ok := h.packSpend(); ok {
			s.Spends.Add(spend)
		}
		return
	}
	if len(s.Facts) == 0 {
		s.Facts = m.Facts.raw
	}
	if !ok {
		s.Counts.Add("none", 1)
		return
	}
	if v := m.predict(cfg, h).value; v > 0 {
		s.Values.Add(v)
	} else {
		s.Counts.Add("zero", 1)
	}
}

func classify(run sdk.Run, cfg *config, m *model, c sdk.Row) sdk.Verdict {
	h, ok := historyOf(run, c)
	switch {
	case ok:
	case h.refunded > 0:
		return sdk.Set("", none.Code).Because(refundsOnly, h.refunded)
	case h.undated > 0:
		return sdk.Set("", none.Code).Because(noDates, h.undated)
	case cfg.Window == "all":
		return sdk.Set("", none.Code).Because(neverBought)
	default:
		return sdk.Set("", none.Code).Because(noPurchase, cfg.Window)
	}
	past := cfg.earned(float64(h.first) + float64(h.repeat))
	if f := &m.Facts; f.Lacking != "" {
		return sdk.Unclassified(f.Lacking, f.Has, f.Needs).Set("past_value", past)
	}
	p := m.predict(cfg, h)
	if p.value >= tooLarge {
		return sdk.Failed("out_of_range", "the expected value is too large to be ranked")
	}
	place := m.Ranks.At(p.value)
	verdict := sdk.Set("", m.tier(cfg, p.value, place)).Set("value", sdk.Amount(p.value)).Set("past_value", past).
		Set("expected_purchases", rounded(p.purchases))
	if m.Facts.leaving(h) {
		verdict = verdict.Set("probability_alive", rounded(p.alive))
	}
	if !run.Explain {
		return verdict
	}
	return m.explain(run, cfg, verdict, h, p, place)
}
