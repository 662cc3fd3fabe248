// Package espocrm simulates an EspoCRM server: accounts, contacts, opportunities,
// cases, meetings, calls, emails and what the Sales Pack adds, over its REST API, with
// the habits that surprise integrators.
//
// It leaves records, credentials, faults and the request log to package sandbox. Facts
// come from EspoCRM's documentation and source, and from a 9.1.7 that ran on loopback;
// each quirk has a test that names its source.
//
// Not simulated: creation of records over HTTP, roles of single users, relationships,
// the action history, webhooks.
package espocrm
