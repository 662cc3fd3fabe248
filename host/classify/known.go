package classify

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
)

// sampled is up to how many customers, the first in order of ids, are looked at to learn what values are usual.
const sampled = 10_000

// known is what is known of a column's values among other customers.
type known struct {
	numbers []float64 // sorted; of numbers, amounts in minor units, days, micros
	texts   []string  // the most frequent first
	counts  map[string]int
	total   int
}

var errEnough = errors.New("enough customers")

// learn looks at the columns of other customers, and at what is usual among them.
func (r *runner) learn(ctx context.Context, plan *measure.Plan, usual *usuals) ([]known, error) {
	out := make([]known, len(plan.Columns()))
	e := plan.Evaluator(r.Rates)
	seen := 0
	err := r.Mirror.Customers(ctx, "", func(c *store.Customer) error {
		if seen++; seen > sampled {
			return errEnough
		}
		usual.look(c)
		e.Measure(c)
		for i := range out {
			out[i].add(e.Value(i))
			if plan.Columns()[i].List {
				e.List(i, out[i].add)
			}
		}
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	for i := range out {
		out[i].finish()
	}
	return out, nil
}

func (k *known) add(v crm.Value) {
	switch v.Type() {
	case crm.None:
		return
	case crm.Text, crm.Boolean:
		if k.counts == nil {
			k.counts = map[string]int{}
		}
		k.counts[v.String()]++
	default:
		k.numbers = append(k.numbers, number(v))
	}
	k.total++
}

func (k *known) finish() {
	slices.Sort(k.numbers)
	k.texts = slices.SortedFunc(maps.Keys(k.counts), func(a, b string) int {
		return cmp.Or(k.counts[b]-k.counts[a], cmp.Compare(a, b))
	})
}

// number is a value on its own scale: minor units, days, micros.
func number(v crm.Value) float64 {
	if v.Type() == crm.Number {
		return v.Float()
	}
	return float64(v.Int())
}

// span are the least and the largest number; ok is false when there is none.
func (k *known) span() (least, most float64, ok bool) {
	if len(k.numbers) == 0 {
		return 0, 0, false
	}
	return k.numbers[0], k.numbers[len(k.numbers)-1], true
}

// decimals are the most decimals that a number has: answers from 0 to 10 are whole, whatever their type.
func (k *known) decimals() int {
	if len(k.numbers) == 0 {
		return 9
	}
	most := 0
	for _, n := range k.numbers {
		most = max(most, decimals(n))
	}
	return most
}

func decimals(n float64) int {
	_, fraction, _ := strings.Cut(strconv.FormatFloat(n, 'f', -1, 64), ".")
	return len(fraction)
}

// quantiles are n numbers that divide the customers into equal parts, ends included.
func (k *known) quantiles(n int) []float64 {
	var out []float64
	for i := range n {
		if len(k.numbers) > 0 {
			out = append(out, k.numbers[i*(len(k.numbers)-1)/max(1, n-1)])
		}
	}
	return slices.Compact(out)
}

// passed is the share of customers whose number lies beyond one number up to another.
func (k *known) passed(from, to float64) float64 {
	if len(k.numbers) == 0 {
		return 0
	}
	if from > to {
		from, to = -from, -to
		n := 0
		for _, x := range k.numbers {
			if -x > from && -x <= to {
				n++
			}
		}
		return float64(n) / float64(len(k.numbers))
	}
	n := 0
	for _, x := range k.numbers {
		if x > from && x <= to {
			n++
		}
	}
	return float64(n) / float64(len(k.numbers))
}
