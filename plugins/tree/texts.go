package tree

import (
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// The codes of reasons.
const (
	learned     = "rule"
	isUncertain = "uncertain"
	setByPeople = "set_by_people"
	tooFew      = "too_few"
	poor        = "poor"
	oneClass    = "one_class"
	tooMany     = "too_many_classes"
	newValue    = "new_value"
)

var (
	uncertain = sdk.Option{Code: "uncertain", Rank: 900, Label: sdk.Text{En: "Uncertain", ZhHans: "不确定", ZhHant: "不確定"},
		Description: "similar customers are of several classes", Handling: sdk.Text{En: "Ask a person", ZhHans: "人工判断", ZhHant: "人工判斷"}}
)

// tags are the class with these options, which end with uncertain, and what goes with it.
func tags(options []sdk.Option, description string) []sdk.Tag {
	if options == nil {
		options = []sdk.Option{uncertain}
	}
	if description == "" {
		description = "The class that customers like this one have, by rules learned from customers whom people have classified."
	}
	return []sdk.Tag{
		sdk.Class("", options...).Labelled(sdk.Text{En: "Learned class", ZhHans: "学习分类", ZhHant: "學習分類"}).Opened().Described(description),
		sdk.Score("confidence").Labelled(sdk.Text{En: "Confidence of the learned class", ZhHans: "学习分类置信度", ZhHant: "學習分類置信度"}).
			Described("Share of the customers of the same rule that are of the class, from 0 to 1."),
		sdk.TextTag("rule").Labelled(sdk.Text{En: "Rule of the learned class", ZhHans: "学习分类规则", ZhHant: "學習分類規則"}).
			Described("The conditions that the customer fulfils; = ∅ is a missing value, ∗ everybody."),
	}
}

var reasons = []sdk.Reason{
	{Code: learned, Args: wording.Args("conditions", sdk.Arg{Name: "k", Type: sdk.Integer}, sdk.Arg{Name: "n", Type: sdk.Integer}, sdk.Arg{Name: "class", Type: sdk.String}),
		Text: sdk.Text{En: "Because {conditions}: {k} of {n} such customers were {class}.", ZhHans: "因为{conditions_zh_hans}；此类{n}家客户中{k}家为{class}。",
			ZhHant: "因為{conditions_zh_hant}；此類{n}家客戶中{k}家為{class}。"}},
	{Code: isUncertain, Args: wording.Args("conditions", sdk.Arg{Name: "dist", Type: sdk.String}),
		Text: sdk.Text{En: "Similar customers ({conditions}) were split: {dist}.", ZhHans: "相似客户（{conditions_zh_hans}）分布为{dist}。", ZhHant: "相似客戶（{conditions_zh_hant}）分佈為{dist}。"}},
	{Code: setByPeople, Args: []sdk.Arg{{Name: "class", Type: sdk.String}},
		Text: sdk.Text{En: "It has been classified already: {class}.", ZhHans: "已有分类：{class}。", ZhHant: "已有分類：{class}。"}},
	{Code: tooFew, Args: []sdk.Arg{{Name: "customers", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}},
		Text: sdk.Text{En: "Customers classified by people: {customers}; needed to learn: {minimum}.",
			ZhHans: "已分类的客户有{customers}家，学习至少需要{minimum}家。", ZhHant: "已分類的客戶有{customers}家，學習至少需要{minimum}家。"}},
	{Code: poor, Args: []sdk.Arg{{Name: "accuracy", Type: sdk.Number}, {Name: "majority", Type: sdk.Number}},
		Text: sdk.Text{En: "What was learned is right for {accuracy} % only, the largest class is {majority} %: it is not applied.",
			ZhHans: "学习结果正确率仅{accuracy}%（最大类别占{majority}%），未予应用。", ZhHant: "學習結果正確率僅{accuracy}%（最大類別佔{majority}%），未予應用。"}},
	{Code: oneClass, Text: sdk.Text{En: "All customers classified so far are of one class.", ZhHans: "已分类客户均属同一类别。", ZhHant: "已分類客戶均屬同一類別。"}},
	{Code: tooMany, Text: sdk.Text{En: "The target has too many values to be a class.", ZhHans: "目标取值过多，不能作为类别。", ZhHant: "目標取值過多，不能作為類別。"}},
	{Code: newValue, Args: []sdk.Arg{{Name: "class", Type: sdk.String}},
		Text: sdk.Text{En: "It was classified as {class}, which nobody was when the rules were learned.", ZhHans: "已标为{class}，学习规则时尚无此类别。", ZhHant: "已標為{class}，學習規則時尚無此類別。"}},
}
