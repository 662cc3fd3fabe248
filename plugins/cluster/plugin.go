package cluster

import (
	"math"

	"github.com/taxonhq/taxon/plugins/internal/feature"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, sdk.Row, state, *model]{
		Info:    sdk.Info{ID: "cluster", Version: "1.0.0", Summary: "Groups of alike customers, found and described (k-means)", License: "Apache-2.0"},
		Tags:    tags(nil),
		Reasons: reasons,
		Reads:   feature.StandardReads(),
		Presets: presets(),
		Passes:  3,

		Configure: configure,
		Add:       add,
		Merge: func(into *state, other state) {
			into.Sample.Merge(other.Sample)
			into.Counts.Merge(other.Counts)
			into.Sums.merge(other.Sums)
		},
		FitAfter: fit,
		Classify: classify,
	}
}

// state is the summary of a population: in pass 0 a sample and counts, later exact sums by cluster.
type state struct {
	Sample summary.Sample  // the bits of each feature's number
	Counts summary.Counter // "complete", and "missing" by name of the feature
	Sums   tally
}

const complete = "complete"

// values are the numbers of a customer; missing is the first feature that it needs and lacks, else nil.
func (cfg *config) values(run sdk.Run, c sdk.Row) (v []float64, missing *feature.Feature) {
	v = make([]float64, len(cfg.features))
	for i := range cfg.features {
		x, ok := cfg.features[i].Number(run, c)
		if !ok {
			switch cfg.Features[i].Missing {
			case asZero:
				x = 0
			case asMean:
				x = math.NaN() // the mean is known after the fit
			default:
				return nil, &cfg.features[i]
			}
		}
		v[i] = x
	}
	return v, nil
}

func add(run sdk.Run, cfg *config, m *model, s *state, c sdk.Row) {
	v, missing := cfg.values(run, c)
	if missing != nil {
		if m == nil {
			s.Counts.Add("missing "+missing.Name, 1)
		}
		return
	}
	if m != nil { // a further pass
		z := m.standard(v)
		at, _, _ := m.nearest(m.point(z))
		s.Sums.add(m, at, z)
		return
	}
	s.Counts.Add(complete, 1)
	bits := make([]int64, len(v))
	for i, x := range v {
		bits[i] = int64(math.Float64bits(x))
	}
	s.Sample.Add(cfg.Sample, c.Key(), bits...)
}

func classify(run sdk.Run, cfg *config, m *model, c sdk.Row) sdk.Verdict {
	v, missing := cfg.values(run, c)
	switch {
	case missing != nil && cfg.standard:
		return sdk.Unclassified(lacks + "_" + missing.Name)
	case missing != nil:
		return sdk.Unclassified(lacks, missing.Label.En, missing.Label.ZhHans, missing.Label.ZhHant)
	case m.State == tooFew:
		return sdk.Unclassified(tooFew, m.Customers, m.Needed)
	case m.State != "":
		return sdk.Unclassified(m.State)
	}
	z := m.standard(v)
	x := m.point(z)
	at, near, next := m.nearest(x)
	own := &m.Clusters[at]
	margin, far := 1.0, 0.0
	if next >= 0 {
		far = m.distance(next, x)
		margin = (far - near) / max(far, math.SmallestNonzeroFloat64)
	}
	code := own.code()
	out := near > own.Limit
	if out {
		code = outlier.Code
	}
	verdict := sdk.Set("", code).Set("distance", round(near)).Set("margin", round(margin))
	if !run.Explain {
		return verdict
	}
	if out {
		verdict = verdict.Because(isOutlier, own.Number, round(near), feature.Digits(cfg.Outliers), round(own.Limit))
	} else if next < 0 {
		verdict = verdict.Because(only, own.Number)
	} else {
		verdict = verdict.Because(closest, own.Number, round(near), m.Clusters[next].Number, round(far))
	}
	for _, i := range m.traits(own, traitsTold) {
		f := &cfg.features[m.Used[i].Index]
		mine := m.Used[i].raw(z[i])
		if given := v[m.Used[i].Index]; !math.IsNaN(given) {
			mine = given
		}
		own, typical, all := f.Text(run, mine), f.Text(run, m.Used[i].raw(own.Profile[i])), f.Text(run, m.Used[i].raw(m.Used[i].Base))
		if cfg.standard {
			verdict = verdict.Because(trait+"_"+f.Name, own, typical, all)
		} else {
			verdict = verdict.Because(trait, own, typical, all, f.Label.En, f.Label.ZhHans, f.Label.ZhHant)
		}
	}
	if m.Weak {
		verdict = verdict.Because(weak, round(m.Silhouette))
	}
	return verdict
}

// round keeps three decimals, for people.
func round(v float64) float64 { return math.Round(v*1000) / 1000 }
