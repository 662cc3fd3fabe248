package kmeans_test

import (
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/plugins/internal/kmeans"
	"github.com/taxonhq/taxon/plugins/internal/sample"
)

const starts = 50

func open(t testing.TB, name string) fs.File {
	t.Helper()
	fsys, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func lines(t testing.TB, name string) [][]string {
	t.Helper()
	all, err := csv.NewReader(open(t, name)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// standard makes population z-scores.
func standard(rows [][]float64, log bool) kmeans.Points {
	p := kmeans.Points{Dims: len(rows[0])}
	for _, row := range rows {
		for _, v := range row {
			if log {
				v = math.Log1p(v)
			}
			p.Data = append(p.Data, v)
		}
	}
	for j := range p.Dims {
		mean, square, n := 0.0, 0.0, float64(p.Len())
		for i := range p.Len() {
			mean += p.Row(i)[j] / n
		}
		for i := range p.Len() {
			square += (p.Row(i)[j] - mean) * (p.Row(i)[j] - mean) / n
		}
		for i := range p.Len() {
			p.Row(i)[j] = (p.Row(i)[j] - mean) / math.Sqrt(square)
		}
	}
	return p
}

func wholesale(t testing.TB, log bool) kmeans.Points {
	t.Helper()
	var rows [][]float64
	for _, line := range lines(t, "wholesale_customers/wholesale_customers.csv") {
		var row []float64
		for _, cell := range line[2:] {
			row = append(row, number(t, cell))
		}
		rows = append(rows, row)
	}
	return standard(rows, log)
}

func orders(t testing.TB) kmeans.Points {
	t.Helper()
	var rows [][]float64
	expected := sample.Expected(t, "rfm_orders/expected_rfm.csv")
	for _, c := range sample.Orders(t) {
		e := expected[c.ID]
		rows = append(rows, []float64{number(t, e["recency_days"]), number(t, e["n"]), number(t, e["amount"])})
	}
	return standard(rows, true)
}

// No single program is a reference: the best known inertia is the best of R (Hartigan and Wong) and scikit-learn
// (Lloyd) with up to 2,000 starts.
func TestInertiaIsTheBestKnown(t *testing.T) {
	sets := map[string]kmeans.Points{"wholesale_log1p_z": wholesale(t, true), "wholesale_raw_z": wholesale(t, false), "rfm_orders_log1p_rfm_z": orders(t)}
	tried := 0
	for _, line := range lines(t, "wholesale_customers/kmeans_best_known.csv") {
		p, ok := sets[line[0]]
		k, best := int(number(t, line[1])), number(t, line[5])
		if !ok || k > 8 {
			continue
		}
		tried++
		r := kmeans.Fit(p, k, starts)
		tolerance := 0.001
		if k >= 8 {
			tolerance = 0.005
		}
		if r.Inertia > best*(1+tolerance) || r.Inertia < best*(1-1e-6) {
			t.Errorf("%s, k %d: the inertia is %f, the best known %f", line[0], k, r.Inertia, best)
		}
		if math.Abs(r.Inertia-best) < best*1e-8 {
			sizes := slices.Clone(r.Sizes)
			slices.SortFunc(sizes, func(a, b int) int { return b - a })
			text := ""
			for i, n := range sizes {
				if i > 0 {
					text += " "
				}
				text += strconv.Itoa(n)
			}
			if r.Inertia <= number(t, line[2])*(1+1e-8) && text != line[3] {
				t.Errorf("%s, k %d: the sizes are %s, not %s", line[0], k, text, line[3])
			}
		}
		for i, c := range r.Labels {
			if _, d := kmeans.Nearest(r.Centres, p.Row(i)); kmeans.Square(r.Centres[c], p.Row(i), math.Inf(1)) > d*(1+1e-9) {
				t.Fatalf("%s, k %d: point %d is not in the group of its nearest mean", line[0], k, i)
			}
		}
	}
	if tried != 21 {
		t.Errorf("%d cases were tried", tried)
	}
}

func TestQualityIsThatOfTheReference(t *testing.T) {
	var expected struct {
		Log struct {
			ByK map[string]struct {
				Inertia, Silhouette float64
				Calinski            float64 `json:"calinski_harabasz"`
				Davies              float64 `json:"davies_bouldin"`
				Sizes               []int
			} `json:"by_k"`
			Gap map[string]struct{ Gap, S float64 }
		} `json:"log1p_z"`
		Raw struct {
			ByK map[string]struct{ Inertia, Silhouette float64 } `json:"by_k"`
		} `json:"raw_z"`
	}
	if err := json.NewDecoder(open(t, "wholesale_customers/expected.json")).Decode(&expected); err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s is %f, not %f", what, got, want)
		}
	}
	p := wholesale(t, true)
	compared := 0
	for k := 2; k <= 6; k++ {
		e := expected.Log.ByK[strconv.Itoa(k)]
		r := kmeans.Fit(p, k, starts)
		if r.Inertia < e.Inertia*(1-1e-7) {
			continue // a better division than that of the reference has other figures
		}
		compared++
		near("the silhouette", kmeans.Silhouettes(p, r)[0], e.Silhouette, 1e-6)
		near("Calinski-Harabasz", kmeans.CalinskiHarabasz(p, r), e.Calinski, 1e-4)
		near("Davies-Bouldin", kmeans.DaviesBouldin(p, r), e.Davies, 1e-6)
		want, got := slices.Sorted(slices.Values(e.Sizes)), slices.Sorted(slices.Values(r.Sizes))
		if !slices.Equal(got, want) {
			t.Errorf("k %d: the sizes are %v, not %v", k, got, want)
		}
	}
	if compared < 2 {
		t.Errorf("only %d divisions were those of the reference", compared)
	}
	raw := wholesale(t, false)
	near("the silhouette of raw values", kmeans.Silhouettes(raw, kmeans.Fit(raw, 3, starts))[0], expected.Raw.ByK["3"].Silhouette, 1e-6)

	gap, s := kmeans.Gap(p, 5, 10, 2) // random on both sides
	for k := 1; k <= 5; k++ {
		near("the gap", gap[k-1], expected.Log.Gap[strconv.Itoa(k)].Gap, 0.05)
		if s[k-1] <= 0 || s[k-1] > 0.05 {
			t.Errorf("the standard error of the gap is %f", s[k-1])
		}
	}
}

func TestTheSamePointsGiveTheSameGroups(t *testing.T) {
	p := wholesale(t, true)
	if a, b := kmeans.Fit(p, 5, 10), kmeans.Fit(p, 5, 10); !reflect.DeepEqual(a, b) {
		t.Error("a second fit is another")
	}
}

func TestDegeneratePoints(t *testing.T) {
	points := func(values ...float64) kmeans.Points { return kmeans.Points{Data: values, Dims: 1} }
	for _, c := range []struct {
		name   string
		p      kmeans.Points
		k      int
		groups int
	}{
		{"none", points(), 3, 0},
		{"one", points(7), 3, 1},
		{"all equal", points(2, 2, 2, 2), 3, 1},
		{"zero and minus zero", points(0, math.Copysign(0, -1)), 2, 1},
		{"two different", points(1, 5, 5, 1, 5), 4, 2},
		{"as many as points", points(1, 2, 3), 3, 3},
		{"huge", points(-1e150, 1e150, 1e150), 2, 2},
		{"next to each other", points(1, math.Nextafter(1, 2), 1), 2, 2},
	} {
		r := kmeans.Fit(c.p, c.k, 5)
		if len(r.Centres) > c.groups || len(r.Centres) < min(c.groups, 1) || c.name != "next to each other" && len(r.Centres) != c.groups {
			t.Errorf("%s: there are %d groups", c.name, len(r.Centres))
		}
		for _, v := range append(kmeans.Silhouettes(c.p, r), kmeans.CalinskiHarabasz(c.p, r), kmeans.DaviesBouldin(c.p, r), r.Inertia) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%s: a figure is %v", c.name, v)
			}
		}
		for _, n := range r.Sizes {
			if n == 0 {
				t.Errorf("%s: a group is empty", c.name)
			}
		}
	}
	gap, s := kmeans.Gap(points(3, 3, 3), 2, 3, 1)
	for _, v := range append(gap, s...) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("the gap of equal points is %v", v)
		}
	}
}

