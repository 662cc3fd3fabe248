package loyalty

import (
	"strconv"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/cadence"
	"github.com/taxonhq/taxon/sdk"
)

// presence is in how many of a customer's complete periods it bought.
type presence struct{ in, of int64 }

// atLeast reports whether the share is at least so many thousandths; a customer without a complete
// period has none.
func (p presence) atLeast(milli int64) bool { return p.of > 0 && 1000*p.in >= milli*p.of }

// months are those of a period.
var months = map[string]int{"month": 1, "quarter": 3, "year": 12}

// period numbers the calendar periods.
func (cfg *config) period(d sdk.Day) int64 {
	y, m, _ := time.Unix(int64(d)*86400, 0).UTC().Date()
	return int64((12*y + int(m) - 1) / months[cfg.Period])
}

// presentIn counts the complete periods from the first purchase on, and those with a purchase.
func (cfg *config) presentIn(run sdk.Run, days []sdk.Day) presence {
	current := cfg.period(run.Day)
	first := max(cfg.period(days[0]), current-cfg.MaxPeriods)
	p := presence{of: max(current-first, 0)}
	cfg.each(days, func(period int64) {
		if period >= first && period < current {
			p.in++
		}
	})
	return p
}

// each calls f with each period with a purchase, ascending.
func (cfg *config) each(days []sdk.Day, f func(period int64)) {
	last := int64(-1 << 62)
	for _, d := range days {
		if at := cfg.period(d); at != last {
			f(at)
			last = at
		}
	}
}

// The keys of counts: customers of the period so many back, and those of them who bought in the
// next one too.
func here(back int64) string   { return "here" + strconv.FormatInt(back, 10) }
func stayed(back int64) string { return "stayed" + strconv.FormatInt(back, 10) }

func add(run sdk.Run, cfg *config, _ cadence.Base, s *state, c sdk.Row) {
	var room [64]sdk.Day
	days, _, _ := cadence.Bought(run, c, bought, worth, room[:0])
	s.Repeaters.Add(days)
	s.Counts.Add([]string{"none", "one", "more"}[min(len(days), 2)], 1)
	current, before := cfg.period(run.Day), int64(-1<<62)
	cfg.each(days, func(period int64) {
		if period == before+1 && period < current && current-before <= cfg.MaxPeriods {
			s.Counts.Add(stayed(current-before), 1)
		}
		if back := current - period; back >= 2 && back <= cfg.MaxPeriods { // the next one is complete
			s.Counts.Add(here(back), 1)
		}
		before = period
	})
}

func fit(_ sdk.Run, cfg *config, _ int, s state) (cadence.Base, sdk.Report, error) {
	base := s.Repeaters.Base()
	one, more := s.Counts.Count("one"), s.Counts.Count("more")
	report := sdk.Report{Customers: one + more, Metrics: map[string]float64{
		"base_interval": base.Interval.Days(), "customers": float64(one + more), "repeat_customers": float64(more), "prospects": float64(s.Counts.Count("none"))}}
	if one+more > 0 {
		report.Metrics["repeat_purchase_rate"] = float64(more) / float64(one+more)
	}
	var all, kept int64
	for back := int64(2); back <= cfg.MaxPeriods; back++ {
		all, kept = all+s.Counts.Count(here(back)), kept+s.Counts.Count(stayed(back))
	}
	if n := s.Counts.Count(here(2)); n > 0 {
		report.Metrics["retention_rate_latest"] = float64(s.Counts.Count(stayed(2))) / float64(n)
	}
	if all > 0 {
		report.Metrics["retention_rate"] = float64(kept) / float64(all)
	}
	intervalDecides := (cfg.Scheme == byBehaviour || cfg.Scheme == byTenure) && cfg.gap.InIntervals() && cfg.BaseInterval == 0
	if intervalDecides && base.Customers < cfg.MinRepeaters {
		report.Diagnostics.Warnf("/min_repeaters", tooFew, "only %d customers have bought again, %d are needed for the usual interval; "+
			"customers with one purchase and no open deal are unclassified", base.Customers, cfg.MinRepeaters)
	}
	return base, report, nil
}
