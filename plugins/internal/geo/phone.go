package geo

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
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
	place, err := phonenumbers.GetGeocodingForNumber(number, "en")
	if err == nil && place != "" {
		parts := strings.Split(place, ", ")
		if found, ok := inCountry(parts[len(parts)-1], country); ok {
			return found, LandLine
		}
	}
	return Place{Country: country}, LandLine
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
