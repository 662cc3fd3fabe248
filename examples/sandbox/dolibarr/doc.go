// Package dolibarr simulates a Dolibarr installation: third parties, contacts,
// opportunities (which are projects), invoices, proposals, tickets and events of the
// agenda over its REST API, with the habits that surprise integrators.
//
// It leaves records, keys, faults and the request log to package sandbox. Facts come
// from Dolibarr's source and from a 16.0.3 that ran on the network; each quirk has a
// test that names its source. Options.Old chooses a release before extra fields could
// be made over the API.
//
// Not simulated: rights of single users, linked objects, lines, creation of records
// over HTTP.
package dolibarr
