// Package need is the first-party classifier "need": what matters to a customer, price, quality, service or fashion.
//
// Evidence. Each axis has two independent signals, which are shares in thousandths:
//
//	price     discount: the median over the won deals of 1 - amount / list price   words: price among the words that were used
//	quality   series: won deals of an upper series                                 words
//	service   tickets: for each won deal, those that are about no other axis       words
//	fashion   kind: won deals whose category or product is fashion                 words
//
// Words are key words in the reasons of lost deals, in topics and in other texts, in English and Chinese; a text counts once for an axis,
// and not where it denies it ("price is not an issue"); a return (a won deal below zero) counts as a
// text about quality. A signal of nothing scores 0, else the mid-rank percentile among the customers who
// have any of it: (2 below + equal) / 2n. An axis has the mean of its signals that are known. The highest axis is the class if it leads
// the second by 0.15 at least and both its signals speak for it; without the lead "mixed", without the second signal "unclassified".
// What a person answered in a survey wins.
//
// Sources: the three types are those of textbooks on customer classification; the lead and the two signals are conventions and settings. A
// single cheap deal is noise: realised over list prices of a public pipeline (Maven Analytics, CRM sales opportunities) have a mean of 0.9965
// and a standard deviation of 0.099, hence the median of three deals at least.
//
// It leaves to others: what a text means beyond its words, what a customer is worth, ranks within product lines.
//
// Invariant: a verdict depends on the customer, the model and the configuration, and not on the order of deals and activities.
package need

import (
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Population[*config, sdk.Row, state, *model]{
		Info:    sdk.Info{ID: "need", Version: "1.0.0", Summary: "What matters to a customer: price, quality, service or fashion", License: "Apache-2.0"},
		Tags:    tags(axisCodes[:]),
		Reasons: reasons,
		Reads:   patterns(),
		Presets: []sdk.Preset[*config]{
			{Name: "business", Label: sdk.Text{En: "Price, quality or service", ZhHans: "价格、品质或服务", ZhHant: "價格、品質或服務"}, Config: &config{Axes: []string{"price", "quality", "service"}}},
			{Name: "ecommerce", Label: sdk.Text{En: "Shop: price, quality or fashion", ZhHans: "电商：价格、品质或时尚", ZhHant: "電商：價格、品質或時尚"}, Config: &config{Axes: []string{"price", "quality", "fashion"}}},
		},
		Configure: configure,
		Add:       add,
		Merge:     func(into *state, other state) { into.merge(&other) },
		Fit:       fit,
		Classify:  classify,
	}
}

func add(run sdk.Run, cfg *config, _ *model, s *state, r sdk.Row) {
	e := cfg.gather(run, r)
	s.add(&e)
}

func fit(_ sdk.Run, cfg *config, _ int, s state) (*model, sdk.Report, error) {
	m := newModel(s)
	report := sdk.Report{Customers: s.Customers, Metrics: map[string]float64{}}
	for i, name := range signalNames {
		report.Metrics["with_"+name] = float64(m.positive(i))
	}
	if s.Customers < cfg.MinCustomers {
		report.Diagnostics.Warnf("/min_customers", tooFew, "only %d customers show anything, %d are needed to compare them", s.Customers, cfg.MinCustomers)
	}
	return m, report, nil
}

func classify(run sdk.Run, cfg *config, m *model, r sdk.Row) sdk.Verdict {
	e := cfg.gather(run, r)
	scores := cfg.score(m, &e)
	v := cfg.verdict(m, &e, scores)
	for _, a := range cfg.axes {
		if scores[a].known {
			v = v.Set(axisCodes[a], hundredths(scores[a].score))
		}
	}
	if e.signals[discount].known {
		v = v.Set("discount", float64(e.signals[discount].value)/10)
	}
	return v
}

// verdict is the class and why.
func (cfg *config) verdict(m *model, e *evidence, scores [axes]axisScore) sdk.Verdict {
	if e.answered >= 0 {
		return sdk.Set("", axisCodes[e.answered]).Because(answered)
	}
	switch known := e.known(); {
	case m.Customers < cfg.MinCustomers:
		return sdk.Unclassified(tooFew, m.Customers, cfg.MinCustomers)
	case known < 2:
		return sdk.Unclassified(tooLittle, known, cfg.MinDeals)
	}
	first, second, clear := cfg.compare(scores)
	if !clear {
		return sdk.Set("", mixed).Because(noLead+axisCodes[first]+"_"+axisCodes[second], hundredths(scores[first].score), hundredths(scores[second].score))
	}
	if scores[first].speak < 2 {
		return sdk.Set("", protocol.Unclassified).Because(oneSignal + axisCodes[first])
	}
	v := sdk.Set("", axisCodes[first]).Because(leads+axisCodes[second], hundredths(scores[first].score), hundredths(scores[second].score))
	own, words := axisSignals[first][0], axisSignals[first][1]
	return v.Because(signalNames[own], float64(e.signals[own].value)/10, e.signals[own].of).Because(wordsCode, float64(e.signals[words].value)/10, e.texts)
}

// compare finds the axis that stands highest and the one after it, and whether the lead is clear. Of equal ones the earlier axis is first.
func (cfg *config) compare(scores [axes]axisScore) (first, second int, clear bool) {
	first, second = -1, -1
	for _, a := range cfg.axes {
		switch {
		case first < 0 || scores[a].score > scores[first].score:
			first, second = a, first
		case second < 0 || scores[a].score > scores[second].score:
			second = a
		}
	}
	return first, second, scores[first].score-scores[second].score >= cfg.lead
}

// hundredths are millionths of 1 as points of 100, with two digits.
func hundredths(millionths int64) float64 { return float64((millionths+50)/100) / 100 }
