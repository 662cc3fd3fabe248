package satisfaction

import (
	"cmp"
	"fmt"

	"github.com/taxonhq/taxon/sdk"
)

// How the answers of one person become one.
const (
	useLatest  = "latest"
	useAverage = "average"
	useEach    = "each"
)

// Config is the configuration of a satisfaction classifier.
type Config struct {
	Kind      string `json:"kind" schema:"enum=nps|csat|ces,default=nps" doc:"What was asked: likelihood to recommend, satisfaction, or ease."`
	Source    string `json:"source" schema:"enum=surveys|fields,default=surveys" doc:"Where answers are: survey activities, or a field of the customer's people."`
	Scale     Scale  `json:"scale" doc:"The scale of the answers; default 0 to 10 for nps, 1 to 5 for csat, 1 to 7 for ces, high is good."`
	Decimals  string `json:"decimals" schema:"enum=reject|floor,default=reject" doc:"What becomes of an answer between two marks: it is left out, or the worse mark counts."`
	Use       string `json:"use" schema:"enum=latest|average|each,default=latest" doc:"Which answers of a person count: the latest, the mean of all, or each as if it were a person's only one."`
	Window    string `json:"window" schema:"default=365d,examples=365d|24m|all,pattern=^([1-9][0-9]{0,4}[dwmy]|all)$" doc:"How far back answers count: 365d, 12m, 1y, all."`
	Minimum   int64  `json:"minimum_answers" schema:"minimum=0,default=1" doc:"Valid answers below which a customer is unclassified."`
	Statistic string `json:"statistic" schema:"enum=auto|net|share|mean|effort_index,default=auto" doc:"What the tag index holds: best less worst in percent (auto for nps), percent in the best class (auto for csat and ces), the mean, or the effort index."`

	MatchScale  bool   `json:"match_scale" schema:"default=true" doc:"Of survey activities only those count whose scale is the kind; set to false where the CRM does not say."`
	PersonField string `json:"person_field" doc:"Field of survey activities that says who answered."`

	ScoreField         string `json:"score_field" doc:"Field of people that holds the answer; default nps_score, csat_score or ces_score."`
	DateField          string `json:"date_field" doc:"Field of people that says when they answered; without it answers of any age count."`
	DecisionMakerField string `json:"decision_maker_field" schema:"default=decision_maker" doc:"Field of people that is true for decision makers; empty for none."`
	Weight             int64  `json:"decision_maker_weight" schema:"minimum=1,maximum=1000,default=2" doc:"Weight of a decision maker where others weigh 1."`
	Veto               bool   `json:"decision_maker_veto" schema:"default=true" doc:"Whether a decision maker in the worst class puts the account there."`

	scale   scale
	columns columns
}

// Scale is a survey's scale.
type Scale struct {
	Min       float64  `json:"min" doc:"The lowest answer."`
	Max       float64  `json:"max" doc:"The highest answer; 0 for the usual scale of the kind."`
	Direction string   `json:"direction" schema:"enum=high|low,default=high" doc:"Which end is good."`
	BestFrom  *float64 `json:"best_from,omitempty" doc:"First mark of the best class, counted with high as good; default: above the middle."`
	WorstTo   *float64 `json:"worst_to,omitempty" doc:"Last mark of the worst class, counted with high as good; default: below the middle."`
}

// usual are the scales of the kinds.
var usual = map[string][2]float64{"nps": {0, 10}, "csat": {1, 5}, "ces": {1, 7}}

// columns are the places of the reads in a row, -1 for what is not read.
type columns struct {
	score, date, person, decides int
	whole                        bool // scores are integers
	dates                        bool // dates are days, not instants
}

// configure checks a configuration across its fields and answers its reads and tags.
func configure(_ sdk.Run, c *Config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	if c.Scale.Min == 0 && c.Scale.Max == 0 {
		c.Scale.Min, c.Scale.Max = usual[c.Kind][0], usual[c.Kind][1]
	}
	s := c.Scale
	switch {
	case s.Min >= s.Max:
		found.Errorf("/scale", "scale", "the scale ends at %v, before it begins at %v", s.Max, s.Min)
	case s.Min != float64(int64(s.Min)) || s.Max != float64(int64(s.Max)):
		found.Errorf("/scale", "scale", "the ends of the scale must be whole numbers")
	case c.Kind == "nps" && (s.Min != 0 || s.Max != 10 || s.Direction != "high" || s.BestFrom != nil || s.WorstTo != nil):
		found.Errorf("/scale", "scale", "NPS is asked from 0 to 10 and has its own cuts; for another scale use the kind csat")
	case (s.BestFrom == nil) != (s.WorstTo == nil):
		found.Errorf("/scale", "scale", "best_from and worst_to go together")
	case s.BestFrom != nil && (*s.WorstTo >= *s.BestFrom || *s.WorstTo < s.Min || *s.BestFrom > s.Max):
		found.Errorf("/scale", "scale", "worst_to must be below best_from, both on the scale")
	default:
		var err error
		if c.scale, err = newScale(*c); err != nil {
			found.Errorf("/scale", "scale", "the scale from %v to %v: %v", s.Min, s.Max, err)
		}
	}
	if c.Statistic == "effort_index" && c.Kind != "ces" {
		found.Errorf("/statistic", "statistic", "the effort index belongs to the kind ces")
	}
	reads := c.surveyReads(cat, &found)
	if c.Source == "fields" {
		reads = c.fieldReads(cat, &found)
	}
	return sdk.Effective{Reads: reads, Tags: tagsOf(c.Kind)}, found
}

