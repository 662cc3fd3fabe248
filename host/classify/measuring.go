package classify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// blockBytes is the size at which a block of the spool is closed though it has fewer customers than a batch.
const blockBytes = 4 << 20

// block is a part of the spool: up to a batch of customers, in order of ids.
type block struct {
	n           int
	first, last string // ids
	ids         section
	sequences   section
	keys        section
	columns     []section            // by column of the plan
	whys        []section            // by column of the plan: a byte for each customer; empty when all are known
	tags        map[string][]section // by classifier: effective tags, for those who read them
}

// measureAll computes the columns of all tasks for the customers concerned, and spools them.
func (r *runner) measureAll(ctx context.Context) error {
	var columns []*measure.Column
	for _, t := range r.tasks {
		for _, rd := range t.reads {
			if !t.failed() && !rd.withheld {
				columns = append(columns, rd.column)
			}
		}
	}
	r.plan = measure.Compile(columns, measure.Setting{AsOf: r.AsOf, Zone: r.Zone, Subject: r.Mirror.Subject(), Currency: r.Currency})
	w := newBlockWriter(r)
	add := func(c *store.Customer) error { return w.add(ctx, c) }
	var err error
	if r.whole {
		err = r.Mirror.Customers(ctx, "", add)
	} else {
		err = r.Mirror.CustomersByID(ctx, r.scope, add)
	}
	if err == nil {
		err = w.flush()
	}
	r.result.Customers, r.result.Rates = w.customers, w.evaluator.RatesUsed()
	return err
}

// blockWriter fills one block after the other.
type blockWriter struct {
	r         *runner
	evaluator *measure.Evaluator
	mac       hash.Hash
	customers int

	builders  []*column.Builder
	whys      [][]byte
	ids       [][]byte
	sequences []byte
	keys      []byte
}

func newBlockWriter(r *runner) *blockWriter {
	w := &blockWriter{r: r, evaluator: r.plan.Evaluator(r.Rates), mac: hmac.New(sha256.New, r.KeySecret)}
	for _, c := range r.plan.Columns() {
		w.builders = append(w.builders, column.NewBuilder(pb.ValueType(c.Type), c.List))
	}
	w.whys = make([][]byte, len(w.builders))
	return w
}

func (w *blockWriter) add(ctx context.Context, c *store.Customer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.evaluator.Measure(c)
	size := 0
	for i, b := range w.builders {
		w.evaluator.Append(i, b)
		if why := w.evaluator.Why(i); why != measure.Known {
			for len(w.whys[i]) < len(w.ids) {
				w.whys[i] = append(w.whys[i], byte(measure.Known))
			}
			w.whys[i] = append(w.whys[i], byte(why))
		}
		size += b.Size()
	}
	w.ids = append(w.ids, []byte(c.ID))
	w.sequences = binary.LittleEndian.AppendUint64(w.sequences, uint64(c.Sequence))
	w.mac.Reset()
	w.mac.Write([]byte(c.ID))
	w.keys = w.mac.Sum(w.keys)[:len(w.keys)+protocol.KeyBytes]
	w.customers++
	if len(w.ids) == w.r.batch || size >= blockBytes {
		return w.flush()
	}
	return nil
}

// flush writes the block.
func (w *blockWriter) flush() error {
	if len(w.ids) == 0 {
		return nil
	}
	s := w.r.spool
	b := &block{n: len(w.ids), first: string(w.ids[0]), last: string(w.ids[len(w.ids)-1]), tags: map[string][]section{}}
	var err error
	if b.ids, err = s.writeTexts(w.ids); err != nil {
		return err
	}
	if b.sequences, err = s.write(w.sequences); err != nil {
		return err
	}
	if b.keys, err = s.write(w.keys); err != nil {
		return err
	}
	for i, builder := range w.builders {
		at, err := s.writeColumn(builder.Column())
		if err != nil {
			return err
		}
		b.columns = append(b.columns, at)
		for len(w.whys[i]) > 0 && len(w.whys[i]) < b.n {
			w.whys[i] = append(w.whys[i], byte(measure.Known))
		}
		if at, err = s.write(w.whys[i]); err != nil {
			return err
		}
		b.whys = append(b.whys, at)
		w.whys[i] = w.whys[i][:0]
	}
	w.ids, w.sequences, w.keys = w.ids[:0], w.sequences[:0], w.keys[:0]
	w.r.blocks = append(w.r.blocks, b)
	w.r.progress("measure", "", w.customers, 0)
	return nil
}

// forgetRejected takes the customers of this run out of the ledger; those with whom a plugin still has a
// problem come back.
func (r *runner) forgetRejected(ctx context.Context) error {
	kind := r.Mirror.Subject()
	if r.whole {
		return r.Mirror.ClearRejected(ctx, store.StageClassify, kind, nil)
	}
	const chunk = 500
	for from := 0; from < len(r.scope); from += chunk {
		if err := r.Mirror.ClearRejected(ctx, store.StageClassify, kind, r.scope[from:min(from+chunk, len(r.scope))]); err != nil {
			return err
		}
	}
	return nil
}
