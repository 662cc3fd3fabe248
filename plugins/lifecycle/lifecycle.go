package lifecycle

import (
	"math"

	"github.com/taxonhq/taxon/plugins/internal/cadence"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, sdk.Row, state, cadence.Base]{
		Info: sdk.Info{ID: "lifecycle", Version: "1.0.0", License: "Apache-2.0",
			Summary: "Prospect, new, active, loyal, dormant, churned or reactivated, by the customer's own purchase interval"},
		Tags:      tags(),
		Reasons:   reasons,
		Reads:     patterns(),
		Presets:   presets(),
		Configure: configure,
		Add:       add,
		Merge: func(into *state, other state) {
			into.Repeaters.Gaps.Merge(other.Repeaters.Gaps)
			into.Buyers.Merge(other.Buyers)
		},
		Fit:      fit,
		Classify: classify,
	}
}

func tags() []sdk.Tag {
	return []sdk.Tag{
		sdk.Class("", options...).Labelled(sdk.Text{En: "Purchase lifecycle", ZhHans: "购买生命周期", ZhHant: "購買生命週期"}),
		sdk.Score("interval").Labelled(sdk.Text{En: "Purchase interval (days)", ZhHans: "购买间隔（天）", ZhHant: "購買間隔（天）"}).
			Described("The customer's own median days between purchases, else the base's."),
		sdk.Score("ratio").Labelled(sdk.Text{En: "Intervals since the last purchase", ZhHans: "距上次购买的间隔倍数", ZhHant: "距上次購買的間隔倍數"}).
			Described("Days since the last purchase in intervals: above 1 the customer is later than usual."),
		sdk.DateTag("expected").Labelled(sdk.Text{En: "Next purchase expected", ZhHans: "预计下次购买", ZhHant: "預計下次購買"}).
			Described("The last purchase plus one interval."),
	}
}

// state is the summary of a population.
type state struct {
	Repeaters cadence.Repeaters
	Buyers    summary.Counter // customers by purchases: "none", "one", "more"
}

func add(run sdk.Run, _ *config, _ cadence.Base, s *state, c sdk.Row) {
	var room [64]sdk.Day
	days, _, _ := cadence.Bought(run, c, bought, worth, room[:0])
	s.Repeaters.Add(days)
	s.Buyers.Add([]string{"none", "one", "more"}[min(len(days), 2)], 1)
}

func fit(_ sdk.Run, cfg *config, _ int, s state) (cadence.Base, sdk.Report, error) {
	base := s.Repeaters.Base()
	report := sdk.Report{Customers: base.Customers, Metrics: map[string]float64{
		"base_interval": base.Interval.Days(), "repeat_customers": float64(base.Customers),
		"one_time_customers": float64(s.Buyers.Count("one")), "prospects": float64(s.Buyers.Count("none"))}}
	if cfg.needsBase() && base.Customers < cfg.MinRepeaters {
		report.Diagnostics.Warnf("/min_repeaters", tooFew, "only %d customers have bought again, %d are needed for an interval of the base; "+
			"customers without one of their own are judged where days suffice", base.Customers, cfg.MinRepeaters)
	}
	return base, report, nil
}

// needsBase reports whether the interval of the base decides anything.
func (cfg *config) needsBase() bool {
	return cfg.BaseInterval == 0 && (cfg.active.InIntervals() || cfg.dormant.InIntervals())
}

// customer is what the tests are about.
type customer struct {
	days  []sdk.Day // of purchases, ascending
	since int64     // days since the last one
	g     cadence.Interval
	own   bool // g is the customer's own
	known bool // there is a g
}

// interval is the customer's own interval after some purchases, else the base's.
func (cfg *config) interval(base cadence.Base, days []sdk.Day) (g cadence.Interval, own, known bool) {
	if g, ok := cadence.Own(days); ok {
		return g, true, true
	}
	if cfg.BaseInterval > 0 {
		return max(cadence.Interval(4*cfg.BaseInterval), cadence.Floor), false, true
	}
	return base.Interval, false, base.Customers >= cfg.MinRepeaters && base.Interval > 0
}

