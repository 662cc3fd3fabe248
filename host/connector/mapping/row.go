package mapping

import (
	"strconv"
	"strings"

	"github.com/valyala/fastjson"
)

// Row is one record as the CRM answers it: usually one JSON object; several that complete each other
// where the properties had to be asked for in more than one request.
type Row []*fastjson.Value

// Path leads to a value inside JSON: keys and array positions, joined by dots. "." is the root, a nil Path none. A dot
// within a key is written as \. and the step @json reads JSON that stands in a text.
type Path []string

// textStep is the step of a path from a text to the JSON within it.
const textStep = "@json"

// ParsePath reads a path such as "paging.next.after", "partner_id.0" or "@odata\.nextLink".
func ParsePath(s string) Path {
	switch {
	case s == "":
		return nil
	case s == ".":
		return Path{}
	case !strings.Contains(s, `\`):
		return strings.Split(s, ".")
	}
	p := Path{""}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			p[len(p)-1] += s[i : i+1]
		case s[i] == '.':
			p = append(p, "")
		default:
			p[len(p)-1] += s[i : i+1]
		}
	}
	return p
}

// escaper writes a key of a path.
var escaper = strings.NewReplacer(`\`, `\\`, ".", `\.`)

// String is the path as it is written.
func (p Path) String() string {
	if len(p) == 0 {
		return "."
	}
	keys := make([]string, len(p))
	for i, key := range p {
		keys[i] = escaper.Replace(key)
	}
	return strings.Join(keys, ".")
}

// In answers the value at the path, nil when there is none.
func (p Path) In(v *fastjson.Value) *fastjson.Value {
	for _, key := range p {
		if v == nil {
			return nil
		}
		if key == textStep {
			v = textJSON(v)
			continue
		}
		v = v.Get(key)
	}
	return v
}

// textJSON is the JSON that a text holds, nil when it holds none.
func textJSON(v *fastjson.Value) *fastjson.Value {
	if v.Type() != fastjson.TypeString {
		return nil
	}
	inner, err := fastjson.ParseBytes(v.GetStringBytes())
	if err != nil {
		return nil
	}
	return inner
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
// ends in * leads to an object whose values are the rows, or lists of them; a row that is an object tells the key that it
// stood under as @key.
func Rows(body *fastjson.Value, p Path) (rows []*fastjson.Value, ok bool) {
	if len(p) > 0 && p[len(p)-1] == "*" {
		v := p[:len(p)-1].In(body)
		if v == nil || v.Type() != fastjson.TypeObject {
			return nil, emptyMap(body, p)
		}
		v.GetObject().Visit(func(key []byte, row *fastjson.Value) {
			switch row.Type() {
			case fastjson.TypeArray:
				rows = append(rows, row.GetArray()...)
				return
			case fastjson.TypeObject:
				row.Set("@key", new(fastjson.Arena).NewStringBytes(key))
			}
			rows = append(rows, row)
		})
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

// emptyMap reports whether a path to a map meets an empty list, which is how PHP writes an empty map.
func emptyMap(body *fastjson.Value, p Path) bool {
	for i := range p {
		if v := p[:i].In(body); v != nil && v.Type() == fastjson.TypeArray {
			return len(v.GetArray()) == 0
		}
	}
	return false
}

// Integer reads a JSON number or a string of digits.
func Integer(v *fastjson.Value) (int64, bool) {
	n, err := strconv.ParseInt(Text(v), 10, 64)
	return n, err == nil
}
