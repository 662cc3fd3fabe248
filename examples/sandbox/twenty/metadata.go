package twenty

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// option is an option as the API takes and answers it. Its colour has no meaning here.
type option struct {
	ID       string `json:"id,omitempty"`
	Value    string `json:"value"`
	Label    string `json:"label"`
	Color    string `json:"color"`
	Position int    `json:"position"`
}

// The store's words for what a field needs beyond a sandbox.Field: its id stands in
// Group, an option's id in Description.
func fieldView(f sandbox.Field) map[string]any {
	out := map[string]any{"id": f.Group, "name": f.Name, "label": f.Label, "type": f.Type, "isCustom": !f.BuiltIn, "isActive": !f.Hidden, "options": nil}
	if len(f.Options) > 0 {
		list := make([]option, len(f.Options))
		for i, o := range f.Options {
			list[i] = option{o.Description, o.Value, o.Label, "green", o.Order}
		}
		out["options"] = list
	}
	return out
}

func (s *Server) objectView(k *kind) map[string]any {
	list := []any{}
	seen := map[string]bool{}
	for _, f := range append([]sandbox.Field{{Name: "id", Type: "UUID", BuiltIn: true}, {Name: "createdAt", Type: "DATE_TIME", BuiltIn: true},
		{Name: "updatedAt", Type: "DATE_TIME", BuiltIn: true}, {Name: "deletedAt", Type: "DATE_TIME", BuiltIn: true}}, s.Store.Fields(k.plural)...) {
		if outer, _, composite := strings.Cut(f.Name, "."); composite {
			f.Name, f.Label, f.Type = outer, outer, "COMPOSITE"
		}
		if !seen[f.Name] {
			list = append(list, fieldView(f))
		}
		seen[f.Name] = true
	}
	return map[string]any{"id": k.id, "nameSingular": k.singular, "namePlural": k.plural, "fields": list}
}

func (s *Server) listObjects(w http.ResponseWriter, _ *http.Request) *failure {
	list := []any{}
	for _, k := range kinds {
		list = append(list, s.objectView(k))
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"objects": list}, "pageInfo": map[string]any{"hasNextPage": false}})
	return nil
}

func (s *Server) readObject(w http.ResponseWriter, r *http.Request) *failure {
	for _, k := range kinds {
		if k.id == r.PathValue("id") {
			sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"object": s.objectView(k)}})
			return nil
		}
	}
	return &failure{http.StatusNotFound, "Object not found"}
}

var (
	nameForm   = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
	optionForm = regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z]*$`)
)

func checkOptions(list []option) ([]sandbox.Option, *failure) {
	var out []sandbox.Option
	for i, o := range list {
		switch {
		case !optionForm.MatchString(o.Value) || o.Value != strings.ToUpper(o.Value):
			return nil, invalid("Value must be in UPPER_CASE and follow snake_case: \"%s\"", o.Value)
		case o.Label == "":
			return nil, invalid("Option label is required")
		case slices.ContainsFunc(out, func(have sandbox.Option) bool { return have.Value == o.Value }):
			return nil, invalid("Duplicated option value")
		}
		out = append(out, sandbox.Option{Value: o.Value, Label: o.Label, Description: o.ID, Order: i})
	}
	return out, nil
}

// createField makes a field: camel case, a name that the object does not have yet.
func (s *Server) createField(w http.ResponseWriter, r *http.Request) *failure {
	var body struct {
		Object  string   `json:"objectMetadataId"`
		Name    string   `json:"name"`
		Label   string   `json:"label"`
		Type    string   `json:"type"`
		Options []option `json:"options"`
	}
	if f := decode(w, r, &body); f != nil {
		return f
	}
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.id == body.Object })
	if i < 0 {
		return invalid("Object does not exist")
	}
	k := kinds[i]
	options, f := checkOptions(body.Options)
	switch {
	case f != nil:
		return f
	case !nameForm.MatchString(body.Name):
		return invalid("Name \"%s\" is not valid: must start with lowercase letter and contain only alphanumeric letters", body.Name)
	case !slices.Contains([]string{"TEXT", "NUMBER", "BOOLEAN", "DATE", "DATE_TIME", "SELECT"}, body.Type):
		return invalid("Field type %s is not simulated", body.Type)
	case (body.Type == "SELECT") != (len(options) > 0):
		return invalid("Options are required for enum fields")
	}
	for i := range options {
		options[i].Description = s.metadataID()
	}
	field := sandbox.Field{Name: body.Name, Label: body.Label, Type: body.Type, Group: s.metadataID(), Options: options}
	if err := s.Store.AddField(k.plural, field); err != nil {
		return invalid("Name \"%s\" is not available as it is already used by another field", body.Name)
	}
	sandbox.WriteJSON(w, http.StatusCreated, map[string]any{"data": map[string]any{"createOneField": fieldView(field)}})
	return nil
}

// find is the object and name of a custom field.
func (s *Server) find(id string) (*kind, sandbox.Field, bool) {
	for _, k := range kinds {
		for _, f := range s.Store.Fields(k.plural) {
			if f.Group == id && !f.BuiltIn {
				return k, f, true
			}
		}
	}
	return nil, sandbox.Field{}, false
}

// updateField replaces the options, and with those left out goes every use of them.
func (s *Server) updateField(w http.ResponseWriter, r *http.Request) *failure {
	var body struct {
		Options []option `json:"options"`
		Active  *bool    `json:"isActive"`
	}
	if f := decode(w, r, &body); f != nil {
		return f
	}
	k, field, ok := s.find(r.PathValue("id"))
	if !ok {
		return &failure{http.StatusNotFound, "Field not found"}
	}
	options, f := checkOptions(body.Options)
	if f != nil {
		return f
	}
	for i, o := range options {
		if o.Description == "" {
			options[i].Description = s.metadataID()
		}
	}
	field, _ = s.Store.EditField(k.plural, field.Name, func(f *sandbox.Field) {
		if body.Active != nil {
			f.Hidden = !*body.Active
		}
		if body.Options != nil {
			f.Options = options
		}
	})
	for _, record := range s.Store.All(k.plural) {
		if v := record.Values[field.Name]; v != "" && body.Options != nil && !slices.ContainsFunc(options, func(o sandbox.Option) bool { return o.Value == v }) {
			s.Store.Update(k.plural, record.ID, map[string]string{field.Name: ""})
		}
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"updateOneField": fieldView(field)}})
	return nil
}

// deleteField removes a field that was made inactive before.
func (s *Server) deleteField(w http.ResponseWriter, r *http.Request) *failure {
	k, field, ok := s.find(r.PathValue("id"))
	if !ok {
		return &failure{http.StatusNotFound, "Field not found"}
	}
	if !field.Hidden {
		return invalid("Active fields can't be deleted")
	}
	s.Store.RemoveField(k.plural, field.Name)
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"deleteOneField": fieldView(field)}})
	return nil
}
