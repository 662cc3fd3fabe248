package profit

import "github.com/taxonhq/taxon/sdk"

// The codes.
const (
	high         = "high"
	contributing = "contributing"
	breakEven    = "break_even"
	loss         = "loss"
	none         = "none"

	lowMargin      = "low_margin"
	nothing        = "no_revenue"
	nothingEver    = "no_revenue_ever"
	missingMargin  = "missing_margin"
	missingRevenue = "missing_revenue"
	tooFew         = "too_few"
	unclassified   = "unclassified"
)

var tags = []sdk.Tag{
	sdk.Class("",
		sdk.Option{Code: high, Label: sdk.Text{En: "High contribution", ZhHans: "高贡献客户", ZhHant: "高貢獻客戶"},
			Description: "On the rising part of the whale curve, up to the cut.",
			Handling:    sdk.Text{En: "Protect, invest service here; review each quarter", ZhHans: "重点保护与投入；每季度复查", ZhHant: "重點保護與投入；每季度複查"}},
		sdk.Option{Code: contributing, Label: sdk.Text{En: "Contributing", ZhHans: "盈利客户", ZhHant: "獲利客戶"},
			Description: "The rest of the contributions above zero.",
			Handling:    sdk.Text{En: "Grow mix towards better margin; review every half year", ZhHans: "优化产品结构，提高毛利；每半年复查", ZhHant: "最佳化產品結構，提高毛利；每半年複查"}},
		sdk.Option{Code: breakEven, Label: sdk.Text{En: "Break-even", ZhHans: "保本客户", ZhHant: "損益兩平客戶"},
			Description: "Contribution or loss of less than a per cent of the revenue.",
			Handling:    sdk.Text{En: "Reprice or cut cost to serve; review each quarter", ZhHans: "调价或降低服务成本；每季度复查", ZhHant: "調價或降低服務成本；每季度複查"}},
		sdk.Option{Code: loss, Label: sdk.Text{En: "Loss-making", ZhHans: "亏损客户", ZhHant: "虧損客戶"},
			Description: "Costs more than it brings.",
			Handling:    sdk.Text{En: "Fix price, terms, order size; exit when it cannot be fixed; review in 30 days", ZhHans: "修正价格、条款与起订量，无法改善则退出；30天后复查", ZhHant: "修正價格、條款與起訂量，無法改善則退出；30天後複查"}},
		sdk.Option{Code: none, Label: sdk.Text{En: "No revenue and no cost", ZhHans: "无营收无成本", ZhHant: "無營收無成本"},
			Description: "Nothing was sold in the window, and nothing spent.",
			Handling:    sdk.Text{En: "Treat by lifecycle or intent tag; review in 90 days", ZhHans: "按生命周期或意向处理；90天后复查", ZhHant: "按生命週期或意向處理；90天後複查"}},
	).Labelled(sdk.Text{En: "Profit class", ZhHans: "利润贡献", ZhHant: "利潤貢獻"}),
	sdk.AmountTag("contribution").Labelled(sdk.Text{En: "Contribution", ZhHans: "贡献利润", ZhHant: "貢獻利潤"}).
		Described("Revenue less costs in the window."),
	sdk.Score("margin").Labelled(sdk.Text{En: "Margin (%)", ZhHans: "利润率(%)", ZhHant: "利潤率(%)"}).Described("Contribution in per cent of revenue."),
	sdk.IntegerTag("rank").Labelled(sdk.Text{En: "Profit rank", ZhHans: "利润排名", ZhHant: "利潤排名"}).
		Described("Place among the customers with a contribution above zero, 1 is the largest."),
	sdk.BooleanTag(lowMargin).Labelled(sdk.Text{En: "Low margin", ZhHans: "低利润率", ZhHant: "低利潤率"}).
		Described("The margin is below what the configuration calls low."),
}

func text(name string) sdk.Arg   { return sdk.Arg{Name: name, Type: sdk.String} }
func number(name string) sdk.Arg { return sdk.Arg{Name: name, Type: sdk.Number} }
func whole(name string) sdk.Arg  { return sdk.Arg{Name: name, Type: sdk.Integer} }

