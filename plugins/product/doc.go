// Package product is the first-party classifier "product": what kind of thing does the customer buy?
//
// # Rule
//
// Each won deal of the window has the kind that its category says; where the category says nothing
// that is understood, its product. A text is understood by key words, after folding (case, accents,
// plural endings, traditional characters): a key word is a whole word in scripts with spaces and a
// part of the text in Chinese. Of the key words found those inside a longer one fall away. Then those
// of the administrator win over the usual ones, services and financial products over goods ("machine
// maintenance" is a service, "car insurance" is financial), the later over the earlier.
//
//	durable, non_durable, service, financial   (or an own kind) the kind with the largest share of
//	             the deals that are understood, when that is half or more and no other kind has as much
//	mixed        no kind has it
//	none         no won deal
//	unclassified not_said: no deal has a category or product; not_understood: more than half
//	             of them say something that no key word is in; no_amounts
//
// Deals count one each; by amount they count their amount, and those without one, or below zero, nothing. A
// field of the customer, when configured, speaks where no deal is understood. Half is inclusive.
//
// The parts are the kinds bought (largest first), the share of the main one, the number of
// categories (breadth), the category bought most (favourite: the interest group) and its share. A
// category is the deal's category, else its product, in any spelling that folds to the same text;
// ties go to the text that sorts first.
//
// Source: durable goods, non-durable goods and services after P. Kotler, Marketing Management; financial
// products as a fourth kind is the usage of banks. The key words are this project's (words.txt).
//
// Invariant: a class depends on the won deals only, not on their order and not on other customers.
package product
