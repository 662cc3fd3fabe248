package column_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// random makes a value of a type; nil is missing.
func random(r *rand.Rand, t pb.ValueType, distinct int) any {
	if r.IntN(5) == 0 {
		return nil
	}
	switch t {
	case column.Text:
		return strings.Repeat("ü重", r.IntN(3)) + string(rune('a'+r.IntN(distinct)))
	case column.Number:
		return r.NormFloat64()
	case column.Boolean:
		return r.IntN(2) == 0
	case column.Date:
		return int64(int32(r.Uint32()))
	}
	return int64(r.Uint64())
}

func put(b *column.Builder, x any) {
	switch x := x.(type) {
	case string:
		b.Text(x)
	case float64:
		b.Float(x)
	case bool:
		b.Bool(x)
	case int64:
		b.Int(x)
	}
}

func get(r *column.Reader, i int) any {
	switch r.Type() {
	case column.Text:
		return r.Text(i)
	case column.Number:
		return r.Float(i)
	case column.Boolean:
		return r.Bool(i)
	}
	return r.Int(i)
}

var types = []pb.ValueType{column.Text, column.Integer, column.Number, column.Boolean, column.Date, column.Time, column.Amount}

func TestWhatIsBuiltIsRead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, kind := range types {
		b := column.NewBuilder(kind, false)
		var reader column.Reader // reused, as a stream does
		for _, n := range []int{0, 1, 8, 9, 200} {
			values := make([]any, n)
			for i := range values {
				if values[i] = random(r, kind, 3+n); values[i] == nil {
					b.Missing()
				} else {
					put(b, values[i])
				}
			}
			if err := reader.Reset(travel(t, b.Column()), kind, false, n); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			for i, want := range values {
				if reader.Missing(i) != (want == nil) {
					t.Fatalf("%s: value %d is missing: %v", kind, i, reader.Missing(i))
				}
				if got := get(&reader, i); want != nil && got != want {
					t.Fatalf("%s: value %d is %v, not %v", kind, i, got, want)
				} else if want == nil && !reflect.ValueOf(got).IsZero() {
					t.Fatalf("%s: a missing value reads as %v", kind, got)
				}
			}
		}
	}
}

func TestListsAreRead(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, kind := range types {
		b := column.NewBuilder(kind, true)
		var want [][]any
		for range 50 {
			if r.IntN(6) == 0 {
				b.Missing()
				want = append(want, nil)
				continue
			}
			list := make([]any, r.IntN(4))
			for j := range list {
				if list[j] = random(r, kind, 5); list[j] == nil {
					b.MissingItem()
				} else {
					put(b, list[j])
				}
			}
			b.EndList()
			want = append(want, list)
		}
		var reader column.Reader
		if err := reader.Reset(travel(t, b.Column()), kind, true, len(want)); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		for i, list := range want {
			from, to := reader.Range(i)
			if reader.Missing(i) != (list == nil) || to-from != len(list) {
				t.Fatalf("%s: list %d has %d items, not %d", kind, i, to-from, len(list))
			}
			for j, item := range list {
				if reader.MissingItem(from+j) != (item == nil) || item != nil && get(&reader, from+j) != item {
					t.Fatalf("%s: item %d of list %d is %v, not %v", kind, j, i, get(&reader, from+j), item)
				}
			}
		}
	}
}

