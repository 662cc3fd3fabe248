// Package measure defines and computes the columns that classifiers read: fields of a customer, list
// columns of its deals, activities and people, and measures over them.
//
// A column is written as text. The whole grammar:
//
//	column  = field | list | measure | tag
//	field   = NAME                                            a field of the customer: country
//	list    = SOURCE "." NAME clauses                         deals.amount where won within 365d
//	measure = AGG "(" SOURCE [ "." NAME ] ")" clauses         sum(deals.amount) where won within 365d
//	tag     = "tags." CLASSIFIER [ "." KEY ]                  tags.abc, tags.rfm.score
//	clauses = [ "where" cond { "and" cond } ] [ "within" WINDOW ] [ "in" CURRENCY ]
//	cond    = "won" | "lost" | "open" | "closed" | NAME ( = | != | < | <= | > | >= ) LITERAL | NAME "known"
//	AGG     = sum | count | mean | min | max | first | last | distinct
//	SOURCE  = deals | activities | contacts
//	WINDOW  = Nd | Nw | Nm | Ny | all
//
// LITERAL is a number, true, false, a day, a time, or a text: a plain word or one in 'single' or "double" quotes.
//
// What counts, and when: a deal that is won or lost counts at its close date, an open one at its creation
// date, an activity when it occurred, a contact when it was created (a window leaves out older ones, without one all count). A deal closed at or after the as-of day
// is open as of that day, one created at or after it does not exist yet. A window is a number of calendar
// days (weeks, months, years) of the account's zone before the as-of day, which it does not include. What has
// no date is left out of windows, and counts where there is none. The sum and the count of nothing are 0,
// every other measure of nothing is missing. first and last go by the date that counts, then by id. Something
// missing equals nothing: of all comparisons only != holds for it. NAME known holds for whatever has a value.
//
// Amounts are minor units of the base currency (or of the one after "in"), at the rate of the date that counts; the
// CRM's own converted amount wins. A rate that is not known makes the measure missing, and says so: NoRate.
//
// With contacts as customers, the source contacts is the customer itself.
//
// The package knows no plugin and no file but a table of rates; which columns a plugin may read is decided in
// host/classify. Invariant: equal columns have one canonical text and are computed once, in one pass over a customer.
package measure
