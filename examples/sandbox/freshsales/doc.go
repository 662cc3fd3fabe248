// Package freshsales simulates a Freshsales account (Freshworks CRM): contacts, sales
// accounts, deals, appointments and sales activities, with the habits that surprise
// integrators.
//
// It leaves records, rate windows, tokens, faults and the request log to package
// sandbox. Each quirk has a test that names its source; much of this vendor's API is
// known from public clients only, and no account was tried. Where sources leave a
// question open, an Options field chooses.
//
// Not simulated: filtered_search, activities, creation of records and of fields over
// HTTP, workflows.
package freshsales
