package plugins_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/taxonhq/taxon/plugins"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// base is a set of customers. The functions are of the customer and the place of one of its records.
type base struct {
	name      string
	customers int
	deals     int
	alike     bool // every customer is the first
	oneTime   bool // nothing but a purchase
	whole     bool // what has not happened yet is sent too, as no host does
	excess    bool // numbers that nothing can be computed with: a problem may be the answer
	amount    func(i, j int) int64
	days      func(i, j int) int // before the as-of day
}

func ordinaryAmount(i, j int) int64 { return int64(i*37%101+j%7+1) * 10_000 }
func ordinaryDays(i, j int) int     { return i*13%300 + 1 + j*45 }

const most = int64(1) << 61

// bases are those for which numbers that usually are there are not: spreads, totals, intervals.
var bases = []base{
	{name: "ordinary"},
	{name: "all equal", alike: true},
	{name: "all zero", alike: true, amount: func(int, int) int64 { return 0 }, days: func(int, int) int { return 1 }},
	{name: "one customer", customers: 1},
	{name: "one-time buyers only", deals: 1, oneTime: true},
	{name: "negative revenue", amount: func(i, j int) int64 { return -ordinaryAmount(i, j) }},
	{name: "future dates", days: func(i, j int) int { return -ordinaryDays(i, j) }},
	{name: "future dates that are sent", whole: true, days: func(i, j int) int { return -ordinaryDays(i, j) }},
	{name: "30 years of history", customers: 100, deals: 60, days: func(i, j int) int { return i%60 + 1 + j*182 }},
	{name: "no records", deals: -1},
	{name: "amounts near 2^61", excess: true, amount: func(i, j int) int64 { return most - int64(i*1000+j) }},
	{name: "one amount near 2^61", excess: true, amount: func(i, j int) int64 {
		if j == 0 {
			return most - int64(i*1000)
		}
		return ordinaryAmount(i, j)
	}},
	{name: "amounts near -2^61", excess: true, amount: func(i, j int) int64 { return int64(i*1000+j) - most }},
}

// subjects makes the customers of a base, each with deals, activities of all kinds and people.
func (b base) subjects() (list []subject) {
	if b.customers == 0 {
		b.customers = 250
	}
	if b.deals == 0 {
		b.deals = 6
	}
	if b.amount == nil {
		b.amount = ordinaryAmount
	}
	if b.days == nil {
		b.days = ordinaryDays
	}
	for i := range b.customers {
		if b.alike {
			i = 0
		}
		list = append(list, b.subject(i))
	}
	return list
}

func (b base) subject(i int) subject {
	at := func(j int) time.Time { return plugintest.AsOf.AddDate(0, 0, -b.days(i, j)).Add(9 * time.Hour) }
	one := func(path string, j int) any { return optionsOf(path)[j%len(optionsOf(path))] }
	s := subject{record{}, map[string][]record{}}
	for _, f := range catalogue {
		if len(f.GetOptions()) > 0 && !f.GetList() {
			s.fields[f.GetPath()] = one(f.GetPath(), i)
		}
	}
	s.fields["industry"] = one("industry", i*37%101/34) // goes by the amounts, so that there is something to learn
	s.fields["created_at"] = at(max(b.deals, 1))
	s.fields["birth_date"] = plugintest.Day - sdk.Day(365*(i%80)+b.days(i, 0))
	s.fields["employees"], s.fields["judgement"] = b.amount(i, 0)/10_000, int64(i%5+1)
	for j := range max(b.deals, 0) {
		amount := b.amount(i, j)
		deal := record{"amount": sdk.Amount(amount), "created_at": at(j).AddDate(0, 0, -20), "closed_at": at(j), "state": "won"}
		s.records["deals"] = append(s.records["deals"], deal)
		if b.oneTime {
			continue
		}
		if j%3 == 2 {
			deal["state"], deal["lost_reason"] = one("deals.state", j/3), one("deals.lost_reason", i+j)
		}
		deal["list_amount"], deal["cost"] = sdk.Amount(amount+amount/20*int64(i%3)), sdk.Amount(amount/10*int64(i%13))
		for _, field := range []string{"category", "product", "series"} {
			deal[field] = one("deals."+field, i+j/2)
		}
		for k := range 9 {
			n := j*9 + k
			s.records["activities"] = append(s.records["activities"], record{"kind": one("activities.kind", k), "direction": one("activities.direction", i+n),
				"topic": one("activities.topic", i+j), "status": one("activities.status", i+n), "occurred_at": at(j), "amount": sdk.Amount(amount),
				"score": float64((i + j) % 11), "scale": one("activities.scale", j), "due_at": at(j).AddDate(0, 0, 30), "paid_at": at(j).AddDate(0, 0, 20+i%50)})
		}
	}
	for j := range min(b.deals, 3) {
		s.records["contacts"] = append(s.records["contacts"], record{"nps_score": float64((i + j) % 11), "answered_at": at(j), "decision_maker": j == 0})
	}
	return s
}

