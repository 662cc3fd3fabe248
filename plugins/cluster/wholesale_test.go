package cluster_test

import (
	"encoding/csv"
	"testing"

	"github.com/taxonhq/taxon/examples/data"
)

// For each number of clusters every customer is with those that the second computation puts it with.
func TestEveryWholesaleCustomerIsWithThoseOfTheSecondComputation(t *testing.T) {
	fsys, err := data.SourceFS()
	if err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Open("wholesale_customers/expected_clusters.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	expected, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	customers, _, _ := wholesale(t)
	if len(customers) != 440 || len(expected) != 441 || len(expected[0]) != 7 {
		t.Fatalf("%d customers, %d lines of %d", len(customers), len(expected), len(expected[0]))
	}
	for k := 2; k <= 8; k++ {
		got := classes(start(t, spending(map[string]any{"k": k, "starts": 1000})).Classify(customers))
		ours, theirs := map[string]string{}, map[string]string{} // names of one side by the other's
		for i, class := range got {
			want := expected[1+i][k-2]
			if ours[want] == "" && theirs[class] == "" {
				ours[want], theirs[class] = class, want
			}
			if ours[want] != class || theirs[class] != want {
				t.Errorf("k %d: customer %d is in %s, not in %s", k, i, class, ours[want])
			}
		}
		if len(ours) != k {
			t.Errorf("there are %d clusters of %d", len(ours), k)
		}
	}
}
