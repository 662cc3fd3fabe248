package sdktest

import (
	"encoding/csv"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// Names of columns in golden files: the main tag, and the codes of the reasons in their order.
const (
	mainColumn   = "class"
	reasonColumn = "reasons"
)

// Golden classifies an author's customers and compares the tags with the expected ones.
//
// The first file has a column id and one for each effective read, named by its path. An empty cell is a
// missing value; lists are separated by "|"; times are RFC 3339, or days, which begin in the setup's zone;
// amounts are decimal. The second file has a column id, "class" for the main tag, further tags by key, and
// "reasons" with the codes, if wanted. With TAXON_GOLDEN=update in the environment it is written instead.
func Golden(t *testing.T, target Target, setup Setup, customers, expected string) {
	t.Helper()
	c := Start(t, target, setup)
	header, lines := readCSV(t, customers)
	var list []Customer
	var ids []string
	for n, line := range lines {
		customer := Customer{}
		for i, text := range line[1:] {
			read := readOf(c.Reads, header[i+1])
			if read == nil {
				t.Fatalf("%s: the plugin does not read %q; it reads %v", customers, header[i+1], paths(c.Reads))
			}
			x, err := parseCell(read, text, setup)
			if err != nil {
				t.Fatalf("%s, line %d, %s: %v", customers, n+2, header[i+1], err)
			}
			if x != nil {
				customer[read.GetPath()] = x
			}
		}
		list, ids = append(list, customer), append(ids, line[0])
	}
	results := c.Classify(list)
	if os.Getenv("TAXON_GOLDEN") == "update" {
		c.write(expected, ids, results, setup)
		return
	}
	c.compare(expected, ids, results, setup)
}

func readCSV(t *testing.T, name string) (header []string, lines [][]string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(all) < 2 || all[0][0] != "id" {
		t.Fatalf("%s: a column id and at least one customer are needed", name)
	}
	return all[0], all[1:]
}

func readOf(reads []*pb.Read, path string) *pb.Read {
	for _, r := range reads {
		if r.GetPath() == path {
			return r
		}
	}
	return nil
}

func parseCell(read *pb.Read, text string, setup Setup) (cell, error) {
	if text == "" {
		return nil, nil
	}
	if !read.GetList() {
		return parseItem(read.GetType(), text, setup)
	}
	var items []any
	for _, part := range strings.Split(text, "|") {
		item, err := parseItem(read.GetType(), part, setup)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

func parseItem(t pb.ValueType, text string, setup Setup) (cell, error) {
	switch t {
	case column.Number:
		return strconv.ParseFloat(text, 64)
	case column.Boolean:
		return strconv.ParseBool(text)
	case column.Integer:
		return strconv.ParseInt(text, 10, 64)
	case column.Date, column.Time:
		zone, err := time.LoadLocation(setup.Zone)
		if err != nil {
			return nil, err
		}
		at, err := time.ParseInLocation(time.DateOnly, text, zone)
		if t == column.Date {
			return int64(sdk.DayOf(at, zone)), err
		}
		if err != nil {
			at, err = time.Parse(time.RFC3339Nano, text)
		}
		return at.UnixMicro(), err
	case column.Amount:
		r, ok := new(big.Rat).SetString(text)
		if ok {
			r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(setup.digits())), nil)))
		}
		if !ok || !r.IsInt() || !r.Num().IsInt64() {
			return nil, fmt.Errorf("%q is no amount", text)
		}
		return r.Num().Int64(), nil
	}
	return text, nil
}

func (s Setup) digits() int {
	if s.Currency == "" {
		return 2
	}
	return s.Digits
}

// shown is a tag of a result as golden files have it.
func (c *Classifier) shown(t *pb.TagDefinition, r Result, setup Setup) string {
	text, ok := r.Tags[t.GetKey()]
	if !ok {
		return ""
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	switch t.GetType() {
	case column.Date:
		return sdk.Day(n).String()
	case column.Time:
		return time.UnixMicro(n).UTC().Format(time.RFC3339Nano)
	case column.Amount:
		return strings.TrimSpace(sdk.Run{CurrencyDigits: setup.digits()}.Money(sdk.Amount(n)))
	}
	return text
}

func (c *Classifier) columns() []string {
	header := []string{"id"}
	for _, t := range c.Tags {
		header = append(header, columnName(t))
	}
	return append(header, reasonColumn)
}

func columnName(t *pb.TagDefinition) string {
	if t.GetKey() == "" {
		return mainColumn
	}
	return t.GetKey()
}

// line is a result by the names of columns.
func (c *Classifier) line(id string, r Result, setup Setup) map[string]string {
	cells := map[string]string{"id": id}
	for _, t := range c.Tags {
		cells[columnName(t)] = c.shown(t, r, setup)
	}
	var codes []string
	for _, reason := range r.Reasons {
		codes = append(codes, reason.Code)
	}
	if r.Problem != "" {
		codes = append(codes, "problem "+r.Problem)
	}
	cells[reasonColumn] = strings.Join(codes, " ")
	return cells
}

func (c *Classifier) compare(name string, ids []string, results []Result, setup Setup) {
	c.t.Helper()
	header, lines := readCSV(c.t, name)
	expected := map[string][]string{}
	for _, line := range lines {
		expected[line[0]] = line
	}
	if len(expected) != len(ids) {
		c.t.Errorf("%s: %d customers are expected, there are %d", name, len(expected), len(ids))
	}
	for i, id := range ids {
		want, ok := expected[id]
		if !ok {
			c.t.Errorf("%s: %s is not there", name, id)
			continue
		}
		got := c.line(id, results[i], setup)
		for at, key := range header {
			text, known := got[key]
			if !known {
				c.t.Fatalf("%s: there is no tag %q; the columns are %v", name, key, c.columns())
			}
			if text != want[at] {
				c.t.Errorf("%s: %s has %s %q, not %q", name, id, key, text, want[at])
			}
		}
	}
}

func (c *Classifier) write(name string, ids []string, results []Result, setup Setup) {
	c.t.Helper()
	var out strings.Builder
	w := csv.NewWriter(&out)
	header := c.columns()
	_ = w.Write(header) // a strings.Builder takes everything
	for i, id := range ids {
		cells := c.line(id, results[i], setup)
		line := make([]string, len(header))
		for at, key := range header {
			line[at] = cells[key]
		}
		_ = w.Write(line)
	}
	w.Flush()
	if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
		c.t.Fatal(err)
	}
}
