// Package scoring turns weighted criteria into a score of a customer from 0 to 100.
//
// A criterion is a field, a measure or another classifier's tag. Its value becomes s from 0 to 1 by a scale:
// points for codes; rank, the mid-rank percentile (2 below + equal) / 2n among the n customers that have the value;
// above_zero, the same among those above zero, the others having 0; positive, the same, the others not being known;
// spread, linear between the 1st and 99th
// percentile; range, linear between two given values. A group of criteria has the score
//
//	100 * sum(w s) / sum(w)    over the criteria that are known (or are given a value by the missing-part policy)
//
// rounded to a millionth of a point, which takes away what floating point adds, and then cut (not rounded) to
// hundredths: so no cut with two decimals is ever reached by rounding, and 79.996 is shown as 79.99.
// Contributions are in hundredths too and add up to the score exactly, by the method of largest remainders.
//
// It leaves classes, texts and reasons to the classifiers. Sources: mid-rank percentiles: Blattberg, Kim, Neslin,
// Database Marketing (2008), chapter 12; largest remainders: Hare, Hamilton.
//
// Invariant: a score depends on nothing but the customer's values and the population's, not on their order.
package scoring

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/sdk"
)

// The scales of numbers.
const (
	rank      = "rank"
	aboveZero = "above_zero"
	positive  = "positive"
	spread    = "spread"
	fromTo    = "range"
)

// What a value that is not known counts as.
const (
	Skip = "skip" // nothing: the other weights are all
	Zero = "zero" // s = 0, and known: absence is an answer
	Mean = "mean" // the mean s of the customers who have it, but not known
)

// Criterion is one input, as an administrator writes it.
type Criterion struct {
	Name    string             `json:"name" schema:"required,minLength=1,maxLength=40" doc:"Name in reasons."`
	Of      string             `json:"of" schema:"required,minLength=1,maxLength=500" doc:"A measure, a field, or another classifier's tag: sum(deals.amount) where won, employees, tags.credit."`
	Weight  float64            `json:"weight" schema:"minimum=0,maximum=1000000,default=1" doc:"How much it counts beside the others."`
	Scale   string             `json:"scale" schema:"enum=rank|above_zero|positive|spread|range" doc:"How a number becomes 0 to 100 points: its percentile (rank, default), its percentile among those above zero, the others having 0 points (above_zero) or not being known (positive), linear between the 1st and the 99th percentile, or linear from from to to."`
	Best    string             `json:"best" schema:"enum=high|low" doc:"Whether high (default) or low values are good: days since something are best low."`
	From    *float64           `json:"from" doc:"Of the scale range: the value that has 0 points, in units of the currency, numbers or days."`
	To      *float64           `json:"to" doc:"Of the scale range: the value that has 100 points; below from where low is good."`
	Points  map[string]float64 `json:"points" doc:"Points from 0 to 100 of each code of a class, or of true and false; * for all others. Default: evenly from 100 for the first code to 0 for the last one."`
	Missing string             `json:"missing" schema:"enum=skip|zero|mean" doc:"What an unknown value counts as; default: what holds for all criteria."`
}

// item is a criterion that is ready to be used.
type item struct {
	Criterion
	words    sdk.Text // the name in reasons
	column   int
	ranks    int // the criterion that has its ranking: itself, or an earlier one of the same column
	kind     sdk.Type
	unit     float64 // of From and To, and of numbers
	from, to float64
	points   map[string]float64 // s by code
}

// numberUnit makes whole numbers of numbers that are not: millionths.
const numberUnit = 1e6

// coded reports whether the criterion has points and not a scale.
func (c *item) coded() bool { return c.kind == sdk.String || c.kind == sdk.Boolean }

// relative reports whether the scale compares with other customers.
func (c *item) relative() bool { return !c.coded() && c.Scale != fromTo }

// prepare checks a criterion and says which column it is.
func (s *Sheet) prepare(c Criterion, pointer string, found *sdk.Diagnostics) *item {
	in, message := reading.Parse(c.Of, s.window, s.catalogue)
	if message != "" {
		found.Errorf(pointer+"/of", "input", "%s", message)
		return nil
	}
	if len(s.catalogue.Fields()) == 0 && len(c.Points) > 0 {
		in.Type = sdk.String // nothing else is known of it
	}
	it := &item{Criterion: c, words: c.inWords(), kind: in.Type, unit: 1}
	if it.Missing == "" {
		it.Missing = s.missing
	}
	switch in.Type {
	case sdk.Money:
		it.unit = math.Pow10(s.run.CurrencyDigits)
	case sdk.Number:
		it.unit = numberUnit
	}
	if it.coded() {
		it.checkPoints(in, pointer, found)
	} else {
		it.checkScale(pointer, found)
	}
	it.column = s.Columns.Add(sdk.Read{Path: in.Path, Type: in.Type, Purpose: "A criterion of the score: " + c.Name + "."})
	return it
}

