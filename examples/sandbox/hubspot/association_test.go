package hubspot_test

import (
	"fmt"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

const dealCompanies = "/crm/associations/2026-09/deals/companies/batch/read"

func wanted(ids ...string) map[string]any {
	list := []any{}
	for _, id := range ids {
		list = append(list, map[string]any{"id": id})
	}
	return map[string]any{"inputs": list}
}

// Links in bulk, with HubSpot's own type ids: primary ones carry two types. Source:
// HubSpot documentation of associations; client enums/AssociationTypes.js.
func TestAssociationsInBulk(t *testing.T) {
	a := open(t, hubspot.Options{})
	deal, main, other := a.load(hubspot.Deals, nil), a.load(hubspot.Companies, nil), a.load(hubspot.Companies, nil)
	a.Associate(hubspot.Deals, deal, hubspot.Companies, other, true)
	a.Associate(hubspot.Deals, deal, hubspot.Companies, main, true) // takes the place of the primary one
	for _, path := range []string{dealCompanies, "/crm/associations/2026-03/deals/companies/batch/read", "/crm/v4/associations/deals/companies/batch/read", "/crm/v4/associations/0-3/0-2/batch/read"} {
		got := a.must(200, "POST", path, wanted(deal))
		got.equal(t, deal, "results", 0, "from", "id")
		got.equal(t, other, "results", 0, "to", 0, "toObjectId")
		got.equal(t, 341.0, "results", 0, "to", 0, "associationTypes", 0, "typeId")
		got.equal(t, nil, "results", 0, "to", 0, "associationTypes", 0, "label")
		got.equal(t, main, "results", 0, "to", 1, "toObjectId")
		got.equal(t, 5.0, "results", 0, "to", 1, "associationTypes", 0, "typeId")
		got.equal(t, 341.0, "results", 0, "to", 1, "associationTypes", 1, "typeId")
	}
	a.must(200, "POST", "/crm/associations/2026-09/companies/deals/batch/read", wanted(main)).equal(t, 6.0, "results", 0, "to", 0, "associationTypes", 0, "typeId")

	contact := a.load(hubspot.Contacts, nil)
	a.Associate(hubspot.Contacts, contact, hubspot.Companies, main, true)
	a.Associate(hubspot.Contacts, contact, hubspot.Deals, deal, false)
	a.must(200, "POST", "/crm/associations/2026-09/contacts/companies/batch/read", wanted(contact)).equal(t, 1.0, "results", 0, "to", 0, "associationTypes", 0, "typeId")
	a.must(200, "POST", "/crm/associations/2026-09/deals/contacts/batch/read", wanted(deal)).equal(t, 3.0, "results", 0, "to", 0, "associationTypes", 0, "typeId")

	a.SetParent(other, main)
	a.must(200, "POST", "/crm/associations/2026-09/companies/companies/batch/read", wanted(other)).equal(t, 14.0, "results", 0, "to", 0, "associationTypes", 0, "typeId")
	a.Dissociate(hubspot.Deals, deal, hubspot.Companies, main)
	a.must(207, "POST", "/crm/associations/2026-09/companies/deals/batch/read", wanted(main))
}

// Ids without links are reported with status 207 or left out. Source: HubSpot
// specification of v4; Airbyte source-hubspot.
func TestIDsWithoutLinks(t *testing.T) {
	for _, silent := range []bool{false, true} {
		a := open(t, hubspot.Options{SilentAssociations: silent})
		linked, bare, company := a.load(hubspot.Deals, nil), a.load(hubspot.Deals, nil), a.load(hubspot.Companies, nil)
		a.Associate(hubspot.Deals, linked, hubspot.Companies, company, false)
		status := 207
		if silent {
			status = 200
		}
		got := a.must(status, "POST", dealCompanies, wanted(bare, linked))
		got.equal(t, linked, "results", 0, "from", "id")
		got.equal(t, nil, "results", 1)
		if !silent {
			got.equal(t, 1.0, "numErrors")
			got.equal(t, "crm.associations.NO_ASSOCIATIONS_FOUND", "errors", 0, "subCategory")
			got.equal(t, bare, "errors", 0, "context", "fromObjectId", 0)
		}
		a.Archive(hubspot.Companies, company) // links to archived records do not show
		if n := len(a.must(status, "POST", dealCompanies, wanted(linked)).at("results").([]any)); n != 0 {
			t.Errorf("a link to an archived company shows")
		}
	}
}

// toObjectId is text in the specification and a number in what clients saw. Source:
// HubSpot specification against client models.
func TestAssociationIDsMayBeNumbers(t *testing.T) {
	a := open(t, hubspot.Options{NumericAssociationIDs: true})
	deal, company := a.load(hubspot.Deals, nil), a.load(hubspot.Companies, nil)
	a.Associate(hubspot.Deals, deal, hubspot.Companies, company, false)
	a.must(200, "POST", dealCompanies, wanted(deal)).contains(t, fmt.Sprintf(`"toObjectId":%s,`, company))
}

// At most 1,000 inputs; a record with many links is paged for itself. Source: HubSpot
// specification of v4.
func TestAssociationPages(t *testing.T) {
	a := open(t, hubspot.Options{AssociationPage: 10})
	company, small := a.load(hubspot.Companies, nil), a.load(hubspot.Companies, nil)
	for i := range 25 {
		deal := a.load(hubspot.Deals, nil)
		a.Associate(hubspot.Deals, deal, hubspot.Companies, company, true)
		if i == 0 {
			a.Associate(hubspot.Deals, deal, hubspot.Companies, small, false)
		}
	}
	seen := map[string]bool{}
	for after := ""; ; {
		got := a.must(200, "POST", "/crm/associations/2026-09/companies/deals/batch/read", map[string]any{"inputs": []any{
			map[string]any{"id": company, "after": after}, map[string]any{"id": small}}})
		list := got.at("results", 0, "to").([]any)
		for i := range list {
			seen[got.text("results", 0, "to", i, "toObjectId")] = true
		}
		got.equal(t, nil, "results", 1, "paging")
		if after = got.text("results", 0, "paging", "next", "after"); after == "" {
			break
		}
	}
	if len(seen) != 25 {
		t.Errorf("%d links", len(seen))
	}
	many := make([]string, 1001)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	a.must(400, "POST", dealCompanies, wanted(many...))
	a.must(207, "POST", dealCompanies, wanted(many[:1000]...))
	a.must(200, "POST", dealCompanies, map[string]any{}).equal(t, nil, "results", 0)
	a.must(400, "POST", dealCompanies, map[string]any{"inputs": []any{map[string]any{"id": company, "after": "?"}}})
}

// Version 2026-09 has dropped the links of a single record. Source: HubSpot
// specifications of 2026-03 and 2026-09.
func TestLinksOfOneRecordEndWith202609(t *testing.T) {
	a := open(t, hubspot.Options{})
	deal, company := a.load(hubspot.Deals, nil), a.load(hubspot.Companies, nil)
	a.Associate(hubspot.Deals, deal, hubspot.Companies, company, true)
	path := "/deals/" + deal + "/associations/companies"
	a.must(200, "GET", "/crm/v4/objects"+path, nil).equal(t, company, "results", 0, "toObjectId")
	a.must(200, "GET", "/crm/objects/2026-03"+path, nil)
	a.must(404, "GET", "/crm/objects/2026-09"+path, nil)
}

// A contact's primary company is a property as well, which search follows.
func TestSearchFollowsLinks(t *testing.T) {
	a := open(t, hubspot.Options{Limits: hubspot.Unlimited()})
	contact, company := a.load(hubspot.Contacts, nil), a.load(hubspot.Companies, nil)
	found := func() int {
		return len(a.must(200, "POST", "/crm/v3/objects/contacts/search", where(is("associatedcompanyid", "EQ", company))).ids())
	}
	for _, want := range []int{0, 1, 0} {
		if got := found(); got != want {
			t.Errorf("found %d, want %d", got, want)
		}
		if want == 0 {
			a.Associate(hubspot.Contacts, contact, hubspot.Companies, company, true)
		} else {
			a.Dissociate(hubspot.Contacts, contact, hubspot.Companies, company)
		}
	}
}
