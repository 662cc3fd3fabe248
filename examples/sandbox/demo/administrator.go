package demo

import (
	"net/http"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// Request is what a simulated CRM's administrator is asked for: fields of companies, or of contacts.
type Request struct {
	Contacts bool
	Fields   []sandbox.Wanted
}

// Administrator makes the fields of a Request and answers the CRM's names of them. It stands at an address of its own, beside the
// CRM's API, which has no way to make fields; nil where a program makes them.
func (d Dialect) Administrator(account Account) http.Handler {
	if d.Make == nil {
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked Request
		if err := sandbox.ReadJSON(w, r, &asked); err != nil {
			http.Error(w, "no request for fields", http.StatusBadRequest)
			return
		}
		kind := d.Shape.Companies.Kind
		if asked.Contacts {
			kind = d.Shape.Contacts.Kind
		}
		made := []string{}
		for _, f := range asked.Fields {
			name, err := d.Make(account.Account, kind, f)
			if err != nil {
				http.Error(w, err.Error(), http.StatusConflict)
				return
			}
			made = append(made, name)
		}
		sandbox.WriteJSON(w, http.StatusOK, made)
	})
}
