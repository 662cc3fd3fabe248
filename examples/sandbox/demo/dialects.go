package demo

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/taxonhq/taxon/examples/data"
	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/dolibarr"
	"github.com/taxonhq/taxon/examples/sandbox/dynamics"
	"github.com/taxonhq/taxon/examples/sandbox/espocrm"
	"github.com/taxonhq/taxon/examples/sandbox/freshsales"
	"github.com/taxonhq/taxon/examples/sandbox/fxiaoke"
	"github.com/taxonhq/taxon/examples/sandbox/odoo"
	"github.com/taxonhq/taxon/examples/sandbox/pipedrive"
	"github.com/taxonhq/taxon/examples/sandbox/salesforce"
	"github.com/taxonhq/taxon/examples/sandbox/suitecrm"
	"github.com/taxonhq/taxon/examples/sandbox/twenty"
	"github.com/taxonhq/taxon/examples/sandbox/zoho"
)

// Dialect is a simulated CRM that anybody can run: `taxon sandbox NAME`. HubSpot is
// apart, because the demo puts more into it than a Shape can say.
type Dialect struct {
	// Name of the connector, and Title of the CRM.
	Name, Title string
	// Open makes an account without records; with limits those of the vendor's smallest
	// plan are in force.
	Open func(limits bool) Account
	// Settings and Secrets are what a connection to it needs, by the connector's names.
	Settings, Secrets map[string]string
	// Make does what the CRM's administrator does where no program can make fields; nil elsewhere.
	Make func(a *sandbox.Account, kind string, w sandbox.Wanted) (name string, err error)
	// Shape says where the B2B pipeline stands in it.
	Shape Shape
}

// Account is a running simulation.
type Account struct {
	*sandbox.Account
	// Listen serves it at an address of this machine; "" means a free port on loopback.
	Listen func(addr string) (*sandbox.Listener, error)
	// Link makes a record the company or person of another; nil: properties hold the ids.
	Link func(fromKind, fromID, toKind, toID string)
}

// Shape says which of a dialect's kinds and properties hold what. Properties left
// out are not filled.
type Shape struct {
	Companies Place // name, country, employees, revenue, industry
	Contacts  Place // first, last, email, company (the property with the company's id)
	Deals     Place // name, amount, closed, company, contact; fixed by stage
	// Company are properties of every company.
	Company map[string]string
	// Stages are properties of deals that are open, won and lost.
	Open, Won, Lost map[string]string
	// Amount and Closed write an amount in USD and the day of closing; nil: 1500 and RFC 3339.
	Amount func(usd int64) string
	Closed func(day time.Time) string
}

// Place is one kind and its properties by meaning.
type Place struct {
	Kind  string
	Names map[string]string
}

// put gathers values under a place's own names.
func (p Place) put(values map[string]string) map[string]string {
	out := map[string]string{}
	for meaning, v := range values {
		if name := p.Names[meaning]; name != "" && v != "" {
			out[name] = v
		}
	}
	return out
}

// FindDialect finds a dialect by its name.
func FindDialect(name string) (Dialect, bool) {
	i := slices.IndexFunc(Dialects, func(d Dialect) bool { return d.Name == name })
	if i < 0 {
		return Dialect{}, false
	}
	return Dialects[i], true
}

