package connector

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// values are variables of a page that are part of a State. Whole numbers stay whole, whatever their size: they may be ids.
type values map[string]any

// UnmarshalJSON reads an object.
func (v *values) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var tree map[string]any
	if err := d.Decode(&tree); err != nil {
		return err
	}
	for key, item := range tree {
		tree[key] = exact(item)
	}
	*v = tree
	return nil
}

// exact turns the numbers in a tree into whole or floating ones.
func exact(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return n
		}
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return f
	case map[string]any:
		for key, item := range v {
			v[key] = exact(item)
		}
	case []any:
		for i, item := range v {
			v[i] = exact(item)
		}
	}
	return v
}
