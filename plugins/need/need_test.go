package need

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

const (
	window = " within 24m"
	won    = " where won" + window
)

// catalogue is a connection that has all the fields.
var catalogue = []*pb.CatalogueField{
	plugintest.List("deals.amount", sdk.Money), plugintest.List("deals.list_amount", sdk.Money), plugintest.List("deals.series", sdk.String), plugintest.List("deals.category", sdk.String),
	plugintest.List("deals.product", sdk.String), plugintest.List("deals.lost_reason", sdk.String), plugintest.List("activities.kind", sdk.String), plugintest.List("activities.topic", sdk.String),
	plugintest.List("activities.note", sdk.String), plugintest.Field("survey_need", sdk.String), plugintest.Field("age", sdk.Integer),
}

// order is a won deal: what was paid of a list price of 100, and the series.
type order struct {
	paid   int
	series string
}

// customer has orders, tickets with topics, and reasons of lost deals.
func customer(orders []order, topics, reasons []string) sdktest.Customer {
	var amounts, lists, series, kinds, subjects, why []any
	for _, o := range orders {
		amounts, lists, series = append(amounts, sdk.Amount(o.paid*100)), append(lists, sdk.Amount(10_000)), append(series, o.series)
	}
	for _, t := range topics {
		kinds, subjects = append(kinds, "ticket"), append(subjects, t)
	}
	for _, r := range reasons {
		why = append(why, r)
	}
	return sdktest.Customer{"deals.amount" + won: amounts, "deals.list_amount" + won: lists, "deals.series" + won: series, "activities.kind" + window: kinds,
		"activities.topic" + window: subjects, "deals.lost_reason where lost" + window: why}
}

func orders(n, paid int, series string) (list []order) {
	for range n {
		list = append(list, order{paid, series})
	}
	return list
}

// base is a population in which half of each signal's range is taken.
func base() (list []sdktest.Customer) {
	for i := range 30 {
		list = append(list, customer(append(orders(5, 100-i, "premium"), orders(i%5, 100-i, "basic")...), []string{"late delivery", "ordinary"}[:i%3%2+1], []string{"price", "quality", "service"}[i%3:i%3+1]))
	}
	return list
}

func start(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	full := map[string]any{"min_customers": 0}
	for key, value := range config {
		full[key] = value
	}
	c := plugintest.Configured(t, Plugin(), full, catalogue...)
	return c
}

func TestWhoIsWhat(t *testing.T) {
	c := start(t, nil)
	c.Fit(base())
	for name, x := range map[string]struct {
		customer sdktest.Customer
		want     string
	}{
		"large discounts and lost on price":             {customer(orders(5, 70, "basic"), nil, []string{"Price too high"}), "price"},
		"the upper series and words about quality":      {customer(orders(5, 100, "Premium"), []string{"asks for the specification"}, nil), "quality"},
		"many tickets about delivery":                   {customer(orders(5, 100, "basic"), []string{"late delivery", "support", "服务", "training"}, nil), "service"},
		"large discounts alone":                         {customer(orders(5, 70, "basic"), []string{"ordinary"}, nil), "unclassified"},
		"two deals only, and no words":                  {customer(orders(2, 70, "basic"), nil, nil), "unclassified"},
		"the upper series, and things sent back":        {customer(append(orders(5, 100, "premium"), order{-20, "premium"}), nil, nil), "quality"},
		"nothing":                                       {sdktest.Customer{}, "unclassified"},
		"discounts, premium and tickets all at once":    {customer(orders(5, 86, "premium"), []string{"price", "quality", "late delivery", "support"}, []string{"price", "quality"}), "mixed"},
		"price is said to be no issue":                  {customer(orders(5, 70, "basic"), nil, []string{"价格不是问题"}), "unclassified"},
		"a customer who answered, against all evidence": {with(customer(orders(5, 70, "basic"), nil, []string{"price"}), "survey_need", "品質敏感型"), "quality"},
		"an answer that is none of the axes":            {with(customer(orders(5, 70, "basic"), nil, []string{"price"}), "survey_need", "colour"), "price"},
		"paid above the list price: no discount at all": {customer(orders(5, 120, "premium"), nil, []string{"quality"}), "quality"},
	} {
		config := map[string]any{}
		if x.customer["survey_need"] != nil {
			config["answer_field"] = "survey_need"
		}
		c := start(t, config)
		c.Fit(base())
		if got := plugintest.One(c, x.customer); got.Class() != x.want || len(got.Reasons) == 0 || got.Problem != "" {
			t.Errorf("%s: %v, want %s", name, got, x.want)
		}
	}
}

