// Package conformance is one suite of checks that runs over every connector manifest that comes with Taxon, each
// against its sandbox dialect over HTTP on loopback. It has tests only.
//
// What a connector must do is said once, in the files named after it (full_test.go, changes_test.go, write_test.go …);
// what a CRM is like is said by its adapter, in NAME_test.go. The suite leaves to others: each quirk of a dialect (the
// dialect's own tests), the engine's primitives (package connector's tests), what the host makes of records.
//
// Invariants: an embedded manifest without an adapter fails the suite; a check is never skipped silently: what a CRM cannot
// do stands in Dialect.Absent with the reason, and must agree with what the manifest offers; no secret is ever in a log
// line, an error or a state, whatever a check does.
//
// # How to add a CRM
//
// Write NAME_test.go (hubspot_test.go is the model, 100 to 150 lines) with one registration:
//
//	var _ = register(Dialect{
//		Name: "acme",                       // of the manifest
//		Open: func(s Setup) Server {        // a fresh account with the DOCUMENTED limits switched on
//			a := acme.New(acme.Options{Clock: s.Clock, IndexLag: s.Lag})
//			return Server{Account: &a.Account, Listen: a.Listen}
//		},
//		Ways: []Way{{Name: "token", Secrets: map[string]string{"token": acme.DefaultToken}}},
//		Objects: map[string]Object{         // one for each object of the manifest
//			"deals": {Store: "Deal", Fields: map[string]string{"name": "Title", "amount": "Value", "closed_at": "Closed"},
//				States: map[string]map[string]string{"open": {"Stage": "1"}, "won": {"Stage": "2"}, "lost": {"Stage": "3"}},
//				Links:  map[crm.Kind]string{crm.Company: "CompanyId", crm.Contact: "PersonId"}},
//		},
//		Caps:      Caps{List: 500, Changed: 500, Write: 1}, // the VENDOR's, with its source: not what the manifest says
//		Throttled: map[string]http.HandlerFunc{"429 without Retry-After": sandbox.Answer(429, "")},
//		Exhausted: acme.DayUsedUp(),
//		Absent:    map[string]string{"merges": "nothing but a webhook tells of a merge"},
//	})
//
// and run
//
//	go test ./host/connector/conformance -run 'TestConformance/acme' -v
//	go test ./host/connector/conformance -run 'TestConformance/acme/deletions'
//
// The suite fills the account through Server.Account.Load: with the canonical values that Object.Fields names a property
// for, in the form that Object.Forms makes of them. It edits, deletes and merges through the Server as the CRM's other users
// do, and never through the API. What is special is a function of Server or Dialect; nil means the usual way over package
// sandbox's store. A dialect embeds sandbox.Account and keeps its fields' options in sandbox.Field.Options, values written
// in Record.Values; where it differs, Server has a function for it.
//
// # What the checks need
//
//   - adapter, check, capabilities: every object and every way to authenticate of the manifest; Absent for what the CRM lacks.
//   - full, changes, instants, clock, deletions, merges: Objects; Server.Link or Object.Links; Server.Merge.
//   - leaving: Object.Leaves, of an object whose manifest says gone.
//   - late: answers to queries for changes come from Store.Indexed, or Absent["lag"]; Lags where they lag by more than 90 seconds.
//   - write, kinds, fields, options: the dialect heeds Account.Rejected (and Dropped where the manifest says write.verify) and
//     refuses options that do not exist (or Absent["option_rules"]); Make where people make fields; NewOption where an option is more
//     than a label.
//   - pages, requests, store: the dialect heeds the page size that is asked for, or Caps.FixedPages.
//   - throttling, day: Throttled, Exhausted.
//   - tokens, credentials: tokens of sandbox.Tokens, with its Life and Rotate; Way.Static where a key is sent as it is.
//   - secrets: Way.Secrets.
//   - estimate, many: Caps, and the vendor's limits in force in Open.
//
// A CRM whose answers differ by version or plan registers once more with a Variant. That each check can fail is shown in
// mutation_test.go; a new check needs a mutation there.
package conformance
