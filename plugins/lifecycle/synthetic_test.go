package lifecycle

import (
	"testing"

	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// TestSyntheticCustomersAreInTheStageTheyWereMadeFor: their records were made to show a stage, by purchase habits of 20 to 45 days.
func TestSyntheticCustomersAreInTheStageTheyWereMadeFor(t *testing.T) {
	set, err := synthetic.Make(synthetic.B2B, synthetic.Seed, 0)
	if err != nil {
		t.Fatal(err)
	}
	var customers []sdktest.Customer
	for _, s := range set.Customers {
		var won []any
		for _, d := range s.Deals {
			if d.State == "won" {
				won = append(won, d.Closed)
			}
		}
		customers = append(customers, sdktest.Customer{readBought.Path: won, readKnown.Path: s.Created})
	}
	c := sdktest.Start(t, sdktest.InProcess(Plugin()), sdktest.Setup{AsOf: synthetic.AsOf})
	wrong := map[string]int{}
	right := 0
	for i, got := range c.Classify(customers) {
		if want := set.Customers[i].Truth["lifecycle"]; got.Class() == want {
			right++
		} else {
			wrong[want+" is "+got.Class()]++
		}
	}
	t.Logf("%d of %d; %v", right, len(customers), wrong)
	if right*100 < 95*len(customers) {
		t.Errorf("%d of %d customers are in their stage; %v", right, len(customers), wrong)
	}
}
