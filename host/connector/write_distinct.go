package connector

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/taxonhq/taxon/host/connector/manifest"
)

// Where a CRM writes values of each record's own beside one set of values for many records, both ways are used: requests that are full
// of equal values, and the rest together.

// distinct is the way to write values of each record's own, and what was seen of it.
type distinct struct {
	spec  *manifest.Distinct
	lacks atomic.Bool // the server does not take them all the same
	took  atomic.Bool // it has taken some
}

// full is how many records of each set of values fill requests of equal values.
func (w *writer) full(writes []Write, size int) map[string]int {
	if w.distinct == nil || w.job != nil {
		return nil
	}
	n := map[string]int{}
	for _, write := range writes {
		n[valuesOf(write)]++
	}
	for group := range n {
		n[group] -= n[group] % size
	}
	return n
}

// valuesOf identifies a record's set of values.
func valuesOf(write Write) string {
	data, _ := json.Marshal(write.Fields) // a map of texts, keys sorted
	return string(data)
}

// room is how many records a batch of a group takes.
func (w *writer) room(group string, size int) int {
	if w.distinct != nil && w.job == nil && group == "" {
		return min(size, w.distinct.spec.Batch)
	}
	return size
}

// differ reports whether a batch goes by the request for values of each record's own.
func (w *writer) differ(batch []Write) bool {
	return w.distinct != nil && w.job == nil && slices.ContainsFunc(batch, func(x Write) bool { return !maps.Equal(x.Fields, batch[0].Fields) })
}

// judge finds out that the server does not take values of each record's own: it refused a batch whose records could all be written, and
// never took one.
func (w *writer) judge(outcomes []Outcome) {
	if w.distinct.took.Load() || slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.Error != nil }) || w.distinct.lacks.Swap(true) {
		return
	}
	w.c.log.Warn("the CRM does not take values that differ from record to record in one request, equal ones are written together", "object", w.o.name)
}

// byValues writes a batch by its sets of values.
func (w *writer) byValues(ctx context.Context, batch []Write) (outcomes []Outcome, err error) {
	groups, order := map[string][]Write{}, []string{}
	for _, write := range batch {
		group := valuesOf(write)
		if groups[group] == nil {
			order = append(order, group)
		}
		groups[group] = append(groups[group], write)
	}
	for _, group := range order {
		settled, err := w.settle(ctx, groups[group])
		if outcomes = append(outcomes, settled...); err != nil {
			return outcomes, err
		}
	}
	return outcomes, nil
}
