package plugins_test

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

// record is a deal, an activity or a person: values by field.
type record map[string]any

// subject is a customer with its records, of which columns are measured as a host measures them: consistent with each
// other, as values invented column by column are not.
type subject struct {
	fields  record
	records map[string][]record // by source: deals, activities, contacts
}

// population is the customers of a base as of the as-of day. Each column is measured once, for all plugins.
type population struct {
	subjects []subject
	columns  map[string][]any
}

// newPopulation hides what has not happened yet, unless whole is set.
func newPopulation(subjects []subject, whole bool) *population {
	for _, s := range subjects {
		for source, records := range s.records {
			var known []record
			for _, r := range records {
				if r, ok := seen(source, r, whole); ok {
					known = append(known, r)
				}
			}
			slices.SortStableFunc(known, func(a, b record) int { return a["date"].(time.Time).Compare(b["date"].(time.Time)) })
			s.records[source] = known
		}
	}
	return &population{subjects, map[string][]any{}}
}

// measured is what a plugin is sent: not a customer for whom a column is missing that the plugin requires.
func (p *population) measured(t *testing.T, reads []*pb.Read) []sdktest.Customer {
	t.Helper()
	customers := make([]sdktest.Customer, len(p.subjects))
	lacking := map[int]bool{}
	for i := range customers {
		customers[i] = sdktest.Customer{}
	}
	for _, read := range reads {
		path := read.GetPath()
		if p.columns[path] == nil {
			for _, s := range p.subjects {
				p.columns[path] = append(p.columns[path], s.column(t, read))
			}
		}
		for i, value := range p.columns[path] {
			if value != nil {
				customers[i][path] = value
			} else if read.GetRequired() {
				lacking[i] = true
			}
		}
	}
	var asked []sdktest.Customer
	for i, c := range customers {
		if !lacking[i] {
			asked = append(asked, c)
		}
	}
	return asked
}

var columnPattern = regexp.MustCompile(`^(?:(sum|count|mean|min|max|first|last|distinct)\()?(deals|activities|contacts)(?:\.([a-z0-9_]+))?\)?(?: where (.+?))?(?: within (\S+))?$`)

// column is the value of a column, nil when it is missing.
func (s subject) column(t *testing.T, read *pb.Read) any {
	t.Helper()
	path := read.GetPath()
	m := columnPattern.FindStringSubmatch(path)
	if m == nil {
		if strings.ContainsAny(path, " (") {
			t.Fatalf("the column %q is not understood", path)
		}
		return s.fields[path]
	}
	aggregate, source, field, where, window := m[1], m[2], m[3], m[4], m[5]
	first, filters := begin(t, window), conditions(where)
	var list []any
	for _, r := range s.records[source] {
		holds := !r["date"].(time.Time).Before(first)
		for _, f := range filters {
			holds = holds && f(t, r)
		}
		if holds {
			list = append(list, r[field])
		}
	}
	switch {
	case aggregate == "count":
		return int64(len(list))
	case read.GetList():
		return append([]any{}, list...)
	}
	return aggregated(t, aggregate, list)
}

// seen is a record as of the as-of day, with the date that counts: none when it does not exist yet, an open deal
// where it is closed later only.
func seen(source string, r record, whole bool) (record, bool) {
	out := record{"date": plugintest.AsOf.AddDate(-1, 0, 0)}
	for field, value := range r {
		out[field] = value
	}
	switch source {
	case "activities":
		out["date"] = r["occurred_at"]
	case "deals":
		out["date"] = r["closed_at"]
		if closed := r["closed_at"].(time.Time); r["state"] == "open" || !whole && !closed.Before(plugintest.AsOf) {
			out["state"], out["date"] = "open", r["created_at"]
		}
	}
	return out, whole || out["date"].(time.Time).Before(plugintest.AsOf)
}

var conditionPattern = regexp.MustCompile(`^([a-z0-9_]+) (=|!=|<|<=|>|>=) (.+)$`)

