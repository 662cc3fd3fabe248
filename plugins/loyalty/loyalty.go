package loyalty

import (
	"math"

	"github.com/taxonhq/taxon/plugins/internal/cadence"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, sdk.Row, state, cadence.Base]{
		Info: sdk.Info{ID: "loyalty", Version: "1.0.0", License: "Apache-2.0",
			Summary: "Who keeps coming back: loyal, drifting, potential or occasional; high, mid, low; long-term; behaviour against attitude"},
		Tags:      tags(allOptions()),
		Reasons:   reasons,
		Reads:     patterns(),
		Presets:   presets(),
		Configure: configure,
		Add:       add,
		Merge: func(into *state, other state) {
			into.Repeaters.Merge(other.Repeaters)
			into.Counts.Merge(other.Counts)
		},
		Fit:      fit,
		Classify: classify,
	}
}

func tags(options []sdk.Option) []sdk.Tag {
	return []sdk.Tag{
		sdk.Class("", options...).Labelled(sdk.Text{En: "Loyalty", ZhHans: "忠诚度", ZhHant: "忠誠度"}),
		sdk.Score("presence").Labelled(sdk.Text{En: "Presence (%)", ZhHans: "购买期占比(%)", ZhHant: "購買期占比(%)"}).
			Described("Share of the customer's complete periods with a purchase, in percent."),
		sdk.IntegerTag("purchases").Labelled(sdk.Text{En: "Purchases", ZhHans: "购买次数", ZhHant: "購買次數"}).
			Described("Days with a purchase."),
		sdk.IntegerTag("tenure").Labelled(sdk.Text{En: "Customer for days", ZhHans: "合作天数", ZhHant: "合作天數"}).
			Described("Days since the first purchase."),
		sdk.BooleanTag("long_term").Labelled(sdk.Text{En: "Long-term customer", ZhHans: "长期客户", ZhHant: "長期客戶"}).
			Described("Loyal, and a customer for long_term_days or longer."),
	}
}

// customer is what the schemes are about.
type customer struct {
	days     []sdk.Day // of purchases, ascending
	refunded int       // deals on days that are none
	open     int64
	present  presence
	loyal    bool
	lapsed   bool    // it would be loyal, had it bought lately
	limit    float64 // days after which it has lapsed
	tenure   int64   // days since the first purchase
	since    int64   // days since the last one
}

func classify(run sdk.Run, cfg *config, base cadence.Base, c sdk.Row) sdk.Verdict {
	var room [64]sdk.Day
	days, undated, refunded := cadence.Bought(run, c, bought, worth, room[:0])
	if len(days) == 0 && undated > 0 {
		return sdk.Unclassified(noDates, undated)
	}
	k := customer{days: days, refunded: refunded, open: c.Int(open)}
	if len(days) > 0 {
		k.present = cfg.presentIn(run, days)
		k.tenure, k.since = cadence.Since(run, days[0]), cadence.Since(run, days[len(days)-1])
		k.loyal = int64(len(days)) >= cfg.Purchases && k.present.atLeast(cfg.presence)
		k.lapsed = k.loyal && cfg.hasLapsed(&k)
		k.loyal = k.loyal && !k.lapsed
	}
	v := cfg.verdict(run, base, k, c).Set("purchases", len(days))
	if len(days) == 0 {
		return v
	}
	if k.present.of > 0 {
		v = v.Set("presence", math.Round(1000*float64(k.present.in)/float64(k.present.of))/10)
	}
	return v.Set("tenure", k.tenure).Set("long_term", k.loyal && k.tenure >= cfg.LongTerm)
}

// hasLapsed reports whether the last purchase is too long ago for a loyal customer, in intervals of
// its own, where that is asked for. Without an interval of its own a customer has not lapsed.
func (cfg *config) hasLapsed(k *customer) bool {
	if cfg.Lapsed == "" {
		return false
	}
	g, ok := cadence.Own(k.days)
	k.limit = cfg.lapsed.Of(g)
	return (ok || !cfg.lapsed.InIntervals()) && !cfg.lapsed.Holds(k.since, g)
}

