package open_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/open"
	"github.com/taxonhq/taxon/host/store/storetest/pgtest"
)

// The benchmarks work on a mirror of benchCustomers customers with dealsEach deals each, customers in random
// order as an API delivers deals: go test -run - -bench . ./host/store/open. TAXON_BENCH_CUSTOMERS sets their
// number, TAXON_BENCH=postgres the engine.
const dealsEach = 10

func benchCustomers(b *testing.B) int {
	if s := os.Getenv("TAXON_BENCH_CUSTOMERS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	return 20_000
}

func benchConn(b *testing.B) *store.Conn {
	url := "sqlite:" + filepath.Join(b.TempDir(), "store.db")
	if os.Getenv("TAXON_BENCH") == "postgres" {
		url = pgtest.URL(b)
	}
	s, err := open.Open(b.Context(), url, crm.SystemClock{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	c, err := s.Connection(b.Context(), "main", crm.Company)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func customerID(i int) string { return fmt.Sprintf("%011d", 9_000_000_000+i*37) }

func benchDeal(i, customer, amount int) crm.Record {
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Second)
	return crm.Record{Kind: crm.Deal, ID: fmt.Sprintf("%011d", 15_000_000_000+i), Links: []crm.Link{{Kind: crm.Company, ID: customerID(customer), Primary: true}},
		Fields: map[string]crm.Value{"name": crm.TextValue("Renewal of the contract"), "state": crm.TextValue(crm.Won), "stage": crm.TextValue("closedwon"),
			"pipeline": crm.TextValue("default"), "product": crm.TextValue("GTX Plus Pro"), "owner": crm.TextValue("41629779"),
			"amount":     crm.AmountValue(crm.Money{Minor: int64(amount), Currency: "USD"}),
			"created_at": crm.TimeValue(at), "closed_at": crm.TimeValue(at.Add(1000 * time.Hour))}}
}

func apply(b *testing.B, c *store.Conn, records []crm.Record) {
	if _, err := c.ApplyPage(b.Context(), records[0].Kind, store.PageUpdate{Records: records, State: []byte("state")}); err != nil {
		b.Fatal(err)
	}
}

func saveCompanies(b *testing.B, c *store.Conn, n int) {
	var page []crm.Record
	for i := range n {
		page = append(page, crm.Record{Kind: crm.Company, ID: customerID(i), Fields: map[string]crm.Value{
			"name": crm.TextValue("Customer " + strconv.Itoa(i)), "domain": crm.TextValue("customer.example"), "industry": crm.TextValue("SOFTWARE"),
			"country": crm.TextValue("Germany"), "city": crm.TextValue("Berlin"), "employees": crm.IntegerValue(40), "created_at": crm.MicrosValue(1_700_000_000_000_000)}})
		if len(page) == 100 || i == n-1 {
			apply(b, c, page)
			page = page[:0]
		}
	}
}

// saveDeals saves deals of random customers in pages of 100.
func saveDeals(b *testing.B, c *store.Conn, customers, deals int) {
	random := rand.New(rand.NewPCG(1, 2))
	var page []crm.Record
	for i := range deals {
		page = append(page, benchDeal(i, random.IntN(customers), 100))
		if len(page) == 100 || i == deals-1 {
			apply(b, c, page)
			page = page[:0]
		}
	}
}

func BenchmarkFirstSaveOfADeal(b *testing.B) {
	c, n := benchConn(b), benchCustomers(b)
	saveCompanies(b, c, n)
	defer measured(b)()
	saveDeals(b, c, n, b.N)
}

func BenchmarkChangedDeal(b *testing.B) {
	c, n := benchConn(b), benchCustomers(b)
	saveCompanies(b, c, n)
	saveDeals(b, c, n, n*dealsEach)
	random := rand.New(rand.NewPCG(1, 2))
	home := make([]int, n*dealsEach)
	for i := range home {
		home[i] = random.IntN(n)
	}
	defer measured(b)()
	var page []crm.Record
	for i := range b.N {
		deal := i * 7919 % len(home)
		page = append(page, benchDeal(deal, home[deal], 200+i))
		if len(page) == 100 || i == b.N-1 {
			apply(b, c, page)
			page = page[:0]
		}
	}
}

func BenchmarkUnchangedDeal(b *testing.B) {
	c, n := benchConn(b), benchCustomers(b)
	saveCompanies(b, c, n)
	saveDeals(b, c, n, n*dealsEach)
	defer measured(b)()
	for done := 0; done < b.N; done += n * dealsEach {
		saveDeals(b, c, n, min(n*dealsEach, b.N-done))
	}
}

func BenchmarkScanOfACustomerWithTenDeals(b *testing.B) {
	c, n := benchConn(b), benchCustomers(b)
	saveCompanies(b, c, n)
	saveDeals(b, c, n, n*dealsEach)
	b.ReportAllocs()
	defer measured(b)()
	sum := int64(0)
	for done := 0; done < b.N; {
		err := c.Customers(b.Context(), "", func(cu *store.Customer) error {
			if done++; done > b.N {
				return errEnough
			}
			for i := range cu.Deals {
				if d := &cu.Deals[i]; d.State == crm.Won {
					sum += d.Amount.Minor
				}
			}
			if cu.Fields.Get("country").Missing() {
				sum++
			}
			return nil
		})
		if err != nil && err != errEnough {
			b.Fatal(err)
		}
	}
}

// measured begins the measured part of a benchmark; what it answers ends it and reports the processor's
// time, which other programs do not stretch as they do the clock's.
func measured(b *testing.B) (end func()) {
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	before := used()
	b.ResetTimer()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}

var errEnough = fmt.Errorf("enough")