// conditions reads what stands after where.
func conditions(where string) (list []func(*testing.T, record) bool) {
	for condition := range strings.SplitSeq(where, " and ") {
		m := conditionPattern.FindStringSubmatch(condition)
		switch {
		case condition == "":
		case m == nil && condition == "closed":
			list = append(list, func(_ *testing.T, r record) bool { return r["state"] != "open" })
		case m == nil && strings.HasSuffix(condition, " known"):
			field := strings.TrimSuffix(condition, " known")
			list = append(list, func(_ *testing.T, r record) bool { return r[field] != nil })
		case m == nil && !slices.Contains([]string{"won", "lost", "open"}, condition):
			list = append(list, func(t *testing.T, _ record) bool {
				t.Fatalf("the condition %q is not understood", condition)
				return false
			})
		case m == nil:
			list = append(list, func(_ *testing.T, r record) bool { return r["state"] == condition })
		default:
			literal := strings.Trim(m[3], `'"`)
			list = append(list, func(t *testing.T, r record) bool { return compare(t, r[m[1]], m[2], literal) })
		}
	}
	return list
}

func compare(t *testing.T, value any, operator, literal string) bool {
	t.Helper()
	sign := 0
	switch value := value.(type) {
	case nil:
		return operator == "!="
	case string:
		sign = cmp.Compare(value, literal)
	case sdk.Amount:
		number, err := strconv.ParseFloat(literal, 64)
		if err != nil {
			t.Fatal(err)
		}
		sign = cmp.Compare(float64(value)/100, number)
	default:
		t.Fatalf("%T is not compared with %s", value, literal)
	}
	switch operator {
	case "=":
		return sign == 0
	case "!=":
		return sign != 0
	case "<":
		return sign < 0
	case "<=":
		return sign <= 0
	case ">":
		return sign > 0
	}
	return sign >= 0
}

// begin is when a window begins.
func begin(t *testing.T, window string) time.Time {
	t.Helper()
	if window == "" || window == "all" {
		return time.Time{}
	}
	n, err := strconv.Atoi(window[:len(window)-1])
	if err != nil {
		t.Fatal(err)
	}
	switch window[len(window)-1] {
	case 'd':
		return plugintest.AsOf.AddDate(0, 0, -n)
	case 'w':
		return plugintest.AsOf.AddDate(0, 0, -7*n)
	case 'm':
		return plugintest.AsOf.AddDate(0, -n, 0)
	}
	return plugintest.AsOf.AddDate(-n, 0, 0)
}

// aggregated is a measure of values in the order of their dates; nil where there is nothing, or too much.
func aggregated(t *testing.T, aggregate string, list []any) any {
	t.Helper()
	list = slices.DeleteFunc(list, func(x any) bool { return x == nil })
	switch aggregate {
	case "sum":
		return total(list)
	case "distinct":
		days := map[any]bool{}
		for _, x := range list {
			if at, ok := x.(time.Time); ok {
				x = sdk.DayOf(at, plugintest.AsOf.Location())
			}
			days[x] = true
		}
		return int64(len(days))
	}
	if len(list) == 0 {
		return nil
	}
	switch aggregate {
	case "first":
		return list[0]
	case "last":
		return list[len(list)-1]
	case "mean":
		if _, number := list[0].(float64); number {
			sum := 0.0
			for _, x := range list {
				sum += x.(float64)
			}
			return sum / float64(len(list))
		}
	}
	t.Fatalf("%s of %T is not measured here", aggregate, list[0])
	return nil
}

// total is nothing where the sum is beyond 64 bits.
func total(list []any) any {
	sum := int64(0)
	for _, x := range list {
		x := int64(x.(sdk.Amount))
		next := sum + x
		if x != 0 && (next > sum) != (x > 0) {
			return nil
		}
		sum = next
	}
	return sdk.Amount(sum)
}
