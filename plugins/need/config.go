package need

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/memo"
	"github.com/taxonhq/taxon/plugins/internal/textfold"
	"github.com/taxonhq/taxon/sdk"
)

type config struct {
	Window string   `json:"window" schema:"default=24m,examples=90d|12w|6m,pattern=^[1-9][0-9]{0,3}[dwmy]$" doc:"How far back won and lost deals and activities count."`
	Axes   []string `json:"axes" schema:"minItems=2,maxItems=4" default:"[\"price\", \"quality\", \"service\"]" doc:"What is compared: two to four of price, quality, service, fashion."`
	Lead   float64  `json:"lead" schema:"minimum=0,maximum=1,default=0.15" doc:"By how much the first axis must lead the second, of 1."`

	MinDeals     int64 `json:"min_deals" schema:"minimum=0,maximum=1000,default=3" doc:"Won deals below which discounts, series, kinds and tickets say nothing: one cheap deal is noise."`
	MinTexts     int64 `json:"min_texts" schema:"minimum=1,maximum=1000,default=1" doc:"Texts with a key word below which words say nothing."`
	MinCustomers int64 `json:"min_customers" schema:"minimum=0,maximum=1000000,default=25" doc:"Customers who show anything below which nobody is compared."`

	List    string   `json:"list_field" schema:"default=list_amount,maxLength=64,pattern=^([a-z][a-z0-9_]*)?$" doc:"Field of deals with the amount at list prices."`
	Series  string   `json:"series_field" schema:"default=series,maxLength=64,pattern=^([a-z][a-z0-9_]*)?$" doc:"Field of deals with the series or grade."`
	Upper   []string `json:"upper_series" schema:"maxItems=100" default:"[\"premium\", \"pro\", \"plus\", \"deluxe\", \"upper\", \"high end\", \"高端\", \"高级\", \"旗舰\", \"尊享\"]" doc:"Its values that are an upper series."`
	Reason  string   `json:"reason_field" schema:"default=lost_reason,maxLength=64,pattern=^([a-z][a-z0-9_]*)?$" doc:"Field of deals that says why one was lost."`
	Topic   string   `json:"topic_field" schema:"default=topic,maxLength=64,pattern=^([a-z][a-z0-9_]*)?$" doc:"Field of activities that says what one was about: a ticket's topic, the words that were searched for."`
	Texts   []string `json:"texts" schema:"maxItems=20" doc:"More fields of activities whose words count, such as notes."`
	Answer  string   `json:"answer_field" schema:"maxLength=64,examples=main_need|priority,pattern=^([a-z][a-z0-9_]*)?$" doc:"Field of the customer with what it said matters most, by code or label: it wins."`
	Words   words    `json:"words" doc:"Key words of your own, added to those that come with Taxon."`
	OnlyOwn bool     `json:"only_own_words" doc:"Leave out the key words that come with Taxon."`

	// What Configure prepares.
	axes  []int
	has   [axes]bool
	lead  int64 // millionths
	upper map[string]bool
	key   [axes]vocabulary
	about *memo.Func[string, uint8] // the axes that a text is about, as bits
	at    columns
}

type words struct {
	Price   []string `json:"price" schema:"maxItems=500" doc:"For price."`
	Quality []string `json:"quality" schema:"maxItems=500" doc:"For quality."`
	Service []string `json:"service" schema:"maxItems=500" doc:"For service."`
	Fashion []string `json:"fashion" schema:"maxItems=500" doc:"For fashion."`
}

// columns are the places of the reads in a row, -1 for what is not read.
type columns struct {
	amount, list, series, category, product int // of won deals
	kind, topic                             int // of activities
	answer                                  int
	texts                                   []int
}

func configure(_ sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	cfg.axes, cfg.has = nil, [axes]bool{}
	for i, code := range cfg.Axes {
		a := slices.Index(axisCodes[:], code)
		switch {
		case a < 0:
			found.Errorf(fmt.Sprint("/axes/", i), "unknown_axis", "%q is no axis: %s", code, strings.Join(axisCodes[:], ", "))
		case cfg.has[a]:
			found.Errorf(fmt.Sprint("/axes/", i), "twice", "the axis %s is there twice", code)
		default:
			cfg.axes, cfg.has[a] = append(cfg.axes, a), true
		}
	}
	slices.Sort(cfg.axes) // the order in which they are written plays no part, in ties neither
	cfg.lead = int64(math.Round(cfg.Lead * 1e6))
	cfg.upper = map[string]bool{}
	for _, value := range cfg.Upper {
		cfg.upper[textfold.Fold(value)] = true
	}
	for a, own := range [axes][]string{cfg.Words.Price, cfg.Words.Quality, cfg.Words.Service, cfg.Words.Fashion} {
		list := own
		if !cfg.OnlyOwn {
			list = append(slices.Clone(own), keyWords[a]...)
		}
		cfg.key[a] = newVocabulary(list)
		if cfg.has[a] && cfg.key[a].empty() {
			found.Warnf("/words/"+axisCodes[a], "empty", "there are no key words for %s", axisCodes[a])
		}
	}
	cfg.about = memo.New(10_000, func(text string) (bits uint8) {
		for _, clause := range clauses(text) {
			for _, a := range cfg.axes {
				if cfg.key[a].speaksIn(clause, a) {
					bits |= 1 << a
				}
			}
		}
		return bits
	})
	reads := cfg.reads(cat, &found)
	var codes []string
	for _, a := range cfg.axes {
		codes = append(codes, axisCodes[a])
	}
	return sdk.Effective{Reads: reads, Tags: tags(codes)}, found
}

