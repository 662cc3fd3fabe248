package sdktest

import (
	"slices"
	"testing"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// Ordinary customers have records: what is known of one has as many items in each column, and texts say what a field's values mean.
func TestInventedCustomersHaveWhatAPluginUnderstands(t *testing.T) {
	reads := []*pb.Read{{Path: "activities.kind within 24m", Type: column.Text, List: true, Required: true},
		{Path: "activities.occurred_at within 24m", Type: column.Time, List: true, Required: true},
		{Path: "deals.amount where won", Type: column.Amount, List: true, Required: true}, {Path: "note", Type: column.Text, Required: true}}
	kinds := []string{"ticket", "call"}
	catalogue := []*pb.CatalogueField{{Path: "activities.kind", Type: column.Text, List: true, Options: kinds}, {Path: "note", Type: column.Text}}
	items, known, notes, apart := 0, 0, map[any]bool{}, 0
	for _, row := range invent(reads, catalogue, 1000, 1, 1_767_225_600, false).rows {
		list, times, deals := row[0].([]any), row[1].([]any), row[2].([]any)
		if len(list) != len(times) {
			t.Fatalf("%d kinds and %d times of the same records", len(list), len(times))
		}
		if len(list) != len(deals) {
			apart++
		}
		for _, kind := range list {
			if text, ok := kind.(string); ok {
				if items++; slices.Contains(kinds, text) {
					known++
				}
			}
		}
		notes[row[3]] = true
	}
	if known < items/2 || known == items {
		t.Errorf("%d of %d texts are values of the field", known, items)
	}
	if apart == 0 || len(notes) < 200 {
		t.Errorf("all have as many deals as activities, or there are only %d texts", len(notes))
	}
}
