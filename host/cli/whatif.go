package cli

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
)

// anyChange is the value of --what-if without one.
const anyChange = "?"

// questions takes the customer and the changes that are asked about out of a command line: with a space after
// --what-if the change is an argument of its own.
func questions(given, whatIf []string) (customer string, changes []string, err error) {
	for _, w := range whatIf {
		if w != anyChange {
			changes = append(changes, w)
		}
	}
	var customers []string
	for _, g := range given {
		if len(given) > 1 && len(whatIf) > 0 && strings.Contains(g, "=") {
			changes = append(changes, g)
		} else {
			customers = append(customers, g)
		}
	}
	if len(customers) != 1 {
		return "", nil, usageError{fmt.Errorf("one CUSTOMER is expected, here are %d; changes are NAME=VALUE after --what-if", len(customers))}
	}
	return customers[0], changes, nil
}

// whatIfText is what changes of values would do, for one classifier.
type whatIfText struct {
	Now     string       `json:"now"` // what the classifier answers with the values of now
	Label   string       `json:"label,omitempty"`
	Up      []effectText `json:"up"`    // to a better class, the smallest first
	Down    []effectText `json:"down"`  // to a worse one
	Other   []effectText `json:"other"` // to one without order
	Named   *namedText   `json:"named,omitempty"`
	Untried []untried    `json:"untried"`
	Probes  int          `json:"probes"`
	Error   *crm.Error   `json:"error,omitempty"`
}

type effectText struct {
	Path   string  `json:"path"`
	From   string  `json:"from"` // canonical text, "" is none
	To     string  `json:"to"`
	Change string  `json:"change,omitempty"` // of a number, in words
	Class  string  `json:"class"`
	Label  string  `json:"label,omitempty"`
	Passed float64 `json:"passed"`           // share of customers between old and new
	Beyond bool    `json:"beyond,omitempty"` // no other customer has such a value
	// Event is what happens, where no single value changes; from and to are empty then.
	Event *eventText `json:"event,omitempty"`
	// Along are sums and counts of the same things, which change with it.
	Along []alongText `json:"along,omitempty"`

	words string
}

type alongText struct {
	Path string `json:"path"`
	From string `json:"from"`
	To   string `json:"to"`

	words string // "" where it is the same change
}

type eventText struct {
	Kind  classify.EventKind `json:"kind"`
	Items string             `json:"items,omitempty"` // as count(...) would count them: "deals where won"
	Day   string             `json:"day"`
	Like  string             `json:"like,omitempty"`  // day of the item that an added one is like
	Usual []detailText       `json:"usual,omitempty"` // what it is where there is none to be like
	Days  int                `json:"days,omitempty"`  // without anything new
}

type detailText struct {
	Name  string `json:"name"`
	Value string `json:"value"` // canonical text
}

type namedText struct {
	Changes []effectText `json:"changes"`
	Class   string       `json:"class"`
	Label   string       `json:"label,omitempty"`
	Reasons []reasonText `json:"reasons"`
}

type untried struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// add puts answers beside the classifiers that they are about.
func (x *explanation) add(answers []classify.WhatIf, about *classify.Explanation, language string) {
	for i := range x.Classifiers {
		for j := range answers {
			if a := &answers[j]; a.Classifier == x.Classifiers[i].Classifier {
				x.Classifiers[i].WhatIf = answered(a, &about.Classifiers[i], language)
			}
		}
	}
}