// axisNamed is the axis of a code or label, or -1.
func (cfg *config) axisNamed(text string) int {
	folded := textfold.Fold(text)
	for _, a := range cfg.axes {
		o := options[a]
		if folded == axisCodes[a] || folded == textfold.Fold(o.Label.En) || folded == textfold.Fold(o.Label.ZhHans) || folded == textfold.Fold(o.Label.ZhHant) {
			return a
		}
	}
	return -1
}

const (
	purposePrice = "What was paid."
	purposeList  = "What it would have been at list prices."
	purposeGrade = "Whether it buys the upper series."
	purposeWhat  = "Whether it buys fashion."
	purposeTalk  = "What tickets and visits are about, and how many tickets there are."
	purposeWhy   = "Why deals were lost."
	purposeSaid  = "What the customer said matters."
)

func (cfg *config) reads(cat sdk.Catalogue, found *sdk.Diagnostics) (reads []sdk.Read) {
	add := func(path string, kind sdk.Type, list bool, purpose string) int {
		if i := slices.IndexFunc(reads, func(r sdk.Read) bool { return r.Path == path }); i >= 0 {
			return i
		}
		reads = append(reads, sdk.Read{Path: path, Type: kind, List: list, Purpose: purpose})
		return len(reads) - 1
	}
	within := " within " + cfg.Window
	won := " where won" + within
	c := &cfg.at
	*c = columns{list: -1, series: -1, category: -1, product: -1, topic: -1, answer: -1}
	c.amount, c.kind = add("deals.amount"+won, sdk.Money, true, purposePrice), add("activities.kind"+within, sdk.String, true, purposeTalk)
	// reading reports whether a field is to be read: a default that the connection lacks is not; another is a fault.
	reading := func(pointer, source, field, usual string, kind sdk.Type) bool {
		if field == "" {
			return false
		}
		switch f, ok := cat.Lookup(source + field); {
		case !ok && len(cat.Fields()) == 0:
			return true
		case !ok && field == usual:
			return false
		case !ok:
			found.Errorf(pointer, "unknown_field", "there is no field %s%s: map it in the connection first", source, field)
			return false
		case f.Type != kind || f.List != (source != ""):
			found.Errorf(pointer, "field_type", "the field %s%s is no %s", source, field, map[sdk.Type]string{sdk.String: "text", sdk.Money: "amount"}[kind])
			return false
		}
		return true
	}
	if cfg.has[price] && reading("/list_field", "deals.", cfg.List, "list_amount", sdk.Money) {
		c.list = add("deals."+cfg.List+won, sdk.Money, true, purposeList)
	}
	if cfg.has[quality] && reading("/series_field", "deals.", cfg.Series, "series", sdk.String) {
		c.series = add("deals."+cfg.Series+won, sdk.String, true, purposeGrade)
	}
	if cfg.has[fashion] {
		c.category, c.product = add("deals.category"+won, sdk.String, true, purposeWhat), add("deals.product"+won, sdk.String, true, purposeWhat)
	}
	if reading("/topic_field", "activities.", cfg.Topic, "topic", sdk.String) {
		c.topic = add("activities."+cfg.Topic+within, sdk.String, true, purposeTalk)
	}
	if reading("/reason_field", "deals.", cfg.Reason, "lost_reason", sdk.String) {
		c.texts = append(c.texts, add("deals."+cfg.Reason+" where lost"+within, sdk.String, true, purposeWhy))
	}
	for i, field := range cfg.Texts {
		if field != cfg.Topic && reading(fmt.Sprint("/texts/", i), "activities.", field, "", sdk.String) {
			c.texts = append(c.texts, add("activities."+field+within, sdk.String, true, purposeTalk))
		}
	}
	if reading("/answer_field", "", cfg.Answer, "", sdk.String) {
		c.answer = add(cfg.Answer, sdk.String, false, purposeSaid)
	}
	return reads
}

// patterns are the reads of every configuration.
func patterns() []sdk.Read {
	const won, within = " where won within {/window}", " within {/window}"
	return []sdk.Read{
		{Path: "deals.amount" + won, Type: sdk.Money, List: true, Purpose: purposePrice},
		{Path: "deals.{/list_field}" + won, Type: sdk.Money, List: true, Purpose: purposeList},
		{Path: "deals.{/series_field}" + won, Type: sdk.String, List: true, Purpose: purposeGrade},
		{Path: "deals.category" + won, Type: sdk.String, List: true, Purpose: purposeWhat},
		{Path: "deals.product" + won, Type: sdk.String, List: true, Purpose: purposeWhat},
		{Path: "deals.{/reason_field} where lost" + within, Type: sdk.String, List: true, Purpose: purposeWhy},
		{Path: "activities.kind" + within, Type: sdk.String, List: true, Purpose: purposeTalk},
		{Path: "activities.{/topic_field}" + within, Type: sdk.String, List: true, Purpose: purposeTalk},
		{Path: "{/answer_field}", Purpose: purposeSaid},
	}
}
