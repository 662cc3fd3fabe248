package credit

import "github.com/taxonhq/taxon/sdk"

// options are the grades, best first. Codes never change.
var options = []sdk.Option{
	{Code: "A", Label: sdk.Text{En: "Excellent payer", ZhHans: "付款优良", ZhHant: "付款優良"}, Description: "weighted days beyond terms <= 0",
		Handling: sdk.Text{En: "Normal or higher limit, open terms; review once a year", ZhHans: "正常或更高额度，赊销；每年复查", ZhHant: "正常或更高額度，賒銷；每年複查"}},
	{Code: "B", Label: sdk.Text{En: "Good payer", ZhHans: "付款良好", ZhHant: "付款良好"}, Description: "above 0, up to 15 days",
		Handling: sdk.Text{En: "Normal terms, polite reminder; review every half year", ZhHans: "正常账期，友好提醒；每半年复查", ZhHant: "正常賬期，友好提醒；每半年複查"}},
	{Code: "C", Label: sdk.Text{En: "Slow payer", ZhHans: "付款偏慢", ZhHant: "付款偏慢"}, Description: "above 15, up to 30 days",
		Handling: sdk.Text{En: "Dunning, cut the limit, prepay part; review each month", ZhHans: "催收、下调额度、部分预付；每月复查", ZhHant: "催收、下調額度、部分預付；每月複查"}},
	{Code: "D", Label: sdk.Text{En: "Poor payer", ZhHans: "付款较差", ZhHant: "付款較差"}, Description: "above 30, up to 60 days",
		Handling: sdk.Text{En: "Stop new credit, instalment plan; review each month", ZhHans: "停止新增赊销，分期计划；每月复查", ZhHant: "停止新增賒銷，分期計劃；每月複查"}},
	{Code: "E", Label: sdk.Text{En: "Very poor payer", ZhHans: "付款很差", ZhHant: "付款很差"}, Description: "above 60 days, or a write-off",
		Handling: sdk.Text{En: "Cash only, collection; review each week", ZhHans: "现款现货，移交催收；每周复查", ZhHant: "現款現貨，移交催收；每週複查"}},
}

// The codes of reasons.
const (
	late       = "late"
	inTime     = "in_time"
	writtenOff = "written_off"
	disputed   = "disputed"
	undated    = "undated"
	undue      = "no_due_date"
	because    = "delay_reason"
	noInvoices = "no_invoices"
	tooFew     = "too_few"
)

var reasons = []sdk.Reason{
	{Code: late, Args: []sdk.Arg{{Name: "days", Type: sdk.Number}, {Name: "invoices", Type: sdk.Integer}, {Name: "late", Type: sdk.Integer}, {Name: "open", Type: sdk.Integer}, {Name: "overdue", Type: sdk.String}},
		Text: sdk.Text{
			En:     "Days beyond terms, weighted by amount: {days}. Invoices judged: {invoices}, late: {late}, overdue now: {open} ({overdue}).",
			ZhHans: "按金额加权平均逾期{days}天。计入发票{invoices}张，逾期{late}张，目前逾期未付{open}张（{overdue}）。",
			ZhHant: "按金額加權平均逾期{days}天。計入發票{invoices}張，逾期{late}張，目前逾期未付{open}張（{overdue}）。"}},
	{Code: inTime, Args: []sdk.Arg{{Name: "invoices", Type: sdk.Integer}, {Name: "days", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "Nothing was paid late. Invoices due in the last {days} days: {invoices}.",
			ZhHans: "没有逾期付款。最近{days}天到期发票{invoices}张。",
			ZhHant: "沒有逾期付款。最近{days}天到期發票{invoices}張。"}},
	{Code: writtenOff, Args: []sdk.Arg{{Name: "invoices", Type: sdk.Integer}, {Name: "amount", Type: sdk.String}},
		Text: sdk.Text{En: "Invoices written off: {invoices} ({amount}).", ZhHans: "已有{invoices}张发票核为坏账（{amount}）。", ZhHant: "已有{invoices}張發票核為壞賬（{amount}）。"}},
	{Code: disputed, Args: []sdk.Arg{{Name: "invoices", Type: sdk.Integer}},
		Text: sdk.Text{En: "Not judged because they are disputed: {invoices}.", ZhHans: "有争议而不计入的发票：{invoices}张。", ZhHant: "有爭議而不計入的發票：{invoices}張。"}},
	{Code: undated, Args: []sdk.Arg{{Name: "invoices", Type: sdk.Integer}},
		Text: sdk.Text{En: "Not judged because they are paid, but no day of payment is known: {invoices}.", ZhHans: "已付款但付款日不明而不计入的发票：{invoices}张。", ZhHant: "已付款但付款日不明而不計入的發票：{invoices}張。"}},
	{Code: undue, Args: []sdk.Arg{{Name: "invoices", Type: sdk.Integer}},
		Text: sdk.Text{En: "Not judged because they have no due date: {invoices}.", ZhHans: "没有到期日而不计入的发票：{invoices}张。", ZhHant: "沒有到期日而不計入的發票：{invoices}張。"}},
	{Code: because, Args: []sdk.Arg{{Name: "reason", Type: sdk.String}},
		Text: sdk.Text{En: "Reason named for most of the delay: {reason}.", ZhHans: "逾期的主要原因：{reason}。", ZhHant: "逾期的主要原因：{reason}。"}},
	{Code: noInvoices, Args: []sdk.Arg{{Name: "days", Type: sdk.Integer}},
		Text: sdk.Text{En: "No invoice was due in the last {days} days, and none is overdue.", ZhHans: "最近{days}天没有到期发票，也没有逾期发票。", ZhHant: "最近{days}天沒有到期發票，也沒有逾期發票。"}},
	{Code: tooFew, Args: []sdk.Arg{{Name: "invoices", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}, {Name: "days", Type: sdk.Integer}},
		Text: sdk.Text{
			En:     "Invoices that can be judged, of the last {days} days: {invoices}; needed for a grade: {minimum}.",
			ZhHans: "最近{days}天可计入的发票仅{invoices}张，评级至少需要{minimum}张。",
			ZhHant: "最近{days}天可計入的發票僅{invoices}張，評級至少需要{minimum}張。"}},
}
