package salesforce

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// statement is a parsed SOQL query.
type statement struct {
	fields []string
	count  bool
	object string
	where  condition // nil: all
	order  []sorting
	limit  int // -1: none
}

type sorting struct {
	field string
	desc  bool
}

// row tells a field's type and its value as the store's text; ok is false for a field that is not there.
type row func(field string) (typ, value string, ok bool)

// condition tells whether it holds for a row.
type condition func(row) (bool, *failure)

// What a query consists of: quoted texts, words and literals, signs.
var lexeme = regexp.MustCompile(`'(?:[^'\\]|\\.)*'|[A-Za-z_][A-Za-z0-9_.]*|[0-9][0-9T:.+Zz-]*|-[0-9][0-9.]*|!=|<>|<=|>=|[=<>(),]|\S`)

type parser struct{ words []string }

func malformed(format string, args ...any) *failure { return bad("MALFORMED_QUERY", format, args...) }

func (p *parser) peek() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0]
}

func (p *parser) take() string {
	word := p.peek()
	if word != "" {
		p.words = p.words[1:]
	}
	return word
}

// accept takes a keyword or sign if it comes next.
func (p *parser) accept(words ...string) bool {
	for i, w := range words {
		if i >= len(p.words) || !strings.EqualFold(p.words[i], w) {
			return false
		}
	}
	p.words = p.words[len(words):]
	return true
}

// parse reads a query.
func parse(text string) (*statement, *failure) {
	p := &parser{words: lexeme.FindAllString(text, -1)}
	q := &statement{limit: -1}
	if !p.accept("SELECT") {
		return nil, malformed("unexpected token: %s", p.peek())
	}
	if p.accept("COUNT", "(", ")") {
		q.count = true
	} else {
		for {
			q.fields = append(q.fields, p.take())
			if !p.accept(",") {
				break
			}
		}
	}
	if !p.accept("FROM") {
		return nil, malformed("unexpected token: %s", p.peek())
	}
	q.object = p.take()
	var f *failure
	if p.accept("WHERE") {
		if q.where, f = p.or(); f != nil {
			return nil, f
		}
	}
	if p.accept("ORDER", "BY") {
		for {
			s := sorting{field: p.take()}
			if s.desc = p.accept("DESC"); !s.desc {
				p.accept("ASC")
			}
			q.order = append(q.order, s)
			if !p.accept(",") {
				break
			}
		}
	}
	if p.accept("LIMIT") {
		n, err := strconv.Atoi(p.take())
		if err != nil {
			return nil, malformed("unexpected token after LIMIT")
		}
		q.limit = n
	}
	if p.peek() != "" {
		return nil, malformed("unexpected token: %s", p.peek())
	}
	return q, nil
}

func (p *parser) or() (condition, *failure)  { return p.chain("OR", (*parser).and, true) }
func (p *parser) and() (condition, *failure) { return p.chain("AND", (*parser).term, false) }

// chain reads terms joined by a word; the value of the first that is stop decides.
func (p *parser) chain(word string, term func(*parser) (condition, *failure), stop bool) (condition, *failure) {
	first, f := term(p)
	if f != nil {
		return nil, f
	}
	all := []condition{first}
	for p.accept(word) {
		next, f := term(p)
		if f != nil {
			return nil, f
		}
		all = append(all, next)
	}
	if len(all) == 1 {
		return first, nil
	}
	return func(r row) (bool, *failure) {
		for _, c := range all {
			if yes, f := c(r); f != nil || yes == stop {
				return yes, f
			}
		}
		return !stop, nil
	}, nil
}

func (p *parser) term() (condition, *failure) {
	if p.accept("(") {
		c, f := p.or()
		if f == nil && !p.accept(")") {
			f = malformed("expecting a right parentheses, found '%s'", p.peek())
		}
		return c, f
	}
	field, operator := p.take(), p.take()
	if strings.EqualFold(operator, "IN") {
		return p.in(field)
	}
	holds := map[string]func(int) bool{"=": func(c int) bool { return c == 0 }, "!=": func(c int) bool { return c != 0 }, "<>": func(c int) bool { return c != 0 },
		"<": func(c int) bool { return c < 0 }, "<=": func(c int) bool { return c <= 0 }, ">": func(c int) bool { return c > 0 }, ">=": func(c int) bool { return c >= 0 }}[operator]
	literal := p.take()
	if holds == nil || literal == "" {
		return nil, malformed("unexpected token: %s", operator)
	}
	instant, instantErr := time.Parse(time.RFC3339, literal)
	return func(r row) (bool, *failure) {
		typ, value, ok := r(field)
		if !ok {
			return false, noField(field)
		}
		quoted := literal[0] == '\''
		if strings.EqualFold(literal, "null") {
			return holds(cmp.Compare(len(value), 0)), nil
		}
		switch typ {
		case "datetime":
			if quoted || instantErr != nil {
				return false, bad("INVALID_FIELD", "value of filter criterion for field '%s' must be of type dateTime and should not be enclosed in quotes", field)
			}
			at, err := time.Parse(time.RFC3339, value)
			return err == nil && holds(at.Compare(instant)), nil
		case "int", "double", "currency":
			x, _ := strconv.ParseFloat(value, 64)
			y, err := strconv.ParseFloat(literal, 64)
			if err != nil {
				return false, bad("INVALID_FIELD", "value of filter criterion for field '%s' must be of type double", field)
			}
			return value != "" && holds(cmp.Compare(x, y)), nil
		case "boolean", "date":
			if quoted {
				return false, bad("INVALID_FIELD", "value of filter criterion for field '%s' must be of type %s and should not be enclosed in quotes", field, typ)
			}
			if typ == "boolean" && value == "" {
				value = "false"
			}
			return holds(strings.Compare(value, strings.ToLower(literal))), nil
		}
		if !quoted {
			return false, bad("INVALID_FIELD", "value of filter criterion for field '%s' must be of type string and should be enclosed in quotes", field)
		}
		return holds(strings.Compare(value, unquote(literal))), nil
	}, nil
}

func (p *parser) in(field string) (condition, *failure) {
	if !p.accept("(") {
		return nil, malformed("unexpected token: %s", p.peek())
	}
	set := map[string]bool{}
	for {
		literal := p.take()
		if literal == "" || literal[0] != '\'' {
			return nil, malformed("unexpected token: %s", literal)
		}
		set[unquote(literal)] = true
		if !p.accept(",") {
			break
		}
	}
	if !p.accept(")") {
		return nil, malformed("unexpected token: %s", p.peek())
	}
	return func(r row) (bool, *failure) {
		_, value, ok := r(field)
		if !ok {
			return false, noField(field)
		}
		return set[value], nil
	}, nil
}

var escaped = regexp.MustCompile(`\\(.)`)

func unquote(literal string) string {
	return escaped.ReplaceAllString(strings.Trim(literal, "'"), "$1")
}

func noField(name string) *failure {
	return bad("INVALID_FIELD", "No such column '%s' on entity. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.", name)
}
