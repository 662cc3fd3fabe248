package hubspot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

const (
	updateCompanies = "/crm/objects/2026-09/companies/batch/update"
	updateContacts  = "/crm/v3/objects/contacts/batch/update"
)

func set(id string, pairs ...string) map[string]any {
	p := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		p[pairs[i]] = pairs[i+1]
	}
	return map[string]any{"id": id, "properties": p}
}

func inputsOf(list ...map[string]any) map[string]any { return map[string]any{"inputs": list} }

// Missing records are reported with 207 by context.ids, not by place. Source: HubSpot
// v3 specification, BatchResponseSimplePublicObjectWithErrors.
func TestBatchUpdateReportsMissingRecordsByID(t *testing.T) {
	a := open(t, hubspot.Options{})
	a.tier(hubspot.Companies)
	x, y, gone := a.load(hubspot.Companies, nil), a.load(hubspot.Companies, nil), a.load(hubspot.Companies, nil)
	a.Archive(hubspot.Companies, gone)
	got := a.must(207, "POST", updateCompanies, inputsOf(set("999999", "tier", "A"), set(y, "tier", "B"), set(gone, "tier", "A"), set(x, "tier", "A")))
	got.equal(t, "COMPLETE", "status")
	got.equal(t, 1.0, "numErrors")
	got.equal(t, "OBJECT_NOT_FOUND", "errors", 0, "category")
	got.equal(t, "999999", "errors", 0, "context", "ids", 0)
	got.equal(t, gone, "errors", 0, "context", "ids", 1)
	if ids := got.ids(); !slices.Equal(ids, []string{x, y}) { // in their own order
		t.Errorf("results %v", ids)
	}
	if a.Value(hubspot.Companies, x, "tier") != "A" || a.Value(hubspot.Companies, y, "tier") != "B" {
		t.Error("the good records were not written")
	}
}

// One bad value refuses the whole call and nothing is written. Source:
// Atlas-Authority/marketing-automation#174; hubspot-api-python#51. The isolating
// behaviour is unverified for 2026-09, hence an option.
func TestOneBadValueRefusesTheWholeBatch(t *testing.T) {
	for name, c := range map[string]struct{ property, value, code string }{
		"option":    {"tier", "Z", "INVALID_OPTION"},
		"unknown":   {"no_such_name", "1", "PROPERTY_DOESNT_EXIST"},
		"read-only": {"hs_object_id", "7", "READ_ONLY_VALUE"},
		"number":    {"annualrevenue", "much", "INVALID_INTEGER"},
	} {
		t.Run(name, func(t *testing.T) {
			a := open(t, hubspot.Options{})
			a.tier(hubspot.Companies)
			good, badOne := a.load(hubspot.Companies, nil), a.load(hubspot.Companies, nil)
			body := inputsOf(set(good, "tier", "A"), set(badOne, c.property, c.value))
			got := a.must(400, "POST", updateCompanies, body)
			got.equal(t, "VALIDATION_ERROR", "category")
			got.contains(t, "Property values were not valid")
			got.contains(t, c.code)
			got.equal(t, c.property, "errors", 0, "in")
			if a.Value(hubspot.Companies, good, "tier") != "" {
				t.Error("a part of a refused batch was written")
			}

			isolating := open(t, hubspot.Options{IsolateBadValues: true})
			isolating.tier(hubspot.Companies)
			good, badOne = isolating.load(hubspot.Companies, nil), isolating.load(hubspot.Companies, nil)
			got = isolating.must(207, "POST", updateCompanies, inputsOf(set(good, "tier", "A"), set(badOne, c.property, c.value)))
			got.equal(t, badOne, "errors", 0, "context", "ids", 0)
			got.equal(t, "VALIDATION_ERROR", "errors", 0, "category")
			if isolating.Value(hubspot.Companies, good, "tier") != "A" {
				t.Error("the good record was not written")
			}
		})
	}
}

func TestValuesAreCheckedByType(t *testing.T) {
	a := open(t, hubspot.Options{})
	for _, f := range []sandbox.Field{
		{Name: "a_date", Type: "date", Widget: "date"}, {Name: "a_time", Type: "datetime", Widget: "date"}, {Name: "a_bool", Type: "bool", Widget: "booleancheckbox"},
		{Name: "many", Type: "enumeration", Widget: "checkbox", Options: []sandbox.Option{{Label: "X", Value: "x"}, {Label: "Y", Value: "y"}}},
	} {
		a.property(hubspot.Contacts, f)
	}
	id := a.load(hubspot.Contacts, nil)
	for _, c := range []struct{ name, value, want string }{
		{"a_date", "2026-05-02", "2026-05-02"}, {"a_date", "1777680000000", "2026-05-02"}, {"a_date", "1777680000001", "400"}, {"a_date", "soon", "400"},
		{"a_time", "1777680000001", "2026-05-02T00:00:00.001Z"}, {"a_time", "2026-05-02T02:00:00+02:00", "2026-05-02T00:00:00Z"}, {"a_time", "soon", "400"},
		{"a_bool", "true", "true"}, {"a_bool", "yes", "400"},
		{"many", "x;y", "x;y"}, {"many", "x;z", "400"},
		{"email", "one@example.com", "one@example.com"}, {"email", "one", "400"},
		{"firstname", strings.Repeat("x", 65_537), "400"},
	} {
		got := a.call("PATCH", "/crm/v3/objects/contacts/"+id, set("", c.name, c.value))
		have := a.Value(hubspot.Contacts, id, c.name)
		if got.status == 400 {
			have = "400"
		}
		if have != c.want {
			t.Errorf("%s = %.40q: %q, want %q", c.name, c.value, have, c.want)
		}
	}
}

