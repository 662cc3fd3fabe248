package classify

import (
	"encoding/binary"

	"github.com/taxonhq/taxon/host/measure"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// view is a block as one task sees it: its reads, who lacks a required one, and who is asked about.
type view struct {
	block   *block
	keys    []byte
	columns []*pb.Column
	readers []column.Reader
	lacks   []*lack // by customer; nil: nothing required is missing
}

// lack is why a customer cannot be classified: a required read is missing. Customers share it.
type lack struct {
	code string
	read string
}

// look reads a task's columns of a block.
func (r *runner) look(t *task, b *block) (*view, error) {
	v := &view{block: b, columns: make([]*pb.Column, len(t.reads)), readers: make([]column.Reader, len(t.reads)), lacks: make([]*lack, b.n)}
	keys, err := r.spool.read(b.keys)
	if err != nil {
		return nil, err
	}
	v.keys = append(v.keys, keys...)
	for i, rd := range t.reads {
		if v.columns[i], err = r.columnOf(b, rd); err != nil {
			return nil, err
		}
		if err := v.readers[i].Reset(v.columns[i], pb.ValueType(rd.column.Type), rd.column.List, b.n); err != nil {
			return nil, spoolFault(err)
		}
		if rd.required {
			if err := r.findLacks(v, rd, i); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// columnOf is the column of a read: withheld, another classifier's tag, or measured.
func (r *runner) columnOf(b *block, rd read) (*pb.Column, error) {
	c := rd.column
	switch {
	case rd.withheld:
		builder := column.NewBuilder(pb.ValueType(c.Type), c.List)
		for range b.n {
			builder.Missing()
		}
		return builder.Column(), nil
	case c.Form == measure.TagForm:
		for i, tag := range r.task(c.Classifier).effTags {
			if tag.GetKey() == c.Key {
				return r.spool.readColumn(b.tags[c.Classifier][i])
			}
		}
		builder := column.NewBuilder(pb.ValueType(c.Type), false) // this configuration does not give it
		for range b.n {
			builder.Missing()
		}
		return builder.Column(), nil
	}
	return r.spool.readColumn(b.columns[r.plan.Index(c)])
}

// findLacks notes the customers without a required read, and why. The first read that is missing counts.
func (r *runner) findLacks(v *view, rd read, i int) error {
	if !v.readers[i].AnyMissing() {
		return nil
	}
	var whys []byte
	if rd.column.Form != measure.TagForm && !rd.withheld {
		var err error
		if whys, err = r.spool.read(v.block.whys[r.plan.Index(rd.column)]); err != nil {
			return err
		}
	}
	shared := map[measure.Why]*lack{}
	for n := range v.lacks {
		if v.lacks[n] != nil || !v.readers[i].Missing(n) {
			continue
		}
		why := measure.Absent
		if len(whys) > 0 {
			why = measure.Why(whys[n])
		}
		if shared[why] == nil {
			shared[why] = &lack{code: lackCode(rd.column, why), read: rd.column.Canonical}
		}
		v.lacks[n] = shared[why]
	}
	return nil
}

func lackCode(c *measure.Column, why measure.Why) string {
	switch why {
	case measure.NoRate:
		return reasonNoRate
	case measure.TooLarge:
		return reasonTooLarge
	}
	return reasonMissing + c.Slug()
}

// prints are the fingerprints of the customers' columns.
func (v *view) prints() []fingerprint {
	out := make([]fingerprint, v.block.n)
	for i := range v.readers {
		fold(out, &v.readers[i])
	}
	return out
}

// batch is customers of a block that go to the plugin together.
type batch struct {
	message *pb.CustomerBatch
	indices []int // of the customers in the block
	of      *pending
}

// cut makes messages of some customers of a block (indices in order), within the limits of the protocol.
// tooLarge are customers that do not even fit a message of their own.
func (v *view) cut(indices []int) (batches []batch, tooLarge []int) {
	total := 0
	for i := range v.columns {
		total += size(v.columns[i])
	}
	if len(indices) == v.block.n && total <= protocol.BatchBytes && v.block.n <= protocol.BatchCustomers {
		return []batch{{message: &pb.CustomerBatch{Keys: v.keys, Columns: v.columns}, indices: indices}}, nil
	}
	var group []int
	bytes := 0
	flush := func() {
		if len(group) > 0 {
			batches = append(batches, batch{message: v.message(group), indices: group})
		}
		group, bytes = nil, 0
	}
	for _, n := range indices {
		own := protocol.KeyBytes
		for i := range v.readers {
			own += sizeOf(&v.readers[i], n)
		}
		if own > protocol.MaxMessage/2 {
			tooLarge = append(tooLarge, n)
			continue
		}
		if len(group) == protocol.BatchCustomers || len(group) > 0 && bytes+own > protocol.BatchBytes {
			flush()
		}
		group, bytes = append(group, n), bytes+own
	}
	flush()
	return batches, tooLarge
}

func (v *view) message(indices []int) *pb.CustomerBatch {
	m := &pb.CustomerBatch{Keys: make([]byte, 0, protocol.KeyBytes*len(indices))}
	for _, n := range indices {
		m.Keys = append(m.Keys, v.keys[n*protocol.KeyBytes:(n+1)*protocol.KeyBytes]...)
	}
	for i := range v.readers {
		m.Columns = append(m.Columns, pick(&v.readers[i], indices))
	}
	return m
}

func size(c *pb.Column) int {
	return len(c.GetFixed()) + len(c.GetMissing()) + len(c.GetStrings().GetBlob()) +
		2*(len(c.GetLengths())+len(c.GetStrings().GetLengths())+len(c.GetStrings().GetIndex())) + len(c.GetMissingItems())
}

// complete are the customers of a view that lack nothing.
func (v *view) complete() []int {
	out := make([]int, 0, v.block.n)
	for n, l := range v.lacks {
		if l == nil {
			out = append(out, n)
		}
	}
	return out
}

// sequencesOf are the numbers of the customers' last changes.
func (r *runner) sequencesOf(b *block) ([]int64, error) {
	data, err := r.spool.read(b.sequences)
	if err != nil {
		return nil, err
	}
	out := make([]int64, b.n)
	for i := range out {
		out[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return out, nil
}
