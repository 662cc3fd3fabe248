package evaluate

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Trait is something in which the members of a class differ from everybody.
type Trait struct {
	Feature string `json:"feature"`
	Text    string `json:"text,omitempty"` // the value, or what is in the set; "" of a number
	// Class and Base are the mean of a number, or the share of those who have the text: of the members, of everybody.
	Class float64 `json:"class"`
	Base  float64 `json:"base"`
	// Effect is (Class - Base) / standard deviation of the base: how many of its own spreads the class lies off.
	Effect float64 `json:"effect"`
	Known  int     `json:"known"` // members of whom it is known
	Set    bool    `json:"set,omitempty"`
}

// Profile gathers what is known of customers, by class, in memory that does not grow with their number.
type Profile struct {
	members map[string]int
	numbers map[string]map[string]*moments // by feature and class; class everybody is all
	texts   map[string]*textual
}

// everybody stands for all classes together; no code is longer than a line.
const everybody = "\n"

// textual is a feature whose values are texts.
type textual struct {
	set    bool                      // a customer may have several, or none
	known  map[string]int            // customers with any, by class
	counts map[string]map[string]int // by text and class
	many   bool                      // too many different ones to be common to anybody
}

// moments are count, mean and sum of squared differences from it.
type moments struct{ n, mean, squares float64 }

func (m *moments) add(v float64) {
	m.n++
	d := v - m.mean
	m.mean += d / m.n
	m.squares += d * (v - m.mean)
}

// NewProfile makes an empty one.
func NewProfile() *Profile {
	return &Profile{members: map[string]int{}, numbers: map[string]map[string]*moments{}, texts: map[string]*textual{}}
}

// Member counts a customer of a class; once for each.
func (p *Profile) Member(class string) {
	p.members[class]++
	p.members[everybody]++
}

// Number notes a number that is known of a customer of a class.
func (p *Profile) Number(class, feature string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	if p.numbers[feature] == nil {
		p.numbers[feature] = map[string]*moments{}
	}
	for _, key := range [...]string{class, everybody} {
		if p.numbers[feature][key] == nil {
			p.numbers[feature][key] = &moments{}
		}
		p.numbers[feature][key].add(v)
	}
}

// Text notes a customer's value of a feature of which each has at most one.
func (p *Profile) Text(class, feature, text string) { p.text(class, feature, text, false) }

// Has notes that a customer has something of which each may have several: a product bought. Once for each.
func (p *Profile) Has(class, feature, text string) { p.text(class, feature, text, true) }

// mostTexts is up to how many different texts a feature may have: a name is no trait.
const mostTexts = 300

func (p *Profile) text(class, feature, text string, set bool) {
	t := p.texts[feature]
	if t == nil {
		t = &textual{set: set, known: map[string]int{}, counts: map[string]map[string]int{}}
		p.texts[feature] = t
	}
	if t.counts[text] == nil {
		if t.many = t.many || len(t.counts) == mostTexts; t.many {
			return
		}
		t.counts[text] = map[string]int{}
	}
	for _, key := range [...]string{class, everybody} {
		t.counts[text][key]++
		t.known[key]++
	}
}

// The fewest members of a class, and customers with and without a text, of whom anything is said.
const (
	leastMembers = 5
	leastHaving  = 5
)

// Traits are the most telling features of each class, at most top of them, the largest effect first. A feature counts for a
// class when at least five members are known, when it is not the same for everybody, and when the difference is at least
// twice its standard error in a sample of that size: what chance explains is no trait.
func (p *Profile) Traits(top int) map[string][]Trait {
	out := map[string][]Trait{}
	add := func(class string, t Trait, spread float64) {
		t.Effect = (t.Class - t.Base) / spread
		if class != everybody && t.Known >= leastMembers && math.Abs(t.Effect)*math.Sqrt(float64(t.Known)) >= 2 {
			out[class] = append(out[class], t)
		}
	}
	for feature, by := range p.numbers {
		base := by[everybody]
		spread := math.Sqrt(base.squares / base.n)
		if spread <= 1e-9*math.Abs(base.mean) || spread == 0 {
			continue
		}
		for class, m := range by {
			add(class, Trait{Feature: feature, Class: m.mean, Base: base.mean, Known: int(m.n)}, spread)
		}
	}
	for feature, t := range p.texts {
		known := t.known
		if t.set {
			known = p.members
		}
		if t.many {
			continue
		}
		for text, counts := range t.counts {
			n := float64(known[everybody])
			base := float64(counts[everybody]) / n
			if float64(counts[everybody]) < leastHaving || n-float64(counts[everybody]) < leastHaving {
				continue
			}
			for class, members := range known {
				own := float64(counts[class]) / float64(members)
				add(class, Trait{Feature: feature, Text: text, Class: own, Base: base, Known: members, Set: t.set}, math.Sqrt(base*(1-base)))
			}
		}
	}
	for class, traits := range out {
		slices.SortFunc(traits, func(a, b Trait) int {
			return cmp.Or(cmp.Compare(math.Abs(b.Effect), math.Abs(a.Effect)), strings.Compare(a.Feature, b.Feature), strings.Compare(a.Text, b.Text))
		})
		out[class] = traits[:min(top, len(traits))]
	}
	return out
}
