package satisfaction

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// Every customer is what the second computation says, see testdata/README.md.
func TestEveryCustomerIsWhatTheSecondComputationSays(t *testing.T) {
	text, err := os.ReadFile("testdata/surveys.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Config    map[string]any
		Customers []struct {
			Answers  [][4]any // person, value, age in days, whether the person decides
			Expected struct {
				Class        string
				Answers      int
				Score, Index float64
			}
		}
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 8 {
		t.Fatalf("there are %d cases", len(cases))
	}
	for _, x := range cases {
		kind := x.Config["kind"].(string)
		c := plugintest.Configured(t, Plugin(), x.Config, plugintest.List("activities.person", sdk.String), plugintest.List("contacts."+kind+"_score", sdk.Number),
			plugintest.List("contacts.decision_maker", sdk.Boolean))
		classes := map[string]int{}
		var customers []sdktest.Customer
		for _, y := range x.Customers {
			var persons, values, times, decide []any
			for _, a := range y.Answers {
				persons, values, decide = append(persons, a[0]), append(values, a[1]), append(decide, a[3])
				if age, dated := a[2].(float64); dated {
					times = append(times, plugintest.AsOf.AddDate(0, 0, -int(age)).Add(9*time.Hour))
				}
			}
			of := sdktest.Customer{}
			for i, read := range c.Reads {
				of[read.GetPath()] = [][]any{values, times, persons}[i]
				if read.GetType() == sdk.Boolean {
					of[read.GetPath()] = decide
				}
			}
			customers = append(customers, of)
		}
		for i, r := range c.Classify(customers) {
			want := x.Customers[i].Expected
			classes[r.Class()]++
			if r.Class() != want.Class || r.Tags["answers"] != strconv.Itoa(want.Answers) {
				t.Errorf("%v: customer %d, %v, is %v, not %+v", x.Config, i, x.Customers[i].Answers, r, want)
			}
			if want.Class == "unclassified" {
				continue
			}
			for key, exact := range map[string][2]float64{"score": {want.Score, 0.5e-4}, "index": {want.Index, 0.5e-2}} { // rounded to so many digits
				if got, err := strconv.ParseFloat(r.Tags[key], 64); err != nil || math.Abs(got-exact[0]) > exact[1]+1e-9 {
					t.Errorf("%v: customer %d, %v, has the %s %s, not %v", x.Config, i, x.Customers[i].Answers, key, r.Tags[key], exact[0])
				}
			}
		}
		if len(classes) != 4 {
			t.Errorf("%v: only %v", x.Config, classes)
		}
	}
}
