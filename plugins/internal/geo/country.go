package geo

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/biter777/countries"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// namers answer the names of regions by Language.
var namers = [...]display.Namer{
	English:     display.Regions(language.English),
	Simplified:  display.Regions(language.SimplifiedChinese),
	Traditional: display.Regions(language.TraditionalChinese),
}

// Countries lists the ISO 3166-1 alpha-2 codes in order, and XK, which ISO leaves to users
// and which everybody uses for Kosovo.
var Countries = sync.OnceValue(func() []string {
	var codes []string
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			code := string(first) + string(second)
			region, err := language.ParseRegion(code)
			if err != nil || !region.IsCountry() || region.String() != code || region.Canonicalize() != region {
				continue
			}
			// CLDR also knows withdrawn codes, which have no name, and reserved ones, which have no number.
			if region.M49() > 0 && namers[English].Name(region) != "" {
				codes = append(codes, code)
			}
		}
	}
	return codes
})

// CountryName is the name of a country of Countries; the code where CLDR has no name.
func CountryName(code string, in Language) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := namers[in].Name(region); name != "" {
		return name
	}
	return code
}

// macroRegions is the smallest UN M49 region of each country, and all such regions in order.
var macroRegions = sync.OnceValues(func() (map[string]string, []string) {
	type group struct {
		code    string
		members []string
	}
	var groups []group
	for number := 1; number < 900; number++ { // 900 and above are CLDR's own
		region, err := language.EncodeM49(number)
		if err != nil || !region.IsGroup() {
			continue
		}
		found := group{code: fmt.Sprintf("%03d", number)}
		for _, code := range Countries() {
			if region.Contains(language.MustParseRegion(code)) {
				found.members = append(found.members, code)
			}
		}
		groups = append(groups, found)
	}
	byCountry, size := map[string]string{}, map[string]int{}
	for _, g := range groups {
		for _, code := range g.members {
			if known, seen := size[code]; !seen || len(g.members) < known {
				byCountry[code], size[code] = g.code, len(g.members)
			}
		}
	}
	// CLDR puts eight remote dependencies and Antarctica into a region of its own within Oceania.
	// M49 disagrees about them, so they have none here.
	for _, code := range []string{"001", "009"} {
		for country, region := range byCountry {
			if region == code {
				delete(byCountry, country)
			}
		}
	}
	used := map[string]bool{}
	for _, region := range byCountry {
		used[region] = true
	}
	var order []string
	for _, g := range groups {
		if used[g.code] {
			order = append(order, g.code)
		}
	}
	return byCountry, order
})

// MacroRegion is the UN M49 code ("030") of the smallest geographical region that the country
// lies in; "" for Antarctica and eight remote dependencies.
func MacroRegion(country string) string {
	byCountry, _ := macroRegions()
	return byCountry[country]
}

// MacroRegions lists the regions that MacroRegion answers, by number.
func MacroRegions() []string {
	_, order := macroRegions()
	return order
}

// MacroRegionName is the name of a region of MacroRegions.
func MacroRegionName(code string, in Language) string { return CountryName(code, in) }

// countryAliases are names in use that neither CLDR nor the spelling table has.
var countryAliases = map[string]string{
	"prc": "CN", "pr china": "CN", "p r china": "CN", "peoples republic of china": "CN", "mainland china": "CN", "china mainland": "CN",
	"中华人民共和国": "CN", "中国大陆": "CN", "大陆": "CN", "内地": "CN", "中国内地": "CN", "中华民国": "TW", "台湾地区": "TW",
	"美利坚合众国": "US", "大不列颠": "GB", "英格兰": "GB", "苏格兰": "GB", "威尔士": "GB", "大韩民国": "KR", "南韩": "KR", "纽西兰": "NZ",
	"hong kong": "HK", "hongkong": "HK", "macau": "MO", "macao": "MO", "uae": "AE", "阿拉伯联合酋长国": "AE", "türkiye": "TR",
}

