package sync

import (
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/taxonhq/taxon/host/crm"
)

// derive brings e-mail addresses, domains and phone numbers into one form, and adds the fields that say
// where a customer is without saying who: email_domain and phone_area.
func (n *normaliser) derive(kind crm.Kind, fields map[string]crm.Value) {
	if kind != crm.Company && kind != crm.Contact {
		return
	}
	if v := fields["email"]; !v.Missing() {
		address, domain := email(v.Text())
		set(fields, "email", address)
		set(fields, "email_domain", domain)
	}
	if v := fields["domain"]; !v.Missing() {
		set(fields, "domain", domain(v.Text()))
	}
	if v := fields["phone"]; !v.Missing() {
		number, area := phone(v.Text(), region(fields["country"].Text(), n.region))
		set(fields, "phone", number)
		set(fields, "phone_area", area)
	}
}

func set(fields map[string]crm.Value, name, text string) {
	if text == "" {
		delete(fields, name)
		return
	}
	fields[name] = crm.TextValue(text)
}

// email is an address in lower case and its domain in ASCII form; what is no address has no domain.
func email(s string) (address, host string) {
	s = strings.ToLower(s)
	s = strings.Trim(strings.TrimPrefix(s, "mailto:"), "<> ")
	i := strings.LastIndexByte(s, '@')
	if i <= 0 || strings.ContainsAny(s, " ,;") {
		return s, ""
	}
	return s, ascii(strings.TrimRight(s[i+1:], "."))
}

// domain is the host name of a web address: "https://www.Example.com/about" is "example.com". What is no
// address stays as it is.
func domain(text string) string {
	s := strings.ToLower(text)
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	s, _, _ = strings.Cut(s, "/")
	s, _, _ = strings.Cut(s, ":")
	s = strings.TrimPrefix(strings.TrimRight(s, "."), "www.")
	if host := ascii(s); host != "" {
		return host
	}
	return text
}

// ascii is a host name in the form in which the name system knows it, "" when it is none.
func ascii(host string) string {
	host, err := idna.Lookup.ToASCII(host)
	if err != nil || !strings.Contains(host, ".") {
		return ""
	}
	return host
}

// phone is a number in E.164 form with its country code and geographic area ("+86 21"), without the
// subscriber's digits. What cannot be a number stays as it is; mobile and special numbers have no area.
func phone(s, region string) (number, area string) {
	parsed, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsPossibleNumber(parsed) {
		return s, ""
	}
	number = phonenumbers.Format(parsed, phonenumbers.E164)
	national := phonenumbers.GetNationalSignificantNumber(parsed)
	area = strings.TrimSuffix(number, national)
	if digits := phonenumbers.GetLengthOfGeographicalAreaCode(parsed); digits > 0 && digits < len(national) {
		area += " " + national[:digits]
	}
	return number, area
}

// region is the ISO 3166 code of a country as a CRM holds it (code, or name in English or Chinese), else other.
func region(country, other string) string {
	country = strings.TrimSpace(country)
	if country == "" {
		return other
	}
	if len(country) == 2 || len(country) == 3 {
		if r, err := language.ParseRegion(country); err == nil && r.IsCountry() {
			return r.String()
		}
	}
	if code, ok := regionNames()[strings.ToLower(country)]; ok {
		return code
	}
	return other
}

// regionNames maps names of the countries that have phone numbers to their codes. Source: CLDR.
var regionNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for _, in := range []language.Tag{language.TraditionalChinese, language.SimplifiedChinese, language.English} {
		namer := display.Regions(in)
		for code := range phonenumbers.GetSupportedRegions() {
			if r, err := language.ParseRegion(code); err == nil {
				if name := namer.Name(r); name != "" {
					names[strings.ToLower(name)] = code
				}
			}
		}
	}
	return names
})
