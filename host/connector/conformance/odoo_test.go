package conformance

import (
	"net/http"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/odoo"
	"github.com/taxonhq/taxon/host/crm"
)

// odooDay is a date; odooTime stays as it is: the sandbox tells it without its zone.
func odooDay(text string) string { return text[:10] }

// odooPartner is a company or a person.
var odooPartner = map[crm.Kind]string{crm.Company: "partner_id", crm.Contact: "partner_id"}

var odooObjects = map[string]Object{
	"companies": {Store: odoo.Partners, Fields: map[string]string{"name": "name", "domain": "website", "country": "country_id", "city": "city"},
		Forms: map[string]func(string) string{"country": odooGermany}, Fixed: map[string]string{"is_company": "true"}, Leaves: map[string]string{"is_company": "false"}},
	"people": {Store: odoo.Partners, Fields: map[string]string{"name": "name", "email": "email", "job_title": "function", "country": "country_id", "city": "city"},
		Forms: map[string]func(string) string{"country": odooGermany}, Links: map[crm.Kind]string{crm.Company: "parent_id"}, Leaves: map[string]string{"is_company": "true"}},
	"deals": {Store: odoo.Leads, Fields: map[string]string{"name": "name", "amount": "expected_revenue", "closed_at": "date_closed"},
		Fixed: map[string]string{"type": "opportunity", "company_currency": "1"}, Leaves: map[string]string{"type": "lead"},
		States: map[string]map[string]string{crm.Open: {"stage_id": odoo.StageNew, "probability": "10"}, crm.Won: {"stage_id": odoo.StageWon, "probability": "100"},
			crm.Lost: {"stage_id": odoo.StageWon, "probability": "0", "active": "false"}}, // it keeps the stage that it had, here a won one
		Links: odooPartner},
	"invoices": {Store: odoo.Moves, Edit: "name", Fields: map[string]string{"amount": "amount_total_in_currency_signed", "occurred_at": "invoice_date"},
		Forms: map[string]func(string) string{"occurred_at": odooDay}, Fixed: map[string]string{"move_type": "out_invoice", "state": "posted", "currency_id": "1", "payment_state": "paid"},
		Expect: map[string]string{"kind": "invoice", "status": "paid"}, Links: odooPartner, Leaves: map[string]string{"state": "draft"}},
	"payments": {Store: odoo.Payments, Edit: "name", Fields: map[string]string{"amount": "amount", "occurred_at": "date"},
		Forms: map[string]func(string) string{"occurred_at": odooDay}, Fixed: map[string]string{"payment_type": "inbound", "partner_type": "customer", "state": "paid", "currency_id": "1"},
		Expect: map[string]string{"kind": "payment", "status": "paid"}, Links: odooPartner, Leaves: map[string]string{"state": "canceled"}},
	"orders": {Store: odoo.Orders, Edit: "name", Fields: map[string]string{"amount": "amount_total", "occurred_at": "date_order"}, Fixed: map[string]string{"state": "sent", "currency_id": "1"},
		Expect: map[string]string{"kind": "quote", "status": "sent"}, Links: map[crm.Kind]string{crm.Company: "partner_id", crm.Contact: "partner_id", crm.Deal: "opportunity_id"},
		Leaves: map[string]string{"state": "cancel"}},
	"meetings": {Store: odoo.Events, Edit: "name", Fields: map[string]string{"occurred_at": "start"}, Expect: map[string]string{"kind": "meeting"},
		Links: map[crm.Kind]string{crm.Contact: "attendee", crm.Deal: "opportunity_id"}},
	"tickets": {Store: odoo.Tickets, Edit: "name", Expect: map[string]string{"kind": "ticket"}, Links: odooPartner},
	"surveys": {Store: odoo.Answers, Edit: "nickname", Fields: map[string]string{"occurred_at": "end_datetime"}, Fixed: map[string]string{"state": "done", "scoring_percentage": "80"},
		Expect: map[string]string{"kind": "survey", "status": "done", "score": "80"}, Links: odooPartner},
}

func odooGermany(string) string { return odoo.Germany }

// odooError is an exception as JSON-2 answers it.
func odooError(status int, name string) http.HandlerFunc {
	return sandbox.Answer(status, `{"name": "`+name+`", "message": "try again", "arguments": [], "context": {}, "debug": ""}`, "Content-Type", "application/json")
}

// odooFault is an exception as JSON-RPC answers it.
func odooFault(name string) http.HandlerFunc {
	return sandbox.Answer(200, `{"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "message": "Odoo Server Error", "data": {"name": "`+name+`", "message": "try again"}}}`, "Content-Type", "application/json")
}

var (
	_ = register(odooOf(""))
	_ = register(odooOf("before19"))
)

// odooOf is a database of Odoo 19, reached by JSON-2, or of a release before, by JSON-RPC and without won_status.
func odooOf(variant string) Dialect {
	key := Way{Name: "key", Secrets: map[string]string{"api_key": odoo.DefaultKey}, Static: "api_key", NewSecret: strings.Repeat("9a", 20)}
	login := Way{Name: "login", Settings: map[string]string{"login": odoo.DefaultLogin}, Secrets: map[string]string{"password": odoo.DefaultKey}, Static: "password", NewSecret: strings.Repeat("9b", 20)}
	d := Dialect{
		Name:     "odoo",
		Variant:  variant,
		Settings: map[string]string{"database": odoo.DefaultDatabase, "activities": "invoices, payments, orders, meetings, surveys, tickets"},
		Ways:     []Way{key, login},
		Open: func(s Setup) Server {
			a := odoo.New(odoo.Options{Clock: s.Clock, Before19: s.Way == "login"})
			return Server{Account: &a.Account, Listen: a.Listen, Expire: a.RenewUser,
				Merge: func(object, winner, loser string) (string, error) {
					r, err := a.Store.Merge(odooObjects[object].Store, winner, loser, false)
					if err != nil {
						return "", err
					}
					return r.ID, nil
				},
				Live: func(object string) []string { // one model holds companies and people
					var ids []string
					for _, r := range a.Records(odooObjects[object].Store) {
						if want, shared := odooObjects[object].Fixed["is_company"], slices.Contains([]string{"companies", "people"}, object); !shared || r.Values["is_company"] == want {
							ids = append(ids, r.ID)
						}
					}
					return ids
				}}
		},
		Objects: odooObjects,
		// There is no cap (External API documentation): 5,000 is a page that a server answers in time.
		Caps: Caps{List: 5000, Changed: 5000, Write: 1000, Associations: 5000, Links: map[string]int{"companies": 0, "people": 0}, Edge: 1},
		Throttled: map[string]http.HandlerFunc{
			"409 of a lock":  odooError(409, "odoo.exceptions.LockError"),
			"429 of a proxy": sandbox.HTML(429),
			"502 with HTML":  sandbox.HTML(502),
		},
		Absent: map[string]string{
			"deletions": "unlink leaves no trace",
			"merges":    "a merge of partners deletes the losers and leaves no trace",
			"daily":     "the documentation knows no limits of calls",
			"life":      "the id of a user does not end",
			"lag":       "searches read the database",
		},
	}
	if variant == "before19" {
		d.Ways = []Way{login, key}
		d.Throttled = map[string]http.HandlerFunc{
			"200 with a failure of serialization": odooFault("psycopg2.errors.SerializationFailure"),
			"200 with a failure of the database":  odooFault("psycopg2.OperationalError"),
			"429 of a proxy":                      sandbox.HTML(429),
			"502 with HTML":                       sandbox.HTML(502),
		}
	}
	return d
}