func TestFarGroupsAreFoundAmongManyPoints(t *testing.T) {
	p := kmeans.Points{Dims: 2}
	for i := range 9000 { // more than all starts are made on
		c := float64(i % 3)
		p.Data = append(p.Data, 10*c+float64(i%7)/10, -5*c+float64(i%11)/10)
	}
	r := kmeans.Fit(p, 3, 5)
	if !slices.Equal(r.Sizes, []int{3000, 3000, 3000}) {
		t.Errorf("the sizes are %v", r.Sizes)
	}
}

func TestMatchTakesTheNearestPairsFirst(t *testing.T) {
	before := [][]float64{{0, 0}, {10, 0}, {0, 10}}
	if got := kmeans.Match(before, [][]float64{{9, 1}, {1, 9}, {1, 1}, {40, 40}}); !slices.Equal(got, []int{1, 2, 0, -1}) {
		t.Errorf("the match is %v", got)
	}
	if got := kmeans.Match(before, [][]float64{{100, 0}, {90, 0}}); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("far ones are matched %v", got)
	}
	if got := kmeans.Match(nil, [][]float64{{1}}); !slices.Equal(got, []int{-1}) {
		t.Errorf("without a model the match is %v", got)
	}
}

func BenchmarkFit(b *testing.B) {
	p := wholesale(b, true)
	for b.Loop() {
		kmeans.Fit(p, 5, starts)
	}
}
