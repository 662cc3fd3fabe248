package value

import (
	"math"
	"math/big"
	"strconv"

	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/plugins/internal/scoring"
	"github.com/taxonhq/taxon/sdk"
)

// The sets of levels.
const (
	threeLevels   = "three"
	twoLevels     = "two"
	withPotential = "potential"
)

// The three things that value is made of.
const (
	partHistory   = "history"
	partPotential = "potential"
	partLoyalty   = "loyalty"
)

type config struct {
	Window    string              `json:"window" schema:"default=365d,examples=365d|24m|all,pattern=^([1-9][0-9]{0,4}[dwmy]|all)$" doc:"How far back measures without a window of their own look from the as-of day."`
	Levels    string              `json:"levels" schema:"enum=three|two|potential,default=three" doc:"high, mid and low; high and low; or high, potential and ordinary."`
	History   []scoring.Criterion `json:"history" schema:"maxItems=20" doc:"What was bought. Default: the amount (70) and the number (30) of won deals."`
	Potential []scoring.Criterion `json:"potential" schema:"maxItems=20" doc:"What could be bought. Default: the amount of open deals."`
	Loyalty   []scoring.Criterion `json:"loyalty" schema:"maxItems=20" doc:"How steadily it is bought. Default: days with a purchase in two years (70) and days since the first purchase (30)."`
	Weights   weights             `json:"weights" doc:"How much each of the three counts."`
	Cuts      []float64           `json:"cuts" schema:"minItems=1,maxItems=2" doc:"Where high begins and, of three levels, where mid does. Default: 66.67 and 33.33; of two levels 50."`
	Vip       vip                 `json:"vip" doc:"Who is a VIP."`

	CultivateFrom float64 `json:"cultivate_from" schema:"minimum=0,maximum=100,default=66.67" doc:"The potential score from which a customer who is not high is worth cultivating."`
	Missing       string  `json:"missing" schema:"enum=skip|zero|mean,default=skip" doc:"What a criterion without data counts as: nothing, 0 points, or the mean."`
	KnownFrom     float64 `json:"known_from" schema:"minimum=0,maximum=100,default=60" doc:"Per cent of the weight that must be known."`
	MinCustomers  int64   `json:"min_customers" schema:"minimum=0,maximum=1000000,default=10" doc:"Customers below which nobody is classified."`

	// What Configure prepares.
	sheet  *scoring.Sheet
	groups []scoring.Weighted
	spent  scoring.Group // what VIPs go by
	from   int64         // of a VIP, in minor units; 0: not used
	top    *big.Rat
}

type weights struct {
	History   float64 `json:"history" schema:"minimum=0,maximum=1000000,default=50" doc:"Weight of the purchase history."`
	Potential float64 `json:"potential" schema:"minimum=0,maximum=1000000,default=20" doc:"Weight of the potential."`
	Loyalty   float64 `json:"loyalty" schema:"minimum=0,maximum=1000000,default=30" doc:"Weight of loyalty."`
}

type vip struct {
	Of   string   `json:"of" schema:"default=sum(deals.amount) where won,minLength=1,maxLength=500" doc:"What makes a VIP: an amount or a number."`
	Top  *float64 `json:"top" schema:"minimum=0,maximum=100" doc:"The largest so many per cent of the customers who have any. Default: 5."`
	From *float64 `json:"from" schema:"exclusiveMinimum=0" doc:"Instead of top: from so much on, in units of the currency."`
}

// defaults are the criteria where the configuration names none.
var defaults = map[string][]scoring.Criterion{
	partHistory: {
		{Name: "amount", Of: "sum(deals.amount) where won", Weight: 70, Scale: "above_zero"},
		{Name: "orders", Of: "count(deals) where won", Weight: 30, Scale: "above_zero"},
	},
	partPotential: {
		{Name: "open business", Of: "sum(deals.amount) where open", Weight: 1, Scale: "above_zero"},
	},
	partLoyalty: {
		{Name: "purchase days", Of: "distinct(deals.closed_at) where won within 730d", Weight: 70, Scale: "above_zero"},
		{Name: "first purchase", Of: "first(deals.closed_at) where won within all", Weight: 30, Scale: "rank", Missing: scoring.Zero},
	},
}

