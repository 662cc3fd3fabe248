package synthetic

import "time"

// year is the first instant of the 365 days before the as-of day.
var year = AsOf.AddDate(0, 0, -365)

// count computes the facts from the finished records:
//
//	revenue, cost, contribution   of won deals of the last 365 days, in units of the currency
//	purchases                     won deals of the last 365 days
//	discount                      1 - amount / list, of all won deals with a list price
//	days_late, invoices_due       amount-weighted mean of max(0, days from due to paid or to the as-of day) over the invoices
//	                              due in the last 365 days, and their number; disputed and written-off ones are left out
//
// and the grade "credit" of those with a payer: A to 0 days, B to 15, C to 30, D to 60, E above or with a write-off in
// the window, U below three invoices due. Days are whole days.
func (c *Customer) count() {
	var revenue, cost, amounts, lists, weights int64
	var weighted float64
	purchases, due, off := 0, 0, false
	for _, d := range c.Deals {
		if d.State != "won" {
			continue
		}
		if d.ListAmount > 0 {
			amounts, lists = amounts+d.Amount, lists+d.ListAmount
		}
		if !d.Closed.Before(year) {
			revenue, cost, purchases = revenue+d.Amount, cost+d.Cost, purchases+1
		}
	}
	for _, a := range c.Activities {
		if a.Kind != "invoice" || a.Due.Before(year) || !a.Due.Before(AsOf) {
			continue
		}
		if a.Status == "written_off" {
			off = true
		}
		if a.Status == "written_off" || a.Status == "disputed" {
			continue
		}
		paid := a.Paid
		if paid.IsZero() {
			paid = AsOf
		}
		days := int(paid.Truncate(24*time.Hour).Sub(a.Due.Truncate(24*time.Hour)).Hours() / 24)
		weighted += float64(a.Amount) * float64(max(0, days))
		weights, due = weights+a.Amount, due+1
	}
	c.Facts["revenue"], c.Facts["cost"], c.Facts["contribution"] = float64(revenue)/100, float64(cost)/100, float64(revenue-cost)/100
	c.Facts["purchases"] = float64(purchases)
	if lists > 0 {
		c.Facts["discount"] = 1 - float64(amounts)/float64(lists)
	}
	c.Facts["invoices_due"] = float64(due)
	if weights > 0 {
		c.Facts["days_late"] = weighted / float64(weights)
	}
	if c.Truth["payer"] == "" {
		return
	}
	grade := "E"
	for _, step := range []struct {
		days  float64
		grade string
	}{{60, "D"}, {30, "C"}, {15, "B"}, {0, "A"}} {
		if c.Facts["days_late"] <= step.days {
			grade = step.grade
		}
	}
	switch {
	case off:
		grade = "E"
	case due < 3:
		grade = "U"
	}
	c.Truth["credit"] = grade
}
