package classify

import (
	"bytes"

	"github.com/taxonhq/taxon/sdk/protocol"
)

func (t *Totals) make() {
	if t.Classes == nil {
		t.Classes = map[string]int{}
	}
	if t.Unclassified == nil {
		t.Unclassified = map[string]int{}
	}
}

// add counts one customer, or with -1 takes one away.
func (t *Totals) add(class string, reasons []byte, by int) {
	bump := func(m map[string]int, key string) {
		if m[key] += by; m[key] == 0 {
			delete(m, key)
		}
	}
	bump(t.Classes, class)
	if isHeld(firstCode(reasons)) {
		t.Held += by
		return
	}
	code := ""
	if class == protocol.Unclassified || class == "" {
		code = firstCode(reasons)
	}
	if code == reasonProblem {
		t.Problems += by
	} else if class == protocol.Unclassified || code != "" {
		bump(t.Unclassified, code)
	}
}

// sum is the number of customers counted.
func (t *Totals) sum() int {
	n := 0
	for _, c := range t.Classes {
		n += c
	}
	return n
}

// firstCode is the code of the first reason.
func firstCode(reasons []byte) string {
	rest, ok := bytes.CutPrefix(reasons, []byte(`[{"code":"`))
	if !ok {
		return ""
	}
	code, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(code)
}
