// Package fxiaoke simulates an enterprise of 纷享销客 (Fxiaoke): accounts, contacts,
// opportunities, payments, invoices, quotes, cases, visits, schedules and sales records
// over its open API v2, with the habits that surprise integrators.
//
// It leaves records, rate windows, tokens, faults and the request log to package
// sandbox. Each quirk has a test that names its source: transcriptions of the vendor's
// pages and published clients; no enterprise was tried. Where sources leave a question
// open, an Options field chooses.
//
// Not simulated: custom objects, creation and deletion over HTTP, workflows beyond
// counting which calls would have started some, events.
package fxiaoke
