package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/taxonhq/taxon/host/validate"
)

func TestAConnectorIsBegunAndTriedByPrograms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, stdout, stderr := command(t.Context(), t, "crm", "new", "acme", "--dir", dir, "--output", "json")
	var made struct{ Files []string }
	if err := json.Unmarshal([]byte(stdout), &made); code != 0 || err != nil || len(made.Files) != 2 {
		t.Fatalf("%d %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = command(t.Context(), t, "crm", "test", made.Files[0], "--output", "json")
	var tried struct {
		Connector string
		Samples   int
		Live      bool
		Problems  []any
	}
	if err := json.Unmarshal([]byte(stdout), &tried); code != 0 || err != nil || tried.Connector != "acme" || tried.Samples != 3 || tried.Live || tried.Problems == nil {
		t.Fatalf("%d %s%s", code, stdout, stderr)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"crm", "new", "acme", "--dir", dir}, 1, "exists already"},
		{[]string{"crm", "new", "Acme CRM", "--dir", dir}, 1, "lower case"},
		{[]string{"crm", "new"}, 2, "usage"},
		{[]string{"crm", "test", made.Files[0], "--secret", "token=abc"}, 2, "named, not written"},
		{[]string{"crm", "test", made.Files[0], "--set", "base_url"}, 2, "NAME=VALUE"},
		{[]string{"crm", "test", made.Files[0], "--set", "base_url=http://127.0.0.1:9"}, 1, "--secret token=env:NAME"},
		{[]string{"crm", "test", "files"}, 1, "docs/crm/files.md"},
		{[]string{"crm", "test", filepath.Join(dir, "nothing.yaml")}, 1, "cannot be read"},
	} {
		code, _, stderr := command(t.Context(), t, c.args...)
		if code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%v ended with %d: %s", c.args, code, stderr)
		}
	}
}

// What an editor marks as wrong must be wrong: manifests that load have to satisfy the schema that editors go by.
func TestTheSchemaForEditorsAcceptsManifestsThatLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if code, _, stderr := command(t.Context(), t, "crm", "new", "acme", "--dir", dir); code != 0 {
		t.Fatal(stderr)
	}
	files := []string{filepath.Join(dir, "acme.yaml")}
	for _, pattern := range []string{"../../connector/manifests/*.yaml", "../../../examples/connectors/*/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var document any
		if err := yaml.Unmarshal(data, &document); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		plain, err := json.Marshal(document) // as editors see it
		if err == nil {
			err = json.Unmarshal(plain, &document)
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, f := range validate.Embedded("connector.schema.json").Check(document) {
			t.Errorf("%s: %s: %s", filepath.Base(file), f.Pointer, f.Message)
		}
	}
}
