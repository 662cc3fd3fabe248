package geo

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
)

// PhoneKind tells what a phone area says about where somebody is.
type PhoneKind int

// The kinds of phone areas.
const (
	NoPhone     PhoneKind = iota
	LandLine              // an area code: where the line ends
	Mobile                // where a card was issued, if anything
	CallingOnly           // the calling code of a country and no area
)

// ParsePhoneArea reads the country and, for land lines, the subdivision from a calling code and
// area without the subscriber's digits ("+86 21", "+1 415"). Chinese areas come from the table
// of area codes, all others from the prefixes of libphonenumber.
func ParsePhoneArea(text string) (Place, PhoneKind) {
	calling, area, found := strings.Cut(strings.TrimSpace(text), " ")
	code := 0
	for _, digit := range strings.TrimPrefix(calling, "+") {
		if digit < '0' || digit > '9' || code > 999 {
			return Place{}, NoPhone
		}
		code = code*10 + int(digit-'0')
	}
	regions := phonenumbers.GetRegionCodesForCountryCode(code)
	if !strings.HasPrefix(calling, "+") || len(regions) == 0 || !isCountry(regions[0]) {
		return Place{}, NoPhone
	}
	area = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, area)
	main := regions[0]
	if !found || area == "" {
		if len(regions) > 1 && code == 1 {
			return Place{}, NoPhone // 25 countries share the code and none is the usual one
		}
		return Place{Country: main}, CallingOnly
	}
	if code == 86 {
		if place, known := chineseArea(area); known {
			return place, LandLine
		}
		return Place{Country: main}, Mobile
	}
	number, ok := complete(main, code, area)
	if !ok {
		return Place{Country: main}, CallingOnly
	}
	country := phonenumbers.GetRegionCodeForNumber(number)
	if !isCountry(country) {
		country = main
	}
	if phonenumbers.GetNumberType(number) == phonenumbers.MOBILE {
		return Place{Country: country}, Mobile
	}
	if found, ok := areaOf(number, country); ok {
		return found, LandLine
	}
	return Place{Country: country}, LandLine
}

//go:embed data/phone_areas.tsv.gz
var packedPhoneAreas []byte

// areaTable are prefixes of international numbers in ascending order, each with the subdivisions that it belongs to: with commas where
// countries share the calling code.
type areaTable struct {
	prefixes []uint32
	of       []uint16 // the place in where
	where    []string
}

// phoneAreas is the table of all prefixes. libphonenumber's own has the names of towns, and takes some fifty times the memory.
var phoneAreas = sync.OnceValue(func() *areaTable {
	lines := tablegen.Lines(packedPhoneAreas)
	t := &areaTable{prefixes: make([]uint32, len(lines)), of: make([]uint16, len(lines))}
	places := map[string]uint16{}
	for i, line := range lines {
		prefix, where, _ := strings.Cut(line, "\t")
		n, err := strconv.ParseUint(prefix, 10, 32)
		if err != nil {
			panic("embedded table: " + err.Error())
		}
		at, known := places[where]
		if !known {
			where = strings.Clone(where) // the lines are one text, which is not to stay
			at = uint16(len(t.where))
			t.where, places[where] = append(t.where, where), at
		}
		t.prefixes[i], t.of[i] = uint32(n), at
	}
	return t
})

func (t *areaTable) find(prefix uint32) (where string, known bool) {
	i, known := slices.BinarySearch(t.prefixes, prefix)
	if !known {
		return "", false
	}
	return t.where[t.of[i]], true
}

// longestArea is the number of digits of the longest prefix.
const longestArea = 9

// areaOf is the subdivision of a land line, by the longest prefix that the table has.
func areaOf(number *phonenumbers.PhoneNumber, country string) (Place, bool) {
	digits := strings.TrimPrefix(phonenumbers.Format(number, phonenumbers.E164), "+")
	for n := min(longestArea, len(digits)); n > 0; n-- {
		prefix, err := strconv.ParseUint(digits[:n], 10, 32)
		if err != nil {
			return Place{}, false
		}
		where, known := phoneAreas().find(uint32(prefix))
		if !known {
			continue
		}
		for code := range strings.SplitSeq(where, ",") {
			if strings.HasPrefix(code, country+"-") {
				return subdivisionPlace(code), true
			}
		}
		return Place{}, false
	}
	return Place{}, false
}

// chineseArea finds an area code that the digits are or begin with.
func chineseArea(digits string) (Place, bool) {
	for length := min(len(digits), 4); length >= 2; length-- {
		if province := china().areas[digits[:length]]; province != "" {
			return china().place(province)
		}
	}
	return Place{}, false
}

// complete makes a valid number of the country out of an area by adding subscriber's digits,
// since only whole numbers can be told apart by kind and country.
func complete(region string, calling int, area string) (*phonenumbers.PhoneNumber, bool) {
	const subscriber = "234567890123"
	national := 0
	var first *phonenumbers.PhoneNumber
	for length := len(area) + 4; length <= min(12, len(area)+len(subscriber)); length++ {
		national = 0
		for _, digit := range area + subscriber[:length-len(area)] {
			national = national*10 + int(digit-'0')
		}
		code, value := int32(calling), uint64(national)
		number := &phonenumbers.PhoneNumber{CountryCode: &code, NationalNumber: &value}
		if phonenumbers.IsValidNumber(number) {
			return number, true
		}
		if first == nil && phonenumbers.IsPossibleNumber(number) {
			first = number
		}
	}
	return first, first != nil
}
