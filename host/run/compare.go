package run

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/evaluate"
)

// compare is what can be said of it beside earlier days.
func (r *replay) compare(ctx context.Context, k *ClassifierReport, now *tagged, current *snapshot, days []crm.Day, since crm.Day, past map[crm.Day]*snapshot, values []float64) error {
	var last *tagged
	for i, day := range days {
		if k.PastError = past[day].failed[k.Classifier]; k.PastError != nil {
			return nil
		}
		was, err := r.tags(ctx, past[day], k.Classifier)
		if err != nil {
			return err
		}
		if i > 0 {
			k.Months = append(k.Months, monthOf(days[i-1], day, last, was))
		}
		last = was
	}
	if last != nil {
		k.Months = append(k.Months, monthOf(days[len(days)-1], current.day, last, now))
	}
	if since == 0 {
		return nil
	}
	if k.PastError = past[since].failed[k.Classifier]; k.PastError != nil {
		return nil
	}
	was, err := r.tags(ctx, past[since], k.Classifier)
	if err != nil {
		return err
	}
	m := migrate(was, now, values)
	k.Migration = &m
	k.Examples = r.examples(was, now, values)
	k.Drift = drift(was, now)
	var a, b []string
	for i, code := range was.codes {
		if code != evaluate.NotPresent && now.codes[i] != evaluate.NotPresent {
			a, b = append(a, code), append(b, now.codes[i])
		}
	}
	k.Agreement, _ = evaluate.AdjustedRand(a, b)
	return nil
}

func monthOf(from, to crm.Day, was, is *tagged) Month {
	m := Month{From: from, To: to, New: map[string]int{}, Size: map[string]int{}}
	for i, code := range is.codes {
		if code == evaluate.NotPresent {
			continue
		}
		m.Size[code]++
		if was.codes[i] != code {
			m.New[code]++
		}
	}
	return m
}

// examples are the most valuable customers who moved.
func (r *replay) examples(was, now *tagged, values []float64) []Moved {
	var out []Moved
	for i, code := range was.codes {
		if code == evaluate.NotPresent || now.codes[i] == evaluate.NotPresent || code == now.codes[i] {
			continue
		}
		out = append(out, Moved{r.ids[i], code, now.codes[i], values[i]})
		if len(out) > 100*shownMoves { // memory does not grow with their number
			out = mostValuable(out)
		}
	}
	return mostValuable(out)
}

func mostValuable(moves []Moved) []Moved {
	slices.SortStableFunc(moves, func(a, b Moved) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Value), math.Abs(a.Value)), strings.Compare(a.Customer, b.Customer))
	})
	return moves[:min(len(moves), shownMoves)]
}

// drift compares the shares of the classes, and the numbers by the tenths of the earlier day.
func drift(was, now *tagged) map[string]evaluate.Drift {
	out := map[string]evaluate.Drift{}
	count := func(t *tagged) map[string]int {
		counts := map[string]int{}
		for _, code := range t.codes {
			if code != evaluate.NotPresent {
				counts[code]++
			}
		}
		return counts
	}
	a, b := count(was), count(now)
	both := map[string]int{}
	for code := range a {
		both[code]++
	}
	for code := range b {
		both[code]++
	}
	var reference, current []int
	for _, code := range evaluate.Order(nil, both) {
		reference, current = append(reference, a[code]), append(current, b[code])
	}
	if d, ok := evaluate.PSI(reference, current); ok {
		out["class"] = d
	}
	known := func(values []float64) []float64 {
		return slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	}
	for key, values := range was.numbers {
		if key == "rank" { // which moves with the number of customers alone
			continue
		}
		first := known(values)
		bins := evaluate.ReferenceBins(first, 10)
		if d, ok := evaluate.PSI(bins.Count(first), bins.Count(known(now.numbers[key]))); ok {
			out[cmp.Or(key, "main")] = d
		}
	}
	return out
}
