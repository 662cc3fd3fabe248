// Package house holds the test that enforces the house: which package may import what, and why.
package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/taxonhq/taxon/"

// layers is the one direction of imports in the host: a room imports rooms of lower rows, never of its own row.
var layers = [][]string{
	{"host/cmd"},
	{"host/cli"},
	{"host/app"},
	{"host/run"},
	{"host/sync", "host/classify", "host/writeback"},
	{"host/measure", "host/plugin", "host/connector"},
	{"host/store"},
	{"host/config"},
	{"host/validate", "host/plot"},
	{"host/crm", "host/internal", "host/evaluate"},
}

// owners names who may import a third-party library: one place per tree.
var owners = map[string][]string{
	"github.com/hashicorp/go-plugin":           {"host/plugin/launch", "sdk"},
	"github.com/go-resty/resty/v2":             {"host/connector/transport"},
	"github.com/santhosh-tekuri/jsonschema/v5": {"host/validate", "sdk/sdktest"},
	"cel.dev/cel-go":                           {"host/connector/mapping", "plugins/rules"},
	"go.yaml.in/yaml/v3":                       {"host/config", "host/connector/manifest"},
	"github.com/mattn/go-isatty":               {"host/cli"},
	"github.com/spf13/cobra":                   {"host/cli"},
	"github.com/pressly/goose/v3":              {"host/store"},
	"modernc.org/sqlite":                       {"host/store"},
	"github.com/jackc/pgx/v5":                  {"host/store"},
	"golang.org/x/sys":                         {"host/plugin/launch"},
	"github.com/valyala/fastjson":              {"host/connector"},
	"github.com/prometheus/client_golang":      {"host/app"},
	"github.com/robfig/cron/v3":                {"host/run"},
	"github.com/nyaruka/phonenumbers":          {"host/sync", "plugins/internal", "plugins/region_industry"},
	"github.com/biter777/countries":            {"plugins/internal"},
	"gonum.org/v1/gonum":                       {"plugins", "host/evaluate"},
	"gonum.org/v1/plot":                        {"host/plot"},
	"golang.org/x/net":                         {"plugins/internal", "plugins/region_industry", "host/sync"},
}

// bans are the walls between the trees.
var bans = []struct{ from, to, but, why string }{
	{"sdk", "host", "", "the SDK is what strangers import: it knows nothing of the host"},
	{"plugins", "host", "", "first-party plugins are plugins like any other: they see the SDK only"},
	{"host", "plugins", "host/cmd/taxon", "plugins are processes; only the executable that carries them links them"},
	{"host", "examples", "host/cmd/taxon,host/cli,host/app/demo", "the product does not depend on its simulators; the demo and the sandbox command show them"},
	{"examples/sandbox", "host", "", "a simulator that used the host's code would prove nothing"},
	{"schemas", "host", "", "contracts are data"},
	{"schemas", "sdk", "", "contracts are data"},
}

type source struct {
	pkg, file string
	test      bool
	imports   []string
}

func sources(t *testing.T) []source {
	t.Helper()
	root := root(t)
	var out []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, nested := os.Stat(filepath.Join(path, "go.mod"))
			if name := d.Name(); path != root && (nested == nil || name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		s := source{pkg: filepath.ToSlash(filepath.Dir(rel)), file: filepath.ToSlash(rel), test: strings.HasSuffix(path, "_test.go")}
		for _, i := range file.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, name)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}

func within(pkg, tree string) bool { return pkg == tree || strings.HasPrefix(pkg, tree+"/") }

func withinAny(pkg string, trees []string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool { return within(pkg, tree) })
}

func layer(pkg string) (row int, room string) {
	for i, rooms := range layers {
		for _, room := range rooms {
			if within(pkg, room) {
				return i, room
			}
		}
	}
	return -1, ""
}

func TestImportsFlowOneWay(t *testing.T) {
	for _, s := range sources(t) {
		row, room := layer(s.pkg)
		if strings.HasPrefix(s.pkg, "host/") && row < 0 {
			t.Errorf("%s: the house has no room %s; give it a place in the table of this test and in CONTRIBUTING.md", s.file, s.pkg)
			continue
		}
		if row < 0 || s.test {
			continue
		}
		for _, name := range s.imports {
			target, ok := strings.CutPrefix(name, module)
			if !ok {
				continue
			}
			other, otherRoom := layer(target)
			if other < 0 || otherRoom == room {
				continue
			}
			if other <= row {
				t.Errorf("%s imports %s: imports flow from %s to what lies below it, never up or sideways", s.file, target, room)
			}
		}
	}
}

func TestEachLibraryHasOneOwner(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, name := range s.imports {
			for library, rooms := range owners {
				if (name == library || strings.HasPrefix(name, library+"/")) && !withinAny(s.pkg, rooms) && !within(s.pkg, "examples") {
					t.Errorf("%s imports %s, which belongs to %s: use what that package offers", s.file, name, strings.Join(rooms, " and "))
				}
			}
		}
	}
}

func TestTheTreesKeepTheirWalls(t *testing.T) {
	for _, s := range sources(t) {
		for _, ban := range bans {
			if !within(s.pkg, ban.from) || ban.but != "" && withinAny(s.pkg, strings.Split(ban.but, ",")) || s.test && ban.to == "examples" {
				continue
			}
			for _, name := range s.imports {
				if within(strings.TrimPrefix(name, module), ban.to) {
					t.Errorf("%s imports %s: %s", s.file, name, ban.why)
				}
			}
		}
	}
}

func TestTheVocabularyImportsTheStandardLibraryOnly(t *testing.T) {
	for _, s := range sources(t) {
		if !within(s.pkg, "host/crm") {
			continue
		}
		for _, name := range s.imports {
			if first, _, _ := strings.Cut(name, "/"); strings.Contains(first, ".") {
				t.Errorf("%s imports %s", s.file, name)
			}
		}
	}
}
