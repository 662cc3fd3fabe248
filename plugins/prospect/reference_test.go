package prospect

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/taxonhq/taxon/sdk/sdktest"
)

// reference is the customers of the second computation, and what it says of them.
func reference(t testing.TB) (customers []sdktest.Customer, want [][]string) {
	t.Helper()
	text, err := os.ReadFile("testdata/customers.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw []struct {
		Acts      [][4]any
		Deals     [][4]any
		Employees *int64
		Judgement *int64
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	for _, c := range raw {
		var s seen
		for _, a := range c.Acts {
			what := a[3]
			if amount, ok := what.(float64); ok {
				what = int64(amount)
			}
			s.acts = append(s.acts, act{a[0].(string), int(a[1].(float64)), a[2].(string), what})
		}
		for _, d := range c.Deals {
			s.deals = append(s.deals, deal{d[0].(string), int(d[1].(float64)), int(d[2].(float64)), d[3].(string)})
		}
		if c.Employees != nil {
			s.employees = *c.Employees
		}
		if c.Judgement != nil {
			s.judgement = *c.Judgement
		}
		customers = append(customers, s.customer())
	}
	file, err := os.Open("testdata/expected.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if want, err = csv.NewReader(file).ReadAll(); err != nil || len(want) != len(customers)+1 {
		t.Fatalf("%d rows for %d customers, %v", len(want)-1, len(customers), err)
	}
	return customers, want[1:]
}

func TestEveryCustomerOfTheSecondComputation(t *testing.T) {
	customers, want := reference(t)
	for i, got := range start(t, nil).Classify(customers) {
		w := want[i]
		if got.Class() != w[1] || got.Tags["potential"] != w[5] || got.Tags["refusal_reason"] != w[6] {
			t.Errorf("customer %d is %v, want %v", i, got, w)
		}
		for k, key := range []string{"score", "fit", "engagement"} {
			a, err := strconv.ParseFloat(got.Tags[key], 64)
			b, err2 := strconv.ParseFloat(w[2+k], 64)
			if err != nil || err2 != nil || math.Abs(a-b) > 0.021 { // cut to hundredths, each part by itself
				t.Errorf("customer %d has the %s %v, want %v", i, key, got.Tags[key], w[2+k])
			}
		}
	}
}
