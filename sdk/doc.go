// Package sdk is what the author of a classifier plugin imports.
//
// A plugin is one literal of [Pointwise] (each customer alone) or [Population] (against all others, after a
// fit), and main calls [Serve] with it:
//
//	type config struct {
//		MinDeals int64 `json:"min_deals" schema:"minimum=1,default=3" doc:"Won deals from which a customer is loyal."`
//	}
//
//	type customer struct {
//		Won int64 `crm:"count(deals) where won" purpose:"Counts won deals."`
//	}
//
//	func main() {
//		sdk.Serve(sdk.Pointwise[config, customer]{
//			Info:    sdk.Info{ID: "acme.loyal", Version: "1.0.0", Summary: "Loyal or casual buyer", License: "Apache-2.0"},
//			Tags:    []sdk.Tag{sdk.Class("", sdk.Option{Code: "loyal"}, sdk.Option{Code: "casual"})},
//			Reasons: []sdk.Reason{{Code: "won_deals", Text: sdk.Text{En: "{n} won deals."}, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}}}},
//			Classify: func(run sdk.Run, cfg config, c customer) sdk.Verdict {
//				if c.Won >= cfg.MinDeals {
//					return sdk.Set("", "loyal").Because("won_deals", c.Won)
//				}
//				return sdk.Set("", "casual").Because("won_deals", c.Won)
//			},
//		})
//	}
//
// The customer struct is the list of what is read, the config struct is the JSON Schema of the configuration,
// Tags is the list of what is emitted: there is no second place to forget. Start-up compiles the structs;
// per customer nothing is reflected upon.
//
// The package leaves the mathematics of summaries to sdk/summary, the conformance suite to sdk/sdktest, and
// everything about CRMs to the host. Invariant: a plugin's answers depend on nothing but what the host sent;
// functions of a plugin may be called from several goroutines at once, each with its own data.
package sdk
