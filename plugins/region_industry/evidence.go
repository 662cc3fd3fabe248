package regionindustry

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/geo"
)

// source is where evidence comes from.
type source int

const (
	fromCountry source = iota
	fromRegion
	fromCity
	fromPostal
	fromAddress
	fromLandLine
	fromDomain
	fromMobile
)

// evidence is one reading of a place.
type evidence struct {
	source source
	place  geo.Place
	weight float64
	said   string // what the source says, for the reason; "" where that is not to be repeated
}

// found is what the evidence adds up to.
type found struct {
	place       geo.Place
	country     float64    // confidence in the country
	subdivision float64    // confidence in the subdivision, 0 without one
	used        []evidence // what supports the place, best first
	against     []evidence // what says otherwise and is strong enough to be a conflict
}

// loweredTo is the confidence that a conflict leaves.
const loweredTo = 0.5

// weigh takes the best evidence for the country, then within that country for the subdivision.
// Agreement raises confidence, conflict lowers it. ok is false without evidence.
func weigh(all []evidence, conflictFrom float64) (found, bool) {
	all = slices.DeleteFunc(slices.Clone(all), func(e evidence) bool { return e.weight <= 0 || e.place.Country == "" })
	if len(all) == 0 {
		return found{}, false
	}
	// Order by weight; equal weights by source and place, so that the order given plays no part.
	slices.SortFunc(all, func(a, b evidence) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.source, b.source),
			strings.Compare(a.place.Subdivision, b.place.Subdivision), strings.Compare(a.place.Country, b.place.Country))
	})
	f := found{place: geo.Place{Country: all[0].place.Country}}
	var inside []evidence
	doubt := 1.0
	for _, e := range all {
		if e.place.Country == f.place.Country {
			f.used = append(f.used, e)
			doubt *= 1 - e.weight
			if e.place.Subdivision != "" {
				inside = append(inside, e)
			}
		} else if e.weight >= conflictFrom {
			f.against = append(f.against, e)
		}
	}
	f.country = confidence(doubt, len(f.against) > 0)
	if len(inside) == 0 {
		return f, true
	}
	f.place.Subdivision = inside[0].place.Subdivision
	doubt, conflict := 1.0, false
	for _, e := range inside {
		if geo.Within(e.place.Subdivision, f.place.Subdivision) || geo.Within(f.place.Subdivision, e.place.Subdivision) {
			doubt *= 1 - e.weight
			continue
		}
		if e.weight >= conflictFrom {
			conflict = true
			f.against = append(f.against, e)
		}
		f.used = slices.DeleteFunc(f.used, func(u evidence) bool { return u == e })
	}
	f.subdivision = min(f.country, confidence(doubt, conflict))
	return f, true
}

func confidence(doubt float64, conflict bool) float64 {
	c := math.Round(100*(1-doubt)) / 100
	if conflict {
		return min(c, loweredTo)
	}
	return c
}
