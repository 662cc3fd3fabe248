// Package odoo simulates one database of Odoo over its two interfaces: JSON-2 (19.0 and
// later) and JSON-RPC (before), with the habits that surprise integrators: errors that
// are HTTP 200, false where there is no value, lost opportunities that are archived,
// change times finer than told, one set of values for many records or for none.
//
// It leaves records, tokens, faults and the request log to package sandbox. Each quirk
// has a test that names its source: Odoo's documentation, its published source code, or
// servers that were tried on loopback (17.0 and 19.0, both of 2025).
//
// Not simulated: creation and deletion of records over HTTP, access rules, translations,
// companies beside the first, domains with | and !, computed fields.
package odoo
