// Package mapping turns a CRM's JSON into canonical records and a manifest's templates into requests.
//
// Plain fields are read by a path table over valyala/fastjson; what must be computed is CEL, type-checked when the
// manifest is loaded. This is the host's only user of CEL.
//
// It leaves to others: what a manifest looks like (package manifest) and sending anything (package transport).
//
// Invariant: a faulty value rejects its record with a cause that names the property and never repeats the value.
package mapping
