package measure

import (
	"slices"
	"strings"
)

// Form is the form of a column.
type Form uint8

// The forms of columns.
const (
	FieldForm   Form = iota // country
	ListForm                // deals.amount where won
	MeasureForm             // sum(deals.amount) where won
	TagForm                 // tags.abc
)

// The sources of list columns and measures.
const (
	Deals      = "deals"
	Activities = "activities"
	Contacts   = "contacts"
)

var (
	aggregates = []string{"sum", "count", "mean", "min", "max", "first", "last", "distinct"}
	sources    = []string{Deals, Activities, Contacts}
	states     = []string{"won", "lost", "open", "closed"}
	clauses    = []string{"where", "within", "in"}
)

// known is the condition that a field has a value.
const known = "known"

// Expr is a column as it was written: parsed, not yet checked against the fields that exist.
type Expr struct {
	Text       string
	Form       Form
	Aggregate  string // of a measure
	Source     string // of a measure or list
	Field      string // "" only in count(deals)
	Where      []Cond
	Window     string // as written, "" when absent
	Currency   string // after "in", "" when absent
	Classifier string // of a tag
	Key        string // of a tag, "" is the main one

	fieldAt, windowAt, currencyAt int
}

// Cond is one condition after "where": a state of a deal, or a comparison of a field.
type Cond struct {
	State   string // won, lost, open, closed; "" for a comparison
	Field   string
	Op      string // = != < <= > >=, or known: the field has a value
	Literal string
	Quoted  bool

	at, literalAt int
}

// Parse reads a column. Errors are crm.Error with the column and a caret.
func Parse(text string) (*Expr, error) { return parse(text, false) }

// parse reads a column, or with pattern set one that may hold placeholders in place of words.
func parse(text string, pattern bool) (*Expr, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens, pattern: pattern}
	e := &Expr{Text: text}
	if err := p.column(e); err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != end {
		hint := ""
		if e.Form == MeasureForm || e.Form == ListForm {
			hint = didYouMean(t.text, clauses)
		}
		return nil, p.fault(t, t.shown()+" is too much here", hint)
	}
	return e, nil
}

type parser struct {
	text    string
	tokens  []token
	next    int
	pattern bool
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != end {
		p.next++
	}
	return t
}

// accept takes the next token when it is that one.
func (p *parser) accept(text string) bool {
	if p.peek().is(text) {
		p.next++
		return true
	}
	return false
}

func (p *parser) fault(t token, message, suggestion string) error {
	return fault(p.text, t.column, message, suggestion)
}

func (p *parser) expect(text, why string) error {
	if !p.accept(text) {
		return p.fault(p.peek(), "“"+text+"” expected "+why+", found "+p.peek().shown(), "")
	}
	return nil
}

// name takes a word, or a placeholder in a pattern.
func (p *parser) name(what string) (token, error) {
	t := p.take()
	if t.kind == word || t.kind == placeholder && p.pattern {
		return t, nil
	}
	if t.kind == placeholder {
		return t, p.fault(t, "a placeholder has no meaning here", "placeholders are filled in by the plugin's configuration")
	}
	return t, p.fault(t, what+" expected, found "+t.shown(), "")
}

func (p *parser) column(e *Expr) error {
	first, err := p.name("a field, a list such as deals.amount or a measure such as count(deals)")
	if err != nil {
		return err
	}
	switch {
	case p.peek().is("("):
		e.Form, e.Aggregate = MeasureForm, first.text
		if first.kind == word && !slices.Contains(aggregates, first.text) {
			return p.fault(first, first.shown()+" is no aggregate", didYouMean(first.text, aggregates))
		}
		return p.measure(e, first)
	case first.is("tags"):
		e.Form = TagForm
		return p.tag(e)
	case p.peek().is("."):
		e.Form = ListForm
		if err := p.source(e, first); err != nil {
			return err
		}
		if err := p.expect(".", "after "+first.shown()); err != nil {
			return err
		}
		field, err := p.name("a field of " + e.Source)
		if err != nil {
			return err
		}
		e.Field, e.fieldAt = field.text, field.column
		return p.clauses(e)
	}
	e.Form, e.Field, e.fieldAt = FieldForm, first.text, first.column
	if t := p.peek(); t.kind == word && slices.Contains(clauses, t.text) {
		return p.fault(t, t.shown()+" needs a measure or a list before it, "+first.shown()+" is a field", "")
	}
	return nil
}

