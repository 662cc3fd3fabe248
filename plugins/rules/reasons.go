package rules

import (
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// unclassified sets the main tag, and keeps what rules said about others.
func unclassified(v sdk.Verdict) sdk.Verdict { return v.Set("", protocol.Unclassified) }

var reasons = []sdk.Reason{
	{Code: "rule", Text: sdk.Text{En: "Rule “{rule}” (no. {number}) applies.", ZhHans: "符合规则“{rule_zh_hans}”（第{number}条）。", ZhHant: "符合規則「{rule_zh_hant}」（第{number}條）。"},
		Args: wording.Args("rule", sdk.Arg{Name: "number", Type: sdk.Integer})},
	{Code: "because", Text: sdk.Text{En: "{en} (rule “{rule}”)", ZhHans: "{zh_hans}（规则“{rule_zh_hans}”）", ZhHant: "{zh_hant}（規則「{rule_zh_hant}」）"},
		Args: wording.Args("rule", sdk.Arg{Name: "en", Type: sdk.String}, sdk.Arg{Name: "zh_hans", Type: sdk.String}, sdk.Arg{Name: "zh_hant", Type: sdk.String})},
	{Code: "default", Text: sdk.Text{En: "No rule applies, so the default holds.", ZhHans: "没有规则适用，取默认值。", ZhHant: "沒有規則適用，取預設值。"}},
	{Code: "undecided", Text: sdk.Text{En: "Not decided, since a value is missing: {rules}.", ZhHans: "因缺少数据未能判断的规则：{rules_zh_hans}。", ZhHant: "因缺少資料未能判斷的規則：{rules_zh_hant}。"},
		Args: wording.Args("rules")},
	{Code: "missing", Text: sdk.Text{En: "No rule applies, and a value is missing for these: {rules}.", ZhHans: "没有规则适用，且以下规则缺少数据：{rules_zh_hans}。", ZhHant: "沒有規則適用，且以下規則缺少資料：{rules_zh_hant}。"},
		Args: wording.Args("rules")},
	{Code: "no_rule", Text: sdk.Text{En: "No rule applies.", ZhHans: "没有规则适用。", ZhHant: "沒有規則適用。"}},
	{Code: "values", Text: sdk.Text{En: "Its values: {values}.", ZhHans: "该客户：{values_zh_hans}。", ZhHant: "該客戶：{values_zh_hant}。"},
		Args: wording.Args("values")},
}
