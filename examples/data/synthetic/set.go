// Package synthetic makes customers whose truth is known: what no public data set holds together (margins, invoices with
// due and paid dates, disputes, tickets, surveys, meetings, quotes, discounts, ages, occupations), for the cases that
// books on customer classification use: business customers, a bank, an insurer, a shop.
//
// Nothing here is about anybody: names say synthetic, addresses lie under the reserved domain .example. What a customer
// is (its Truth) is drawn first, by fixed shares; its records are then made to show it, with noise. Facts are numbers
// computed from the finished records, by formulas of this package's own.
//
// It leaves to package sandbox/demo how a CRM holds the records. Invariant: a case, a seed and a number of customers give
// the same set, byte for byte; more customers leave the first ones as they were, and nothing lies on or after the as-of day.
package synthetic

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Set is the customers of a case.
type Set struct {
	Case      string
	Company   bool // the customers are companies; else persons
	Currency  string
	AsOf      time.Time // the day after the records end, midnight UTC
	Customers []Customer
}

// Customer is a company or a person with everything that belongs to it.
type Customer struct {
	ID, Name, Country, City, Industry string
	Employees                         int
	Revenue                           int64 // a company's own, a year, in cents
	Created                           time.Time
	// Fields are the case's own fields by name, as text: days as 2006-01-02, amounts as decimals.
	Fields     map[string]string
	People     []Person // of a company
	Deals      []Deal
	Activities []Activity
	// Truth is the class that the customer was made to be, by name of the scheme; a scheme that does not apply is absent.
	Truth map[string]string
	// Facts are numbers computed from the records, by name.
	Facts map[string]float64
}

// Person works at a company.
type Person struct {
	ID, Name, Email string
	DecisionMaker   bool
}

// Deal is an order, or an attempt at one. Amounts are cents; what is not known is zero.
type Deal struct {
	ID, Name, State, Product, Category string // state: open, won or lost
	Series                             string // basic or premium
	Channel                            string // sales, online, phone or store
	LostReason                         string // price, quality, service, no_need or later
	Amount, ListAmount, Cost           int64
	Quantity                           int
	Created, Closed                    time.Time // closed: of an open deal the expected day, if any
}

// Activity is a dated event.
type Activity struct {
	ID, Kind, Status string // the kinds of Taxon: invoice, quote, ticket, survey, meeting, call, mail, visit
	Scale            string // nps
	Reason           string // why an invoice is late or disputed
	Topic            string // of a ticket or a visit: price, quality, service, delivery, fashion, claim
	Direction        string // inbound or outbound, of a meeting, call or mail
	Person           string // id, of a survey
	HasScore         bool
	Score            int
	Amount           int64 // cents
	At, Due, Paid    time.Time
}

// AsOf is the as-of day of every set.
var AsOf = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// The cases.
const (
	B2B       = "b2b"
	Bank      = "bank"
	Insurance = "insurance"
	Ecommerce = "ecommerce"
)

// Cases lists them.
var Cases = []string{B2B, Bank, Insurance, Ecommerce}

// sizes are the numbers of customers that Make uses when none is given.
var sizes = map[string]int{B2B: 600, Bank: 1000, Insurance: 1000, Ecommerce: 1500}

// Seed is the seed of the sets that the demo and the presets use.
const Seed = 2026

// Make makes a set. customers 0 means the case's usual number.
func Make(name string, seed uint64, customers int) (*Set, error) {
	makers := map[string]func(*dice, *Customer){B2B: business, Bank: saver, Insurance: insured, Ecommerce: shopper}
	make, known := makers[name]
	if !known {
		return nil, fmt.Errorf("there is no case %q: one of %v", name, Cases)
	}
	if customers == 0 {
		customers = sizes[name]
	}
	s := &Set{Case: name, Company: name == B2B, Currency: "USD", AsOf: AsOf}
	for i := range customers {
		// Each customer has dice of its own, so that it does not depend on how many there are.
		d := &dice{Rand: rand.New(rand.NewPCG(seed, uint64(slices.Index(Cases, name))<<32|uint64(i))), prefix: fmt.Sprintf("%s-%05d", name, i+1)}
		c := Customer{ID: d.prefix, Fields: map[string]string{"synthetic": "true"}, Truth: map[string]string{}, Facts: map[string]float64{}}
		make(d, &c)
		c.settle()
		s.Customers = append(s.Customers, c)
	}
	return s, nil
}

// settle brings a customer's records into the order of time, numbers them and cuts what lies ahead.
func (c *Customer) settle() {
	c.Deals = slices.DeleteFunc(c.Deals, func(d Deal) bool {
		return !d.Created.Before(AsOf) || d.State != "open" && !d.Closed.Before(AsOf)
	})
	c.Activities = slices.DeleteFunc(c.Activities, func(a Activity) bool { return !a.At.Before(AsOf) })
	slices.SortStableFunc(c.Deals, func(a, b Deal) int { return a.Created.Compare(b.Created) })
	slices.SortStableFunc(c.Activities, func(a, b Activity) int { return a.At.Compare(b.At) })
	for i := range c.Deals {
		d := &c.Deals[i]
		d.ID = fmt.Sprintf("%s-d%03d", c.ID, i+1)
		d.Name = d.Product + " " + d.ID
		if d.Created.Before(c.Created) {
			c.Created = d.Created
		}
	}
	for i := range c.Activities {
		a := &c.Activities[i]
		a.ID = fmt.Sprintf("%s-a%03d", c.ID, i+1)
		if a.At.Before(c.Created) {
			c.Created = a.At
		}
		if !a.Paid.IsZero() && !a.Paid.Before(AsOf) { // not known yet
			a.Paid = time.Time{}
			if a.Status == "paid" {
				a.Status = "open"
			}
		}
	}
	c.count()
}

// dice are one customer's.
type dice struct {
	*rand.Rand
	prefix string
}

// pick draws by weight: the weights of choices in order, with the last choice taking what is left of 100.
func (d *dice) pick(choices []string, percent ...int) string {
	n := d.IntN(100)
	for i, p := range percent {
		if n < p {
			return choices[i]
		}
		n -= p
	}
	return choices[len(choices)-1]
}

// one draws one of equals.
func (d *dice) one(choices ...string) string { return choices[d.IntN(len(choices))] }

// between draws from low to high, both included.
func (d *dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// chance is true in p of 100 cases.
func (d *dice) chance(p int) bool { return d.IntN(100) < p }

// ago is noon of the day so many days before the as-of day: 1 is the last day.
func ago(days int) time.Time { return AsOf.AddDate(0, 0, -days).Add(12 * time.Hour) }

// decimal is cents as text.
func decimal(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s%d.%02d", sign, cents/100, cents%100)
}
