package measure

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is the kind of a token.
type kind uint8

const (
	end         kind = iota
	word             // won, deals, Straße
	number           // 365, -1.5, 365d, 2026-01-31, 2026-01-31T09:00:00Z
	quoted           // 'x' or "x"; text is without the quotes
	operator         // = != < <= > >=
	punctuation      // ( ) .
	placeholder      // {/pointer}, in the patterns of a manifest
)

// token is one piece of an expression; column counts characters from 1.
type token struct {
	kind   kind
	text   string
	column int
}

// is reports whether the token is that word, operator or punctuation.
func (t token) is(text string) bool {
	return t.text == text && (t.kind == word || t.kind == operator || t.kind == punctuation)
}

// shown is the token as a message names it.
func (t token) shown() string {
	if t.kind == end {
		return "the end"
	}
	return "“" + t.text + "”"
}

func letter(r rune) bool { return r == '_' || unicode.IsLetter(r) }

// lex cuts an expression into tokens; the last one is the end.
func lex(text string) ([]token, error) {
	if len(text) > maxText {
		return nil, fault(text[:40]+"…", 1, "the expression is too long", "")
	}
	if !utf8.ValidString(text) {
		return nil, fault("", 1, "the expression is not valid UTF-8", "")
	}
	var out []token
	runes := []rune(text)
	for i := 0; i < len(runes); {
		r, start := runes[i], i
		until := func(more func(rune) bool) string {
			for i < len(runes) && more(runes[i]) {
				i++
			}
			return string(runes[start:i])
		}
		add := func(k kind, s string) { out = append(out, token{k, s, start + 1}) }
		switch {
		case unicode.IsSpace(r):
			i++
		case letter(r):
			add(word, until(func(r rune) bool { return letter(r) || unicode.IsDigit(r) }))
		case r >= '0' && r <= '9', r == '-' && i+1 < len(runes) && runes[i+1] >= '0' && runes[i+1] <= '9':
			i++
			add(number, until(func(r rune) bool {
				return r < utf8.RuneSelf && (letter(r) || unicode.IsDigit(r) || strings.ContainsRune(".:+-", r))
			}))
		case r == '\'' || r == '"':
			i++
			s := until(func(c rune) bool { return c != r })
			if i == len(runes) {
				return nil, fault(text, start+1, "the text that begins here has no closing quote", "")
			}
			i++
			add(quoted, s[1:])
		case r == '{':
			s := until(func(c rune) bool { return c != '}' })
			if i == len(runes) {
				return nil, fault(text, start+1, "the placeholder that begins here has no closing brace", "")
			}
			i++
			add(placeholder, s+"}")
		case strings.ContainsRune("=!<>", r):
			i++
			if i < len(runes) && runes[i] == '=' {
				i++
			}
			op := string(runes[start:i])
			if op == "==" {
				op = "="
			}
			if op == "!" {
				return nil, fault(text, start+1, "“!” is no operator", "write !=")
			}
			add(operator, op)
		case strings.ContainsRune("().", r):
			i++
			add(punctuation, string(r))
		default:
			return nil, fault(text, start+1, "“"+string(r)+"” does not belong here", "")
		}
	}
	return append(out, token{end, "", len(runes) + 1}), nil
}

// maxText is the longest expression that is read.
const maxText = 2000