// "" clears a value and null does not. Source: HubSpot documentation; null is not
// reliable by experience of connectors.
func TestEmptyTextClearsAndNullDoesNot(t *testing.T) {
	a := open(t, hubspot.Options{})
	id := a.load(hubspot.Companies, map[string]string{"city": "Ulm"})
	a.must(200, "POST", updateCompanies, map[string]any{"inputs": []any{map[string]any{"id": id, "properties": map[string]any{"city": nil}}}})
	if v := a.Value(hubspot.Companies, id, "city"); v != "Ulm" {
		t.Errorf("after null: %q", v)
	}
	a.must(200, "POST", updateCompanies, inputsOf(set(id, "city", "")))
	got := a.must(200, "GET", "/crm/v3/objects/companies/"+id+"?properties=city", nil)
	got.equal(t, nil, "properties", "city")
}

// At most 100 inputs, each id once. Source: HubSpot documentation of batch update.
func TestBatchBounds(t *testing.T) {
	a := open(t, hubspot.Options{})
	a.tier(hubspot.Companies)
	var list []map[string]any
	for range 101 {
		list = append(list, set(a.load(hubspot.Companies, nil), "tier", "A"))
	}
	a.must(400, "POST", updateCompanies, inputsOf(list...))
	if n := len(a.must(200, "POST", updateCompanies, inputsOf(list[:100]...)).ids()); n != 100 {
		t.Errorf("%d results", n)
	}
	a.must(400, "POST", updateCompanies, inputsOf(list[0], list[0])).contains(t, "Duplicate IDs")
	a.must(400, "POST", updateCompanies, "{")
}

// Calls that succeed and change nothing. Sources: hubspot-api-nodejs#26 (no inputs
// key), #548 (an e-mail as id without idProperty).
func TestSilentNoOps(t *testing.T) {
	a := open(t, hubspot.Options{})
	id := a.load(hubspot.Contacts, map[string]string{"email": "one@example.com"})
	got := a.must(200, "POST", updateContacts, map[string]any{"records": []any{}})
	got.equal(t, "COMPLETE", "status")
	if n := len(got.at("results").([]any)); n != 0 {
		t.Errorf("%d results", n)
	}
	a.must(200, "POST", updateContacts, inputsOf(set("one@example.com", "city", "Ulm")))
	if v := a.Value(hubspot.Contacts, id, "city"); v != "" {
		t.Errorf("city %q", v)
	}
	byMail := set("one@example.com", "city", "Ulm")
	byMail["idProperty"] = "email"
	a.must(200, "POST", updateContacts, inputsOf(byMail))
	if v := a.Value(hubspot.Contacts, id, "city"); v != "Ulm" {
		t.Errorf("city %q", v)
	}
	byMail["idProperty"] = "city"
	a.must(400, "POST", updateContacts, inputsOf(byMail)).contains(t, "non-unique 0-1 property")

	a.DropWrites(hubspot.Contacts, id, 1)
	got = a.must(200, "POST", updateContacts, inputsOf(set(id, "city", "Bonn")))
	if len(got.ids()) != 0 || a.Value(hubspot.Contacts, id, "city") != "Ulm" {
		t.Errorf("a dropped write: %s", got.raw)
	}
	a.must(200, "POST", updateContacts, inputsOf(set(id, "city", "Bonn"))).equal(t, id, "results", 0, "id")
}

// An account's own validation rules refuse writes for reasons that have nothing to
// do with them. Source: HubSpot changelog for 2026-09.
func TestRulesOfTheAccountRefuseWrites(t *testing.T) {
	a := open(t, hubspot.Options{})
	a.tier(hubspot.Companies)
	x, y := a.load(hubspot.Companies, nil), a.load(hubspot.Companies, nil)
	a.RejectWrites(hubspot.Companies, x, 1, "VALIDATION_ERROR", "A phone number is required")
	got := a.must(207, "POST", updateCompanies, inputsOf(set(x, "tier", "A"), set(y, "tier", "A")))
	got.equal(t, x, "errors", 0, "context", "ids", 0)
	got.equal(t, "A phone number is required", "errors", 0, "message")
	got.equal(t, y, "results", 0, "id")
	a.must(200, "POST", updateCompanies, inputsOf(set(x, "tier", "A")))
}

