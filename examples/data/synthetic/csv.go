package synthetic

import (
	"cmp"
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Table is a set's records of one kind as rows of text; the first line of a CSV is the header.
type Table struct {
	File   string
	Header []string
	Rows   [][]string
}

// Tables are the set as the files that a CRM would export: companies.csv (where customers are companies), contacts.csv,
// deals.csv, activities.csv, and truth.csv, which no CRM has: customer, scheme, class; facts begin with "fact:". Column names
// are the names of Taxon's fields where there is one. Times are days; amounts are decimals of the set's currency.
func (s *Set) Tables() []Table {
	subject := Table{File: "contacts.csv", Header: []string{"id", "name", "country", "city", "created_at"}}
	people := Table{File: "contacts.csv", Header: []string{"id", "company_id", "name", "email", "decision_maker"}}
	customer := "contact_id"
	if s.Company {
		subject = Table{File: "companies.csv", Header: []string{"id", "name", "country", "city", "created_at", "industry", "employees", "annual_revenue"}}
		customer = "company_id"
	}
	deals := Table{File: "deals.csv", Header: []string{"id", customer, "name", "state", "product", "category", "series", "channel", "lost_reason", "amount", "list_amount",
		"cost", "quantity", "created_at", "closed_at"}}
	activities := Table{File: "activities.csv", Header: []string{"id", customer, "kind", "status", "scale", "score", "reason", "topic", "direction", "amount", "occurred_at",
		"due_at", "paid_at"}}
	truth := Table{File: "truth.csv", Header: []string{"id", "scheme", "class"}}
	if s.Company {
		activities.Header = append(activities.Header, "contact_id")
	}
	extra := map[string]bool{}
	for _, c := range s.Customers {
		for name := range c.Fields {
			extra[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(extra))
	subject.Header = append(subject.Header, names...)
	for _, c := range s.Customers {
		row := []string{c.ID, c.Name, c.Country, c.City, day(c.Created)}
		if s.Company {
			row = append(row, c.Industry, number(c.Employees), decimal(c.Revenue))
		}
		for _, name := range names {
			row = append(row, c.Fields[name])
		}
		subject.Rows = append(subject.Rows, row)
		for _, p := range c.People {
			people.Rows = append(people.Rows, []string{p.ID, c.ID, p.Name, p.Email, strconv.FormatBool(p.DecisionMaker)})
		}
		for _, d := range c.Deals {
			deals.Rows = append(deals.Rows, []string{d.ID, c.ID, d.Name, d.State, d.Product, d.Category, d.Series, d.Channel, d.LostReason, amount(d.Amount), amount(d.ListAmount),
				amount(d.Cost), number(d.Quantity), day(d.Created), day(d.Closed)})
		}
		for _, a := range c.Activities {
			score := ""
			if a.HasScore {
				score = strconv.Itoa(a.Score)
			}
			row := []string{a.ID, c.ID, a.Kind, a.Status, a.Scale, score, a.Reason, a.Topic, a.Direction, amount(a.Amount), day(a.At), day(a.Due), day(a.Paid)}
			if s.Company {
				row = append(row, a.Person)
			}
			activities.Rows = append(activities.Rows, row)
		}
		for _, scheme := range slices.Sorted(maps.Keys(c.Truth)) {
			truth.Rows = append(truth.Rows, []string{c.ID, scheme, c.Truth[scheme]})
		}
		for _, name := range slices.Sorted(maps.Keys(c.Facts)) {
			truth.Rows = append(truth.Rows, []string{c.ID, "fact:" + name, strconv.FormatFloat(c.Facts[name], 'g', 12, 64)})
		}
	}
	tables := []Table{subject}
	if s.Company {
		tables = append(tables, people)
	}
	return append(tables, deals, activities, truth)
}

// Write writes a table as CSV.
func (t *Table) Write(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(t.Header); err != nil {
		return err
	}
	if err := out.WriteAll(t.Rows); err != nil {
		return err
	}
	return out.Error()
}

// Classes counts the customers of each class of a scheme, the most common first.
func (s *Set) Classes(scheme string) []string {
	counts := map[string]int{}
	for _, c := range s.Customers {
		if class := c.Truth[scheme]; class != "" {
			counts[class]++
		}
	}
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b)) })
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func amount(cents int64) string {
	if cents == 0 {
		return ""
	}
	return decimal(cents)
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
