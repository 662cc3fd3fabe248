package classify

import (
	"math"
	"slices"
	"strconv"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Stability are the rules that keep a customer's class from changing too easily. The zero value has none: the class
// is what the plugin answers. They look at the main tag only; scores and other tags are always those of today.
//
// What the plugin answers is a proposal while it differs from the class. It is judged once for each as-of day: a
// second run as of the same day starts from what stood before that day, so it neither confirms nor moves anything twice.
type Stability struct {
	// Dates: a proposal counts once it, or one further away in the same direction, was made as of that many days on
	// which the classifier ran in a row. 0 and 1: at once.
	Dates int `json:"dates,omitempty"`
	// Score and Margin: a proposal counts at once when the tag Score differs by at least Margin from what it was when
	// the class was taken. Where a plugin's cuts lie is not known here; how far a score moved is. 0: no such rule.
	Score  string  `json:"score,omitempty"`
	Margin float64 `json:"margin,omitempty"`
	// MinimumStay is the number of days that a class lasts at least.
	MinimumStay int `json:"minimum_stay,omitempty"`
	// GracePeriod is the number of days for which a worse class, or worse ones still, must be proposed without a break
	// before it counts. A better one does not wait.
	GracePeriod int `json:"grace_period,omitempty"`
	// OneStep: a class changes by one place of the order for each as-of day.
	OneStep bool `json:"one_step,omitempty"`
	// Order lists codes from the best to the worst, in place of the ranks of the plugin's options. Codes that are not
	// in it have no order; an empty list that is not nil takes all order away.
	Order []string `json:"order"`
}

func (s *Stability) active() bool {
	return s.Dates > 1 || s.Margin > 0 || s.MinimumStay > 0 || s.GracePeriod > 0 || s.OneStep
}

// ladder is the order of a classifier's classes.
type ladder struct {
	known map[string]bool // codes that there are; nil: any
	place map[string]int  // of the ordered ones, 0 is best; several may share one
	at    []string        // the first code of each place
}

func newLadder(options []*pb.TagOption, order []string) *ladder {
	l := &ladder{place: Places(options, order), at: order}
	for _, o := range options {
		if l.known == nil {
			l.known = map[string]bool{}
		}
		l.known[o.GetCode()] = true
	}
	if order != nil {
		return l
	}
	for _, o := range options {
		i, placed := l.place[o.GetCode()]
		if !placed {
			continue
		}
		l.at = append(l.at, make([]string, max(0, i+1-len(l.at)))...)
		if l.at[i] == "" {
			l.at[i] = o.GetCode()
		}
	}
	return l
}

// Places are the places of the classes that have an order, 0 is best; several may share one. order is Stability.Order.
func Places(options []*pb.TagOption, order []string) map[string]int {
	places := map[string]int{}
	if order != nil {
		for i, code := range order {
			places[code] = i
		}
		return places
	}
	var ranks []int32
	for _, o := range options {
		if o.GetCode() != protocol.Unclassified && o.GetRank() > 0 {
			ranks = append(ranks, o.GetRank())
		}
	}
	slices.Sort(ranks)
	ranks = slices.Compact(ranks)
	for _, o := range options {
		if i, ranked := slices.BinarySearch(ranks, o.GetRank()); ranked && o.GetCode() != protocol.Unclassified {
			places[o.GetCode()] = i
		}
	}
	return places
}

// has reports whether the code is one that the classifier still gives.
func (l *ladder) has(code string) bool { return l.known == nil || l.known[code] }

// toward is 1 when b is worse than a, -1 when it is better, 0 where the order says nothing.
func (l *ladder) toward(a, b string) int {
	i, ok := l.place[a]
	j, also := l.place[b]
	switch {
	case !ok || !also || i == j:
		return 0
	case j > i:
		return 1
	}
	return -1
}

// step is the class at the next place from one class to another, of those that the classifier still gives.
func (l *ladder) step(from, to string, direction int) string {
	for i := l.place[from] + direction; i != l.place[to]; i += direction {
		if l.has(l.at[i]) {
			return l.at[i]
		}
	}
	return to
}

// standing is what a customer has: its class, and what was proposed instead.
type standing struct {
	Class string  `json:"class,omitempty"`
	Since crm.Day `json:"since"`
	// Score is the canonical text of Stability.Score when the class was taken.
	Score string `json:"score,omitempty"`
	// Proposals that were not taken, from the nearest to the furthest: all in one direction away from the class, each
	// with the time from which that class or one further away was proposed on every as-of day.
	Proposals []proposal `json:"proposals,omitempty"`
}

// proposal is a class that the plugin answers and that is not taken yet.
type proposal struct {
	Class string  `json:"class"`
	Since crm.Day `json:"since"` // first as-of day
	Dates int     `json:"dates"` // as-of days on which the classifier ran
}

// Held is a class that a rule holds back.
type Held struct {
	Proposed string  // what the plugin answers
	Since    crm.Day // as-of day from which it has been proposed
	Next     string  // class that comes first if it stays so: Proposed, or one on the way
	// NotBefore is the first as-of day at which Next can be taken, if it is still proposed; 0: no day by itself.
	NotBefore crm.Day
	Rule      Rule // that holds longest
}

// Rule is a rule of stability by name.
type Rule string

// The rules.
const (
	RuleHysteresis  Rule = "hysteresis"
	RuleMargin      Rule = "margin" // hysteresis by the score alone
	RuleMinimumStay Rule = "minimum_stay"
	RuleGracePeriod Rule = "grace_period"
	RuleOneStep     Rule = "one_step"
)

// judge answers what stands as of a day on which the plugin proposes a class, with a score, to a customer with a
// prior standing. It is a pure function; held is nil when the class is what is proposed.
func (s *Stability) judge(l *ladder, prior standing, proposed, score string, day crm.Day) (now standing, held *Held) {
	if prior.Class == proposed {
		prior.Proposals = nil
		if prior.Score == "" {
			prior.Score = score
		}
		return prior, nil
	}
	taken := standing{Class: proposed, Since: day, Score: score}
	// From "nothing known" to a class nothing has to be kept; a code that there is no more cannot be.
	if proposed == "" || prior.Class == "" || prior.Class == protocol.Unclassified || !l.has(prior.Class) {
		return taken, nil
	}
	direction := l.toward(prior.Class, proposed)
	row := l.extend(prior, proposed, direction, day)
	moved := s.moved(prior.Score, score, proposed)
	now = prior
	now.Proposals = row
	if proposed == protocol.Unclassified || day-prior.Since >= crm.Day(s.MinimumStay) {
		for i := len(row) - 1; i >= 0; i-- {
			if s.confirmed(row[i], moved) && s.graced(row[i], direction, day) {
				now = taken
				now.Class = row[i].Class
				if s.OneStep && direction != 0 {
					now.Class = l.step(prior.Class, now.Class, direction)
				}
				break
			}
		}
	}
	if now.Class == proposed {
		return now, nil
	}
	if now.Class != prior.Class {
		now.Score = prior.Score // on the way: the score is compared with where the way began
		now.Proposals = slices.DeleteFunc(row, func(p proposal) bool { return l.toward(now.Class, p.Class) != direction })
	}
	held = s.holding(&now, now.Class != prior.Class, direction, moved, day)
	if s.OneStep && direction != 0 {
		held.Next = l.step(now.Class, held.Next, direction)
	}
	return now, held
}

// extend adds a day's proposal to those of a standing. Proposals further away than this one end: they were not made
// again. But while they were made, so was this one.
func (l *ladder) extend(prior standing, proposed string, direction int, day crm.Day) []proposal {
	latest := proposal{Class: proposed, Since: day}
	var row []proposal
	for _, p := range prior.Proposals {
		switch {
		case direction == 0:
			if p.Class == proposed {
				latest = p
			}
		case l.toward(prior.Class, p.Class) != direction:
		case l.toward(p.Class, proposed) == direction:
			row = append(row, p)
		case latest.Dates == 0: // at the same place or further: the first of them has the longest time
			latest.Since, latest.Dates = p.Since, p.Dates
		}
	}
	row = append(row, latest)
	for i := range row {
		row[i].Dates++
	}
	return row
}

// moved reports whether the margin lets a proposal count at once.
func (s *Stability) moved(from, to, proposed string) bool {
	if s.Margin <= 0 {
		return false
	}
	if proposed == protocol.Unclassified {
		return s.Dates <= 1 // there is no score that could tell
	}
	a, errA := strconv.ParseFloat(from, 64)
	b, errB := strconv.ParseFloat(to, 64)
	if errA != nil || errB != nil {
		return s.Dates <= 1
	}
	// Scores have few decimals: 0.3 - 0.1 must be 0.2.
	return math.Abs(a-b) >= s.Margin-1e-9*max(math.Abs(a), math.Abs(b), 1e-3)
}

func (s *Stability) confirmed(p proposal, moved bool) bool {
	return s.Dates <= 1 && s.Margin <= 0 || moved || s.Dates > 1 && p.Dates >= s.Dates
}

func (s *Stability) graced(p proposal, direction int, day crm.Day) bool {
	return direction <= 0 || day-p.Since >= crm.Day(s.GracePeriod)
}

// holding says what holds the rest back: the rule whose day is last, or that has no day.
func (s *Stability) holding(now *standing, stepped bool, direction int, moved bool, day crm.Day) *Held {
	latest, next := now.Proposals[len(now.Proposals)-1], now.Proposals[0]
	held := &Held{Proposed: latest.Class, Since: latest.Since, Next: next.Class, NotBefore: day + 1}
	if stepped && s.OneStep {
		held.Rule = RuleOneStep
	}
	later := func(rule Rule, at crm.Day) {
		if at > held.NotBefore || held.Rule == "" && at == held.NotBefore {
			held.Rule, held.NotBefore = rule, at
		}
	}
	if latest.Class != protocol.Unclassified {
		later(RuleMinimumStay, now.Since+crm.Day(s.MinimumStay))
	}
	if !s.graced(next, direction, day) {
		later(RuleGracePeriod, next.Since+crm.Day(s.GracePeriod))
	}
	if !s.confirmed(next, moved) {
		if s.Dates <= 1 {
			held.Rule, held.NotBefore = RuleMargin, 0
		} else {
			later(RuleHysteresis, day+crm.Day(s.Dates-next.Dates))
		}
	}
	return held
}