func answered(a *classify.WhatIf, about *classify.ExplainedClassifier, language string) *whatIfText {
	label := func(code string) string { return classify.Label(a.Tag, code, language) }
	effects := func(list []classify.Effect) []effectText {
		out := []effectText{}
		for _, e := range list {
			if v := e.Event; v != nil {
				out = append(out, effectText{Path: e.Path, Class: e.Class, Label: label(e.Class), words: eventWords(v), Event: eventOf(v)})
				continue
			}
			out = append(out, effectText{Path: e.Path, From: e.From.String(), To: e.To.String(), Change: difference(e.From, e.To), Along: along(&e),
				Class: e.Class, Label: label(e.Class), Passed: math.Round(e.Passed*1e4) / 1e4, Beyond: e.Beyond, words: classify.Show(e.From) + " → " + classify.Show(e.To)})
		}
		return out
	}
	out := &whatIfText{Now: a.Now, Label: label(a.Now), Up: effects(a.Up), Down: effects(a.Down), Other: effects(a.Other), Untried: []untried{}, Probes: a.Probes, Error: a.Error}
	for _, u := range a.Untried {
		out.Untried = append(out.Untried, untried(u))
	}
	if n := a.Named; n != nil {
		out.Named = &namedText{Changes: effects(n.Changes), Class: n.Class, Label: label(n.Class), Reasons: []reasonText{}}
		for _, r := range n.Reasons {
			out.Named.Reasons = append(out.Named.Reasons, reasonText{r.Code, classify.Words(about.Manifest, r, language)})
		}
	}
	return out
}

func along(e *classify.Effect) []alongText {
	var out []alongText
	for _, a := range e.Along {
		x := alongText{Path: a.Path, From: a.From.String(), To: a.To.String()}
		if a.From != e.From || a.To != e.To {
			x.words = a.Path + " " + classify.Show(a.From) + " → " + classify.Show(a.To)
		}
		out = append(out, x)
	}
	return out
}

func eventOf(v *classify.Event) *eventText {
	out := &eventText{Kind: v.Kind, Items: v.Source + v.Where, Day: v.Day.String(), Days: v.Days}
	if v.Kind == classify.OneMore && v.Like != 0 {
		out.Like = v.Like.String()
	}
	for _, d := range v.Usual {
		out.Usual = append(out.Usual, detailText{d.Name, d.Value.String()})
	}
	return out
}

// eventWords says what happens: one more deal (where won) on 2026-05-31, like the last one of 2026-04-02.
func eventWords(v *classify.Event) string {
	item := map[string]string{measure.Deals: "deal", measure.Activities: "activity"}[v.Source]
	if v.Where != "" {
		item += " (" + strings.TrimSpace(v.Where) + ")"
	}
	switch v.Kind {
	case classify.OneMore:
		if v.Like == 0 {
			return "one more " + item + " on " + v.Day.String() + ", as is usual" + usualWords(v.Usual)
		}
		return "one more " + item + " on " + v.Day.String() + ", like the last one of " + v.Like.String()
	case classify.LastGone:
		return "without the last " + item + ", of " + v.Day.String()
	}
	return "nothing new until " + v.Day.String() + " (" + days(v.Days) + ")"
}

