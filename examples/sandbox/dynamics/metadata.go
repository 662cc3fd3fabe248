package dynamics

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// localized is a text in the languages of the environment.
type localized struct {
	LocalizedLabels []struct {
		Label        string `json:"Label"`
		LanguageCode int    `json:"LanguageCode"`
	} `json:"LocalizedLabels"`
}

func (l localized) text() string {
	if len(l.LocalizedLabels) == 0 {
		return ""
	}
	return l.LocalizedLabels[0].Label
}

func say(text string) map[string]any {
	one := map[string]any{"Label": text, "LanguageCode": 1033}
	return map[string]any{"LocalizedLabels": []any{one}, "UserLocalizedLabel": one}
}

var entityForm = regexp.MustCompile(`^EntityDefinitions\(LogicalName='(\w+)'\)$`)

func entity(r *http.Request) *table {
	if m := entityForm.FindStringSubmatch(r.PathValue("entity")); m != nil {
		return byLogical(m[1])
	}
	return nil
}

// attributes lists columns: those of one type with what is theirs, such as options, or all others.
func (s *Server) attributes(w http.ResponseWriter, r *http.Request) *failure {
	t := entity(r)
	if t == nil {
		return &failure{404, "0x80060888", "Could not find the entity"}
	}
	picklists := r.PathValue("cast") == "Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
	if cast := r.PathValue("cast"); cast != "" && !picklists {
		return invalid("the type %s is not simulated", cast)
	}
	if r.URL.Query().Has("$skiptoken") || !picklists && r.URL.Query().Has("$expand") {
		return invalid("The query is not valid for metadata")
	}
	value := []any{}
	for _, f := range append([]sandbox.Field{{Name: t.id, Type: "Uniqueidentifier/"}, {Name: "modifiedon", Type: "DateTime/DateAndTime"}, {Name: "createdon", Type: "DateTime/DateAndTime"}}, s.Store.Fields(t.set)...) {
		kind, format, _ := strings.Cut(f.Type, "/")
		if (kind == "Picklist") != picklists {
			continue
		}
		name := f.Name
		if kind == "Lookup" { // the column's name is not the property's
			name = strings.TrimSuffix(strings.TrimPrefix(name, "_"), "_value")
			switch name {
			case "ownerid":
				kind = "Owner"
			case "customerid", "parentcustomerid":
				kind = "Customer"
			}
		}
		row := map[string]any{"LogicalName": name, "SchemaName": name, "AttributeType": kind, "DisplayName": say(f.Label), "MetadataId": guid("", int64(len(value)+1))}
		if format != "" {
			row["Format"] = format
		}
		if picklists && strings.Contains(r.URL.Query().Get("$expand"), "OptionSet") {
			options := []any{}
			for _, o := range f.Options {
				n, _ := strconv.Atoi(o.Value) // digits
				options = append(options, map[string]any{"Value": n, "Label": say(o.Label)})
			}
			row["OptionSet"] = map[string]any{"Options": options}
		}
		value = append(value, row)
		if kind == "Money" { // the amount in the base currency is a column of its own
			value = append(value, map[string]any{"LogicalName": name + "_base", "SchemaName": name + "_base", "AttributeType": kind, "DisplayName": say(f.Label + " (Base)")})
		}
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"value": value})
	return nil
}

var schemaName = regexp.MustCompile(`^[a-z]{2,8}_[A-Za-z0-9_]{1,90}$`)

