package demographics

import (
	"fmt"
	"slices"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/memo"
	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/sdk"
)

// What a class, a part or a point is made from.
const (
	age        = "age"
	sex        = "sex"
	occupation = "occupation"
	group      = "group"
	risk       = "risk"
)

type config struct {
	Class string   `json:"class" schema:"enum=age|sex|occupation|group|risk,default=age" doc:"What the class says: age band, sex, occupation group, life group (occupation, else age), or risk by your points."`
	Also  []string `json:"also" schema:"maxItems=3,uniqueItems" doc:"Parts to be written beside the class: age, sex, occupation. Each needs its grant."`

	AgeField        string `json:"age_field" schema:"default=birth_date,pattern=^[a-z][a-z0-9_]{0,62}$" doc:"Field with the date of birth, or with the age in whole years."`
	SexField        string `json:"sex_field" schema:"default=sex,pattern=^[a-z][a-z0-9_]{0,62}$" doc:"Field with the sex."`
	OccupationField string `json:"occupation_field" schema:"default=occupation,pattern=^[a-z][a-z0-9_]{0,62}$" doc:"Field with the occupation."`

	Bands        []int64  `json:"bands" schema:"minItems=1,maxItems=20" default:"[18, 25, 35, 45, 55, 65]" doc:"Ages at which a new band begins, ascending."`
	MaxAge       int64    `json:"max_age" schema:"minimum=50,maximum=150,default=110" doc:"Ages above it are mistakes."`
	Placeholders []string `json:"placeholders" schema:"maxItems=20" default:"[\"1900-01-01\", \"1970-01-01\"]" doc:"Birth dates that people or programs enter where they know none."`
	YoungBelow   int64    `json:"young_below" schema:"minimum=1,maximum=150,default=30" doc:"Age below which the life group is young."`
	SeniorFrom   int64    `json:"senior_from" schema:"minimum=1,maximum=150,default=60" doc:"Age from which the life group is senior."`
	Words        []words  `json:"words" schema:"maxItems=20" doc:"More key words for sexes and occupation groups; they win over the usual ones."`

	Points   []point `json:"points" schema:"maxItems=200" doc:"For the class risk: what adds points, or takes them. There are none of the plugin's own."`
	MidFrom  int64   `json:"mid_from" schema:"minimum=-100000,maximum=100000,default=3" doc:"Points from which the risk is mid."`
	HighFrom int64   `json:"high_from" schema:"minimum=-100000,maximum=100000,default=6" doc:"Points from which the risk is high."`

	// What Configure prepares.
	columns      columns
	criteria     []criterion
	placeholders []sdk.Day
	bands        []sdk.Option
	sexes        *memo.Func[string, string]
	occupations  *memo.Func[string, string]
}

// words are more key words of a sex or an occupation group.
type words struct {
	Code  string   `json:"code" schema:"required,enum=female|male|diverse|white_collar|service_sales|blue_collar|self_employed|student|homemaker|retired|not_working" doc:"The sex or occupation group."`
	Words []string `json:"words" schema:"required,minItems=1,maxItems=500" doc:"Words in any language."`
}

// columns are the places of the reads in a row, -1 for what is not read.
type columns struct {
	age, sex, occupation int
	ageType              sdk.Type
}

// remembered bounds the memory of texts: some hundred bytes each.
const remembered = 4096

