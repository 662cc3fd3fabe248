package salesforce

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The objects.
const (
	Account     = "Account"
	Contact     = "Contact"
	Opportunity = "Opportunity"
	Role        = "OpportunityContactRole"
	Event       = "Event"
	Task        = "Task"
	Case        = "Case"
	Quote       = "Quote"

	organization  = "Organization"
	permissionSet = "PermissionSet"
)

// prefixes are the first three characters of the ids of each object.
var prefixes = map[string]string{Account: "001", Contact: "003", Opportunity: "006", Role: "00K", Event: "00U", Task: "00T", Case: "500", Quote: "0Q0",
	organization: "00D", permissionSet: "0PS", "owner": "005"}

// id writes the nth id in its form of 18 characters; one without capital letters ends with AAA.
func id(kind string, n int64) string {
	prefix := prefixes[kind]
	if prefix == "" {
		prefix = "a00"
	}
	suffix := "AAA"
	if strings.ToLower(prefix) != prefix {
		suffix = "IAA" // near enough: nobody here checks the capitals
	}
	return fmt.Sprintf("%s%012d%s", prefix, n, suffix)
}

func readOnly(list []sandbox.Field) []sandbox.Field {
	for i := range list {
		list[i].ReadOnly = true
	}
	return list
}

// objects are those of the org, with the fields that the simulation has beside the system's.
var objects = map[string][]sandbox.Field{
	Account: slices.Concat(sandbox.Fields("string", "Name", "BillingCountry", "BillingState", "BillingCity", "BillingPostalCode"), sandbox.Fields("textarea", "BillingStreet"), sandbox.Fields("phone", "Phone"), sandbox.Fields("url", "Website"),
		sandbox.Fields("picklist", "Industry", "Type"), sandbox.Fields("int", "NumberOfEmployees"), sandbox.Fields("currency", "AnnualRevenue"), sandbox.Fields("reference", "ParentId", "OwnerId", "MasterRecordId")),
	Contact: slices.Concat(sandbox.Fields("string", "FirstName", "LastName", "Title", "Department", "MailingCountry", "MailingState", "MailingCity", "MailingPostalCode"), sandbox.Fields("textarea", "MailingStreet"), sandbox.Fields("email", "Email"), sandbox.Fields("phone", "Phone"),
		sandbox.Fields("reference", "AccountId", "OwnerId", "MasterRecordId"), readOnly(sandbox.Fields("string", "Name"))),
	Opportunity: slices.Concat(sandbox.Fields("string", "Name"), sandbox.Fields("currency", "Amount"), sandbox.Fields("date", "CloseDate"), sandbox.Fields("picklist", "StageName", "Type"), sandbox.Fields("reference", "AccountId", "OwnerId"),
		readOnly(sandbox.Fields("boolean", "IsWon", "IsClosed")), readOnly(sandbox.Fields("reference", "ContactId"))),
	Role:  slices.Concat(sandbox.Fields("reference", "OpportunityId", "ContactId"), sandbox.Fields("picklist", "Role"), sandbox.Fields("boolean", "IsPrimary")),
	Event: slices.Concat(sandbox.Fields("string", "Subject"), sandbox.Fields("datetime", "StartDateTime", "EndDateTime"), sandbox.Fields("reference", "WhoId", "WhatId", "AccountId", "OwnerId")),
	Task: slices.Concat(sandbox.Fields("string", "Subject"), sandbox.Fields("date", "ActivityDate"), sandbox.Fields("datetime", "CompletedDateTime"), sandbox.Fields("picklist", "Status", "TaskSubtype", "CallType"), sandbox.Fields("reference", "WhoId", "WhatId", "AccountId", "OwnerId"),
		readOnly(sandbox.Fields("boolean", "IsClosed"))),
	Case:          slices.Concat(sandbox.Fields("string", "Subject"), sandbox.Fields("picklist", "Status"), sandbox.Fields("datetime", "ClosedDate"), sandbox.Fields("reference", "AccountId", "ContactId", "OwnerId", "MasterRecordId"), readOnly(sandbox.Fields("boolean", "IsClosed"))),
	Quote:         slices.Concat(sandbox.Fields("string", "Name"), sandbox.Fields("picklist", "Status"), sandbox.Fields("currency", "GrandTotal"), sandbox.Fields("date", "ExpirationDate"), sandbox.Fields("reference", "OpportunityId", "AccountId", "ContactId")),
	organization:  slices.Concat(sandbox.Fields("string", "Name", "TimeZoneSidKey", "OrganizationType"), sandbox.Fields("boolean", "IsSandbox")),
	permissionSet: sandbox.Fields("string", "Name", "Label"),
}

