package hubspot

import (
	"net/http"
	"slices"

	"github.com/taxonhq/taxon/examples/sandbox"
)

type group struct {
	Name         string `json:"name"`
	Label        string `json:"label"`
	DisplayOrder int    `json:"displayOrder"`
	Archived     bool   `json:"archived"`
}

func showGroup(g sandbox.Group) group {
	return group{Name: g.Name, Label: g.Label, DisplayOrder: g.Order}
}

func (s *Server) listGroups(w http.ResponseWriter, _ *http.Request, k *kind) error {
	out := struct {
		Results []group `json:"results"`
	}{[]group{}}
	for _, g := range s.Store.Groups(k.name) {
		out.Results = append(out.Results, showGroup(g))
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (s *Server) findGroup(k *kind, name string) (sandbox.Group, error) {
	groups := s.Store.Groups(k.name)
	i := slices.IndexFunc(groups, func(g sandbox.Group) bool { return g.Name == name })
	if i < 0 {
		return sandbox.Group{}, notFound("Property group %s does not exist", name)
	}
	return groups[i], nil
}

func (s *Server) readGroup(w http.ResponseWriter, r *http.Request, k *kind) error {
	g, err := s.findGroup(k, r.PathValue("group"))
	if err != nil {
		return err
	}
	sandbox.WriteJSON(w, http.StatusOK, showGroup(g))
	return nil
}

func (s *Server) createGroup(w http.ResponseWriter, r *http.Request, k *kind) error {
	var g group
	if err := decode(w, r, &g); err != nil {
		return err
	}
	if g.Name == "" || g.Label == "" {
		return invalid("Invalid input JSON on line 1, column 1: Some required fields were not set: [name, label]")
	}
	if !propertyName.MatchString(g.Name) {
		return invalid("%s is not a valid property group name", g.Name)
	}
	made := sandbox.Group{Name: g.Name, Label: g.Label, Order: g.DisplayOrder}
	if s.Store.AddGroup(k.name, made) != nil {
		return conflict("Property group named %s already exists.", g.Name)
	}
	sandbox.WriteJSON(w, http.StatusCreated, showGroup(made))
	return nil
}

func (s *Server) deleteGroup(w http.ResponseWriter, r *http.Request, k *kind) error {
	g, err := s.findGroup(k, r.PathValue("group"))
	if err != nil {
		return err
	}
	used := slices.ContainsFunc(s.Store.Fields(k.name), func(f sandbox.Field) bool { return f.Group == g.Name })
	if used || g.BuiltIn {
		return invalid("Property group %s holds properties and cannot be deleted", g.Name)
	}
	s.Store.RemoveGroup(k.name, g.Name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
