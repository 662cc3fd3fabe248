package abc

import (
	"math"
	"math/big"
	"strconv"

	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/sdk"
)

// XYZ says how steadily a customer buys: by the coefficient of variation, standard deviation (of all periods) by
// mean, of what it brought in equal periods before the as-of day. X up to 0.5, Y up to 1, else Z, bounds inclusive and
// compared exactly. Periods before the customer's very first purchase do not count, later empty ones do. With fewer
// than three, or nothing above zero, there is nothing to say.
//
// Source: H. Stadtler, C. Kilger, Supply Chain Management and Advanced Planning; the usual bounds are 0.5 and 1.

type xyz struct {
	Period  string    `json:"period" schema:"enum=month|quarter,default=month" doc:"The length of a period."`
	Periods int       `json:"periods" schema:"minimum=3,maximum=24,default=12" doc:"How many periods before the as-of day."`
	Cuts    []float64 `json:"cuts" schema:"minItems=2,maxItems=2" default:"[0.5, 1]" doc:"Coefficients of variation up to which a customer is X and Y."`
	Least   int       `json:"min_periods" schema:"minimum=2,maximum=24,default=3" doc:"Periods since the first purchase below which steadiness is unclassified."`

	columns []int // the measure within 1, 2, ... periods: differences are what one period brought
	ever    int   // how much there was to count, ever
	lately  int   // and within all the periods
	bounds  [2]*big.Rat
}

// prepare makes the reads of what is measured, which must be a sum or a count.
func (x *xyz) prepare(m []string, kind sdk.Type, columns *reading.Columns, found *sdk.Diagnostics) {
	if m == nil || m[1] != "sum" && m[1] != "count" || m[2] == "contacts" {
		found.Errorf("/xyz", "measure", "steadiness is of a measure that adds up over time: a sum or a count of deals or activities")
		return
	}
	aggregate, source, field, where, currency := m[1], m[2], m[3], m[4], m[6]
	if field != "" {
		field = "." + field
	}
	months := map[string]int{"month": 1, "quarter": 3}[x.Period]
	within := func(n int) string { return " within " + strconv.Itoa(n*months) + "m" }
	for n := 1; n <= x.Periods; n++ {
		x.columns = append(x.columns, columns.Add(sdk.Read{Path: aggregate + "(" + source + field + ")" + where + within(n) + currency, Type: kind,
			Purpose: "Tells how steadily it was bought."}))
	}
	count := "count(" + source + ")" + where
	x.ever = columns.Add(sdk.Read{Path: count + " within all", Type: sdk.Integer, Purpose: "Tells whether a customer bought before."})
	x.lately = columns.Add(sdk.Read{Path: count + within(x.Periods), Type: sdk.Integer, Purpose: "Tells whether a customer bought before."})
	if len(x.Cuts) != 2 {
		return // the schema has said so
	}
	if x.Cuts[0] <= 0 || x.Cuts[1] <= x.Cuts[0] {
		found.Errorf("/xyz/cuts", "order", "the cuts must ascend from above zero")
	}
	if x.Least > x.Periods {
		found.Errorf("/xyz/min_periods", "range", "there are only %d periods", x.Periods)
	}
	for i, cut := range x.Cuts {
		x.bounds[i], _ = new(big.Rat).SetString(strconv.FormatFloat(cut, 'f', -1, 64))
	}
}

// steadiness is what the periods of one customer say.
type steadiness struct {
	class     string
	variation float64 // coefficient of variation, two decimals, for people
	periods   int     // that count
}

