package mapping

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/valyala/fastjson"
)

// These adapters let CEL look into parsed JSON without converting it: only what an expression touches is turned
// into CEL values. They are valid as long as the parser that made the JSON is not used again.

// CEL makes a value of one row for CEL: its documents appear as one.
func (row Row) CEL() ref.Val {
	if len(row) == 1 {
		return celValue(row[0])
	}
	return &object{docs: row}
}

// JSON makes a parsed JSON value usable as a CEL variable.
func JSON(v *fastjson.Value) ref.Val { return celValue(v) }

func celValue(v *fastjson.Value) ref.Val {
	if v == nil {
		return types.NullValue
	}
	switch v.Type() {
	case fastjson.TypeString:
		return types.String(v.GetStringBytes())
	case fastjson.TypeNumber:
		if n, err := v.Int64(); err == nil {
			return types.Int(n)
		}
		return types.Double(v.GetFloat64())
	case fastjson.TypeTrue:
		return types.True
	case fastjson.TypeFalse:
		return types.False
	case fastjson.TypeArray:
		return &list{items: v.GetArray()}
	case fastjson.TypeObject:
		return &object{docs: []*fastjson.Value{v}}
	}
	return types.NullValue
}

// object is a JSON object as a CEL map. A null is as good as absent: `has(record.x)` and `record.?x` treat both alike.
// Several documents are merged, the first that has a value wins.
type object struct{ docs []*fastjson.Value }

func (o *object) get(key string) (ref.Val, bool) {
	var found []*fastjson.Value
	for _, doc := range o.docs {
		v := doc.Get(key)
		if v == nil || v.Type() == fastjson.TypeNull {
			continue
		}
		if v.Type() != fastjson.TypeObject {
			if found == nil {
				return celValue(v), true
			}
			continue
		}
		found = append(found, v)
	}
	if found != nil {
		return &object{docs: found}, true
	}
	return nil, false
}

func (o *object) keys() []string {
	var keys []string
	seen := map[string]bool{}
	for _, doc := range o.docs {
		doc.GetObject().Visit(func(key []byte, v *fastjson.Value) {
			if k := string(key); !seen[k] && v.Type() != fastjson.TypeNull {
				seen[k] = true
				keys = append(keys, k)
			}
		})
	}
	return keys
}

func (o *object) Find(key ref.Val) (ref.Val, bool) {
	k, ok := key.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(key), false
	}
	return o.get(string(k))
}

func (o *object) Get(key ref.Val) ref.Val {
	v, ok := o.Find(key)
	if !ok {
		if v != nil && types.IsError(v) {
			return v
		}
		return types.NewErr("no such key: %v", key)
	}
	return v
}

func (o *object) Contains(key ref.Val) ref.Val {
	_, ok := o.Find(key)
	return types.Bool(ok)
}

func (o *object) Size() ref.Val { return types.Int(len(o.keys())) }

func (o *object) Iterator() traits.Iterator {
	return types.NewStringList(types.DefaultTypeAdapter, o.keys()).Iterator()
}

func (o *object) Equal(other ref.Val) ref.Val {
	m, ok := other.(traits.Mapper)
	if !ok {
		return types.False
	}
	keys := o.keys()
	if m.Size() != types.Int(len(keys)) {
		return types.False
	}
	for _, k := range keys {
		theirs, found := m.Find(types.String(k))
		ours, _ := o.get(k)
		if !found || types.Equal(ours, theirs) != types.True {
			return types.False
		}
	}
	return types.True
}

func (o *object) Type() ref.Type { return types.MapType }
func (o *object) Value() any     { return o }

func (o *object) ConvertToNative(desc reflect.Type) (any, error) {
	return nil, fmt.Errorf("a JSON object cannot become a %v", desc)
}

func (o *object) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.MapType:
		return o
	case types.TypeType:
		return types.MapType
	}
	return types.NewErr("a JSON object cannot become a %v", t)
}

// list is a JSON array as a CEL list.
type list struct{ items []*fastjson.Value }

func (l *list) Get(index ref.Val) ref.Val {
	i, ok := index.(types.Int)
	if !ok {
		return types.MaybeNoSuchOverloadErr(index)
	}
	if i < 0 || int(i) >= len(l.items) {
		return types.NewErr("index out of bounds: %d", i)
	}
	return celValue(l.items[i])
}

func (l *list) Contains(value ref.Val) ref.Val {
	for _, item := range l.items {
		if types.Equal(celValue(item), value) == types.True {
			return types.True
		}
	}
	return types.False
}

func (l *list) Size() ref.Val { return types.Int(len(l.items)) }

func (l *list) values() []ref.Val {
	values := make([]ref.Val, len(l.items))
	for i, item := range l.items {
		values[i] = celValue(item)
	}
	return values
}

func (l *list) Iterator() traits.Iterator {
	return types.NewRefValList(types.DefaultTypeAdapter, l.values()).Iterator()
}

func (l *list) Add(other ref.Val) ref.Val {
	more, ok := other.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	values := l.values()
	for it := more.Iterator(); it.HasNext() == types.True; {
		values = append(values, it.Next())
	}
	return types.NewRefValList(types.DefaultTypeAdapter, values)
}

func (l *list) Equal(other ref.Val) ref.Val {
	o, ok := other.(traits.Lister)
	if !ok || o.Size() != l.Size() {
		return types.False
	}
	for i, item := range l.items {
		if types.Equal(celValue(item), o.Get(types.Int(i))) != types.True {
			return types.False
		}
	}
	return types.True
}

func (l *list) Type() ref.Type { return types.ListType }
func (l *list) Value() any     { return l }

func (l *list) ConvertToNative(desc reflect.Type) (any, error) {
	return nil, fmt.Errorf("a JSON array cannot become a %v", desc)
}

func (l *list) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.ListType:
		return l
	case types.TypeType:
		return types.ListType
	}
	return types.NewErr("a JSON array cannot become a %v", t)
}
