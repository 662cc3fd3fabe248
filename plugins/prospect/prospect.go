package prospect

import (
	"math"

	"github.com/taxonhq/taxon/plugins/internal/scoring"
	"github.com/taxonhq/taxon/sdk"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Pointwise[*config, sdk.Row]{
		Info: sdk.Info{ID: "prospect", Version: "1.0.0", License: "Apache-2.0",
			Summary: "Interested, considering, not now, not interested, or quoted and silent; a lead score, and the potential"},
		Tags:    tags(),
		Reasons: reasons,
		Reads:   patterns(),
		Presets: []sdk.Preset[*config]{
			{Name: "business", Label: sdk.Text{En: "Business customers: months from first talk to order", ZhHans: "企业客户：从接触到成交需数月", ZhHant: "企業客戶：從接觸到成交需數月"}, Config: &config{}},
			{Name: "quick", Label: sdk.Text{En: "Quick sales: weeks from first talk to order", ZhHans: "快速成交：从接触到成交需数周", ZhHant: "快速成交：從接觸到成交需數週"},
				Config: &config{Recent: 7, Contact: 30, Silent: 3, Quote: 30, Later: 30, Zombie: 60, HalfLife: 14}},
		},
		Configure: configure,
		Classify:  classify,
	}
}

// potentials are its codes, best first.
var potentials = [3]string{"high", "medium", "low"}

func classify(run sdk.Run, cfg *config, c sdk.Row) sdk.Verdict {
	if cfg.Buyers == "leave_out" && !c.Missing(cfg.columns.won) {
		return sdk.Unclassified(bought, sdk.DayOf(c.Time(cfg.columns.won), run.Zone))
	}
	e := cfg.evidence(run, c)
	fit := cfg.sheet.Assess(run, cfg.fitted, cfg.model, c)
	engagement := cfg.engagement(&e) / 1e4
	score := fit.Score/2 + engagement
	v := cfg.stage(run, &e, score)
	if run.Explain {
		v = v.Because(scored, shown(score), shown(fit.Score/2), shown(engagement))
	}
	heat := "cold"
	switch {
	case score >= cfg.hot:
		heat = "hot"
	case score >= cfg.warm:
		heat = "warm"
	}
	v = v.Set("score", shown(score)).Set("fit", shown(fit.Score/2)).Set("engagement", shown(engagement)).Set("temperature", heat)
	if e.expected != none {
		v = v.Set("expected", e.expected)
	}
	if e.refusalReason != "" {
		v = v.Set("refusal_reason", e.refusalReason)
	}
	return cfg.potential(run, v, fit, c)
}

// potential says how much may become of a customer: what a person judged, else the fit.
func (cfg *config) potential(run sdk.Run, v sdk.Verdict, fit scoring.Assessment, c sdk.Row) sdk.Verdict {
	code, score := judgedBy, fit.Score
	known := fit.OK && fit.Score > 0
	if cfg.judging {
		said := cfg.sheet.Assess(run, cfg.judged, cfg.model, c)
		known = known || said.OK
		if said.OK && cfg.Judgement == "wins" {
			score, code = said.Score, judgedByPerson
		}
	}
	if !known {
		return v
	}
	place := 2
	switch {
	case score >= cfg.high:
		place = 0
	case score >= cfg.medium:
		place = 1
	}
	return v.Set("potential", potentials[place]).Because(code, shown(score))
}

// shown is hundredths for people.
func shown(hundredths int64) float64 { return math.Round(float64(hundredths)) / 100 }

// engagement is the sum of all kinds within their caps, 0 to 50, in millionths.
func (cfg *config) engagement(e *evidence) int64 {
	total := int64(0)
	for kind, sum := range e.sums {
		most := cfg.worth[kind].most
		total += max(-most, min(most, sum/1000))
	}
	return max(0, min(50e6, total))
}

// stage is the first rule that holds.
func (cfg *config) stage(run sdk.Run, e *evidence, score int64) sdk.Verdict {
	switch {
	case e.stands(e.refused) && e.refused >= e.putOff && e.refusalReason != "":
		return sdk.Set("", "not_interested").Because(refusedFor, e.refused, e.refusalReason)
	case e.stands(e.refused) && e.refused >= e.putOff:
		return sdk.Set("", "not_interested").Because(refusedOn, e.refused)
	case cfg.unanswered(run, e):
		v := sdk.Set("", "quoted_silent")
		if !e.priced {
			return v.Because(silentSince, e.age(run, e.quoted))
		}
		if !run.Explain {
			return v
		}
		return v.Because(silentOffer, run.Money(e.quoteAmount), e.age(run, e.quoted))
	case e.living > 0 && e.postponed == e.living && e.expected != none:
		return sdk.Set("", "not_now").Because(expectedOn, e.expected)
	case e.living > 0 && e.postponed == e.living:
		return sdk.Set("", "not_now").Because(putOffOpen)
	case e.stands(e.putOff):
		return sdk.Set("", "not_now").Because(putOffOn, e.putOff)
	case e.intent != none && e.age(run, e.intent) <= cfg.Recent:
		return sdk.Set("", "interested").Because(intentCode(e.intentBy), e.age(run, e.intent))
	case score >= cfg.hot:
		return sdk.Set("", "interested").Because(byScore, shown(cfg.hot))
	case e.contact != none && e.age(run, e.contact) <= cfg.Contact:
		return sdk.Set("", "considering").Because(talked, e.age(run, e.contact))
	case e.living > 0:
		return sdk.Set("", "considering").Because(openDeal, e.living, e.age(run, e.youngest))
	}
	return sdk.Set("", "unknown").Because(nothing, cfg.Contact)
}

// unanswered reports whether the latest quote waits for an answer.
func (cfg *config) unanswered(run sdk.Run, e *evidence) bool {
	if e.quoted == none {
		return false
	}
	age := e.age(run, e.quoted)
	return age > cfg.Silent && age <= cfg.Quote && e.contact <= e.quoted && e.won < e.quoted && e.settled < e.quoted
}
