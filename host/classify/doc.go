// Package classify makes tags of the mirror: it measures customers, sends each classifier exactly the columns
// that it may read, and stores what it answers, with the reasons.
//
// A run prepares its classifiers (what they read, whether that was approved, in which order), finds out which
// have work to do, measures the customers concerned once for all of them into a spool on disk, and then goes
// through the classifiers level by level: a classifier that reads another one's tags comes after it. What a
// classifier answers is written only when it has answered for everybody: one that fails leaves its tags, model
// and work as they were, and those that depend on it wait; the others finish.
//
// Work is found by keys. A classifier whose as-of day, reads, configuration, plugin and model are those of its
// last work is asked about changed customers only, and of these only about those whose columns differ, with
// the stored model. Without any, no process is started and nothing is written.
//
// An answer becomes a tag in settle: rules of stability may hold the class back there, whatever the plugin, and all
// that comes after, other classifiers included, sees the class that is held. What people set in the CRM in place of
// a tag stays the record's, and is what other classifiers read. Ask lets plugins judge a customer with other values
// (what if), by the stored model and without storing anything.
//
// Left to others: what may stand in a configuration (the plugin), the process and the protocol (host/plugin),
// fields and writes in the CRM (host/writeback).
//
// Invariants: a plugin is sent nothing that its manifest does not name and the administrator did not approve;
// identity leaves the host as a keyed hash; the spool is readable by this user only and gone after the run;
// nothing here reads a clock or depends on the order in which customers arrived.
package classify
