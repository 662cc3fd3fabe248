package crm

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// Money is an amount in minor units (cents, sen, fils) of an ISO 4217 currency.
type Money struct {
	Minor    int64
	Currency string
}

// digits lists the currencies whose minor unit is not a hundredth (ISO 4217).
var digits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4,
}

// Digits is the number of decimal places of a currency's minor unit (ISO 4217): 2 unless listed otherwise.
func Digits(currency string) int {
	if d, ok := digits[currency]; ok {
		return d
	}
	return 2
}

// ParseMoney reads a decimal text such as "1500.50" or "-3e2". Digits beyond the currency's minor unit are
// rounded half to even. A text that is no finite number, or too large, is an error.
func ParseMoney(s, currency string) (Money, error) {
	s = strings.TrimSpace(s)
	if len(s) > 64 || strings.ContainsAny(s, "/xXpP_iInN") {
		return Money{}, fmt.Errorf("%q is not an amount", s)
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 4 {
		return Money{}, fmt.Errorf("%q is not an amount", s)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return Money{}, fmt.Errorf("%q is not an amount", s)
	}
	r.Mul(r, new(big.Rat).SetInt64(int64(math.Pow10(Digits(currency)))))
	minor, ok := roundHalfEven(r)
	if !ok {
		return Money{}, fmt.Errorf("the amount %q is too large", s)
	}
	return Money{Minor: minor, Currency: currency}, nil
}

// Convert multiplies by a rate (base units per unit) and rounds half to even into the base currency.
func (m Money) Convert(rate *big.Rat, base string) (Money, error) {
	r := new(big.Rat).SetFrac(big.NewInt(m.Minor), big.NewInt(int64(math.Pow10(Digits(m.Currency)))))
	r.Mul(r, rate)
	r.Mul(r, new(big.Rat).SetInt64(int64(math.Pow10(Digits(base)))))
	minor, ok := roundHalfEven(r)
	if !ok {
		return Money{}, fmt.Errorf("the converted amount is too large")
	}
	return Money{Minor: minor, Currency: base}, nil
}

func roundHalfEven(r *big.Rat) (int64, bool) {
	quotient, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	twice := new(big.Int).Abs(rest)
	twice.Lsh(twice, 1)
	if c := twice.Cmp(r.Denom()); c > 0 || c == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(int64(r.Sign())))
	}
	return quotient.Int64(), quotient.IsInt64()
}

// Decimal is the amount as decimal text with the currency's digits: "1500.50".
func (m Money) Decimal() string {
	d := Digits(m.Currency)
	return new(big.Rat).SetFrac(big.NewInt(m.Minor), big.NewInt(int64(math.Pow10(d)))).FloatString(d)
}

// String is the decimal text and the currency: "1500.50 USD".
func (m Money) String() string { return strings.TrimSpace(m.Decimal() + " " + m.Currency) }
