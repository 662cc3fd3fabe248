package rules

import (
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// unclassified sets the main tag, and keeps what rules said about others.
func unclassified(v sdk.Verdict) sdk.Verdict { return v.Set("", protocol.Unclassified) }

var reasons = []sdk.Reason{
	{Code: "rule", Text: sdk.Text{En: "Rule “{rule}” (no. {number}) applies.", ZhHans: "符合规则“{rule}”（第{number}条）。", ZhHant: "符合規則「{rule}」（第{number}條）。"},
		Args: []sdk.Arg{{Name: "rule", Type: sdk.String}, {Name: "number", Type: sdk.Integer}}},
	{Code: "because", Text: sdk.Text{En: "{en} (rule “{rule}”)", ZhHans: "{zh_hans}（规则“{rule}”）", ZhHant: "{zh_hant}（規則「{rule}」）"},
		Args: []sdk.Arg{{Name: "en", Type: sdk.String}, {Name: "zh_hans", Type: sdk.String}, {Name: "zh_hant", Type: sdk.String}, {Name: "rule", Type: sdk.String}}},
	{Code: "default", Text: sdk.Text{En: "No rule applies, so the default holds.", ZhHans: "没有规则适用，取默认值。", ZhHant: "沒有規則適用，取預設值。"}},
	{Code: "undecided", Text: sdk.Text{En: "Not decided, since a value is missing: {rules}.", ZhHans: "因缺少数据未能判断的规则：{rules}。", ZhHant: "因缺少資料未能判斷的規則：{rules}。"},
		Args: []sdk.Arg{{Name: "rules", Type: sdk.String}}},
	{Code: "missing", Text: sdk.Text{En: "No rule applies, and a value is missing for these: {rules}.", ZhHans: "没有规则适用，且以下规则缺少数据：{rules}。", ZhHant: "沒有規則適用，且以下規則缺少資料：{rules}。"},
		Args: []sdk.Arg{{Name: "rules", Type: sdk.String}}},
	{Code: "no_rule", Text: sdk.Text{En: "No rule applies.", ZhHans: "没有规则适用。", ZhHant: "沒有規則適用。"}},
}

// example is a configuration that works on every connection.
var example = &Config{
	Inputs: map[string]string{"orders": "count(deals) where won within 365d"},
	Label:  Label{En: "Buyer", ZhHans: "购买者", ZhHant: "購買者"},
	Options: []Option{
		{Code: "repeat", Label: Label{En: "Repeat buyer", ZhHans: "复购客户", ZhHant: "複購客戶"}},
		{Code: "once", Label: Label{En: "One purchase", ZhHans: "单次购买", ZhHant: "單次購買"}},
		{Code: "none", Label: Label{En: "No purchase", ZhHans: "未购买", ZhHant: "未購買"}},
	},
	Rules: []Rule{
		{Name: "repeat buyer", When: "orders >= 2", Tag: "repeat", Because: map[string]any{"en": "At least two won deals in a year.", "zh_hans": "一年内至少两次成交。", "zh_hant": "一年內至少兩次成交。"}},
		{Name: "one purchase", When: "orders == 1", Tag: "once"},
	},
	Default: "none",
}

// presets are configurations to start from.
var presets = []sdk.Preset[*Config]{
	{Name: "buyers", Label: sdk.Text{En: "Repeat, one and no purchase within a year", ZhHans: "一年内复购、单次、未购买", ZhHant: "一年內複購、單次、未購買"}, Config: example},
}
