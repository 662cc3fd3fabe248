package composite

import (
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/scoring"
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// letters are the default grades.
var letters = []grade{{Code: "A", From: 80}, {Code: "B", From: 60}, {Code: "C", From: 40}, {Code: "D"}}

// known are the grades that have labels and handling of ours.
var known = []sdk.Option{
	{Code: "A", Label: sdk.Text{En: "Grade A", ZhHans: "A级客户", ZhHant: "A級客戶"},
		Handling: sdk.Text{En: "As a key account: named account manager, priority; review each quarter", ZhHans: "按关键客户管理：专属客户经理，优先支持；每季度复查", ZhHant: "按關鍵客戶管理：專屬客戶經理，優先支援；每季度複查"}},
	{Code: "B", Label: sdk.Text{En: "Grade B", ZhHans: "B级客户", ZhHant: "B級客戶"},
		Handling: sdk.Text{En: "As a main account: regular contact plan, lift what pulls it down; review every half year", ZhHans: "按主要客户管理：定期拜访，改善拉低得分的指标；每半年复查", ZhHant: "按主要客戶管理：定期拜訪，改善拉低得分的指標；每半年複查"}},
	{Code: "C", Label: sdk.Text{En: "Grade C", ZhHans: "C级客户", ZhHant: "C級客戶"},
		Handling: sdk.Text{En: "As an ordinary account: standard service; review once a year", ZhHans: "按普通客户管理：标准服务；每年复查", ZhHant: "按普通客戶管理：標準服務；每年複查"}},
	{Code: "D", Label: sdk.Text{En: "Grade D", ZhHans: "D级客户", ZhHant: "D級客戶"},
		Handling: sdk.Text{En: "Low-cost service; review once a year", ZhHans: "低成本服务；每年复查", ZhHant: "低成本服務；每年複查"}},
}

var provisional = sdk.Option{Code: "provisional", Rank: 900, Label: sdk.Text{En: "Provisional", ZhHans: "暂定", ZhHant: "暫定"},
	Description: "Too little of the weight is known for a grade; the reason says which it would be.",
	Handling:    sdk.Text{En: "Collect the missing criteria; review in 30 days", ZhHans: "补齐缺失指标；30天后复查", ZhHant: "補齊缺失指標；30天後複查"}}

// options are grades as the options of the class.
func options(grades []grade) []sdk.Option {
	var list []sdk.Option
	for _, g := range grades {
		option := sdk.Option{Code: g.Code}
		if i := slices.IndexFunc(known, func(o sdk.Option) bool { return o.Code == g.Code }); i >= 0 {
			option = known[i]
		}
		if g.Label != "" {
			option.Label = sdk.Text{En: g.Label, ZhHans: g.Label, ZhHant: g.Label}
		}
		if g.Handling != "" {
			option.Handling = sdk.Text{En: g.Handling, ZhHans: g.Handling, ZhHant: g.Handling}
		}
		list = append(list, option)
	}
	return list
}

// corners are the handling of a matrix's cells, by whether the fit is better than the middle grade and the engagement too.
var corners = map[[2]bool]sdk.Text{
	{true, true}:   {En: "Make an offer in person now; review in 14 days", ZhHans: "立即当面提供方案；14天后复查", ZhHant: "立即當面提供方案；14天後複查"},
	{true, false}:  {En: "Win attention: a call, an event, useful content; review in 30 days", ZhHans: "争取关注：电话、活动、有用内容；30天后复查", ZhHant: "爭取關注：電話、活動、有用內容；30天後複查"},
	{false, true}:  {En: "Answer at low cost, qualify before investing; review each quarter", ZhHans: "低成本回应，先甄别再投入；每季度复查", ZhHant: "低成本回應，先甄別再投入；每季度複查"},
	{false, false}: {En: "Automated messages only; review every half year", ZhHans: "仅自动化触达；每半年复查", ZhHant: "僅自動化觸達；每半年複查"},
}

// cells are the options of a matrix of so many letters and digits, the best first: by the sum of places, then
// by the letter.
func cells(letters, digits int) []sdk.Option {
	var list []sdk.Option
	for sum := range letters + digits - 1 {
		for i := range letters {
			if j := sum - i; j >= 0 && j < digits {
				letter, digit := string(rune('A'+i)), string(rune('1'+j))
				list = append(list, sdk.Option{Code: letter + digit, Handling: corners[[2]bool{2*i < letters-1, 2*j < digits-1}], Label: sdk.Text{
					En: "Fit " + letter + ", engagement " + digit, ZhHans: "匹配度" + letter + "，参与度" + digit, ZhHant: "匹配度" + letter + "，參與度" + digit}})
			}
		}
	}
	return list
}

func (cfg *config) options() []sdk.Option {
	if len(cfg.axes) == 2 {
		return cells(len(cfg.axes[0].grades), len(cfg.axes[1].grades))
	}
	return options(cfg.axes[0].grades)
}

// tags are the class with these options and the parts of one grade or of a matrix.
func tags(options []sdk.Option, matrix bool) []sdk.Tag {
	list := []sdk.Tag{sdk.Class("", append(slices.Clone(options), provisional)...).Opened().
		Labelled(sdk.Text{En: "Grade", ZhHans: "综合等级", ZhHant: "綜合等級"})}
	if matrix {
		list = append(list,
			sdk.Score("fit").Labelled(sdk.Text{En: "Fit score", ZhHans: "匹配度得分", ZhHant: "匹配度得分"}).Described("How well the customer suits us, 0 to 100."),
			sdk.Score("engagement").Labelled(sdk.Text{En: "Engagement score", ZhHans: "参与度得分", ZhHant: "參與度得分"}).Described("How much the customer deals with us, 0 to 100."))
	} else {
		list = append(list, sdk.Score("score").Labelled(sdk.Text{En: "Grade score", ZhHans: "综合得分", ZhHant: "綜合得分"}).
			Described("The weighted score, 0 to 100, cut to two decimals."))
	}
	return append(list,
		sdk.Score("known").Labelled(sdk.Text{En: "Grade data (%)", ZhHans: "已知权重(%)", ZhHant: "已知權重(%)"}).
			Described("How much of the weight is known, in per cent; of a matrix, the lesser of the two."),
		sdk.TextTag("contributions").Labelled(sdk.Text{En: "Grade contributions", ZhHans: "得分构成", ZhHant: "得分構成"}).
			Described("What each criterion brings: they add up to the score."))
}

// The codes of reasons.
const (
	scored          = "score"
	fitScore        = "fit"
	engagementScore = "engagement"
	noData          = "no_data"
	tooFew          = "too_few"
)

func text(name string) sdk.Arg { return sdk.Arg{Name: name, Type: sdk.String} }

var reasons = []sdk.Reason{
	{Code: scored, Args: wording.Args("sum", text("score")), Text: sdk.Text{
		En: "Score {score} of 100: {sum}.", ZhHans: "综合{score}分（满分100）：{sum_zh_hans}。", ZhHant: "綜合{score}分（滿分100）：{sum_zh_hant}。"}},
	{Code: fitScore, Args: wording.Args("sum", text("score")), Text: sdk.Text{
		En: "Fit {score} of 100: {sum}.", ZhHans: "匹配度{score}分（满分100）：{sum_zh_hans}。", ZhHant: "匹配度{score}分（滿分100）：{sum_zh_hant}。"}},
	{Code: engagementScore, Args: wording.Args("sum", text("score")), Text: sdk.Text{
		En: "Engagement {score} of 100: {sum}.", ZhHans: "参与度{score}分（满分100）：{sum_zh_hans}。", ZhHant: "參與度{score}分（滿分100）：{sum_zh_hant}。"}},
	{Code: "lifts", Args: wording.Args("criteria"), Text: sdk.Text{
		En: "Above the average customer: {criteria}.", ZhHans: "高于平均客户：{criteria_zh_hans}。", ZhHant: "高於平均客戶：{criteria_zh_hant}。"}},
	{Code: "pulls", Args: wording.Args("criterion"), Text: sdk.Text{
		En: "What pulls it down most: {criterion}.", ZhHans: "最拉低得分的是：{criterion_zh_hans}。", ZhHant: "最拉低得分的是：{criterion_zh_hant}。"}},
	{Code: "missing", Args: wording.Args("criteria"), Text: sdk.Text{
		En: "Not known: {criteria}.", ZhHans: "缺少数据：{criteria_zh_hans}。", ZhHant: "缺少資料：{criteria_zh_hant}。"}},
	{Code: "veto", Args: wording.Args("rule", text("grade")), Text: sdk.Text{
		En: "Capped at {grade} by the rule “{rule}”.", ZhHans: "规则“{rule_zh_hans}”限制为最高{grade}。", ZhHant: "規則「{rule_zh_hant}」限制為最高{grade}。"}},
	{Code: provisional.Code, Args: []sdk.Arg{{Name: "known", Type: sdk.Number}, text("grade")}, Text: sdk.Text{
		En: "Only {known} % of the weight is known; so far it would be {grade}.", ZhHans: "仅有{known}%权重的指标有数据，目前相当于{grade}。", ZhHant: "僅有{known}%權重的指標有資料，目前相當於{grade}。"}},
	{Code: noData, Args: wording.Args("criteria"), Text: sdk.Text{
		En: "None of the criteria is known: {criteria}.", ZhHans: "所有指标均无数据：{criteria_zh_hans}。", ZhHant: "所有指標均無資料：{criteria_zh_hant}。"}},
	{Code: tooFew, Args: []sdk.Arg{{Name: "customers", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}}, Text: sdk.Text{
		En: "Customers: {customers}; needed to compare them: {minimum}.", ZhHans: "仅有{customers}家客户，比较至少需要{minimum}家。", ZhHant: "僅有{customers}家客戶，比較至少需要{minimum}家。"}},
}

// preset makes one preset.
func preset(name string, label sdk.Text, c *config) sdk.Preset[*config] {
	return sdk.Preset[*config]{Name: name, Label: label, Config: c}
}

func criterion(name, of string, weight float64, scale string) scoring.Criterion {
	return scoring.Criterion{Name: name, Of: of, Weight: weight, Scale: scale}
}

func low(c scoring.Criterion) scoring.Criterion { c.Best = "low"; return c }

func missingIs(policy string, c scoring.Criterion) scoring.Criterion { c.Missing = policy; return c }

// presets are configurations to start from. The first needs deals only.
var presets = []sdk.Preset[*config]{
	preset("purchases", sdk.Text{En: "Amount, number and recency of orders, open business", ZhHans: "订单金额、次数、最近购买与在谈业务", ZhHant: "訂單金額、次數、最近購買與在談業務"}, &config{Criteria: []scoring.Criterion{
		criterion("amount", "sum(deals.amount) where won", 40, "above_zero"),
		criterion("orders", "count(deals) where won", 20, "above_zero"),
		missingIs(scoring.Zero, low(criterion("recency", "last(deals.closed_at) where won", 20, "rank"))),
		criterion("open", "sum(deals.amount) where open", 20, "above_zero"),
	}}),
	preset("four", sdk.Text{En: "Credit 20, order amount 30, profit 30, prospects 20", ZhHans: "信用20、订单金额30、利润30、发展前景20", ZhHant: "信用20、訂單金額30、利潤30、發展前景20"}, &config{
		Criteria: []scoring.Criterion{
			{Name: "credit", Of: "tags.credit", Weight: 20, Points: map[string]float64{"A": 100, "B": 75, "C": 50, "D": 25, "E": 0}},
			criterion("amount", "sum(deals.amount) where won", 30, "positive"),
			{Name: "profit", Of: "tags.profit", Weight: 30, Points: map[string]float64{"high": 100, "contributing": 60, "break_even": 20, "loss": 0}},
			{Name: "prospects", Of: "tags.value.potential", Weight: 20, Scale: "range", From: new(float64), To: &hundred},
		},
		Veto: []veto{
			{Name: latePayer, Of: "tags.credit", Is: []string{"D", "E"}, AtMost: "C"},
			{Name: lossMaking, Of: "tags.profit", Is: []string{"loss"}, AtMost: "C"},
		},
	}),
	preset("fit_engagement", sdk.Text{En: "Matrix of fit (size) and engagement (contacts): A1 to C3", ZhHans: "匹配度（规模）与参与度（联系）矩阵：A1至C3", ZhHant: "匹配度（規模）與參與度（聯繫）矩陣：A1至C3"}, &config{
		Window:     "90d",
		Fit:        []scoring.Criterion{criterion("employees", "employees", 1, "rank"), criterion("revenue", "annual_revenue", 1, "rank")},
		Engagement: []scoring.Criterion{criterion("contacts", "count(activities)", 2, "above_zero"), missingIs(scoring.Zero, low(criterion("recency", "last(activities.occurred_at)", 1, "rank"))), criterion("open", "sum(deals.amount) where open", 1, "above_zero")},
	}),
}

var hundred = 100.0

// The rules of the preset four.
const (
	latePayer  = "late payer"
	lossMaking = "loss-making"
)

// inWords is the name of a rule in the languages of reasons; one that an administrator has named has his words.
func (v *veto) inWords() sdk.Text {
	switch [2]string{v.Name, v.Of} {
	case [2]string{latePayer, "tags.credit"}:
		return sdk.Text{En: latePayer, ZhHans: "拖延付款", ZhHant: "拖延付款"}
	case [2]string{lossMaking, "tags.profit"}:
		return sdk.Text{En: lossMaking, ZhHans: "亏损客户", ZhHant: "虧損客戶"}
	}
	return wording.Same(v.Name)
}
