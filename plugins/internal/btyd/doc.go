// Package btyd holds the models that predict purchases of customers who need not say
// goodbye ("buy till you die"): BG/NBD and Pareto/NBD for how often somebody buys and
// whether he still does, Gamma-Gamma for how much he spends.
//
// Sources: Fader, Hardie and Lee, Counting Your Customers the Easy Way (Marketing
// Science 2005) for BG/NBD; Schmittlein, Morrison and Colombo (Management Science 1987)
// for Pareto/NBD; Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013).
// Maximum likelihood in logarithms of the parameters, from several starts, on counts of
// equal customers.
//
// It leaves to others: where the numbers come from, and what is made of them.
//
// Invariants: the same cells in the same order give the same parameters, bit for bit; a
// fit ends after a bounded number of evaluations; a prediction is finite for every
// customer with 0 <= Tx <= T, or an error of the fit has told before.
package btyd
