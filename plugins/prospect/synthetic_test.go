package prospect

import (
	"testing"

	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// TestSyntheticProspectsAreWhatTheyWereMadeToBe: they show their stage in deals, quotes and talks, and their potential in
// size, budget and a person's judgement that is one off in two of three cases.
func TestSyntheticProspectsAreWhatTheyWereMadeToBe(t *testing.T) {
	set, err := synthetic.Make(synthetic.B2B, synthetic.Seed, 0)
	if err != nil {
		t.Fatal(err)
	}
	var customers []sdktest.Customer
	var truth []synthetic.Customer
	for _, s := range set.Customers {
		if s.Truth["prospect"] == "" {
			continue
		}
		lists := map[string][]any{}
		put := func(path string, v any) { lists[path] = append(lists[path], v) }
		for _, a := range s.Activities {
			put("activities.kind within 365d", a.Kind)
			put("activities.occurred_at within 365d", a.At)
			put("activities.direction within 365d", a.Direction)
			put("activities.status within 365d", a.Status)
			put("activities.amount within 365d", a.Amount)
		}
		for _, d := range s.Deals {
			if d.State == "lost" {
				put("deals.closed_at where lost within 365d", d.Closed)
				put("deals.lost_reason where lost within 365d", d.LostReason)
				continue
			}
			put("deals.created_at where open", d.Created)
			put("deals.closed_at where open", d.Closed)
			put("deals.lost_reason where open", d.LostReason)
		}
		c := sdktest.Customer{"employees": int64(s.Employees), "judgement": int64(s.Fields["judgement"][0] - '0')}
		for path, list := range lists {
			c[path] = list
		}
		customers, truth = append(customers, c), append(truth, s)
	}
	config := map[string]any{"judgement": "counts", "fit": []any{map[string]any{"name": "size", "of": "employees", "weight": 6, "scale": "range", "from": 0, "to": 800}}}
	c := sdktest.Start(t, sdktest.InProcess(Plugin()), sdktest.Setup{Config: config, AsOf: synthetic.AsOf, Catalogue: fields})
	for _, key := range []string{"prospect", "potential"} {
		right, wrong := 0, map[string]int{}
		for i, got := range c.Classify(customers) {
			said := got.Class()
			if key == "potential" {
				said = got.Tags["potential"]
			}
			if want := truth[i].Truth[key]; said == want {
				right++
			} else {
				wrong[want+" is "+said]++
			}
		}
		t.Logf("%s: %d of %d; %v", key, right, len(customers), wrong)
		if least := map[string]int{"prospect": 95, "potential": 80}[key]; right*100 < least*len(customers) {
			t.Errorf("%s: %d of %d are what they were made to be; %v", key, right, len(customers), wrong)
		}
	}
}
