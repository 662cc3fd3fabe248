package prospect

import "github.com/taxonhq/taxon/sdk"

// stages are the classes, nearest to an order first, with what to do. Codes never change.
var stages = []sdk.Option{
	{Code: "interested", Label: sdk.Text{En: "Interested in buying", ZhHans: "有兴趣购买", ZhHant: "有興趣購買"}, Description: "explicit interest or lead score high",
		Handling: sdk.Text{En: "Speed up: call actively, win trust, move to the next stage at once; review in 3 days", ZhHans: "加速处理：积极电话跟进、取得信任，尽快推进到下一阶段；3天后复查", ZhHant: "加速處理：積極電話跟進、取得信任，儘快推進到下一階段；3天後複查"}},
	{Code: "considering", Label: sdk.Text{En: "Considering, hesitating", ZhHans: "考虑、犹豫", ZhHant: "考慮、猶豫"}, Description: "engaged but no commitment",
		Handling: sdk.Text{En: "Talk, do not push; learn the need; re-sort after a few contacts; review in 14 days", ZhHans: "多沟通少推销，了解需求，几次联系后重新归类；14天后复查", ZhHant: "多溝通少推銷，瞭解需求，幾次聯絡後重新歸類；14天後複查"}},
	{Code: "quoted_silent", Label: sdk.Text{En: "Quoted, no reply", ZhHans: "已报价未回复", ZhHant: "已報價未回覆"}, Description: "quote sent, no answer for > 7 days",
		Handling: sdk.Text{En: "Follow up on service, quality, use; show value; concession only in return for prepayment or volume; review in 7 days", ZhHans: "询问售后、质量与使用疑问，强调价值；让价须换取现款或加量；7天后复查", ZhHant: "詢問售後、質量與使用疑問，強調價值；讓價須換取現款或加量；7天後複查"}},
	{Code: "not_now", Label: sdk.Text{En: "Not buying now", ZhHans: "暂时不买", ZhHant: "暫時不買"}, Description: "postponed with a date or reason",
		Handling: sdk.Text{En: "Keep the relationship, note the expected date, agree on periodic information; review on the expected date", ZhHans: "维系关系，记录预计购买时间，征得同意后定期提供资料；到预计日期复查", ZhHant: "維繫關係，記錄預計購買時間，徵得同意後定期提供資料；到預計日期複查"}},
	{Code: "unknown", Label: sdk.Text{En: "Unknown", ZhHans: "意向未知", ZhHant: "意向未知"}, Description: "no act of its own lately and no living deal",
		Handling: sdk.Text{En: "One friendly call or mail to learn the need, then sort again; review in 30 days", ZhHans: "友好联系一次，了解需求后重新归类；30天后复查", ZhHant: "友好聯絡一次，了解需求後重新歸類；30天後複查"}},
	{Code: "not_interested", Label: sdk.Text{En: "Definitely not buying", ZhHans: "肯定不买", ZhHant: "肯定不買"}, Description: "explicit refusal",
		Handling: sdk.Text{En: "Ask the reason, explain, log feature requests for development, stop selling; review in 180 days", ZhHans: "了解原因并解释，记录功能需求反馈研发，停止推销；180天后复查", ZhHant: "瞭解原因並解釋，記錄功能需求反饋研發，停止推銷；180天後複查"}},
}

var potentialOptions = []sdk.Option{
	{Code: "high", Label: sdk.Text{En: "High potential", ZhHans: "高潜力", ZhHant: "高潛力"}, Description: "fit score >= 70 (size, industry, budget)",
		Handling: sdk.Text{En: "Pilot offer, senior contact; review in 14 days", ZhHans: "试点方案，高层接触；14天后复查", ZhHant: "試點方案，高層接觸；14天後複查"}},
	{Code: "medium", Label: sdk.Text{En: "Medium potential", ZhHans: "中潜力", ZhHant: "中潛力"}, Description: "40-70",
		Handling: sdk.Text{En: "Nurture; review each quarter", ZhHans: "培育；每季度複查", ZhHant: "培育；每季度複查"}},
	{Code: "low", Label: sdk.Text{En: "Low potential", ZhHans: "低潜力", ZhHant: "低潛力"}, Description: "< 40",
		Handling: sdk.Text{En: "Automate; review in 180 days", ZhHans: "自动化；180天后复查", ZhHant: "自動化；180天後複查"}},
}

