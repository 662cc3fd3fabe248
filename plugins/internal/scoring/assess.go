package scoring

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/sdk"
)

// Part is what one criterion brings.
type Part struct {
	Words        sdk.Text // its name
	Known        bool
	Counts       bool    // it is part of the score: known, or given a value by the policy
	S            float64 // 0 to 1
	Contribution int64   // hundredths of a point; all of them add up to the score
	Most         int64   // what it would be with s = 1, rounded
	Lift         float64 // points above (below) what the mean customer would have here

	weight, mean float64
}

// Assessment is the score of a group.
type Assessment struct {
	Score int64 // hundredths of a point; 0 when OK is false
	Known int64 // share of the weight that is known, in tenths of a per cent
	OK    bool  // at least one criterion counts
	Parts []Part

	exact float64 // the score before it is cut, 0 to 100
}

// Assess scores one customer.
func (s *Sheet) Assess(run sdk.Run, g Group, m *Model, r sdk.Row) Assessment {
	a := Assessment{Parts: make([]Part, g.to-g.from)}
	if len(m.Criteria) != len(s.items) {
		return a // a model of other criteria knows nothing of these
	}
	var counted, known float64
	for i := range a.Parts {
		it, standard, p := s.items[g.from+i], &m.Criteria[g.from+i], &a.Parts[i]
		p.Words, p.weight, p.mean = it.words, it.Weight, standard.Mean
		if p.S, p.Known = it.mark(run, r, &m.Criteria[it.ranks].Ranks); !p.Known {
			switch {
			case it.Missing == Zero:
				p.S, p.Known = 0, true
			case it.Missing == Mean && standard.Known > 0:
				p.S, p.Counts = standard.Mean, true
			}
		}
		if p.Known {
			p.Counts = true
			known += it.Weight
		}
		if p.Counts {
			counted += it.Weight
		}
	}
	a.finish(g.weight, counted, known)
	return a
}

// Weighted is a score that is part of another one.
type Weighted struct {
	Name   string
	Words  sdk.Text // the name in reasons
	Weight float64
	Group  Group
}

// Combine makes one score of several: parts that are assessments of their own, each known as far as its criteria are.
func (s *Sheet) Combine(m *Model, groups []Weighted, assessed []Assessment) Assessment {
	a := Assessment{Parts: make([]Part, len(groups))}
	var weight, counted, known float64
	for i, g := range groups {
		a.Parts[i] = Part{Words: g.Words, Known: assessed[i].OK && assessed[i].Known > 0, Counts: assessed[i].OK, S: assessed[i].exact / 100,
			weight: g.Weight, mean: s.mean(m, g.Group)}
		weight += g.Weight
		known += g.Weight * float64(assessed[i].Known) / 1000
		if assessed[i].OK {
			counted += g.Weight
		}
	}
	a.finish(weight, counted, known)
	return a
}

// mean is the score, 0 to 1, of a customer who has the mean of every criterion.
func (s *Sheet) mean(m *Model, g Group) float64 {
	sum := 0.0
	for i := g.from; i < g.to && i < len(m.Criteria); i++ {
		sum += float64(s.items[i].Weight * m.Criteria[i].Mean)
	}
	if g.weight == 0 {
		return 0
	}
	return sum / g.weight
}

// finish computes the score of parts that have marks and weights.
func (a *Assessment) finish(weight, counted, known float64) {
	if weight > 0 {
		a.Known = int64(math.Round(known/weight*1e9)) / 1e6
	}
	if a.OK = counted > 0; a.OK {
		a.share(counted)
	}
}

// millionths is how finely scores are computed: below it is what floating point adds.
const millionths = 1e6

// share computes the score and divides it: each contribution is cut to hundredths, and what is then missing
// goes to the largest remainders, the earlier criterion first.
func (a *Assessment) share(counted float64) {
	total := 0.0
	remainders := make([]int64, len(a.Parts))
	rest := int64(0)
	for i := range a.Parts {
		p := &a.Parts[i]
		if !p.Counts {
			continue
		}
		weight := 100 * p.weight / counted
		total += float64(weight * p.S)
		exact := int64(math.Round(weight * p.S * millionths))
		p.Contribution, remainders[i] = exact/(millionths/100), exact%(millionths/100)
		p.Most = int64(math.Round(weight * 100))
		p.Lift = weight * (p.S - p.mean)
		rest -= p.Contribution
	}
	a.exact = total
	a.Score = int64(math.Round(total*millionths)) / (millionths / 100)
	rest += a.Score
	for ; rest != 0; rest -= sign(rest) {
		best := -1
		for i := range a.Parts {
			if p := &a.Parts[i]; p.Counts && (rest > 0 || p.Contribution > 0) &&
				(best < 0 || sign(rest)*remainders[i] > sign(rest)*remainders[best]) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		a.Parts[best].Contribution += sign(rest)
		remainders[best] -= sign(rest) * (millionths / 100)
	}
}

func sign(v int64) int64 {
	if v < 0 {
		return -1
	}
	return 1
}

// Points is a number of hundredths for people: 79.95.
func Points(hundredths int64) string {
	return strconv.FormatFloat(float64(hundredths)/100, 'f', 2, 64)
}

// Sum writes the contributions as a sum: "amount 25.10 + credit 20.00".
func (a *Assessment) Sum() string { return a.sum(func(t *sdk.Text) string { return t.En }) }

// SumWords is the sum in the languages of reasons.
func (a *Assessment) SumWords() sdk.Text {
	return sdk.Text{En: a.Sum(), ZhHans: a.sum(func(t *sdk.Text) string { return t.ZhHans }), ZhHant: a.sum(func(t *sdk.Text) string { return t.ZhHant })}
}

func (a *Assessment) sum(in func(*sdk.Text) string) string {
	var b strings.Builder
	for i := range a.Parts {
		if p := &a.Parts[i]; p.Counts {
			if b.Len() > 0 {
				b.WriteString(" + ")
			}
			b.WriteString(in(&p.Words) + " " + Points(p.Contribution))
		}
	}
	return b.String()
}

// Missing names the criteria that are not known.
func (a *Assessment) Missing() []sdk.Text {
	var names []sdk.Text
	for i := range a.Parts {
		if !a.Parts[i].Known {
			names = append(names, a.Parts[i].Words)
		}
	}
	return names
}

// leastLift is what is worth mentioning: a tenth of a point.
const leastLift = 0.1

// Lifts names the (at most two) criteria that lift the score most above the mean customer's, Pulls the one that
// pulls it down most; empty when there is none.
func (a *Assessment) Lifts() (lifts []sdk.Text, pulls sdk.Text) {
	order := make([]int, len(a.Parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch x, y := a.Parts[i].Lift, a.Parts[j].Lift; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	for _, i := range order {
		if p := &a.Parts[i]; p.Counts && p.Lift >= leastLift && len(lifts) < 2 {
			lifts = append(lifts, p.Words)
		}
	}
	if n := len(order); n > 0 {
		if p := &a.Parts[order[n-1]]; p.Counts && p.Lift <= -leastLift {
			pulls = p.Words
		}
	}
	return lifts, pulls
}
