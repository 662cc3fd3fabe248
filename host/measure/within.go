package measure

import (
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
)

// PartOf reports whether a sum (or count) is over some or all of the items that a wider one is over, whatever the
// customer: it has the same conditions and more, or looks back no further. No column is part of itself.
func (c *Column) PartOf(wider *Column, asOf crm.Day) bool {
	if c.Form != MeasureForm || wider.Form != MeasureForm || c.Aggregate != wider.Aggregate || c.Aggregate != "sum" && c.Aggregate != "count" ||
		c.Source != wider.Source || c.Field != wider.Field || c.Type == crm.Amount && c.currency != wider.currency || c.Canonical == wider.Canonical {
		return false
	}
	if !wider.window.All() && (c.window.All() || c.window.First(asOf) < wider.window.First(asOf)) {
		return false
	}
	conds := c.conditions()
	return !slices.ContainsFunc(wider.conditions(), func(cond string) bool { return !slices.Contains(conds, cond) })
}

// conditions are what the canonical text has after "where". Amounts stand for the same only in one currency.
func (c *Column) conditions() []string {
	var out []string
	for _, k := range c.conds {
		one := &Column{Expr: Expr{Form: ListForm}, conds: []condition{k}, currency: c.currency}
		if k.field.Type == crm.Amount {
			one.Currency = c.currency
		}
		out = append(out, strings.TrimPrefix(one.canonical(""), ". where "))
	}
	return out
}
