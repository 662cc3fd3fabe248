package rfm_test

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/plugins/internal/sample"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// table is a CSV file of testdata without its header, packed or not.
func table(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var in io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return lines[1:]
}

// The rfm package's customers come as days, orders and revenue: 39,999 of them, by each rule.
func TestEveryOneOfTheFortyThousandPublishedCustomers(t *testing.T) {
	raw, expected := table(t, "rfm_data_customer.csv.gz"), table(t, "customers_expected.csv.gz")
	if len(raw) != 39_999 || len(expected) != len(raw) {
		t.Fatalf("%d customers, %d expected", len(raw), len(expected))
	}
	for rule, column := range map[string]int{"package": 0, "max_rank": 2, "min_rank": 3, "mid_rank": 4} {
		c := start(t, map[string]any{"window": "all", "rule": rule, "segments": segments("README")}, data.OrdersAsOf)
		var list []sdktest.Customer
		for _, row := range raw {
			var numbers [3]int
			for i, text := range row {
				n, err := strconv.Atoi(text)
				if err != nil {
					t.Fatal(err)
				}
				numbers[i] = n
			}
			revenue, orders, days := numbers[0], int64(numbers[1]), numbers[2]
			list = append(list, customer(c, data.OrdersAsOf.AddDate(0, 0, -days), orders, orders, sdk.Amount(100*revenue)))
		}
		wrong := 0
		for i, r := range c.Classify(list) {
			segment := code(expected[i][1])
			if rule != "package" {
				segment = r.Class() // only the scores are given
			} else if segment == "others" {
				segment = "other"
			}
			if r.Tags["cell"] != expected[i][column] || r.Class() != segment {
				if wrong++; wrong <= 5 {
					t.Errorf("%s: customer %d, %v, has %v, not %s and %s", rule, i, raw[i], r.Tags, expected[i][column], segment)
				}
			}
		}
		if wrong > 5 {
			t.Errorf("%s: %d customers are wrong", rule, wrong)
		}
	}
}

func TestEveryCustomerOfTheOrdersIsInItsSegmentOfThePresets(t *testing.T) {
	expected := map[string][]string{}
	for _, row := range table(t, "presets.csv") {
		expected[row[0]] = row[1:]
	}
	orders := sample.Orders(t)
	if len(orders) != 995 || len(expected) != 995 {
		t.Fatalf("%d customers, %d expected", len(orders), len(expected))
	}
	for i, x := range []struct{ preset, rule string }{{"ten", "mid_rank"}, {"ten", "package"}, {"eight", "mean"}, {"eight", "median"}} {
		c := start(t, map[string]any{"window": "all", "preset": x.preset, "rule": x.rule}, data.OrdersAsOf)
		for j, r := range c.Classify(customers(c, orders)) {
			if want := expected[orders[j].ID][i]; r.Class() != want {
				t.Errorf("%s by %s: %s is %s, not %s", x.preset, x.rule, orders[j].ID, r.Class(), want)
			}
		}
	}
}
