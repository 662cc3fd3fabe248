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
		"properties":{"a":{"type":"integer"},"b/c":{"oneOf":[{"type":"string"},{"type":"object","required":["x"]}]},"v":{"const":1}}}`), &schema); err != nil {
		t.Fatal(err)
	}
	s, err := Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	for document, want := range map[string]Finding{
		`{"a":"x"}`:             {"/a", "expected integer, but got string"},
		`{}`:                    {"", "missing: a"},
		`{"a":1,"z":2}`:         {"/z", "unknown key z"},
		`{"a":1,"b/c":{"y":1}}`: {"/b~1c", "missing: x"},
		`{"a":1,"v":2}`:         {"/v", "value must be 1"},
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
