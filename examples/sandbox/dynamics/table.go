package dynamics

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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
	PhoneCalls    = "phonecalls"
	Emails        = "emails"
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

// Types are those of AttributeType, those of dates with their Format. A lookup's value is the id; what it leads to stands
// in a property of its own here, with the ending type.
var tables = []*table{
	{Accounts, "account", "accountid", slices.Concat(
		sandbox.Fields("String/Text", "name", "websiteurl", "telephone1", "address1_line1", "address1_city", "address1_postalcode", "address1_stateorprovince", "address1_country"),
		sandbox.Fields("Integer/None", "numberofemployees"), sandbox.Fields("Money/", "revenue"), sandbox.Fields("Picklist/", "industrycode"), sandbox.Fields("Boolean/", "merged"),
		sandbox.Fields("Lookup/", "_parentaccountid_value", "_masterid_value", "_ownerid_value"), sandbox.Fields("State/", "statecode"))},
	{Contacts, "contact", "contactid", slices.Concat(
		sandbox.Fields("String/Text", "firstname", "lastname", "emailaddress1", "telephone1", "jobtitle", "address1_line1", "address1_city", "address1_postalcode", "address1_stateorprovince", "address1_country"), sandbox.Fields("Boolean/", "merged"),
		sandbox.Fields("Lookup/", "_parentcustomerid_value", "_masterid_value", "_ownerid_value"), sandbox.Fields("State/", "statecode"))},
	{Opportunities, "opportunity", "opportunityid", slices.Concat(
		sandbox.Fields("String/Text", "name", "stepname"), sandbox.Fields("Money/", "estimatedvalue", "actualvalue"), sandbox.Fields("DateTime/DateOnly", "estimatedclosedate", "actualclosedate"),
		sandbox.Fields("Lookup/", "_customerid_value", "_parentaccountid_value", "_parentcontactid_value", "_ownerid_value", "_transactioncurrencyid_value"), sandbox.Fields("State/", "statecode"))},
	{Incidents, "incident", "incidentid", slices.Concat(sandbox.Fields("String/Text", "title"), sandbox.Fields("Lookup/", "_customerid_value"), sandbox.Fields("State/", "statecode"))},
	{Quotes, "quote", "quoteid", slices.Concat(sandbox.Fields("String/Text", "name"), sandbox.Fields("Money/", "totalamount"), sandbox.Fields("Lookup/", "_customerid_value", "_opportunityid_value"), sandbox.Fields("State/", "statecode"))},
	{Invoices, "invoice", "invoiceid", slices.Concat(sandbox.Fields("String/Text", "name"), sandbox.Fields("Money/", "totalamount"), sandbox.Fields("DateTime/DateOnly", "duedate"), sandbox.Fields("DateTime/DateAndTime", "datedelivered"),
		sandbox.Fields("Lookup/", "_customerid_value", "_opportunityid_value"), sandbox.Fields("State/", "statecode"))},
	{Appointments, "appointment", "activityid", slices.Concat(sandbox.Fields("String/Text", "subject"), sandbox.Fields("DateTime/DateAndTime", "scheduledstart"), sandbox.Fields("Lookup/", "_regardingobjectid_value"), sandbox.Fields("State/", "statecode"))},
	{PhoneCalls, "phonecall", "activityid", done},
	{Emails, "email", "activityid", done},
}

// done are the columns of activities that are over at an instant: scheduledstart is when they were planned for.
var done = slices.Concat(sandbox.Fields("String/Text", "subject"), sandbox.Fields("DateTime/DateAndTime", "scheduledstart", "actualend"), sandbox.Fields("Boolean/", "directioncode"),
	sandbox.Fields("Lookup/", "_regardingobjectid_value"), sandbox.Fields("State/", "statecode"))

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
		if base && text != "" && r.Values["_transactioncurrencyid_value"] == Foreign {
			row[name] = converted(text)
		}
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

// The currencies of the environment: the base one, and another one, two of which are worth one of it.
const (
	Base    = "00000008-0000-4000-8000-000000000001"
	Foreign = "00000008-0000-4000-8000-000000000002"
)

// currencies are the rows of transactioncurrencies.
func (s *Server) currencies() []any {
	return []any{
		map[string]any{"transactioncurrencyid": Base, "isocurrencycode": s.options.Currency},
		map[string]any{"transactioncurrencyid": Foreign, "isocurrencycode": "CHF"},
	}
}

// converted is an amount of the foreign currency in the base one, which the platform computes.
func converted(text string) any {
	amount, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil
	}
	return amount / 2
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
