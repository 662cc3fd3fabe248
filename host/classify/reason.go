package classify

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/taxonhq/taxon/host/crm"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// The host's own reasons. The first is followed by what is missing: missing_country.
const (
	reasonMissing  = "missing_"
	reasonNoRate   = "missing_rate"
	reasonTooLarge = "too_large"
	reasonProblem  = "problem"
	reasonHeld     = "held_" // followed by the rule of stability that holds longest
)

// Reason says why a customer has its tags: a code with arguments, of the plugin or of the host.
type Reason struct {
	Code string     `json:"code"`
	Args []Argument `json:"args,omitempty"`
}

// Argument is one argument of a reason, in the order of its definition.
type Argument struct {
	Name  string    `json:"name"`
	Value crm.Value `json:"value"`
}

// ParseReasons reads the reasons of a store.TagRow.
func ParseReasons(data []byte) ([]Reason, error) {
	if len(data) == 0 {
		return nil, nil
	}
	var out []Reason
	err := json.Unmarshal(data, &out)
	return out, err
}

// reasonsOf are the JSON texts of the reasons of each customer of an answer, "" for those without. They are
// what json.Marshal makes of []Reason, written directly because there are millions.
func reasonsOf(m *pb.Manifest, response *pb.ClassifyResponse, n int, currency string) ([][]byte, error) {
	out := make([][]byte, n)
	if len(response.GetReasons()) == 0 {
		return out, nil
	}
	type entry struct {
		customer, place uint32
		group, at       int
	}
	var entries []entry
	readers := make([][]column.Reader, len(response.GetReasons()))
	for g, group := range response.GetReasons() {
		definition := m.GetReasons()[group.GetDefinition()]
		readers[g] = make([]column.Reader, len(definition.GetArguments()))
		for i, a := range definition.GetArguments() {
			if err := readers[g][i].Reset(group.GetArguments()[i], a.GetType(), false, len(group.GetCustomers())); err != nil {
				return nil, err
			}
		}
		for at, customer := range group.GetCustomers() {
			entries = append(entries, entry{customer, group.GetPlaces()[at], g, at})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.customer != b.customer {
			return int(a.customer) - int(b.customer)
		}
		if a.place != b.place {
			return int(a.place) - int(b.place)
		}
		return a.group - b.group
	})
	var buf []byte
	for i := 0; i < len(entries); {
		customer, start := entries[i].customer, len(buf)
		for ; i < len(entries) && entries[i].customer == customer; i++ {
			e := entries[i]
			if len(buf) == start {
				buf = append(buf, '[')
			} else {
				buf = append(buf, ',')
			}
			definition := m.GetReasons()[response.GetReasons()[e.group].GetDefinition()]
			buf = appendReason(buf, definition, readers[e.group], e.at, currency)
		}
		buf = append(buf, ']')
		out[customer] = buf[start:len(buf):len(buf)]
	}
	return out, nil
}

func appendReason(b []byte, definition *pb.ReasonDefinition, args []column.Reader, at int, currency string) []byte {
	b = appendString(append(b, `{"code":`...), definition.GetCode())
	for i, a := range definition.GetArguments() {
		if i == 0 {
			b = append(b, `,"args":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"name":`...), a.GetName())
		b = append(b, `,"value":`...)
		if args[i].Missing(at) {
			b = append(b, "null}"...)
			continue
		}
		t := crm.Type(a.GetType())
		b = append(append(append(b, `{"type":"`...), t.String()...), `","value":`...)
		b = appendValue(b, &args[i], at, currency)
		if t == crm.Amount {
			b = append(append(append(b, `,"currency":"`...), currency...), '"')
		}
		b = append(b, "}}"...)
	}
	if len(definition.GetArguments()) > 0 {
		b = append(b, ']')
	}
	return append(b, '}')
}

// appendValue writes the canonical text of a value in quotes.
func appendValue(b []byte, r *column.Reader, i int, currency string) []byte {
	switch r.Type() {
	case column.Text:
		return appendString(b, r.Text(i))
	case column.Integer:
		return append(strconv.AppendInt(append(b, '"'), r.Int(i), 10), '"')
	case column.Amount:
		return append(appendDecimal(append(b, '"'), r.Int(i), crm.Digits(currency)), '"')
	}
	return appendString(b, valueOf(r, i, currency).String())
}

// appendDecimal writes minor units as crm.Money.Decimal does, without the detour through rational numbers.
func appendDecimal(b []byte, minor int64, digits int) []byte {
	var text [24]byte
	number := strconv.AppendInt(text[:0], minor, 10)
	if minor < 0 {
		b, number = append(b, '-'), number[1:]
	}
	if digits == 0 {
		return append(b, number...)
	}
	for range digits + 1 - len(number) {
		number = slices.Insert(number, 0, '0')
	}
	whole := len(number) - digits
	return append(append(append(b, number[:whole]...), '.'), number[whole:]...)
}

// valueOf is a value of a column.
func valueOf(r *column.Reader, i int, currency string) crm.Value {
	if r.Missing(i) {
		return crm.Value{}
	}
	switch r.Type() {
	case column.Text:
		return crm.TextValue(strings.Clone(r.Text(i)))
	case column.Integer:
		return crm.IntegerValue(r.Int(i))
	case column.Number:
		return crm.NumberValue(r.Float(i))
	case column.Boolean:
		return crm.BooleanValue(r.Bool(i))
	case column.Date:
		return crm.DateValue(crm.Day(r.Int(i)))
	case column.Time:
		return crm.MicrosValue(r.Int(i))
	case column.Amount:
		return crm.AmountValue(crm.Money{Minor: r.Int(i), Currency: currency})
	}
	return crm.Value{}
}

// appendString writes a JSON string.
func appendString(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == 0xe2 || c >= utf8.RuneSelf && !utf8.ValidString(s) {
			quoted, err := json.Marshal(s)
			if err != nil {
				quoted = []byte(`""`)
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// hostReason is the JSON text of one reason of the host about one thing.
func hostReason(code, name, value string) []byte {
	b := appendString([]byte(`[{"code":`), code)
	b = appendString(append(b, `,"args":[{"name":`...), name)
	b = appendString(append(b, `,"value":{"type":"text","value":`...), value)
	return append(b, "}}]}]"...)
}
