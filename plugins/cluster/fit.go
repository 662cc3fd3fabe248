package cluster

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/factor"
	"github.com/taxonhq/taxon/plugins/internal/kmeans"
	"github.com/taxonhq/taxon/sdk"
)

const (
	silhouetteRows = 5000 // customers among whom silhouettes are computed: each is compared with each
	gapRows        = 1000
	gapDraws       = 10
	gapStarts      = 2
	weakBelow      = 0.25 // mean silhouette; Rousseeuw's scale
	settled        = 0.01 // standard deviations that no centre moves by when no further pass is needed
)

func fit(run sdk.Run, cfg *config, pass int, before *model, s state) (*model, sdk.Report, error) {
	if pass > 0 && before != nil {
		return refine(run, cfg, pass, before, &s)
	}
	m := &model{Customers: s.Counts.Count(complete), Next: 1, Metrics: map[string]float64{}}
	for i := range cfg.features {
		if n := s.Counts.Count("missing " + cfg.features[i].Name); n > 0 {
			m.Metrics["missing_"+cfg.features[i].Name] = float64(n)
		}
	}
	rows := rowsOf(&s)
	m.Metrics["sampled"] = float64(len(rows))
	ks := cfg.ks(m.Customers)
	switch z := m.compare(cfg, rows); {
	case len(ks) == 0:
		m.State, m.Needed = tooFew, cfg.needed()
	case len(m.Used) == 0:
		m.State = alike
	default:
		m.divide(cfg, z, ks)
	}
	if m.State != "" {
		if before != nil { // numbers stay for when there are clusters again
			m.Known, m.Next = before.Known, max(before.Next, 1)
		}
		return m, m.report(run, cfg, false), nil
	}
	m.number(before)
	m.remember()
	return m, m.report(run, cfg, m.Customers > int64(len(rows))), nil
}

// ks are the numbers of clusters that are tried.
func (cfg *config) ks(customers int64) (ks []int) {
	from, to := 2, cfg.MaxK
	if cfg.K > 0 {
		from, to = cfg.K, cfg.K
	}
	for k := from; k <= to && customers >= int64(max(k*cfg.MinEach, 1)); k++ {
		ks = append(ks, k)
	}
	return ks
}

func (cfg *config) needed() int64 { return int64(max(max(cfg.K, 2)*cfg.MinEach, 1)) }

// rowsOf are the sampled customers' numbers.
func rowsOf(s *state) [][]float64 {
	var rows [][]float64
	for _, e := range s.Sample.Entries() {
		row := make([]float64, len(e.Values))
		for i, bits := range e.Values {
			row[i] = math.Float64frombits(uint64(bits))
		}
		rows = append(rows, row)
	}
	return rows
}

// compare finds how features become comparable, and answers the compared values of the rows.
func (m *model) compare(cfg *config, rows [][]float64) (z []float64) {
	for f := range cfg.features {
		u := used{Index: f, Log: cfg.logged(f), Key: cfg.features[f].Name, Low: -beyond, High: beyond, SD: 1}
		if u.Log {
			u.Key += " " + log1p
		}
		var values []float64
		for _, row := range rows {
			if v := row[f]; !math.IsNaN(v) {
				values = append(values, u.transformed(v))
			}
		}
		slices.Sort(values)
		if len(values) == 0 {
			continue
		}
		if cfg.Winsorise > 0 {
			u.Low, u.High = quantile(values, cfg.Winsorise/100), quantile(values, 1-cfg.Winsorise/100)
		}
		for i, v := range values {
			values[i] = max(u.Low, min(v, u.High))
		}
		if u.Least, u.Most = values[0], values[len(values)-1]; u.Least == u.Most {
			continue // says nothing about anybody
		}
		mean, sd := moments(values)
		if cfg.Standardise == zScores {
			u.Mean, u.SD, u.Base, u.Width = mean, sd, 0, 1
			u.Least, u.Most = u.compared(u.Least), u.compared(u.Most)
		} else {
			u.Base, u.Width = mean, sd
		}
		if sd > 0 && u.Least < u.Most {
			m.Used = append(m.Used, u)
		}
	}
	for _, row := range rows {
		z = append(z, m.standard(row)...)
	}
	return z
}

// moments are the mean and the population standard deviation.
func moments(values []float64) (mean, sd float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	square := 0.0
	for _, v := range values {
		square += (v - mean) * (v - mean) / n
	}
	return mean, math.Sqrt(square)
}

