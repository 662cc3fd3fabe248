// Package crm is the vocabulary of Taxon: records, values, money, measures' raw material, tags and errors.
//
// It holds what every other host package speaks about and nothing that does something: no I/O, no
// third-party library, no wall clock. Invariant: it imports the standard library only.
package crm
