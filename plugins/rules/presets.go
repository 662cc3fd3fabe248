package rules

import (
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// presets are configurations to start from.
var presets = []sdk.Preset[*Config]{
	{Name: "buyers", Label: sdk.Text{En: "Repeat, one and no purchase within a year", ZhHans: "一年内复购、单次、未购买", ZhHant: "一年內複購、單次、未購買"}, Config: buyers},
	{Name: "size", Label: sdk.Text{En: "Size by number of employees", ZhHans: "按员工人数划分规模", ZhHant: "按員工人數劃分規模"}, Config: size},
	{Name: "buying_manner", Label: sdk.Text{En: "Whether purchases follow quotes", ZhHans: "按购买方式（询价或直接下单）", ZhHant: "按購買方式（詢價或直接下單）"}, Config: buyingManner},
}

// buyers works on every connection.
var buyers = &Config{
	Inputs: map[string]string{"orders": "count(deals) where won within 365d"},
	Label:  Label{En: "Buyer", ZhHans: "购买者", ZhHant: "購買者"},
	Options: []Option{
		{Code: "repeat", Label: Label{En: "Repeat buyer", ZhHans: "复购客户", ZhHant: "複購客戶"},
			Handling: Label{En: "Keep the rhythm, offer what goes with it", ZhHans: "保持节奏，推荐配套产品", ZhHant: "保持節奏，推薦配套產品"}},
		{Code: "once", Label: Label{En: "One purchase", ZhHans: "单次购买", ZhHant: "單次購買"},
			Handling: Label{En: "Ask how the first purchase went, lead to the second", ZhHans: "回访首次购买体验，引导第二次购买", ZhHant: "回訪首次購買體驗，引導第二次購買"}},
		{Code: "none", Label: Label{En: "No purchase", ZhHans: "未购买", ZhHant: "未購買"},
			Handling: Label{En: "Find out the need before offering", ZhHans: "先了解需求再报价", ZhHant: "先瞭解需求再報價"}},
	},
	Rules: []Rule{
		{Name: "repeat buyer", When: "orders >= 2", Tag: "repeat", Because: map[string]any{"en": "At least two won deals in a year.", "zh_hans": "一年内至少两次成交。", "zh_hant": "一年內至少兩次成交。"}},
		{Name: "one purchase", When: "orders == 1", Tag: "once"},
	},
	Default: "none",
}

// size has the head counts of the Commission Recommendation 2003/361/EC: below 10, 50 and 250 employees. Its other criterion, turnover or
// balance sheet in euro, is left out: the CRM's revenue is of another year or an estimate as a rule.
var size = &Config{
	Label: Label{En: "Size", ZhHans: "规模", ZhHant: "規模"},
	Options: []Option{
		{Code: "large", Label: Label{En: "Large", ZhHans: "大型", ZhHant: "大型"},
			Handling: Label{En: "Find all who decide, framework contract", ZhHans: "摸清决策链，签订框架协议", ZhHant: "摸清決策鏈，簽訂框架協議"}},
		{Code: "medium", Label: Label{En: "Medium", ZhHans: "中型", ZhHant: "中型"},
			Handling: Label{En: "One contact each in purchasing and in the trade", ZhHans: "采购与业务各建立一位联系人", ZhHant: "採購與業務各建立一位聯絡人"}},
		{Code: "small", Label: Label{En: "Small", ZhHans: "小型", ZhHant: "小型"},
			Handling: Label{En: "Speak with the owner, packages instead of projects", ZhHans: "直接对接负责人，以套餐代替定制", ZhHant: "直接對接負責人，以套餐代替定製"}},
		{Code: "micro", Label: Label{En: "Micro", ZhHans: "微型", ZhHant: "微型"},
			Handling: Label{En: "Self-service and standard prices", ZhHans: "自助服务与标准价格", ZhHant: "自助服務與標準價格"}},
	},
	Rules: []Rule{
		{Name: "250 employees and more", When: "employees >= 250", Tag: "large"},
		{Name: "50 to 249 employees", When: "employees >= 50", Tag: "medium"},
		{Name: "10 to 49 employees", When: "employees >= 10", Tag: "small"},
		{Name: "below 10 employees", When: "employees >= 0", Tag: "micro"},
	},
}

// buyingManner compares the quotes of a year with its purchases.
var buyingManner = &Config{
	Inputs: map[string]string{"orders": "count(deals) where won within 365d", "quotes": "count(activities) where kind = quote within 365d"},
	Label:  Label{En: "Manner of purchase", ZhHans: "购买方式", ZhHant: "購買方式"},
	Options: []Option{
		{Code: "direct", Label: Label{En: "Orders directly", ZhHans: "直接下单", ZhHant: "直接下單"},
			Handling: Label{En: "Make ordering easy, do not reopen prices", ZhHans: "简化下单流程，不主动谈价", ZhHant: "簡化下單流程，不主動談價"}},
		{Code: "by_quote", Label: Label{En: "Orders after quotes", ZhHans: "询价后下单", ZhHant: "詢價後下單"},
			Handling: Label{En: "Answer quickly, ask what decides", ZhHans: "快速报价，问清决定因素", ZhHant: "快速報價，問清決定因素"}},
		{Code: "asks_only", Label: Label{En: "Asks for quotes only", ZhHans: "只询价未下单", ZhHant: "只詢價未下單"},
			Handling: Label{En: "Ask why no order followed, before the next quote", ZhHans: "再次报价前先问明未成交原因", ZhHant: "再次報價前先問明未成交原因"}},
		{Code: "none", Label: Label{En: "Neither quotes nor orders", ZhHans: "无询价与下单", ZhHant: "無詢價與下單"},
			Handling: Label{En: "Find out the need before offering", ZhHans: "先了解需求再报价", ZhHant: "先瞭解需求再報價"}},
	},
	Rules: []Rule{
		{Name: "a quote for each purchase", When: "orders > 0 && quotes >= orders", Tag: "by_quote"},
		{Name: "more purchases than quotes", When: "orders > 0", Tag: "direct"},
		{Name: "quotes without a purchase", When: "quotes > 0", Tag: "asks_only"},
	},
	Default: "none",
}

// ours are the names in presets in the languages of reasons: of a rule by its condition, of an input by what it is.
var ours = map[[2]string]sdk.Text{
	{"orders", "count(deals) where won within 365d"}:                {ZhHans: "成交次数", ZhHant: "成交次數"},
	{"quotes", "count(activities) where kind = quote within 365d"}:  {ZhHans: "询价次数", ZhHant: "詢價次數"},
	{"employees", "employees"}:                                      {ZhHans: "员工人数", ZhHant: "員工人數"},
	{"repeat buyer", "orders >= 2"}:                                 {ZhHans: "复购客户", ZhHant: "複購客戶"},
	{"one purchase", "orders == 1"}:                                 {ZhHans: "单次购买", ZhHant: "單次購買"},
	{"250 employees and more", "employees >= 250"}:                  {ZhHans: "员工250人及以上", ZhHant: "員工250人及以上"},
	{"50 to 249 employees", "employees >= 50"}:                      {ZhHans: "员工50至249人", ZhHant: "員工50至249人"},
	{"10 to 49 employees", "employees >= 10"}:                       {ZhHans: "员工10至49人", ZhHant: "員工10至49人"},
	{"below 10 employees", "employees >= 0"}:                        {ZhHans: "员工不足10人", ZhHant: "員工不足10人"},
	{"a quote for each purchase", "orders > 0 && quotes >= orders"}: {ZhHans: "每次购买均有询价", ZhHant: "每次購買均有詢價"},
	{"more purchases than quotes", "orders > 0"}:                    {ZhHans: "购买多于询价", ZhHant: "購買多於詢價"},
	{"quotes without a purchase", "quotes > 0"}:                     {ZhHans: "有询价而未购买", ZhHant: "有詢價而未購買"},
}

// named is a name in reasons: one that an administrator has given is the same in all languages.
func named(name, what string) sdk.Text {
	words, known := ours[[2]string{name, what}]
	if !known {
		return wording.Same(name)
	}
	words.En = name
	return words
}
