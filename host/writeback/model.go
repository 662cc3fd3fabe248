package writeback

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// causeOf is the cause of a change of the tags, as the classification noted it. A first tag, like the end of one, is a
// change of the customer's data.
func causeOf(row *store.TagRow) crm.Cause {
	if row == nil || row.Cause == "" || row.Cause == string(crm.CauseFirst) {
		return crm.CauseData
	}
	return crm.Cause(row.Cause)
}

// Change is one field of one record that a plan writes. Values are canonical texts; an empty New clears the field.
type Change struct {
	Kind       crm.Kind  `json:"kind"`
	Record     string    `json:"record"`
	Field      string    `json:"field"`
	Classifier string    `json:"classifier"`
	Customer   string    `json:"customer"`
	Old        string    `json:"old"`
	New        string    `json:"new"`
	Reason     string    `json:"reason,omitempty"` // in the account's language
	Cause      crm.Cause `json:"cause"`
}

// Header identifies a plan. It is part of what the hash covers.
type Header struct {
	ID         int64     `json:"id"`
	Connection string    `json:"connection"`
	Account    string    `json:"account"` // the CRM's id of the account
	Run        int64     `json:"run"`
	AsOf       string    `json:"as_of"` // day, YYYY-MM-DD
	CreatedAt  time.Time `json:"created_at"`
}

// Plan is a plan without its changes, which stay in the store.
type Plan struct {
	Header
	Hash    string  `json:"hash"` // sha256:… over the header, all changes in order, and the summary
	Summary Summary `json:"summary"`
	// Superseded are earlier plans that this one overtook before they were applied wholly; told by Make only.
	Superseded []int64 `json:"superseded,omitempty"`
}

// digest computes a plan's hash.
type digest struct{ sum hash.Hash }

func newDigest(h Header) (*digest, error) {
	d := &digest{sum: sha256.New()}
	return d, d.line(h)
}

// add takes the next change.
func (d *digest) add(c Change) error { return d.line(c) }

func (d *digest) line(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	d.sum.Write(append(b, '\n'))
	return nil
}

// close takes the summary and answers the hash as it stands in plans.
func (d *digest) close(s Summary) (string, error) {
	err := d.line(s)
	return "sha256:" + hex.EncodeToString(d.sum.Sum(nil)), err
}

// Guard is the error of the first classifier that would change more customers than it may, nil when none would.
// allow raises every classifier's limit to that share; 0 leaves them as they are.
func (p *Plan) Guard(allow float64) error { return p.Summary.guard(allow) }

// stored is what the store keeps of a plan beside its rows.
type stored struct {
	Header     Header      `json:"header"`
	Summary    Summary     `json:"summary"`
	Fields     []planField `json:"fields"`
	Conditions string      `json:"conditions"` // see planner.conditions
	Sequence   int64       `json:"sequence"`
	// Valued counts, by classifier and kind, the records that have a class once the plan is applied.
	Valued map[string]map[crm.Kind]int `json:"valued"`
}

// planField is a field that a plan writes, with what is needed to provision it.
type planField struct {
	Kind       crm.Kind            `json:"kind"`
	Classifier string              `json:"classifier"`
	Part       string              `json:"part,omitempty"`
	Retired    bool                `json:"retired,omitempty"` // only cleared: nothing is provisioned for it
	Spec       connector.FieldSpec `json:"spec"`
}

// planOf reads a plan from the store.
func planOf(ctx context.Context, conn *store.Conn, id int64) (*Plan, store.Plan, stored, error) {
	head, ok, err := conn.Plan(ctx, id)
	if err != nil {
		return nil, head, stored{}, err
	}
	if !ok {
		return nil, head, stored{}, &crm.Error{Code: crm.CodeNotFound, Message: fmt.Sprintf("there is no plan %d of the connection %s", id, conn.Name()),
			Suggestion: "make a plan first"}
	}
	var s stored
	if err := json.Unmarshal(head.Summary, &s); err != nil {
		return nil, head, s, fmt.Errorf("plan %d: %w", id, err)
	}
	return &Plan{Header: s.Header, Hash: head.Hash, Summary: s.Summary}, head, s, nil
}

// Load is a plan of the store by id, whatever became of it.
func Load(ctx context.Context, conn *store.Conn, id int64) (*Plan, error) {
	p, _, _, err := planOf(ctx, conn, id)
	return p, err
}

// changesOf are the changes of a row as plans show them.
func changesOf(row *store.PlanRow) ([]Change, error) {
	out := make([]Change, 0, len(row.Changes))
	for _, c := range row.Changes {
		change := Change{Kind: row.Kind, Record: row.Record, Field: c.Field, Classifier: c.Classifier, Customer: row.Customer,
			Old: c.Old, New: c.New, Cause: crm.Cause(c.Cause)}
		if len(c.Reason) > 0 {
			if err := json.Unmarshal(c.Reason, &change.Reason); err != nil {
				return nil, fmt.Errorf("row %d of the plan: %w", row.Seq, err)
			}
		}
		out = append(out, change)
	}
	return out, nil
}

// Changes calls each for every change of a plan, in the order in which they are applied.
func Changes(ctx context.Context, conn *store.Conn, plan int64, each func(Change) error) error {
	return conn.PlanRows(ctx, plan, nil, func(row store.PlanRow) error {
		changes, err := changesOf(&row)
		for i := 0; err == nil && i < len(changes); i++ {
			err = each(changes[i])
		}
		return err
	})
}