func (cfg *config) verdict(run sdk.Run, base cadence.Base, k customer, c sdk.Row) sdk.Verdict {
	switch cfg.Scheme {
	case byLevels:
		return cfg.level(run, k)
	case byAttitude:
		return cfg.twoDimensions(run, k, c)
	}
	switch n := len(k.days); {
	case n <= 1:
		return cfg.beginner(run, base, k)
	case cfg.Scheme == byTenure && k.loyal && k.tenure >= cfg.LongTerm:
		return cfg.because("long_term", k).Because(tenure, k.tenure)
	case cfg.Scheme == byTenure:
		return cfg.because("regular", k).Because(tenure, k.tenure)
	case k.present.of == 0:
		return sdk.Unclassified(tooNew, k.days[0])
	case k.loyal:
		return cfg.because("loyal", k)
	}
	return cfg.because("drifting", k)
}

// nothing is for who has bought nothing: because of the reason, unless there were refunds.
func (k *customer) nothing(code string) sdk.Verdict {
	if k.refunded > 0 {
		return sdk.Set("", "none").Because(refundsOnly, k.refunded)
	}
	return sdk.Set("", "none").Because(code)
}

// beginner is for customers with no purchase or one.
func (cfg *config) beginner(run sdk.Run, base cadence.Base, k customer) sdk.Verdict {
	if k.open > 0 {
		return sdk.Set("", "potential").Because(openDeals, len(k.days), k.open)
	}
	if len(k.days) == 0 {
		return k.nothing(noPurchase)
	}
	g, known := base.Interval, base.Interval > 0 && base.Customers >= cfg.MinRepeaters
	if cfg.BaseInterval > 0 {
		g, known = max(cadence.Interval(4*cfg.BaseInterval), cadence.Floor), true
	}
	if cfg.gap.InIntervals() && !known {
		return sdk.Unclassified(tooFew, base.Customers, cfg.MinRepeaters)
	}
	since := cadence.Since(run, k.days[0])
	if cfg.gap.Holds(since, g) {
		return sdk.Set("", "potential").Because(onceLately, since, cfg.gap.Of(g))
	}
	return sdk.Set("", "occasional").Because(onceLongAgo, since, cfg.gap.Of(g))
}

func (cfg *config) level(run sdk.Run, k customer) sdk.Verdict {
	switch {
	case len(k.days) == 0:
		return k.nothing(noWonDeal)
	case k.present.of == 0:
		return sdk.Unclassified(tooNew, k.days[0])
	case k.loyal:
		return cfg.because("high", k)
	case len(k.days) >= 2 && k.present.atLeast(cfg.midPresence):
		return cfg.because("mid", k)
	}
	return cfg.because("low", k)
}

// goodAttitude are the classes of satisfaction classifiers that are one.
var goodAttitude = map[string]bool{"promoter": true, "satisfied": true, "low_effort": true}

// twoDimensions is repeat patronage against attitude.
func (cfg *config) twoDimensions(run sdk.Run, k customer, c sdk.Row) sdk.Verdict {
	said := ""
	if cfg.AttitudeTag != "" {
		said = c.Text(attitude)
	}
	switch {
	case len(k.days) == 0:
		return k.nothing(noWonDeal)
	case k.present.of == 0:
		return sdk.Unclassified(tooNew, k.days[0])
	case c.Missing(attitude) || said == "unclassified":
		return sdk.Unclassified(noAttitude)
	}
	good := goodAttitude[said]
	if cfg.AttitudeTag == "" {
		good = c.Float(attitude) >= cfg.AttitudeFrom
	}
	code := map[[2]bool]string{{true, true}: "true_loyalty", {false, true}: "latent_loyalty", {true, false}: "spurious_loyalty", {false, false}: "no_loyalty"}[[2]bool{k.loyal, good}]
	v := cfg.because(code, k)
	if cfg.AttitudeTag == "" {
		return v.Because(attitudeScore, math.Round(c.Float(attitude)*100)/100, cfg.AttitudeFrom)
	}
	words := attitudeWords(said)
	return v.Because(attitudeClass, cfg.AttitudeTag, words.En, words.ZhHans, words.ZhHant)
}

// because says how often and in how many periods the customer bought.
func (cfg *config) because(code string, k customer) sdk.Verdict {
	v := sdk.Set("", code).Because("presence_"+cfg.Period, len(k.days), k.present.in, k.present.of)
	if k.lapsed {
		return v.Because(hasLapsed, k.since, math.Round(100*k.limit)/100)
	}
	return v
}

// state is the summary of a population.
type state struct {
	Repeaters cadence.Repeaters
	Counts    summary.Counter // customers: "none", "one", "more"; of each period back in time, and those who stayed for the next
}