// surveyReads are the columns of survey activities.
func (c *Config) surveyReads(cat sdk.Catalogue, found *sdk.Diagnostics) []sdk.Read {
	clauses := "where kind = survey"
	if c.MatchScale {
		clauses += " and scale = " + c.Kind
	}
	if c.Window != "all" {
		clauses += " within " + c.Window
	}
	c.columns = columns{score: 0, date: 1, person: -1, decides: -1}
	reads := []sdk.Read{
		{Path: "activities.score " + clauses, Type: sdk.Number, List: true, Purpose: purposeScore},
		{Path: "activities.occurred_at " + clauses, Type: sdk.Time, List: true, Purpose: purposeDate},
	}
	if c.Source == "surveys" && c.PersonField != "" {
		if field, ok := list(cat, "activities."+c.PersonField, "/person_field", found, sdk.String); ok {
			c.columns.person = len(reads)
			reads = append(reads, sdk.Read{Path: field.Path + " " + clauses, Type: sdk.String, List: true, Purpose: purposePerson})
		}
	}
	return reads
}

// fieldReads are the columns of people.
func (c *Config) fieldReads(cat sdk.Catalogue, found *sdk.Diagnostics) []sdk.Read {
	c.columns = columns{score: 0, date: -1, person: -1, decides: -1}
	c.ScoreField = cmp.Or(c.ScoreField, c.Kind+"_score")
	score, ok := list(cat, "contacts."+c.ScoreField, "/score_field", found, sdk.Integer, sdk.Number)
	if !ok {
		return nil
	}
	c.columns.whole = score.Type == sdk.Integer
	reads := []sdk.Read{{Path: score.Path, Type: score.Type, List: true, Purpose: purposeScore}}
	if c.DateField != "" {
		if date, ok := list(cat, "contacts."+c.DateField, "/date_field", found, sdk.Date, sdk.Time); ok {
			c.columns.date, c.columns.dates = len(reads), date.Type == sdk.Date
			reads = append(reads, sdk.Read{Path: date.Path, Type: date.Type, List: true, Purpose: purposeDate})
		}
	}
	if c.DecisionMakerField != "" {
		if role, ok := list(cat, "contacts."+c.DecisionMakerField, "/decision_maker_field", found, sdk.Boolean); ok {
			c.columns.decides = len(reads)
			reads = append(reads, sdk.Read{Path: role.Path, Type: sdk.Boolean, List: true, Purpose: purposeRole})
		}
	}
	return reads
}

// list finds a list column of one of the types in the catalogue.
func list(cat sdk.Catalogue, path, pointer string, found *sdk.Diagnostics, types ...sdk.Type) (sdk.CatalogueField, bool) {
	field, known := cat.Lookup(path)
	if !known || !field.List {
		found.Errorf(pointer, "unknown_field", "there is no field %s: map it in the connection first", path)
		return field, false
	}
	for _, t := range types {
		if field.Type == t {
			return field, true
		}
	}
	found.Errorf(pointer, "field_type", "the field %s has the type %s, which is no %s", path, words[field.Type], words[types[len(types)-1]])
	return field, false
}

// words name types in messages.
var words = map[sdk.Type]string{sdk.String: "text", sdk.Integer: "whole number", sdk.Number: "number", sdk.Boolean: "yes or no",
	sdk.Date: "date", sdk.Time: "time", sdk.Money: "amount"}

const (
	purposeScore  = "The answers that the class is made from."
	purposeDate   = "Leaves out answers older than the window and finds the latest."
	purposePerson = "Lets every person count once."
	purposeRole   = "Weighs decision makers more."
)

// patterns are the reads of every configuration.
func patterns() []sdk.Read {
	var reads []sdk.Read
	for _, clauses := range []string{"where kind = survey", "where kind = survey and scale = {/kind}"} {
		for _, within := range []string{"", " within {/window}"} {
			reads = append(reads,
				sdk.Read{Path: fmt.Sprintf("activities.score %s%s", clauses, within), Type: sdk.Number, List: true, Purpose: purposeScore},
				sdk.Read{Path: fmt.Sprintf("activities.occurred_at %s%s", clauses, within), Type: sdk.Time, List: true, Purpose: purposeDate},
				sdk.Read{Path: fmt.Sprintf("activities.{/person_field} %s%s", clauses, within), Type: sdk.String, List: true, Purpose: purposePerson})
		}
	}
	return append(reads,
		sdk.Read{Path: "contacts.{/score_field}", List: true, Purpose: purposeScore},
		sdk.Read{Path: "contacts.{/date_field}", List: true, Purpose: purposeDate},
		sdk.Read{Path: "contacts.{/decision_maker_field}", Type: sdk.Boolean, List: true, Purpose: purposeRole})
}
