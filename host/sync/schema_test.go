package sync

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/validate"
)

var update = flag.Bool("update", false, "write schemas/{company,contact,deal,activity}.schema.json anew")

// object is a JSON object; encoding/json writes its keys in order.
type object map[string]any

// schemaOf is the JSON Schema of a canonical record, as the catalogue of standard fields has it.
func schemaOf(kind crm.Kind) ([]byte, error) {
	fields, derived := object{}, "Derived by Taxon, never mapped. "
	for _, f := range crm.Standard {
		if f.Kind != kind {
			continue
		}
		doc := f.Doc
		if f.Derived {
			doc = derived + doc
		}
		if f.Sensitive {
			doc += " Sensitive: sent to a plugin only when an administrator grants it."
		}
		field := object{"$ref": "#/$defs/" + f.Type.String(), "description": doc}
		if len(f.Options) > 0 {
			field["properties"] = object{"value": object{"enum": f.Options}}
		}
		fields[f.Name] = field
	}
	var any []object
	defs := object{}
	for t := crm.Text; t <= crm.Amount; t++ {
		any = append(any, object{"$ref": "#/$defs/" + t.String()})
		value, required := object{"type": "string"}, []string{"type", "value"}
		switch t {
		case crm.Text:
			value["maxLength"] = maxText
		case crm.Integer:
			value["pattern"] = `^-?[0-9]+$`
		case crm.Number:
			value["pattern"] = `^-?[0-9]+(\.[0-9]+)?$`
		case crm.Boolean:
			value = object{"enum": []string{"true", "false"}}
		case crm.Date:
			value["format"] = "date"
		case crm.Time:
			value["format"] = "date-time"
		case crm.Amount:
			value["pattern"] = `^-?[0-9]+(\.[0-9]+)?$`
		}
		properties := object{"type": object{"const": t.String()}, "value": value}
		if t == crm.Amount {
			properties["currency"], required = object{"type": "string", "pattern": "^[A-Z]{3}$"}, append(required, "currency")
		}
		defs[t.String()] = object{"type": "object", "required": required, "properties": properties}
	}
	id := object{"type": "string", "minLength": 1, "maxLength": maxID}
	schema := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "taxon:///" + string(kind) + ".schema.json",
		"title": "Canonical " + string(kind), "description": "A record as Taxon's mirror has it. Fields beside the standard ones are those that an administrator mapped.",
		"type": "object", "additionalProperties": false, "required": []string{"kind", "id"},
		"properties": object{
			"kind": object{"const": kind}, "id": id,
			"updated_at": object{"type": "string", "format": "date-time"},
			"fields":     object{"type": "object", "properties": fields, "additionalProperties": object{"anyOf": any}},
			"links": object{"type": "array", "description": "Associations; the primary one of a kind counts, else the first by id.", "items": object{
				"type": "object", "additionalProperties": false, "required": []string{"kind", "id"},
				"properties": object{"kind": object{"enum": crm.Kinds}, "id": id, "primary": object{"type": "boolean"}}}},
			"own":        object{"type": "object", "description": "Taxon's own fields as the CRM holds them, by key.", "additionalProperties": object{"type": "string"}},
			"merged_ids": object{"type": "array", "description": "Ids that now mean this record.", "items": id},
		},
		"$defs": defs,
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(schema)
	return b.Bytes(), err
}

func TestTheSchemasAreThoseOfTheStandardFields(t *testing.T) {
	for _, kind := range crm.Kinds {
		want, err := schemaOf(kind)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("..", "..", "schemas", string(kind)+".schema.json")
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not in step with crm.Standard: run go test ./host/sync -update", file)
		}
	}
}

func TestNormalisedRecordsFitTheSchemas(t *testing.T) {
	n := newNormaliser(t)
	for _, r := range []crm.Record{
		{Kind: crm.Company, ID: "1", UpdatedAt: time.Unix(1, 5000).UTC(), Fields: map[string]crm.Value{"name": crm.TextValue("a\x00b"), "employees": crm.NumberValue(7),
			"phone": crm.TextValue("+86 21 6382 3456"), "annual_revenue": crm.AmountValue(crm.Money{Minor: -5, Currency: "jpy"}), "vip": crm.BooleanValue(true)}},
		{Kind: crm.Contact, ID: "1", Fields: map[string]crm.Value{"email": crm.TextValue("A@Example.COM"), "birth_date": crm.TimeValue(time.Unix(0, 0))},
			Links: []crm.Link{{Kind: crm.Company, ID: "1", Primary: true}}, Own: map[string]string{"taxon_abc": "A"}, MergedIDs: []string{"2"}},
		{Kind: crm.Deal, ID: "1", Fields: map[string]crm.Value{"state": crm.TextValue("WON"), "closed_at": crm.DateValue(20000)}},
		{Kind: crm.Activity, ID: "1", Fields: map[string]crm.Value{"kind": crm.TextValue("survey"), "score": crm.IntegerValue(9)}},
	} {
		cause, err := n.record(r.Kind, &r)
		if err != nil || cause != nil {
			t.Fatalf("%s: %v, %v", r.Kind, cause, err)
		}
		for _, f := range validate.Embedded(string(r.Kind) + ".schema.json").Check(r) {
			t.Errorf("%s: %+v", r.Kind, f)
		}
	}
	bad := crm.Record{Kind: crm.Deal, ID: "1", Fields: map[string]crm.Value{"state": crm.TextValue("maybe")}}
	if len(validate.Embedded("deal.schema.json").Check(bad)) == 0 {
		t.Error("the schema accepts a state that a deal cannot have")
	}
}
