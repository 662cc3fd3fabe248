package dolibarr

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The kinds of records.
const (
	ThirdParties = "thirdparties"
	Contacts     = "contacts"
	Projects     = "projects"
	Invoices     = "invoices"
	Proposals    = "proposals"
	Tickets      = "tickets"
	Events       = "agendaevents"
)

type kind struct {
	name, element    string // element is the table that extra fields name
	created, changed string // what the API calls the two times
	fields           []sandbox.Field
}

var kinds = []*kind{
	{ThirdParties, "societe", "date_creation", "date_modification", sandbox.Fields("varchar", "name", "url", "email", "phone", "address", "zip", "town", "country_code", "client", "parent")},
	{Contacts, "socpeople", "date_creation", "date_modification", sandbox.Fields("varchar", "firstname", "lastname", "email", "phone_pro", "poste", "address", "zip", "town", "country_code", "socid")},
	{Projects, "projet", "date_c", "date_m", slices.Concat(sandbox.Fields("varchar", "ref", "title", "opp_amount", "opp_percent", "opp_status", "socid", "usage_opportunity"), sandbox.Fields("epoch", "date_close", "date_end"))},
	{Invoices, "facture", "date_creation", "date_modification", slices.Concat(sandbox.Fields("varchar", "ref", "socid", "total_ttc", "statut"), sandbox.Fields("epoch", "date", "date_lim_reglement"))},
	{Proposals, "propal", "date_creation", "date_modification", slices.Concat(sandbox.Fields("varchar", "ref", "socid", "total_ttc", "statut"), sandbox.Fields("epoch", "date", "fin_validite"))},
	{Tickets, "ticket", "datec", "tms", sandbox.Fields("varchar", "subject", "socid", "status")},
	{Events, "actioncomm", "datec", "datem", slices.Concat(sandbox.Fields("varchar", "label", "fk_action", "socid", "fk_project", "percentage"), sandbox.Fields("epoch", "datep", "datef"), sandbox.Fields("people", "socpeopleassigned"))},
}

// row is a record as the API answers it: texts, instants as seconds, and extra fields
// apart: an empty list where there are none, else a map with null for what is empty.
func (s *Server) row(k *kind, r *sandbox.Record) map[string]any {
	out := map[string]any{"id": r.ID, k.created: r.Created.Unix(), k.changed: r.Modified.Unix()}
	extra := map[string]any{}
	for _, f := range s.Store.Fields(k.name) {
		v := any(r.Values[f.Name])
		if v == "" {
			v = nil
		}
		switch {
		case !f.BuiltIn:
			extra["options_"+f.Name] = v
			continue
		case f.Type == "people":
			v = assigned(r.Values[f.Name])
		case f.Type == "epoch" && v != nil:
			if at, err := time.Parse(time.RFC3339, r.Values[f.Name]); err == nil {
				v = at.Unix()
			}
		}
		out[f.Name] = v
	}
	if k.name == Events {
		out["type_code"] = eventTypes[r.Values["fk_action"]]
	}
	if out["array_options"] = extra; len(extra) == 0 {
		out["array_options"] = []any{}
	}
	return out
}

// eventTypes are the types of events that come with Dolibarr, by their ids; 40 is what it writes down itself.
var eventTypes = map[string]string{"1": "AC_TEL", "2": "AC_FAX", "4": "AC_EMAIL", "5": "AC_RDV", "6": "AC_EMAIL_IN", "11": "AC_INT", "40": "AC_OTH_AUTO", "50": "AC_OTH"}

// assigned are the contacts that take part in an event: by their ids, an empty list where there are none.
func assigned(ids string) any {
	if ids == "" {
		return []any{}
	}
	out := map[string]any{}
	for id := range strings.SplitSeq(ids, ",") {
		out[id] = map[string]any{"id": id, "mandatory": "0"}
	}
	return out
}

const database = "2006-01-02 15:04:05"

// column is what the database holds; ok is false when it has no such column.
func (s *Server) column(k *kind, r *sandbox.Record, name string) (value string, ok bool) {
	switch {
	case name == "rowid" && k.name != Events, name == "id" && k.name == Events: // the one table whose key has another name
		return r.ID, true
	}
	switch name {
	case "tms":
		return r.Modified.In(s.options.Zone).Format(database), true
	}
	_, ok = s.Store.Field(k.name, name)
	return r.Values[name], ok
}

var criterion = regexp.MustCompile(`^\(t\.(\w+):(=|!=|<|<=|>|>=):'?([^'()]*)'?\)`)

// test is a condition on a record.
type test func(*sandbox.Record) bool

// filter reads sqlfilters: criteria in brackets, joined by and and or, and brackets
// around them. What has no brackets is passed over, and everything comes back.
func (s *Server) filter(k *kind, text string) (test, *failure) {
	if !strings.Contains(text, "(") {
		return func(*sandbox.Record) bool { return true }, nil
	}
	keep, rest, wrong := s.joined(k, text)
	if wrong == nil && rest != "" {
		wrong = failuref(http.StatusServiceUnavailable, "Error when validating parameter sqlfilters -> %s", rest)
	}
	return keep, wrong
}

// joined reads terms between which stands one word, as a rule; and binds closer than or.
func (s *Server) joined(k *kind, text string) (test, string, *failure) {
	keep, rest, wrong := s.term(k, text)
	for wrong == nil {
		var next test
		switch left := keep; {
		case strings.HasPrefix(rest, " and "):
			if next, rest, wrong = s.term(k, rest[5:]); wrong == nil {
				keep = func(r *sandbox.Record) bool { return left(r) && next(r) }
			}
		case strings.HasPrefix(rest, " or "):
			if next, rest, wrong = s.joined(k, rest[4:]); wrong == nil {
				keep = func(r *sandbox.Record) bool { return left(r) || next(r) }
			}
		default:
			return keep, rest, nil
		}
	}
	return nil, "", wrong
}

