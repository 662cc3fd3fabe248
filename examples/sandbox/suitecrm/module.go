package suitecrm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The modules.
const (
	Accounts      = "Accounts"
	Contacts      = "Contacts"
	Opportunities = "Opportunities"
	Cases         = "Cases"
	Meetings      = "Meetings"
	Calls         = "Calls"
	Quotes        = "AOS_Quotes"
	Invoices      = "AOS_Invoices"
	Currencies    = "Currencies" // without the default one, whose id is -99
)

type module struct {
	name   string
	fields []sandbox.Field
}

var modules = []module{
	{Accounts, slices.Concat(
		sandbox.Fields("varchar", "name", "website", "phone_office", "billing_address_street", "billing_address_city", "billing_address_state", "billing_address_postalcode", "billing_address_country", "employees", "annual_revenue"),
		sandbox.Fields("enum", "industry"), sandbox.Fields("id", "parent_id", "assigned_user_id"))},
	{Contacts, slices.Concat(
		sandbox.Fields("varchar", "first_name", "last_name", "email1", "phone_work", "title", "primary_address_street", "primary_address_city", "primary_address_state", "primary_address_postalcode", "primary_address_country"),
		sandbox.Fields("id", "account_id", "assigned_user_id"))},
	{Opportunities, slices.Concat(
		sandbox.Fields("varchar", "name"), sandbox.Fields("currency", "amount", "amount_usdollar"), sandbox.Fields("enum", "sales_stage", "opportunity_type"), sandbox.Fields("date", "date_closed"), sandbox.Fields("id", "currency_id", "account_id", "assigned_user_id"))},
	{Cases, slices.Concat(sandbox.Fields("varchar", "name"), sandbox.Fields("enum", "status"), sandbox.Fields("id", "account_id"))},
	{Meetings, slices.Concat(sandbox.Fields("varchar", "name", "parent_type"), sandbox.Fields("enum", "status"), sandbox.Fields("datetime", "date_start"), sandbox.Fields("id", "parent_id"), sandbox.Fields(link, "contacts"))},
	{Calls, slices.Concat(sandbox.Fields("varchar", "name", "parent_type"), sandbox.Fields("enum", "status", "direction"), sandbox.Fields("datetime", "date_start"), sandbox.Fields("id", "parent_id"), sandbox.Fields(link, "contacts"))},
	{Currencies, sandbox.Fields("varchar", "name", "symbol", "iso4217", "status")},
	{Quotes, slices.Concat(sandbox.Fields("varchar", "name"), sandbox.Fields("enum", "stage"), sandbox.Fields("currency", "total_amount_usdollar"), sandbox.Fields("date", "expiration"), sandbox.Fields("id", "billing_account_id", "billing_contact_id", "opportunity_id"))},
	{Invoices, slices.Concat(sandbox.Fields("varchar", "name"), sandbox.Fields("enum", "status"), sandbox.Fields("currency", "total_amount_usdollar"), sandbox.Fields("date", "invoice_date", "due_date"), sandbox.Fields("id", "billing_account_id", "billing_contact_id"))},
}

// link is the type of a relationship: ids with commas between, which no list tells.
const link = "link"

func (s *Server) module(name string) error {
	if slices.ContainsFunc(modules, func(m module) bool { return m.name == name }) {
		return nil
	}
	return failuref("Module with name %s is not found", name)
}

// failure is a message of the server.
type failure string

func (f failure) Error() string { return string(f) }

func failuref(format string, args ...any) failure { return failure(fmt.Sprintf(format, args...)) }

const database = "2006-01-02 15:04:05"

