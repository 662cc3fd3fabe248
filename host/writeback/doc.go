// Package writeback brings tags into the CRM: it plans the changes, provisions the fields, and applies the plan.
//
// A plan compares three values of each field: the one the tags ask for now, the one we last wrote, and the one the
// CRM holds (see decide). It is a list of rows in the store, in the order in which it will be applied, with a hash
// over all of them; Export writes it as plan.json for a person, and Import finds the plan that such a file means.
// Apply writes exactly the rows of a plan and settles each as the CRM answers.
//
// It leaves to others: what the tags are (classify), how requests are sent (connector), when a run takes place and
// who may run (run), and wording on a screen (cli).
//
// Invariants: a value that we did not write is never overwritten unless the classifier is configured to; a row is
// marked as sent before its request leaves, and a sent row without an outcome is read back before anything is decided
// from its value, so that our own writes never pass for a person's, whenever the process dies; a plan that was
// changed, or overtaken by a newer one, is refused.
package writeback
