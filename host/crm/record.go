package crm

import "time"

// Kind is a kind of record.
type Kind string

// The kinds of records, in the order in which they are pulled.
const (
	Company  Kind = "company"
	Contact  Kind = "contact"
	Deal     Kind = "deal"
	Activity Kind = "activity"
)

// Kinds lists all kinds in pull order: what others refer to comes first.
var Kinds = []Kind{Company, Contact, Deal, Activity}

// Record is one canonical record as a connector delivers it.
//
// Fields holds canonical fields (see Catalogue) and the extra ones that the administrator mapped, by name
// without the kind's prefix; a missing value has no entry. Amounts are in the record's own currency.
type Record struct {
	Kind      Kind             `json:"kind"`
	ID        string           `json:"id"`
	UpdatedAt time.Time        `json:"updated_at,omitzero"`
	Fields    map[string]Value `json:"fields,omitempty"`
	Links     []Link           `json:"links,omitempty"`
	// Own are Taxon's fields as the CRM holds them, by field key, canonical text; "" is not stored.
	Own map[string]string `json:"own,omitempty"`
	// MergedIDs are ids that now mean this record.
	MergedIDs []string `json:"merged_ids,omitempty"`
}

// Field is the value of a field, missing when there is none.
func (r *Record) Field(name string) Value { return r.Fields[name] }

// Link is an association with another record. Primary marks the one that counts where several exist.
type Link struct {
	Kind    Kind   `json:"kind"`
	ID      string `json:"id"`
	Primary bool   `json:"primary,omitempty"`
}

// Linked is the id of the record of that kind that counts: the primary one, else the first by id; "" when none.
func (r *Record) Linked(kind Kind) string {
	best := ""
	for _, l := range r.Links {
		if l.Kind != kind {
			continue
		}
		if l.Primary {
			return l.ID
		}
		if best == "" || l.ID < best {
			best = l.ID
		}
	}
	return best
}

// Rejected is a record that could not be used, and why. It holds no personal data but the id.
type Rejected struct {
	Kind  Kind   `json:"kind"`
	ID    string `json:"id"` // "" when even the id could not be read
	Error *Error `json:"error"`
}

// The states of a deal: field "state".
const (
	Open = "open"
	Won  = "won"
	Lost = "lost"
)
