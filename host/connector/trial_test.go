package connector_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// carrier is a manifest whose credentials travel everywhere that they can.
const carrier = `manifest: 2
name: carrier
title: Carrier
version: 1.0.0
base_url: = config.base_url
inputs: {base_url: {doc: Where it is., type: url}}
headers: {X-Version: "7"}
auth_default: all
auth:
  all:
    doc: Anywhere.
    secrets: {key: {doc: The key.}}
    headers: {x-key: = secret.key}
    query: {key: = secret.key}
    body: {key: = secret.key}
account: {request: {path: /account}, id: = body.id, currency: = body.currency}
objects:
  firms:
    kind: company
    id: id
    updated: changed
    fields: {name: name, employees: heads, industry: trade}
    links: {}
    list: {request: {path: /firms}, rows: rows, size: 100}
    read: {request: {path: /firms}, rows: rows, batch: 10}
    write: {request: {method: PUT, path: '= "/firms/" + records[0].id', body: {fields: '= records[0].values'}}, batch: 1, values: text, clear: empty, match: status}
    define:
      name: = field.key
      list: {request: {path: /fields}, rows: rows, size: 100}
      key: key
      label: key
      type: [type]
      types: {text: {native: {type: line}, accepts: line}, number: {accepts: line}, date: {accepts: line}, class: {accepts: line}}
      create: {first: {path: /firms}, method: POST, path: /fields, body: {key: = field.key, type: = field.native.type, known: = size(first.rows)}}
`

func TestATrialCountsWhatIsMappedShowsRequestsAndSendsNone(t *testing.T) {
	changes := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			changes++
		}
		answer := map[string]any{"id": "1", "currency": "EUR"}
		switch r.URL.Path {
		case "/firms":
			answer["rows"] = []any{
				map[string]any{"id": 1, "name": "Acme", "heads": "12", "changed": "2026-05-01T00:00:00Z", "mood": "good"},
				map[string]any{"id": 2, "name": "Bolt", "heads": "many", "changed": "2026-05-01T00:00:00Z"},
			}
		case "/fields":
			answer["rows"] = []any{map[string]any{"key": "name", "type": "line"}}
		}
		_ = json.NewEncoder(w).Encode(answer) // the client's loss
	}))
	t.Cleanup(server.Close)
	m, err := manifest.Load("carrier.yaml", []byte(carrier))
	if err != nil {
		t.Fatal(err)
	}
	c, err := connector.Open(m, connector.Options{Settings: map[string]string{"base_url": server.URL}, Secret: func(string) (string, error) { return "hush", nil }})
	if err != nil {
		t.Fatal(err)
	}
	objects, err := c.TryObjects(t.Context())
	if err != nil || len(objects) != 1 {
		t.Fatalf("%+v, %v", objects, err)
	}
	o := objects[0]
	filled := map[string]int{}
	for _, f := range o.Fields {
		filled[f.Field] = f.Filled
	}
	if o.Rows != 2 || o.Records != 1 || o.First != "1" || filled["name"] != 1 || filled["employees"] != 1 || filled["industry"] != 0 || strings.Join(o.Unmapped, ",") != "mood" {
		t.Errorf("%+v", o)
	}
	if len(o.Problems) != 1 || !strings.HasPrefix(o.Problems[0].Pointer, "carrier.yaml:") || !strings.HasSuffix(o.Problems[0].Pointer, "/objects/firms/fields/employees") {
		t.Errorf("%+v", o.Problems)
	}
	shown, err := c.TryWrite(t.Context(), crm.Company, "1", connector.FieldSpec{Key: "taxon_trial", Label: "Trial", Type: crm.Text}, "x")
	if err != nil || len(shown) != 2 {
		t.Fatalf("%+v, %v", shown, err)
	}
	if got, want := shown[0].Method+" "+shown[0].URL+" "+shown[0].Body, "POST "+server.URL+`/fields?key=•••• {"key":"••••","known":2,"type":"line"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := shown[1].Method+" "+shown[1].URL+" "+shown[1].Body, "PUT "+server.URL+`/firms/1?key=•••• {"fields":{"taxon_trial":"x"},"key":"••••"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, r := range shown {
		if r.Headers["X-Key"] != "••••" || r.Headers["X-Version"] != "7" || r.Headers["Content-Type"] != "application/json" {
			t.Errorf("%v", r.Headers)
		}
	}
	if changes > 0 {
		t.Errorf("%d requests that change something were sent", changes)
	}
}
