package loyalty

import (
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// The classes that several schemes have.
var (
	potential = sdk.Option{Code: "potential", Label: sdk.Text{En: "Potential", ZhHans: "潜在型", ZhHant: "潛在型"}, Description: "one purchase or none, with open interest",
		Handling: sdk.Text{En: "Convert to the second purchase; review in 14 days", ZhHans: "推动二次购买；14天后复查", ZhHant: "推動二次購買；14天後複查"}}
	occasional = sdk.Option{Code: "occasional", Label: sdk.Text{En: "Occasional customer", ZhHans: "临时客户", ZhHant: "臨時客戶"}, Description: "one purchase, interval passed",
		Handling: sdk.Text{En: "Inform, do not invest; review every half year", ZhHans: "告知即可，不做投入；每半年复查", ZhHant: "告知即可，不做投入；每半年複查"}}
	none = sdk.Option{Code: "none", Label: sdk.Text{En: "No purchase yet", ZhHans: "尚未购买", ZhHant: "尚未購買"}, Description: "no won deal",
		Handling: sdk.Text{En: "Use the intent or lifecycle tag; review in 90 days", ZhHans: "参照意向或生命周期标签；90天后复查", ZhHant: "參照意向或生命週期標籤；90天後複查"}}
)

// schemes are the classes of each scheme, best first. Codes never change.
var schemes = map[string][]sdk.Option{
	byBehaviour: {
		{Code: "loyal", Label: sdk.Text{En: "Loyal", ZhHans: "忠诚型", ZhHant: "忠誠型"}, Description: ">= 3 purchases and present in >= 75 % of own active periods",
			Handling: sdk.Text{En: "Loyalty benefits, referral; review each quarter", ZhHans: "忠诚权益与转介绍；每季度复查", ZhHant: "忠誠權益與轉介紹；每季度複查"}},
		{Code: "drifting", Label: sdk.Text{En: "Drifting", ZhHans: "游离型", ZhHant: "游離型"}, Description: "repeat buyer with gaps",
			Handling: sdk.Text{En: "Understand the rival, raise switching value; review in 30 days", ZhHans: "了解竞品，提高转换价值；30天后复查", ZhHant: "瞭解競品，提高轉換價值；30天後複查"}},
		potential, occasional, none,
	},
	byLevels: {
		{Code: "high", Label: sdk.Text{En: "High loyalty", ZhHans: "高忠诚度", ZhHant: "高忠誠度"}, Description: ">= 3 purchases and present in >= 75 % of own periods",
			Handling: sdk.Text{En: "Thank and keep: loyalty benefits, first look at what is new, ask for referrals; review each quarter", ZhHans: "感谢并维系：忠诚权益、新品优先、邀请转介绍；每季度复查", ZhHant: "感謝並維繫：忠誠權益、新品優先、邀請轉介紹；每季度複查"}},
		{Code: "mid", Label: sdk.Text{En: "Mid loyalty", ZhHans: "中忠诚度", ZhHant: "中忠誠度"}, Description: ">= 2 purchases and present in >= 25 % of own periods",
			Handling: sdk.Text{En: "Close the gaps: reminders in their rhythm, bundles, ask what they buy elsewhere; review each quarter", ZhHans: "填补空档：按其节奏提醒、组合优惠，询问在别处购买什么；每季度复查", ZhHant: "填補空檔：按其節奏提醒、組合優惠，詢問在別處購買什麼；每季度複查"}},
		{Code: "low", Label: sdk.Text{En: "Low loyalty", ZhHans: "低忠诚度", ZhHant: "低忠誠度"}, Description: "bought, seldom or once",
			Handling: sdk.Text{En: "One good reason to come back, then low-cost channels only; review every half year", ZhHans: "给出一个回购理由，之后仅低成本触达；每半年复查", ZhHant: "給出一個回購理由，之後僅低成本觸達；每半年複查"}},
		none,
	},
	byTenure: {
		{Code: "long_term", Label: sdk.Text{En: "Long-term customer", ZhHans: "长期客户", ZhHant: "長期客戶"}, Description: "loyal for two years or longer",
			Handling: sdk.Text{En: "Long-term terms: standing discount, joint planning, a person of their own; review every half year", ZhHans: "长期优惠：固定折扣、共同规划、专人服务；每半年复查", ZhHant: "長期優惠：固定折扣、共同規劃、專人服務；每半年複查"}},
		{Code: "regular", Label: sdk.Text{En: "Regular customer", ZhHans: "往来客户", ZhHant: "往來客戶"}, Description: "bought again, not long-term yet",
			Handling: sdk.Text{En: "Develop: agree on the next order, offer a framework contract; review each quarter", ZhHans: "培育：约定下次订单，提供框架协议；每季度复查", ZhHant: "培育：約定下次訂單，提供框架協議；每季度複查"}},
		potential, occasional, none,
	},
	byAttitude: {
		{Code: "true_loyalty", Label: sdk.Text{En: "True loyalty", ZhHans: "真正忠诚", ZhHant: "真正忠誠"}, Description: "keeps buying, good attitude",
			Handling: sdk.Text{En: "Keep, reward, ask for references; review every half year", ZhHans: "维系、回馈、邀请推荐；每半年复查", ZhHant: "維繫、回饋、邀請推薦；每半年複查"}},
		{Code: "latent_loyalty", Label: sdk.Text{En: "Latent loyalty", ZhHans: "潜在忠诚", ZhHant: "潛在忠誠"}, Description: "good attitude, buys seldom",
			Handling: sdk.Text{En: "Remove what keeps them from buying: price, stock, reach, habit; review in 30 days", ZhHans: "消除购买障碍：价格、供货、渠道、习惯；30天后复查", ZhHant: "消除購買障礙：價格、供貨、通路、習慣；30天後複查"}},
		{Code: "spurious_loyalty", Label: sdk.Text{En: "Spurious loyalty", ZhHans: "虚假忠诚", ZhHant: "虛假忠誠"}, Description: "keeps buying, no good attitude",
			Handling: sdk.Text{En: "Repair the relation before a rival calls: find the complaint, raise the attitude; review in 14 days", ZhHans: "在竞争对手介入前修复关系：找出不满，改善态度；14天后复查", ZhHant: "在競爭對手介入前修復關係：找出不滿，改善態度；14天後複查"}},
		{Code: "no_loyalty", Label: sdk.Text{En: "No loyalty", ZhHans: "无忠诚", ZhHant: "無忠誠"}, Description: "buys seldom, no good attitude",
			Handling: sdk.Text{En: "Serve at low cost, win with single offers; review once a year", ZhHans: "低成本服务，以单次优惠争取；每年复查", ZhHant: "低成本服務，以單次優惠爭取；每年複查"}},
		none,
	},
}

// allOptions are the classes of all schemes, each code once: what an administrator approves.
func allOptions() []sdk.Option {
	var list []sdk.Option
	for _, scheme := range []string{byBehaviour, byLevels, byTenure, byAttitude} {
		for _, o := range schemes[scheme] {
			if !slices.ContainsFunc(list, func(x sdk.Option) bool { return x.Code == o.Code }) {
				list = append(list, o)
			}
		}
	}
	return list
}

// attitudes are the labels of the classes of satisfaction, in reasons.
var attitudes = map[string]sdk.Text{
	"promoter":     {En: "Promoter", ZhHans: "推荐者", ZhHant: "推薦者"},
	"passive":      {En: "Passive", ZhHans: "被动者", ZhHant: "被動者"},
	"detractor":    {En: "Detractor", ZhHans: "贬损者", ZhHant: "批評者"},
	"satisfied":    {En: "Satisfied", ZhHans: "满意", ZhHant: "滿意"},
	"neutral":      {En: "Neutral", ZhHans: "一般", ZhHant: "普通"},
	"dissatisfied": {En: "Dissatisfied", ZhHans: "不满意", ZhHant: "不滿意"},
	"low_effort":   {En: "Low effort", ZhHans: "轻松", ZhHant: "輕鬆"},
	"high_effort":  {En: "High effort", ZhHans: "费力", ZhHant: "費力"},
}

// attitudeWords are the label of a class; of a classifier of somebody else the class itself.
func attitudeWords(class string) sdk.Text {
	if words, known := attitudes[class]; known {
		return words
	}
	return wording.Same(class)
}

// The codes of reasons. Those of presence are presence_ and the period.
const (
	openDeals     = "open_deals"
	onceLately    = "once_lately"
	onceLongAgo   = "once_long_ago"
	noPurchase    = "no_purchase"
	noWonDeal     = "no_won_deal"
	refundsOnly   = "refunds_only"
	tenure        = "tenure"
	hasLapsed     = "lapsed"
	attitudeClass = "attitude_class"
	attitudeScore = "attitude_score"
	tooNew        = "too_new"
	tooFew        = "too_few"
	noAttitude    = "no_attitude"
	noDates       = "no_dates"
)

func ofPresence(period string, text sdk.Text) sdk.Reason {
	return sdk.Reason{Code: "presence_" + period, Text: text, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, {Name: "k", Type: sdk.Integer}, {Name: "m", Type: sdk.Integer}}}
}

