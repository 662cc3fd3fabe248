package classify

import (
	"math"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// The bounds of a search.
const (
	mostProbes = 20_000   // in the first round of one classifier
	mostBytes  = 64 << 20 // of them together
	mostValues = 200      // known values tried of a text
	mostItems  = 20       // items of a list that are changed: the last ones
	quantiles  = 33       // known values tried of a number
	cuts       = 15       // points between two others in a round of refining
)

// trial changes one value. A number that there is moves on an axis of whole steps (units, minor units, days) from
// what it is; anything else takes values that other customers have.
type trial struct {
	spot
	axis   *axis  // nil: values without order, or none to start from
	event  *event // it is tried instead
	points []point
	open   []bracket
	found  [headings][]point // that lead there, the best first
}

// point is a value tried.
type point struct {
	steps int64 // on the axis
	value crm.Value
	class string
}

// bracket holds the nearest step known to lead somewhere, and the one before it that does not.
type bracket struct {
	where          heading
	inside, beyond point
}

// trialsOf plans what is tried of a read; why is set when nothing can be.
func (s *search) trialsOf(i int) (trials []*trial, why string) {
	rd := &s.t.reads[i]
	switch {
	case rd.withheld:
		return nil, UntriedWithheld
	case s.lacks(one(whole(i), crm.TextValue("anything"))) != nil:
		return nil, UntriedOthers
	case s.same(i):
		return nil, UntriedSame
	case !rd.column.List:
		trials = append(trials, s.trialOf(whole(i)))
	}
	for k := max(0, len(s.items[i])-mostItems); k < len(s.items[i]); k++ {
		trials = append(trials, s.trialOf(spot{i, k}))
	}
	trials = slices.DeleteFunc(trials, func(tr *trial) bool { return len(tr.points) == 0 })
	if len(trials) == 0 {
		return nil, UntriedNoValues
	}
	return trials, ""
}

// trialOf plans what is tried at a spot.
func (s *search) trialOf(at spot) *trial {
	others, v := s.knownOf(at.read), s.value(at)
	tr := &trial{spot: at}
	if v.Missing() || v.Type() == crm.Text || v.Type() == crm.Boolean {
		for _, value := range s.candidates(at.read, others) {
			if value != v {
				tr.points = append(tr.points, point{value: value})
			}
		}
		return tr
	}
	tr.axis = newAxis(v, others, s.r.AsOf, s.r.AsOf.Start(s.r.Zone).UnixMicro())
	tr.points = tr.axis.points(others)
	return tr
}

// knownOf are other customers' values of a read; of another classifier's tag nothing but its codes is known.
func (s *search) knownOf(i int) *known {
	c := s.t.reads[i].column
	if upstream := s.r.task(c.Classifier); upstream != nil {
		k := &known{}
		for _, tag := range upstream.effTags {
			if tag.GetKey() == c.Key {
				for _, o := range tag.GetOptions() {
					k.texts = append(k.texts, o.GetCode())
				}
			}
		}
		return k
	}
	return &s.others[s.plan.Index(c)]
}

// candidates are values to take instead of one without order, the most usual first.
func (s *search) candidates(i int, others *known) (out []crm.Value) {
	switch t := s.t.reads[i].column.Type; t {
	case crm.Boolean:
		return []crm.Value{crm.BooleanValue(true), crm.BooleanValue(false)}
	case crm.Text:
		for _, text := range others.texts[:min(mostValues, len(others.texts))] {
			out = append(out, crm.TextValue(text))
		}
	default:
		usual := others.quantiles(quantiles)
		for k := range usual { // from the middle outward
			at := len(usual)/2 + (k+1)/2
			if k%2 == 1 || at >= len(usual) {
				at = len(usual)/2 - (k+1)/2
			}
			out = append(out, valueAt(t, usual[at], s.r.Currency))
		}
	}
	return out
}

// first asks about all points of all trials at once, and finds where each leads somewhere first.
func (s *search) first(trials []*trial) error {
	var probes []probe
	for _, tr := range trials {
		for _, p := range tr.points {
			probes = append(probes, s.question(tr, p))
		}
	}
	answers, err := s.ask(probes)
	if err != nil {
		return err
	}
	for _, tr := range trials {
		for i := range tr.points {
			tr.points[i].class, answers = answers[0].class, answers[1:]
		}
		if !tr.ordered() {
			s.nearest(tr)
			continue
		}
		middle := 0
		for middle < len(tr.points) && tr.points[middle].steps < 0 {
			middle++
		}
		outward := slices.Clone(tr.points[:middle])
		slices.Reverse(outward)
		for _, side := range [][]point{outward, tr.points[middle:]} {
			inside := point{class: s.what.Now}
			var found [headings]bool
			for _, p := range side {
				if h := s.heading(p.class); h != nowhere && !found[h] {
					found[h] = true
					tr.open = append(tr.open, bracket{h, inside, p})
				}
				inside = p
			}
		}
	}
	return nil
}

// ordered tells that the points lie in an order: what is asked for is the first of them.
func (tr *trial) ordered() bool {
	return tr.axis != nil || tr.event != nil && tr.event.Kind == NothingNew
}

// question asks about a point.
func (s *search) question(tr *trial, p point) probe {
	if tr.event != nil {
		return probe{all: tr.event.at(p.steps)}
	}
	return one(tr.spot, p.value)
}

// effect is what was found at a point.
func (s *search) effect(tr *trial, p point) *Effect {
	if tr.event != nil {
		return tr.event.effect(p, s.r.AsOf)
	}
	e := &Effect{Path: s.path(tr.spot), From: s.value(tr.spot), To: p.value, Class: p.class, Passed: 1,
		Along: s.along(map[spot]crm.Value{tr.spot: p.value})}
	if tr.axis != nil {
		others, to := s.knownOf(tr.read), number(p.value)
		least, most, known := others.span()
		e.Passed, e.Beyond = others.passed(number(e.From), to), known && (to < least || to > most)
	}
	return e
}

// nearest takes, of values without order, those that lead to the nearest class first; of several the most usual.
func (s *search) nearest(tr *trial) {
	for _, p := range tr.points {
		if h := s.heading(p.class); h != nowhere {
			tr.found[h] = append(tr.found[h], p)
		}
	}
	for h, nearer := range map[heading]int{up: 1, down: -1} {
		slices.SortStableFunc(tr.found[h], func(a, b point) int { return nearer * s.ladder.toward(a.class, b.class) })
	}
}

// refine narrows all brackets together, round by round, down to one step.
func (s *search) refine(trials []*trial) error {
	for {
		var probes []probe
		var points []point
		for _, tr := range trials {
			for _, b := range tr.open {
				for _, n := range b.between() {
					p := point{steps: n}
					if tr.axis != nil {
						p.value = tr.axis.at(n)
					}
					points, probes = append(points, p), append(probes, s.question(tr, p))
				}
			}
		}
		if len(probes) == 0 {
			break
		}
		answers, err := s.ask(probes)
		if err != nil {
			return err
		}
		for _, tr := range trials {
			for i := range tr.open {
				b := &tr.open[i]
				n := len(b.between())
				for k := range n {
					points[k].class = answers[k].class
				}
				b.narrow(points[:n], s.heading)
				points, answers = points[n:], answers[n:]
			}
		}
	}
	for _, tr := range trials {
		for _, b := range tr.open {
			if tr.event == nil || len(tr.found[b.where]) == 0 {
				tr.found[b.where] = append(tr.found[b.where], b.beyond)
			}
		}
	}
	return nil
}

// between are the steps to ask about next, from the start outward; none when the bracket is one step wide.
func (b *bracket) between() []int64 {
	from, to := b.inside.steps, b.beyond.steps
	width := abs64(to - from)
	if width <= 1 {
		return nil
	}
	n := min(cuts, width-1)
	var out []int64
	for k := int64(1); k <= n; k++ {
		out = append(out, from+int64(math.Round(float64(to-from)*float64(k)/float64(n+1))))
	}
	return slices.Compact(out)
}

// narrow keeps the part in which an answer leads to the bracket's heading first.
func (b *bracket) narrow(points []point, where func(string) heading) {
	for _, p := range points {
		if where(p.class) == b.where {
			b.beyond = p
			return
		}
		b.inside = p
	}
}

func abs64(n int64) int64 { return max(n, -n) }
