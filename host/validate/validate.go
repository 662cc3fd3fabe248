// Package validate checks documents against the JSON Schemas of package schemas, and schemas themselves.
//
// It is the only user of the JSON Schema library in the host. It answers findings with JSON pointers and
// leaves file names and lines to those who know them. Invariant: no message names a path of this machine.
package validate

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/taxonhq/taxon/schemas"
)

// Finding is one violation: where in the document, and what is wrong.
type Finding struct {
	Pointer string // JSON pointer, "" is the whole document
	Message string
}

// base is the scheme under which schemas are registered, so that no file URL enters a message.
const base = "taxon:///"

// Schema is a compiled JSON Schema.
type Schema struct {
	compiled *jsonschema.Schema
	texts    map[string]any // the schemas as they were written, by URL
}

var (
	embedded   = map[string]*Schema{}
	embeddedMu sync.Mutex
)

// Embedded compiles a schema of package schemas by its file name, such as "config.schema.json".
// A missing or broken embedded schema is a fault of Taxon and panics.
func Embedded(name string) *Schema {
	embeddedMu.Lock()
	defer embeddedMu.Unlock()
	if s, ok := embedded[name]; ok {
		return s
	}
	c, texts := newCompiler(), map[string]any{}
	entries, err := schemas.FS.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".schema.json") {
			continue
		}
		data, err := schemas.FS.ReadFile(e.Name())
		if err == nil {
			err = c.AddResource(base+e.Name(), strings.NewReader(string(data)))
		}
		if err == nil {
			var text any
			err = json.Unmarshal(data, &text)
			texts[base+e.Name()] = text
		}
		if err != nil {
			panic(fmt.Sprintf("schema %s: %v", e.Name(), err))
		}
	}
	compiled, err := c.Compile(base + name)
	if err != nil {
		panic(fmt.Sprintf("schema %s: %v", name, err))
	}
	s := &Schema{compiled, texts}
	embedded[name] = s
	return s
}

// Compile compiles a schema that somebody else wrote, such as a plugin's configuration schema, given as
// decoded JSON. References outside the document are refused.
func Compile(schema any) (*Schema, error) {
	data, err := json.Marshal(schema)
	if err != nil {
		return nil, fmt.Errorf("the schema is not JSON: %w", err)
	}
	c := newCompiler()
	if err := c.AddResource(base+"schema.json", strings.NewReader(string(data))); err != nil {
		return nil, fmt.Errorf("the schema is not valid: %s", clean(err.Error()))
	}
	compiled, err := c.Compile(base + "schema.json")
	if err != nil {
		return nil, fmt.Errorf("the schema is not valid: %s", clean(err.Error()))
	}
	var text any
	if err := json.Unmarshal(data, &text); err != nil {
		return nil, fmt.Errorf("the schema is not JSON: %w", err)
	}
	return &Schema{compiled, map[string]any{base + "schema.json": text}}, nil
}

func newCompiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.LoadURL = func(string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("references outside the document are not allowed")
	}
	return c
}

// Check validates a document of any marshallable type. Findings are sorted by pointer; none means valid.
func (s *Schema) Check(document any) []Finding {
	plain, err := plain(document)
	if err != nil {
		return []Finding{{Message: "the document is not JSON: " + err.Error()}}
	}
	err = s.compiled.Validate(plain)
	if err == nil {
		return nil
	}
	violation, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return []Finding{{Message: clean(err.Error())}}
	}
	var out []Finding
	seen := map[Finding]bool{}
	s.collect(violation, func(f Finding) {
		if !seen[f] {
			seen[f] = true
			out = append(out, f)
		}
	})
	sort.SliceStable(out, func(i, j int) bool { return out[i].Pointer < out[j].Pointer })
	return out
}

// plain turns a document into what the library accepts: plain decoded JSON with exact numbers.
func plain(document any) (any, error) {
	data, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	var out any
	return out, decoder.Decode(&out)
}

