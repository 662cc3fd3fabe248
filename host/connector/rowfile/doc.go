// Package rowfile reads and writes the files of rows that CRMs exchange in bulk: CSV, and JSON objects line by line, as
// they are or in a ZIP archive.
//
// A row is read as a JSON value, so that what comes in bulk is mapped like what comes in pages. Reading needs memory for the
// rows that are in use, whatever the size of the file.
//
// It leaves to others: how a file is fetched (package transport), and what its rows mean (package mapping).
//
// Invariant: a file that ends within a row is an error, never a shorter file.
package rowfile
