package connector

import (
	"context"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// Connector is one connection to a CRM. It is safe for concurrent use.
type Connector struct {
	manifest *manifest.Manifest
	options  Options
}

// Open makes a connector. It reads the manifest, settings and mapping, and sends nothing.
func Open(m *manifest.Manifest, o Options) (*Connector, error) {
	return &Connector{manifest: m, options: o}, nil
}

func notYet() error { return &crm.Error{Code: crm.CodeInternal, Message: "the connector is being built"} }

// Account asks the CRM about the account.
func (c *Connector) Account(ctx context.Context) (Account, error) { return Account{}, notYet() }

// Check finds what stands in the way of a run: credentials, rights, mapped properties, own fields.
func (c *Connector) Check(ctx context.Context) ([]crm.Problem, error) { return nil, notYet() }

// Capabilities say what the manifest offers, by kind.
func (c *Connector) Capabilities() map[crm.Kind]Capabilities { return nil }

// SetOwnFields replaces the keys of Taxon's own fields that exist in the account for a kind, e.g. after provisioning.
func (c *Connector) SetOwnFields(kind crm.Kind, keys []string) {}

// Pull lists the records of a kind: all of them when state is nil, else what changed since that state. emit is called
// with one page after the other; an error of emit ends the pull and is returned.
func (c *Connector) Pull(ctx context.Context, kind crm.Kind, state []byte, emit func(Page) error) error {
	return notYet()
}

// IDs lists the ids of all live records of a kind in the cheapest way.
func (c *Connector) IDs(ctx context.Context, kind crm.Kind, emit func(ids []string) error) error {
	return notYet()
}

// Read answers the current values of own fields, canonical text, by record id and field key; a record that is gone has no entry.
func (c *Connector) Read(ctx context.Context, kind crm.Kind, ids, fields []string) (map[string]map[string]string, error) {
	return nil, notYet()
}

// Provision makes sure that fields exist with at least the options asked for. It is idempotent and never takes an option away.
func (c *Connector) Provision(ctx context.Context, kind crm.Kind, specs []FieldSpec) ([]FieldState, error) {
	return nil, notYet()
}

// DeleteFields removes own fields and all their values from the CRM. Keys that do not exist are no error.
func (c *Connector) DeleteFields(ctx context.Context, kind crm.Kind, keys []string) error {
	return notYet()
}

// Write sends field values in full batches. done is called with the outcomes of each batch once it is settled;
// every id comes back exactly once. An error means that the rest was not sent.
func (c *Connector) Write(ctx context.Context, kind crm.Kind, writes []Write, done func([]Outcome) error) error {
	return notYet()
}

// Batch is the number of records that one write request takes.
func (c *Connector) Batch(kind crm.Kind) int { return 100 }

// Counts are the requests sent since Open.
func (c *Connector) Counts() Counts { return Counts{} }
