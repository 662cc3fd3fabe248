// Package dynamics simulates an environment of Dynamics 365 Sales over the Dataverse Web API v9.2: accounts, contacts,
// opportunities, cases, quotes, invoices, appointments, phone calls and e-mails, with the habits that surprise integrators.
//
// It leaves records, rate windows, tokens, faults and the request log to package sandbox. Each quirk has a test that
// names its source: Microsoft's documentation (MicrosoftDocs/powerapps-docs, developer/data-platform).
//
// Not simulated: $filter beyond what the connector asks for, plug-ins, solutions, change sets, creation
// of records over HTTP.
package dynamics
