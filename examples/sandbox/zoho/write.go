package zoho

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// update takes up to 100 records and answers in their order: 200 when all went well, 207
// for some, 400 for none. An error has no id.
func (s *Server) update(w http.ResponseWriter, r *http.Request) *failure {
	name := r.PathValue("module")
	if f := known(name); f != nil {
		return f
	}
	var body struct {
		Data    []map[string]any `json:"data"`
		Trigger *[]string        `json:"trigger"`
	}
	if f := decode(r, &body); f != nil {
		return f
	}
	if len(body.Data) == 0 || len(body.Data) > 100 {
		return fail(http.StatusBadRequest, "INVALID_DATA", "1 to 100 records")
	}
	if f := s.charge((len(body.Data)+9)/10 - 1); f != nil { // a credit for ten records
		return f
	}
	if body.Trigger == nil || len(*body.Trigger) > 0 {
		s.mu.Lock()
		s.Workflows++
		s.mu.Unlock()
	}
	var answers []any
	wrong := 0
	for i, row := range body.Data {
		record, f := s.change(name, row)
		if f != nil {
			if f.details == nil {
				f.details = map[string]any{"json_path": fmt.Sprintf("$.data[%d].id", i)}
			}
			wrong++
			answers = append(answers, f.body())
			continue
		}
		answers = append(answers, map[string]any{"code": "SUCCESS", "status": "success", "message": "record updated",
			"details": map[string]any{"id": record.ID, "Modified_Time": record.Modified.In(s.options.Zone).Format("2006-01-02T15:04:05-07:00")}})
	}
	status := http.StatusOK
	if wrong == len(answers) {
		status = http.StatusBadRequest
	} else if wrong > 0 {
		status = http.StatusMultiStatus
	}
	sandbox.WriteJSON(w, status, map[string]any{"data": answers})
	return nil
}

func (s *Server) change(name string, row map[string]any) (*sandbox.Record, *failure) {
	id, _ := row["id"].(string)
	record, ok := s.Store.Get(name, id)
	if !ok || record.Archived() {
		return nil, fail(400, "INVALID_DATA", "the id given seems to be invalid")
	}
	values := map[string]string{}
	for key, v := range row {
		if key == "id" {
			continue
		}
		f, ok := s.Store.Field(name, key)
		if !ok {
			continue // dropped without a word
		}
		text, good := storedText(f, v)
		if !good {
			bad := fail(400, "INVALID_DATA", "invalid data")
			bad.details = map[string]any{"api_name": key, "expected_data_type": f.Type}
			return nil, bad
		}
		values[key] = text
	}
	if why, rejected := s.Rejected(name, id); rejected {
		return nil, fail(400, "NOT_ALLOWED", why.Message)
	}
	if !s.Dropped(name, id) {
		record, _ = s.Store.Update(name, id, values)
	}
	return record, nil
}

// storedText is a value as the store keeps it, if its JSON type is the field's.
func storedText(f sandbox.Field, v any) (string, bool) {
	if v == nil {
		return "", true
	}
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	switch f.Type {
	case "text", "textarea":
		return text, isText && utf8.RuneCountInString(text) <= 255
	case "picklist":
		return text, isText && (text == "" || len(f.Options) == 0 || slices.ContainsFunc(f.Options, func(o sandbox.Option) bool { return o.Label == text })) // what is displayed
	case "date":
		_, err := time.Parse(time.DateOnly, text)
		return text, isText && err == nil
	case "datetime":
		at, err := time.Parse(time.RFC3339, text)
		return at.UTC().Format(time.RFC3339), isText && err == nil
	case "integer", "currency", "double":
		return number.String(), isNumber && (f.Type != "integer" || !strings.Contains(number.String(), "."))
	case "boolean":
		b, ok := v.(bool)
		return fmt.Sprint(b), ok
	}
	return text, isText
}

// A field's id stands in the store's Group, an option's in its Description.
func fieldView(f sandbox.Field) map[string]any {
	options := []any{}
	for i, o := range f.Options {
		options = append(options, map[string]any{"id": optionID(o, i), "display_value": o.Label, "actual_value": o.Value, "sequence_number": o.Order + 1})
	}
	return map[string]any{"id": f.Group, "api_name": f.Name, "field_label": f.Label, "data_type": f.Type, "custom_field": !f.BuiltIn, "pick_list_values": options}
}

func optionID(o sandbox.Option, i int) string {
	if o.Description == "" { // a person's
		return fmt.Sprintf("554023002%09d", i)
	}
	return o.Description
}

func (s *Server) listFields(w http.ResponseWriter, r *http.Request) *failure {
	name := r.URL.Query().Get("module")
	if f := known(name); f != nil {
		return f
	}
	list := []any{}
	for _, f := range append(slices.Concat(sandbox.Fields("datetime", "Created_Time", "Modified_Time"), sandbox.Fields("ownerlookup", "Owner")), s.Store.Fields(name)...) {
		list = append(list, fieldView(f))
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"fields": list})
	return nil
}

