package composite

import (
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/scoring"
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, sdk.Row, scoring.State, *scoring.Model]{
		Info:    sdk.Info{ID: "composite", Version: "1.0.0", Summary: "One weighted grade from other classifiers' tags and measures", License: "Apache-2.0"},
		Tags:    append(tags(append(options(letters), cells(3, 3)...), false), tags(nil, true)[1:3]...),
		Reasons: reasons,
		Reads: []sdk.Read{
			{Path: "sum(deals.amount) where won within {/window}", Type: sdk.Money, Purpose: "Order amount, a criterion of the presets."},
			{Path: "count(deals) where won within {/window}", Type: sdk.Integer, Purpose: "Number of orders, a criterion of the presets."},
			{Path: "last(deals.closed_at) where won within {/window}", Type: sdk.Time, Purpose: "Days since the last order, a criterion of the presets."},
			{Path: "sum(deals.amount) where open within {/window}", Type: sdk.Money, Purpose: "Open business, a criterion of the presets."},
			{Path: "count(activities) within {/window}", Type: sdk.Integer, Purpose: "How much a customer deals with us, a criterion of the presets."},
			{Path: "last(activities.occurred_at) within {/window}", Type: sdk.Time, Purpose: "Days since the last contact, a criterion of the presets."},
			{Path: "*", Purpose: "The configuration says which fields, measures and tags are criteria; an administrator grants them."},
		},
		Presets:   presets,
		Example:   presets[0].Config,
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

func (cfg *config) few(m *scoring.Model) bool {
	return cfg.sheet.Relative() && m.Customers < cfg.MinCustomers
}

func classify(run sdk.Run, cfg *config, m *scoring.Model, c sdk.Row) sdk.Verdict {
	if cfg.few(m) {
		return sdk.Unclassified(tooFew, m.Customers, cfg.MinCustomers)
	}
	assessed := make([]scoring.Assessment, len(cfg.axes))
	places := make([]int, len(cfg.axes))
	known := int64(1000)
	for i := range cfg.axes {
		assessed[i] = cfg.sheet.Assess(run, cfg.axes[i].group, m, c)
		if !assessed[i].OK {
			names := wording.List(assessed[i].Missing())
			return sdk.Unclassified(noData, names.En, names.ZhHans, names.ZhHant)
		}
		places[i] = cfg.axes[i].at(assessed[i].Score)
		known = min(known, assessed[i].Known)
	}
	capped := cfg.cap(run, c, places)
	code := ""
	for i, place := range places {
		code += cfg.axes[i].grades[place].Code
	}
	verdict := sdk.Verdict{}
	tentative := float64(known)/10 < cfg.ProvisionalBelow
	if tentative {
		verdict = sdk.Set("", provisional.Code)
	} else {
		verdict = sdk.Set("", code)
	}
	verdict = verdict.Set("known", float64(known)/10)
	for i := range cfg.axes {
		key := cfg.axes[i].key
		if key == "" {
			key = "score"
		}
		verdict = verdict.Set(key, float64(assessed[i].Score)/100)
	}
	verdict = verdict.Set("contributions", sums(assessed))
	if !run.Explain {
		return verdict
	}
	if tentative {
		verdict = verdict.Because(provisional.Code, float64(known)/10, code)
	}
	return explain(cfg, verdict, assessed, capped)
}

// cap lowers the grades that veto rules cap, and names those that did.
func (cfg *config) cap(run sdk.Run, c sdk.Row, places []int) (capped []*rule) {
	for i := range cfg.vetoes {
		v := &cfg.vetoes[i]
		if v.to > places[v.axis] && v.holds(run, c) {
			places[v.axis] = v.to
			capped = append(capped, v)
		}
	}
	return capped
}

// sums are the contributions: of a matrix, both sums.
func sums(assessed []scoring.Assessment) string {
	var list []string
	for i := range assessed {
		list = append(list, assessed[i].Sum())
	}
	return strings.Join(list, "; ")
}

// explain says what decided.
func explain(cfg *config, verdict sdk.Verdict, assessed []scoring.Assessment, capped []*rule) sdk.Verdict {
	for _, v := range capped {
		name := v.inWords()
		verdict = verdict.Because("veto", v.AtMost, name.En, name.ZhHans, name.ZhHant)
	}
	for i := range assessed {
		a := &assessed[i]
		code := map[string]string{"": scored, "fit": fitScore, "engagement": engagementScore}[cfg.axes[i].key]
		sum := a.SumWords()
		verdict = verdict.Because(code, scoring.Points(a.Score), sum.En, sum.ZhHans, sum.ZhHant)
		lifts, pulls := a.Lifts()
		if len(lifts) > 0 {
			names := wording.List(lifts)
			verdict = verdict.Because("lifts", names.En, names.ZhHans, names.ZhHant)
		}
		if pulls != (sdk.Text{}) {
			verdict = verdict.Because("pulls", pulls.En, pulls.ZhHans, pulls.ZhHant)
		}
		if names := wording.List(a.Missing()); names != (sdk.Text{}) {
			verdict = verdict.Because("missing", names.En, names.ZhHans, names.ZhHant)
		}
	}
	return verdict
}
