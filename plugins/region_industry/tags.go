package regionindustry

import (
	"math"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/geo"
	"github.com/taxonhq/taxon/plugins/internal/industry"
	"github.com/taxonhq/taxon/sdk"
)

// routing and playbook are the recommended handling of every region and industry.
var (
	routing  = sdk.Text{En: "Route to the territory", ZhHans: "分派至区域", ZhHant: "分派至區域"}
	playbook = sdk.Text{En: "Use the sector playbook", ZhHans: "按行业方案", ZhHant: "按行業方案"}
)

// tags are what the configuration emits; own groups are the first regions.
func (c *Config) tags() []sdk.Tag {
	var regions []sdk.Option
	for _, group := range c.Groups {
		regions = append(regions, sdk.Option{Code: group.Code, Handling: routing,
			Label: sdk.Text{En: group.Label.En, ZhHans: group.Label.ZhHans, ZhHant: group.Label.ZhHant}})
		if last := &regions[len(regions)-1].Label; last.En == "" && *last != (sdk.Text{}) {
			last.En = group.Code // a label needs English
		}
	}
	regions = append(regions, regionOptions(c.Regions != "m49", c.GreaterChina)...)
	var countries, industries []sdk.Option
	for _, code := range geo.Countries() {
		countries = append(countries, sdk.Option{Code: code, Label: names(code, geo.CountryName)})
	}
	for _, entry := range industry.Entries() {
		if c.Level != "section" || len(entry.Code) == 1 {
			industries = append(industries, sdk.Option{Code: entry.Code, Handling: playbook, Description: entry.Title,
				Label: sdk.Text{En: entry.Labels[0], ZhHans: entry.Labels[1], ZhHant: entry.Labels[2]}})
		}
	}
	return []sdk.Tag{
		sdk.Class("", regions...).Unordered().Opened().Labelled(sdk.Text{En: "Region", ZhHans: "大区", ZhHant: "大區"}).
			Described("Own group, usual region of China, or UN M49 region."),
		sdk.Class("country", countries...).Unordered().Labelled(sdk.Text{En: "Country", ZhHans: "国家/地区", ZhHant: "國家/地區"}).
			Described("ISO 3166-1 alpha-2."),
		sdk.TextTag("subdivision").Labelled(sdk.Text{En: "State or province (code)", ZhHans: "省/州（代码）", ZhHant: "省/州（代碼）"}).
			Described("ISO 3166-2."),
		sdk.TextTag("subdivision_name").Labelled(sdk.Text{En: "State or province", ZhHans: "省/州", ZhHant: "省/州"}),
		sdk.Class("industry", industries...).Unordered().Labelled(sdk.Text{En: "Industry", ZhHans: "行业", ZhHant: "行業"}).
			Described("Section or division of ISIC Rev.4."),
		sdk.Score("confidence").Labelled(sdk.Text{En: "Confidence in the region", ZhHans: "地区置信度", ZhHant: "地區置信度"}).
			Described("0 to 1; 0.5 at most where evidence disagrees."),
		sdk.Score("industry_confidence").Labelled(sdk.Text{En: "Confidence in the industry", ZhHans: "行业置信度", ZhHant: "行業置信度"}).
			Described("0 to 1."),
		sdk.BooleanTag("conflict").Labelled(sdk.Text{En: "Evidence disagrees", ZhHans: "依据相互矛盾", ZhHant: "依據相互矛盾"}),
	}
}

// regionOptions are the usual regions: those of China, and those of the United Nations.
func regionOptions(chinese, greaterChina bool) []sdk.Option {
	var options []sdk.Option
	for _, region := range geo.ChineseRegions {
		if region.Code == geo.GreaterChina && greaterChina || region.Code != geo.GreaterChina && chinese {
			options = append(options, sdk.Option{Code: region.Code, Handling: routing,
				Label: sdk.Text{En: region.Names[geo.English], ZhHans: region.Names[geo.Simplified], ZhHant: region.Names[geo.Traditional]}})
		}
	}
	for _, code := range geo.MacroRegions() {
		options = append(options, sdk.Option{Code: code, Label: names(code, geo.MacroRegionName), Handling: routing, Description: "UN M49 " + code})
	}
	return options
}

// names asks for a name in every language.
func names(code string, name func(string, geo.Language) string) sdk.Text {
	return sdk.Text{En: name(code, geo.English), ZhHans: name(code, geo.Simplified), ZhHant: name(code, geo.Traditional)}
}

// percent is a confidence to two digits.
func percent(confidence float64) float64 { return math.Round(100*confidence) / 100 }

// escape makes a token of a JSON pointer (RFC 6901).
func escape(token string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(token) }

func compare(a, b string) int { return strings.Compare(a, b) }

// place arguments of a reason: the place in three languages and the weight.
var placeArgs = []sdk.Arg{{Name: "en", Type: sdk.String}, {Name: "zh_hans", Type: sdk.String}, {Name: "zh_hant", Type: sdk.String}, {Name: "weight", Type: sdk.Number}}

