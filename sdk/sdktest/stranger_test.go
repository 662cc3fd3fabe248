package sdktest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// goTool runs the go command in a module directory as a stranger would.
func goTool(t *testing.T, dir string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %v: %v\n%s", args, err, out)
	}
}

func TestAStrangersPluginBuildsAndRuns(t *testing.T) {
	t.Parallel()
	dir, err := filepath.Abs("../../examples/plugin-go")
	if err != nil {
		t.Fatal(err)
	}
	goTool(t, dir, "test", "./...")
	executable := filepath.Join(t.TempDir(), "loyal")
	goTool(t, dir, "build", "-o", executable, ".")
	manifest, err := os.ReadFile(filepath.Join(dir, "plugin.json"))
	if err != nil {
		t.Fatal(err)
	}
	printed, err := exec.CommandContext(t.Context(), executable, "manifest").Output()
	if err != nil || !bytes.Equal(printed, manifest) {
		t.Errorf("the command manifest prints another plugin.json (%v)", err)
	}
	if out, err := exec.CommandContext(t.Context(), executable, "check").CombinedOutput(); err != nil {
		t.Errorf("the command check: %v: %s", err, out)
	}
	Run(t, Command(executable), Options{Manifest: manifest, Million: 40_000})
	Golden(t, Command(executable), Setup{}, filepath.Join(dir, "testdata/customers.csv"), filepath.Join(dir, "testdata/expected.csv"))
}