func classify(run sdk.Run, cfg *config, base cadence.Base, c sdk.Row) sdk.Verdict {
	var room [64]sdk.Day
	days, undated, refunded := cadence.Bought(run, c, bought, worth, room[:0])
	if v, ok := cfg.cancellation(run, c, days); ok {
		return v
	}
	switch {
	case len(days) == 0 && undated > 0:
		return sdk.Unclassified(noDates, undated)
	case len(days) == 0 && refunded > 0:
		return sdk.Set("", "prospect").Because(refundsOnly, refunded)
	case len(days) == 0 && !c.Missing(known) && run.DaysSince(c.Time(known)) > 0:
		return sdk.Set("", "prospect").Because(prospectSince, sdk.DayOf(c.Time(known), run.Zone))
	case len(days) == 0:
		return sdk.Set("", "prospect").Because(prospect)
	}
	k := customer{days: days, since: cadence.Since(run, days[len(days)-1])}
	k.g, k.own, k.known = cfg.interval(base, days)
	verdict := cfg.stage(run, base, k, c)
	if !k.known {
		return verdict
	}
	return verdict.Set("interval", k.g.Days()).Set("ratio", cadence.Ratio(k.since, k.g)).
		Set("expected", days[len(days)-1]+sdk.Day((k.g+3)/4))
}

// cancellation is the first test: the customer itself has said that it leaves. A later purchase
// takes it back.
func (cfg *config) cancellation(run sdk.Run, c sdk.Row, days []sdk.Day) (sdk.Verdict, bool) {
	if cfg.cancelled < 0 || c.Missing(cfg.cancelled) {
		return sdk.Verdict{}, false
	}
	var day sdk.Day
	switch cfg.cancelledType {
	case sdk.Boolean:
		if !c.Bool(cfg.cancelled) {
			return sdk.Verdict{}, false
		}
		return sdk.Set("", "churned").Because(cancelled), true
	case sdk.Time:
		day = sdk.DayOf(c.Time(cfg.cancelled), run.Zone)
	default:
		day = c.Day(cfg.cancelled)
	}
	if day >= run.Day || len(days) > 0 && days[len(days)-1] > day {
		return sdk.Verdict{}, false
	}
	return sdk.Set("", "churned").Because(cancelledOn, day), true
}

// stage is the stage of a customer with at least one purchase.
func (cfg *config) stage(run sdk.Run, base cadence.Base, k customer, c sdk.Row) sdk.Verdict {
	if at, ok := cfg.cameBack(run, base, k); ok {
		return sdk.Set("", "reactivated").Because(reactivated, k.days[at], int64(k.days[at]-k.days[at-1]))
	}
	if len(k.days) == 1 && cfg.isNew(k) {
		return sdk.Set("", "new").Because(fresh, k.days[0], k.since)
	}
	if cfg.alive >= 0 && !c.Missing(cfg.alive) {
		return cfg.byProbability(run, k, c)
	}
	v := cfg.byInterval(run, base, k, c)
	if cfg.alive >= 0 {
		v = v.Because(noProbability, cfg.AliveTag)
	}
	return v
}

// byInterval is the stage of a customer who is neither new nor has come back.
func (cfg *config) byInterval(run sdk.Run, base cadence.Base, k customer, c sdk.Row) sdk.Verdict {
	if !k.known && (cfg.active.InIntervals() || cfg.dormant.InIntervals()) {
		return sdk.Unclassified(tooFew, base.Customers, cfg.MinRepeaters)
	}
	switch {
	case cfg.isChurned(k.since, k.g):
		return cfg.because(run, base, k, "churned", cfg.dormant, cfg.ChurnedAfterDays)
	case !cfg.active.Holds(k.since, k.g):
		v := cfg.because(run, base, k, "dormant", cfg.active, 0)
		if !cfg.dormant.Holds(k.since, k.g) {
			v = v.Because(notYetChurned, cfg.ChurnedAfterDays)
		}
		return v
	}
	if v, ok := cfg.isLoyal(k, cadence.Since(run, k.days[0]), c); ok {
		return v
	}
	return cfg.because(run, base, k, "active", cfg.active, 0)
}

