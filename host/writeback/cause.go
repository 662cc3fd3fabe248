package writeback

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// basis is what one classifier's tags were computed from, as far as it is common to all customers. Comparing it with
// that of the last plan that reached the CRM tells why a value changed since.
type basis struct {
	Plugin   string  `json:"plugin"` // hash
	Config   string  `json:"config"` // hash
	AsOf     crm.Day `json:"as_of"`
	Sequence int64   `json:"sequence"` // of the mirror
	Rates    string  `json:"rates,omitempty"`
}

// causes finds the cause of a change of a value that we wrote before.
type causes struct {
	now, before map[string]basis // by classifier
	// changed are the customers whose own records changed after a sequence, as sorted hashes: a set that stays small.
	changed map[int64][]uint64
}

// plansLookedAt is the number of plans among which the last one that reached the CRM is looked for.
const plansLookedAt = 100

// newCauses compares with the newest plans that reached the CRM, wholly or in part.
func newCauses(ctx context.Context, conn *store.Conn, now map[string]basis) (*causes, error) {
	c := &causes{now: now, before: map[string]basis{}, changed: map[int64][]uint64{}}
	plans, err := conn.Plans(ctx, plansLookedAt)
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		if len(c.before) == len(now) {
			break
		}
		reached := p.Status == store.PlanApplied || p.Status == store.PlanApplying
		if p.Status == store.PlanSuperseded {
			counts, err := conn.PlanCounts(ctx, p.ID)
			if err != nil {
				return nil, err
			}
			reached = counts[store.RowDone] > 0
		}
		if !reached {
			continue
		}
		var s stored
		if err := json.Unmarshal(p.Summary, &s); err != nil {
			return nil, err
		}
		for name, b := range s.Basis {
			_, wanted := now[name]
			if _, known := c.before[name]; wanted && !known {
				c.before[name] = b
			}
		}
	}
	for name, b := range c.before {
		if _, known := c.changed[b.Sequence]; known || b.Sequence >= now[name].Sequence {
			continue
		}
		set := []uint64{}
		if err := conn.ChangedCustomers(ctx, b.Sequence, func(id string) error {
			set = append(set, hashID(id))
			return nil
		}); err != nil {
			return nil, err
		}
		slices.Sort(set)
		c.changed[b.Sequence] = set
	}
	return c, nil
}

// of is the cause. Where several things changed, the widest counts: a new plugin or rule touches everybody, whatever
// else happened.
func (c *causes) of(classifier, customer string) Cause {
	before, known := c.before[classifier]
	now := c.now[classifier]
	_, own := slices.BinarySearch(c.changed[before.Sequence], hashID(customer))
	switch {
	case !known || own && before.Plugin == now.Plugin && before.Config == now.Config:
		return CauseData
	case before.Plugin != now.Plugin:
		return CausePlugin
	case before.Config != now.Config:
		return CauseRule
	case before.Rates != now.Rates:
		return CauseRate
	case before.AsOf != now.AsOf:
		return CauseTime
	}
	return CauseData // of the others, against whom the customer is ranked
}

func hashID(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}
