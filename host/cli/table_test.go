package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/evaluate"
)

func TestColumnsStandBelowEachOtherWhereLettersAreTwoPlacesWide(t *testing.T) {
	var out bytes.Buffer
	e := &environment{stdout: &out}
	table := e.table()
	fmt.Fprintln(table, "fxiaoke\t纷享销客\tyes")
	fmt.Fprintln(table, "odoo\tOdoo\tno")
	fmt.Fprintln(table, "zoho\tＺ\tno")
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "fxiaoke  纷享销客  yes\nodoo     Odoo      no\nzoho     Ｚ        no\n"
	if out.String() != want {
		t.Errorf("\n%s\nwant\n%s", out.String(), want)
	}
}

func TestFiguresStandFlushToTheRight(t *testing.T) {
	var out bytes.Buffer
	e := &environment{stdout: &out}
	e.figures([][]string{{"class", "customers", "share"}, {"A 关键", "1,024", "9.5 %"}, {"none", "3", "·"}})
	want := "  class   customers  share\n  A 关键      1,024  9.5 %\n  none            3      ·\n"
	if out.String() != want {
		t.Errorf("\n%s\nwant\n%s", out.String(), want)
	}
}

// Columns are in the classifier's order, also those of classes that nobody had before.
func TestMovesStandInTheOrderOfTheClasses(t *testing.T) {
	var out bytes.Buffer
	e := &environment{stdout: &out}
	m := evaluate.Migrate([]string{"active", "active", "dormant", evaluate.NotPresent, "active"}, []string{"loyal", "churned", "dormant", "active", evaluate.Gone}, make([]float64, 5),
		[]string{"prospect", "loyal", "active", "churned", "dormant"}, nil)
	e.printMigration(&m, "Since then")
	want := "Since then: 1 kept their class (33.3 %).\n" +
		"  from \\ to      loyal  active  churned  dormant  (gone)\n" +
		"  active             1       ·        1        ·       1\n" +
		"  dormant            ·       ·        ·        1       ·\n" +
		"  (not present)      ·       1        ·        ·       ·\n"
	if out.String() != want {
		t.Errorf("\n%s\nwant\n%s", out.String(), want)
	}
}

func TestPluralsOfDaysAndCompanies(t *testing.T) {
	for noun, want := range map[string]string{"day": "2 days", "company": "2 companies", "class": "2 classes", "reply": "2 replies"} {
		if got := plural(2, noun); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestWhatAFitSaysOfItselfIsPrinted(t *testing.T) {
	for name, c := range map[string]struct{ report, want string }{
		"texts and warnings": {`{"customers":"479","metrics":{"retention_rate":0.93667400881,"customers":479},"tags":[{"key":"","options":[{"code":"cluster_1",
			"description":"12 customers"},{"code":"unclassified","description":"Too little is known."}]}],"diagnostics":[{"severity":"SEVERITY_WARNING","summary":"the structure is weak"}]}`,
			"  Model: customers 479, retention rate 0.9367\n  cluster_1: 12 customers\n  The fit warns: the structure is weak\n"},
		"series and families": {`{"metrics":{"customers":2357,"f_2":1,"f_3":2,"f_10":30.125,"none":0,"ranked":2357,"value":244091.94,"alpha_weeks":3,"p":4,
			"a_known":600,"b_known":0,"c_c_known":3,"gap_1":1,"gap_2":1,"gap_3":1,"gap_4":1,"gap_5":1,"gap_6":1,"gap_7":1}}`,
			"  Model: customers 2,357, value 244,092, known (a: 600, c c: 3), f (2: 1, 3: 2, 10: 30.12); 11 more with --output json\n"},
		"confusion": {`{"metrics":{"accuracy":0.5,"confusion_big_one_big_one":1,"confusion_big_one_small":3,"confusion_small_big_one":0,"confusion_small_small":2000,"recall_small":1,"precision_small":1}}`,
			"  Model: accuracy 0.5\n  What is right (rows), and what the model says (columns):\n" +
				"             big_one  small    found\n" +
				"  big_one          1      3   25.0 %\n" +
				"  small            0  2,000  100.0 %\n" +
				"  right    100.0 %  99.9 %         \n"},
		"nothing": {`null`, ""},
	} {
		var out bytes.Buffer
		e := &environment{stdout: &out}
		e.printModel([]byte(c.report), map[string]string{"small": "Small"})
		if shape(out.String()) != shape(c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, out.String(), c.want)
		}
	}
}

// shape is a text without what only aligns it.
func shape(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}
