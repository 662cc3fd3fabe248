package hubspot_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

// Every object has the same endpoints; the commerce and engagement objects name their creation date hs_createdate.
// Source: HubSpot's guides to tickets, invoices, payments, survey responses and engagements.
func TestEventsOfACustomerAreObjectsLikeAnyOther(t *testing.T) {
	a := open(t, hubspot.Options{})
	contact, company := a.load(hubspot.Contacts, nil), a.load(hubspot.Companies, nil)
	for _, kind := range []string{hubspot.Tickets, hubspot.Invoices, hubspot.Quotes, hubspot.Payments, hubspot.Surveys, hubspot.Meetings, hubspot.Calls, hubspot.Emails} {
		a.clock.Advance(time.Second) // five searches a second
		at := a.clock.Now().Format(time.RFC3339)
		id := a.load(kind, nil)
		a.Associate(kind, id, hubspot.Companies, company, true)
		a.Associate(kind, id, hubspot.Contacts, contact, false)
		a.must(200, "GET", "/crm/objects/2026-09/"+kind, nil).equal(t, id, "results", 0, "id")
		found := a.must(200, "POST", "/crm/objects/2026-09/"+kind+"/search", map[string]any{
			"filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1000"}}}}})
		found.equal(t, id, "results", 0, "id")
		created := "hs_createdate"
		if kind == hubspot.Tickets {
			created = "createdate"
		}
		found.equal(t, at, "results", 0, "properties", created)
		inputs := map[string]any{"inputs": []any{map[string]any{"id": id}}}
		a.must(200, "POST", "/crm/associations/2026-09/"+kind+"/companies/batch/read", inputs).equal(t, company, "results", 0, "to", 0, "toObjectId")
		a.must(200, "POST", "/crm/associations/2026-09/"+kind+"/contacts/batch/read", inputs).equal(t, contact, "results", 0, "to", 0, "toObjectId")
	}
}

// A stage of the ticket pipeline says whether the ticket is open. Source: HubSpot's guide to pipelines.
func TestStagesOfTicketsTellTheirState(t *testing.T) {
	a := open(t, hubspot.Options{})
	got := a.must(200, "GET", "/crm/pipelines/2026-09/tickets", nil)
	got.equal(t, "OPEN", "results", 0, "stages", 0, "metadata", "ticketState")
	got.equal(t, "CLOSED", "results", 0, "stages", 3, "metadata", "ticketState")
}

// The right to read them has names of its own. Source: HubSpot's guides to each object.
func TestEventsNeedRightsOfTheirOwn(t *testing.T) {
	a := open(t, hubspot.Options{Scopes: []string{"crm.objects.contacts.read", "tickets"}})
	for kind, status := range map[string]int{hubspot.Tickets: 200, hubspot.Meetings: 200, hubspot.Calls: 200, hubspot.Emails: 403, hubspot.Invoices: 403, hubspot.Surveys: 403, hubspot.Payments: 403} {
		a.must(status, "GET", "/crm/objects/2026-09/"+kind, nil)
	}
}

func TestAFileFromBeforeTheseObjectsIsRestored(t *testing.T) {
	a := open(t, hubspot.Options{})
	a.load(hubspot.Deals, map[string]string{"dealname": "x"})
	var doc map[string]any
	if err := json.Unmarshal(a.save(), &doc); err != nil {
		t.Fatal(err)
	}
	delete(doc["data"].(map[string]any)["kinds"].(map[string]any), hubspot.Tickets)
	older, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := hubspot.Restore(hubspot.Options{Clock: a.clock}, bytes.NewReader(older))
	if err != nil {
		t.Fatal(err)
	}
	b := &account{Server: s, t: t, clock: a.clock, token: s.Token()}
	b.must(200, "GET", "/crm/properties/2026-09/tickets", nil).contains(t, "hs_pipeline_stage")
}
