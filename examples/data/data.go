// Package data reads the example data sets beside it: rows with types, in the order
// of the files, nothing corrected.
//
// The CC0 set is embedded, so that the demo runs from any directory. The others
// carry no licence that allows this, or need none: they are read from a file system
// that the caller gives, usually the one of SourceFS. Origin and licence of each set
// stand in README.md.
//
// Invariant: an amount is never a float. Money is in whole dollars or in cents, as
// each field says, and days have no time of day.
package data

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

//go:embed crm_sales_opportunities/accounts.csv crm_sales_opportunities/sales_pipeline.csv
//go:embed crm_sales_opportunities/products.csv crm_sales_opportunities/sales_teams.csv
var embedded embed.FS

// SourceFS is the folder of this package in the source tree. It fails in an
// executable that was built elsewhere or with -trimpath.
func SourceFS() (fs.FS, error) {
	_, file, _, ok := runtime.Caller(0)
	dir := filepath.Dir(file)
	if !ok || !filepath.IsAbs(dir) {
		return nil, errors.New("the example data lies in the source tree, which this program does not know: give a folder")
	}
	if _, err := os.Stat(filepath.Join(dir, "README.md")); err != nil {
		return nil, errors.New("the example data lies in the source tree, which is not on this machine: give a folder")
	}
	return os.DirFS(dir), nil
}

// rows reads a CSV file with a header line and calls each with the cells by name.
func rows(fsys fs.FS, name string, each func(cell func(string) string) error) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	at := map[string]int{}
	for i, h := range header {
		at[strings.TrimPrefix(h, "\ufeff")] = i
	}
	all, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for n, row := range all {
		var unknown string
		err := each(func(column string) string {
			i, known := at[column]
			if !known {
				unknown = column
				return ""
			}
			return row[i]
		})
		if unknown != "" {
			err = fmt.Errorf("no column %q", unknown)
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", name, n+2, err)
		}
	}
	return nil
}

// day reads a date; "" is the zero time.
func day(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, text)
}

// whole reads an integer; "" is 0.
func whole(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	return strconv.ParseInt(text, 10, 64)
}

// hundredths reads a decimal with at most two places as an integer count of 1/100.
func hundredths(text string) (int64, error) {
	units, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > 2 {
		return 0, fmt.Errorf("%q has more than two decimal places", text)
	}
	n, err := strconv.ParseInt(units+fraction+strings.Repeat("0", 2-len(fraction)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not an amount", text)
	}
	return n, nil
}
