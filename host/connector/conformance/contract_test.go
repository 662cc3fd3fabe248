package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// Dialect is one CRM as the suite sees it: data, and as few functions as its sandbox needs.
type Dialect struct {
	// Name of the embedded manifest.
	Name string
	// Variant tells registrations of one manifest apart: other settings, a server with other habits. The one without a variant
	// goes into the table of requests, the others leave the largest check out.
	Variant string
	// Settings of a connection beside base_url and auth.
	Settings map[string]string
	// Ways to authenticate: one for each way of the manifest. All checks but those of credentials use the first.
	Ways []Way
	// Open makes a fresh, empty account with the vendor's documented limits in force.
	Open func(Setup) Server
	// Objects of the manifest, by its names for them. Without Settings all objects of a manifest are wanted; an object
	// that a default setting leaves out should be asked for by Settings.
	Objects map[string]Object
	// Caps are the vendor's, from its documentation: the floor of requests (decision 23) is computed from them.
	Caps Caps
	// Throttled are the vendor's ways to say "not now", by a name such as "403 with HTML": each is lived through, and
	// waiting is what the suite expects. Empty needs Absent["throttling"].
	Throttled map[string]http.HandlerFunc
	// Exhausted is how the vendor says that the day's quota is used up: the run is parked and resumes. Nil needs Absent["daily"].
	Exhausted http.HandlerFunc
	// Lags are by how much answers to queries for changes lag behind at worst, usually and seldom; nil means 90 seconds. None needs
	// Absent["lag"].
	Lags []time.Duration
	// Absent says what the CRM does not have, and why: the reason is the CRM's documentation, not the manifest. Keys are
	// capabilities (list, incremental, deletions, merges, write, create_field, extend_options), for one kind of
	// record as "deal/merges", and words such as lag and merging (see words in capabilities_test.go).
	// The manifest's capabilities must agree in both directions.
	Absent map[string]string
	// Make adds a field with its options to an object as a person follows the manifest's instructions; needed where
	// create_field is absent. It answers the CRM's name of the field.
	Make func(s Server, object string, spec connector.FieldSpec) string
	// few takes the place of the number of records of the largest check, in the suite's own tests.
	few int
	// load loads the manifest; nil means the embedded one.
	load func(name string) (*manifest.Manifest, error)
	// NewOption adds an option to a field as a person does; nil appends it to sandbox.Field.Options with its label as value.
	NewOption func(s Server, object, field, label string)
}

// Setup is what a fresh account is asked to be like.
type Setup struct {
	Clock *sandbox.Manual
	Lag   time.Duration // of what answers change queries; ignore it where the vendor's answers do not lag, and say so in Absent["lag"]
	Way   string        // of authenticating that the account must accept
}

// Way is a way to authenticate, with an account's credentials for it.
type Way struct {
	Name     string // in the manifest
	Settings map[string]string
	Secrets  map[string]string // by the manifest's names; the suite searches logs, errors and states for them
	// Static names the secret that is itself what requests carry, where there is no exchange: the suite revokes it and
	// adds another to Tokens. "" means that the way has an exchange whose tokens are in Tokens, or that neither is so.
	Static string
	// Replace makes the account accept another credential in place of Secrets[Static], which is refused from now on. Nil
	// uses Tokens.Revoke and Tokens.AddStatic.
	Replace func(s Server, old, new string)
	// NewSecret is another credential of the right look.
	NewSecret string
}

// Object is how one object of the manifest stands in the sandbox's store.
type Object struct {
	// Store is the store's name for the kind of record.
	Store string
	// Fields are the store's properties for canonical fields. The suite writes and compares
	// company: name, domain, country, city, employees; contact: name (one word: the last name), email, job_title, country, city;
	// deal: name, amount, closed_at; activity: amount, occurred_at. Name is needed for companies, contacts and deals; amount and
	// closed_at for deals.
	Fields map[string]string
	// Edit is a property that any user edits and that takes digits, as a text or a number; "" means Fields["name"].
	Edit string
	// Forms turn canonical texts into the store's, by canonical field: 17.50 into 17500000, 2026-02-03T12:00:00Z into a date.
	Forms map[string]func(string) string
	// Fixed are properties that every record has; Expect are canonical fields that follow from them, as text.
	Fixed, Expect map[string]string
	// Leaves are the values of a user's edit after which a record is none of this object's any more, where an object is a part of a
	// table: a company that turns out to be a person. With the values of Fixed, or none, it comes back.
	Leaves map[string]string
	// States are the properties of a deal that is open, won or lost.
	States map[string]map[string]string
	// Links are the properties that hold the id of the record that counts, by its kind; a record has one of those kinds that share a
	// property. Server.Link takes precedence.
	Links map[crm.Kind]string
	// Linked are the kinds that Server.Link links it with, for objects without Links.
	Linked []crm.Kind
}

