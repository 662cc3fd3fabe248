package clv

import "github.com/taxonhq/taxon/sdk"

// options are the tiers, best first, and the class of those without a purchase. Codes never change.
var options = []sdk.Option{
	{Code: "platinum", Label: sdk.Text{En: "Platinum", ZhHans: "铂金客户", ZhHant: "白金客戶"}, Description: "customers with strictly more hold less than 50 % of the expected value",
		Handling: sdk.Text{En: "Dedicated service, tailored solutions, retention budget up to a share of CLV; review each quarter", ZhHans: "专属服务与定制方案，留存预算与价值挂钩；每季度复查", ZhHant: "專屬服務與定製方案，留存預算與價值掛鉤；每季度複查"}},
	{Code: "gold", Label: sdk.Text{En: "Gold", ZhHans: "黄金客户", ZhHant: "黃金客戶"}, Description: "50-80 %",
		Handling: sdk.Text{En: "Grow: cross-sell and frequency programmes; review each quarter", ZhHans: "促增长：交叉销售与频次计划；每季度复查", ZhHant: "促增長：交叉銷售與頻次計劃；每季度複查"}},
	{Code: "iron", Label: sdk.Text{En: "Iron", ZhHans: "钢铁客户", ZhHant: "鋼鐵客戶"}, Description: "80-95 %",
		Handling: sdk.Text{En: "Standard service, volume matters; review every half year", ZhHans: "标准服务，重在规模；每半年复查", ZhHant: "標準服務，重在規模；每半年複查"}},
	{Code: lead, Label: sdk.Text{En: "Lead (metal) tier", ZhHans: "重铅客户", ZhHant: "重鉛客戶"}, Description: "the last 5 %, or nothing expected",
		Handling: sdk.Text{En: "Self-service, raise minimum order, review terms; review once a year", ZhHans: "自助服务，提高起订量，复核条款；每年复查", ZhHant: "自助服務，提高起訂量，複核條款；每年複查"}},
	none,
}

const lead = "lead"

// none is known: the customer has bought nothing in the window.
var none = sdk.Option{Code: "none", Label: sdk.Text{En: "No purchase yet", ZhHans: "尚未购买", ZhHant: "尚未購買"}, Description: "no purchase in the window",
	Handling: sdk.Text{En: "Use the intent or lifecycle tag; review in 90 days", ZhHans: "参照意向或生命周期标签；90天后复查", ZhHant: "參照意向或生命週期標籤；90天後複查"}}

var modelNames = map[string]string{bgNBD: "BG/NBD", mbgNBD: "MBG/NBD", paretoNBD: "Pareto/NBD", nbd: "NBD", historic: "historic"}

// The codes of reasons.
const (
	expected        = "expected"
	expectedOnce    = "expected_once"
	expectedAtPace  = "expected_at_pace"
	withoutLeaving  = "without_leaving"
	withoutModel    = "without_model"
	ownSpend        = "own_spend"
	noValue         = "no_value"
	noPurchase      = "no_purchase"
	neverBought     = "never_bought"
	refundsOnly     = "refunds_only"
	noDates         = "no_dates"
	tooFew          = "too_few"
	tooFewRepeaters = "too_few_repeaters"
	tooShort        = "too_short"
)

var (
	argValue     = sdk.Arg{Name: "value", Type: sdk.String}
	argMonths    = sdk.Arg{Name: "months", Type: sdk.Integer}
	argBefore    = sdk.Arg{Name: "before", Type: sdk.Number}
	argPurchases = sdk.Arg{Name: "purchases", Type: sdk.Number}
	argCount     = sdk.Arg{Name: "count", Type: sdk.Integer}
	argDays      = sdk.Arg{Name: "days", Type: sdk.Integer}
	argModel     = sdk.Arg{Name: "model", Type: sdk.String}
	minimum      = []sdk.Arg{{Name: "has", Type: sdk.Number}, {Name: "needs", Type: sdk.Number}}
)

