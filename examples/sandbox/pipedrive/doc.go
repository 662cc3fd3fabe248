// Package pipedrive simulates a Pipedrive company: persons, organizations, deals and
// activities over API v2, with the habits that surprise integrators.
//
// It leaves records, links, rate windows, tokens, faults and the request log to
// package sandbox. Each quirk has a test that names its source; where sources leave a
// question open, an Options field chooses.
//
// Not simulated: leads, products, notes, webhooks, filters, creation of records over
// HTTP, v1 beside users/me.
package pipedrive
