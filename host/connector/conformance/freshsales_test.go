package conformance

import (
	"net/http"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/freshsales"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

var freshsalesObjects = map[string]Object{
	"accounts": {Store: freshsales.Accounts, Fields: map[string]string{"name": "name", "domain": "website", "country": "country", "city": "city", "employees": "number_of_employees"}},
	"contacts": {Store: freshsales.Contacts, Fields: map[string]string{"name": "last_name", "email": "email", "job_title": "job_title", "country": "country", "city": "city"}, Linked: []crm.Kind{crm.Company}},
	"deals": {Store: freshsales.Deals, Fields: map[string]string{"name": "name", "amount": "base_currency_amount", "closed_at": "closed_date"}, Linked: []crm.Kind{crm.Company, crm.Contact},
		Forms: map[string]func(string) string{"closed_at": func(text string) string { return text[:10] }},
		States: map[string]map[string]string{crm.Open: {"deal_stage_id": freshsales.StageNew}, crm.Won: {"deal_stage_id": freshsales.StageWon},
			crm.Lost: {"deal_stage_id": freshsales.StageLost}}},
}

var _ = register(Dialect{
	Name:     "freshsales",
	Settings: map[string]string{"currency": "EUR"},
	Ways:     []Way{{Name: "key", Secrets: map[string]string{"api_key": freshsales.DefaultKey}, Static: "api_key", NewSecret: "sandboxKey99999999000040008000"}},
	Open: func(s Setup) Server {
		a := freshsales.New(freshsales.Options{Clock: s.Clock, PerHour: 1000}) // Growth
		return Server{Account: &a.Account, Listen: a.Listen, Link: func(object, id, toObject, toID string) {
			a.Link(freshsalesObjects[object].Store, id, freshsalesObjects[toObject].Store, toID)
		}, Merge: func(object, winner, loser string) (string, error) {
			_, err := a.Store.Merge(freshsalesObjects[object].Store, winner, loser, false)
			return winner, err
		}}
	},
	Objects: freshsalesObjects,
	// Views have 100 rows a page at most, after one call for the view's id; a job takes 100 records, and is polled.
	Caps: Caps{List: 100, Changed: 100, Write: 100, ListFixed: 1, WriteFixed: 0, Edge: 1},
	Throttled: map[string]http.HandlerFunc{
		"429 without Retry-After": sandbox.Answer(429, `{"errors":{"code":429,"message":["You have exceeded the limit of requests per hour"]}}`, "Content-Type", "application/json"),
		"502 with HTML":           sandbox.HTML(502),
	},
	Make: func(s Server, object string, spec connector.FieldSpec) string {
		return made(freshsales.Make(s.Account, freshsalesObjects[object].Store, wanted(spec)))
	},
	Absent: map[string]string{
		"deletions":      "no list tells of deleted records",
		"merges":         "no list tells of merges",
		"create_field":   "documented for custom modules only",
		"extend_options": "not documented",
		"expiry":         "API keys live until somebody deletes them",
		"daily":          "its limits are of an hour",
		"lag":            "not documented",
	},
})
