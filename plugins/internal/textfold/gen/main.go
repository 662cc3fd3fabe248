// Command gen writes the table from traditional to simplified Chinese characters.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
)

var opencc = tablegen.Source{Client: "npm", Name: "opencc-js", Version: "1.4.2",
	SHA256: "acde2ed46fecc53eb1c329ff093886bf702975be24ace4caa3d01321167d69c8", Licence: "dictionaries Apache-2.0 (OpenCC)"}

func main() {
	if err := generate(); err != nil {
		log.Fatal(err)
	}
}

func generate() error {
	dir, err := os.MkdirTemp("", "tables")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	root, err := tablegen.Fetch(dir, opencc)
	if err != nil {
		return err
	}
	module, err := os.ReadFile(filepath.Join(root, "dist", "esm-lib", "dict", "TSCharacters.js"))
	if err != nil {
		return err
	}
	_, text, found := strings.Cut(string(module), `"`)
	text, _, closed := strings.Cut(text, `"`)
	if !found || !closed {
		return fmt.Errorf("TSCharacters.js: no string literal")
	}
	var lines []string
	for _, entry := range strings.Split(text, "|") {
		from, to, _ := strings.Cut(entry, " ")
		to, _, _ = strings.Cut(to, " ") // the first of several is the usual one
		if len([]rune(from)) == 1 && len([]rune(to)) == 1 && from != to {
			lines = append(lines, from+to)
		}
	}
	slices.Sort(lines)
	if err := tablegen.WriteGzip(filepath.Join("data", "t2s.txt.gz"), lines); err != nil {
		return err
	}
	return tablegen.WriteSources(filepath.Join("data", "SOURCES.txt"), opencc)
}
