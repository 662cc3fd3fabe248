package plugins

import (
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

var languages = []string{"en", "zh-Hans", "zh-Hant"}

// reviewing are the plugins whose classes say when to look again.
var reviewing = []string{"activity", "clv", "composite", "credit", "lifecycle", "loyalty", "need", "profit", "prospect", "value"}

func TestHandlingSaysWhenToLookAgain(t *testing.T) {
	again := map[string]string{"en": "review ", "zh-Hans": "复查", "zh-Hant": "複查"}
	for _, plugin := range All() {
		m := sdk.Manifest(plugin)
		if !slices.Contains(reviewing, m.GetId()) {
			continue
		}
		for _, o := range m.GetTags()[0].GetOptions() {
			for language, word := range again {
				if text := o.GetHandling().GetByLanguage()[language]; o.GetCode() != protocol.Unclassified && !strings.Contains(text, word) {
					t.Errorf("%s %s: %q does not say when to look again", m.GetId(), o.GetCode(), text)
				}
			}
		}
	}
}

// Every class says what to do with its customers, in the words of the catalogue of tags where that has some.
func TestEveryClassHasTheHandlingOfTheCatalogueOfTags(t *testing.T) {
	file, err := os.Open("../examples/data/tags.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, plugin := range All() {
		m := sdk.Manifest(plugin)
		if !slices.Contains([]string{"abc", "rfm", "satisfaction", "region_industry"}, m.GetId()) && !slices.Contains(reviewing, m.GetId()) {
			continue
		}
		compared := 0
		for _, tag := range m.GetTags() {
			if tag.GetKey() != "" && tag.GetKey() != "industry" {
				continue
			}
			for _, o := range tag.GetOptions() {
				if o.GetCode() == protocol.Unclassified {
					continue
				}
				for i, language := range languages {
					if o.GetHandling().GetByLanguage()[language] == "" {
						t.Errorf("%s %s has no handling in %s", m.GetId(), o.GetCode(), language)
					}
					if want := catalogued(rows, m.GetId(), tag, o.GetCode()); want != nil && want[6+i] != "" {
						compared++
						if got := o.GetHandling().GetByLanguage()[language]; got != want[6+i] {
							t.Errorf("handling of %s %s is %q, the catalogue says %q", m.GetId(), o.GetCode(), got, want[6+i])
						}
					}
				}
			}
		}
		if compared == 0 {
			t.Errorf("nothing of %s is in the catalogue", m.GetId())
		}
	}
}

// catalogued is the row of a class. All regions have one row, all industries another.
func catalogued(rows [][]string, plugin string, tag *pb.TagDefinition, code string) []string {
	for _, row := range rows {
		classifier, _, _ := strings.Cut(row[0], ":")
		switch {
		case plugin == "region_industry":
			if tag.GetKey() == "industry" && row[0] == "industry" || tag.GetKey() == "" && row[0] == "region" {
				return row
			}
		case classifier == plugin && row[1] == code:
			return row
		}
	}
	return nil
}
