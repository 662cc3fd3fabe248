package pipedrive

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The kinds of records.
const (
	Persons       = "persons"
	Organizations = "organizations"
	Deals         = "deals"
	Activities    = "activities"
)

// kind is one of the company's objects.
type kind struct {
	fieldPath string // of its fields in the API; "" for none
	fields    []sandbox.Field
	links     map[string]string // property with an id, and the kind it leads to
}

// A name with a dot is a member of an object; emails and phones are lists of objects.
var kinds = map[string]*kind{
	Persons: {
		fieldPath: "personFields", links: map[string]string{"org_id": Organizations},
		fields: slices.Concat(sandbox.Fields("varchar", "name", "first_name", "last_name", "job_title"), sandbox.Fields("emails", "emails"), sandbox.Fields("phones", "phones"),
			sandbox.Fields("varchar", "postal_address.country", "postal_address.admin_area_level_1", "postal_address.locality", "postal_address.postal_code", "postal_address.value"),
			sandbox.Fields("int", "owner_id")),
	},
	Organizations: {
		fieldPath: "organizationFields",
		fields: slices.Concat(sandbox.Fields("varchar", "name", "website", "address.country", "address.admin_area_level_1", "address.locality", "address.postal_code", "address.value"),
			sandbox.Fields("int", "owner_id", "employee_count"), sandbox.Fields("double", "annual_revenue"), sandbox.Fields("varchar", "industry")),
	},
	Deals: {
		fieldPath: "dealFields", links: map[string]string{"person_id": Persons, "org_id": Organizations},
		fields: slices.Concat(sandbox.Fields("varchar", "title", "currency", "status", "lost_reason"), sandbox.Fields("double", "value"), sandbox.Fields("int", "stage_id", "pipeline_id", "owner_id"),
			sandbox.Fields("time", "won_time", "lost_time", "close_time", "archive_time"), sandbox.Fields("date", "expected_close_date"), sandbox.Fields("bool", "is_archived")),
	},
	Activities: {
		links: map[string]string{"person_id": Persons, "org_id": Organizations, "deal_id": Deals},
		fields: slices.Concat(sandbox.Fields("varchar", "subject", "type"), sandbox.Fields("date", "due_date"), sandbox.Fields("varchar", "due_time"), sandbox.Fields("bool", "done"),
			sandbox.Fields("time", "marked_as_done_time"), sandbox.Fields("int", "owner_id")),
	},
}

// view is a record as the API answers it. Times are RFC 3339 without fractions, and
// custom fields stand apart, null where unset; without any the object is null.
func (s *Server) view(name string, r *sandbox.Record) map[string]any {
	k := kinds[name]
	id, _ := strconv.ParseInt(r.ID, 10, 64)
	out := map[string]any{"id": id, "add_time": stamp(r.Created), "update_time": stamp(r.Modified), "is_deleted": r.Archived()}
	if r.Archived() {
		out["update_time"] = stamp(r.ArchivedAt)
	}
	var custom map[string]any
	for _, f := range s.Store.Fields(name) {
		value := jsonValue(f, r.Values[f.Name])
		switch {
		case !f.BuiltIn:
			if custom == nil {
				custom = map[string]any{}
			}
			custom[f.Name] = value
		default:
			sandbox.Nest(out, f.Name, value)
		}
	}
	if k.fieldPath != "" {
		out["custom_fields"] = custom
	}
	if name == Deals && out["status"] == nil {
		out["status"] = "open"
	}
	for property, to := range k.links {
		out[property] = nil
		if links := s.Store.Links(name, r.ID, to); len(links) > 0 {
			out[property], _ = strconv.ParseInt(links[0].ID, 10, 64)
		}
	}
	return out
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// jsonValue gives a stored text the type of its field.
func jsonValue(f sandbox.Field, text string) any {
	switch f.Type {
	case "emails", "phones":
		list := []any{}
		for i, v := range strings.Split(text, ";") {
			if v != "" {
				list = append(list, map[string]any{"value": v, "primary": i == 0, "label": "work"})
			}
		}
		return list
	case "bool":
		return text == "true"
	}
	if text == "" {
		return nil
	}
	switch f.Type {
	case "int", "double", "enum":
		return json.Number(text)
	case "set", "monetary":
		return json.RawMessage(text)
	}
	return text
}
