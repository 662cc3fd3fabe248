package activity

import "github.com/taxonhq/taxon/sdk"

// options are the classes, with their recommended handling. Codes never change.
var options = []sdk.Option{
	{Code: "active", Label: sdk.Text{En: "Active", ZhHans: "积极型", ZhHant: "積極型"}, Description: "activity index in the top tercile and an interaction in 30 days",
		Handling: sdk.Text{En: "Invite, personalise, ask for advocacy; review each month", ZhHans: "邀约、个性化、请求推荐；每月复查", ZhHant: "邀約、個性化、請求推薦；每月複查"}},
	{Code: "steady", Label: sdk.Text{En: "Steady", ZhHans: "稳健型", ZhHant: "穩健型"}, Description: "middle, regular",
		Handling: sdk.Text{En: "Keep the rhythm, do not over-contact; review each quarter", ZhHans: "保持节奏，避免过度打扰；每季度复查", ZhHant: "保持節奏，避免過度打擾；每季度複查"}},
	{Code: "passive", Label: sdk.Text{En: "Passive", ZhHans: "消极型", ZhHant: "消極型"}, Description: "bottom tercile but at least one in 180 days",
		Handling: sdk.Text{En: "Low-pressure content, find the preferred channel; review in 30 days", ZhHans: "低压内容，找到偏好渠道；30天后复查", ZhHant: "低壓內容，找到偏好渠道；30天後複查"}},
	{Code: "silent", Label: sdk.Text{En: "No activity", ZhHans: "无活动", ZhHant: "無活動"}, Description: "none in 180 days",
		Handling: sdk.Text{En: "Clean the record, one re-permission message; review in 180 days", ZhHans: "清理数据，一次再授权；180天后复查", ZhHant: "清理資料，一次再授權；180天後複查"}},
}

var channels = []sdk.Option{
	{Code: "meeting", Label: sdk.Text{En: "Meeting", ZhHans: "会议", ZhHant: "會議"}},
	{Code: "call", Label: sdk.Text{En: "Call", ZhHans: "电话", ZhHant: "電話"}},
	{Code: "mail", Label: sdk.Text{En: "Mail", ZhHans: "邮件", ZhHant: "郵件"}},
	{Code: "ticket", Label: sdk.Text{En: "Ticket", ZhHans: "工单", ZhHant: "工單"}},
	{Code: "survey", Label: sdk.Text{En: "Survey", ZhHans: "调查", ZhHant: "調查"}},
	{Code: "visit", Label: sdk.Text{En: "Visit", ZhHans: "访问", ZhHant: "訪問"}},
	{Code: "quote", Label: sdk.Text{En: "Quote", ZhHans: "报价", ZhHant: "報價"}},
	{Code: "invoice", Label: sdk.Text{En: "Invoice", ZhHans: "发票", ZhHant: "發票"}},
	{Code: "payment", Label: sdk.Text{En: "Payment", ZhHans: "付款", ZhHant: "付款"}},
	{Code: "order", Label: sdk.Text{En: "Order", ZhHans: "订单", ZhHant: "訂單"}},
}

var trends = []sdk.Option{
	{Code: "rising", Label: sdk.Text{En: "Rising", ZhHans: "上升", ZhHant: "上升"}},
	{Code: "level", Label: sdk.Text{En: "Level", ZhHans: "平稳", ZhHant: "平穩"}},
	{Code: "falling", Label: sdk.Text{En: "Falling", ZhHans: "下降", ZhHant: "下降"}},
}

