package sdk_test

import (
	"fmt"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/summary"
)

func ExamplePointwise() {
	type config struct {
		MinDeals int64 `json:"min_deals" schema:"minimum=1,default=3" doc:"Won deals from which a customer is loyal."`
	}
	type customer struct {
		Won int64 `crm:"count(deals) where won" purpose:"Counts won deals."`
	}
	plugin := sdk.Pointwise[config, customer]{
		Info:    sdk.Info{ID: "acme.loyal", Version: "1.0.0", Summary: "Loyal or casual buyer"},
		Tags:    []sdk.Tag{sdk.Class("", sdk.Option{Code: "loyal"}, sdk.Option{Code: "casual"})},
		Reasons: []sdk.Reason{{Code: "won_deals", Text: sdk.Text{En: "Won deals: {n}."}, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}}}},
		Classify: func(run sdk.Run, cfg config, c customer) sdk.Verdict {
			if c.Won >= cfg.MinDeals {
				return sdk.Set("", "loyal").Because("won_deals", c.Won)
			}
			return sdk.Set("", "casual").Because("won_deals", c.Won)
		},
	}
	m := sdk.Manifest(plugin) // what sdk.Serve(plugin) tells a host
	fmt.Println("reads", m.GetReads()[0].GetPath())
	for _, o := range m.GetTags()[0].GetOptions() {
		fmt.Println("emits", o.GetCode())
	}
	// Output:
	// reads count(deals) where won
	// emits loyal
	// emits casual
	// emits unclassified
}

func ExamplePopulation() {
	type config struct {
		Top int64 `json:"top_percent" schema:"minimum=1,maximum=99,default=20" doc:"Share of customers that are top, in percent."`
	}
	type customer struct {
		Revenue sdk.Amount `crm:"sum(deals.amount) where won" purpose:"Compares revenue." required:"true"`
	}
	type state struct{ Revenue summary.Multiset } // mergeable in any order
	type model struct{ Revenue summary.Ranks }    // kept by the host
	plugin := sdk.Population[config, customer, state, model]{
		Info:    sdk.Info{ID: "acme.top", Version: "1.0.0", Summary: "The customers with the highest revenue"},
		Tags:    []sdk.Tag{sdk.Class("", sdk.Option{Code: "top"}, sdk.Option{Code: "other"})},
		Reasons: []sdk.Reason{{Code: "rank", Text: sdk.Text{En: "Rank {rank}."}, Args: []sdk.Arg{{Name: "rank", Type: sdk.Integer}}}},
		Add:     func(run sdk.Run, cfg config, _ model, s *state, c customer) { s.Revenue.Add(int64(c.Revenue)) },
		Merge:   func(into *state, other state) { into.Revenue.Merge(other.Revenue) },
		Fit: func(run sdk.Run, cfg config, pass int, s state) (model, sdk.Report, error) {
			m := model{Revenue: *s.Revenue.Ranks()}
			return m, sdk.Report{Customers: m.Revenue.Count()}, nil
		},
		Classify: func(run sdk.Run, cfg config, m model, c customer) sdk.Verdict {
			larger := m.Revenue.At(int64(c.Revenue)).Above
			class := "other"
			if 100*larger < cfg.Top*m.Revenue.Count() {
				class = "top"
			}
			return sdk.Set("", class).Because("rank", larger+1)
		},
	}
	fmt.Println(sdk.Manifest(plugin).GetScope())
	// Output: SCOPE_POPULATION
}
