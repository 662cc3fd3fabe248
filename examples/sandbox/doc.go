// Package sandbox is the ground that every CRM simulator stands on: records with
// properties and links, schemas, a search index that lags, rate windows, tokens,
// faults on demand and a log of requests.
//
// A dialect (package hubspot beside this one) serves one vendor's API over HTTP
// from these parts and holds nothing but that vendor's habits. Nothing here knows
// a vendor, and nothing here is needed by Taxon itself: the sandboxes are the CRM
// of the demo and of the tests.
//
// Invariants: everything is safe for concurrent use; a Record is never changed
// after the store handed it out; time comes from the injected Clock alone, so that
// waiting for a rate window, a token's end or the index costs a test nothing.
package sandbox