// Load puts the B2B pipeline into an account: companies, synthetic people and deals.
func (d Dialect) Load(a Account) (Loaded, error) {
	set, err := data.LoadSales()
	if err != nil {
		return Loaded{}, err
	}
	out := Loaded{AsOf: data.SalesAsOf}
	shape, ids := d.Shape, map[string]string{}
	add := func(p Place, at time.Time, values, fixed map[string]string) (string, error) {
		values = p.put(values)
		maps.Copy(values, fixed)
		id, err := a.Load(p.Kind, sandbox.Record{Created: at, Modified: at, Values: values})
		if err != nil {
			return "", fmt.Errorf("%s: %w", d.Name, err)
		}
		return id, nil
	}
	link := func(from Place, id string, to Place, toID string) {
		if a.Link != nil && toID != "" {
			a.Link(from.Kind, id, to.Kind, toID)
		}
	}
	for i, account := range set.Accounts {
		ids[account.Name], err = add(shape.Companies, salesBegin, map[string]string{"name": account.Name, "country": account.Office, "industry": account.Sector,
			"employees": strconv.FormatInt(account.Employees, 10), "revenue": strconv.FormatInt(account.Revenue*10_000, 10)}, shape.Company)
		if err != nil {
			return Loaded{}, err
		}
		out.Companies++
		person, err := add(shape.Contacts, salesBegin, map[string]string{"first": "Synthetic", "last": fmt.Sprintf("Person %d", i+1),
			"email": fmt.Sprintf("person-%d@%s.example", i+1, slug(account.Name)), "company": ids[account.Name]}, nil)
		if err != nil {
			return Loaded{}, err
		}
		link(shape.Contacts, person, shape.Companies, ids[account.Name])
		out.Contacts++
	}
	for _, o := range set.Opportunities {
		state, at := shape.Open, noon(data.SalesAsOf.AddDate(0, 0, -1))
		if !o.Engaged.IsZero() {
			at = noon(o.Engaged)
		}
		values := map[string]string{"name": o.Product + " " + o.ID, "company": ids[o.Account]}
		if !o.Closed.IsZero() {
			at = noon(o.Closed)
			state = map[string]map[string]string{"Won": shape.Won, "Lost": shape.Lost}[o.Stage]
			values["amount"], values["closed"] = strconv.FormatInt(o.Value, 10), at.Format(time.RFC3339)
			if shape.Amount != nil {
				values["amount"] = shape.Amount(o.Value)
			}
			if shape.Closed != nil {
				values["closed"] = shape.Closed(at)
			}
		}
		id, err := add(shape.Deals, at, values, state)
		if err != nil {
			return Loaded{}, err
		}
		link(shape.Deals, id, shape.Companies, ids[o.Account])
		out.Deals++
		if o.Account == "" {
			out.Orphans++
		}
	}
	return out, nil
}

func day(at time.Time) string { return at.Format(time.DateOnly) }

