// Package demo fills a HubSpot sandbox with the public data sets of examples/data:
// the CRM of `taxon demo` and of end-to-end tests.
//
// It leaves the account itself to package hubspot and the files to package data.
// What the sets lack is made up here, from a fixed seed, and marked so that nobody
// takes it for data: people are called "Synthetic Person 1", their addresses lie
// under the reserved top-level domain .example, and a property says synthetic.
//
// Invariant: the same sets give the same records with the same ids, whatever the
// clock; a date of a set is noon UTC, which is that same day in every account zone
// from UTC-11 to UTC+11.
package demo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

// Loaded tells what was put into an account.
type Loaded struct {
	Companies, Contacts, Deals int
	// Orphans are deals that belong to no company and no contact.
	Orphans int
	// AsOf is the day after the data ends.
	AsOf time.Time
}

// salesBegin is the creation date of companies and people, which the set does not
// tell: the day before the first deal.
var salesBegin = noon(time.Date(2016, 10, 19, 0, 0, 0, 0, time.UTC))

// salesStages maps the pipeline's stages to those of HubSpot's default pipeline.
var salesStages = map[string]string{
	"Prospecting": "appointmentscheduled", "Engaging": "qualifiedtobuy", "Won": "closedwon", "Lost": "closedlost",
}

// LoadSales puts the B2B pipeline into an account: 85 companies, 8,800 deals and 35
// owners, and some synthetic contacts at every company, most of whom answered a
// synthetic survey (properties nps_score, 0 to 10, and nps_date).
//
// Companies get country (as the set spells it), annualrevenue in USD,
// numberofemployees, founded_year, their parent, and a text property sector with
// the set's own words: HubSpot's industry is a closed list that these are not in.
// Deals get amount in USD (won ones their value, lost ones 0, open ones none),
// closedate, the text properties product and opportunity_id, their owner and their
// primary company; 1,425 have none. A deal was created when it was engaged; the 500
// that never were, on the last day of the set.
func LoadSales(s *hubspot.Server) (Loaded, error) {
	set, err := data.LoadSales()
	if err != nil {
		return Loaded{}, err
	}
	if err := defineSales(s); err != nil {
		return Loaded{}, err
	}
	out := Loaded{AsOf: data.SalesAsOf}
	companies, err := loadAccounts(s, set.Accounts)
	if err != nil {
		return Loaded{}, err
	}
	out.Companies = len(companies)
	if out.Contacts, err = loadPeople(s, set.Accounts, companies); err != nil {
		return Loaded{}, err
	}
	owners := map[string]string{}
	for _, a := range set.Agents {
		first, last, _ := strings.Cut(a.Name, " ")
		owners[a.Name] = s.AddOwner(sandbox.Owner{FirstName: first, LastName: last, Email: slug(a.Name) + "@sales.example"}).ID
	}
	for _, o := range set.Opportunities {
		values := map[string]string{
			"dealname": o.Product + " " + o.ID, "opportunity_id": o.ID, "product": o.Product, "pipeline": "default", "dealstage": salesStages[o.Stage],
			"deal_currency_code": "USD", "hubspot_owner_id": owners[o.Agent],
		}
		created := noon(data.SalesAsOf.AddDate(0, 0, -1))
		if !o.Engaged.IsZero() {
			created = noon(o.Engaged)
		}
		modified := created
		if !o.Closed.IsZero() {
			modified = noon(o.Closed)
			values["closedate"] = modified.Format(time.RFC3339)
			values["amount"] = strconv.FormatInt(o.Value, 10)
		}
		id, err := s.Load(hubspot.Deals, sandbox.Record{Values: values, Created: created, Modified: modified})
		if err != nil {
			return Loaded{}, err
		}
		out.Deals++
		if o.Account == "" {
			out.Orphans++
			continue
		}
		s.Associate(hubspot.Deals, id, hubspot.Companies, companies[o.Account], true)
	}
	return out, nil
}