func configure(_ sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	cfg.checkAges(&found)
	cfg.learn(&found)
	needs := slices.Clone(cfg.Also)
	for i, part := range cfg.Also {
		if part != age && part != sex && part != occupation {
			found.Errorf(fmt.Sprint("/also/", i), "part", "%q is neither age, sex nor occupation", part)
		}
	}
	switch cfg.Class {
	case risk:
		if len(cfg.Points) == 0 {
			found.Warnf("/points", "no_points", "the class risk is made from points that you give; without them everybody is unclassified")
		}
		if cfg.MidFrom >= cfg.HighFrom {
			found.Errorf("/high_from", "cuts", "high_from must be above mid_from")
		}
	case group:
		needs = append(needs, cfg.ofGroup(cat, &found)...)
	default:
		needs = append(needs, cfg.Class)
		if len(cfg.Points) > 0 {
			found.Warnf("/points", "unused", "points are used for the class risk only")
		}
	}
	for _, p := range cfg.Points {
		if cfg.Class == risk && (p.Of == age || p.Of == sex || p.Of == occupation) {
			needs = append(needs, p.Of)
		}
	}
	var list reading.Columns
	cfg.columns = columns{age: -1, sex: -1, occupation: -1}
	c := &cfg.columns
	if slices.Contains(needs, age) {
		c.age, c.ageType = place(&list, cat, &found, "/age_field", cfg.AgeField, "The age on the as-of day.", sdk.Date, sdk.Time, sdk.Integer)
	}
	if slices.Contains(needs, sex) {
		c.sex, _ = place(&list, cat, &found, "/sex_field", cfg.SexField, "The sex.", sdk.String)
	}
	if slices.Contains(needs, occupation) {
		c.occupation, _ = place(&list, cat, &found, "/occupation_field", cfg.OccupationField, "The occupation.", sdk.String)
	}
	cfg.criteria = nil
	if cfg.Class == risk {
		cfg.judge(&list, cat, &found)
	}
	return sdk.Effective{Reads: list.Reads(), Tags: cfg.tags()}, found
}

// ofGroup is what a life group can be made from: of age and occupation what this classifier may read.
func (cfg *config) ofGroup(cat sdk.Catalogue, found *sdk.Diagnostics) (needs []string) {
	for part, field := range map[string]string{age: cfg.AgeField, occupation: cfg.OccupationField} {
		if _, known := cat.Lookup(field); known || len(cat.Fields()) == 0 {
			needs = append(needs, part)
		}
	}
	if len(needs) == 0 {
		found.Errorf("/class", "not_granted", "the class group needs %s or %s: map one of them in the connection, and name it under the classifier's grants", cfg.AgeField, cfg.OccupationField)
	}
	return needs
}

// place finds a field of one of the types and its column.
func place(list *reading.Columns, cat sdk.Catalogue, found *sdk.Diagnostics, pointer, field, purpose string, types ...sdk.Type) (int, sdk.Type) {
	t := types[0]
	if len(cat.Fields()) > 0 {
		f, known := cat.Lookup(field)
		switch {
		case !known:
			found.Errorf(pointer, "not_granted", "there is no field %s that this classifier may read: it is personal data, so map it in the connection and name it under the classifier's grants", field)
			return -1, t
		case f.List || !slices.Contains(types, f.Type):
			found.Errorf(pointer, "field_type", "the field %s has a type that cannot say it", field)
			return -1, t
		}
		t = f.Type
	}
	return list.Add(sdk.Read{Path: field, Type: t, Purpose: purpose}), t
}

func (cfg *config) checkAges(found *sdk.Diagnostics) {
	for i, b := range cfg.Bands {
		if b < 0 || b > cfg.MaxAge || i > 0 && b <= cfg.Bands[i-1] {
			found.Errorf(fmt.Sprint("/bands/", i), "bands", "bands begin at ascending ages between 0 and max_age")
			break
		}
	}
	if cfg.YoungBelow > cfg.SeniorFrom {
		found.Errorf("/senior_from", "ages", "senior_from must not be below young_below")
	}
	cfg.bands = bandsOf(cfg.Bands)
	cfg.placeholders = nil
	for i, text := range cfg.Placeholders {
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			found.Errorf(fmt.Sprint("/placeholders/", i), "date", "%q is no day such as 1900-01-01", text)
			continue
		}
		cfg.placeholders = append(cfg.placeholders, sdk.DayOf(day, time.UTC))
	}
}

func (cfg *config) learn(found *sdk.Diagnostics) {
	sexes, occupations := usualTables()
	for i, w := range cfg.Words {
		t := occupations
		if isSex(w.Code) {
			t = sexes
		}
		for j, text := range w.Words {
			if !t.add(text, w.Code, ownRank) {
				found.Errorf(fmt.Sprintf("/words/%d/words/%d", i, j), "word", "a key word needs letters or digits")
			}
		}
	}
	cfg.sexes, cfg.occupations = memo.New(remembered, sexes.of), memo.New(remembered, occupations.of)
}
