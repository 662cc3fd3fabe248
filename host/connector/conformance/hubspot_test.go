package conformance

import (
	"net/http"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/crm"
)

// The newest dated paths are the model. The others run over the paths of before, on accounts with the habits that the
// documentation leaves open (decision 27).
var (
	_ = register(hubspotOver("", "2026-09", hubspot.Options{}))
	_ = register(hubspotOver("2026-03", "2026-03", hubspot.Options{ShortPages: 3, EmptyPages: 7, SilentAssociations: true, IsolateBadValues: true}))
	_ = register(hubspotOver("v3", "v3", hubspot.Options{NumericAssociationIDs: true, MergeKeepsID: true, LexicographicIDs: true, AssociationPage: 7}))
)

func hubspotOver(variant, api string, o hubspot.Options) Dialect {
	return Dialect{

		Name:     "hubspot",
		Variant:  variant,
		Settings: map[string]string{"api": api, "activities": "invoices, payments, quotes, tickets, surveys, meetings, calls, emails"},
		Ways: []Way{
			{Name: "token", Secrets: map[string]string{"token": hubspot.DefaultToken}, Static: "token", NewSecret: "pat-na1-99999999-0000-4000-8000-000000000000"},
			{Name: "oauth", Settings: map[string]string{"client_id": "app"},
				Secrets: map[string]string{"client_secret": "s3cret-of-the-app", "refresh_token": "first-refresh-token"}},
		},
		Open: func(s Setup) Server {
			o := o
			o.Clock, o.IndexLag, o.Limits, o.Currency, o.TimeZone = s.Clock, s.Lag, hubspot.Free(), "EUR", "Europe/Berlin"
			o.OAuth = &hubspot.OAuth{ClientID: "app", ClientSecret: "s3cret-of-the-app", RefreshToken: "first-refresh-token", Rotate: true}
			a := hubspot.New(o)
			return Server{Account: &a.Account, Listen: a.Listen,
				Link: func(object, id, toObject, toID string) {
					a.Associate(hubspotObjects()[object].Store, id, toObject, toID, true)
				},
				Merge: func(object, winner, loser string) (string, error) {
					return a.Merge(hubspotObjects()[object].Store, winner, loser)
				}}
		},
		Objects: hubspotObjects(),
		// "CRM API | Search", "Associations v4" and "Batch" in the developer documentation: 100 a page, 200 in search, 1,000 ids
		// of associations, 100 records a batch.
		Caps: Caps{List: 100, Changed: 200, Associations: 1000, Write: 100, Links: map[string]int{"contacts": 1, "deals": 2}},
		Throttled: map[string]http.HandlerFunc{
			"429 of the burst":          hubspot.RateLimited("TEN_SECONDLY_ROLLING", 0),
			"429 of search":             hubspot.RateLimited("SECONDLY", 0),
			"429 with Retry-After":      hubspot.RateLimited("TEN_SECONDLY_ROLLING", 17),
			"429 without a body":        sandbox.Answer(429, ""),
			"423 locked":                hubspot.Failed(423, 0),
			"477 migration":             hubspot.Failed(477, 30),
			"502 with HTML":             sandbox.HTML(502),
			"200 with a page of a host": sandbox.HTML(200),
		},
		Lags:      []time.Duration{90 * time.Second, 30 * time.Minute},
		Exhausted: hubspot.RateLimited("DAILY", 0),
	}
}

func hubspotObjects() map[string]Object {
	objects := map[string]Object{
		"companies": {Store: hubspot.Companies, Fields: map[string]string{"name": "name", "domain": "domain", "country": "country", "city": "city", "employees": "numberofemployees"}},
		"contacts": {Store: hubspot.Contacts, Fields: map[string]string{"name": "lastname", "email": "email", "job_title": "jobtitle", "country": "country", "city": "city"},
			Linked: []crm.Kind{crm.Company}},
		"deals": {Store: hubspot.Deals, Fields: map[string]string{"name": "dealname", "amount": "amount", "closed_at": "closedate"},
			Fixed: map[string]string{"pipeline": "default"}, Linked: []crm.Kind{crm.Company, crm.Contact},
			States: map[string]map[string]string{crm.Open: {"dealstage": "qualifiedtobuy"}, crm.Won: {"dealstage": "closedwon"}, crm.Lost: {"dealstage": "closedlost"}}},
	}
	all := []crm.Kind{crm.Company, crm.Contact, crm.Deal}
	for name, o := range map[string]Object{
		"invoices": {Store: hubspot.Invoices, Edit: "hs_title", Fields: map[string]string{"amount": "hs_amount_billed", "occurred_at": "hs_invoice_date"},
			Fixed: map[string]string{"hs_invoice_status": "open"}, Expect: map[string]string{"kind": "invoice", "status": "open"}},
		"payments": {Store: hubspot.Payments, Edit: "hs_initial_amount", Fields: map[string]string{"occurred_at": "hs_initiated_date"},
			Fixed: map[string]string{"hs_latest_status": "succeeded"}, Expect: map[string]string{"kind": "payment", "status": "succeeded"}},
		"quotes": {Store: hubspot.Quotes, Edit: "hs_title", Fields: map[string]string{"amount": "hs_quote_amount"},
			Fixed: map[string]string{"hs_status": "APPROVED"}, Expect: map[string]string{"kind": "quote", "status": "APPROVED"}},
		"tickets": {Store: hubspot.Tickets, Edit: "subject", Fixed: map[string]string{"hs_pipeline": "0", "hs_pipeline_stage": "4"},
			Expect: map[string]string{"kind": "ticket", "status": "CLOSED"}},
		"surveys": {Store: hubspot.Surveys, Edit: "hs_survey_name", Fields: map[string]string{"occurred_at": "hs_submission_timestamp"},
			Fixed: map[string]string{"hs_survey_type": "NPS", "hs_value": "9"}, Expect: map[string]string{"kind": "survey", "scale": "nps", "score": "9"}},
		"meetings": {Store: hubspot.Meetings, Edit: "hs_meeting_title", Fields: map[string]string{"occurred_at": "hs_timestamp"}, Expect: map[string]string{"kind": "meeting"}},
		"calls":    {Store: hubspot.Calls, Edit: "hs_call_title", Fields: map[string]string{"occurred_at": "hs_timestamp"}, Expect: map[string]string{"kind": "call"}},
		"emails":   {Store: hubspot.Emails, Edit: "hs_email_subject", Fields: map[string]string{"occurred_at": "hs_timestamp"}, Expect: map[string]string{"kind": "mail"}},
	} {
		o.Linked = all
		objects[name] = o
	}
	return objects
}
