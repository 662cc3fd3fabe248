package scaffold_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/sdk/scaffold"
)

func TestEachKindBuildsAndPassesItsTests(t *testing.T) {
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{scaffold.Customer, scaffold.Population} {
		t.Run(kind, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			names, err := scaffold.Write(dir, scaffold.Options{ID: "acme.mine", Kind: kind, Checkout: checkout})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"main.go", "main_test.go", "go.mod", "README.md", "LICENSE", ".gitignore", "config.example.yaml", "testdata/customers.csv", "testdata/expected.csv"} {
				if !slices.Contains(names, want) {
					t.Errorf("%s is not written; there are %v", want, names)
				}
			}
			if out, err := exec.Command("gofmt", "-l", dir).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("gofmt: %v %s", err, out)
			}
			run(t, dir, "test", "-mod=mod", "./...")
			run(t, dir, "vet", "-mod=mod", "./...")
			executable := filepath.Join(t.TempDir(), "mine")
			run(t, dir, "build", "-mod=mod", "-o", executable, ".")
			out, err := exec.CommandContext(t.Context(), executable, "version").Output()
			if err != nil || !strings.HasPrefix(string(out), "acme.mine 0.1.0") {
				t.Errorf("the command version prints %q (%v)", out, err)
			}
		})
	}
}

func run(t *testing.T, dir string, args ...string) {
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

func TestNothingIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := scaffold.Write(dir, scaffold.Options{ID: "acme.mine", Kind: scaffold.Customer})
	if err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("the error is %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("there are %d files now", len(entries))
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	for _, o := range []scaffold.Options{
		{ID: "mine", Kind: scaffold.Customer}, {ID: "Acme.Mine", Kind: scaffold.Customer}, {ID: "acme.mine", Kind: "tree"},
		{ID: "acme.mine", Kind: scaffold.Customer, Module: "a b"}, {ID: "acme.mine\"", Kind: scaffold.Customer},
	} {
		dir := filepath.Join(t.TempDir(), "new")
		if _, err := scaffold.Write(dir, o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%+v leaves a directory", o)
		}
	}
}
