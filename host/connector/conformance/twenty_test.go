package conformance

import (
	"net/http"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/twenty"
	"github.com/taxonhq/taxon/host/crm"
)

func twentyOver(status int) http.HandlerFunc {
	return sandbox.Answer(status, `{"statusCode":429,"error":"Error","messages":["Limit reached (100 tokens per 60000 ms)"]}`, "Content-Type", "application/json")
}

var twentyObjects = map[string]Object{
	"companies": {Store: twenty.Companies, Fields: map[string]string{"name": "name", "domain": "domainName.primaryLinkUrl", "country": "address.addressCountry", "city": "address.addressCity", "employees": "employees"}},
	"people": {Store: twenty.People, Fields: map[string]string{"name": "name.lastName", "email": "emails.primaryEmail", "job_title": "jobTitle", "city": "city"},
		Links: map[crm.Kind]string{crm.Company: "companyId"}},
	"opportunities": {Store: twenty.Opportunities, Fields: map[string]string{"name": "name", "amount": "amount.amountMicros", "closed_at": "closeDate"},
		Fixed:  map[string]string{"amount.currencyCode": "EUR"},
		Forms:  map[string]func(string) string{"amount": func(text string) string { return strings.TrimPrefix(strings.ReplaceAll(text, ".50", "500000"), "0") }},
		States: map[string]map[string]string{crm.Open: {"stage": "NEW"}, crm.Won: {"stage": "CUSTOMER"}, crm.Lost: {"stage": "LOST"}},
		Links:  map[crm.Kind]string{crm.Company: "companyId", crm.Contact: "pointOfContactId"}},
	"meetings": {Store: twenty.Events, Edit: "title", Fields: map[string]string{"occurred_at": "startsAt"}, Expect: map[string]string{"kind": "meeting", "status": "confirmed"},
		Links: map[crm.Kind]string{crm.Company: "calendarEventTargets.targetCompanyId", crm.Contact: "calendarEventParticipants.personId", crm.Deal: "calendarEventTargets.targetOpportunityId"}},
}

var _ = register(Dialect{
	Name:     "twenty",
	Settings: map[string]string{"lost_stages": "LOST", "currency": "EUR"},
	Ways:     []Way{{Name: "key", Secrets: map[string]string{"api_key": twenty.DefaultToken}, Static: "api_key", NewSecret: "eyJhbGciOiJIUzI1NiJ9.bmV3.99999999"}},
	Open: func(s Setup) Server {
		a := twenty.New(twenty.Options{Clock: s.Clock, PerMinute: 100})
		return Server{Account: &a.Account, Listen: a.Listen, Merge: mergeByProperties(&a.Account, twentyObjects, map[string]crm.Kind{"companies": crm.Company, "people": crm.Contact, "opportunities": crm.Deal})}
	},
	Objects: twentyObjects,
	NewOption: func(s Server, object, field, label string) {
		s.Store.EditField(object, field, func(f *sandbox.Field) {
			f.Options = append(slices.Clone(f.Options), sandbox.Option{Value: "BY_HAND", Label: label, Description: "20202020-2000-4000-8000-000000000001"})
		})
	},
	// The handler of lists cuts at 200; 60 records a batch is what the documentation says.
	Caps: Caps{List: 200, Changed: 200, Write: 60},
	Throttled: map[string]http.HandlerFunc{
		"429 with a text": twentyOver(429),
		"400 with a text": twentyOver(400),
		"502 with HTML":   sandbox.HTML(502),
	},
	Absent: map[string]string{
		"merges": "no merge was found in the REST API's sources",
		"expiry": "API keys live until somebody deletes them",
		"daily":  "its limits are of a second and of a minute",
		"lag":    "lists read the database",
	},
})
