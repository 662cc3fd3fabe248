package measure

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
)

// Rates knows what currencies are worth.
type Rates interface {
	// Rate is how many units of one currency a unit of the other is worth on a day; ok is false when that is
	// not known. The rate must not be changed.
	Rate(from, to string, day crm.Day) (rate *big.Rat, ok bool)
}

// MaxRateAge is how many days back the last known rate may lie: over a weekend and holidays, no further.
const MaxRateAge = 7

// Table is a table of rates, one row per day and currency.
type Table struct {
	base string
	hash string
	// worth[currency][day] is the worth of one unit in the table's own base currency.
	worth map[string]map[crm.Day]*big.Rat
}

// Hash identifies the table: another text has another hash.
func (t *Table) Hash() string { return t.hash }

// Base is the currency in which the table's rates are given.
func (t *Table) Base() string { return t.base }

// Rate goes through the table's base currency, on the latest day up to MaxRateAge days back for which both
// currencies are known.
func (t *Table) Rate(from, to string, day crm.Day) (*big.Rat, bool) {
	if from == to {
		return big.NewRat(1, 1), true
	}
	for back := crm.Day(0); back <= MaxRateAge; back++ {
		a, b := t.on(from, day-back), t.on(to, day-back)
		if a != nil && b != nil {
			return new(big.Rat).Quo(a, b), true
		}
	}
	return nil, false
}

var one = big.NewRat(1, 1)

func (t *Table) on(currency string, day crm.Day) *big.Rat {
	if currency == t.base {
		return one
	}
	return t.worth[currency][day]
}

// maxRateLines bounds a table: a century of days and fifty currencies.
const maxRateLines = 2_000_000

// ReadRates reads a table of rates from CSV, in one of two forms told by the header:
//
//   - "date,currency,rate": one row per day and currency; rate is what one unit of the currency is worth in
//     the base currency. A fourth column "base" may name another one, the same in all rows.
//   - "Date,USD,JPY,…": the European Central Bank's eurofxref-hist.csv as it is; a rate is what one euro is
//     worth in the currency, N/A and blank are not known.
//
// Errors are crm.Error with the line.
func ReadRates(in io.Reader, base string) (*Table, error) {
	sum := sha256.New()
	r := csv.NewReader(io.TeeReader(bufio.NewReader(in), sum))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return nil, rateFault(1, "the table of exchange rates is empty or no CSV")
	}
	header = slices.Clone(header)
	for i := range header {
		header[i] = strings.TrimSpace(strings.TrimPrefix(header[i], "\ufeff"))
	}
	t := &Table{base: base, worth: map[string]map[crm.Day]*big.Rat{}}
	row := t.long
	if len(header) < 2 || !strings.EqualFold(header[0], "date") {
		return nil, rateFault(1, `the header is neither "date,currency,rate" nor that of the European Central Bank's file`)
	}
	if strings.EqualFold(header[1], "currency") {
		if len(header) < 3 || !strings.EqualFold(header[2], "rate") || len(header) > 3 && !strings.EqualFold(header[3], "base") {
			return nil, rateFault(1, `the header is not "date,currency,rate" or "date,currency,rate,base"`)
		}
	} else {
		t.base = "EUR"
		row = t.wide
		for _, c := range header[1:] {
			if c != "" && !isCurrency(c) {
				return nil, rateFault(1, fmt.Sprintf("%q is no currency", c))
			}
		}
	}
	for line := 2; line < maxRateLines; line++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			t.hash = t.base + " " + hex.EncodeToString(sum.Sum(nil)[:16])
			return t, nil
		}
		if err != nil {
			return nil, rateFault(line, "the row is no CSV")
		}
		if len(record) == 1 && strings.TrimSpace(record[0]) == "" {
			continue
		}
		if message := row(header, record, line); message != "" {
			return nil, rateFault(line, message)
		}
	}
	return nil, rateFault(maxRateLines, "the table of exchange rates is too long")
}

func (t *Table) long(header, record []string, line int) (message string) {
	if len(record) != len(header) {
		return fmt.Sprintf("%d values expected, found %d", len(header), len(record))
	}
	day, err := crm.ParseDay(strings.TrimSpace(record[0]))
	if err != nil {
		return err.Error()
	}
	currency := strings.TrimSpace(record[1])
	if !isCurrency(currency) {
		return fmt.Sprintf("%q is no currency", currency)
	}
	if len(record) > 3 {
		base := strings.TrimSpace(record[3])
		if !isCurrency(base) || line > 2 && base != t.base {
			return fmt.Sprintf("the base currency %q is not that of the rows before", base)
		}
		t.base = base
	}
	rate, message := parseRate(record[2])
	if message != "" {
		return message
	}
	return t.put(currency, day, rate)
}

func (t *Table) wide(header, record []string, _ int) (message string) {
	if len(record) > len(header) {
		return fmt.Sprintf("%d values expected, found %d", len(header), len(record))
	}
	day, err := crm.ParseDay(strings.TrimSpace(record[0]))
	if err != nil {
		return err.Error()
	}
	for i, text := range record[1:] {
		text = strings.TrimSpace(text)
		if header[i+1] == "" || text == "" || text == "N/A" {
			continue
		}
		rate, message := parseRate(text)
		if message == "" {
			message = t.put(header[i+1], day, rate.Inv(rate))
		}
		if message != "" {
			return message
		}
	}
	return ""
}

func (t *Table) put(currency string, day crm.Day, worth *big.Rat) (message string) {
	days := t.worth[currency]
	if days == nil {
		days = map[crm.Day]*big.Rat{}
		t.worth[currency] = days
	}
	if known := days[day]; known != nil && known.Cmp(worth) != 0 {
		return "there are two rates of " + currency + " on " + day.String()
	}
	days[day] = worth
	return ""
}

func parseRate(s string) (rate *big.Rat, message string) {
	s = strings.TrimSpace(s)
	if len(s) > 32 || s == "" || strings.Trim(s, "0123456789.") != "" {
		return nil, fmt.Sprintf("%q is no rate", s)
	}
	rate, ok := new(big.Rat).SetString(s)
	if !ok || rate.Sign() <= 0 {
		return nil, fmt.Sprintf("%q is no rate", s)
	}
	return rate, ""
}

func isCurrency(s string) bool {
	return len(s) == 3 && !strings.ContainsFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' })
}

func rateFault(line int, message string) error {
	return &crm.Error{Code: crm.CodeConfig, Message: message, Pointer: fmt.Sprintf("line %d of the exchange rates", line),
		Suggestion: "one row per day and currency (date,currency,rate), or the European Central Bank's eurofxref-hist.csv"}
}
