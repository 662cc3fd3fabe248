package manifest

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/taxonhq/taxon/host/crm"
)

// Schema is the JSON Schema (2020-12) of a manifest, for editors. It is made from the same tags that Load goes by; what Load
// checks beyond it — expressions, and names that refer to each other — a schema cannot say.
func Schema() ([]byte, error) {
	s := &schemaMaker{defs: map[string]any{}}
	root := s.object(reflect.TypeFor[Manifest]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://github.com/taxonhq/taxon/schemas/connector.schema.json"
	root["title"] = "Connector manifest"
	root["description"] = "Describes one CRM's REST API as data. A text that begins with = is a CEL expression. See docs/connector-shape.md."
	root["$defs"] = s.defs
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(root)
	return b.Bytes(), err
}

type schemaMaker struct{ defs map[string]any }

// object is the schema of a struct.
func (s *schemaMaker) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, k := range ordered(keysOf(t)) {
		property := s.value(k.kind, k.enum)
		property["description"] = k.doc
		properties[k.key] = property
		if k.required {
			required = append(required, k.key)
		}
	}
	object := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		object["required"] = required
	}
	return object
}

// value is the schema of a value of a Go type.
func (s *schemaMaker) value(t reflect.Type, enum []string) map[string]any {
	switch t {
	case templateType:
		return map[string]any{} // any tree
	case programType:
		return map[string]any{"type": "string", "pattern": "^="}
	case pathType:
		return map[string]any{"type": []string{"string", "integer"}}
	case durationType:
		return map[string]any{"type": "string", "pattern": `^(\d+d|(\d+(\.\d+)?(h|m|s|ms|us))+)$`}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.value(t.Elem(), enum)
	case reflect.Struct:
		return s.reference(t)
	case reflect.Map:
		items := s.value(t.Elem(), nil)
		out := map[string]any{"type": "object", "additionalProperties": items}
		if t.Key() == reflect.TypeFor[crm.Kind]() {
			out["propertyNames"] = map[string]any{"enum": crm.Kinds}
		}
		return out
	case reflect.Slice:
		one := s.value(t.Elem(), enum)
		list := map[string]any{"type": "array", "items": one}
		if t.Elem().Kind() == reflect.String || t.Elem() == pathType {
			return map[string]any{"anyOf": []any{one, list}} // one stands for a list of one
		}
		return list
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Interface:
		return map[string]any{}
	}
	out := map[string]any{"type": []string{"string", "number", "boolean"}} // YAML reads 2026 and true as such
	if len(enum) > 0 {
		out = map[string]any{"enum": enum}
	}
	return out
}

// reference names the schema of a struct, made once.
func (s *schemaMaker) reference(t reflect.Type) map[string]any {
	if _, made := s.defs[t.Name()]; !made {
		s.defs[t.Name()] = nil // against recursion
		object := s.object(t)
		if t == fieldType {
			s.defs[t.Name()] = map[string]any{"anyOf": []any{map[string]any{"type": "string", "description": "The property's name, or an expression."}, object}}
		} else {
			s.defs[t.Name()] = object
		}
	}
	return map[string]any{"$ref": "#/$defs/" + t.Name()}
}
