package connector_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// A table of links may have more rows for the records asked about than an answer holds.
func TestAnAnswerWithLinksMayGoOnByALink(t *testing.T) {
	circle := false
	c, _ := habit(t, `
  deals:
    kind: deal
    id: id
    fields: {name: name}
    list: {request: {path: /deals}, rows: rows, size: 100}
    associations:
      contact:
        request: {path: /roles, query: {deals: '= inputs.map(i, i.id).join(",")'}}
        batch: 50
        rows: rows
        next: next
        from: deal
        to: .
        id: contact
        primary: = link.main
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		rows, answer := []any{}, map[string]any{}
		switch r.URL.Path {
		case "/deals":
			rows = append(rows, map[string]any{"id": "d1", "name": "x"}, map[string]any{"id": "d2", "name": "y"})
		default: // three rows a page
			var page int
			fmt.Sscanf(r.URL.Path, "/more/%d", &page)
			for i := range 3 {
				n := 3*page + i
				rows = append(rows, map[string]any{"deal": fmt.Sprint("d", 1+n%2), "contact": fmt.Sprint("p", n), "main": n == 7})
			}
			if page < 2 || circle {
				answer["next"] = fmt.Sprint("/more/", (page+1)%3)
			}
		}
		answer["rows"] = rows
		reply(w, 200, answer)
	})
	p := pull(t, c, crm.Deal, nil)
	if a, b := p.records["d1"].Links, p.records["d2"].Links; len(a) != 5 || len(b) != 4 || !b[3].Primary || a[0].Primary {
		t.Errorf("the links are %v and %v", a, b)
	}
	circle = true
	if err := c.Pull(t.Context(), crm.Deal, nil, func(connector.Page) error { return nil }); crm.CodeOf(err) != crm.CodeProtocol {
		t.Errorf("links that go in circles: %v", err)
	}
}

// Another process may have ended between the creation of a field and the grant that makes it visible.
func TestAFieldThatExistsUnseenIsMadeVisible(t *testing.T) {
	made, granted := true, false
	c, _ := habit(t, `
  people:
    kind: contact
    id: id
    fields: {name: name}
    list: {request: {path: /people}, rows: rows, size: 100}
    write: {request: {method: POST, path: /write}, batch: 1, values: text, clear: empty, match: status}
    define:
      name: = field.key
      list: {request: {path: /fields}, rows: rows, size: 100}
      key: name
      label: label
      type: [type]
      types: {text: &text {native: {type: text}, accepts: text}, class: *text, date: *text, number: *text}
      create: {method: POST, path: /create}
      grant: [{method: POST, path: /grant}]
`, "", func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		rows := []any{}
		switch r.URL.Path {
		case "/fields":
			if made && granted {
				rows = append(rows, map[string]any{"name": "taxon_note", "label": "Note", "type": "text"})
			}
		case "/create":
			if made {
				reply(w, 409, map[string]any{})
				return
			}
			made = true
		case "/grant":
			granted = true
		}
		reply(w, 200, map[string]any{"rows": rows})
	})
	states, err := c.Provision(t.Context(), crm.Contact, []connector.FieldSpec{{Key: "taxon_note", Label: "Note", Type: crm.Text}})
	if err != nil || !granted || states[0].Missing || states[0].Created {
		t.Errorf("%+v, %v", states, err)
	}
}
