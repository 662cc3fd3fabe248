package profit

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/sdk"
)

type config struct {
	Window  string `json:"window" schema:"default=365d,pattern=^([1-9][0-9]{0,4}[dwmy]|all)$" doc:"How far back measures without a window of their own look from the as-of day."`
	Revenue string `json:"revenue" schema:"default=sum(deals.amount) where won,minLength=1,maxLength=500" doc:"The revenue: a measure or a field that is an amount."`

	Cost         string             `json:"cost" schema:"maxLength=500" doc:"The cost of what was sold: a measure or a field that is an amount, such as sum(deals.cost) where won."`
	Contribution string             `json:"contribution" schema:"maxLength=500" doc:"Instead of cost: what is left of the revenue, such as sum(deals.margin) where won."`
	MarginRate   *float64           `json:"margin_rate" schema:"minimum=-100,maximum=100" doc:"Instead of cost: the margin in per cent of the revenue, for everything that margins does not name."`
	Margins      map[string]float64 `json:"margins" doc:"The margin in per cent by product. At most 50 products."`
	ProductField string             `json:"product_field" schema:"default=product,pattern=^[a-z][a-z0-9_]*$" doc:"The field of deals that margins go by."`

	Serve []expense `json:"serve" schema:"maxItems=20" doc:"Further costs, of serving the customer."`

	HighUntil    float64 `json:"high_until" schema:"exclusiveMinimum=0,maximum=100,default=80" doc:"Where high ends on the whale curve, in per cent of its peak."`
	BreakEven    float64 `json:"break_even" schema:"minimum=0,maximum=100,default=1" doc:"Per cent of revenue below which a contribution (or loss) is break_even."`
	LowMargin    float64 `json:"low_margin" schema:"minimum=-100,maximum=100,default=10" doc:"Per cent of revenue below which a margin is called low."`
	Coverage     float64 `json:"coverage" schema:"minimum=0,maximum=100,default=90" doc:"Per cent of the revenue whose cost must be known. The rest is taken to have the same margin."`
	MinCustomers int64   `json:"min_customers" schema:"minimum=0,maximum=1000000,default=10" doc:"Customers with a contribution above zero below which high and contributing are not told apart."`

	// What Configure prepares.
	columns  reading.Columns
	revenue  int
	source   int    // column of cost or contribution, -1 for margins
	covered  int    // column of the revenue whose cost is known, -1 where nothing tells
	products []part // revenue by product
	rate     *big.Rat
	serve    []part
	high     *big.Rat
	unit     float64
}

// expense is one cost of serving.
type expense struct {
	Name string   `json:"name" schema:"required,minLength=1,maxLength=40" doc:"Name for people."`
	Of   string   `json:"of" schema:"required,minLength=1,maxLength=500" doc:"A measure or field: an amount, or a number that each is paid for."`
	Each *float64 `json:"each" schema:"minimum=0" doc:"What one costs, in units of the currency: 25 for a ticket. Of an amount: the share that counts, default 1."`
}

// part is a column that counts with a factor: a margin, or the price of one.
type part struct {
	column int
	kind   sdk.Type
	factor *big.Rat // minor units per unit of the column
}

func configure(run sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	cfg.unit = math.Pow10(run.CurrencyDigits)
	cfg.high = rational(cfg.HighUntil)
	cfg.source, cfg.covered = -1, -1
	in, at := cfg.amount("/revenue", cfg.Revenue, "The revenue.", cat, &found)
	cfg.revenue = at
	var given []string
	for name, is := range map[string]bool{"cost": cfg.Cost != "", "contribution": cfg.Contribution != "", "margin_rate or margins": cfg.MarginRate != nil || len(cfg.Margins) > 0} {
		if is {
			given = append(given, name)
		}
	}
	slices.Sort(given)
	switch {
	case len(given) == 0:
		found.Errorf("", "required", "say where the cost comes from: cost, contribution, margin_rate or margins. A margin is never assumed")
	case len(given) > 1:
		found.Errorf("", "both", "there are several sources of the cost: %s; keep one", strings.Join(given, ", "))
	case cfg.Cost != "":
		cfg.sourceOf("/cost", cfg.Cost, in, cat, &found)
	case cfg.Contribution != "":
		cfg.sourceOf("/contribution", cfg.Contribution, in, cat, &found)
	default:
		cfg.readMargins(in, &found)
	}
	cfg.readServe(cat, &found)
	if cfg.LowMargin < cfg.BreakEven {
		found.Warnf("/low_margin", "order", "margins below %v %% are break_even before they are low", cfg.BreakEven)
	}
	return sdk.Effective{Reads: cfg.columns.Reads()}, found
}

