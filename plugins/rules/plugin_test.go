package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// catalogue is a connection with a few fields and two other classifiers.
var catalogue = []*pb.CatalogueField{
	plugintest.Field("country", sdk.String), plugintest.Field("industry", sdk.String), plugintest.Field("employees", sdk.Integer),
	plugintest.Field("score", sdk.Number), plugintest.Field("created_at", sdk.Time), plugintest.Field("contract_end", sdk.Date),
	plugintest.Field("vip", sdk.Boolean), plugintest.Field("annual_revenue", sdk.Money),
	plugintest.List("deals.amount", sdk.Money), plugintest.List("deals.product", sdk.String), plugintest.List("deals.state", sdk.String),
	plugintest.Field("tags.abc", sdk.String, "A", "B", "C", "N", "unclassified"), plugintest.Field("tags.rfm", sdk.String), plugintest.Field("tags.rfm.score", sdk.Number),
}

// two are two codes.
var two = []any{map[string]any{"code": "yes"}, map[string]any{"code": "no"}}

// when is a configuration whose one rule says yes.
func when(condition string) map[string]any {
	return map[string]any{"options": two, "default": "no", "rules": []any{map[string]any{"name": "it", "when": condition, "tag": "yes"}},
		"inputs": map[string]any{"revenue": "sum(deals.amount) where won within 365d", "products": "deals.product where won", "orders": "count(deals) where won", "rfm_score": "tags.rfm.score"}}
}

func configured(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	return plugintest.Configured(t, Plugin(), config, catalogue...)
}

func TestConditions(t *testing.T) {
	const revenue, products, orders = "sum(deals.amount) where won within 365d", "deals.product where won", "count(deals) where won"
	day := sdk.DayOf(plugintest.AsOf, plugintest.AsOf.Location())
	for _, c := range []struct {
		condition string
		customer  sdktest.Customer
		want      string
	}{
		{`country == "DE"`, sdktest.Customer{"country": "DE"}, "yes"},
		{`customer.country == "DE"`, sdktest.Customer{"country": "FR"}, "no"},
		{`country in ["DE", "AT"]`, sdktest.Customer{"country": "AT"}, "yes"},
		{`industry.lowerAscii().contains("soft")`, sdktest.Customer{"industry": "Software"}, "yes"},
		{`industry.contains("软件")`, sdktest.Customer{"industry": "软件开发"}, "yes"},
		{`revenue >= 1500.50`, sdktest.Customer{revenue: sdk.Amount(150050)}, "yes"}, // amounts are in units, not minor units
		{`revenue >= 1500.51`, sdktest.Customer{revenue: sdk.Amount(150050)}, "no"},
		{`revenue > 1500`, sdktest.Customer{revenue: sdk.Amount(150050)}, "yes"}, // a float and an integer compare
		{`revenue == 0.1`, sdktest.Customer{revenue: sdk.Amount(10)}, "yes"},
		{`orders > 2 && employees < 50`, sdktest.Customer{orders: 3, "employees": 49}, "yes"},
		{`score > 0.5`, sdktest.Customer{"score": 0.75}, "yes"},
		{`vip`, sdktest.Customer{"vip": true}, "yes"},
		{`tags.abc == "A"`, sdktest.Customer{"tags.abc": "A"}, "yes"},
		{`tags.rfm.score >= 4 && tags.rfm == "champions"`, sdktest.Customer{"tags.rfm": "champions", "tags.rfm.score": 4.5}, "yes"},
		{`rfm_score >= 4`, sdktest.Customer{"tags.rfm.score": 3.9}, "no"},
		{`products.exists(p, p.startsWith("GTX"))`, sdktest.Customer{products: []any{"MG", "GTX Pro"}}, "yes"},
		{`size(products) == 0`, sdktest.Customer{products: []any{}}, "yes"},
		{`days_since(created_at) == 1`, sdktest.Customer{"created_at": plugintest.AsOf.Add(-time.Minute)}, "yes"},
		{`days_since(contract_end) <= -30`, sdktest.Customer{"contract_end": day + 30}, "yes"},
		{`created_at < as_of - duration("24h")`, sdktest.Customer{"created_at": plugintest.AsOf.Add(-25 * time.Hour)}, "yes"},
	} {
		got := plugintest.One(configured(t, when(c.condition)), c.customer)
		if got.Tags[""] != c.want || got.Problem != "" {
			t.Errorf("%s of %v is %v (%s), want %s", c.condition, c.customer, got.Tags, got.Problem, c.want)
		}
	}
}

