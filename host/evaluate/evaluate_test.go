package evaluate_test

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"testing"

	"github.com/taxonhq/taxon/host/evaluate"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) { // NaN is not
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// table reads a CSV and answers its columns as numbers.
func table(t *testing.T, path string, columns ...string) [][]float64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(columns))
	for i, name := range columns {
		at := -1
		for j, h := range rows[0] {
			if h == name {
				at = j
			}
		}
		for _, row := range rows[1:] {
			v, err := strconv.ParseFloat(row[at], 64)
			if err != nil {
				t.Fatal(err)
			}
			out[i] = append(out[i], v)
		}
	}
	return out
}

func TestGiniOfTheReferences(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{1, 2, 3, 4}, 0.25}, {[]float64{0, 0, 0, 1}, 0.75}, {[]float64{1, 1, 1, 1}, 0}, {[]float64{4, 1, 3, 2}, 0.25}, {[]float64{7}, 0},
		{[]float64{90000, 77000, 26350, 15001, 12500, 8502, 1200, 850, 504, 150}, 0.6537286097812175}, // Heizer & Render's Silicon Chips
		{table(t, "../../examples/data/crm_sales_opportunities/expected_accounts.csv", "amount")[0], 0.20211061},
	} {
		g, negative, ok := evaluate.Gini(c.values)
		if !ok || negative != 0 {
			t.Errorf("%v: %v, %d negative", c.values, ok, negative)
		}
		near(t, "Gini", g, c.want, 5e-9)
	}
	g, negative, ok := evaluate.Gini([]float64{-5, 1, 2, 3, 4, -1})
	if !ok || negative != 2 {
		t.Errorf("%v, %d negative", ok, negative)
	}
	near(t, "Gini without the negative ones", g, 0.25, 0)
	for _, v := range [][]float64{nil, {0, 0}, {-1}} {
		if _, _, ok := evaluate.Gini(v); ok {
			t.Errorf("%v has a Gini coefficient", v)
		}
	}
}

func TestTheCurveOfConcentrationIsAWhaleWhereSomeLose(t *testing.T) {
	if got := evaluate.Concentration([]float64{1, 3, -1, 1}, 0); !reflect.DeepEqual(got, []evaluate.Point{{}, {0.25, 0.75}, {0.5, 1}, {0.75, 1.25}, {1, 1}}) {
		t.Errorf("%v", got)
	}
	values := make([]float64, 1000)
	for i := range values {
		values[i] = float64(i)
	}
	curve := evaluate.Concentration(values, 100)
	if len(curve) != 101 || curve[100] != (evaluate.Point{Customers: 1, Value: 1}) || curve[10].Customers != 0.1 {
		t.Errorf("%d points, %v", len(curve), curve[len(curve)-1])
	}
	if evaluate.Concentration([]float64{-1, 1}, 10) != nil || len(evaluate.Concentration([]float64{1, 2}, 10)) != 3 {
		t.Error("degenerate curves")
	}
}

