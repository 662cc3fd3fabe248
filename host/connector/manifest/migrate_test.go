package manifest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/connector/manifest"
)

// old is small.yaml in format 1, with paths in which a backslash was a letter.
func old(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), "manifest: 2", "manifest: 1", 1)
	text = strings.Replace(text, "email: email", `email: 'mail\main'`, 1)
	text = strings.Replace(text, "id: id", `id: 'key\id.x' # as this CRM has it`, 1)
	return text
}

func TestAManifestOfAnOlderFormatIsReadInThePresentOne(t *testing.T) {
	m, err := manifest.Load("old.yaml", []byte(old(t)))
	if err != nil {
		t.Fatal(err)
	}
	o := m.Objects["contacts"]
	if got := o.ID; len(got) != 2 || got[0] != `key\id` || got[1] != "x" {
		t.Errorf("the id's path is %q", []string(got))
	}
	if got := o.Fields["email"].Property; got != `mail\\main` {
		t.Errorf("the property is %q", got)
	}
	if m.Format != manifest.FormatVersion || m.Written != 1 || len(m.Migrated) != 1 || !strings.Contains(m.Migrated[0], "(2)") {
		t.Errorf("format %d, written in %d: %q", m.Format, m.Written, m.Migrated)
	}
}

func TestAManifestIsWrittenInThePresentFormat(t *testing.T) {
	out, notes, err := manifest.Migrate("old.yaml", []byte(old(t)))
	if err != nil || len(notes) != 1 {
		t.Fatal(notes, err)
	}
	for _, part := range []string{"manifest: 2", "# as this CRM has it", `key\\id.x`} {
		if !strings.Contains(string(out), part) {
			t.Errorf("%q is not in\n%s", part, out)
		}
	}
	m, err := manifest.Load("new.yaml", out)
	if err != nil || m.Written != manifest.FormatVersion || len(m.Migrated) != 0 {
		t.Fatalf("%+v, %v", m, err)
	}
	again, notes, err := manifest.Migrate("new.yaml", out)
	if err != nil || len(notes) != 0 || string(again) != string(out) {
		t.Errorf("the present format is changed: %v, %v", notes, err)
	}
}

func TestAFormatThatIsNoneIsRefused(t *testing.T) {
	for format, want := range map[string]string{
		"0": `old.yaml:2 /manifest: there is no format "0"`, "-1": "there is no format", "one": "there is no format", "3": "use a newer Taxon",
	} {
		_, err := manifest.Load("old.yaml", []byte(strings.Replace(old(t), "manifest: 1", "manifest: "+format, 1)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", format, err, want)
		}
		if _, _, err := manifest.Migrate("old.yaml", []byte(strings.Replace(old(t), "manifest: 1", "manifest: "+format, 1))); err == nil {
			t.Errorf("%s is migrated", format)
		}
	}
}
