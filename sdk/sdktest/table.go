package sdktest

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// cell is a value of a customer: nil for missing, int64, float64, bool, string, or []any of them for lists.
type cell = any

// table holds customers by row, in the columns of an instance.
type table struct {
	reads []*pb.Read
	keys  [][protocol.KeyBytes]byte
	rows  [][]cell
}

func (t *table) add(id string, row []cell) {
	t.keys = append(t.keys, keyOf(id))
	t.rows = append(t.rows, row)
}

// keyOf is the key of a customer with that id, the same in every test.
func keyOf(id string) (key [protocol.KeyBytes]byte) {
	h := fnv.New128a()
	_, _ = h.Write([]byte(id))
	h.Sum(key[:0])
	return key
}

// all is every row's index in order.
func (t *table) all() []int {
	list := make([]int, len(t.rows))
	for i := range list {
		list[i] = i
	}
	return list
}

// batch makes one message of some rows.
func (t *table) batch(sequence int, rows []int) (*pb.CustomerBatch, error) {
	b := &pb.CustomerBatch{Sequence: uint64(sequence)}
	for _, i := range rows {
		b.Keys = append(b.Keys, t.keys[i][:]...)
	}
	for c, read := range t.reads {
		builder := column.NewBuilder(read.GetType(), read.GetList())
		for _, i := range rows {
			if err := put(builder, read, t.rows[i][c]); err != nil {
				return nil, fmt.Errorf("%s: %w", read.GetPath(), err)
			}
		}
		b.Columns = append(b.Columns, builder.Column())
	}
	return b, nil
}

func put(b *column.Builder, read *pb.Read, x cell) error {
	if x == nil {
		b.Missing()
		return nil
	}
	if !read.GetList() {
		return putItem(b, read.GetType(), x)
	}
	items, ok := x.([]any)
	if !ok {
		return fmt.Errorf("%T is no list", x)
	}
	for _, item := range items {
		if item == nil {
			b.MissingItem()
		} else if err := putItem(b, read.GetType(), item); err != nil {
			return err
		}
	}
	b.EndList()
	return nil
}

func putItem(b *column.Builder, t pb.ValueType, x cell) error {
	ok := false
	switch x := x.(type) {
	case string:
		if ok = t == column.Text; ok {
			b.Text(x)
		}
	case float64:
		if ok = t == column.Number; ok {
			b.Float(x)
		}
	case bool:
		if ok = t == column.Boolean; ok {
			b.Bool(x)
		}
	case int64:
		if ok = column.Width(t) == 8 && t != column.Number; ok {
			b.Int(x)
		}
	}
	if !ok {
		return fmt.Errorf("the value %v (%T) is not of type %s", x, x, t)
	}
	return nil
}

