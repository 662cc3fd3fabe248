package hubspot

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

type pipeline struct {
	ID           string  `json:"id"`
	Label        string  `json:"label"`
	DisplayOrder int     `json:"displayOrder"`
	Stages       []stage `json:"stages"`
	CreatedAt    string  `json:"createdAt"`
	UpdatedAt    string  `json:"updatedAt"`
	Archived     bool    `json:"archived"`
}

type stage struct {
	ID               string            `json:"id"`
	Label            string            `json:"label"`
	DisplayOrder     int               `json:"displayOrder"`
	Metadata         map[string]string `json:"metadata"`
	CreatedAt        string            `json:"createdAt"`
	UpdatedAt        string            `json:"updatedAt"`
	Archived         bool              `json:"archived"`
	WritePermissions string            `json:"writePermissions"`
}

// pipelineBirth is the age of pipelines, which the store does not keep.
var pipelineBirth = stamp(time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC))

func showPipeline(k *kind, p sandbox.Pipeline) pipeline {
	out := pipeline{ID: p.ID, Label: p.Label, DisplayOrder: p.Order, CreatedAt: pipelineBirth, UpdatedAt: pipelineBirth, Stages: []stage{}}
	for _, st := range p.Stages {
		out.Stages = append(out.Stages, stage{
			ID: st.ID, Label: st.Label, DisplayOrder: st.Order, CreatedAt: pipelineBirth, UpdatedAt: pipelineBirth, WritePermissions: "CRM_PERMISSIONS_ENFORCEMENT",
			Metadata: map[string]string{"isClosed": strconv.FormatBool(st.Closed), "probability": decimal(st.Probability)},
		})
		if k.name == Tickets {
			state := "OPEN"
			if st.Closed {
				state = "CLOSED"
			}
			out.Stages[len(out.Stages)-1].Metadata = map[string]string{"isClosed": strconv.FormatBool(st.Closed), "ticketState": state}
		}
	}
	return out
}

func (s *Server) listPipelines(w http.ResponseWriter, _ *http.Request, k *kind) error {
	out := struct {
		Results []pipeline `json:"results"`
	}{[]pipeline{}}
	for _, p := range s.Store.Pipelines(k.name) {
		out.Results = append(out.Results, showPipeline(k, p))
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (s *Server) findPipeline(r *http.Request, k *kind) (pipeline, error) {
	all := s.Store.Pipelines(k.name)
	i := slices.IndexFunc(all, func(p sandbox.Pipeline) bool { return p.ID == r.PathValue("pipeline") })
	if i < 0 {
		return pipeline{}, notFound("Pipeline %s does not exist", r.PathValue("pipeline"))
	}
	return showPipeline(k, all[i]), nil
}

func (s *Server) readPipeline(w http.ResponseWriter, r *http.Request, k *kind) error {
	p, err := s.findPipeline(r, k)
	if err != nil {
		return err
	}
	sandbox.WriteJSON(w, http.StatusOK, p)
	return nil
}

func (s *Server) listStages(w http.ResponseWriter, r *http.Request, k *kind) error {
	p, err := s.findPipeline(r, k)
	if err != nil {
		return err
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"results": p.Stages})
	return nil
}

type owner struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Type      string `json:"type"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	UserID    int64  `json:"userId"`
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
	Archived  bool   `json:"archived"`
}

func showOwner(o sandbox.Owner) owner {
	user, _ := strconv.ParseInt(o.UserID, 10, 64)
	return owner{ID: o.ID, Email: o.Email, Type: "PERSON", FirstName: o.FirstName, LastName: o.LastName, UserID: user,
		CreatedAt: pipelineBirth, UpdatedAt: pipelineBirth, Archived: o.Archived}
}

func (s *Server) listOwners(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	limit := listLimit
	if q.Has("limit") {
		var err error
		if limit, err = limitOf(q, 500); err != nil {
			return err
		}
	}
	out := struct {
		Results []owner `json:"results"`
		Paging  *paging `json:"paging,omitempty"`
	}{Results: []owner{}}
	archived := q.Get("archived") == "true"
	owners := s.Store.Owners()
	slices.SortFunc(owners, func(a, b sandbox.Owner) int { return sandbox.CompareIDs(a.ID, b.ID) })
	for _, o := range owners {
		if o.Archived != archived || q.Has("email") && !strings.EqualFold(o.Email, q.Get("email")) || sandbox.CompareIDs(o.ID, q.Get("after")) <= 0 {
			continue
		}
		if len(out.Results) == limit {
			out.Paging = &paging{Next: &next{After: out.Results[limit-1].ID}}
			break
		}
		out.Results = append(out.Results, showOwner(o))
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (s *Server) readOwner(w http.ResponseWriter, r *http.Request) error {
	id, byUser := r.PathValue("owner"), r.URL.Query().Get("idProperty") == "userId"
	for _, o := range s.Store.Owners() {
		if o.ID == id && !byUser || o.UserID == id && byUser {
			sandbox.WriteJSON(w, http.StatusOK, showOwner(o))
			return nil
		}
	}
	return notFound("Owner %s does not exist", id)
}

func (s *Server) account(w http.ResponseWriter, _ *http.Request) error {
	_, offset := s.Now().In(s.zone).Zone()
	sign, minutes := "+", offset/60
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{
		"portalId": s.options.PortalID, "accountType": "STANDARD", "timeZone": s.options.TimeZone,
		"companyCurrency": s.options.Currency, "additionalCurrencies": append([]string{}, s.options.OtherCurrencies...),
		"utcOffset": fmt.Sprintf("%s%02d:%02d", sign, minutes/60, minutes%60), "utcOffsetMilliseconds": offset * 1000,
		"uiDomain": "app.hubspot.com", "dataHostingLocation": "na1",
	})
	return nil
}

func (s *Server) propertyLimits(w http.ResponseWriter, _ *http.Request) error {
	type usage struct {
		ObjectTypeID string  `json:"objectTypeId"`
		Singular     string  `json:"singularLabel"`
		Plural       string  `json:"pluralLabel"`
		Limit        int     `json:"limit"`
		Usage        int     `json:"usage"`
		Percentage   float64 `json:"percentage"`
	}
	limit := s.options.Limits.Properties
	var by []usage
	all := 0
	for _, name := range []string{Contacts, Companies, Deals} {
		k, used := s.kinds[name], 0
		for _, f := range s.Store.Fields(name) {
			if !f.BuiltIn {
				used++
			}
		}
		all += used
		by = append(by, usage{k.typeID, strings.TrimSuffix(titled(k.singular), " "), k.label, limit, used, percent(used, limit)})
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{
		"overallLimit": limit * len(by), "overallUsage": all, "overallPercentage": percent(all, limit*len(by)), "byObjectType": by,
	})
	return nil
}

func percent(used, limit int) float64 {
	if limit == 0 {
		return 0
	}
	return 100 * float64(used) / float64(limit)
}
