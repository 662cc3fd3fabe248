package product

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/sdk"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Pointwise[*config, sdk.Row]{
		Info: sdk.Info{ID: "product", Version: "1.0.0", License: "Apache-2.0",
			Summary: "What kind of thing the customer buys: durable goods, non-durable goods, services, financial products; its favourite category"},
		Tags:    append(tags(usualKinds()), lookedTag),
		Reasons: reasons,
		Reads:   patterns(),
		Presets: []sdk.Preset[*config]{
			{Name: "often", Label: sdk.Text{En: "What it buys most often", ZhHans: "按购买次数", ZhHant: "按購買次數"}, Config: &config{By: byDeals}},
			{Name: "most", Label: sdk.Text{En: "What it spends most on", ZhHans: "按购买金额", ZhHant: "按購買金額"}, Config: &config{By: byAmount}},
		},
		Configure: configure,
		Classify:  classify,
	}
}

// purchase is a won deal that says something.
type purchase struct {
	meaning
	text   string
	weight int64
}

// basket is what a customer bought.
type basket struct {
	deals     int64      // won
	said      int        // of them those that say something
	purchases []purchase // those with a weight
}

// read gathers the purchases. into is used when it is large enough.
func (cfg *config) read(c sdk.Row, into []purchase) basket {
	b := basket{purchases: into[:0]}
	if !c.Missing(cfg.columns.count) {
		b.deals = c.Int(cfg.columns.count)
	}
	length := func(column int) int {
		if column < 0 {
			return 0
		}
		return c.ListLen(column)
	}
	text := func(column, j int) string {
		if j >= length(column) || c.ListMissing(column, j) {
			return ""
		}
		return strings.TrimSpace(c.ListText(column, j))
	}
	n := max(length(cfg.columns.first), length(cfg.columns.second))
	b.deals = max(b.deals, int64(n))
	for j := range n {
		p := purchase{text: text(cfg.columns.first, j), weight: 1}
		if p.meaning = cfg.meaning.Of(p.text); p.kind == "" {
			second := text(cfg.columns.second, j)
			if m := cfg.meaning.Of(second); p.key == "" {
				p.text, p.meaning = second, m
			} else {
				p.kind = m.kind
			}
		}
		if p.key == "" {
			continue
		}
		b.said++
		if amounts := cfg.columns.amount; amounts >= 0 {
			p.weight = 0
			if j < length(amounts) && !c.ListMissing(amounts, j) {
				p.weight = max(0, int64(c.ListAmount(amounts, j)))
			}
		}
		if p.weight > 0 {
			b.purchases = append(b.purchases, p)
		}
	}
	b.sort()
	return b
}

// sort puts the purchases of a category side by side, and of those the ones of a spelling.
func (b *basket) sort() {
	slices.SortFunc(b.purchases, func(a, b purchase) int { return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.text, b.text)) })
}

// plus adds weights up to the largest number, in any order to the same sum.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// part is a kind or category with what it weighs.
type part struct {
	name   string
	weight int64
}

// sums are the weights of the kinds, the largest first and then in the order of the classes, what
// all purchases weigh, and those that are understood.
func (cfg *config) sums(b *basket) (kinds []part, all, understood int64) {
	for _, code := range cfg.order {
		p := part{name: code}
		for i := range b.purchases {
			if b.purchases[i].kind == code {
				p.weight = plus(p.weight, b.purchases[i].weight)
			}
		}
		if p.weight > 0 {
			kinds = append(kinds, p)
			understood = plus(understood, p.weight)
		}
	}
	for i := range b.purchases {
		all = plus(all, b.purchases[i].weight)
	}
	slices.SortStableFunc(kinds, func(a, b part) int { return cmp.Compare(b.weight, a.weight) })
	return kinds, all, understood
}

// favourite is the category that weighs most, in its commonest spelling, and how many there are. The purchases are sorted.
func (b *basket) favourite() (best part, breadth int) {
	for i := 0; i < len(b.purchases); {
		var category part
		var most, weight int64
		j := i
		for ; j < len(b.purchases) && b.purchases[j].key == b.purchases[i].key; j++ {
			p := b.purchases[j]
			category.weight = plus(category.weight, p.weight)
			if j == i || p.text != b.purchases[j-1].text {
				weight = 0
			}
			if weight = plus(weight, p.weight); weight > most {
				most, category.name = weight, p.text
			}
		}
		if breadth++; category.weight > best.weight {
			best = category
		}
		i = j
	}
	return best, breadth
}

// atLeast reports whether a is so many thousandths of b or more: exact for sums below nine trillion.
func atLeast(a, b, thousandths int64) bool {
	return 1000*float64(a) >= float64(thousandths)*float64(b)
}

