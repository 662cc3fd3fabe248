// Package suitecrm simulates the JSON:API of SuiteCRM 7 (V8 API; SuiteCRM 8 serves it
// under /legacy): accounts, contacts, opportunities and what is recorded with them, with
// the habits that surprise integrators.
//
// It leaves records, tokens, faults and the request log to package sandbox. Each quirk
// has a test that names its source, which is SuiteCRM's published code: no server was
// tried.
//
// Not simulated: relationships, creation and deletion over HTTP, Studio, logic hooks.
package suitecrm