func TestMissingValuesDoNotMatch(t *testing.T) {
	for condition, want := range map[string]string{
		`country == "DE"`:                                   "no",
		`country != "DE"`:                                   "no",
		`!(country == "DE")`:                                "no",
		`revenue < 100`:                                     "no",
		`tags.abc == "A"`:                                   "no",
		`tags.rfm.score > 0`:                                "no",
		`vip || employees > 5`:                              "yes",
		`country == "DE" || employees == 7`:                 "yes", // one side decides
		`country == "DE" && employees == 8`:                 "no",
		`!has(customer.country)`:                            "yes",
		`has(customer.employees)`:                           "yes",
		`has(inputs.revenue)`:                               "no",
		`has(tags.abc)`:                                     "no",
		`customer.?country.orValue("none") == "none"`:       "yes",
		`inputs.?revenue.orValue(0.0) < 100`:                "yes",
		`tags.?abc.hasValue()`:                              "no",
		`customer.?employees.orValue(0) == 7`:               "yes",
		`has(customer.country) && customer.country == "DE"`: "no",
	} {
		got := plugintest.One(configured(t, when(condition)), sdktest.Customer{})
		if strings.Contains(condition, "employees") {
			got = plugintest.One(configured(t, when(condition)), sdktest.Customer{"employees": 7})
		}
		if got.Tags[""] != want || got.Problem != "" {
			t.Errorf("%s of a customer without values is %v (%s), want %s", condition, got.Tags, got.Problem, want)
		}
	}
	got := plugintest.One(configured(t, when(`country == "DE"`)), sdktest.Customer{})
	if !plugintest.Given(got, "default") || plugintest.Because(got, "undecided")["rules"] != "it" {
		t.Errorf("reasons %v", got.Reasons)
	}
}

func TestUnclassifiedSaysWhetherDataIsMissing(t *testing.T) {
	config := when(`country == "DE"`)
	delete(config, "default")
	got := configured(t, config).Classify([]sdktest.Customer{{}, {"country": "FR"}})
	if got[0].Tags[""] != "unclassified" || !plugintest.Given(got[0], "missing") {
		t.Errorf("missing: %v %v", got[0].Tags, got[0].Reasons)
	}
	if got[1].Tags[""] != "unclassified" || !plugintest.Given(got[1], "no_rule") {
		t.Errorf("no rule: %v %v", got[1].Tags, got[1].Reasons)
	}
}

// several is a configuration with three rules on two tags.
func several(match string) map[string]any {
	return map[string]any{"match": match, "default": map[string]any{"class": "no", "score": 0.0}, "options": two,
		"rules": []any{
			map[string]any{"name": "big", "when": "employees > 100", "tag": map[string]any{"class": "yes"}, "because": map[string]any{"en": "Big.", "zh_hans": "大客户。"}},
			map[string]any{"name": "german", "when": `country == "DE"`, "tag": map[string]any{"class": "no", "score": 5.0}, "because": "German."},
			map[string]any{"name": "noted", "when": "true", "tag": map[string]any{"note": "seen"}},
		}}
}

