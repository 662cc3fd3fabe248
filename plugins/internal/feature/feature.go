// Package feature gives classifiers that learn (cluster, tree) the numbers they learn from: fields, measures and tags
// of a customer, each with a name, as float64 in units that people use.
//
// What is learned, and how numbers are made comparable, is left to others. Invariant: a value is finite or missing.
package feature

import (
	"math"
	"strconv"

	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/sdk"
)

// Feature is one input with a name.
type Feature struct {
	Name  string
	Label sdk.Text // as in "number of purchases"
	High  sdk.Text // as in "many purchases"
	Low   sdk.Text
	// What to do with customers who have much or little of it; empty when nobody has said.
	ForHigh, ForLow sdk.Text
	Input           reading.Input
	Column          int // of the row
}

// Named is a standard feature as an administrator would write it, with words for much and little of it, and for what to
// do with customers who have much or little.
type Named struct {
	Name, Measure                     string
	Label, High, Low, ForHigh, ForLow sdk.Text
}

// Standard are what a customer is compared by when nothing else is said. The mean gap between purchases is not among
// them: who bought once has none, and it follows from number and time.
func Standard() []Named {
	return []Named{
		{"days_since_last", "last(deals.closed_at) where won",
			sdk.Text{En: "days since the last purchase", ZhHans: "距上次购买天数", ZhHant: "距上次購買天數"},
			sdk.Text{En: "last purchase long ago", ZhHans: "久未购买", ZhHant: "久未購買"}, sdk.Text{En: "bought recently", ZhHans: "近期购买", ZhHant: "近期購買"},
			sdk.Text{En: "Ask why it went quiet, one offer to come back", ZhHans: "询问沉寂原因，给予一次回归优惠", ZhHant: "詢問沉寂原因，給予一次回歸優惠"}, sdk.Text{En: "Stay in touch while the last purchase is fresh", ZhHans: "趁近期购买保持联系", ZhHant: "趁近期購買保持聯繫"}},
		{"purchases", "count(deals) where won",
			sdk.Text{En: "number of purchases", ZhHans: "购买次数", ZhHant: "購買次數"},
			sdk.Text{En: "many purchases", ZhHans: "购买次数多", ZhHant: "購買次數多"}, sdk.Text{En: "few purchases", ZhHans: "购买次数少", ZhHant: "購買次數少"},
			sdk.Text{En: "Make buying easy: framework contract, reminder to reorder", ZhHans: "简化采购：框架协议、补货提醒", ZhHant: "簡化採購：框架協議、補貨提醒"}, sdk.Text{En: "Give a reason for the next purchase", ZhHans: "给出下一次购买的理由", ZhHant: "給出下一次購買的理由"}},
		{"value", "sum(deals.amount) where won",
			sdk.Text{En: "purchase value", ZhHans: "购买金额", ZhHant: "購買金額"},
			sdk.Text{En: "high purchase value", ZhHans: "购买金额高", ZhHant: "購買金額高"}, sdk.Text{En: "low purchase value", ZhHans: "购买金额低", ZhHant: "購買金額低"},
			sdk.Text{En: "A named contact and priority service", ZhHans: "专人对接，优先服务", ZhHant: "專人對接，優先服務"}, sdk.Text{En: "Standard or self-service, bundles that raise the order", ZhHans: "标准或自助服务，以组合提升单额", ZhHant: "標準或自助服務，以組合提升單額"}},
		{"days_since_first", "first(deals.closed_at) where won within all",
			sdk.Text{En: "days since the first purchase", ZhHans: "距首次购买天数", ZhHant: "距首次購買天數"},
			sdk.Text{En: "customer for long", ZhHans: "老客户", ZhHant: "老客戶"}, sdk.Text{En: "customer for a short time", ZhHans: "新客户", ZhHant: "新客戶"},
			sdk.Text{En: "Honour the years: loyalty benefits, ask for references", ZhHans: "回馈老客户：忠诚权益，邀请推荐", ZhHant: "回饋老客戶：忠誠權益，邀請推薦"}, sdk.Text{En: "Onboarding: make the first use succeed", ZhHans: "新手引导，确保首次使用成功", ZhHant: "新手引導，確保首次使用成功"}},
		{"activities", "count(activities)",
			sdk.Text{En: "number of activities", ZhHans: "活动次数", ZhHant: "活動次數"},
			sdk.Text{En: "many activities", ZhHans: "活动多", ZhHant: "活動多"}, sdk.Text{En: "few activities", ZhHans: "活动少", ZhHant: "活動少"},
			sdk.Text{En: "Answer quickly, agree on the next step", ZhHans: "快速响应，约定下一步", ZhHant: "快速回應，約定下一步"}, sdk.Text{En: "Begin a conversation: a call or useful content", ZhHans: "主动联系：致电或提供有用内容", ZhHant: "主動聯繫：致電或提供有用內容"}},
	}
}