// travel is the column after the wire.
func travel(t *testing.T, c *pb.Column) *pb.Column {
	t.Helper()
	data, err := proto.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	back := &pb.Column{}
	if err := proto.Unmarshal(data, back); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestFewTextsBecomeADictionary(t *testing.T) {
	b := column.NewBuilder(column.Text, false)
	for i := range 100 {
		b.Text([]string{"A", "B", "C"}[i%3])
	}
	c := b.Column()
	if s := c.GetStrings(); len(s.GetBlob()) != 3 || len(s.GetIndex()) != 100 {
		t.Errorf("the column has %d bytes of text and %d entries", len(s.GetBlob()), len(s.GetIndex()))
	}
}

func TestNumbersThatAreNotFiniteAreMissing(t *testing.T) {
	b := column.NewBuilder(column.Number, false)
	b.Float(math.NaN())
	b.Float(math.Inf(1))
	b.Float(1)
	var r column.Reader
	if err := r.Reset(b.Column(), column.Number, false, 3); err != nil || !r.Missing(0) || !r.Missing(1) || r.Missing(2) {
		t.Errorf("missing: %v %v %v (%v)", r.Missing(0), r.Missing(1), r.Missing(2), err)
	}
}

func TestBulkCopies(t *testing.T) {
	ints, floats := []int64{1, -2, math.MaxInt64}, []float64{0.5, -1e300, 0}
	backInts, backFloats := make([]int64, 3), make([]float64, 3)
	column.Unpack(backInts, column.FromInts(column.Amount, ints, nil).GetFixed())
	column.Unpack(backFloats, column.FromFloats(floats, nil).GetFixed())
	if !reflect.DeepEqual(ints, backInts) || !reflect.DeepEqual(floats, backFloats) {
		t.Errorf("%v and %v", backInts, backFloats)
	}
}

func TestBadColumnsAreRefused(t *testing.T) {
	fixed := func(n int) []byte { return make([]byte, n) }
	for name, c := range map[string]struct {
		column *pb.Column
		kind   pb.ValueType
		list   bool
		says   string
	}{
		"no column":           {nil, column.Integer, false, "type"},
		"another type":        {&pb.Column{Type: column.Number, Fixed: fixed(16)}, column.Integer, false, "not VALUE_TYPE_INTEGER"},
		"too short":           {&pb.Column{Type: column.Integer, Fixed: fixed(15)}, column.Integer, false, "15 bytes for 2 values"},
		"missing bits":        {&pb.Column{Type: column.Integer, Fixed: fixed(16), Missing: fixed(2)}, column.Integer, false, "missing has 2 bytes"},
		"missing is not zero": {&pb.Column{Type: column.Boolean, Fixed: []byte{1, 0}, Missing: []byte{1}}, column.Boolean, false, "not zero"},
		"lengths of a scalar": {&pb.Column{Type: column.Integer, Fixed: fixed(16), Lengths: []uint32{1, 1}}, column.Integer, false, "lengths of lists"},
		"lengths are missing": {&pb.Column{Type: column.Integer, Fixed: fixed(16)}, column.Integer, true, "0 lengths"},
		"lengths overflow":    {&pb.Column{Type: column.Integer, Lengths: []uint32{math.MaxUint32, math.MaxUint32}}, column.Integer, true, "too large"},
		"list without items":  {&pb.Column{Type: column.Integer, Fixed: fixed(8), Lengths: []uint32{1, 1}}, column.Integer, true, "8 bytes for 2 values"},
		"missing with items":  {&pb.Column{Type: column.Boolean, Fixed: fixed(2), Lengths: []uint32{1, 1}, Missing: []byte{1}}, column.Boolean, true, "missing list has items"},
		"a number":            {&pb.Column{Type: column.Number, Fixed: column.Pack(nil, []float64{1, math.NaN()})}, column.Number, false, "not finite"},
		"a boolean":           {&pb.Column{Type: column.Boolean, Fixed: []byte{1, 2}}, column.Boolean, false, "boolean is 2"},
		"a date":              {&pb.Column{Type: column.Date, Fixed: column.Pack(nil, []int64{1, math.MaxInt64})}, column.Date, false, "out of range"},
		"texts of a number":   {&pb.Column{Type: column.Integer, Fixed: fixed(16), Strings: &pb.Strings{}}, column.Integer, false, "has texts"},
		"numbers of a text":   {&pb.Column{Type: column.Text, Fixed: fixed(16)}, column.Text, false, "fixed-width"},
		"text lengths":        {text("abc", nil, 1, 1), column.Text, false, "lengths say 2"},
		"number of texts":     {text("abc", nil, 3), column.Text, false, "1 texts for 2 values"},
		"index beyond":        {text("abc", []uint32{0, 1}, 3), column.Text, false, "text 1 of 1"},
		"index too short":     {text("abc", []uint32{0}, 3), column.Text, false, "1 entries in the index"},
		"not UTF-8":           {text("a\xff", nil, 1, 1), column.Text, false, "not UTF-8"},
		"a letter is cut":     {text("ü", nil, 1, 1), column.Text, false, "not UTF-8"},
		"an unknown type":     {&pb.Column{Type: 99}, 99, false, "unknown"},
	} {
		var r column.Reader
		if err := r.Reset(c.column, c.kind, c.list, 2); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func text(blob string, index []uint32, lengths ...uint32) *pb.Column {
	return &pb.Column{Type: column.Text, Strings: &pb.Strings{Blob: []byte(blob), Lengths: lengths, Index: index}}
}

// FuzzReader reads any column that protobuf can hold: Reset refuses it, or nothing in it panics.
func FuzzReader(f *testing.F) {
	for _, kind := range types {
		for _, list := range []bool{false, true} {
			b := column.NewBuilder(kind, list)
			for i := range 3 {
				put(b, map[pb.ValueType]any{column.Text: "ü", column.Number: 0.5, column.Boolean: true}[kind])
				if kind != column.Text && kind != column.Number && kind != column.Boolean {
					b.Int(int64(i))
				}
				if list {
					b.EndList()
				}
			}
			data, err := proto.Marshal(b.Column())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data, uint8(kind), uint8(3), list)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, kind, n uint8, list bool) {
		c := &pb.Column{}
		if proto.Unmarshal(data, c) != nil {
			return
		}
		c.Type = pb.ValueType(kind)
		var r column.Reader
		if r.Reset(c, c.Type, list, int(n)) != nil {
			return
		}
		for i := range r.Items() {
			get(&r, i)
			r.MissingItem(i)
		}
		for i := range r.Len() {
			if r.Missing(i); list {
				r.Range(i)
			}
		}
	})
}