func (p *parser) source(e *Expr, t token) error {
	if t.kind == word && !slices.Contains(sources, t.text) {
		return p.fault(t, t.shown()+" is no source", didYouMean(t.text, sources))
	}
	e.Source = t.text
	return nil
}

func (p *parser) measure(e *Expr, aggregate token) error {
	p.take()
	t, err := p.name("deals, activities or contacts")
	if err != nil {
		return err
	}
	if err := p.source(e, t); err != nil {
		return err
	}
	e.fieldAt = t.column
	if p.accept(".") {
		field, err := p.name("a field of " + e.Source)
		if err != nil {
			return err
		}
		e.Field, e.fieldAt = field.text, field.column
	} else if e.Aggregate != "count" && aggregate.kind == word {
		return p.fault(t, e.Aggregate+" needs a field of "+e.Source, "write "+e.Aggregate+"("+e.Source+".FIELD)")
	}
	if err := p.expect(")", "after what "+aggregate.text+" is of"); err != nil {
		return err
	}
	return p.clauses(e)
}

func (p *parser) tag(e *Expr) error {
	if err := p.expect(".", "and the name of a classifier after tags"); err != nil {
		return err
	}
	t, err := p.name("the name of a classifier")
	if err != nil {
		return err
	}
	e.Classifier, e.fieldAt = t.text, t.column
	if p.accept(".") {
		key, err := p.name("the key of a tag")
		if err != nil {
			return err
		}
		e.Key = key.text
	}
	return nil
}

func (p *parser) clauses(e *Expr) error {
	if p.accept("where") {
		for more := true; more; more = p.accept("and") {
			c, err := p.cond(e)
			if err != nil {
				return err
			}
			e.Where = append(e.Where, c)
		}
	}
	if p.accept("within") {
		t := p.take()
		if t.kind != number && t.kind != word && !(t.kind == placeholder && p.pattern) {
			return p.fault(t, "a window such as 365d expected, found "+t.shown(), "")
		}
		e.Window, e.windowAt = t.text, t.column
	}
	if p.accept("in") {
		t, err := p.name("a currency such as EUR")
		if err != nil {
			return err
		}
		e.Currency, e.currencyAt = t.text, t.column
	}
	return nil
}

func (p *parser) cond(e *Expr) (Cond, error) {
	t, err := p.name("a condition")
	if err != nil {
		return Cond{}, err
	}
	c := Cond{at: t.column}
	if p.accept(known) {
		c.Field, c.Op = t.text, known
		return c, nil
	}
	if p.peek().kind != operator {
		c.State = t.text
		if t.kind == word && !slices.Contains(states, t.text) {
			if near := nearest(t.text, states); near != "" {
				return c, p.fault(t, t.shown()+" is no state of a deal", "did you mean "+near+"?")
			}
			return c, p.fault(p.peek(), "an operator such as = expected after "+t.shown()+", found "+p.peek().shown(),
				"a condition is won, lost, open, closed, FIELD = VALUE or FIELD known")
		}
		if e.Source != Deals && t.kind == word {
			return c, p.fault(t, "only deals are "+t.text+", "+e.Source+" are not", "")
		}
		return c, nil
	}
	c.Field, c.Op = t.text, p.take().text
	v := p.take()
	if v.kind != number && v.kind != word && v.kind != quoted && !(v.kind == placeholder && p.pattern) {
		return c, p.fault(v, "a value expected after "+c.Op+", found "+v.shown(), "texts with spaces stand in quotes")
	}
	c.Literal, c.Quoted, c.literalAt = v.text, v.kind == quoted, v.column
	return c, nil
}

// quote is a text as a literal of the canonical form.
func quote(s string) string {
	if strings.Contains(s, "'") {
		return `"` + s + `"`
	}
	return "'" + s + "'"
}
