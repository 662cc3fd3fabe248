package odoo

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// term is one comparison of a domain; all must hold.
type term struct {
	field, operator string
	value           any
	set             map[string]bool // of in and not in
}

var operators = []string{"=", "!=", ">", ">=", "<", "<=", "in", "not in"}

func (s *Server) domain(model string, raw any) ([]term, *failure) {
	list, _ := raw.([]any)
	var out []term
	for _, item := range list {
		triple, _ := item.([]any)
		if len(triple) != 3 {
			return nil, internal("builtins.ValueError", "Invalid leaf %v", item)
		}
		t := term{value: triple[2]}
		t.field, _ = triple[0].(string)
		t.operator, _ = triple[1].(string)
		if !slices.Contains(operators, t.operator) {
			return nil, internal("builtins.ValueError", "Invalid operator %q", t.operator)
		}
		if list, ok := t.value.([]any); ok {
			t.set = make(map[string]bool, len(list))
			for _, v := range list {
				t.set[text(v)] = true
			}
		}
		first, _, _ := strings.Cut(t.field, ".")
		if !s.known(model, first) {
			return nil, internal("builtins.ValueError", "Invalid field %s.%s in leaf", model, first)
		}
		out = append(out, t)
	}
	return out, nil
}

func (s *Server) known(model, name string) bool {
	if _, ok := common(name); ok {
		return true
	}
	_, ok := s.Store.Field(model, name)
	return ok
}

// search answers the records of a domain: archived ones only where the domain names
// active or the context has active_test false; change times are compared to the
// microsecond.
func (s *Server) search(model string, args map[string]any) ([]*sandbox.Record, *failure) {
	domain, fail := s.domain(model, args["domain"])
	if fail != nil {
		return nil, fail
	}
	context, _ := args["context"].(map[string]any)
	_, archives := s.Store.Field(model, "active")
	all := context["active_test"] == false || slices.ContainsFunc(domain, func(t term) bool { return t.field == "active" })
	rows := slices.DeleteFunc(s.Records(model), func(r *sandbox.Record) bool {
		return archives && !all && r.Values["active"] == "false" ||
			slices.ContainsFunc(domain, func(t term) bool { return !s.holds(model, r, t) })
	})
	order, _ := args["order"].(string)
	keys := strings.Split(order, ",")
	slices.SortStableFunc(rows, func(a, b *sandbox.Record) int {
		for _, key := range keys {
			if c := 0; strings.TrimSpace(key) == "write_date" {
				if c = a.Modified.Compare(b.Modified); c != 0 {
					return c
				}
			}
		}
		return sandbox.CompareIDs(a.ID, b.ID)
	})
	offset, _ := number(args["offset"])
	rows = rows[min(int(offset), len(rows)):]
	if limit, ok := number(args["limit"]); ok && limit > 0 {
		rows = rows[:min(int(limit), len(rows))]
	}
	return rows, nil
}

func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	x, err := n.Float64()
	return x, err == nil
}

func (s *Server) holds(model string, r *sandbox.Record, t term) bool {
	if first, rest, dotted := strings.Cut(t.field, "."); dotted {
		f, _ := s.Store.Field(model, first)
		to, ok := s.Store.Get(f.Group, r.Values[first])
		t.field = rest
		return ok && s.holds(f.Group, to, t)
	}
	switch t.operator {
	case "in", "not in":
		have := s.value(model, r, t.field)
		if pair, ok := have.([]any); ok {
			have = pair[0]
		}
		return t.set[text(have)] == (t.operator == "in")
	case "=":
		return s.compare(model, r, t.field, t.value) == 0
	case "!=":
		return s.compare(model, r, t.field, t.value) != 0
	case ">":
		return s.compare(model, r, t.field, t.value) > 0
	case ">=":
		return s.compare(model, r, t.field, t.value) >= 0
	case "<":
		return s.compare(model, r, t.field, t.value) < 0
	}
	return s.compare(model, r, t.field, t.value) <= 0
}

// compare orders what a record has and a value of a domain.
func (s *Server) compare(model string, r *sandbox.Record, field string, v any) int {
	if at, err := time.Parse(time.DateTime, fmt.Sprint(v)); err == nil && (field == "write_date" || field == "create_date") {
		return map[string]time.Time{"write_date": r.Modified, "create_date": r.Created}[field].Compare(at)
	}
	have := s.value(model, r, field)
	if pair, ok := have.([]any); ok {
		have = pair[0]
	}
	x, isNumber := number(have)
	if y, ok := number(v); ok && isNumber {
		return cmp.Compare(x, y)
	}
	return strings.Compare(text(have), text(v))
}

// text is a scalar as the store keeps it; false is no value for all but booleans, which
// the caller knows.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(v)
}
