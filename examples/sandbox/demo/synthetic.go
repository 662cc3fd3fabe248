package demo

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

// LoadSynthetic puts a set of synthetic customers into an account, as HubSpot would hold them: companies or contacts, deals,
// and invoices, quotes, tickets, survey answers, meetings, calls and emails. What HubSpot has no property for becomes a text
// or number property of that name: the fields of the set's customers, the companies' sector, of deals product, category, series, channel,
// lost_reason, list_amount, cost, quantity, and of activities reason, topic and direction (visits become calls with the
// topic, for HubSpot has none; a contact's name keeps its "Synthetic").
func LoadSynthetic(s *hubspot.Server, set *synthetic.Set) (Loaded, error) {
	if err := defineCase(s, set); err != nil {
		return Loaded{}, err
	}
	out := Loaded{AsOf: set.AsOf}
	owners := map[string]string{}
	for i := range set.Customers {
		c := &set.Customers[i]
		name := c.Fields["owner_name"]
		if name != "" && owners[name] == "" {
			owners[name] = s.AddOwner(sandbox.Owner{FirstName: "Synthetic", LastName: strings.TrimPrefix(name, "Synthetic "), Email: slug(name) + "@sales.example"}).ID
		}
		if err := loadCustomer(s, set, c, owners[name], &out); err != nil {
			return Loaded{}, err
		}
	}
	return out, nil
}

// ownFields are the properties that a case needs beside HubSpot's own, by object; those that hold numbers say so.
func ownFields(set *synthetic.Set) map[string][]string {
	subject := hubspot.Contacts
	if set.Company {
		subject = hubspot.Companies
	}
	own := map[string][]string{hubspot.Deals: {"product", "category", "series", "channel", "lost_reason", "list_amount", "cost", "quantity"}}
	for _, object := range []string{hubspot.Invoices, hubspot.Quotes, hubspot.Tickets, hubspot.Surveys, hubspot.Meetings, hubspot.Calls, hubspot.Emails} {
		own[object] = []string{"reason", "topic", "direction"}
	}
	names := map[string]bool{}
	for i := range set.Customers {
		for name := range set.Customers[i].Fields {
			names[name] = true
		}
	}
	delete(names, "owner_name")
	delete(names, "email")
	own[subject] = slices.Sorted(maps.Keys(names))
	if set.Company {
		own[subject] = append(own[subject], "sector")
		own[hubspot.Contacts] = []string{"decision_maker", "synthetic"}
	}
	return own
}

var numbers = map[string]bool{"list_amount": true, "cost": true, "quantity": true, "judgement": true, "budget": true, "assets": true, "loans": true, "income": true}

var truths = map[string]bool{"decision_maker": true, "smoker": true, "chronic_illness": true, "synthetic": true}

func defineCase(s *hubspot.Server, set *synthetic.Set) error {
	var errs []error
	own := ownFields(set)
	for _, object := range slices.Sorted(maps.Keys(own)) {
		errs = append(errs, s.AddGroup(object, "synthetic_data", "Synthetic data"))
		for _, name := range own[object] {
			f := sandbox.Field{Name: name, Label: strings.ReplaceAll(name, "_", " ") + " (synthetic)", Type: "string", Widget: "text", Group: "synthetic_data"}
			switch {
			case numbers[name]:
				f.Type, f.Widget = "number", "number"
			case truths[name]:
				f.Type, f.Widget = "bool", "booleancheckbox"
			case name == "birth_date":
				f.Type, f.Widget = "date", "date"
			}
			errs = append(errs, s.AddProperty(object, f))
		}
	}
	return errors.Join(errs...)
}

func loadCustomer(s *hubspot.Server, set *synthetic.Set, c *synthetic.Customer, owner string, out *Loaded) error {
	values := maps.Clone(c.Fields)
	delete(values, "owner_name")
	values["country"], values["city"], values["hubspot_owner_id"] = c.Country, c.City, owner
	object := hubspot.Contacts
	if set.Company {
		object = hubspot.Companies
		values["name"], values["numberofemployees"], values["annualrevenue"], values["sector"] = c.Name, strconv.Itoa(c.Employees), cents(c.Revenue), c.Industry
		out.Companies++
	} else {
		values["firstname"], values["lastname"], _ = strings.Cut(c.Name, " ")
		out.Contacts++
	}
	id, err := load(s, object, c.Created, lastOf(c), values)
	if err != nil {
		return err
	}
	people := map[string]string{}
	for _, p := range c.People {
		first, last, _ := strings.Cut(p.Name, " ")
		values := map[string]string{"firstname": first, "lastname": last, "email": p.Email, "synthetic": "true", "decision_maker": strconv.FormatBool(p.DecisionMaker)}
		if people[p.ID], err = load(s, hubspot.Contacts, c.Created, c.Created, values); err != nil {
			return err
		}
		s.Associate(hubspot.Contacts, people[p.ID], object, id, true)
		out.Contacts++
	}
	for _, d := range c.Deals {
		deal, err := load(s, hubspot.Deals, d.Created, later(d.Created, d.Closed, set.AsOf), dealValues(&d, set.Currency, owner))
		if err != nil {
			return err
		}
		s.Associate(hubspot.Deals, deal, object, id, set.Company)
		out.Deals++
	}
	for _, a := range c.Activities {
		kind, values := activityValues(&a, set.Currency)
		activity, err := load(s, kind, a.At, later(a.At, a.Paid, set.AsOf), values)
		if err != nil {
			return err
		}
		s.Associate(kind, activity, object, id, set.Company)
		if a.Person != "" {
			s.Associate(kind, activity, hubspot.Contacts, people[a.Person], false)
		}
	}
	return nil
}