var reasons = []sdk.Reason{
	{Code: "ranked", Args: []sdk.Arg{text("contribution"), number("margin"), text("revenue"), whole("rank"), whole("of")}, Text: sdk.Text{
		En:     "Contribution {contribution}, {margin} % of {revenue} revenue: rank {rank} of {of} above zero.",
		ZhHans: "贡献利润{contribution}，占收入{revenue}的{margin}%，在{of}家盈利客户中排名第{rank}。",
		ZhHant: "貢獻利潤{contribution}，占收入{revenue}的{margin}%，在{of}家獲利客戶中排名第{rank}。"}},
	{Code: "unranked", Args: []sdk.Arg{text("contribution"), number("margin"), text("revenue")}, Text: sdk.Text{
		En:     "Contribution {contribution}, {margin} % of {revenue} revenue.",
		ZhHans: "贡献利润{contribution}，占收入{revenue}的{margin}%。",
		ZhHant: "貢獻利潤{contribution}，占收入{revenue}的{margin}%。"}},
	{Code: "without_revenue", Args: []sdk.Arg{text("contribution"), text("revenue")}, Text: sdk.Text{
		En:     "Contribution {contribution} with a revenue of {revenue}.",
		ZhHans: "贡献利润{contribution}，收入{revenue}。",
		ZhHant: "貢獻利潤{contribution}，收入{revenue}。"}},
	{Code: "served", Args: []sdk.Arg{text("gross"), text("cost")}, Text: sdk.Text{
		En:     "Costs {cost} to serve against a gross margin of {gross}.",
		ZhHans: "毛利{gross}，服务成本{cost}。",
		ZhHant: "毛利{gross}，服務成本{cost}。"}},
	{Code: lowMargin, Args: []sdk.Arg{number("margin"), number("bound")}, Text: sdk.Text{
		En:     "Low margin: {margin} %, below {bound} %.",
		ZhHans: "利润率偏低：{margin}%，低于{bound}%。",
		ZhHant: "利潤率偏低：{margin}%，低於{bound}%。"}},
	{Code: "imputed", Args: []sdk.Arg{number("known")}, Text: sdk.Text{
		En:     "The cost of {known} % of the revenue is known; the rest is taken to have the same margin.",
		ZhHans: "已知{known}%收入的成本，其余按相同利润率推算。",
		ZhHant: "已知{known}%收入的成本，其餘按相同利潤率推算。"}},
	{Code: nothing, Args: []sdk.Arg{text("window")}, Text: sdk.Text{
		En: "No revenue and no cost within {window}.", ZhHans: "在{window}内没有收入也没有成本。", ZhHant: "在{window}內沒有收入也沒有成本。"}},
	{Code: nothingEver, Text: sdk.Text{
		En: "No revenue and no cost at any time.", ZhHans: "从未有收入或成本。", ZhHant: "從未有收入或成本。"}},
	{Code: "shared", Args: []sdk.Arg{whole("n")}, Text: sdk.Text{
		En:     "It shares this rank with customers of the same contribution: {n}.",
		ZhHans: "另有{n}家客户贡献相同，排名并列。",
		ZhHant: "另有{n}家客戶貢獻相同，排名並列。"}},
	{Code: missingMargin, Args: []sdk.Arg{text("known"), text("revenue")}, Text: sdk.Text{
		En:     "The cost is known of {known} of {revenue} revenue, which is too little.",
		ZhHans: "收入{revenue}中仅{known}有成本数据，数据不足。",
		ZhHant: "收入{revenue}中僅{known}有成本資料，資料不足。"}},
	{Code: missingRevenue, Text: sdk.Text{
		En: "The revenue is not known.", ZhHans: "缺少收入数据。", ZhHant: "缺少收入資料。"}},
	{Code: tooFew, Args: []sdk.Arg{whole("customers"), whole("minimum")}, Text: sdk.Text{
		En:     "Customers with a contribution above zero: {customers}; needed for a ranking: {minimum}.",
		ZhHans: "仅有{customers}家客户贡献为正，排名至少需要{minimum}家。",
		ZhHant: "僅有{customers}家客戶貢獻為正，排名至少需要{minimum}家。"}},
}
