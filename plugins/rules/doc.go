// Package rules is the custom classifier without code: an ordered list of conditions, each with
// the tags that it gives.
//
//	inputs:
//	  revenue: sum(deals.amount) where won within 365d
//	options:
//	  - {code: strategic, label: {en: Strategic, zh_hans: 战略客户, zh_hant: 戰略客戶}}
//	  - {code: ordinary, label: {en: Ordinary, zh_hans: 普通客户, zh_hant: 普通客戶}}
//	rules:
//	  - name: key account in manufacturing
//	    when: tags.abc == "A" && customer.?industry.orValue("").contains("manufact")
//	    tag: strategic
//	    because: {en: Key account in manufacturing., zh_hans: 制造业关键客户。}
//	  - when: revenue >= 100000 && days_since(customer.created_at) > 365
//	    tag: {class: strategic, score: 80, note: long-standing}
//	default: ordinary
//
// A rule gives a code of the class, and where it likes a score, a note and a flag. Further
// classes are further classifiers: each is one field of the CRM.
//
// # Conditions
//
// Conditions are CEL (Common Expression Language, cel.dev) with its optional types and string
// functions. What they may use is typed and checked when the classifier is configured; a mistake
// is reported with its line, column and a caret:
//
//   - customer.country or short country: the customer's fields;
//   - inputs.revenue or short revenue: the named inputs, each a measure, a list column or a tag;
//   - tags.abc, tags.rfm.score: other classifiers' tags;
//   - as_of, the start of the as-of day, and days_since(t), whole days of the account's zone
//     from a time or date to it.
//
// Amounts are in units of the base currency (1500.5, not minor units), dates are the start of
// their day in the account's zone. Numbers of different types may be compared. There is no clock:
// the same customer gives the same answer.
//
// # Missing values
//
// A condition that needs a missing value is not decided, and its rule does not apply: revenue <
// 100 is not true of a customer whose revenue is not known, and neither is its negation. As CEL
// has it, false && missing is false and true || missing is true. has(customer.country) asks
// whether there is a value, customer.?country.orValue("") gives another in its place; the same
// goes for inputs and for main tags (for the part of a tag, name it as an input). A customer to
// whom no rule and no default applies is unclassified: for the reason missing when a rule was not
// decided, else no_rule.
//
// # Order
//
// With match: first the first rule that applies decides. With match: all every rule that applies
// gives its tags, an earlier rule winning where two set the same one, and the default fills in
// what none set.
//
// # Bounds
//
// One evaluation is limited in cost, and functions that can make texts without bound (replace,
// join, format) are not available; a condition that exceeds its cost, or divides by zero, or reads
// beyond a list, is a problem of that customer alone, told without the customer's data.
//
// The manifest asks for anything ("*"), so an administrator grants by name what the rules read;
// personal fields are not in the catalogue without a grant. This package is the plugins' only
// user of CEL. Invariant: exactly what the conditions name is read.
package rules
