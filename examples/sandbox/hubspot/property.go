package hubspot

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

const maxUnique = 10 // unique properties per object

var propertyName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)

// widgets lists the fieldTypes that a type of property can have.
var widgets = map[string][]string{
	"bool":         {"booleancheckbox", "calculation_equation"},
	"date":         {"date"},
	"datetime":     {"date"},
	"enumeration":  {"booleancheckbox", "checkbox", "radio", "select", "calculation_equation"},
	"number":       {"number", "calculation_equation"},
	"string":       {"text", "textarea", "html", "file", "phonenumber", "calculation_equation"},
	"phone_number": {"phonenumber"},
}

type property struct {
	Name           string           `json:"name"`
	Label          string           `json:"label"`
	Type           string           `json:"type"`
	FieldType      string           `json:"fieldType"`
	Description    string           `json:"description"`
	GroupName      string           `json:"groupName"`
	Options        []propertyOption `json:"options"`
	DisplayOrder   int              `json:"displayOrder"`
	Calculated     bool             `json:"calculated"`
	External       bool             `json:"externalOptions"`
	HasUniqueValue bool             `json:"hasUniqueValue"`
	Hidden         bool             `json:"hidden"`
	HubSpotDefined bool             `json:"hubspotDefined,omitempty"`
	Archived       bool             `json:"archived"`
	FormField      bool             `json:"formField"`
	CreatedAt      string           `json:"createdAt,omitempty"`
	UpdatedAt      string           `json:"updatedAt,omitempty"`
	Modification   modification     `json:"modificationMetadata"`
}

type modification struct {
	Archivable         bool `json:"archivable"`
	ReadOnlyDefinition bool `json:"readOnlyDefinition"`
	ReadOnlyValue      bool `json:"readOnlyValue"`
}

type propertyOption struct {
	Label        string `json:"label"`
	Value        string `json:"value"`
	Description  string `json:"description,omitempty"`
	DisplayOrder *int   `json:"displayOrder"`
	Hidden       *bool  `json:"hidden"`
}

func (s *Server) showProperty(f sandbox.Field) property {
	p := property{
		Name: f.Name, Label: f.Label, Type: f.Type, FieldType: f.Widget, Description: f.Description, GroupName: f.Group,
		DisplayOrder: f.Order, Calculated: f.BuiltIn && f.ReadOnly, HasUniqueValue: f.Unique, Hidden: f.Hidden, HubSpotDefined: f.BuiltIn,
		External:  f.Name == "hubspot_owner_id" || f.Name == "pipeline" || f.Name == "dealstage",
		CreatedAt: stamp(f.Created), UpdatedAt: stamp(f.Modified), Options: []propertyOption{},
		Modification: modification{Archivable: !f.BuiltIn, ReadOnlyDefinition: f.BuiltIn, ReadOnlyValue: f.ReadOnly},
	}
	for _, o := range f.Options {
		p.Options = append(p.Options, propertyOption{o.Label, o.Value, o.Description, &o.Order, &o.Hidden})
	}
	return p
}

