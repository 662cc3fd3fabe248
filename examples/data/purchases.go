package data

import (
	"bufio"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// Purchase is one purchase at CDNOW.
type Purchase struct {
	Customer int // 1 to 2,357, the id in the sample
	Day      time.Time
	CDs      int
	Value    int64 // in US cents
}

// CDNOWAsOf is the day after the purchases end.
var CDNOWAsOf = time.Date(1998, 7, 1, 0, 0, 0, 0, time.UTC)

// LoadCDNOW reads the purchases of the CDNOW sample from cdnow/CDNOW_sample.txt.
func LoadCDNOW(fsys fs.FS) ([]Purchase, error) {
	const name = "cdnow/CDNOW_sample.txt"
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var out []Purchase
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		p, err := purchase(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, n, err)
		}
		out = append(out, p)
	}
	return out, lines.Err()
}

func purchase(line string) (p Purchase, err error) {
	c := strings.Fields(line)
	if len(c) != 5 {
		return p, fmt.Errorf("%d columns, want 5", len(c))
	}
	if p.Customer, err = strconv.Atoi(c[1]); err != nil {
		return p, err
	}
	if p.Day, err = time.Parse("20060102", c[2]); err != nil {
		return p, err
	}
	if p.CDs, err = strconv.Atoi(c[3]); err != nil {
		return p, err
	}
	p.Value, err = hundredths(c[4])
	return p, err
}

// Order is one row of the rfm package's synthetic orders.
type Order struct {
	Customer string // a name
	Day      time.Time
	Revenue  int64 // whole units of an unnamed currency
}

// OrdersAsOf is the analysis date of the rfm package's examples.
var OrdersAsOf = time.Date(2006, 12, 31, 0, 0, 0, 0, time.UTC)

// LoadOrders reads rfm_orders/rfm_data_orders.csv.
func LoadOrders(fsys fs.FS) ([]Order, error) {
	var out []Order
	err := rows(fsys, "rfm_orders/rfm_data_orders.csv", func(c func(string) string) error {
		d, err := day(c("order_date"))
		if err != nil {
			return err
		}
		revenue, err := whole(c("revenue"))
		out = append(out, Order{c("customer_id"), d, revenue})
		return err
	})
	return out, err
}