func TestFirstAndAll(t *testing.T) {
	customer := sdktest.Customer{"employees": 500, "country": "DE"}
	got := plugintest.One(configured(t, several("first")), customer)
	if got.Tags[""] != "yes" || len(got.Tags) != 1 || len(got.Reasons) != 2 {
		t.Errorf("first: %v %v", got.Tags, got.Reasons)
	}
	if reason := plugintest.Because(got, "because"); reason["en"] != "Big." || reason["zh_hans"] != "大客户。" || reason["zh_hant"] != "Big." || reason["rule"] != "big" {
		t.Errorf("the reason of a rule in words: %v", reason)
	}
	got = plugintest.One(configured(t, several("all")), customer)
	if got.Tags[""] != "yes" || got.Tags["score"] != "5" || got.Tags["note"] != "seen" || plugintest.Given(got, "default") {
		t.Errorf("all: %v %v", got.Tags, got.Reasons)
	}
	if because := plugintest.Because(got, "rule"); len(got.Reasons) != 4 || because["rule"] != "noted" || because["number"] != "3" {
		t.Errorf("reasons of all: %v", got.Reasons)
	}
	got = plugintest.One(configured(t, several("all")), sdktest.Customer{"employees": 5, "country": "FR"})
	if got.Tags[""] != "no" || got.Tags["score"] != "0" || got.Tags["note"] != "seen" || !plugintest.Given(got, "default") {
		t.Errorf("the default fills in: %v %v", got.Tags, got.Reasons)
	}
}

func TestOnlyWhatRulesUseIsRead(t *testing.T) {
	c := configured(t, when(`country == "DE" && has(inputs.revenue) && tags.?abc.orValue("") == "A" && [1, 2].exists(industry, industry > 1)`))
	var paths []string
	for _, read := range c.Reads {
		paths = append(paths, read.GetPath())
		if read.GetRequired() {
			t.Errorf("%s is required, so customers without it would not be judged", read.GetPath())
		}
	}
	if got := strings.Join(paths, "; "); got != "country; industry; sum(deals.amount) where won within 365d; tags.abc" && got != "country; sum(deals.amount) where won within 365d; tags.abc" {
		t.Errorf("reads %s", got)
	}
}

func TestTwoNamesOfOneColumnShareIt(t *testing.T) {
	config := when(`tags.rfm.score > 1 && rfm_score > 1`)
	c := configured(t, config)
	if len(c.Reads) != 1 {
		t.Fatalf("reads %v", c.Reads)
	}
	if got := plugintest.One(c, sdktest.Customer{"tags.rfm.score": 2.0}); got.Tags[""] != "yes" {
		t.Errorf("%v", got.Tags)
	}
}

func TestMistakesInConditionsAreShown(t *testing.T) {
	for _, c := range []struct{ condition, summary, detail string }{
		{`contry == "DE"`, `line 1, column 1: contry is not known here: it is no field that this classifier may read, no input and no function; did you mean country?`, "contry == \"DE\"\n^"},
		{"vip &&\n  employees > \"x\"", `line 2, column 13: found no matching overload for '_>_' applied to '(int, string)'`, "  employees > \"x\"\n            ^"},
		{`customer.contry == "DE"`, `line 1, column 9: there is no contry here; did you mean country?`, ""},
		{`tags.abd == "A"`, `did you mean abc?`, ""},
		{`country`, `line 1, column 1: the condition gives string, not true or false`, ""},
		{`country == "DE`, `line 1, column`, ""},
		{`industry.replace("a", industry) == ""`, `replace is not available`, ""},
		{`employees > `, `line 1, column`, ""},
		{`now() > created_at`, `now is not known here`, ""},
		{`"软件" == indstry`, "line 1, column 9", "\"软件\" == indstry\n 　　     ^"},
	} {
		found := plugintest.Diagnose(t, Plugin(), when(c.condition), catalogue...)
		if len(found) == 0 || found[0].GetPointer() != "/rules/0/when" || found[0].GetSeverity() != pb.Severity_SEVERITY_ERROR ||
			!strings.Contains(found[0].GetSummary(), c.summary) || !strings.Contains(found[0].GetDetail(), c.detail) {
			t.Errorf("%s: %v", c.condition, found)
		}
	}
}

func TestCodesThatATagCannotHaveAreWarnedOf(t *testing.T) {
	for _, condition := range []string{`tags.abc == "AA"`, `tags.abc in ["A", "D"]`, `"a" != tags.abc`, `tags.?abc.orValue("") == "A" || tags.abc == "Z"`} {
		found := plugintest.Diagnose(t, Plugin(), when(condition), catalogue...)
		if len(found) != 1 || found[0].GetSeverity() != pb.Severity_SEVERITY_WARNING || !strings.Contains(found[0].GetDetail(), "A, B, C") {
			t.Errorf("%s: %v", condition, found)
		}
	}
	if found := plugintest.Diagnose(t, Plugin(), when(`tags.abc in ["A", "B"]`), catalogue...); len(found) != 0 {
		t.Errorf("known codes: %v", found)
	}
}

