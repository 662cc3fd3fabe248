package need

import (
	"slices"

	"github.com/taxonhq/taxon/sdk"
)

const mixed = "mixed"

// options are the classes, with their recommended handling. Codes never change.
var options = [axes]sdk.Option{
	price: {Code: "price", Label: sdk.Text{En: "Price-sensitive", ZhHans: "价格敏感型", ZhHant: "價格敏感型"}, Description: "highest of the evidence scores is price",
		Handling: sdk.Text{En: "Volume price, bundle, total cost argument, no bare discount; review each quarter", ZhHans: "阶梯价、组合、总成本论证，避免单纯降价；每季度复查", ZhHant: "階梯價、組合、總成本論證，避免單純降價；每季度複查"}},
	quality: {Code: "quality", Label: sdk.Text{En: "Quality-sensitive", ZhHans: "品质敏感型", ZhHant: "品質敏感型"}, Description: "highest is quality",
		Handling: sdk.Text{En: "Proof: certificates, samples, references; review each quarter", ZhHans: "以认证、样品、案例说服；每季度复查", ZhHant: "以認證、樣品、案例說服；每季度複查"}},
	service: {Code: "service", Label: sdk.Text{En: "Service-sensitive", ZhHans: "服务敏感型", ZhHant: "服務敏感型"}, Description: "highest is service",
		Handling: sdk.Text{En: "SLA, named contact, fast reply; review in 30 days", ZhHans: "SLA、专人、快速响应；30天后复查", ZhHant: "SLA、專人、快速響應；30天後複查"}},
	fashion: {Code: "fashion", Label: sdk.Text{En: "Fashion-following", ZhHans: "时尚追随型", ZhHant: "時尚追隨型"}, Description: "highest is fashion",
		Handling: sdk.Text{En: "New arrivals first, early access, styling ideas; review each quarter", ZhHans: "新品优先推送、抢先购、搭配建议；每季度复查", ZhHant: "新品優先推送、搶先購、搭配建議；每季度複查"}},
}

var noPreference = sdk.Option{Code: mixed, Label: sdk.Text{En: "No clear preference", ZhHans: "无明显偏好", ZhHant: "無明顯偏好"}, Description: "no axis leads clearly",
	Handling: sdk.Text{En: "Ask; review in 90 days", ZhHans: "询问；90天后复查", ZhHant: "詢問；90天後複查"}}

// tags are those of a configuration with these axes.
func tags(codes []string) []sdk.Tag {
	var list []sdk.Option
	var scores []sdk.Tag
	for a, code := range axisCodes {
		if !slices.Contains(codes, code) {
			continue
		}
		list = append(list, options[a])
		l := options[a].Label
		scores = append(scores, sdk.Score(code).Labelled(sdk.Text{En: "Evidence: " + l.En, ZhHans: "证据：" + l.ZhHans, ZhHant: "證據：" + l.ZhHant}).
			Described("Evidence for it, 0 to 100."))
	}
	main := sdk.Class("", append(list, noPreference)...).Unordered().Labelled(sdk.Text{En: "Need", ZhHans: "需求类型", ZhHant: "需求類型"})
	out := append([]sdk.Tag{main}, scores...)
	return append(out, sdk.Score("discount").Labelled(sdk.Text{En: "Usual discount", ZhHans: "通常折扣", ZhHant: "通常折扣"}).
		Described("Median over the won deals of what was paid below the list price, in per cent."))
}

// The codes of reasons.
const (
	answered  = "answered"
	leads     = "before_"  // and the second axis
	noLead    = "between_" // and both
	oneSignal = "one_signal_"
	tooLittle = "too_little"
	tooFew    = "too_few"
	wordsCode = "words"
)

var (
	scoreArg = sdk.Arg{Name: "score", Type: sdk.Number}
	nextIs   = sdk.Arg{Name: "next_score", Type: sdk.Number}
	shareArg = sdk.Arg{Name: "share", Type: sdk.Number}
	dealsArg = sdk.Arg{Name: "deals", Type: sdk.Integer}
)

