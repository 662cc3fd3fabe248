package app_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
	"github.com/taxonhq/taxon/host/app"
	"github.com/taxonhq/taxon/host/crm"
)

func TestANewConnectorLoadsAndItsSamplesRun(t *testing.T) {
	dir := t.TempDir()
	files, err := app.NewConnector("acme", "", dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if schema := filepath.Base(files[1]); !strings.HasPrefix(string(text), "# yaml-language-server: $schema=./"+schema+"\n") {
		t.Error("the manifest does not name its schema for editors")
	}
	trial, err := app.TryConnector(t.Context(), app.TrialOptions{Manifest: files[0]})
	if err != nil || trial.Live || trial.Samples != 3 || len(trial.Problems) > 0 {
		t.Errorf("%+v, %v", trial, err)
	}
	for name, want := range map[string]crm.Code{"acme": crm.CodeConflict, "hubspot": crm.CodeConflict, "files": crm.CodeConflict, "My CRM": crm.CodeConfig} {
		if _, err := app.NewConnector(name, "", dir); crm.CodeOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAManifestOfAnOlderFormatIsTriedAndSaysSo(t *testing.T) {
	trial, err := app.TryConnector(t.Context(), app.TrialOptions{Manifest: edited(t, "\nmanifest: 2\n", "\nmanifest: 1\n")})
	if err != nil || len(trial.Problems) != 1 || !trial.Problems[0].Warning || !strings.Contains(trial.Problems[0].Suggestion, "taxon crm migrate") {
		t.Errorf("%+v, %v", trial, err)
	}
}

func TestASampleThatDoesNotComeOutNamesItsLine(t *testing.T) {
	path := edited(t, "fields: {name: Acme Papier, industry: Paper", "fields: {name: Acme Paper, industry: Paper")
	trial, err := app.TryConnector(t.Context(), app.TrialOptions{Manifest: path})
	if err != nil || len(trial.Problems) != 1 {
		t.Fatalf("%+v, %v", trial, err)
	}
	text, _ := os.ReadFile(path)
	line := 1 + strings.Count(string(text[:strings.Index(string(text), "- name: A company")]), "\n")
	if p := trial.Problems[0]; !strings.HasPrefix(p.Pointer, "acme.yaml:") || !strings.HasSuffix(p.Pointer, " /samples/0") || !strings.Contains(p.Pointer, ":"+strconv.Itoa(line)+" ") {
		t.Errorf("%s, line %d", p.Pointer, line)
	}
}

// edited is a new manifest with one text replaced.
func edited(t *testing.T, old, new string) string {
	t.Helper()
	files, err := app.NewConnector("acme", "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || strings.Count(string(text), old) != 1 {
		t.Fatal(old, err)
	}
	if err := os.WriteFile(files[0], []byte(strings.Replace(string(text), old, new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return files[0]
}

const secretToken = "pat-na1-trial"

// tried is a HubSpot account with three companies, and what trying the connector on it needs.
func tried(t *testing.T) (*hubspot.Server, []string, app.TrialOptions) {
	t.Helper()
	s := hubspot.New(hubspot.Options{Limits: hubspot.Unlimited(), Token: secretToken})
	var ids []string
	for _, name := range []string{"One", "Two", "Three"} {
		id, err := s.Load(hubspot.Companies, sandbox.Record{Values: map[string]string{"name": name, "city": "Ulm"}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	l, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	t.Setenv("TRIAL_TOKEN", secretToken)
	return s, ids, app.TrialOptions{Manifest: "hubspot", Settings: map[string]string{"base_url": l.URL}, Secrets: map[string]string{"token": "env:TRIAL_TOKEN"}}
}

func TestALiveTrialTellsWhatIsMappedAndWhatWouldBeSentAndChangesNothing(t *testing.T) {
	s, ids, o := tried(t)
	trial, err := app.TryConnector(t.Context(), o)
	if err != nil || len(trial.Problems) > 0 || trial.Account == nil {
		t.Fatalf("%+v, %v", trial, err)
	}
	company := trial.Objects[0]
	filled := map[string]int{}
	for _, f := range company.Fields {
		filled[f.Field] = f.Filled
		if !strings.HasPrefix(f.Place, "hubspot.yaml:") {
			t.Errorf("the place of %s is %q", f.Field, f.Place)
		}
	}
	if company.Object != "companies" || company.Records != 3 || company.Changes != 3 || filled["name"] != 3 || filled["city"] != 3 || filled["industry"] != 0 {
		t.Errorf("%+v", company)
	}
	if len(trial.Requests) != 2 || trial.Requests[0].For != "create field" || !strings.Contains(trial.Requests[0].Body, "taxon_trial") || !strings.Contains(trial.Requests[1].Body, "taxon_trial") {
		t.Errorf("%+v", trial.Requests)
	}
	for _, r := range trial.Requests {
		if r.Headers["Authorization"] == "" || strings.Contains(r.Headers["Authorization"]+r.URL+r.Body, secretToken) {
			t.Errorf("the credentials are not hidden: %+v", r)
		}
	}
	if s.Value(hubspot.Companies, ids[0], "taxon_trial") != "" || len(trial.Written) > 0 {
		t.Error("something was written")
	}
}

func TestATrialThatWritesPutsTheRecordBackAsItWas(t *testing.T) {
	s, ids, o := tried(t)
	o.Write = ids[1]
	trial, err := app.TryConnector(t.Context(), o)
	if err != nil || len(trial.Problems) > 0 {
		t.Fatalf("%+v, %v", trial, err)
	}
	if len(trial.Written) != 4 || !strings.Contains(trial.Written[1], `wrote "trial" in record `+ids[1]) {
		t.Errorf("%q", trial.Written)
	}
	if s.Value(hubspot.Companies, ids[1], "taxon_trial") != "" {
		t.Error("the record was not put back")
	}
	o.Write = "4711"
	trial, err = app.TryConnector(t.Context(), o)
	if err != nil || len(trial.Problems) != 1 || trial.Problems[0].Code != crm.CodeNotFound {
		t.Errorf("%+v, %v", trial, err)
	}
}

func TestATrialSaysWhatItNeedsAndWhatIsRefused(t *testing.T) {
	_, _, o := tried(t)
	oauth := o
	oauth.Settings = map[string]string{"base_url": o.Settings["base_url"], "auth": "oauth", "client_id": "app"}
	oauth.Secrets = map[string]string{"client_secret": "env:TRIAL_TOKEN", "refresh_token": "env:TRIAL_TOKEN"}
	if _, err := app.TryConnector(t.Context(), oauth); err == nil || !strings.Contains(err.Error(), "refresh_token") {
		t.Errorf("a refresh token would be used up: %v", err)
	}
	o.Secrets = nil
	if _, err := app.TryConnector(t.Context(), o); err == nil || !strings.Contains(err.Error(), "--secret token=env:NAME") {
		t.Error(err)
	}
	t.Setenv("TRIAL_TOKEN", "another")
	o.Secrets = map[string]string{"token": "env:TRIAL_TOKEN"}
	trial, err := app.TryConnector(t.Context(), o)
	if err != nil || len(trial.Objects) > 0 || !slices.ContainsFunc(trial.Problems, func(p crm.Problem) bool {
		return p.Code == crm.CodeCredentials && strings.HasPrefix(p.Pointer, "hubspot.yaml:") && strings.HasSuffix(p.Pointer, " /account")
	}) {
		t.Errorf("%+v, %v", trial, err)
	}
}

// hasty waits for nothing.
type hasty struct{ crm.SystemClock }

func (hasty) Sleep(<-chan struct{}, time.Duration) bool { return true }

func TestWhatIsNoFaultOfTheManifestDoesNotBlameIt(t *testing.T) {
	_, _, o := tried(t)
	o.Secrets = map[string]string{"token": "env:TAXON_TRIAL_UNSET"}
	trial, err := app.TryConnector(t.Context(), o)
	if err != nil || len(trial.Problems) != 1 || trial.Problems[0].Pointer != "--secret token" || !strings.Contains(trial.Problems[0].Message, "TAXON_TRIAL_UNSET is not set") {
		t.Errorf("%+v, %v", trial, err)
	}
	_, _, o = tried(t)
	gone := httptest.NewServer(nil)
	gone.Close()
	o.Settings["base_url"], o.Clock = gone.URL, hasty{}
	trial, err = app.TryConnector(t.Context(), o)
	if err != nil || len(trial.Problems) != 1 || trial.Problems[0].Pointer != gone.URL || trial.Problems[0].Code != crm.CodeUnavailable {
		t.Errorf("%+v, %v", trial, err)
	}
}