func defineSales(s *hubspot.Server) error {
	return errors.Join(
		s.AddGroup(hubspot.Companies, "imported_data", "Imported data"),
		s.AddProperty(hubspot.Companies, sandbox.Field{Name: "sector", Label: "Sector", Type: "string", Widget: "text", Group: "imported_data"}),
		s.AddGroup(hubspot.Deals, "imported_data", "Imported data"),
		s.AddProperty(hubspot.Deals, sandbox.Field{Name: "product", Label: "Product", Type: "string", Widget: "text", Group: "imported_data"}),
		s.AddProperty(hubspot.Deals, sandbox.Field{Name: "opportunity_id", Label: "Opportunity ID", Type: "string", Widget: "text", Group: "imported_data"}),
		defineSynthetic(s),
		s.AddProperty(hubspot.Contacts, sandbox.Field{Name: "decision_maker", Label: "Decision maker (synthetic)", Type: "bool", Widget: "booleancheckbox", Group: "synthetic_data"}),
		s.AddProperty(hubspot.Contacts, sandbox.Field{Name: "nps_score", Label: "NPS answer, 0 to 10 (synthetic)", Type: "number", Widget: "number", Group: "synthetic_data"}),
		s.AddProperty(hubspot.Contacts, sandbox.Field{Name: "nps_date", Label: "NPS answered on (synthetic)", Type: "date", Widget: "date", Group: "synthetic_data"}),
	)
}

func defineSynthetic(s *hubspot.Server) error {
	return errors.Join(
		s.AddGroup(hubspot.Contacts, "synthetic_data", "Synthetic data"),
		s.AddProperty(hubspot.Contacts, sandbox.Field{Name: "synthetic", Label: "Made up for the demo", Type: "bool", Widget: "booleancheckbox", Group: "synthetic_data"}),
	)
}

// loadAccounts returns the id of each company by name.
func loadAccounts(s *hubspot.Server, accounts []data.Account) (map[string]string, error) {
	ids := map[string]string{}
	for _, a := range accounts {
		id, err := s.Load(hubspot.Companies, sandbox.Record{Created: salesBegin, Modified: salesBegin, Values: map[string]string{
			"name": a.Name, "sector": a.Sector, "country": a.Office, "founded_year": strconv.Itoa(a.Established),
			"annualrevenue": strconv.FormatInt(a.Revenue*10_000, 10), "numberofemployees": strconv.FormatInt(a.Employees, 10),
		}})
		if err != nil {
			return nil, err
		}
		ids[a.Name] = id
	}
	for _, a := range accounts {
		if a.Parent != "" {
			s.SetParent(ids[a.Name], ids[a.Parent])
		}
	}
	return ids, nil
}

// loadPeople makes two to five synthetic contacts for each company. Every company
// has a mood of its own, so that its people tend to agree; three in four answered,
// nine in ten of these within the year before the as-of date.
func loadPeople(s *hubspot.Server, accounts []data.Account, companies map[string]string) (int, error) {
	dice := rand.New(rand.NewPCG(2017, 85))
	n := 0
	for _, a := range accounts {
		mood := 5.5 + 4*dice.Float64()
		for i := range 2 + dice.IntN(4) {
			n++
			values := map[string]string{
				"firstname": "Synthetic", "lastname": fmt.Sprintf("Person %d", n), "email": fmt.Sprintf("person-%d@%s.example", n, slug(a.Name)),
				"synthetic": "true", "decision_maker": strconv.FormatBool(i == 0 || dice.IntN(5) == 0),
			}
			modified := salesBegin
			if dice.IntN(4) > 0 {
				daysAgo := 1 + dice.IntN(365)
				if dice.IntN(10) == 0 {
					daysAgo = 366 + dice.IntN(60)
				}
				day := data.SalesAsOf.AddDate(0, 0, -daysAgo)
				score := int(mood + 2*dice.NormFloat64() + 0.5)
				values["nps_score"] = strconv.Itoa(max(0, min(10, score)))
				values["nps_date"] = day.Format(time.DateOnly)
				if at := noon(day); at.After(modified) {
					modified = at
				}
			}
			id, err := s.Load(hubspot.Contacts, sandbox.Record{Values: values, Created: salesBegin, Modified: modified})
			if err != nil {
				return 0, err
			}
			s.Associate(hubspot.Contacts, id, hubspot.Companies, companies[a.Name], true)
		}
	}
	return n, nil
}

func noon(day time.Time) time.Time { return day.Add(12 * time.Hour) }

// slug makes a name fit for an address.
func slug(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), "-")
}