// split cuts rows into batches of a size.
func (t *table) split(rows []int, size int) ([]*pb.CustomerBatch, error) {
	var list []*pb.CustomerBatch
	for from := 0; from < len(rows); from += size {
		b, err := t.batch(len(list), rows[from:min(from+size, len(rows))])
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// invent makes n customers for some reads: ordinary values and missing ones, and with odd also zero, negative, huge
// and strange ones. Texts of a field whose values are known are mostly of these. The same seed makes the same customers.
func invent(reads []*pb.Read, catalogue []*pb.CatalogueField, n int, seed uint64, asOf int64, odd bool) *table {
	in := &inventor{r: rand.New(rand.NewPCG(seed, 2)), asOf: asOf, odd: odd}
	t := &table{reads: reads}
	known := make([][]string, len(reads))
	for c, read := range reads {
		known[c] = optionsOf(read, catalogue)
	}
	for i := range n {
		row, lengths := make([]cell, len(reads)), map[string]int{}
		for c, read := range reads {
			switch {
			case !read.GetRequired() && in.r.IntN(6) == 0:
			case read.GetList():
				items := make([]any, in.length(read, lengths))
				for j := range items {
					if in.r.IntN(8) > 0 {
						items[j] = in.value(read.GetType(), known[c])
					}
				}
				row[c] = items
			default:
				row[c] = in.value(read.GetType(), known[c])
			}
		}
		t.add(fmt.Sprint("customer ", i), row)
	}
	return t
}

// optionsOf are the values that a read's field has in the catalogue.
func optionsOf(read *pb.Read, catalogue []*pb.CatalogueField) []string {
	path, _, _ := strings.Cut(read.GetPath(), " ")
	for _, f := range catalogue {
		if f.GetPath() == path && f.GetType() == read.GetType() {
			return f.GetOptions()
		}
	}
	return nil
}

// inventor invents values.
type inventor struct {
	r    *rand.Rand
	asOf int64
	odd  bool
}

// length is that of a list: columns of the same records have the same, but for odd customers.
func (in *inventor) length(read *pb.Read, lengths map[string]int) int {
	n := in.r.IntN(5)
	source, rest, _ := strings.Cut(read.GetPath(), ".")
	_, clauses, _ := strings.Cut(rest, " ")
	if of, known := lengths[source+" "+clauses]; known && !in.odd {
		return of
	}
	lengths[source+" "+clauses] = n
	return n
}

var oddTexts = []string{"", " ", "Ünïcode – 重要客户 ✓", "a\u0000b", "{n} \"quoted\" \\ /", "US", "CN", "+86 21", "retail", "won", "9", "example.com"}

func (in *inventor) text(known []string) string {
	switch {
	case len(known) > 0 && in.r.IntN(4) > 0:
		return known[in.r.IntN(len(known))]
	case !in.odd && in.r.IntN(4) == 0:
		return fmt.Sprint("Text no. ", in.r.Int64()) // as good as all different, as what people write
	}
	return oddTexts[in.r.IntN(len(oddTexts))]
}

func (in *inventor) value(t pb.ValueType, known []string) cell {
	r, asOf, mayBeOdd := in.r, in.asOf, in.odd
	const day = int64(86400)
	odd := r.IntN(10) == 0 && mayBeOdd
	switch t {
	case column.Text:
		return in.text(known)
	case column.Boolean:
		return r.IntN(2) == 0
	case column.Number:
		if odd {
			return []float64{0, -1, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64}[r.IntN(5)]
		}
		return math.Round(r.Float64()*1000) / 100
	case column.Date:
		if odd {
			return []int64{0, math.MinInt32, math.MaxInt32}[r.IntN(3)]
		}
		return asOf/day - r.Int64N(900)
	case column.Time:
		if odd {
			return []int64{0, -1, 253402300799_000000, asOf * 1e6}[r.IntN(4)]
		}
		return (asOf - r.Int64N(900*day)) * 1e6
	case column.Amount:
		if odd {
			return []int64{0, -1, -5000, math.MaxInt64 / 4, math.MinInt64 / 4}[r.IntN(5)]
		}
		if !mayBeOdd {
			return r.Int64N(10_000_000) // as good as all different, as in a large account
		}
		return r.Int64N(40) * 12_500 // few, so that there are ties
	}
	if odd {
		return []int64{0, -1, math.MaxInt64, math.MinInt64}[r.IntN(4)]
	}
	return r.Int64N(12)
}

// cellOf makes a cell of what an author writes. What it does not know is left to be refused.
func cellOf(x any) cell {
	switch x := x.(type) {
	case int:
		return int64(x)
	case sdk.Amount:
		return int64(x)
	case sdk.Day:
		return int64(x)
	case time.Time:
		return x.UnixMicro()
	case []any: // nil is an item without a value
		return cellsOf(x)
	case []string:
		return cellsOf(x)
	case []int64:
		return cellsOf(x)
	case []float64:
		return cellsOf(x)
	case []bool:
		return cellsOf(x)
	case []time.Time:
		return cellsOf(x)
	case []sdk.Amount:
		return cellsOf(x)
	case []sdk.Day:
		return cellsOf(x)
	}
	return x
}

func cellsOf[T any](list []T) cell {
	cells := make([]any, len(list))
	for i, x := range list {
		cells[i] = cellOf(x)
	}
	return cells
}
