package mapping

import (
	"strconv"
	"strings"

	"github.com/valyala/fastjson"
)

// Row is one record as the CRM answers it: usually one JSON object; several that complete each other
// where the properties had to be asked for in more than one request.
type Row []*fastjson.Value

// Path leads to a value inside JSON: keys and array positions, joined by dots. "." and "" are the root.
type Path []string

// ParsePath reads a path such as "paging.next.after" or "partner_id.0".
func ParsePath(s string) Path {
	if s == "" || s == "." {
		return nil
	}
	return strings.Split(s, ".")
}

// String is the path as it is written.
func (p Path) String() string {
	if len(p) == 0 {
		return "."
	}
	return strings.Join(p, ".")
}

// In answers the value at the path, nil when there is none.
func (p Path) In(v *fastjson.Value) *fastjson.Value {
	for _, key := range p {
		if v == nil {
			return nil
		}
		v = v.Get(key)
	}
	return v
}

// InRow answers the first value at the path that is not null, nil when there is none.
func (p Path) InRow(row Row) *fastjson.Value {
	for _, doc := range row {
		if v := p.In(doc); v != nil && v.Type() != fastjson.TypeNull {
			return v
		}
	}
	return nil
}

// Text is a JSON scalar as text: a string as it is, a number or boolean as written; "" for null, arrays and objects.
func Text(v *fastjson.Value) string {
	if v == nil {
		return ""
	}
	switch v.Type() {
	case fastjson.TypeString:
		return string(v.GetStringBytes())
	case fastjson.TypeNumber, fastjson.TypeTrue, fastjson.TypeFalse:
		return string(v.MarshalTo(nil))
	}
	return ""
}

// Rows are the elements of the array at a path; ok is false when there is no array. A null is an empty array. A path that
// ends in * leads to an object whose values are the rows.
func Rows(body *fastjson.Value, p Path) (rows []*fastjson.Value, ok bool) {
	if len(p) > 0 && p[len(p)-1] == "*" {
		v := p[:len(p)-1].In(body)
		if v == nil || v.Type() != fastjson.TypeObject {
			return nil, false
		}
		v.GetObject().Visit(func(_ []byte, row *fastjson.Value) { rows = append(rows, row) })
		return rows, true
	}
	v := p.In(body)
	if v == nil {
		return nil, false
	}
	switch v.Type() {
	case fastjson.TypeArray:
		return v.GetArray(), true
	case fastjson.TypeNull:
		return nil, true
	}
	return nil, false
}

// Integer reads a JSON number or a string of digits.
func Integer(v *fastjson.Value) (int64, bool) {
	n, err := strconv.ParseInt(Text(v), 10, 64)
	return n, err == nil
}
