package cli

import (
	"bytes"
	"testing"
)

func TestMembersThatRepeatArePrintedOnce(t *testing.T) {
	object := func(members ...string) map[string]any {
		properties := map[string]any{}
		for _, m := range members {
			properties[m] = map[string]any{"type": "string", "description": "About " + m + "."}
		}
		return map[string]any{"type": "object", "properties": properties}
	}
	list := func(about string, of map[string]any) map[string]any {
		return map[string]any{"type": "array", "description": about, "items": of}
	}
	labelled := object("code")
	labelled["properties"].(map[string]any)["label"] = map[string]any{"type": "object", "description": "Name.", "properties": object("en", "zh")["properties"]}
	schema := map[string]any{"type": "object", "properties": map[string]any{
		"criteria": list("Criteria.", object("name", "weight")), "fit": list("Fit.", object("name", "weight")), "other": object("name"),
		"grades": list("Grades.", labelled), "label": object("en", "zh"),
		"preset": map[string]any{"type": "string", "description": "A set.", "oneOf": []any{map[string]any{"const": "a", "title": "The first"}}},
	}}
	var out bytes.Buffer
	(&schemaPrinter{&environment{stdout: &out}, map[string]string{}}).print(schema, "", "  ")
	want := `  preset: A set. (a: The first)
  criteria: Criteria.
    - name: About name.
    - weight: About weight.
  fit: Fit. Members as of criteria.
  grades: Grades.
    - code: About code.
    - label: Name.
        en: About en.
        zh: About zh.
  label:  Members as of grades.label.
  other: 
    name: About name.
`
	if out.String() != want {
		t.Errorf("\n%s\nwant\n%s", out.String(), want)
	}
}