// usualWords tell of a usual item: its amount, which is the median of all, and what a classifier reads beside.
func usualWords(details []classify.Detail) string {
	var out []string
	for _, d := range details {
		out = append(out, strings.ReplaceAll(d.Name, "_", " ")+" "+classify.Show(d.Value))
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}

// difference is by how much a number changes, "" where nothing is added or taken away.
func difference(from, to crm.Value) string {
	if from.Missing() || to.Missing() {
		return ""
	}
	signed := func(text string) string {
		if strings.HasPrefix(text, "-") {
			return text
		}
		return "+" + text
	}
	switch from.Type() {
	case crm.Integer:
		return signed(classify.Show(crm.IntegerValue(to.Int() - from.Int())))
	case crm.Number:
		return signed(classify.Show(crm.NumberValue(to.Float() - from.Float())))
	case crm.Amount:
		return signed(classify.Show(crm.AmountValue(crm.Money{Minor: to.Int() - from.Int(), Currency: from.Money().Currency})))
	case crm.Date:
		return days(int(to.Day() - from.Day()))
	case crm.Time:
		return days(int(to.Time().Sub(from.Time()) / (24 * time.Hour)))
	}
	return ""
}

func days(n int) string {
	if n < 0 {
		return "-" + plural(-n, "day")
	}
	return "+" + plural(n, "day")
}

// words are what a rule of stability does.
func (h *heldText) words() string {
	words := codeAndLabel(h.Proposed, h.Label) + " is proposed since " + h.Since
	next := ""
	if h.Next != h.Proposed {
		next = h.Next + " "
	}
	rule := strings.ReplaceAll(h.Rule, "_", " ")
	if h.NotBefore == "" {
		return words + " (" + rule + ")"
	}
	return words + "; applied " + next + "on " + h.NotBefore + " at the earliest (" + rule + ")"
}

func codeAndLabel(code, label string) string {
	if label == "" || label == code {
		return orDash(code)
	}
	return code + ", " + label
}

// shownChanges is the number of further changes that are shown to a person.
const shownChanges = 2

func (e *environment) printWhatIf(w *whatIfText) {
	if w.Error != nil {
		e.say("  what if: %s", w.Error.Error())
		return
	}
	if n := w.Named; n != nil {
		for _, c := range n.Changes {
			e.say("  what if: %s", c.change())
		}
		switch n.Class {
		case w.Now:
			e.say("    the classifier answers %s, as now", codeAndLabel(n.Class, n.Label))
		default:
			e.say("    the classifier answers %s, now %s", codeAndLabel(n.Class, n.Label), codeAndLabel(w.Now, w.Label))
		}
		for _, r := range n.Reasons {
			e.say("    because: %s", r.Text)
		}
		return
	}
	if len(w.Up)+len(w.Down)+len(w.Other) == 0 {
		e.say("  what if: nothing that was tried leads from %s to another class", codeAndLabel(w.Now, w.Label))
	} else {
		e.say("  what if, from %s:", codeAndLabel(w.Now, w.Label))
	}
	for _, d := range []struct {
		word string
		list []effectText
	}{{"up", w.Up}, {"down", w.Down}, {"to", w.Other}} {
		shown := shownEffects(d.list)
		for i, x := range shown {
			word := d.word
			if i > 0 {
				word = "or"
			}
			e.say("    %-4s %s: %s", word, codeAndLabel(x.Class, x.Label), x.change())
		}
		if more := len(d.list) - len(shown); more > 0 {
			e.say("      and %d more", more)
		}
	}
	older, many := w.untried(classify.UntriedOlder), w.untried(classify.UntriedTooMany)
	if len(older) > 0 {
		e.say("    only the last items were tried of: %s", strings.Join(older, ", "))
	}
	if len(many) > 0 {
		e.say("    not tried, since it would be too many questions: %s", strings.Join(many, ", "))
	}
}

// shownEffects are the smallest changes of values, and one event of each kind.
func shownEffects(list []effectText) (shown []*effectText) {
	values, kinds := 0, map[classify.EventKind]bool{}
	for i := range list {
		x := &list[i]
		if x.Event != nil && !kinds[x.Event.Kind] {
			kinds[x.Event.Kind] = true
			shown = append(shown, x)
		} else if x.Event == nil && values <= shownChanges {
			values++
			shown = append(shown, x)
		}
	}
	return shown
}

// untried lists what was not tried for a reason.
func (w *whatIfText) untried(why string) (paths []string) {
	for _, u := range w.Untried {
		if u.Why == why {
			paths = append(paths, u.Path)
		}
	}
	return paths
}

// shownAlong is the number of values that change along which are shown to a person.
const shownAlong = 3

// change is a change in words: count(deals) 4 → 2 (-2).
func (x *effectText) change() string {
	if x.Event != nil {
		return x.words
	}
	s := x.Path + " " + x.words
	if x.Change != "" {
		s += " (" + x.Change + ")"
	}
	if x.Beyond {
		s += ", beyond all others"
	}
	var along []string
	for _, a := range x.Along {
		if a.words != "" {
			along = append(along, a.words)
		}
	}
	if len(along) > 0 {
		s += "; with it " + strings.Join(along[:min(len(along), shownAlong)], ", ")
	}
	if more := len(along) - shownAlong; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}
