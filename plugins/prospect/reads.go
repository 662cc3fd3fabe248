package prospect

import (
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/scoring"
	"github.com/taxonhq/taxon/sdk"
)

// columns are the places of the reads in a row, -1 for what is not read.
type columns struct {
	kind, at, status, amount, direction, topic int // of activities
	lostAt, lostReason                         int // of lost deals
	openSince, expected, openReason, won       int // of open deals, and the last won one
}

const (
	purposeKind      = "What happened, by kind."
	purposeAt        = "How long ago it was."
	purposeStatus    = "Tells accepted, declined and unsent quotes apart."
	purposeAmount    = "Names the quote that is not answered."
	purposeDirection = "Whether the customer or we began it."
	purposeTopic     = "Tells demos, trials and orders from small talk."
	purposeLost      = "When the customer refused."
	purposeReason    = "Why: refused, or put off."
	purposeOpen      = "Which offers live."
	purposeExpected  = "When the customer wants to decide."
	purposeWon       = "Whether it bought after all."
	purposeJudgement = "A person's judgement of the potential."
)

// patterns are the reads of every configuration.
func patterns() []sdk.Read {
	cfg := config{Window: "{/window}"}
	reads := cfg.standard()
	return append(reads,
		sdk.Read{Path: "activities.{/direction_field} within {/window}", Type: sdk.String, List: true, Purpose: purposeDirection},
		sdk.Read{Path: "activities.{/topic_field} within {/window}", Type: sdk.String, List: true, Purpose: purposeTopic},
		sdk.Read{Path: "deals.{/reason_field} where lost within {/window}", Type: sdk.String, List: true, Purpose: purposeReason},
		sdk.Read{Path: "deals.{/reason_field} where open", Type: sdk.String, List: true, Purpose: purposeReason},
		sdk.Read{Path: "{/judgement_field}", Purpose: purposeJudgement},
		sdk.Read{Path: "employees", Type: sdk.Integer, Purpose: "Size, a criterion of the fit."},
		sdk.Read{Path: "count(activities) where kind = quote within {/window}", Type: sdk.Integer, Purpose: "Quotes, a criterion of the fit."},
		sdk.Read{Path: "count(activities) where kind = meeting within {/window}", Type: sdk.Integer, Purpose: "Meetings, a criterion of the fit."},
		sdk.Read{Path: "*", Purpose: "The configuration says which fields and measures are criteria of the fit; an administrator grants them."})
}

func (cfg *config) standard() []sdk.Read {
	within := " within " + cfg.Window
	return []sdk.Read{
		{Path: "activities.kind" + within, Type: sdk.String, List: true, Purpose: purposeKind},
		{Path: "activities.occurred_at" + within, Type: sdk.Time, List: true, Purpose: purposeAt},
		{Path: "activities.status" + within, Type: sdk.String, List: true, Purpose: purposeStatus},
		{Path: "activities.amount" + within, Type: sdk.Money, List: true, Purpose: purposeAmount},
		{Path: "deals.closed_at where lost" + within, Type: sdk.Time, List: true, Purpose: purposeLost},
		{Path: "deals.created_at where open", Type: sdk.Time, List: true, Purpose: purposeOpen},
		{Path: "deals.closed_at where open", Type: sdk.Time, List: true, Purpose: purposeExpected},
		{Path: "last(deals.closed_at) where won", Type: sdk.Time, Purpose: purposeWon},
	}
}

