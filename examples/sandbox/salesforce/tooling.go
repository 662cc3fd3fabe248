package salesforce

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// customField is where a field made by the tooling API stands, and how it was described.
type customField struct {
	object, name string
	metadata     map[string]any
}

// describe tells the fields that the user may see: a hidden one looks as if it were not there.
func (s *Server) describe(w http.ResponseWriter, r *http.Request) *failure {
	object := r.PathValue("object")
	if objects[object] == nil {
		return &failure{http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist", nil}
	}
	list := []any{}
	for _, f := range append(append([]sandbox.Field{}, system...), s.Store.Fields(object)...) {
		if f.Hidden {
			continue
		}
		options := []any{}
		for _, o := range f.Options {
			options = append(options, map[string]any{"value": o.Value, "label": o.Label, "active": true, "defaultValue": false})
		}
		list = append(list, map[string]any{"name": f.Name, "label": f.Label, "type": f.Type, "custom": strings.HasSuffix(f.Name, "__c"), "updateable": !f.ReadOnly, "picklistValues": options})
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"name": object, "fields": list})
	return nil
}

// fieldTypes are the types of the tooling API and what describe calls them.
var fieldTypes = map[string]string{"Text": "string", "LongTextArea": "textarea", "Number": "double", "Currency": "currency", "Checkbox": "boolean", "Date": "date", "DateTime": "datetime", "Picklist": "picklist"}

var fieldName = regexp.MustCompile(`^([A-Za-z]+)\.([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)__c$`)

// field reads the description of a field.
func (s *Server) describedField(object, name string, metadata map[string]any) (sandbox.Field, *failure) {
	f := sandbox.Field{Name: name, Label: fmt.Sprint(metadata["label"]), Type: fieldTypes[fmt.Sprint(metadata["type"])], Hidden: true}
	missing := func(key string) (sandbox.Field, *failure) {
		return f, bad("FIELD_INTEGRITY_EXCEPTION", "Must specify '%s' for a field of this type", key)
	}
	need := map[string][]string{"string": {"length"}, "double": {"precision", "scale"}, "currency": {"precision", "scale"}, "boolean": {"defaultValue"}, "textarea": {"length", "visibleLines"}}
	for _, key := range need[f.Type] {
		if metadata[key] == nil {
			return missing(key)
		}
	}
	if label := []rune(f.Label); len(label) == 0 || len(label) > 40 {
		return f, bad("FIELD_INTEGRITY_EXCEPTION", "The label of a field has 1 to 40 characters")
	}
	if f.Type == "" || objects[object] == nil {
		return f, bad("FIELD_INTEGRITY_EXCEPTION", "the type of the field or its object is not known")
	}
	if f.Type == "picklist" {
		set, _ := metadata["valueSet"].(map[string]any)
		definition, _ := set["valueSetDefinition"].(map[string]any)
		values, _ := definition["value"].([]any)
		if len(values) == 0 {
			return missing("valueSet")
		}
		for i, v := range values {
			value, _ := v.(map[string]any)
			code, _ := value["fullName"].(string)
			if code == "" { // as queries answer it
				code, _ = value["valueName"].(string)
			}
			label, _ := value["label"].(string)
			f.Options = append(f.Options, sandbox.Option{Value: code, Label: label, Order: i})
		}
	}
	return f, nil
}

// createField makes a field that nobody sees until a permission says so.
func (s *Server) createField(w http.ResponseWriter, r *http.Request) *failure {
	var body struct {
		FullName string
		Metadata map[string]any
	}
	if f := decode(w, r, &body); f != nil {
		return f
	}
	parts := fieldName.FindStringSubmatch(body.FullName)
	if parts == nil || len(parts[2]) > 40 {
		return bad("FIELD_INTEGRITY_EXCEPTION", "The Field Name can only contain underscores and alphanumeric characters, at most 40, and ends with __c")
	}
	field, f := s.describedField(parts[1], parts[2]+"__c", body.Metadata)
	if f != nil {
		return f
	}
	if s.Store.AddField(parts[1], field) != nil {
		return bad("DUPLICATE_DEVELOPER_NAME", "There is already a field named %s on %s.", parts[2], parts[1])
	}
	id := s.next("00N")
	s.mu.Lock()
	s.custom[id] = customField{parts[1], field.Name, body.Metadata}
	s.mu.Unlock()
	sandbox.WriteJSON(w, http.StatusCreated, map[string]any{"id": id, "success": true, "errors": []any{}, "warnings": []any{}})
	return nil
}

