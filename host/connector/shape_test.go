package connector_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The page about the shape of a manifest names the tests that try what it says.
func TestTheTestsThatTheShapeNamesExist(t *testing.T) {
	page, err := os.ReadFile("../../docs/connector-shape.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bTest[A-Z]\w+(/[a-z]\w+)?`).FindAllString(string(page), -1)
	if len(named) < 80 {
		t.Fatalf("the page names %d tests", len(named))
	}
	slices.Sort(named)
	var tests strings.Builder
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Compact(named) {
		there := "\nfunc " + name + "("
		if check, ok := strings.CutPrefix(name, "TestConformance/"); ok {
			there = `{"` + check + `", `
		}
		if !strings.Contains(tests.String(), there) {
			t.Errorf("there is no test %s", name)
		}
	}
}
