package conf

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Finding is a fault of a configuration.
type Finding struct {
	Pointer string // JSON pointer
	Code    string // unknown, type, required, range, enum, pattern, length
	Message string
}

// Decode reads a decoded JSON object (as structpb gives it: float64 for every number) into the struct that
// into points to, fills in defaults, and answers all findings. null counts as absent.
func Decode(object map[string]any, into reflect.Value) []Finding {
	d := &decoder{}
	d.object(object, into, "")
	return d.findings
}

type decoder struct{ findings []Finding }

func (d *decoder) fault(pointer, code, format string, args ...any) {
	d.findings = append(d.findings, Finding{pointer, code, fmt.Sprintf(format, args...)})
}

func (d *decoder) object(object map[string]any, v reflect.Value, at string) {
	list, err := properties(v.Type())
	if err != nil {
		d.fault(at, "type", "%v", err)
		return
	}
	known := map[string]bool{}
	for _, p := range list {
		known[p.name] = true
		x := object[p.name]
		switch {
		case x != nil:
		case p.fallback != nil:
			x = p.fallback
		case p.required:
			d.fault(at, "required", "%s is missing", p.name)
			continue
		default:
			// A nested object that is absent still has its own defaults.
			if t := v.Field(p.index).Type(); t.Kind() != reflect.Struct || describes(t) {
				continue
			}
			x = map[string]any{}
		}
		d.value(x, v.Field(p.index), p.rules, at+"/"+Escape(p.name))
	}
	var unknown []string
	for name := range object {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	sort.Strings(unknown)
	for _, name := range unknown {
		message := fmt.Sprintf("%q is unknown", name)
		if near := nearest(name, known); near != "" {
			message += fmt.Sprintf("; did you mean %q?", near)
		}
		d.fault(at+"/"+Escape(name), "unknown", "%s", message)
	}
}

// Escape makes a token of a JSON pointer (RFC 6901).
func Escape(token string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(token) }

func (d *decoder) value(x any, v reflect.Value, r rules, at string) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if describes(v.Type()) {
		text, err := json.Marshal(x)
		if err == nil {
			err = json.Unmarshal(text, v.Addr().Interface())
		}
		if err != nil {
			d.fault(at, "type", "%v", err)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		d.text(x, v, r, at)
	case reflect.Bool:
		b, ok := x.(bool)
		if !ok {
			d.wrong(at, "true or false", x)
			return
		}
		v.SetBool(b)
	case reflect.Interface:
		v.Set(reflect.ValueOf(x))
	case reflect.Slice:
		d.list(x, v, r, at)
	case reflect.Map:
		d.mapping(x, v, at)
	case reflect.Struct:
		object, ok := x.(map[string]any)
		if !ok {
			d.wrong(at, "an object", x)
			return
		}
		d.object(object, v, at)
	default:
		d.number(x, v, r, at)
	}
}

func (d *decoder) wrong(at, want string, got any) {
	kind := "an object"
	switch got.(type) {
	case string:
		kind = "a text"
	case float64:
		kind = "a number"
	case bool:
		kind = "true or false"
	case []any:
		kind = "a list"
	}
	d.fault(at, "type", "this must be %s, not %s", want, kind)
}

func (d *decoder) text(x any, v reflect.Value, r rules, at string) {
	s, ok := x.(string)
	if !ok {
		d.wrong(at, "a text", x)
		return
	}
	v.SetString(s)
	switch n := utf8.RuneCountInString(s); {
	case !allowed(s, r.enum):
		d.fault(at, "enum", "this must be one of %s", choices(r.enum))
	case r.minLength != nil && n < *r.minLength:
		d.fault(at, "length", "this must have at least %d letters", *r.minLength)
	case r.maxLength != nil && n > *r.maxLength:
		d.fault(at, "length", "this must have at most %d letters", *r.maxLength)
	case r.pattern != "":
		if re, err := regexp.Compile(r.pattern); err != nil || !re.MatchString(s) {
			d.fault(at, "pattern", "this must %s", r.form())
		}
	}
}

// form is what a pattern wants, for people: the examples where there are some, else the default.
func (r *rules) form() string {
	var list []string
	for _, e := range r.examples {
		list = append(list, fmt.Sprint(e))
	}
	if usual, _ := r.usual.(string); len(list) == 0 && usual != "" {
		list = append(list, usual)
	}
	switch n := len(list); n {
	case 0:
		return "match " + r.pattern
	case 1:
		return "be such as " + list[0]
	default:
		return "be such as " + strings.Join(list[:n-1], ", ") + " or " + list[n-1]
	}
}

func (d *decoder) number(x any, v reflect.Value, r rules, at string) {
	f, ok := x.(float64)
	if !ok {
		d.wrong(at, "a number", x)
		return
	}
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		v.SetFloat(f)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if f != math.Trunc(f) || f < 0 || f > 1<<53 || v.OverflowUint(uint64(f)) {
			d.fault(at, "type", "this must be a whole number from 0")
			return
		}
		v.SetUint(uint64(f))
	default:
		if f != math.Trunc(f) || math.Abs(f) > 1<<53 || v.OverflowInt(int64(f)) {
			d.fault(at, "type", "this must be a whole number")
			return
		}
		v.SetInt(int64(f))
	}
	switch {
	case !allowed(f, r.enum):
		d.fault(at, "enum", "this must be one of %s", choices(r.enum))
	case r.minimum != nil && f < *r.minimum:
		d.fault(at, "range", "this must be at least %v", *r.minimum)
	case r.exclusive != nil && f <= *r.exclusive:
		d.fault(at, "range", "this must be above %v", *r.exclusive)
	case r.maximum != nil && f > *r.maximum:
		d.fault(at, "range", "this must be at most %v", *r.maximum)
	}
}

func (d *decoder) list(x any, v reflect.Value, r rules, at string) {
	list, ok := x.([]any)
	if !ok {
		d.wrong(at, "a list", x)
		return
	}
	if r.minItems != nil && len(list) < *r.minItems {
		d.fault(at, "length", "this must have at least %d items", *r.minItems)
	}
	if r.maxItems != nil && len(list) > *r.maxItems {
		d.fault(at, "length", "this must have at most %d items", *r.maxItems)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, item := range list {
		here := at + "/" + strconv.Itoa(i)
		if item == nil {
			d.fault(here, "type", "an item must not be null")
			continue
		}
		d.value(item, v.Index(i), rules{enum: r.enum}, here)
		for j := range i {
			if r.unique && reflect.DeepEqual(list[j], item) {
				d.fault(here, "unique", "this is in the list twice")
				break
			}
		}
	}
}

func (d *decoder) mapping(x any, v reflect.Value, at string) {
	object, ok := x.(map[string]any)
	if !ok {
		d.wrong(at, "an object", x)
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(object)))
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		if object[key] == nil {
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(object[key], item, rules{}, at+"/"+Escape(key))
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), item)
	}
}

func allowed(x any, enum []any) bool {
	for _, choice := range enum {
		if choice == x {
			return true
		}
	}
	return len(enum) == 0
}

func choices(enum []any) string {
	var list []string
	for _, c := range enum {
		list = append(list, fmt.Sprint(c))
	}
	return strings.Join(list, ", ")
}

// nearest is the known name at a distance of at most two edits, "" when there is none.
func nearest(name string, known map[string]bool) string {
	best, at := "", 3
	for k := range known {
		if n := distance(name, k); n < at || n == at && n < 3 && k < best {
			best, at = k, n
		}
	}
	return best
}

// distance is the Levenshtein distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal, row[j+1] = row[j+1], min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
