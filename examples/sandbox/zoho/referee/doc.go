// Package referee lets Zoho CRM's own client for Node (typescript-sdk-8.0 3.0.0, which
// is Apache-2.0, installed from npm and never committed) judge the sandbox, as
// hubspot/referee does with HubSpot's. It signs in by a form of several parts, follows
// page tokens, reads deleted records, updates, makes a field and gives it an option,
// reads stages and a bulk job's archive.
//
// What the client cannot judge: credits and throttling, the caps of paging, tokens that
// are refused with status 200; the tests of package zoho pin them one by one.
//
// Deviations of the sandbox from what the client does, with their reasons: it asks for
// the present user after each token, which the sandbox does not know, and goes on
// without; options that were read and not set anew are sent as empty objects, so the
// script sets them.
package referee