var once = []sdk.Arg{{Name: "days", Type: sdk.Integer}, {Name: "limit", Type: sdk.Number}}

var reasons = []sdk.Reason{
	ofPresence("month", sdk.Text{En: "Purchases: {n}; complete months with one: {k} of the last {m}.", ZhHans: "购买{n}次；最近{m}个完整月份中有{k}个月购买。", ZhHant: "購買{n}次；最近{m}個完整月份中有{k}個月購買。"}),
	ofPresence("quarter", sdk.Text{En: "Purchases: {n}; complete quarters with one: {k} of the last {m}.", ZhHans: "购买{n}次；最近{m}个完整季度中有{k}个季度购买。", ZhHant: "購買{n}次；最近{m}個完整季度中有{k}個季度購買。"}),
	ofPresence("year", sdk.Text{En: "Purchases: {n}; complete years with one: {k} of the last {m}.", ZhHans: "购买{n}次；最近{m}个完整年度中有{k}个年度购买。", ZhHant: "購買{n}次；最近{m}個完整年度中有{k}個年度購買。"}),
	{Code: openDeals, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, {Name: "open", Type: sdk.Integer}},
		Text: sdk.Text{En: "Purchases: {n}; open deals: {open}.", ZhHans: "购买{n}次，有{open}笔商机进行中。", ZhHant: "購買{n}次，有{open}筆商機進行中。"}},
	{Code: onceLately, Args: once,
		Text: sdk.Text{En: "One purchase only; days ago: {days}, within the {limit} after which others buy again.", ZhHans: "仅购买一次，{days}天前，未超过通常复购间隔{limit}天。", ZhHant: "僅購買一次，{days}天前，未超過通常復購間隔{limit}天。"}},
	{Code: onceLongAgo, Args: once,
		Text: sdk.Text{En: "One purchase only; days ago: {days}, no repeat within the {limit} after which others buy again.", ZhHans: "仅购买一次，{days}天前，超过通常复购间隔{limit}天未复购。", ZhHant: "僅購買一次，{days}天前，超過通常復購間隔{limit}天未復購。"}},
	{Code: noPurchase, Text: sdk.Text{En: "No won deal yet and none open.", ZhHans: "尚未成交，也没有进行中的商机。", ZhHant: "尚未成交，也沒有進行中的商機。"}},
	{Code: noWonDeal, Text: sdk.Text{En: "No won deal yet.", ZhHans: "尚未成交。", ZhHant: "尚未成交。"}},
	{Code: refundsOnly, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "Won deals: {n}, but no purchase: on each of their days refunds are as much as was bought, or more.",
			ZhHans: "有{n}笔成交，但不算购买：每个成交日的退款均不少于购买额。",
			ZhHant: "有{n}筆成交，但不算購買：每個成交日的退款均不少於購買額。"}},
	{Code: tenure, Args: []sdk.Arg{{Name: "tenure", Type: sdk.Integer}},
		Text: sdk.Text{En: "Days since the first purchase: {tenure}.", ZhHans: "首次购买距今{tenure}天。", ZhHant: "首次購買距今{tenure}天。"}},
	{Code: hasLapsed, Args: []sdk.Arg{{Name: "days", Type: sdk.Integer}, {Name: "limit", Type: sdk.Number}},
		Text: sdk.Text{En: "Days since the last purchase: {days}; at most {limit} for a loyal customer.", ZhHans: "距上次购买{days}天，忠诚客户最多间隔{limit}天。", ZhHant: "距上次購買{days}天，忠誠客戶最多間隔{limit}天。"}},
	{Code: attitudeClass, Args: wording.Args("class", sdk.Arg{Name: "classifier", Type: sdk.String}),
		Text: sdk.Text{En: "Attitude: {class} in {classifier}.", ZhHans: "态度：{classifier}为{class_zh_hans}。", ZhHant: "態度：{classifier}為{class_zh_hant}。"}},
	{Code: attitudeScore, Args: []sdk.Arg{{Name: "score", Type: sdk.Number}, {Name: "from", Type: sdk.Number}},
		Text: sdk.Text{En: "Attitude: mean NPS answer {score}; good from {from}.", ZhHans: "态度：NPS平均{score}分，{from}分起为良好。", ZhHant: "態度：NPS平均{score}分，{from}分起為良好。"}},
	{Code: tooNew, Args: []sdk.Arg{{Name: "date", Type: sdk.Date}},
		Text: sdk.Text{En: "First purchase on {date}: too early to say whether it keeps coming back.", ZhHans: "{date}首次购买，为时尚早，无法判断是否持续购买。", ZhHant: "{date}首次購買，為時尚早，無法判斷是否持續購買。"}},
	{Code: tooFew, Args: []sdk.Arg{{Name: "customers", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}},
		Text: sdk.Text{En: "One purchase only, and repeat customers who would show the usual interval are too few: {customers} of {minimum}.", ZhHans: "仅购买一次，且仅有{customers}家复购客户，通常间隔至少需要{minimum}家。", ZhHant: "僅購買一次，且僅有{customers}家復購客戶，通常間隔至少需要{minimum}家。"}},
	{Code: noAttitude, Text: sdk.Text{En: "No survey answer says what its attitude is.", ZhHans: "没有调查答案说明其态度。", ZhHant: "沒有調查答案說明其態度。"}},
	{Code: noDates, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{En: "Won deals without a close date: {n}.", ZhHans: "{n}笔成交没有成交日期。", ZhHant: "{n}筆成交沒有成交日期。"}},
}
