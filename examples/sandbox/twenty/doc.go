// Package twenty simulates a workspace of the CRM Twenty over its REST API: companies,
// people, opportunities and calendar events, with the habits that surprise integrators.
//
// It leaves records, rate windows, tokens, faults and the request log to package
// sandbox. Each quirk has a test that names its source: Twenty's published source code,
// or a server that was tried on loopback (a commit of January 2026).
//
// Not simulated: GraphQL, roles, webhooks, tasks and notes, creation of records over
// HTTP, filters beyond comparisons joined by commas.
package twenty
