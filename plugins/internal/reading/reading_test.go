package reading_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/sdk"
)

var catalogue = sdk.NewCatalogue(
	sdk.CatalogueField{Path: "country", Type: sdk.String},
	sdk.CatalogueField{Path: "employees", Type: sdk.Integer},
	sdk.CatalogueField{Path: "deals.amount", Type: sdk.Money, List: true},
	sdk.CatalogueField{Path: "deals.product", Type: sdk.String, List: true},
	sdk.CatalogueField{Path: "deals.seats", Type: sdk.Integer, List: true},
	sdk.CatalogueField{Path: "deals.closed_at", Type: sdk.Time, List: true},
	sdk.CatalogueField{Path: "tags.abc", Type: sdk.String, Options: []string{"A", "B", "unclassified"}},
)

func TestInputsHaveAPathAndAType(t *testing.T) {
	for text, want := range map[string]struct {
		path string
		kind sdk.Type
	}{
		"employees":                          {"employees", sdk.Integer},
		"tags.abc":                           {"tags.abc", sdk.String},
		" sum(deals.amount)  where won ":     {"sum(deals.amount) where won within 365d", sdk.Money},
		"sum(deals.amount) within 2y in EUR": {"sum(deals.amount) within 2y in EUR", sdk.Money},
		"count(deals) where open":            {"count(deals) where open within 365d", sdk.Integer},
		"distinct(deals.product)":            {"distinct(deals.product) within 365d", sdk.Integer},
		"mean(deals.seats)":                  {"mean(deals.seats) within 365d", sdk.Number},
		"sum(deals.seats)":                   {"sum(deals.seats) within 365d", sdk.Integer},
		"last(deals.closed_at) where won":    {"last(deals.closed_at) where won within 365d", sdk.Time},
		"first(deals.product)":               {"first(deals.product) within 365d", sdk.String},
	} {
		in, message := reading.Parse(text, "365d", catalogue)
		if message != "" || in.Path != want.path || in.Type != want.kind {
			t.Errorf("%q is %q of type %s (%s)", text, in.Path, in.Type, message)
		}
	}
}

func TestWhatIsNoInputIsRefused(t *testing.T) {
	for _, text := range []string{"", "turnover", "tags.rfm", "sum(deals)", "sum(deals.product)", "max(deals.product)", "sum(deals.closed_at)", "sum(deals.margin)",
		"deals.amount", "average(deals.amount)", "sum(deals.amount) * 2"} {
		if _, message := reading.Parse(text, "365d", catalogue); message == "" {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestAFieldWrittenWithItsSubjectIsSuggestedByItsName(t *testing.T) {
	if _, message := reading.Parse("company.country", "365d", catalogue); message != "a field of the customer stands by its bare name: write country" {
		t.Errorf("it says %q", message)
	}
	if _, message := reading.Parse("company.turnover", "365d", catalogue); strings.Contains(message, "write turnover") {
		t.Errorf("of a field that is not there it says %q", message)
	}
}

func TestWithoutCatalogueTypesAreAssumed(t *testing.T) {
	for text, want := range map[string]sdk.Type{"tags.credit": sdk.String, "tags.abc.share": sdk.Number, "annual_revenue": sdk.Number,
		"sum(deals.amount)": sdk.Money, "last(deals.closed_at)": sdk.Time} {
		if in, message := reading.Parse(text, "", sdk.Catalogue{}); message != "" || in.Type != want {
			t.Errorf("%q is of type %s (%s)", text, in.Type, message)
		}
	}
}

func TestAnInputWrittenTwiceIsOneColumn(t *testing.T) {
	var c reading.Columns
	a, b, again := c.Add(sdk.Read{Path: "a"}), c.Add(sdk.Read{Path: "b"}), c.Add(sdk.Read{Path: "a", Required: true})
	if a != 0 || b != 1 || again != 0 || len(c.Reads()) != 2 || !c.Reads()[0].Required {
		t.Errorf("columns %d, %d, %d of %v", a, b, again, c.Reads())
	}
}

func TestSumsAndCountsAreRequired(t *testing.T) {
	for text, required := range map[string]bool{"sum(deals.amount)": true, "count(deals)": true, "mean(deals.amount)": false, "employees": false} {
		in, message := reading.Parse(text, "365d", catalogue)
		if message != "" {
			t.Fatal(message)
		}
		want := sdk.Read{Path: in.Path, Type: in.Type, Required: required, Purpose: "Why."}
		if got := in.Read("Why."); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %+v, want %+v", text, got, want)
		}
	}
}
