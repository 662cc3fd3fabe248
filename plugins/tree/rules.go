package tree

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/cart"
	"github.com/taxonhq/taxon/sdk"
)

// conditions are what a customer on a path fulfils, the tightest bound of each number only: "value > 1500.00 USD,
// industry = retail", in one of the languages of names. Without a row it is the rule for those who have the values.
func (m *model) conditions(run sdk.Run, cfg *config, path []int, row []cart.Value, in func(sdk.Text) string) string {
	type bounds struct {
		low, high float64
		is        string
		not       []string
		missing   bool
	}
	var order []int
	by := map[int]*bounds{}
	for i, at := range path[:len(path)-1] {
		n := &m.Tree[at]
		b := by[n.Column]
		if b == nil {
			b = &bounds{low: math.Inf(-1), high: math.Inf(1)}
			by[n.Column], order = b, append(order, n.Column)
		}
		left := path[i+1] == n.Left
		switch {
		case row != nil && row[n.Column].Missing, n.Kind == cart.IsMissing && left:
			b.missing = true
		case n.Kind == cart.AtMost && left:
			b.high = min(b.high, n.At)
		case n.Kind == cart.AtMost:
			b.low = max(b.low, n.At)
		case n.Kind == cart.Is && left:
			b.is = n.Word
		case n.Kind == cart.Is:
			b.not = append(b.not, n.Word)
		}
	}
	var parts []string
	for _, c := range order {
		b, f := by[c], &cfg.features[c]
		name := in(f.Label)
		at := func(v float64) string {
			text := strconv.FormatFloat(v, 'f', -1, 64)
			if len(text) > 10 {
				text = strconv.FormatFloat(v, 'g', 6, 64)
			}
			if f.Input.Type == sdk.Money {
				text = strings.TrimSpace(text + " " + run.Currency)
			}
			return text
		}
		switch {
		case b.missing:
			parts = append(parts, name+" = ∅")
			continue
		case b.is != "":
			parts = append(parts, name+" = "+b.is)
			continue
		case f.Input.Type == sdk.Boolean && (!math.IsInf(b.low, 0) || !math.IsInf(b.high, 0)):
			parts = append(parts, name+" = "+in(yesOrNo[!math.IsInf(b.low, 0)]))
			continue
		}
		for _, w := range b.not {
			parts = append(parts, name+" ≠ "+w)
		}
		switch {
		case !math.IsInf(b.low, 0) && !math.IsInf(b.high, 0):
			parts = append(parts, at(b.low)+" < "+name+" ≤ "+at(b.high))
		case !math.IsInf(b.low, 0):
			parts = append(parts, name+" > "+at(b.low))
		case !math.IsInf(b.high, 0):
			parts = append(parts, name+" ≤ "+at(b.high))
		case len(b.not) == 0:
			parts = append(parts, name+" ≠ ∅")
		}
	}
	if len(parts) == 0 {
		return "∗"
	}
	return strings.Join(parts, ", ")
}

var yesOrNo = map[bool]sdk.Text{true: {En: "yes", ZhHans: "是", ZhHant: "是"}, false: {En: "no", ZhHans: "否", ZhHant: "否"}}

func english(t sdk.Text) string     { return t.En }
func simplified(t sdk.Text) string  { return t.ZhHans }
func traditional(t sdk.Text) string { return t.ZhHant }

// ruleTexts are the conditions of each leaf for those who have the values, by its place.
func (m *model) ruleTexts(run sdk.Run, cfg *config) []string {
	texts := make([]string, len(m.Tree))
	m.leaves(func(path []int) { texts[path[len(path)-1]] = m.conditions(run, cfg, path, nil, english) })
	return texts
}

// leaves calls each with the path to every leaf, from left to right.
func (m *model) leaves(each func(path []int)) {
	if len(m.Tree) == 0 {
		return
	}
	var walk func(path []int)
	walk = func(path []int) {
		n := &m.Tree[path[len(path)-1]]
		if n.Kind == "" {
			each(path)
			return
		}
		walk(append(slices.Clone(path), n.Left))
		walk(append(slices.Clone(path), n.Right))
	}
	walk([]int{0})
}

// rule is a leaf in words and numbers.
type rule struct {
	class      int // place in Classes, -1 for uncertain
	conditions string
	right, of  int
	spread     string
}

// rules are the leaves from left to right.
func (m *model) rules(cfg *config) []rule {
	if m.State != "" {
		return nil
	}
	var list []rule
	m.leaves(func(path []int) {
		at := path[len(path)-1]
		n := &m.Tree[at]
		r := rule{class: m.Learned[n.Class()], conditions: m.Rules[at], right: n.Counts[n.Class()], of: n.Rows(), spread: m.distribution(cfg, n)}
		if 100*float64(r.right)/float64(max(r.of, 1)) < cfg.MinPurity {
			r.class = -1
		}
		list = append(list, r)
	})
	return list
}

// distribution is how the customers of a leaf are spread: "A 12, B 10", the most first.
func (m *model) distribution(cfg *config, n *cart.Node) string {
	places := make([]int, len(n.Counts))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(n.Counts[b], n.Counts[a]) })
	var parts []string
	for _, p := range places {
		if n.Counts[p] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", cfg.name(m.Classes[m.Learned[p]].Value), n.Counts[p]))
		}
	}
	return strings.Join(parts, ", ")
}

// options are the classes with their rules as descriptions, and uncertain.
func (m *model) options(cfg *config) []sdk.Option {
	rules := m.rules(cfg)
	text := func(class int) string {
		var parts []string
		for _, r := range rules {
			if r.class == class && class < 0 {
				parts = append(parts, fmt.Sprintf("%s (%s)", r.conditions, r.spread))
			} else if r.class == class {
				parts = append(parts, fmt.Sprintf("%s (%d of %d)", r.conditions, r.right, r.of))
			}
		}
		return strings.Join(parts, "; or ")
	}
	var list []sdk.Option
	for i, c := range m.Classes {
		o := sdk.Option{Code: c.Code, Rank: i + 1, Label: sdk.Text{En: cfg.name(c.Value)}, Description: text(i)}
		if s, ok := cfg.class(c.Value); ok && s.Handling != "" {
			o.Handling = sdk.Text{En: s.Handling}
		}
		list = append(list, o)
	}
	u := uncertain
	if d := text(-1); d != "" {
		u.Description = d
	}
	return append(list, u)
}

// describe is the tree as the description of the tag.
func (m *model) describe(cfg *config) string {
	if m.State != "" {
		return ""
	}
	lines := []string{fmt.Sprintf("Learned from %d classified customers; right for %.1f %% of those not seen, %.1f %% is the largest class.", m.Labelled, 100*m.Accuracy, 100*m.Majority)}
	for i, r := range m.rules(cfg) {
		then := uncertain.Code + ": " + r.spread
		if r.class >= 0 {
			then = fmt.Sprintf("%s (%d of %d)", cfg.name(m.Classes[r.class].Value), r.right, r.of)
		}
		lines = append(lines, fmt.Sprintf("%d. %s: %s.", i+1, r.conditions, then))
	}
	return strings.Join(lines, " ")
}
