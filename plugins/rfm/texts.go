package rfm

import "github.com/taxonhq/taxon/sdk"

// The labels and recommended handling of the segments, by map. Codes never change.
var (
	tenOptions = []sdk.Option{
		{Code: "champions", Label: sdk.Text{En: "Champions", ZhHans: "冠军客户", ZhHant: "冠軍客戶"}, Description: "R 5, F 4-5",
			Handling: sdk.Text{En: "Reward, early access, ask for references and reviews, do not discount", ZhHans: "奖励回馈、新品优先体验、邀请推荐与评价，不必打折", ZhHant: "獎勵回饋、新品優先體驗、邀請推薦與評價，不必打折"}},
		{Code: "loyal", Label: sdk.Text{En: "Loyal customers", ZhHans: "忠诚客户", ZhHant: "忠誠客戶"}, Description: "R 3-4, F 4-5",
			Handling: sdk.Text{En: "Upsell, membership, ask for feedback, keep the rhythm", ZhHans: "向上销售、会员计划、征求反馈，保持节奏", ZhHant: "向上銷售、會員計劃、徵求反饋，保持節奏"}},
		{Code: "potential_loyalist", Label: sdk.Text{En: "Potential loyalists", ZhHans: "潜在忠诚客户", ZhHant: "潛在忠誠客戶"}, Description: "R 4-5, F 2-3",
			Handling: sdk.Text{En: "Second and third purchase programme, bundle and loyalty offer", ZhHans: "推动第二、第三次购买，组合优惠与会员邀请", ZhHant: "推動第二、第三次購買，組合優惠與會員邀請"}},
		{Code: "new", Label: sdk.Text{En: "New customers", ZhHans: "新客户", ZhHant: "新客戶"}, Description: "R 5, F 1",
			Handling: sdk.Text{En: "Onboarding, welcome call, make the first use succeed", ZhHans: "新手引导、欢迎回访，确保首次使用成功", ZhHant: "新手引導、歡迎回訪，確保首次使用成功"}},
		{Code: "promising", Label: sdk.Text{En: "Promising", ZhHans: "有潜力客户", ZhHant: "有潛力客戶"}, Description: "R 4, F 1",
			Handling: sdk.Text{En: "Build awareness, offer a trial or a small bundle", ZhHans: "提高认知，提供试用或小额组合", ZhHant: "提高認知，提供試用或小額組合"}},
		{Code: "needs_attention", Label: sdk.Text{En: "Needs attention", ZhHans: "需关注客户", ZhHant: "需關注客戶"}, Description: "R 3, F 3",
			Handling: sdk.Text{En: "Time-limited offer based on past purchases, personal call", ZhHans: "按历史购买推限时优惠，电话关怀", ZhHant: "按歷史購買推限時優惠，電話關懷"}},
		{Code: "about_to_sleep", Label: sdk.Text{En: "About to sleep", ZhHans: "即将沉睡客户", ZhHant: "即將沉睡客戶"}, Description: "R 3, F 1-2",
			Handling: sdk.Text{En: "Reconnect with useful content, recommend popular items", ZhHans: "用有价值的内容重新联系，推荐热销品", ZhHant: "用有價值的內容重新聯絡，推薦熱銷品"}},
		{Code: "at_risk", Label: sdk.Text{En: "At risk", ZhHans: "流失风险客户", ZhHant: "流失風險客戶"}, Description: "R 1-2, F 3-4",
			Handling: sdk.Text{En: "Personal contact by the owner, find the reason, renewal offer", ZhHans: "负责人亲自联系，查明原因，给予续约方案", ZhHant: "負責人親自聯絡，查明原因，給予續約方案"}},
		{Code: "cant_lose", Label: sdk.Text{En: "Can't lose them", ZhHans: "不可失去客户", ZhHant: "不可失去的客戶"}, Description: "R 1-2, F 5",
			Handling: sdk.Text{En: "Escalate to management, win-back plan, solve the open issue first", ZhHans: "上报管理层，制定挽回方案，先解决未决问题", ZhHant: "上報管理層，制定挽回方案，先解決未決問題"}},
		{Code: "hibernating", Label: sdk.Text{En: "Hibernating", ZhHans: "沉睡客户", ZhHant: "沉睡客戶"}, Description: "R 1-2, F 1-2",
			Handling: sdk.Text{En: "Low-cost reactivation, then stop contacting", ZhHans: "低成本唤醒一次，无效则停止打扰", ZhHant: "低成本喚醒一次，無效則停止打擾"}},
	}
	eightOptions = []sdk.Option{
		{Code: "important_value", Label: sdk.Text{En: "Important value customer", ZhHans: "重要价值客户", ZhHant: "重要價值客戶"}, Description: "R good, F high, M high",
			Handling: sdk.Text{En: "VIP service, keep close", ZhHans: "VIP服务，重点维护", ZhHant: "VIP服務，重點維護"}},
		{Code: "important_develop", Label: sdk.Text{En: "Important development customer", ZhHans: "重要发展客户", ZhHant: "重要發展客戶"}, Description: "R good, F low, M high",
			Handling: sdk.Text{En: "Raise frequency: subscription, replenishment reminder", ZhHans: "提升频次：订阅、补货提醒", ZhHant: "提升頻次：訂閱、補貨提醒"}},
		{Code: "important_keep", Label: sdk.Text{En: "Important retention customer", ZhHans: "重要保持客户", ZhHant: "重要保持客戶"}, Description: "R poor, F high, M high",
			Handling: sdk.Text{En: "Contact actively, bring back", ZhHans: "主动联系，召回", ZhHant: "主動聯絡，召回"}},
		{Code: "important_retain", Label: sdk.Text{En: "Important win-back customer", ZhHans: "重要挽留客户", ZhHant: "重要挽留客戶"}, Description: "R poor, F low, M high",
			Handling: sdk.Text{En: "Find the cause, targeted offer", ZhHans: "查明原因，定向挽留", ZhHant: "查明原因，定向挽留"}},
		{Code: "general_value", Label: sdk.Text{En: "General value customer", ZhHans: "一般价值客户", ZhHant: "一般價值客戶"}, Description: "R good, F high, M low",
			Handling: sdk.Text{En: "Raise order value: bundles, better grade", ZhHans: "提升客单价：组合与升级", ZhHant: "提升客單價：組合與升級"}},
		{Code: "general_develop", Label: sdk.Text{En: "General development customer", ZhHans: "一般发展客户", ZhHant: "一般發展客戶"}, Description: "R good, F low, M low",
			Handling: sdk.Text{En: "Nurture as a new customer", ZhHans: "按新客户培育", ZhHant: "按新客戶培育"}},
		{Code: "general_keep", Label: sdk.Text{En: "General retention customer", ZhHans: "一般保持客户", ZhHant: "一般保持客戶"}, Description: "R poor, F high, M low",
			Handling: sdk.Text{En: "Light contact, raise value when it returns", ZhHans: "适度联系，回购时提升金额", ZhHant: "適度聯絡，回購時提升金額"}},
		{Code: "general_retain", Label: sdk.Text{En: "General win-back customer", ZhHans: "一般挽留客户", ZhHant: "一般挽留客戶"}, Description: "R poor, F low, M low",
			Handling: sdk.Text{En: "Automated only", ZhHans: "仅自动化触达", ZhHant: "僅自動化觸達"}},
	}
	sixOptions = []sdk.Option{
		{Code: "champions", Label: sdk.Text{En: "Champions", ZhHans: "冠军客户", ZhHant: "冠軍客戶"}, Description: "R, F and M of 3, one of F and M may be 2",
			Handling: sdk.Text{En: "Reward, early access, ask for references and reviews, do not discount", ZhHans: "奖励回馈、新品优先体验、邀请推荐与评价，不必打折", ZhHant: "獎勵回饋、新品優先體驗、邀請推薦與評價，不必打折"}},
		{Code: "loyal", Label: sdk.Text{En: "Loyal", ZhHans: "忠诚客户", ZhHant: "忠誠客戶"}, Description: "R 3 with F 2-3 and less value, or R 2 with F 3 and M 2-3",
			Handling: sdk.Text{En: "Upsell, membership, ask for feedback, keep the rhythm", ZhHans: "向上销售、会员计划、征求反馈，保持节奏", ZhHant: "向上銷售、會員計劃、徵求反饋，保持節奏"}},
		{Code: "recent", Label: sdk.Text{En: "Recent", ZhHans: "近期客户", ZhHant: "近期客戶"}, Description: "R 3, F 1",
			Handling: sdk.Text{En: "Onboarding, welcome call, make the first use succeed", ZhHans: "新手引导、欢迎回访，确保首次使用成功", ZhHant: "新手引導、歡迎回訪，確保首次使用成功"}},
		{Code: "needs_attention", Label: sdk.Text{En: "Needs attention", ZhHans: "需关注客户", ZhHant: "需關注客戶"}, Description: "the rest of R 2",
			Handling: sdk.Text{En: "Time-limited offer based on past purchases, personal call", ZhHans: "按历史购买推限时优惠，电话关怀", ZhHant: "按歷史購買推限時優惠，電話關懷"}},
		{Code: "at_risk", Label: sdk.Text{En: "At risk", ZhHans: "流失风险客户", ZhHant: "流失風險客戶"}, Description: "R 1, with F 3, or F 2 and M 2-3",
			Handling: sdk.Text{En: "Personal contact by the owner, find the reason, renewal offer", ZhHans: "负责人亲自联系，查明原因，给予续约方案", ZhHant: "負責人親自聯絡，查明原因，給予續約方案"}},
		{Code: "inactive", Label: sdk.Text{En: "Inactive", ZhHans: "不活跃客户", ZhHant: "不活躍客戶"}, Description: "the rest of R 1",
			Handling: sdk.Text{En: "Low-cost reactivation, then stop contacting", ZhHans: "低成本唤醒一次，无效则停止打扰", ZhHant: "低成本喚醒一次，無效則停止打擾"}},
	}
	threeOptions = []sdk.Option{
		{Code: "big", Label: sdk.Text{En: "Big customer", ZhHans: "大客户", ZhHant: "大客戶"}, Description: "M high, R not low",
			Handling: sdk.Text{En: "VIP service, keep close", ZhHans: "VIP服务，重点维护", ZhHant: "VIP服務，重點維護"}},
		{Code: "stable", Label: sdk.Text{En: "Stable customer", ZhHans: "稳定客户", ZhHant: "穩定客戶"}, Description: "F high, R not low, M not high",
			Handling: sdk.Text{En: "Upsell, membership, ask for feedback, keep the rhythm", ZhHans: "向上销售、会员计划、征求反馈，保持节奏", ZhHant: "向上銷售、會員計劃、徵求反饋，保持節奏"}},
		other,
		{Code: "lapsed", Label: sdk.Text{En: "Lapsed customer", ZhHans: "久未购买客户", ZhHant: "久未購買客戶"}, Description: "R low",
			Handling: sdk.Text{En: "Find the cause, targeted offer", ZhHans: "查明原因，定向挽留", ZhHant: "查明原因，定向挽留"}},
	}
	// other is who is in no segment of a map: everything is known of the customer.
	other = sdk.Option{Code: "other", Label: sdk.Text{En: "Other customer", ZhHans: "其他客户", ZhHant: "其他客戶"}, Description: "bought, and in no segment of the map",
		Handling: sdk.Text{En: "Standard service, suggest the next purchase", ZhHans: "常规服务，引导下一次购买", ZhHant: "常規服務，引導下一次購買"}}
	// none is known: the customer has bought nothing in the window.
	none = sdk.Option{Code: "none", Label: sdk.Text{En: "No purchase yet", ZhHans: "尚未购买", ZhHant: "尚未購買"}, Description: "no purchase in the window",
		Handling: sdk.Text{En: "Use the intent or lifecycle tag", ZhHans: "参照意向或生命周期标签", ZhHant: "參照意向或生命週期標籤"}}
)

