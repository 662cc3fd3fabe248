// Package conf turns a configuration struct into a JSON Schema and a decoded JSON object into the struct.
//
// Both follow the same tags, so what the schema allows is what Decode accepts:
//
//	json:"name"                          the property; "-" for none
//	doc:"…"                              its description
//	schema:"required,minimum=1,maximum=9,exclusiveMinimum=0,default=3,enum=a|b,minLength=1,maxLength=9,
//	        minItems=1,maxItems=9,uniqueItems,title=…,examples=a|b,pattern=…"   (pattern comes last: it may hold commas)
//	default:"[80, 95]"                   a default as JSON, for lists and objects
//
// A type with a method JSONSchema() map[string]any describes itself and is read by its json.Unmarshaler.
// Invariant: Decode never fails but by findings that point into the object.
package conf

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Schemer is a type that describes itself.
type Schemer interface{ JSONSchema() map[string]any }

var schemerType = reflect.TypeFor[Schemer]()

// property is a field of a struct as its tags describe it.
type property struct {
	name     string
	index    int
	required bool
	fallback any // default as decoded JSON; nil: none
	rules    rules
}

// rules are the constraints on one value.
type rules struct {
	minimum, maximum, exclusive *float64
	minLength, maxLength        *int
	minItems, maxItems          *int
	unique                      bool
	enum, examples              []any
	usual                       any // the default, nil: none
	pattern                     string
	title, doc                  string
}

// Schema is the JSON Schema 2020-12 of a struct type, or an error that names the author's mistake.
func Schema(t reflect.Type) (map[string]any, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("sdk: the configuration type %s is not a struct", t)
	}
	s, err := schemaOf(t, nil)
	if err != nil {
		return nil, err
	}
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	return s, nil
}

func schemaOf(t reflect.Type, above []reflect.Type) (map[string]any, error) {
	for _, a := range above {
		if a == t {
			return nil, fmt.Errorf("sdk: the configuration type %s holds itself", t)
		}
	}
	if describes(t) {
		return reflect.New(t).Interface().(Schemer).JSONSchema(), nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), above)
	case reflect.String:
		return map[string]any{"type": "string"}, nil
	case reflect.Bool:
		return map[string]any{"type": "boolean"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return map[string]any{"type": "integer"}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0.0}, nil
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}, nil
	case reflect.Interface:
		return map[string]any{}, nil
	case reflect.Slice:
		items, err := schemaOf(t.Elem(), append(above, t))
		return map[string]any{"type": "array", "items": items}, err
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			values, err := schemaOf(t.Elem(), append(above, t))
			return map[string]any{"type": "object", "additionalProperties": values}, err
		}
	case reflect.Struct:
		return objectSchema(t, append(above, t))
	}
	return nil, fmt.Errorf("sdk: a configuration cannot have the type %s", t)
}

func describes(t reflect.Type) bool {
	return t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(schemerType)
}

func objectSchema(t reflect.Type, above []reflect.Type) (map[string]any, error) {
	list, err := properties(t)
	if err != nil {
		return nil, err
	}
	props, required := map[string]any{}, []any{}
	for _, p := range list {
		s, err := schemaOf(t.Field(p.index).Type, above)
		if err != nil {
			return nil, fmt.Errorf("%w (field %s)", err, t.Field(p.index).Name)
		}
		p.rules.describe(s)
		if p.fallback != nil {
			s["default"] = p.fallback
		}
		if p.required {
			required = append(required, p.name)
		}
		props[p.name] = s
	}
	s := map[string]any{"type": "object", "additionalProperties": false, "properties": props}
	if len(required) > 0 {
		s["required"] = required
	}
	return s, nil
}

// properties reads the tags of a struct. Embedded structs are not looked into: name them.
func properties(t reflect.Type) ([]property, error) {
	var list []property
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			return nil, fmt.Errorf("sdk: the configuration field %s.%s has no json tag", t, f.Name)
		}
		p := property{name: name, index: i}
		p.rules.doc = f.Tag.Get("doc")
		if err := p.parse(f); err != nil {
			return nil, fmt.Errorf("sdk: the configuration field %s.%s: %w", t, f.Name, err)
		}
		p.rules.usual = p.fallback
		list = append(list, p)
	}
	return list, nil
}

func (p *property) parse(f reflect.StructField) error {
	if text, ok := f.Tag.Lookup("default"); ok {
		if err := json.Unmarshal([]byte(text), &p.fallback); err != nil {
			return fmt.Errorf("default %s is not JSON", text)
		}
	}
	rest := f.Tag.Get("schema")
	for rest != "" {
		var word string
		if strings.HasPrefix(rest, "pattern=") {
			word, rest = rest, ""
		} else {
			word, rest, _ = strings.Cut(rest, ",")
		}
		key, text, _ := strings.Cut(word, "=")
		if err := p.word(key, text, f.Type); err != nil {
			return err
		}
	}
	return nil
}

func (p *property) word(key, text string, t reflect.Type) (err error) {
	r := &p.rules
	switch key {
	case "required":
		p.required = true
	case "minimum":
		r.minimum, err = number(text)
	case "maximum":
		r.maximum, err = number(text)
	case "exclusiveMinimum":
		r.exclusive, err = number(text)
	case "minLength":
		r.minLength, err = count(text)
	case "maxLength":
		r.maxLength, err = count(text)
	case "minItems":
		r.minItems, err = count(text)
	case "maxItems":
		r.maxItems, err = count(text)
	case "uniqueItems":
		r.unique = true
	case "pattern":
		r.pattern = text
	case "title":
		r.title = text
	case "default":
		p.fallback, err = scalar(text, t)
	case "enum":
		r.enum, err = scalars(text, t)
	case "examples":
		r.examples, err = scalars(text, t)
	default:
		return fmt.Errorf("the schema word %q is unknown", key)
	}
	return err
}

func number(text string) (*float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%q is not a number", text)
	}
	return &f, nil
}

func count(text string) (*int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return nil, fmt.Errorf("%q is not a count", text)
	}
	return &n, nil
}

// scalar reads the text of a default or choice as decoded JSON of the field's type (of a list: its items').
func scalar(text string, t reflect.Type) (any, error) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return text, nil
	case reflect.Bool:
		return strconv.ParseBool(text)
	}
	f, err := number(text)
	if err != nil {
		return nil, err
	}
	return *f, nil
}

// scalars reads texts with | between them.
func scalars(text string, t reflect.Type) (list []any, err error) {
	for _, one := range strings.Split(text, "|") {
		v, err := scalar(one, t)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (r *rules) describe(s map[string]any) {
	for key, v := range map[string]*float64{"minimum": r.minimum, "maximum": r.maximum, "exclusiveMinimum": r.exclusive} {
		if v != nil {
			s[key] = *v
		}
	}
	for key, v := range map[string]*int{"minLength": r.minLength, "maxLength": r.maxLength, "minItems": r.minItems, "maxItems": r.maxItems} {
		if v != nil {
			s[key] = float64(*v)
		}
	}
	for key, v := range map[string]string{"pattern": r.pattern, "title": r.title, "description": r.doc} {
		if v != "" {
			s[key] = v
		}
	}
	if r.unique {
		s["uniqueItems"] = true
	}
	if len(r.examples) > 0 {
		s["examples"] = r.examples
	}
	if len(r.enum) > 0 {
		if items, ok := s["items"].(map[string]any); ok {
			items["enum"] = r.enum
		} else {
			s["enum"] = r.enum
		}
	}
}
