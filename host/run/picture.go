package run

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/evaluate"
	"github.com/taxonhq/taxon/host/plot"
)

// Picture is a classifier's stored classification as it is drawn: its classes, weighed by a measure ("": won revenue of 365
// days), and what suits it: the grid of RFM scores, the profile of clusters, the curve of the value where customers are
// ranked, else the spread of its first number. Nothing is changed.
func (c *Connection) Picture(ctx context.Context, classifier, value string) (*plot.Picture, error) {
	r, err := c.newReplay(ctx, nil)
	if err != nil {
		return nil, err
	}
	out, err := r.picture(ctx, classifier, cmp.Or(value, Worth))
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	return out, err
}

func (r *replay) picture(ctx context.Context, name, value string) (*plot.Picture, error) {
	if _, err := r.chosen([]string{name}); err != nil {
		return nil, err
	}
	now, err := r.stored(ctx)
	if err != nil {
		return nil, err
	}
	if e := now.failed[name]; e != nil {
		return nil, e
	}
	values, amount, err := r.values(ctx, value, now)
	if err != nil {
		return nil, err
	}
	tags, err := r.tags(ctx, now, name)
	if err != nil {
		return nil, err
	}
	plugin, _ := r.plugin(name)
	title := name
	if plugin != name {
		title += " (" + plugin + ")"
	}
	p := &plot.Picture{
		Title: fmt.Sprintf("%s: %d customers as of %s", title, len(r.ids), now.day), Value: "value",
		Classes: evaluate.Tabulate(tags.codes, values, occurring(tags.order(), tags.codes)), Labels: labels(tags.main, tags.codes, "en"),
	}
	if amount {
		p.Value = "revenue"
	}
	if value != Worth {
		p.Value = value
	}
	keys := slices.Sorted(maps.Keys(tags.numbers))
	has := func(key string) bool { return slices.Contains(keys, key) }
	switch {
	case has("r") && has("f"):
		p.Grid = grid(tags.numbers["r"], tags.numbers["f"])
	case tags.main.GetOpen() && has("distance"):
		p.Profile, err = r.profile(ctx, now.day, name, tags, p.Classes)
	case has("contribution"):
		p.Curve, p.CurveTitle = curve(tags.numbers["contribution"], "Cumulative contribution (whale curve)")
	case has("past_value") && has("value"):
		p.Curve, p.CurveTitle = curve(tags.numbers["value"], "Cumulative expected value")
		p.Marks = marks(evaluate.Tabulate(tags.codes, zeros(tags.numbers["value"]), occurring(tags.order(), tags.codes)))
	case has("rank"):
		p.Curve, p.CurveTitle = curve(values, "Cumulative "+p.Value+" (Pareto curve)")
		p.Marks = marks(p.Classes)
	default:
		for _, key := range append(slices.DeleteFunc(slices.Clone(telling), func(key string) bool { return !has(key) }), keys...) {
			known := slices.DeleteFunc(slices.Clone(tags.numbers[key]), math.IsNaN)
			if len(known) > 0 && slices.Max(known) > slices.Min(known) {
				p.Spread = &plot.Spread{Name: cmp.Or(key, name), Values: known}
				break
			}
		}
	}
	return p, err
}

// telling are the numbers whose spread says most, as plugins call them.
var telling = []string{"score", "days_late", "index", "ratio", "presence", "share"}

// grid counts customers by two scores.
func grid(x, y []float64) *plot.Grid {
	highest := func(v []float64) int {
		n := 1
		for _, f := range v {
			if !math.IsNaN(f) {
				n = max(n, int(f))
			}
		}
		return n
	}
	g := &plot.Grid{X: "R", Y: "F", Counts: make([][]int, highest(y))}
	for i := range g.Counts {
		g.Counts[i] = make([]int, highest(x))
	}
	for i := range x {
		if !math.IsNaN(x[i]) && !math.IsNaN(y[i]) && x[i] >= 1 && y[i] >= 1 {
			g.Counts[int(y[i])-1][int(x[i])-1]++
		}
	}
	return g
}

// curve is the concentration of the values that are known.
func curve(values []float64, title string) ([]evaluate.Point, string) {
	return evaluate.Concentration(slices.DeleteFunc(slices.Clone(values), math.IsNaN), 200), title
}

// zeros is values with 0 for what is not known.
func zeros(values []float64) []float64 {
	out := slices.Clone(values)
	for i, v := range out {
		if math.IsNaN(v) {
			out[i] = 0
		}
	}
	return out
}

// marks are the places on a curve where classes end, as long as each is worth less than the one before.
func marks(classes []evaluate.Class) []plot.Mark {
	var out []plot.Mark
	at := 0.0
	for i, c := range classes[:max(0, len(classes)-1)] {
		if classes[i+1].Mean >= c.Mean {
			return nil
		}
		at += c.Share
		if classes[i+1].Customers > 0 && at < 1 {
			out = append(out, plot.Mark{Customers: at, Name: c.Code})
		}
	}
	return out
}

// shownFeatures is the number of features that a profile has room for.
const shownFeatures = 8

// profile is where the classes lie off the average in the numbers that tell them apart most.
func (r *replay) profile(ctx context.Context, day crm.Day, name string, tags *tagged, classes []evaluate.Class) (*plot.Profile, error) {
	const all = 1000
	traits, err := r.traits(ctx, day, map[string]*tagged{name: tags}, all)
	if err != nil {
		return nil, err
	}
	most := map[string]float64{}
	for _, list := range traits[name] {
		for _, t := range list {
			if t.Text == "" {
				most[t.Feature] = max(most[t.Feature], math.Abs(t.Effect))
			}
		}
	}
	features := slices.SortedFunc(maps.Keys(most), func(a, b string) int { return cmp.Or(cmp.Compare(most[b], most[a]), cmp.Compare(a, b)) })
	p := &plot.Profile{Features: features[:min(len(features), shownFeatures)]}
	for _, c := range classes {
		row := missing(len(p.Features))
		for _, t := range traits[name][c.Code] {
			if i := slices.Index(p.Features, t.Feature); i >= 0 && t.Text == "" {
				row[i] = t.Effect
			}
		}
		if slices.ContainsFunc(row, func(e float64) bool { return !math.IsNaN(e) }) {
			p.Classes, p.Effects = append(p.Classes, c.Code), append(p.Effects, row)
		}
	}
	if len(p.Classes) == 0 || len(p.Features) == 0 {
		return nil, nil
	}
	return p, nil
}
