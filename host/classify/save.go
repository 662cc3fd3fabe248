package classify

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

// encodeRow is a row as texts of the spool; decodeRows reads them again.
func encodeRow(row *store.TagRow) [][]byte {
	fixed := binary.LittleEndian.AppendUint32(nil, uint32(row.Since))
	fixed = append(fixed, row.Input[:]...)
	fixed = append(fixed, byte(len(row.Values)), byte(len(row.Values)>>8))
	out := [][]byte{[]byte(row.Customer), row.Reasons, []byte(row.Cause), fixed, row.Standing}
	for _, v := range row.Values {
		out = append(out, []byte(v.Key), []byte(v.Value))
	}
	return out
}

func (r *runner) decodeRows(texts []string, model int64) ([]store.TagRow, error) {
	var rows []store.TagRow
	for len(texts) > 0 {
		if len(texts) < 5 || len(texts[3]) != 22 {
			return nil, spoolFault(io.ErrUnexpectedEOF)
		}
		fixed := []byte(texts[3])
		row := store.TagRow{Customer: texts[0], Reasons: []byte(texts[1]), Cause: texts[2], Since: crm.Day(int32(binary.LittleEndian.Uint32(fixed))),
			AsOf: r.AsOf, Model: model, Run: r.RunID, Standing: []byte(texts[4])}
		copy(row.Input[:], fixed[4:])
		n := int(fixed[20]) | int(fixed[21])<<8
		if texts = texts[5:]; len(texts) < 2*n {
			return nil, spoolFault(io.ErrUnexpectedEOF)
		}
		for i := range n {
			row.Values = append(row.Values, store.TagValue{Key: texts[2*i], Value: texts[2*i+1]})
		}
		texts = texts[2*n:]
		rows = append(rows, row)
	}
	return rows, nil
}

// save stores the model, then the tags, then that the work is done.
func (r *runner) save(ctx context.Context, t *task) error {
	if t.fit {
		id, err := r.Mirror.SaveModel(ctx, t.model)
		if err != nil {
			return err
		}
		t.key.Model, t.out.Model = id, id
	}
	saved := 0
	for _, at := range t.rows {
		texts, err := r.spool.readTexts(at)
		if err != nil {
			return err
		}
		rows, err := r.decodeRows(texts, t.key.Model)
		if err != nil {
			return err
		}
		if err := r.Mirror.SaveTags(ctx, t.Name, rows); err != nil {
			return err
		}
		saved += len(rows)
		r.progress("save", t.Name, saved, 0)
	}
	if err := r.saveRejected(ctx, t); err != nil {
		return err
	}
	for m, n := range t.moves {
		m.Customers = n
		t.out.Moves = append(t.out.Moves, m)
	}
	slices.SortFunc(t.out.Moves, func(a, b Move) int {
		if a.From != b.From {
			return strings.Compare(a.From, b.From)
		}
		return strings.Compare(a.To, b.To)
	})
	t.out.Everybody = t.everybody
	if err := r.recount(ctx, t); err != nil {
		return err
	}
	return r.saveWork(ctx, t)
}

// saveRejected puts the customers with whom the plugin had a problem into the ledger.
func (r *runner) saveRejected(ctx context.Context, t *task) error {
	for _, at := range t.rejected {
		texts, err := r.spool.readTexts(at)
		if err != nil {
			return err
		}
		var rejected []crm.Rejected
		for i := 0; i+1 < len(texts); i += 2 {
			rejected = append(rejected, crm.Rejected{Kind: r.Mirror.Subject(), ID: texts[i],
				Error: &crm.Error{Code: crm.CodeRecord, Pointer: "classifier " + t.Name, Message: texts[i+1]}})
		}
		if err := r.Mirror.AddRejected(ctx, store.StageClassify, r.RunID, rejected); err != nil {
			return err
		}
	}
	return nil
}

// recount counts a task's tags anew when customers have gone since they were last counted.
func (r *runner) recount(ctx context.Context, t *task) error {
	live := r.result.Customers
	if !r.whole {
		counts, err := r.Mirror.Counts(ctx)
		if err != nil {
			return err
		}
		live = counts.Customers
	}
	if t.totals.sum() == live {
		return nil
	}
	t.totals = Totals{}
	t.totals.make()
	return r.Mirror.Tags(ctx, t.Name, func(row *store.TagRow) error {
		t.totals.add(row.Value(t.main), row.Reasons, 1)
		return nil
	})
}

// saveWork says that the tags of a task are complete. It comes after them.
func (r *runner) saveWork(ctx context.Context, t *task) error {
	key, err := json.Marshal(t.key)
	if err != nil {
		return err
	}
	result, err := json.Marshal(t.totals)
	if err != nil {
		return err
	}
	return r.Mirror.SaveWork(ctx, store.Work{Classifier: t.Name, Key: string(key), Sequence: r.seen, AsOf: r.AsOf, Model: t.key.Model, Run: r.RunID, Result: result})
}
