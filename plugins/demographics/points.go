package demographics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// point is a condition that adds points.
type point struct {
	Of     string   `json:"of" schema:"required,maxLength=300" doc:"age, sex, occupation, a field of the person, a measure such as count(activities) where topic = claim, or another classifier's tag."`
	Name   string   `json:"name" schema:"maxLength=100" doc:"What reasons call it; default: of."`
	From   *float64 `json:"from,omitempty" doc:"Least value for which it holds."`
	Below  *float64 `json:"below,omitempty" doc:"Value below which it holds."`
	Words  []string `json:"words" schema:"maxItems=1000" doc:"Texts for which it holds, in any spelling; of a yes-or-no field true or false; of sex and occupation also the code of a group."`
	Points int64    `json:"points" schema:"required,minimum=-10000,maximum=10000" doc:"Points that it adds; below zero it takes some."`
}

// criterion is what one or more points go by: one column, in the order of the configuration.
type criterion struct {
	of          string
	name        sdk.Text // in reasons
	column      int
	kind        sdk.Type
	points      []condition
	least, most int64 // that it can add
}

type condition struct {
	from, below *float64
	words       []string // folded
	points      int64
}

// judge makes the criteria of the points.
func (cfg *config) judge(list *reading.Columns, cat sdk.Catalogue, found *sdk.Diagnostics) {
	for i := range cfg.Points {
		p := &cfg.Points[i]
		at := fmt.Sprint("/points/", i)
		c := criterion{of: strings.Join(strings.Fields(p.Of), " "), column: -1, kind: sdk.String}
		switch p.Of {
		case age:
			c.kind = sdk.Integer
		case occupation:
		case sex:
			found.Warnf(at+"/of", "sex", "a judgement by sex is forbidden for prices and benefits in many countries, such as those of the EU (Court of Justice, C-236/09)")
		default:
			in, message := reading.Parse(p.Of, "", cat)
			if message != "" {
				found.Errorf(at+"/of", "reading", "%s; personal data must be named under the classifier's grants", message)
				continue
			}
			if in.Numeric() && len(cat.Fields()) == 0 && p.From == nil && p.Below == nil {
				in.Type = sdk.String // nothing is known of the connection, and words are compared
			}
			if c.kind = in.Type; !in.Numeric() && in.Type != sdk.String && in.Type != sdk.Boolean {
				found.Errorf(at+"/of", "field_type", "%s is neither a number, a text nor yes or no", p.Of)
				continue
			}
			c.column = list.Add(sdk.Read{Path: in.Path, Type: in.Type, Purpose: "A criterion of the risk."})
		}
		text := c.kind == sdk.String || c.kind == sdk.Boolean
		switch {
		case text && (len(p.Words) == 0 || p.From != nil || p.Below != nil):
			found.Errorf(at, "condition", "%s is compared with words", p.Of)
			continue
		case !text && (len(p.Words) > 0 || p.From == nil && p.Below == nil):
			found.Errorf(at, "condition", "%s is a number: say from or below", p.Of)
			continue
		case p.From != nil && p.Below != nil && *p.From >= *p.Below:
			found.Errorf(at+"/below", "condition", "below must be above from")
			continue
		}
		one := condition{from: p.From, below: p.Below, points: p.Points}
		for _, w := range p.Words {
			one.words = append(one.words, textfold.Fold(w))
		}
		k := slices.IndexFunc(cfg.criteria, func(o criterion) bool { return o.of == c.of })
		if k < 0 {
			c.name = wording.Same(cmp.Or(p.Name, c.of))
			if own, known := ownNames[c.of]; known && p.Name == "" {
				c.name = own
			}
			k = len(cfg.criteria)
			cfg.criteria = append(cfg.criteria, c)
		}
		cfg.criteria[k].points = append(cfg.criteria[k].points, one)
	}
	for i := range cfg.criteria {
		cfg.criteria[i].bound()
	}
}

