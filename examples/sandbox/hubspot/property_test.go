package hubspot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

const properties = "/crm/properties/2026-09/companies"

func option(value string, order int) map[string]any {
	return map[string]any{"label": value, "value": value, "displayOrder": order, "hidden": false}
}

func enumeration(name string, options ...map[string]any) map[string]any {
	return map[string]any{"name": name, "label": "Class " + name, "type": "enumeration", "fieldType": "select", "groupName": "companyinformation", "options": options}
}

// Source: HubSpot specification (PropertyCreate) and documentation of properties.
func TestPropertiesAreCreatedReadAndDeleted(t *testing.T) {
	a := open(t, hubspot.Options{})
	made := a.must(201, "POST", properties, enumeration("abc_class", option("A", 0), option("B", 1)))
	made.equal(t, "abc_class", "name")
	for _, path := range []string{properties + "/abc_class", "/crm/v3/properties/companies/abc_class", "/crm/properties/2026-03/0-2/abc_class"} {
		got := a.must(200, "GET", path, nil)
		got.equal(t, "B", "options", 1, "value")
		got.equal(t, false, "modificationMetadata", "readOnlyValue")
	}
	listed := a.must(200, "GET", properties, nil)
	listed.contains(t, `"abc_class"`)
	listed.contains(t, `"hubspotDefined":true`)
	id := a.load(hubspot.Companies, map[string]string{"abc_class": "A"})
	a.must(204, "DELETE", properties+"/abc_class", nil)
	a.must(404, "GET", properties+"/abc_class", nil)
	a.must(404, "DELETE", properties+"/abc_class", nil)
	a.must(400, "DELETE", properties+"/name", nil)
	if v := a.Value(hubspot.Companies, id, "abc_class"); v != "" {
		t.Errorf("a value outlived its property: %q", v)
	}
}

// name, label, type, fieldType and groupName are required and the group must exist.
// Names: lowercase letters, digits and underscore, a letter first, at most 100.
// Source: HubSpot documentation of properties.
func TestPropertyCreationIsChecked(t *testing.T) {
	a := open(t, hubspot.Options{})
	for _, missing := range []string{"name", "label", "type", "fieldType", "groupName"} {
		body := enumeration("x")
		delete(body, missing)
		a.must(400, "POST", properties, body).contains(t, missing)
	}
	for _, name := range []string{"Abc", "1abc", "_abc", "a-b", "a b", strings.Repeat("a", 101)} {
		a.must(400, "POST", properties, enumeration(name))
	}
	a.must(201, "POST", properties, enumeration(strings.Repeat("a", 100)))
	with := func(key string, value any) map[string]any {
		body := enumeration("x")
		body[key] = value
		return body
	}
	a.must(400, "POST", properties, with("groupName", "no_such_group"))
	a.must(400, "POST", properties, with("type", "colour"))
	a.must(400, "POST", properties, with("fieldType", "text"))
	a.must(400, "POST", properties, enumeration("x", option("A", 0), option("A", 1)))
}

// The dated paths require displayOrder and hidden of each option, v3 only hidden.
// Source: HubSpot specifications 2026-03, 2026-09 and v3 (OptionInput).
func TestOptionsMustBeComplete(t *testing.T) {
	a := open(t, hubspot.Options{})
	without := func(key string) map[string]any {
		o := option("A", 0)
		delete(o, key)
		return o
	}
	a.must(400, "POST", properties, enumeration("x", without("displayOrder")))
	a.must(400, "POST", properties, enumeration("x", without("hidden")))
	a.must(400, "POST", "/crm/v3/properties/companies", enumeration("x", without("hidden")))
	a.must(201, "POST", "/crm/v3/properties/companies", enumeration("x", without("displayOrder")))
}