func tags() []sdk.Tag {
	return []sdk.Tag{
		sdk.Class("", options...).Labelled(sdk.Text{En: "Activity", ZhHans: "活跃程度", ZhHant: "活躍程度"}),
		sdk.Score("index").Labelled(sdk.Text{En: "Activity index", ZhHans: "活跃指数", ZhHant: "活躍指數"}).
			Described("What the customer did itself, each act by its weight, halved with every half-life."),
		sdk.IntegerTag("acts").Labelled(sdk.Text{En: "Own acts", ZhHans: "主动互动次数", ZhHant: "主動互動次數"}).
			Described("Activities that the customer began, and its orders, in the window."),
		sdk.IntegerTag("breadth").Labelled(sdk.Text{En: "Kinds of acts", ZhHans: "互动方式数", ZhHant: "互動方式數"}).
			Described("In how many kinds it acts."),
		sdk.Class("channel", channels...).Unordered().Labelled(sdk.Text{En: "Main channel", ZhHans: "主要渠道", ZhHant: "主要渠道"}).
			Described("The kind of act that weighs most in the index."),
		sdk.Class("trend", trends...).Labelled(sdk.Text{En: "Activity trend", ZhHans: "活跃趋势", ZhHant: "活躍趨勢"}).
			Described("Own acts in the newer half of the window against the older half: rising or falling by half or more."),
	}
}

// The codes of reasons.
const (
	ofIndex   = "index"
	top       = "top_third"
	notLately = "not_lately"
	middle    = "middle_third"
	bottom    = "bottom_third"
	even      = "even_gaps"
	oursOnly  = "ours_only"
	nothing   = "nothing"
	tooFew    = "too_few"
)

var cut = sdk.Arg{Name: "cut", Type: sdk.Number}

var reasons = []sdk.Reason{
	{Code: ofIndex, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, {Name: "window", Type: sdk.String}, {Name: "days", Type: sdk.Integer}, {Name: "index", Type: sdk.Number}},
		Text: sdk.Text{En: "Own acts within {window}: {n}, the last one {days} days ago; index {index}.", ZhHans: "{window}内主动互动{n}次，最近一次在{days}天前；指数{index}。", ZhHant: "{window}內主動互動{n}次，最近一次在{days}天前；指數{index}。"}},
	{Code: top, Args: []sdk.Arg{cut},
		Text: sdk.Text{En: "Active begins at an index of {cut}.", ZhHans: "积极型自指数{cut}起。", ZhHant: "積極型自指數{cut}起。"}},
	{Code: notLately, Args: []sdk.Arg{cut, {Name: "recent", Type: sdk.Integer}},
		Text: sdk.Text{En: "Active begins at an index of {cut}, but it did nothing in the last {recent} days.", ZhHans: "积极型自指数{cut}起，但最近{recent}天没有主动互动。", ZhHant: "積極型自指數{cut}起，但最近{recent}天沒有主動互動。"}},
	{Code: middle, Args: []sdk.Arg{cut},
		Text: sdk.Text{En: "Steady begins at an index of {cut}.", ZhHans: "稳健型自指数{cut}起。", ZhHant: "穩健型自指數{cut}起。"}},
	{Code: bottom, Args: []sdk.Arg{cut},
		Text: sdk.Text{En: "Steady would begin at an index of {cut}, and the gaps are not even.", ZhHans: "稳健型自指数{cut}起，且间隔不均匀。", ZhHant: "穩健型自指數{cut}起，且間隔不均勻。"}},
	{Code: even, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, {Name: "variation", Type: sdk.Number}},
		Text: sdk.Text{En: "Regular: days with an own act {n}, evenly spaced (coefficient of variation {variation}).", ZhHans: "规律：{n}天有主动互动，间隔均匀（变异系数{variation}）。", ZhHant: "規律：{n}天有主動互動，間隔均勻（變異係數{variation}）。"}},
	{Code: oursOnly, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, {Name: "window", Type: sdk.String}},
		Text: sdk.Text{En: "Interactions within {window}: {n}, all begun by us.", ZhHans: "{window}内{n}次互动，均由我方发起。", ZhHant: "{window}內{n}次互動，均由我方發起。"}},
	{Code: nothing, Args: []sdk.Arg{{Name: "window", Type: sdk.String}},
		Text: sdk.Text{En: "Nothing within {window}.", ZhHans: "{window}内无任何活动。", ZhHant: "{window}內無任何活動。"}},
	{Code: tooFew, Args: []sdk.Arg{{Name: "customers", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}},
		Text: sdk.Text{En: "Customers with an event: {customers}; needed for thirds: {minimum}.", ZhHans: "仅有{customers}家客户有活动，分级至少需要{minimum}家。", ZhHant: "僅有{customers}家客戶有活動，分級至少需要{minimum}家。"}},
}
