//go:build unix

package connector

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifests"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// These benchmarks parse and map full pages by the manifests that come with Taxon and tell records per second of processor
// time, so that what else the machine does counts little. The goals: 100,000 by paths, 40,000 with computed fields.
//
//	go test ./host/connector -run '^$' -bench Page

// hubspotPage is an answer of 100 rows of some 800 bytes, with every property that the object asks for.
func hubspotPage(properties string) string {
	rows := make([]string, 100)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"id":"%d","properties":{%s,"hs_merged_object_ids":null,"hubspot_owner_id":"77","createdate":"2026-01-01T00:00:00.000Z","hs_lastmodifieddate":"2026-05-02T08:00:00.123Z","lastmodifieddate":"2026-05-02T08:00:00.123Z","hs_object_id":"%d"},"createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-05-02T08:00:00.123Z","archived":false}`, 9000+i, properties, 9000+i)
	}
	return `{"results":[` + strings.Join(rows, ",") + `],"paging":{"next":{"after":"9099","link":"https://api.hubapi.com/crm/objects/2026-09/companies?after=9099"}}}`
}

// odooPage is a list of 100 rows of some 800 bytes, as search_read answers.
func odooPage(fields string) string {
	rows := make([]string, 100)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"id":%d,%s,"create_date":"2026-01-01 00:00:00","write_date":"2026-05-02 08:00:00","active":true}`, 9000+i, fields)
	}
	return `[` + strings.Join(rows, ",") + `]`
}

const (
	hubspotCompany = `"name":"Acme Papier GmbH","domain":"acme.example","phone":"+49 89 1234567","industry":"CONSUMER_GOODS","country":"Germany","state":"Bayern","city":"München","zip":"80331","address":"Marienplatz 1","numberofemployees":"250","annualrevenue":"1200000.50","hs_parent_company_id":"30","lifecyclestage":"customer"`
	hubspotContact = `"firstname":"Ada","lastname":"Lovelace","email":"ada@acme.example","phone":"+49 89 1234567","jobtitle":"Head of purchasing","hs_buying_role":"DECISION_MAKER;BUDGET_HOLDER","industry":null,"country":"Germany","state":"Bayern","city":"München","zip":"80331","address":"Marienplatz 1","hs_language":"de","lifecyclestage":"customer"`
	hubspotDeal    = `"dealname":"Paper for a year","amount":"1500.50","deal_currency_code":"USD","amount_in_home_currency":"1402.34","dealstage":"closedwon","pipeline":"default","dealtype":"newbusiness","hs_is_closed":"true","hs_is_closed_won":"false","closedate":"2026-05-01T10:30:00Z"`
	odooPartner    = `"name":"Acme Papier GmbH","email":"info@acme.example","phone":"+49 89 1234567","mobile":false,"website":"https://www.acme.example/shop","industry_id":[3,"Consumer goods"],"country_id":[57,"Germany"],"state_id":[1389,"Bayern (DE)"],"city":"München","zip":"80331","street":"Marienplatz 1","street2":false,"parent_id":[30,"Acme Holding"],"user_id":[2,"Mitchell Admin"],"lang":"de_DE","function":"Head of purchasing","is_company":true,"commercial_partner_id":[30,"Acme Holding"]`
	odooLead       = `"name":"Paper for a year","expected_revenue":1500.5,"company_currency":[1,"EUR"],"won_status":"won","stage_id":[4,"Won"],"probability":100.0,"user_id":[2,"Mitchell Admin"],"date_closed":"2026-05-01 10:30:00","partner_id":[31,"Acme Papier GmbH"]`
)

func BenchmarkHubSpotPageByPaths(b *testing.B) {
	benchmarkPage(b, "hubspot", "companies", hubspotPage(hubspotCompany))
}
func BenchmarkHubSpotPageComputed(b *testing.B) {
	benchmarkPage(b, "hubspot", "contacts", hubspotPage(hubspotContact))
}
func BenchmarkHubSpotPageOfDeals(b *testing.B) {
	benchmarkPage(b, "hubspot", "deals", hubspotPage(hubspotDeal))
}
func BenchmarkOdooPageByPaths(b *testing.B) {
	benchmarkPage(b, "odoo", "people", odooPage(odooPartner))
}
func BenchmarkOdooPageComputed(b *testing.B) {
	benchmarkPage(b, "odoo", "companies", odooPage(odooPartner))
}
func BenchmarkOdooPageOfDeals(b *testing.B) { benchmarkPage(b, "odoo", "deals", odooPage(odooLead)) }

func benchmarkPage(b *testing.B, name, objectName, body string) {
	m, err := manifests.Load(name)
	if err != nil {
		b.Fatal(err)
	}
	c := &Connector{manifest: m, clock: crm.SystemClock{}, base: map[string]any{"config": map[string]string{}, "vars": map[string]any{}}}
	spec := m.Objects[objectName]
	o := &object{name: objectName, spec: spec, vars: map[string]any{"name": objectName}}
	if err := o.compile(nil); err != nil {
		b.Fatal(err)
	}
	vars := map[string]any{"config": c.base["config"], "vars": c.base["vars"], "object": o.vars, "account": map[string]any{"currency": "EUR"},
		"lookup": map[string]any{"stages": map[string]any{"closedwon": "won"}, "won": map[string]any{"4": true}, "currencies": map[string]any{}}}
	mapped := &mapping.Context{Currency: "EUR", Vars: vars}
	listing := spec.List
	if listing == nil {
		listing = &spec.Changed.Listing
	}
	rowsAt := listing.Rows
	if strings.HasPrefix(body, "[") {
		rowsAt = mapping.Path{}
	}
	var parser fastjson.Parser
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	records, begin := 0, processorTime(b)
	for b.Loop() {
		v, err := parser.Parse(body)
		if err != nil {
			b.Fatal(err)
		}
		rows, ok := mapping.Rows(v, rowsAt)
		if !ok || len(rows) != 100 {
			b.Fatalf("%d rows", len(rows))
		}
		for _, row := range rows {
			r, rejected := o.table.Map(mapping.Row{row}, mapped)
			if rejected != nil {
				b.Fatal(rejected.Error)
			}
			if len(r.Fields) < 5 {
				b.Fatalf("only %v", r.Fields)
			}
			records++
		}
	}
	b.ReportMetric(float64(records)/(processorTime(b)-begin).Seconds(), "records/cpu-s")
}

// processorTime is what this process has used of the processors.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
