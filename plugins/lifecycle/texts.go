package lifecycle

import "github.com/taxonhq/taxon/sdk"

// options are the stages, with their recommended handling. Codes never change. The rank is from best to
// worst for the business that has the customer.
var options = []sdk.Option{
	{Code: "loyal", Label: sdk.Text{En: "Loyal customer", ZhHans: "忠诚客户", ZhHant: "忠誠客戶"}, Description: "active and tenure and repeat count above the loyal cut",
		Handling: sdk.Text{En: "Loyalty benefits, joint planning; review each quarter", ZhHans: "忠诚权益，共同规划；每季度复查", ZhHant: "忠誠權益，共同規劃；每季度複查"}},
	{Code: "active", Label: sdk.Text{En: "Active customer", ZhHans: "活跃客户", ZhHant: "活躍客戶"}, Description: "time since last purchase <= 1.5 x own (or base) interval",
		Handling: sdk.Text{En: "Personal recommendations and promotions; review each quarter", ZhHans: "个性化推荐与促销；每季度复查", ZhHant: "個性化推薦與促銷；每季度複查"}},
	{Code: "reactivated", Label: sdk.Text{En: "Reactivated customer", ZhHans: "挽回客户", ZhHant: "挽回客戶"}, Description: "bought again after having been churned",
		Handling: sdk.Text{En: "Treat as new, remember why it left; review in 30 days", ZhHans: "按新客户对待，记住流失原因；30天后复查", ZhHant: "按新客戶對待，記住流失原因；30天後複查"}},
	{Code: "new", Label: sdk.Text{En: "New customer", ZhHans: "新客户", ZhHant: "新客戶"}, Description: "first won deal within the onboarding window",
		Handling: sdk.Text{En: "More service and offers, make the first delivery succeed; review in 30 days", ZhHans: "给予更多服务与优惠，确保首单成功；30天后复查", ZhHant: "給予更多服務與優惠，確保首單成功；30天後複查"}},
	{Code: "prospect", Label: sdk.Text{En: "Prospect", ZhHans: "潜在客户", ZhHant: "潛在客戶"}, Description: "no won deal yet",
		Handling: sdk.Text{En: "Educate, brand and targeted information, learn the need; review in 30 days", ZhHans: "市场教育与品牌宣传，了解需求；30天后复查", ZhHant: "市場教育與品牌宣傳，瞭解需求；30天後複查"}},
	{Code: "dormant", Label: sdk.Text{En: "Dormant (at risk)", ZhHans: "沉睡客户", ZhHant: "沉睡客戶"}, Description: "1.5 x < time since last purchase <= 3 x interval",
		Handling: sdk.Text{En: "Reconnect, find the reason; review in 14 days", ZhHans: "重新联系，查明原因；14天后复查", ZhHant: "重新聯絡，查明原因；14天後複查"}},
	{Code: "churned", Label: sdk.Text{En: "Churned customer", ZhHans: "流失客户", ZhHant: "流失客戶"}, Description: "time since last purchase > 3 x interval (and > 90 days) or cancelled",
		Handling: sdk.Text{En: "Win-back offer once, exit interview, then low-cost channel; review in 180 days", ZhHans: "一次挽回方案与流失访谈，之后低成本触达；180天后复查", ZhHant: "一次挽回方案與流失訪談，之後低成本觸達；180天後複查"}},
}

// The codes of reasons. Those of active, dormant and churned are the stage, with _days where a limit
// is in days.
const (
	prospectSince = "prospect_since"
	prospect      = "prospect"
	fresh         = "new"
	loyal         = "loyal"
	loyalByTag    = "loyal_tag"
	reactivated   = "reactivated"
	cancelled     = "cancelled"
	cancelledOn   = "cancelled_on"
	probability   = "probability"
	baseInterval  = "base_interval"
	givenInterval = "given_interval"
	tooFew        = "too_few"
	noDates       = "no_dates"
	noProbability = "no_probability"
	refundsOnly   = "refunds_only"
	notYetChurned = "not_yet_churned"
)

var (
	days     = sdk.Arg{Name: "days", Type: sdk.Integer}
	interval = sdk.Arg{Name: "interval", Type: sdk.Number}
	date     = sdk.Arg{Name: "date", Type: sdk.Date}
	rhythm   = []sdk.Arg{days, interval, {Name: "ratio", Type: sdk.Number}}
	limited  = []sdk.Arg{days, {Name: "limit", Type: sdk.Integer}}
)

