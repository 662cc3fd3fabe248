package run

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
)

// Group is the customers with one value of a field: those of a sales person, say.
type Group struct {
	Value     string         `json:"value"` // "" is none
	Customers int            `json:"customers"`
	Worth     float64        `json:"worth"`
	Classes   map[string]int `json:"classes"` // customers by code
}

// by counts the classes of each classifier by the values of a field. A personal field is refused: its values would name people.
func (r *replay) by(ctx context.Context, field string, day crm.Day, tags map[string]*tagged, values []float64, out *Report) error {
	if field == "" {
		return nil
	}
	env := measure.Env{Catalogue: r.Catalogue, Subject: r.Config.Subject, Currency: r.setting.currency, Zone: r.setting.zone}
	column, err := env.Parse(field)
	switch {
	case err != nil:
		return err
	case column.Form != measure.FieldForm || column.Type != crm.Text && column.Type != crm.Boolean:
		return &crm.Error{Code: crm.CodeConfig, Message: "“" + field + "” is no field with texts", Suggestion: "such as owner, industry, country"}
	case column.Sensitive:
		return &crm.Error{Code: crm.CodeConfig, Message: "the field " + field + " is personal, and no group", Suggestion: "such as owner, industry, country"}
	}
	plan := measure.Compile([]*measure.Column{column}, measure.Setting{AsOf: day, Zone: r.setting.zone, Subject: r.Config.Subject, Currency: r.setting.currency})
	e := plan.Evaluator(r.setting.rates)
	groups := map[string]map[string]*Group{} // by classifier and value
	err = r.each(ctx, func(at int, c *store.Customer) error {
		e.Measure(c)
		value := e.Value(0).String()
		for name, t := range tags {
			if groups[name] == nil {
				groups[name] = map[string]*Group{}
			}
			g := groups[name][value]
			if g == nil {
				g = &Group{Value: value, Classes: map[string]int{}}
				groups[name][value] = g
			}
			g.Customers++
			g.Worth += values[at]
			g.Classes[t.codes[at]]++
		}
		return nil
	})
	for _, k := range out.Classifiers {
		for _, g := range slices.SortedFunc(maps.Values(groups[k.Classifier]), func(a, b *Group) int {
			return cmp.Or(cmp.Compare(b.Customers, a.Customers), strings.Compare(a.Value, b.Value))
		}) {
			k.By = append(k.By, *g)
		}
	}
	return err
}
