package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

// withLoyal is a configuration that uses the third-party plugin of examples/plugin-go.
var withLoyal = sqlite(salesYAML) + "      loyal: {plugin: acme.loyal, fields: [reason]}\n"

// example is the third-party plugin of examples/plugin-go, built as its author would, in a directory that
// taxon plugin pack takes.
func example(t *testing.T) string {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	source := filepath.Join(filepath.Dir(file), "..", "..", "..", "examples", "plugin-go")
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "bin", "acme.loyal"), ".")
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, from := range map[string]string{"plugin.json": "plugin.json", "LICENSE": "../../LICENSE"} {
		data, err := os.ReadFile(filepath.Join(source, from))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAThirdPartyPluginIsPackedInstalledUsedAndRemoved(t *testing.T) {
	t.Parallel()
	dir := example(t)
	i := few(t, hubspot.Options{}, withLoyal)
	if code, stdout, _ := i.taxon("check"); code != 1 || !strings.Contains(stdout, "there is no plugin acme.loyal") {
		t.Fatalf("check of a plugin that is not there ended with %d\n%s", code, stdout)
	}
	archive := filepath.Join(t.TempDir(), "loyal.tar.gz") // made to be given away: not private
	i.must(0, "plugin", "pack", dir, "-o", archive)
	// Nobody is there to approve.
	if code, stdout, stderr := i.taxon("plugin", "install", archive); code != 1 || !strings.Contains(stderr, "approve") || !strings.Contains(stdout, "reads count(deals)") {
		t.Fatalf("ended with %d\n%s%s", code, stdout, stderr)
	}
	i.must(0, "plugin", "install", archive, "--yes")
	if text := i.must(0, "plugin", "list"); !strings.Contains(text, "acme.loyal") {
		t.Errorf("it is not listed:\n%s", text)
	}
	if text := i.must(0, "plugin", "show", "acme.loyal"); !strings.Contains(text, "Counts") {
		t.Errorf("its purposes are not shown:\n%s", text)
	}
	i.must(0, "check")
	i.must(0, "run")
	id := i.server.Records("companies")[0].ID
	if v := i.server.Value("companies", id, "taxon_loyal"); v == "" {
		t.Error("its tag is not in the CRM")
	}
	// It cannot go while it is used; retired, its fields are emptied, and it goes.
	if code, _, stderr := i.taxon("plugin", "remove", "acme.loyal"); code != 1 || !strings.Contains(stderr, "main/loyal") {
		t.Errorf("removing it ended with %d: %s", code, stderr)
	}
	if code, _, stderr := i.taxon("plugin", "retire", "loyal", "--clear"); code != 1 || !strings.Contains(stderr, "enabled") {
		t.Errorf("retiring it while it is enabled ended with %d: %s", code, stderr)
	}
	i.configure(sqlite(salesYAML))
	i.must(0, "plugin", "retire", "loyal", "--clear")
	if v := i.server.Value("companies", id, "taxon_loyal"); v != "" {
		t.Errorf("retired, the CRM still has %q", v)
	}
	i.must(0, "plugin", "remove", "acme.loyal")
	private(t, i.dir)
}

func TestAChangedByteKeepsAPluginFromStarting(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, withLoyal)
	i.must(0, "plugin", "install", example(t), "--yes")
	i.must(0, "check") // what the plugin says of its configuration is known from now on
	found, err := filepath.Glob(i.path("plugins/acme.loyal/*/bin/acme.loyal"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.Chmod(found[0], 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(found[0], data, 0o700); err != nil {
		t.Fatal(err)
	}
	if text := i.must(1, "check"); !strings.Contains(text, "/classifiers/loyal/plugin") || !strings.Contains(text, "changed since it was installed") {
		t.Errorf("check says\n%s", text)
	}
	code, stdout, stderr := i.taxon("run")
	if code != 1 || !strings.Contains(stderr, "acme.loyal") || !strings.Contains(stderr, "changed") {
		t.Errorf("ended with %d\n%s\n%s", code, stdout, stderr)
	}
	// The others were classified and written all the same.
	i.compareABC()
}

func TestTwoClassifiersThatWouldOwnOneFieldAreRefused(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML)+"      abc_reason: {plugin: rfm}\n")
	code, stdout, _ := i.taxon("check")
	if code != 1 || !strings.Contains(stdout, "would both own the field taxon_abc_reason") {
		t.Errorf("ended with %d\n%s", code, stdout)
	}
}

func TestABadClassifierConfigurationIsFoundWithItsLine(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, strings.Replace(sqlite(salesYAML), "rfm: {plugin: rfm}", "rfm:\n        plugin: rfm\n        config: {bins: many}\n        fields: [colour]", 1))
	code, stdout, _ := i.taxon("check")
	for _, want := range []string{"taxon.yaml:20 /connections/main/classifiers/rfm/config/bins", "/fields/0: the plugin rfm gives no colour"} {
		if code != 1 || !strings.Contains(stdout, want) {
			t.Errorf("ended with %d, want %q in\n%s", code, want, stdout)
		}
	}
}

func TestWhatReadsTheTagsOfABrokenClassifierIsNotBlamed(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, strings.Replace(sqlite(salesYAML), "abc: {plugin: abc,", "abc: {plugin: abc, config: {preset: best},", 1)+
		"      top: {plugin: rules, config: {options: [{code: top}], rules: [{when: \"tags.abc == 'A'\", tag: top}]}}\n")
	text := i.must(1, "check")
	if !strings.Contains(text, `/classifiers/abc/config/preset: value must be one of "80_15_5", `) || strings.Contains(text, "/classifiers/top") || strings.Count(text, "error ") != 1 {
		t.Errorf("check says\n%s", text)
	}
}

func TestANewPluginCanBeBuiltTestedPackedAndInstalledAsItsReadmeSays(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{}, sqlite(salesYAML))
	dir := filepath.Join(i.dir, "acme.fresh")
	i.must(0, "plugin", "new", "acme.fresh", "--dir", dir)
	for _, line := range [][]string{{"go", "mod", "tidy"}, {"go", "build", "-o", "bin/acme.fresh", "."}, {"sh", "-c", "bin/acme.fresh manifest > plugin.json"}, {"sh", "-c", "echo Apache-2.0 > LICENSE"}} {
		c := exec.Command(line[0], line[1:]...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", line, err, out)
		}
	}
	if text := i.must(0, "plugin", "test", dir); !strings.Contains(text, "passes all") {
		t.Errorf("%s", text)
	}
	i.must(0, "plugin", "install", dir, "--yes")
}
