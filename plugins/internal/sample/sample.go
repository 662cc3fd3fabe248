// Package sample gives tests of plugins the example data sets as customers with measures, and the expected
// results beside them. It computes measures itself, in the plainest way, so that a test does not lean on the
// host's; only tests import it.
package sample

import (
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"sort"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/data"
)

// Customer is what a customer bought.
type Customer struct {
	ID          string
	First, Last time.Time
	Count, Days int64 // purchases, and days with one
	Amount      int64 // in whole units of the currency
}

// Accounts are the accounts of the B2B pipeline that won deals have, by name.
func Accounts(t testing.TB) []Customer {
	t.Helper()
	sales, err := data.LoadSales()
	if err != nil {
		t.Fatal(err)
	}
	by := base{}
	for _, o := range sales.Opportunities {
		if o.Stage == "Won" {
			by.add(o.Account, o.Closed, o.Value)
		}
	}
	return by.list()
}

// Orders are the customers of the rfm package's orders, by name.
func Orders(t testing.TB) []Customer {
	t.Helper()
	orders, err := data.LoadOrders(source(t))
	if err != nil {
		t.Fatal(err)
	}
	by := base{}
	for _, o := range orders {
		by.add(o.Customer, o.Day, o.Revenue)
	}
	return by.list()
}

type base map[string]*entry

type entry struct {
	Customer
	days map[time.Time]bool
}

func (b base) add(id string, at time.Time, amount int64) {
	e := b[id]
	if e == nil {
		e = &entry{Customer: Customer{ID: id, First: at, Last: at}, days: map[time.Time]bool{}}
		b[id] = e
	}
	if at.Before(e.First) {
		e.First = at
	}
	if at.After(e.Last) {
		e.Last = at
	}
	e.Count++
	e.Amount += amount
	e.days[at] = true
	e.Days = int64(len(e.days))
}

func (b base) list() []Customer {
	var list []Customer
	for _, e := range b {
		list = append(list, e.Customer)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list
}

func source(t testing.TB) fs.FS {
	t.Helper()
	fsys, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

// Expected reads a CSV file of expected results: rows by their first column, cells by name.
func Expected(t testing.TB, name string) map[string]map[string]string {
	t.Helper()
	f, err := source(t).Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		out[line[0]] = row
	}
	return out
}

// EdgeCases reads one entry of the boundary cases into a value.
func EdgeCases(t testing.TB, name string, into any) {
	t.Helper()
	text, err := fs.ReadFile(source(t), "edge_cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[name], into); err != nil {
		t.Fatal(err)
	}
}
