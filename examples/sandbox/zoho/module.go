package zoho

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The modules.
const (
	Accounts = "Accounts"
	Contacts = "Contacts"
	Deals    = "Deals"
	Invoices = "Invoices"
	Quotes   = "Quotes"
	Cases    = "Cases"
	Meetings = "Events"
	Calls    = "Calls"
)

type module struct {
	name   string
	fields []sandbox.Field
}

// lookup is a field that leads to a record of another module, which stands in Widget.
func lookup(name, to string) []sandbox.Field {
	return []sandbox.Field{{Name: name, Type: "lookup", Widget: to}}
}

var modules = []module{
	{Accounts, slices.Concat(sandbox.Fields("text", "Account_Name", "Website", "Phone", "Billing_Street", "Billing_City", "Billing_State", "Billing_Code", "Billing_Country"), sandbox.Fields("picklist", "Industry"),
		sandbox.Fields("integer", "Employees"), sandbox.Fields("currency", "Annual_Revenue"), lookup("Parent_Account", Accounts))},
	{Contacts, slices.Concat(sandbox.Fields("text", "First_Name", "Last_Name", "Email", "Phone", "Title", "Mailing_Street", "Mailing_City", "Mailing_State", "Mailing_Zip", "Mailing_Country"), lookup("Account_Name", Accounts))},
	{Deals, slices.Concat(sandbox.Fields("text", "Deal_Name", "Pipeline"), sandbox.Fields("currency", "Amount"), sandbox.Fields("picklist", "Stage", "Type"), sandbox.Fields("date", "Closing_Date"), lookup("Account_Name", Accounts), lookup("Contact_Name", Contacts))},
	{Invoices, slices.Concat(sandbox.Fields("text", "Subject"), sandbox.Fields("picklist", "Status"), sandbox.Fields("currency", "Grand_Total"), sandbox.Fields("date", "Invoice_Date", "Due_Date"), lookup("Account_Name", Accounts), lookup("Contact_Name", Contacts), lookup("Deal_Name", Deals))},
	{Quotes, slices.Concat(sandbox.Fields("text", "Subject"), sandbox.Fields("picklist", "Quote_Stage"), sandbox.Fields("currency", "Grand_Total"), sandbox.Fields("date", "Valid_Till"), lookup("Account_Name", Accounts), lookup("Contact_Name", Contacts), lookup("Deal_Name", Deals))},
	{Cases, slices.Concat(sandbox.Fields("text", "Subject"), sandbox.Fields("picklist", "Status"), lookup("Account_Name", Accounts), lookup("Related_To", Contacts), lookup("Deal_Name", Deals))},
	{Meetings, slices.Concat(sandbox.Fields("text", "Event_Title"), sandbox.Fields("datetime", "Start_DateTime"), lookup("Who_Id", Contacts))},
	{Calls, slices.Concat(sandbox.Fields("text", "Subject"), sandbox.Fields("picklist", "Call_Type"), sandbox.Fields("datetime", "Call_Start_Time"), lookup("Who_Id", Contacts))},
}

func known(name string) *failure {
	for _, m := range modules {
		if m.name == name {
			return nil
		}
	}
	return fail(400, "INVALID_MODULE", "The module name given seems to be invalid")
}

// view is a record with the fields asked for: times in the user's zone, links with the
// name of where they lead.
func (s *Server) view(name string, r *sandbox.Record, asked []string) map[string]any {
	stamp := func(t time.Time) string { return t.In(s.options.Zone).Format("2006-01-02T15:04:05-07:00") }
	out := map[string]any{"id": r.ID}
	for _, key := range asked {
		switch key {
		case "Modified_Time":
			out[key] = stamp(r.Modified)
			continue
		case "Created_Time":
			out[key] = stamp(r.Created)
			continue
		case "Owner":
			out[key] = map[string]any{"id": "554023000000000077", "name": "Sandbox", "email": "sandbox@example.com"}
			continue
		}
		f, ok := s.Store.Field(name, key)
		if !ok {
			continue
		}
		v := r.Values[key]
		switch {
		case v == "":
			out[key] = nil
		case f.Type == "lookup":
			out[key] = map[string]any{"id": v, "name": "Name of " + v}
		case f.Type == "integer" || f.Type == "currency" || f.Type == "double":
			out[key] = json.Number(v)
		case f.Type == "boolean":
			out[key] = v == "true"
		case f.Type == "datetime":
			if at, err := time.Parse(time.RFC3339, v); err == nil {
				v = stamp(at)
			}
			out[key] = v
		default:
			out[key] = v
		}
	}
	return out
}

func asked(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}
