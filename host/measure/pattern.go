package measure

import (
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
)

// Pattern is what a manifest says may be read: a column with placeholders such as {/window} in place of
// words, values and windows, or "*", which says nothing.
type Pattern struct {
	any  bool
	expr *Expr
	text string
}

// ParsePattern reads a pattern. "*" and a placeholder that stands for a whole column are the same.
func ParsePattern(text string) (Pattern, error) {
	text = strings.TrimSpace(text)
	if text == "*" {
		return Pattern{any: true, text: text}, nil
	}
	e, err := parse(text, true)
	if err != nil {
		return Pattern{}, err
	}
	return Pattern{expr: e, any: e.Form == FieldForm && isPlaceholder(e.Field), text: text}, nil
}

// Any reports whether the pattern allows whatever an administrator grants.
func (p Pattern) Any() bool { return p.any }

// String is the pattern as written.
func (p Pattern) String() string { return p.text }

func isPlaceholder(s string) bool { return strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") }

// Matches reports whether an expression is an instance of the pattern: the same form, each word the same
// or a placeholder, the same conditions in any order. "*" matches everything.
func (p Pattern) Matches(e *Expr) bool {
	if p.any {
		return true
	}
	q := p.expr
	return q.Form == e.Form && fits(q.Aggregate, e.Aggregate) && fits(q.Source, e.Source) && fits(q.Field, e.Field) &&
		fits(q.Classifier, e.Classifier) && fits(q.Key, e.Key) && fitsWindow(q.Window, e.Window) && fits(q.Currency, e.Currency) &&
		fitsAll(q.Where, e.Where)
}

func fits(pattern, s string) bool { return pattern == s || s != "" && isPlaceholder(pattern) }

// fitsWindow also lets 1y be 12m, and all be no window.
func fitsWindow(pattern, s string) bool {
	if isPlaceholder(pattern) {
		return true
	}
	a, okA := ParseWindow(orAll(pattern))
	b, okB := ParseWindow(orAll(s))
	return okA && okB && a == b
}

func orAll(window string) string {
	if window == "" {
		return "all"
	}
	return window
}

// fitsAll pairs the conditions of a pattern with those of an expression.
func fitsAll(pattern, conds []Cond) bool {
	if len(pattern) != len(conds) {
		return false
	}
	if len(pattern) == 0 {
		return true
	}
	for i, c := range conds {
		if fitsCond(pattern[0], c) && fitsAll(pattern[1:], slices.Concat(conds[:i], conds[i+1:])) {
			return true
		}
	}
	return false
}

func fitsCond(pattern, c Cond) bool {
	p, c := stateAsCond(pattern), stateAsCond(c)
	if p.State != "" || c.State != "" {
		return fits(p.State, c.State)
	}
	return fits(p.Field, c.Field) && p.Op == c.Op && (isPlaceholder(p.Literal) || p.Literal == c.Literal)
}

// stateAsCond writes state = won as won.
func stateAsCond(c Cond) Cond {
	if c.Field == "state" && c.Op == "=" && slices.Contains([]string{crm.Open, crm.Won, crm.Lost}, c.Literal) {
		return Cond{State: c.Literal}
	}
	return c
}
