package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/cli"
)

// The help and the first page name every classifier, and the overview says what each needs at least.
func TestEveryClassifierIsNamedWhereOneBegins(t *testing.T) {
	t.Parallel()
	read := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	var help bytes.Buffer
	if code := cli.Run(t.Context(), cli.Options{Version: "test", Builtins: builtins(), Args: []string{"--help"}, Stdin: strings.NewReader(""), Stdout: &help, Stderr: &help}); code != 0 {
		t.Fatalf("help ended with %d: %s", code, &help)
	}
	start, _, _ := strings.Cut(read("../../../README.md"), "\n## ")
	overview := read("../../../docs/classifiers/README.md")
	for _, b := range builtins() {
		id := b.Manifest.GetId()
		if !regexp.MustCompile(`\b` + id + `\b`).MatchString(help.String()) {
			t.Errorf("the help does not name %s", id)
		}
		if !strings.Contains(start, "`"+id+"`") {
			t.Errorf("README.md does not name %s where it begins", id)
		}
		row := regexp.MustCompile(`(?m)^.*\| \[` + "`" + id + "`" + `\].*$`).FindString(overview)
		properties, _ := b.Manifest.GetConfigSchema().AsMap()["properties"].(map[string]any)
		for name, p := range properties {
			least, ok := p.(map[string]any)["default"].(float64)
			switch name {
			case "min_customers", "min_repeaters", "min_labelled", "min_class", "min_invoices", "min_months":
				if ok && !regexp.MustCompile(fmt.Sprintf(`\b%v\b`, least)).MatchString(row) {
					t.Errorf("%s needs a %s of %v by default, which docs/classifiers/README.md does not say: %s", id, name, least, row)
				}
			}
		}
	}
}
