package btyd_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
)

// What customers with as many repeat purchases bought in the 39 weeks after, on average, and what was expected of them: the
// conditional expectations of the models' papers. 7 is 7 and more.
func TestTheHoldoutByRepeatPurchases(t *testing.T) {
	f, err := os.Open("testdata/cdnow_conditional.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) != 9 {
		t.Fatalf("%d lines: %v", len(lines), err)
	}
	var n, actual, bg, pn [8]float64
	for _, r := range cdnow(t) {
		bin := min(r.x, 7)
		n[bin]++
		actual[bin] += r.held
		bg[bin] += optimum.bg.Expected(r.x, r.tx, r.t, 39)
		pn[bin] += optimum.pn.Expected(r.x, r.tx, r.t, 39)
	}
	for i, line := range lines[1:] {
		for column, got := range map[int]float64{0: float64(i), 1: n[i], 2: actual[i] / n[i], 3: bg[i] / n[i], 4: pn[i] / n[i]} {
			want, err := strconv.ParseFloat(line[column], 64)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got-want) > 1e-4 { // four digits are given
				t.Errorf("%d repeat purchases: %s is %.5f, not %s", i, lines[0][column], got, line[column])
			}
		}
	}
}