// isChurned reports whether so many days without a purchase are the end.
func (cfg *config) isChurned(days int64, g cadence.Interval) bool {
	return days > cfg.ChurnedAfterDays && !cfg.dormant.Holds(days, g)
}

// isNew is for a customer with one purchase. One that is churned already is not new, however long
// new_within is.
func (cfg *config) isNew(k customer) bool {
	if cfg.fresh.InIntervals() && !k.known || !cfg.fresh.Holds(k.since, k.g) {
		return false
	}
	return cfg.dormant.InIntervals() && !k.known || !cfg.isChurned(k.since, k.g)
}

// cameBack finds the purchase that ended the latest gap after which the customer had been churned,
// when that purchase is recent enough.
func (cfg *config) cameBack(run sdk.Run, base cadence.Base, k customer) (at int, ok bool) {
	if cfg.back.InIntervals() && !k.known {
		return 0, false
	}
	for i := len(k.days) - 1; i > 0 && cfg.back.Holds(cadence.Since(run, k.days[i]), k.g); i-- {
		gap := int64(k.days[i] - k.days[i-1])
		if gap <= cfg.ChurnedAfterDays {
			continue
		}
		g, _, known := cfg.interval(base, k.days[:i])
		if (known || !cfg.dormant.InIntervals()) && cfg.isChurned(gap, g) {
			return i, true
		}
	}
	return 0, false
}

// isLoyal is for an active customer.
func (cfg *config) isLoyal(k customer, tenure int64, c sdk.Row) (sdk.Verdict, bool) {
	switch {
	case int64(len(k.days)-1) >= cfg.LoyalRepeats && tenure >= cfg.LoyalDays:
		return sdk.Set("", "loyal").Because(loyal, tenure, len(k.days), k.since), true
	case cfg.loyal >= 0 && loyalCode.MatchString(c.Text(cfg.loyal)):
		return sdk.Set("", "loyal").Because(loyalByTag, cfg.LoyalTag, k.since), true
	}
	return sdk.Verdict{}, false
}

func (cfg *config) byProbability(run sdk.Run, k customer, c sdk.Row) sdk.Verdict {
	p := c.Float(cfg.alive)
	shown := math.Round(p*1000) / 1000
	switch {
	case p < cfg.Churned:
		return sdk.Set("", "churned").Because(probability, shown, k.since)
	case p < cfg.Active:
		return sdk.Set("", "dormant").Because(probability, shown, k.since)
	}
	if v, ok := cfg.isLoyal(k, cadence.Since(run, k.days[0]), c); ok {
		return v.Because(probability, shown, k.since)
	}
	return sdk.Set("", "active").Because(probability, shown, k.since)
}

// because says why a customer is active, dormant or churned: by its interval, or by the days of a
// limit that is in days.
func (cfg *config) because(run sdk.Run, base cadence.Base, k customer, code string, limit cadence.Length, least int64) sdk.Verdict {
	v := sdk.Set("", code)
	if !run.Explain {
		return v
	}
	if !limit.InIntervals() {
		return v.Because(code+"_days", k.since, max(limit.InDays(), least))
	}
	v = v.Because(code, k.since, k.g.Days(), cadence.Ratio(k.since, k.g))
	switch {
	case k.own:
		return v
	case cfg.BaseInterval > 0:
		return v.Because(givenInterval, k.g.Days())
	}
	return v.Because(baseInterval, k.g.Days(), base.Customers)
}