func TestTheClassTableAddsUp(t *testing.T) {
	got := evaluate.Tabulate([]string{"B", "A", "A", "", "A", "X"}, []float64{10, 50, 30, 0, 100, 10}, []string{"A", "B", "C"})
	want := []evaluate.Class{
		{Code: "A", Customers: 3, Share: 0.5, Value: 180, ValueShare: 0.9, Mean: 60, Median: 50},
		{Code: "B", Customers: 1, Share: 1. / 6, Value: 10, ValueShare: 0.05, Mean: 10, Median: 10},
		{Code: "C"},
		{Code: "", Customers: 1, Share: 1. / 6},
		{Code: "X", Customers: 1, Share: 1. / 6, Value: 10, ValueShare: 0.05, Mean: 10, Median: 10},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := evaluate.Tabulate(nil, nil, nil); len(got) != 0 {
		t.Errorf("nobody: %v", got)
	}
	even := evaluate.Tabulate([]string{"A", "A"}, []float64{1, -3}, nil)[0]
	if even.Median != -1 || even.ValueShare != 0 {
		t.Errorf("%+v", even)
	}
}

func TestMigrationTellsUpFromDownAndWhoCameAndWent(t *testing.T) {
	from := []string{"A", "A", "B", "C", evaluate.NotPresent, "C", "B", "unclassified", "A"}
	to := []string{"A", "B", "A", "C", "A", evaluate.Gone, "C", "B", evaluate.Gone}
	values := []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}
	m := evaluate.Migrate(from, to, values, []string{"A", "B", "C"}, map[string]int{"A": 0, "B": 1, "C": 2})
	if m.Both != 6 || m.Kept != 2 || m.Up != 1 || m.Down != 2 || m.ValueMoved != 2+4+64+128 {
		t.Errorf("%+v", m)
	}
	near(t, "retention", m.Retention, 1./3, 1e-15)
	if m.Customers("A", "B") != 1 || m.Customers(evaluate.NotPresent, "A") != 1 || m.Customers("C", "A") != 0 || m.From["A"] != 3 || m.To["C"] != 2 {
		t.Errorf("%+v", m)
	}
	var order []string
	for _, move := range m.Moves {
		order = append(order, move.From+">"+move.To)
	}
	want := []string{"A>A", "A>B", "A>(gone)", "B>A", "B>C", "C>C", "C>(gone)", "unclassified>B", "(not present)>A"}
	if !reflect.DeepEqual(order, want) {
		t.Errorf("%v", order)
	}
	if want := []string{"A", "B", "C", "unclassified", "(gone)", "(not present)"}; !reflect.DeepEqual(m.Classes, want) {
		t.Errorf("%v", m.Classes)
	}
	// Of two that share a place none is better, and what has no place is neither; both are listed all the same.
	m = evaluate.Migrate(from, to, values, []string{"C", "B", "A"}, map[string]int{"A": 0, "B": 0})
	if m.Up != 0 || m.Down != 0 || m.Kept != 2 || m.Moves[0].From != "C" {
		t.Errorf("%+v", m)
	}
}

// A class that nobody had before has its place all the same.
func TestClassesOfOneDayAloneKeepTheirPlace(t *testing.T) {
	shown := []string{"interested", "not_now", "not_interested", "unknown", "lost"}
	m := evaluate.Migrate([]string{"unknown", "unknown", "unknown", "lost", "stray"}, []string{"not_interested", "not_now", "unknown", "unknown", "aside"}, make([]float64, 5), shown, nil)
	if want := []string{"not_now", "not_interested", "unknown", "lost", "aside", "stray"}; !reflect.DeepEqual(m.Classes, want) {
		t.Errorf("%v", m.Classes)
	}
	if m = evaluate.Migrate(nil, nil, nil, shown, nil); m.Classes == nil || len(m.Classes) != 0 {
		t.Errorf("%#v", m.Classes)
	}
}

func TestPSIOfTheReferences(t *testing.T) {
	for _, c := range []struct {
		reference, now []int
		want           float64
		verdict        evaluate.Verdict
	}{
		{[]int{200, 200, 200, 200, 200}, []int{400, 400, 400, 400, 400}, 0, evaluate.Stable},
		{[]int{100, 200, 400, 200, 100}, []int{120, 220, 360, 200, 100}, 0.0097670554, evaluate.Stable},
		{[]int{250, 250, 250, 250}, []int{100, 200, 300, 400}, 0.2282174096, evaluate.Moved},
		{[]int{100, 200, 300, 400}, []int{250, 250, 250, 250}, 0.2282174096, evaluate.Moved},
		{[]int{50, 30, 20, 0}, []int{40, 30, 20, 10}, 0.3201170392, evaluate.Changed}, // an empty bin
		{[]int{4, 4, 4}, []int{2, 3, 7}, 0.2794020, evaluate.Chance},                  // too few to say so
	} {
		d, ok := evaluate.PSI(c.reference, c.now)
		if !ok || d.Verdict != c.verdict {
			t.Errorf("%v to %v: %+v", c.reference, c.now, d)
		}
		near(t, "PSI", d.PSI, c.want, 5e-7)
	}
	if _, ok := evaluate.PSI([]int{0, 0}, []int{1, 2}); ok {
		t.Error("a reference of nobody")
	}
	// Classes of the B2B set in the halves of 2017, with pandas.
	d, _ := evaluate.PSI([]int{56, 20, 9}, []int{56, 19, 10})
	near(t, "PSI of the halves", d.PSI, 0.00184299, 5e-9)
}

