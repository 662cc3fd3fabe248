// Package store keeps everything that Taxon must not forget: the mirror of a CRM's records, the tags and
// models of classifiers, plans and the journal of their application, runs, ledgers and leases.
//
// It holds the one SQL text for SQLite and PostgreSQL; host/store/sqlite and host/store/postgres open the
// databases and bring their migrations, host/store/open chooses between them. What values mean is left to
// the callers: the store never computes a measure, judges a tag or talks to a CRM.
//
// Invariants: a customer is one row that holds its people, deals and activities packed, and every record of
// the mirror is in exactly one place. A page of records and its watermark are one transaction, and so are a
// settled write and its last written value; a process killed anywhere leaves a store that the next one
// continues with. Time comes from the injected clock.
package store
