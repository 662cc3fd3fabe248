package measure

import (
	"math"

	"github.com/taxonhq/taxon/host/crm"
)

// Why says why there is no value.
type Why uint8

// The reasons for a missing value.
const (
	Known    Why = iota // there is one
	Absent              // nobody knows it
	NoRate              // an amount in a currency whose rate on that day is not known
	TooLarge            // the result does not fit 64 bits
)

// cell is a value of a known type, or why there is none.
type cell struct {
	bits uint64 // as in crm.Value
	text string
	why  Why
}

func (c cell) int() int64     { return int64(c.bits) }
func (c cell) float() float64 { return math.Float64frombits(c.bits) }

func intCell(n int64) cell { return cell{bits: uint64(n)} }

// numberCell is a cell of a float: one that is not finite does not fit.
func numberCell(f float64) cell {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return cell{why: TooLarge}
	}
	return cell{bits: math.Float64bits(f + 0)}
}

// cellOf takes a value of the mirror as the type of its field; one of another type is absent.
func cellOf(v crm.Value, t crm.Type) cell {
	switch {
	case v.Type() == t && t == crm.Text:
		return cell{text: v.Text()}
	case v.Type() == t && t == crm.Number:
		return numberCell(v.Float())
	case v.Type() == t:
		return intCell(v.Int())
	case t == crm.Number && v.Type() == crm.Integer:
		return numberCell(v.Float())
	}
	return cell{why: Absent}
}

func textCell(s string) cell {
	if s == "" {
		return cell{why: Absent}
	}
	return cell{text: s}
}

// value is the cell as a value of a type; amounts are in a currency.
func (c cell) value(t crm.Type, currency string) crm.Value {
	if c.why != Known {
		return crm.Value{}
	}
	switch t {
	case crm.Text:
		return crm.TextValue(c.text)
	case crm.Integer:
		return crm.IntegerValue(c.int())
	case crm.Number:
		return crm.NumberValue(c.float())
	case crm.Boolean:
		return crm.BooleanValue(c.bits == 1)
	case crm.Date:
		return crm.DateValue(crm.Day(c.int()))
	case crm.Time:
		return crm.MicrosValue(c.int())
	case crm.Amount:
		return crm.AmountValue(crm.Money{Minor: c.int(), Currency: currency})
	}
	return crm.Value{}
}

// order compares two known cells of a type that has an order.
func order(a, b cell, t crm.Type) int {
	if t == crm.Number {
		switch x, y := a.float(), b.float(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	switch x, y := a.int(), b.int(); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
