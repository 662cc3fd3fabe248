package regionindustry

import (
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/geo"
	"github.com/taxonhq/taxon/plugins/internal/industry"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Pointwise[*Config, sdk.Row]{
		Info: sdk.Info{ID: "region_industry", Version: "1.0.0", License: "Apache-2.0 AND LGPL-2.1-or-later",
			Summary: "Where customers are and what they do, from whatever the CRM holds, with confidence"},
		Tags:    (&Config{GreaterChina: true}).tags(),
		Reasons: reasons,
		Reads:   fields,
		Presets: []sdk.Preset[*Config]{
			{Name: "china", Label: sdk.Text{En: "China: seven regions, 港澳台 as one", ZhHans: "中国：七大区，港澳台合为一区", ZhHant: "中國：七大區，港澳臺合為一區"},
				Config: &Config{GreaterChina: true, Language: "zh-Hans", Standard: "gbt4754"}},
			{Name: "world", Label: sdk.Text{En: "World: United Nations regions", ZhHans: "全球：联合国区域", ZhHant: "全球：聯合國區域"},
				Config: &Config{Regions: "m49"}},
			{Name: "sections", Label: sdk.Text{En: "Industries as the 21 sections only", ZhHans: "行业只分21个门类", ZhHant: "行業只分21個門類"},
				Config: &Config{Level: "section"}},
		},
		Configure: configure,
		Classify:  classify,
	}
}

// classify judges one customer. What concerns the main tag is said first.
func classify(run sdk.Run, c *Config, row sdk.Row) sdk.Verdict {
	return c.industry(c.place(run, row), run, row)
}

// place is the verdict on where the customer is.
func (c *Config) place(run sdk.Run, row sdk.Row) sdk.Verdict {
	f, ok := weigh(c.readers.gather(c.columns.record(row), c.Weights), c.ConflictFrom)
	if !ok {
		return unplaced("no_place")
	}
	if f.country < c.Minimum {
		return unplaced("weak_evidence", f.country, c.Minimum)
	}
	region, sure := c.region(f)
	v := sdk.Set("", region)
	if region == "" {
		v = sdk.Unclassified("no_region", geo.CountryName(f.place.Country, geo.English))
	}
	v = v.Set("country", f.place.Country).Set("confidence", sure).Set("conflict", len(f.against) > 0)
	if f.place.Subdivision != "" {
		v = v.Set("subdivision", f.place.Subdivision).
			Set("subdivision_name", geo.SubdivisionName(f.place.Subdivision, languages[c.Language]))
	}
	if !run.Explain {
		return v
	}
	for _, e := range f.used {
		v = because(v, reasonOf[e.source], e)
	}
	for _, e := range f.against {
		v = because(v, "conflict", e)
	}
	return v
}

func unplaced(reason string, args ...any) sdk.Verdict {
	return sdk.Unclassified(reason, args...).Set("country", protocol.Unclassified)
}

var languages = map[string]geo.Language{"en": geo.English, "zh-Hans": geo.Simplified, "zh-Hant": geo.Traditional}

// region is the region of a place, and the confidence in it.
func (c *Config) region(f found) (string, float64) {
	for _, code := range []string{f.place.Subdivision, f.place.Country} {
		group, own := c.groups[code]
		if own && code == f.place.Subdivision {
			return group, f.subdivision
		}
		if own {
			return group, f.country
		}
	}
	region := geo.ChineseRegionOf(f.place)
	switch {
	case region == "":
	case f.place.Country == "CN" && c.Regions == "auto":
		return region, f.subdivision
	case f.place.Country != "CN" && c.GreaterChina:
		return region, f.country
	}
	return geo.MacroRegion(f.place.Country), f.country
}

// because adds what one piece of evidence says, with the place in three languages.
func because(v sdk.Verdict, code string, e evidence) sdk.Verdict {
	var names [3]string
	for in := range names {
		names[in] = geo.CountryName(e.place.Country, geo.Language(in))
		if e.place.Subdivision != "" {
			names[in] = geo.SubdivisionName(e.place.Subdivision, geo.Language(in)) + ", " + names[in]
		}
	}
	if code == "conflict" || e.source == fromAddress {
		return v.Because(code, names[geo.English], names[geo.Simplified], names[geo.Traditional], e.weight)
	}
	return v.Because(code, e.said, names[geo.English], names[geo.Simplified], names[geo.Traditional], e.weight)
}

// industry adds what the industry field says.
func (c *Config) industry(v sdk.Verdict, run sdk.Run, row sdk.Row) sdk.Verdict {
	at := c.columns.industry
	if at < 0 || row.Missing(at) || strings.TrimSpace(row.Text(at)) == "" {
		return v.Set("industry", protocol.Unclassified).Because("no_industry")
	}
	text := row.Text(at)
	result := c.industries.Of(text)
	if result.Code == "" {
		return v.Set("industry", protocol.Unclassified).Because("industry_unknown", text, suggestions(result.Suggestions))
	}
	entry, _ := industry.Lookup(result.Code)
	if c.Level == "section" {
		entry, _ = industry.Lookup(entry.Section)
	}
	v = v.Set("industry", entry.Code).Set("industry_confidence", percent(result.Confidence))
	if !run.Explain {
		return v
	}
	return v.Because("industry_"+string(result.Method), text, entry.Labels[0], entry.Labels[1], entry.Labels[2], percent(result.Confidence))
}

// suggestions lists titles with their codes: "Sound recording (59), Photography (74)".
func suggestions(list []industry.Suggestion) string {
	var parts []string
	for _, s := range list {
		parts = append(parts, s.Title+" ("+s.Code+")")
	}
	return strings.Join(parts, ", ")
}
