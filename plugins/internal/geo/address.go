package geo

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

//go:embed data/us_zip_prefixes.tsv.gz
var packedZip []byte

var zipStates = sync.OnceValue(func() map[string]string {
	table := map[string]string{}
	for _, line := range tablegen.Lines(packedZip) {
		prefix, state, _ := strings.Cut(line, "\t")
		table[prefix] = "US-" + state
	}
	return table
})

var (
	zipCode    = regexp.MustCompile(`^[0-9]{5}(-?[0-9]{4})?$`)
	frenchCode = regexp.MustCompile(`^[0-9]{5}$`)
	trailing   = regexp.MustCompile(`[\s,]+[0-9][0-9A-Za-z -]*$|^[0-9][0-9 -]*[\s]+`)
)

// ParsePostalCode reads the subdivision from a postal code whose country is known: in the
// United States by the first three digits where they belong to one state, in France by the
// first two, which are the number of the department. No other country is known.
func ParsePostalCode(code, country string) (Place, bool) {
	code = strings.TrimSpace(code)
	subdivision := ""
	switch {
	case country == "US" && zipCode.MatchString(code):
		subdivision = zipStates()[code[:3]]
	case country == "FR" && frenchCode.MatchString(code):
		subdivision = "FR-" + code[:2]
	}
	if !IsSubdivision(subdivision) {
		return Place{}, false
	}
	return subdivisionPlace(subdivision), true
}

// ParseAddress reads a place out of an address line. A Chinese one is read from its beginning.
// Others are read from their end: the country by name, before it the subdivision by code or
// name, with a postal code beside it or not ("…, San Francisco, CA 94105, USA"). country is
// what is known from elsewhere, or "".
func ParseAddress(text, country string) (Place, bool) {
	if textfold.IsHan(text) {
		return ParseChinese(text)
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == ';' || r == '|' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	named := false
	if len(parts) > 0 {
		last := parts[len(parts)-1]
		if code, found := ParseCountryName(last); found {
			country, named = code, true
		} else if upper := strings.ReplaceAll(last, ".", ""); upper == "USA" || upper == "UK" || upper == "UAE" {
			country, named = ParseCountry(upper)
		}
	}
	if named {
		parts = parts[:len(parts)-1]
	}
	if country == "" {
		return Place{}, false
	}
	for i := len(parts) - 1; i >= 0 && i >= len(parts)-2; i-- {
		candidate := trailing.ReplaceAllString(parts[i], "")
		if place, found := inCountry(candidate, country); found {
			return place, true
		}
		if country == "CN" {
			if place, found := ParsePinyin(candidate); found {
				return place, true
			}
		}
	}
	return Place{Country: country}, named
}
