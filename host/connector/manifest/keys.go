package manifest

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/taxonhq/taxon/host/connector/mapping"
)

// key is one key of a struct: from the tags key:"name,required", enum:"a,b", scope:"listing" and doc:"…".
type key struct {
	key, doc, scope string
	required        bool
	enum            []string
	index           []int
	kind            reflect.Type
}

// keysOf answers the keys of a struct type by name; an embedded struct's are its own.
func keysOf(t reflect.Type) map[string]key {
	keys := map[string]key{}
	for _, f := range reflect.VisibleFields(t) {
		tag, ok := f.Tag.Lookup("key")
		if !ok {
			continue
		}
		name, flag, _ := strings.Cut(tag, ",")
		k := key{key: name, doc: f.Tag.Get("doc"), scope: f.Tag.Get("scope"), required: flag == "required", index: f.Index, kind: f.Type}
		if enum := f.Tag.Get("enum"); enum != "" {
			k.enum = strings.Split(enum, ",")
		}
		keys[name] = k
	}
	return keys
}

// ordered lists keys as they stand in the struct.
func ordered(keys map[string]key) []key {
	list := make([]key, 0, len(keys))
	for _, k := range keys {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b key) int { return slices.Compare(a.index, b.index) })
	return list
}

// didYouMean names the nearest key when it is near enough.
func didYouMean(word string, keys map[string]key) string {
	best, distance := "", 3
	for _, k := range ordered(keys) {
		if n := edits(word, k.key); n < distance {
			best, distance = k.key, n
		}
	}
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// scopes are the variables that expressions see, by place. All see config and vars.
var scopes = map[string]func() *mapping.Scope{
	"lookup":      scope("now", "first", "page"),
	"table":       scope("now", "first", "page", "body", "status", "headers"),
	"base":        scope("now"),
	"auth":        scope("now", "secret", "token"),
	"auth_answer": scope("now", "secret", "token", "body"),
	"exchange":    scope("now", "secret", "token", "assertion"),
	"carried":     scope("now", "secret", "token", "request"),
	"wrapped":     scope("now", "secret", "token", "request", "body"),
	"limit":       scope("headers", "status", "now"),
	"answer":      scope("object", "account", "page", "body", "status", "headers", "count"),
	"listing":     scope("object", "account", "now", "page", "size", "properties", "since", "until", "first"),
	"job":         scope("object", "account", "now", "page", "size", "properties", "since", "until", "job"),
	"association": scope("object", "account", "now", "inputs"),
	"link":        scope("object", "account", "link"),
	"read":        scope("object", "account", "now", "ids", "properties"),
	"write":       scope("object", "account", "now", "records", "first"),
	"write_job":   scope("object", "account", "now", "records", "job"),
	"write_row":   scope("object", "account", "record"),
	"define":      scope("object", "account", "now", "field", "prefix", "existing", "added", "first"),
	"row":         scope("object", "account", "row", "parent"),
	"value":       scope("value"),
	"record":      scope("object", "account", "lookup", "record"),
}

func scope(vars ...string) func() *mapping.Scope {
	return sync.OnceValue(func() *mapping.Scope {
		return mapping.NewScope(append([]string{"config", "vars"}, vars...)...)
	})
}
