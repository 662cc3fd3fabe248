// Package zoho simulates an organisation of Zoho CRM over its API v8: accounts,
// contacts, deals, invoices, quotes, cases, meetings and calls, with the habits that
// surprise integrators.
//
// It leaves records, rate windows, tokens, faults and the request log to package
// sandbox. Each quirk has a test that names its source: the vendor's documentation, its
// official client, or published connectors; no organisation was tried.
//
// Not simulated: COQL but for lists of ids, webhooks, creation of records over HTTP,
// contact roles, concurrency limits.
package zoho