// attributes are all values as texts, of the fields asked for; times with an offset.
func (s *Server) attributes(name string, r *sandbox.Record, asked []string) map[string]any {
	out := map[string]any{"date_entered": r.Created.UTC().Format("2006-01-02T15:04:05-07:00"), "date_modified": r.Modified.UTC().Format("2006-01-02T15:04:05-07:00")}
	for _, f := range s.Store.Fields(name) {
		v := r.Values[f.Name]
		if at, err := time.Parse(database, v); f.Type == "datetime" && err == nil {
			v = at.Format("2006-01-02T15:04:05-07:00")
		}
		if f.Type != link {
			out[f.Name] = v
		}
	}
	for key := range out {
		if len(asked) > 0 && !slices.Contains(asked, key) {
			delete(out, key)
		}
	}
	return out
}

func (s *Server) row(name string, r *sandbox.Record, asked []string) map[string]any {
	return map[string]any{"type": strings.TrimSuffix(name, "s"), "id": r.ID, "attributes": s.attributes(name, r, asked), "relationships": map[string]any{}}
}

var filterKey = regexp.MustCompile(`^filter\[(\w+)\]\[(\w+)\]$`)

// condition is one comparison of a filter.
type condition struct{ field, operator, value string }

func (c condition) holds(value string) bool {
	order := strings.Compare(value, c.value)
	switch c.operator {
	case "gt":
		return order > 0
	case "gte":
		return order >= 0
	case "lt":
		return order < 0
	case "lte":
		return order <= 0
	case "neq":
		return order != 0
	}
	return order == 0
}

// conditions reads a filter: one level, joined by one operator.
func (s *Server) conditions(name string, q url.Values) (out []condition, joined bool, err error) {
	for key, values := range q {
		m := filterKey.FindStringSubmatch(key)
		switch {
		case key == "filter[operator]":
			if joined = values[0] == "or"; !joined && values[0] != "and" {
				return nil, false, failure("Filter operator is invalid")
			}
		case m == nil:
		case !slices.Contains([]string{"eq", "neq", "gt", "gte", "lt", "lte", "like"}, m[2]):
			return nil, false, failuref("Filter operator %s is invalid", m[2])
		case m[1] == "deleted": // open issues tell of it
			return nil, false, failuref("Module %s with id  is not found", name)
		case m[1] == "account_name":
			return nil, false, failuref("The following field in %s module is not found: %s", name, m[1])
		default:
			out = append(out, condition{m[1], m[2], values[0]})
		}
	}
	return out, joined, nil
}

// column is what the database holds.
func column(r *sandbox.Record, field string) string {
	switch field {
	case "id":
		return r.ID
	case "date_modified":
		return r.Modified.UTC().Format(database)
	case "date_entered":
		return r.Created.UTC().Format(database)
	}
	return r.Values[field]
}

// list answers a page. Without a page size it answers everything, and then, as for an
// empty page, neither meta nor links.
func (s *Server) list(w http.ResponseWriter, r *http.Request) error {
	name, q := r.PathValue("module"), r.URL.Query()
	if err := s.module(name); err != nil {
		return err
	}
	conditions, or, err := s.conditions(name, q)
	if err != nil {
		return err
	}
	rows := slices.DeleteFunc(s.Store.All(name), func(r *sandbox.Record) bool {
		if r.Archived() {
			return true
		}
		held := 0
		for _, c := range conditions {
			if c.holds(column(r, c.field)) {
				held++
			}
		}
		return len(conditions) > 0 && (or && held == 0 || !or && held < len(conditions))
	})
	if key := q.Get("sort"); key != "" {
		field, descending := strings.CutPrefix(key, "-")
		slices.SortStableFunc(rows, func(a, b *sandbox.Record) int {
			if descending {
				a, b = b, a
			}
			return strings.Compare(column(a, field), column(b, field))
		})
	}
	size, _ := strconv.Atoi(q.Get("page[size]"))
	number, _ := strconv.Atoi(q.Get("page[number]"))
	number = max(number, 1)
	body := map[string]any{}
	page := rows
	if size > 0 {
		from := min((number-1)*size, len(rows))
		page = rows[from:min(from+size, len(rows))]
		if len(page) > 0 {
			pages := (len(rows) + size - 1) / size
			links := map[string]any{"first": "V8/module/" + name + "?page[number]=1", "prev": nil, "next": nil, "last": nil}
			if number < pages {
				links["next"] = fmt.Sprintf("V8/module/%s?page[number]=%d", name, number+1)
			}
			body["meta"], body["links"] = map[string]any{"total-pages": pages, "records-on-this-page": len(page)}, links
		}
	}
	var asked []string
	if list := q.Get("fields[" + name + "]"); list != "" {
		asked = strings.Split(list, ",")
	}
	data := []any{}
	for _, row := range page {
		data = append(data, s.row(name, row, asked))
	}
	body["data"] = data
	answer(w, http.StatusOK, body)
	return nil
}

