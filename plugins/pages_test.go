package plugins_test

import (
	"os"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/plugins"
	"github.com/taxonhq/taxon/sdk"
)

// Every plugin has a page that begins with its name, and a place in the overview.
func TestEveryPluginHasAPage(t *testing.T) {
	overview, err := os.ReadFile("../docs/classifiers/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plugins.All() {
		id := sdk.Manifest(p).GetId()
		page, err := os.ReadFile("../docs/classifiers/" + id + ".md")
		if err != nil || !strings.HasPrefix(string(page), "# "+id+"\n") {
			t.Errorf("%s has no page: %v", id, err)
		}
		if !strings.Contains(string(overview), "[`"+id+"`]("+id+".md)") {
			t.Errorf("%s is not in the overview", id)
		}
	}
}