func TestUnmovedDataRarelyLooksMoved(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	beyond := 0
	const trials = 2000
	for range trials {
		var a, b [10]int
		for range 300 {
			a[dice.IntN(10)]++
			b[dice.IntN(10)]++
		}
		if d, ok := evaluate.PSI(a[:], b[:]); !ok || d.PSI > d.Chance {
			beyond++
		}
	}
	if share := float64(beyond) / trials; share > 0.08 || share < 0.03 { // 0.05 was asked for
		t.Errorf("%v of unmoved samples lie beyond chance", share)
	}
}

func TestBinsAreThoseOfTheReference(t *testing.T) {
	reference := make([]float64, 100)
	for i := range reference {
		reference[i] = float64(i + 1)
	}
	bins := evaluate.ReferenceBins(reference, 10)
	if !reflect.DeepEqual([]float64(bins), []float64{10, 20, 30, 40, 50, 60, 70, 80, 90}) {
		t.Fatalf("%v", bins)
	}
	if got := bins.Count(reference); !reflect.DeepEqual(got, []int{10, 10, 10, 10, 10, 10, 10, 10, 10, 10}) {
		t.Errorf("%v", got)
	}
	if got := bins.Count([]float64{-1, 10, 10.5, 90, 91, 1e9}); !reflect.DeepEqual(got, []int{2, 1, 0, 0, 0, 0, 0, 0, 1, 2}) {
		t.Errorf("%v", got)
	}
	if bins := evaluate.ReferenceBins([]float64{0, 0, 0, 0, 5}, 10); !reflect.DeepEqual([]float64(bins), []float64{0}) {
		t.Errorf("ties: %v", bins)
	}
	if bins := evaluate.ReferenceBins([]float64{3, 3}, 10); len(bins) != 0 || evaluate.ReferenceBins(nil, 10) != nil {
		t.Errorf("all equal: %v", bins)
	}
}

// The published forecast: the best tenth by BG/NBD bought 4.70 times the average, and 1,653.4 were expected of 1,882.
func TestLiftAndErrorsOfTheCDNOWForecast(t *testing.T) {
	data := table(t, "testdata/cdnow_bgnbd.csv", "x", "predicted", "observed")
	x, predicted, observed := data[0], data[1], data[2]
	parts := evaluate.Parts(predicted, observed, 10)
	near(t, "lift of the best tenth", parts[0].Lift, 4.6965, 0.01)
	near(t, "lift of the second", parts[1].Lift, 1.6239, 0.02)
	var customers, seen, expected float64
	for _, p := range parts {
		near(t, "customers of a part", p.Customers, 235.7, 1e-9)
		customers, seen, expected = customers+p.Customers, seen+p.Customers*p.Observed, expected+p.Customers*p.Predicted
	}
	near(t, "customers", customers, 2357, 1e-6)
	near(t, "observed", seen, 1882, 1e-6)
	near(t, "expected", expected, 1653.409, 0.001)
	e := evaluate.ErrorsOf(predicted, observed)
	near(t, "MAE", e.MAE, 0.7855, 0.00005)
	near(t, "RMSE", e.RMSE, 1.608, 0.00005)
	near(t, "predicted", e.Predicted, 1653.409, 0.001)
	naive := evaluate.ErrorsOf(x, observed)
	near(t, "naive MAE", naive.MAE, 0.8973, 0.00005)
	near(t, "naive total", naive.Predicted, 2457, 0)

	dice := rand.New(rand.NewPCG(3, 4))
	p, o := append([]float64(nil), predicted...), append([]float64(nil), observed...)
	dice.Shuffle(len(p), func(i, j int) { p[i], p[j], o[i], o[j] = p[j], p[i], o[j], o[i] })
	for i, part := range evaluate.Parts(p, o, 10) {
		near(t, "a part after shuffling", part.Observed, parts[i].Observed, 1e-9)
	}
}

