package store

import (
	"context"

	"github.com/taxonhq/taxon/host/crm"
)

// Customer is a customer with everything that belongs to it, as Customers delivers it. The struct and its
// slices are valid until the callback returns; strings, values and Fields may be kept.
type Customer struct {
	ID         string
	Fields     Fields // of the company or contact itself
	People     []Person
	Deals      []Deal
	Activities []Activity
	Sequence   int64 // of the last change of anything here
}

// Person is a contact of a company. A connection with subject contact has none.
type Person struct {
	ID     string
	Fields Fields
}

// Deal is a deal of a customer. "" and a money without currency are missing values.
type Deal struct {
	ID       string
	State    string // crm.Open, crm.Won, crm.Lost or ""
	Name     string
	Stage    string
	Pipeline string
	Product  string
	Category string
	Owner    string
	Amount   crm.Money
	// BaseAmount is the CRM's own conversion into its base currency.
	BaseAmount          crm.Money
	CreatedAt, ClosedAt int64  // microseconds since 1970 UTC; NoTime when missing
	Extra               Fields // fields that the administrator mapped, and standard ones of an unusual type
}

// Activity is an activity of a customer. "" and a money without currency are missing values.
type Activity struct {
	ID                        string
	Kind                      string // "invoice", "survey" …
	Scale                     string
	Status                    string
	HasScore                  bool
	Score                     float64
	Amount                    crm.Money
	OccurredAt, DueAt, PaidAt int64 // microseconds since 1970 UTC; NoTime when missing
	Extra                     Fields
}

// NoTime stands for a missing time.
const NoTime = -1 << 63

// Field is the value of a field of the deal by its canonical or mapped name.
func (d *Deal) Field(name string) crm.Value { return crm.Value{} }

// Field is the value of a field of the activity by its canonical or mapped name.
func (a *Activity) Field(name string) crm.Value { return crm.Value{} }

// Fields are the fields of a record in their stored form: cheap to hold, read by name. The zero Fields is empty.
type Fields struct{ raw string }

// Get is the value of a field, missing when there is none.
func (f Fields) Get(name string) crm.Value { return crm.Value{} }

// Map is all fields by name.
func (f Fields) Map() map[string]crm.Value { return nil }

// Customers calls fn for every live customer with an id after the given one ("" for all), in order of ids
// (bytewise). Memory does not grow with their number. fn may read and write the store.
func (c *Conn) Customers(ctx context.Context, after string, fn func(*Customer) error) error {
	return errPending
}

// CustomersByID calls fn for each live customer among the ids, in order of ids; unknown ones are passed over.
func (c *Conn) CustomersByID(ctx context.Context, ids []string, fn func(*Customer) error) error {
	return errPending
}

// Sequence is the number of the connection's last change: it rises whenever a customer changes, appears or goes.
func (c *Conn) Sequence(ctx context.Context) (int64, error) { return 0, errPending }

// ChangedCustomers calls fn with the id of each live customer changed after a sequence number, in order of
// ids. Customers that went are not among them; their tags went with them.
func (c *Conn) ChangedCustomers(ctx context.Context, since int64, fn func(id string) error) error {
	return errPending
}

// Counts says how much the mirror holds.
type Counts struct {
	Customers  int // live: classified
	People     int // contacts in a company of the mirror; 0 with subject contact
	Deals      int // of live customers
	Activities int
	Orphans    Orphans
}

// Orphans are records that reach no customer.
type Orphans struct {
	People, Deals, Activities int
	Sample                    []Orphan // by kind and id
}

// Orphan is one of them, with the links that lead nowhere.
type Orphan struct {
	Kind                   crm.Kind
	ID                     string
	Company, Contact, Deal string // linked ids, "" without a link
}

// Counts counts the mirror.
func (c *Conn) Counts(ctx context.Context) (Counts, error) { return Counts{}, errPending }

// Orphans counts the records without customer and shows up to sample of them.
func (c *Conn) Orphans(ctx context.Context, sample int) (Orphans, error) {
	return Orphans{}, errPending
}

// Record is one record of the mirror; ok is false when it is not there. Its links are the ones that count.
func (c *Conn) Record(ctx context.Context, kind crm.Kind, id string) (r crm.Record, customer string, ok bool, err error) {
	return crm.Record{}, "", false, errPending
}
