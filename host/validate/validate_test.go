package validate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/schemas"
)

func TestEveryEmbeddedSchemaCompiles(t *testing.T) {
	entries, err := schemas.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".schema.json") {
			Embedded(e.Name())
		}
	}
}

func TestFindingsPointAtTheCause(t *testing.T) {
	var schema any
	if err := json.Unmarshal([]byte(`{"type":"object","additionalProperties":false,"required":["a"],
		"properties":{"a":{"type":"integer"},"b/c":{"oneOf":[{"type":"string"},{"type":"object","required":["x"]}]},"v":{"const":1},
		"中 %":{"type":"object","additionalProperties":false,"properties":{"x":{"type":"integer"},"%41":{}}}}}`), &schema); err != nil {
		t.Fatal(err)
	}
	s, err := Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	for document, want := range map[string]Finding{
		`{"a":"x"}`:                       {"/a", "expected integer, but got string"},
		`{}`:                              {"", "missing: a"},
		`{"a":1,"z":2}`:                   {"/z", "unknown key z"},
		`{"a":1,"b/c":{"y":1}}`:           {"/b~1c", "missing: x"},
		`{"a":1,"v":2}`:                   {"/v", "value must be 1"},
		`{"a":1,"中 %":{"x":"y"}}`:         {"/中 %/x", "expected integer, but got string"}, // a pointer, not a URL
		`{"a":1,"中 %":{"%41":1,"z z":2}}`: {"/中 %/z z", "unknown key z z"},
	} {
		var d any
		if err := json.Unmarshal([]byte(document), &d); err != nil {
			t.Fatal(err)
		}
		got := s.Check(d)
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, want %v", document, got, want)
		}
	}
	if got := s.Check(map[string]any{"a": 9007199254740993, "b/c": "t"}); got != nil {
		t.Errorf("a valid document: %v", got)
	}
}

func TestASchemaFromOutsideReachesNothingOutside(t *testing.T) {
	for _, schema := range []string{`{"$ref":"file:///etc/passwd"}`, `{"$ref":"https://example.com/x.json"}`, `{"type":"nonsense"}`} {
		var d any
		if err := json.Unmarshal([]byte(schema), &d); err != nil {
			t.Fatal(err)
		}
		if _, err := Compile(d); err == nil || strings.Contains(err.Error(), "taxon:///") {
			t.Errorf("%s: %v", schema, err)
		}
	}
}

// A regular expression is for programs: people get values of the form that is wanted, where the schema has some.
func TestAPatternIsExplainedByExamples(t *testing.T) {
	var schema any
	if err := json.Unmarshal([]byte(`{"type":"object","$defs":{"w/1 ü":{"type":"string","pattern":"^([0-9]+[dm]|all)$","examples":["365d","24m","all"]}},
		"propertyNames":{"pattern":"^[a-z]+$","examples":["orders"]},"properties":{
		"window":{"$ref":"#/$defs/w~11%20%C3%BC"}, "one":{"type":"string","pattern":"^[a-z]$","examples":["x"]}, "usual":{"type":"string","pattern":"^[0-9]+d$","default":"90d"},
		"empty":{"type":"string","pattern":"^[a-z]*$","default":""}, "span":{"type":["integer","string"],"pattern":"^[0-9]-[0-9]$","examples":[5,"4-5"]},
		"list":{"type":"array","items":{"anyOf":[{"type":"object"},{"$ref":"#/properties/one"}]}}}}`), &schema); err != nil {
		t.Fatal(err)
	}
	s, err := Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	for document, want := range map[string]Finding{
		`{"window":"5 weeks"}`: {"/window", "value must be such as 365d, 24m or all"},
		`{"one":"1"}`:          {"/one", "value must be such as x"},
		`{"usual":"x"}`:        {"/usual", "value must be such as 90d"},
		`{"empty":"1"}`:        {"/empty", "does not match pattern '^[a-z]*$'"},
		`{"span":"4 to 5"}`:    {"/span", "value must be such as 5 or 4-5"},
		`{"list":["1"]}`:       {"/list/0", "value must be such as x"},
		`{"5":1}`:              {"/5", "value must be such as orders"},
	} {
		var d any
		if err := json.Unmarshal([]byte(document), &d); err != nil {
			t.Fatal(err)
		}
		if got := s.Check(d); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, want %v", document, got, want)
		}
	}
	got := Embedded("config.schema.json").Check(map[string]any{"connections": map[string]any{"Main Account": map[string]any{
		"prefix": "Ours", "currency": "Euro", "classifiers": map[string]any{"RFM 1": map[string]any{"plugin": "rfm", "fields": []any{"The Reason"}}}}}})
	if len(got) < 5 {
		t.Errorf("of five patterns in taxon.yaml these are found: %v", got)
	}
	for _, f := range got {
		if strings.Contains(f.Message, "pattern") {
			t.Errorf("the schema of taxon.yaml has no example for %v", f)
		}
	}
}
