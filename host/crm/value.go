package crm

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Type is the type of a field, a measure or a tag. Its numbers are those of ValueType in the protocol.
type Type uint8

// The types of values.
const (
	None    Type = iota
	Text         // a string
	Integer      // int64
	Number       // float64, finite
	Boolean      // true or false
	Date         // a calendar day in the account's time zone
	Time         // an instant, to the microsecond
	Amount       // minor units of a currency
)

var typeNames = [...]string{"none", "text", "integer", "number", "boolean", "date", "time", "amount"}

// String answers the type's name as it is written in manifests and configuration: "text", "integer" …
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "invalid"
}

// ParseType answers the type of that name; ok is false for an unknown one.
func ParseType(name string) (t Type, ok bool) {
	for i := 1; i < len(typeNames); i++ {
		if typeNames[i] == name {
			return Type(i), true
		}
	}
	return None, false
}

// Value is one typed value, or nothing: the zero Value is "missing". Values are comparable with ==.
type Value struct {
	kind Type
	bits uint64 // int64, float64 bits, 0 or 1, days, microseconds, minor units
	text string // the text; of an amount: its ISO 4217 currency
}

// TextValue and its siblings make values. Time is kept to the microsecond.
func TextValue(s string) Value       { return Value{kind: Text, text: s} }
func IntegerValue(n int64) Value     { return Value{kind: Integer, bits: uint64(n)} }
func NumberValue(f float64) Value    { return Value{kind: Number, bits: math.Float64bits(f + 0)} }
func DateValue(d Day) Value          { return Value{kind: Date, bits: uint64(int64(d))} }
func TimeValue(t time.Time) Value    { return Value{kind: Time, bits: uint64(t.UnixMicro())} }
func MicrosValue(micros int64) Value { return Value{kind: Time, bits: uint64(micros)} }
func AmountValue(m Money) Value      { return Value{kind: Amount, bits: uint64(m.Minor), text: m.Currency} }

// BooleanValue makes a boolean value.
func BooleanValue(b bool) Value {
	v := Value{kind: Boolean}
	if b {
		v.bits = 1
	}
	return v
}

// Type is the value's type, None when it is missing.
func (v Value) Type() Type { return v.kind }

// Missing reports whether there is no value.
func (v Value) Missing() bool { return v.kind == None }

// Text is the text of a text value, "" otherwise.
func (v Value) Text() string {
	if v.kind == Text {
		return v.text
	}
	return ""
}

// Int is the number behind an integer, boolean (0 or 1), date (days), time (microseconds) or amount (minor units).
func (v Value) Int() int64 { return int64(v.bits) }

// Float is the value of a number, or the integer behind any other fixed type as a float.
func (v Value) Float() float64 {
	if v.kind == Number {
		return math.Float64frombits(v.bits)
	}
	return float64(int64(v.bits))
}

// Bool is the value of a boolean.
func (v Value) Bool() bool { return v.kind == Boolean && v.bits == 1 }

// Day is the day of a date value.
func (v Value) Day() Day { return Day(int64(v.bits)) }

// Time is the instant of a time value, in UTC.
func (v Value) Time() time.Time { return time.UnixMicro(int64(v.bits)).UTC() }

// Money is the money of an amount value.
func (v Value) Money() Money { return Money{Minor: int64(v.bits), Currency: v.text} }

// String is the canonical text of a value: integers and numbers in shortest decimal form, dates as
// YYYY-MM-DD, times as RFC 3339 in UTC, amounts as decimal text without the currency, missing as "".
func (v Value) String() string {
	switch v.kind {
	case Text:
		return v.text
	case Integer:
		return strconv.FormatInt(int64(v.bits), 10)
	case Number:
		return strconv.FormatFloat(math.Float64frombits(v.bits), 'f', -1, 64)
	case Boolean:
		return strconv.FormatBool(v.bits == 1)
	case Date:
		return v.Day().String()
	case Time:
		return v.Time().Format(time.RFC3339Nano)
	case Amount:
		return v.Money().Decimal()
	}
	return ""
}

// ParseValue reads the canonical text of a type (see String); "" is missing. currency is used for amounts.
func ParseValue(t Type, s, currency string) (Value, error) {
	if s == "" {
		return Value{}, nil
	}
	switch t {
	case Text:
		return TextValue(s), nil
	case Integer:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return Value{}, fmt.Errorf("%q is not a whole number", s)
		}
		return IntegerValue(n), nil
	case Number:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return Value{}, fmt.Errorf("%q is not a number", s)
		}
		return NumberValue(f), nil
	case Boolean:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return Value{}, fmt.Errorf("%q is neither true nor false", s)
		}
		return BooleanValue(b), nil
	case Date:
		d, err := ParseDay(s)
		if err != nil {
			return Value{}, err
		}
		return DateValue(d), nil
	case Time:
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return Value{}, fmt.Errorf("%q is not a time such as 2026-01-31T09:00:00Z", s)
		}
		return TimeValue(at), nil
	case Amount:
		m, err := ParseMoney(s, currency)
		if err != nil {
			return Value{}, err
		}
		return AmountValue(m), nil
	}
	return Value{}, fmt.Errorf("a value cannot have the type %s", t)
}

type valueJSON struct {
	Type     string `json:"type"`
	Value    string `json:"value"`
	Currency string `json:"currency,omitempty"`
}

// MarshalJSON writes {"type","value"[,"currency"]} with the canonical text; a missing value is null.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.Missing() {
		return []byte("null"), nil
	}
	out := valueJSON{Type: v.kind.String(), Value: v.String()}
	if v.kind == Amount {
		out.Currency = v.text
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*v = Value{}
		return nil
	}
	var in valueJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	t, ok := ParseType(in.Type)
	if !ok {
		return fmt.Errorf("%q is not a type of value", in.Type)
	}
	if t == Text {
		*v = TextValue(in.Value)
		return nil
	}
	parsed, err := ParseValue(t, in.Value, in.Currency)
	*v = parsed
	return err
}