var temperatures = []sdk.Option{
	{Code: "hot", Label: sdk.Text{En: "Hot", ZhHans: "热", ZhHant: "熱"}},
	{Code: "warm", Label: sdk.Text{En: "Warm", ZhHans: "温", ZhHant: "溫"}},
	{Code: "cold", Label: sdk.Text{En: "Cold", ZhHans: "冷", ZhHant: "冷"}},
}

func tags() []sdk.Tag {
	return []sdk.Tag{
		sdk.Class("", stages...).Labelled(sdk.Text{En: "Purchase intent", ZhHans: "购买意向", ZhHant: "購買意向"}),
		sdk.Class("potential", potentialOptions...).Labelled(sdk.Text{En: "Potential", ZhHans: "发展前景", ZhHant: "發展前景"}).
			Described("What may become of the customer: a person's judgement, else the fit."),
		sdk.Class("temperature", temperatures...).Labelled(sdk.Text{En: "Lead temperature", ZhHans: "线索热度", ZhHant: "線索熱度"}).
			Described("Hot, warm or cold by the score."),
		sdk.Score("score").Labelled(sdk.Text{En: "Lead score", ZhHans: "线索评分", ZhHant: "線索評分"}).
			Described("Fit and engagement, 0 to 100."),
		sdk.Score("fit").Labelled(sdk.Text{En: "Fit", ZhHans: "匹配分", ZhHant: "匹配分"}).
			Described("The part of the score that is in what the customer is, 0 to 50."),
		sdk.Score("engagement").Labelled(sdk.Text{En: "Engagement", ZhHans: "互动分", ZhHant: "互動分"}).
			Described("The part of the score that is in what the customer did lately, 0 to 50."),
		sdk.DateTag("expected").Labelled(sdk.Text{En: "Expected purchase", ZhHans: "预计购买日期", ZhHant: "預計購買日期"}).
			Described("The earliest expected day of its living deals."),
		sdk.TextTag("refusal_reason").Labelled(sdk.Text{En: "Reason of refusal", ZhHans: "拒绝原因", ZhHant: "拒絕原因"}).
			Described("Why it last refused, as the CRM holds it: it stays when the stage changes."),
	}
}

// The codes of reasons.
const (
	refusedFor     = "refused_for"
	refusedOn      = "refused"
	silentOffer    = "silent_offer"
	silentSince    = "silent"
	expectedOn     = "expected"
	putOffOpen     = "put_off_open"
	putOffOn       = "put_off"
	byScore        = "by_score"
	talked         = "talked"
	openDeal       = "open_deal"
	nothing        = "nothing"
	scored         = "score"
	judgedBy       = "fit"
	judgedByPerson = "judged"
	bought         = "bought"
)

// intents name acts of intent, by kind.
var intents = [lost]sdk.Text{{En: "a meeting", ZhHans: "会议", ZhHant: "會議"}, {En: "a call", ZhHans: "来电", ZhHant: "來電"}, {En: "a mail", ZhHans: "邮件", ZhHant: "郵件"},
	{En: "a ticket", ZhHans: "工单", ZhHant: "工單"}, {En: "an answer to a survey", ZhHans: "调查回复", ZhHant: "調查回覆"}, {En: "a visit", ZhHans: "访问", ZhHant: "訪問"},
	{En: "an accepted quote", ZhHans: "接受报价", ZhHant: "接受報價"}}

// intentCode is the code of the reason for an act of intent.
func intentCode(kind int) string { return "intent_" + kindCodes[kind] }

var (
	argDate = sdk.Arg{Name: "date", Type: sdk.Date}
	argDays = sdk.Arg{Name: "days", Type: sdk.Integer}
)

