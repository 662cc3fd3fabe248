package data

import (
	"errors"
	"time"
)

// Sales is the B2B sales pipeline "CRM Sales Opportunities" of Maven Analytics.
type Sales struct {
	Accounts      []Account
	Opportunities []Opportunity
	Products      []Product
	Agents        []Agent
}

// SalesAsOf is the day after the pipeline ends: the as-of date of the expected
// results.
var SalesAsOf = time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)

// Account is a company that buys.
type Account struct {
	Name        string
	Sector      string // free text
	Established int    // year
	Revenue     int64  // per year, in units of 10,000 USD (hundredths of a million)
	Employees   int64
	Office      string // a country, as free text
	Parent      string // name of another account; "" for none
}

// Opportunity is a deal.
type Opportunity struct {
	ID, Agent, Product string
	Account            string    // "" for one in six, all of them open
	Stage              string    // Won, Lost, Engaging or Prospecting
	Engaged            time.Time // zero while Prospecting
	Closed             time.Time // zero while open
	Value              int64     // in USD; 0 unless won
}

// Product is an article with its list price in USD.
type Product struct {
	Name, Series string
	Price        int64
}

// Agent is a sales person with manager and regional office.
type Agent struct{ Name, Manager, Office string }

const salesFolder = "crm_sales_opportunities/"

// LoadSales reads the embedded pipeline.
func LoadSales() (Sales, error) {
	var s Sales
	err := rows(embedded, salesFolder+"accounts.csv", func(c func(string) string) error {
		year, err1 := whole(c("year_established"))
		revenue, err2 := hundredths(c("revenue"))
		employees, err3 := whole(c("employees"))
		s.Accounts = append(s.Accounts, Account{Name: c("account"), Sector: c("sector"), Established: int(year), Revenue: revenue,
			Employees: employees, Office: c("office_location"), Parent: c("subsidiary_of")})
		return errors.Join(err1, err2, err3)
	})
	if err != nil {
		return Sales{}, err
	}
	err = rows(embedded, salesFolder+"sales_pipeline.csv", func(c func(string) string) error {
		engaged, err1 := day(c("engage_date"))
		closed, err2 := day(c("close_date"))
		value, err3 := whole(c("close_value"))
		s.Opportunities = append(s.Opportunities, Opportunity{ID: c("opportunity_id"), Agent: c("sales_agent"), Product: c("product"),
			Account: c("account"), Stage: c("deal_stage"), Engaged: engaged, Closed: closed, Value: value})
		return errors.Join(err1, err2, err3)
	})
	if err != nil {
		return Sales{}, err
	}
	err = rows(embedded, salesFolder+"products.csv", func(c func(string) string) error {
		price, err := whole(c("sales_price"))
		s.Products = append(s.Products, Product{c("product"), c("series"), price})
		return err
	})
	if err != nil {
		return Sales{}, err
	}
	err = rows(embedded, salesFolder+"sales_teams.csv", func(c func(string) string) error {
		s.Agents = append(s.Agents, Agent{c("sales_agent"), c("manager"), c("regional_office")})
		return nil
	})
	return s, err
}
