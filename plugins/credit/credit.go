// Package credit is the first-party classifier "credit": how late a customer pays.
//
// Definition. Of the invoices that fell due within the last days (default 365), and of those that fell due earlier and are open still,
//
//	days late = sum(amount * max(0, day of payment - due day)) / sum(amount)
//
// where what is not paid counts up to the as-of day: without open invoices the worst payer looks best. Up to 0 days is grade A, up to
// 15 B, up to 30 C, up to 60 D, above E, each bound within the better grade. An invoice written off within these days is E by itself.
// Disputed invoices are not judged, but counted. Early payment does not make up for late (an option: then it does). Fewer than three
// judged invoices are "unclassified".
//
// What settles an invoice is its own day of payment, or payments and credit notes, which are allocated to the open invoices oldest
// first; credit notes (invoices below zero) always are, at their date. Days are whole days of the account's zone.
//
// The payment score is the money-weighted mean of points by the days between due day and payment: 100 for 30 days sooner, 90 for 20
// sooner, 80 on the day, 70 for 15 late, 60 for 22, 50 for 30, 40 for 60, 30 for 90, 20 for 120 and more, linear between.
//
// Sources: days beyond terms and its money-weighted scores are the usual measures of trade credit (Dun & Bradstreet publishes the
// points of its own score, whose name is a trademark: this one is called payment score).
//
// Invoices are activities of kind invoice or, where the configuration says so, won deals with fields for the due day and the day of
// payment, dated by the day on which they were won.
//
// It leaves to others: which activities are invoices (the connector), exchange rates (the host), limits and reserves (people).
//
// Invariant: a grade depends on the customer's invoices, payments and the configuration alone, and not on the order of the records.
package credit

import (
	"math"

	"github.com/taxonhq/taxon/sdk"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Pointwise[*config, sdk.Row]{
		Info: sdk.Info{ID: "credit", Version: "1.0.0", Summary: "How late customers pay: amount-weighted days beyond terms", License: "Apache-2.0"},
		Tags: []sdk.Tag{
			sdk.Class("", options...).Labelled(sdk.Text{En: "Payment grade", ZhHans: "付款等级", ZhHant: "付款等級"}),
			sdk.Score("days_late").Labelled(sdk.Text{En: "Days late", ZhHans: "平均逾期天数", ZhHant: "平均逾期天數"}).
				Described("Days beyond terms, weighted by amount."),
			sdk.Score("payment_score").Labelled(sdk.Text{En: "Payment score", ZhHans: "付款评分", ZhHant: "付款評分"}).
				Described("20 to 100; 80 is on the due day, more is sooner."),
			sdk.IntegerTag("invoices").Labelled(sdk.Text{En: "Invoices judged", ZhHans: "计入发票数", ZhHant: "計入發票數"}).
				Described("Invoices that the grade rests on."),
			sdk.AmountTag("overdue").Labelled(sdk.Text{En: "Overdue", ZhHans: "逾期未付金额", ZhHant: "逾期未付金額"}).
				Described("What is due and not paid, without disputed invoices."),
			sdk.IntegerTag("disputed").Labelled(sdk.Text{En: "Disputed invoices", ZhHans: "争议发票数", ZhHant: "爭議發票數"}).
				Described("Invoices in dispute, which are not judged."),
			sdk.TextTag("delay_reason").Labelled(sdk.Text{En: "Reason of delays", ZhHans: "逾期原因", ZhHant: "逾期原因"}).
				Described("The reason that the CRM names for most of the delay, where it has a field for it."),
		},
		Reasons: reasons,
		Reads:   patterns(),
		Presets: []sdk.Preset[*config]{
			{Name: byInvoice, Label: sdk.Text{En: "By each invoice's day of payment", ZhHans: "按发票付款日", ZhHant: "按發票付款日"}, Config: &config{Settle: byInvoice}},
			{Name: byPayments, Label: sdk.Text{En: "By payments, oldest invoice first", ZhHans: "按收款核销，先旧后新", ZhHant: "按收款沖銷，先舊後新"}, Config: &config{Settle: byPayments}},
		},
		Configure: configure,
		Classify:  classify,
	}
}

func classify(run sdk.Run, cfg *config, r sdk.Row) sdk.Verdict {
	l := cfg.ledger(run, r)
	days, score := l.days(cfg.Early == offset), l.score()
	var v sdk.Verdict
	judged := l.invoices > 0
	switch {
	case l.writtenOff > 0:
		v = sdk.Set("", "E").Because(writtenOff, l.writtenOff, money(run, l.writtenOffSum))
	case l.invoices+l.disputed+l.undated+l.undue == 0:
		v = sdk.Unclassified(noInvoices, cfg.Days)
	case l.invoices < cfg.MinInvoices || !judged:
		v = sdk.Unclassified(tooFew, l.invoices, max(cfg.MinInvoices, 1), cfg.Days)
	default:
		v = sdk.Set("", cfg.grade(days))
	}
	v = v.Set("invoices", l.invoices).Set("disputed", l.disputed)
	if judged {
		v = v.Set("days_late", round(days, 100)).Set("payment_score", round(score, 10)).Set("overdue", amount(l.overdue))
	}
	why := l.why()
	if why != "" {
		v = v.Set("delay_reason", why)
	}
	if !run.Explain {
		return v
	}
	if judged {
		if l.late == 0 {
			v = v.Because(inTime, l.invoices, cfg.Days)
		} else {
			v = v.Because(late, round(days, 10), l.invoices, l.lateOnes, l.open, money(run, l.overdue))
		}
	}
	for _, note := range []struct {
		code  string
		count int64
	}{{disputed, l.disputed}, {undated, l.undated}, {undue, l.undue}} {
		if note.count > 0 {
			v = v.Because(note.code, note.count)
		}
	}
	if why != "" {
		v = v.Because(because, why)
	}
	return v
}

// grade is the class of days late. Sums of whole numbers below 2^53 and their quotient are exact where it is a whole number, so a mean
// that lies on a bound is found on it.
func (cfg *config) grade(days float64) string {
	for i, bound := range cfg.Grades {
		if days <= bound {
			return options[i].Code
		}
	}
	return options[len(cfg.Grades)].Code
}

func round(v float64, places float64) float64 { return math.Round(v*places)/places + 0 } // + 0: no negative zero

// amount is a sum of minor units as money, bounded.
func amount(v float64) sdk.Amount { return sdk.Amount(max(-1<<62, min(v, 1<<62))) }

func money(run sdk.Run, v float64) string { return run.Money(amount(v)) }
