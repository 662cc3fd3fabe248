// Package transport carries requests to a CRM: credentials, rate buckets, retries, and what an answer means.
//
// It fills in a manifest's request templates, waits for room in every rate bucket that applies, adds the credentials
// (renewing tokens in time), sends, and classifies the answer by the manifest's error table. It is the only user of
// resty, and it waits on an injected clock only.
//
// It leaves to others: which requests to send and what answers hold (package connector).
//
// Invariants: an answer's body is only valid inside the function that it is handed to; neither an error nor a log line
// holds a secret, a query, a body or a CRM's free text; a rotated token is stored before it is used.
package transport
