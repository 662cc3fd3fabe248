package satisfaction

import (
	"math"

	"github.com/taxonhq/taxon/sdk"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Pointwise[*Config, sdk.Row]{
		Info: sdk.Info{ID: "satisfaction", Version: "1.0.0", License: "Apache-2.0",
			Summary: "Promoters and detractors, satisfied and dissatisfied customers, by their survey answers"},
		Tags:    tagsOf(""),
		Reasons: reasons,
		Reads:   patterns(),
		Presets: []sdk.Preset[*Config]{
			{Name: "nps", Label: sdk.Text{En: "Net Promoter Score from surveys", ZhHans: "净推荐值（调查）", ZhHant: "淨推薦值（調查）"}, Config: &Config{Kind: "nps"}},
			{Name: "csat", Label: sdk.Text{En: "Customer satisfaction from surveys", ZhHans: "客户满意度（调查）", ZhHant: "客戶滿意度（調查）"}, Config: &Config{Kind: "csat"}},
			{Name: "ces", Label: sdk.Text{En: "Customer effort from surveys", ZhHans: "客户费力度（调查）", ZhHant: "客戶費力度（調查）"}, Config: &Config{Kind: "ces"}},
			{Name: "ces_2010", Label: sdk.Text{En: "Customer effort as asked in 2010: 1 to 5, low is good", ZhHans: "客户费力度（2010 版，1–5，越低越好）", ZhHant: "客戶費力度（2010 版，1–5，越低越好）"},
				Config: &Config{Kind: "ces", Scale: Scale{Min: 1, Max: 5, Direction: "low"}}},
		},
		Configure: configure,
		Classify:  classify,
	}
}

// codes are the classes of a kind from best to worst.
var codes = map[string][3]string{
	"nps":  {"promoter", "passive", "detractor"},
	"csat": {"satisfied", "neutral", "dissatisfied"},
	"ces":  {"low_effort", "neutral", "high_effort"},
}

var options = map[string]sdk.Option{
	"promoter": {Code: "promoter", Rank: 1, Label: sdk.Text{En: "Promoter", ZhHans: "推荐者", ZhHant: "推薦者"},
		Handling: sdk.Text{En: "Ask for a reference, review, referral programme", ZhHans: "邀请推荐与评价，参加转介绍", ZhHant: "邀請推薦與評價，參加轉介紹"}},
	"passive": {Code: "passive", Rank: 2, Label: sdk.Text{En: "Passive", ZhHans: "被动者", ZhHant: "被動者"},
		Handling: sdk.Text{En: "Ask what would make it a 9, protect against competitors", ZhHans: "询问如何做到9分，防止被竞品吸引", ZhHant: "詢問如何做到9分，防止被競品吸引"}},
	"detractor": {Code: "detractor", Rank: 3, Label: sdk.Text{En: "Detractor", ZhHans: "贬损者", ZhHant: "批評者"},
		Handling: sdk.Text{En: "Call within 48 hours, fix the cause, close the loop, stop promotions meanwhile", ZhHans: "48小时内回电，解决原因并闭环，期间停止促销", ZhHant: "48小時內回電，解決原因並閉環，期間停止促銷"}},
	"satisfied": {Code: "satisfied", Rank: 1, Label: sdk.Text{En: "Satisfied", ZhHans: "满意", ZhHant: "滿意"},
		Handling: sdk.Text{En: "Keep, cross-sell", ZhHans: "保持并交叉销售", ZhHant: "保持並交叉銷售"}},
	"neutral": {Code: "neutral", Rank: 2, Label: sdk.Text{En: "Neutral", ZhHans: "一般", ZhHant: "普通"},
		Handling: sdk.Text{En: "Ask one open question", ZhHans: "追问一个开放问题", ZhHant: "追問一個開放問題"}},
	"dissatisfied": {Code: "dissatisfied", Rank: 3, Label: sdk.Text{En: "Dissatisfied", ZhHans: "不满意", ZhHant: "不滿意"},
		Handling: sdk.Text{En: "Service recovery first", ZhHans: "先做服务补救", ZhHant: "先做服務補救"}},
	"low_effort": {Code: "low_effort", Rank: 1, Label: sdk.Text{En: "Low effort", ZhHans: "轻松", ZhHant: "輕鬆"},
		Handling: sdk.Text{En: "Nothing needed", ZhHans: "无需处理", ZhHant: "無需處理"}},
	"high_effort": {Code: "high_effort", Rank: 3, Label: sdk.Text{En: "High effort", ZhHans: "费力", ZhHant: "費力"},
		Handling: sdk.Text{En: "Remove the obstacle, name one contact", ZhHans: "消除障碍，指定唯一联系人", ZhHant: "消除障礙，指定唯一聯絡人"}},
}