func configure(run sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	cfg.sheet = scoring.NewSheet(run, cat, cfg.Window, cfg.Missing)
	total := 0.0
	for _, g := range []struct {
		name     string
		criteria []scoring.Criterion
		weight   float64
	}{{partHistory, cfg.History, cfg.Weights.History}, {partPotential, cfg.Potential, cfg.Weights.Potential}, {partLoyalty, cfg.Loyalty, cfg.Weights.Loyalty}} {
		if len(g.criteria) == 0 {
			g.criteria = defaults[g.name]
		}
		cfg.groups = append(cfg.groups, scoring.Weighted{Name: g.name, Words: parts[g.name], Weight: g.weight, Group: cfg.sheet.Group("/"+g.name, g.criteria, &found)})
		total += g.weight
	}
	if total == 0 {
		found.Errorf("/weights", "weights", "at least one weight must be above zero")
	}
	cfg.prepareVip(cat, &found)
	cfg.checkCuts(&found)
	return sdk.Effective{Reads: cfg.sheet.Columns.Reads(), Tags: tags(classes[cfg.Levels])}, found
}

func (cfg *config) prepareVip(cat sdk.Catalogue, found *sdk.Diagnostics) {
	in, message := reading.Parse(cfg.Vip.Of, cfg.Window, cat)
	if message == "" && !in.Numeric() {
		message = cfg.Vip.Of + " is neither an amount nor a number"
	}
	if message != "" {
		found.Errorf("/vip/of", "input", "%s", message)
		return
	}
	cfg.spent = cfg.sheet.Group("/vip", []scoring.Criterion{{Name: "vip", Of: cfg.Vip.Of, Weight: 1, Scale: "above_zero"}}, found)
	top := 5.0
	if cfg.Vip.Top != nil {
		top = *cfg.Vip.Top
	}
	cfg.top, _ = new(big.Rat).SetString(strconv.FormatFloat(top, 'f', -1, 64))
	if cfg.Vip.Top != nil && cfg.Vip.From != nil {
		found.Errorf("/vip/from", "both", "give top (a share of the customers) or from (an amount), not both: from would be used and top not")
	}
	if cfg.Vip.From == nil || found.Failed() {
		return
	}
	least := *cfg.Vip.From * cfg.sheet.Unit(cfg.spent)
	if least >= math.MaxInt64 {
		found.Errorf("/vip/from", "range", "the value is too large")
		return
	}
	cfg.from = int64(math.Round(least))
}

// checkCuts fills in the default cuts and checks their order.
func (cfg *config) checkCuts(found *sdk.Diagnostics) {
	needed := map[string]int{threeLevels: 2, twoLevels: 1, withPotential: 1}[cfg.Levels]
	if len(cfg.Cuts) == 0 {
		cfg.Cuts = map[string][]float64{threeLevels: {66.67, 33.33}, twoLevels: {50}, withPotential: {66.67}}[cfg.Levels]
	}
	if len(cfg.Cuts) != needed {
		found.Errorf("/cuts", "length", "the levels %q need cuts: %d, here are %d", cfg.Levels, needed, len(cfg.Cuts))
		return
	}
	for i, cut := range cfg.Cuts {
		at := "/cuts/" + strconv.Itoa(i)
		switch {
		case cut <= 0 || cut > 100:
			found.Errorf(at, "range", "a cut is above 0 and at most 100")
		case math.Abs(cut*100-math.Round(cut*100)) > 1e-6:
			found.Errorf(at, "range", "a cut has at most two decimals, as scores have")
		case i > 0 && cut >= cfg.Cuts[i-1]:
			found.Errorf(at, "order", "the cuts must descend")
		}
	}
}

func hundredths(points float64) int64 { return int64(math.Round(points * 100)) }
