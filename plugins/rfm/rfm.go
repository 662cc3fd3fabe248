// Package rfm is the first-party classifier "rfm": recency, frequency and monetary value.
//
// Definition. Of each customer with a purchase in the window (a won deal that is no refund, whose amount is below zero),
// R is the days since the last won deal (fewer is better), F the number of purchases (or of days with a won deal) and M
// the value of all. Each becomes a score from 1 to the
// number of bins, the highest being best, and the three scores a named segment by an ordered map whose first
// match wins. A customer without a purchase is "none", never 111; one with M <= 0 has the M score 1 and is told so.
//
// Rules for scores, with n customers of whom `below` are worse and `equal` are the same (itself included), and
// k bins: mid_rank k*(2*below+equal)/(2n)+1 (default: symmetric, all equal gives the middle), max_rank
// ceil(k*(below+equal)/n), min_rank k*below/n+1, package: the type-7 quantile plus one unit of the R package rfm
// 0.3.0, for parity, fixed: cut-offs that do not move with the base, mean and median: better than or equal to
// the base's, or not. All are whole-number arithmetic and give equal customers equal scores; equal-count tiles
// (NTILE) do not and are not offered.
//
// Sources: A. M. Hughes, Strategic Database Marketing; Blattberg, Kim, Neslin, Database Marketing (2008),
// chapter 12; the R package rfm. The segment maps: see maps.go.
//
// Invariant: a score depends on nothing but the values of the population, not on their order.
package rfm

import (
	"time"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, customer, state, *model]{
		Info:      sdk.Info{ID: "rfm", Version: "1.0.0", Summary: "Segments by recency, frequency and value of purchases (RFM)", License: "Apache-2.0"},
		Tags:      tags(allOptions()),
		Reasons:   reasons,
		Presets:   presets(),
		Configure: configure,
		Add:       add,
		Merge: func(into *state, other state) {
			into.R.Merge(other.R)
			into.F.Merge(other.F)
			into.M.Merge(other.M)
			into.None.Merge(other.None)
		},
		Fit:      fit,
		Classify: classify,
	}
}

// tags are the segment with these options, the scores and the cell.
func tags(options []sdk.Option) []sdk.Tag {
	score := func(key, name, doc string) sdk.Tag {
		return sdk.IntegerTag(key).Labelled(sdk.Text{En: name, ZhHans: name, ZhHant: name}).Described(doc)
	}
	return []sdk.Tag{
		sdk.Class("", append(options, none)...).Labelled(sdk.Text{En: "RFM segment", ZhHans: "RFM分群", ZhHant: "RFM分群"}).Opened(),
		score("r", "RFM R", "Recency score, the highest is best: bought most recently."),
		score("f", "RFM F", "Frequency score, the highest is best: bought most often."),
		score("m", "RFM M", "Monetary score, the highest is best: bought for most."),
		sdk.TextTag("cell").Labelled(sdk.Text{En: "RFM cell", ZhHans: "RFM组合", ZhHant: "RFM組合"}).
			Described("The three scores side by side: 555 is best of five bins."),
	}
}

// customer is what is read.
type customer struct {
	Last    sdk.Optional[time.Time] `crm:"last(deals.closed_at) where won within {/window}" purpose:"Days since the last purchase (R)."`
	Count   int64                   `crm:"count(deals) where won within {/window}" purpose:"Number of purchases (F)."`
	Days    int64                   `crm:"distinct(deals.closed_at) where won within {/window}" purpose:"Days with a purchase (F, when the configuration counts days)."`
	Amount  sdk.Amount              `crm:"sum(deals.amount) where won within {/window}" purpose:"Value of the purchases (M)." required:"true"`
	Refunds int64                   `crm:"count(deals) where won and amount < 0 within {/window}" purpose:"Tells purchases from refunds, whose amounts are below zero."`
}

// state is the summary of a population: of those who bought. R is the negative of the days, so that more is
// better in all three.
type state struct {
	R, F, M summary.Multiset
	None    summary.Counter // customers without a purchase
}

func add(run sdk.Run, cfg *config, _ *model, s *state, c customer) {
	v, ok := cfg.values(run, c)
	if !ok {
		s.None.Add("none", 1)
		return
	}
	s.R.Add(v[0])
	s.F.Add(v[1])
	s.M.Add(v[2])
}

// values are R (negative days), F and M of a customer; ok is false when it has not bought.
func (cfg *config) values(run sdk.Run, c customer) (v [3]int64, ok bool) {
	bought := c.Count - c.Refunds
	if !c.Last.OK || bought <= 0 {
		return v, false
	}
	v = [3]int64{-run.DaysSince(c.Last.Value), bought, int64(c.Amount)}
	if cfg.Frequency == byDays {
		v[1] = c.Days
	}
	if cfg.Monetary == byMean {
		v[2] /= bought
	}
	return v, true
}

func classify(run sdk.Run, cfg *config, m *model, c customer) sdk.Verdict {
	v, ok := cfg.values(run, c)
	switch {
	case ok:
	case c.Refunds > 0:
		return sdk.Set("", none.Code).Because(refundsOnly, c.Refunds)
	case cfg.Window == "all":
		return sdk.Set("", none.Code).Because(neverBought)
	default:
		return sdk.Set("", none.Code).Because(noPurchase, cfg.Window)
	}
	if m.N < *cfg.MinCustomers {
		return sdk.Unclassified(tooFew, m.N, *cfg.MinCustomers)
	}
	s := m.scores(v)
	cell := cfg.grid.name(s)
	verdict := sdk.Set("", cfg.grid.segment(s)).Set("r", s[0]).Set("f", s[1]).Set("m", s[2]).Set("cell", cell)
	if !run.Explain {
		return verdict
	}
	amount := run.Money(sdk.Amount(v[2]))
	if percent, others := m.oftener(v[1]); percent > 0 {
		verdict = verdict.Because(scored, -v[0], s[0], v[1], s[1], percent, amount, s[2])
	} else {
		verdict = verdict.Because(scoredLeast, -v[0], s[0], v[1], others, s[1], amount, s[2])
	}
	if v[2] <= 0 {
		verdict = verdict.Because(noValue, amount)
	}
	if cfg.grid.inGap(s) {
		verdict = verdict.Because(noSegment, cell)
	}
	return verdict
}
