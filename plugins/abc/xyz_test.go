package abc_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/plugins/abc"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// buyer is a customer that brought these amounts in the periods before the as-of day, the last one first, and bought so
// often before.
func buyer(months, earlier int, periods ...int64) sdktest.Customer {
	customer := sdktest.Customer{"count(deals) where won within all": int64(earlier)}
	sum, count := int64(0), int64(0)
	for i, v := range periods {
		if sum += v; v != 0 {
			count++
		}
		customer[fmt.Sprintf("sum(deals.amount) where won within %dm", (i+1)*months)] = sdk.Amount(sum)
	}
	customer["count(deals) where won within all"] = int64(earlier) + count
	customer[fmt.Sprintf("count(deals) where won within %dm", len(periods)*months)] = count
	customer[won] = sdk.Amount(sum)
	return customer
}

func steady(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	return sdktest.Start(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{Config: with(map[string]any{"xyz": config})})
}

func TestSteadinessOfEveryAccountOfTheSecondComputation(t *testing.T) {
	f, err := os.Open("testdata/xyz.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 86 {
		t.Fatalf("%d lines", len(lines))
	}
	for period, columns := range map[string][]string{"month": {"xyz", "variation", "periods"}, "quarter": {"quarter_xyz", "quarter_variation", "quarters"}} {
		months, n := 1, 12
		if period == "quarter" {
			months, n = 3, 4
		}
		c := steady(t, map[string]any{"period": period, "periods": n, "min_periods": 3})
		var customers []sdktest.Customer
		for _, line := range lines[1:] {
			var periods []int64
			for end := 12; end > 0; end -= months {
				sum := int64(0)
				for m := end - months + 1; m <= end; m++ {
					v, err := strconv.ParseInt(line[m], 10, 64)
					if err != nil {
						t.Fatal(err)
					}
					sum += v * 100
				}
				periods = append(periods, sum)
			}
			customers = append(customers, buyer(months, 0, periods...))
		}
		for i, r := range c.Classify(customers) {
			line := lines[i+1]
			at := slices.Index(lines[0], columns[0])
			variation, _ := strconv.ParseFloat(r.Tags["variation"], 64)
			got := []string{r.Tags["xyz"], fmt.Sprintf("%.2f", variation), r.Reasons[1].Args["periods"]}
			if !slices.Equal(got, line[at:at+3]) {
				t.Errorf("%s by %s is %v, not %v", line[0], period, got, line[at:at+3])
			}
		}
	}
}

func TestBoundsOfSteadiness(t *testing.T) {
	c := steady(t, map[string]any{"period": "quarter", "periods": 4})
	for _, x := range []struct {
		name    string
		periods []int64
		earlier int
		want    string
	}{
		{"always the same", []int64{500, 500, 500, 500}, 0, "X 0"},
		{"exactly 0.5", []int64{150, 50, 150, 50}, 0, "X 0.5"},
		{"a little more", []int64{151, 50, 151, 50}, 0, "Y 0.5"},
		{"exactly 1", []int64{100, 0, 100, 0}, 1, "Y 1"},
		{"a little more than 1", []int64{101, 0, 100, 0}, 1, "Z 1"},
		{"once only", []int64{0, 100, 0, 0}, 1, "Z 1.73"},
		{"what was before the first purchase does not count", []int64{100, 100, 100, 0}, 0, "X 0"},
		{"but it does with an earlier one", []int64{100, 100, 100, 0}, 1, "Y 0.58"},
		{"two periods are too few", []int64{100, 100, 0, 0}, 0, "unclassified "},
		{"nothing", []int64{0, 0, 0, 0}, 3, " "},
		{"refunds only", []int64{-5, 0, 0, 0}, 3, " "},
		{"a refund among purchases", []int64{300, -100, 300, 300}, 0, "Y 0.87"},
	} {
		r := c.Classify([]sdktest.Customer{buyer(3, x.earlier, x.periods...)})[0]
		if got := r.Tags["xyz"] + " " + r.Tags["variation"]; got != x.want {
			t.Errorf("%s: %s, not %s", x.name, got, x.want)
		}
	}
	r := c.Classify([]sdktest.Customer{buyer(3, 0, 100, 100, 0, 0)})[0]
	if r.Reasons[1].Text != "Periods since the first purchase: 2; needed to tell steadiness: 3." {
		t.Errorf("a new customer is %v because %v", r.Tags, r.Reasons)
	}
	if r := c.Classify([]sdktest.Customer{{won: sdk.Amount(5)}})[0]; r.Class() == "" || r.Tags["xyz"] != "" {
		t.Errorf("without a rate of exchange for the past: %v", r)
	}
}

func TestSteadinessIsOffUnlessAskedFor(t *testing.T) {
	c := sdktest.Start(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{Config: with(nil)})
	if len(c.Reads) != 1 || len(c.Tags) != 3 {
		t.Errorf("it reads %v and gives %v", c.Reads, c.Tags)
	}
	c = steady(t, map[string]any{})
	if len(c.Reads) != 15 || len(c.Tags) != 5 {
		t.Errorf("with steadiness it reads %d columns and gives %d tags", len(c.Reads), len(c.Tags))
	}
	// The class is ranked within a year of days; of a count within 12 months column 0 is used twice.
	c = sdktest.Start(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{Config: map[string]any{"measure": "count(deals) where won", "window": "12m", "min_months": 0, "xyz": map[string]any{}}})
	if len(c.Reads) != 13 {
		t.Errorf("the count reads %d columns", len(c.Reads))
	}
}

func TestMistakesAboutSteadiness(t *testing.T) {
	for _, x := range []struct {
		config map[string]any
		want   string
	}{
		{map[string]any{"measure": "annual_revenue", "xyz": map[string]any{}}, "/xyz measure"},
		{map[string]any{"measure": "mean(deals.amount) where won", "xyz": map[string]any{}}, "/xyz measure"},
		{map[string]any{"xyz": map[string]any{"cuts": []float64{1, 0.5}}}, "/xyz/cuts order"},
		{map[string]any{"xyz": map[string]any{"periods": 3, "min_periods": 4}}, "/xyz/min_periods range"},
		{map[string]any{"xyz": map[string]any{"period": "week"}}, "/xyz/period enum"},
		{map[string]any{"xyz": map[string]any{"periods": 2}}, "/xyz/periods range"},
	} {
		_, found := sdktest.Configure(t, sdktest.InProcess(abc.Plugin()), sdktest.Setup{Config: x.config})
		var got []string
		for _, d := range found {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if strings.Join(got, " ") != x.want {
			t.Errorf("%v: %v, expected %s", x.config, got, x.want)
		}
	}
}

func TestConformanceWithSteadiness(t *testing.T) {
	config := map[string]any{"xyz": map[string]any{"periods": 4}}
	sdktest.Run(t, sdktest.InProcess(abc.Plugin()), sdktest.Options{Setup: sdktest.Setup{Config: config}})
}
