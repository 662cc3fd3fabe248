package btyd_test

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/btyd"
)

// row is one CDNOW customer with what an independent program says of him.
type row struct {
	x                            int
	tx, t, m                     float64
	bgAlive, bg39, pnAlive, pn39 float64
	spend, bgLL, pnLL            float64
	bgYear, pnYear               float64
	held                         float64
}

func cdnow(t testing.TB) []row {
	t.Helper()
	f, err := os.Open("testdata/cdnow_per_customer.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, l := range lines[1:] {
		v := make([]float64, len(l))
		for i, text := range l {
			if v[i], err = strconv.ParseFloat(text, 64); err != nil && text != "" {
				t.Fatal(err)
			}
		}
		// Times are whole days, written in weeks with six digits.
		rows = append(rows, row{x: int(v[1]), tx: math.Round(v[2]*7) / 7, t: math.Round(v[3]*7) / 7, m: v[4], held: v[5],
			bgAlive: v[6], bg39: v[7], pnAlive: v[8], pn39: v[9], spend: v[10], bgLL: v[11], pnLL: v[12], bgYear: v[13], pnYear: v[14]})
	}
	return rows
}

// cells groups equal customers; unit stretches time.
func cells(rows []row, unit float64) []btyd.Cell {
	place := map[[3]float64]int{}
	var out []btyd.Cell
	for _, r := range rows {
		k := [3]float64{float64(r.x), r.tx, r.t}
		i, ok := place[k]
		if !ok {
			i = len(out)
			place[k] = i
			out = append(out, btyd.Cell{X: r.x, Tx: r.tx * unit, T: r.t * unit})
		}
		out[i].N++
	}
	return out
}

func spends(rows []row) []btyd.Spend {
	var out []btyd.Spend
	for _, r := range rows {
		out = append(out, btyd.Spend{X: r.x, M: r.m, N: 1})
	}
	return out
}

// within tells whether got is want up to a share.
func within(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if math.Abs(got-want) > share*math.Abs(want) || math.IsNaN(got) {
		t.Errorf("%s is %.9g, want %.9g", what, got, want)
	}
}

// The optimum on exact days, by numpy and scipy and by R; published to three digits by the models' authors as .243 4.414
// .793 2.426 (-9582.4), .553 10.578 .606 11.669 (-9595.0) and 6.25 3.74 15.44.
func TestTheOptimumIsThePublishedOne(t *testing.T) {
	rows := cdnow(t)
	bg, ll, err := btyd.FitBGNBD(cells(rows, 1))
	if err != nil {
		t.Fatal(err)
	}
	within(t, "r", bg.R, 0.242595, 1e-4)
	within(t, "alpha", bg.Alpha, 4.413602, 1e-4)
	within(t, "a", bg.A, 0.792922, 1e-4)
	within(t, "b", bg.B, 2.425907, 1e-4)
	within(t, "log-likelihood", ll, -9582.4292, 1e-8)

	pn, ll, err := btyd.FitParetoNBD(cells(rows, 1))
	if err != nil {
		t.Fatal(err)
	}
	within(t, "r", pn.R, 0.553277, 1e-4)
	within(t, "alpha", pn.Alpha, 10.577684, 1e-4)
	within(t, "s", pn.S, 0.606240, 1e-4)
	within(t, "beta", pn.Beta, 11.668731, 1e-4)
	within(t, "log-likelihood", ll, -9594.9762, 1e-8)

	mbg, ll, err := btyd.FitMBGNBD(cells(rows, 1))
	if err != nil {
		t.Fatal(err)
	}
	within(t, "r", mbg.R, 0.524843, 1e-4)
	within(t, "alpha", mbg.Alpha, 6.183085, 1e-4)
	within(t, "a", mbg.A, 0.891359, 1e-4)
	within(t, "b", mbg.B, 1.614002, 1e-4)
	within(t, "log-likelihood", ll, -9582.1357, 1e-8)
	within(t, "alive without a repeat purchase", mbg.Alive(0, 0, 38.857143), 0.390, 2e-3)

	nbd, ll, err := btyd.FitNBD(cells(rows, 1)) // as in the BG/NBD paper, table 2
	if err != nil {
		t.Fatal(err)
	}
	within(t, "r", nbd.R, 0.385, 2e-3)
	within(t, "alpha", nbd.Alpha, 12.072, 1e-3)
	within(t, "log-likelihood", ll, -9763.7, 1e-5)

	gg, ll, err := btyd.FitGammaGamma(spends(rows))
	if err != nil {
		t.Fatal(err)
	}
	within(t, "p", gg.P, 6.249572, 1e-4)
	within(t, "q", gg.Q, 3.744224, 1e-4)
	within(t, "gamma", gg.Gamma, 15.443520, 1e-4)
	within(t, "log-likelihood", ll, -4055.9177, 1e-7)
	within(t, "correlation", btyd.Correlation(spends(rows)), 0.1139, 1e-3)
}

