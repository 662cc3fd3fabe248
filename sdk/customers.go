package sdk

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// Key is the anonymous key of a customer, the same from run to run. A customer struct may have a field of
// this type without a tag; a sample by key hash needs it.
type Key [protocol.KeyBytes]byte

// layout is how the columns of an instance become customers of type R.
type layout struct {
	reads []*pb.Read
	bound *binding // nil: customers are Rows
	at    []int    // column of each read of the binding
}

// batch is the customers of one message. Each stream has one and uses it again and again.
type batch[R any] struct {
	layout *layout
	raw    rawBatch
	rows   []R
}

// rawBatch is what a Row looks into.
type rawBatch struct {
	keys    []byte
	columns []column.Reader
}

// load decodes a message into b.rows. An error is a fault of the host.
func (b *batch[R]) load(m *pb.CustomerBatch) error {
	if len(m.GetKeys())%protocol.KeyBytes != 0 {
		return fmt.Errorf("batch %d: the keys have %d bytes, not a multiple of %d", m.GetSequence(), len(m.GetKeys()), protocol.KeyBytes)
	}
	n := len(m.GetKeys()) / protocol.KeyBytes
	reads := b.layout.reads
	if len(m.GetColumns()) != len(reads) {
		return fmt.Errorf("batch %d has %d columns, this configuration reads %d", m.GetSequence(), len(m.GetColumns()), len(reads))
	}
	if b.raw.columns == nil {
		b.raw.columns = make([]column.Reader, len(reads))
	}
	b.raw.keys = m.GetKeys()
	for i, c := range m.GetColumns() {
		if err := b.raw.columns[i].Reset(c, reads[i].GetType(), reads[i].GetList(), n); err != nil {
			return fmt.Errorf("batch %d, column %q: %w", m.GetSequence(), reads[i].GetPath(), err)
		}
	}
	if cap(b.rows) < n {
		b.rows = make([]R, n)
	}
	b.rows = b.rows[:n]
	if n == 0 {
		return nil
	}
	if b.layout.bound != nil {
		b.layout.bound.fill(&b.raw, b.layout.at, unsafe.Pointer(&b.rows[0]), n)
		return nil
	}
	rows := *(*[]Row)(unsafe.Pointer(&b.rows)) // R is Row: compile has checked
	for i := range rows {
		rows[i] = Row{batch: &b.raw, at: i}
	}
	return nil
}

func isRow[R any]() bool { return reflect.TypeFor[R]() == reflect.TypeFor[Row]() }
