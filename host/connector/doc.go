// Package connector speaks to a CRM's REST API as one connector manifest describes it.
//
// It pulls records and maps them to the canonical ones of package crm, learns deletions and merges, provisions
// custom fields and writes them back, within the CRM's rate limits. It knows no CRM: every habit of a vendor is
// data in a manifest (package manifest), carried out by the primitives here.
//
// It leaves to others: where records are kept (sync, store), what is written and why (writeback), and
// normalising values across CRMs (sync).
//
// Invariants: the State of an emitted page resumes exactly after that page; every id that is sent in a write comes
// back in exactly one Outcome; a secret is only ever put where the manifest's auth section says, and never appears
// in an error, a log line or a State.
package connector
