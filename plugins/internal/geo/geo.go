// Package geo knows countries, their subdivisions and the regions above and below them, and
// reads places out of what a CRM holds: country text, province text, address, postal code,
// phone area, mail domain.
//
// Sources: countries, their names and UN M49 regions are CLDR's, through golang.org/x/text;
// spelling variants of country names come from biter777/countries; ISO 3166-2 subdivisions,
// the divisions and area codes of China, ZIP prefixes and free mail domains are generated
// tables (data/SOURCES.txt, data/iso-codes/SOURCES.txt name package, version, hash and
// licence). Weighing one reading against another is left to the region_industry plugin.
//
// Invariant: every code that a function answers is in the tables; what is ambiguous is not
// answered at all.
package geo

import "strings"

//go:generate go run ./gen
//go:generate go run ./gen/phones

// Place is a country and, where known, its subdivision.
type Place struct {
	Country     string // ISO 3166-1 alpha-2, "" for none
	Subdivision string // ISO 3166-2, "" for none; its country is Country
}

// Language is a language in which places have names.
type Language int

// The languages of names.
const (
	English Language = iota
	Simplified
	Traditional
)

// ownCountries are the subdivisions of China that ISO 3166-1 lists as countries, which is how
// they are treated: by ISO country code first.
var ownCountries = map[string]string{"CN-TW": "TW", "CN-HK": "HK", "CN-MO": "MO"}

// subdivisionPlace is the place of a subdivision code of the tables.
func subdivisionPlace(code string) Place {
	if country, own := ownCountries[code]; own {
		return Place{Country: country}
	}
	country, _, _ := strings.Cut(code, "-")
	return Place{Country: country, Subdivision: code}
}
