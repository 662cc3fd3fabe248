package abc

import "github.com/taxonhq/taxon/sdk"

// options are the classes, best first. Codes never change.
var options = []sdk.Option{
	{Code: "A", Label: sdk.Text{En: "Key account (A)", ZhHans: "关键客户(A类)", ZhHant: "關鍵客戶(A類)"},
		Description: "Value counted from the largest customer: class A begins at the top and ends at the first cut.",
		Handling: sdk.Text{
			En:     "Named account manager, executive contact, priority delivery and support, quarterly review, early warning on any drop",
			ZhHans: "专属客户经理与高层对接，优先交付与支持，每季度回访复盘，下滑即预警",
			ZhHant: "專屬客戶經理與高層對接，優先交付與支援，每季度回訪覆盤，下滑即預警"}},
	{Code: "B", Label: sdk.Text{En: "Main account (B)", ZhHans: "主要客户(B类)", ZhHant: "主要客戶(B類)"},
		Description: "Between the first and the second cut.",
		Handling: sdk.Text{
			En:     "Regular contact plan, look for cross-sell that lifts it to A, standard priority",
			ZhHans: "定期拜访，挖掘交叉销售机会，推动升为A类",
			ZhHant: "定期拜訪，挖掘交叉銷售機會，推動升為A類"}},
	{Code: "C", Label: sdk.Text{En: "Ordinary account (C)", ZhHans: "普通客户(C类)", ZhHant: "普通客戶(C類)"},
		Description: "Beyond the second cut.",
		Handling: sdk.Text{
			En:     "Standard or self-service, e-mail campaigns, low cost to serve, no ad-hoc discounts",
			ZhHans: "标准化或自助服务，邮件营销，控制服务成本",
			ZhHant: "標準化或自助服務，郵件營銷，控制服務成本"}},
	{Code: "N", Label: sdk.Text{En: "No revenue in the window", ZhHans: "期内无营收", ZhHant: "期內無營收"},
		Description: "No value above zero in the window; not ranked.",
		Handling: sdk.Text{
			En:     "Not ranked: treat by lifecycle or intent tag; check refunds when negative",
			ZhHans: "不参与排名，按生命周期或意向处理；为负时核查退款",
			ZhHant: "不參與排名，按生命週期或意向處理；為負時核查退款"}},
}

// The codes of reasons.
const (
	inShare     = "share"
	inValue     = "value"
	inCustomers = "customers"
	inCount     = "count"
	noValue     = "no_value"
	noValueEver = "no_value_ever"
	shared      = "shared"
	tooFew      = "too_few"
	tooShort    = "too_short"
)

// reasons has one definition for each way to set classes, and for each way to get none.
var reasons = []sdk.Reason{
	{Code: inShare, Args: []sdk.Arg{{Name: "rank", Type: sdk.Integer}, {Name: "of", Type: sdk.Integer}, {Name: "value", Type: sdk.String},
		{Name: "before", Type: sdk.Number}, {Name: "own", Type: sdk.Number}},
		Text: sdk.Text{
			En:     "Rank {rank} of {of} with {value}: larger customers hold {before} % of the total, this one {own} %.",
			ZhHans: "在{of}家客户中排名第{rank}，金额{value}：更大的客户合计占{before}%，本客户占{own}%。",
			ZhHant: "在{of}家客戶中排名第{rank}，金額{value}：更大的客戶合計占{before}%，本客戶占{own}%。"}},
	{Code: inValue, Args: []sdk.Arg{{Name: "value", Type: sdk.String}, {Name: "rank", Type: sdk.Integer}, {Name: "of", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "Its value is {value} (rank {rank} of {of}).",
			ZhHans: "其数值为{value}（{of}家客户中排名第{rank}）。",
			ZhHant: "其數值為{value}（{of}家客戶中排名第{rank}）。"}},
	{Code: inCustomers, Args: []sdk.Arg{{Name: "rank", Type: sdk.Integer}, {Name: "of", Type: sdk.Integer}, {Name: "value", Type: sdk.String},
		{Name: "before", Type: sdk.Number}},
		Text: sdk.Text{
			En:     "Rank {rank} of {of} with {value}: {before} % of the customers are larger.",
			ZhHans: "在{of}家客户中排名第{rank}，金额{value}：{before}%的客户比它大。",
			ZhHant: "在{of}家客戶中排名第{rank}，金額{value}：{before}%的客戶比它大。"}},
	{Code: inCount, Args: []sdk.Arg{{Name: "rank", Type: sdk.Integer}, {Name: "of", Type: sdk.Integer}, {Name: "value", Type: sdk.String}},
		Text: sdk.Text{
			En:     "Rank {rank} of {of} with {value}.",
			ZhHans: "在{of}家客户中排名第{rank}，金额{value}。",
			ZhHant: "在{of}家客戶中排名第{rank}，金額{value}。"}},
	{Code: noValue, Args: []sdk.Arg{{Name: "value", Type: sdk.String}, {Name: "window", Type: sdk.String}},
		Text: sdk.Text{
			En:     "No value above zero within {window} ({value}), so it is not ranked.",
			ZhHans: "在{window}内没有正值（{value}），故不排名。",
			ZhHant: "在{window}內沒有正值（{value}），故不排名。"}},
	{Code: noValueEver, Args: []sdk.Arg{{Name: "value", Type: sdk.String}},
		Text: sdk.Text{
			En:     "No value above zero ({value}), so it is not ranked.",
			ZhHans: "没有正值（{value}），故不排名。",
			ZhHant: "沒有正值（{value}），故不排名。"}},
	{Code: shared, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "It shares this rank with customers of the same value: {n}.",
			ZhHans: "另有{n}家客户数值相同，排名并列。",
			ZhHant: "另有{n}家客戶數值相同，排名並列。"}},
	{Code: tooFew, Args: []sdk.Arg{{Name: "customers", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "Customers with a value above zero: {customers}; needed for a ranking: {minimum}.",
			ZhHans: "仅有{customers}家客户有正值，排名至少需要{minimum}家。",
			ZhHant: "僅有{customers}家客戶有正值，排名至少需要{minimum}家。"}},
	{Code: tooShort, Args: []sdk.Arg{{Name: "first", Type: sdk.Date}, {Name: "months", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "The data begin on {first}; months needed for a ranking: {months}.",
			ZhHans: "数据始于{first}，排名至少需要{months}个月的数据。",
			ZhHant: "資料始於{first}，排名至少需要{months}個月的資料。"}},
}