// Worded are the words of a feature that an administrator names: "high income", "收入高".
func Worded(label string) (text, high, low sdk.Text) {
	text = sdk.Text{En: label, ZhHans: label, ZhHant: label}
	return text, sdk.Text{En: "high " + label, ZhHans: label + "高", ZhHant: label + "高"}, sdk.Text{En: "low " + label, ZhHans: label + "低", ZhHant: label + "低"}
}

// StandardReads are the patterns with which a manifest declares the standard features, and anything else that is granted.
func StandardReads() []sdk.Read {
	return []sdk.Read{
		{Path: "last(deals.closed_at) where won within {/window}", Type: sdk.Time, Purpose: "Days since the last purchase."},
		{Path: "count(deals) where won within {/window}", Type: sdk.Integer, Purpose: "Number of purchases."},
		{Path: "sum(deals.amount) where won within {/window}", Type: sdk.Money, Purpose: "Value of the purchases."},
		{Path: "first(deals.closed_at) where won within all", Type: sdk.Time, Purpose: "Days since the first purchase."},
		{Path: "count(activities) within {/window}", Type: sdk.Integer, Purpose: "Number of activities."},
		{Path: "*", Purpose: "What the configuration names instead."},
	}
}

// Texts reports whether the values are words.
func (f *Feature) Texts() bool { return f.Input.Type == sdk.String }

// Dated reports whether the values are days before the as-of day.
func (f *Feature) Dated() bool { return f.Input.Type == sdk.Date || f.Input.Type == sdk.Time }

// Number is the feature of a customer: amounts in units of the currency, dates as whole days before the as-of day, yes
// as 1. ok is false when it is missing or a text.
func (f *Feature) Number(run sdk.Run, c sdk.Row) (v float64, ok bool) {
	if c.Missing(f.Column) {
		return 0, false
	}
	switch f.Input.Type {
	case sdk.Money:
		return float64(c.Int(f.Column)) / math.Pow10(run.CurrencyDigits), true
	case sdk.Integer:
		return float64(c.Int(f.Column)), true
	case sdk.Number:
		return c.Float(f.Column), true
	case sdk.Boolean:
		if c.Bool(f.Column) {
			return 1, true
		}
		return 0, true
	case sdk.Date:
		return float64(int64(run.Day) - c.Int(f.Column)), true
	case sdk.Time:
		return float64(run.DaysSince(c.Time(f.Column))), true
	}
	return 0, false
}

// Text is a value for people: "1500.00 USD", "12", "0.25".
func (f *Feature) Text(run sdk.Run, v float64) string {
	switch {
	case f.Input.Type == sdk.Money:
		text := strconv.FormatFloat(v, 'f', run.CurrencyDigits, 64)
		if run.Currency != "" {
			text += " " + run.Currency
		}
		return text
	case f.Input.Type == sdk.Boolean && v == 0:
		return "no"
	case f.Input.Type == sdk.Boolean && v == 1:
		return "yes"
	}
	return Digits(v)
}

// Digits is a number with four significant digits, or all of a whole one.
func Digits(v float64) string {
	if math.Abs(v) < 1e15 && math.Abs(v) >= 1000 {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	if err != nil || math.Abs(v) >= 1e15 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
