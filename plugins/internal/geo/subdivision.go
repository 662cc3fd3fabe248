package geo

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

//go:embed data/iso-codes/subdivisions.tsv.gz
var packedSubdivisions []byte

//go:embed data/subdivision_aliases.tsv
var subdivisionAliases string

type subdivision struct {
	names  [3]string // by Language; the English one is the name of ISO 3166-2
	parent string    // code of the subdivision above, "" for none
}

// subdivisions are the entries of ISO 3166-2 and the index of their names: country, blank and
// folded name to code. Of two subdivisions of a country with one name, the one on the top level
// has it; two on one level leave it ambiguous.
var subdivisions = sync.OnceValues(func() (map[string]subdivision, map[string]string) {
	table := map[string]subdivision{}
	for _, line := range tablegen.Lines(packedSubdivisions) {
		f := strings.Split(line, "\t")
		code, name, parent, hans, hant := f[0], f[1], f[3], f[4], f[5]
		if parent != "" && !strings.Contains(parent, "-") {
			parent = code[:2] + "-" + parent
		}
		name = strings.TrimSuffix(name, "*")
		s := subdivision{names: [3]string{name, hans, hant}, parent: parent}
		for in, n := range s.names {
			if n == "" {
				s.names[in] = name
			}
		}
		table[code] = s
	}
	index := map[string]string{}
	add := func(code, name string) {
		key := textfold.Fold(name)
		if key == "" {
			return
		}
		key = code[:2] + " " + key
		known, taken := index[key]
		higher := func(a, b string) bool { return table[a].parent == "" && table[b].parent != "" }
		switch {
		case !taken || higher(code, known):
			index[key] = code
		case known != code && !higher(known, code):
			index[key] = "" // ambiguous
		}
	}
	for _, line := range tablegen.Lines(packedSubdivisions) {
		code, _, _ := strings.Cut(line, "\t")
		seen := map[string]bool{}
		for _, name := range table[code].names {
			for _, variant := range nameVariants(name) {
				if !seen[variant] {
					seen[variant] = true
					add(code, variant)
				}
			}
		}
	}
	for _, alias := range aliasRows() {
		if code := index[alias[0]+" "+textfold.Fold(alias[1])]; code != "" {
			index[alias[0]+" "+textfold.Fold(alias[2])] = code
		}
	}
	return table, index
})

// aliasRows are country, name of the standard and name in use.
func aliasRows() [][]string {
	var rows [][]string
	for _, line := range strings.Split(strings.TrimSpace(subdivisionAliases), "\n") {
		if row := strings.Split(line, "\t"); len(row) == 3 {
			rows = append(rows, row)
		}
	}
	return rows
}

var (
	bracketed   = regexp.MustCompile(`\s*[\[(].*[\])]`)
	genericWord = regexp.MustCompile(`(?i)^(the |state of |province of |provincia de |região |región de )|( (sheng|shi|zizhiqu|zhuangzu zizhiqu|huizi zizhiqu|uygur zizhiqu|sar|state|province|region|prefecture|county|oblast|governorate|district|department|territory|republic|voivodeship|canton))+$`)
	genericHan  = regexp.MustCompile(`(壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区|省|市|州|县|府|大区)$`)
)

// nameVariants lists the forms in which people write the name of a subdivision.
func nameVariants(name string) []string {
	variants := []string{name}
	plain := bracketed.ReplaceAllString(name, "")
	if head, _, found := strings.Cut(plain, ","); found {
		variants = append(variants, plain, head)
	} else {
		variants = append(variants, plain)
	}
	variants = append(variants, strings.FieldsFunc(plain, func(r rune) bool { return r == ';' || r == '/' })...)
	bare := genericWord.ReplaceAllString(plain, "")
	if simplified := textfold.Simplify(plain); textfold.IsHan(simplified) {
		if short := genericHan.ReplaceAllString(simplified, ""); len([]rune(short)) >= 2 {
			bare = short
		}
	}
	return append(variants, bare)
}

// SubdivisionName is the name of an ISO 3166-2 code; a language without one answers the name
// of the standard, an unknown code itself.
func SubdivisionName(code string, in Language) string {
	table, _ := subdivisions()
	if s, found := table[code]; found {
		return s.names[in]
	}
	return code
}

// IsSubdivision reports whether the code is in ISO 3166-2.
func IsSubdivision(code string) bool {
	table, _ := subdivisions()
	_, found := table[code]
	return found
}

// Within reports whether subdivision a is b or lies in it (a department in its region).
func Within(a, b string) bool {
	table, _ := subdivisions()
	for depth := 0; a != "" && depth < 4; depth++ {
		if a == b {
			return true
		}
		a = table[a].parent
	}
	return false
}

// ParseSubdivision reads a state, province or region. With a country, its codes ("CA",
// "US-CA"), and names in English, Chinese or as ISO spells them; without one, full codes,
// Chinese provinces, and names of four letters or more that only one country has.
func ParseSubdivision(text, country string) (Place, bool) {
	text = strings.TrimSpace(text)
	if textfold.IsBlank(text) {
		return Place{}, false
	}
	if code := strings.ToUpper(text); IsSubdivision(code) && (country == "" || strings.HasPrefix(code, country+"-")) {
		return subdivisionPlace(code), true
	}
	if place, found := ParseChinese(text); found && place.Subdivision != "" && (country == "" || country == "CN") {
		return place, true
	}
	if country != "" {
		return inCountry(text, country)
	}
	return inAnyCountry(text)
}

func inCountry(text, country string) (Place, bool) {
	if code := country + "-" + strings.ToUpper(text); IsSubdivision(code) {
		return subdivisionPlace(code), true
	}
	_, index := subdivisions()
	for _, variant := range nameVariants(text) {
		if code := index[country+" "+textfold.Fold(variant)]; code != "" {
			return subdivisionPlace(code), true
		}
	}
	return Place{}, false
}

// anywhere maps folded names of four letters or more to the code of the only country that has
// such a subdivision; "" where several have.
var anywhere = sync.OnceValue(func() map[string]string {
	_, index := subdivisions()
	names := map[string]string{}
	for key, code := range index {
		country, name, _ := strings.Cut(key, " ")
		switch country {
		case "TW", "HK", "MO": // "Taiwan" as a province is found under China and answered as the country
			continue
		}
		if len(name) < 4 {
			continue
		}
		if known, taken := names[name]; taken && known != code {
			code = ""
		}
		names[name] = code
	}
	return names
})

func inAnyCountry(text string) (Place, bool) {
	for _, variant := range nameVariants(text) {
		if code, known := anywhere()[textfold.Fold(variant)]; known {
			return subdivisionPlace(code), code != ""
		}
	}
	return Place{}, false
}