func with(c sdktest.Customer, field string, value any) sdktest.Customer {
	c[field] = value
	return c
}

// The lead counts from exactly 0.15 on. Of 20 customers, each with another value, the percentiles are odd fortieths.
func TestTheLeadCountsFromItsBoundOn(t *testing.T) {
	m := newModel(state{})
	for v := 1; v <= 20; v++ {
		for i := range signals {
			m.Counts[i*width+v*10] = 1
		}
	}
	m.index()
	cfg := &config{lead: 150_000, axes: []int{price, quality, service}}
	var e evidence
	set := func(a int, own, words int64) {
		e.signals[axisSignals[a][0]], e.signals[axisSignals[a][1]] = signal{true, own, 5}, signal{true, words, 5}
	}
	set(quality, 100, 100) // (2·9+1)/40 = 0.475
	set(service, 0, 0)
	for _, x := range []struct {
		own, words int64
		clear      bool
	}{{130, 130, true}, {130, 120, false}, {140, 120, true}} { // 0.625; 0.625 and 0.575; 0.675 and 0.575
		set(price, x.own, x.words)
		first, second, clear := cfg.compare(cfg.score(m, &e))
		if first != price || second != quality || clear != x.clear {
			t.Errorf("%d and %d: %d before %d, clear %t, want %t", x.own, x.words, first, second, clear, x.clear)
		}
	}
	if got := m.percentile(discount, 55); got != (2*5)*500_000/20 {
		t.Errorf("a value that nobody has stands at %d", got)
	}
}