func (c *item) checkScale(pointer string, found *sdk.Diagnostics) {
	if len(c.Points) > 0 {
		found.Errorf(pointer+"/points", "unused", "points are for classes; %s is a number", c.Of)
	}
	if c.Scale == "" {
		c.Scale = rank
	}
	switch {
	case c.Scale == fromTo && (c.From == nil || c.To == nil):
		found.Errorf(pointer, "required", "the scale range needs from and to")
		return
	case c.Scale == fromTo && *c.From == *c.To:
		found.Errorf(pointer+"/to", "order", "from and to must differ")
	case c.Scale != fromTo && (c.From != nil || c.To != nil):
		found.Errorf(pointer+"/scale", "unused", "from and to are for the scale range")
	case c.Scale == fromTo && c.Best == "low":
		found.Errorf(pointer+"/best", "unused", "with the scale range write from above to where low is good")
	case (c.Scale == aboveZero || c.Scale == positive) && c.Best == "low":
		found.Errorf(pointer+"/best", "unused", "the scale %s is for what is good when it is high", c.Scale)
	}
	if c.Scale == fromTo {
		c.from, c.to = *c.From*c.unit, *c.To*c.unit
	}
}

// absences are the codes by which classifiers say that there is nothing to judge. Who gives them no points wants them
// to be missing.
var absences = []string{"unclassified", "provisional", "none", "N", "silent"}

func (c *item) checkPoints(in reading.Input, pointer string, found *sdk.Diagnostics) {
	if c.Scale != "" || c.Best != "" || c.From != nil || c.To != nil {
		found.Errorf(pointer+"/scale", "unused", "%s is a class: it has points, and no scale", c.Of)
	}
	codes := slices.DeleteFunc(slices.Clone(in.Options), func(code string) bool { return code == "unclassified" || code == "provisional" })
	if c.kind == sdk.Boolean {
		codes = []string{"true", "false"}
	}
	c.points = map[string]float64{}
	if len(c.Points) == 0 {
		if len(codes) < 2 {
			found.Errorf(pointer+"/points", "required", "%s is a class: say how many points (0 to 100) each of its codes has", c.Of)
			return
		}
		var shown []string
		for i, code := range codes {
			c.points[code] = 1 - float64(i)/float64(len(codes)-1)
			shown = append(shown, code+" "+strconv.FormatFloat(math.Round(c.points[code]*1000)/10, 'f', -1, 64))
		}
		if c.kind != sdk.Boolean {
			found.Warnf(pointer+"/points", "default_points", "points by place, the first code being best: %s", strings.Join(shown, ", "))
		}
		return
	}
	for _, code := range sorted(c.Points) {
		if p := c.Points[code]; p < 0 || p > 100 {
			found.Errorf(pointer+"/points/"+escape(code), "range", "points are from 0 to 100")
		}
		if len(codes) > 0 && code != "*" && !slices.Contains(in.Options, code) && c.kind != sdk.Boolean {
			found.Errorf(pointer+"/points/"+escape(code), "unknown_code", "%s has no code %q, only %s", c.Of, code, strings.Join(codes, ", "))
		}
		c.points[code] = c.Points[code] / 100
	}
	for _, code := range codes {
		if _, ok := c.Points[code]; !ok && !slices.Contains(absences, code) {
			if _, ok = c.Points["*"]; !ok {
				found.Warnf(pointer+"/points", "no_points", "the code %q of %s has no points and counts as missing", code, c.Of)
			}
		}
	}
}

// escape makes a token of a JSON pointer (RFC 6901).
func escape(token string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(token) }

func sorted(m map[string]float64) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// number is the value as a whole number: minor units, counts, millionths, days before the as-of day. A number
// beyond their range is the last one within.
func (c *item) number(run sdk.Run, r sdk.Row) (v int64, ok bool) {
	if r.Missing(c.column) {
		return 0, false
	}
	switch c.kind {
	case sdk.Number:
		return clamp(math.Round(r.Float(c.column) * numberUnit)), true
	case sdk.Time:
		return run.DaysSince(r.Time(c.column)), true
	case sdk.Date:
		return int64(run.Day) - int64(r.Day(c.column)), true
	}
	return r.Int(c.column), true
}

func clamp(f float64) int64 {
	const most = 1 << 62
	return int64(min(max(f, -most), most))
}

// code is the s of a class; ok is false when it has no points.
func (c *item) code(r sdk.Row) (s float64, ok bool) {
	if r.Missing(c.column) {
		return 0, false
	}
	code := strconv.FormatBool(c.kind == sdk.Boolean && r.Bool(c.column))
	if c.kind == sdk.String {
		code = r.Text(c.column)
	}
	if s, ok = c.points[code]; !ok && code != "unclassified" {
		s, ok = c.points["*"]
	}
	return s, ok
}
