package geo

import (
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
)

// The table says of every prefix in it, and of numbers beside it, what libphonenumber's names of towns say.
func TestPhoneAreasAreThoseOfTheLibrary(t *testing.T) {
	compared, found := 0, 0
	for _, line := range tablegen.Lines(packedPhoneAreas) {
		prefix, _, _ := strings.Cut(line, "\t")
		for n := 1; n <= 3; n++ {
			calling, err := strconv.Atoi(prefix[:n])
			if err != nil {
				t.Fatal(err)
			}
			regions := phonenumbers.GetRegionCodesForCountryCode(calling)
			if len(regions) == 0 || n == len(prefix) {
				continue
			}
			for _, area := range []string{prefix[n:], prefix[n : len(prefix)-1]} { // the shorter one belongs to what is above
				number, ok := complete(regions[0], calling, area)
				if !ok || area == "" {
					continue
				}
				country := phonenumbers.GetRegionCodeForNumber(number)
				if !isCountry(country) {
					country = regions[0]
				}
				want, known := Place{}, false
				name, err := phonenumbers.GetGeocodingForNumber(number, "en")
				if name == CountryName(country, English) { // the town, or the library's answer where it knows none
					continue
				}
				if err == nil {
					parts := strings.Split(name, ", ")
					want, known = inCountry(parts[len(parts)-1], country)
				}
				if got, ok := areaOf(number, country); ok != known || got != want {
					t.Errorf("+%d %s is %v %t, by its town %q it is %v %t", calling, area, got, ok, name, want, known)
				}
				if compared++; known {
					found++
				}
			}
			break
		}
	}
	if compared < 10_000 || found < 2_000 {
		t.Errorf("of %d areas %d have a subdivision", compared, found)
	}
}
