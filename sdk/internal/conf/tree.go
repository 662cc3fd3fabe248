package conf

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// NonZero is a struct as decoded JSON without the fields that are zero: what a preset says.
func NonZero(v reflect.Value) (map[string]any, error) {
	tree, err := Tree(v)
	if err != nil {
		return nil, err
	}
	prune(tree, v)
	return tree, nil
}

func prune(tree map[string]any, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	list, _ := properties(v.Type())
	for _, p := range list {
		f := v.Field(p.index)
		if f.IsZero() {
			delete(tree, p.name)
		} else if inner, ok := tree[p.name].(map[string]any); ok && f.Kind() == reflect.Struct && !describes(f.Type()) {
			prune(inner, f)
		} else if items, ok := tree[p.name].([]any); ok && f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct && !describes(f.Type().Elem()) {
			for i := range items {
				if inner, ok := items[i].(map[string]any); ok {
					prune(inner, f.Index(i))
				}
			}
		}
	}
}

// Tree is a struct as decoded JSON.
func Tree(v reflect.Value) (map[string]any, error) {
	tree := map[string]any{}
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return tree, nil
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, err
	}
	return tree, json.Unmarshal(text, &tree)
}

// Overlay puts an object on top of another: objects are merged, everything else is replaced.
func Overlay(below, above map[string]any) map[string]any {
	out := make(map[string]any, len(below)+len(above))
	for k, v := range below {
		out[k] = v
	}
	for k, v := range above {
		under, ok := out[k].(map[string]any)
		over, both := v.(map[string]any)
		if ok && both {
			out[k] = Overlay(under, over)
		} else if v != nil {
			out[k] = v
		}
	}
	return out
}

// Expand fills the placeholders {/pointer} of a path with what the tree holds there.
func Expand(path string, tree map[string]any) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(path, "{")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		pointer, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", fmt.Errorf("a placeholder of %q is not closed", path)
		}
		x, ok := lookup(pointer, tree)
		if !ok {
			return "", fmt.Errorf("the configuration has nothing at %s", pointer)
		}
		switch x := x.(type) {
		case string:
			out.WriteString(x)
		case float64:
			out.WriteString(strconv.FormatFloat(x, 'f', -1, 64))
		case bool:
			out.WriteString(strconv.FormatBool(x))
		default:
			return "", fmt.Errorf("the configuration at %s is neither a text nor a number", pointer)
		}
		path = after
	}
}

// Placeholders are the pointers in a path.
func Placeholders(path string) []string {
	var list []string
	for {
		_, rest, found := strings.Cut(path, "{")
		if !found {
			return list
		}
		pointer, after, _ := strings.Cut(rest, "}")
		list, path = append(list, pointer), after
	}
}

func lookup(pointer string, tree map[string]any) (any, bool) {
	var x any = tree
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch at := x.(type) {
		case map[string]any:
			x = at[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) {
				return nil, false
			}
			x = at[i]
		}
	}
	return x, x != nil
}
