package salesforce

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// Locked is the code of a write that another transaction was in the way of (sandbox.Rejection.Code).
const Locked = "UNABLE_TO_LOCK_ROW"

// update changes up to 200 records. The status is 200 even when each of them failed; results are in the order of the request.
func (s *Server) update(w http.ResponseWriter, r *http.Request) *failure {
	var body struct {
		AllOrNone bool             `json:"allOrNone"`
		Records   []map[string]any `json:"records"`
	}
	if f := decode(w, r, &body); f != nil {
		return f
	}
	if len(body.Records) > 200 {
		return bad("EXCEEDED_MAX_SIZE_REQUEST", "record limit reached: cannot submit more than 200 records in this request")
	}
	results := make([]any, len(body.Records))
	for i, record := range body.Records {
		attributes, _ := record["attributes"].(map[string]any)
		object, _ := attributes["type"].(string)
		id, ok := record["id"].(string)
		if !ok {
			id, _ = record["Id"].(string)
		}
		values := map[string]any{}
		for name, v := range record {
			if name != "attributes" && name != "id" && name != "Id" {
				values[name] = v
			}
		}
		if f := s.set(object, id, values); f != nil {
			results[i] = map[string]any{"success": false, "errors": []any{map[string]any{"statusCode": f.code, "message": f.message, "fields": append([]string{}, f.fields...)}}}
			continue
		}
		results[i] = map[string]any{"id": id, "success": true, "errors": []any{}}
	}
	sandbox.WriteJSON(w, http.StatusOK, results)
	return nil
}

// set gives a record values, all or none of them.
func (s *Server) set(object, id string, given map[string]any) *failure {
	if objects[object] == nil {
		return bad("INVALID_TYPE", "sObject type '%s' is not supported.", object)
	}
	values := map[string]string{}
	for name, v := range given {
		value, f := s.value(object, name, v)
		if f != nil {
			return f
		}
		values[name] = value
	}
	switch r, ok := s.Store.Get(object, id); {
	case !ok:
		return bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
	case r.Archived():
		return bad("ENTITY_IS_DELETED", "entity is deleted")
	}
	if why, rejected := s.Rejected(object, id); rejected {
		if why.Code == Locked {
			return bad(Locked, "unable to obtain exclusive access to this record or 1 records: %s", id)
		}
		return bad("FIELD_CUSTOM_VALIDATION_EXCEPTION", "%s", why.Message)
	}
	if !s.Dropped(object, id) {
		s.Store.Update(object, id, values)
	}
	return nil
}

// value is a JSON value, or a cell of a CSV, as the store keeps it.
func (s *Server) value(object, name string, v any) (string, *failure) {
	field, ok := s.field(object, name)
	wrong := func(code, format string, args ...any) (string, *failure) {
		f := bad(code, format, args...)
		f.fields = []string{name}
		return "", f
	}
	switch {
	case !ok:
		return wrong("INVALID_FIELD", "No such column '%s' on sobject of type %s", name, object)
	case field.ReadOnly:
		return wrong("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: %s. Please check the security settings of this field and verify that it is read/write for your profile or permission set.", name)
	case v == nil:
		return "", nil
	}
	text := fmt.Sprint(v)
	invalid := func() (string, *failure) {
		return wrong("JSON_PARSER_ERROR", "Cannot deserialize instance of %s from the value", field.Type)
	}
	_, number := v.(json.Number)
	switch field.Type {
	case "int", "double", "currency":
		if _, err := strconv.ParseFloat(text, 64); err != nil || !number {
			return invalid()
		}
	case "boolean":
		if _, isBool := v.(bool); !isBool {
			return invalid()
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return invalid()
		}
	case "datetime":
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return invalid()
		}
	case "picklist": // those of the sandbox's own fields are not restricted
		if len(field.Options) > 0 && !slices.ContainsFunc(field.Options, func(o sandbox.Option) bool { return o.Value == text }) {
			return wrong("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "%s: bad value for restricted picklist field: %s", field.Label, text)
		}
	case "string":
		if !field.BuiltIn && len([]rune(text)) > 255 {
			return wrong("STRING_TOO_LONG", "%s: data value too large: (max length=255)", field.Label)
		}
	}
	return text, nil
}