func TestFaultsOfTheConfiguration(t *testing.T) {
	rule := func(tag any) map[string]any {
		return map[string]any{"options": two, "rules": []any{map[string]any{"when": "vip", "tag": tag}}}
	}
	input := func(name, path string) map[string]any {
		config := when("vip")
		config["inputs"] = map[string]any{name: path}
		return config
	}
	for _, c := range []struct {
		pointer string
		config  map[string]any
	}{
		{"/rules/0/tag", rule("maybe")},
		{"/rules/0/tag/colour", rule(map[string]any{"class": "yes", "colour": "red"})},
		{"/rules/0/tag/class", rule(map[string]any{"class": "red"})},
		{"/rules/0/tag/score", rule(map[string]any{"class": "yes", "score": "high"})},
		{"/rules/0/tag", rule(5.0)},
		{"/rules/0/tag", rule(map[string]any{})},
		{"/rules", map[string]any{"options": two}},
		{"/options", map[string]any{"rules": []any{map[string]any{"when": "vip", "tag": "yes"}}}},
		{"/options/1/code", map[string]any{"options": []any{two[0], two[0]}}},
		{"/default", map[string]any{"options": two, "default": "perhaps", "rules": []any{map[string]any{"when": "vip", "tag": "yes"}}}},
		{"/rules/0/because/fr", map[string]any{"options": two, "rules": []any{map[string]any{"when": "vip", "tag": "yes", "because": map[string]any{"fr": "oui"}}}}},
		{"/rules/1/name", map[string]any{"options": two, "rules": []any{map[string]any{"name": "a", "when": "vip", "tag": "yes"}, map[string]any{"name": "a", "when": "vip", "tag": "no"}}}},
		{"/inputs/country", input("country", "count(deals)")},
		{"/inputs/tags", input("tags", "count(deals)")},
		{"/inputs/x", input("x", "sum(deals.amont)")},
		{"/inputs/x", input("x", "sum(deals.product)")},
		{"/inputs/x", input("x", "sum(deals)")},
		{"/inputs/x", input("x", "tags.abd")},
		{"/inputs/x", input("x", "deals.colour")},
	} {
		found := plugintest.Diagnose(t, Plugin(), c.config, catalogue...)
		if len(found) == 0 || found[0].GetPointer() != c.pointer || found[0].GetSummary() == "" {
			t.Errorf("%v: diagnostics %v, want one at %s", c.config, found, c.pointer)
		}
	}
	config := when("true")
	config["rules"] = append(config["rules"].([]any), map[string]any{"when": "vip", "tag": "no"})
	if found := plugintest.Diagnose(t, Plugin(), config, catalogue...); len(found) != 1 || found[0].GetCode() != "unreachable" {
		t.Errorf("a rule that always applies before another: %v", found)
	}
}

func TestInputsHaveTheirTypes(t *testing.T) {
	var fields []sdk.CatalogueField
	for _, f := range append(catalogue[:len(catalogue):len(catalogue)], plugintest.List("deals.closed_at", sdk.Time), plugintest.List("activities.score", sdk.Number), plugintest.List("deals.items", sdk.Integer)) {
		fields = append(fields, sdk.CatalogueField{Path: f.GetPath(), Type: f.GetType(), List: f.GetList()})
	}
	cat := sdk.NewCatalogue(fields...)
	for path, want := range map[string]sdk.CatalogueField{
		"count(deals)":                                   {Type: sdk.Integer},
		"count(activities) where kind = ticket":          {Type: sdk.Integer},
		"distinct(deals.product) where won":              {Type: sdk.Integer},
		"sum(deals.amount) where won within 365d in EUR": {Type: sdk.Money},
		"mean(deals.amount)":                             {Type: sdk.Money},
		"mean(deals.items)":                              {Type: sdk.Number},
		"mean(activities.score)":                         {Type: sdk.Number},
		"max( deals.closed_at ) where won":               {Type: sdk.Time},
		"last(deals.product)":                            {Type: sdk.String},
		"deals.amount where won":                         {Type: sdk.Money, List: true},
		"tags.abc":                                       {Type: sdk.String},
		"country":                                        {Type: sdk.String},
	} {
		got, message := typeOf(path, cat)
		if message != "" || got.Type != want.Type || got.List != want.List {
			t.Errorf("%s is %v list %v (%s), want %v list %v", path, got.Type, got.List, message, want.Type, want.List)
		}
	}
}

