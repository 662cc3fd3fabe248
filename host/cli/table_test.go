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
