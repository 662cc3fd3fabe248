package mapping

import (
	"encoding/json"
	"fmt"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/valyala/fastjson"
)

// Template is a tree of constants and expressions: a request's query, headers or body. An expression that yields null
// or nothing (optional.none) leaves its key or element out; nulls inside what an expression yields are kept.
type Template struct {
	constant any
	program  *Program
	keys     []string
	children []*Template // of a map (with keys) or a list
	kind     templateKind
}

type templateKind uint8

const (
	constantTemplate templateKind = iota
	programTemplate
	mapTemplate
	listTemplate
)

// ConstantTemplate, ExpressionTemplate, MapTemplate and ListTemplate build templates.
func ConstantTemplate(v any) *Template         { return &Template{constant: v} }
func ExpressionTemplate(p *Program) *Template  { return &Template{program: p, kind: programTemplate} }
func ListTemplate(items []*Template) *Template { return &Template{children: items, kind: listTemplate} }
func MapTemplate(keys []string, values []*Template) *Template {
	return &Template{keys: keys, children: values, kind: mapTemplate}
}

// Programs are all expressions in the template.
func (t *Template) Programs() []*Program {
	if t == nil {
		return nil
	}
	if t.program != nil {
		return []*Program{t.program}
	}
	var all []*Program
	for _, c := range t.children {
		all = append(all, c.Programs()...)
	}
	return all
}

// Eval fills in the template. The result is ready for encoding/json; ok is false when there is nothing to send.
func (t *Template) Eval(vars map[string]any) (value any, ok bool, err error) {
	if t == nil {
		return nil, false, nil
	}
	switch t.kind {
	case programTemplate:
		out, err := t.program.Eval(vars)
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", t.program.Source, err)
		}
		return Native(out)
	case mapTemplate:
		m := make(map[string]any, len(t.keys))
		for i, child := range t.children {
			v, ok, err := child.Eval(vars)
			if err != nil {
				return nil, false, err
			}
			if ok {
				m[t.keys[i]] = v
			}
		}
		return m, true, nil
	case listTemplate:
		l := make([]any, 0, len(t.children))
		for _, child := range t.children {
			v, ok, err := child.Eval(vars)
			if err != nil {
				return nil, false, err
			}
			if ok {
				l = append(l, v)
			}
		}
		return l, true, nil
	}
	return t.constant, t.constant != nil, nil
}

// Text fills in a template that yields a scalar, as text; "" when it yields nothing.
func (t *Template) Text(vars map[string]any) (string, error) {
	v, ok, err := t.Eval(vars)
	if err != nil || !ok {
		return "", err
	}
	return Scalar(v), nil
}

// Scalar is a native scalar as text; "" for maps and lists.
func Scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool, int64, uint64, int:
		return fmt.Sprint(v)
	case float64:
		b, _ := json.Marshal(v)
		return string(b)
	case json.RawMessage:
		return string(v)
	}
	return ""
}

// Native turns a CEL value into what encoding/json can write; ok is false for null and nothing.
func Native(v ref.Val) (value any, ok bool, err error) {
	switch v := v.(type) {
	case nil, types.Null:
		return nil, false, nil
	case types.String:
		return string(v), true, nil
	case types.Bool:
		return bool(v), true, nil
	case types.Int:
		return int64(v), true, nil
	case types.Uint:
		return uint64(v), true, nil
	case types.Double:
		return float64(v), true, nil
	case types.Bytes:
		return string(v), true, nil
	case types.Timestamp:
		return v.UTC().Format(time.RFC3339Nano), true, nil
	case *types.Optional:
		if !v.HasValue() {
			return nil, false, nil
		}
		return Native(v.GetValue())
	case *object:
		if len(v.docs) == 1 {
			return json.RawMessage(v.docs[0].MarshalTo(nil)), true, nil
		}
	case *list:
		return nativeList(v.items)
	}
	switch v := v.(type) {
	case traits.Mapper:
		m := map[string]any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			name, isText := key.(types.String)
			if !isText {
				return nil, false, fmt.Errorf("a key is not a text")
			}
			item, _, err := Native(v.Get(key))
			if err != nil {
				return nil, false, err
			}
			m[string(name)] = item
		}
		return m, true, nil
	case traits.Lister:
		l := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			item, _, err := Native(it.Next())
			if err != nil {
				return nil, false, err
			}
			l = append(l, item)
		}
		return l, true, nil
	}
	return nil, false, fmt.Errorf("an expression yields a %s, which cannot be sent", v.Type().TypeName())
}

// nativeList keeps objects and arrays as they are written, and turns scalars into Go values.
func nativeList(items []*fastjson.Value) (any, bool, error) {
	l := make([]any, len(items))
	for i, item := range items {
		switch item.Type() {
		case fastjson.TypeObject, fastjson.TypeArray:
			l[i] = json.RawMessage(item.MarshalTo(nil))
		default:
			value, _, err := Native(celValue(item))
			if err != nil {
				return nil, false, err
			}
			l[i] = value
		}
	}
	return l, true, nil
}
