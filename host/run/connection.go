package run

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
	taxonsync "github.com/taxonhq/taxon/host/sync"
	"github.com/taxonhq/taxon/host/writeback"
)

// Plugins are the installed plugins; *catalog.Catalog is one.
type Plugins interface {
	classify.Plugins
	// Builtin tells that a plugin is part of this executable.
	Builtin(ref string) bool
}

// CRM is what a run needs of a connector; *connector.Connector is one, and *files.Connector another.
type CRM interface {
	taxonsync.Source
	writeback.CRM
	Account(ctx context.Context) (connector.Account, error)
	Check(ctx context.Context) ([]crm.Problem, error)
	ExistingFields(ctx context.Context, kind crm.Kind, keys []string) ([]string, error)
	Estimate(ctx context.Context, e connector.Expectation) (connector.Estimate, error)
}

// Connection is all that a run of one connection needs. Package app makes it.
type Connection struct {
	Config    *config.Connection
	Language  string
	CRM       CRM
	Store     *store.Store
	Mirror    *store.Conn
	Catalogue *crm.Catalogue
	Plugins   Plugins
	RatesFile string // "" when none is configured
	Clock     crm.Clock
}

// Progress tells how far a run is.
type Progress struct {
	Stage    string // "pull", "measure", "classify", "plan", "apply"
	Detail   string // what Count counts
	Count    int
	Finished bool // the stage's last
}

// Account is the account behind the connection, as the CRM says now.
func (c *Connection) Account(ctx context.Context) (connector.Account, error) {
	return c.CRM.Account(ctx)
}

// The facts that the store keeps about a connection.
const (
	factAccount    = "account"    // what the CRM said about the account at the last run
	factReconciled = "reconciled" // when all ids were last compared
	factOwnFields  = "own fields" // by kind: our fields that have been pulled since zero
)

// remembered is the account as it was at the last run.
func (c *Connection) remembered(ctx context.Context) (a connector.Account, ok bool, err error) {
	data, ok, err := c.Mirror.Fact(ctx, factAccount)
	if err == nil && ok {
		err = json.Unmarshal(data, &a)
	}
	return a, ok, err
}

// LastAccount is the account as it was at the last run, or before the first one as the CRM says now.
func (c *Connection) LastAccount(ctx context.Context) (connector.Account, error) {
	if a, ok, err := c.remembered(ctx); ok || err != nil {
		return a, err
	}
	return c.Account(ctx)
}

// accountFor is the account for an order: of the CRM, or where the order has no need of the CRM, as remembered.
func (c *Connection) accountFor(ctx context.Context, o Order) (connector.Account, error) {
	if !o.Pull && !o.Apply && o.then == nil {
		return c.LastAccount(ctx)
	}
	return c.Account(ctx)
}

// bind refuses an account that is not the one whose records the store holds under this connection's name, and
// remembers what the CRM says of the account.
func (w *work) bind(ctx context.Context, a connector.Account) error {
	before, ok, err := w.remembered(ctx)
	if err != nil {
		return err
	}
	if ok && before.ID != a.ID {
		return &crm.Error{Code: crm.CodeConflict,
			Message:    "the credentials are those of account " + a.ID + ", and the connection " + w.Config.Name + " holds the records of account " + before.ID,
			Suggestion: "give the other account a connection of its own with another name, or forget this one: taxon mirror forget"}
	}
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return w.mirror.SetFact(ctx, factAccount, data)
}

// setting is what a run is computed in.
type setting struct {
	account  connector.Account
	zone     *time.Location
	currency string
	asOf     crm.Day
	rates    measure.Rates
	ratesKey string
}

// settle decides zone, currency, as-of day and rates.
func (c *Connection) settle(account connector.Account) (setting, error) {
	s := setting{account: account}
	var err error
	name := c.Config.TimeZone
	if name == "" {
		name = s.account.TimeZone
	}
	if s.zone, err = time.LoadLocation(name); err != nil {
		return s, &crm.Error{Code: crm.CodeConfig, Message: "the account's time zone " + name + " is not known", Suggestion: "set time_zone to an IANA name such as Europe/Berlin"}
	}
	if s.currency = c.Config.Currency; s.currency == "" {
		s.currency = s.account.Currency
	}
	if s.currency == "" {
		return s, &crm.Error{Code: crm.CodeConfig, Message: "the account does not say what its currency is", Suggestion: "set currency, such as EUR"}
	}
	s.asOf = crm.DayOf(c.Clock.Now(), s.zone)
	if c.Config.AsOf != "" {
		if s.asOf, err = crm.ParseDay(c.Config.AsOf); err != nil {
			return s, &crm.Error{Code: crm.CodeConfig, Message: err.Error()}
		}
	}
	if c.RatesFile != "" {
		if s.rates, s.ratesKey, err = readRates(c.RatesFile, s.currency); err != nil {
			return s, err
		}
	}
	return s, nil
}

func readRates(path, base string) (measure.Rates, string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, "", &crm.Error{Code: crm.CodeConfig, Message: "the file of exchange rates cannot be read", Suggestion: "see rates in the configuration", Cause: err}
	}
	table, err := measure.ReadRates(strings.NewReader(string(data)), base)
	if err != nil {
		return nil, "", err
	}
	return table, fingerprint(data), nil
}

// OwnKeys lists the keys of the fields that the configured classifiers own, for records of a kind.
func (c *Connection) OwnKeys(kind crm.Kind) []string {
	var keys []string
	for _, f := range c.Config.Enabled() {
		for _, target := range f.WriteTo {
			if target == kind {
				keys = append(keys, f.FieldKeys(c.Config.Prefix)...)
			}
		}
	}
	return keys
}
