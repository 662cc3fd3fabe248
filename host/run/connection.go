package run

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
)

// Connection is all that a run of one connection needs. Package app makes it.
type Connection struct {
	Config    *config.Connection
	Language  string
	CRM       *connector.Connector
	Store     *store.Store
	Mirror    *store.Conn
	Catalogue *crm.Catalogue
	Plugins   classify.Plugins
	RatesFile string // "" when none is configured
	Clock     crm.Clock
	Log       hclog.Logger

	account *connector.Account
}

// Progress tells how far a run is.
type Progress struct {
	Stage    string // "pull", "measure", "classify", "plan", "apply"
	Detail   string // what Count counts
	Count    int
	Finished bool // the stage's last
}

// Account is the account behind the connection; the CRM is asked once, and the store remembers its answer.
func (c *Connection) Account(ctx context.Context) (connector.Account, error) {
	if c.account == nil {
		a, err := c.CRM.Account(ctx)
		if err != nil {
			return connector.Account{}, err
		}
		if err := c.keepAccount(ctx, a); err != nil {
			return connector.Account{}, err
		}
		c.account = &a
	}
	return *c.account, nil
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

// setting asks for the account and settles zone, currency, as-of day and rates.
func (c *Connection) setting(ctx context.Context) (setting, error) {
	var s setting
	var err error
	if s.account, err = c.Account(ctx); err != nil {
		return s, err
	}
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

// ownKeys lists the keys of the fields that the configured classifiers own, for records of a kind.
func (c *Connection) ownKeys(kind crm.Kind) []string {
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
