// Package salesforce simulates one org of Salesforce over its REST API with the habits that surprise
// integrators: no life of tokens told, errors that are arrays, 200 with failures, 403 for too many requests, fields that
// nobody sees until a permission says so, query locators, the recycle bin and its merges, bulk jobs.
//
// It leaves records, tokens, faults and the request log to package sandbox. Each quirk has a test that names its source in
// Salesforce's documentation.
//
// Not simulated: creation and deletion of records over HTTP, relationship fields and sub-selects in SOQL, cascading
// deletions, triggers, person accounts, change events, jobs that create records.
package salesforce