func (s *Server) term(k *kind, text string) (test, string, *failure) {
	if m := criterion.FindStringSubmatch(text); m != nil {
		if _, known := s.column(k, &sandbox.Record{}, m[1]); !known {
			return nil, "", failuref(http.StatusServiceUnavailable, "Error when retrieving list : Unknown column 't.%s' in 'where clause'", m[1])
		}
		return func(r *sandbox.Record) bool {
			value, _ := s.column(k, r, m[1])
			return holds(sandbox.CompareIDs(value, m[3]), m[2])
		}, text[len(m[0]):], nil
	}
	inner, open := strings.CutPrefix(text, "(")
	keep, rest, wrong := test(nil), "", failuref(http.StatusServiceUnavailable, "Error when validating parameter sqlfilters -> %s", text)
	if open {
		keep, rest, wrong = s.joined(k, inner)
	}
	if wrong == nil && !strings.HasPrefix(rest, ")") {
		wrong = failuref(http.StatusServiceUnavailable, "Error when validating parameter sqlfilters -> %s", text)
	}
	return keep, strings.TrimPrefix(rest, ")"), wrong
}

func holds(order int, operator string) bool {
	switch operator {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// list answers a page: 100 rows unless limit says otherwise, all of them for 0; pages
// count from 0.
func (s *Server) list(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		if slices.Contains(s.options.Forbidden, k.name) {
			return failuref(http.StatusUnauthorized, "Insufficient rights to read events")
		}
		q := r.URL.Query()
		keep, wrong := s.filter(k, q.Get("sqlfilters"))
		if wrong != nil {
			return wrong
		}
		rows := slices.DeleteFunc(s.Records(k.name), func(r *sandbox.Record) bool { return !keep(r) })
		slices.SortStableFunc(rows, func(a, b *sandbox.Record) int {
			if q.Get("sortorder") == "DESC" {
				a, b = b, a
			}
			order := 0
			for field := range strings.SplitSeq(q.Get("sortfield"), ",") {
				x, _ := s.column(k, a, strings.TrimPrefix(field, "t."))
				y, _ := s.column(k, b, strings.TrimPrefix(field, "t."))
				order = cmp.Or(order, sandbox.CompareIDs(x, y))
			}
			return order
		})
		total, limit := len(rows), 100
		if text := q.Get("limit"); text != "" {
			limit, _ = strconv.Atoi(text)
		}
		if page, _ := strconv.Atoi(q.Get("page")); limit > 0 {
			from := min(page*limit, total)
			rows = rows[from:min(from+limit, total)]
		}
		if len(rows) == 0 && s.options.Old {
			return failuref(http.StatusNotFound, "%s not found", strings.ToUpper(k.name[:1])+k.name[1:])
		}
		data := make([]any, len(rows))
		for i, row := range rows {
			data[i] = s.row(k, row)
		}
		if q.Get("pagination_data") == "true" && !s.options.Old {
			sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": data, "pagination": map[string]any{"total": total, "page": 0, "limit": limit}})
			return nil
		}
		sandbox.WriteJSON(w, http.StatusOK, data)
		return nil
	}
}

func (s *Server) find(k *kind, id string) (*sandbox.Record, *failure) {
	record, ok := s.Store.Get(k.name, id)
	if !ok || record.Archived() {
		return nil, failuref(http.StatusNotFound, "%s not found", k.element)
	}
	return record, nil
}

func (s *Server) read(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		record, missing := s.find(k, r.PathValue("id"))
		if missing != nil {
			return missing
		}
		sandbox.WriteJSON(w, http.StatusOK, s.row(k, record))
		return nil
	}
}

// update takes what it is given: what it does not know is echoed and lost. Extra fields
// alone do not move the change time; old releases set those that are not given to null.
func (s *Server) update(k *kind) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, r *http.Request) *failure {
		record, missing := s.find(k, r.PathValue("id"))
		if missing != nil {
			return missing
		}
		var body map[string]any
		if f := decode(w, r, &body); f != nil {
			return f
		}
		if why, rejected := s.Rejected(k.name, record.ID); rejected {
			return failuref(http.StatusInternalServerError, "%s", why.Message)
		}
		next, moved := *record, false
		next.Values = map[string]string{}
		for name, v := range record.Values {
			next.Values[name] = v
		}
		extra, given := body["array_options"].(map[string]any)
		for _, f := range s.Store.Fields(k.name) {
			v, has := body[f.Name]
			if !f.BuiltIn {
				if v, has = extra["options_"+f.Name]; !has && given && s.options.Old {
					v, has = nil, true
				}
			}
			if !has {
				continue
			}
			moved = moved || f.BuiltIn
			next.Values[f.Name] = text(v)
		}
		if moved {
			next.Modified = s.Now()
		}
		answer := s.row(k, &next)
		for name, v := range extra {
			answer["array_options"].(map[string]any)[name] = v
		}
		if !s.Dropped(k.name, record.ID) {
			s.Store.Put(k.name, next)
		}
		sandbox.WriteJSON(w, http.StatusOK, answer)
		return nil
	}
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case json.Number:
		return v.String()
	}
	return fmt.Sprint(v)
}
