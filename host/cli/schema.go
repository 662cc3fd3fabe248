package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// schemaPrinter prints a JSON Schema for a person.
type schemaPrinter struct {
	*environment
	printed map[string]string // members of an object that were printed already, as JSON: where
}

// print prints what a JSON Schema says about an object's members, those of objects within indented. Members that are the
// same as elsewhere are printed once. path is where the object stands.
func (e *schemaPrinter) print(schema map[string]any, path, indent string) {
	properties, _ := schema["properties"].(map[string]any)
	var names []string
	for name := range properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { // presets first: most need nothing else
		first := map[string]int{"preset": -1}
		return cmp.Or(first[a]-first[b], cmp.Compare(a, b))
	})
	for _, name := range names {
		p, _ := properties[name].(map[string]any)
		var facts []string
		if v, ok := p["enum"].([]any); ok {
			var words []string
			for _, w := range v {
				words = append(words, fmt.Sprint(w))
			}
			facts = append(facts, "one of "+strings.Join(words, ", "))
		}
		if v, ok := p["oneOf"].([]any); ok {
			var words []string
			for _, choice := range v {
				if c, ok := choice.(map[string]any); ok && c["const"] != nil {
					words = append(words, fmt.Sprintf("%v: %v", c["const"], c["title"]))
				}
			}
			facts = append(facts, strings.Join(words, ", "))
		}
		if v, ok := p["default"]; ok {
			facts = append(facts, fmt.Sprintf("default %v", v))
		}
		more := ""
		if len(facts) > 0 {
			more = " (" + strings.Join(facts, "; ") + ")"
		}
		text, _ := p["description"].(string)
		inner, step := p, "  "
		if items, ok := p["items"].(map[string]any); ok {
			inner, step = items, "  - "
		}
		at := strings.TrimPrefix(path+"."+name, ".")
		like := e.like(inner, at)
		if like != "" {
			more += " Members as of " + like + "."
		}
		e.say("%s%s: %s%s", indent, name, text, more)
		if like == "" && inner["type"] == "object" {
			e.print(inner, at, strings.ReplaceAll(indent, "-", " ")+step)
		}
	}
}

// like is where an object with the same members was printed, "" where none was.
func (e *schemaPrinter) like(schema map[string]any, at string) string {
	members, _ := schema["properties"].(map[string]any)
	if schema["type"] != "object" || len(members) == 0 {
		return ""
	}
	data, err := json.Marshal(members)
	if err != nil { // it was JSON before
		return ""
	}
	if e.printed[string(data)] == "" {
		e.printed[string(data)] = at
		return ""
	}
	return e.printed[string(data)]
}
