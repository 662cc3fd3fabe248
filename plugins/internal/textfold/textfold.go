// Package textfold brings free text from a CRM to one form for comparison: compatibility
// forms and full width letters become plain ones (NFKC), letters lose case and accents,
// traditional Chinese becomes simplified, and everything that is neither letter nor digit
// separates words.
//
// It knows nothing of countries or industries; those tables fold their own entries with
// the same functions. Invariant: Fold(Fold(s)) == Fold(s).
package textfold

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
	"golang.org/x/text/unicode/norm"
)

//go:generate go run ./gen

//go:embed data/t2s.txt.gz
var packedSimplified []byte

// simplified maps a traditional character to the simplified one.
var simplified = sync.OnceValue(func() map[rune]rune {
	table := make(map[rune]rune, 4096)
	for _, line := range tablegen.Lines(packedSimplified) {
		pair := []rune(line)
		table[pair[0]] = pair[1]
	}
	return table
})

// Simplify turns traditional Chinese characters into simplified ones, character by
// character; everything else stays.
func Simplify(s string) string {
	table := simplified()
	return strings.Map(func(r rune) rune {
		if to, found := table[r]; found {
			return to
		}
		return r
	}, s)
}

// Fold returns the comparison form: words of lower-case letters and digits with one
// space between them. A dot inside an abbreviation vanishes ("U.S.A." is "usa"), an
// apostrophe too; "&" and "+" are the word "and".
func Fold(s string) string {
	s = Simplify(norm.NFKC.String(s))
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '.', r == '\'', r == '’':
			continue
		case r == '&' || r == '+':
			r = '&'
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			gap = true
			continue
		}
		if r == '&' {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("and")
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// joined are what stands for a space in codes.
var joined = strings.NewReplacer("_", " ", "-", " ")

// Words makes spellings of a code or status one, of any language: "Written-Off" and "written_off" are "written off".
// Unlike Fold it keeps accents, punctuation and the script.
func Words(s string) string {
	return strings.Join(strings.Fields(joined.Replace(strings.ToLower(s))), " ")
}

// IsHan reports whether the text contains a Chinese character.
func IsHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// placeholders are what people type where they know nothing.
var placeholders = map[string]bool{
	"": true, "n a": true, "none": true, "null": true, "nil": true, "unknown": true, "other": true, "others": true,
	"not applicable": true, "not available": true, "not specified": true, "tbd": true, "tba": true, "test": true,
	"xx": true, "xxx": true, "无": true, "不详": true, "未知": true, "其他": true, "其它": true, "暂无": true, "待定": true,
}

// IsBlank reports whether the text says nothing: empty, only punctuation, or a
// placeholder such as "N/A", "n.a.", "unknown", "其他". The bare capitals "NA" are left
// to the caller, since they are also a code.
func IsBlank(s string) bool {
	s = strings.TrimSpace(s)
	if s == "NA" {
		return false
	}
	folded := Fold(s)
	return placeholders[folded] || folded == "na"
}
