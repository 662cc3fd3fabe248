package satisfaction

import (
	"math"
	"slices"
	"strings"
)

// answer is one valid answer.
type answer struct {
	person  string
	value   float64 // oriented: high is good
	at      int64   // when, in any unit that orders; 0 when not known
	decides bool    // the person is a decision maker
}

// person is somebody who counts once.
type person struct {
	value   float64
	decides bool
}

// byPerson reduces answers to people: the latest answer of each, or the mean. Sums of floats
// depend on their order, so means add values in ascending order.
func byPerson(answers []answer, use string) []person {
	if use == useEach {
		people := make([]person, len(answers))
		for i, a := range answers {
			people[i] = person{a.value, a.decides}
		}
		return people
	}
	if sorted := func(a, b answer) int { return strings.Compare(a.person, b.person) }; !slices.IsSortedFunc(answers, sorted) {
		answers = slices.Clone(answers)
		slices.SortStableFunc(answers, sorted)
	}
	var people []person
	for start := 0; start < len(answers); {
		end := start + 1
		for end < len(answers) && answers[end].person == answers[start].person {
			end++
		}
		people = append(people, reduce(answers[start:end], use))
		start = end
	}
	return people
}

// reduce makes one person of its answers.
func reduce(answers []answer, use string) person {
	one := person{value: answers[0].value, decides: answers[0].decides}
	at := answers[0].at
	values := []float64{answers[0].value}
	for _, a := range answers[1:] {
		one.decides = one.decides || a.decides
		values = append(values, a.value)
		if a.at >= at {
			one.value, at = a.value, a.at
		}
	}
	if use == useAverage {
		slices.Sort(values)
		one.value = mean(values)
	}
	return one
}

// verdict is what the people of a customer add up to.
type verdict struct {
	standing standing
	decided  bool // a decision maker in the worst class settled it
	tally    tally
	score    float64 // mean on the scale as it was asked
	values   []float64
}

// judge weighs the people. The sum of whole weights is exact, so the cut at a third is too.
func judge(s scale, people []person, weight int64, veto bool) verdict {
	var v verdict
	var sum, total int64
	for _, p := range people {
		standing := s.stand(p.value)
		v.tally.add(standing)
		v.values = append(v.values, p.value)
		w := int64(1)
		if p.decides {
			w = weight
			v.decided = v.decided || standing == worst
		}
		sum += w * int64(standing)
		total += w
	}
	slices.Sort(v.values)
	v.score = math.Round(1e4*s.orient(mean(v.values))) / 1e4
	v.decided = v.decided && veto && len(people) > 1
	switch {
	case v.decided, 3*sum < -total:
		v.standing = worst
	case 3*sum > total:
		v.standing = best
	}
	return v
}
