package hubspot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The labels that links carry in the store.
const (
	primary = "primary" // the main company of a contact or deal, and back
	parent  = "parent"  // from a company to the one it belongs to
	child   = "child"   // and back
)

// object is a record as the API shows it.
type object struct {
	ID           string                  `json:"id"`
	Properties   map[string]any          `json:"properties"` // text or null
	History      map[string][]version1   `json:"propertiesWithHistory,omitempty"`
	CreatedAt    string                  `json:"createdAt"`
	UpdatedAt    string                  `json:"updatedAt"`
	Archived     bool                    `json:"archived"`
	ArchivedAt   string                  `json:"archivedAt,omitempty"`
	Associations map[string]*association `json:"associations,omitempty"`
	New          *bool                   `json:"new,omitempty"` // upsert
	TraceID      string                  `json:"objectWriteTraceId,omitempty"`
}

// version1 is the one entry of a property's history that the sandbox knows.
type version1 struct {
	Value      string `json:"value"`
	Timestamp  string `json:"timestamp"`
	SourceType string `json:"sourceType"`
}

// show renders a record with the named properties; none means the default set.
// The id and both dates are always there; unknown names are left out silently.
func (s *Server) show(k *kind, r *sandbox.Record, names []string) object {
	o := object{
		ID: r.ID, Properties: make(map[string]any, len(names)+3), Archived: r.Archived(),
		CreatedAt: stamp(r.Created), UpdatedAt: stamp(r.Modified),
	}
	if r.Archived() {
		o.ArchivedAt = stamp(r.ArchivedAt)
	}
	if len(names) == 0 {
		names = s.defaults(k)
	}
	for _, name := range names {
		if _, known := s.Store.Field(k.name, name); !known {
			continue
		}
		if v, set := s.value(k, r, name); set {
			o.Properties[name] = v
		} else {
			o.Properties[name] = nil
		}
	}
	for _, name := range []string{"hs_object_id", k.created, k.modified} {
		o.Properties[name], _ = s.value(k, r, name)
	}
	return o
}

func (s *Server) defaults(k *kind) []string {
	var names []string
	for _, f := range s.Store.Fields(k.name) {
		if f.Default {
			names = append(names, f.Name)
		}
	}
	return names
}

// value returns a property's text, computed ones included.
func (s *Server) value(k *kind, r *sandbox.Record, name string) (value string, set bool) {
	if v, ok := r.Values[name]; ok {
		return v, true
	}
	switch name {
	case "hs_object_id":
		return r.ID, true
	case k.created:
		return instant(r.Created), true
	case k.modified:
		return instant(r.Modified), true
	case "hs_merged_object_ids":
		return strings.Join(r.Merged, ";"), len(r.Merged) > 0
	case "associatedcompanyid":
		return s.linked(k, r, primary)
	case "hs_parent_company_id":
		return s.linked(k, r, parent)
	case "amount_in_home_currency":
		return s.homeAmount(r)
	case "hs_is_closed", "hs_is_closed_won", "hs_deal_stage_probability":
		st, ok := s.stage(r.Values["pipeline"], r.Values["dealstage"])
		if !ok {
			return "", false
		}
		switch name {
		case "hs_is_closed":
			return strconv.FormatBool(st.Closed), true
		case "hs_is_closed_won":
			return strconv.FormatBool(st.Closed && st.Probability == 1), true
		}
		return decimal(st.Probability), true
	}
	return "", false
}

func (s *Server) linked(k *kind, r *sandbox.Record, label string) (string, bool) {
	for _, l := range s.Store.Links(k.name, r.ID, Companies) {
		if l.Has(label) {
			return l.ID, true
		}
	}
	return "", false
}

func (s *Server) homeAmount(r *sandbox.Record) (string, bool) {
	amount, set := r.Values["amount"]
	code := r.Values["deal_currency_code"]
	if !set || code == "" || code == s.options.Currency {
		return amount, set
	}
	rate, known := s.options.Rates[code]
	a, err := strconv.ParseFloat(amount, 64)
	if !known || err != nil {
		return "", false
	}
	return strconv.FormatFloat(a*rate, 'f', 2, 64), true
}

// stage finds a deal's stage; ids are unique across pipelines, so the pipeline may
// be empty.
func (s *Server) stage(pipeline, id string) (sandbox.Stage, bool) {
	for _, p := range s.Store.Pipelines(Deals) {
		if pipeline != "" && p.ID != pipeline {
			continue
		}
		if i := slices.IndexFunc(p.Stages, func(st sandbox.Stage) bool { return st.ID == id }); i >= 0 {
			return p.Stages[i], true
		}
	}
	return sandbox.Stage{}, false
}

// decimal writes 1 as "1.0", as HubSpot does in probabilities.
func decimal(f float64) string {
	t := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(t, ".") {
		t += ".0"
	}
	return t
}

// stamp is the form of createdAt and updatedAt: always milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// instant is the form of datetime properties: no fraction where it is zero.
func instant(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	return stamp(t)
}
