package pipedrive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/taxonhq/taxon/examples/sandbox"
)

func decode(r *http.Request, into any) *failure {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return invalid("the body is not the JSON that is expected")
	}
	return nil
}

// update changes one record: there is no call for more. Types are strict, and custom
// fields that are not named stay as they are.
func (s *Server) update(name string) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		var body map[string]json.RawMessage
		if f := decode(r, &body); f != nil {
			return f
		}
		id := r.PathValue("id")
		record, found := s.Store.Get(name, id)
		if !found {
			return notFound("record not found")
		}
		if record.Archived() {
			return &failure{status: http.StatusGone, message: "the record was deleted"}
		}
		if record.Values["is_archived"] == "true" {
			return &failure{status: http.StatusForbidden, message: "an archived deal cannot be changed"}
		}
		values := map[string]string{}
		for key, raw := range body {
			if key != "custom_fields" {
				if f := s.value(name, key, true, raw, values); f != nil {
					return f
				}
				continue
			}
			var custom map[string]json.RawMessage
			if json.Unmarshal(raw, &custom) != nil {
				return invalid("custom_fields must be an object")
			}
			for key, raw := range custom {
				if f := s.value(name, key, false, raw, values); f != nil {
					return f
				}
			}
		}
		if why, rejected := s.Rejected(name, id); rejected {
			return invalid(why.Message)
		}
		if !s.Dropped(name, id) {
			record, _ = s.Store.Update(name, id, values)
		}
		if s.daily.Max > 0 {
			w.Header().Set("x-daily-requests-left", strconv.Itoa(s.daily.Max-s.daily.Used()))
		}
		ok(w, s.view(name, record), nil)
		return nil
	}
}

// value checks one value against its field and puts its text into values.
func (s *Server) value(name, key string, builtIn bool, raw json.RawMessage, values map[string]string) *failure {
	f, known := s.Store.Field(name, key)
	if !known || f.BuiltIn != builtIn {
		return invalid("field " + key + " is not allowed")
	}
	if bytes.Equal(raw, []byte("null")) {
		values[key] = ""
		return nil
	}
	wrong := invalid(fmt.Sprintf("field %s must be of the type %s", key, f.Type))
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	_, err := strconv.ParseFloat(string(raw), 64)
	isNumber := err == nil
	switch f.Type {
	case "varchar", "text":
		if !isText || f.Type == "varchar" && utf8.RuneCountInString(text) > 255 {
			return wrong
		}
	case "date", "time":
		layout := map[string]string{"date": time.DateOnly, "time": time.RFC3339}[f.Type]
		if _, err := time.Parse(layout, text); !isText || err != nil {
			return wrong
		}
	case "int", "double":
		if !isNumber {
			return wrong
		}
		text = string(raw)
	case "enum": // the id of an option, not its label
		text = string(raw)
		if !isNumber || !slices.ContainsFunc(f.Options, func(o sandbox.Option) bool { return o.Value == text }) {
			return wrong
		}
	default:
		return invalid("field " + key + " is read-only")
	}
	values[key] = text
	return nil
}

// hashes makes keys of custom fields: 40 hexadecimal digits that no other company has.
type hashes struct {
	mu sync.Mutex
	n  uint64
}

func (h *hashes) next() (hash string, n uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	x := h.n * 0x9e3779b97f4a7c15
	return fmt.Sprintf("%016x%016x%08x", x, x^0xbf58476d1ce4e5b9, uint32(h.n)), h.n
}

// optionID numbers options through all fields of the company.
func (s *Server) optionID() string {
	_, n := s.hashes.next()
	return strconv.FormatUint(n, 10)
}

func fieldView(f sandbox.Field) map[string]any {
	if f.BuiltIn && f.Type == "time" { // a time of its own, "time" being a time of day
		f.Type = "date"
	}
	out := map[string]any{"field_name": f.Label, "field_code": f.Name, "field_type": f.Type, "is_custom_field": !f.BuiltIn, "options": nil}
	if len(f.Options) > 0 {
		out["options"] = optionViews(f.Options)
	}
	return out
}

func optionViews(options []sandbox.Option) []any {
	out := make([]any, len(options))
	for i, o := range options {
		out[i] = map[string]any{"id": json.Number(o.Value), "label": o.Label}
	}
	return out
}

