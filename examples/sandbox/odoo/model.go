package odoo

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The models.
const (
	Partners  = "res.partner"
	Leads     = "crm.lead"
	Stages    = "crm.stage"
	Countries = "res.country"
	Moves     = "account.move"
	Payments  = "account.payment"
	Orders    = "sale.order"
	Events    = "calendar.event"
	Answers   = "survey.user_input"
	Tickets   = "helpdesk.ticket"
)

// Ids that every database has: Germany, and the stages of a new pipeline.
const (
	Germany  = "57"
	StageNew = "1"
	StageWon = "4"
)

// Selections and the model that a link leads to stand in Field.Options and Field.Group.

func link(model string, names ...string) []sandbox.Field {
	out := sandbox.Fields("many2one", names...)
	for i := range out {
		out[i].Group = model
	}
	return out
}

// models are those of the database, with the fields that the simulation has.
var models = map[string][]sandbox.Field{
	Partners: slices.Concat(sandbox.Fields("char", "name", "email", "phone", "website", "city", "zip", "street", "function"), sandbox.Fields("boolean", "is_company", "active"),
		link(Partners, "parent_id"), link(Countries, "country_id"), link("res.country.state", "state_id"), link("res.partner.industry", "industry_id"), link("res.users", "user_id")),
	Leads: slices.Concat(sandbox.Fields("char", "name", "type"), sandbox.Fields("monetary", "expected_revenue"), sandbox.Fields("float", "probability"), sandbox.Fields("boolean", "active"), sandbox.Fields("datetime", "date_closed"),
		link(Partners, "partner_id"), link(Stages, "stage_id"), link("res.currency", "company_currency"), link("res.users", "user_id")),
	Stages:    slices.Concat(sandbox.Fields("char", "name"), sandbox.Fields("boolean", "is_won")),
	Countries: sandbox.Fields("char", "name"),
	Moves: slices.Concat(sandbox.Fields("char", "name", "move_type", "state", "payment_state"), sandbox.Fields("date", "invoice_date", "invoice_date_due"), sandbox.Fields("monetary", "amount_total_in_currency_signed"),
		link("res.currency", "currency_id"), link(Partners, "partner_id")),
	Payments: slices.Concat(sandbox.Fields("char", "name", "payment_type", "partner_type", "state"), sandbox.Fields("date", "date"), sandbox.Fields("monetary", "amount"), link("res.currency", "currency_id"), link(Partners, "partner_id")),
	Orders: slices.Concat(sandbox.Fields("char", "name", "state"), sandbox.Fields("date", "validity_date"), sandbox.Fields("datetime", "date_order"), sandbox.Fields("monetary", "amount_total"),
		link("res.currency", "currency_id"), link(Partners, "partner_id"), link(Leads, "opportunity_id")),
	// The attendee, of whom there is one here, stands in attendee.
	Events:  slices.Concat(sandbox.Fields("char", "name"), sandbox.Fields("datetime", "start"), link(Leads, "opportunity_id"), link(Partners, "attendee")),
	Tickets: slices.Concat(sandbox.Fields("char", "name"), link("helpdesk.stage", "stage_id"), link(Partners, "partner_id")),
	Answers: slices.Concat(sandbox.Fields("char", "state", "nickname"), sandbox.Fields("datetime", "end_datetime"), sandbox.Fields("float", "scoring_percentage"), link(Partners, "partner_id")),
}

// wonStatus is what Odoo 19 has in the place of a rule over stage, probability and archive.
var wonStatus = sandbox.Field{Name: "won_status", Type: "selection", ReadOnly: true, BuiltIn: true,
	Options: []sandbox.Option{{Value: "won", Label: "Won"}, {Value: "lost", Label: "Lost"}, {Value: "pending", Label: "Pending"}}}

// every field that all models have.
func common(name string) (typ string, ok bool) {
	switch name {
	case "id":
		return "integer", true
	case "create_date", "write_date":
		return "datetime", true
	}
	return "", false
}

// stamp is a time as it is told: UTC, whole seconds, though the database has more.
func stamp(t time.Time) string { return t.UTC().Format(time.DateTime) }

// value is a field of a record as the API tells it: false where there is no value.
func (s *Server) value(model string, r *sandbox.Record, name string) any {
	switch name {
	case "id":
		return json.Number(r.ID)
	case "create_date":
		return stamp(r.Created)
	case "write_date":
		return stamp(r.Modified)
	case "won_status":
		return s.wonStatus(r)
	}
	f, _ := s.Store.Field(model, name)
	text := r.Values[name]
	switch {
	case name == "active":
		return text != "false"
	case f.Type == "boolean":
		return text == "true"
	case f.Type == "integer" || f.Type == "float" || f.Type == "monetary":
		if text == "" {
			return json.Number("0") // numbers are never empty
		}
		return json.Number(text)
	case text == "":
		return false
	case f.Type == "many2one":
		return s.pair(f.Group, text)
	case f.Type == "datetime":
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return stamp(at)
		}
	}
	return text
}

// pair is a link: the id, and what the record is called. What was loaded by its name, a
// country, gets an id.
func (s *Server) pair(model, id string) any {
	if _, err := strconv.Atoi(id); err != nil {
		id = s.named(model, id)
	}
	name := model + "," + id
	if model == "res.currency" {
		name = s.options.Currency
	}
	if r, ok := s.Store.Get(model, id); ok {
		name = r.Values["name"]
		if parent, ok := s.Store.Get(model, r.Values["parent_id"]); ok {
			name = parent.Values["name"] + ", " + name
		}
	}
	return []any{json.Number(id), name}
}

// named is the id of the record of that name, a new one if there is none.
func (s *Server) named(model, name string) string {
	s.naming.Lock()
	defer s.naming.Unlock()
	for _, r := range s.Records(model) {
		if r.Values["name"] == name {
			return r.ID
		}
	}
	return s.Store.Put(model, sandbox.Record{Values: map[string]string{"name": name}}).ID
}

// wonStatus is the rule of Odoo 19: won by the stage with 100 %, lost when archived with 0 %.
func (s *Server) wonStatus(r *sandbox.Record) string {
	probability, _ := strconv.ParseFloat(r.Values["probability"], 64)
	stage, _ := s.Store.Get(Stages, r.Values["stage_id"])
	switch {
	case probability == 100 && stage != nil && stage.Values["is_won"] == "true":
		return "won"
	case probability == 0 && r.Values["active"] == "false":
		return "lost"
	}
	return "pending"
}
