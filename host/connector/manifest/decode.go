package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"go.yaml.in/yaml/v3"
)

// maxNodes bounds what aliases can blow a manifest up to.
const maxNodes = 100_000

// maxPointer bounds how deep it can be.
const maxPointer = 2000

// place is where something stands: a line of the file and a JSON pointer.
type place struct {
	line    int
	pointer string
}

// located is an expression with its place, kept for the checks that need the whole manifest.
type located struct {
	program *Program
	at      place
}

// decoder fills the structs of this package from YAML nodes, by their key tags.
type decoder struct {
	file     string
	faults   []error
	nodes    int
	full     bool
	places   map[any]place // of decoded structs, by pointer
	programs []located
	compiled map[[2]string]*Program
}

func (d *decoder) fault(at place, format string, args ...any) {
	if len(d.faults) < 50 {
		d.faults = append(d.faults, &crm.Error{Code: crm.CodeConfig, Message: fmt.Sprintf(format, args...),
			Pointer: fmt.Sprintf("%s:%d %s", d.file, at.line, orRoot(at.pointer))})
	}
}

func orRoot(pointer string) string {
	if pointer == "" {
		return "/"
	}
	return pointer
}

// entry is one key of a mapping after merging.
type entry struct {
	key   *yaml.Node
	value *yaml.Node
}

// entries lists a mapping's keys; those of << come last and yield to the mapping's own.
func (d *decoder) entries(n *yaml.Node, at place) []entry {
	var own, merged []entry
	index := map[string]bool{}
	if d.tooLarge(at) {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Tag == "!!merge" {
			bases := []*yaml.Node{value}
			if value.Kind == yaml.SequenceNode {
				bases = value.Content
			}
			for _, base := range bases {
				if base = resolve(base); base.Kind == yaml.MappingNode {
					merged = append(merged, d.entries(base, at)...)
				} else {
					d.fault(place{value.Line, at.pointer}, "<< must name a mapping")
				}
			}
			continue
		}
		if index[key.Value] {
			d.fault(place{key.Line, at.pointer}, "the key %q stands here twice", key.Value)
		}
		index[key.Value] = true
		own = append(own, entry{key, value})
	}
	for _, e := range merged {
		if !index[e.key.Value] {
			index[e.key.Value] = true
			own = append(own, e)
		}
	}
	return own
}

// tooLarge counts a node; aliases can blow a small file up, and lead back into themselves.
func (d *decoder) tooLarge(at place) bool {
	if d.nodes++; d.nodes <= maxNodes && len(at.pointer) <= maxPointer {
		return false
	}
	if !d.full {
		d.fault(place{at.line, ""}, "the manifest is too large: do its aliases lead back into themselves?")
	}
	d.full, d.nodes = true, maxNodes
	return true
}

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

var (
	templateType = reflect.TypeFor[*Template]()
	programType  = reflect.TypeFor[*Program]()
	pathType     = reflect.TypeFor[Path]()
	durationType = reflect.TypeFor[time.Duration]()
	fieldType    = reflect.TypeFor[Field]()
)

// value decodes a node into a Go value. scope is the scope of expressions, options the field's tag.
func (d *decoder) value(n *yaml.Node, into reflect.Value, at place, scope string, enum []string) {
	n = resolve(n)
	at.line = n.Line
	if d.tooLarge(at) {
		return
	}
	switch into.Type() {
	case templateType:
		if t := d.template(n, at, scope); t != nil {
			into.Set(reflect.ValueOf(t))
		}
		return
	case programType:
		source, ok := expression(n)
		if !ok {
			d.fault(at, "an expression is expected: a text that begins with =")
			return
		}
		if p := d.program(source, n, at, scope); p != nil {
			into.Set(reflect.ValueOf(p))
		}
		return
	case pathType:
		if d.scalar(n, at) {
			into.Set(reflect.ValueOf(mapping.ParsePath(n.Value)))
		}
		return
	case durationType:
		if duration, ok := parseDuration(n.Value); ok && n.Kind == yaml.ScalarNode {
			into.SetInt(int64(duration))
		} else {
			d.fault(at, "a duration is expected, such as 10s, 5m, 1h or 90d")
		}
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		target := reflect.New(into.Type().Elem())
		into.Set(target)
		d.value(n, target.Elem(), at, scope, enum)
	case reflect.Struct:
		d.structure(n, into, at, scope)
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			d.fault(at, "a mapping is expected")
			return
		}
		into.Set(reflect.MakeMap(into.Type()))
		for _, e := range d.entries(n, at) {
			item := reflect.New(into.Type().Elem()).Elem()
			d.value(e.value, item, below(at, e.key.Value), scope, enum)
			into.SetMapIndex(reflect.ValueOf(e.key.Value).Convert(into.Type().Key()), item)
		}
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			if elem := into.Type().Elem(); n.Kind == yaml.ScalarNode && (elem.Kind() == reflect.String || elem == pathType) { // one stands for a list of one
				into.Set(reflect.MakeSlice(into.Type(), 1, 1))
				d.value(n, into.Index(0), at, scope, enum)
				return
			}
			d.fault(at, "a list is expected")
			return
		}
		into.Set(reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content)))
		for i, item := range n.Content {
			d.value(item, into.Index(i), below(at, strconv.Itoa(i)), scope, enum)
		}
	case reflect.Interface:
		var v any
		if err := n.Decode(&v); err != nil {
			d.fault(at, "this cannot be read as YAML data")
		} else if v != nil {
			into.Set(reflect.ValueOf(v))
		}
	default:
		d.plain(n, into, at, enum)
	}
}

