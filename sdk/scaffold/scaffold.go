// Package scaffold writes a new plugin in Go: a module that builds, passes the conformance suite and has a
// golden test, ready to be changed.
//
// The templates are embedded and work without a network; a test writes each kind, builds it and runs its
// tests. It does not compile or install anything. Invariant: Write never overwrites a file.
package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

// The kinds of plugins.
const (
	Customer   = "customer"   // judges each customer alone
	Population = "population" // judges each customer against all others
)

// Options say what is written.
type Options struct {
	ID     string // "acme.loyal"
	Kind   string // Customer or Population
	Module string // path of the Go module; default example.com/ with the id's words
	// Checkout is a directory with Taxon's source that the module uses in place of a released version.
	Checkout string
}

//go:embed all:template
var templates embed.FS

var (
	idPattern     = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
	modulePattern = regexp.MustCompile(`^[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*$`)
)

// Write writes the files of a new plugin into a directory, which is made when it does not exist and must be
// empty otherwise. It answers their names.
func Write(dir string, o Options) ([]string, error) {
	if !idPattern.MatchString(o.ID) {
		return nil, fmt.Errorf("%q is no id of a plugin: write who makes it and what it is, such as acme.loyal", o.ID)
	}
	if o.Kind != Customer && o.Kind != Population {
		return nil, fmt.Errorf("%q is no kind of plugin: choose %s or %s", o.Kind, Customer, Population)
	}
	if o.Module == "" {
		o.Module = "example.com/" + strings.ReplaceAll(o.ID, ".", "/")
	}
	if !modulePattern.MatchString(o.Module) {
		return nil, fmt.Errorf("%q is no path of a Go module", o.Module)
	}
	if err := empty(dir); err != nil {
		return nil, err
	}
	var written []string
	for _, part := range []string{"template/common", "template/" + o.Kind} {
		names, err := writeAll(dir, part, o)
		if err != nil {
			return nil, err
		}
		written = append(written, names...)
	}
	if o.Checkout != "" {
		// The checkout's sums hold for whatever it requires, so nothing needs to be asked for.
		sums, err := os.ReadFile(filepath.Join(o.Checkout, "go.sum"))
		if err != nil {
			return nil, err
		}
		if err := write(filepath.Join(dir, "go.sum"), sums); err != nil {
			return nil, err
		}
		written = append(written, "go.sum")
	}
	return written, nil
}

func empty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return errors.New("the directory is not empty: choose a new one")
	}
	return nil
}

func writeAll(dir, root string, o Options) (written []string, err error) {
	err = fs.WalkDir(templates, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := templates.ReadFile(name)
		if err != nil {
			return err
		}
		t, err := template.New(path.Base(name)).Delims("<<", ">>").Parse(string(text))
		if err != nil {
			return err
		}
		var out strings.Builder
		if err := t.Execute(&out, values(o)); err != nil {
			return err
		}
		target := strings.TrimSuffix(strings.TrimPrefix(name, root+"/"), ".tmpl")
		written = append(written, target)
		return write(filepath.Join(dir, filepath.FromSlash(target)), []byte(out.String()))
	})
	return written, err
}

// values are what the templates may use.
func values(o Options) map[string]string {
	words := strings.Split(o.ID, ".")
	name := words[len(words)-1]
	return map[string]string{"ID": o.ID, "Module": o.Module, "Name": name, "Checkout": filepath.ToSlash(o.Checkout)}
}

func write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
