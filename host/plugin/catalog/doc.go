// Package catalog knows which plugins there are, built in and installed, and keeps one warm process of each
// that is used.
//
// plugins.lock.json in the store's directory says what is installed and what an administrator approved;
// plugins.state.json which plugins failed of late. Listing starts nothing. A start compares the executable
// with the lock and what the process describes with plugin.json. A plugin that failed is started again after
// 1 s to 1 min; three failures within an hour disable an installed one, in this and in every other process of the store.
//
// It leaves to others how a process is started (launch), how it is spoken with (client), how plugins get into
// the store (install) and which classifier owns which field (config).
// Invariant: no process runs whose executable or manifest differs from what was approved.
package catalog
