package connector_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// What a CRM writes all together or not at all is sent so first; a batch that it refuses goes record by record, in one envelope.
func TestABatchIsWrittenTogetherOrOneByOne(t *testing.T) {
	together, parts := 0, 0
	c, _ := habit(t, `
  people:
    kind: contact
    id: id
    fields: {name: name}
    list: {request: {path: /people}, rows: rows, size: 100}
    write:
      request: {method: PATCH, path: '= "/people/" + records[0].id', body: '= records[0].values'}
      envelope: {kind: multipart, request: {method: POST, path: /batch}}
      together:
        request:
          method: POST
          path: /all
          body: {rows: '= records.map(r, merge({"id": r.id}, r.values))'}
          errors: [{status: "400", then: record_error}]
      batch: 10
      values: text
      clear: empty
      match: order
    define:
      name: = field.key
      list: {request: {path: /fields}, rows: rows, size: 100}
      key: name
      label: label
      type: [type]
      instructions: Make it.
      types: {text: &text {native: {type: text}, accepts: text}, class: *text, date: *text, number: *text}
`, "", func(w http.ResponseWriter, r *http.Request, body map[string]any) {
		switch r.URL.Path {
		case "/fields":
			reply(w, 200, map[string]any{"rows": []any{map[string]any{"name": "taxon_note", "label": "Note", "type": "text"}}})
		case "/all":
			together++
			for _, row := range body["rows"].([]any) {
				if row.(map[string]any)["id"] == "p13" {
					reply(w, 400, map[string]any{"error": "p13"})
					return
				}
			}
			w.WriteHeader(204)
		case "/batch":
			parts++
			w.Header().Set("Content-Type", "multipart/mixed; boundary=b")
			var out strings.Builder
			for i := range 10 {
				status := "204 No Content"
				if i == 3 {
					status = "400 Bad Request"
				}
				fmt.Fprintf(&out, "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 %s\r\n\r\n\r\n", status)
			}
			fmt.Fprint(w, out.String()+"--b--\r\n")
		}
	})
	var writes []connector.Write
	for i := range 30 {
		writes = append(writes, connector.Write{ID: fmt.Sprint("p", i), Fields: map[string]string{"taxon_note": "x"}})
	}
	failed := []string{}
	n := 0
	err := c.Write(t.Context(), crm.Contact, writes, func(out []connector.Outcome) error {
		for _, o := range out {
			if n++; o.Error != nil {
				failed = append(failed, o.ID)
			}
		}
		return nil
	})
	if err != nil || n != 30 || len(failed) != 1 || failed[0] != "p13" {
		t.Errorf("%d came back, %v failed, %v", n, failed, err)
	}
	if together != 3 || parts != 1 {
		t.Errorf("%d requests for whole batches and %d envelopes, want 3 and 1", together, parts)
	}
}
