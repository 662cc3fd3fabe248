package rfm

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/sdk"
)

// The rules for scores.
const (
	midRank    = "mid_rank"
	maxRank    = "max_rank"
	minRank    = "min_rank"
	packageRfm = "package"
	fixed      = "fixed"
	againstAvg = "mean"
	againstMid = "median"
)

// What counts as frequency and as value.
const (
	byDeals = "deals"
	byDays  = "days"
	byTotal = "total"
	byMean  = "mean"
)

type config struct {
	Window    string    `json:"window" schema:"default=730d,examples=365d|24m|all,pattern=^([1-9][0-9]{0,4}[dwmy]|all)$" doc:"How far back purchases count from the as-of day: 730d, 24m, all."`
	Frequency string    `json:"frequency" schema:"default=deals,enum=deals|days" doc:"F counts won deals, or the days with one."`
	Monetary  string    `json:"monetary" schema:"default=total,enum=total|mean" doc:"M is the total of the won deals, or their mean."`
	Rule      string    `json:"rule" schema:"default=mid_rank,enum=mid_rank|max_rank|min_rank|package|fixed|mean|median" doc:"How values become scores."`
	Bins      bins      `json:"bins" doc:"Scores of each dimension. With the rule fixed the cuts say how many; mean and median have 2."`
	Cuts      cuts      `json:"cuts" doc:"For the rule fixed: where the next score begins."`
	Segments  []segment `json:"segments" schema:"maxItems=200" doc:"The map from scores to segments; the first that matches wins, and a code may be there several times. Default: the ten segments of the preset ten."`

	MinCustomers *int64 `json:"min_customers" schema:"minimum=0,maximum=1000000" doc:"Customers with a purchase below which nobody is scored. Default: the square of the most bins (25 for five), 0 for fixed cuts."`

	// What Configure prepares.
	grid  *grid
	fixed [3][]int64 // floors of the fixed rule
	unit  int64      // one unit of the currency in minor units
}

type bins struct {
	R int `json:"r" schema:"minimum=2,maximum=10,default=5" doc:"Scores of recency."`
	F int `json:"f" schema:"minimum=2,maximum=10,default=5" doc:"Scores of frequency."`
	M int `json:"m" schema:"minimum=2,maximum=10,default=5" doc:"Scores of value."`
}

type cuts struct {
	R []float64 `json:"r" schema:"maxItems=9" doc:"Days, ascending: up to the first is best. 30, 90, 180, 365 makes five scores."`
	F []float64 `json:"f" schema:"maxItems=9" doc:"Purchases, ascending: from the last is best. 2, 3, 5, 10 makes five scores."`
	M []float64 `json:"m" schema:"maxItems=9" doc:"Value in units of the currency, ascending: from the last is best."`
}

// segment is one line of the map.
type segment struct {
	Code  string `json:"code" schema:"required,examples=champions|at_risk,pattern=^[a-z][a-z0-9_]{0,62}$" doc:"Stable code."`
	Label string `json:"label" doc:"What people read. Default: that of a known code, or the code in words."`
	R     span   `json:"r" doc:"Recency scores: 5 or 4-5; all when absent."`
	F     span   `json:"f" doc:"Frequency scores; all when absent."`
	M     span   `json:"m" doc:"Monetary scores; all when absent."`
}

// span is a range of scores, written 5 or "4-5". The zero span is all scores.
type span struct{ from, to int }

func (s span) all() bool { return s == span{} }

// JSONSchema describes a span.
func (span) JSONSchema() map[string]any {
	return map[string]any{"type": []any{"integer", "string"}, "minimum": 1.0, "maximum": 10.0, "pattern": `^([1-9]|10)(-([1-9]|10))?$`, "examples": []any{5.0, "4-5"}}
}

// MarshalJSON writes "4-5", "5", or null for all.
func (s span) MarshalJSON() ([]byte, error) {
	switch {
	case s.all():
		return []byte("null"), nil
	case s.from == s.to:
		return []byte(strconv.Itoa(s.from)), nil
	}
	return fmt.Appendf(nil, `"%d-%d"`, s.from, s.to), nil
}