func optionsOf(path string) []string {
	for _, f := range catalogue {
		if f.GetPath() == path {
			return f.GetOptions()
		}
	}
	panic("there is no " + path)
}

// judging are further configurations: other models and rules, and no bound below which a plugin leaves a base alone.
var judging = map[string][]map[string]any{
	"abc":          {{"min_customers": 0, "min_months": 0, "xyz": map[string]any{}}, {"by": "customers", "min_customers": 0, "window": "all"}},
	"rfm":          {{"min_customers": 0, "window": "all"}, {"rule": "mean", "min_customers": 0, "preset": "eight"}, {"rule": "package", "min_customers": 0, "monetary": "mean"}},
	"value":        {{"min_customers": 0}, {"min_customers": 0, "levels": "two", "window": "all"}},
	"lifecycle":    {{"min_repeaters": 1}},
	"loyalty":      {{"min_repeaters": 1, "period": "month"}, {"scheme": "attitude"}, {"scheme": "levels"}},
	"activity":     {{"min_customers": 0, "window": "3y"}},
	"credit":       {{"min_invoices": 0}, {"settle": "payments", "min_invoices": 0}},
	"profit":       {{"margin_rate": 30, "min_customers": 0}, {"cost": "sum(deals.cost) where won", "min_customers": 0, "window": "all"}},
	"composite":    {{"preset": "purchases", "min_customers": 0}},
	"need":         {{"min_customers": 0, "min_deals": 0, "axes": []any{"price", "quality", "service", "fashion"}}},
	"clv":          {lenient("pareto_nbd"), lenient("mbg_nbd"), lenient("bg_nbd"), lenient("historic")},
	"cluster":      {{"min_customers": 0, "min_size": 1}, {"min_customers": 0, "min_size": 1, "factors": "varimax"}},
	"tree":         {{"target": "industry", "labelled": "predict", "min_labelled": 2, "min_class": 1, "min_leaf": 1, "min_quality": 0, "min_purity": 0}},
	"product":      {{"by": "amount"}},
	"prospect":     {{"window": "3y", "judgement": "counts"}},
	"satisfaction": {{"source": "fields", "date_field": "answered_at"}, {"use": "each", "window": "all"}},
}

func lenient(model string) map[string]any {
	return map[string]any{"model": model, "min_customers": 0, "min_repeaters": 0, "min_gaps": 0}
}

var noNumber = regexp.MustCompile(`(?i)\b(nan|[+-]?inf(inity)?)\b`)

// A base without spread, without a past or with too much of it gives every customer a class, or says why there is none.
func TestDegenerateBasesAreClassifiedOrSayWhyNot(t *testing.T) {
	populations := map[string]*population{}
	for _, b := range bases {
		populations[b.name] = newPopulation(b.subjects(), b.whole)
	}
	for _, p := range plugins.All() {
		id := sdk.Manifest(p).GetId()
		for n, config := range append([]map[string]any{configs[id]}, judging[id]...) {
			for _, b := range bases {
				t.Run(fmt.Sprint(id, "/", n, "/", b.name), func(t *testing.T) {
					c := plugintest.Configured(t, p, config, catalogue...)
					customers := populations[b.name].measured(t, c.Reads)
					classes := map[string]int{}
					if len(customers) == 0 { // each lacks something without which a plugin is not asked
						return
					}
					for i, r := range c.Classify(customers) {
						classes[r.Class()]++
						if why := b.wrong(r); why != "" {
							t.Fatalf("customer %d: %s: %v", i, why, r)
						}
					}
					// Were nobody judged in a base with everything, nothing would have been shown of the others.
					if b.name == "ordinary" && classes[protocol.Unclassified] == len(customers) {
						t.Errorf("nobody of an ordinary base is classified: %v", c.Classify(customers[:1]))
					}
				})
			}
		}
	}
}

// wrong says what is wrong with an answer.
func (b base) wrong(r sdktest.Result) string {
	switch {
	case r.Problem != "" && b.excess && r.Problem == "out_of_range":
		return ""
	case r.Problem != "":
		return "a problem"
	case r.Class() == "":
		return "no class"
	case len(r.Reasons) == 0:
		return "no reason"
	}
	for key, value := range r.Tags {
		if noNumber.MatchString(value) {
			return key + " is no number"
		}
	}
	for _, reason := range r.Reasons {
		if noNumber.MatchString(reason.Text) {
			return "no number in: " + reason.Text
		}
	}
	return ""
}