// A write moves the modified date, so the next pull returns what was just written,
// even if nothing changed. Source: Airbyte and Estuary connectors; the latter part
// is unverified, hence an option.
func TestOwnWritesMoveTheModifiedDate(t *testing.T) {
	for _, keep := range []bool{false, true} {
		a := open(t, hubspot.Options{KeepDateOnSameValue: keep})
		a.tier(hubspot.Companies)
		id := a.load(hubspot.Companies, nil)
		modified := func() string { return a.Value(hubspot.Companies, id, "hs_lastmodifieddate") }
		write := func() {
			a.clock.Advance(time.Minute)
			a.must(200, "POST", updateCompanies, inputsOf(set(id, "tier", "A")))
		}
		loaded := modified()
		write()
		first := modified()
		write()
		if first == loaded || (modified() == first) != keep {
			t.Errorf("keep %v: loaded %s, written %s, again %s", keep, loaded, first, modified())
		}
	}
}

// batch/read answers 207 for missing ids and leads a merged id to its survivor.
// Source: HubSpot specification; changelog on merging deals.
func TestBatchRead(t *testing.T) {
	a := open(t, hubspot.Options{})
	x, y := a.load(hubspot.Companies, map[string]string{"city": "Ulm"}), a.load(hubspot.Companies, nil)
	got := a.must(207, "POST", "/crm/v3/objects/companies/batch/read", map[string]any{"inputs": []any{map[string]any{"id": x}, map[string]any{"id": "404"}}, "properties": []string{"city"}})
	got.equal(t, "Ulm", "results", 0, "properties", "city")
	got.equal(t, "404", "errors", 0, "context", "ids", 0)
	z, err := a.Merge(hubspot.Companies, x, y)
	if err != nil {
		t.Fatal(err)
	}
	a.must(200, "POST", "/crm/objects/2026-03/companies/batch/read", inputsOf(map[string]any{"id": x})).equal(t, z, "results", 0, "id")
}

// A conflict refuses a whole batch create and names the first offender only; the
// trace id comes back. Source: hubspot-api-python#51; HubSpot specification.
func TestBatchCreateAndUpsert(t *testing.T) {
	a := open(t, hubspot.Options{})
	first := a.load(hubspot.Contacts, map[string]string{"email": "one@example.com"})
	two, one := set("", "email", "two@example.com"), set("", "email", "one@example.com")
	two["objectWriteTraceId"], one["objectWriteTraceId"] = "t2", "t1"
	got := a.must(409, "POST", "/crm/v3/objects/contacts/batch/create", inputsOf(two, one))
	got.equal(t, "Contact already exists. Existing ID: "+first, "message")
	got.equal(t, "t1", "context", "objectWriteTraceId", 0)
	if a.Len(hubspot.Contacts) != 1 {
		t.Error("a part of a refused batch was created")
	}
	a.must(201, "POST", "/crm/v3/objects/contacts/batch/create", inputsOf(two)).equal(t, "t2", "results", 0, "objectWriteTraceId")
	a.must(409, "POST", "/crm/v3/objects/contacts", two)
	a.must(201, "POST", "/crm/v3/objects/contacts", set("", "email", "three@example.com"))

	four := set("four@example.com", "city", "Ulm")
	four["idProperty"] = "email"
	upsert := a.must(200, "POST", "/crm/v3/objects/contacts/batch/upsert", inputsOf(four))
	upsert.equal(t, true, "results", 0, "new")
	a.must(200, "POST", "/crm/v3/objects/contacts/batch/upsert", inputsOf(four)).equal(t, false, "results", 0, "new")

	a.must(204, "POST", "/crm/v3/objects/contacts/batch/archive", inputsOf(map[string]any{"id": upsert.text("results", 0, "id")}))
	if a.Len(hubspot.Contacts) != 3 {
		t.Errorf("%d contacts", a.Len(hubspot.Contacts))
	}
}

// Loading and paging many records is quick enough for tests of large accounts.
func TestManyRecords(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited()})
	const n = 20_000
	for i := range n {
		a.load(hubspot.Deals, map[string]string{"dealname": fmt.Sprint("Deal ", i), "amount": fmt.Sprint(i)})
	}
	total := 0
	for after := "0"; after != ""; {
		page := a.must(200, "GET", "/crm/objects/2026-09/deals?limit=100&properties=amount,dealstage,closedate&after="+after, nil)
		total += len(page.ids())
		after = page.text("paging", "next", "after")
	}
	if total != n || a.Log.Count("list") != n/100 {
		t.Errorf("%d records in %d requests", total, a.Log.Count("list"))
	}
}