func TestAFailingConditionIsThatCustomersProblem(t *testing.T) {
	c := configured(t, when(`100 / employees > 5`))
	got := c.Classify([]sdktest.Customer{{"employees": 0}, {"employees": 2}})
	if got[0].Problem != "rule_failed" || len(got[0].Tags) != 0 {
		t.Errorf("division by zero: %+v", got[0])
	}
	if got[1].Tags[""] != "yes" {
		t.Errorf("the next customer: %+v", got[1])
	}
}

func TestCostIsLimited(t *testing.T) {
	c := configured(t, when(`products.all(a, products.all(b, products.all(c, a + b + c != "")))`))
	var many []any
	for range 200 {
		many = append(many, "product")
	}
	column := "deals.product where won"
	got := c.Classify([]sdktest.Customer{{column: many}, {column: many[:3]}})
	if got[0].Problem != "rule_failed" || got[1].Tags[""] != "yes" {
		t.Errorf("eight million comparisons: %+v; twenty-seven: %+v", got[0], got[1])
	}
}

func TestOptionsAndLabelsAreTheConfigurations(t *testing.T) {
	c := plugintest.Configured(t, Plugin(), map[string]any{"preset": "buyers"}, catalogue...)
	options := c.Tags[0].GetOptions()
	if len(options) != 4 || options[0].GetCode() != "repeat" || options[0].GetLabel().GetByLanguage()["zh-Hant"] != "複購客戶" || options[3].GetCode() != "unclassified" {
		t.Errorf("options %v", options)
	}
	got := c.Classify([]sdktest.Customer{{"count(deals) where won within 365d": 2}, {"count(deals) where won within 365d": 0}})
	if got[0].Tags[""] != "repeat" || got[1].Tags[""] != "none" {
		t.Errorf("%+v", got)
	}
}

func TestPresetsHaveTheirBoundaries(t *testing.T) {
	const orders, quotes = "count(deals) where won within 365d", "count(activities) where kind = quote within 365d"
	for _, c := range []struct {
		preset   string
		customer sdktest.Customer
		want     string
	}{
		{"size", sdktest.Customer{"employees": 250}, "large"}, {"size", sdktest.Customer{"employees": 249}, "medium"},
		{"size", sdktest.Customer{"employees": 50}, "medium"}, {"size", sdktest.Customer{"employees": 49}, "small"},
		{"size", sdktest.Customer{"employees": 10}, "small"}, {"size", sdktest.Customer{"employees": 9}, "micro"},
		{"size", sdktest.Customer{"employees": 0}, "micro"}, {"size", sdktest.Customer{}, "unclassified"},
		{"buying_manner", sdktest.Customer{orders: 2, quotes: 2}, "by_quote"}, {"buying_manner", sdktest.Customer{orders: 2, quotes: 1}, "direct"},
		{"buying_manner", sdktest.Customer{orders: 0, quotes: 1}, "asks_only"}, {"buying_manner", sdktest.Customer{orders: 0, quotes: 0}, "none"},
	} {
		got := plugintest.One(plugintest.Configured(t, Plugin(), map[string]any{"preset": c.preset}, append(catalogue, plugintest.List("activities.kind", sdk.String))...), c.customer)
		if got.Tags[""] != c.want || got.Problem != "" {
			t.Errorf("%s: %v is %+v, want %s", c.preset, c.customer, got, c.want)
		}
	}
}

