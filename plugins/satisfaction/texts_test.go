package satisfaction

import (
	"encoding/csv"
	"os"
	"testing"

	"github.com/taxonhq/taxon/sdk"
)

func TestLabelsAndHandlingAreThoseOfTheCatalogueOfTags(t *testing.T) {
	file, err := os.Open("../../examples/data/tags.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, row := range rows {
		if row[0] != "satisfaction" {
			continue
		}
		seen++
		got := options[row[1]]
		if want := (sdk.Text{En: row[2], ZhHans: row[3], ZhHant: row[4]}); got.Label != want {
			t.Errorf("%s is labelled %v, want %v", row[1], got.Label, want)
		}
		if want := (sdk.Text{En: row[6], ZhHans: row[7], ZhHant: row[8]}); got.Handling != want {
			t.Errorf("the handling of %s is %v, want %v", row[1], got.Handling, want)
		}
	}
	if seen != len(options) {
		t.Errorf("the catalogue has %d classes, the plugin %d", seen, len(options))
	}
}
