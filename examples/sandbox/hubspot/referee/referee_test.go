package referee_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/examples/sandbox/hubspot"
)

const client = "@hubspot/api-client"

// TestTheOfficialClientAcceptsTheSandbox runs referee.cjs and then looks into the
// account for what the client wrote.
func TestTheOfficialClientAcceptsTheSandbox(t *testing.T) {
	node, modules := install(t)
	app := &hubspot.OAuth{ClientID: "client", ClientSecret: "secret", RefreshToken: "refresh"}
	s := account(t, hubspot.Options{OAuth: app, Limits: hubspot.Unlimited()})
	s.Faults.Add(sandbox.Fault{Method: "GET", Path: "/objects/deals", Skip: 1, Times: 1, Answer: hubspot.Failed(502, 0)})
	s.Faults.Next(1, "POST", "/objects/deals/search", hubspot.RateLimited("SECONDLY", 0))
	l, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "referee.cjs")
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules, "SANDBOX_URL="+l.URL, "SANDBOX_TOKEN="+s.Token(),
		"OAUTH_CLIENT="+app.ClientID, "OAUTH_SECRET="+app.ClientSecret, "OAUTH_REFRESH="+app.RefreshToken)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("the official client does not accept the sandbox: %v", err)
	}
	if want := fmt.Sprintf("%d checks", strings.Count(string(out), "ok - ")); !strings.Contains(string(out), want) || want == "0 checks" {
		t.Errorf("not every check ran")
	}

	companies := s.Records(hubspot.Companies)
	if a, b := companies[0].Values["taxon_abc"], companies[1].Values["taxon_abc"]; a != "A" || b != "B" {
		t.Errorf("written classes %q and %q", a, b)
	}
	if f, _ := s.Property(hubspot.Companies, "taxon_abc"); len(f.Options) != 3 || f.Group != "taxon" {
		t.Errorf("property %+v", f)
	}
	for _, kind := range []string{"list", "list_archived", "search", "association", "batch_update", "batch_read", "property_write", "group_write", "pipeline", "owner", "token"} {
		if s.Log.Count(kind) == 0 {
			t.Errorf("the client made no call of kind %s", kind)
		}
	}
}

// account has two companies, 250 deals of amounts 0 to 249 and an owner.
func account(t *testing.T, o hubspot.Options) *hubspot.Server {
	t.Helper()
	s := hubspot.New(o)
	load := func(kind string, values map[string]string) string {
		id, err := s.Load(kind, sandbox.Record{Values: values})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	s.AddOwner(sandbox.Owner{Email: "owner@example.com", FirstName: "Only", LastName: "Owner"})
	companies := []string{load(hubspot.Companies, map[string]string{"name": "One"}), load(hubspot.Companies, map[string]string{"name": "Two"})}
	for i := range 250 {
		id := load(hubspot.Deals, map[string]string{"dealname": fmt.Sprint("Deal ", i), "amount": fmt.Sprint(i), "dealstage": "closedwon"})
		s.Associate(hubspot.Deals, id, hubspot.Companies, companies[i%2], true)
	}
	return s
}

// install brings the client, at the version of package.json, into the user's cache
// directory and returns the node program and the modules' folder.
func install(t *testing.T) (node, modules string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("this test needs Node.js 18 or later: install the package nodejs")
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Fatal("this test needs npm: install the package npm")
	}
	pkg, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	version := pinned(t, pkg)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(cache, "taxon-referee")
	dir := filepath.Join(root, "hubspot-"+version)
	modules = filepath.Join(dir, "node_modules")
	if installed(modules) == version {
		return node, modules
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		t.Fatal(err)
	}
	fresh, err := os.MkdirTemp(root, "install-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	if err := os.WriteFile(filepath.Join(fresh, "package.json"), pkg, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")
	cmd.Dir = fresh
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm could not install %s %s, which needs a registry: %v\n%s", client, version, err, out)
	}
	_ = os.RemoveAll(dir) // an older or broken one
	// another process may have been faster: its installation is as good
	if err := os.Rename(fresh, dir); err != nil && installed(modules) != version {
		t.Fatal(err)
	}
	if got := installed(modules); got != version {
		t.Fatalf("npm installed version %q of %s, want %s", got, client, version)
	}
	return node, modules
}

// pinned returns the version of the client, which must be exact.
func pinned(t *testing.T, pkg []byte) string {
	t.Helper()
	var p struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	if err := json.Unmarshal(pkg, &p); err != nil {
		t.Fatal(err)
	}
	version := p.Dependencies[client]
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(version) {
		t.Fatalf("the version of %s must be exact: %q", client, version)
	}
	return version
}

// installed returns the version of the client in a folder; "" for none.
func installed(modules string) string {
	raw, err := os.ReadFile(filepath.Join(modules, filepath.FromSlash(client), "package.json"))
	if err != nil {
		return ""
	}
	var p struct {
		Version string `json:"version"`
	}
	if json.Unmarshal(raw, &p) != nil {
		return ""
	}
	return p.Version
}
