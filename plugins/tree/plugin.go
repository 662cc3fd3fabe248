package tree

import (
	"math"
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/feature"
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, sdk.Row, state, *model]{
		Info:      sdk.Info{ID: "tree", Version: "1.0.0", Summary: "Rules learned from customers that people have classified, for those that nobody has", License: "Apache-2.0"},
		Tags:      tags(nil, ""),
		Reasons:   reasons,
		Reads:     feature.StandardReads(),
		Example:   &config{Target: "customer_grade"},
		Configure: configure,
		Add:       add,
		Merge: func(into *state, other state) {
			into.Sample.Merge(other.Sample)
			into.Counts.Merge(other.Counts)
		},
		Fit:      fit,
		Classify: classify,
	}
}

// state is the summary of a population.
type state struct {
	Sample summary.Sample  // of the customers that people have classified
	Counts summary.Counter // "labelled" and "open"
}

const (
	labelled = "labelled"
	unknown  = "open"
)

func add(run sdk.Run, cfg *config, _ *model, s *state, c sdk.Row) {
	label, ok := cfg.label(run, c)
	if !ok {
		s.Counts.Add(unknown, 1)
		return
	}
	s.Counts.Add(labelled, 1)
	s.Sample.Add(cfg.Sample, c.Key(), cfg.encode(label, cfg.row(run, c))...)
}

func classify(run sdk.Run, cfg *config, m *model, c sdk.Row) sdk.Verdict {
	if value, ok := cfg.label(run, c); ok && cfg.Labelled == keep {
		class, known := m.class(value)
		if !known {
			return sdk.Unclassified(newValue, value)
		}
		return sdk.Set("", class.Code).Because(setByPeople, cfg.name(class.Value))
	}
	switch m.State {
	case tooFew:
		return sdk.Unclassified(tooFew, m.Labelled, m.Needed)
	case poor:
		return sdk.Unclassified(poor, percent(m.Accuracy), percent(m.Majority))
	case "":
	default:
		return sdk.Unclassified(m.State)
	}
	row := cfg.row(run, c)
	path := m.Tree.Path(row)
	leaf := &m.Tree[path[len(path)-1]]
	rows, class := leaf.Rows(), leaf.Class()
	purity := float64(leaf.Counts[class]) / float64(max(rows, 1))
	verdict := sdk.Set("confidence", math.Round(1000*purity)/1000)
	conditions := m.Rules[path[len(path)-1]]
	if slices.ContainsFunc(path, func(at int) bool { return m.Tree[at].Kind != "" && row[m.Tree[at].Column].Missing }) {
		conditions = m.conditions(run, cfg, path, row, english)
	}
	verdict = verdict.Set("rule", conditions)
	words := wording.Same(conditions)
	if run.Explain && cfg.translated {
		words.ZhHans, words.ZhHant = m.conditions(run, cfg, path, row, simplified), m.conditions(run, cfg, path, row, traditional)
	}
	if 100*purity < cfg.MinPurity {
		return verdict.Set("", uncertain.Code).Because(isUncertain, m.distribution(cfg, leaf), words.En, words.ZhHans, words.ZhHant)
	}
	c0 := m.Classes[m.Learned[class]]
	return verdict.Set("", c0.Code).Because(learned, leaf.Counts[class], rows, cfg.name(c0.Value), words.En, words.ZhHans, words.ZhHant)
}

// percent has one decimal.
func percent(share float64) float64 { return math.Round(1000*share) / 10 }