// UnmarshalJSON reads a number or "4-5".
func (s *span) UnmarshalJSON(text []byte) error {
	from, to, ranged := strings.Cut(strings.Trim(string(text), `"`), "-")
	if !ranged {
		to = from
	}
	a, err1 := strconv.Atoi(strings.TrimSpace(from))
	b, err2 := strconv.Atoi(strings.TrimSpace(to))
	if err1 != nil || err2 != nil || a < 1 || b < a || b > 10 {
		return fmt.Errorf("this must be a score such as 5 or a range such as 4-5")
	}
	*s = span{a, b}
	return nil
}

func configure(run sdk.Run, cfg *config, _ sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	cfg.unit = int64(math.Pow10(run.CurrencyDigits))
	n := [3]int{cfg.Bins.R, cfg.Bins.F, cfg.Bins.M}
	switch cfg.Rule {
	case againstAvg, againstMid:
		n = [3]int{2, 2, 2}
	case fixed:
		n = cfg.readCuts(&found)
	}
	if cfg.Rule != fixed && (len(cfg.Cuts.R)+len(cfg.Cuts.F)+len(cfg.Cuts.M) > 0) {
		found.Warnf("/cuts", "unused", "cuts are for the rule fixed; the rule is %s", cfg.Rule)
	}
	if cfg.MinCustomers == nil {
		most := int64(max(n[0], n[1], n[2]))
		most *= most
		if cfg.Rule == fixed {
			most = 0
		}
		cfg.MinCustomers = &most
	}
	if found.Failed() {
		return sdk.Effective{}, found
	}
	if len(cfg.Segments) == 0 {
		if n[0] != 5 || n[1] != 5 {
			found.Errorf("/segments", "required", "the ten default segments are for five scores of R and F, here are %d and %d; give a map", n[0], n[1])
			return sdk.Effective{}, found
		}
		cfg.Segments = ten
	}
	cfg.grid = newGrid(n, cfg.Segments, &found)
	return sdk.Effective{Tags: tags(cfg.options())}, found
}

// readCuts makes floors of the fixed cuts and answers the numbers of scores.
func (cfg *config) readCuts(found *sdk.Diagnostics) (n [3]int) {
	for d, list := range [3][]float64{cfg.Cuts.R, cfg.Cuts.F, cfg.Cuts.M} {
		pointer := "/cuts/" + dimensions[d]
		n[d] = len(list) + 1
		if len(list) == 0 {
			found.Errorf(pointer, "required", "the rule fixed needs cuts of each dimension")
		}
		for i, cut := range list {
			switch {
			case i > 0 && cut <= list[i-1]:
				found.Errorf(fmt.Sprint(pointer, "/", i), "order", "cuts must ascend")
			case math.Abs(cut) > 1<<53/float64(cfg.unit):
				found.Errorf(fmt.Sprint(pointer, "/", i), "range", "the cut is too large")
			}
		}
		if found.Failed() {
			continue
		}
		for _, cut := range list {
			exact, _ := new(big.Rat).SetString(strconv.FormatFloat(cut, 'f', -1, 64))
			switch d {
			case 0: // up to so many days: R is their negative
				cfg.fixed[d] = append([]int64{ceil(exact.Neg(exact))}, cfg.fixed[d]...)
			case 1:
				cfg.fixed[d] = append(cfg.fixed[d], ceil(exact))
			case 2:
				cfg.fixed[d] = append(cfg.fixed[d], ceil(exact.Mul(exact, big.NewRat(cfg.unit, 1))))
			}
		}
	}
	return n
}

// ceil is the least whole number that is not below r.
func ceil(r *big.Rat) int64 {
	q, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return q.Int64()
}

// options are the segments of the map in its order, each once, and other where the map has gaps.
func (cfg *config) options() []sdk.Option {
	var list []sdk.Option
	seen := map[string]bool{}
	for _, s := range cfg.Segments {
		if seen[s.Code] {
			continue
		}
		seen[s.Code] = true
		o, ok := cfg.known(s.Code)
		if !ok {
			o = sdk.Option{Code: s.Code}
		}
		if s.Label != "" {
			o.Label = sdk.Text{En: s.Label}
		}
		list = append(list, o)
	}
	if slices.Contains(cfg.grid.gap, true) && !seen[other.Code] {
		list = append(list, other)
	}
	return list
}
