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
//			Reasons: []sdk.Reason{{Code: "won_deals", Text: sdk.Text{En: "Won deals: {n}."}, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}}}},
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
// # Customers
//
// Each field of the customer struct has a tag crm with what it reads (a field, a list such as deals.amount, a
// measure such as sum(deals.amount) where won within 365d, or another classifier's tag), purpose with one sentence
// for the administrator who approves it, and required:"true" when customers without it are not to be sent.
// {/pointer} stands for what the configuration says there. Types: string, int64, float64, bool, time.Time, [Day]
// and [Amount]; a pointer or [Optional] of one tells missing from zero; a slice is a list. A field of type [Key]
// without a tag is the customer's anonymous key. A plugin whose reads come from its configuration uses [Row].
//
// # Configurations
//
// Each field of the config struct has a tag json with its name, doc with its description, and schema with
// constraints: required, minimum, maximum, exclusiveMinimum, default, enum=a|b, minLength, maxLength, minItems,
// maxItems, uniqueItems, title, examples=a|b and pattern (last); default:"[1, 2]" is a default as JSON. Who breaks a
// pattern is shown the examples, else the default, in its place. Structs, slices and maps nest. A type with a method JSONSchema() map[string]any describes itself and is read by its json.Unmarshaler.
// What the schema refuses is a diagnostic with a JSON pointer; Configure adds checks across fields. When the type
// parameter is a pointer, Configure may keep what it prepares in unexported fields. Presets are named
// configurations: "preset: NAME" starts from one, and what stands beside it wins.
//
// # Verdicts
//
// [Set] gives a tag a value, [Verdict.Because] says why by a declared code with arguments, [Unclassified] says that
// too little is known, [Failed] that this customer's data are at fault. Something undeclared is a fault of the
// plugin and ends the call.
//
// The package leaves the mathematics of summaries to sdk/summary, the conformance suite to sdk/sdktest, and
// everything about CRMs to the host. Invariant: a plugin's answers depend on nothing but what the host sent;
// functions of a plugin may be called from several goroutines at once, each with its own data.
package sdk
