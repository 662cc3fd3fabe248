package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sandboxdata "github.com/taxonhq/taxon/examples/sandbox/demo"
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

// What is shown is what is sent: the name that the CRM gives a field is not guessed, and with --write nothing is said to stay here.
func TestATrialShowsWhatItSendsAndWritesReally(t *testing.T) {
	t.Parallel()
	i := slices.IndexFunc(sandboxdata.Dialects, func(d sandboxdata.Dialect) bool { return d.Name == "zoho" })
	d := sandboxdata.Dialects[i]
	account := d.Open(false)
	if _, err := d.Load(account); err != nil {
		t.Fatal(err)
	}
	listener, err := account.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	args := []string{"crm", "test", "zoho", "--set", "base_url=" + listener.URL}
	for name, value := range d.Settings {
		args = append(args, "--set", name+"="+value)
	}
	for name, value := range d.Secrets {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--secret", name+"=file:"+path)
	}
	code, shown, said := command(t.Context(), t, args...)
	if code != 0 || !strings.Contains(shown, "nothing of it was sent") || !strings.Contains(shown, "in the place of taxon_trial") {
		t.Fatalf("%d %s\n%s", code, said, shown)
	}
	var trial struct {
		Objects []struct{ Object, First string }
	}
	_, shown, _ = command(t.Context(), t, append(args, "--output", "json")...)
	if err := json.Unmarshal([]byte(shown), &trial); err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, o := range trial.Objects {
		if o.Object == "accounts" {
			id = o.First
		}
	}
	code, shown, said = command(t.Context(), t, append(args, "--write", id)...)
	if code != 0 || strings.Contains(shown, "nothing of it was sent") || !strings.Contains(shown, "made the field taxon_trial, in the CRM Taxon_trial") {
		t.Errorf("%d %s\n%s", code, said, shown)
	}
}

// A trial of a configured connection keeps the refresh token that the CRM gives in the place of the one that it takes.
func TestAConnectionWhoseSecretIsReplacedCanBeTried(t *testing.T) {
	t.Parallel()
	i := few(t, hubspot.Options{OAuth: &hubspot.OAuth{ClientID: "app", ClientSecret: "s3cret-client", RefreshToken: "first-refresh", Rotate: true}}, sqlite(salesYAML))
	if err := os.Remove(i.path("taxon.yaml")); err != nil {
		t.Fatal(err)
	}
	i.write("client", "s3cret-client")
	i.write("refresh", "first-refresh")
	i.must(0, "init", "--crm", "hubspot", "--base-url", i.url, "--auth", "oauth", "--set", "client_id=app",
		"--secret", "client_secret=file:"+i.path("client"), "--secret", "refresh_token=file:"+i.path("refresh"))
	if code, _, said := i.taxon("crm", "test", "hubspot", "--set", "auth=oauth", "--set", "base_url="+i.url, "--set", "client_id=app",
		"--secret", "client_secret=file:"+i.path("client"), "--secret", "refresh_token=file:"+i.path("refresh")); code != 1 || !strings.Contains(said, "--connection") {
		t.Errorf("%d: %s", code, said)
	}
	for range 2 {
		i.server.Tokens.RevokeIssued() // each needs a token of its own
		said := i.must(0, "crm", "test", "--connection", "main")
		for _, part := range []string{"companies", "taxon_trial"} {
			if !strings.Contains(said, part) {
				t.Errorf("%q is not in\n%s", part, said)
			}
		}
	}
	i.server.Tokens.RevokeIssued()
	i.must(0, "check")
	for _, args := range [][]string{{"crm", "test"}, {"crm", "test", "hubspot", "--connection", "main"}, {"crm", "test", "--connection", "hubspot", "--set", "a=b"}} {
		if code, _, said := i.taxon(args...); code != 2 {
			t.Errorf("%v: %d: %s", args, code, said)
		}
	}
}