// A second property or group of one name is 409. Source: HubSpot documentation.
func TestDuplicatesConflict(t *testing.T) {
	a := open(t, hubspot.Options{})
	a.must(201, "POST", properties, enumeration("x"))
	a.must(409, "POST", properties, enumeration("x"))
	group := map[string]any{"name": "taxon", "label": "Taxon"}
	a.must(201, "POST", properties+"/groups", group)
	a.must(409, "POST", properties+"/groups", group)
	// the batch form fails as a whole and names the first offender only
	a.must(409, "POST", properties+"/batch/create", inputsOf(enumeration("y"), enumeration("x"))).contains(t, "named x")
	a.must(404, "GET", properties+"/y", nil)
	a.must(201, "POST", properties+"/batch/create", inputsOf(enumeration("y"), enumeration("z")))
}

// PATCH replaces the whole list of options and never adds to it. Source: HubSpot
// documentation of properties; connectors.
func TestPatchReplacesOptions(t *testing.T) {
	a := open(t, hubspot.Options{})
	a.must(201, "POST", properties, enumeration("abc", option("A", 0), option("B", 1)))
	id := a.load(hubspot.Companies, map[string]string{"abc": "A"})
	got := a.must(200, "PATCH", properties+"/abc", map[string]any{"options": []any{option("C", 0)}})
	if n := len(got.at("options").([]any)); n != 1 {
		t.Errorf("%d options", n)
	}
	a.must(400, "POST", updateCompanies, inputsOf(set(id, "abc", "B")))
	a.must(200, "POST", updateCompanies, inputsOf(set(id, "abc", "C")))
	// what is not named stays
	got = a.must(200, "PATCH", properties+"/abc", map[string]any{"label": "New label"})
	got.equal(t, "New label", "label")
	got.equal(t, "C", "options", 0, "value")
	a.must(404, "PATCH", properties+"/none", map[string]any{"label": "x"})
}

func TestGroups(t *testing.T) {
	a := open(t, hubspot.Options{})
	a.must(201, "POST", "/crm/v3/properties/deals/groups", map[string]any{"name": "taxon", "label": "Taxon", "displayOrder": 7})
	a.must(200, "GET", "/crm/v3/properties/deals/groups/taxon", nil).equal(t, 7.0, "displayOrder")
	a.must(200, "GET", "/crm/properties/2026-09/deals/groups", nil).equal(t, "taxon", "results", 1, "name")
	a.must(400, "POST", "/crm/v3/properties/deals/groups", map[string]any{"name": "x"})
	a.must(404, "GET", "/crm/v3/properties/deals/groups/none", nil)
	body := enumeration("x")
	body["groupName"] = "taxon"
	a.must(201, "POST", "/crm/properties/2026-09/deals", body)
	a.must(400, "DELETE", "/crm/v3/properties/deals/groups/taxon", nil)
	a.must(204, "DELETE", "/crm/v3/properties/deals/x", nil)
	a.must(204, "DELETE", "/crm/v3/properties/deals/groups/taxon", nil)
}

// The plan bounds custom properties per object, and the account tells how many are
// left. Source: HubSpot specification of limits; the numbers per plan are unverified.
func TestPropertyLimit(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Free()})
	for i := range 10 {
		a.must(201, "POST", properties, enumeration(fmt.Sprint("p", i)))
	}
	a.must(400, "POST", properties, enumeration("p10"))
	got := a.must(200, "GET", "/crm/limits/2026-09/custom-properties", nil)
	got.equal(t, 10.0, "overallUsage")
	got.equal(t, 30.0, "overallLimit")
	got.equal(t, "0-2", "byObjectType", 1, "objectTypeId")
	got.equal(t, 10.0, "byObjectType", 1, "usage")
	got.equal(t, 10.0, "byObjectType", 1, "limit")

	// at most ten of them may be unique
	b := open(t, hubspot.Options{})
	unique := func(name string) map[string]any {
		return map[string]any{"name": name, "label": name, "type": "string", "fieldType": "text", "groupName": "companyinformation", "hasUniqueValue": true}
	}
	for i := range 10 {
		b.must(201, "POST", properties, unique(fmt.Sprint("u", i)))
	}
	b.must(400, "POST", properties, unique("u10"))
	b.load(hubspot.Companies, map[string]string{"u0": "key"})
	b.must(409, "POST", "/crm/v3/objects/companies", set("", "u0", "key"))
}
