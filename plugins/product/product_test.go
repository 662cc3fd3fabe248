package product

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/data/synthetic"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

var fields = []*pb.CatalogueField{
	plugintest.List("deals.category", sdk.String), plugintest.List("deals.product", sdk.String), plugintest.List("deals.amount", sdk.Money),
	plugintest.List("deals.line", sdk.String), plugintest.Field("buys", sdk.String), plugintest.Field("employees", sdk.Integer),
	plugintest.List("activities.topic", sdk.String), plugintest.List("activities.score", sdk.Number),
}

func TestConformance(t *testing.T) {
	config := map[string]any{"customer_field": "buys", "kinds": []any{map[string]any{"code": "software", "label": map[string]any{"zh_hans": "软件"}, "words": []any{"value"}}}}
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(config, fields...)})
	sdktest.Run(t, sdktest.InProcess(Plugin()), sdktest.Options{Setup: plugintest.Setup(map[string]any{"looked_field": "topic"}, fields...)})
}

// What was looked at is told beside what was bought, and changes nothing of it.
func TestWhatWasLookedAtIsAPartOfItsOwn(t *testing.T) {
	c := start(t, map[string]any{"looked_field": "topic"})
	const topics = "activities.topic within all"
	for name, x := range map[string]struct {
		deals  string
		topics []any
		want   string // class, favourite, looked_at
	}{
		"other than bought":     {"food, food", []any{"Machine", nil, "machine", "food", "Machine"}, "non_durable food Machine"},
		"nothing bought":        {"", []any{"insurance"}, "none  insurance"},
		"a tie sorts first":     {"food", []any{"tools", "food"}, "non_durable food food"},
		"nothing looked at":     {"food", nil, "non_durable food "},
		"nothing named":         {"food", []any{nil, " "}, "non_durable food "},
		"a word of no category": {"food", []any{"xyzzy"}, "non_durable food xyzzy"},
	} {
		customer := categories(x.deals)
		if x.deals == "" {
			customer = bought()
		}
		customer[topics] = x.topics
		got := plugintest.One(c, customer)
		if is := got.Class() + " " + got.Tags["favourite"] + " " + got.Tags["looked_at"]; is != x.want {
			t.Errorf("%s: %q, not %q", name, is, x.want)
		}
	}
	customer := categories("food")
	customer[topics] = []any{"Machine", "food", "machine", "Machine"}
	got := plugintest.One(c, customer)
	if !slices.ContainsFunc(got.Reasons, func(r sdktest.Reason) bool {
		return r.Text == "Looked at or asked about most: Machine (3 of 4 activities that name one), of categories 2."
	}) {
		t.Errorf("%v", got.Reasons)
	}
	for _, x := range []struct{ field, want string }{{"topic", ""}, {"colour", "/looked_field unknown_field"}, {"score", "/looked_field field_type"}} {
		found := ""
		for _, d := range plugintest.Diagnose(t, Plugin(), map[string]any{"looked_field": x.field}, fields...) {
			found += d.GetPointer() + " " + d.GetCode()
		}
		if found != x.want {
			t.Errorf("%s: %q, not %q", x.field, found, x.want)
		}
	}
	if got := plugintest.One(start(t, nil), categories("food")); got.Tags["looked_at"] != "" {
		t.Errorf("%v", got)
	}
}

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, Plugin()) }

func start(t *testing.T, config map[string]any) *sdktest.Classifier {
	t.Helper()
	return plugintest.Configured(t, Plugin(), config, fields...)
}

// deal is a category, a product and an amount in minor units; "" and nil are missing.
type deal struct {
	category, product string
	amount            any
}

func bought(deals ...deal) sdktest.Customer {
	var categories, products []any
	some := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	for _, d := range deals {
		categories, products = append(categories, some(d.category)), append(products, some(d.product))
	}
	return sdktest.Customer{"count(deals) where won within all": int64(len(deals)), "deals.category where won within all": categories,
		"deals.product where won within all": products}
}

// paid is bought with the amounts, which are read only where deals go by amount.
func paid(deals ...deal) sdktest.Customer {
	var amounts []any
	for _, d := range deals {
		if n, ok := d.amount.(int); ok {
			amounts = append(amounts, sdk.Amount(n))
		} else {
			amounts = append(amounts, nil)
		}
	}
	c := bought(deals...)
	c["deals.amount where won within all"] = amounts
	return c
}

