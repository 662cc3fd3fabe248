package sdk

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/taxonhq/taxon/sdk/protocol"
)

// Verdict is what a classifier says about one customer: tags, reasons, or a problem. Build it by chaining:
//
//	sdk.Set("", "loyal").Because("won_deals", n).Set("score", 0.93)
//
// Verdicts are values; a chain never changes the one it started from.
type Verdict struct {
	tags    [3]setting
	count   int
	more    []setting // beyond three
	reasons [2]because
	because int
	further []because // beyond two
	args    []value   // of all reasons, one after the other
	problem *problem
}

type problem struct{ code, message string }

type setting struct {
	key   string
	value value
}

// mainKey stands for the main class tag, whatever its key.
const mainKey = "\x00"

type because struct {
	code string
	args int // how many
}

// value is a typed value without an interface around it.
type value struct {
	kind Type // unspecified: not a type of the protocol
	bits uint64
	text string
}

// Set says that the tag of that key has that value: a string for texts and codes, an integer, float64, bool,
// time.Time, Day or Amount after the tag's type.
func Set(key string, v any) Verdict { return Verdict{}.Set(key, v) }

// Unclassified says that too little is known for the main tag, and why.
func Unclassified(reason string, args ...any) Verdict {
	v := Verdict{count: 1}
	v.tags[0] = setting{key: mainKey, value: value{kind: String, text: protocol.Unclassified}}
	return v.Because(reason, args...)
}

// Failed says that this customer cannot be classified because of a fault in its data or in the classifier;
// it gets no tags and the others are not touched. message must hold no personal data.
func Failed(code, message string) Verdict { return Verdict{problem: &problem{code, message}} }

// Set adds a tag. The last value of a key wins.
func (v Verdict) Set(key string, x any) Verdict {
	if v.count < len(v.tags) {
		v.tags[v.count] = setting{key: key, value: valueOf(x)}
		v.count++
		return v
	}
	// A copy, so that two chains from one start do not share memory; with room for what usually follows.
	more := make([]setting, len(v.more), len(v.more)+len(v.tags))
	copy(more, v.more)
	v.more = append(more, setting{key: key, value: valueOf(x)})
	return v
}

// Because adds a reason that the literal declares, with its arguments in the declared order.
func (v Verdict) Because(code string, args ...any) Verdict {
	b := because{code: code, args: len(args)}
	if v.because < len(v.reasons) {
		v.reasons[v.because] = b
		v.because++
	} else {
		v.further = append(v.further[:len(v.further):len(v.further)], b)
	}
	if len(args) > 0 {
		list := make([]value, len(v.args), len(v.args)+len(args)) // a copy, as in Set
		copy(list, v.args)
		for _, a := range args {
			list = append(list, valueOf(a))
		}
		v.args = list
	}
	return v
}

// valueOf does not keep x, so that the caller's value needs no allocation.
func valueOf(x any) value {
	switch x := x.(type) {
	case string:
		return value{kind: String, text: x}
	case int:
		return value{kind: Integer, bits: uint64(x)}
	case int64:
		return value{kind: Integer, bits: uint64(x)}
	case float64:
		return value{kind: Number, bits: math.Float64bits(x)}
	case bool:
		n := uint64(0)
		if x {
			n = 1
		}
		return value{kind: Boolean, bits: n}
	case time.Time:
		return value{kind: Time, bits: uint64(x.UnixMicro())}
	case Day:
		return value{kind: Date, bits: uint64(int64(x))}
	case Amount:
		return value{kind: Money, bits: uint64(x)}
	}
	return reflectValue(reflect.ValueOf(x))
}

// reflectValue takes named types by what is beneath them.
func reflectValue(r reflect.Value) value {
	switch r.Kind() {
	case reflect.String:
		return value{kind: String, text: r.String()}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return value{kind: Integer, bits: uint64(r.Int())}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return value{kind: Integer, bits: r.Uint()}
	case reflect.Float32, reflect.Float64:
		return value{kind: Number, bits: math.Float64bits(r.Float())}
	case reflect.Bool:
		return valueOf(r.Bool())
	}
	return value{}
}

// as converts to a declared type where nothing is lost: integers are numbers, amounts and days are integers
// beneath. ok is false when the value does not fit.
func (v value) as(t Type) (value, bool) {
	switch {
	case v.kind == t:
	case t == Number && v.kind == Integer:
		v.bits = math.Float64bits(float64(int64(v.bits)))
	case (t == Money || t == Date) && v.kind == Integer:
	default:
		return v, false
	}
	v.kind = t
	return v, true
}

func (v value) String() string {
	switch v.kind {
	case String:
		return v.text
	case Number:
		return fmt.Sprint(math.Float64frombits(v.bits))
	}
	return fmt.Sprint(int64(v.bits))
}
