package conformance

import (
	"maps"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// capability is what a connector may be able to do with a kind of record, by its word in Dialect.Absent.
var capabilities = map[string]func(connector.Capabilities) bool{
	"list":           func(c connector.Capabilities) bool { return c.List },
	"incremental":    func(c connector.Capabilities) bool { return c.Incremental },
	"deletions":      func(c connector.Capabilities) bool { return c.Deletions },
	"merges":         func(c connector.Capabilities) bool { return c.Merges },
	"write":          func(c connector.Capabilities) bool { return c.Write },
	"create_field":   func(c connector.Capabilities) bool { return c.CreateField },
	"extend_options": func(c connector.Capabilities) bool { return c.ExtendOptions },
}

// words of Dialect.Absent that are no capability of a connector: what the CRM or its API does not do.
//   - lag: what was written shows at once
//   - merging: records cannot be merged
//   - throttling: the vendor documents no limit of requests in a stretch of time
//   - daily: nor one of a day
//   - expiry: no way to authenticate has a token that ends
//   - life: an exchange does not tell how long its token lives
//   - option_rules: a class field takes values that are none of its options
var words = []string{"lag", "merging", "throttling", "daily", "expiry", "life", "option_rules"}

// capabilitiesAreDeclared: what the manifest offers is what the adapter says of the CRM, in both directions.
func capabilitiesAreDeclared(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	have := w.connect(t).Capabilities()
	for _, kind := range w.kinds() {
		for name, has := range capabilities {
			if kind == crm.Activity && !slices.Contains([]string{"list", "incremental", "deletions"}, name) {
				continue // tags are not written to activities
			}
			reason := d.Absent[string(kind)+"/"+name]
			if reason == "" {
				reason = d.Absent[name]
			}
			switch got := has(have[kind]); {
			case got && reason != "":
				t.Errorf("the manifest offers %s for %s, the adapter says: %s", name, kind, reason)
			case !got && reason == "":
				t.Errorf("the manifest does not offer %s for %s, and the adapter does not say why (Absent)", name, kind)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(d.Absent)) {
		name := key[strings.LastIndexByte(key, '/')+1:]
		if capabilities[name] == nil && !slices.Contains(words, name) {
			t.Errorf("Absent has an unknown word %q", key)
		}
		if len(d.Absent[key]) < 10 {
			t.Errorf("Absent gives no reason for %s", key)
		}
	}
	for word, missing := range map[string]bool{"throttling": len(d.Throttled) == 0, "daily": d.Exhausted == nil, "merging": w.Merge == nil} {
		if missing != (d.Absent[word] != "") {
			t.Errorf("the adapter must either show %s or say in Absent why there is none", word)
		}
	}
}

// absent: what a check finds missing must have been said.
func (w *world) absent(t T, kind crm.Kind, name string) {
	t.Helper()
	if w.d.Absent[string(kind)+"/"+name] == "" && w.d.Absent[name] == "" {
		t.Errorf("%s of %s is missing, and the adapter does not say why (Absent)", name, kind)
	}
}
