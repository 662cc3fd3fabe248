package hubspot

import (
	"cmp"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// kind is one object type.
type kind struct {
	name, singular, typeID, label string
	// modified names the property that moves with every change: contacts differ.
	modified string
	created  string   // names the property with the creation date; createdate when empty
	reads    []string // scopes that let a token read it, where they do not follow from the name
	group    string   // of HubSpot's own properties
	fields   []sandbox.Field
}

func (k *kind) upper() string { return strings.ToUpper(k.singular) }

var kindNames = map[string]string{
	"contacts": Contacts, "contact": Contacts, "0-1": Contacts,
	"companies": Companies, "company": Companies, "0-2": Companies,
	"deals": Deals, "deal": Deals, "0-3": Deals,
}

func init() {
	for _, k := range activityKinds() {
		kindNames[k.name], kindNames[k.singular], kindNames[k.typeID] = k.name, k.name, k.name
	}
}

// plural returns the canonical name of an object type, or what was given.
func plural(objectType string) string {
	if name, ok := kindNames[strings.ToLower(objectType)]; ok {
		return name
	}
	return objectType
}

func (s *Server) kindOf(objectType string) (*kind, error) {
	if k := s.kinds[plural(objectType)]; k != nil {
		return k, nil
	}
	return nil, invalid("Unable to infer object type from: %s", objectType)
}

// define gives a new account what HubSpot puts into each: its properties, groups
// and the sales pipeline.
func (s *Server) define() {
	s.kinds = map[string]*kind{}
	all := []*kind{
		{name: Contacts, singular: "contact", typeID: "0-1", label: "Contacts", modified: "lastmodifieddate", group: "contactinformation", fields: contactFields},
		{name: Companies, singular: "company", typeID: "0-2", label: "Companies", modified: "hs_lastmodifieddate", group: "companyinformation", fields: companyFields},
		{name: Deals, singular: "deal", typeID: "0-3", label: "Deals", modified: "hs_lastmodifieddate", group: "dealinformation", fields: dealFields},
	}
	for _, k := range activityKinds() {
		k.modified, k.group = "hs_lastmodifieddate", k.singular+"information"
		all = append(all, k)
	}
	for _, k := range all {
		s.kinds[k.name] = k
		k.created = cmp.Or(k.created, "createdate")
		group := sandbox.Group{Name: k.group, Label: strings.ToUpper(k.singular[:1]) + k.singular[1:] + " information", BuiltIn: true}
		s.must(s.Store.AddGroup(k.name, group))
		common := []sandbox.Field{
			{Name: "hs_object_id", Label: "Record ID", Type: "number", Widget: "number", ReadOnly: true, Default: true},
			{Name: k.created, Label: "Create Date", Type: "datetime", Widget: "date", ReadOnly: k.name != Deals, Default: true},
			{Name: k.modified, Label: "Last Modified Date", Type: "datetime", Widget: "date", ReadOnly: true, Default: true},
			{Name: "hs_merged_object_ids", Label: "Merged record IDs", Type: "enumeration", Widget: "checkbox", ReadOnly: true},
			{Name: "hubspot_owner_id", Label: "Owner", Type: "enumeration", Widget: "select"},
		}
		for _, f := range append(common, k.fields...) {
			f.Group, f.BuiltIn = k.group, true
			s.must(s.Store.AddField(k.name, f))
		}
	}
	s.Store.SetPipelines(Deals, DefaultPipeline())
	s.Store.SetPipelines(Tickets, supportPipeline())
}

// must stops on a mistake in this package's own tables.
func (s *Server) must(err error) {
	if err != nil {
		panic("hubspot sandbox: " + err.Error())
	}
}

// DefaultPipeline is the sales pipeline of a new account. Won and lost are known by
// a stage's metadata; the ids are this account's.
func DefaultPipeline() sandbox.Pipeline {
	return sandbox.Pipeline{ID: "default", Label: "Sales Pipeline", Stages: []sandbox.Stage{
		{ID: "appointmentscheduled", Label: "Appointment Scheduled", Order: 0, Probability: 0.2},
		{ID: "qualifiedtobuy", Label: "Qualified To Buy", Order: 1, Probability: 0.4},
		{ID: "presentationscheduled", Label: "Presentation Scheduled", Order: 2, Probability: 0.6},
		{ID: "decisionmakerboughtin", Label: "Decision Maker Bought-In", Order: 3, Probability: 0.8},
		{ID: "contractsent", Label: "Contract Sent", Order: 4, Probability: 0.9},
		{ID: "closedwon", Label: "Closed Won", Order: 5, Closed: true, Probability: 1},
		{ID: "closedlost", Label: "Closed Lost", Order: 6, Closed: true, Probability: 0},
	}}
}

func text(name, label string) sandbox.Field {
	return sandbox.Field{Name: name, Label: label, Type: "string", Widget: "text"}
}

func number(name, label string) sandbox.Field {
	return sandbox.Field{Name: name, Label: label, Type: "number", Widget: "number"}
}

func choice(name, label string, values ...string) sandbox.Field {
	f := sandbox.Field{Name: name, Label: label, Type: "enumeration", Widget: "select"}
	for i, v := range values {
		f.Options = append(f.Options, sandbox.Option{Label: titled(v), Value: v, Order: i})
	}
	return f
}

// titled turns COMPUTER_SOFTWARE into Computer Software.
func titled(value string) string {
	words := strings.Split(strings.ToLower(value), "_")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

func byDefault(f sandbox.Field) sandbox.Field  { f.Default = true; return f }
func readOnly(f sandbox.Field) sandbox.Field   { f.ReadOnly = true; return f }
func asDatetime(f sandbox.Field) sandbox.Field { f.Type, f.Widget = "datetime", "date"; return f }
func asBool(f sandbox.Field) sandbox.Field {
	f.Type, f.Widget = "bool", "booleancheckbox"
	f.Options = []sandbox.Option{{Label: "True", Value: "true"}, {Label: "False", Value: "false", Order: 1}}
	return f
}

// The properties of HubSpot that integrations meet most.
var (
	contactFields = []sandbox.Field{
		byDefault(text("firstname", "First Name")), byDefault(text("lastname", "Last Name")),
		byDefault(sandbox.Field{Name: "email", Label: "Email", Type: "string", Widget: "text", Unique: true}),
		text("phone", "Phone Number"), text("mobilephone", "Mobile Phone Number"), text("jobtitle", "Job Title"),
		text("company", "Company Name"), text("website", "Website URL"), text("address", "Street Address"),
		text("city", "City"), text("state", "State/Region"), text("zip", "Postal Code"), text("country", "Country/Region"),
		text("industry", "Industry"),
		readOnly(number("associatedcompanyid", "Primary Associated Company ID")),
		choice("lifecyclestage", "Lifecycle Stage", "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist", "other"),
	}
	companyFields = []sandbox.Field{
		byDefault(text("name", "Company name")), byDefault(text("domain", "Company Domain Name")),
		text("phone", "Phone Number"), text("website", "Website URL"), text("address", "Street Address"),
		text("city", "City"), text("state", "State/Region"), text("zip", "Postal Code"), text("country", "Country/Region"),
		text("description", "Description"), text("founded_year", "Year Founded"),
		number("annualrevenue", "Annual Revenue"), number("numberofemployees", "Number of Employees"),
		readOnly(number("hs_parent_company_id", "Parent Company")),
		// a part of HubSpot's list
		choice("industry", "Industry", "ACCOUNTING", "AUTOMOTIVE", "BANKING", "BIOTECHNOLOGY", "COMPUTER_HARDWARE", "COMPUTER_SOFTWARE", "CONSTRUCTION",
			"CONSUMER_GOODS", "EDUCATION_MANAGEMENT", "ENTERTAINMENT", "FINANCIAL_SERVICES", "FOOD_PRODUCTION", "HOSPITAL_HEALTH_CARE", "INFORMATION_TECHNOLOGY_AND_SERVICES",
			"INSURANCE", "INTERNET", "LOGISTICS_AND_SUPPLY_CHAIN", "MACHINERY", "MANAGEMENT_CONSULTING", "MARKETING_AND_ADVERTISING", "MEDICAL_DEVICES",
			"PHARMACEUTICALS", "REAL_ESTATE", "RETAIL", "STAFFING_AND_RECRUITING", "TELECOMMUNICATIONS", "UTILITIES", "WHOLESALE"),
		choice("lifecyclestage", "Lifecycle Stage", "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist", "other"),
	}
	dealFields = []sandbox.Field{
		byDefault(text("dealname", "Deal Name")), byDefault(number("amount", "Amount")),
		byDefault(choice("pipeline", "Pipeline")), byDefault(choice("dealstage", "Deal Stage")),
		byDefault(asDatetime(text("closedate", "Close Date"))),
		text("deal_currency_code", "Currency"), text("description", "Deal Description"),
		choice("dealtype", "Deal Type", "newbusiness", "existingbusiness"),
		readOnly(number("amount_in_home_currency", "Amount in company currency")),
		readOnly(asBool(text("hs_is_closed", "Is Deal Closed?"))),
		readOnly(asBool(text("hs_is_closed_won", "Is Closed Won"))),
		readOnly(number("hs_deal_stage_probability", "Deal probability")),
	}
)