// isoNames are names of ISO 3166-1 as Debian's iso-codes have them (LGPL-2.1-or-later) where CLDR's are others. "刚果" alone
// is the one whose short name has nothing behind it.
var isoNames = map[string]string{
	"阿路巴": "AW", "阿联酋": "AE", "法属南半球领地": "TF", "博奈尔、圣尤斯特歇斯岛和萨巴": "BQ", "波內赫、聖尤斯特歇斯及薩巴": "BQ", "波士尼亞及赫塞哥維納": "BA",
	"圣巴泰勒米岛": "BL", "波利维亚": "BO", "布维群岛": "BV", "博兹瓦那": "BW", "中非": "CF", "刚果民主共和国": "CD", "剛果民主共和國": "CD",
	"刚果": "CG", "古拉索": "CW", "福克兰群岛(马尔维纳斯)": "FK", "福克蘭群島 (馬維娜斯)": "FK", "密克羅尼西亞聯邦": "FM", "法屬蓋亞那": "GF",
	"赫德岛与麦克唐纳群岛": "HM", "赫德島及麥當勞群島": "HM", "吉尔吉斯坦": "KG", "圣路西亚": "LC", "聖馬丁 (法屬)": "MF", "北马其顿": "MK",
	"北馬其頓": "MK", "蒙塞拉特岛": "MS", "蒙塞拉特島": "MS", "皮特克恩": "PN", "皮特肯島": "PN", "palestine, state of": "PS",
	"巴勒斯坦": "PS", "法属玻利尼西亚": "PF", "留尼旺島": "RE", "俄羅斯聯邦": "RU", "南乔治亚岛和南桑德韦奇岛": "GS", "南喬治亞及南三明治群島": "GS",
	"saint helena, ascension and tristan da cunha": "SH", "圣赫勒拿-阿森松-特里斯坦达库尼亚": "SH", "聖赫倫那島、阿森松島及崔斯坦達庫尼亞群島": "SH",
	"斯瓦尔巴特和扬马延岛": "SJ", "冷岸群島及央棉": "SJ", "圣皮埃尔和密克隆": "PM", "聖皮耶及密克隆群島": "PM", "聖多美及普林西比": "ST", "史瓦帝尼": "SZ",
	"聖馬丁 (荷屬)": "SX", "土克凱可群島": "TC", "特里尼达和多巴哥": "TT", "美屬邊疆群島": "UM", "梵地冈": "VA", "教廷 (梵蒂岡城市國)": "VA",
	"聖文森及格瑞納丁": "VC", "沃里斯及伏塔那群島": "WF",
}

var (
	parenthesis = regexp.MustCompile(`\s*[(（].*[)）]`)
	alphaCode   = regexp.MustCompile(`^([A-Za-z]{2,3}|[0-9]{3})$`)
)

// countryIndex maps the folded names of CLDR, and the aliases, to codes.
var countryIndex = sync.OnceValue(func() map[string]string {
	index := map[string]string{}
	for _, code := range Countries() {
		for _, in := range []Language{English, Simplified, Traditional} {
			name := CountryName(code, in)
			for _, variant := range []string{name, parenthesis.ReplaceAllString(name, ""),
				strings.TrimSuffix(name, " SAR China"),
				strings.TrimSuffix(strings.TrimPrefix(textfold.Simplify(name), "中国"), "特别行政区")} {
				if folded := textfold.Fold(variant); folded != "" {
					if _, taken := index[folded]; !taken {
						index[folded] = code
					}
				}
			}
		}
	}
	for _, more := range []map[string]string{isoNames, countryAliases} {
		for name, code := range more {
			index[textfold.Fold(name)] = code
		}
	}
	return index
})

// ParseCountry reads a country from a field that holds countries: an ISO code of two or three
// letters, a UN number, or a name in English, Chinese or a common spelling ("Deutschland",
// "Philipines", "U.S.A.", "中国台湾"). What says nothing ("N/A", "other") is no country.
func ParseCountry(text string) (code string, found bool) {
	text = strings.TrimSpace(text)
	if textfold.IsBlank(text) {
		return "", false
	}
	if alphaCode.MatchString(text) {
		if region, err := language.ParseRegion(text); err == nil {
			if code := region.Canonicalize().String(); isCountry(code) {
				return code, true
			}
		}
	}
	if code, found := ParseCountryName(text); found {
		return code, true
	}
	// The spelling table reads any text of two or three letters as a code once punctuation is
	// gone ("N/A" would be Namibia), so only longer texts and dotted codes reach it.
	if letters := textfold.Fold(text); len(letters) > 3 || strings.Count(text, ".") >= 2 {
		if code := countries.ByName(text).Alpha2(); isCountry(code) {
			return code, true
		}
	}
	return "", false
}

// ParseCountryName reads a name of CLDR in English or Chinese, or an alias; no code and no
// guess, so that it may be used on a part of an address.
func ParseCountryName(text string) (code string, found bool) {
	folded := textfold.Fold(text)
	index := countryIndex()
	if code, found = index[folded]; found {
		return code, true
	}
	for _, trimmed := range []string{strings.TrimPrefix(folded, "the "), strings.TrimPrefix(folded, "中国"), strings.TrimSuffix(folded, "省"),
		strings.TrimSuffix(strings.TrimPrefix(folded, "中国"), "省")} {
		if code, found = index[trimmed]; found {
			return code, true
		}
	}
	return "", false
}

var countrySet = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, code := range Countries() {
		set[code] = true
	}
	return set
})

func isCountry(code string) bool { return countrySet()[code] }