// bound finds the least and the most that a criterion can add. Conditions on numbers change at their borders only. An
// occupation meets words by its text and by its group, so that the two bounds are added.
func (c *criterion) bound() {
	var borders []float64
	perWord := [2]map[string]int64{{}, {}} // of texts, of codes of groups
	for _, one := range c.points {
		for _, border := range []*float64{one.from, one.below} {
			if border != nil {
				borders = append(borders, *border)
			}
		}
		for j, w := range one.words {
			which := perWord[0]
			if (c.of == occupation || c.of == sex) && slices.ContainsFunc(slices.Concat(sexes, occupations), func(o sdk.Option) bool { return textfold.Fold(o.Code) == w }) {
				which = perWord[1]
			}
			if !slices.Contains(one.words[:j], w) {
				which[w] += one.points
			}
		}
	}
	for _, words := range perWord {
		least, most := int64(0), int64(0) // of a word that no condition has
		for _, points := range words {
			least, most = min(least, points), max(most, points)
		}
		c.least, c.most = c.least+least, c.most+most
	}
	if len(borders) > 0 {
		c.least, c.most = math.MaxInt64, math.MinInt64
		for _, at := range append(borders, slices.Min(borders)-1) {
			points := int64(0)
			for i := range c.points {
				if c.points[i].holds(at, nil) {
					points += c.points[i].points
				}
			}
			c.least, c.most = min(c.least, points), max(c.most, points)
		}
	}
}

// holds reports whether a condition is met by a number, or by one of texts.
func (c *condition) holds(number float64, texts []string) bool {
	if len(c.words) > 0 {
		return slices.ContainsFunc(texts, func(t string) bool { return t != "" && slices.Contains(c.words, t) })
	}
	return (c.from == nil || number >= *c.from) && (c.below == nil || number < *c.below)
}

// add is what a criterion adds for a customer; ok is false when its value is not known.
func (cfg *config) add(run sdk.Run, c *criterion, who *person, row sdk.Row) (points int64, ok bool) {
	var number float64
	var room [2]string
	texts := room[:0]
	switch {
	case c.of == age:
		number, ok = float64(who.age), who.problem == "" && cfg.columns.age >= 0
	case c.of == sex:
		texts, ok = append(texts, textfold.Fold(who.sexText), textfold.Fold(who.sex)), who.sexText != ""
	case c.of == occupation:
		texts, ok = append(texts, textfold.Fold(who.occupationText), textfold.Fold(who.occupation)), who.occupationText != ""
	case row.Missing(c.column):
	case c.kind == sdk.Boolean:
		texts, ok = append(texts, strconv.FormatBool(row.Bool(c.column))), true
	case c.kind == sdk.String:
		text := row.Text(c.column)
		texts, ok = append(texts, textfold.Fold(text)), !textfold.IsBlank(text) && text != "unclassified"
	case c.kind == sdk.Integer:
		number, ok = float64(row.Int(c.column)), true
	case c.kind == sdk.Money:
		number, ok = float64(row.Amount(c.column))/digits(run), true
	default:
		number = row.Float(c.column)
		ok = number == number // no NaN
	}
	if !ok {
		return 0, false
	}
	for i := range c.points {
		if c.points[i].holds(number, texts) {
			points += c.points[i].points
		}
	}
	return points, true
}

// digits is the number of minor units of the currency's unit: conditions on amounts are in units.
func digits(run sdk.Run) float64 {
	unit := 1.0
	for range run.CurrencyDigits {
		unit *= 10
	}
	return unit
}

// weigh adds up the points of a customer.
func (cfg *config) weigh(run sdk.Run, who *person, row sdk.Row) sdk.Verdict {
	if len(cfg.criteria) == 0 {
		return sdk.Unclassified(noPoints)
	}
	var known, least, most int64
	var parts, missing []sdk.Text
	for i := range cfg.criteria {
		c := &cfg.criteria[i]
		points, ok := cfg.add(run, c, who, row)
		switch {
		case !ok:
			missing = append(missing, c.name)
			least, most = least+c.least, most+c.most
		case points != 0 && run.Explain:
			parts = append(parts, wording.Each(c.name, func(name string) string { return fmt.Sprintf("%s %+d", name, points) }))
		}
		known += points
	}
	low, high := cfg.riskOf(known+least), cfg.riskOf(known+most)
	if low != high {
		names := wording.List(missing)
		return sdk.Unclassified(unknown, known+least, known+most, names.En, names.ZhHans, names.ZhHant)
	}
	v := sdk.Set("", low)
	if len(missing) == 0 {
		v = v.Set("points", known)
	}
	if !run.Explain {
		return v
	}
	if len(parts) == 0 {
		parts = append(parts, wording.Same("0"))
	}
	sum := wording.List(parts)
	v = v.Because(ofPoints, known, cfg.MidFrom, cfg.HighFrom, sum.En, sum.ZhHans, sum.ZhHant)
	if names := wording.List(missing); names != (sdk.Text{}) {
		v = v.Because(anyway, names.En, names.ZhHans, names.ZhHant)
	}
	return v
}

func (cfg *config) riskOf(points int64) string {
	switch {
	case points >= cfg.HighFrom:
		return "high"
	case points >= cfg.MidFrom:
		return "mid"
	}
	return "low"
}
