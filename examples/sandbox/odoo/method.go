package odoo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// failure is a Python exception: its class, its message, and the status that JSON-2
// gives it.
type failure struct {
	status        int
	name, message string
}

func internal(name, format string, args ...any) *failure {
	return &failure{500, name, fmt.Sprintf(format, args...)}
}

func userError(format string, args ...any) *failure {
	return &failure{422, "odoo.exceptions.UserError", fmt.Sprintf(format, args...)}
}

// call carries out a public method of a model with arguments by name.
func (s *Server) call(model, method string, args map[string]any) (any, *failure) {
	switch model {
	case "res.company":
		return []any{map[string]any{"id": 1, "name": s.options.Company, "currency_id": s.pair("res.currency", "1")}}, nil
	case "ir.model":
		domain, _ := args["domain"].([]any)
		return []any{map[string]any{"id": s.modelID(modelNamed(domain))}}, nil
	case "calendar.attendee":
		return s.attendees(args["domain"]), nil
	case "ir.model.fields", "ir.model.fields.selection":
		return s.define(model, method, args)
	}
	if models[model] == nil { // seen on 17.0; JSON-2 answers 404
		return nil, &failure{404, "odoo.exceptions.UserError", fmt.Sprintf("Object %s doesn't exist", model)}
	}
	switch method {
	case "search_read":
		return s.searchRead(model, args)
	case "search_count":
		rows, f := s.search(model, args)
		return len(rows), f
	case "fields_get":
		return s.fieldsGet(model), nil
	case "write":
		return s.write(model, args)
	case "web_save_multi":
		if !s.options.Before19 {
			return s.saveMulti(model, args)
		}
	}
	return nil, &failure{404, "builtins.AttributeError", "The method '" + model + "." + method + "' does not exist"}
}

// attendees are those of the events that a domain names.
func (s *Server) attendees(domain any) any {
	var events []any
	list, _ := domain.([]any)
	for _, item := range list {
		if triple, _ := item.([]any); len(triple) == 3 && triple[0] == "event_id" {
			events, _ = triple[2].([]any)
		}
	}
	out := []any{}
	for _, id := range events {
		if r, ok := s.Store.Get(Events, text(id)); ok && r.Values["attendee"] != "" {
			out = append(out, map[string]any{"id": json.Number(r.ID), "event_id": s.pair(Events, r.ID), "partner_id": s.pair(Partners, r.Values["attendee"])})
		}
	}
	return out
}

func modelNamed(domain []any) string {
	for _, item := range domain {
		if triple, _ := item.([]any); len(triple) == 3 && triple[0] == "model" {
			return text(triple[2])
		}
	}
	return ""
}

func (s *Server) searchRead(model string, args map[string]any) (any, *failure) {
	rows, f := s.search(model, args)
	if f != nil {
		return nil, f
	}
	names := []string{"id"}
	list, _ := args["fields"].([]any)
	for _, v := range list {
		if !s.known(model, text(v)) {
			return nil, internal("builtins.ValueError", "Invalid field '%s' on '%s'", text(v), model)
		}
		names = append(names, text(v))
	}
	out := make([]any, len(rows))
	for i, r := range rows {
		row := map[string]any{}
		for _, name := range names {
			row[name] = s.value(model, r, name)
		}
		out[i] = row
	}
	return out, nil
}

// write gives all records the same values, in one transaction: all or nothing. Writing
// nothing is true as well.
func (s *Server) write(model string, args map[string]any) (any, *failure) {
	given, _ := args["vals"].(map[string]any)
	values, f := s.checked(model, given)
	if f != nil {
		return nil, f
	}
	list, _ := args["ids"].([]any)
	all := make([]map[string]string, len(list))
	for i := range all {
		all[i] = values
	}
	if f := s.writeEach(model, list, all); f != nil {
		return nil, f
	}
	return true, nil
}

// saveMulti gives each record its own values, in one transaction, and answers what the
// specification names, of which the simulation knows the ids alone.
func (s *Server) saveMulti(model string, args map[string]any) (any, *failure) {
	list, _ := args["ids"].([]any)
	vals, _ := args["vals_list"].([]any)
	if specification, given := args["specification"].(map[string]any); !given || args["vals_list"] == nil || len(specification) > 0 {
		return nil, &failure{422, "builtins.TypeError", "missing a required argument: 'specification', or one that is not simulated"}
	}
	if len(list) != len(vals) {
		return nil, internal("builtins.ValueError", "Each record must have a corresponding vals entry.")
	}
	all := make([]map[string]string, len(list))
	for i := range all {
		var f *failure
		given, _ := vals[i].(map[string]any)
		if all[i], f = s.checked(model, given); f != nil {
			return nil, f
		}
	}
	if f := s.writeEach(model, list, all); f != nil {
		return nil, f
	}
	out := make([]any, len(list))
	for i, id := range list {
		out[i] = map[string]any{"id": id}
	}
	return out, nil
}

// checked are values as the store keeps them.
func (s *Server) checked(model string, given map[string]any) (map[string]string, *failure) {
	values := map[string]string{}
	for name, v := range given {
		value, f := s.check(model, name, v)
		if f != nil {
			return nil, f
		}
		values[name] = value
	}
	return values, nil
}

