// Package profit is the first-party classifier "profit": what customers bring after what they cost.
//
// Definition. Contribution = revenue - cost of what was sold - costs to serve, in the window. Tested in this order:
// break_even when |contribution| < 1 % of revenue; loss when it is negative (also without any revenue); none when
// there is neither revenue nor cost; else, of the customers with a contribution above zero and down the whale curve (the
// cumulative contribution from the best customer to the worst, whose peak is the sum of all positive ones), high
// while 100 * (what strictly larger ones bring) < 80 * peak, and contributing after that. Ties share a class, and the
// customer that crosses the cut is high, as in abc. All comparisons are in whole minor units.
//
// What a customer costs is never assumed. The administrator names one source: a cost (cost), the contribution itself
// (contribution), or margins in per cent, one for all (margin_rate) and others by product (margins). Where a cost is
// known of less than 90 % of the revenue the customer is unclassified; of 90 % and more, the rest is taken to have
// the same margin as the known part, and the reason says so.
//
// Sources: R. Cooper, R. S. Kaplan, Profit Priorities from Activity-Based Costing, HBR May/June 1991 (whale curve);
// what they published, the best 20 % bringing 140 to 225 % of the total, is a check of magnitude, not a rule.
//
// Invariant: a class depends on nothing but the customer's own values and the multiset of contributions above zero.
package profit
