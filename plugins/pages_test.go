package plugins_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/plugins"
	"github.com/taxonhq/taxon/sdk"
)

// parts are what every page of a classifier says, each under words that all pages share.
var parts = map[string]*regexp.Regexp{
	"question":           regexp.MustCompile(`\A# \w+\n\n\*\*[^*]+\?\*\* `),
	"what it reads":      regexp.MustCompile(`\*\*It reads\*\*\s`),
	"boundaries":         regexp.MustCompile(`(?m)^\*\*Boundaries\.\*\* `),
	"settings":           regexp.MustCompile(`(?m)^## Settings\n\n(?:.+\n)*\|`),
	"an example":         regexp.MustCompile("(?m)^```yaml\n"),
	"how to read it":     regexp.MustCompile(`(?m)^## How to read it\n\n\S`),
	"when not to use it": regexp.MustCompile(`(?m)^## When not to use it\n\n\S`),
	"source":             regexp.MustCompile(`(?m)^Sources?: `),
	"what is not done":   regexp.MustCompile(`\*\*Not done:\*\*\s`),
	"picture":            regexp.MustCompile(`(?m)^!\[The classes and their (?:revenue|spending): [^\[\]()]+(?:\([^()]+\)[^\[\]()]*)*\]\((\w+\.png)\)\n\nPicture: .*\[How it is made\]\(\.\./evaluation\.md#plot\)\.\n\z`),
}

// Every plugin has a page with all of its parts, which names every setting, and a place in the overview.
func TestEveryPluginHasAPage(t *testing.T) {
	overview, err := os.ReadFile("../docs/classifiers/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plugins.All() {
		manifest := sdk.Manifest(p)
		id := manifest.GetId()
		page, err := os.ReadFile("../docs/classifiers/" + id + ".md")
		if err != nil || !strings.HasPrefix(string(page), "# "+id+"\n") {
			t.Errorf("%s has no page: %v", id, err)
			continue
		}
		for name, part := range parts {
			found := part.FindSubmatch(page)
			if found == nil {
				t.Errorf("%s.md lacks: %s", id, name)
				continue
			}
			if name == "picture" {
				if picture := string(found[1]); picture != id+".png" {
					t.Errorf("%s.md shows %s", id, picture)
				}
				if _, err := os.Stat("../docs/classifiers/" + id + ".png"); err != nil {
					t.Error(err)
				}
			}
		}
		settings, _ := manifest.GetConfigSchema().AsMap()["properties"].(map[string]any)
		if len(settings) == 0 {
			t.Errorf("%s has no settings", id)
		}
		delete(settings, "preset") // every plugin has it
		for setting := range settings {
			if !regexp.MustCompile("`" + setting + "(`|:)").Match(page) {
				t.Errorf("%s.md does not name the setting %s", id, setting)
			}
		}
		if !strings.Contains(string(overview), "[`"+id+"`]("+id+".md)") {
			t.Errorf("%s is not in the overview", id)
		}
	}
}