// editField replaces the whole description of a field.
func (s *Server) editField(w http.ResponseWriter, r *http.Request) *failure {
	id := r.PathValue("id")
	var body struct{ Metadata map[string]any }
	if f := decode(w, r, &body); f != nil {
		return f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	have, ok := s.custom[id]
	if !ok {
		return &failure{http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist", nil}
	}
	field, f := s.describedField(have.object, have.name, body.Metadata)
	if f != nil {
		return f
	}
	have.metadata = body.Metadata
	s.custom[id] = have
	s.Store.EditField(have.object, have.name, func(f *sandbox.Field) { f.Label, f.Options = field.Label, field.Options })
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) removeField(w http.ResponseWriter, r *http.Request) *failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	have, ok := s.custom[r.PathValue("id")]
	if !ok {
		return &failure{http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist", nil}
	}
	delete(s.custom, r.PathValue("id"))
	s.Store.RemoveField(have.object, have.name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// toolingQuery answers for CustomField; a query for Metadata may find one row only.
func (s *Server) toolingQuery(w http.ResponseWriter, r *http.Request) *failure {
	q, f := parse(r.URL.Query().Get("q"))
	if f != nil {
		return f
	}
	if q.object != "CustomField" {
		return bad("INVALID_TYPE", "sObject type '%s' is not supported.", q.object)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	records := []any{}
	for id, c := range s.custom {
		values := map[string]string{"Id": id, "DeveloperName": strings.TrimSuffix(c.name, "__c"), "TableEnumOrId": c.object}
		if q.where != nil {
			yes, f := q.where(func(name string) (string, string, bool) { v, ok := values[name]; return "string", v, ok })
			if f != nil {
				return f
			}
			if !yes {
				continue
			}
		}
		record := map[string]any{"attributes": map[string]string{"type": "CustomField", "url": "/services/data/" + version + "/tooling/sobjects/CustomField/" + id}}
		for _, name := range q.fields {
			if record[name] = values[name]; name == "Metadata" {
				record[name] = s.told(c)
			}
		}
		records = append(records, record)
	}
	if len(records) > 1 && strings.Contains(strings.Join(q.fields, ","), "Metadata") {
		return malformed("When retrieving results with Metadata or FullName fields, the query qualifications must specify no more than one row for retrieval.")
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"size": len(records), "totalSize": len(records), "done": true, "records": records, "entityTypeName": "CustomField"})
	return nil
}

// told is a field's description as queries answer it: the values of a picklist, whoever made them, have valueName where their
// creation has fullName.
func (s *Server) told(c customField) map[string]any {
	out := maps.Clone(c.metadata)
	f, _ := s.Store.Field(c.object, c.name)
	if f.Type != "picklist" {
		return out
	}
	values := []any{}
	for _, o := range f.Options {
		values = append(values, map[string]any{"valueName": o.Value, "label": o.Label, "default": false, "isActive": nil, "color": nil})
	}
	out["valueSet"] = map[string]any{"restricted": true, "controllingField": nil, "valueSetName": nil, "valueSettings": []any{},
		"valueSetDefinition": map[string]any{"sorted": false, "value": values}}
	return out
}

// permit makes a field visible to those who have a permission set.
func (s *Server) permit(w http.ResponseWriter, r *http.Request) *failure {
	var body struct {
		ParentID        string `json:"ParentId"`
		SobjectType     string
		Field           string
		PermissionsRead bool
		PermissionsEdit bool
	}
	if f := decode(w, r, &body); f != nil {
		return f
	}
	if _, ok := s.Store.Get(permissionSet, body.ParentID); !ok {
		return bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
	}
	name := strings.TrimPrefix(body.Field, body.SobjectType+".")
	f, ok := s.Store.Field(body.SobjectType, name)
	switch {
	case !ok:
		return bad("INVALID_FIELD", "Field Name: bad value for restricted picklist field: %s", body.Field)
	case !f.Hidden:
		return bad("DUPLICATE_VALUE", "duplicate value found: <unknown> duplicates value on record with id: <unknown>")
	case !body.PermissionsRead || !body.PermissionsEdit:
		return bad("FIELD_INTEGRITY_EXCEPTION", "the simulated user needs both permissions")
	}
	s.Store.EditField(body.SobjectType, name, func(f *sandbox.Field) { f.Hidden = false })
	sandbox.WriteJSON(w, http.StatusCreated, map[string]any{"id": s.next("01k"), "success": true, "errors": []any{}})
	return nil
}
