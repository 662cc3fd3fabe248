package connector

import (
	"encoding/json"
	"maps"
	"testing"
)

func TestCountsByClassAreTheCountsInJSON(t *testing.T) {
	counts := Counts{Pull: 1, Association: 2, Discovery: 3, Archived: 4, LatePass: 5, Reconcile: 6, Token: 7, Provision: 8, Write: 9, Read: 10, Retries: 11}
	data, err := json.Marshal(counts)
	if err != nil {
		t.Fatal(err)
	}
	var named map[string]int64
	if err := json.Unmarshal(data, &named); err != nil {
		t.Fatal(err)
	}
	if got := counts.ByClass(); !maps.Equal(got, named) {
		t.Errorf("by class %v, in JSON %v", got, named)
	}
}
