package espocrm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// massUpdate gives many records one set of values and answers the ids of those that it
// has saved. A record that a rule or a validation refuses is passed over silently, and
// an attribute that there is not is dropped.
func (s *Server) massUpdate(w http.ResponseWriter, r *http.Request, _ user) *failure {
	var body struct {
		Entity string `json:"entityType"`
		Action string `json:"action"`
		Params struct {
			IDs []string `json:"ids"`
		} `json:"params"`
		Data struct {
			Values map[string]any `json:"values"`
		} `json:"data"`
	}
	if f := decode(w, r, &body); f != nil {
		return f
	}
	i := slices.IndexFunc(entities, func(e *entity) bool { return e.name == body.Entity })
	if body.Action != "update" {
		return &failure{http.StatusNotFound, "Mass action '" + body.Action + "' not found."}
	}
	if i < 0 {
		return &failure{http.StatusNotFound, ""}
	}
	e, saved := entities[i], []string{}
	for _, id := range body.Params.IDs {
		record, ok := s.Store.Get(e.name, id)
		if !ok || record.Archived() {
			continue
		}
		values, fits := s.values(e, body.Data.Values)
		if _, rejected := s.Rejected(e.name, id); rejected || !fits {
			continue
		}
		if !s.Dropped(e.name, id) {
			s.Store.Update(e.name, id, values)
		}
		saved = append(saved, id)
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"count": len(saved), "ids": saved})
	return nil
}

// values are those that are stored; fits is false when one is no value of its field.
func (s *Server) values(e *entity, given map[string]any) (out map[string]string, fits bool) {
	out = map[string]string{}
	for name, v := range given {
		f, known := s.Store.Field(e.name, name)
		if !known {
			continue
		}
		text := ""
		if v != nil {
			text = fmt.Sprint(v)
		}
		_, number := v.(json.Number)
		switch {
		case f.Type == "bool" && v == nil:
			return nil, false
		case text == "" && f.Type != "enum": // of an enum only where it has an empty option
		case f.Type == "enum" && !slices.ContainsFunc(f.Options, func(o sandbox.Option) bool { return o.Value == text }):
			return nil, false
		case (f.Type == "int" || f.Type == "float") && !number:
			return nil, false
		case f.Type == "date" && !fitsLayout(time.DateOnly, text), f.Type == "datetime" && !fitsLayout(database, text):
			return nil, false
		}
		out[name] = text
	}
	return out, true
}

func fitsLayout(layout, text string) bool {
	_, err := time.Parse(layout, text)
	return err == nil
}

// metadata answers the definitions of an entity's fields under their names. Labels stand
// elsewhere.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request, _ user) *failure {
	parts := strings.Split(r.URL.Query().Get("key"), ".")
	if len(parts) != 3 || parts[0] != "entityDefs" || parts[2] != "fields" {
		return &failure{http.StatusBadRequest, "Bad key"}
	}
	out := map[string]any{"createdAt": map[string]any{"type": "datetime"}, "modifiedAt": map[string]any{"type": "datetime"}}
	for _, f := range s.Store.Fields(parts[1]) {
		definition := map[string]any{"type": f.Type}
		if f.Type == "enum" {
			options := []string{}
			for _, o := range f.Options {
				options = append(options, o.Value)
			}
			definition["options"] = options
		}
		if !f.BuiltIn {
			definition["isCustom"] = true
		}
		out[f.Name] = definition
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
	return nil
}

type definition struct {
	Name    string            `json:"name"`
	Type    string            `json:"type"`
	Label   string            `json:"label"`
	Options []string          `json:"options"`
	Labels  map[string]string `json:"translatedOptions"`
}

func (d definition) options() (out []sandbox.Option) {
	for i, value := range d.Options {
		label := d.Labels[value]
		if label == "" {
			label = value
		}
		out = append(out, sandbox.Option{Value: value, Label: label, Order: i})
	}
	return out
}

var fieldName = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,49}$`)

// createField makes a field under a name of the server's: c and the one asked for, which
// the answer does not say.
func (s *Server) createField(w http.ResponseWriter, r *http.Request, u user) *failure {
	var d definition
	if f := decode(w, r, &d); f != nil {
		return f
	}
	switch {
	case !u.administrator:
		return &failure{http.StatusForbidden, ""}
	case !fieldName.MatchString(d.Name):
		return &failure{http.StatusBadRequest, "Bad field name"}
	}
	name := "c" + strings.ToUpper(d.Name[:1]) + d.Name[1:]
	if s.Store.AddField(r.PathValue("entity"), sandbox.Field{Name: name, Label: d.Label, Type: d.Type, Options: d.options()}) != nil {
		return &failure{http.StatusConflict, "Field '" + name + "' already exists in '" + r.PathValue("entity") + "'."}
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"type": d.Type, "label": d.Label, "isCustom": true})
	return nil
}

// changeField takes the whole list of options anew.
func (s *Server) changeField(w http.ResponseWriter, r *http.Request, u user) *failure {
	var d definition
	if f := decode(w, r, &d); f != nil {
		return f
	}
	if !u.administrator {
		return &failure{http.StatusForbidden, ""}
	}
	if d.Type == "" {
		return &failure{http.StatusInternalServerError, ""}
	}
	_, ok := s.Store.EditField(r.PathValue("entity"), r.PathValue("name"), func(f *sandbox.Field) {
		labels := d.Labels
		for _, o := range f.Options { // those that are not told stay
			if labels[o.Value] == "" && labels != nil {
				labels[o.Value] = o.Label
			}
		}
		f.Options = d.options()
	})
	if !ok {
		return &failure{http.StatusNotFound, ""}
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"type": d.Type})
	return nil
}

func (s *Server) removeField(w http.ResponseWriter, r *http.Request, u user) *failure {
	if !u.administrator {
		return &failure{http.StatusForbidden, ""}
	}
	if !s.Store.RemoveField(r.PathValue("entity"), r.PathValue("name")) {
		return &failure{http.StatusNotFound, ""}
	}
	sandbox.WriteJSON(w, http.StatusOK, true)
	return nil
}
