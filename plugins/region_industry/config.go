package regionindustry

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/taxonhq/taxon/plugins/internal/geo"
	"github.com/taxonhq/taxon/plugins/internal/industry"
	"github.com/taxonhq/taxon/plugins/internal/memo"
	"github.com/taxonhq/taxon/sdk"
)

// Config is the configuration of a region and industry classifier.
type Config struct {
	Regions      string  `json:"regions" schema:"enum=auto|m49,default=auto" doc:"Regions of mainland China: the usual seven, or like everywhere the UN's."`
	GreaterChina bool    `json:"greater_china" doc:"One region for Taiwan, Hong Kong and Macao instead of the UN's."`
	Groups       []Group `json:"groups" schema:"maxItems=100" doc:"Own regions; the first that holds the customer's subdivision or country wins over the usual ones."`
	Language     string  `json:"language" schema:"enum=en|zh-Hans|zh-Hant,default=en" doc:"Language of the tag subdivision_name."`

	Weights      Weights `json:"weights" doc:"How much each source is trusted, from 0 (not at all) to 1."`
	ConflictFrom float64 `json:"conflict_from" schema:"minimum=0,maximum=1,default=0.5" doc:"Weight from which evidence that says otherwise is a conflict."`
	Minimum      float64 `json:"minimum_confidence" schema:"minimum=0,maximum=1,default=0.3" doc:"Confidence below which the region is unclassified."`

	Level    string            `json:"industry_level" schema:"enum=division|section,default=division" doc:"Whether the industry is a division of ISIC (62) where it is known, or always a section (J)."`
	Standard string            `json:"industry_codes" schema:"enum=auto|isic|naics|gbt4754,default=auto" doc:"The standard of bare codes in the industry field; auto answers only where the standards do not disagree."`
	Aliases  map[string]string `json:"industry_aliases" doc:"Own words for industries: text to ISIC section or division."`

	columns    columns
	aliases    map[string]string
	groups     map[string]string // country or subdivision → code of the group
	readers    readers
	industries *memo.Func[string, industry.Result]
}

// Group is an own region.
type Group struct {
	Code    string   `json:"code" schema:"required,maxLength=40,examples=north|dach,pattern=^[a-z][a-z0-9_]*$" doc:"Stable code in lower-case letters."`
	Label   Label    `json:"label" doc:"Name in the languages of the CRM."`
	Members []string `json:"members" schema:"required,minItems=1" doc:"ISO codes of countries (DE) and subdivisions (CN-SH)."`
}

// Label is a name by language.
type Label struct {
	En     string `json:"en" doc:"English."`
	ZhHans string `json:"zh_hans" doc:"Simplified Chinese."`
	ZhHant string `json:"zh_hant" doc:"Traditional Chinese."`
}

// Weights of the sources.
type Weights struct {
	Country  float64 `json:"country" schema:"minimum=0,maximum=1,default=1" doc:"Country field."`
	Region   float64 `json:"region" schema:"minimum=0,maximum=1,default=1" doc:"State, province or region field."`
	City     float64 `json:"city" schema:"minimum=0,maximum=1,default=0.9" doc:"City field."`
	Postal   float64 `json:"postal_code" schema:"minimum=0,maximum=1,default=0.9" doc:"Postal code, with a country."`
	Address  float64 `json:"address" schema:"minimum=0,maximum=1,default=0.8" doc:"Address text."`
	LandLine float64 `json:"land_line" schema:"minimum=0,maximum=1,default=0.8" doc:"Area code of a phone."`
	Domain   float64 `json:"domain" schema:"minimum=0,maximum=1,default=0.5" doc:"Country domain of company mail or site."`
	Mobile   float64 `json:"mobile" schema:"minimum=0,maximum=1,default=0.4" doc:"Prefix of a mobile phone, or a calling code alone."`
}

// columns are the places of the reads in a row, -1 for a field that the connection lacks.
type columns struct {
	country, region, city, postal, address, phone, mail, domain, industry int
}

// fields are the reads in their order in columns.
var fields = []sdk.Read{
	{Path: "country", Type: sdk.String, Purpose: "The customer's country."},
	{Path: "region", Type: sdk.String, Purpose: "The state or province."},
	{Path: "city", Type: sdk.String, Purpose: "Tells the province where the province is missing."},
	{Path: "postal_code", Type: sdk.String, Purpose: "Tells the state where it is missing."},
	{Path: "address", Type: sdk.String, Purpose: "Tells country and province where their fields are missing."},
	{Path: "phone_area", Type: sdk.String, Purpose: "Calling code and area tell country and province; the subscriber's number is not sent."},
	{Path: "email_domain", Type: sdk.String, Purpose: "A country domain of company mail is weak evidence for the country."},
	{Path: "domain", Type: sdk.String, Purpose: "A country domain of the web site is weak evidence for the country."},
	{Path: "industry", Type: sdk.String, Purpose: "The industry in the CRM's words."},
}

// places are the columns in the order of fields.
func (c *columns) places() []*int {
	return []*int{&c.country, &c.region, &c.city, &c.postal, &c.address, &c.phone, &c.mail, &c.domain, &c.industry}
}

// isicCode is the form of a section or division.
var isicCode = regexp.MustCompile(`^([A-U]|[0-9]{2})$`)

func configure(_ sdk.Run, c *Config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	var reads []sdk.Read
	for i, place := range c.columns.places() {
		*place = -1
		if field, known := cat.Lookup(fields[i].Path); known && !field.List && field.Type == sdk.String {
			*place = len(reads)
			reads = append(reads, fields[i])
		}
	}
	if len(reads) == 0 {
		found.Errorf("", "no_field", "the connection has none of the fields that tell a place or an industry: map country, region, industry or others")
	}
	c.aliases = map[string]string{}
	for text, code := range c.Aliases {
		pointer := "/industry_aliases/" + escape(text)
		if _, known := industry.Lookup(code); !known || !isicCode.MatchString(code) {
			found.Errorf(pointer, "isic", "%q is neither a section nor a division of ISIC Rev.4, such as J or 62", code)
		}
		key := industry.Key(text)
		if other, taken := c.aliases[key]; taken && other != code || key == "" {
			found.Errorf(pointer, "alias", "the text is empty or there twice in another spelling")
		}
		c.aliases[key] = code
	}
	slices.SortFunc(found, func(a, b sdk.Diagnostic) int { return compare(a.Pointer, b.Pointer) })
	c.checkGroups(&found)
	c.readers = newReaders()
	c.industries = memo.New(remembered, func(text string) industry.Result {
		return industry.Resolve(text, industry.Standard(c.Standard), c.aliases)
	})
	return sdk.Effective{Reads: reads, Tags: c.tags()}, found
}

func (c *Config) checkGroups(found *sdk.Diagnostics) {
	taken := map[string]bool{"unclassified": true}
	for _, option := range regionOptions(true, true) {
		taken[option.Code] = true
	}
	c.groups = map[string]string{}
	for i, group := range c.Groups {
		pointer := "/groups/" + strconv.Itoa(i)
		if taken[group.Code] {
			found.Errorf(pointer+"/code", "taken", "there is a region %q already", group.Code)
		}
		taken[group.Code] = true
		for j, member := range group.Members {
			if !geo.IsSubdivision(member) && !slices.Contains(geo.Countries(), member) {
				found.Errorf(pointer+"/members/"+strconv.Itoa(j), "iso", "%q is no ISO code of a country (DE) or subdivision (CN-SH)", member)
			}
			if _, known := c.groups[member]; !known {
				c.groups[member] = group.Code
			}
		}
	}
}
