// Package hubspot simulates a HubSpot account: its CRM API over HTTP, on the dated
// paths (/crm/objects/2026-09/...) and on the v1, v3 and v4 ones that the official
// clients use, with the habits that surprise integrators.
//
// It leaves records, links, the lagging index, rate windows, tokens, faults and the
// request log to package sandbox. The account itself is changed by Go methods of
// Server (Load, Update, Archive, Merge, ...), which stand for the people and tools
// that work in a CRM beside us; Save writes it to a file from which Restore goes on.
//
// Facts come from HubSpot's documentation and specifications, from its official
// client and from published connectors; each quirk has a test that names its
// source. Where the sources leave a question open, an Options field chooses.
// A referee, HubSpot's own Node client, drives this package in referee/.
//
// Not simulated: property history (propertiesWithHistory answers the present value
// alone), objects beyond contacts, companies and deals, webhooks, creation of
// associations over HTTP, free-text search beyond substrings.
package hubspot