// The codes of reasons.
const (
	scored      = "scores"
	scoredLeast = "scores_least"
	noPurchase  = "no_purchase"
	neverBought = "never_bought"
	refundsOnly = "refunds_only"
	noValue     = "no_value"
	tooFew      = "too_few"
	noSegment   = "no_segment"
)

var reasons = []sdk.Reason{
	{Code: scored, Args: []sdk.Arg{{Name: "days", Type: sdk.Integer}, {Name: "r", Type: sdk.Integer}, {Name: "count", Type: sdk.Integer},
		{Name: "f", Type: sdk.Integer}, {Name: "percent", Type: sdk.Number}, {Name: "amount", Type: sdk.String}, {Name: "m", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "Days since the last purchase: {days} (R {r}); purchases: {count}, more than {percent} % of the customers (F {f}); value {amount} (M {m}).",
			ZhHans: "最近一次购买在{days}天前（R {r}）；购买{count}次，高于{percent}%的客户（F {f}）；金额{amount}（M {m}）。",
			ZhHant: "最近一次購買在{days}天前（R {r}）；購買{count}次，高於{percent}%的客戶（F {f}）；金額{amount}（M {m}）。"}},
	{Code: scoredLeast, Args: []sdk.Arg{{Name: "days", Type: sdk.Integer}, {Name: "r", Type: sdk.Integer}, {Name: "count", Type: sdk.Integer},
		{Name: "n", Type: sdk.Integer}, {Name: "f", Type: sdk.Integer}, {Name: "amount", Type: sdk.String}, {Name: "m", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "Days since the last purchase: {days} (R {r}); purchases: {count}, the fewest, like {n} others (F {f}); value {amount} (M {m}).",
			ZhHans: "最近一次购买在{days}天前（R {r}）；购买{count}次，为最少，与另外{n}家客户相同（F {f}）；金额{amount}（M {m}）。",
			ZhHant: "最近一次購買在{days}天前（R {r}）；購買{count}次，為最少，與另外{n}家客戶相同（F {f}）；金額{amount}（M {m}）。"}},
	{Code: noPurchase, Args: []sdk.Arg{{Name: "window", Type: sdk.String}},
		Text: sdk.Text{En: "No won deal within {window}.", ZhHans: "{window}内没有成交。", ZhHant: "{window}內沒有成交。"}},
	{Code: neverBought, Text: sdk.Text{En: "No won deal at any time.", ZhHans: "从未成交。", ZhHant: "從未成交。"}},
	{Code: refundsOnly, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "Won deals: {n}, but no purchase: all are refunds.",
			ZhHans: "有{n}笔成交，但均为退款，不算购买。",
			ZhHant: "有{n}筆成交，但均為退款，不算購買。"}},
	{Code: noValue, Args: []sdk.Arg{{Name: "amount", Type: sdk.String}},
		Text: sdk.Text{En: "Its value is {amount}, not above zero, so M is 1.", ZhHans: "金额{amount}不大于零，故M为1。", ZhHant: "金額{amount}不大於零，故M為1。"}},
	{Code: tooFew, Args: []sdk.Arg{{Name: "customers", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "Customers who have bought: {customers}; needed for these scores: {minimum}.",
			ZhHans: "仅有{customers}家客户有购买，评分至少需要{minimum}家。",
			ZhHant: "僅有{customers}家客戶有購買，評分至少需要{minimum}家。"}},
	{Code: noSegment, Args: []sdk.Arg{{Name: "cell", Type: sdk.String}},
		Text: sdk.Text{En: "No segment covers the scores {cell}.", ZhHans: "没有分群包含评分{cell}。", ZhHant: "沒有分群包含評分{cell}。"}},
}