// Dialects are the simulated CRMs beside HubSpot, by name.
var Dialects = []Dialect{
	{
		Name: "dolibarr", Title: "Dolibarr", Settings: map[string]string{"release": "recent", "currency": "USD"}, Secrets: map[string]string{"api_key": dolibarr.DefaultKey},
		Open: func(bool) Account {
			s := dolibarr.New(dolibarr.Options{})
			return Account{&s.Account, s.Listen, nil}
		},
		Shape: Shape{
			Companies: Place{dolibarr.ThirdParties, map[string]string{"name": "name", "country": "country_code"}},
			Contacts:  Place{dolibarr.Contacts, map[string]string{"first": "firstname", "last": "lastname", "email": "email", "company": "socid"}},
			Deals:     Place{dolibarr.Projects, map[string]string{"name": "title", "amount": "opp_amount", "closed": "date_close", "company": "socid"}},
			Open:      map[string]string{"usage_opportunity": "1", "opp_status": "1"}, Won: map[string]string{"usage_opportunity": "1", "opp_status": "6"},
			Lost: map[string]string{"usage_opportunity": "1", "opp_status": "7"},
		},
	},
	{
		Name: "dynamics", Title: "Dynamics 365", Settings: map[string]string{"tenant_id": dynamics.DefaultTenant, "client_id": dynamics.DefaultClientID},
		Secrets: map[string]string{"client_secret": dynamics.DefaultClientSecret},
		Open: func(limits bool) Account {
			o := dynamics.Options{}
			if limits {
				o.PerFiveMinutes = 6000
			}
			s := dynamics.New(o)
			return Account{&s.Account, s.Listen, nil}
		},
		Shape: Shape{
			Companies: Place{dynamics.Accounts, map[string]string{"name": "name", "country": "address1_country", "employees": "numberofemployees", "revenue": "revenue"}},
			Contacts:  Place{dynamics.Contacts, map[string]string{"first": "firstname", "last": "lastname", "email": "emailaddress1", "company": "_parentcustomerid_value"}},
			Deals:     Place{dynamics.Opportunities, map[string]string{"name": "name", "amount": "estimatedvalue", "closed": "actualclosedate", "company": "_customerid_value"}},
			Open:      map[string]string{"statecode": dynamics.StateOpen}, Won: map[string]string{"statecode": dynamics.StateWon}, Lost: map[string]string{"statecode": dynamics.StateLost},
			Closed: day,
		},
	},
	{
		Name: "espocrm", Title: "EspoCRM", Settings: map[string]string{"login": espocrm.DefaultLogin},
		Secrets: map[string]string{"api_key": espocrm.DefaultKey, "password": espocrm.DefaultPassword},
		Open: func(bool) Account {
			s := espocrm.New(espocrm.Options{})
			return Account{&s.Account, s.Listen, nil}
		},
		Shape: Shape{
			Companies: Place{espocrm.Accounts, map[string]string{"name": "name", "country": "billingAddressCountry", "industry": "industry"}},
			Contacts:  Place{espocrm.Contacts, map[string]string{"first": "firstName", "last": "lastName", "email": "emailAddress", "company": "accountId"}},
			Deals:     Place{espocrm.Opportunities, map[string]string{"name": "name", "amount": "amount", "closed": "closeDate", "company": "accountId"}},
			Open:      map[string]string{"stage": "Prospecting", "amountCurrency": "USD"}, Won: map[string]string{"stage": "Closed Won", "amountCurrency": "USD"},
			Lost: map[string]string{"stage": "Closed Lost", "amountCurrency": "USD"}, Closed: day,
		},
	},
	{
		Name: "freshsales", Title: "Freshsales", Secrets: map[string]string{"api_key": freshsales.DefaultKey}, Make: freshsales.Make,
		Open: func(limits bool) Account {
			o := freshsales.Options{}
			if limits {
				o.PerHour = 1000
			}
			s := freshsales.New(o)
			return Account{&s.Account, s.Listen, s.Link}
		},
		Shape: Shape{
			Companies: Place{freshsales.Accounts, map[string]string{"name": "name", "country": "country", "employees": "number_of_employees", "revenue": "annual_revenue"}},
			Contacts:  Place{freshsales.Contacts, map[string]string{"first": "first_name", "last": "last_name", "email": "email"}},
			Deals:     Place{freshsales.Deals, map[string]string{"name": "name", "amount": "base_currency_amount", "closed": "closed_date"}},
			Open:      map[string]string{"deal_stage_id": freshsales.StageNew}, Won: map[string]string{"deal_stage_id": freshsales.StageWon},
			Lost: map[string]string{"deal_stage_id": freshsales.StageLost}, Closed: day,
		},
	},
	{
		Name: "odoo", Title: "Odoo", Settings: map[string]string{"database": odoo.DefaultDatabase}, Secrets: map[string]string{"api_key": odoo.DefaultKey},
		Open: func(bool) Account {
			s := odoo.New(odoo.Options{Currency: "USD"})
			return Account{&s.Account, s.Listen, nil}
		},
		Shape: Shape{
			Company:   map[string]string{"is_company": "true"},
			Companies: Place{odoo.Partners, map[string]string{"name": "name", "country": "country_id", "industry": "industry_id"}},
			Contacts:  Place{odoo.Partners, map[string]string{"last": "name", "email": "email", "company": "parent_id"}},
			Deals:     Place{odoo.Leads, map[string]string{"name": "name", "amount": "expected_revenue", "closed": "date_closed", "company": "partner_id"}},
			Open:      map[string]string{"type": "opportunity", "company_currency": "1", "stage_id": odoo.StageNew, "probability": "10"},
			Won:       map[string]string{"type": "opportunity", "company_currency": "1", "stage_id": odoo.StageWon, "probability": "100"},
			Lost:      map[string]string{"type": "opportunity", "company_currency": "1", "stage_id": odoo.StageNew, "probability": "0", "active": "false"},
		},
	},
	{
		Name: "fxiaoke", Title: "纷享销客 Fxiaoke", Settings: map[string]string{"app_id": fxiaoke.DefaultAppID, "currency": "USD"},
		Secrets: map[string]string{"app_secret": fxiaoke.DefaultAppSecret, "permanent_code": fxiaoke.DefaultPermanentCode}, Make: fxiaoke.Make,
		Open: func(limits bool) Account {
			o := fxiaoke.Options{}
			if limits {
				o.PerInterface, o.Daily = 100, 100_000
			}
			s := fxiaoke.New(o)
			return Account{&s.Account, s.Listen, nil}
		},
		Shape: Shape{
			Companies: Place{fxiaoke.Accounts, map[string]string{"name": "name", "country": "address", "employees": "employee_count", "revenue": "annual_revenue", "industry": "industry"}},
			Contacts:  Place{fxiaoke.Contacts, map[string]string{"last": "name", "email": "email", "company": "account_id"}},
			Deals:     Place{fxiaoke.Opportunities, map[string]string{"name": "name", "amount": "amount", "closed": "close_date", "company": "account_id"}},
			Open:      map[string]string{"sales_status": fxiaoke.StatusOpen}, Won: map[string]string{"sales_status": fxiaoke.StatusWon}, Lost: map[string]string{"sales_status": fxiaoke.StatusLost},
			Closed: func(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) },
		},
	},
	{
		Name: "pipedrive", Title: "Pipedrive", Secrets: map[string]string{"api_token": pipedrive.DefaultToken},
		Open: func(limits bool) Account {
			o := pipedrive.Options{Burst: 1_000_000} // its answers tell how much there is
			if limits {
				o.Burst, o.DailyTokens = 20, 30_000
			}
			s := pipedrive.New(o)
			return Account{&s.Account, s.Listen, s.Link}
		},
		Shape: Shape{
			Companies: Place{pipedrive.Organizations, map[string]string{"name": "name", "country": "address.country", "employees": "employee_count", "revenue": "annual_revenue", "industry": "industry"}},
			Contacts:  Place{pipedrive.Persons, map[string]string{"last": "name", "email": "emails"}},
			Deals:     Place{pipedrive.Deals, map[string]string{"name": "title", "amount": "value", "closed": "close_time"}},
			Open:      map[string]string{"status": "open"}, Won: map[string]string{"status": "won"}, Lost: map[string]string{"status": "lost"},
		},
	},
	{
		Name: "salesforce", Title: "Salesforce", Settings: map[string]string{"client_id": salesforce.DefaultClientID},
		Secrets: map[string]string{"client_secret": salesforce.DefaultClientSecret, "refresh_token": salesforce.DefaultRefreshToken},
		Open: func(limits bool) Account {
			o := salesforce.Options{}
			if limits {
				o.PerDay = 15000
			}
			s := salesforce.New(o)
			return Account{&s.Account, s.Listen, nil}
		},
		Shape: Shape{
			Companies: Place{salesforce.Account, map[string]string{"name": "Name", "country": "BillingCountry", "employees": "NumberOfEmployees", "revenue": "AnnualRevenue", "industry": "Industry"}},
			Contacts:  Place{salesforce.Contact, map[string]string{"first": "FirstName", "last": "LastName", "email": "Email", "company": "AccountId"}},
			Deals:     Place{salesforce.Opportunity, map[string]string{"name": "Name", "amount": "Amount", "closed": "CloseDate", "company": "AccountId"}},
			Open:      map[string]string{"StageName": salesforce.StageOpen}, Won: map[string]string{"StageName": salesforce.StageWon}, Lost: map[string]string{"StageName": salesforce.StageLost},
			Closed: day,
		},
	},
	{
		Name: "suitecrm", Title: "SuiteCRM", Settings: map[string]string{"client_id": suitecrm.DefaultClientID}, Secrets: map[string]string{"client_secret": suitecrm.DefaultClientSecret}, Make: suitecrm.Make,
		Open: func(bool) Account {
			s := suitecrm.New(suitecrm.Options{})
			return Account{&s.Account, s.Listen, nil}
		},
		Shape: Shape{
			Companies: Place{suitecrm.Accounts, map[string]string{"name": "name", "country": "billing_address_country", "employees": "employees", "revenue": "annual_revenue", "industry": "industry"}},
			Contacts:  Place{suitecrm.Contacts, map[string]string{"first": "first_name", "last": "last_name", "email": "email1", "company": "account_id"}},
			Deals:     Place{suitecrm.Opportunities, map[string]string{"name": "name", "amount": "amount_usdollar", "closed": "date_closed", "company": "account_id"}},
			Open:      map[string]string{"sales_stage": "Prospecting"}, Won: map[string]string{"sales_stage": "Closed Won"}, Lost: map[string]string{"sales_stage": "Closed Lost"},
			Closed: day,
		},
	},
	{
		Name: "twenty", Title: "Twenty", Secrets: map[string]string{"api_key": twenty.DefaultToken}, Settings: map[string]string{"lost_stages": "LOST", "calls_per_minute": "10000"},
		Open: func(limits bool) Account {
			o := twenty.Options{}
			if limits {
				o.PerMinute = 100
			}
			s := twenty.New(o)
			return Account{&s.Account, s.Listen, nil}
		},
		Shape: Shape{
			Companies: Place{twenty.Companies, map[string]string{"name": "name", "country": "address.addressCountry", "employees": "employees"}},
			Contacts:  Place{twenty.People, map[string]string{"first": "name.firstName", "last": "name.lastName", "email": "emails.primaryEmail", "company": "companyId"}},
			Deals:     Place{twenty.Opportunities, map[string]string{"name": "name", "amount": "amount.amountMicros", "closed": "closeDate", "company": "companyId"}},
			Open:      map[string]string{"stage": "NEW"}, Won: map[string]string{"stage": "CUSTOMER"}, Lost: map[string]string{"stage": "LOST"},
			Amount: func(usd int64) string { return strconv.FormatInt(usd*1_000_000, 10) },
		},
	},
	{
		Name: "zoho", Title: "Zoho CRM", Settings: map[string]string{"client_id": zoho.DefaultClientID},
		Secrets: map[string]string{"client_secret": zoho.DefaultClientSecret, "refresh_token": zoho.DefaultRefreshToken},
		Open: func(limits bool) Account {
			o := zoho.Options{}
			if limits {
				o.Credits = 5000
			}
			s := zoho.New(o)
			return Account{&s.Account, s.Listen, nil}
		},
		Shape: Shape{
			Companies: Place{zoho.Accounts, map[string]string{"name": "Account_Name", "country": "Billing_Country", "employees": "Employees", "revenue": "Annual_Revenue", "industry": "Industry"}},
			Contacts:  Place{zoho.Contacts, map[string]string{"first": "First_Name", "last": "Last_Name", "email": "Email", "company": "Account_Name"}},
			Deals:     Place{zoho.Deals, map[string]string{"name": "Deal_Name", "amount": "Amount", "closed": "Closing_Date", "company": "Account_Name"}},
			Open:      map[string]string{"Stage": zoho.StageOpen}, Won: map[string]string{"Stage": zoho.StageWon}, Lost: map[string]string{"Stage": zoho.StageLost},
			Closed: day,
		},
	},
}