func categories(list string) sdktest.Customer {
	var deals []deal
	for c := range strings.SplitSeq(list, ",") {
		deals = append(deals, deal{category: strings.TrimSpace(c)})
	}
	return bought(deals...)
}

func TestEveryCustomerOfTheSecondComputation(t *testing.T) {
	text, err := os.ReadFile("testdata/customers.json")
	if err != nil {
		t.Fatal(err)
	}
	var lists [][][2]any
	if err := json.Unmarshal(text, &lists); err != nil {
		t.Fatal(err)
	}
	customers := map[string][]sdktest.Customer{}
	for _, list := range lists {
		var deals []deal
		for _, d := range list {
			one := deal{}
			one.category, _ = d[0].(string)
			if n, ok := d[1].(float64); ok {
				one.amount = int(n)
			}
			deals = append(deals, one)
		}
		customers[byDeals], customers[byAmount] = append(customers[byDeals], bought(deals...)), append(customers[byAmount], paid(deals...))
	}
	file, err := os.Open("testdata/classes.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, by := range []string{byDeals, byAmount} {
		for j, got := range start(t, map[string]any{"by": by}).Classify(customers[by]) {
			want := rows[1+2*j+i]
			tags := got.Tags
			if is := []string{fmt.Sprint(j), by, got.Class(), tags["kinds"], tags["share"], tags["breadth"], tags["favourite"], tags["favourite_share"]}; !slices.Equal(is, want) {
				t.Errorf("customer %d is %v, not %v", j, is, want)
			}
		}
	}
}

func TestEveryBoundaryOfTheClasses(t *testing.T) {
	c := start(t, nil)
	for _, x := range []struct {
		name     string
		customer sdktest.Customer
		want     string
		reason   string
	}{
		{"nothing", bought(), none, nothingEver},
		{"no category", bought(deal{}, deal{}), "unclassified", notSaid},
		{"placeholders say nothing", categories("N/A, 其他, unknown"), "unclassified", notSaid},
		{"one", categories("machine"), "durable", ofDeals},
		{"half is enough", categories("machine, machine, food, service"), "durable", ofDeals},
		{"less than half is not", categories("machine, machine, food, service, loan"), mixed, noMain},
		{"two halves", categories("machine, food"), mixed, noMain},
		{"half understood", categories("machine, xyz"), "durable", ofDeals},
		{"less than half understood", categories("machine, xyz, abc"), "unclassified", notUnderstood},
		{"nothing understood", categories("xyz"), "unclassified", notUnderstood},
		{"the product speaks for the category", bought(deal{category: "Line 7", product: "Water pump"}), "durable", ofDeals},
		{"the category first", bought(deal{category: "Maintenance", product: "Water pump"}), "service", ofDeals},
		{"the product alone", bought(deal{product: "Life policy"}), "financial", ofDeals},
		{"a deal that says nothing", bought(deal{category: "loan"}, deal{}, deal{}, deal{}), "financial", ofDeals},
	} {
		if got := plugintest.One(c, x.customer); got.Class() != x.want || !plugintest.Given(got, x.reason) {
			t.Errorf("%s: %v, want %s because of %s", x.name, got, x.want, x.reason)
		}
	}
}

func TestAmountsWeighWherePutSo(t *testing.T) {
	c := start(t, map[string]any{"by": "amount"})
	for _, x := range []struct {
		deals []deal
		want  string
	}{
		{[]deal{{"food", "", 100}, {"food", "", 100}, {"machine", "", 201}}, "durable"},
		{[]deal{{"food", "", 100}, {"food", "", 100}, {"machine", "", 200}}, mixed},
		{[]deal{{"food", "", 100}, {"machine", "", -900}, {"service", "", nil}}, "non_durable"},
		{[]deal{{"food", "", 0}, {"machine", "", -900}}, "unclassified"},
		{[]deal{{"food", "", 1 << 62}, {"food", "", 1 << 62}, {"machine", "", 1 << 62}}, "non_durable"}, // beyond what an amount holds
	} {
		if got := plugintest.One(c, paid(x.deals...)); got.Class() != x.want {
			t.Errorf("%v: %v, want %s", x.deals, got, x.want)
		}
	}
}

