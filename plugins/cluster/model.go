package cluster

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/taxonhq/taxon/plugins/internal/kmeans"
)

// model answers for every customer: how features become comparable, and where the centres are.
type model struct {
	State     string  `json:"state,omitempty"` // why nobody is classified: a code of a reason
	Customers int64   `json:"customers"`       // with all features
	Needed    int64   `json:"needed,omitempty"`
	Used      []used  `json:"used,omitempty"` // features that vary
	Factors   factors `json:"factors"`

	Clusters   []group `json:"clusters,omitempty"`
	Silhouette float64 `json:"silhouette"`
	Weak       bool    `json:"weak,omitempty"`
	Small      bool    `json:"small,omitempty"` // no division keeps the smallest cluster at the size that is asked for

	Known []known `json:"known,omitempty"` // the clusters that the next fit continues
	Next  int     `json:"next"`            // the first number that was never used

	Metrics map[string]float64 `json:"metrics,omitempty"` // of pass 0, for the report of the last pass
}

// used is a feature that is compared, and how.
type used struct {
	Index int     `json:"index"` // in the configuration
	Key   string  `json:"key"`   // name and transformation: what must be the same for clusters to continue
	Log   bool    `json:"log,omitempty"`
	Low   float64 `json:"low"` // values beyond count as these; of the transformed value
	High  float64 `json:"high"`
	Mean  float64 `json:"mean"`
	SD    float64 `json:"sd"`
	Base  float64 `json:"base"` // mean and standard deviation of what is compared: 0 and 1 of z-scores
	Width float64 `json:"width"`
	Least float64 `json:"least"` // and its range in the sample
	Most  float64 `json:"most"`
}

// factors are rows of weights by feature; none when features are compared themselves.
type factors [][]float64

// group is a cluster.
type group struct {
	Number  int       `json:"number"`  // cluster_1 has 1; the same from fit to fit
	Centre  []float64 `json:"centre"`  // of what is compared: features or factors
	Profile []float64 `json:"profile"` // the mean of each used feature, as compared
	Size    int64     `json:"size"`
	Limit   float64   `json:"limit"` // a member that is farther from the centre is an outlier
}

// known is a cluster as a later fit can find it again: the mean of each feature, transformed but not standardised.
type known struct {
	Number int                `json:"number"`
	Means  map[string]float64 `json:"means"` // by used.Key
}

func (g *group) code() string { return "cluster_" + strconv.Itoa(g.Number) }

// beyond is as large as a compared value can be, so that squares stay finite.
const beyond = 1e100

func (u *used) transformed(v float64) float64 { return transform(v, u.Log) }

func transform(v float64, log bool) float64 {
	if log {
		v = math.Copysign(math.Log1p(math.Abs(v)), v)
	}
	return max(-beyond, min(v, beyond))
}

// compared is a transformed value, cut and standardised.
func (u *used) compared(t float64) float64 { return (max(u.Low, min(t, u.High)) - u.Mean) / u.SD }

// raw is the value behind a compared one.
func (u *used) raw(z float64) float64 {
	t := z*u.SD + u.Mean
	if u.Log {
		return math.Copysign(math.Expm1(math.Abs(t)), t)
	}
	return t
}

// standard makes the numbers of a customer comparable. One that is not a number counts as the mean.
func (m *model) standard(v []float64) []float64 {
	z := make([]float64, len(m.Used))
	for i := range m.Used {
		u := &m.Used[i]
		if x := v[u.Index]; math.IsNaN(x) {
			z[i] = u.Base
		} else {
			z[i] = u.compared(u.transformed(x))
		}
	}
	return z
}

// point is what is compared: z itself, or the scores of the factors.
func (m *model) point(z []float64) []float64 {
	if len(m.Factors) == 0 {
		return z
	}
	out := make([]float64, len(m.Factors))
	for i, row := range m.Factors {
		for j, w := range row {
			out[i] += w * z[j]
		}
	}
	return out
}

func (m *model) distance(cluster int, x []float64) float64 {
	return math.Sqrt(kmeans.Square(m.Clusters[cluster].Centre, x, math.Inf(1)))
}

// nearest is the cluster of a point, the distance of its centre, and the next nearest cluster, -1 when there is none.
// Of equally near ones it is the first, that of the larger value.
func (m *model) nearest(x []float64) (at int, near float64, next int) {
	at, next = -1, -1
	far := math.Inf(1)
	near = math.Inf(1)
	for c := range m.Clusters {
		switch d := m.distance(c, x); {
		case at < 0 || d < near:
			next, far = at, near
			at, near = c, d
		case next < 0 || d < far:
			next, far = c, d
		}
	}
	return at, near, next
}

// telling is the difference from the mean, in standard deviations, from which a feature says something of a cluster.
const (
	telling    = 0.3
	traitsTold = 2
)

// traits are the features, up to n, in which a cluster differs most from all customers, the most first: indices of Used.
func (m *model) traits(g *group, n int) []int {
	var list []int
	for i := range m.Used {
		if math.Abs(m.lean(g, i)) >= telling {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(math.Abs(m.lean(g, b)), math.Abs(m.lean(g, a))) })
	return list[:min(n, len(list))]
}

// lean is by how many standard deviations the mean of a feature in a cluster is above that of all.
func (m *model) lean(g *group, i int) float64 {
	return (g.Profile[i] - m.Used[i].Base) / m.Used[i].Width
}

// remember makes the clusters known to the next fit.
func (m *model) remember() {
	m.Known = nil
	for _, g := range m.Clusters {
		k := known{Number: g.Number, Means: map[string]float64{}}
		for i, u := range m.Used {
			k.Means[u.Key] = g.Profile[i]*u.SD + u.Mean
		}
		m.Known = append(m.Known, k)
	}
}

// number gives the clusters the numbers of those before that they continue, by the features that both know, or new
// ones. The clusters are in the order in which new numbers are given.
func (m *model) number(before *model) {
	m.Next = 1
	var then, now [][]float64
	if before != nil {
		m.Next = max(before.Next, 1)
		var shared []int
		for i, u := range m.Used {
			if len(before.Known) > 0 {
				if _, ok := before.Known[0].Means[u.Key]; ok {
					shared = append(shared, i)
				}
			}
		}
		if len(shared) > 0 {
			for _, k := range before.Known {
				var x []float64
				for _, i := range shared {
					u := &m.Used[i]
					x = append(x, (k.Means[u.Key]-u.Mean)/u.SD/u.Width)
				}
				then = append(then, x)
			}
			for _, g := range m.Clusters {
				var x []float64
				for _, i := range shared {
					x = append(x, g.Profile[i]/m.Used[i].Width)
				}
				now = append(now, x)
			}
		}
	}
	match := make([]int, len(m.Clusters))
	for i := range match {
		match[i] = -1
	}
	if len(then) > 0 {
		match = kmeans.Match(then, now)
	}
	for i := range m.Clusters {
		if match[i] >= 0 {
			m.Clusters[i].Number = before.Known[match[i]].Number
			continue
		}
		m.Clusters[i].Number = m.Next
		m.Next++
	}
}
