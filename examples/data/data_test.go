package data_test

import (
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/taxonhq/taxon/examples/data"
)

func TestSalesPipelineIsComplete(t *testing.T) {
	s, err := data.LoadSales()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Accounts) != 85 || len(s.Opportunities) != 8800 || len(s.Products) != 7 || len(s.Agents) != 35 {
		t.Errorf("%d accounts, %d deals, %d products, %d agents", len(s.Accounts), len(s.Opportunities), len(s.Products), len(s.Agents))
	}
	stages, orphans, won := map[string]int{}, 0, int64(0)
	sums := map[string]int64{}
	for _, o := range s.Opportunities {
		stages[o.Stage]++
		if o.Account == "" {
			orphans++
		}
		if o.Stage == "Won" {
			won += o.Value
			sums[o.Account] += o.Value
		}
		if closed := o.Stage == "Won" || o.Stage == "Lost"; closed == o.Closed.IsZero() || o.Engaged.IsZero() != (o.Stage == "Prospecting") {
			t.Errorf("dates of %+v", o)
		}
		if !o.Closed.Before(data.SalesAsOf) {
			t.Errorf("%s closes on or after the as-of date", o.ID)
		}
	}
	if stages["Won"] != 4238 || stages["Lost"] != 2473 || stages["Engaging"] != 1589 || stages["Prospecting"] != 500 {
		t.Errorf("stages %v", stages)
	}
	if orphans != 1425 || won != 10_005_534 {
		t.Errorf("%d orphans, won %d", orphans, won)
	}
	// the referee's sums, account by account
	f, err := os.Open("crm_sales_opportunities/expected_accounts.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	table, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table[1:] {
		if want, _ := strconv.ParseInt(row[3], 10, 64); sums[row[0]] != want {
			t.Errorf("%s: %d, want %d", row[0], sums[row[0]], want)
		}
	}
	if a := s.Accounts[0]; a.Name != "Acme Corporation" || a.Revenue != 110_004 || a.Employees != 2822 || a.Office != "United States" {
		t.Errorf("first account %+v", a)
	}
}

func source(t *testing.T) fs.FS {
	t.Helper()
	fsys, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func TestCDNOWIsComplete(t *testing.T) {
	all, err := data.LoadCDNOW(source(t))
	if err != nil {
		t.Fatal(err)
	}
	customers, value := map[int]bool{}, int64(0)
	for _, p := range all {
		customers[p.Customer] = true
		value += p.Value
		if !p.Day.Before(data.CDNOWAsOf) {
			t.Errorf("purchase on %v", p.Day)
		}
	}
	if len(all) != 6919 || len(customers) != 2357 || value != 24_409_194 {
		t.Errorf("%d purchases by %d customers, %d cents", len(all), len(customers), value)
	}
}

func TestOrdersAreComplete(t *testing.T) {
	all, err := data.LoadOrders(source(t))
	if err != nil {
		t.Fatal(err)
	}
	customers, revenue := map[string]bool{}, int64(0)
	for _, o := range all {
		customers[o.Customer] = true
		revenue += o.Revenue
	}
	if len(all) != 4906 || len(customers) != 995 || revenue != 464_158 {
		t.Errorf("%d orders by %d customers, revenue %d", len(all), len(customers), revenue)
	}
}

func TestExpectedResultsAndCatalogueCanBeRead(t *testing.T) {
	fsys := source(t)
	for _, name := range []string{"edge_cases.json", "crm_sales_opportunities/expected.json", "rfm_orders/expected.json"} {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(raw) {
			t.Errorf("%s is not JSON", name)
		}
	}
	for name, want := range map[string]int{"tags.csv": 96, "rfm_orders/expected_rfm.csv": 995, "cdnow/expected_cbs_39w.csv": 2357} {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		table, err := csv.NewReader(strings.NewReader(string(raw))).ReadAll()
		if err != nil || len(table)-1 != want {
			t.Errorf("%s: %d rows (%v), want %d", name, len(table)-1, err, want)
		}
	}
}

func TestBadRowsAreNamed(t *testing.T) {
	for file, bad := range map[string]string{
		"rfm_orders/rfm_data_orders.csv": "customer_id,order_date,revenue\nA,2006-01-01,1\nB,2006-13-01,1\n",
		"cdnow/CDNOW_sample.txt":         " 00004 0001 19970101  2   29.33\n 00004 0001 19970118  2   29.733\n",
	} {
		fsys := fstest.MapFS{file: {Data: []byte(bad)}}
		var err error
		if strings.HasPrefix(file, "cdnow") {
			_, err = data.LoadCDNOW(fsys)
		} else {
			_, err = data.LoadOrders(fsys)
		}
		if err == nil || !strings.Contains(err.Error(), file+", line ") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
