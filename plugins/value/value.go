package value

import (
	"math/big"

	"github.com/taxonhq/taxon/plugins/internal/scoring"
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, sdk.Row, scoring.State, *scoring.Model]{
		Info:    sdk.Info{ID: "value", Version: "1.0.0", Summary: "High, middle or low value from purchases, potential and loyalty; VIPs and whom to cultivate", License: "Apache-2.0"},
		Tags:    tags(all),
		Reasons: reasons,
		Reads: []sdk.Read{
			{Path: "sum(deals.amount) where won within {/window}", Type: sdk.Money, Purpose: "What was bought."},
			{Path: "count(deals) where won within {/window}", Type: sdk.Integer, Purpose: "How often it was bought."},
			{Path: "sum(deals.amount) where open within {/window}", Type: sdk.Money, Purpose: "What could be bought."},
			{Path: "distinct(deals.closed_at) where won within 730d", Type: sdk.Integer, Purpose: "How steadily it was bought."},
			{Path: "first(deals.closed_at) where won within all", Type: sdk.Time, Purpose: "How long it has been a customer."},
			{Path: "*", Purpose: "The configuration may name other measures, fields and tags; an administrator grants them."},
		},
		Presets: []sdk.Preset[*config]{
			{Name: "three", Label: sdk.Text{En: "High, middle and low value", ZhHans: "高、中、低价值", ZhHant: "高、中、低價值"}, Config: &config{Levels: threeLevels}},
			{Name: "two", Label: sdk.Text{En: "High and low value", ZhHans: "高价值与低价值", ZhHant: "高價值與低價值"}, Config: &config{Levels: twoLevels}},
			{Name: "potential", Label: sdk.Text{En: "High value, potential and ordinary customers", ZhHans: "高价值、潜力与普通客户", ZhHant: "高價值、潛力與普通客戶"}, Config: &config{Levels: withPotential}},
		},
		Configure: configure,
		Add: func(run sdk.Run, cfg *config, _ *scoring.Model, s *scoring.State, c sdk.Row) {
			cfg.sheet.Add(run, s, c)
		},
		Merge:    func(into *scoring.State, other scoring.State) { into.Merge(other) },
		Fit:      fit,
		Classify: classify,
	}
}

func fit(_ sdk.Run, cfg *config, _ int, s scoring.State) (*scoring.Model, sdk.Report, error) {
	m := cfg.sheet.Fit(s)
	report := sdk.Report{Customers: m.Customers, Metrics: cfg.sheet.Metrics(m)}
	if cfg.few(m) {
		report.Diagnostics.Warnf("/min_customers", tooFew, "only %d customers, %d are needed to compare them", m.Customers, cfg.MinCustomers)
	}
	return m, report, nil
}

// few reports whether there are too few customers. What VIPs go by is a comparison, too, but of no weight.
func (cfg *config) few(m *scoring.Model) bool { return m.Customers < cfg.MinCustomers }

func classify(run sdk.Run, cfg *config, m *scoring.Model, c sdk.Row) sdk.Verdict {
	if cfg.few(m) {
		return sdk.Unclassified(tooFew, m.Customers, cfg.MinCustomers)
	}
	assessed := make([]scoring.Assessment, len(cfg.groups))
	for i := range cfg.groups {
		assessed[i] = cfg.sheet.Assess(run, cfg.groups[i].Group, m, c)
	}
	total := cfg.sheet.Combine(m, cfg.groups, assessed)
	if !total.OK || float64(total.Known)/10 < cfg.KnownFrom {
		names := missing(assessed)
		return sdk.Unclassified(tooLittle, float64(total.Known)/10, names.En, names.ZhHans, names.ZhHant)
	}
	class := cfg.class(total.Score, assessed)
	verdict := sdk.Set("", class).Set("score", points(total.Score))
	for i := range assessed {
		if assessed[i].OK {
			verdict = verdict.Set(cfg.groups[i].Name, points(assessed[i].Score))
		}
	}
	larger, of, isVip := cfg.vip(run, m, c)
	cultivate := class != high && assessed[1].OK && assessed[1].Score >= hundredths(cfg.CultivateFrom)
	verdict = verdict.Set("vip", isVip).Set("cultivate", cultivate)
	if !run.Explain {
		return verdict
	}
	if class == none {
		return verdict.Because(nothing)
	}
	verdict = scored(verdict, "score", &total)
	for i := range assessed {
		if a := &assessed[i]; a.OK && a.Score > 0 {
			verdict = scored(verdict, cfg.groups[i].Name, a)
		}
	}
	if isVip {
		verdict = verdict.Because("vip", larger+1, of)
	}
	if cultivate {
		verdict = verdict.Because("cultivate", scoring.Points(assessed[1].Score))
	}
	if names := missing(assessed); names != (sdk.Text{}) {
		verdict = verdict.Because("missing", names.En, names.ZhHans, names.ZhHant)
	}
	return verdict
}

// scored adds the reason of a score: what adds up to it.
func scored(verdict sdk.Verdict, code string, a *scoring.Assessment) sdk.Verdict {
	sum := a.SumWords()
	return verdict.Because(code, scoring.Points(a.Score), sum.En, sum.ZhHans, sum.ZhHant)
}

func points(hundredths int64) float64 { return float64(hundredths) / 100 }

// class is the level of a score.
func (cfg *config) class(score int64, assessed []scoring.Assessment) string {
	something := score > 0
	for i := range assessed {
		something = something || assessed[i].Score > 0
	}
	switch {
	case !something:
		return none
	case score >= hundredths(cfg.Cuts[0]):
		return high
	case cfg.Levels == withPotential && assessed[1].OK && assessed[1].Score >= hundredths(cfg.CultivateFrom):
		return potential
	case cfg.Levels == withPotential:
		return ordinary
	case cfg.Levels == threeLevels && score >= hundredths(cfg.Cuts[1]):
		return mid
	}
	return low
}

// vip is where a customer stands among those who bought, and whether that is high enough.
func (cfg *config) vip(run sdk.Run, m *scoring.Model, c sdk.Row) (larger, of int64, is bool) {
	value, larger, of, ok := cfg.sheet.Place(run, cfg.spent, m, c)
	switch {
	case !ok:
		return 0, of, false
	case cfg.from > 0:
		return larger, of, value >= cfg.from
	}
	bound := new(big.Rat).Mul(cfg.top, new(big.Rat).SetInt64(of))
	return larger, of, new(big.Rat).SetInt64(100*larger).Cmp(bound) < 0
}

// missing names the criteria that are not known.
func missing(assessed []scoring.Assessment) sdk.Text {
	var names []sdk.Text
	for i := range assessed {
		names = append(names, assessed[i].Missing()...)
	}
	return wording.List(names)
}
