package demo

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

// LoadCDNOW puts purchases of the CDNOW sample (see data.LoadCDNOW) into an account:
// a contact with a synthetic name per customer, and a won deal per purchase, linked
// to it. The purchases are real, the names are not. Customers were created with
// their first purchase.
func LoadCDNOW(s *hubspot.Server, purchases []data.Purchase) (Loaded, error) {
	err := errors.Join(
		defineSynthetic(s),
		s.AddGroup(hubspot.Deals, "imported_data", "Imported data"),
		s.AddProperty(hubspot.Contacts, sandbox.Field{Name: "cdnow_id", Label: "CDNOW customer", Type: "number", Widget: "number", Group: "synthetic_data"}),
		s.AddProperty(hubspot.Deals, sandbox.Field{Name: "cds", Label: "Number of CDs", Type: "number", Widget: "number", Group: "imported_data"}),
	)
	if err != nil {
		return Loaded{}, err
	}
	out := Loaded{AsOf: data.CDNOWAsOf}
	contacts, bought := map[int]string{}, map[int]int{}
	for _, p := range purchases {
		at := noon(p.Day)
		contact, known := contacts[p.Customer]
		if !known {
			contact, err = s.Load(hubspot.Contacts, sandbox.Record{Created: at, Modified: at, Values: map[string]string{
				"firstname": "Synthetic", "lastname": fmt.Sprintf("Customer %04d", p.Customer), "email": fmt.Sprintf("customer-%04d@cdnow.example", p.Customer),
				"synthetic": "true", "cdnow_id": strconv.Itoa(p.Customer),
			}})
			if err != nil {
				return Loaded{}, err
			}
			contacts[p.Customer] = contact
			out.Contacts++
		}
		bought[p.Customer]++
		deal, err := s.Load(hubspot.Deals, sandbox.Record{Created: at, Modified: at, Values: map[string]string{
			"dealname": fmt.Sprintf("Purchase %d of customer %04d", bought[p.Customer], p.Customer), "pipeline": "default", "dealstage": "closedwon",
			"amount": fmt.Sprintf("%d.%02d", p.Value/100, p.Value%100), "closedate": at.Format(time.RFC3339), "deal_currency_code": "USD", "cds": strconv.Itoa(p.CDs),
		}})
		if err != nil {
			return Loaded{}, err
		}
		s.Associate(hubspot.Deals, deal, hubspot.Contacts, contact, false)
		out.Deals++
	}
	return out, nil
}