// The whole cohort, of which the 2,357 are a tenth: enough cells for the search to begin on joined ones.
func TestTheOptimumOfTheWholeCohort(t *testing.T) {
	f, err := os.Open("testdata/cdnow_cohort.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var cells []btyd.Cell
	customers := 0.0
	for _, l := range lines[1:] {
		var v [4]float64
		for i := range v {
			if v[i], err = strconv.ParseFloat(l[i], 64); err != nil {
				t.Fatal(err)
			}
		}
		cells = append(cells, btyd.Cell{X: int(v[0]), Tx: v[1] / 7, T: v[2] / 7, N: v[3]})
		customers += v[3]
	}
	within(t, "customers", customers, 23570, 0)
	bg, ll, err := btyd.FitBGNBD(cells)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "r", bg.R, .251624, 1e-4)
	within(t, "alpha", bg.Alpha, 4.788943, 1e-4)
	within(t, "a", bg.A, .723433, 1e-4)
	within(t, "b", bg.B, 2.161088, 1e-4)
	within(t, "log-likelihood", ll, -95368.4439, 1e-9)
	pn, ll, err := btyd.FitParetoNBD(cells)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "r", pn.R, .597420, 2e-4)
	within(t, "alpha", pn.Alpha, 11.585658, 2e-4)
	within(t, "s", pn.S, .522186, 2e-4)
	within(t, "beta", pn.Beta, 8.827760, 2e-4)
	within(t, "log-likelihood", ll, -95415.1186, 1e-8)
}

