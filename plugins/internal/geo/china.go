package geo

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/taxonhq/taxon/plugins/internal/tablegen"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
)

//go:embed data/china.tsv.gz
var packedChina []byte

//go:embed data/china_area_codes.tsv.gz
var packedAreaCodes []byte

// provinceLength is the number of digits of a GB/T 2260 code that name the province.
const provinceLength = 2

// divisions are the tables of China, by the two digits of the province.
type divisions struct {
	iso       map[string]string // province digits → ISO 3166-2
	digits    map[string]string // ISO 3166-2 → province digits
	provinces map[string]string // full and short name → province digits
	places    map[string]string // name of a city or county → province digits; "" when several provinces have it
	pinyin    map[string]string // city in pinyin → province digits; "" when several have it
	areas     map[string]string // area code without its zero → province digits
	longest   int               // longest name, in characters
}

var china = sync.OnceValue(func() *divisions {
	d := &divisions{iso: map[string]string{}, digits: map[string]string{}, provinces: map[string]string{},
		places: map[string]string{}, pinyin: map[string]string{}, areas: map[string]string{}}
	table, _ := subdivisions()
	byName := map[string]string{}
	for code, s := range table {
		if strings.HasPrefix(code, "CN-") {
			byName[s.names[Simplified]] = code
		}
	}
	put := func(m map[string]string, name, province string) {
		if known, seen := m[name]; seen && known != province {
			m[name] = ""
		} else {
			m[name] = province
		}
		d.longest = max(d.longest, len([]rune(name)))
	}
	ofCity := map[string]bool{}
	for _, line := range tablegen.Lines(packedChina) {
		f := strings.Split(line, "\t")
		code, name, pinyin := f[0], f[1], f[2]
		province := code[:provinceLength]
		switch {
		case strings.HasSuffix(code, "0000"):
			if iso, known := byName[name]; known {
				d.iso[province], d.digits[iso] = iso, province
			}
			put(d.provinces, name, province)
			put(d.provinces, genericHan.ReplaceAllString(name, ""), province)
		default:
			put(d.places, name, province)
			if short := genericPlace.ReplaceAllString(name, ""); len([]rune(short)) >= 2 && short != name {
				put(d.places, short, province)
				if strings.HasSuffix(name, "自治州") { // "海南州" is in 青海, "海南" is a province
					put(d.places, short+"州", province)
				}
				ofCity[short] = ofCity[short] || strings.HasSuffix(code, "00")
			}
		}
		if pinyin != "" && strings.HasSuffix(code, "00") && !strings.HasSuffix(code, "0000") {
			put(d.pinyin, textfold.Fold(pinyin), province)
		}
	}
	// The short name of a county only makes that of a city ambiguous: nobody writes it alone.
	for short, city := range ofCity {
		if !city {
			delete(d.places, short)
		}
	}
	for spelling, name := range conventional {
		d.pinyin[spelling] = d.places[name]
	}
	for _, line := range tablegen.Lines(packedAreaCodes) {
		code, name, _ := strings.Cut(line, "\t")
		if province := d.prefix([]rune(name)); province != "" {
			put(d.areas, strings.TrimPrefix(code, "0"), province)
		}
	}
	return d
})

// genericPlace ends the names of cities, prefectures and counties.
var genericPlace = regexp.MustCompile(`(((土家|苗|藏|羌|彝|布依|侗|哈尼|白|傣|景颇|傈僳|回|壮|瑶|朝鲜)族|蒙古族?|柯尔克孜|哈萨克)+自治州|自治[州县]|地区|[市盟县区])$`)

// conventional are spellings of cities that are not their pinyin.
var conventional = map[string]string{"harbin": "哈尔滨市", "hohhot": "呼和浩特市", "urumqi": "乌鲁木齐市", "lhasa": "拉萨市",
	"canton": "广州市", "huhehaote": "呼和浩特市", "qiqihar": "齐齐哈尔市", "ordos": "鄂尔多斯市"}

