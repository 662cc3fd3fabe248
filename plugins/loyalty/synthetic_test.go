package loyalty

import (
	"testing"

	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// TestSyntheticCustomersAreAsLoyalAsTheyWereMade: their records were made to show it, by purchase habits of 20 to 45 days.
func TestSyntheticCustomersAreAsLoyalAsTheyWereMade(t *testing.T) {
	set, err := synthetic.Make(synthetic.B2B, synthetic.Seed, 0)
	if err != nil {
		t.Fatal(err)
	}
	var customers []sdktest.Customer
	var truth []string
	for _, s := range set.Customers {
		if s.Truth["loyalty"] == "" {
			continue
		}
		var won []any
		var open int64
		for _, d := range s.Deals {
			switch d.State {
			case "won":
				won = append(won, d.Closed)
			case "open":
				open++
			}
		}
		truth = append(truth, s.Truth["loyalty"])
		customers = append(customers, sdktest.Customer{readBought.Path: won, readOpen.Path: open})
	}
	c := sdktest.Start(t, sdktest.InProcess(Plugin()), sdktest.Setup{Config: map[string]any{"lapsed_after": "1.9g"}, AsOf: synthetic.AsOf})
	wrong := map[string]int{}
	right := 0
	for i, got := range c.Classify(customers) {
		if want := truth[i]; got.Class() == want {
			right++
		} else {
			wrong[want+" is "+got.Class()]++
		}
	}
	t.Logf("%d of %d; %v", right, len(customers), wrong)
	if right*100 < 90*len(customers) {
		t.Errorf("%d of %d customers are what they were made to be; %v", right, len(customers), wrong)
	}
}