// Server is a running account.
type Server struct {
	*sandbox.Account
	// Listen serves the account's API on a free port.
	Listen func(addr string) (*sandbox.Listener, error)

	// What follows may be nil. Records are named by the manifest's name of the object and the id as the API tells it.

	// Load adds a record; nil means Account.Load.
	Load func(object string, r sandbox.Record) (string, error)
	// Link makes another record the one that counts for this one.
	Link func(object, id, toObject, toID string)
	// Edit changes properties as a user does; nil means Account.Update.
	Edit func(object, id string, values map[string]string) error
	// Delete deletes a record as a user does; nil means Account.Archive.
	Delete func(object, id string)
	// Hold keeps the last change of a record out of answers to queries for changes for so long; nil means Store.Hold.
	Hold func(object, id string, d time.Duration)
	// Merge joins loser into winner and answers the survivor; nil needs Absent["merging"].
	Merge func(object, winner, loser string) (survivor string, err error)
	// Reject makes all writes of a record fail by a rule of the account; nil means Account.RejectWrites. The message must be
	// passed on where the vendor's API shows one: it stands for personal data that must not be told.
	Reject func(object, id, message string)
	// Drop makes all writes of a record vanish although they are answered as done, where the manifest says write.verify; nil
	// means Account.DropWrites.
	Drop func(object, id string)
	// Live are the ids of an object's live records; nil means those of Account.Records.
	Live func(object string) []string
	// Held is what the CRM holds in a custom field of a record, in its own form; nil means Record.Values of the store.
	Held func(object, id, field string) string
	// Defined are the custom fields of an object; nil means those of the store that are not BuiltIn.
	Defined func(object string) []sandbox.Field
	// Expire ends all tokens of an exchange before their time; nil means Tokens.RevokeIssued.
	Expire func()
}

// mergeByProperties merges records of an account whose links are properties: what pointed to the loser points to the winner,
// and the loser is deleted.
func mergeByProperties(a *sandbox.Account, objects map[string]Object, kinds map[string]crm.Kind) func(object, winner, loser string) (string, error) {
	return func(object, winner, loser string) (string, error) {
		for _, o := range objects {
			property := o.Links[kinds[object]]
			if property == "" {
				continue
			}
			for _, r := range a.Records(o.Store) {
				if r.Values[property] == loser {
					a.Store.Update(o.Store, r.ID, map[string]string{property: winner})
				}
			}
		}
		if !a.Archive(objects[object].Store, loser) {
			return "", fmt.Errorf("there is no %s %s", object, loser)
		}
		a.Store.Update(objects[object].Store, winner, nil)
		return winner, nil
	}
}

// Caps are the most that one request may carry, by the vendor's documentation. 0 means 1, except for Associations.
type Caps struct {
	List    int // records in a page of everything
	Changed int // records in a page of changes
	Write   int // records in a write
	// Associations is how many records' links one request tells; 0 where links stand in the record.
	Associations int
	// Links is how many kinds of links need requests of their own for an object; 1 when 0.
	Links map[string]int
	// ListFixed, WriteFixed are requests that a listing or a write needs once, however large it is: a job's submission and polls.
	ListFixed, WriteFixed int
	// ListJob, ChangedJob, WriteJob are the vendor's bulk ways of reading everything, of reading changes and of writing.
	ListJob, ChangedJob, WriteJob Job
	// FixedPages: the vendor decides how long a page is, whatever is asked for.
	FixedPages bool
	// Edge is 1 where the vendor gives no signal of the end but a page that is not full: a full last page needs one more.
	Edge int
}

// Job is what a bulk way takes: so many requests (submit, upload, close, one poll, results) for each so many records. The zero
// value means that there is none.
type Job struct{ Requests, Records int }

var dialects []Dialect

// wanted are the objects of a kind that the adapter names, sorted.
func (d *Dialect) wanted(m *manifest.Manifest, kind crm.Kind) []string {
	var names []string
	for name := range d.Objects {
		if o := m.Objects[name]; o != nil && o.Kind == kind {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// title is the name of the dialect's sub-test.
func (d *Dialect) title() string {
	if d.Variant == "" {
		return d.Name
	}
	return d.Name + "-" + d.Variant
}

// register puts a CRM into the suite.
func register(d Dialect) bool {
	dialects = append(dialects, d)
	return true
}
