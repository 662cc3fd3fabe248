package demographics

import (
	"fmt"
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// The codes of reasons.
const (
	ofAge         = "age"
	ofText        = "text"
	ofPoints      = "points"
	anyway        = "anyway"
	notSaid       = "not_said"
	notUnderstood = "not_understood"
	implausible   = "implausible"
	unknown       = "unknown"
	noPoints      = "no_points"
)

var reasons = []sdk.Reason{
	{Code: ofAge, Args: []sdk.Arg{{Name: "age", Type: sdk.Integer}}, Text: sdk.Text{En: "Age {age} on the as-of day.", ZhHans: "截至基准日{age}岁。", ZhHant: "截至基準日{age}歲。"}},
	{Code: ofText, Args: []sdk.Arg{{Name: "text", Type: sdk.String}}, Text: sdk.Text{En: "The field says “{text}”.", ZhHans: "字段为“{text}”。", ZhHant: "欄位為「{text}」。"}},
	{Code: ofPoints, Args: wording.Args("parts", sdk.Arg{Name: "points", Type: sdk.Integer}, sdk.Arg{Name: "mid", Type: sdk.Integer}, sdk.Arg{Name: "high", Type: sdk.Integer}),
		Text: sdk.Text{En: "Points {points} ({parts}); mid from {mid}, high from {high}.", ZhHans: "共{points}分（{parts_zh_hans}）；{mid}分起为中风险，{high}分起为高风险。", ZhHant: "共{points}分（{parts_zh_hant}）；{mid}分起為中風險，{high}分起為高風險。"}},
	{Code: anyway, Args: wording.Args("what"),
		Text: sdk.Text{En: "Not known, and cannot change it: {what}.", ZhHans: "未知但不影响结果：{what_zh_hans}。", ZhHant: "未知但不影響結果：{what_zh_hant}。"}},
	{Code: notSaid, Args: []sdk.Arg{{Name: "field", Type: sdk.String}},
		Text: sdk.Text{En: "The field {field} is empty.", ZhHans: "字段{field}为空。", ZhHant: "欄位{field}為空。"}},
	{Code: notUnderstood, Args: []sdk.Arg{{Name: "field", Type: sdk.String}, {Name: "text", Type: sdk.String}},
		Text: sdk.Text{En: "The field {field} says “{text}”, which is not understood; add it to words.", ZhHans: "字段{field}为“{text}”，无法识别，请加入words。", ZhHant: "欄位{field}為「{text}」，無法識別，請加入words。"}},
	{Code: implausible, Args: []sdk.Arg{{Name: "field", Type: sdk.String}},
		Text: sdk.Text{En: "The field {field} gives no plausible age.", ZhHans: "字段{field}无法得出合理年龄。", ZhHant: "欄位{field}無法得出合理年齡。"}},
	{Code: unknown, Args: wording.Args("what", sdk.Arg{Name: "least", Type: sdk.Integer}, sdk.Arg{Name: "most", Type: sdk.Integer}),
		Text: sdk.Text{En: "Not known: {what}; the points are between {least} and {most}.", ZhHans: "未知：{what_zh_hans}；分值在{least}至{most}之间。", ZhHant: "未知：{what_zh_hant}；分值在{least}至{most}之間。"}},
	{Code: noPoints, Text: sdk.Text{En: "The configuration gives no points.", ZhHans: "配置中未设分值。", ZhHant: "設定中未設分值。"}},
}

// ownNames are the criteria that points may be about without a name.
var ownNames = map[string]sdk.Text{
	age:        {En: age, ZhHans: "年龄", ZhHant: "年齡"},
	sex:        {En: sex, ZhHans: "性别", ZhHant: "性別"},
	occupation: {En: occupation, ZhHans: "职业", ZhHant: "職業"},
}

var sexes = []sdk.Option{
	{Code: "female", Label: sdk.Text{En: "Female", ZhHans: "女", ZhHant: "女"}, Description: "the field says so", Handling: form},
	{Code: "male", Label: sdk.Text{En: "Male", ZhHans: "男", ZhHant: "男"}, Description: "the field says so", Handling: form},
	{Code: "diverse", Label: sdk.Text{En: "Diverse", ZhHans: "其他", ZhHant: "其他"}, Description: "neither female nor male", Handling: form},
}

// form is all that a sex recommends.
var form = sdk.Text{En: "Form of address and choice of goods only; same prices and service", ZhHans: "仅用于称呼与选品，价格与服务一视同仁", ZhHant: "僅用於稱呼與選品，價格與服務一視同仁"}

var occupations = []sdk.Option{
	{Code: "white_collar", Label: sdk.Text{En: "White-collar", ZhHans: "白领", ZhHant: "白領"}, Description: "managers, professionals, technicians, clerks (ISCO-08 1 to 4)",
		Handling: sdk.Text{En: "Time-saving offers, contact outside working hours or by mail", ZhHans: "突出省时便捷，非工作时间或邮件联系", ZhHant: "突出省時便捷，非工作時間或郵件聯絡"}},
	{Code: "service_sales", Label: sdk.Text{En: "Service and sales", ZhHans: "服务与销售人员", ZhHant: "服務與銷售人員"}, Description: "service and sales workers (ISCO-08 5)",
		Handling: sdk.Text{En: "Short messages, flexible times", ZhHans: "信息简短，时间灵活", ZhHant: "資訊簡短，時間彈性"}},
	{Code: "blue_collar", Label: sdk.Text{En: "Blue-collar", ZhHans: "蓝领", ZhHant: "藍領"}, Description: "farming, crafts, machines, elementary work (ISCO-08 6 to 9)",
		Handling: sdk.Text{En: "Durability and value for money, contact by phone", ZhHans: "强调耐用与性价比，电话联系", ZhHant: "強調耐用與性價比，電話聯絡"}},
	{Code: "self_employed", Label: sdk.Text{En: "Self-employed", ZhHans: "自由职业与个体", ZhHant: "自由職業與自雇"}, Description: "works for itself",
		Handling: sdk.Text{En: "Business conditions, invoices, one contact", ZhHans: "提供商用条件与发票，专人对接", ZhHant: "提供商用條件與發票，專人對接"}},
	{Code: "student", Label: sdk.Text{En: "Student", ZhHans: "学生", ZhHant: "學生"}, Description: "at school, at university or in training",
		Handling: sdk.Text{En: "Entry offers, student prices, no credit without a check", ZhHans: "入门产品与学生优惠，授信须审核", ZhHant: "入門產品與學生優惠，授信須審核"}},
	{Code: "homemaker", Label: sdk.Text{En: "Homemaker", ZhHans: "家庭主妇/主夫", ZhHant: "家庭主婦/主夫"}, Description: "keeps the home",
		Handling: sdk.Text{En: "Family packs, daily needs, contact in the daytime", ZhHans: "家庭装与日常所需，白天联系", ZhHant: "家庭裝與日常所需，白天聯絡"}},
	{Code: "retired", Label: sdk.Text{En: "Retired", ZhHans: "退休人员", ZhHant: "退休人員"}, Description: "draws a pension",
		Handling: sdk.Text{En: "Personal advice, time to decide, simple steps", ZhHans: "当面讲解，给予考虑时间，步骤简单", ZhHant: "當面講解，給予考慮時間，步驟簡單"}},
	{Code: "not_working", Label: sdk.Text{En: "Not working", ZhHans: "无业", ZhHant: "無業"}, Description: "without work, or looking for it",
		Handling: sdk.Text{En: "Low-cost offers, no pressure", ZhHans: "低价方案，不施压", ZhHant: "低價方案，不施壓"}},
}

var ages = []sdk.Option{
	{Code: "young", Label: sdk.Text{En: "Young", ZhHans: "青年", ZhHant: "青年"}, Description: "below young_below, occupation not understood",
		Handling: sdk.Text{En: "Online channels, new products, sharing", ZhHans: "线上渠道，推荐新品，鼓励分享", ZhHant: "線上管道，推薦新品，鼓勵分享"}},
	{Code: "middle_aged", Label: sdk.Text{En: "Middle-aged", ZhHans: "中年", ZhHant: "中年"}, Description: "in between, occupation not understood",
		Handling: sdk.Text{En: "Quality and reliability, offers for the household", ZhHans: "强调品质与可靠，推荐家庭方案", ZhHant: "強調品質與可靠，推薦家庭方案"}},
	{Code: "senior", Label: sdk.Text{En: "Senior", ZhHans: "老年", ZhHant: "老年"}, Description: "from senior_from, occupation not understood",
		Handling: sdk.Text{En: "Personal advice, time to decide, simple steps", ZhHans: "当面讲解，给予考虑时间，步骤简单", ZhHant: "當面講解，給予考慮時間，步驟簡單"}},
}

var risks = []sdk.Option{
	{Code: "low", Label: sdk.Text{En: "Low risk", ZhHans: "低风险", ZhHant: "低風險"}, Description: "fewer points than mid_from",
		Handling: sdk.Text{En: "Good conditions without a further check", ZhHans: "优惠条件，免额外审核", ZhHant: "優惠條件，免額外審核"}},
	{Code: "mid", Label: sdk.Text{En: "Middle risk", ZhHans: "中风险", ZhHant: "中風險"}, Description: "from mid_from",
		Handling: sdk.Text{En: "Ask for what is missing, standard conditions", ZhHans: "补充资料，标准条件", ZhHant: "補充資料，標準條件"}},
	{Code: "high", Label: sdk.Text{En: "High risk", ZhHans: "高风险", ZhHant: "高風險"}, Description: "from high_from",
		Handling: sdk.Text{En: "A person decides; offer advice on prevention", ZhHans: "人工核保，提供预防建议", ZhHant: "人工核保，提供預防建議"}},
}

// bandsOf are the classes of ages that begin at the bounds.
func bandsOf(bounds []int64) (options []sdk.Option) {
	if len(bounds) > 0 && bounds[0] > 0 {
		n := bounds[0]
		options = append(options, sdk.Option{Code: fmt.Sprint("under_", n), Description: "younger than the first band",
			Label: sdk.Text{En: fmt.Sprint("Under ", n), ZhHans: fmt.Sprintf("未满%d岁", n), ZhHant: fmt.Sprintf("未滿%d歲", n)}})
	}
	for i, from := range bounds {
		o := sdk.Option{Code: fmt.Sprint(from, "_plus"), Description: "the last band",
			Label: sdk.Text{En: fmt.Sprint(from, " and older"), ZhHans: fmt.Sprintf("%d岁及以上", from), ZhHant: fmt.Sprintf("%d歲及以上", from)}}
		if i+1 < len(bounds) {
			to := bounds[i+1] - 1
			o = sdk.Option{Code: fmt.Sprint(from, "-", to), Description: "completed years, both ends included",
				Label: sdk.Text{En: fmt.Sprint(from, "–", to), ZhHans: fmt.Sprintf("%d–%d岁", from, to), ZhHant: fmt.Sprintf("%d–%d歲", from, to)}}
		}
		options = append(options, o)
	}
	for i := range options {
		options[i].Handling = sdk.Text{En: "Choose channel and offer by age; same prices and service", ZhHans: "按年龄选择渠道与内容，价格与服务一视同仁", ZhHant: "按年齡選擇管道與內容，價格與服務一視同仁"}
		if i == 0 && bounds[0] > 0 && bounds[0] <= 18 {
			options[i].Handling = sdk.Text{En: "No advertising to minors; contracts with the guardian", ZhHans: "不向未成年人营销，由监护人签约", ZhHant: "不向未成年人行銷，由監護人簽約"}
		}
	}
	return options
}

var defaultBands = bandsOf([]int64{18, 25, 35, 45, 55, 65})

// classTag is the class tag with its options; none but risks are better or worse.
func classTag(options []sdk.Option) sdk.Tag {
	return sdk.Class("", options...).Labelled(sdk.Text{En: "Demographic group", ZhHans: "人口特征", ZhHant: "人口特徵"})
}

// parts are the tags beside the class.
func parts(bands []sdk.Option) map[string]sdk.Tag {
	return map[string]sdk.Tag{
		age:        sdk.Class("age_band", bands...).Unordered().Opened().Labelled(sdk.Text{En: "Age band", ZhHans: "年龄段", ZhHant: "年齡段"}).Described("Band of the completed years."),
		sex:        sdk.Class(sex, sexes...).Unordered().Labelled(sdk.Text{En: "Sex", ZhHans: "性别", ZhHant: "性別"}).Described("As the field says."),
		occupation: sdk.Class(occupation, occupations...).Unordered().Labelled(sdk.Text{En: "Occupation group", ZhHans: "职业群体", ZhHant: "職業群體"}).Described("Group of the occupation."),
	}
}

func points() sdk.Tag {
	return sdk.IntegerTag("points").Labelled(sdk.Text{En: "Risk points", ZhHans: "风险分值", ZhHant: "風險分值"}).Described("Sum of the points, where everything is known.")
}

// allTags are those of every configuration.
func allTags() []sdk.Tag {
	p := parts(defaultBands)
	return []sdk.Tag{classTag(slices.Concat(defaultBands, sexes, occupations, ages, risks)).Unordered().Opened(), p[age], p[sex], p[occupation], points()}
}

// tags are those of a configuration.
func (cfg *config) tags() []sdk.Tag {
	var list []sdk.Tag
	switch cfg.Class {
	case sex:
		list = append(list, classTag(sexes).Unordered())
	case occupation:
		list = append(list, classTag(occupations).Unordered())
	case group:
		list = append(list, classTag(slices.Concat(occupations, ages)).Unordered())
	case risk:
		list = append(list, classTag(risks).Labelled(sdk.Text{En: "Risk", ZhHans: "风险等级", ZhHant: "風險等級"}))
	default:
		list = append(list, classTag(cfg.bands).Unordered())
	}
	for _, part := range []string{age, sex, occupation} {
		if slices.Contains(cfg.Also, part) {
			list = append(list, parts(cfg.bands)[part])
		}
	}
	if cfg.Class == risk {
		list = append(list, points())
	}
	return list
}
