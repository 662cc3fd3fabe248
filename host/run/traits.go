package run

import (
	"context"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/evaluate"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
)

// traitMeasures are the numbers in which the members of classes are compared, by the words for them.
var traitMeasures = []struct{ words, text string }{
	{"revenue in 365 days", "sum(deals.amount) where won within 365d"},
	{"purchases in 365 days", "count(deals) where won within 365d"},
	{"amount of a purchase", "mean(deals.amount) where won"},
	{"open deals", "count(deals) where open"},
	{"lost deals in 365 days", "count(deals) where lost within 365d"},
	{"activities in 90 days", "count(activities) within 90d"},
	{"days since the last purchase", "last(deals.closed_at) where won"},
	{"days since the first purchase", "first(deals.closed_at) where won"},
}

// traits compares the members of each class with everybody, in one pass over the mirror: measures, the customer's fields that are
// no personal data, and what was bought. By classifier and class.
func (r *replay) traits(ctx context.Context, day crm.Day, tags map[string]*tagged, top int) (map[string]map[string][]evaluate.Trait, error) {
	if top == 0 || len(tags) == 0 {
		return nil, nil
	}
	env := measure.Env{Catalogue: r.Catalogue, Subject: r.Config.Subject, Currency: r.setting.currency, Zone: r.setting.zone}
	var columns []*measure.Column
	var words []string
	add := func(name, text string) error {
		column, err := env.Parse(text)
		if err == nil {
			columns, words = append(columns, column), append(words, name)
		}
		return err
	}
	for _, m := range traitMeasures {
		if err := add(m.words, m.text); err != nil {
			return nil, err
		}
	}
	for _, f := range r.Catalogue.Fields() {
		// Where exactly somebody lives, or of whom a company is a part, is no common trait.
		switch {
		case f.Kind != r.Config.Subject, f.Sensitive, f.Type == crm.Date, f.Type == crm.Time, f.Name == "address", f.Name == "postal_code", f.Name == "parent", f.Name == "domain":
		default:
			if err := add(f.Name, f.Name); err != nil {
				return nil, err
			}
		}
	}
	plan := measure.Compile(columns, measure.Setting{AsOf: day, Zone: r.setting.zone, Subject: r.Config.Subject, Currency: r.setting.currency})
	e := plan.Evaluator(r.setting.rates)
	profiles := map[string]*evaluate.Profile{}
	for name := range tags {
		profiles[name] = evaluate.NewProfile()
	}
	end := day.Start(r.setting.zone).UnixMicro()
	var things []purchase
	err := r.each(ctx, func(at int, c *store.Customer) error {
		e.Measure(c)
		things = purchases(c, end, things[:0])
		for name, t := range tags {
			p, class := profiles[name], t.codes[at]
			p.Member(class)
			for i, column := range columns {
				switch v := e.Value(plan.Index(column)); {
				case v.Missing():
				case v.Type() == crm.Text:
					p.Text(class, words[i], v.Text())
				case v.Type() == crm.Time:
					p.Number(class, words[i], float64(end-v.Int())/86_400e6)
				default:
					p.Number(class, words[i], units(v))
				}
			}
			for _, b := range things {
				p.Has(class, b.what, b.text)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := map[string]map[string][]evaluate.Trait{}
	for name, p := range profiles {
		out[name] = p.Traits(top)
	}
	return out, nil
}

// purchase is something that a customer has bought.
type purchase struct{ what, text string }

// purchases are the different kinds and products bought before an instant.
func purchases(c *store.Customer, end int64, into []purchase) []purchase {
	for i := range c.Deals {
		d := &c.Deals[i]
		if d.State != crm.Won || d.ClosedAt >= end {
			continue
		}
		for _, b := range [...]purchase{{"bought", d.Category}, {"bought", d.Product}} {
			if b.text != "" && !slices.Contains(into, b) {
				into = append(into, b)
			}
		}
	}
	return into
}
