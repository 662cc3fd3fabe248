package mapping

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// form says how a property's JSON is to be read.
type form struct {
	Type crm.Type
	// Seconds: digits in a time are seconds since 1970; milliseconds otherwise.
	Seconds bool
	// FalseIsEmpty: the CRM writes false where there is no value (Odoo).
	FalseIsEmpty bool
	// Scale: how many decimal places a whole number hides.
	Scale int
}

// The faults that a value may have. They do not repeat it.
const (
	faultText     = "is not a text"
	faultInteger  = "is not a whole number"
	faultNumber   = "is not a number"
	faultBoolean  = "is neither true nor false"
	faultDate     = "is not a date"
	faultTime     = "is not a time"
	faultAmount   = "is not an amount"
	faultCurrency = "has no currency"
)

// value reads one JSON value; fault is "" when it could be read. currency is used for amounts.
func (f form) value(v *fastjson.Value, currency string) (out crm.Value, fault string) {
	if v == nil {
		return out, ""
	}
	var raw []byte
	switch v.Type() {
	case fastjson.TypeNull:
		return out, ""
	case fastjson.TypeString:
		raw = v.GetStringBytes()
	case fastjson.TypeNumber:
		raw = v.MarshalTo(nil)
	case fastjson.TypeFalse:
		if f.FalseIsEmpty && f.Type != crm.Boolean {
			return out, ""
		}
		raw = []byte("false")
	case fastjson.TypeTrue:
		raw = []byte("true")
	case fastjson.TypeArray:
		text, ok := joined(v.GetArray())
		if !ok {
			return out, faultText
		}
		raw = []byte(text)
	default:
		return out, faultText
	}
	return f.text(string(raw), currency)
}

// joined writes a list of scalars as one text, as multi-select values are written.
func joined(items []*fastjson.Value) (string, bool) {
	var b strings.Builder
	for i, item := range items {
		if t := item.Type(); t == fastjson.TypeArray || t == fastjson.TypeObject {
			return "", false
		}
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(Text(item))
	}
	return b.String(), true
}

// text reads a value that is written as text.
func (f form) text(s, currency string) (out crm.Value, fault string) {
	if s == "" {
		return out, ""
	}
	if f.Scale > 0 {
		var ok bool
		if s, ok = scaled(strings.TrimSpace(s), f.Scale); !ok {
			return out, faultInteger
		}
	}
	switch f.Type {
	case crm.Text:
		return crm.TextValue(s), ""
	case crm.Integer:
		if n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil {
			return crm.IntegerValue(n), ""
		}
		if x, ok := number(s); ok && x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			return crm.IntegerValue(int64(x)), ""
		}
		return out, faultInteger
	case crm.Number:
		if x, ok := number(s); ok {
			return crm.NumberValue(x), ""
		}
		return out, faultNumber
	case crm.Boolean:
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "true", "1", "yes":
			return crm.BooleanValue(true), ""
		case "false", "0", "no":
			return crm.BooleanValue(false), ""
		}
		return out, faultBoolean
	case crm.Date:
		if day, ok := f.day(s); ok {
			return crm.DateValue(day), ""
		}
		return out, faultDate
	case crm.Time:
		if at, ok := f.instant(s); ok {
			return crm.TimeValue(at), ""
		}
		if len(s) == len(time.DateOnly) { // a day stays a day: what instant it means depends on the account's zone
			if day, err := crm.ParseDay(s); err == nil {
				return crm.DateValue(day), ""
			}
		}
		return out, faultTime
	case crm.Amount:
		if currency == "" {
			return out, faultCurrency
		}
		if m, ok := money(s, currency); ok {
			return crm.AmountValue(m), ""
		}
		return out, faultAmount
	}
	return out, faultText
}

// scaled puts the point into a whole number: "1500500000" with six places is "1500.500000".
func scaled(s string, places int) (string, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	digits = strings.TrimSuffix(digits, ".0") // a whole number of a CRM that knows none
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	if n := places + 1 - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	sign := ""
	if negative {
		sign = "-"
	}
	return sign + digits[:len(digits)-places] + "." + digits[len(digits)-places:], true
}

func number(s string) (float64, bool) {
	x, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
}

// layouts of times beyond RFC 3339: an offset without a colon, a space in the place of the T, and times that are UTC without
// saying so.
var layouts = []string{"2006-01-02T15:04:05.999999999-0700", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999"}

// instant reads RFC 3339, the layouts above, or digits since 1970.
func (f form) instant(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if f.Seconds {
			return time.Unix(n, 0).UTC(), n > -1<<40 && n < 1<<40
		}
		return time.UnixMilli(n).UTC(), n > -1<<50 && n < 1<<50
	}
	if at, ok := fraction(s); f.Seconds && ok {
		return at, true
	}
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at.UTC(), true
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// fraction reads seconds since 1970 with a fraction, to the microsecond: "1795881983.123456".
func fraction(s string) (time.Time, bool) {
	whole, part, ok := strings.Cut(s, ".")
	if !ok || part == "" || strings.Trim(part, "0123456789") != "" {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	micros, _ := strconv.ParseInt((part + "00000")[:6], 10, 64) // six digits
	return time.Unix(seconds, micros*1000).UTC(), err == nil && seconds >= 0 && seconds < 1<<40
}

// day reads YYYY-MM-DD, the date part of a time as it is written, or digits (midnight UTC).
func (f form) day(s string) (crm.Day, bool) {
	if len(s) >= len(time.DateOnly) {
		if day, err := crm.ParseDay(s[:len(time.DateOnly)]); err == nil {
			if len(s) == len(time.DateOnly) {
				return day, true
			}
			_, ok := f.instant(s)
			return day, ok
		}
	}
	if _, err := strconv.ParseInt(s, 10, 64); err == nil {
		at, ok := f.instant(s)
		return crm.DayOf(at, time.UTC), ok
	}
	return 0, false
}

// money reads an amount; plain decimals, which nearly all are, without the detour over rational numbers.
func money(s, currency string) (crm.Money, bool) {
	digits := crm.Digits(currency)
	minor, decimals, seen, point, negative := int64(0), 0, false, false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9' && i < 17:
			if point {
				if decimals == digits {
					if c == '0' {
						continue
					}
					return parseMoney(s, currency) // needs rounding
				}
				decimals++
			}
			minor, seen = minor*10+int64(c-'0'), true
		case c == '.' && !point:
			point = true
		case c == '-' && i == 0:
			negative = true
		default:
			return parseMoney(s, currency)
		}
	}
	if !seen {
		return crm.Money{}, false
	}
	for ; decimals < digits; decimals++ {
		if minor > math.MaxInt64/10 {
			return parseMoney(s, currency)
		}
		minor *= 10
	}
	if negative {
		minor = -minor
	}
	return crm.Money{Minor: minor, Currency: currency}, true
}

func parseMoney(s, currency string) (crm.Money, bool) {
	m, err := crm.ParseMoney(s, currency)
	return m, err == nil
}

// IsCurrency reports whether a text looks like an ISO 4217 code.
func IsCurrency(s string) bool {
	if len(s) != 3 {
		return false
	}
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}