func TestWordsAreFoundAndDenialsAreUnderstood(t *testing.T) {
	cfg := &config{Axes: []string{"price", "quality", "service"}}
	if _, found := configure(sdk.Run{}, cfg, sdk.Catalogue{}); len(found) > 0 {
		t.Fatal(found)
	}
	for text, want := range map[string]string{
		"Price too high": "price",
		"prices":         "price",
		"the offer was too expensive, quality is good": "price quality",
		"priceless":                                "",
		"price is not an issue":                    "",
		"Price is not an issue, delivery is":       "service",
		"not because of the price but the quality": "quality",
		"it is not cheap":                          "price",
		"we don't care about price":                "",
		"regardless of price: quality":             "quality",
		"no problem with the service":              "",
		"after-sale service":                       "service",
		"价格不是问题":                                   "",
		"价格不是问题，关键是质量":                             "quality",
		"價格太貴":                                     "price",
		"不是因为价格":                                   "",
		"不是价格，是服务":                                 "service",
		"对价格不敏感":                                   "",
		"交货太慢":                                     "service",
		"品質與售後":                                    "quality service",
		"":                                         "",
		"!!!":                                      "",
		"nothing of it":                            "",
		"AT A DISCOUNT":                            "price",
	} {
		bits := cfg.about.Of(text)
		var got []string
		for _, a := range cfg.axes {
			if bits&(1<<a) != 0 {
				got = append(got, axisCodes[a])
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q is about %v, want %s", text, got, want)
		}
	}
}

func TestTheMedianNotASingleCheapDealIsTheDiscount(t *testing.T) {
	for _, x := range []struct {
		list []int64
		want int64
	}{{[]int64{900, 0, 10}, 10}, {[]int64{100, 0}, 50}, {[]int64{7}, 7}} {
		if got := median(x.list); got != x.want {
			t.Errorf("the median is %d, want %d", got, x.want)
		}
	}
	for _, x := range []struct{ paid, list, want int64 }{{9_000, 10_000, 900}, {0, 5, 0}, {1, 3, 333}, {5, 5, 1000}, {6, 5, 1000}, {math.MaxInt64 / 2, math.MaxInt64, 500}} {
		if got := share(x.paid, x.list); got != x.want {
			t.Errorf("%d of %d is %d, want %d", x.paid, x.list, got, x.want)
		}
	}
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	for pointer, config := range map[string]map[string]any{
		"/axes/1":        {"axes": []any{"price", "price"}},
		"/list_field":    {"list_field": "topic_amount"},
		"/answer_field":  {"answer_field": "age"},
		"/texts/0":       {"texts": []any{"remarks"}},
		"/words/quality": {"only_own_words": true, "words": map[string]any{"price": []any{"dear"}, "service": []any{"help"}}},
	} {
		found := plugintest.Diagnose(t, Plugin(), config, catalogue...)
		if len(found) != 1 || found[0].GetPointer() != pointer || found[0].GetSummary() == "" {
			t.Errorf("%v: diagnostics %v, want one at %s", config, found, pointer)
		}
	}
}

// What the generator made customers to be is found again, in business and in a shop.
func TestSyntheticCustomersAreWhatTheyWereMadeToBe(t *testing.T) {
	for _, x := range []struct {
		set, preset string
		least       int // per cent of those who are classified
	}{{synthetic.B2B, "business", 90}, {synthetic.Ecommerce, "ecommerce", 88}} {
		set, err := synthetic.Make(x.set, synthetic.Seed, 0)
		if err != nil {
			t.Fatal(err)
		}
		var customers []sdktest.Customer
		var truth []string
		for _, s := range set.Customers {
			if s.Truth["need"] == "" {
				continue
			}
			customers, truth = append(customers, made(&s, x.preset)), append(truth, s.Truth["need"])
		}
		c := plugintest.Configured(t, Plugin(), map[string]any{"preset": x.preset}, catalogue...)
		right, wrong := map[string]int{}, map[string]int{}
		known := 0
		for i, got := range c.Classify(customers) {
			if got.Class() == "unclassified" {
				continue
			}
			if known++; got.Class() == truth[i] {
				right[truth[i]]++
			} else {
				wrong[truth[i]+" is "+got.Class()]++
			}
		}
		sum := 0
		for _, n := range right {
			sum += n
		}
		t.Logf("%s: %d of %d are classified, right %v, wrong %v", x.set, known, len(truth), right, wrong)
		if sum*100 < x.least*known || known*100 < 60*len(truth) {
			t.Errorf("%s: %d of %d are what they were made to be, of %d", x.set, sum, known, len(truth))
		}
	}
}

// made is a synthetic customer as the plugin reads it.
func made(s *synthetic.Customer, preset string) sdktest.Customer {
	var amounts, lists, series, categories, products, why, kinds, topics []any
	for _, d := range s.Deals {
		switch d.State {
		case "won":
			amounts, lists, series = append(amounts, sdk.Amount(d.Amount)), append(lists, sdk.Amount(d.ListAmount)), append(series, d.Series)
			categories, products = append(categories, d.Category), append(products, d.Product)
		case "lost":
			why = append(why, d.LostReason)
		}
	}
	for _, a := range s.Activities {
		kinds, topics = append(kinds, a.Kind), append(topics, a.Topic)
	}
	c := sdktest.Customer{"deals.amount" + won: amounts, "deals.list_amount" + won: lists, "deals.series" + won: series, "activities.kind" + window: kinds,
		"activities.topic" + window: topics, "deals.lost_reason where lost" + window: why}
	if preset == "ecommerce" {
		c["deals.category"+won], c["deals.product"+won] = categories, products
	}
	return c
}

// A second computation, in another language and in exact fractions, says the same of every customer.
func TestEveryCustomerIsWhatASecondComputationSays(t *testing.T) {
	text, err := os.ReadFile("testdata/customers.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []struct {
		Orders        [][2]any
		Tickets, Lost []string
		Class         string
		Scores        map[string]int64
		Discount      *int64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	var customers []sdktest.Customer
	for _, w := range want {
		var list []order
		for _, o := range w.Orders {
			list = append(list, order{int(o[0].(float64)), o[1].(string)})
		}
		customers = append(customers, customer(list, w.Tickets, w.Lost))
	}
	classes := map[string]int{}
	for i, got := range plugintest.Configured(t, Plugin(), nil, catalogue...).Classify(customers) {
		w := want[i]
		classes[got.Class()]++
		if got.Class() != w.Class {
			t.Errorf("customer %d is %v, want %s", i, got, w.Class)
		}
		for _, axis := range []string{"price", "quality", "service"} {
			if said := got.Tags[axis]; said != "" && said != fmt.Sprint(hundredths(w.Scores[axis])) {
				t.Errorf("customer %d: %s is %s, want %v", i, axis, said, hundredths(w.Scores[axis]))
			}
		}
		if w.Discount != nil && got.Tags["discount"] != fmt.Sprint(float64(*w.Discount)/10) {
			t.Errorf("customer %d: the discount is %s, want %d", i, got.Tags["discount"], *w.Discount)
		}
	}
	if len(customers) != 600 || len(classes) != 5 {
		t.Errorf("%d customers in %v", len(customers), classes)
	}
}
