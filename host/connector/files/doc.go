// Package files is a connector for CRMs that only export files, and for back-tests: companies, contacts, deals and activities
// are read from CSV or NDJSON files in a directory, and tags are written to files in another.
//
// It is used like a connector that speaks with a CRM (package connector): the same records, pages, fields and outcomes, and the
// same mapping of fields. What differs: a file is everything there is, so a pull reads a kind's files when their contents have
// changed, and what they no longer hold is gone. Problems name file and line.
//
// It leaves to others: what records mean (package mapping), storing them (package sync), deciding what is written (package
// writeback).
//
// Invariants: exports are only read. A file of tags is replaced as a whole, by a file that is complete and on the disk, readable
// by its owner only.
package files