// amount reads an amount of the configuration.
func (cfg *config) amount(pointer, text, purpose string, cat sdk.Catalogue, found *sdk.Diagnostics) (reading.Input, int) {
	in, message := reading.Parse(text, cfg.Window, cat)
	if message == "" && in.Type != sdk.Money && len(cat.Fields()) > 0 {
		message = text + " is no amount"
	}
	if message != "" {
		found.Errorf(pointer, "input", "%s", message)
		return in, 0
	}
	// With nothing known of the connection, a field is taken for the amount that it should be.
	in.Type = sdk.Money
	return in, cfg.columns.Add(sdk.Read{Path: in.Path, Type: sdk.Money, Required: in.Aggregate == "sum", Purpose: purpose})
}

// sourceOf reads cost or contribution. The sum of something missing is 0, which would be a margin of 100 % (or of 0):
// so where a field of deals is summed, the revenue of those deals that have it is read too.
func (cfg *config) sourceOf(pointer, text string, revenue reading.Input, cat sdk.Catalogue, found *sdk.Diagnostics) {
	in, at := cfg.amount(pointer, text, "What the customer costs, or what is left.", cat, found)
	if cfg.source = at; in.Aggregate != "sum" || revenue.Aggregate != "sum" || in.Source != revenue.Source || found.Failed() {
		return
	}
	if in.Where != revenue.Where || in.Window != revenue.Window {
		found.Warnf(pointer, "other_deals", "it is summed over other deals than the revenue, so that nothing tells whether a cost is missing")
		return
	}
	cfg.covered = cfg.restricted(revenue, in.Field+" known", "The revenue whose cost is known.")
}

// restricted is the column of the revenue of those deals for which a condition holds, too.
func (cfg *config) restricted(revenue reading.Input, condition, purpose string) int {
	where := " where " + condition
	if revenue.Where != "" {
		where = revenue.Where + " and " + condition
	}
	head, tail, _ := strings.Cut(revenue.Path, ")")
	path := head + ")" + where + strings.TrimPrefix(tail, revenue.Where)
	return cfg.columns.Add(sdk.Read{Path: path, Type: sdk.Money, Required: true, Purpose: purpose})
}

const mostProducts = 50

func (cfg *config) readMargins(revenue reading.Input, found *sdk.Diagnostics) {
	if cfg.MarginRate != nil {
		cfg.rate = percentage(*cfg.MarginRate)
	}
	if len(cfg.Margins) == 0 {
		return
	}
	if revenue.Aggregate != "sum" || revenue.Source != "deals" {
		found.Errorf("/margins", "input", "margins by product need a revenue that is summed over deals")
		return
	}
	if len(cfg.Margins) > mostProducts {
		found.Errorf("/margins", "length", "at most %d products may have a margin", mostProducts)
		return
	}
	var names []string
	for name := range cfg.Margins {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		rate := cfg.Margins[name]
		pointer := "/margins/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		quote := "'"
		if strings.Contains(name, quote) {
			quote = `"`
		}
		switch {
		case rate < -100 || rate > 100:
			found.Errorf(pointer, "range", "a margin is from -100 to 100 per cent")
		case name == "" || strings.Contains(name, quote) || strings.ContainsAny(name, "\n\r"):
			found.Errorf(pointer, "name", "a product cannot be called so")
		default:
			at := cfg.restricted(revenue, cfg.ProductField+" = "+quote+name+quote, "The revenue of one product, which has a margin of its own.")
			cfg.products = append(cfg.products, part{column: at, kind: sdk.Money, factor: percentage(rate)})
		}
	}
}

func (cfg *config) readServe(cat sdk.Catalogue, found *sdk.Diagnostics) {
	for i, e := range cfg.Serve {
		pointer := "/serve/" + strconv.Itoa(i)
		in, message := reading.Parse(e.Of, cfg.Window, cat)
		if message == "" && !in.Numeric() {
			message = e.Of + " is neither an amount nor a number"
		}
		if message != "" {
			found.Errorf(pointer+"/of", "input", "%s", message)
			continue
		}
		p := part{kind: in.Type, factor: big.NewRat(1, 1)}
		if e.Each != nil {
			p.factor = rational(*e.Each)
		}
		if in.Type != sdk.Money {
			if e.Each == nil {
				found.Errorf(pointer+"/each", "required", "%s is a number: say what each costs", e.Of)
			}
			p.factor.Mul(p.factor, new(big.Rat).SetFloat64(cfg.unit))
		}
		p.column = cfg.columns.Add(sdk.Read{Path: in.Path, Type: in.Type, Purpose: "A cost of serving the customer: " + e.Name + "."})
		cfg.serve = append(cfg.serve, p)
	}
}

// rational is the decimal that the administrator wrote: 0.1 is 1/10.
func rational(f float64) *big.Rat {
	r, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	return r
}

func percentage(f float64) *big.Rat { return rational(f).Quo(rational(f), big.NewRat(100, 1)) }
