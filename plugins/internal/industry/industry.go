// Package industry reads an industry out of free text and answers a section or division of
// ISIC Rev.4, the international classification whose divisions are also those of NACE Rev.2.
//
// Sources: ISIC Rev.4 and the titles of NAICS 2017 with the Census concordance are generated
// tables (data/SOURCES.txt); labels.tsv and aliases.tsv are our own. The Chinese standard
// GB/T 4754 is known by its section letters only, which are mapped by rule: no copy of its
// codes with a stated licence was found, so its numbers are not read. GICS is proprietary: its
// names are aliases where they are everyday words, its codes are not read.
//
// Resolution goes from what is certain to what is likely (see Resolve) and stops at the first
// answer. Invariant: every code answered is in ISIC Rev.4; a guess is a suggestion for a
// person, never an answer.
package industry

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

//go:generate go run ./gen

var (
	//go:embed data/isic4.tsv.gz
	packedISIC []byte
	//go:embed data/naics2017.tsv.gz
	packedNAICS []byte
	//go:embed data/labels.tsv
	labelRows string
	//go:embed data/aliases.tsv
	aliasRows string
)

// Entry is a section ("J") or a division ("62") of ISIC Rev.4.
type Entry struct {
	Code    string
	Section string    // the section itself, or the one that the division is in
	Title   string    // official English title
	Labels  [3]string // short names: English, zh-Hans, zh-Hant
}

type naicsEntry struct {
	title, isic string
	share       float64 // of the concordance, 0 to 1
}

type alias struct {
	code       string
	confidence float64
}

// isicTable is ISIC Rev.4, read once.
type isicTable struct {
	entries []Entry
	byCode  map[string]Entry
	isic    map[string]string // code of any level → title
	codes   []string          // of all levels, in the standard's order
}

var isicRev4 = sync.OnceValue(func() *isicTable {
	s := &isicTable{byCode: map[string]Entry{}, isic: map[string]string{}}
	labels := map[string][3]string{}
	for _, f := range rows(labelRows) {
		labels[f[0]] = [3]string{f[1], f[2], f[3]}
	}
	section := ""
	for _, line := range tablegen.Lines(packedISIC) {
		code, title, _ := strings.Cut(line, "\t")
		s.isic[code] = title
		s.codes = append(s.codes, code)
		if len(code) == 1 {
			section = code
		}
		if len(code) <= 2 {
			entry := Entry{Code: code, Section: section, Title: title, Labels: labels[code]}
			s.entries = append(s.entries, entry)
			s.byCode[code] = entry
		}
	}
	return s
})

// tables are what texts are compared with. They are read when the first text is, since every
// start of a plugin lists the standard and only some classify.
type tables struct {
	*isicTable
	titles  map[string]alias // folded official title → ISIC code
	naics   map[string]naicsEntry
	aliases map[string]alias // folded
	longest int              // words or characters in the longest alias
	sorted  []string         // aliases, sorted
	near    *nearest
}

var load = sync.OnceValue(func() *tables {
	t := &tables{isicTable: isicRev4(), titles: map[string]alias{}, naics: map[string]naicsEntry{}, aliases: map[string]alias{}}
	for _, code := range t.codes {
		key := textfold.Fold(t.isic[code])
		if _, taken := t.titles[key]; !taken {
			t.titles[key] = alias{code: code[:min(2, len(code))], confidence: 0.95}
		}
	}
	for _, line := range tablegen.Lines(packedNAICS) {
		f := strings.Split(line, "\t")
		share, err := strconv.Atoi(f[3])
		if err != nil {
			panic("embedded table: " + err.Error())
		}
		entry := naicsEntry{title: f[1], isic: f[2], share: float64(share) / 100}
		for _, code := range sectorCodes(f[0]) {
			t.naics[code] = entry
		}
		key := textfold.Fold(entry.title)
		if _, taken := t.titles[key]; !taken && entry.isic != "" {
			t.titles[key] = alias{code: entry.isic, confidence: 0.9 * entry.share}
		}
	}
	for _, f := range rows(aliasRows) {
		percent, err := strconv.Atoi(f[1])
		if err != nil {
			panic("embedded table: " + err.Error())
		}
		for _, word := range strings.Split(f[2], " | ") {
			key := textfold.Fold(word)
			t.aliases[key] = alias{code: f[0], confidence: float64(percent) / 100}
			t.longest = max(t.longest, len([]rune(key)))
		}
	}
	t.index()
	return t
})

// sectorCodes lists the codes of a NAICS entry: "31-33" is three.
func sectorCodes(code string) []string {
	low, high, ranged := strings.Cut(code, "-")
	if !ranged {
		return []string{code}
	}
	first, err := strconv.Atoi(low)
	if err != nil {
		panic("embedded table: " + err.Error())
	}
	last, err := strconv.Atoi(high)
	if err != nil {
		panic("embedded table: " + err.Error())
	}
	var codes []string
	for n := first; n <= last; n++ {
		codes = append(codes, strconv.Itoa(n))
	}
	return codes
}

// rows splits one of our own tables, without its comments.
func rows(text string) [][]string {
	var list [][]string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if !strings.HasPrefix(line, "#") {
			list = append(list, strings.Split(line, "\t"))
		}
	}
	return list
}

// Entries lists the sections, each followed by its divisions, in the standard's order.
func Entries() []Entry { return isicRev4().entries }

// Lookup finds a section or division by code.
func Lookup(code string) (Entry, bool) {
	entry, found := isicRev4().byCode[code]
	return entry, found
}
