package hubspot

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// cell is a property's value in comparable form.
type cell struct {
	set     bool
	numeric bool
	n       float64 // numbers, and instants in ms (exact below 2^53)
	t       string
}

func (a cell) compare(b cell) int {
	if a.numeric && b.numeric {
		return cmp.Compare(a.n, b.n)
	}
	return cmp.Compare(a.t, b.t)
}

// column reads one property of records for filters and sorts.
type column struct {
	field sandbox.Field
	cell  func(*sandbox.Record) cell
}

func (s *Server) column(k *kind, name string) (column, error) {
	f, known := s.Store.Field(k.name, name)
	if !known {
		return column{}, invalid("There was a problem with the request. Property %s does not exist", name)
	}
	c := column{field: f}
	switch {
	case name == "hs_object_id":
		c.cell = func(r *sandbox.Record) cell { return s.idCell(r.ID) }
	case name == k.modified:
		c.cell = func(r *sandbox.Record) cell {
			return cell{set: true, numeric: true, n: float64(r.Modified.UnixMilli())}
		}
	case name == k.created:
		c.cell = func(r *sandbox.Record) cell {
			if v, own := r.Values[name]; own {
				return parseCell(f, v)
			}
			return cell{set: true, numeric: true, n: float64(r.Created.UnixMilli())}
		}
	default:
		c.cell = func(r *sandbox.Record) cell {
			v, set := s.value(k, r, name)
			if !set {
				return cell{}
			}
			return parseCell(f, v)
		}
	}
	return c, nil
}

func (s *Server) idCell(id string) cell {
	if s.options.LexicographicIDs {
		return cell{set: true, t: id}
	}
	n, err := strconv.ParseFloat(id, 64)
	return cell{set: true, numeric: err == nil, n: n, t: id}
}

func parseCell(f sandbox.Field, v string) cell {
	c := cell{set: true, t: strings.ToLower(v)}
	switch f.Type {
	case "number":
		n, err := strconv.ParseFloat(v, 64)
		c.n, c.numeric = n, err == nil
	case "date", "datetime":
		ms, ok := millis(v)
		c.n, c.numeric = float64(ms), ok
	}
	return c
}

// millis reads an instant: milliseconds since 1970 (a fraction is cut off), RFC
// 3339 (cut to milliseconds) or a date, which is midnight UTC.
func millis(v string) (int64, bool) {
	if whole, _, _ := strings.Cut(v, "."); isDigits(strings.TrimPrefix(whole, "-")) {
		n, err := strconv.ParseInt(whole, 10, 64)
		return n, err == nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, v); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}

func isDigits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

type filter struct {
	PropertyName string   `json:"propertyName"`
	Operator     string   `json:"operator"`
	Value        string   `json:"value"`
	HighValue    string   `json:"highValue"`
	Values       []string `json:"values"`
}

type predicate func(*sandbox.Record) bool

// compile checks a filter and makes it a predicate. NEQ, NOT_IN and
// NOT_CONTAINS_TOKEN also take records where the property is unset.
func (s *Server) compile(k *kind, f filter) (predicate, error) {
	col, err := s.column(k, f.PropertyName)
	if err != nil {
		return nil, err
	}
	operand := func(text string) cell {
		if f.PropertyName == "hs_object_id" {
			return s.idCell(text)
		}
		return parseCell(col.field, text)
	}
	if timed := col.field.Type == "date" || col.field.Type == "datetime"; timed && f.Value == "0" &&
		(f.Operator == "GT" || f.Operator == "GTE" || f.Operator == "BETWEEN") {
		return nil, &apiError{status: 500, Message: "internal error"} // a habit of HubSpot's: epoch 0 as a lower bound
	}
	low, high := operand(f.Value), operand(f.HighValue)
	ordered := func(test func(int) bool) predicate {
		return func(r *sandbox.Record) bool {
			c := col.cell(r)
			return c.set && test(c.compare(low))
		}
	}
	switch f.Operator {
	case "HAS_PROPERTY":
		return func(r *sandbox.Record) bool { return col.cell(r).set }, nil
	case "NOT_HAS_PROPERTY":
		return func(r *sandbox.Record) bool { return !col.cell(r).set }, nil
	case "IN", "NOT_IN":
		if len(f.Values) == 0 {
			return nil, invalid("operator %s requires values", f.Operator)
		}
		var any []cell
		for _, v := range f.Values {
			any = append(any, operand(v))
		}
		want := f.Operator == "IN"
		return func(r *sandbox.Record) bool {
			c := col.cell(r)
			hit := c.set && slices.ContainsFunc(any, func(v cell) bool { return c.compare(v) == 0 })
			return hit == want
		}, nil
	}
	if f.Value == "" {
		return nil, invalid("operator %s requires a value", f.Operator)
	}
	switch f.Operator {
	case "EQ":
		return ordered(func(n int) bool { return n == 0 }), nil
	case "NEQ":
		eq := ordered(func(n int) bool { return n == 0 })
		return func(r *sandbox.Record) bool { return !eq(r) }, nil
	case "GT":
		return ordered(func(n int) bool { return n > 0 }), nil
	case "GTE":
		return ordered(func(n int) bool { return n >= 0 }), nil
	case "LT":
		return ordered(func(n int) bool { return n < 0 }), nil
	case "LTE":
		return ordered(func(n int) bool { return n <= 0 }), nil
	case "BETWEEN":
		if f.HighValue == "" {
			return nil, invalid("operator BETWEEN requires highValue")
		}
		return func(r *sandbox.Record) bool {
			c := col.cell(r)
			return c.set && c.compare(low) >= 0 && c.compare(high) <= 0
		}, nil
	case "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN":
		want := f.Operator == "CONTAINS_TOKEN"
		return func(r *sandbox.Record) bool {
			v, _ := s.value(k, r, f.PropertyName)
			return hasToken(v, f.Value) == want
		}, nil
	}
	return nil, invalid("Invalid operator: %s", f.Operator)
}

// hasToken tells whether a text has a word; a * at an end of the word matches any
// rest.
func hasToken(textValue, word string) bool {
	word = strings.ToLower(word)
	bare := strings.Trim(word, "*")
	for _, t := range strings.FieldsFunc(strings.ToLower(textValue), func(r rune) bool { return r == ' ' || r == '.' || r == '@' || r == '-' || r == ',' }) {
		switch {
		case strings.HasPrefix(word, "*") && strings.HasSuffix(word, "*"):
			if strings.Contains(t, bare) {
				return true
			}
		case strings.HasSuffix(word, "*"):
			if strings.HasPrefix(t, bare) {
				return true
			}
		case strings.HasPrefix(word, "*"):
			if strings.HasSuffix(t, bare) {
				return true
			}
		case t == word:
			return true
		}
	}
	return false
}