// reads chooses the columns, after the fields that the connection has.
func (cfg *config) reads(run sdk.Run, cat sdk.Catalogue, found *sdk.Diagnostics) []sdk.Read {
	cfg.sheet = scoring.NewSheet(run, cat, cfg.Window, scoring.Skip)
	all := cfg.sheet.Columns
	add := func(path string, kind sdk.Type, purpose string) int {
		return all.Add(sdk.Read{Path: path, Type: kind, List: true, Purpose: purpose})
	}
	at := map[string]int{}
	for _, r := range cfg.standard() {
		at[r.Purpose] = all.Add(r)
	}
	cfg.columns = columns{kind: at[purposeKind], at: at[purposeAt], status: at[purposeStatus], amount: at[purposeAmount], lostAt: at[purposeLost],
		openSince: at[purposeOpen], expected: at[purposeExpected], won: at[purposeWon], direction: -1, topic: -1, lostReason: -1, openReason: -1}
	c := &cfg.columns
	if field(cat, "activities.", cfg.Direction, "direction", "/direction_field", true, found) {
		c.direction = add("activities."+cfg.Direction+" within "+cfg.Window, sdk.String, purposeDirection)
	}
	if field(cat, "activities.", cfg.TopicField, "topic", "/topic_field", true, found) {
		c.topic = add("activities."+cfg.TopicField+" within "+cfg.Window, sdk.String, purposeTopic)
	}
	if field(cat, "deals.", cfg.ReasonField, "lost_reason", "/reason_field", true, found) {
		c.lostReason = add("deals."+cfg.ReasonField+" where lost within "+cfg.Window, sdk.String, purposeReason)
		c.openReason = add("deals."+cfg.ReasonField+" where open", sdk.String, purposeReason)
	}
	cfg.criteria(cat, found)
	return all.Reads()
}

// field reports whether a field is to be read: one that the connection has. What the administrator named and is not there,
// or is no text where one is needed, is a fault; a default that is not there is not read.
func field(cat sdk.Catalogue, of, name, usual, pointer string, text bool, found *sdk.Diagnostics) bool {
	if name == "" {
		return false
	}
	f, known := cat.Lookup(of + name)
	switch {
	case known && text && f.Type != sdk.String:
		found.Errorf(pointer, "field_type", "the field %s%s is no text", of, name)
		return false
	case !known && name != usual && len(cat.Fields()) > 0:
		found.Errorf(pointer, "unknown_field", "there is no field %s%s: map it in the connection first", of, name)
		return false
	}
	return known || name != usual
}

var judgementWords = map[string]float64{"high": 100, "medium": 50, "low": 0, "High": 100, "Medium": 50, "Low": 0, "高": 100, "中": 50, "低": 0}

// criteria are those of the fit, and the judgement.
func (cfg *config) criteria(cat sdk.Catalogue, found *sdk.Diagnostics) {
	number := func(v float64) *float64 { return &v }
	list := cfg.Fit
	if len(list) == 0 {
		if _, known := cat.Lookup("employees"); known {
			list = append(list, scoring.Criterion{Name: "employees", Of: "employees", Weight: 2, Scale: "range", From: number(0), To: number(500)})
		}
		list = append(list,
			scoring.Criterion{Name: "quotes", Of: "count(activities) where kind = quote", Weight: 1, Scale: "range", From: number(0), To: number(2)},
			scoring.Criterion{Name: "meetings", Of: "count(activities) where kind = meeting", Weight: 1, Scale: "range", From: number(0), To: number(3)})
	}
	cfg.judging = field(cat, "", cfg.JudgementOf, "judgement", "/judgement_field", false, found)
	if cfg.judging {
		judgement := scoring.Criterion{Name: "judgement", Of: cfg.JudgementOf, Weight: 3, Scale: "range", From: number(1), To: number(cfg.JudgementBest)}
		if f, _ := cat.Lookup(cfg.JudgementOf); f.Type == sdk.String {
			judgement = scoring.Criterion{Name: "judgement", Of: cfg.JudgementOf, Weight: 3, Points: map[string]float64{}}
			for word, points := range judgementWords {
				if len(f.Options) == 0 || slices.Contains(f.Options, word) {
					judgement.Points[word] = points
				}
			}
			if len(judgement.Points) == 0 {
				found.Errorf("/judgement_field", "words", "the field %s has none of the words high, medium, low", cfg.JudgementOf)
			}
		}
		cfg.judged = cfg.sheet.Group("/judgement_field", []scoring.Criterion{judgement}, found)
		if cfg.Judgement == "counts" {
			list = append(list[:len(list):len(list)], judgement)
		}
	}
	cfg.fitted = cfg.sheet.Group("/fit", list, found)
	if cfg.sheet.Relative() {
		found.Errorf("/fit", "relative", "a customer is judged alone here: criteria have the scale range, or points")
	}
	if !found.Failed() {
		cfg.model = cfg.sheet.Fit(scoring.State{})
	}
}