// createAttribute makes a column. Its logical name is the schema name in lower case.
func (s *Server) createAttribute(w http.ResponseWriter, r *http.Request) *failure {
	var body struct {
		Type          string    `json:"@odata.type"`
		SchemaName    string    `json:"SchemaName"`
		DisplayName   localized `json:"DisplayName"`
		RequiredLevel struct {
			Value string
		} `json:"RequiredLevel"`
		MaxLength int    `json:"MaxLength"`
		Format    string `json:"Format"`
		OptionSet struct {
			IsGlobal bool `json:"IsGlobal"`
			Options  []struct {
				Value int       `json:"Value"`
				Label localized `json:"Label"`
			} `json:"Options"`
			TrueOption, FalseOption *struct{ Value int }
		} `json:"OptionSet"`
	}
	t := entity(r)
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || t == nil {
		return invalid("Error identified in Payload")
	}
	kind := strings.TrimSuffix(strings.TrimPrefix(body.Type, "Microsoft.Dynamics.CRM."), "AttributeMetadata")
	f := sandbox.Field{Name: strings.ToLower(body.SchemaName), Label: body.DisplayName.text(), Order: body.MaxLength}
	switch kind {
	case "String", "Memo":
		if f.Type = kind + "/Text"; body.MaxLength == 0 {
			return invalid("MaxLength is required")
		}
	case "Integer":
		f.Type = "Integer/None"
	case "Decimal", "Boolean":
		f.Type = kind + "/"
	case "DateTime":
		if f.Type = "DateTime/" + body.Format; body.Format != "DateOnly" && body.Format != "DateAndTime" {
			return invalid("Format is required")
		}
	case "Picklist":
		f.Type = "Picklist/"
		for _, o := range body.OptionSet.Options {
			f.Options = append(f.Options, sandbox.Option{Value: strconv.Itoa(o.Value), Label: o.Label.text()})
		}
	default:
		return invalid("the type %s is not simulated", kind)
	}
	switch {
	case !schemaName.MatchString(body.SchemaName):
		return &failure{400, "0x8004701a", "An attribute's schema name must begin with the publisher's prefix"}
	case f.Label == "" || body.RequiredLevel.Value == "":
		return invalid("DisplayName and RequiredLevel are required")
	case kind == "Boolean" && (body.OptionSet.TrueOption == nil || body.OptionSet.FalseOption == nil):
		return invalid("a Boolean needs its two options")
	}
	if err := s.Store.AddField(t.set, f); err != nil {
		return &failure{400, "0x80047013", fmt.Sprintf("An attribute with the specified name %s already exists", f.Name)}
	}
	w.Header().Set("OData-EntityId", s.api()+r.PathValue("entity")+"/Attributes(LogicalName='"+f.Name+"')")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// insertOption adds one option; its value is given by the platform where the call names none.
func (s *Server) insertOption(w http.ResponseWriter, r *http.Request) *failure {
	var body struct {
		Entity    string    `json:"EntityLogicalName"`
		Attribute string    `json:"AttributeLogicalName"`
		Value     int       `json:"Value"`
		Label     localized `json:"Label"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || byLogical(body.Entity) == nil || body.Label.text() == "" {
		return invalid("Error identified in Payload")
	}
	var fault *failure
	_, ok := s.Store.EditField(byLogical(body.Entity).set, body.Attribute, func(f *sandbox.Field) {
		next := 727000000
		for _, o := range f.Options {
			n, _ := strconv.Atoi(o.Value) // digits
			next = max(next, n+1)
			if n == body.Value {
				fault = &failure{400, "0x80044335", fmt.Sprintf("The option value %d already exists", n)}
				return
			}
		}
		if body.Value != 0 {
			next = body.Value
		}
		body.Value = next
		f.Options = append(slices.Clone(f.Options), sandbox.Option{Value: strconv.Itoa(next), Label: body.Label.text()})
	})
	if !ok {
		return &failure{404, "0x80048403", "Could not find the attribute"}
	}
	if fault == nil {
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{"NewOptionValue": body.Value})
	}
	return fault
}

var attributeForm = regexp.MustCompile(`^Attributes\(LogicalName='(\w+)'\)$`)

func (s *Server) deleteAttribute(w http.ResponseWriter, r *http.Request) *failure {
	t, m := entity(r), attributeForm.FindStringSubmatch(r.PathValue("attribute"))
	if t == nil || m == nil || !s.Store.RemoveField(t.set, m[1]) {
		return &failure{404, "0x80048403", "Could not find the attribute"}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
