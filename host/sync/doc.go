// Package sync pulls a CRM's records into the mirror.
//
// It asks the connector for each kind of record, from where the last pull stands; it normalises and checks
// what comes, and hands it to the store page by page. How a CRM is asked is the connector's, where records
// lie is the store's, what values mean is the classifiers'.
//
// Invariants: a page and the state after it are stored together, so a pull that stops anywhere goes on from
// there; a record that cannot be used is rejected with its cause and stops nothing; a record that reaches
// the mirror fits schemas/*.schema.json and the connection's catalogue.
package sync
