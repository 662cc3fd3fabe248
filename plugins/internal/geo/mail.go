package geo

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/language"
)

//go:embed data/freemail.txt.gz
var packedFreeMail []byte

var freeMail = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, domain := range tablegen.Lines(packedFreeMail) {
		set[domain] = true
	}
	return set
})

// topLevel maps a country's top-level domain to the country.
var topLevel = sync.OnceValue(func() map[string]string {
	table := map[string]string{}
	for _, code := range Countries() {
		if domain, err := language.MustParseRegion(code).TLD(); err == nil {
			table[strings.ToLower(domain.String())] = code
		}
	}
	return table
})

// worldwide are top-level domains of countries that companies elsewhere buy for their looks, so
// that they say nothing about a place: those that search engines treat as generic, and a few
// that are sold that way.
var worldwide = map[string]bool{
	"ad": true, "ai": true, "as": true, "bz": true, "cc": true, "cd": true, "co": true, "dj": true, "fm": true, "gg": true,
	"gl": true, "im": true, "io": true, "la": true, "ly": true, "me": true, "ms": true, "nu": true, "sc": true, "sh": true,
	"sr": true, "st": true, "su": true, "tk": true, "to": true, "tv": true, "vc": true, "ws": true,
}

// DomainCountry is the country of a mail or web domain by its top-level domain: of
// "acme.de" and "www.acme.com.cn" but not of "acme.com", "acme.io" or "mail.163.com", a
// provider of free mail.
func DomainCountry(domain string) (string, bool) {
	domain = host(domain)
	if IsFreeMail(domain) {
		return "", false
	}
	top := domain[strings.LastIndexByte(domain, '.')+1:]
	country, found := topLevel()[top]
	if !found || worldwide[top] {
		return "", false
	}
	if suffix, icann := publicsuffix.PublicSuffix(domain); !icann || suffix == domain {
		return "", false
	}
	return country, true
}

// IsFreeMail reports whether everybody can have an address in the domain.
func IsFreeMail(domain string) bool {
	domain = host(domain)
	if freeMail()[domain] {
		return true
	}
	registrable, err := publicsuffix.EffectiveTLDPlusOne(domain)
	return err == nil && freeMail()[registrable]
}

// host strips what people store around a domain: scheme, path, port, "www.".
func host(domain string) string {
	domain = strings.ToLower(strings.TrimSpace(domain))
	if _, rest, found := strings.Cut(domain, "://"); found {
		domain = rest
	}
	if end := strings.IndexAny(domain, "/:?#"); end >= 0 {
		domain = domain[:end]
	}
	return strings.Trim(strings.TrimPrefix(domain, "www."), ".")
}