var reasons = []sdk.Reason{
	{Code: expected, Args: []sdk.Arg{argValue, argMonths, argBefore, argPurchases, {Name: "alive", Type: sdk.Number}, argCount, argDays},
		Text: sdk.Text{
			En:     "Expected {value} over the next {months} months; customers with more hold {before} % of all that is expected. Purchases expected: {purchases}; {alive} % likely still active; so far {count}, the last {days} days ago.",
			ZhHans: "未来{months}个月预计贡献{value}，更高的客户合计占预期总额的{before}%。预计购买{purchases}次，仍活跃概率{alive}%；至今购买{count}次，最近一次在{days}天前。",
			ZhHant: "未來{months}個月預計貢獻{value}，更高的客戶合計占預期總額的{before}%。預計購買{purchases}次，仍活躍機率{alive}%；至今購買{count}次，最近一次在{days}天前。"}},
	{Code: expectedOnce, Args: []sdk.Arg{argValue, argMonths, argBefore, argPurchases, argDays},
		Text: sdk.Text{
			En:     "Expected {value} over the next {months} months if it has not left, of which BG/NBD says nothing after one purchase; customers with more hold {before} % of all that is expected. Purchases expected: {purchases}; the only one so far was {days} days ago.",
			ZhHans: "未来{months}个月预计贡献{value}（假定尚未流失：仅购买一次时BG/NBD无从判断），更高的客户合计占预期总额的{before}%。预计购买{purchases}次；至今仅在{days}天前购买一次。",
			ZhHant: "未來{months}個月預計貢獻{value}（假定尚未流失：僅購買一次時BG/NBD無從判斷），更高的客戶合計占預期總額的{before}%。預計購買{purchases}次；至今僅在{days}天前購買一次。"}},
	{Code: expectedAtPace, Args: []sdk.Arg{argValue, argMonths, argBefore, argPurchases, argCount, argDays},
		Text: sdk.Text{
			En:     "Expected {value} over the next {months} months if it goes on as before; customers with more hold {before} % of all that is expected. Purchases expected: {purchases}; so far {count}, the last {days} days ago.",
			ZhHans: "若按以往节奏，未来{months}个月预计贡献{value}，更高的客户合计占预期总额的{before}%。预计购买{purchases}次；至今购买{count}次，最近一次在{days}天前。",
			ZhHant: "若按以往節奏，未來{months}個月預計貢獻{value}，更高的客戶合計占預期總額的{before}%。預計購買{purchases}次；至今購買{count}次，最近一次在{days}天前。"}},
	{Code: withoutLeaving, Args: []sdk.Arg{argModel},
		Text: sdk.Text{
			En:     "The {model} model found no optimum in these data; the NBD model, in which nobody leaves, takes its place.",
			ZhHans: "{model}模型在这些数据上没有最优解，改用不含流失的NBD模型。",
			ZhHant: "{model}模型在這些資料上沒有最優解，改用不含流失的NBD模型。"}},
	{Code: withoutModel, Args: []sdk.Arg{argModel},
		Text: sdk.Text{
			En:     "No model of purchases, {model} or NBD, has an optimum in these data; the pace so far takes its place.",
			ZhHans: "{model}与NBD模型在这些数据上均无最优解，改按以往节奏推算。",
			ZhHant: "{model}與NBD模型在這些資料上均無最優解，改按以往節奏推算。"}},
	{Code: ownSpend,
		Text: sdk.Text{
			En:     "The values of purchases fit no Gamma-Gamma model, so its own mean value counts.",
			ZhHans: "购买金额不符合Gamma-Gamma模型，故采用其自身的平均金额。",
			ZhHant: "購買金額不符合Gamma-Gamma模型，故採用其自身的平均金額。"}},
	{Code: noValue,
		Text: sdk.Text{En: "Nothing is expected: its purchases had no value, or it has left.", ZhHans: "预期价值为零：以往购买没有金额，或已流失。", ZhHant: "預期價值為零：以往購買沒有金額，或已流失。"}},
	{Code: noPurchase, Args: []sdk.Arg{{Name: "window", Type: sdk.String}},
		Text: sdk.Text{En: "No won deal within {window}.", ZhHans: "{window}内没有成交。", ZhHant: "{window}內沒有成交。"}},
	{Code: neverBought,
		Text: sdk.Text{En: "No won deal at any time.", ZhHans: "从未成交。", ZhHant: "從未成交。"}},
	{Code: refundsOnly, Args: []sdk.Arg{argCount},
		Text: sdk.Text{
			En:     "Won deals: {count}, but no purchase: on each of their days refunds are as much as was bought, or more.",
			ZhHans: "有{count}笔成交，但不算购买：每个成交日的退款均不少于购买额。",
			ZhHant: "有{count}筆成交，但不算購買：每個成交日的退款均不少於購買額。"}},
	{Code: noDates, Args: []sdk.Arg{argCount},
		Text: sdk.Text{En: "Won deals without a close date: {count}.", ZhHans: "{count}笔成交没有成交日期。", ZhHant: "{count}筆成交沒有成交日期。"}},
	{Code: tooFew, Args: minimum,
		Text: sdk.Text{
			En:     "Customers who have bought: {has}; needed for a prediction: {needs}.",
			ZhHans: "仅有{has}家客户有购买，预测至少需要{needs}家。",
			ZhHant: "僅有{has}家客戶有購買，預測至少需要{needs}家。"}},
	{Code: tooFewRepeaters, Args: minimum,
		Text: sdk.Text{
			En:     "Customers who have bought again: {has}; needed for a prediction: {needs}.",
			ZhHans: "仅有{has}家客户再次购买，预测至少需要{needs}家。",
			ZhHant: "僅有{has}家客戶再次購買，預測至少需要{needs}家。"}},
	{Code: tooShort, Args: minimum,
		Text: sdk.Text{
			En:     "The longest history has {has} days; needed for a prediction: {needs}, some times the usual days between purchases.",
			ZhHans: "最长的购买历史为{has}天，预测至少需要{needs}天（通常购买间隔的数倍）。",
			ZhHant: "最長的購買歷史為{has}天，預測至少需要{needs}天（通常購買間隔的數倍）。"}},
}