func TestEqualPredictionsShareABorder(t *testing.T) {
	parts := evaluate.Parts([]float64{1, 1, 1, 1}, []float64{8, 0, 0, 0}, 2)
	if len(parts) != 2 || parts[0].Observed != 2 || parts[1].Lift != 1 || parts[0].Ratio != 2 {
		t.Errorf("%+v", parts)
	}
	parts = evaluate.Parts([]float64{3, 2, 2}, []float64{6, 3, 0}, 2) // a half of the two goes up
	near(t, "upper", parts[0].Observed, (6+1.5/2)/1.5, 1e-12)
	near(t, "lower", parts[1].Observed, 1.5, 1e-12)
	if evaluate.Parts(nil, nil, 10) != nil {
		t.Error("parts of nobody")
	}
	for _, p := range evaluate.Parts([]float64{0, 0}, []float64{0, 0}, 10) {
		if p.Lift != 0 || p.Ratio != 0 || math.Abs(p.Customers-0.2) > 1e-12 {
			t.Errorf("%+v", p)
		}
	}
}

func TestAUCAndBrier(t *testing.T) {
	auc, ok := evaluate.AUC([]float64{0.9, 0.8, 0.7, 0.6}, []bool{true, true, false, true})
	if !ok {
		t.Fatal("no AUC")
	}
	near(t, "AUC", auc, 2./3, 1e-15)
	auc, _ = evaluate.AUC([]float64{1, 1, 1}, []bool{true, false, true})
	near(t, "AUC of ties", auc, 0.5, 0)
	if _, ok := evaluate.AUC([]float64{1, 2}, []bool{true, true}); ok {
		t.Error("an AUC without anybody to whom it did not happen")
	}
	b, ok := evaluate.Brier([]float64{1, 0.5, 0}, []bool{true, false, false})
	if !ok {
		t.Fatal("no Brier score")
	}
	near(t, "Brier", b, 0.25/3, 1e-15)
}

func TestAdjustedRandIsBlindToNames(t *testing.T) {
	a := []string{"1", "1", "1", "2", "2", "2"}
	index, ok := evaluate.AdjustedRand(a, []string{"x", "x", "x", "y", "y", "y"})
	if !ok || index != 1 {
		t.Errorf("%v %v", index, ok)
	}
	index, _ = evaluate.AdjustedRand(a, []string{"1", "1", "2", "2", "3", "3"}) // scikit-learn's example
	near(t, "adjusted Rand index", index, 0.24242424242424243, 1e-15)
	if _, ok := evaluate.AdjustedRand([]string{"1", "1"}, []string{"2", "2"}); ok {
		t.Error("one group each")
	}
}

func TestTraitsAreWhatChanceDoesNotExplain(t *testing.T) {
	p := evaluate.NewProfile()
	dice := rand.New(rand.NewPCG(5, 6))
	for i := range 400 {
		class, orders, service := "C", 2+float64(dice.IntN(3)), dice.IntN(100) < 20
		switch {
		case i == 1 || i == 2:
			class = "rare"
		case i%4 == 0:
			class, orders, service = "A", orders+10, dice.IntN(100) < 70
		}
		p.Member(class)
		p.Number(class, "orders", orders)
		p.Number(class, "noise", dice.Float64())
		p.Number(class, "constant", 7.1)
		p.Number(class, "unknown", math.NaN())
		p.Text(class, "country", []string{"US", "DE"}[i%3%2])
		p.Text(class, "street", strconv.Itoa(i))
		if service {
			p.Has(class, "bought", "service")
		}
	}
	got := p.Traits(3)
	a := got["A"]
	if len(a) != 2 || a[0].Feature != "orders" || a[1].Feature != "bought" || a[1].Text != "service" || !a[1].Set || a[0].Effect < 1 || a[0].Known != 100 || a[1].Known != 100 {
		t.Errorf("A: %+v", a)
	}
	if a[1].Class < 0.6 || a[1].Class > 0.8 || a[1].Base > 0.4 || a[1].Base < 0.2 {
		t.Errorf("shares %+v", a[1])
	}
	if len(got["rare"]) != 0 {
		t.Errorf("two customers have traits: %+v", got["rare"])
	}
	if c := got["C"]; len(c) == 0 || c[0].Feature != "orders" || c[0].Effect > 0 || c[0].Class >= c[0].Base {
		t.Errorf("C: %+v", c)
	}
	if len(evaluate.NewProfile().Traits(3)) != 0 {
		t.Error("nobody has traits")
	}
}