func (s *Server) find(name, id string) (*sandbox.Record, error) {
	if err := s.module(name); err != nil {
		return nil, err
	}
	record, ok := s.Store.Get(name, id)
	if !ok || record.Archived() {
		return nil, failuref("%s module with id %s is not found", name, id)
	}
	return record, nil
}

// related answers the records of a relationship, by object name and id; without any, a
// message in the place of data.
func (s *Server) related(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("module")
	record, err := s.find(name, r.PathValue("id"))
	if err != nil {
		return err
	}
	if f, ok := s.Store.Field(name, r.PathValue("link")); !ok || f.Type != link {
		return failuref("Cannot load relationship %s for %s module", r.PathValue("link"), name)
	}
	ids := record.Values[r.PathValue("link")]
	if ids == "" {
		answer(w, http.StatusOK, map[string]any{"meta": map[string]any{"message": fmt.Sprintf("There is no relationship set in %s module with %s link field", strings.TrimSuffix(name, "s"), r.PathValue("link"))}})
		return nil
	}
	data := []any{}
	for id := range strings.SplitSeq(ids, ",") {
		data = append(data, map[string]any{"type": "Contact", "id": id, "links": map[string]any{"self": "/V8/module/Contact/" + id}})
	}
	answer(w, http.StatusOK, map[string]any{"data": data})
	return nil
}

func (s *Server) read(w http.ResponseWriter, r *http.Request) error {
	record, err := s.find(r.PathValue("module"), r.PathValue("id"))
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, map[string]any{"data": s.row(r.PathValue("module"), record, nil)})
	return nil
}

// update changes one record, whose id is in the body, and answers 201. Options of an
// enum are not checked, and attributes that are no fields are dropped.
func (s *Server) update(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Data struct {
			Type       string         `json:"type"`
			ID         string         `json:"id"`
			Attributes map[string]any `json:"attributes"`
		} `json:"data"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.Data.Type == "" {
		return failure("Json API expects the \"data\" key")
	}
	name := body.Data.Type
	record, err := s.find(name, body.Data.ID)
	if err != nil {
		return err
	}
	if why, rejected := s.Rejected(name, record.ID); rejected {
		return failure(why.Message)
	}
	values := map[string]string{}
	for key, v := range body.Data.Attributes {
		if _, known := s.Store.Field(name, key); known {
			values[key] = fmt.Sprint(v)
		}
	}
	if !s.Dropped(name, record.ID) {
		record, _ = s.Store.Update(name, record.ID, values)
	}
	answer(w, http.StatusCreated, map[string]any{"data": s.row(name, record, nil)})
	return nil
}

// fields answers what is known of a module's fields, under their names; options are not.
func (s *Server) fields(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("module")
	if err := s.module(name); err != nil {
		return err
	}
	out := map[string]any{"id": map[string]any{"type": "id", "required": true}, "date_entered": map[string]any{"type": "datetime"}, "date_modified": map[string]any{"type": "datetime"}}
	for _, f := range s.Store.Fields(name) {
		out[f.Name] = map[string]any{"type": f.Type, "vname": f.Label}
	}
	answer(w, http.StatusOK, map[string]any{"data": map[string]any{"type": "fields", "attributes": out}})
	return nil
}
