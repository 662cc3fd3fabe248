package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/sdk/protocol"
)

// The bounds of what is shown of a model; all of it is in the document for programs.
const (
	shownFigures = 8
	shownMembers = 6 // of a family; what has more are trials
	leastFamily  = 3 // keys with a word in common
)

// printModel prints what a fit reported of itself: numbers and short texts, its metrics among them, in one line, and a
// matrix of what is confused with what. labels are those of the classes.
func (e *environment) printModel(report json.RawMessage, labels map[string]string) {
	var values map[string]any
	if json.Unmarshal(report, &values) != nil { // none, or not for people
		return
	}
	if metrics, ok := values["metrics"].(map[string]any); ok {
		maps.Copy(values, metrics)
	}
	numbers, texts := map[string]float64{}, []string{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		switch v := values[key].(type) {
		case float64:
			numbers[key] = v
		case string:
			if n, err := strconv.ParseFloat(v, 64); err == nil { // JSON's form of large integers
				numbers[key] = n
			} else if len(v) > 0 && len(v) < 60 {
				texts = append(texts, spaced(key)+" "+v)
			}
		}
	}
	confusion := takeConfusion(numbers, labels)
	parts, more := figuresOf(numbers)
	if parts = append(texts, parts...); len(parts) > 0 {
		line := "  Model: " + strings.Join(parts, ", ")
		if more > 0 {
			line += fmt.Sprintf("; %d more with --output json", more)
		}
		e.say("%s", line)
	}
	e.printConfusion(confusion)
	e.printFound(report)
}

func spaced(key string) string { return strings.ReplaceAll(key, "_", " ") }

// readable is a number with as many digits as a person reads.
func readable(f float64) string {
	switch a := math.Abs(f); {
	case f == math.Trunc(f) && a < 1e15:
		return thousands(int64(f))
	case a >= 1000 && a < 1e15:
		return thousands(int64(math.Round(f)))
	case a >= 1 && a < 1e15:
		return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', 2, 64), "0"), ".")
	}
	return strconv.FormatFloat(f, 'g', 4, 64)
}

// parameter is the name of a parameter of a formula: a letter, or a Greek one.
var parameter = regexp.MustCompile(`^(.|(alpha|beta|gamma|delta|lambda|log)(_.*)?)$`)

var digits = regexp.MustCompile(`[0-9]+`)

// family is what keys have in common that speak of several things: accuracy_1_rules, accuracy_2_rules; importance_age,
// importance_assets; amount_known, orders_known. The members are what differs.
type family struct {
	name    string
	series  bool // the members are numbers
	members []member
}

type member struct{ name, key string }

// families sorts keys into families and single ones, both in order of names, series last.
func families(keys []string) (single []string, several []*family) {
	found := map[string]*family{}
	note := func(kind, name, of, key string) {
		f := found[kind+name]
		if f == nil {
			f = &family{name: name, series: kind == "#"}
			found[kind+name] = f
		}
		f.members = append(f.members, member{of, key})
	}
	for _, key := range keys {
		if at := digits.FindStringIndex(key); at != nil {
			note("#", strings.Trim(key[:at[0]], "_")+strings.TrimRight(key[at[1]:], "_"), key[at[0]:at[1]], key)
			continue
		}
		if first, rest, ok := strings.Cut(key, "_"); ok {
			note("<", first, rest, key)
			at := strings.LastIndexByte(key, '_')
			note(">", key[at+1:], key[:at], key)
		}
	}
	taken := map[string]bool{}
	for _, kind := range slices.Sorted(maps.Keys(found)) {
		f := found[kind]
		if least := map[bool]int{true: 2, false: leastFamily}[f.series]; len(f.members) < least || slices.ContainsFunc(f.members, func(m member) bool { return taken[m.key] }) {
			continue
		}
		for _, m := range f.members {
			taken[m.key] = true
		}
		if f.series {
			slices.SortFunc(f.members, func(a, b member) int {
				return cmp.Or(cmp.Compare(len(a.name), len(b.name)), cmp.Compare(a.name, b.name))
			})
		}
		several = append(several, f)
	}
	slices.SortStableFunc(several, func(a, b *family) int { return map[bool]int{true: 1}[a.series] - map[bool]int{true: 1}[b.series] })
	for _, key := range keys {
		if !taken[key] {
			single = append(single, key)
		}
	}
	return single, several
}