// prefix is the province of the longest name that the text begins with; "" when there is none
// or several provinces have it.
func (d *divisions) prefix(text []rune) string {
	for length := min(d.longest, len(text)); length >= 2; length-- {
		for _, names := range []map[string]string{d.provinces, d.places} {
			if province, found := names[string(text[:length])]; found {
				return province
			}
		}
	}
	return ""
}

func (d *divisions) place(province string) (Place, bool) {
	if iso, found := d.iso[province]; found {
		return subdivisionPlace(iso), true
	}
	return Place{}, false
}

// addressHead is what may stand before the first place name of an address.
var addressHead = regexp.MustCompile(`^(公司|详细|联系|通讯|通信|注册|办公|收货)?地址`)

// ParseChinese reads a text that begins with a place in China, in simplified or traditional
// characters: by the longest name of a province, or of a city or county that only one province
// has ("朝阳区" alone is in two and answers nothing). Taiwan, Hong Kong and Macao are answered
// as the countries that ISO makes them.
func ParseChinese(text string) (Place, bool) {
	runes := []rune(textfold.Simplify(text))
	han := func() {
		for len(runes) > 0 && !unicode.Is(unicode.Han, runes[0]) {
			runes = runes[1:]
		}
	}
	han()
	if head := addressHead.FindString(string(runes)); head != "" {
		runes = runes[len([]rune(head)):]
		han()
	}
	named := false
	for _, country := range []string{"中华人民共和国", "中国"} {
		if rest, found := strings.CutPrefix(string(runes), country); found {
			runes, named = []rune(rest), true
			han()
		}
	}
	if province := china().prefix(runes); province != "" {
		return china().place(province)
	}
	if named {
		return Place{Country: "CN"}, true
	}
	return Place{}, false
}

// ParsePinyin reads the name of a Chinese city in Latin letters, when only one province has it.
func ParsePinyin(text string) (Place, bool) {
	folded := strings.ReplaceAll(textfold.Fold(text), " ", "")
	folded = strings.TrimSuffix(folded, "city")
	if province := china().pinyin[folded]; province != "" {
		return china().place(province)
	}
	return Place{}, false
}

// ChineseRegion is the usual grouping of provinces, by the first digit of their GB/T 2260 code:
// 1 North, 2 Northeast, 3 East, 4 Central and South (41 to 43 Central, 44 to 46 South), 5
// Southwest, 6 Northwest; 7 and 8 are Taiwan, Hong Kong and Macao. It is not a standard.
type ChineseRegion struct {
	Code  string
	Names [3]string // by Language
	first string    // first and second digits that belong to it
}

// GreaterChina is the code of the region of Taiwan, Hong Kong and Macao.
const GreaterChina = "hong_kong_macao_taiwan"

// ChineseRegions lists the regions in the order of their digits.
var ChineseRegions = []ChineseRegion{
	{"north_china", [3]string{"North China", "华北", "華北"}, "1"},
	{"northeast_china", [3]string{"Northeast China", "东北", "東北"}, "2"},
	{"east_china", [3]string{"East China", "华东", "華東"}, "3"},
	{"central_china", [3]string{"Central China", "华中", "華中"}, "41 42 43"},
	{"south_china", [3]string{"South China", "华南", "華南"}, "44 45 46"},
	{"southwest_china", [3]string{"Southwest China", "西南", "西南"}, "5"},
	{"northwest_china", [3]string{"Northwest China", "西北", "西北"}, "6"},
	{GreaterChina, [3]string{"Hong Kong, Macao and Taiwan", "港澳台", "港澳臺"}, "7 8"},
}

// ChineseRegionOf is the region of a place in mainland China, or of Taiwan, Hong Kong and
// Macao; "" for anything else.
func ChineseRegionOf(p Place) string {
	code := p.Subdivision
	for subdivision, country := range ownCountries {
		if country == p.Country {
			code = subdivision
		}
	}
	digits, known := china().digits[code]
	if !known {
		return ""
	}
	for _, region := range ChineseRegions {
		for _, first := range strings.Fields(region.first) {
			if strings.HasPrefix(digits, first) {
				return region.Code
			}
		}
	}
	return ""
}
