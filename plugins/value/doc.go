// Package value is the first-party classifier "value": high, middle or low value from what a customer bought, what it
// could buy, and how loyal it is.
//
// Definition. Purchase history, potential and loyalty each have a score from 0 to 100 of their criteria, by the
// arithmetic of plugins/internal/scoring; the value score is their weighted mean (50, 20, 30). Three levels: high from 66.67, mid
// from 33.33, else low; two levels: high from 50, else low; a third way: high from 66.67, else potential where the
// potential is high, else ordinary. Lower bounds are inclusive. A customer all of whose scores are 0 is none: it
// has bought nothing and nothing is open, which is known and not little data.
//
// Beside the class: vip, the customers with the largest purchases (100 * (number of strictly larger) < 5 * number of
// customers with any, or from an amount on), and cultivate, the list of those who are not high, but whose potential is.
//
// By default amounts, orders and purchase days are held against those of the customers who have any (percentile among
// those above zero), so that the many who never bought do not make a small buyer look large.
//
// Sources: the levels and the three things that they rest on are those of the demand (purchase history, purchase
// potential, loyalty); the percentiles are those of RFM scoring (Blattberg, Kim, Neslin, Database Marketing, 2008,
// chapter 12). There is no agreed standard for the weights: they are settings.
//
// Invariant: equal customers have equal classes, and the three contributions add up to the score exactly.
package value