func (s *Server) settingID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids++
	return fmt.Sprintf("554023001%09d", s.ids)
}

type optionInput struct {
	ID      string `json:"id"`
	Display string `json:"display_value"`
	Actual  string `json:"actual_value"`
}

var notName = regexp.MustCompile(`[^A-Za-z0-9]+`)

// createFields makes five fields at most. The API name is made of the label; where that is
// taken it gets a number.
func (s *Server) createFields(w http.ResponseWriter, r *http.Request) *failure {
	name := r.URL.Query().Get("module")
	if f := known(name); f != nil {
		return f
	}
	var body struct {
		Fields []struct {
			Label   string        `json:"field_label"`
			Type    string        `json:"data_type"`
			Options []optionInput `json:"pick_list_values"`
		} `json:"fields"`
	}
	if f := decode(r, &body); f != nil {
		return f
	}
	if len(body.Fields) == 0 || len(body.Fields) > 5 {
		return fail(http.StatusBadRequest, "LIMIT_EXCEEDED", "1 to 5 fields")
	}
	if f := s.charge(10*len(body.Fields) - 1); f != nil { // ten credits for a field
		return f
	}
	var answers []any
	for _, in := range body.Fields {
		switch {
		case in.Label == "" || utf8.RuneCountInString(in.Label) > 25:
			return fail(http.StatusBadRequest, "INVALID_DATA", "field_label must have 1 to 25 characters")
		case !slices.Contains([]string{"text", "textarea", "picklist", "date", "datetime", "integer", "double", "currency", "boolean"}, in.Type):
			return fail(http.StatusBadRequest, "INVALID_DATA", "data_type")
		case (in.Type == "picklist") != (len(in.Options) > 0):
			return fail(http.StatusBadRequest, "INVALID_DATA", "pick_list_values")
		}
		f := sandbox.Field{Label: in.Label, Type: in.Type, Group: s.settingID()}
		for i, o := range in.Options {
			f.Options = append(f.Options, sandbox.Option{Value: o.Actual, Label: o.Display, Description: s.settingID(), Order: i})
		}
		root := strings.Trim(notName.ReplaceAllString(in.Label, "_"), "_")
		f.Name = root
		for n := 1; s.Store.AddField(name, f) != nil; n++ {
			f.Name = fmt.Sprint(root, n)
		}
		answers = append(answers, map[string]any{"code": "SUCCESS", "status": "success", "message": "field created", "details": map[string]any{"id": f.Group}})
	}
	sandbox.WriteJSON(w, http.StatusCreated, map[string]any{"fields": answers})
	return nil
}

func (s *Server) custom(module, id string) (sandbox.Field, bool) {
	for _, f := range s.Store.Fields(module) {
		if f.Group == id && !f.BuiltIn {
			return f, true
		}
	}
	return sandbox.Field{}, false
}

// changeField takes the options of a picklist, new ones without id. Whether those that are
// left out stay is not documented: Options.ReplaceOptions says.
func (s *Server) changeField(w http.ResponseWriter, r *http.Request) *failure {
	module := r.URL.Query().Get("module")
	f, ok := s.custom(module, r.PathValue("id"))
	if !ok {
		return fail(http.StatusNotFound, "INVALID_DATA", "the id given seems to be invalid")
	}
	var body struct {
		Fields []struct {
			Options []optionInput `json:"pick_list_values"`
		} `json:"fields"`
	}
	if bad := decode(r, &body); bad != nil {
		return bad
	}
	if len(body.Fields) != 1 {
		return fail(http.StatusBadRequest, "INVALID_DATA", "fields")
	}
	named, added := map[string]bool{}, []sandbox.Option{}
	for _, o := range body.Fields[0].Options {
		if o.ID == "" {
			added = append(added, sandbox.Option{Value: o.Actual, Label: o.Display, Description: s.settingID()})
		}
		named[o.ID] = true
	}
	s.Store.EditField(module, f.Name, func(f *sandbox.Field) {
		var options []sandbox.Option
		for i, o := range f.Options {
			id := optionID(o, i)
			if o.Description = id; named[id] || !s.options.ReplaceOptions {
				options = append(options, o)
			}
		}
		for _, o := range added {
			o.Order = len(options)
			options = append(options, o)
		}
		f.Options = options
	})
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"fields": []any{map[string]any{"code": "SUCCESS", "status": "success", "details": map[string]any{"id": f.Group}}}})
	return nil
}

func (s *Server) deleteField(w http.ResponseWriter, r *http.Request) *failure {
	module := r.URL.Query().Get("module")
	f, ok := s.custom(module, r.PathValue("id"))
	if !ok {
		return fail(http.StatusNotFound, "INVALID_DATA", "the id given seems to be invalid")
	}
	s.Store.RemoveField(module, f.Name)
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"fields": []any{map[string]any{"code": "SUCCESS", "status": "success"}}})
	return nil
}
