package abc

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/sdk"
)

// The ways to set classes.
const (
	byShare     = "share"
	byValue     = "value"
	byCustomers = "customers"
	byCount     = "count"
)

type config struct {
	Measure string    `json:"measure" schema:"default=sum(deals.amount) where won,minLength=1" doc:"What is ranked: a measure or a field that is an amount, a number or a count."`
	Window  string    `json:"window" schema:"default=365d,examples=365d|24m|all,pattern=^([1-9][0-9]{0,4}[dwmy]|all)$" doc:"How far back the measure looks from the as-of day: 365d, 24m, all. Not used for a field, nor for a measure that names its own window."`
	By      string    `json:"by" schema:"default=share,enum=share|value|customers|count" doc:"How classes are set: by cumulative share of the total, by absolute value, by share of customers, by count of customers."`
	Cuts    []float64 `json:"cuts" schema:"minItems=2,maxItems=2" doc:"Where A and where B end. Shares: percent, ascending (default 80, 95; of customers 20, 50). Counts: ascending. Values: the least value of A and of B, descending, in units of the currency."`

	MinCustomers int64 `json:"min_customers" schema:"minimum=0,maximum=1000000,default=10" doc:"Ranked customers below which nobody is classified."`
	MinMonths    int64 `json:"min_months" schema:"minimum=0,maximum=120,default=3" doc:"Months of data below which nobody is classified. Not used where the measure has no dates, or looks back less far than that."`

	Xyz *xyz `json:"xyz" doc:"Steadiness beside the class (part xyz): off unless this is there; {} for the defaults."`

	// What Configure prepares.
	kind  sdk.Type
	dated bool // column 1 is the customer's first date
	ends  [2]*big.Rat
	zone  *time.Location
	scale float64 // units of Cuts by value and of numbers
}

// numberScale makes whole numbers of measures that are not: millionths.
const numberScale = 1e6

var (
	measurePattern = regexp.MustCompile(`^([a-z]+)\((deals|activities|contacts)(?:\.([a-z0-9_]+))?\)( where .+?)?( within \S+)?( in [A-Z]{3})?$`)
	fieldPattern   = regexp.MustCompile(`^[a-z][a-z0-9_.]*$`)
)

func configure(run sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	cfg.zone = run.Zone
	reads := cfg.reads(cat, &found)
	cfg.scale = 1
	switch cfg.kind {
	case sdk.Money:
		cfg.scale = math.Pow10(run.CurrencyDigits)
	case sdk.Number:
		cfg.scale = numberScale
	}
	cfg.checkCuts(&found)
	if cfg.Xyz == nil || found.Failed() {
		return sdk.Effective{Reads: reads, Tags: classTags}, found
	}
	var columns reading.Columns
	for _, r := range reads {
		columns.Add(r)
	}
	cfg.Xyz.prepare(measurePattern.FindStringSubmatch(cfg.measure()), cfg.kind, &columns, &found)
	return sdk.Effective{Reads: columns.Reads(), Tags: slices.Concat(classTags, xyzTags)}, found
}

// measure is what is ranked, with single spaces.
func (c *config) measure() string { return strings.Join(strings.Fields(c.Measure), " ") }

// reads are the measure and, where it has dates, the first of them.
func (c *config) reads(cat sdk.Catalogue, found *sdk.Diagnostics) []sdk.Read {
	const purpose, since = "Ranks customers.", "Tells how far back the data reach."
	text := c.measure()
	if fieldPattern.MatchString(text) {
		c.Window = "all" // a field has no window
		c.kind = c.known(cat, text, sdk.Number, found)
		return []sdk.Read{{Path: text, Type: c.kind, Purpose: purpose}}
	}
	m := measurePattern.FindStringSubmatch(text)
	if m == nil {
		found.Errorf("/measure", "measure", "this is neither a field nor a measure such as sum(deals.amount) where won")
		return nil
	}
	aggregate, source, field, where, within, currency := m[1], m[2], m[3], m[4], m[5], m[6]
	c.kind = sdk.Integer
	if aggregate != "count" && aggregate != "distinct" {
		c.kind = c.known(cat, source+"."+field, map[bool]sdk.Type{true: sdk.Money, false: sdk.Number}[strings.HasSuffix(field, "amount")], found)
		if aggregate == "mean" && c.kind == sdk.Integer {
			c.kind = sdk.Number
		}
	}
	if within == "" {
		within = " within " + c.Window
	} else {
		c.Window = strings.TrimPrefix(within, " within ")
	}
	head, _, _ := strings.Cut(text, ")")
	// The sum or count of nothing is 0: where it is missing, an exchange rate is, and the host says so.
	reads := []sdk.Read{{Path: head + ")" + where + within + currency, Type: c.kind, Required: aggregate == "sum" || aggregate == "count", Purpose: purpose}}
	date := map[string]string{"deals": "created_at", "activities": "occurred_at"}[source]
	if source == "deals" && (strings.Contains(where, "won") || strings.Contains(where, "lost") || strings.Contains(where, "closed")) {
		date = "closed_at"
	}
	if c.dated = date != "" && c.MinMonths > 0 && c.reaches(found); c.dated {
		reads = append(reads, sdk.Read{Path: "first(" + source + "." + date + ")" + where + within, Type: sdk.Time, Purpose: since})
	}
	return reads
}