// of judges a customer; ok is false where nothing above zero was bought, or a value is not known.
func (x *xyz) of(cfg *config, r sdk.Row) (s steadiness, ok bool) {
	total, squares, before := new(big.Int), new(big.Int), int64(0)
	for i, column := range x.columns {
		upTo, known := cfg.number(r, column)
		if !known {
			return s, false
		}
		v := new(big.Int).Sub(big.NewInt(upTo), big.NewInt(before))
		total.Add(total, v)
		squares.Add(squares, new(big.Int).Mul(v, v))
		if v.Sign() != 0 {
			s.periods = i + 1 // counted from the as-of day: later ones may be those before the first purchase
		}
		before = upTo
	}
	if r.Int(x.ever) > r.Int(x.lately) {
		s.periods = len(x.columns)
	}
	if total.Sign() <= 0 {
		return s, false
	}
	// variation <= cut is n * squares - total^2 <= cut^2 * total^2, in whole numbers.
	square := new(big.Int).Mul(total, total)
	spread := squares.Mul(squares, big.NewInt(int64(s.periods)))
	spread.Sub(spread, square)
	ratio := new(big.Rat).SetFrac(spread, square)
	f, _ := ratio.Float64()
	s.variation = math.Round(math.Sqrt(f)*100) / 100
	s.class = "Z"
	for i := len(x.bounds) - 1; i >= 0; i-- {
		if ratio.Cmp(new(big.Rat).Mul(x.bounds[i], x.bounds[i])) <= 0 {
			s.class = []string{"X", "Y"}[i]
		}
	}
	if s.periods < x.Least {
		s.class = "unclassified"
	}
	return s, true
}

// judge adds steadiness to a verdict.
func (x *xyz) judge(run sdk.Run, cfg *config, r sdk.Row, v sdk.Verdict) sdk.Verdict {
	s, ok := x.of(cfg, r)
	switch {
	case !ok:
		return v
	case s.class == "unclassified":
		return v.Set("xyz", s.class).Because("xyz_short", s.periods, x.Least)
	}
	v = v.Set("xyz", s.class).Set("variation", s.variation)
	if run.Explain {
		v = v.Because("xyz", s.class, s.variation, s.periods)
	}
	return v
}

// xyzTags are the parts that steadiness adds.
var xyzTags = []sdk.Tag{
	sdk.Class("xyz",
		sdk.Option{Code: "X", Label: sdk.Text{En: "Steady (X)", ZhHans: "稳定(X类)", ZhHant: "穩定(X類)"},
			Handling: sdk.Text{En: "Plan stock and visits by the calendar; a missed period is a warning", ZhHans: "按周期备货与拜访，缺一期即预警", ZhHant: "按週期備貨與拜訪，缺一期即預警"}},
		sdk.Option{Code: "Y", Label: sdk.Text{En: "Varying (Y)", ZhHans: "波动(Y类)", ZhHant: "波動(Y類)"},
			Handling: sdk.Text{En: "Look for season and projects behind it, agree on a frame contract", ZhHans: "找出季节或项目原因，争取框架协议", ZhHant: "找出季節或專案原因，爭取框架協議"}},
		sdk.Option{Code: "Z", Label: sdk.Text{En: "Irregular (Z)", ZhHans: "不规则(Z类)", ZhHant: "不規則(Z類)"},
			Handling: sdk.Text{En: "No plan from history: go by open deals", ZhHans: "不宜按历史预测，以在谈商机为准", ZhHant: "不宜按歷史預測，以在談商機為準"}},
	).Labelled(sdk.Text{En: "Steadiness (XYZ)", ZhHans: "稳定性(XYZ)", ZhHant: "穩定性(XYZ)"}).Described("How steadily the customer buys, over equal periods; only with xyz."),
	sdk.Score("variation").Labelled(sdk.Text{En: "Variation", ZhHans: "变异系数", ZhHant: "變異係數"}).
		Described("Coefficient of variation over the periods: 0 is the same in each."),
}

var xyzReasons = []sdk.Reason{
	{Code: "xyz", Args: []sdk.Arg{{Name: "class", Type: sdk.String}, {Name: "variation", Type: sdk.Number}, {Name: "periods", Type: sdk.Integer}}, Text: sdk.Text{
		En:     "Steadiness {class}: coefficient of variation {variation} over {periods} periods.",
		ZhHans: "稳定性{class}：{periods}个周期的变异系数为{variation}。",
		ZhHant: "穩定性{class}：{periods}個週期的變異係數為{variation}。"}},
	{Code: "xyz_short", Args: []sdk.Arg{{Name: "periods", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}}, Text: sdk.Text{
		En:     "Periods since the first purchase: {periods}; needed to tell steadiness: {minimum}.",
		ZhHans: "首次购买以来仅有{periods}个周期，判断稳定性至少需要{minimum}个。",
		ZhHant: "首次購買以來僅有{periods}個週期，判斷穩定性至少需要{minimum}個。"}},
}
