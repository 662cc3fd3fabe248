package classify

import (
	"cmp"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
)

// mostUsual is how many customers' last items are looked at to find a usual one.
const mostUsual = 200

// usuals finds, for each set of deals or activities that classifiers look at, a usual one of other customers: what one
// more may be like for a customer that has none.
type usuals struct {
	r    *runner
	sets []*measure.Column // that count them
	plan *measure.Plan
	e    *measure.Evaluator
	last [][]store.Customer // of a set, with one item each
}

func (r *runner) newUsuals() *usuals {
	u := &usuals{r: r}
	seen := map[string]bool{}
	for _, t := range r.tasks {
		for _, rd := range t.reads {
			if n := rd.column.Items(); !t.failed() && !rd.withheld && n != nil && n.Source != measure.Contacts && !seen[n.Canonical] {
				seen[n.Canonical] = true
				u.sets = append(u.sets, n)
			}
		}
	}
	u.plan = r.compile(u.sets...)
	u.e = u.plan.Evaluator(r.Rates)
	u.last = make([][]store.Customer, len(u.sets))
	return u
}

func (r *runner) compile(columns ...*measure.Column) *measure.Plan {
	return measure.Compile(columns, measure.Setting{AsOf: r.AsOf, Zone: r.Zone, Subject: r.Mirror.Subject(), Currency: r.Currency})
}

// look notes a customer's last item of each set.
func (u *usuals) look(c *store.Customer) {
	u.e.Measure(c)
	for i, n := range u.sets {
		if len(u.last[i]) == mostUsual || u.e.Value(u.plan.Index(n)).Int() == 0 {
			continue
		}
		if at, _ := u.r.last(c, n); at < 0 {
			continue
		} else if n.Source == measure.Deals {
			u.last[i] = append(u.last[i], store.Customer{Deals: []store.Deal{c.Deals[at]}})
		} else {
			u.last[i] = append(u.last[i], store.Customer{Activities: []store.Activity{c.Activities[at]}})
		}
	}
}

// priced is an item with its amount, 0 where it has none.
type priced struct {
	item   *store.Customer
	amount int64
}

// score is that of an answer to a survey.
func (p *priced) score() float64 {
	if len(p.item.Activities) == 0 {
		return 0
	}
	return p.item.Activities[0].Score
}

// of is the item of a set whose amount (or score, where they have no amounts) is the median; ok is false when nobody has one.
func (u *usuals) of(n *measure.Column) (item *store.Customer, ok bool) {
	i := slices.IndexFunc(u.sets, func(s *measure.Column) bool { return s.Canonical == n.Canonical })
	if i < 0 || len(u.last[i]) == 0 {
		return nil, false
	}
	var all []priced
	env := measure.Env{Catalogue: u.r.Catalogue, Subject: u.r.Mirror.Subject(), Currency: u.r.Currency, Zone: u.r.Zone}
	amount, err := env.Parse("sum(" + n.Source + ".amount)")
	var e *measure.Evaluator
	if err == nil {
		e = u.r.compile(amount).Evaluator(u.r.Rates)
	}
	for k := range u.last[i] {
		p := priced{item: &u.last[i][k]}
		if e != nil {
			if e.Measure(p.item); e.Why(0) != measure.Known {
				continue // in a currency without a rate
			}
			p.amount = e.Value(0).Int()
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, false
	}
	slices.SortStableFunc(all, func(a, b priced) int {
		return cmp.Or(cmp.Compare(a.amount, b.amount), cmp.Compare(a.score(), b.score()))
	})
	return all[(len(all)-1)/2].item, true
}

// Detail is what is worth knowing of an item: its amount, and what a classifier reads of it beside.
type Detail struct {
	Name  string
	Value crm.Value
}

// detailsOf tells of an item what a task reads: amounts, texts and what is true or false.
func (t *task) detailsOf(c *store.Customer, source string) []Detail {
	field := func(name string) crm.Value {
		if source == measure.Deals {
			return c.Deals[0].Field(name)
		}
		return c.Activities[0].Field(name)
	}
	names := []string{"amount"}
	for _, rd := range t.reads {
		if rd.withheld || rd.column.Source != source {
			continue
		}
		for _, use := range rd.column.Uses {
			if name, ok := strings.CutPrefix(use, source+"."); ok && name != "state" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	var out []Detail
	for _, name := range names {
		v := field(name)
		if v.Missing() || v.Type() == crm.Date || v.Type() == crm.Time {
			continue
		}
		out = append(out, Detail{name, v})
	}
	return out
}
