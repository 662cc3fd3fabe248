package espocrm

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
)

// test is a condition on a record.
type test func(*sandbox.Record) bool

// where reads the conditions of a query: where[0][type]=… and so on, all of which hold.
func (s *Server) where(e *entity, q url.Values) (test, *failure) {
	tree := map[string]any{}
	for key, values := range q {
		name, rest, nested := strings.Cut(key, "[")
		if name != "where" || !nested {
			continue
		}
		steps := strings.Split(strings.TrimSuffix(rest, "]"), "][")
		if last := len(steps) - 1; steps[last] == "" { // value[]=a&value[]=b
			list := make(map[string]any, len(values))
			for i, v := range values {
				list[strconv.Itoa(i)] = v
			}
			put(tree, steps[:last], list)
		} else {
			put(tree, steps, values[0])
		}
	}
	return s.group(e, tree, false)
}

func put(tree map[string]any, steps []string, value any) {
	for _, step := range steps[:len(steps)-1] {
		next, ok := tree[step].(map[string]any)
		if !ok {
			next = map[string]any{}
			tree[step] = next
		}
		tree = next
	}
	tree[steps[len(steps)-1]] = value
}

// group joins the conditions of a list: any of them, or all.
func (s *Server) group(e *entity, list map[string]any, some bool) (test, *failure) {
	var tests []test
	for _, item := range list {
		one, wrong := s.condition(e, item)
		if wrong != nil {
			return nil, wrong
		}
		tests = append(tests, one)
	}
	return func(r *sandbox.Record) bool {
		if some {
			return slices.ContainsFunc(tests, func(t test) bool { return t(r) })
		}
		return !slices.ContainsFunc(tests, func(t test) bool { return !t(r) })
	}, nil
}

func (s *Server) condition(e *entity, item any) (test, *failure) {
	c, _ := item.(map[string]any)
	kind, attribute := fmt.Sprint(c["type"]), fmt.Sprint(c["attribute"])
	list, _ := c["value"].(map[string]any)
	if kind == "or" || kind == "and" {
		return s.group(e, list, kind == "or")
	}
	if _, known := s.attribute(e, &sandbox.Record{}, attribute); !known {
		return nil, &failure{http.StatusForbidden, "Not allowed attribute '" + attribute + "' in where."}
	}
	var holds func(v any) bool
	switch value := fmt.Sprint(c["value"]); kind {
	case "equals":
		holds = func(v any) bool { return compare(v, value) == 0 }
	case "greaterThan":
		holds = func(v any) bool { return compare(v, value) > 0 }
	case "greaterThanOrEquals":
		holds = func(v any) bool { return compare(v, value) >= 0 }
	case "lessThan":
		holds = func(v any) bool { return compare(v, value) < 0 }
	case "in":
		wanted := map[string]bool{}
		for _, one := range list {
			wanted[fmt.Sprint(one)] = true
		}
		holds = func(v any) bool { return wanted[fmt.Sprint(v)] }
	default:
		return nil, &failure{http.StatusBadRequest, "Bad where type '" + kind + "'."}
	}
	return func(r *sandbox.Record) bool {
		v, _ := s.attribute(e, r, attribute)
		return holds(v)
	}, nil
}

func compare(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
