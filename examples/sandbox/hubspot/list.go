package hubspot

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

const (
	listLimit    = 100
	historyLimit = 50 // with propertiesWithHistory
	defaultLimit = 10
	inlineLimit  = 100 // associations of one record inside a list
)

type page struct {
	Results []object `json:"results"`
	Paging  *paging  `json:"paging,omitempty"`
}

type paging struct {
	Next *next `json:"next,omitempty"`
}

type next struct {
	After string `json:"after"`
	Link  string `json:"link,omitempty"`
}

// names reads a list parameter, which may repeat or hold commas.
func names(q url.Values, key string) []string {
	var out []string
	for _, v := range q[key] {
		for n := range strings.SplitSeq(v, ",") {
			if n = strings.TrimSpace(n); n != "" {
				out = append(out, n)
			}
		}
	}
	return out
}

func limitOf(q url.Values, most int) (int, error) {
	text := q.Get("limit")
	if text == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, invalid("Invalid limit: %s", text)
	}
	if n > most {
		return 0, invalid("limit %d is invalid, must be less than or equal to %d", n, most)
	}
	return n, nil
}

// cursor decodes `after`: the last id of the page before.
func cursor(q url.Values) (string, error) {
	after := q.Get("after")
	if after != "" {
		if _, err := strconv.ParseUint(after, 10, 64); err != nil {
			return "", invalid("Invalid after: %s", after)
		}
	}
	return after, nil
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, k *kind) error {
	q := r.URL.Query()
	history := names(q, "propertiesWithHistory")
	most := listLimit
	if len(history) > 0 {
		most = historyLimit
	}
	limit, err := limitOf(q, most)
	if err != nil {
		return err
	}
	after, err := cursor(q)
	if err != nil {
		return err
	}
	archived := q.Get("archived") == "true"
	horizon := s.Now().Add(-s.options.ArchiveRetention)
	records, more := s.Store.Page(k.name, after, s.shorten(limit), func(r *sandbox.Record) bool {
		return r.Archived() == archived && (!archived || r.ArchivedAt.After(horizon))
	})
	out := page{Results: make([]object, 0, len(records))}
	properties, with := names(q, "properties"), names(q, "associations")
	for _, rec := range records {
		o := s.show(k, rec, properties)
		s.addHistory(k, rec, &o, history)
		if err := s.addAssociations(k, rec, &o, with); err != nil {
			return err
		}
		out.Results = append(out.Results, o)
	}
	if more {
		last := after // an empty page leads on from where it began
		if len(records) > 0 {
			last = records[len(records)-1].ID
		}
		if last == "" {
			last = "0"
		}
		q.Set("after", last)
		out.Paging = &paging{Next: &next{After: last, Link: listURL(r, k) + "?" + q.Encode()}}
	}
	sandbox.WriteJSON(w, http.StatusOK, out)
	return nil
}

func listURL(r *http.Request, k *kind) string {
	if isDated(r) {
		return "https://api.hubapi.com/crm/objects/" + version(r) + "/" + k.name
	}
	return "https://api.hubapi.com/crm/v3/objects/" + k.name
}

// shorten applies ShortPages and EmptyPages to the size of a page.
func (s *Server) shorten(limit int) int {
	short, empty := s.options.ShortPages, s.options.EmptyPages
	if short == 0 && empty == 0 {
		return limit
	}
	n := int(s.pages.Add(1))
	switch {
	case empty > 0 && n%empty == 0:
		return 0
	case short > 0 && n%short == 0:
		return max(1, limit/2)
	}
	return limit
}

func (s *Server) addHistory(k *kind, r *sandbox.Record, o *object, names []string) {
	for _, name := range names {
		if v, set := s.value(k, r, name); set {
			if o.History == nil {
				o.History = map[string][]version1{}
			}
			o.History[name] = []version1{{Value: v, Timestamp: stamp(r.Modified), SourceType: "INTEGRATION"}}
		}
	}
}

// association is the inline form of links.
type association struct {
	Results []associated `json:"results"`
	Paging  *paging      `json:"paging,omitempty"`
}

type associated struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

func (s *Server) addAssociations(k *kind, r *sandbox.Record, o *object, with []string) error {
	for _, objectType := range with {
		to, err := s.kindOf(objectType)
		if err != nil {
			return err
		}
		links := s.Store.Links(k.name, r.ID, to.name)
		if len(links) == 0 {
			continue
		}
		a := &association{}
		for i, l := range links {
			if i == inlineLimit {
				token := opaque(i)
				a.Paging = &paging{Next: &next{After: token, Link: "https://api.hubapi.com/crm/v4/objects/" + k.name + "/" + r.ID + "/associations/" + to.name + "?after=" + token}}
				break
			}
			a.Results = append(a.Results, associated{ID: l.ID, Type: k.singular + "_to_" + to.singular})
		}
		if o.Associations == nil {
			o.Associations = map[string]*association{}
		}
		o.Associations[to.name] = a
	}
	return nil
}

// opaque hides an offset in a cursor.
func opaque(offset int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("o" + strconv.Itoa(offset)))
}

// offsetOf reads a cursor made by opaque.
func offsetOf(token string) (int, error) {
	if token == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || !strings.HasPrefix(string(b), "o") {
		return 0, invalid("Invalid after: %s", token)
	}
	n, err := strconv.Atoi(string(b[1:]))
	if err != nil || n < 0 {
		return 0, invalid("Invalid after: %s", token)
	}
	return n, nil
}

// read answers one record; the id of a merged one leads to the survivor.
func (s *Server) read(w http.ResponseWriter, r *http.Request, k *kind) error {
	q := r.URL.Query()
	rec, err := s.find(k, r.PathValue("id"), q.Get("idProperty"))
	if err != nil {
		return err
	}
	if rec == nil || rec.Archived() != (q.Get("archived") == "true") {
		return notFound("Object not found.  objectId are usually numeric.")
	}
	o := s.show(k, rec, names(q, "properties"))
	s.addHistory(k, rec, &o, names(q, "propertiesWithHistory"))
	if err := s.addAssociations(k, rec, &o, names(q, "associations")); err != nil {
		return err
	}
	sandbox.WriteJSON(w, http.StatusOK, o)
	return nil
}

// find returns the record with an id, or with a value of a unique property; nil if
// there is none.
func (s *Server) find(k *kind, id, idProperty string) (*sandbox.Record, error) {
	if idProperty == "" || idProperty == "hs_object_id" {
		r, _ := s.Store.Resolve(k.name, id)
		return r, nil
	}
	f, known := s.Store.Field(k.name, idProperty)
	if !known || !f.Unique {
		return nil, invalid("Unable to perform update/upsert by non-unique %s property: %s", k.typeID, idProperty)
	}
	return s.withValue(k, idProperty, id), nil
}

// withValue returns the live record that has a value in a property; nil for none.
func (s *Server) withValue(k *kind, property, value string) *sandbox.Record {
	hit, _ := s.Store.Page(k.name, "", 1, func(r *sandbox.Record) bool {
		return !r.Archived() && strings.EqualFold(r.Values[property], value)
	})
	if len(hit) == 0 {
		return nil
	}
	return hit[0]
}