// saidArgs also have what the source says.
var saidArgs = append([]sdk.Arg{{Name: "said", Type: sdk.String}}, placeArgs...)

// industryArgs are the text and the industry in three languages.
var industryArgs = []sdk.Arg{{Name: "text", Type: sdk.String}, {Name: "en", Type: sdk.String}, {Name: "zh_hans", Type: sdk.String},
	{Name: "zh_hant", Type: sdk.String}, {Name: "confidence", Type: sdk.Number}}

// reasonOf is the reason for each source of evidence.
var reasonOf = [...]string{fromCountry: "country_field", fromRegion: "region_field", fromCity: "city_field", fromPostal: "postal_code",
	fromAddress: "address", fromLandLine: "land_line", fromDomain: "country_domain", fromMobile: "mobile"}

var reasons = []sdk.Reason{
	said("country_field", "The country field", "国家字段", "國家欄位"),
	said("region_field", "The region field", "省/州字段", "省/州欄位"),
	said("city_field", "The city field", "城市字段", "城市欄位"),
	said("postal_code", "The postal code", "邮政编码", "郵遞區號"),
	{Code: "address", Args: placeArgs, Text: sdk.Text{En: "The address: {en} (weight {weight}).", ZhHans: "依据地址：{zh_hans}（权重{weight}）。", ZhHant: "依據地址：{zh_hant}（權重{weight}）。"}},
	said("land_line", "The phone area", "固定电话区号", "市話區碼"),
	said("country_domain", "The domain", "域名", "網域"),
	said("mobile", "The phone prefix", "手机或国家号段", "手機或國家號段"),
	{Code: "conflict", Args: placeArgs, Text: sdk.Text{En: "Other evidence says {en} (weight {weight}), so confidence is lowered.",
		ZhHans: "另有依据指向{zh_hans}（权重{weight}），置信度已下调。", ZhHant: "另有依據指向{zh_hant}（權重{weight}），信心度已下調。"}},
	{Code: "no_place", Text: sdk.Text{En: "Nothing tells a country: no country, province, address, phone area or country domain.",
		ZhHans: "没有任何地区依据：国家、省份、地址、电话区号、域名均缺失。", ZhHant: "沒有任何地區依據：國家、省份、地址、電話區碼、網域均缺失。"}},
	{Code: "weak_evidence", Args: []sdk.Arg{{Name: "confidence", Type: sdk.Number}, {Name: "minimum", Type: sdk.Number}},
		Text: sdk.Text{En: "The evidence is worth {confidence}, {minimum} is needed.", ZhHans: "依据可信度为{confidence}，低于要求的{minimum}。", ZhHant: "依據可信度為{confidence}，低於要求的{minimum}。"}},
	{Code: "no_region", Args: []sdk.Arg{{Name: "country", Type: sdk.String}},
		Text: sdk.Text{En: "{country} belongs to no region.", ZhHans: "{country}不属于任何大区。", ZhHant: "{country}不屬於任何大區。"}},
	{Code: "no_industry", Text: sdk.Text{En: "The industry field is empty.", ZhHans: "行业字段为空。", ZhHant: "行業欄位為空。"}},
	{Code: "industry_unknown", Args: []sdk.Arg{{Name: "text", Type: sdk.String}, {Name: "nearest", Type: sdk.String}},
		Text: sdk.Text{En: "“{text}” is not understood; nearest: {nearest}.", ZhHans: "无法识别“{text}”；相近：{nearest}。", ZhHant: "無法識別「{text}」；相近：{nearest}。"}},
	understood("alias", "a known word for", "是常用说法，对应", "是常用說法，對應"),
	understood("title", "an official title in", "是标准名称，属于", "是標準名稱，屬於"),
	understood("code", "a code of", "是代码，属于", "是代碼，屬於"),
	understood("contained", "about", "含有关键词，归入", "含有關鍵詞，歸入"),
	understood("spelling", "a misspelt word for", "疑似拼写有误，归入", "疑似拼寫有誤，歸入"),
}

func said(code, en, hans, hant string) sdk.Reason {
	return sdk.Reason{Code: code, Args: saidArgs, Text: sdk.Text{En: en + " says “{said}”: {en} (weight {weight}).",
		ZhHans: "依据" + hans + "“{said}”：{zh_hans}（权重{weight}）。", ZhHant: "依據" + hant + "「{said}」：{zh_hant}（權重{weight}）。"}}
}

func understood(method, en, hans, hant string) sdk.Reason {
	return sdk.Reason{Code: "industry_" + method, Args: industryArgs, Text: sdk.Text{En: "“{text}” is " + en + " {en} (confidence {confidence}).",
		ZhHans: "“{text}”" + hans + "{zh_hans}（置信度{confidence}）。", ZhHant: "「{text}」" + hant + "{zh_hant}（信心度{confidence}）。"}}
}