// The unit of time changes the parameters that have one, and nothing else.
func TestTheUnitOfTimeDoesNotMatter(t *testing.T) {
	rows := cdnow(t)
	weeks, _, err := btyd.FitBGNBD(cells(rows, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, unit := range []float64{7, 1.0 / 52} {
		other, _, err := btyd.FitBGNBD(cells(rows, unit))
		if err != nil {
			t.Fatal(err)
		}
		within(t, "r", other.R, weeks.R, 1e-5)
		within(t, "alpha", other.Alpha, weeks.Alpha*unit, 1e-5)
	}
	pareto, _, err := btyd.FitParetoNBD(cells(rows[:600], 7))
	if err != nil {
		t.Fatal(err)
	}
	same, _, err := btyd.FitParetoNBD(cells(rows[:600], 1))
	if err != nil {
		t.Fatal(err)
	}
	within(t, "beta", pareto.Beta, same.Beta*7, 1e-5)
}

// optimum are the parameters of the reference, to seven digits: what is tried here is not the fit.
var optimum = struct {
	bg btyd.BGNBD
	pn btyd.ParetoNBD
	gg btyd.GammaGamma
}{
	btyd.BGNBD{R: 0.242595, Alpha: 4.413602, A: 0.792922, B: 2.425907},
	btyd.ParetoNBD{R: 0.553277, Alpha: 10.577684, S: 0.606240, Beta: 11.668731},
	btyd.GammaGamma{P: 6.249572, Q: 3.744224, Gamma: 15.443520},
}

// Each customer, against the independent program at its own optimum.
func TestEveryCustomerIsAsAnIndependentProgramSays(t *testing.T) {
	rows := cdnow(t)
	bg, pn, gg := optimum.bg, optimum.pn, optimum.gg
	near := func(what string, i int, got, want, by float64) {
		if math.Abs(got-want) > by || math.IsNaN(got) {
			t.Errorf("customer %d: %s is %.7f, want %.7f", i+1, what, got, want)
		}
	}
	var bgTotal, pnTotal float64
	for i, r := range rows {
		if t.Failed() {
			break
		}
		near("BG/NBD alive", i, bg.Alive(r.x, r.tx, r.t), r.bgAlive, 1e-4)
		near("Pareto/NBD alive", i, pn.Alive(r.x, r.tx, r.t), r.pnAlive, 1e-4)
		b, p := bg.Expected(r.x, r.tx, r.t, 39), pn.Expected(r.x, r.tx, r.t, 39)
		near("BG/NBD expected", i, b, r.bg39, 1e-4*max(1, r.bg39))
		near("Pareto/NBD expected", i, p, r.pn39, 1e-4*max(1, r.pn39))
		spend, ok := gg.Expected(r.x, r.m)
		if !ok {
			t.Fatal("no expected spend")
		}
		near("expected spend", i, spend, r.spend, 1e-4*r.spend)
		near("BG/NBD log-likelihood", i, bg.LogLikelihood([]btyd.Cell{{X: r.x, Tx: r.tx, T: r.t, N: 1}}), r.bgLL, 1e-3)
		near("Pareto/NBD log-likelihood", i, pn.LogLikelihood([]btyd.Cell{{X: r.x, Tx: r.tx, T: r.t, N: 1}}), r.pnLL, 1e-3)
		near("BG/NBD value of a year", i, spend*btyd.Discounted(bg, r.x, r.tx, r.t, 4.345, 12, 0.01), r.bgYear, 1e-3*max(1, r.bgYear))
		near("Pareto/NBD value of a year", i, spend*btyd.Discounted(pn, r.x, r.tx, r.t, 4.345, 12, 0.01), r.pnYear, 1e-3*max(1, r.pnYear))
		bgTotal, pnTotal = bgTotal+b, pnTotal+p
	}
	within(t, "BG/NBD forecast of 39 weeks, in which 1,882 were made", bgTotal, 1653.409, 1e-4)
	within(t, "Pareto/NBD forecast of 39 weeks", pnTotal, 1665.513, 1e-4)
}

// What the cohort buys again by the end of each week, customers joining as they did: the curve of the models' papers.
func TestTheTrackingCurve(t *testing.T) {
	f, err := os.Open("testdata/cdnow_tracking.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) != 79 {
		t.Fatalf("%d lines: %v", len(lines), err)
	}
	rows := cdnow(t)
	joined, longest := map[float64]int{}, 0.0
	for _, r := range rows {
		joined[r.t]++
		longest = max(longest, r.t)
	}
	for week := 1; week <= 78; week++ {
		var bg, pn float64
		for span, n := range joined {
			since := float64(week) - (39 - span - 1.0/7) // the first day is 1997-01-01, the last observed one day 272
			bg += float64(n) * optimum.bg.Expected(0, 0, 0, since)
			pn += float64(n) * optimum.pn.Expected(0, 0, 0, since)
		}
		want := func(column int) float64 {
			v, err := strconv.ParseFloat(lines[week][column], 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		within(t, "BG/NBD by week "+lines[week][0], bg, want(2), 2e-4)
		within(t, "Pareto/NBD by week "+lines[week][0], pn, want(3), 2e-4)
	}
}

// Spot values at published parameters: the worked example of the BG/NBD paper's spreadsheet, and the walk-through of the R
// package BTYD for its customer 1516.
func TestWorkedExamples(t *testing.T) {
	bg := btyd.BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426}
	within(t, "expected", bg.Expected(2, 30.43, 38.86, 39), 1.226028174767135, 1e-9)
	within(t, "alive", bg.Alive(2, 30.43, 38.86), 0.726578570080673, 1e-9)
	for at, want := range map[float64]float64{1: 0.05326789117165627, 3: 0.15086523089304896, 78: 1.8605190579427455} {
		within(t, "a new customer", bg.Expected(0, 0, 0, at), want, 1e-9)
	}
	gg := btyd.GammaGamma{P: 6.25, Q: 3.74, Gamma: 15.44}
	for _, c := range []struct {
		x       int
		m, want float64
	}{{2, 22.35, 24.663713910761153}, {1, 11.77, 18.916852057842046}, {0, 0, 35.21897810218978}, {7, 73.74, 71.46967089696709}} {
		got, _ := gg.Expected(c.x, c.m)
		within(t, "spend", got, c.want, 1e-9)
	}
}

// Near a = 1 the series cancels and the integral is taken: both agree where both hold.
func TestTheSeriesAndTheIntegralAgree(t *testing.T) {
	at := func(a float64) float64 {
		return btyd.BGNBD{R: .5, Alpha: 3, A: a, B: 2}.Expected(4, 10, 20, 52)
	}
	below, in, above := at(1-1.1e-3), at(1), at(1+1.1e-3)
	within(t, "between", in, (below+above)/2, 1e-5)
	within(t, "continuous", at(1-0.9e-3), below, 1e-3)
}

// The chance to be alive, by thousands of Simpson's steps: wherever the parameters and however few nodes are taken.
func TestTheIntegralIsRightForAllParameters(t *testing.T) {
	dice := rand.New(rand.NewPCG(5, 6))
	for range 400 {
		wide := func() float64 { return math.Exp(5 * (2*dice.Float64() - 1)) }
		m := btyd.ParetoNBD{R: wide(), Alpha: wide(), S: wide(), Beta: wide()}
		x, span := dice.IntN(30), 40*dice.Float64()
		tx := span * dice.Float64()
		if x == 0 {
			tx = 0
		}
		// In v = ln(u - tx + tiny) the integrand is smooth however steep it falls.
		const steps, tiny = 20_000, 1e-9
		from, to := math.Log(tiny), math.Log(span-tx+tiny)
		step, sum := (to-from)/steps, 0.0
		gone := func(u float64) float64 { // the density of leaving at u, by that of being alive at span
			return m.S * math.Exp((m.R+float64(x))*math.Log((m.Alpha+span)/(m.Alpha+u))+m.S*math.Log((m.Beta+span)/(m.Beta+u))) / (m.Beta + u)
		}
		for i := 0; i <= steps; i++ {
			weight := []float64{2, 4}[i%2]
			if i == 0 || i == steps {
				weight = 1
			}
			v := math.Exp(from + float64(i)*step)
			sum += weight * gone(tx+v-tiny) * v
		}
		want := 1 / (1 + sum*step/3)
		if got := m.Alive(x, tx, span); !(math.Abs(got-want) <= 1e-7*max(want, 1e-3)) {
			t.Errorf("%+v, x %d, tx %g, T %g: %.9g, want %.9g", m, x, tx, span, got, want)
		}
	}
}

// Whatever the history, a prediction is a number, and not negative.
func TestPredictionsAreFinite(t *testing.T) {
	models := []btyd.Model{btyd.MBGNBD{R: .525, Alpha: 6.18, A: .891, B: 1.61}, btyd.MBGNBD{R: 5, Alpha: .01, A: 1, B: .1}, btyd.NBD{R: .385, Alpha: 12},
		btyd.BGNBD{R: .2426, Alpha: 4.41, A: .793, B: 2.43}, btyd.BGNBD{R: 5, Alpha: .01, A: 3, B: .1}, btyd.BGNBD{R: .01, Alpha: 900, A: 1, B: 900},
		btyd.ParetoNBD{R: .553, Alpha: 10.6, S: .606, Beta: 11.7}, btyd.ParetoNBD{R: 4, Alpha: .01, S: 1, Beta: 1000}, btyd.ParetoNBD{R: .01, Alpha: 1000, S: 9, Beta: .01}}
	for i, m := range models {
		for _, x := range []int{0, 1, 3, 500, 5000} {
			for _, span := range []float64{0, 1, 50, 1600, 11000} {
				for _, at := range []float64{0, 0.5, 1} {
					tx := span * at
					if x == 0 {
						tx = 0
					}
					for _, horizon := range []float64{0, 1, 52, 5200} {
						alive, bought := m.Alive(x, tx, span), m.Expected(x, tx, span, horizon)
						if !(alive >= 0 && alive <= 1) || !(bought >= 0) || math.IsInf(bought, 0) {
							t.Fatalf("model %d, x %d, tx %g, T %g, within %g: alive %g, expected %g", i, x, tx, span, horizon, alive, bought)
						}
					}
				}
			}
		}
	}
}

// What cannot be fitted is told, and a fit ends.
func TestDegenerateCustomers(t *testing.T) {
	for name, cells := range map[string][]btyd.Cell{
		"nobody":         nil,
		"one":            {{X: 3, Tx: 5, T: 9, N: 1}},
		"one-time only":  {{T: 10, N: 500}, {T: 20, N: 500}},
		"no time at all": {{X: 2, N: 100}},
	} {
		if _, _, err := btyd.FitBGNBD(cells); err == nil {
			t.Errorf("%s: BG/NBD has parameters", name)
		}
		if _, _, err := btyd.FitMBGNBD(cells); err == nil {
			t.Errorf("%s: MBG/NBD has parameters", name)
		}
		if _, _, err := btyd.FitNBD(cells); err == nil {
			t.Errorf("%s: NBD has parameters", name)
		}
		if _, _, err := btyd.FitParetoNBD(cells); err == nil {
			t.Errorf("%s: Pareto/NBD has parameters", name)
		}
	}
	// All alike: there is an answer or an error, but no number that is none.
	if m, ll, err := btyd.FitBGNBD([]btyd.Cell{{X: 4, Tx: 9, T: 10, N: 1000}}); err == nil && (math.IsNaN(m.R+m.Alpha+m.A+m.B+ll) || math.IsInf(ll, 0)) {
		t.Errorf("all alike: %+v, %g", m, ll)
	}
	if _, _, err := btyd.FitGammaGamma([]btyd.Spend{{X: 0, M: 0, N: 9}, {X: 3, M: -1, N: 9}}); err == nil {
		t.Error("Gamma-Gamma has parameters for nothing")
	}
}

// many are a million customers as the BG/NBD model makes them, in cells of days.
func many(n int) []btyd.Cell {
	dice := rand.New(rand.NewPCG(1, 2))
	place := map[[3]int]int{}
	var out []btyd.Cell
	for range n {
		span := 180 + dice.IntN(550)
		rate, leave := math.Exp(dice.NormFloat64()-4), dice.Float64()*dice.Float64()
		x, at, last := 0, 0.0, 0
		for {
			if at += dice.ExpFloat64() / rate; at > float64(span) {
				break
			}
			if d := int(at); d > last {
				x, last = x+1, d
			}
			if dice.Float64() < leave {
				break
			}
		}
		k := [3]int{x, last, span}
		i, ok := place[k]
		if !ok {
			i = len(out)
			place[k] = i
			out = append(out, btyd.Cell{X: x, Tx: float64(last), T: float64(span)})
		}
		out[i].N++
	}
	return out
}

// However many cells there are, a few say the same.
func TestGatheredCellsSayTheSame(t *testing.T) {
	cells := many(400_000)
	var g, small btyd.Gather
	for _, c := range cells {
		g.Add(c)
	}
	for _, c := range cells[:1000] {
		small.Add(c)
	}
	if got := small.Cells(); !slices.Equal(got, cells[:1000]) {
		t.Error("few cells are changed")
	}
	got := g.Cells()
	if len(cells) < 200_000 || len(got) > 100_000 || len(got) < 50_000 {
		t.Fatalf("%d cells of %d", len(got), len(cells))
	}
	sums := func(cells []btyd.Cell) (n, x, tx, span float64) {
		for _, c := range cells {
			n, x, tx, span = n+c.N, x+c.N*float64(c.X), tx+c.N*c.Tx, span+c.N*c.T
		}
		return
	}
	n, x, tx, span := sums(cells)
	n2, x2, tx2, span2 := sums(got)
	within(t, "customers", n2, n, 0)
	within(t, "purchases", x2, x, 0)
	within(t, "last times", tx2, tx, 1e-9)
	within(t, "times", span2, span, 1e-9)
	bg := btyd.BGNBD{R: 1.2, Alpha: 44, A: .77, B: 2.35}
	within(t, "log-likelihood", bg.LogLikelihood(got), bg.LogLikelihood(cells), 2e-5)
}

func BenchmarkFitOfAMillion(b *testing.B) {
	cells := many(1_000_000)
	b.Run("bgnbd", func(b *testing.B) {
		for range b.N {
			if _, _, err := btyd.FitBGNBD(cells); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(cells)), "cells")
	})
	var g btyd.Gather
	for _, c := range cells {
		g.Add(c)
	}
	b.Run("pareto of joined cells", func(b *testing.B) {
		for range b.N {
			if _, _, err := btyd.FitParetoNBD(g.Cells()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(g.Cells())), "cells")
	})
	b.Run("pareto", func(b *testing.B) {
		for range b.N {
			if _, _, err := btyd.FitParetoNBD(cells); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(cells)), "cells")
	})
}