// collect reports the leaves of a violation: the innermost cause is what a person can act on. Of a failed
// choice (oneOf, anyOf) the branch that got furthest into the document is reported.
func (s *Schema) collect(v *jsonschema.ValidationError, report func(Finding)) {
	if len(v.Causes) == 0 {
		for _, f := range s.words(v) {
			report(f)
		}
		return
	}
	if strings.HasSuffix(v.KeywordLocation, "/oneOf") || strings.HasSuffix(v.KeywordLocation, "/anyOf") {
		if choices := constants(v); choices != nil {
			report(Finding{decoded(v.InstanceLocation), "value must be one of " + strings.Join(choices, ", ")})
			return
		}
		best := v.Causes[0]
		for _, c := range v.Causes[1:] {
			if depth(c) > depth(best) || depth(c) == depth(best) && wrongType(best) && !wrongType(c) {
				best = c
			}
		}
		s.collect(best, report)
		return
	}
	for _, c := range v.Causes {
		s.collect(c, report)
	}
}

// constants are the values that a failed choice among constants takes; nil when it is another kind of choice.
func constants(v *jsonschema.ValidationError) []string {
	var out []string
	for _, c := range v.Causes {
		for len(c.Causes) == 1 {
			c = c.Causes[0]
		}
		value, ok := strings.CutPrefix(c.Message, "value must be ")
		if !ok || strings.HasPrefix(value, "one of ") || c.InstanceLocation != v.InstanceLocation {
			return nil
		}
		out = append(out, value)
	}
	return out
}

// wrongType tells a branch that was never meant: it wants another type altogether.
func wrongType(v *jsonschema.ValidationError) bool {
	for _, c := range v.Causes {
		if wrongType(c) {
			return true
		}
	}
	return strings.HasPrefix(v.Message, "expected ")
}

func depth(v *jsonschema.ValidationError) int {
	d := strings.Count(v.InstanceLocation, "/")
	for _, c := range v.Causes {
		d = max(d, depth(c))
	}
	return d
}

// words turns the library's message into findings, one for each unknown property.
func (s *Schema) words(v *jsonschema.ValidationError) []Finding {
	const unknown = "additionalProperties "
	if strings.HasPrefix(v.Message, unknown) && strings.HasSuffix(v.Message, " not allowed") {
		var out []Finding
		for _, name := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(v.Message, unknown), " not allowed"), ", ") {
			name = strings.Trim(name, "'")
			out = append(out, Finding{decoded(v.InstanceLocation) + "/" + escape(name), "unknown key " + name})
		}
		return out
	}
	message := clean(v.Message)
	if rest, ok := strings.CutPrefix(message, "missing properties: "); ok {
		message = "missing: " + strings.ReplaceAll(rest, "'", "")
	}
	if strings.HasSuffix(v.KeywordLocation, "/pattern") {
		if forms := s.forms(v.AbsoluteKeywordLocation); forms != "" {
			message = "value must be such as " + forms
		}
	}
	return []Finding{{decoded(v.InstanceLocation), message}}
}

// forms are values of the form that a pattern wants, for people: the examples beside it, else the default; "" when the
// schema has neither. location is that of the pattern.
func (s *Schema) forms(location string) string {
	document, fragment, _ := strings.Cut(location, "#")
	at := s.texts[document]
	tokens := strings.Split(decoded(fragment), "/")
	for _, token := range tokens[1 : len(tokens)-1] {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		switch x := at.(type) {
		case map[string]any:
			at = x[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(x) {
				return ""
			}
			at = x[i]
		}
	}
	schema, _ := at.(map[string]any)
	examples, _ := schema["examples"].([]any)
	if usual, ok := schema["default"]; len(examples) == 0 && ok {
		examples = []any{usual}
	}
	var list []string
	for _, e := range examples {
		if text := fmt.Sprint(e); text != "" {
			list = append(list, text)
		}
	}
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " or " + list[n-1]
	}
	return strings.Join(list, "")
}

// decoded is a JSON pointer without the escapes of URLs, in which the library writes it.
func decoded(pointer string) string {
	if plain, err := url.PathUnescape(pointer); err == nil {
		return plain
	}
	return pointer
}

func escape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

// quotedNumber is how the library prints a number that must be.
var quotedNumber = regexp.MustCompile(`(value must be )"(-?[0-9.]+)"`)

func clean(message string) string {
	message = quotedNumber.ReplaceAllString(message, "$1$2")
	message = strings.ReplaceAll(message, base, "")
	return strings.ReplaceAll(message, "jsonschema: ", "")
}
