// Command loyal is a classifier plugin of somebody else's: it tags customers who keep coming back.
//
// It is a module of its own and uses nothing of Taxon but the SDK, as any plugin would.
package main

import (
	"time"

	"github.com/taxonhq/taxon/sdk"
)

type config struct {
	MinDeals int64 `json:"min_deals" schema:"minimum=1,default=3" doc:"Won deals from which a customer is loyal."`
	Within   int64 `json:"within" schema:"minimum=1,maximum=3650,default=180" doc:"Days since the last deal up to which a loyal customer is still one."`
}

type customer struct {
	Deals int64                    `crm:"count(deals) where won" purpose:"Counts won deals."`
	Last  sdk.Optional[time.Time]  `crm:"last(deals.closed_at) where won" purpose:"Tells how long ago the last deal was won."`
	Worth sdk.Optional[sdk.Amount] `crm:"mean(deals.amount) where won" purpose:"Shows the usual size of a deal."`
}

func plugin() sdk.Plugin {
	return sdk.Pointwise[config, customer]{
		Info: sdk.Info{ID: "acme.loyal", Version: "1.0.0", Summary: "Loyal, drifting or casual buyer", License: "Apache-2.0"},
		Tags: []sdk.Tag{
			sdk.Class("",
				sdk.Option{Code: "loyal", Label: sdk.Text{En: "Loyal", ZhHans: "忠诚", ZhHant: "忠誠"}},
				sdk.Option{Code: "drifting", Label: sdk.Text{En: "Drifting", ZhHans: "游离", ZhHant: "游離"}},
				sdk.Option{Code: "casual", Label: sdk.Text{En: "Casual", ZhHans: "偶然", ZhHant: "偶然"}}),
			sdk.AmountTag("usual_deal").Described("Mean value of the won deals."),
		},
		Reasons: []sdk.Reason{
			{Code: "deals", Text: sdk.Text{En: "Won deals: {n}; days since the last: {days}.", ZhHans: "成交{n}次，最近一次在{days}天前。"},
				Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, {Name: "days", Type: sdk.Integer}}},
			{Code: "no_deals", Text: sdk.Text{En: "No won deal yet.", ZhHans: "尚无成交。"}},
		},
		Classify: classify,
	}
}

func classify(run sdk.Run, cfg config, c customer) sdk.Verdict {
	if !c.Last.OK {
		return sdk.Unclassified("no_deals")
	}
	days, class := run.DaysSince(c.Last.Value), "casual"
	if c.Deals >= cfg.MinDeals {
		class = "drifting"
		if days <= cfg.Within {
			class = "loyal"
		}
	}
	verdict := sdk.Set("", class).Because("deals", c.Deals, days)
	if c.Worth.OK {
		verdict = verdict.Set("usual_deal", c.Worth.Value)
	}
	return verdict
}

func main() { sdk.Serve(plugin()) }
