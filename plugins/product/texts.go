package product

import (
	"slices"

	"github.com/taxonhq/taxon/sdk"
)

// The codes of the classes that rules speak of.
const (
	service   = "service"
	financial = "financial"
	mixed     = "mixed"
	none      = "none"
)

// usual are the kinds of products. Codes never change.
var usual = []sdk.Option{
	{Code: "durable", Label: sdk.Text{En: "Durable goods", ZhHans: "耐用品", ZhHant: "耐用品"}, Description: "mostly goods that are used for years",
		Handling: sdk.Text{En: "Maintenance and accessories, offer a replacement when its life ends", ZhHans: "提供保养与配件，临近使用年限时推荐换新", ZhHant: "提供保養與配件，臨近使用年限時推薦換新"}},
	{Code: "non_durable", Label: sdk.Text{En: "Non-durable goods", ZhHans: "非耐用品", ZhHant: "非耐用品"}, Description: "mostly goods that are used up",
		Handling: sdk.Text{En: "Remind to restock, subscription, volume prices", ZhHans: "补货提醒、订阅、批量优惠", ZhHant: "補貨提醒、訂閱、批量優惠"}},
	{Code: service, Label: sdk.Text{En: "Services", ZhHans: "服务", ZhHant: "服務"}, Description: "mostly services",
		Handling: sdk.Text{En: "Ask about quality, renew in time, packages", ZhHans: "回访服务质量，及时续约，打包方案", ZhHant: "回訪服務品質，及時續約，打包方案"}},
	{Code: financial, Label: sdk.Text{En: "Financial products", ZhHans: "金融产品", ZhHant: "金融產品"}, Description: "mostly financial products",
		Handling: sdk.Text{En: "Check suitability, regular review by an adviser", ZhHans: "适当性评估，顾问定期回顾", ZhHant: "適當性評估，顧問定期回顧"}},
}

func usualKinds() []sdk.Option { return slices.Clone(usual) }

func isUsual(code string) bool {
	return slices.ContainsFunc(usual, func(o sdk.Option) bool { return o.Code == code })
}

// option is the class of an own kind.
func (k *kind) option() sdk.Option {
	o := sdk.Option{Code: k.Code, Label: sdk.Text{En: k.Label.En, ZhHans: k.Label.ZhHans, ZhHant: k.Label.ZhHant},
		Handling: sdk.Text{En: "Offer what goes with it", ZhHans: "推荐相关产品", ZhHant: "推薦相關產品"}}
	if o.Label.En == "" && o.Label != (sdk.Text{}) {
		o.Label.En = k.Code // a label needs English
	}
	return o
}

func tags(kinds []sdk.Option) []sdk.Tag {
	options := append(kinds,
		sdk.Option{Code: mixed, Label: sdk.Text{En: "Several kinds", ZhHans: "多种类型", ZhHant: "多種類型"}, Description: "no kind has the share that makes it the main one",
			Handling: sdk.Text{En: "Bundles across kinds, one person for all", ZhHans: "跨类组合方案，专人统一对接", ZhHant: "跨類組合方案，專人統一對接"}},
		sdk.Option{Code: none, Label: sdk.Text{En: "No purchase", ZhHans: "无购买", ZhHant: "無購買"}, Description: "no won deal in the window",
			Handling: sdk.Text{En: "Ask what is needed, offer a beginning", ZhHans: "了解需求，提供入门方案", ZhHant: "了解需求，提供入門方案"}})
	return []sdk.Tag{
		sdk.Class("", options...).Unordered().Opened().Labelled(sdk.Text{En: "Product bought", ZhHans: "购买产品类型", ZhHant: "購買產品類型"}),
		sdk.TextTag("kinds").Labelled(sdk.Text{En: "Kinds bought", ZhHans: "购买过的类型", ZhHant: "購買過的類型"}).
			Described("Codes of all kinds bought, the largest first."),
		sdk.Score("share").Labelled(sdk.Text{En: "Share of the main kind (%)", ZhHans: "主要类型占比(%)", ZhHant: "主要類型占比(%)"}).
			Described("Of the purchases that are understood."),
		sdk.IntegerTag("breadth").Labelled(sdk.Text{En: "Categories bought", ZhHans: "购买品类数", ZhHant: "購買品類數"}).
			Described("How many different categories (or products, where there is no category) it bought."),
		sdk.TextTag("favourite").Labelled(sdk.Text{En: "Interest group", ZhHans: "兴趣组", ZhHant: "興趣組"}).
			Described("The category bought most."),
		sdk.Score("favourite_share").Labelled(sdk.Text{En: "Share of the interest group (%)", ZhHans: "兴趣组占比(%)", ZhHant: "興趣組占比(%)"}).
			Described("Of the purchases that have a category or product."),
	}
}