func TestTextsAreUnderstoodInThreeScripts(t *testing.T) {
	words := newTable(true)
	for text, want := range map[string]string{
		"durable": "durable", "non_durable": "non_durable", "Non-durable goods": "non_durable", "service": "service", "financial": "financial",
		"Batteries": "non_durable", "Glass": "", "Machine maintenance": "service", "Repair of machines": "service", "Car insurance": "financial",
		"Coffee machine": "durable", "Skin Care": "non_durable", "carpet": "", "Électronics": "durable", "": "",
		"insurance consulting": "service", "advice": "", "SaaS服务": "service",
		"汽车": "durable", "汽車保險": "financial", "保險櫃": "durable", "酒店": "service", "白酒": "non_durable", "設備維修": "service", "机器人租赁": "service",
		"理财产品": "financial", "日用品": "non_durable", "ＬＥＡＳＩＮＧ": "financial", "貨車": "durable", "哈": "",
	} {
		if got := words.kindOf(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// The usual words contradict each other nowhere, and each means what its line says.
func TestEveryUsualWordHasOneKind(t *testing.T) {
	words, seen := newTable(true), map[string]string{}
	for line := range strings.Lines(usualWords) {
		kind, list, found := strings.Cut(line, ":")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		if !isUsual(kind) {
			t.Errorf("%q is no kind", kind)
		}
		for w := range strings.SplitSeq(list, ",") {
			key := normal(w)
			if other, twice := seen[key]; twice {
				t.Errorf("%s is a word of %s and of %s", w, other, kind)
			}
			seen[key] = kind
			if got := words.kindOf(w); got != kind {
				t.Errorf("%s is %q, not %s", w, got, kind)
			}
		}
	}
}

func TestAnAdministratorExtendsTheTable(t *testing.T) {
	kinds := []any{
		map[string]any{"code": "software", "label": map[string]any{"en": "Software", "zh_hans": "软件", "zh_hant": "軟體"}, "words": []any{"Software", "軟體", "machine learning"}},
		map[string]any{"code": "service", "words": []any{"XY-200"}},
	}
	c := start(t, map[string]any{"kinds": kinds})
	for text, want := range map[string]string{"Software maintenance": "software", "財務軟體": "software", "软体": "software", "xy 200": "service", "Machine Learning": "software", "machine": "durable"} {
		if got := plugintest.One(c, categories(text)); got.Class() != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
	c = start(t, map[string]any{"kinds": kinds, "table": "own"})
	if got := plugintest.One(c, categories("machine")); got.Class() != "unclassified" || plugintest.Because(got, notUnderstood)["text"] != "machine" {
		t.Errorf("a usual word: %v", got)
	}
}

func TestReasonsAndParts(t *testing.T) {
	c := start(t, nil)
	got := plugintest.One(c, categories("Foods, food, food, Machines, service"))
	if fmt.Sprint(got.Tags) != fmt.Sprint(map[string]string{"": "non_durable", "kinds": "non_durable, durable, service", "share": "60", "breadth": "3", "favourite": "food", "favourite_share": "60"}) {
		t.Errorf("the tags are %v", got.Tags)
	}
	for _, x := range []struct {
		customer sdktest.Customer
		want     []string
	}{
		{categories("Foods, food, food, Machines, service"), []string{"Most often Non-durable goods: 60 % of the purchases; purchases 5, kinds 3.", "Favourite: food (60 %), of categories 3."}},
		{categories("food, service"), []string{"No kind is the main one: Non-durable goods 50 %, Services 50 %; purchases 2.", "Favourite: food (50 %), of categories 2."}},
		{bought(), []string{"No won deal at any time."}},
		{bought(deal{}, deal{}), []string{"Won deals: 2; none has a category or product."}},
		{categories("loan, x, y, y"), []string{"Only 25 % of the purchases are understood; most of the rest: “y”. Add it to kinds.", "Favourite: y (50 %), of categories 3."}},
	} {
		var texts []string
		for _, r := range plugintest.One(c, x.customer).Reasons {
			texts = append(texts, r.Text)
		}
		if !slices.Equal(texts, x.want) {
			t.Errorf("%q, want %q", texts, x.want)
		}
	}
}

func TestTheCustomersOwnFieldSpeaksWhereDealsDoNot(t *testing.T) {
	c := start(t, map[string]any{"customer_field": "buys"})
	for _, x := range []struct {
		customer sdktest.Customer
		buys     any
		want     string
	}{
		{bought(), "Leasing", "financial"},
		{categories("xyz"), "設備", "durable"},
		{categories("food"), "Leasing", "non_durable"},
		{bought(), "xyz", none},
		{bought(), nil, none},
	} {
		x.customer["buys"] = x.buys
		if got := plugintest.One(c, x.customer); got.Class() != x.want {
			t.Errorf("%v: %v, want %s", x.customer, got, x.want)
		}
	}
}

func TestDegenerateCustomers(t *testing.T) {
	c := start(t, nil)
	var many []deal
	for i := range 20_000 {
		many = append(many, deal{category: fmt.Sprint("machine ", i)})
	}
	got := plugintest.One(c, bought(many...))
	if got.Class() != "durable" || got.Tags["breadth"] != "20000" || got.Tags["favourite_share"] != "0.01" {
		t.Errorf("many categories: %v", got.Tags)
	}
	if got := plugintest.One(c, categories(strings.Repeat("机器 food ", 5000))); got.Class() == "" {
		t.Errorf("a long text: %v", got)
	}
	if got := plugintest.One(c, sdktest.Customer{"count(deals) where won within all": int64(3)}); got.Class() != "unclassified" {
		t.Errorf("deals without lists: %v", got)
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	for _, x := range []struct{ config, want string }{
		{`{"field": "colour"}`, "/field unknown_field"},
		{`{"second_field": "colour"}`, "/second_field unknown_field"},
		{`{"field": "amount"}`, "/field field_type"},
		{`{"customer_field": "employees"}`, "/customer_field field_type"},
		{`{"customer_field": "name"}`, "/customer_field unknown_field"},
		{`{"table": "own"}`, "/table no_words"},
		{`{"kinds": [{"code": "mixed", "words": ["x"]}]}`, "/kinds/0/code reserved"},
		{`{"kinds": [{"code": "a", "words": ["x"]}, {"code": "a", "words": ["y"]}]}`, "/kinds/1/code twice"},
		{`{"kinds": [{"code": "a", "words": ["x"]}, {"code": "b", "words": ["X"]}]}`, "/kinds/1/words/0 word"},
		{`{"kinds": [{"code": "a", "words": ["--"]}]}`, "/kinds/0/words/0 word"},
		{`{"kinds": [{"code": "service", "label": {"en": "S"}, "words": ["x"]}]}`, "/kinds/0/label unused"},
		{`{}`, ""}, {`{"field": "line", "second_field": ""}`, ""},
	} {
		var config map[string]any
		if err := json.Unmarshal([]byte(x.config), &config); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range plugintest.Diagnose(t, Plugin(), config, fields...) {
			got = append(got, d.GetPointer()+" "+d.GetCode())
		}
		if strings.Join(got, "; ") != x.want {
			t.Errorf("%s: %q, want %q", x.config, got, x.want)
		}
	}
	none := plugintest.Diagnose(t, Plugin(), nil, plugintest.Field("country", sdk.String))
	if len(none) != 1 || none[0].GetCode() != "no_field" {
		t.Errorf("an account without categories: %v", none)
	}
}

// Synthetic companies mostly buy one kind; who bought enough is found.
func TestSyntheticCompaniesBuyWhatTheyWereMadeToBuy(t *testing.T) {
	set, err := synthetic.Make("b2b", synthetic.Seed, 0)
	if err != nil {
		t.Fatal(err)
	}
	var customers []sdktest.Customer
	var truth []string
	for _, one := range set.Customers {
		var deals []deal
		for _, d := range one.Deals {
			if d.State == "won" {
				deals = append(deals, deal{product: d.Product}) // the product's name alone
			}
		}
		if len(deals) >= 5 {
			customers, truth = append(customers, bought(deals...)), append(truth, one.Truth["product"])
		}
	}
	same := 0
	for i, got := range start(t, nil).Classify(customers) {
		if got.Class() == truth[i] {
			same++
		}
	}
	t.Logf("%d of %d", same, len(truth))
	if len(truth) < 200 || 100*same < 95*len(truth) {
		t.Errorf("%d of %d companies are found", same, len(truth))
	}
}