// quantile is of type 7: linear between the two values around (n-1) p.
func quantile(sorted []float64, p float64) float64 {
	at := float64(len(sorted)-1) * p
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// divide finds the clusters.
func (m *model) divide(cfg *config, z []float64, ks []int) {
	d := len(m.Used)
	n := len(z) / d
	points := kmeans.Points{Data: z, Dims: d}
	if cfg.Factors == varimax {
		if a, ok := factor.Analyse(z, d, cfg.FactorCount); ok {
			m.Factors = a.Weights
			points = kmeans.Points{Dims: len(a.Weights)}
			for i := range n {
				points.Data = append(points.Data, m.point(z[i*d:(i+1)*d])...)
			}
			for f := range a.Weights {
				m.Metrics[fmt.Sprintf("factor_%d_explained", f+1)] = a.Explained[f]
				for i, u := range m.Used {
					m.Metrics[fmt.Sprintf("factor_%d_%s", f+1, cfg.features[u.Index].Name)] = a.Loadings[i][f]
				}
			}
		}
	}
	var tried []kmeans.Result
	for _, k := range ks {
		if r := kmeans.Fit(points, k, cfg.Starts); len(r.Centres) == k || len(tried) == 0 {
			tried = append(tried, r)
		}
	}
	widths := kmeans.Silhouettes(points.First(silhouetteRows), tried...)
	smallest := max(float64(cfg.MinSize), cfg.MinShare/100*float64(m.Customers))
	best, large := 0, false
	for i, r := range tried {
		k := len(r.Centres)
		m.Metrics[fmt.Sprintf("inertia_%d", k)] = r.Inertia
		m.Metrics[fmt.Sprintf("silhouette_%d", k)] = widths[i]
		m.Metrics[fmt.Sprintf("calinski_harabasz_%d", k)] = kmeans.CalinskiHarabasz(points, r)
		m.Metrics[fmt.Sprintf("davies_bouldin_%d", k)] = kmeans.DaviesBouldin(points, r)
		enough := float64(slices.Min(r.Sizes))/float64(n)*float64(m.Customers) >= smallest
		if enough && !large || enough == large && widths[i] > widths[best] {
			best, large = i, large || enough
		}
	}
	m.gaps(points, len(tried[len(tried)-1].Centres))
	m.take(cfg, tried[best], points, z)
	m.Silhouette = widths[best]
	m.Weak = len(m.Clusters) > 1 && m.Silhouette < weakBelow
	m.Small = cfg.K == 0 && !large
}

// gaps reports the gap statistic up to most clusters, and the number that it would choose.
func (m *model) gaps(points kmeans.Points, most int) {
	gap, s := kmeans.Gap(points.First(gapRows), most, gapDraws, gapStarts)
	choice := most
	for k := most - 1; k >= 1; k-- {
		if gap[k-1] >= gap[k]-s[k] {
			choice = k
		}
	}
	for k := range most {
		m.Metrics[fmt.Sprintf("gap_%d", k+1)], m.Metrics[fmt.Sprintf("gap_se_%d", k+1)] = gap[k], s[k]
	}
	m.Metrics["gap_choice"] = float64(choice)
}

// take makes clusters of a division, in the order of their value, and finds where outliers begin.
func (m *model) take(cfg *config, r kmeans.Result, points kmeans.Points, z []float64) {
	d := len(m.Used)
	n := len(z) / d
	m.Clusters = make([]group, len(r.Centres))
	for c := range m.Clusters {
		m.Clusters[c] = group{Centre: r.Centres[c], Profile: make([]float64, d), Limit: math.MaxFloat64}
		m.Clusters[c].Size = int64(math.Round(float64(r.Sizes[c]) / float64(n) * float64(m.Customers)))
	}
	for i, c := range r.Labels {
		for j, v := range z[i*d : (i+1)*d] {
			m.Clusters[c].Profile[j] += v / float64(r.Sizes[c])
		}
	}
	if cfg.Outliers < 100 {
		distances := make([][]float64, len(m.Clusters))
		for i, c := range r.Labels {
			distances[c] = append(distances[c], m.distance(c, points.Row(i)))
		}
		for c, list := range distances {
			slices.Sort(list)
			m.Clusters[c].Limit = list[int(math.Ceil(cfg.Outliers/100*float64(len(list))))-1]
		}
	}
	lead := m.lead(cfg)
	slices.SortStableFunc(m.Clusters, func(a, b group) int {
		return cmp.Or(cmp.Compare(b.Profile[lead], a.Profile[lead]), cmp.Compare(b.Size, a.Size), slices.Compare(b.Profile, a.Profile))
	})
}

// lead is the feature by which clusters are ordered: the first amount, else the first that varies.
func (m *model) lead(cfg *config) int {
	return max(slices.IndexFunc(m.Used, func(u used) bool { return cfg.features[u.Index].Input.Type == sdk.Money }), 0)
}

// refine moves the centres to the means of all customers that are nearest to them.
func refine(run sdk.Run, cfg *config, pass int, m *model, s *state) (*model, sdk.Report, error) {
	moved := 0.0
	for c := range m.Clusters {
		if c >= len(s.Sums.counts) || s.Sums.counts[c] == 0 {
			continue // it keeps its place; a sample has found it
		}
		g := &m.Clusters[c]
		g.Size = s.Sums.counts[c]
		for i := range g.Profile {
			g.Profile[i] = s.Sums.mean(m, c, i)
		}
		centre := slices.Clone(m.point(g.Profile))
		for i, v := range centre {
			moved = max(moved, math.Abs(v-g.Centre[i]))
		}
		g.Centre = centre
	}
	m.remember()
	m.Metrics["moved"] = moved
	return m, m.report(run, cfg, pass < 2 && moved > settled), nil
}