// lookedTag is a part where the configuration says what tells it.
var lookedTag = sdk.TextTag("looked_at").Labelled(sdk.Text{En: "Looked at most", ZhHans: "关注品类", ZhHant: "關注品類"}).
	Described("The category that activities name most; it need not have been bought.")

// The codes of reasons.
const (
	ofLooked      = "looked_at"
	ofDeals       = "deals"
	ofAmount      = "amount"
	noMain        = "no_main_kind"
	ofFavourite   = "favourite"
	ofCustomer    = "customer_field"
	nothing       = "nothing"
	nothingEver   = "never_bought"
	notSaid       = "not_said"
	notUnderstood = "not_understood"
	noAmounts     = "no_amounts"
)

// shareArgs begin with the kind's name in three languages.
var shareArgs = []sdk.Arg{{Name: "en", Type: sdk.String}, {Name: "zh_hans", Type: sdk.String}, {Name: "zh_hant", Type: sdk.String}, {Name: "share", Type: sdk.Number}, {Name: "n", Type: sdk.Integer}, {Name: "kinds", Type: sdk.Integer}}

var reasons = []sdk.Reason{
	{Code: ofDeals, Args: shareArgs,
		Text: sdk.Text{En: "Most often {en}: {share} % of the purchases; purchases {n}, kinds {kinds}.", ZhHans: "最常购买{zh_hans}：占{share}%；共{n}次购买，{kinds}种类型。", ZhHant: "最常購買{zh_hant}：占{share}%；共{n}次購買，{kinds}種類型。"}},
	{Code: ofAmount, Args: shareArgs,
		Text: sdk.Text{En: "Most money for {en}: {share} % of the amount; purchases {n}, kinds {kinds}.", ZhHans: "花费最多的是{zh_hans}：占金额{share}%；共{n}次购买，{kinds}种类型。", ZhHant: "花費最多的是{zh_hant}：占金額{share}%；共{n}次購買，{kinds}種類型。"}},
	{Code: noMain, Args: []sdk.Arg{{Name: "en", Type: sdk.String}, {Name: "zh_hans", Type: sdk.String}, {Name: "zh_hant", Type: sdk.String}, {Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{En: "No kind is the main one: {en}; purchases {n}.", ZhHans: "没有主要类型：{zh_hans}；共{n}次购买。", ZhHant: "沒有主要類型：{zh_hant}；共{n}次購買。"}},
	{Code: ofFavourite, Args: []sdk.Arg{{Name: "category", Type: sdk.String}, {Name: "share", Type: sdk.Number}, {Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{En: "Favourite: {category} ({share} %), of categories {n}.", ZhHans: "偏好{category}（{share}%），共{n}个品类。", ZhHant: "偏好{category}（{share}%），共{n}個品類。"}},
	{Code: ofLooked, Args: []sdk.Arg{{Name: "category", Type: sdk.String}, {Name: "times", Type: sdk.Integer}, {Name: "n", Type: sdk.Integer}, {Name: "all", Type: sdk.Integer}},
		Text: sdk.Text{En: "Looked at or asked about most: {category} ({times} of {all} activities that name one), of categories {n}.", ZhHans: "最关注{category}（{all}次有品类的活动中{times}次），共{n}个品类。", ZhHant: "最關注{category}（{all}次有品類的活動中{times}次），共{n}個品類。"}},
	{Code: ofCustomer, Args: []sdk.Arg{{Name: "text", Type: sdk.String}},
		Text: sdk.Text{En: "The customer's own field says “{text}”.", ZhHans: "客户字段为“{text}”。", ZhHant: "客戶欄位為「{text}」。"}},
	{Code: nothing, Args: []sdk.Arg{{Name: "window", Type: sdk.String}},
		Text: sdk.Text{En: "No won deal within {window}.", ZhHans: "{window}内没有成交。", ZhHant: "{window}內沒有成交。"}},
	{Code: nothingEver, Text: sdk.Text{En: "No won deal at any time.", ZhHans: "从未成交。", ZhHant: "從未成交。"}},
	{Code: notSaid, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{En: "Won deals: {n}; none has a category or product.", ZhHans: "{n}笔成交均没有品类或产品。", ZhHant: "{n}筆成交均沒有品類或產品。"}},
	{Code: notUnderstood, Args: []sdk.Arg{{Name: "share", Type: sdk.Number}, {Name: "text", Type: sdk.String}},
		Text: sdk.Text{En: "Only {share} % of the purchases are understood; most of the rest: “{text}”. Add it to kinds.", ZhHans: "仅能识别{share}%的购买；其余主要为“{text}”，请加入kinds。", ZhHant: "僅能識別{share}%的購買；其餘主要為「{text}」，請加入kinds。"}},
	{Code: noAmounts, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{En: "Purchases with a category: {n}; none has an amount above zero.", ZhHans: "{n}笔有品类的购买均没有正的金额。", ZhHant: "{n}筆有品類的購買均沒有正的金額。"}},
}
