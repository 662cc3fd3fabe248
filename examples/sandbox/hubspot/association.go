package hubspot

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/taxonhq/taxon/examples/sandbox"
)

const (
	associationInputs = 1000
	associationLimit  = 500 // per page of one record's links
)

// linkTypes are HubSpot's own type ids of a link: every link has the plain one,
// with a null label, and perhaps one more.
var linkTypes = map[[2]string]struct {
	plain   int
	labels  map[string]int
	display map[string]string
}{
	{Contacts, Companies}:  {plain: 279, labels: map[string]int{primary: 1}, display: map[string]string{primary: "Primary"}},
	{Companies, Contacts}:  {plain: 280, labels: map[string]int{primary: 2}, display: map[string]string{primary: "Primary"}},
	{Deals, Contacts}:      {plain: 3},
	{Contacts, Deals}:      {plain: 4},
	{Deals, Companies}:     {plain: 341, labels: map[string]int{primary: 5}, display: map[string]string{primary: "Primary"}},
	{Companies, Deals}:     {plain: 342, labels: map[string]int{primary: 6}, display: map[string]string{primary: "Primary"}},
	{Companies, Companies}: {plain: 450, labels: map[string]int{child: 13, parent: 14}, display: map[string]string{child: "Child Company", parent: "Parent Company"}},
	{Contacts, Contacts}:   {plain: 449},
}

type associationType struct {
	Category string  `json:"category"`
	TypeID   int     `json:"typeId"`
	Label    *string `json:"label"`
}

type associationTo struct {
	ID    any               `json:"toObjectId"`
	Types []associationType `json:"associationTypes"`
}

func (s *Server) showLink(from, to *kind, l sandbox.Link) associationTo {
	types, known := linkTypes[[2]string{from.name, to.name}]
	if !known { // each pair of objects has a number of its own; which one, nobody here asks
		types.plain = 1000
	}
	out := associationTo{ID: l.ID, Types: []associationType{}}
	if s.options.NumericAssociationIDs {
		out.ID = json.Number(l.ID)
	}
	for _, label := range l.Labels {
		if id, known := types.labels[label]; known {
			out.Types = append(out.Types, associationType{"HUBSPOT_DEFINED", id, new(types.display[label])})
		}
	}
	out.Types = append(out.Types, associationType{"HUBSPOT_DEFINED", types.plain, nil})
	return out
}

type associationResult struct {
	From   map[string]string `json:"from"`
	To     []associationTo   `json:"to"`
	Paging *paging           `json:"paging,omitempty"`
}

// readAssociations answers the links of many records. Those of an id that was merged
// away read as none, since they went to the survivor.
func (s *Server) readAssociations(w http.ResponseWriter, r *http.Request, from *kind) error {
	to, err := s.kindOf(r.PathValue("to"))
	if err != nil {
		return err
	}
	var body struct {
		Inputs []struct {
			ID    string `json:"id"`
			After string `json:"after"`
		} `json:"inputs"`
	}
	if err := decode(w, r, &body); err != nil {
		return err
	}
	if n := len(body.Inputs); n > associationInputs {
		return invalid("The maximum number of inputs is %d, %d were given", associationInputs, n)
	}
	started, status := stamp(s.Now()), http.StatusOK
	results, problems := []associationResult{}, []batchError{}
	for _, in := range body.Inputs {
		links := s.Store.Links(from.name, in.ID, to.name)
		start, err := offsetOf(in.After)
		if err != nil {
			return err
		}
		if len(links) == 0 {
			if !s.options.SilentAssociations {
				e := newBatchError("OBJECT_NOT_FOUND", fmt.Sprintf("No %s is associated with %s %s.", to.singular, from.singular, in.ID))
				e.SubCategory = "crm.associations.NO_ASSOCIATIONS_FOUND"
				e.Context = map[string][]string{"fromObjectId": {in.ID}, "fromObjectType": {from.singular}, "toObjectType": {to.singular}}
				problems = append(problems, e)
			}
			continue
		}
		one := associationResult{From: map[string]string{"id": in.ID}, To: []associationTo{}}
		end := min(start+s.options.AssociationPage, len(links))
		for _, l := range links[min(start, end):end] {
			one.To = append(one.To, s.showLink(from, to, l))
		}
		if end < len(links) {
			one.Paging = &paging{Next: &next{After: opaque(end)}}
		}
		results = append(results, one)
	}
	out := map[string]any{"status": "COMPLETE", "results": results, "startedAt": started, "completedAt": stamp(s.Now())}
	if len(problems) > 0 {
		status = http.StatusMultiStatus
		out["numErrors"], out["errors"] = len(problems), problems
	}
	sandbox.WriteJSON(w, status, out)
	return nil
}

// listAssociations answers the links of one record; version 2026-09 has dropped it.
func (s *Server) listAssociations(w http.ResponseWriter, r *http.Request, from *kind) error {
	if v := version(r); isDated(r) && v >= "2026-09" {
		return notFound("resource not found")
	}
	to, err := s.kindOf(r.PathValue("to"))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	limit := associationLimit
	if q.Has("limit") {
		if limit, err = limitOf(q, associationLimit); err != nil {
			return err
		}
	}
	start, err := offsetOf(q.Get("after"))
	if err != nil {
		return err
	}
	links := s.Store.Links(from.name, r.PathValue("id"), to.name)
	end := min(start+limit, len(links))
	out := struct {
		Results []associationTo `json:"results"`
		Paging  *paging         `json:"paging,omitempty"`
	}{Results: []associationTo{}}
	for _, l := range links[min(start, end):end] {
		out.Results = append(out.Results, s.showLink(from, to, l))
	}
	if end < len(links) {
		out.Paging = &paging{Next: &next{After: opaque(end)}}
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
	return nil
}
