package value

import (
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// The codes.
const (
	high      = "high"
	mid       = "mid"
	low       = "low"
	potential = "potential"
	ordinary  = "ordinary"
	none      = "none"

	nothing   = "nothing"
	tooFew    = "too_few"
	tooLittle = "too_little"
)

// all are the options of every set of levels, best first.
var all = []sdk.Option{
	{Code: high, Label: sdk.Text{En: "High value", ZhHans: "高价值客户", ZhHant: "高價值客戶"},
		Handling: sdk.Text{En: "Exclusive advice, tailored solution, fast after-sales; foresee the next need; review each quarter", ZhHans: "专属顾问、定制方案、快速售后，预判下一步需求；每季度复查", ZhHant: "專屬顧問、客製方案、快速售後，預判下一步需求；每季度複查"}},
	{Code: mid, Label: sdk.Text{En: "Middle value", ZhHans: "中价值客户", ZhHant: "中價值客戶"},
		Handling: sdk.Text{En: "Regular contact, cross-sell, raise what keeps the score down; review every half year", ZhHans: "定期联系，交叉销售，改善拉低得分的方面；每半年复查", ZhHant: "定期聯繫，交叉銷售，改善拉低得分的方面；每半年複查"}},
	{Code: potential, Label: sdk.Text{En: "Potential", ZhHans: "潜力客户", ZhHant: "潛力客戶"},
		Handling: sdk.Text{En: "Targeted information and offers, watch the feedback; review in 30 days", ZhHans: "针对性信息与优惠，关注反馈；30天后复查", ZhHant: "針對性資訊與優惠，關注回饋；30天後複查"}},
	{Code: ordinary, Label: sdk.Text{En: "Ordinary", ZhHans: "普通客户", ZhHant: "普通客戶"},
		Handling: sdk.Text{En: "Value for money, a choice of offers; review every half year", ZhHans: "突出性价比，提供多种选择；每半年复查", ZhHant: "突出性價比，提供多種選擇；每半年複查"}},
	{Code: low, Label: sdk.Text{En: "Low value", ZhHans: "低价值客户", ZhHant: "低價值客戶"},
		Handling: sdk.Text{En: "Inexpensive service; convert by offers, let go where nothing comes; review once a year", ZhHans: "低成本服务，以优惠促转化，无价值则放弃；每年复查", ZhHant: "低成本服務，以優惠促轉化，無價值則放棄；每年複查"}},
	{Code: none, Label: sdk.Text{En: "No purchase, nothing open", ZhHans: "无购买无商机", ZhHant: "無購買無商機"},
		Handling: sdk.Text{En: "Not valued: treat by lifecycle or intent tag; review in 90 days", ZhHans: "不作价值评级，按生命周期或意向处理；90天后复查", ZhHant: "不作價值評級，按生命週期或意向處理；90天後複查"}},
}

// classes are the options by levels.
var classes = map[string][]sdk.Option{
	threeLevels:   only(high, mid, low, none),
	twoLevels:     only(high, low, none),
	withPotential: only(high, potential, ordinary, none),
}

func only(codes ...string) []sdk.Option {
	return slices.DeleteFunc(slices.Clone(all), func(o sdk.Option) bool { return !slices.Contains(codes, o.Code) })
}

// tags are the class with these options, and the parts.
func tags(options []sdk.Option) []sdk.Tag {
	return []sdk.Tag{
		sdk.Class("", options...).Labelled(sdk.Text{En: "Customer value", ZhHans: "客户价值", ZhHant: "客戶價值"}),
		sdk.Score("score").Labelled(sdk.Text{En: "Value score", ZhHans: "价值得分", ZhHant: "價值得分"}).Described("0 to 100, cut to two decimals."),
		sdk.Score(partHistory).Labelled(sdk.Text{En: "Purchase history score", ZhHans: "购买历史得分", ZhHant: "購買歷史得分"}).Described("What was bought, 0 to 100."),
		sdk.Score(partPotential).Labelled(sdk.Text{En: "Potential score", ZhHans: "购买潜力得分", ZhHant: "購買潛力得分"}).Described("What could be bought, 0 to 100."),
		sdk.Score(partLoyalty).Labelled(sdk.Text{En: "Loyalty score", ZhHans: "忠诚度得分", ZhHant: "忠誠度得分"}).Described("How steadily it is bought, 0 to 100."),
		sdk.BooleanTag("vip").Labelled(sdk.Text{En: "VIP", ZhHans: "VIP客户", ZhHant: "VIP客戶"}).Described("Among the largest buyers."),
		sdk.BooleanTag("cultivate").Labelled(sdk.Text{En: "To cultivate", ZhHans: "重点培育", ZhHant: "重點培育"}).Described("Not of high value, but of high potential."),
	}
}

func text(name string) sdk.Arg   { return sdk.Arg{Name: name, Type: sdk.String} }
func number(name string) sdk.Arg { return sdk.Arg{Name: name, Type: sdk.Number} }
func whole(name string) sdk.Arg  { return sdk.Arg{Name: name, Type: sdk.Integer} }

// parts are the names of the three things in reasons.
var parts = map[string]sdk.Text{
	partHistory:   {En: partHistory, ZhHans: "购买历史", ZhHant: "購買歷史"},
	partPotential: {En: partPotential, ZhHans: "购买潜力", ZhHant: "購買潛力"},
	partLoyalty:   {En: partLoyalty, ZhHans: "忠诚度", ZhHant: "忠誠度"},
}

var reasons = []sdk.Reason{
	{Code: "score", Args: wording.Args("sum", text("score")), Text: sdk.Text{
		En: "Value {score} of 100: {sum}.", ZhHans: "价值{score}分（满分100）：{sum_zh_hans}。", ZhHant: "價值{score}分（滿分100）：{sum_zh_hant}。"}},
	{Code: partHistory, Args: wording.Args("sum", text("score")), Text: sdk.Text{
		En: "Purchase history {score}: {sum}.", ZhHans: "购买历史{score}分：{sum_zh_hans}。", ZhHant: "購買歷史{score}分：{sum_zh_hant}。"}},
	{Code: partPotential, Args: wording.Args("sum", text("score")), Text: sdk.Text{
		En: "Potential {score}: {sum}.", ZhHans: "购买潜力{score}分：{sum_zh_hans}。", ZhHant: "購買潛力{score}分：{sum_zh_hant}。"}},
	{Code: partLoyalty, Args: wording.Args("sum", text("score")), Text: sdk.Text{
		En: "Loyalty {score}: {sum}.", ZhHans: "忠诚度{score}分：{sum_zh_hans}。", ZhHant: "忠誠度{score}分：{sum_zh_hant}。"}},
	{Code: "vip", Args: []sdk.Arg{whole("rank"), whole("of")}, Text: sdk.Text{
		En: "VIP: rank {rank} of {of} buyers.", ZhHans: "VIP：在{of}家购买客户中排名第{rank}。", ZhHant: "VIP：在{of}家購買客戶中排名第{rank}。"}},
	{Code: "cultivate", Args: []sdk.Arg{text("potential")}, Text: sdk.Text{
		En: "Worth cultivating: its potential is {potential} of 100.", ZhHans: "值得培育：购买潜力{potential}分（满分100）。", ZhHant: "值得培育：購買潛力{potential}分（滿分100）。"}},
	{Code: "missing", Args: wording.Args("criteria"), Text: sdk.Text{
		En: "Not known: {criteria}.", ZhHans: "缺少数据：{criteria_zh_hans}。", ZhHant: "缺少資料：{criteria_zh_hant}。"}},
	{Code: nothing, Text: sdk.Text{
		En: "No purchase, and nothing that could become one.", ZhHans: "没有购买，也没有在谈商机。", ZhHant: "沒有購買，也沒有在談商機。"}},
	{Code: tooFew, Args: []sdk.Arg{whole("customers"), whole("minimum")}, Text: sdk.Text{
		En: "Customers: {customers}; needed to compare them: {minimum}.", ZhHans: "仅有{customers}家客户，比较至少需要{minimum}家。", ZhHant: "僅有{customers}家客戶，比較至少需要{minimum}家。"}},
	{Code: tooLittle, Args: wording.Args("criteria", number("known")), Text: sdk.Text{
		En: "Only {known} % of the weight is known; missing: {criteria}.", ZhHans: "仅有{known}%权重的指标有数据，缺少：{criteria_zh_hans}。", ZhHant: "僅有{known}%權重的指標有資料，缺少：{criteria_zh_hant}。"}},
}