// figuresOf are the figures that a person needs, and how many there are besides. Numbers that stand alone come first,
// that of the customers before all; left out are zeros, those that say the number of customers again, and parameters of
// formulas. Families follow while there is room.
func figuresOf(numbers map[string]float64) (parts []string, more int) {
	single, several := families(slices.Sorted(maps.Keys(numbers)))
	const customers = "customers"
	slices.SortStableFunc(single, func(a, b string) int { return map[string]int{customers: -1}[a] - map[string]int{customers: -1}[b] })
	shown := 0
	for _, key := range single {
		n := numbers[key]
		if len(parts) == shownFigures || n == 0 || parameter.MatchString(key) || key != customers && n == numbers[customers] {
			continue
		}
		parts = append(parts, spaced(key)+" "+readable(n))
		shown++
	}
	for _, f := range several {
		if len(parts) == shownFigures || len(f.members) > shownMembers {
			continue
		}
		var members []string
		for _, m := range f.members {
			if numbers[m.key] != 0 {
				members = append(members, spaced(m.name)+": "+readable(numbers[m.key]))
			}
		}
		if len(members) > 0 {
			parts = append(parts, spaced(f.name)+" ("+strings.Join(members, ", ")+")")
			shown += len(f.members)
		}
	}
	return parts, len(numbers) - shown
}

// confused is a matrix: how many of the class of a row the model takes for the class of a column.
type confused struct {
	classes []string
	counts  map[[2]string]float64
}

// takeConfusion takes the metrics confusion_RIGHT_SAID out of numbers, and those that follow from them. Classes may have
// underscores themselves: where the classes that have labels do not decide, those do that stand on the diagonal.
func takeConfusion(numbers map[string]float64, labels map[string]string) confused {
	const prefix = "confusion_"
	classes := map[string]bool{}
	for code := range labels {
		classes[code] = true
	}
	for key := range numbers {
		if rest, ok := strings.CutPrefix(key, prefix); ok && len(rest)%2 == 1 && rest[:len(rest)/2] == rest[len(rest)/2+1:] {
			classes[rest[:len(rest)/2]] = true
		}
	}
	m := confused{counts: map[[2]string]float64{}}
	there := map[string]bool{}
	for key, n := range numbers {
		rest, ok := strings.CutPrefix(key, prefix)
		for i := 0; ok && i < len(rest); i++ {
			if rest[i] == '_' && classes[rest[:i]] && classes[rest[i+1:]] {
				m.counts[[2]string{rest[:i], rest[i+1:]}] = n
				there[rest[:i]], there[rest[i+1:]] = true, true
				delete(numbers, key)
				break
			}
		}
	}
	m.classes = slices.Sorted(maps.Keys(there))
	for _, c := range m.classes {
		delete(numbers, "recall_"+c)
		delete(numbers, "precision_"+c)
	}
	return m
}

func (e *environment) printConfusion(m confused) {
	if len(m.classes) == 0 {
		return
	}
	classes := m.classes[:min(len(m.classes), shownColumns)]
	e.say("  What is right (rows), and what the model says (columns):")
	rows := [][]string{append(append([]string{""}, classes...), "found")}
	said := map[string]float64{}
	for _, of := range m.classes {
		row, all := []string{of}, 0.0
		for _, as := range m.classes {
			all += m.counts[[2]string{of, as}]
			said[as] += m.counts[[2]string{of, as}]
		}
		for _, as := range classes {
			row = append(row, readable(m.counts[[2]string{of, as}]))
		}
		rows = append(rows, append(row, partOf(m.counts[[2]string{of, of}], all)))
	}
	last := []string{"right"}
	for _, as := range classes {
		last = append(last, partOf(m.counts[[2]string{as, as}], said[as]))
	}
	e.figures(append(rows, append(last, "")))
}

// partOf is a part of a whole, "–" of none.
func partOf(part, whole float64) string {
	if whole == 0 {
		return "–"
	}
	return percentOf(part / whole)
}

// printFound prints what a fit found that has no number: classes that it described, such as clusters and rules, and
// what it warned of.
func (e *environment) printFound(report json.RawMessage) {
	var found struct {
		Tags []struct {
			Options []struct{ Code, Description string }
		}
		Diagnostics []struct{ Summary string }
	}
	if json.Unmarshal(report, &found) != nil {
		return
	}
	for _, tag := range found.Tags {
		for _, o := range tag.Options {
			if o.Description != "" && o.Code != protocol.Unclassified {
				e.say("  %s: %s", o.Code, o.Description)
			}
		}
	}
	for _, d := range found.Diagnostics {
		e.say("  The fit warns: %s", d.Summary)
	}
}
