package install

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// The test binary is also the plugin that is installed, which its package starts through a script, and an
// installer that is killed.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "packaged" {
		servePackaged(os.Args[2])
	}
	if len(os.Args) == 5 && os.Args[1] == "installer-to-be-killed" {
		installAndHang(os.Args[2], os.Args[3], os.Args[4])
	}
	os.Exit(m.Run())
}

// variant is what a packaged plugin is like.
type variant struct {
	id, version string
	reads       []string // beside country
	behaviour   string
}

// program is an executable that is this variant.
func (v variant) program(t *testing.T) []byte {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Join(append([]string{v.id, v.version, v.behaviour}, v.reads...), ";")
	return []byte(fmt.Sprintf("#!/bin/sh\nexec '%s' packaged '%s'\n", self, words))
}

func servePackaged(words string) {
	parts := strings.Split(words, ";")
	v := variant{id: parts[0], version: parts[1], behaviour: parts[2], reads: parts[3:]}
	switch v.behaviour {
	case "other manifest":
		v.version = "9.9.9"
	case "newer protocol":
		fmt.Printf("1|%d|unix|/nowhere|grpc|\n", protocol.Version+1)
		select {}
	}
	sdk.Serve(v.plugin())
}

type nothing struct{}

func (v variant) plugin() sdk.Plugin {
	reads := []sdk.Read{{Path: "country", Type: sdk.String, Purpose: "Names the country."}}
	for _, path := range v.reads {
		reads = append(reads, sdk.Read{Path: path, Type: sdk.String, Purpose: "Reads more."})
	}
	return sdk.Pointwise[nothing, sdk.Row]{
		Info:  sdk.Info{ID: v.id, Version: v.version, Summary: "All the same", License: "MIT"},
		Tags:  []sdk.Tag{sdk.Class("", sdk.Option{Code: "same", Label: sdk.Text{En: "Same"}})},
		Reads: reads,
		Configure: func(sdk.Run, nothing, sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
			if v.behaviour == "greedy" {
				return sdk.Effective{Reads: []sdk.Read{{Path: "email", Type: sdk.String}}}, nil
			}
			return sdk.Effective{Reads: reads}, nil
		},
		Classify: func(sdk.Run, nothing, sdk.Row) sdk.Verdict { return sdk.Set("", "same") },
	}
}

func (v variant) manifest() *pb.Manifest { return sdk.Manifest(v.plugin()) }

// dir is the directory that the author packs.
func (v variant) dir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	manifest, err := protocol.ManifestJSON(v.manifest())
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"plugin.json": manifest, "LICENSE": []byte("MIT\n"), "README.md": []byte("# Loyal\n"), "testdata/customers.csv": []byte("a,b\n"),
		"bin/loyal": v.program(t), "main.go": []byte("package main\n"), ".git/config": []byte("x"),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// archive is the package of a variant.
func (v variant) archive(t *testing.T) string {
	t.Helper()
	out, _, err := Pack(v.dir(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var loyal = variant{id: "acme.loyal", version: "1.2.0"}

// installAndHang installs up to a step, says so, and waits to be killed.
func installAndHang(store, archive, step string) {
	_, err := Install(context.Background(), archive, Options{Store: store, Approve: yes, step: func(at string) {
		if at == step {
			fmt.Println("reached")
			time.Sleep(time.Hour)
		}
	}})
	panic(err)
}

func yes(Request) error { return nil }
