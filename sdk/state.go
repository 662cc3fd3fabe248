package sdk

import (
	"encoding"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Summaries and models are encoded in one of three ways, chosen by type: by their own BinaryMarshaler; as
// parts, each with its length before it, when every field of the struct has a BinaryMarshaler; else as JSON,
// which is deterministic because encoding/json sorts the keys of maps.

var (
	marshalerType   = reflect.TypeFor[encoding.BinaryMarshaler]()
	unmarshalerType = reflect.TypeFor[encoding.BinaryUnmarshaler]()
)

// encodeState encodes *v; v is never nil.
func encodeState[T any](v *T) ([]byte, error) {
	r := reflect.ValueOf(v).Elem()
	if r.Kind() == reflect.Pointer { // the author's type is a pointer itself
		if r.IsNil() {
			return nil, errors.New("the state is nil")
		}
		r = r.Elem()
	}
	return encodeValue(r)
}

func encodeValue(r reflect.Value) ([]byte, error) {
	if r.Addr().Type().Implements(marshalerType) {
		return r.Addr().Interface().(encoding.BinaryMarshaler).MarshalBinary()
	}
	if !inParts(r.Type()) {
		return json.Marshal(r.Addr().Interface())
	}
	var out []byte
	for i := range r.NumField() {
		part, err := encodeValue(r.Field(i))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Type().Field(i).Name, err)
		}
		out = append(binary.AppendUvarint(out, uint64(len(part))), part...)
	}
	return out, nil
}

// decodeState makes a T of bytes that encodeState made.
func decodeState[T any](data []byte) (T, error) {
	var v T
	r := reflect.ValueOf(&v).Elem()
	if r.Kind() == reflect.Pointer {
		r.Set(reflect.New(r.Type().Elem()))
		r = r.Elem()
	}
	return v, decodeValue(r, data)
}

func decodeValue(r reflect.Value, data []byte) error {
	if r.Addr().Type().Implements(unmarshalerType) {
		return r.Addr().Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(data)
	}
	if !inParts(r.Type()) {
		return json.Unmarshal(data, r.Addr().Interface())
	}
	for i := range r.NumField() {
		size, n := binary.Uvarint(data)
		if n <= 0 || size > uint64(len(data)-n) {
			return errors.New("the state ends early")
		}
		if err := decodeValue(r.Field(i), data[n:n+int(size)]); err != nil {
			return fmt.Errorf("%s: %w", r.Type().Field(i).Name, err)
		}
		data = data[n+int(size):]
	}
	if len(data) != 0 {
		return errors.New("the state is too long")
	}
	return nil
}

// inParts reports whether t is a struct all of whose fields encode themselves, or are such structs.
func inParts(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.NumField() == 0 {
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		p := reflect.PointerTo(f.Type)
		if !f.IsExported() || !(p.Implements(marshalerType) && p.Implements(unmarshalerType) || inParts(f.Type)) {
			return false
		}
	}
	return true
}