func (s *Server) listProperties(w http.ResponseWriter, r *http.Request, k *kind) error {
	out := struct {
		Results []property `json:"results"`
	}{[]property{}}
	if r.URL.Query().Get("archived") != "true" { // removed ones are not kept
		for _, f := range s.Store.Fields(k.name) {
			out.Results = append(out.Results, s.showProperty(f))
		}
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (s *Server) readProperty(w http.ResponseWriter, r *http.Request, k *kind) error {
	f, ok := s.Store.Field(k.name, r.PathValue("name"))
	if !ok {
		return notFound("Property %s does not exist", r.PathValue("name"))
	}
	sandbox.WriteJSON(w, http.StatusOK, s.showProperty(f))
	return nil
}

// newProperty is the body of a creation or, with absent parts, of a change.
type newProperty struct {
	Name           string           `json:"name"`
	Label          *string          `json:"label"`
	Type           *string          `json:"type"`
	FieldType      *string          `json:"fieldType"`
	GroupName      *string          `json:"groupName"`
	Description    *string          `json:"description"`
	DisplayOrder   *int             `json:"displayOrder"`
	Hidden         *bool            `json:"hidden"`
	HasUniqueValue bool             `json:"hasUniqueValue"`
	Options        []propertyOption `json:"options"`
}

// field checks a creation.
func (s *Server) field(r *http.Request, k *kind, p newProperty) (sandbox.Field, error) {
	var missing []string
	for _, part := range []struct {
		name string
		set  bool
	}{
		{"name", p.Name != ""}, {"label", p.Label != nil && *p.Label != ""}, {"type", p.Type != nil},
		{"fieldType", p.FieldType != nil}, {"groupName", p.GroupName != nil},
	} {
		if !part.set {
			missing = append(missing, part.name)
		}
	}
	if len(missing) > 0 {
		return sandbox.Field{}, invalid("Invalid input JSON on line 1, column 1: Some required fields were not set: [%s]", strings.Join(missing, ", "))
	}
	if !propertyName.MatchString(p.Name) {
		return sandbox.Field{}, invalid("%s is not a valid property name: lowercase letters, digits and underscores, a letter first, at most 100 characters", p.Name)
	}
	if _, dup := s.Store.Field(k.name, p.Name); dup {
		return sandbox.Field{}, conflict("Property named %s already exists.", p.Name)
	}
	f := sandbox.Field{Name: p.Name, Type: *p.Type, Unique: p.HasUniqueValue}
	return f, s.apply(r, k, p, &f)
}

// apply puts what a body holds onto a definition. A list of options replaces the
// present one: it is never added to.
func (s *Server) apply(r *http.Request, k *kind, p newProperty, f *sandbox.Field) error {
	set := func(to *string, from *string) {
		if from != nil {
			*to = *from
		}
	}
	set(&f.Label, p.Label)
	set(&f.Type, p.Type)
	set(&f.Widget, p.FieldType)
	set(&f.Group, p.GroupName)
	set(&f.Description, p.Description)
	if p.DisplayOrder != nil {
		f.Order = *p.DisplayOrder
	}
	if p.Hidden != nil {
		f.Hidden = *p.Hidden
	}
	allowed, known := widgets[f.Type]
	if !known {
		return invalid("%s is not a valid property type", f.Type)
	}
	if !slices.Contains(allowed, f.Widget) {
		return invalid("fieldType %s is not valid for type %s", f.Widget, f.Type)
	}
	if !slices.ContainsFunc(s.Store.Groups(k.name), func(g sandbox.Group) bool { return g.Name == f.Group }) {
		return invalid("Property group %s does not exist", f.Group)
	}
	if p.Options == nil {
		return nil
	}
	f.Options = nil
	labels, values := map[string]bool{}, map[string]bool{}
	for _, o := range p.Options {
		// both are required on the dated paths, on v3 only hidden
		if o.Hidden == nil || o.DisplayOrder == nil && isDated(r) {
			return invalid("Invalid input JSON on line 1, column 1: Some required fields were not set: [displayOrder, hidden]")
		}
		if o.Label == "" || o.Value == "" {
			return invalid("options need a label and a value")
		}
		if labels[o.Label] || values[o.Value] {
			return invalid("Property option labels and values must be unique: %s", o.Value)
		}
		labels[o.Label], values[o.Value] = true, true
		order := -1
		if o.DisplayOrder != nil {
			order = *o.DisplayOrder
		}
		f.Options = append(f.Options, sandbox.Option{Label: o.Label, Value: o.Value, Description: o.Description, Order: order, Hidden: *o.Hidden})
	}
	return nil
}

// addProperty defines a checked property if the plan has room for it.
func (s *Server) addProperty(k *kind, f sandbox.Field) error {
	custom, unique := 0, 0
	for _, have := range s.Store.Fields(k.name) {
		if !have.BuiltIn {
			custom++
			if have.Unique {
				unique++
			}
		}
	}
	if limit := s.options.Limits.Properties; limit > 0 && custom >= limit {
		return &apiError{status: http.StatusBadRequest, Category: "PROPERTY_LIMIT_REACHED", Message: "The limit of custom properties for this object has been reached"}
	}
	if f.Unique && unique >= maxUnique {
		return invalid("At most %d unique properties per object are allowed", maxUnique)
	}
	if s.Store.AddField(k.name, f) != nil {
		return conflict("Property named %s already exists.", f.Name)
	}
	return nil
}

func (s *Server) createProperty(w http.ResponseWriter, r *http.Request, k *kind) error {
	var p newProperty
	if err := decode(w, r, &p); err != nil {
		return err
	}
	f, err := s.field(r, k, p)
	if err != nil {
		return err
	}
	if err := s.addProperty(k, f); err != nil {
		return err
	}
	f, _ = s.Store.Field(k.name, f.Name)
	sandbox.WriteJSON(w, http.StatusCreated, s.showProperty(f))
	return nil
}

// createProperties is the batch form: one problem refuses all and is the only one
// named.
func (s *Server) createProperties(w http.ResponseWriter, r *http.Request, k *kind) error {
	var body struct {
		Inputs []newProperty `json:"inputs"`
	}
	if err := decode(w, r, &body); err != nil {
		return err
	}
	var fields []sandbox.Field
	for _, p := range body.Inputs {
		f, err := s.field(r, k, p)
		if err != nil {
			return err
		}
		fields = append(fields, f)
	}
	started := stamp(s.Now())
	results := []property{}
	for _, f := range fields {
		if err := s.addProperty(k, f); err != nil {
			return err
		}
		f, _ = s.Store.Field(k.name, f.Name)
		results = append(results, s.showProperty(f))
	}
	sandbox.WriteJSON(w, http.StatusCreated, map[string]any{
		"status": "COMPLETE", "results": results, "startedAt": started, "completedAt": stamp(s.Now()),
	})
	return nil
}

func (s *Server) updateProperty(w http.ResponseWriter, r *http.Request, k *kind) error {
	var p newProperty
	if err := decode(w, r, &p); err != nil {
		return err
	}
	name := r.PathValue("name")
	f, ok := s.Store.Field(k.name, name)
	if !ok {
		return notFound("Property %s does not exist", name)
	}
	if err := s.apply(r, k, p, &f); err != nil {
		return err
	}
	f, _ = s.Store.EditField(k.name, name, func(have *sandbox.Field) { *have = f })
	sandbox.WriteJSON(w, http.StatusOK, s.showProperty(f))
	return nil
}

func (s *Server) deleteProperty(w http.ResponseWriter, r *http.Request, k *kind) error {
	name := r.PathValue("name")
	f, ok := s.Store.Field(k.name, name)
	if !ok {
		return notFound("Property %s does not exist", name)
	}
	if f.BuiltIn {
		return invalid("HubSpot defined properties cannot be deleted: %s", name)
	}
	s.Store.RemoveField(k.name, name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