var syntheticStages = map[string]string{"open": "qualifiedtobuy", "won": "closedwon", "lost": "closedlost"}

func dealValues(d *synthetic.Deal, currency, owner string) map[string]string {
	return map[string]string{
		"dealname": d.Name, "pipeline": "default", "dealstage": syntheticStages[d.State], "deal_currency_code": currency, "hubspot_owner_id": owner,
		"amount": cents(d.Amount), "closedate": instant(d.Closed), "product": d.Product, "category": d.Category, "series": d.Series, "channel": d.Channel,
		"lost_reason": d.LostReason, "list_amount": cents(d.ListAmount), "cost": cents(d.Cost), "quantity": strconv.Itoa(d.Quantity),
	}
}

// activityValues is HubSpot's object for an activity, and its values.
func activityValues(a *synthetic.Activity, currency string) (object string, values map[string]string) {
	values = map[string]string{"reason": a.Reason, "topic": a.Topic, "direction": a.Direction}
	switch a.Kind {
	case "invoice":
		// HubSpot has no status for disputes: they show in the reason. What is written off is void.
		status := map[string]string{"disputed": "open", "written_off": "voided"}[a.Status]
		if status == "" {
			status = a.Status
		}
		values["hs_amount_billed"], values["hs_currency"], values["hs_invoice_status"] = cents(a.Amount), currency, status
		values["hs_invoice_date"], values["hs_due_date"], values["hs_payment_date"] = instant(a.At), instant(a.Due), instant(a.Paid)
		return hubspot.Invoices, values
	case "quote":
		values["hs_quote_amount"], values["hs_currency"], values["hs_status"], values["hs_expiration_date"] = cents(a.Amount), currency, "APPROVED", instant(a.Due)
		return hubspot.Quotes, values
	case "ticket":
		values["subject"], values["hs_pipeline"], values["hs_pipeline_stage"] = "Synthetic ticket: "+a.Topic, "0", "4"
		return hubspot.Tickets, values
	case "survey":
		values["hs_survey_type"], values["hs_value"], values["hs_submission_timestamp"] = strings.ToUpper(a.Scale), strconv.Itoa(a.Score), instant(a.At)
		return hubspot.Surveys, values
	case "meeting":
		values["hs_timestamp"], values["hs_meeting_outcome"] = instant(a.At), "COMPLETED"
		return hubspot.Meetings, values
	case "mail":
		values["hs_timestamp"], values["hs_email_status"] = instant(a.At), "SENT"
		values["hs_email_direction"] = map[string]string{"inbound": "INCOMING_EMAIL", "outbound": "EMAIL"}[a.Direction]
		return hubspot.Emails, values
	}
	values["hs_timestamp"], values["hs_call_status"], values["hs_call_direction"] = instant(a.At), "COMPLETED", strings.ToUpper(a.Direction)
	return hubspot.Calls, values
}

// load stores a record without the values that are empty.
func load(s *hubspot.Server, object string, created, modified time.Time, values map[string]string) (string, error) {
	maps.DeleteFunc(values, func(_, v string) bool { return v == "" })
	return s.Load(object, sandbox.Record{Values: values, Created: created, Modified: modified})
}

// later is the second of two times, unless it lies ahead.
func later(a, b, end time.Time) time.Time {
	if b.After(a) && b.Before(end) {
		return b
	}
	return a
}

// lastOf is when something last happened to a customer.
func lastOf(c *synthetic.Customer) time.Time {
	at := c.Created
	if n := len(c.Deals); n > 0 && c.Deals[n-1].Created.After(at) {
		at = c.Deals[n-1].Created
	}
	return at
}

func cents(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n/100, 10) + "." + strconv.FormatInt(100+n%100, 10)[1:]
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}
