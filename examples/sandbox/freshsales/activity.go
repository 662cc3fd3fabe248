package freshsales

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// activities are what is recorded with contacts, accounts and deals; whom it is about is linked.
var activities = map[string][]sandbox.Field{
	Appointments:    sandbox.Fields("text", "title", "from_date", "end_date"),
	SalesActivities: slices.Concat(sandbox.Fields("text", "title", "start_date"), sandbox.Fields("number", "sales_activity_type_id")),
}

// The currencies of the account, and its types of sales activities.
const (
	Euro      = "3"
	Dollar    = "4"
	TypeCall  = "61"
	TypeMeet  = "62"
	TypeChat  = "63"
	TypeTask  = "64"
	TypeVisit = "65"
)

var (
	currencies    = []any{map[string]any{"id": 3, "currency_code": "EUR", "is_active": true}, map[string]any{"id": 4, "currency_code": "USD", "is_active": true}}
	industries    = []any{named(17, "Paper"), named(18, "Retail")}
	activityTypes = []any{named(61, "Phone"), named(62, "Meeting"), named(63, "Test chat"), named(64, "Task"), named(65, "Site visit")}
)

func named(id int, name string) any { return map[string]any{"id": id, "name": name, "position": id} }

// selector answers a table.
func selector(name string, rows []any) func(http.ResponseWriter, *http.Request) *failure {
	return func(w http.ResponseWriter, _ *http.Request) *failure {
		sandbox.WriteJSON(w, http.StatusOK, map[string]any{name: rows})
		return nil
	}
}

// appointments answers 25 of those that are over, or of those to come, whatever page size is asked for.
func (s *Server) appointments(w http.ResponseWriter, r *http.Request) *failure {
	q := r.URL.Query()
	if !slices.Contains([]string{"past", "upcoming"}, q.Get("filter")) {
		return invalid("filter is past or upcoming")
	}
	now := s.Now()
	return s.activity(w, r, Appointments, 25, func(row *sandbox.Record) bool {
		from, err := time.Parse(time.RFC3339, row.Values["from_date"])
		return err == nil && from.Before(now) == (q.Get("filter") == "past")
	})
}

// logged answers sales activities: 25 unless per_page says otherwise, 100 at most.
func (s *Server) logged(w http.ResponseWriter, r *http.Request) *failure {
	size := min(number(r.URL.Query().Get("per_page"), 25), 100)
	return s.activity(w, r, SalesActivities, size, func(*sandbox.Record) bool { return true })
}

func (s *Server) activity(w http.ResponseWriter, r *http.Request, kind string, size int, keep func(*sandbox.Record) bool) *failure {
	rows := slices.DeleteFunc(s.Records(kind), func(row *sandbox.Record) bool { return !keep(row) })
	total := len(rows)
	from := min((max(number(r.URL.Query().Get("page"), 1), 1)-1)*size, total)
	list := []any{}
	for _, row := range rows[from:min(from+size, total)] {
		id, _ := strconv.ParseInt(row.ID, 10, 64)
		out := map[string]any{"id": id, "created_at": row.Created.UTC().Format(time.RFC3339), "updated_at": row.Modified.UTC().Format(time.RFC3339)}
		for _, f := range activities[kind] {
			if v := row.Values[f.Name]; v == "" {
				out[f.Name] = nil
			} else if f.Type == "number" {
				out[f.Name] = json.Number(v)
			} else {
				out[f.Name] = v
			}
		}
		switch targets := s.targets(kind, row.ID); { // of appointments a list is known, of sales activities one
		case kind == Appointments || len(targets) > 1:
			out["targetables"] = targets
		case len(targets) > 0:
			out["targetable"] = targets[0]
		}
		list = append(list, out)
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{kind: list, "meta": map[string]any{"total_pages": (total + size - 1) / size, "total": total}})
	return nil
}

// targets are the records that an activity is about.
func (s *Server) targets(kind, id string) []any {
	list := []any{}
	for _, k := range kinds {
		for _, l := range s.Store.Links(kind, id, k.plural) {
			name := map[string]string{Contacts: "Contact", Accounts: "SalesAccount", Deals: "Deal"}[k.plural]
			list = append(list, map[string]any{"type": name, "id": json.Number(l.ID)})
		}
	}
	return list
}
