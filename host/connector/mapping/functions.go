package mapping

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/url"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// functions are what expressions have beside standard CEL and its string, list and encoder extensions:
//
//	millis(timestamp) int               milliseconds since 1970
//	from_millis(int) timestamp
//	format_time(timestamp, string)      in UTC, by a Go layout: "2006-01-02 15:04:05"
//	format_time(timestamp, string, string) in a time zone by its IANA name
//	urlencode(string) string            for use in a path
//	hmac_sha256(string, string) bytes   of a text, with a key: for base64.encode
//	uuid() string                       a fresh random UUID
//	merge(map, map) map                 both together; the second wins
func functions() cel.EnvOption {
	return cel.Lib(library{})
}

type library struct{}

func (library) ProgramOptions() []cel.ProgramOption { return nil }

func (library) CompileOptions() []cel.EnvOption {
	return []cel.EnvOption{
		cel.Function("millis", cel.Overload("millis_timestamp", []*cel.Type{cel.TimestampType}, cel.IntType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.Int(v.(types.Timestamp).UnixMilli()) }))),
		cel.Function("from_millis", cel.Overload("from_millis_int", []*cel.Type{cel.IntType}, cel.TimestampType,
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				return types.Timestamp{Time: time.UnixMilli(int64(v.(types.Int))).UTC()}
			}))),
		cel.Function("format_time", cel.Overload("format_time_timestamp_string", []*cel.Type{cel.TimestampType, cel.StringType}, cel.StringType,
			cel.BinaryBinding(func(at, layout ref.Val) ref.Val {
				return types.String(at.(types.Timestamp).UTC().Format(string(layout.(types.String))))
			})), cel.Overload("format_time_timestamp_string_string", []*cel.Type{cel.TimestampType, cel.StringType, cel.StringType}, cel.StringType,
			cel.FunctionBinding(func(args ...ref.Val) ref.Val {
				zone, err := time.LoadLocation(string(args[2].(types.String)))
				if err != nil {
					return types.NewErr("no such key: a time zone of that name")
				}
				return types.String(args[0].(types.Timestamp).In(zone).Format(string(args[1].(types.String))))
			}))),
		cel.Function("urlencode", cel.Overload("urlencode_string", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(url.PathEscape(string(v.(types.String)))) }))),
		cel.Function("hmac_sha256", cel.Overload("hmac_sha256_string_string", []*cel.Type{cel.StringType, cel.StringType}, cel.BytesType,
			cel.BinaryBinding(func(key, text ref.Val) ref.Val {
				mac := hmac.New(sha256.New, []byte(key.(types.String)))
				mac.Write([]byte(text.(types.String)))
				return types.Bytes(mac.Sum(nil))
			}))),
		cel.Function("merge", cel.Overload("merge_map_map", []*cel.Type{anyMap, anyMap}, anyMap, cel.BinaryBinding(mergeMaps))),
		cel.Function("uuid", cel.Overload("uuid_new", nil, cel.StringType,
			cel.FunctionBinding(func(...ref.Val) ref.Val { return types.String(newUUID()) }))),
	}
}

var anyMap = cel.MapType(cel.StringType, cel.DynType)

func mergeMaps(a, b ref.Val) ref.Val {
	out := map[ref.Val]ref.Val{}
	for _, v := range []ref.Val{a, b} {
		m, ok := v.(traits.Mapper)
		if !ok {
			return types.MaybeNoSuchOverloadErr(v)
		}
		for it := m.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			out[key] = m.Get(key)
		}
	}
	return types.NewRefValMap(types.DefaultTypeAdapter, out)
}

// newUUID is a random (version 4) UUID.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
