package dynamics

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The tables, by the names of their entity sets.
const (
	Accounts      = "accounts"
	Contacts      = "contacts"
	Opportunities = "opportunities"
	Incidents     = "incidents"
	Quotes        = "quotes"
	Invoices      = "invoices"
	Appointments  = "appointments"
)

// States of opportunities.
const (
	StateOpen = "0"
	StateWon  = "1"
	StateLost = "2"
)

// table is one table: the set's name is the plural, the logical name the singular.
type table struct {
	set, logical, id string
	fields           []sandbox.Field
}

func columns(typ string, names ...string) (out []sandbox.Field) {
	for _, name := range names {
		out = append(out, sandbox.Field{Name: name, Type: typ})
	}
	return out
}

func join(lists ...[]sandbox.Field) (out []sandbox.Field) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// Types are those of AttributeType, those of dates with their Format. A lookup's value is the id; what it leads to stands
// in a property of its own here, with the ending type.
var tables = []*table{
	{Accounts, "account", "accountid", join(
		columns("String/Text", "name", "websiteurl", "telephone1", "address1_line1", "address1_city", "address1_postalcode", "address1_stateorprovince", "address1_country"),
		columns("Integer/None", "numberofemployees"), columns("Money/", "revenue"), columns("Picklist/", "industrycode"), columns("Boolean/", "merged"),
		columns("Lookup/", "_parentaccountid_value", "_masterid_value", "_ownerid_value"), columns("State/", "statecode"))},
	{Contacts, "contact", "contactid", join(
		columns("String/Text", "firstname", "lastname", "emailaddress1", "telephone1", "jobtitle", "address1_city", "address1_country"), columns("Boolean/", "merged"),
		columns("Lookup/", "_parentcustomerid_value", "_masterid_value", "_ownerid_value"), columns("State/", "statecode"))},
	{Opportunities, "opportunity", "opportunityid", join(
		columns("String/Text", "name", "stepname"), columns("Money/", "estimatedvalue", "actualvalue"), columns("DateTime/DateOnly", "estimatedclosedate", "actualclosedate"),
		columns("Lookup/", "_customerid_value", "_parentaccountid_value", "_parentcontactid_value", "_ownerid_value"), columns("State/", "statecode"))},
	{Incidents, "incident", "incidentid", join(columns("String/Text", "title"), columns("Lookup/", "_customerid_value"), columns("State/", "statecode"))},
	{Quotes, "quote", "quoteid", join(columns("String/Text", "name"), columns("Money/", "totalamount"), columns("Lookup/", "_customerid_value", "_opportunityid_value"), columns("State/", "statecode"))},
	{Invoices, "invoice", "invoiceid", join(columns("String/Text", "name"), columns("Money/", "totalamount"), columns("DateTime/DateOnly", "duedate"), columns("DateTime/DateAndTime", "datedelivered"),
		columns("Lookup/", "_customerid_value", "_opportunityid_value"), columns("State/", "statecode"))},
	{Appointments, "appointment", "activityid", join(columns("String/Text", "subject"), columns("DateTime/DateAndTime", "scheduledstart"), columns("Lookup/", "_regardingobjectid_value"), columns("State/", "statecode"))},
}

func find(set string) *table {
	for _, t := range tables {
		if t.set == set {
			return t
		}
	}
	return nil
}

func byLogical(name string) *table {
	for _, t := range tables {
		if t.logical == name {
			return t
		}
	}
	return nil
}

// labels are the texts of the options that the environment brings along.
var labels = map[string]map[string]string{
	"industrycode": {"1": "Accounting", "2": "Agriculture"},
	"statecode":    {"0": "Active", "1": "Inactive", "2": "Canceled"},
}

// view is a row as the API answers it: what was selected, the key, the version, and annotations where they are asked for.
func (s *Server) view(t *table, r *sandbox.Record, selected []string, annotated bool) (map[string]any, string) {
	row := map[string]any{"@odata.etag": s.etag(t, r.ID), t.id: r.ID}
	for _, name := range selected {
		switch name {
		case t.id:
			continue
		case "modifiedon":
			row[name] = stamp(r.Modified)
			continue
		case "createdon":
			row[name] = stamp(r.Created)
			continue
		}
		source, base := strings.CutSuffix(name, "_base")
		f, ok := s.Store.Field(t.set, source)
		if !ok || base && f.Type != "Money/" {
			return nil, name
		}
		text := r.Values[source]
		if f.Type == "State/" && text == "" {
			text = "0"
		}
		row[name] = typed(f, text)
		if !annotated || text == "" {
			continue
		}
		switch f.Type {
		case "Picklist/", "State/":
			row[name+"@OData.Community.Display.V1.FormattedValue"] = label(f, text)
		case "Lookup/":
			row[name+"@Microsoft.Dynamics.CRM.lookuplogicalname"] = s.logicalOf(text)
		}
	}
	return row, ""
}

func label(f sandbox.Field, value string) string {
	for _, o := range f.Options {
		if o.Value == value {
			return o.Label
		}
	}
	return labels[f.Name][value]
}

// logicalOf is the table of the row with this id: ids are of one table only.
func (s *Server) logicalOf(id string) string {
	for _, t := range tables {
		if _, ok := s.Store.Get(t.set, id); ok {
			return t.logical
		}
	}
	return "systemuser"
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func typed(f sandbox.Field, text string) any {
	switch {
	case text == "":
		return nil
	case strings.HasPrefix(f.Type, "Integer"), strings.HasPrefix(f.Type, "Decimal"), f.Type == "Money/", f.Type == "Picklist/", f.Type == "State/":
		return json.Number(text)
	case f.Type == "Boolean/":
		return text == "true"
	}
	return text
}

// guid is the nth id of a table.
func guid(kind string, n int64) string {
	at := 0
	for i, t := range tables {
		if t.set == kind {
			at = i + 1
		}
	}
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", at, n)
}
