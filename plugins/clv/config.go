package clv

import (
	"fmt"
	"math/big"
	"strconv"

	"github.com/taxonhq/taxon/sdk"
)

// The models of purchases.
const (
	bgNBD     = "bg_nbd"
	mbgNBD    = "mbg_nbd"
	paretoNBD = "pareto_nbd"
	nbd       = "nbd" // only in the place of another
	historic  = "historic"
)

// Minimums of a model that predicts: fewer customers or repeaters leave parameters that another sample would not confirm, and in a
// shorter time most customers have had no chance to buy again. The historic rule needs customers to rank only.
const (
	fewestCustomers = 200
	fewestRepeaters = 50
	fewestRanked    = 10
	fewestGaps      = 3
)

type config struct {
	Window   string    `json:"window" schema:"default=all,examples=365d|24m|all,pattern=^([1-9][0-9]{0,4}[dwmy]|all)$" doc:"How far back purchases count. A customer's time begins with its first purchase in the window, so the models want all of it; a shorter one is for bases that have changed."`
	Model    string    `json:"model" schema:"default=pareto_nbd,enum=pareto_nbd|mbg_nbd|bg_nbd|historic" doc:"Model of purchases. pareto_nbd: customers leave at any time. mbg_nbd: after a purchase. bg_nbd: after a repeat purchase, so that it says nothing of whether one-time buyers have left. historic: no model, the customer's own pace goes on."`
	Months   int64     `json:"months" schema:"minimum=1,maximum=120,default=12" doc:"Months for which is predicted."`
	Discount float64   `json:"discount" schema:"minimum=0,maximum=1,default=0.01" doc:"Rate by which a month's delay lessens a value: 0.01 is about 12.7 per cent a year."`
	Margin   float64   `json:"margin" schema:"exclusiveMinimum=0,maximum=1,default=1" doc:"Share of the amounts that is earned. With 1, value is revenue; tiers do not depend on it."`
	Tiers    []float64 `json:"tiers" schema:"minItems=3,maxItems=3" default:"[50, 80, 95]" doc:"Per cent of the expected value at which platinum, gold and iron end."`

	MinCustomers *int64   `json:"min_customers" schema:"minimum=0,maximum=1000000" doc:"Customers with a purchase below which nobody gets a tier. Default: 200, for historic 10."`
	MinRepeaters *int64   `json:"min_repeaters" schema:"minimum=0,maximum=1000000" doc:"Customers who bought again, below which nobody gets a tier. Default: 50, for historic 0."`
	MinGaps      *float64 `json:"min_gaps" schema:"minimum=0,maximum=100" doc:"The longest history must have so many times the median time between purchases. Default: 3, for historic 0."`

	cuts [3]*big.Rat // the tiers' ends as shares of 1
}

func configure(_ sdk.Run, cfg *config, _ sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	for i, cut := range cfg.Tiers {
		at := fmt.Sprint("/tiers/", i)
		switch {
		case cut <= 0 || cut > 100:
			found.Errorf(at, "range", "a tier ends above 0 and at 100 per cent at most")
			continue
		case i > 0 && cut <= cfg.Tiers[i-1]:
			found.Errorf(at, "order", "the ends of tiers must ascend")
		}
		exact, _ := new(big.Rat).SetString(strconv.FormatFloat(cut, 'f', -1, 64))
		cfg.cuts[i] = exact.Quo(exact, big.NewRat(100, 1))
	}
	customers, repeaters, gaps := int64(fewestCustomers), int64(fewestRepeaters), float64(fewestGaps)
	if cfg.Model == historic {
		customers, repeaters, gaps = fewestRanked, 0, 0
	}
	if cfg.MinCustomers == nil {
		cfg.MinCustomers = &customers
	}
	if cfg.MinRepeaters == nil {
		cfg.MinRepeaters = &repeaters
	}
	if cfg.MinGaps == nil {
		cfg.MinGaps = &gaps
	}
	return sdk.Effective{Reads: reads(cfg.Window)}, found
}