// known are all fields of a kind: one for each property, however many members it has.
func (s *Server) known(name string) []sandbox.Field {
	out := sandbox.Fields("date", "add_time", "update_time")
	for _, property := range slices.Sorted(maps.Keys(kinds[name].links)) {
		out = append(out, sandbox.Fields(strings.TrimSuffix(property, "_id"), property)...)
	}
	for i := range out {
		out[i].BuiltIn, out[i].Label = true, out[i].Name
	}
	for _, f := range s.Store.Fields(name) {
		if outer, _, nested := strings.Cut(f.Name, "."); nested {
			f.Name, f.Label, f.Type = outer, outer, "address"
		}
		if !slices.ContainsFunc(out, func(have sandbox.Field) bool { return have.Name == f.Name }) {
			out = append(out, f)
		}
	}
	return out
}

// listFields answers all fields, custom ones too, by cursor.
func (s *Server) listFields(name string) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		fields := s.known(name)
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil {
			limit = 100
		}
		if limit < 1 || limit > 500 {
			return invalid("limit must be between 1 and 500")
		}
		from := 0
		if after := r.URL.Query().Get("cursor"); after != "" {
			raw, err := decodeCursor(after)
			if err == nil {
				from, err = strconv.Atoi(string(raw))
			}
			if err != nil || from > len(fields) {
				return invalid("cursor is invalid")
			}
		}
		to, next := len(fields), any(nil)
		if from+limit < to {
			to = from + limit
			next = encodeCursor([]byte(strconv.Itoa(to)))
		}
		data := []any{}
		for _, f := range fields[from:to] {
			data = append(data, fieldView(f))
		}
		ok(w, data, map[string]any{"next_cursor": next})
		return nil
	}
}

var creatable = []string{"varchar", "varchar_auto", "text", "double", "monetary", "date", "daterange", "time", "timerange", "enum", "set", "phone", "address", "org", "people", "user"}

// createField makes a field under a key that the company chooses. A name need not be
// the only one of its kind: a second call makes a second field.
func (s *Server) createField(name string) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		var body struct {
			Name    string `json:"field_name"`
			Type    string `json:"field_type"`
			Options []struct {
				Label string `json:"label"`
			} `json:"options"`
		}
		if f := decode(r, &body); f != nil {
			return f
		}
		choice := body.Type == "enum" || body.Type == "set"
		switch {
		case body.Name == "" || utf8.RuneCountInString(body.Name) > 255:
			return invalid("field_name must have 1 to 255 characters")
		case !slices.Contains(creatable, body.Type):
			return invalid("field_type is not allowed")
		case choice != (len(body.Options) > 0):
			return invalid("options are required for enum and set fields, and allowed for them alone")
		}
		key, _ := s.hashes.next()
		f := sandbox.Field{Name: key, Label: body.Name, Type: body.Type}
		for _, o := range body.Options {
			f.Options = append(f.Options, sandbox.Option{Value: s.optionID(), Label: o.Label})
		}
		if err := s.Store.AddField(name, f); err != nil {
			return invalid(err.Error())
		}
		ok(w, fieldView(f), nil)
		return nil
	}
}

// addOptions takes a bare array, all or nothing, and answers only what was added.
func (s *Server) addOptions(name string) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		var body []struct {
			Label string `json:"label"`
		}
		if f := decode(r, &body); f != nil {
			return f
		}
		f, known := s.Store.Field(name, r.PathValue("code"))
		if !known || f.Type != "enum" && f.Type != "set" {
			return notFound("field not found")
		}
		var added []sandbox.Option
		for _, o := range body {
			if o.Label == "" || slices.ContainsFunc(append(f.Options, added...), func(have sandbox.Option) bool { return have.Label == o.Label }) {
				return invalid("option labels must be set and unique")
			}
			added = append(added, sandbox.Option{Value: s.optionID(), Label: o.Label})
		}
		s.Store.EditField(name, f.Name, func(f *sandbox.Field) { f.Options = append(slices.Clone(f.Options), added...) })
		ok(w, optionViews(added), nil)
		return nil
	}
}

func (s *Server) deleteField(name string) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		f, known := s.Store.Field(name, r.PathValue("code"))
		if !known || f.BuiltIn {
			return notFound("field not found")
		}
		s.Store.RemoveField(name, f.Name)
		ok(w, fieldView(f), nil)
		return nil
	}
}