var reasons = append(ofIntent(), []sdk.Reason{
	{Code: refusedFor, Args: []sdk.Arg{argDate, {Name: "reason", Type: sdk.String}},
		Text: sdk.Text{En: "Declined on {date}: {reason}; nothing came since.", ZhHans: "于{date}拒绝：{reason}；此后无新动作。", ZhHant: "於{date}拒絕：{reason}；此後無新動作。"}},
	{Code: refusedOn, Args: []sdk.Arg{argDate},
		Text: sdk.Text{En: "Declined on {date}, for a reason that nobody noted; nothing came since.", ZhHans: "于{date}拒绝，未记录原因；此后无新动作。", ZhHant: "於{date}拒絕，未記錄原因；此後無新動作。"}},
	{Code: silentOffer, Args: []sdk.Arg{{Name: "value", Type: sdk.String}, argDays},
		Text: sdk.Text{En: "Quote of {value} sent {days} days ago, no answer.", ZhHans: "报价{value}已发出{days}天，未回复。", ZhHant: "報價{value}已發出{days}天，未回覆。"}},
	{Code: silentSince, Args: []sdk.Arg{argDays},
		Text: sdk.Text{En: "Quote sent {days} days ago, no answer.", ZhHans: "报价已发出{days}天，未回复。", ZhHant: "報價已發出{days}天，未回覆。"}},
	{Code: expectedOn, Args: []sdk.Arg{argDate},
		Text: sdk.Text{En: "Put off: expected around {date}.", ZhHans: "暂缓：预计{date}前后购买。", ZhHant: "暫緩：預計{date}前後購買。"}},
	{Code: putOffOpen, Text: sdk.Text{En: "Put off, without a date.", ZhHans: "暂缓，未定日期。", ZhHant: "暫緩，未定日期。"}},
	{Code: putOffOn, Args: []sdk.Arg{argDate},
		Text: sdk.Text{En: "Put off on {date}; nothing came since.", ZhHans: "于{date}表示暂缓；此后无新动作。", ZhHant: "於{date}表示暫緩；此後無新動作。"}},
	{Code: byScore, Args: []sdk.Arg{{Name: "hot", Type: sdk.Number}},
		Text: sdk.Text{En: "The score is {hot} or more.", ZhHans: "评分达到{hot}。", ZhHant: "評分達到{hot}。"}},
	{Code: talked, Args: []sdk.Arg{argDays},
		Text: sdk.Text{En: "Its last act of its own was {days} days ago.", ZhHans: "最近一次主动联系在{days}天前。", ZhHant: "最近一次主動聯絡在{days}天前。"}},
	{Code: openDeal, Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, argDays},
		Text: sdk.Text{En: "Open deals: {n}, the newest {days} days old.", ZhHans: "进行中商机{n}个，最新的已{days}天。", ZhHant: "進行中商機{n}個，最新的已{days}天。"}},
	{Code: nothing, Args: []sdk.Arg{argDays},
		Text: sdk.Text{En: "No act of its own in the last {days} days, and no living deal.", ZhHans: "最近{days}天没有主动联系，也没有有效商机。", ZhHant: "最近{days}天沒有主動聯絡，也沒有有效商機。"}},
	{Code: scored, Args: []sdk.Arg{{Name: "score", Type: sdk.Number}, {Name: "fit", Type: sdk.Number}, {Name: "engagement", Type: sdk.Number}},
		Text: sdk.Text{En: "Lead score {score}: fit {fit}, engagement {engagement}.", ZhHans: "线索评分{score}：匹配{fit}，互动{engagement}。", ZhHant: "線索評分{score}：匹配{fit}，互動{engagement}。"}},
	{Code: judgedBy, Args: []sdk.Arg{{Name: "fit", Type: sdk.Number}},
		Text: sdk.Text{En: "Potential by fit: {fit} of 100.", ZhHans: "发展前景按匹配度：{fit}（满分100）。", ZhHant: "發展前景按匹配度：{fit}（滿分100）。"}},
	{Code: judgedByPerson, Args: []sdk.Arg{{Name: "points", Type: sdk.Number}},
		Text: sdk.Text{En: "Potential as a person judged it: {points} of 100.", ZhHans: "发展前景由人工判断：{points}（满分100）。", ZhHant: "發展前景由人工判斷：{points}（滿分100）。"}},
	{Code: bought, Args: []sdk.Arg{argDate},
		Text: sdk.Text{En: "Bought already, last on {date}: no prospect.", ZhHans: "已成交（最近{date}），不属于潜在客户。", ZhHant: "已成交（最近{date}），不屬於潛在客戶。"}},
}...)

// ofIntent are a reason for each kind of act.
func ofIntent() (list []sdk.Reason) {
	for kind, name := range intents {
		list = append(list, sdk.Reason{Code: intentCode(kind), Args: []sdk.Arg{argDays},
			Text: sdk.Text{En: "Its last act of intent was " + name.En + " {days} days ago.", ZhHans: "最近一次意向动作：{days}天前的" + name.ZhHans + "。", ZhHant: "最近一次意向動作：{days}天前的" + name.ZhHant + "。"}})
	}
	return list
}
