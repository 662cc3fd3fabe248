package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// TagRow is what one classifier says about one customer.
type TagRow struct {
	Customer string
	Values   []TagValue // by key; a tag without value has no entry
	Reasons  []byte     // as the caller encodes them
	Since    crm.Day    // as-of day at which the main tag took its value
	AsOf     crm.Day    // as-of day of the classification that last changed this row
	Input    [16]byte   // hash of the columns it was classified from
	Model    int64      // 0: none
	Run      int64
}

// TagValue is the canonical text of a tag; key "" is the main tag.
type TagValue struct{ Key, Value string }

// Value is the value of a tag, "" when there is none.
func (r *TagRow) Value(key string) string {
	for _, v := range r.Values {
		if v.Key == key {
			return v.Value
		}
	}
	return ""
}

// SaveTags writes rows of a classifier, replacing the customers' earlier ones, in one transaction.
func (c *Conn) SaveTags(ctx context.Context, classifier string, rows []TagRow) error {
	return errPending
}

// DeleteTags removes the rows of customers.
func (c *Conn) DeleteTags(ctx context.Context, classifier string, customers []string) error {
	return errPending
}

// Tags calls fn for each row of a classifier, in order of customer ids. The row is valid until fn returns,
// its strings may be kept. fn may read and write the store.
func (c *Conn) Tags(ctx context.Context, classifier string, fn func(*TagRow) error) error {
	return errPending
}

// TagsBetween is Tags for customers from first to last, both included: the rows that go with a batch of customers.
func (c *Conn) TagsBetween(ctx context.Context, classifier, first, last string, fn func(*TagRow) error) error {
	return errPending
}

// TagsByID is Tags for the given customers.
func (c *Conn) TagsByID(ctx context.Context, classifier string, customers []string, fn func(*TagRow) error) error {
	return errPending
}

// TagsOf is all rows of a customer by classifier.
func (c *Conn) TagsOf(ctx context.Context, customer string) (map[string]TagRow, error) {
	return nil, errPending
}

// Classifiers lists the classifiers that have tags, a model or work in the store.
func (c *Conn) Classifiers(ctx context.Context) ([]string, error) { return nil, errPending }

// ForgetClassifier removes a classifier's tags, models and work. Written values and fields stay.
func (c *Conn) ForgetClassifier(ctx context.Context, classifier string) error { return errPending }

// Model is a fitted model.
type Model struct {
	ID           int64
	Classifier   string
	Key          string // of what it was fitted from and with, as the caller computes it
	AsOf         crm.Day
	Plugin       string // hash
	Config       string // hash
	StateVersion uint32
	Bytes        []byte
	Customers    uint64
	Tags         []byte          // effective tag definitions after the fit, as the caller encodes them
	Report       json.RawMessage // fit report
	Run          int64
	CreatedAt    time.Time
}

// SaveModel keeps a model (ID and CreatedAt are given by the store) and answers its id. It becomes the
// classifier's current one; of earlier ones everything but Bytes is kept.
func (c *Conn) SaveModel(ctx context.Context, m Model) (int64, error) { return 0, errPending }

// Model is the current model of a classifier.
func (c *Conn) Model(ctx context.Context, classifier string) (m Model, ok bool, err error) {
	return Model{}, false, errPending
}

// ModelByID is a model, current or earlier.
func (c *Conn) ModelByID(ctx context.Context, id int64) (m Model, ok bool, err error) {
	return Model{}, false, errPending
}

// Work says up to where a classifier's tags are complete.
type Work struct {
	Classifier string
	Key        string // work key, as the caller computes it: as-of day, reads, model, configuration, plugin
	Sequence   int64  // the connection's sequence whose customers are all classified
	AsOf       crm.Day
	Model      int64
	Run        int64
	Result     json.RawMessage // what a run that finds nothing to do reports again
}

// Work is the last completed work of a classifier.
func (c *Conn) Work(ctx context.Context, classifier string) (w Work, ok bool, err error) {
	return Work{}, false, errPending
}

// SaveWork replaces it. It is written after the tags: a kill in between repeats work, never loses it.
func (c *Conn) SaveWork(ctx context.Context, w Work) error { return errPending }
