package writeback

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// conditions are what the decisions of a plan depend on, beside the customers' own data and what the CRM holds.
type conditions struct {
	Rates       string                `json:"rates"`
	Forgotten   string                `json:"forgotten,omitempty"` // see factForgotten
	Classifiers []classifierCondition `json:"classifiers"`
}

// classifierCondition is one classifier on one kind of records.
type classifierCondition struct {
	Kind     crm.Kind              `json:"kind"`
	Name     string                `json:"name"`
	Plugin   string                `json:"plugin"`
	Config   string                `json:"config"`
	Work     string                `json:"work"` // key of the classification that is complete
	Model    int64                 `json:"model"`
	Mode     Mode                  `json:"mode"`
	OnEdit   OnEdit                `json:"on_edit"`
	Fields   []connector.FieldSpec `json:"fields"`
	Retired  int                   `json:"retired"` // of the fields
	Handling map[string]string     `json:"handling"`
}

// conditions answers a hash of the conditions and the sequence of the mirror up to which the tags are complete. The
// hash is "" when some classifier's tags are not known to be complete.
func (p *planner) conditions(ctx context.Context, kinds []kindLayout) (hash string, sequence int64, err error) {
	forgotten, _, err := p.conn.Fact(ctx, factForgotten)
	if err != nil {
		return "", 0, err
	}
	c := conditions{Rates: p.in.Rates, Forgotten: string(forgotten)}
	for _, k := range kinds {
		for _, l := range k.classifiers {
			work, ok, err := p.conn.Work(ctx, l.Name)
			if err != nil || !ok {
				return "", 0, err
			}
			if len(c.Classifiers) == 0 || work.Sequence < sequence {
				sequence = work.Sequence
			}
			one := classifierCondition{Kind: k.kind, Name: l.Name, Plugin: l.Plugin, Config: l.Config, Work: work.Key, Model: work.Model,
				Mode: l.Mode, OnEdit: l.OnEdit, Handling: l.handling}
			for _, f := range l.fields {
				one.Fields = append(one.Fields, f.spec)
				if f.role == roleRetired {
					one.Retired++
				}
			}
			c.Classifiers = append(c.Classifiers, one)
		}
	}
	body, err := json.Marshal(c)
	if err != nil || len(c.Classifiers) == 0 {
		return "", 0, err
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), sequence, nil
}

// baseline is the last plan, when it was applied under the same conditions: then only what changed since can differ.
func (p *planner) baseline(ctx context.Context, conditions string) (*stored, error) {
	if !p.in.Incremental || conditions == "" {
		return nil, nil
	}
	plans, err := p.conn.Plans(ctx, 1)
	if err != nil || len(plans) == 0 || plans[0].Status != store.PlanApplied {
		return nil, err
	}
	_, _, last, err := planOf(ctx, p.conn, plans[0].ID)
	if err != nil || last.Conditions != conditions {
		return nil, err
	}
	return &last, nil
}

// fewRecords is up to how many records are looked up one by one. With more, all are compared, in bounded memory.
const fewRecords = 50_000

var errMany = errors.New("many records changed")

// touched lists the customers' own records that can differ from what the last plan made of them: those whose data
// changed, those that do not hold what we wrote, and those that the last plan did not get written. The error is errMany
// when they are too many to be held.
func (p *planner) touched(ctx context.Context, kind crm.Kind) ([]string, error) {
	var ids []string
	add := func(id string) error {
		if len(ids) == p.in.few {
			return errMany
		}
		ids = append(ids, id)
		return nil
	}
	if err := p.conn.ChangedCustomers(ctx, p.last.Sequence, add); err != nil {
		return nil, err
	}
	if err := p.conn.Differing(ctx, kind, add); err != nil {
		return nil, err
	}
	err := p.conn.PlanRows(ctx, p.last.Header.ID, []store.RowState{store.RowFailed, store.RowSkipped}, func(row store.PlanRow) error {
		if row.Kind == kind {
			return add(row.Record)
		}
		return nil
	})
	return ids, err
}