// writeEach writes all records or none.
func (s *Server) writeEach(model string, list []any, values []map[string]string) *failure {
	ids := make([]string, len(list))
	for i, v := range list {
		id := text(v)
		if r, ok := s.Store.Get(model, id); !ok || r.Archived() {
			return &failure{404, "odoo.exceptions.MissingError", "Record does not exist or has been deleted.\n(Record: " + model + "(" + id + ",), User: 2)"}
		}
		ids[i] = id
	}
	for _, id := range ids {
		if why, rejected := s.Rejected(model, id); rejected {
			return &failure{422, "odoo.exceptions.ValidationError", why.Message}
		}
	}
	for i, id := range ids {
		if !s.Dropped(model, id) {
			s.Store.Update(model, id, values[i])
		}
	}
	return nil
}

// check is a value as the store keeps it. An unknown field and an unknown option are
// refused.
func (s *Server) check(model, name string, v any) (string, *failure) {
	f, ok := s.Store.Field(model, name)
	if !ok {
		return "", internal("builtins.ValueError", "Invalid field '%s' on model '%s'", name, model)
	}
	value := text(v)
	if v == false && f.Type != "boolean" {
		return "", nil
	}
	switch f.Type {
	case "selection":
		if !slices.ContainsFunc(f.Options, func(o sandbox.Option) bool { return o.Value == value }) {
			return "", internal("builtins.ValueError", "Wrong value for %s.%s: '%s'", model, name, value)
		}
	case "integer", "float", "monetary":
		if _, ok := number(v); !ok {
			return "", internal("builtins.ValueError", "could not convert string to float: '%s'", value)
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return "", internal("builtins.ValueError", "time data '%s' does not match format '%%Y-%%m-%%d'", value)
		}
	case "datetime":
		if _, err := time.Parse(time.DateTime, value); err != nil {
			return "", internal("builtins.ValueError", "time data '%s' does not match format '%%Y-%%m-%%d %%H:%%M:%%S'", value)
		}
	}
	return value, nil
}

func (s *Server) fieldsGet(model string) any {
	out := map[string]any{}
	for _, name := range []string{"id", "create_date", "write_date"} {
		typ, _ := common(name)
		out[name] = map[string]any{"type": typ, "string": name}
	}
	for _, f := range s.Store.Fields(model) {
		view := map[string]any{"type": f.Type, "string": f.Label}
		if f.Type == "selection" {
			options := []any{}
			for _, o := range f.Options {
				options = append(options, []any{o.Value, o.Label})
			}
			view["selection"] = options
		}
		out[f.Name] = view
	}
	return out
}

// define serves the models that hold the definitions of fields.
func (s *Server) define(model, method string, args map[string]any) (any, *failure) {
	switch method {
	case "search_read":
		domain, _ := args["domain"].([]any)
		found, name := modelNamed(domain), ""
		for _, item := range domain {
			if triple, _ := item.([]any); len(triple) == 3 && triple[0] == "name" {
				name = text(triple[2])
			}
		}
		if f, ok := s.Store.Field(found, name); ok && !f.BuiltIn {
			return []any{map[string]any{"id": json.Number(f.Group)}}, nil
		}
		return []any{}, nil
	case "unlink":
		list, _ := args["ids"].([]any)
		for _, v := range list {
			if of, f, ok := s.fieldOf(text(v)); ok {
				s.Store.RemoveField(of, f.Name)
			}
		}
		return true, nil
	case "create":
		list, _ := args["vals_list"].([]any)
		ids := []any{}
		for _, v := range list {
			values, _ := v.(map[string]any)
			id, f := s.create(model, values)
			if f != nil {
				return nil, f
			}
			ids = append(ids, id)
		}
		return ids, nil
	}
	return nil, &failure{404, "builtins.AttributeError", "The method '" + model + "." + method + "' does not exist"}
}

func (s *Server) fieldOf(id string) (model string, f sandbox.Field, ok bool) {
	for model := range models {
		for _, f := range s.Store.Fields(model) {
			if f.Group == id && !f.BuiltIn {
				return model, f, true
			}
		}
	}
	return "", sandbox.Field{}, false
}

// create makes a field, whose name must begin with x_, or an option of one.
func (s *Server) create(model string, values map[string]any) (any, *failure) {
	if model == "ir.model.fields.selection" {
		of, field, ok := s.fieldOf(text(values["field_id"]))
		option := sandbox.Option{Value: text(values["value"]), Label: text(values["name"])}
		switch {
		case !ok:
			return nil, userError("The field does not exist")
		case slices.ContainsFunc(field.Options, func(o sandbox.Option) bool { return o.Value == option.Value }):
			return nil, &failure{422, "odoo.exceptions.ValidationError", "The operation cannot be completed: Selections values must be unique per field"}
		}
		s.Store.EditField(of, field.Name, func(f *sandbox.Field) { f.Options = append(slices.Clone(f.Options), option) })
		return s.serial.Add(1), nil
	}
	name := text(values["name"])
	if !strings.HasPrefix(name, "x_") {
		return nil, &failure{422, "odoo.exceptions.ValidationError", "Custom fields must have a name that starts with 'x_'!"}
	}
	id := s.serial.Add(1)
	f := sandbox.Field{Name: name, Label: text(values["field_description"]), Type: text(values["ttype"]), Group: fmt.Sprint(id)}
	commands, _ := values["selection_ids"].([]any)
	for _, c := range commands {
		triple, _ := c.([]any)
		if option, ok := triple[len(triple)-1].(map[string]any); ok {
			f.Options = append(f.Options, sandbox.Option{Value: text(option["value"]), Label: text(option["name"])})
		}
	}
	if err := s.Store.AddField(s.modelOf(text(values["model_id"])), f); err != nil {
		return nil, &failure{422, "odoo.exceptions.ValidationError", "Field names must be unique per model"}
	}
	return id, nil
}
