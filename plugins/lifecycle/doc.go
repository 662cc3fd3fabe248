// Package lifecycle is the first-party classifier "lifecycle": where a customer stands in the life
// of its purchases, measured by its own rhythm.
//
// # Rule
//
// A purchase is a day with won deals, but none on which refunds (amounts below zero) are as much as what
// was bought, or more. Let g be the customer's own median gap between purchase days (three of them at least), else the
// median of the base's repeat customers, both at least seven days; d the days since the last
// purchase, q = d / g, x the repeat purchases (purchase days less one). The first test that holds
// decides:
//
//	cancelled    the field cancelled_field says so, and nothing was bought since: churned
//	prospect     no purchase yet
//	reactivated  within one g of a purchase that ended a gap which had made the customer churned
//	new          x = 0 and the first purchase at most 90 days ago, unless it is churned already
//	churned      q > 3 and d > 90
//	dormant      q > 1.5
//	loyal        x >= 3 and a customer for 365 days or longer, or called loyal by loyal_tag
//	active       the rest: q <= 1.5
//
// Upper bounds are inclusive: q of exactly 1.5 is active, of exactly 3 dormant. A customer whose g
// is so short that q > 3 comes before the 91st day is dormant until then. A gap had made the
// customer churned when it was longer than 3 g and than 90 days, with the g of the purchases before
// it: what the rule itself would have said on the last day of the gap.
//
// The limits are lengths of time: "1.5g" in intervals or "90d" in days. In days alone no interval
// is needed: the preset days_30_60_90. With alive_tag the probability that a customer will buy
// again, from a model such as that of the plugin clv, takes the place of q: active from 0.7 on,
// dormant from 0.3 on, churned below; where there is none, q decides as before.
//
// Unclassified: too_few, when the customer has no interval of its own and fewer than 30 repeat
// customers give one of the base; no_dates, when won deals have no close date.
//
// Sources: P. Kotler, K. L. Keller, Marketing Management; F. R. Dwyer, P. H. Schurr, S. Oh,
// Developing Buyer-Seller Relationships, Journal of Marketing 51(2), 1987; the limits of 1.5 and 3
// intervals are this project's.
//
// The package leaves hysteresis and minimum stay to the host, and the CRM's own funnel stage alone.
// Invariant: a stage depends on purchase days and the base's interval only, in whole numbers.
package lifecycle
