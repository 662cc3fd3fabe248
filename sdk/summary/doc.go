// Package summary holds mergeable, exact summaries of customers for population plugins: a multiset of whole
// numbers, a counter, moments and a bottom-k sample.
//
// Each is a commutative monoid: its zero value is neutral and ready to use, and the same customers give the
// same bytes in whatever order they were added and however they were split into parts and merged. Sums are
// whole numbers of 128 bits or more, never floating point, so that no order can change a last digit.
//
// All encode themselves (encoding.BinaryMarshaler), so a struct of them is a summary for sdk.Population.
// The package computes no score and knows no customer.
package summary
