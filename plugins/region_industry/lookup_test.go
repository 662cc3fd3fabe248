package regionindustry

import (
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/sdk/sdktest"
)

// What published tables say, looked up by a program that shares nothing with this one.
func TestPlacesAndIndustriesAreThoseOfThePublishedTables(t *testing.T) {
	f, err := os.Open("testdata/expected.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var customers []sdktest.Customer
	for _, line := range lines[1:] {
		customers = append(customers, sdktest.Customer{line[0]: line[1]})
	}
	if len(customers) < 2000 {
		t.Fatalf("there are %d lines", len(customers))
	}
	for i, got := range configured(t, nil).Classify(customers) {
		field, text, want := lines[1+i][0], lines[1+i][1], lines[1+i][2:]
		if field == "industry" {
			if !slices.Contains(strings.Fields(want[3]), got.Tags["industry"]) {
				t.Errorf("the industry %q is %s, not %s: %v", text, got.Tags["industry"], want[3], got.Reasons)
			}
			continue
		}
		if got.Tags["country"] != want[0] || got.Tags["subdivision"] != want[1] || got.Class() != want[2] {
			t.Errorf("%s %q is %s %s %s, not %v", field, text, got.Tags["country"], got.Tags["subdivision"], got.Class(), want)
		}
	}
}
