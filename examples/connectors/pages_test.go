// Package connectors holds connectors for CRMs that do not come with Taxon, and the test that their pages are true.
package connectors

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// example is a command of a page and what it prints.
type example struct {
	line    int
	command string
	output  []string
}

// A page's commands stand in blocks of the language console: "$ command", "> its next line", and what it prints. A line … stands for any
// number of lines, … within a line for anything.
func examples(page string) []example {
	var out []example
	inside := false
	for i, line := range strings.Split(page, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case !inside:
		case strings.HasPrefix(line, "$ "):
			out = append(out, example{line: i + 1, command: line[2:]})
		case strings.HasPrefix(line, "> "):
			out[len(out)-1].command += "\n" + line[2:]
		default:
			out[len(out)-1].output = append(out[len(out)-1].output, line)
		}
	}
	return out
}

// pattern is what the output must be.
func pattern(lines []string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for _, line := range lines {
		if line == "…" {
			b.WriteString(`(?:[^\n]*\n)*?`)
			continue
		}
		parts := strings.Split(line, "…")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		b.WriteString(strings.Join(parts, `[^\n]*`) + `[ ]*\n`)
	}
	b.WriteString(`\n*\z`)
	return regexp.MustCompile(b.String())
}

// build is the command that makes taxon, for pages that do not tell how.
const build = `go build -C "$TAXON" -o "$PWD/bin/taxon" ./host/cmd/taxon; export PATH="$PWD/bin:$PATH"`

// run runs the page's commands one after the other in one shell in an empty directory, and compares what they print. before is run
// first.
func run(t *testing.T, page, before string, replace ...string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	all := examples(strings.NewReplacer(replace...).Replace(string(text)))
	if len(all) < 5 {
		t.Fatalf("%s has %d commands", page, len(all))
	}
	dir := t.TempDir()
	var script strings.Builder
	// What runs in the background ends with the shell.
	script.WriteString("trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n")
	script.WriteString(before + "\n")
	for i, x := range all {
		fmt.Fprintf(&script, "exec >%q 2>&1\n%s\n", filepath.Join(dir, fmt.Sprintf("output.%d", i)), x.command)
	}
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	shell.Dir, shell.Env = work, append(os.Environ(), "TAXON="+root)
	if err := shell.Run(); err != nil && shell.ProcessState == nil {
		t.Fatal(err)
	}
	for i, x := range all {
		got, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("output.%d", i)))
		if err != nil || !pattern(x.output).MatchString(strings.TrimSpace(string(got))+"\n") {
			t.Fatalf("%s:%d: %s\nprints\n%s\nand not\n%s", page, x.line, x.command, got, strings.Join(x.output, "\n"))
		}
	}
}

// quoted checks that the YAML that a page shows stands in a file as it is.
func quoted(t *testing.T, page, file string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(string(whole), block[1]) {
			t.Errorf("%s shows what does not stand in %s:\n%s", page, file, block[1])
		}
	}
}

// freePort is a port of the loopback interface that was free a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestThePageOfPocketBaseIsTrue(t *testing.T) {
	quoted(t, "docs/crm/your-own.md", "pocketbase/pocketbase.yaml")
	run(t, "docs/crm/your-own.md", "", ":8090", ":"+freePort(t))
}

func TestThePageOfFilesIsTrue(t *testing.T) {
	run(t, "docs/crm/files.md", build)
}

func TestThePageOfTrytonIsTrue(t *testing.T) {
	run(t, "docs/crm/tryton.md", build, ":8000", ":"+freePort(t))
}
