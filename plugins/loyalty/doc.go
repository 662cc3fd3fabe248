// Package loyalty is the first-party classifier "loyalty": does the customer keep coming back?
//
// # Rule
//
// A purchase is a day with won deals, but none on which refunds (amounts below zero) are as much as what
// was bought, or more. Periods are calendar quarters (or months, or years) of the
// account's zone. Presence is the share of a customer's complete periods in which it bought: they
// begin with the period of the first purchase, the current one is left out, and of more than eight
// the last eight count. The base's interval is the median over all repeat customers of their median
// gap between purchases, at least seven days.
//
//	behaviour   loyal       three purchases or more and a presence of 75 % or more
//	            drifting    two purchases or more, and less
//	            potential   none or one, and an open deal; or one, at most one interval ago
//	            occasional  one, longer ago
//	            none        no purchase and no open deal
//	levels      high        as loyal
//	            mid         two purchases or more and a presence of 25 % or more
//	            low         the rest of those who bought
//	tenure      long_term   as loyal, and the first purchase 730 days ago or longer
//	            regular     two purchases or more, and less
//	            potential, occasional, none as above
//	attitude    true_loyalty, spurious_loyalty: as loyal, with a good or without a good attitude
//	            latent_loyalty, no_loyalty: not as loyal, with a good or without a good attitude
//
// Presence forgets slowly: a customer who left a quarter ago is still loyal by it. lapsed_after, unless
// it is empty as it is by default, ends that so many own intervals or days after the last purchase.
//
// Lower bounds and the interval are inclusive. Attitude is the class of a satisfaction classifier
// (promoter, satisfied and low_effort are good) or the mean NPS answer of the last 365 days (9 or
// more is good).
//
// Of the whole base the fit reports the repeat-purchase rate (customers with two purchases or more
// among those with one or more) and the retention rate (of the customers of a period, those who
// bought in the next one too), for the latest two complete periods and over all that count.
//
// Unclassified: too_new, when presence decides and the period of the first purchase is not over;
// too_few, when fewer than 30 repeat customers give an interval and it decides; no_attitude;
// no_dates, when won deals have no close date.
//
// Sources: A. S. Dick, K. Basu, Customer Loyalty: Toward an Integrated Conceptual Framework, Journal
// of the Academy of Marketing Science 22(2), 1994, for the two dimensions of attitude; retention and
// repeat-purchase rate as in R. C. Blattberg, B.-D. Kim, S. A. Neslin, Database Marketing, 2008. The
// cuts are this project's.
//
// It leaves stages of life to the plugin lifecycle and probabilities to clv. Invariant: a class
// depends on purchase days, open deals, the attitude and the base's interval only, in whole numbers.
package loyalty
