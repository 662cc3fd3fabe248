// Package prospect is the first-party classifier "prospect": will the customer buy, and how much may become of it?
//
// # Rule
//
// Own acts are meetings, calls, mails, tickets, survey answers and visits that the customer began, within the window (365
// days). An open deal lives when it was created at most 180 days ago, or is expected on the as-of day or later. The first
// rule that holds says the stage:
//
//	not_interested  a deal was lost, or a quote declined, and since then there is no own act, no won deal, no living deal
//	quoted_silent   the latest quote was sent more than 7 and at most 90 days ago, and since then there is no own act, no
//	                deal was won or lost, and no other quote was accepted or declined
//	not_now         all living deals are put off: expected more than 90 days ahead, or with such a reason;
//	                or the latest lost deal has such a reason, and nothing came since, as above
//	interested      an own meeting or call, an own act on a topic of intent, or an accepted quote, in the last 14 days;
//	                or a score of 70 or more
//	considering     an own act in the last 60 days, or a living deal
//	unknown         the rest
//
// "Since" is a later day for acts, and that day or a later one for deals. Bounds in days are inclusive: 14 and 60 days
// still count, 7 is not silent yet, 90 is not put off.
//
//	score       fit / 2 + engagement; hot from 70, warm from 40, else cold
//	fit         0 to 100: sum(w s) / sum(w) over the criteria that are known (package scoring); 0 without any
//	engagement  0 to 50: of each kind of event, sum(points * 0.5^(age / 30)), at most the kind's cap, added up
//	potential   high from a fit of 70, medium from 40, else low; a person's judgement, where there is one, takes its place
//
// A fit of 0 without a judgement says no potential: nothing is known.
//
// Unclassified: bought, when buyers are left out and the customer is one.
//
// Sources: the five stages and what to do in each are those of the classic text on sales calls; lead scores of fit and
// decaying engagement are what CRMs have; the numbers are this project's.
//
// It leaves probabilities to clv and the learning of weights to tree. Invariant: sums are whole numbers, so that no order
// of activities changes a score.
package prospect