// The figures that decided are in the reason: those of the rule that applies, of all rules where none does.
func TestReasonsShowTheValuesThatWereRead(t *testing.T) {
	const revenue, products = "sum(deals.amount) where won within 365d", "deals.product where won"
	day := sdk.DayOf(plugintest.AsOf, plugintest.AsOf.Location())
	for condition, want := range map[string]string{
		`employees >= 100`: "employees 320", `employees < 100`: "employees 320", `score > 0.5 && revenue < 9000.0`: "score 0.3333, revenue 1500.50 CNY",
		`vip || country == "DE"`: "vip yes, country –", `has(customer.country)`: "country –", `contract_end > as_of`: "contract_end 2026-01-31",
		`days_since(created_at) < 5`: "created_at 2025-12-31", `"MG" in products`: "products [GTX, MG, GTX Pro, …]", `tags.abc == "A"`: "tags.abc A",
		`employees > 1 && employees < 9 && customer.employees != 4`: "employees 320", `industry == "x"`: "industry A very long text of more than forty char…",
		`employees > 1 && score > 1.0 && vip && country == "DE" && industry == "" && revenue > 1.0`: "employees 320, score 0.3333, vip yes, country –, industry A very long text of more than forty char…, …",
		`as_of > timestamp("2020-01-01T00:00:00Z")`:                                                 "",
	} {
		c := configured(t, when(condition))
		all := sdktest.Customer{"employees": 320, "score": 1.0 / 3, revenue: sdk.Amount(150050), "vip": true, "contract_end": day + 30, "created_at": plugintest.AsOf.Add(-time.Minute),
			products: []any{"GTX", "MG", "GTX Pro", "MG"}, "tags.abc": "A", "industry": "A very long\ntext of more than forty characters"}
		customer := sdktest.Customer{}
		for _, r := range c.Reads {
			if v, ok := all[r.GetPath()]; ok {
				customer[r.GetPath()] = v
			}
		}
		if got := plugintest.Because(plugintest.One(c, customer), "values"); got["values"] != want {
			t.Errorf("%s: %q, want %q", condition, got["values"], want)
		}
	}
}

// A reason is seen by more people than the field may be: what an administrator has granted to a condition is not repeated.
func TestReasonsRepeatNoPersonalData(t *testing.T) {
	born := plugintest.Field("birth_date", sdk.Date)
	born.Sensitive = true
	email := plugintest.List("contacts.email", sdk.String)
	email.Sensitive = true
	config := when(`days_since(birth_date) > 10 && "a@b.example" in mail && staff > 0 && employees > 1`)
	config["inputs"] = map[string]any{"mail": "contacts.email", "staff": `count(contacts) where email = "a@b.example"`}
	c := plugintest.Configured(t, Plugin(), config, append(catalogue[:len(catalogue):len(catalogue)], born, email)...)
	got := plugintest.One(c, sdktest.Customer{"birth_date": plugintest.Day - 9000, "contacts.email": []any{"a@b.example"}, `count(contacts) where email = "a@b.example"`: 1, "employees": 7})
	if values := plugintest.Because(got, "values")["values"]; got.Class() != "yes" || values != "employees 7" {
		t.Errorf("the values of %v are %q", got, values)
	}
}

func TestPresetsSpeakTheChosenLanguage(t *testing.T) {
	for preset, customer := range map[string]sdktest.Customer{
		"buyers": {"count(deals) where won within 365d": 3}, "size": {"employees": 320},
		"buying_manner": {"count(deals) where won within 365d": 1, "count(activities) where kind = quote within 365d": 0},
	} {
		fields := append(catalogue[:len(catalogue):len(catalogue)], plugintest.List("activities.kind", sdk.String))
		got := plugintest.Configured(t, Plugin(), map[string]any{"preset": preset}, fields...).Classify([]sdktest.Customer{customer, {}})
		for _, r := range got {
			for _, language := range []string{"zh-Hans", "zh-Hant"} {
				if text := plugintest.Words(Plugin(), r, language); text == "" || strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz") {
					t.Errorf("%s in %s: %s", preset, language, text)
				}
			}
		}
		if text := plugintest.Words(Plugin(), got[0], "zh-Hans"); preset == "size" && text != "符合规则“员工250人及以上”（第1条）。 该客户：员工人数 320。" {
			t.Errorf("the size is %s", text)
		}
	}
}
