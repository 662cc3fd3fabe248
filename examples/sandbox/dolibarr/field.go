package dolibarr

import (
	"net/http"
	"slices"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// extrafields answers the definitions under table and name; where there are none, a
// list, or 404 in old releases.
func (s *Server) extrafields(w http.ResponseWriter, r *http.Request) *failure {
	element := r.URL.Query().Get("elementtype")
	out := map[string]any{}
	for _, k := range kinds {
		if element != "" && k.element != element {
			continue
		}
		defined := map[string]any{}
		for i, f := range s.Store.Fields(k.name) {
			if !f.BuiltIn {
				defined[f.Name] = map[string]any{"id": i, "type": f.Type, "label": f.Label, "size": "255", "elementtype": k.element, "param": param(f), "pos": "100"}
			}
		}
		if len(defined) > 0 {
			out[k.element] = defined
		}
	}
	if len(out) == 0 && s.options.Old {
		return &failure{http.StatusNotFound, "Not Found: No extrafield found"}
	}
	if len(out) == 0 {
		sandbox.WriteJSON(w, http.StatusOK, []any{})
		return nil
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
	return nil
}

// param holds the options by their values, and is a text where there are none.
func param(f sandbox.Field) any {
	if len(f.Options) == 0 {
		return ""
	}
	options := map[string]string{}
	for _, o := range f.Options {
		options[o.Value] = o.Label
	}
	return map[string]any{"options": options}
}

// definition is the body that makes or changes an extra field.
type definition struct {
	Label string `json:"label"`
	Type  string `json:"type"`
	Param any    `json:"param"`
}

func (d definition) options() (out []sandbox.Option) {
	p, _ := d.Param.(map[string]any)
	options, _ := p["options"].(map[string]any)
	for value, label := range options {
		out = append(out, sandbox.Option{Value: value, Label: text(label)})
	}
	slices.SortFunc(out, func(a, b sandbox.Option) int { return sandbox.CompareIDs(a.Value, b.Value) })
	return out
}

func (s *Server) element(r *http.Request) (*kind, *failure) {
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.element == r.PathValue("element") })
	if i < 0 {
		return nil, failuref(http.StatusNotFound, "Extrafield not found from attrname and elementtype")
	}
	return kinds[i], nil
}

// defined reads which kind an extra field is of, and its definition.
func (s *Server) defined(w http.ResponseWriter, r *http.Request) (k *kind, d definition, f *failure) {
	if k, f = s.element(r); f != nil {
		return nil, d, f
	}
	if f = decode(w, r, &d); f == nil && d.Label == "" {
		f = failuref(http.StatusBadRequest, "label field absent in json at root level")
	}
	return k, d, f
}

func (s *Server) createField(w http.ResponseWriter, r *http.Request) *failure {
	k, d, wrong := s.defined(w, r)
	if wrong != nil {
		return wrong
	}
	if s.Store.AddField(k.name, sandbox.Field{Name: r.PathValue("name"), Label: d.Label, Type: d.Type, Options: d.options()}) != nil {
		return failuref(http.StatusConflict, "Duplicate extrafield already found from attrname and elementtype")
	}
	sandbox.WriteJSON(w, http.StatusOK, 1)
	return nil
}

// changeField takes the whole definition anew.
func (s *Server) changeField(w http.ResponseWriter, r *http.Request) *failure {
	k, d, wrong := s.defined(w, r)
	if wrong != nil {
		return wrong
	}
	if _, ok := s.Store.EditField(k.name, r.PathValue("name"), func(f *sandbox.Field) { f.Label, f.Type, f.Options = d.Label, d.Type, d.options() }); !ok {
		return failuref(http.StatusNotFound, "Extrafield not found from attrname and elementtype")
	}
	sandbox.WriteJSON(w, http.StatusOK, 1)
	return nil
}

func (s *Server) removeField(w http.ResponseWriter, r *http.Request) *failure {
	k, wrong := s.element(r)
	if wrong != nil {
		return wrong
	}
	if !s.Store.RemoveField(k.name, r.PathValue("name")) {
		return failuref(http.StatusNotFound, "Extrafield not found from attrname and elementtype")
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"success": map[string]any{"code": 200, "message": "Extrafield deleted from attrname and elementtype"}})
	return nil
}
