package sdk

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unsafe"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// binding is a customer struct compiled once: which read each field is and how a column gets into it.
type binding struct {
	size   uintptr
	fields []boundField
	keys   []uintptr  // offsets of fields of type Key
	reads  []*pb.Read // as declared, each path once
}

type boundField struct {
	read   int // index into reads
	offset uintptr
	set    setter
}

// setter writes a column into one field of n structs that lie stride bytes apart, the first field at.
type setter func(c *column.Reader, at unsafe.Pointer, stride uintptr, n int)

// bind compiles a customer struct.
func bind(t reflect.Type) (*binding, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("sdk: the customer type %s is neither a struct nor sdk.Row", t)
	}
	b := &binding{size: t.Size()}
	if err := b.add(t, 0); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *binding) add(t reflect.Type, offset uintptr) error {
	for i := range t.NumField() {
		f := t.Field(i)
		path, tagged := f.Tag.Lookup("crm")
		switch {
		case !tagged && f.Anonymous && f.Type.Kind() == reflect.Struct:
			if err := b.add(f.Type, offset+f.Offset); err != nil {
				return err
			}
			continue
		case path == "-" || !tagged && !f.IsExported():
			continue
		case !tagged && f.Type == keyType:
			b.keys = append(b.keys, offset+f.Offset)
			continue
		case !tagged || path == "":
			return fmt.Errorf(`sdk: the field %s.%s has no crm tag that says what it reads (use crm:"-" for none)`, t, f.Name)
		}
		read := &pb.Read{Path: path, Purpose: f.Tag.Get("purpose"), Required: f.Tag.Get("required") == "true"}
		if read.Purpose == "" {
			return fmt.Errorf("sdk: the field %s.%s has no purpose tag for the administrator who approves it", t, f.Name)
		}
		var set setter
		var err error
		if read.Type, read.List, set, err = setterOf(f.Type); err != nil {
			return fmt.Errorf("sdk: the field %s.%s: %w", t, f.Name, err)
		}
		at, err := b.place(read)
		if err != nil {
			return fmt.Errorf("sdk: the field %s.%s: %w", t, f.Name, err)
		}
		b.fields = append(b.fields, boundField{read: at, offset: offset + f.Offset, set: set})
	}
	return nil
}

// place finds the read of that path, or appends it.
func (b *binding) place(read *pb.Read) (int, error) {
	for i, r := range b.reads {
		if r.Path != read.Path {
			continue
		}
		if r.Type != read.Type || r.List != read.List {
			return 0, fmt.Errorf("%q is read as two types", read.Path)
		}
		r.Required = r.Required || read.Required
		return i, nil
	}
	b.reads = append(b.reads, read)
	return len(b.reads) - 1, nil
}

// fill writes columns into rows. at[i] is the column of read i.
//
// The rows are written through pointers of each field's own type (or one of the same memory layout), so the
// garbage collector sees every write.
func (b *binding) fill(raw *rawBatch, at []int, rows unsafe.Pointer, n int) {
	for _, f := range b.fields {
		f.set(&raw.columns[at[f.read]], unsafe.Add(rows, f.offset), b.size, n)
	}
	for _, offset := range b.keys {
		for i := range n {
			*(*Key)(unsafe.Add(rows, offset+uintptr(i)*b.size)) = Key(raw.keys[len(Key{})*i:])
		}
	}
}

var (
	keyType      = reflect.TypeFor[Key]()
	timeType     = reflect.TypeFor[time.Time]()
	dayType      = reflect.TypeFor[Day]()
	amountType   = reflect.TypeFor[Amount]()
	optionalType = reflect.TypeFor[interface{ optional() }]()
)

// optional marks Optional for the compiler of customer structs.
func (Optional[T]) optional() {}

// setterOf chooses how values of a Go type are read.
func setterOf(t reflect.Type) (kind Type, list bool, set setter, err error) {
	item, form := t, single
	switch {
	case t.Implements(optionalType):
		item, form = t.Field(0).Type, optional
	case t.Kind() == reflect.Pointer:
		item, form = t.Elem(), pointer
	case t.Kind() == reflect.Slice:
		item, form, list = t.Elem(), slice, true
		if item.Implements(optionalType) {
			item, form = item.Field(0).Type, optionalSlice
		}
	}
	switch {
	case item == timeType:
		return Time, list, setters(form, func(c *column.Reader, i int) time.Time { return time.UnixMicro(c.Int(i)).UTC() }), nil
	case item == dayType:
		return Date, list, setters(form, func(c *column.Reader, i int) Day { return Day(c.Int(i)) }), nil
	case item == amountType:
		return Money, list, words64(form), nil
	case item.Kind() == reflect.String:
		return String, list, setters(form, (*column.Reader).Text), nil
	case item.Kind() == reflect.Bool:
		return Boolean, list, setters(form, (*column.Reader).Bool), nil
	case item.Kind() == reflect.Float64:
		return Number, list, setters(form, (*column.Reader).Float), nil
	case (item.Kind() == reflect.Int64 || item.Kind() == reflect.Int) && item.Size() == 8:
		return Integer, list, words64(form), nil
	}
	return 0, false, nil, fmt.Errorf("the type %s cannot be read; use string, int64, float64, bool, time.Time, sdk.Amount or sdk.Day, "+
		"a pointer or sdk.Optional of one, or a slice", strings.TrimPrefix(t.String(), "*"))
}

// The forms of a field.
const (
	single = iota
	optional
	pointer
	slice
	optionalSlice
)

func words64(form int) setter { return setters(form, (*column.Reader).Int) }

// setters makes the setter of one form for items of type T, or of any type with T's memory layout.
func setters[T any](form int, get func(*column.Reader, int) T) setter {
	switch form {
	case optional:
		return func(c *column.Reader, at unsafe.Pointer, stride uintptr, n int) {
			for i := range n {
				*(*Optional[T])(unsafe.Add(at, uintptr(i)*stride)) = Optional[T]{Value: get(c, i), OK: !c.Missing(i)}
			}
		}
	case pointer:
		return func(c *column.Reader, at unsafe.Pointer, stride uintptr, n int) {
			values := make([]T, n)
			for i := range n {
				p := (**T)(unsafe.Add(at, uintptr(i)*stride))
				if *p = nil; !c.Missing(i) {
					values[i] = get(c, i)
					*p = &values[i]
				}
			}
		}
	case slice:
		return func(c *column.Reader, at unsafe.Pointer, stride uintptr, n int) {
			items := make([]T, c.Items())
			for j := range items {
				items[j] = get(c, j)
			}
			setLists(c, items, at, stride, n)
		}
	case optionalSlice:
		return func(c *column.Reader, at unsafe.Pointer, stride uintptr, n int) {
			items := make([]Optional[T], c.Items())
			for j := range items {
				items[j] = Optional[T]{Value: get(c, j), OK: !c.MissingItem(j)}
			}
			setLists(c, items, at, stride, n)
		}
	}
	return func(c *column.Reader, at unsafe.Pointer, stride uintptr, n int) {
		for i := range n {
			*(*T)(unsafe.Add(at, uintptr(i)*stride)) = get(c, i)
		}
	}
}

// setLists gives each customer its part of the items; a missing list is nil.
func setLists[T any](c *column.Reader, items []T, at unsafe.Pointer, stride uintptr, n int) {
	for i := range n {
		p := (*[]T)(unsafe.Add(at, uintptr(i)*stride))
		if *p = nil; !c.Missing(i) {
			from, to := c.Range(i)
			*p = items[from:to:to]
		}
	}
}
