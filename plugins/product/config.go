package product

import (
	"cmp"
	"fmt"
	"math"

	"github.com/taxonhq/taxon/plugins/internal/memo"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// What a deal counts.
const (
	byDeals  = "deals"
	byAmount = "amount"
)

type config struct {
	Window   string  `json:"window" schema:"default=all,pattern=^(all|[1-9][0-9]{0,3}[dwmy])$" doc:"Purchases in it count: 2y, 365d, or all."`
	Field    string  `json:"field" schema:"default=category,pattern=^[a-z][a-z0-9_]{0,62}$" doc:"Field of deals that says what was bought."`
	Second   string  `json:"second_field" schema:"default=product,pattern=^([a-z][a-z0-9_]{0,62})?$" doc:"Field of deals that is read where the first says nothing that is understood; empty for none."`
	Customer string  `json:"customer_field" schema:"pattern=^([a-z][a-z0-9_]{0,62})?$" doc:"Field of the customer that says what it buys, where no deal is understood."`
	Looked   string  `json:"looked_field" schema:"pattern=^([a-z][a-z0-9_]{0,62})?$" doc:"Field of activities that says which category was looked at or asked about: it becomes the part looked_at, and decides nothing of the class."`
	By       string  `json:"by" schema:"enum=deals|amount,default=deals" doc:"Whether each deal counts one, or its amount."`
	Main     float64 `json:"main_from" schema:"minimum=0,maximum=1,default=0.5" doc:"Share from which a kind is the customer's class, to three digits; below it the class is mixed."`
	Known    float64 `json:"understood_from" schema:"minimum=0,maximum=1,default=0.5" doc:"Share of the purchases that must be understood, to three digits."`
	Table    string  `json:"table" schema:"enum=usual|own,default=usual" doc:"Whether your key words are added to the usual ones or take their place."`
	Kinds    []kind  `json:"kinds" schema:"maxItems=50" doc:"Own kinds and own key words."`

	// What Configure prepares.
	columns     columns
	main, known int64    // in thousandths
	order       []string // kinds, as ties of the list go
	names       map[string]sdk.Text
	meaning     *memo.Func[string, meaning]
}

// kind is an own kind, or more key words of a usual one.
type kind struct {
	Code  string   `json:"code" schema:"required,maxLength=40,pattern=^[a-z][a-z0-9_]*$" doc:"durable, non_durable, service, financial, or a code of your own."`
	Label label    `json:"label" doc:"Name of an own kind in the languages of the CRM."`
	Words []string `json:"words" schema:"required,minItems=1,maxItems=1000" doc:"Key words in any language: categories, products, or words in them."`
}

type label struct {
	En     string `json:"en" doc:"English."`
	ZhHans string `json:"zh_hans" doc:"Simplified Chinese."`
	ZhHant string `json:"zh_hant" doc:"Traditional Chinese."`
}

// columns are the places of the reads in a row, -1 for what is not read.
type columns struct{ count, first, second, amount, customer, looked int }

// meaning is what a text says: the category that it names, and the kind.
type meaning struct{ key, kind string }

// remembered bounds the memory of texts: some hundred bytes each.
const remembered = 4096

const (
	purposeCount    = "Tells customers who bought nothing from those whose purchases say nothing."
	purposeKind     = "Says what was bought."
	purposeAmount   = "Weighs what was bought, when it goes by amount."
	purposeCustomer = "Says what the customer buys, where no deal does."
	purposeLooked   = "Says what the customer looked at or asked about."
)

// patterns are the reads of every configuration.
func patterns() []sdk.Read {
	const clauses = " where won within {/window}"
	return []sdk.Read{
		{Path: "count(deals)" + clauses, Type: sdk.Integer, Purpose: purposeCount},
		{Path: "deals.{/field}" + clauses, Type: sdk.String, List: true, Purpose: purposeKind},
		{Path: "deals.{/second_field}" + clauses, Type: sdk.String, List: true, Purpose: purposeKind},
		{Path: "deals.amount" + clauses, Type: sdk.Money, List: true, Purpose: purposeAmount},
		{Path: "{/customer_field}", Type: sdk.String, Purpose: purposeCustomer},
		{Path: "activities.{/looked_field} within {/window}", Type: sdk.String, List: true, Purpose: purposeLooked},
	}
}

func configure(_ sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	cfg.main, cfg.known = int64(math.Round(cfg.Main*1000)), int64(math.Round(cfg.Known*1000))
	reads := cfg.reads(cat, &found)
	words := newTable(cfg.Table == "usual")
	options := usualKinds()
	seen := map[string]bool{}
	for i, k := range cfg.Kinds {
		at := fmt.Sprint("/kinds/", i)
		switch {
		case k.Code == mixed || k.Code == none || k.Code == protocol.Unclassified:
			found.Errorf(at+"/code", "reserved", "%s is no kind of product", k.Code)
		case seen[k.Code]:
			found.Errorf(at+"/code", "twice", "the kind %s is there twice", k.Code)
		case isUsual(k.Code) && k.Label != (label{}):
			found.Warnf(at+"/label", "unused", "%s has a label already", k.Code)
		case !isUsual(k.Code):
			options = append(options, k.option())
		}
		seen[k.Code] = true
		for j, w := range k.Words {
			if err := words.add(w, k.Code); err != nil {
				found.Errorf(fmt.Sprint(at, "/words/", j), "word", "%v", err)
			}
		}
	}
	if words.measure(); len(words.words) == 0 {
		found.Errorf("/table", "no_words", "with the table own, kinds must give key words")
	}
	cfg.order, cfg.names = nil, map[string]sdk.Text{}
	for _, o := range options {
		cfg.order = append(cfg.order, o.Code)
		cfg.names[o.Code] = sdk.Text{En: cmp.Or(o.Label.En, o.Code), ZhHans: cmp.Or(o.Label.ZhHans, o.Label.En, o.Code), ZhHant: cmp.Or(o.Label.ZhHant, o.Label.En, o.Code)}
	}
	cfg.meaning = memo.New(remembered, func(text string) meaning {
		if textfold.IsBlank(text) {
			return meaning{}
		}
		return meaning{key: normal(text), kind: words.kindOf(text)}
	})
	told := tags(options)
	if cfg.Looked != "" {
		told = append(told, lookedTag)
	}
	return sdk.Effective{Reads: reads, Tags: told}, found
}

func (cfg *config) reads(cat sdk.Catalogue, found *sdk.Diagnostics) (reads []sdk.Read) {
	within := " within " + cfg.Window
	clauses := " where won" + within
	add := func(read sdk.Read) int {
		reads = append(reads, read)
		return len(reads) - 1
	}
	of := func(pointer, path, standard, clauses string, list bool, purpose string) int {
		f, known := cat.Lookup(path)
		switch {
		case !known && path == standard && len(cat.Fields()) > 0:
			return -1
		case !known && len(cat.Fields()) > 0:
			found.Errorf(pointer, "unknown_field", "there is no field %s that this classifier may read: map it in the connection, or grant it", path)
			return -1
		case known && (f.Type != sdk.String || f.List != list):
			found.Errorf(pointer, "field_type", "the field %s is no text", path)
			return -1
		case list:
			return add(sdk.Read{Path: path + clauses, Type: sdk.String, List: true, Purpose: purpose})
		}
		return add(sdk.Read{Path: path, Type: sdk.String, Purpose: purpose})
	}
	c := &cfg.columns
	*c = columns{second: -1, amount: -1, customer: -1, looked: -1}
	c.count = add(sdk.Read{Path: "count(deals)" + clauses, Type: sdk.Integer, Purpose: purposeCount})
	c.first = of("/field", "deals."+cfg.Field, "deals.category", clauses, true, purposeKind)
	if cfg.Second != "" && cfg.Second != cfg.Field {
		c.second = of("/second_field", "deals."+cfg.Second, "deals.product", clauses, true, purposeKind)
	}
	if cfg.Customer != "" {
		c.customer = of("/customer_field", cfg.Customer, "", "", false, purposeCustomer)
	}
	if cfg.Looked != "" {
		c.looked = of("/looked_field", "activities."+cfg.Looked, "", within, true, purposeLooked)
	}
	if cfg.By == byAmount {
		c.amount = add(sdk.Read{Path: "deals.amount" + clauses, Type: sdk.Money, List: true, Purpose: purposeAmount, Required: true})
	}
	if c.first < 0 && c.second < 0 && c.customer < 0 && len(*found) == 0 {
		found.Errorf("/field", "no_field", "deals have neither a category nor a product: map one in the connection")
	}
	return reads
}
