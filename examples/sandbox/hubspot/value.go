package hubspot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

const maxText = 65_536

// badValue is one reason why a property value was refused.
type badValue struct {
	IsValid          bool   `json:"isValid"`
	Message          string `json:"message"`
	Error            string `json:"error"`
	Name             string `json:"name"`
	LocalizedMessage string `json:"localizedErrorMessage"`
}

func bad(code, name, format string, args ...any) *badValue {
	m := fmt.Sprintf(format, args...)
	return &badValue{Message: m, Error: code, Name: name, LocalizedMessage: m}
}

// valuesError is the 400 that refuses a whole call for its values.
func valuesError(list []badValue) *apiError {
	b, err := json.Marshal(list)
	if err != nil {
		return invalid("Property values were not valid")
	}
	e := invalid("Property values were not valid: %s", b)
	for _, v := range list {
		e.Errors = append(e.Errors, errorDetail{Message: v.Message, In: v.Name, Code: v.Error, Context: map[string][]string{"propertyName": {v.Name}}})
	}
	return e
}

// clean checks the properties of one input and brings them into the form in which
// they are kept. Null is no change; "" clears.
func (s *Server) clean(k *kind, in map[string]any) (map[string]string, []badValue) {
	out := make(map[string]string, len(in))
	var problems []badValue
	for name, raw := range in {
		value, given := asText(raw)
		if !given {
			continue
		}
		f, known := s.Store.Field(k.name, name)
		switch {
		case !known:
			problems = append(problems, *bad("PROPERTY_DOESNT_EXIST", name, "Property %q does not exist", name))
			continue
		case f.ReadOnly:
			problems = append(problems, *bad("READ_ONLY_VALUE", name, "%q is a read only property; its value cannot be set", name))
			continue
		}
		value, problem := s.normalise(f, value)
		if problem != nil {
			problems = append(problems, *problem)
			continue
		}
		out[name] = value
	}
	slices.SortFunc(problems, func(a, b badValue) int { return strings.Compare(a.Name, b.Name) })
	return out, problems
}

func asText(raw any) (text string, given bool) {
	switch v := raw.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// normalise brings a value into the form of its type.
func (s *Server) normalise(f sandbox.Field, v string) (string, *badValue) {
	if v == "" {
		return "", nil
	}
	switch f.Type {
	case "number":
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return "", bad("INVALID_INTEGER", f.Name, "%s was not a valid number.", v)
		}
	case "bool":
		if v != "true" && v != "false" {
			return "", bad("INVALID_OPTION", f.Name, "%s was not one of the allowed options: [true, false]", v)
		}
	case "date":
		ms, ok := millis(v)
		if !ok || ms%86_400_000 != 0 {
			return "", bad("INVALID_DATE", f.Name, "%s was not a valid date: it is not at midnight UTC", v)
		}
		return time.UnixMilli(ms).UTC().Format(time.DateOnly), nil
	case "datetime":
		ms, ok := millis(v)
		if !ok {
			return "", bad("INVALID_LONG", f.Name, "%s was not a valid long.", v)
		}
		return instant(time.UnixMilli(ms)), nil
	case "enumeration":
		return v, s.checkOption(f, v)
	default:
		if len(v) > maxText {
			return "", bad("INVALID_STRING_LENGTH", f.Name, "the value is too long: at most %d characters", maxText)
		}
		if f.Name == "email" && !strings.Contains(strings.Trim(v, "@"), "@") {
			return "", bad("INVALID_EMAIL", f.Name, "Email address %s is invalid", v)
		}
	}
	return v, nil
}

func (s *Server) checkOption(f sandbox.Field, v string) *badValue {
	var allowed []string
	switch f.Name {
	case "hubspot_owner_id":
		for _, o := range s.Store.Owners() {
			allowed = append(allowed, o.ID)
		}
		if len(allowed) == 0 {
			return nil // an account whose users were not loaded
		}
	case "pipeline", "dealstage":
		for _, p := range s.Store.Pipelines(Deals) {
			if f.Name == "pipeline" {
				allowed = append(allowed, p.ID)
				continue
			}
			for _, st := range p.Stages {
				allowed = append(allowed, st.ID)
			}
		}
	default:
		for _, o := range f.Options {
			allowed = append(allowed, o.Value)
		}
	}
	values := []string{v}
	if f.Widget == "checkbox" {
		values = strings.Split(strings.Trim(v, ";"), ";")
	}
	for _, one := range values {
		if !slices.Contains(allowed, one) {
			return bad("INVALID_OPTION", f.Name, "%s was not one of the allowed options: [%s]", one, strings.Join(allowed, ", "))
		}
	}
	return nil
}

// checkDuplicate refuses a second record with one value of a unique property.
func (s *Server) checkDuplicate(k *kind, id string, values map[string]string) *apiError {
	for name, v := range values {
		if f, _ := s.Store.Field(k.name, name); !f.Unique || v == "" {
			continue
		}
		if other := s.withValue(k, name, v); other != nil && other.ID != id {
			label := strings.ToUpper(k.singular[:1]) + k.singular[1:]
			return &apiError{status: http.StatusConflict, Category: "CONFLICT", Message: label + " already exists. Existing ID: " + other.ID}
		}
	}
	return nil
}