// reasons name axes in the reader's language, hence one for each axis, or pair of them.
var reasons = append(ofAxes(), []sdk.Reason{
	{Code: answered, Text: sdk.Text{En: "The customer said so in a survey.", ZhHans: "客户在调查中如此回答。", ZhHant: "客戶在調查中如此回答。"}},
	{Code: tooLittle, Args: []sdk.Arg{{Name: "signals", Type: sdk.Integer}, dealsArg},
		Text: sdk.Text{En: "Kinds of evidence known: {signals}; two are needed. Most need {deals} won deals.", ZhHans: "已知证据{signals}类，至少需要两类；多数需要{deals}笔成交。", ZhHant: "已知證據{signals}類，至少需要兩類；多數需要{deals}筆成交。"}},
	{Code: tooFew, Args: []sdk.Arg{{Name: "customers", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}},
		Text: sdk.Text{En: "Customers who show anything: {customers}; needed to compare: {minimum}.", ZhHans: "仅有{customers}家客户有证据，比较至少需要{minimum}家。", ZhHant: "僅有{customers}家客戶有證據，比較至少需要{minimum}家。"}},
	{Code: "discount", Args: []sdk.Arg{shareArg, dealsArg},
		Text: sdk.Text{En: "It usually pays {share} % below list prices ({deals} won deals).", ZhHans: "通常低于目录价{share}%成交（{deals}笔）。", ZhHant: "通常低於目錄價{share}%成交（{deals}筆）。"}},
	{Code: "series", Args: []sdk.Arg{shareArg, dealsArg},
		Text: sdk.Text{En: "Of its won deals {share} % are of an upper series ({deals}).", ZhHans: "成交中{share}%为高端系列（{deals}笔）。", ZhHant: "成交中{share}%為高階系列（{deals}筆）。"}},
	{Code: "tickets", Args: []sdk.Arg{shareArg, dealsArg},
		Text: sdk.Text{En: "Tickets for each hundred won deals: {share} ({deals} deals).", ZhHans: "每百笔成交有{share}张服务工单（{deals}笔）。", ZhHant: "每百筆成交有{share}張服務工單（{deals}筆）。"}},
	{Code: "kind", Args: []sdk.Arg{shareArg, dealsArg},
		Text: sdk.Text{En: "Of its won deals {share} % are fashion ({deals}).", ZhHans: "成交中{share}%为时尚品类（{deals}笔）。", ZhHant: "成交中{share}%為時尚品類（{deals}筆）。"}},
	{Code: wordsCode, Args: []sdk.Arg{shareArg, {Name: "texts", Type: sdk.Integer}},
		Text: sdk.Text{En: "It is what {share} % of the reasons, topics and notes with a key word are about ({texts}).", ZhHans: "含关键词的原因、主题与备注中{share}%与此有关（{texts}条）。", ZhHant: "含關鍵詞的原因、主題與備註中{share}%與此有關（{texts}條）。"}},
}...)

func ofAxes() (list []sdk.Reason) {
	for a, first := range options {
		f := first.Label
		list = append(list, sdk.Reason{Code: leads + axisCodes[a], Args: []sdk.Arg{scoreArg, nextIs},
			Text: sdk.Text{En: "Evidence {score} of 100; next is “" + f.En + "” with {next_score}.", ZhHans: "证据得分{score}（满分100），其次为“" + f.ZhHans + "”{next_score}。", ZhHant: "證據得分{score}（滿分100），其次為「" + f.ZhHant + "」{next_score}。"}})
		list = append(list, sdk.Reason{Code: oneSignal + axisCodes[a],
			Text: sdk.Text{En: "Only one kind of evidence speaks for “" + f.En + "”; two are needed.", ZhHans: "仅有一类证据支持“" + f.ZhHans + "”，至少需要两类。", ZhHant: "僅有一類證據支持「" + f.ZhHant + "」，至少需要兩類。"}})
		for b, second := range options {
			if s := second.Label; a != b {
				list = append(list, sdk.Reason{Code: noLead + axisCodes[a] + "_" + axisCodes[b], Args: []sdk.Arg{scoreArg, nextIs},
					Text: sdk.Text{En: "The evidence points in several directions: “" + f.En + "” {score}, “" + s.En + "” {next_score} of 100.",
						ZhHans: "证据不一致：“" + f.ZhHans + "”{score}，“" + s.ZhHans + "”{next_score}（满分100）。", ZhHant: "證據不一致：「" + f.ZhHant + "」{score}，「" + s.ZhHant + "」{next_score}（滿分100）。"}})
			}
		}
	}
	return list
}
