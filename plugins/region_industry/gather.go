package regionindustry

import (
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/geo"
	"github.com/taxonhq/taxon/plugins/internal/memo"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
	"github.com/taxonhq/taxon/sdk"
)

// record is what the CRM holds about a customer's place; "" for what it lacks.
type record struct {
	country, region, city, postal, address, phone, mail, domain string
}

func (c *columns) record(row sdk.Row) record {
	text := func(i int) string {
		if i < 0 || row.Missing(i) {
			return ""
		}
		return strings.TrimSpace(row.Text(i))
	}
	return record{country: text(c.country), region: text(c.region), city: text(c.city), postal: text(c.postal),
		address: text(c.address), phone: text(c.phone), mail: text(c.mail), domain: text(c.domain)}
}

// unaided is what a city's name in Latin letters is worth where no country is known: it may be
// the name of a city elsewhere.
const unaided = 0.5

// readers are the functions of package geo that cost most, remembered by what the CRM holds.
type readers struct {
	phone       *memo.Func[string, phone]
	subdivision *memo.Func[[2]string, reading]
	country     *memo.Func[string, reading]
}

type phone struct {
	place geo.Place
	kind  geo.PhoneKind
}

type reading struct {
	place geo.Place
	ok    bool
}

// remembered bounds each memory: up to a thousand bytes an answer, where people write what they like.
const remembered = 1024

func newReaders() readers {
	return readers{
		phone: memo.New(remembered, func(text string) phone {
			place, kind := geo.ParsePhoneArea(text)
			return phone{place, kind}
		}),
		subdivision: memo.New(remembered, func(key [2]string) reading {
			place, ok := geo.ParseSubdivision(key[0], key[1])
			return reading{place, ok}
		}),
		country: memo.New(remembered, func(text string) reading {
			if code, ok := geo.ParseCountry(text); ok {
				return reading{geo.Place{Country: code}, true}
			}
			place, ok := geo.ParseChinese(text) // "中国上海"
			return reading{place, ok}
		}),
	}
}

// gather reads every source. What names its country itself comes first; the best of it is the
// hint with which provinces, cities, postal codes and addresses are read.
func (p readers) gather(r record, w Weights) []evidence {
	var all []evidence
	if read := p.country.Of(r.country); read.ok {
		all = append(all, evidence{fromCountry, read.place, w.Country, r.country})
	}
	switch line := p.phone.Of(r.phone); line.kind {
	case geo.LandLine:
		all = append(all, evidence{fromLandLine, line.place, w.LandLine, r.phone})
	case geo.Mobile, geo.CallingOnly:
		all = append(all, evidence{fromMobile, line.place, w.Mobile, r.phone})
	}
	for _, domain := range []string{r.mail, r.domain} {
		code, ok := geo.DomainCountry(domain)
		same := func(e evidence) bool { return e.source == fromDomain && e.place.Country == code }
		if ok && !slices.ContainsFunc(all, same) { // mail and site of one company are one piece of evidence
			all = append(all, evidence{fromDomain, geo.Place{Country: code}, w.Domain, domain})
		}
	}
	var hint evidence
	for _, e := range all {
		if e.weight > hint.weight {
			hint = e
		}
	}
	return settle(append(all, p.aided(r, w, hint)...), hint.place.Country)
}

// aided reads the sources that need a country, or are better read with one.
func (p readers) aided(r record, w Weights, hint evidence) []evidence {
	var all []evidence
	country := hint.place.Country
	add := func(from source, place geo.Place, weight float64, said string) {
		if country != "" && place.Country == country && !textfold.IsHan(said) {
			weight = min(weight, max(hint.weight, unaided)) // it rests on the hint
		}
		all = append(all, evidence{from, place, weight, said})
	}
	for _, within := range []string{country, ""} { // a province of another country contradicts
		if read := p.subdivision.Of([2]string{r.region, within}); read.ok {
			add(fromRegion, read.place, w.Region, r.region)
			break
		}
	}
	if place, ok := geo.ParseChinese(r.city); ok {
		add(fromCity, place, w.City, r.city)
	} else if place, ok := geo.ParsePinyin(r.city); ok && country == "CN" {
		add(fromCity, place, w.City, r.city)
	} else if ok && country == "" {
		add(fromCity, place, min(w.City, unaided), r.city)
	} else if country != "" && country != "US" { // a city of a state's name lies elsewhere there
		if read := p.subdivision.Of([2]string{r.city, country}); read.ok {
			add(fromCity, read.place, w.City, r.city)
		}
	}
	if place, ok := geo.ParsePostalCode(r.postal, country); ok {
		add(fromPostal, place, w.Postal, r.postal)
	}
	if place, ok := geo.ParseAddress(r.address, country); ok {
		add(fromAddress, place, w.Address, "")
	}
	return all
}

// settle lets a Chinese province field or address that names Taiwan, Hong Kong or Macao refine
// "China" instead of contradicting it: their own country codes are used.
func settle(all []evidence, hint string) []evidence {
	if hint != "CN" {
		return all
	}
	own := ""
	for _, e := range all {
		inChina := e.source == fromRegion || e.source == fromCity || e.source == fromAddress
		if inChina && (e.place.Country == "TW" || e.place.Country == "HK" || e.place.Country == "MO") {
			own = e.place.Country
		}
	}
	for i := range all {
		if own != "" && all[i].place == (geo.Place{Country: "CN"}) {
			all[i].place.Country = own
		}
	}
	return all
}
