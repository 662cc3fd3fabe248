package sample

import (
	"strconv"
	"testing"

	"github.com/taxonhq/taxon/examples/data"
)

// CDNOW is when each customer of the CDNOW sample bought, by id: times, in the order of the file, as a list column.
func CDNOW(t testing.TB) map[string][]any {
	t.Helper()
	purchases, err := data.LoadCDNOW(source(t))
	if err != nil {
		t.Fatal(err)
	}
	by := map[string][]any{}
	for _, p := range purchases {
		id := strconv.Itoa(p.Customer)
		by[id] = append(by[id], p.Day)
	}
	return by
}

// Wins is when the won deals of each account of the B2B pipeline were closed, by name, as a list column.
func Wins(t testing.TB) map[string][]any {
	t.Helper()
	sales, err := data.LoadSales()
	if err != nil {
		t.Fatal(err)
	}
	by := map[string][]any{}
	for _, o := range sales.Opportunities {
		if o.Stage == "Won" && o.Account != "" {
			by[o.Account] = append(by[o.Account], o.Closed)
		}
	}
	return by
}
