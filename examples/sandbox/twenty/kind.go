package twenty

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// The kinds of records.
const (
	Companies     = "companies"
	People        = "people"
	Opportunities = "opportunities"
	Events        = "calendarEvents"
)

// kind is one object of the workspace.
type kind struct {
	id               string // of the object in the metadata
	plural, singular string
	upper            string // as in updateCompanies
	fields           []sandbox.Field
}

// A name with a dot is a member of a composite field.
var kinds = []*kind{
	{"20202020-b374-4779-a561-80086cb2e17f", Companies, "company", "Companies", slices.Concat(
		sandbox.Fields("TEXT", "name", "domainName.primaryLinkUrl", "address.addressStreet1", "address.addressCity", "address.addressPostcode", "address.addressState", "address.addressCountry"),
		sandbox.Fields("NUMBER", "employees"), sandbox.Fields("BIGINT", "annualRecurringRevenue.amountMicros"), sandbox.Fields("TEXT", "annualRecurringRevenue.currencyCode"), sandbox.Fields("UUID", "accountOwnerId"))},
	{"20202020-e674-48e5-a542-72570eee7213", People, "person", "People", slices.Concat(
		sandbox.Fields("TEXT", "name.firstName", "name.lastName", "emails.primaryEmail", "phones.primaryPhoneNumber", "phones.primaryPhoneCallingCode", "jobTitle", "city"),
		sandbox.Fields("UUID", "companyId"))},
	{"20202020-9549-49dd-b2b2-883999db8938", Opportunities, "opportunity", "Opportunities", slices.Concat(
		sandbox.Fields("TEXT", "name", "stage", "amount.currencyCode"), sandbox.Fields("BIGINT", "amount.amountMicros"), sandbox.Fields("DATE_TIME", "closeDate"),
		sandbox.Fields("UUID", "companyId", "pointOfContactId"))},
	{"20202020-8f1d-4eef-9f85-0d1965e27221", Events, "calendarEvent", "CalendarEvents", slices.Concat(
		sandbox.Fields("TEXT", "title"), sandbox.Fields("BOOLEAN", "isCanceled"), sandbox.Fields("DATE_TIME", "startsAt"),
		sandbox.Fields(relation, "calendarEventParticipants.personId", "calendarEventTargets.targetCompanyId", "calendarEventTargets.targetOpportunityId"))},
}

// relation is the type of what are rows of another object: ids with commas between, of which depth 1 shows the first 60.
const (
	relation     = "RELATION"
	mostRelated  = 60
	withRelation = "1"
)

// related adds the rows of other objects that belong to a record.
func (s *Server) related(k *kind, r *sandbox.Record, out map[string]any) {
	for _, f := range s.Store.Fields(k.plural) {
		if f.Type != relation {
			continue
		}
		name, member, _ := strings.Cut(f.Name, ".")
		rows, _ := out[name].([]any)
		if rows == nil {
			rows = []any{}
		}
		if text := r.Values[f.Name]; text != "" {
			for _, id := range strings.Split(text, ",") {
				rows = append(rows, map[string]any{member: id})
			}
		}
		out[name] = rows[:min(len(rows), mostRelated)]
	}
}

// view is a record as the API answers it: times in milliseconds, money in micros, a
// field without a value as null.
func (s *Server) view(k *kind, r *sandbox.Record) map[string]any {
	out := map[string]any{"id": r.ID, "createdAt": stamp(r.Created), "updatedAt": stamp(r.Modified), "deletedAt": nil}
	if r.Archived() {
		out["deletedAt"] = stamp(r.ArchivedAt)
	}
	for _, f := range s.Store.Fields(k.plural) {
		if f.Type == relation {
			continue
		}
		sandbox.Nest(out, f.Name, jsonValue(f, r.Values[f.Name]))
	}
	return out
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func jsonValue(f sandbox.Field, text string) any {
	switch {
	case text == "":
		return nil
	case f.Type == "NUMBER" || f.Type == "BIGINT":
		return json.Number(text)
	case f.Type == "BOOLEAN":
		return text == "true"
	}
	return text
}
