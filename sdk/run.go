package sdk

import (
	"math/big"
	"strings"
	"time"
)

// Run is what a classification happens in: the same for all its customers.
type Run struct {
	AsOf           time.Time // start of the as-of day in Zone: exclusive end of what was observed
	Day            Day       // the as-of day
	Zone           *time.Location
	Currency       string // ISO 4217 code of all amounts
	CurrencyDigits int    // digits of its minor unit
	Subject        string // "company" or "contact"
	Explain        bool   // reasons are asked for; without it Because costs nothing on the wire
}

// DaysSince is the number of whole days of the account's zone from t's day to the as-of day: 1 for
// yesterday, 0 or less for what is not past.
func (r Run) DaysSince(t time.Time) int64 { return int64(r.Day) - int64(DayOf(t, r.Zone)) }

// Money is an amount as people write it: "1500.50 USD".
func (r Run) Money(a Amount) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(r.CurrencyDigits)), nil)
	text := new(big.Rat).SetFrac(big.NewInt(int64(a)), scale).FloatString(r.CurrencyDigits)
	return strings.TrimSpace(text + " " + r.Currency)
}

// Info says what the plugin is.
type Info struct {
	ID      string // "acme.loyal": lower-case words of letters, digits and underscores, joined by dots
	Version string // semantic version
	Summary string // one sentence
	License string // SPDX expression
	Limits  Limits
	// StateVersion is the version of summary and model bytes, default 1: raise it when they change.
	StateVersion uint32
}

// Limits of a population plugin.
type Limits struct {
	// SummaryBytes caps summary and model; 0 means the protocol's 64 MiB.
	SummaryBytes uint64
}
