package conformance

import (
	"net/http"
	"slices"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/pipedrive"
	"github.com/taxonhq/taxon/host/crm"
)

// pipedriveOver is the answer to a call too many, of the burst and of the day alike: no Retry-After.
var pipedriveOver = sandbox.Answer(429, `{"success":false,"error":"request over limit","errorCode":429,"error_info":"","data":null}`, "Content-Type", "application/json", "x-ratelimit-reset", "2")

var _ = register(Dialect{
	Name: "pipedrive",
	Ways: []Way{
		{Name: "token", Secrets: map[string]string{"api_token": pipedrive.DefaultToken}, Static: "api_token", NewSecret: "99999999000040008000a11ce0000002aaaaaaaa"},
		{Name: "oauth", Settings: map[string]string{"client_id": "app"}, Secrets: map[string]string{"client_secret": "s3cret-of-the-app", "refresh_token": "only-refresh-token"}},
	},
	Open: func(s Setup) Server {
		// One Lite seat: 20 calls in 2 seconds, 80 with OAuth; the day has room for the suite.
		a := pipedrive.New(pipedrive.Options{Clock: s.Clock, Burst: 20, DailyTokens: 2_000_000, RefuseUnknown: true, Currency: "EUR", TimeZone: "Europe/Tallinn",
			OAuth: &pipedrive.OAuth{ClientID: "app", ClientSecret: "s3cret-of-the-app", RefreshToken: "only-refresh-token"}})
		objects := pipedriveObjects()
		return Server{Account: &a.Account, Listen: a.Listen,
			Link: func(object, id, toObject, toID string) {
				a.Link(objects[object].Store, id, objects[toObject].Store, toID)
			},
			Merge: func(object, winner, loser string) (string, error) {
				return winner, a.Merge(objects[object].Store, winner, loser)
			},
			Live: func(object string) (ids []string) {
				for _, r := range a.Records(objects[object].Store) {
					if (r.Values["is_archived"] == "true") == (object == "archived_deals") {
						ids = append(ids, r.ID)
					}
				}
				return ids
			}}
	},
	Objects: pipedriveObjects(),
	NewOption: func(s Server, object, field, label string) {
		s.Store.EditField(object, field, func(f *sandbox.Field) {
			f.Options = append(slices.Clone(f.Options), sandbox.Option{Value: "9999", Label: label})
		})
	},
	// The vendor's specification: limit up to 500, one record an update.
	Caps: Caps{List: 500, Changed: 500, Write: 1},
	Throttled: map[string]http.HandlerFunc{
		"429 without Retry-After": pipedriveOver,
		"502 with HTML":           sandbox.HTML(502),
	},
	Exhausted: pipedriveOver, // again and again
	Absent: map[string]string{
		"merges":    "a merge is told by a webhook only",
		"deletions": "deleted deals are listed for 30 days, archived ones, persons and organizations by no list",
		"lag":       "nothing documented lags",
	},
})

func pipedriveObjects() map[string]Object {
	deal := Object{Store: pipedrive.Deals, Fields: map[string]string{"name": "title", "amount": "value", "closed_at": "close_time"}, Linked: []crm.Kind{crm.Company, crm.Contact},
		States: map[string]map[string]string{crm.Open: {"status": "open"}, crm.Won: {"status": "won"}, crm.Lost: {"status": "lost"}}}
	kept := deal
	kept.Fixed = map[string]string{"is_archived": "true"}
	return map[string]Object{
		"organizations":  {Store: pipedrive.Organizations, Fields: map[string]string{"name": "name", "domain": "website", "country": "address.country", "city": "address.locality", "employees": "employee_count"}},
		"persons":        {Store: pipedrive.Persons, Fields: map[string]string{"name": "name", "email": "emails", "job_title": "job_title", "country": "postal_address.country", "city": "postal_address.locality"}, Linked: []crm.Kind{crm.Company}},
		"deals":          deal,
		"archived_deals": kept,
		"activities": {Store: pipedrive.Activities, Edit: "subject", Fields: map[string]string{"occurred_at": "marked_as_done_time"}, Fixed: map[string]string{"type": "call", "done": "true"},
			Expect: map[string]string{"kind": "call", "status": "done"}, Linked: []crm.Kind{crm.Company, crm.Contact, crm.Deal}},
	}
}
