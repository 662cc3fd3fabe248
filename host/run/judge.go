package run

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/classify"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/evaluate"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

func inClassifier(name string, err error) error {
	if e, ok := err.(*crm.Error); ok {
		e.Pointer = "classifier " + name
	}
	return err
}

// labels are those of the codes that occur.
func labels(tag *pb.TagDefinition, codes []string, language string) map[string]string {
	out := map[string]string{}
	for _, code := range codes {
		if _, done := out[code]; !done && code != "" {
			if label := classify.Label(tag, code, language); label != code {
				out[code] = label
			}
		}
	}
	return out
}

// only keeps the values at the places that hold; what lies beyond them does not.
func only[V any](values []V, keep []bool) []V {
	out := make([]V, 0, len(keep))
	for i, holds := range keep {
		if holds {
			out = append(out, values[i])
		}
	}
	return out
}

func classTrials(was *tagged, present []bool, l *ledger) []ClassTrial {
	codes, revenue := only(was.codes, present), only(l.after["revenue"], present)
	table := evaluate.Tabulate(codes, revenue, occurring(was.order(), codes))
	purchases, active, before := map[string]float64{}, map[string]float64{}, map[string]float64{}
	total := 0.0
	for i, there := range present {
		if there {
			code := was.codes[i]
			purchases[code] += l.after["purchases"][i]
			active[code] += l.after[bought][i]
			before[code] += l.before["revenue"][i]
			total += l.after["revenue"][i]
		}
	}
	out := make([]ClassTrial, 0, len(table))
	for _, c := range table {
		n := float64(max(1, c.Customers))
		k := ClassTrial{Class: c, Purchases: purchases[c.Code] / n, Bought: active[c.Code] / n, Before: before[c.Code] / n}
		if total > 0 {
			k.Lift = c.Mean / (total / float64(len(codes)))
		}
		out = append(out, k)
	}
	return out
}

// occurring is an order without the codes that nobody has.
func occurring(order, codes []string) []string {
	there := map[string]bool{}
	for _, code := range codes {
		there[code] = true
	}
	return slices.DeleteFunc(slices.Clone(order), func(code string) bool { return !there[code] })
}

// rank tells how well a part, or when asked the order of the classes, tells who brings most. nil when there is no order: that
// of classes is one of worth only where the plugin's author meant it so.
func rank(by string, was *tagged, present []bool, l *ledger) (*Ranking, error) {
	if by == "" {
		for _, key := range ranking {
			if was.numbers[key] != nil {
				by = key
				break
			}
		}
	}
	var scores []float64
	switch {
	case was.numbers[by] != nil:
		scores = slices.Clone(was.numbers[by])
		if by == "rank" || strings.HasSuffix(by, "_rank") { // 1 is best
			for i := range scores {
				scores[i] = -scores[i]
			}
		}
	case by == "":
		return nil, nil
	case by == "class":
		if !was.ranked() || was.main.GetOpen() && was.given == nil {
			return nil, nil
		}
		scores = missing(len(was.codes))
		for i, code := range was.codes {
			if place, ok := was.places[code]; ok {
				scores[i] = -float64(place)
			}
		}
	default:
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "it gives no number " + by, Suggestion: "there is " + strings.Join(append(slices.Sorted(maps.Keys(was.numbers)), "class"), ", ")}
	}
	keep := make([]bool, len(present))
	for i, there := range present {
		keep[i] = there && !math.IsNaN(scores[i])
	}
	scores = only(scores, keep)
	if len(scores) == 0 {
		return nil, nil
	}
	out := &Ranking{By: by, Ordered: len(scores), Revenue: evaluate.Parts(scores, only(l.after["revenue"], keep), parts)}
	out.Purchases = evaluate.Parts(scores, only(l.after["purchases"], keep), parts)[0].Lift
	out.Naive = evaluate.Parts(only(l.before["revenue"], keep), only(l.after["revenue"], keep), parts)[0].Lift
	out.AUC, _ = evaluate.AUC(scores, happened(only(l.after[bought], keep)))
	return out, nil
}

func happened(v []float64) []bool {
	out := make([]bool, len(v))
	for i := range v {
		out[i] = v[i] > 0
	}
	return out
}

// calibrate compares the predictions that were asked for, and those that are known by name.
func calibrate(against map[string]string, was *tagged, present []bool, l *ledger) ([]Calibration, error) {
	wanted := map[string]string{}
	for key, word := range comparable {
		if was.numbers[key] != nil {
			wanted[key] = word
		}
	}
	maps.Copy(wanted, against)
	var out []Calibration
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		values := was.numbers[key]
		if values == nil {
			return nil, &crm.Error{Code: crm.CodeConfig, Message: "it gives no number " + key, Suggestion: "there is " + strings.Join(slices.Sorted(maps.Keys(was.numbers)), ", ")}
		}
		keep := make([]bool, len(present))
		for i, there := range present {
			keep[i] = there && !math.IsNaN(values[i])
		}
		if !slices.Contains(keep, true) { // this fit gave none
			continue
		}
		predicted, observed, before := only(values, keep), only(l.after[wanted[key]], keep), only(l.before[wanted[key]], keep)
		k := Calibration{Part: key, Against: wanted[key], Known: len(predicted), Parts: evaluate.Parts(predicted, observed, parts), Errors: evaluate.ErrorsOf(predicted, observed)}
		if wanted[key] == bought {
			yes := happened(observed)
			k.Brier, _ = evaluate.Brier(predicted, yes)
			base := evaluate.ErrorsOf(predicted, observed).Observed / float64(max(1, len(observed)))
			k.BrierBase = base * (1 - base)
			k.AUC, _ = evaluate.AUC(predicted, yes)
		} else {
			k.Naive = evaluate.ErrorsOf(before, observed)
		}
		out = append(out, k)
	}
	return out, nil
}

// migrate compares the classes of two days, among those who were there on either.
func migrate(was, is *tagged, values []float64) evaluate.Migration {
	var from, to []string
	var worth []float64
	for i := range was.codes {
		code := is.codes[i]
		if code == evaluate.NotPresent {
			if code = evaluate.Gone; was.codes[i] == evaluate.NotPresent {
				continue
			}
		}
		from, to, worth = append(from, was.codes[i]), append(to, code), append(worth, values[i])
	}
	return evaluate.Migrate(from, to, worth, is.order(), is.places)
}