// percent of a whole, to two digits.
func percent(a, b int64) float64 { return math.Round(10_000*float64(a)/float64(b)) / 100 }

func classify(run sdk.Run, cfg *config, c sdk.Row) sdk.Verdict {
	var room [32]purchase
	b := cfg.read(c, room[:0])
	kinds, all, understood := cfg.sums(&b)
	v := cfg.verdict(run, c, &b, kinds, all, understood)
	favourite, breadth := b.favourite()
	v = v.Set("breadth", breadth)
	if all > 0 {
		v = v.Set("favourite", favourite.name).Set("favourite_share", percent(favourite.weight, all))
		if run.Explain {
			v = v.Because(ofFavourite, favourite.name, percent(favourite.weight, all), breadth)
		}
	}
	if len(kinds) > 0 {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = k.name
		}
		v = v.Set("kinds", strings.Join(names, ", ")).Set("share", percent(kinds[0].weight, understood))
	}
	return cfg.looked(run, c, v)
}

// looked adds the category that activities name most, of those who bought nothing too.
func (cfg *config) looked(run sdk.Run, c sdk.Row, v sdk.Verdict) sdk.Verdict {
	at := cfg.columns.looked
	if at < 0 {
		return v
	}
	var b basket
	for j := range c.ListLen(at) {
		if c.ListMissing(at, j) {
			continue
		}
		p := purchase{text: strings.TrimSpace(c.ListText(at, j)), weight: 1}
		if p.meaning = cfg.meaning.Of(p.text); p.key != "" {
			b.purchases = append(b.purchases, p)
		}
	}
	if len(b.purchases) == 0 {
		return v
	}
	b.sort()
	most, breadth := b.favourite()
	if v = v.Set("looked_at", most.name); run.Explain {
		v = v.Because(ofLooked, most.name, most.weight, breadth, len(b.purchases))
	}
	return v
}

func (cfg *config) verdict(run sdk.Run, c sdk.Row, b *basket, kinds []part, all, understood int64) sdk.Verdict {
	if at := cfg.columns.customer; understood == 0 && at >= 0 && !c.Missing(at) {
		if m := cfg.meaning.Of(strings.TrimSpace(c.Text(at))); m.kind != "" {
			return sdk.Set("", m.kind).Because(ofCustomer, strings.TrimSpace(c.Text(at)))
		}
	}
	switch {
	case b.deals == 0:
		if cfg.Window == "all" {
			return sdk.Set("", none).Because(nothingEver)
		}
		return sdk.Set("", none).Because(nothing, cfg.Window)
	case b.said == 0:
		return sdk.Unclassified(notSaid, b.deals)
	case all == 0:
		return sdk.Unclassified(noAmounts, b.said)
	case understood == 0 || !atLeast(understood, all, cfg.known):
		return sdk.Unclassified(notUnderstood, percent(understood, all), cfg.stranger(b))
	}
	code := kinds[0].name
	if len(kinds) > 1 && kinds[1].weight == kinds[0].weight || !atLeast(kinds[0].weight, understood, cfg.main) {
		code = mixed
	}
	v := sdk.Set("", code)
	if !run.Explain {
		return v
	}
	if code == mixed {
		return v.Because(noMain, cfg.list(kinds, understood, "en"), cfg.list(kinds, understood, "zh-Hans"), cfg.list(kinds, understood, "zh-Hant"), len(b.purchases))
	}
	weights := map[string]string{byDeals: ofDeals, byAmount: ofAmount}
	name := cfg.names[kinds[0].name]
	return v.Because(weights[cfg.By], name.En, name.ZhHans, name.ZhHant, percent(kinds[0].weight, understood), len(b.purchases), len(kinds))
}

// list names kinds with their shares: "Services 40 %, Durable goods 30 %".
func (cfg *config) list(kinds []part, understood int64, language string) string {
	var words []string
	for _, k := range kinds {
		name, share := cfg.names[k.name], strconv.FormatFloat(percent(k.weight, understood), 'f', -1, 64)
		switch language {
		case "zh-Hans":
			words = append(words, name.ZhHans+share+"%")
		case "zh-Hant":
			words = append(words, name.ZhHant+share+"%")
		default:
			words = append(words, name.En+" "+share+" %")
		}
	}
	if language == "en" {
		return strings.Join(words, ", ")
	}
	return strings.Join(words, "、")
}

// stranger is the text that weighs most of those that are not understood.
func (cfg *config) stranger(b *basket) string {
	var unknown basket
	for _, p := range b.purchases {
		if p.kind == "" {
			unknown.purchases = append(unknown.purchases, p)
		}
	}
	best, _ := unknown.favourite()
	return best.name
}
