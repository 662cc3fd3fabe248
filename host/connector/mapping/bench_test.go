package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// page is an answer with 100 contacts of about 690 bytes, as HubSpot lists them.
func page() []byte {
	var b strings.Builder
	b.WriteString(`{"results":[`)
	for i := range 100 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"%d","properties":{"firstname":"Person","lastname":"Number %d","email":"p%d@example.com","phone":"+49 30 %d","jobtitle":"Head of purchasing","city":"München","country":"Germany","state":"Bayern","zip":"80331","lifecyclestage":"customer","hubspot_owner_id":"77","annualrevenue":"%d.50","numberofemployees":"%d","createdate":"2026-01-01T00:00:00.000Z","lastmodifieddate":"2026-05-02T08:00:00.123Z","hs_merged_object_ids":null,"unused_one":"some text that nobody maps","unused_two":"some more of it"},"createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-05-02T08:00:00.123Z","archived":false}`,
			1000+i, i, i, 1000000+i, i*1000, i+1)
	}
	b.WriteString(`],"paging":{"next":{"after":"1099","link":"https://api.hubapi.com/crm/objects/2026-09/contacts?after=1099"}}}`)
	return []byte(b.String())
}

func column(field string, t crm.Type, property string) mapping.Column {
	return mapping.Column{Field: field, Type: t, Property: property, Path: mapping.ParsePath("properties." + property)}
}

// table maps 13 fields, two of them times, one an amount.
func table() mapping.Table {
	return mapping.Table{Kind: crm.Contact, ID: mapping.ParsePath("id"), Updated: mapping.ParsePath("properties.lastmodifieddate"),
		Merged: mapping.ParsePath("properties.hs_merged_object_ids"), MergedBy: ";",
		Columns: []mapping.Column{
			column("name", crm.Text, "lastname"), column("email", crm.Text, "email"), column("phone", crm.Text, "phone"), column("job_title", crm.Text, "jobtitle"),
			column("city", crm.Text, "city"), column("country", crm.Text, "country"), column("region", crm.Text, "state"), column("postal_code", crm.Text, "zip"),
			column("lifecycle_stage", crm.Text, "lifecyclestage"), column("owner", crm.Text, "hubspot_owner_id"),
			column("annual_revenue", crm.Amount, "annualrevenue"), column("employees", crm.Integer, "numberofemployees"), column("created_at", crm.Time, "createdate"),
		}}
}

func benchmark(b *testing.B, t mapping.Table) {
	body := page()
	var parser fastjson.Parser
	context := &mapping.Context{Currency: "EUR", Vars: map[string]any{}}
	path := mapping.ParsePath("results")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	records := 0
	for b.Loop() {
		v, err := parser.ParseBytes(body)
		if err != nil {
			b.Fatal(err)
		}
		rows, _ := mapping.Rows(v, path)
		for _, row := range rows {
			if _, rejected := t.Map(mapping.Row{row}, context); rejected != nil {
				b.Fatal(rejected.Error)
			}
			records++
		}
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkParseAndMapByPaths(b *testing.B) { benchmark(b, table()) }

// BenchmarkParseAndMapWithCEL computes three of the fields.
func BenchmarkParseAndMapWithCEL(b *testing.B) {
	t := table()
	for field, source := range map[string]string{
		"name":   `[record.properties.?firstname.orValue(""), record.properties.?lastname.orValue("")].filter(n, n != "").join(" ")`,
		"city":   `record.properties.?city.orValue("")`,
		"region": `record.properties.?country.orValue("") == "Germany" ? "DE-" + record.properties.state : ""`,
	} {
		program, fault := manifest.RecordScope().Compile(source)
		if fault != nil {
			b.Fatal(fault)
		}
		for i := range t.Columns {
			if t.Columns[i].Field == field {
				t.Columns[i] = mapping.Column{Field: field, Type: crm.Text, Expr: program}
			}
		}
	}
	benchmark(b, t)
}