// plain decodes texts, numbers and booleans.
func (d *decoder) plain(n *yaml.Node, into reflect.Value, at place, enum []string) {
	if !d.scalar(n, at) {
		return
	}
	switch into.Kind() {
	case reflect.String:
		if len(enum) > 0 && !slices.Contains(enum, n.Value) {
			d.fault(at, "%q is not one of %s", n.Value, strings.Join(enum, ", "))
			return
		}
		into.SetString(n.Value)
	case reflect.Int:
		number, err := strconv.Atoi(n.Value)
		if err != nil || number < 0 {
			d.fault(at, "a whole number is expected")
			return
		}
		into.SetInt(int64(number))
	case reflect.Float64:
		number, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			d.fault(at, "a number is expected")
			return
		}
		into.SetFloat(number)
	case reflect.Bool:
		if n.Tag != "!!bool" {
			d.fault(at, "true or false is expected")
			return
		}
		into.SetBool(n.Value == "true")
	}
}

// structure decodes a mapping into a struct; keys that no field has are faults.
func (d *decoder) structure(n *yaml.Node, into reflect.Value, at place, scope string) {
	if into.Type() == fieldType && n.Kind == yaml.ScalarNode { // the short form of a field
		f := into.Addr().Interface().(*Field)
		if source, ok := expression(n); ok {
			f.Expr = d.program(source, n, at, scope)
		} else {
			f.Property = n.Value
		}
		d.places[f] = at
		return
	}
	if n.Kind != yaml.MappingNode {
		d.fault(at, "a mapping is expected")
		return
	}
	d.places[into.Addr().Interface()] = at
	fields := keysOf(into.Type())
	present := map[string]bool{}
	for _, e := range d.entries(n, at) {
		f, ok := fields[e.key.Value]
		if !ok {
			d.fault(place{e.key.Line, at.pointer}, "unknown key %q%s", e.key.Value, didYouMean(e.key.Value, fields))
			continue
		}
		present[e.key.Value] = true
		inner := scope
		if f.scope != "" {
			inner = f.scope
		}
		d.value(e.value, into.FieldByIndex(f.index), below(at, e.key.Value), inner, f.enum)
	}
	for _, f := range ordered(fields) {
		if f.required && !present[f.key] {
			d.fault(at, "the key %q is missing", f.key)
		}
	}
}

// template decodes a tree of constants and expressions.
func (d *decoder) template(n *yaml.Node, at place, scope string) *Template {
	n = resolve(n)
	at.line = n.Line
	if d.tooLarge(at) {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		var keys []string
		var values []*Template
		for _, e := range d.entries(n, at) {
			if t := d.template(e.value, below(at, e.key.Value), scope); t != nil {
				keys, values = append(keys, e.key.Value), append(values, t)
			}
		}
		return mapping.MapTemplate(keys, values)
	case yaml.SequenceNode:
		var items []*Template
		for i, item := range n.Content {
			if t := d.template(item, below(at, strconv.Itoa(i)), scope); t != nil {
				items = append(items, t)
			}
		}
		return mapping.ListTemplate(items)
	}
	if source, ok := expression(n); ok {
		if p := d.program(source, n, at, scope); p != nil {
			return mapping.ExpressionTemplate(p)
		}
		return nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		d.fault(at, "this cannot be read as YAML data")
		return nil
	}
	if whole, ok := v.(int); ok {
		v = int64(whole)
	}
	return mapping.ConstantTemplate(v)
}

// expression answers the source of a scalar that begins with "=".
func expression(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return "", false
	}
	return strings.CutPrefix(n.Value, "=")
}

func (d *decoder) program(source string, n *yaml.Node, at place, scope string) *Program {
	source = strings.TrimSpace(source)
	id := [2]string{scope, source}
	p, known := d.compiled[id]
	if !known {
		s := scopes[scope]
		if s == nil {
			panic("the scope of " + at.pointer + " is not declared") // a fault of this package's tags
		}
		var fault *mapping.Fault
		if p, fault = s().Compile(source); fault != nil {
			if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
				at.line += fault.Line
			}
			d.fault(at, "the expression is wrong at its line %d, column %d: %s", fault.Line, fault.Column, fault.Message)
		}
		d.compiled[id] = p
	}
	if p != nil {
		d.programs = append(d.programs, located{p, at})
	}
	return p
}

func (d *decoder) scalar(n *yaml.Node, at place) bool {
	if n.Kind != yaml.ScalarNode {
		d.fault(at, "a single value is expected")
		return false
	}
	return true
}

func below(at place, key string) place {
	key = strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
	return place{at.line, at.pointer + "/" + key}
}

// parseDuration reads Go durations and days: "90d".
func parseDuration(s string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil && n >= 0 && n < 100_000
	}
	duration, err := time.ParseDuration(s)
	return duration, err == nil && duration >= 0
}
