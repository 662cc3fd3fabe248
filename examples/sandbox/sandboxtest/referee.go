package sandboxtest

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
)

// Referee runs referee.cjs of the present folder with the one client that package.json
// there names, and fails the test unless each of its checks passed. The client is
// installed from the npm registry into the user's cache directory, at that exact
// version; without node and npm the test fails.
//
// The script prints "ok - NAME" for each check and "N checks" at its end, and ends
// with another status than 0 when one fails. env is added to its environment.
func Referee(t *testing.T, env ...string) {
	t.Helper()
	node, modules := install(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "referee.cjs")
	cmd.Env = append(append(os.Environ(), "NODE_PATH="+modules), env...)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("the official client does not accept the sandbox: %v", err)
	}
	if want := fmt.Sprintf("%d checks", strings.Count(string(out), "ok - ")); !strings.Contains(string(out), want) || want == "0 checks" {
		t.Errorf("not every check ran")
	}
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
	client, version := pinned(t, pkg)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(cache, "taxon-referee")
	dir := filepath.Join(root, strings.NewReplacer("@", "", "/", "-").Replace(client)+"-"+version)
	modules = filepath.Join(dir, "node_modules")
	if installed(modules, client) == version {
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
	if err := os.Rename(fresh, dir); err != nil && installed(modules, client) != version {
		t.Fatal(err)
	}
	if got := installed(modules, client); got != version {
		t.Fatalf("npm installed version %q of %s, want %s", got, client, version)
	}
	return node, modules
}

// pinned returns the one client of a package.json and its version, which must be exact.
func pinned(t *testing.T, pkg []byte) (client, version string) {
	t.Helper()
	var p struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	if err := json.Unmarshal(pkg, &p); err != nil || len(p.Dependencies) != 1 {
		t.Fatalf("package.json must name one dependency: %v, %v", p.Dependencies, err)
	}
	for client, version = range p.Dependencies {
		if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(version) {
			t.Fatalf("the version of %s must be exact: %q", client, version)
		}
	}
	return client, version
}

// installed returns the version of the client in a folder; "" for none.
func installed(modules, client string) string {
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