// known is the type of a field, or the given one when the catalogue is empty.
func (c *config) known(cat sdk.Catalogue, path string, otherwise sdk.Type, found *sdk.Diagnostics) sdk.Type {
	if len(cat.Fields()) == 0 {
		return otherwise
	}
	f, ok := cat.Lookup(path)
	switch {
	case !ok && strings.HasPrefix(path, "tags."): // another classifier's score
		return otherwise
	case !ok:
		found.Errorf("/measure", "unknown_field", "there is no field %s", path)
	case f.Type != sdk.Money && f.Type != sdk.Integer && f.Type != sdk.Number:
		found.Errorf("/measure", "type", "%s is neither an amount nor a number", path)
	}
	return f.Type
}

// reaches reports whether the window is at least as long as the months of data that are asked for.
func (c *config) reaches(found *sdk.Diagnostics) bool {
	if c.Window == "all" {
		return true
	}
	n, err := strconv.ParseInt(c.Window[:len(c.Window)-1], 10, 64)
	days, ok := map[byte]int64{'d': 1, 'w': 7, 'm': 30, 'y': 365}[c.Window[len(c.Window)-1]]
	if err != nil || !ok {
		return false // the host refuses the window
	}
	if n*days < 30*c.MinMonths {
		found.Warnf("/window", "short_window", "the window is shorter than min_months (%d), which is not checked then", c.MinMonths)
		return false
	}
	return true
}

// checkCuts fills in the default cuts, checks their order and makes exact fractions of them.
func (c *config) checkCuts(found *sdk.Diagnostics) {
	if len(c.Cuts) == 0 {
		switch c.By {
		case byShare:
			c.Cuts = []float64{80, 95}
		case byCustomers:
			c.Cuts = []float64{20, 50}
		default:
			found.Errorf("/cuts", "required", "classes by %s need cuts: where A and where B end", c.By)
			return
		}
	}
	if len(c.Cuts) != 2 {
		return // the schema has said so
	}
	a, b := c.Cuts[0], c.Cuts[1]
	switch {
	case c.By == byValue && a <= b:
		found.Errorf("/cuts", "order", "the least value of A must be above that of B")
	case c.By == byValue && b <= 0:
		found.Errorf("/cuts/1", "range", "the least value of B must be above zero; without value a customer is N")
	case c.By != byValue && (a <= 0 || a >= b):
		found.Errorf("/cuts", "order", "the cuts must ascend from above zero")
	case (c.By == byShare || c.By == byCustomers) && b > 100:
		found.Errorf("/cuts/1", "range", "a share is at most 100 percent")
	case c.By == byCount && (a != math.Trunc(a) || b != math.Trunc(b)):
		found.Errorf("/cuts", "type", "counts of customers are whole numbers")
	case c.By == byValue && a*c.scale >= math.MaxInt64:
		found.Errorf("/cuts/0", "range", "the value is too large")
	}
	for i, cut := range c.Cuts {
		// The shortest decimal text of a float is what the administrator wrote: 99.9 is 999/10.
		c.ends[i], _ = new(big.Rat).SetString(strconv.FormatFloat(cut, 'f', -1, 64))
	}
}

// value is what a customer is ranked by, in whole numbers: minor units, counts or millionths. A number beyond
// their range is math.MaxInt64. ok is false when the customer has none.
func (c *config) value(r sdk.Row) (v int64, ok bool) {
	return c.number(r, 0)
}

// number is a column of the kind that is ranked.
func (c *config) number(r sdk.Row, column int) (v int64, ok bool) {
	if r.Missing(column) {
		return 0, false
	}
	if c.kind != sdk.Number {
		return r.Int(column), true
	}
	f := math.Round(r.Float(column) * numberScale)
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64, true
	case f <= math.MinInt64:
		return math.MinInt64, true
	}
	return int64(f), true
}

// text is a value for people.
func (c *config) text(run sdk.Run, v int64) string {
	switch c.kind {
	case sdk.Money:
		return run.Money(sdk.Amount(v))
	case sdk.Number:
		return strconv.FormatFloat(float64(v)/numberScale, 'f', -1, 64)
	}
	return strconv.FormatInt(v, 10)
}
