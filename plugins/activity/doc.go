// Package activity is the first-party classifier "activity": how much does the customer do by itself?
//
// # Rule
//
// Within the window (180 days) the customer's own acts are meetings, calls, mails, tickets, survey
// answers and visits that it began, and its orders (days with a won deal). The index adds up
//
//	weight(kind) * 0.5^(age / 30)
//
// over them, age in whole days: an act counts half after 30 days. Weights are 3, of a visit 1.
// What we began counts 0 and is still an event. The field of activities that says the
// direction is direction, or what direction_field names; an activity without one counts as unknown says. Customers with an
// event are ranked by their index, ties by mid-rank: of n customers, of whom `below` have less and
// `equal` the same (itself included), the third is floor(3 (2 below + equal) / 2n) + 1.
//
//	silent   no event
//	passive  only we began anything
//	active   the top third, and an own act in the last 30 days
//	steady   the middle third or the top one; or own acts on four days or more, evenly spaced:
//	         the coefficient of variation of the gaps is below 0.6
//	passive  the rest
//
// Thirty days is inclusive, 0.6 is not. The coefficient is the population standard deviation over
// the mean, compared in whole numbers. With rule fixed two cuts take the place of the thirds, which
// move with the base.
//
// The parts name the index, the number of own acts, in how many kinds (breadth), the kind that
// weighs most (channel) and whether the newer half of the window has at least half as many again
// as the older one, or the other way round (trend).
//
// Unclassified: too_few, when fewer than nine customers have an event.
//
// Source: exponentially decayed engagement scores as CRMs use them for leads; the weights, terciles
// and the coefficient of 0.6 are this project's. Opens and clicks of mails, and with them those of
// scanners, are in no activity that the host knows.
//
// Invariant: an index is a sum of whole millionths, so that no order of activities changes it.
package activity
