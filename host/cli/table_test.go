package cli

import (
	"bytes"
	"fmt"
	"testing"
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

func TestPluralsOfDaysAndCompanies(t *testing.T) {
	for noun, want := range map[string]string{"day": "2 days", "company": "2 companies", "class": "2 classes", "reply": "2 replies"} {
		if got := plural(2, noun); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestWhatAFitSaysOfItselfIsPrinted(t *testing.T) {
	var out bytes.Buffer
	e := &environment{stdout: &out}
	e.printModel([]byte(`{"customers":"479","metrics":{"retention_rate":0.93667400881,"customers":479},"tags":[{"key":"","options":[{"code":"cluster_1",
		"description":"12 customers"},{"code":"unclassified","description":"Too little is known."}]}],"diagnostics":[{"severity":"SEVERITY_WARNING","summary":"the structure is weak"}]}`))
	if want := "  Model: customers 479, retention rate 0.93667\n  cluster_1: 12 customers\n  The fit warns: the structure is weak\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
