package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/connector/manifest"
)

func TestWhatAPullTakesIsKnownBefore(t *testing.T) {
	t.Parallel()
	i := sales(t, hubspot.Options{}, sqlite(salesYAML))
	var estimate struct {
		Requests int
		Objects  []struct {
			Object  string
			Records int
			From    string
		}
		Assumptions []string
	}
	if err := json.Unmarshal([]byte(i.must(0, "pull", "--estimate", "--count", "--output", "json")), &estimate); err != nil {
		t.Fatal(err)
	}
	for _, o := range estimate.Objects {
		if want, known := map[string]int{"companies": 85, "deals": 8800}[o.Object]; known && (o.Records != want || o.From != "counted") {
			t.Errorf("%+v", o)
		}
	}
	before := len(i.server.Log.Requests())
	i.must(0, "pull")
	took := len(i.server.Log.Requests()) - before
	if len(estimate.Assumptions) == 0 || estimate.Requests < took*95/100 || estimate.Requests > took*105/100 {
		t.Errorf("estimated %d requests, took %d", estimate.Requests, took)
	}
	text := i.must(0, "pull", "--estimate", "--count", "--full", "--records", "deal=1")
	for _, part := range []string{"all 8800", "counted by the CRM", "Quota daily", "Assumed: an answer takes 0.3 s"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	sent := len(i.server.Log.Requests())
	if text = i.must(0, "pull", "--estimate", "--full"); !strings.Contains(text, "all 8800") || !strings.Contains(text, "as last pulled") {
		t.Errorf("what is known of the last pull is not in\n%s", text)
	}
	if now := len(i.server.Log.Requests()); now != sent {
		t.Errorf("an estimate sent %d requests", now-sent)
	}
	if code, _, _ := i.taxon("pull", "--records", "deal=5"); code != 2 {
		t.Errorf("numbers for no estimate ended with %d", code)
	}
	if code, _, _ := i.taxon("pull", "--estimate", "--records", "leads=5"); code != 2 {
		t.Errorf("an unknown kind ended with %d", code)
	}
}

func TestAConnectionMayNameItsOwnManifest(t *testing.T) {
	t.Parallel()
	i := sales(t, hubspot.Options{}, sqlite(strings.Replace(salesYAML, "crm: hubspot", "crm: ./ours.yaml", 1)))
	data, err := os.ReadFile("../../connector/manifests/hubspot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	older := strings.Replace(string(data), "\nmanifest: 2\n", "\nmanifest: 1\n", 1)
	i.write("ours.yaml", older)
	i.must(0, "pull")
	if text := i.must(0, "crm", "list", i.path("ours.yaml")); !strings.Contains(text, "companies: list") {
		t.Error(text)
	}
	if text := i.must(0, "crm", "migrate", i.path("ours.yaml")); !strings.Contains(text, "is in format 2 now") && !strings.Contains(text, "is in the present format") {
		t.Error(text)
	}
	written, err := os.ReadFile(i.path("ours.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := manifest.Load("ours.yaml", written); err != nil || m.Written != manifest.FormatVersion {
		t.Errorf("%v", err)
	}
	i.must(0, "pull")

	i.write("ours.yaml", strings.Replace(older, "      size: 100\n", "      sise: 100\n", 1))
	code, _, stderr := i.taxon("pull")
	if code != 1 && code != 2 || !strings.Contains(stderr, `ours.yaml:`) || !strings.Contains(stderr, `/list: unknown key "sise"; did you mean "size"?`) {
		t.Errorf("ended with %d: %s", code, stderr)
	}
	i.write("ours.yaml", strings.Replace(older, "\nmanifest: 1\n", "\nmanifest: 99\n", 1))
	if _, _, stderr := i.taxon("pull"); !strings.Contains(stderr, "use a newer Taxon") {
		t.Error(stderr)
	}
}

func TestConnectorsAreListedWithWhatTheyCanDo(t *testing.T) {
	t.Parallel()
	code, table, stderr := command(t.Context(), t, "crm", "list")
	if code != 0 || !strings.Contains(table, "hubspot") {
		t.Fatalf("ended with %d: %s %s", code, table, stderr)
	}
	code, one, _ := command(t.Context(), t, "crm", "list", "hubspot", "--output", "json")
	var info struct {
		Capabilities map[string]struct {
			BatchSize int `json:"batch_size"`
		}
		Rights map[string]map[string][]string
	}
	if err := json.Unmarshal([]byte(one), &info); err != nil || code != 0 || info.Capabilities["company"].BatchSize != 100 || len(info.Rights["companies"]["write"]) != 1 {
		t.Errorf("%d, %v: %s", code, err, one)
	}
}
