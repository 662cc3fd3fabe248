package store

import (
	"context"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Target is a record that tags may be written to, with all that a plan compares. It is valid until the
// callback returns, its strings may be kept.
type Target struct {
	Kind     crm.Kind
	ID       string
	Customer string             // whose tags it bears: itself, or the contact's company
	Tags     map[string]*TagRow // by classifier; no entry: no tags
	Written  map[string]string  // last written value by field key
	Current  map[string]string  // the CRM's value by field key, as of the last pull, write or SetCurrent
}

// Targets calls fn for each record of a kind that belongs to a live customer, in order of ids; kind is the
// subject, or crm.Contact to write a company's tags to its people. fn may read and write the store.
func (c *Conn) Targets(ctx context.Context, kind crm.Kind, classifiers []string, fn func(*Target) error) error {
	return errPending
}

// TargetsByID is Targets for the given records.
func (c *Conn) TargetsByID(ctx context.Context, kind crm.Kind, classifiers, ids []string, fn func(*Target) error) error {
	return errPending
}

// Values maps record ids to values by field key.
type Values = map[string]map[string]string

// SetCurrent records values just read from the CRM. Each map replaces the record's.
func (c *Conn) SetCurrent(ctx context.Context, kind crm.Kind, values Values) error { return errPending }

// SetWritten sets or removes ("") last written values of the fields named, without a journal: adopting
// values, or retiring a classifier. Other fields of the records stay.
func (c *Conn) SetWritten(ctx context.Context, kind crm.Kind, values Values) error { return errPending }

// WrittenRecords calls fn for each record that has a last written value of one of the fields (of any field
// when there are none), in order of ids, whether the mirror still has the record or not.
func (c *Conn) WrittenRecords(ctx context.Context, kind crm.Kind, fields []string, fn func(id string, values map[string]string) error) error {
	return errPending
}

// Override is a human's value that wins over the classifier's.
type Override struct {
	Kind       crm.Kind
	Record     string
	Field      string // field key
	Classifier string
	Value      string // the human's; "" a cleared field
	Replaced   string // last written by us
	Kept       bool   // confirmed by the administrator; otherwise a candidate found by a plan
	Run        int64
	At         time.Time // given by the store
}

// SaveOverrides writes overrides, one for each record and field.
func (c *Conn) SaveOverrides(ctx context.Context, overrides []Override) error { return errPending }

// DeleteOverrides removes those of the same records and fields.
func (c *Conn) DeleteOverrides(ctx context.Context, overrides []Override) error { return errPending }

// Overrides calls fn for each override, by kind, record and field.
func (c *Conn) Overrides(ctx context.Context, fn func(Override) error) error { return errPending }

// Field is a CRM field that Taxon provisioned or found.
type Field struct {
	Kind         crm.Kind
	Key          string // taxon_<classifier>[_<part>]
	Name         string // real key in the CRM
	Classifier   string
	Part         string
	Label        string
	Type         crm.Type
	Codec        map[string]string // code -> the CRM's option code, where they differ
	Spec         string            // hash of what was asked for: nothing is done while it is the same
	Created      bool              // by us
	Missing      bool              // the CRM does not have it
	Instructions string            // for a person, when missing
	UpdatedAt    time.Time         // given by the store
}

// SaveFields writes fields by kind and key.
func (c *Conn) SaveFields(ctx context.Context, fields []Field) error { return errPending }

// DeleteFields removes fields by kind and key.
func (c *Conn) DeleteFields(ctx context.Context, kind crm.Kind, keys []string) error {
	return errPending
}

// Fields lists all, by kind and key.
func (c *Conn) Fields(ctx context.Context) ([]Field, error) { return nil, errPending }
