package rules

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// What a reason shows at most: of the inputs, of the items of a list, of the characters of a text.
const (
	mostShown = 5
	mostItems = 3
	mostRunes = 40
)

// values adds the figures that conditions read: those of the rules that gave a tag, of all rules where the default did
// or none applies. Sensitive ones are left out: a reason is seen by more people than the field may be, and is kept.
func (v *view) values(verdict sdk.Verdict, read []*input) sdk.Verdict {
	var list []sdk.Text
	var shown []int
	for _, x := range read {
		if x.sensitive || slices.Contains(shown, x.column) {
			continue
		}
		if len(shown) == mostShown {
			list = append(list, wording.Same("…"))
			break
		}
		shown = append(shown, x.column)
		value := v.text(x)
		list = append(list, sdk.Text{En: x.words.En + " " + value.En, ZhHans: x.words.ZhHans + " " + value.ZhHans, ZhHant: x.words.ZhHant + " " + value.ZhHant})
	}
	if len(list) == 0 {
		return verdict
	}
	words := wording.List(list)
	return verdict.Because("values", words.En, words.ZhHans, words.ZhHant)
}

var (
	missing = wording.Same("–")
	answers = map[bool]sdk.Text{true: {En: "yes", ZhHans: "是", ZhHant: "是"}, false: {En: "no", ZhHans: "否", ZhHant: "否"}}
)

// text is the value of an input for people.
func (v *view) text(x *input) sdk.Text {
	i := x.column
	switch {
	case v.missing(x):
		return missing
	case !x.read.List:
		return v.itemText(x.read.Type, v.row.Int, v.row.Float, v.row.Bool, v.row.Text, i)
	}
	var list []sdk.Text
	for j := range v.row.ListLen(i) {
		if v.row.ListMissing(i, j) {
			continue
		}
		if len(list) == mostItems {
			list = append(list, wording.Same("…"))
			break
		}
		list = append(list, v.itemText(x.read.Type,
			func(i int) int64 { return v.row.ListInt(i, j) }, func(i int) float64 { return v.row.ListFloat(i, j) },
			func(i int) bool { return v.row.ListBool(i, j) }, func(i int) string { return v.row.ListText(i, j) }, i))
	}
	return wording.Each(wording.List(list), func(words string) string { return "[" + words + "]" })
}

func (v *view) itemText(kind sdk.Type, integer func(int) int64, number func(int) float64, boolean func(int) bool, text func(int) string, i int) sdk.Text {
	switch kind {
	case sdk.String:
		return wording.Same(cut(text(i)))
	case sdk.Number:
		f := number(i)
		if math.Abs(f) < 1e11 {
			f = math.Round(f*1e4) / 1e4
		}
		return wording.Same(strconv.FormatFloat(f, 'f', -1, 64))
	case sdk.Boolean:
		return answers[boolean(i)]
	case sdk.Money:
		return wording.Same(v.run.Money(sdk.Amount(integer(i))))
	case sdk.Date:
		return wording.Same(sdk.Day(integer(i)).String())
	case sdk.Time:
		return wording.Same(sdk.DayOf(microTime(integer(i)), v.run.Zone).String())
	}
	return wording.Same(strconv.FormatInt(integer(i), 10))
}

// cut is the beginning of a text, in one line.
func cut(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > mostRunes {
		return string(runes[:mostRunes]) + "…"
	}
	return text
}

var word = regexp.MustCompile(`[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?`)

// usesSensitive reports whether a field, measure or list column names a sensitive field, also in its clauses.
func usesSensitive(path string, cat sdk.Catalogue) bool {
	source, _, _ := strings.Cut(strings.TrimSpace(path), ".")
	if m := measure.FindStringSubmatch(path); m != nil {
		source = m[2]
	}
	for _, name := range word.FindAllString(path, -1) {
		for _, path := range []string{name, source + "." + name} {
			if f, _ := cat.Lookup(path); f.Sensitive {
				return true
			}
		}
	}
	return false
}