// withCurrency are the objects that have CurrencyIsoCode in an org with several currencies.
var withCurrency = []string{Account, Contact, Opportunity, Quote}

// The stages of a new org that close a deal.
const (
	StageOpen = "Prospecting"
	StageWon  = "Closed Won"
	StageLost = "Closed Lost"
)

// system are the fields that every object has.
var system = []sandbox.Field{{Name: "Id", Type: "id"}, {Name: "IsDeleted", Type: "boolean"}, {Name: "CreatedDate", Type: "datetime"},
	{Name: "LastModifiedDate", Type: "datetime"}, {Name: "SystemModstamp", Type: "datetime"}}

// field finds a field that the user of the API may see.
func (s *Server) field(object, name string) (sandbox.Field, bool) {
	for _, f := range system {
		if strings.EqualFold(f.Name, name) {
			f.ReadOnly = true
			return f, true
		}
	}
	f, ok := s.Store.Field(object, name)
	return f, ok && !f.Hidden
}

// stamp is a time as it is told: milliseconds, and an offset without a colon.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }

// modstamp is when the system last touched a record; its deletion is such a touch.
func modstamp(r *sandbox.Record) time.Time {
	if r.ArchivedAt.After(r.Modified) {
		return r.ArchivedAt
	}
	return r.Modified
}

// raw is a field's value as the store's text; instants are RFC 3339.
func raw(object string, r *sandbox.Record, name string) string {
	switch name {
	case "Id":
		return r.ID
	case "IsDeleted":
		return fmt.Sprint(r.Archived())
	case "CreatedDate":
		return r.Created.UTC().Format(time.RFC3339)
	case "SystemModstamp", "LastModifiedDate":
		return modstamp(r).UTC().Format(time.RFC3339)
	case "IsWon":
		return fmt.Sprint(r.Values["StageName"] == StageWon)
	case "IsClosed":
		return fmt.Sprint(r.Values["StageName"] == StageWon || r.Values["StageName"] == StageLost || r.Values["Status"] == "Completed" || r.Values["Status"] == "Closed")
	case "Name":
		if object == Contact {
			return strings.TrimSpace(r.Values["FirstName"] + " " + r.Values["LastName"])
		}
	}
	return r.Values[name]
}

// view is a field's value as JSON tells it. The contact of an opportunity is the one of its primary role.
func (s *Server) view(object string, r *sandbox.Record, f sandbox.Field) any {
	if object == Opportunity && f.Name == "ContactId" {
		if id := s.primaryContacts()[r.ID]; id != "" {
			return id
		}
		return nil
	}
	return view(object, r, f)
}

// primaryContacts are the contacts of the primary roles, by opportunity. They are gathered anew when a role has changed.
func (s *Server) primaryContacts() map[string]string {
	generation, settled := s.Store.Generation(Role)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.primary == nil || !settled || s.primaryAt != generation {
		s.primary, s.primaryAt = map[string]string{}, generation
		for _, r := range s.Records(Role) {
			if r.Values["IsPrimary"] == "true" {
				s.primary[r.Values["OpportunityId"]] = r.Values["ContactId"]
			}
		}
	}
	return s.primary
}

func view(object string, r *sandbox.Record, f sandbox.Field) any {
	text := raw(object, r, f.Name)
	switch {
	case f.Type == "boolean":
		return text == "true"
	case text == "":
		return nil
	case f.Type == "int" || f.Type == "double" || f.Type == "currency":
		return json.Number(text)
	case f.Type == "datetime":
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return stamp(at)
		}
	}
	return text
}
