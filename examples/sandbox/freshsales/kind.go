package freshsales

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The kinds of records.
const (
	Contacts = "contacts"
	Accounts = "sales_accounts"
	Deals    = "deals"

	Appointments    = "appointments"
	SalesActivities = "sales_activities"
)

type kind struct {
	plural, singular string
	view             int // id of the view of all
	viewName         string
	fields           []sandbox.Field
}

var kinds = []*kind{
	{Contacts, "contact", 4001, "All Contacts", sandbox.Fields("text", "first_name", "last_name", "display_name", "email", "work_number", "job_title", "address", "city", "state", "zipcode", "country")},
	{Accounts, "sales_account", 4002, "All Accounts", slices.Concat(sandbox.Fields("text", "name", "website", "phone", "address", "city", "state", "zipcode", "country"), sandbox.Fields("number", "number_of_employees", "annual_revenue", "parent_sales_account_id", "industry_type_id"))},
	{Deals, "deal", 4003, "All Deals", slices.Concat(sandbox.Fields("text", "name"), sandbox.Fields("currency", "amount", "base_currency_amount"), sandbox.Fields("date", "closed_date", "expected_close"), sandbox.Fields("number", "currency_id", "deal_stage_id", "deal_pipeline_id"))},
}

// view is a record as the API answers it. Links need include.
func (s *Server) view(k *kind, r *sandbox.Record, include []string) map[string]any {
	id, _ := strconv.ParseInt(r.ID, 10, 64)
	custom := map[string]any{}
	out := map[string]any{"id": id, "created_at": r.Created.UTC().Format(time.RFC3339), "updated_at": r.Modified.UTC().Format(time.RFC3339), "custom_field": custom}
	for _, f := range s.Store.Fields(k.plural) {
		target := out
		if !f.BuiltIn {
			target = custom
		}
		switch v := r.Values[f.Name]; {
		case f.Name == "is_deleted":
			out[f.Name] = r.Archived() || v == "true"
		case v == "":
			target[f.Name] = nil
		case f.Type == "number" || f.Type == "decimal":
			target[f.Name] = json.Number(v)
		default:
			target[f.Name] = v
		}
	}
	linked := func(to string) []any {
		list := []any{}
		for i, l := range s.Store.Links(k.plural, r.ID, to) {
			n, _ := strconv.ParseInt(l.ID, 10, 64)
			list = append(list, map[string]any{"id": n, "is_primary": i == 0})
		}
		return list
	}
	switch {
	case k.plural == Contacts && slices.Contains(include, "sales_accounts"):
		out["sales_accounts"] = linked(Accounts)
	case k.plural == Deals:
		out["sales_account_id"] = nil
		if links := s.Store.Links(Deals, r.ID, Accounts); len(links) > 0 {
			out["sales_account_id"] = json.Number(links[0].ID)
		}
		if slices.Contains(include, "contacts") {
			out["contacts"] = linked(Contacts)
		}
	}
	return out
}

// views are the filters of a kind, of which the list wants an id.
func (s *Server) views(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, _ *http.Request) *failure {
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"filters": []any{
			map[string]any{"id": k.view + 100, "name": "My " + k.plural, "is_default": true},
			map[string]any{"id": k.view, "name": k.viewName},
		}})
		return nil
	}
}

// list answers a page of a view: 25 rows unless per_page says otherwise, 100 at most.
func (s *Server) list(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		if r.PathValue("view") != strconv.Itoa(k.view) {
			return missing
		}
		q := r.URL.Query()
		size, page := min(number(q.Get("per_page"), 25), 100), max(number(q.Get("page"), 1), 1)
		rows := s.Records(k.plural)
		key := func(r *sandbox.Record) time.Time { return time.Time{} }
		switch q.Get("sort") {
		case "updated_at":
			key = func(r *sandbox.Record) time.Time { return r.Modified }
		case "created_at":
			key = func(r *sandbox.Record) time.Time { return r.Created }
		}
		slices.SortStableFunc(rows, func(a, b *sandbox.Record) int {
			order := key(a).Compare(key(b))
			if order == 0 {
				order = sandbox.CompareIDs(a.ID, b.ID)
			}
			if q.Get("sort_type") == "desc" {
				return -order
			}
			return order
		})
		total := len(rows)
		from := min((page-1)*size, total)
		data := []any{}
		for _, row := range rows[from:min(from+size, total)] {
			data = append(data, s.view(k, row, strings.Split(q.Get("include"), ",")))
		}
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{k.plural: data, "meta": map[string]any{"total_pages": (total + size - 1) / size, "total": total}})
		return nil
	}
}

func (s *Server) read(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		record, ok := s.Store.Get(k.plural, r.PathValue("id"))
		if !ok || record.Archived() {
			return missing
		}
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{k.singular: s.view(k, record, strings.Split(r.URL.Query().Get("include"), ","))})
		return nil
	}
}

func (s *Server) fields(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, _ *http.Request) *failure {
		list := []any{}
		for _, f := range append(sandbox.Fields("date", "created_at", "updated_at"), s.Store.Fields(k.plural)...) {
			choices := []any{}
			for i, o := range f.Options {
				choices = append(choices, map[string]any{"id": 9000 + i, "value": o.Value})
			}
			list = append(list, map[string]any{"name": f.Name, "label": f.Label, "type": f.Type, "required": false, "choices": choices, "base_model": k.singular})
		}
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"fields": list})
		return nil
	}
}