// tagsOf are the tags of a kind; of all kinds for "".
func tagsOf(kind string) []sdk.Tag {
	order := []string{"promoter", "passive", "detractor", "satisfied", "neutral", "dissatisfied", "low_effort", "high_effort"}
	if kind != "" {
		three := codes[kind]
		order = three[:]
	}
	var list []sdk.Option
	for _, code := range order {
		list = append(list, options[code])
	}
	return []sdk.Tag{
		sdk.Class("", list...).Labelled(sdk.Text{En: "Satisfaction", ZhHans: "满意度", ZhHant: "滿意度"}).
			Described("Class by survey answers: NPS, CSAT or CES."),
		sdk.Score("score").Labelled(sdk.Text{En: "Survey score", ZhHans: "调查得分", ZhHant: "調查得分"}).
			Described("Mean answer on the survey's own scale."),
		sdk.Score("index").Labelled(sdk.Text{En: "Survey index", ZhHans: "调查指数", ZhHant: "調查指數"}).
			Described("NPS from -100 to 100, or the percentage in the best class."),
		sdk.IntegerTag("answers").Labelled(sdk.Text{En: "Survey answers", ZhHans: "有效答卷数", ZhHant: "有效答卷數"}).
			Described("Number of valid answers in the window."),
	}
}

// classify judges one customer.
func classify(run sdk.Run, c *Config, row sdk.Row) sdk.Verdict {
	answers, invalid, latest := c.answers(run, row)
	n := len(answers)
	if n == 0 && invalid > 0 {
		return sdk.Unclassified("not_valid", invalid, c.Scale.Min, c.Scale.Max).Set("answers", 0)
	}
	if n == 0 {
		if c.Window == "all" {
			return sdk.Unclassified("never_answered").Set("answers", 0)
		}
		return sdk.Unclassified("no_answer", c.Window).Set("answers", 0)
	}
	if int64(n) < c.Minimum {
		return sdk.Unclassified("too_few", n, c.Minimum).Set("answers", n)
	}
	persons := byPerson(answers, c.Use)
	v := judge(c.scale, persons, c.Weight, c.Veto)
	said := sdk.Set("", codes[c.Kind][1-int(v.standing)]).Set("score", v.score).Set("index", round(c.index(v), 2)).Set("answers", n)
	if v.decided {
		said = said.Because("decision_maker")
	}
	switch {
	case len(persons) > 1:
		said = said.Because("people_"+c.Kind, v.tally.best, v.tally.middle, v.tally.worst, len(persons), round(v.tally.net(), 1), round(v.tally.netError(), 1))
	case n > 1 && c.Use == useAverage:
		said = said.Because("average", n, v.score, c.Scale.Max)
	case latest > 0:
		said = said.Because("answered", v.score, c.Scale.Max, latest)
	default:
		said = said.Because("answered_undated", v.score, c.Scale.Max)
	}
	if invalid > 0 {
		said = said.Because("left_out", invalid)
	}
	return said
}

// answers reads the valid answers in the window, the number of others, and the latest day.
func (c *Config) answers(run sdk.Run, row sdk.Row) (answers []answer, invalid int, latest sdk.Day) {
	at := c.columns
	window := newWindow(c.Window, run.Day)
	for j := range row.ListLen(at.score) {
		if row.ListMissing(at.score, j) {
			continue
		}
		day, instant, known := c.when(run, row, j)
		if at.date >= 0 && !window.holds(day, known, run.Day) {
			continue
		}
		raw := 0.0
		if at.whole {
			raw = float64(row.ListInt(at.score, j))
		} else {
			raw = row.ListFloat(at.score, j)
		}
		value, valid := c.scale.read(raw)
		if !valid {
			invalid++
			continue
		}
		a := answer{value: value, at: instant}
		if at.person >= 0 && j < row.ListLen(at.person) {
			a.person = row.ListText(at.person, j)
		}
		if c.Source == "fields" {
			a.person = personAt(j)
		}
		if at.decides >= 0 && j < row.ListLen(at.decides) {
			a.decides = !row.ListMissing(at.decides, j) && row.ListBool(at.decides, j)
		}
		answers = append(answers, a)
		if known {
			latest = max(latest, day)
		}
	}
	return answers, invalid, latest
}

// when is the day of answer j, and its instant or day as a number that orders.
func (c *Config) when(run sdk.Run, row sdk.Row, j int) (day sdk.Day, order int64, known bool) {
	at := c.columns
	if at.date < 0 || j >= row.ListLen(at.date) || row.ListMissing(at.date, j) {
		return 0, 0, false
	}
	if at.dates {
		day = row.ListDay(at.date, j)
		return day, int64(day), true
	}
	return sdk.DayOf(row.ListTime(at.date, j), run.Zone), row.ListInt(at.date, j), true
}

// personAt names the person of place j: each of a customer's people is another.
func personAt(j int) string {
	return string([]byte{byte(j >> 24), byte(j >> 16), byte(j >> 8), byte(j)})
}

// index is the number that the configuration asks for.
func (c *Config) index(v verdict) float64 {
	switch c.Statistic {
	case "net":
		return v.tally.net()
	case "share":
		return v.tally.share()
	case "mean":
		return v.score
	case "effort_index":
		return effortIndex(c.scale, v.values)
	}
	if c.Kind == "nps" {
		return v.tally.net()
	}
	return v.tally.share()
}

func round(x float64, digits int) float64 {
	unit := math.Pow10(digits)
	return math.Round(x*unit) / unit
}