var reasons = []sdk.Reason{
	{Code: prospectSince, Args: []sdk.Arg{date},
		Text: sdk.Text{En: "Known since {date}, no won deal.", ZhHans: "自{date}建档，尚未成交。", ZhHant: "自{date}建檔，尚未成交。"}},
	{Code: prospect,
		Text: sdk.Text{En: "No won deal yet.", ZhHans: "尚未成交。", ZhHant: "尚未成交。"}},
	{Code: refundsOnly, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "Won deals: {n}, but no purchase: on each of their days refunds are as much as was bought, or more.",
			ZhHans: "有{n}笔成交，但不算购买：每个成交日的退款均不少于购买额。",
			ZhHant: "有{n}筆成交，但不算購買：每個成交日的退款均不少於購買額。"}},
	{Code: fresh, Args: []sdk.Arg{date, days},
		Text: sdk.Text{En: "First and only purchase on {date}, days ago: {days}.", ZhHans: "{date}首次成交，距今{days}天，尚无复购。", ZhHant: "{date}首次成交，距今{days}天，尚無復購。"}},
	{Code: "active", Args: rhythm,
		Text: sdk.Text{En: "Days since the last purchase: {days}; usual interval {interval} ({ratio} times it).", ZhHans: "{days}天前购买，通常间隔{interval}天（{ratio}倍）。", ZhHant: "{days}天前購買，通常間隔{interval}天（{ratio}倍）。"}},
	{Code: "active_days", Args: limited,
		Text: sdk.Text{En: "Days since the last purchase: {days}; active up to {limit}.", ZhHans: "{days}天前购买，{limit}天内为活跃。", ZhHant: "{days}天前購買，{limit}天內為活躍。"}},
	{Code: "dormant", Args: rhythm,
		Text: sdk.Text{En: "Overdue: days since the last purchase {days}, usual interval {interval} ({ratio} times it).", ZhHans: "已超期：距上次购买{days}天，通常间隔{interval}天（{ratio}倍）。", ZhHant: "已超期：距上次購買{days}天，通常間隔{interval}天（{ratio}倍）。"}},
	{Code: "dormant_days", Args: limited,
		Text: sdk.Text{En: "Days since the last purchase: {days}; dormant after {limit}.", ZhHans: "距上次购买{days}天，超过{limit}天为沉睡。", ZhHant: "距上次購買{days}天，超過{limit}天為沉睡。"}},
	{Code: "churned", Args: rhythm,
		Text: sdk.Text{En: "No purchase for {days} days, {ratio} times the usual interval of {interval}.", ZhHans: "已{days}天未购买，是通常间隔{interval}天的{ratio}倍。", ZhHant: "已{days}天未購買，是通常間隔{interval}天的{ratio}倍。"}},
	{Code: "churned_days", Args: limited,
		Text: sdk.Text{En: "No purchase for {days} days; churned after {limit}.", ZhHans: "已{days}天未购买，超过{limit}天为流失。", ZhHant: "已{days}天未購買，超過{limit}天為流失。"}},
	{Code: notYetChurned, Args: []sdk.Arg{{Name: "least", Type: sdk.Integer}},
		Text: sdk.Text{En: "Dormant and not churned, for nobody is churned within {least} days.", ZhHans: "{least}天以内不判为流失，故仍为沉睡。", ZhHant: "{least}天以內不判為流失，故仍為沉睡。"}},
	{Code: loyal, Args: []sdk.Arg{{Name: "tenure", Type: sdk.Integer}, {Name: "n", Type: sdk.Integer}, days},
		Text: sdk.Text{En: "Customer for {tenure} days with {n} purchases and still active; days since the last one: {days}.", ZhHans: "合作{tenure}天，{n}次购买且仍活跃，最近一次在{days}天前。", ZhHant: "合作{tenure}天，{n}次購買且仍活躍，最近一次在{days}天前。"}},
	{Code: loyalByTag, Args: []sdk.Arg{{Name: "classifier", Type: sdk.String}, days},
		Text: sdk.Text{En: "Active and called loyal by {classifier}; days since the last purchase: {days}.", ZhHans: "仍活跃，且被{classifier}判定为忠诚，最近一次购买在{days}天前。", ZhHant: "仍活躍，且被{classifier}判定為忠誠，最近一次購買在{days}天前。"}},
	{Code: reactivated, Args: []sdk.Arg{date, {Name: "gap", Type: sdk.Integer}},
		Text: sdk.Text{En: "Came back on {date} after {gap} days.", ZhHans: "{gap}天后于{date}重新购买。", ZhHant: "{gap}天後於{date}重新購買。"}},
	{Code: cancelled,
		Text: sdk.Text{En: "Marked as cancelled.", ZhHans: "已标记为取消合作。", ZhHant: "已標記為取消合作。"}},
	{Code: cancelledOn, Args: []sdk.Arg{date},
		Text: sdk.Text{En: "Cancelled on {date}, no purchase since.", ZhHans: "{date}取消合作，此后未购买。", ZhHant: "{date}取消合作，此後未購買。"}},
	{Code: probability, Args: []sdk.Arg{{Name: "p", Type: sdk.Number}, days},
		Text: sdk.Text{En: "Probability of buying again {p}; days since the last purchase: {days}.", ZhHans: "再次购买的概率为{p}，距上次购买{days}天。", ZhHant: "再次購買的機率為{p}，距上次購買{days}天。"}},
	{Code: baseInterval, Args: []sdk.Arg{interval, {Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{En: "It has no interval of its own yet: {interval} days is the median of {n} repeat customers.", ZhHans: "尚无自身间隔，采用{n}家复购客户的中位数{interval}天。", ZhHant: "尚無自身間隔，採用{n}家復購客戶的中位數{interval}天。"}},
	{Code: givenInterval, Args: []sdk.Arg{interval},
		Text: sdk.Text{En: "It has no interval of its own yet: {interval} days is the one that is set.", ZhHans: "尚无自身间隔，采用设定的{interval}天。", ZhHant: "尚無自身間隔，採用設定的{interval}天。"}},
	{Code: tooFew, Args: []sdk.Arg{{Name: "customers", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}},
		Text: sdk.Text{En: "It has bought on fewer than three days, and repeat customers who would show the usual interval are too few: {customers} of {minimum}.", ZhHans: "购买不足三天，且仅有{customers}家复购客户，通常间隔至少需要{minimum}家。", ZhHant: "購買不足三天，且僅有{customers}家復購客戶，通常間隔至少需要{minimum}家。"}},
	{Code: noDates, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{En: "Won deals without a close date: {n}.", ZhHans: "{n}笔成交没有成交日期。", ZhHant: "{n}筆成交沒有成交日期。"}},
	{Code: noProbability, Args: []sdk.Arg{{Name: "tag", Type: sdk.String}},
		Text: sdk.Text{En: "{tag} says nothing of this customer, so its interval decides.", ZhHans: "{tag}没有该客户的概率，改按购买间隔判断。", ZhHant: "{tag}沒有該客戶的機率，改按購買間隔判斷。"}},
}
