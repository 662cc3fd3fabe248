package composite

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/plugins/internal/scoring"
	"github.com/taxonhq/taxon/sdk"
)

type config struct {
	Window   string              `json:"window" schema:"default=365d,examples=365d|24m|all,pattern=^([1-9][0-9]{0,4}[dwmy]|all)$" doc:"How far back measures without a window of their own look from the as-of day."`
	Criteria []scoring.Criterion `json:"criteria" schema:"maxItems=20" doc:"The weighted criteria of the grade."`
	Grades   []grade             `json:"grades" schema:"maxItems=10" doc:"The grades, best first, each from a score on. Default: A from 80, B from 60, C from 40, D from 0."`

	Fit            []scoring.Criterion `json:"fit" schema:"maxItems=20" doc:"Instead of criteria: how well a customer suits us, the letter of the matrix."`
	Engagement     []scoring.Criterion `json:"engagement" schema:"maxItems=20" doc:"With fit: how much it deals with us, the digit of the matrix."`
	FitCuts        []float64           `json:"fit_cuts" schema:"minItems=1,maxItems=4" default:"[70, 40]" doc:"Scores from which fit is A, B; below the last it is the next letter."`
	EngagementCuts []float64           `json:"engagement_cuts" schema:"minItems=1,maxItems=4" default:"[70, 40]" doc:"Scores from which engagement is 1, 2; below the last it is the next digit."`

	Veto             []veto  `json:"veto" schema:"maxItems=20" doc:"Rules that cap the grade."`
	Missing          string  `json:"missing" schema:"enum=skip|zero|mean,default=skip" doc:"What a criterion without data counts as: nothing (the others' weights are all), 0 points, or the mean of the customers who have it. zero makes it known: absence is an answer."`
	ProvisionalBelow float64 `json:"provisional_below" schema:"minimum=0,maximum=100,default=60" doc:"Per cent of the weight that must be known; with less the class is provisional."`
	MinCustomers     int64   `json:"min_customers" schema:"minimum=0,maximum=1000000,default=10" doc:"Customers below which nobody is graded. Not used when no criterion compares customers."`

	// What Configure prepares.
	sheet  *scoring.Sheet
	axes   []axis
	vetoes []rule
}

type grade struct {
	Code     string  `json:"code" schema:"required,examples=A|A+|gold,pattern=^[A-Za-z0-9][A-Za-z0-9_+-]{0,39}$" doc:"Stable code."`
	From     float64 `json:"from" schema:"minimum=0,maximum=100" doc:"The score from which it holds; at most two decimals."`
	Label    string  `json:"label" doc:"What people read. Default: the label of A to D, else the code in words."`
	Handling string  `json:"handling" doc:"Recommended handling."`
}

// axis is one score and its grades: the whole class, or half of a cell.
type axis struct {
	key    string // of its tag; "" for the only one
	group  scoring.Group
	grades []grade // best first, the last from 0
}

// at is the place of the grade of a score in hundredths.
func (a *axis) at(score int64) int {
	for i := range a.grades {
		if score >= hundredths(a.grades[i].From) {
			return i
		}
	}
	return len(a.grades) - 1
}

func hundredths(points float64) int64 { return int64(math.Round(points * 100)) }

func configure(run sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	cfg.sheet = scoring.NewSheet(run, cat, cfg.Window, cfg.Missing)
	matrix := len(cfg.Fit)+len(cfg.Engagement) > 0
	switch {
	case matrix && len(cfg.Criteria) > 0:
		found.Errorf("/criteria", "both", "give criteria for one grade, or fit and engagement for a matrix, not both")
	case matrix && (len(cfg.Fit) == 0 || len(cfg.Engagement) == 0):
		found.Errorf("", "required", "a matrix needs criteria of fit and of engagement")
	case matrix:
		if len(cfg.Grades) > 0 {
			found.Errorf("/grades", "unused", "the matrix has fit_cuts and engagement_cuts instead of grades")
		}
		cfg.axes = []axis{
			{key: "fit", group: cfg.sheet.Group("/fit", cfg.Fit, &found), grades: ladder(cfg.FitCuts, 'A', "/fit_cuts", &found)},
			{key: "engagement", group: cfg.sheet.Group("/engagement", cfg.Engagement, &found), grades: ladder(cfg.EngagementCuts, '1', "/engagement_cuts", &found)},
		}
	case len(cfg.Criteria) == 0:
		found.Errorf("/criteria", "required", "say what the grade is made of, or start from a preset")
	default:
		if len(cfg.Grades) == 0 {
			cfg.Grades = letters
		}
		checkGrades(cfg.Grades, &found)
		cfg.axes = []axis{{group: cfg.sheet.Group("/criteria", cfg.Criteria, &found), grades: cfg.Grades}}
	}
	if found.Failed() {
		return sdk.Effective{}, found
	}
	cfg.prepareVetoes(run, cat, &found)
	return sdk.Effective{Reads: cfg.sheet.Columns.Reads(), Tags: tags(cfg.options(), matrix)}, found
}

// ladder makes grades of descending cuts: A, B, C or 1, 2, 3.
func ladder(cuts []float64, first byte, pointer string, found *sdk.Diagnostics) []grade {
	var list []grade
	for i, cut := range append(slices.Clone(cuts), 0) {
		if i > 0 && cut >= cuts[i-1] {
			found.Errorf(pointer, "order", "the cuts must descend and stay above 0")
		}
		list = append(list, grade{Code: string(first + byte(i)), From: cut})
	}
	checkDecimals(list, pointer, "", found)
	return list
}

func checkGrades(list []grade, found *sdk.Diagnostics) {
	if len(list) < 2 {
		found.Errorf("/grades", "length", "at least two grades are needed")
		return
	}
	seen := map[string]bool{provisional.Code: true, "unclassified": true}
	for i, g := range list {
		at := "/grades/" + strconv.Itoa(i)
		if seen[g.Code] {
			found.Errorf(at+"/code", "twice", "the code %q is there twice, or is one that every class has", g.Code)
		}
		seen[g.Code] = true
		if i > 0 && g.From >= list[i-1].From {
			found.Errorf(at+"/from", "order", "the grades must descend: %v is not below %v", g.From, list[i-1].From)
		}
	}
	if last := len(list) - 1; list[last].From != 0 {
		found.Errorf("/grades/"+strconv.Itoa(last)+"/from", "range", "the last grade must be from 0, so that every score has one")
	}
	checkDecimals(list, "/grades", "/from", found)
}

// checkDecimals refuses finer bounds than scores have.
func checkDecimals(list []grade, pointer, suffix string, found *sdk.Diagnostics) {
	for i, g := range list {
		if math.Abs(g.From*100-math.Round(g.From*100)) > 1e-6 || g.From > 100 {
			found.Errorf(pointer+"/"+strconv.Itoa(i)+suffix, "range", "a bound is at most 100 and has at most two decimals, as scores have")
		}
	}
}

// veto is a rule that caps the grade, as an administrator writes it.
type veto struct {
	Name   string   `json:"name" schema:"required,minLength=1,maxLength=80" doc:"Name in the reason."`
	Of     string   `json:"of" schema:"required,minLength=1,maxLength=500" doc:"A measure, a field, or another classifier's tag."`
	Is     []string `json:"is" schema:"maxItems=50" doc:"Codes (or true, false) for which the rule holds."`
	Below  *float64 `json:"below" doc:"The rule holds for values below this one, in units of the currency, numbers, or days before the as-of day."`
	Above  *float64 `json:"above" doc:"The rule holds for values above this one."`
	AtMost string   `json:"at_most" schema:"required" doc:"The best grade that is still possible; in a matrix a letter (fit) or a digit (engagement)."`
}

// rule is a veto that is ready to be used.
type rule struct {
	veto
	column   int
	kind     sdk.Type
	unit     float64
	axis, to int // the place of the best grade that is left
}

func (cfg *config) prepareVetoes(run sdk.Run, cat sdk.Catalogue, found *sdk.Diagnostics) {
	for i, v := range cfg.Veto {
		pointer := "/veto/" + strconv.Itoa(i)
		in, message := reading.Parse(v.Of, cfg.Window, cat)
		if message != "" {
			found.Errorf(pointer+"/of", "input", "%s", message)
			continue
		}
		if len(cat.Fields()) == 0 && len(v.Is) > 0 {
			in.Type = sdk.String // nothing else is known of it
		}
		r := rule{veto: v, kind: in.Type, unit: 1, axis: -1}
		if in.Type == sdk.Money {
			r.unit = math.Pow10(run.CurrencyDigits)
		}
		coded := in.Type == sdk.String || in.Type == sdk.Boolean
		switch {
		case coded && (len(v.Is) == 0 || v.Below != nil || v.Above != nil):
			found.Errorf(pointer+"/is", "required", "%s is a class: name in is the codes for which the rule holds", v.Of)
		case !coded && (len(v.Is) > 0 || v.Below == nil && v.Above == nil):
			found.Errorf(pointer+"/below", "required", "%s is a number: say below or above which value the rule holds", v.Of)
		}
		for j, code := range v.Is {
			if len(in.Options) > 0 && !slices.Contains(in.Options, code) {
				found.Errorf(pointer+"/is/"+strconv.Itoa(j), "unknown_code", "%s has no code %q, only %s", v.Of, code, strings.Join(in.Options, ", "))
			}
		}
		for x := range cfg.axes {
			if at := slices.IndexFunc(cfg.axes[x].grades, func(g grade) bool { return g.Code == v.AtMost }); at >= 0 {
				r.axis, r.to = x, at
			}
		}
		if r.axis < 0 {
			found.Errorf(pointer+"/at_most", "unknown_code", "there is no grade %q", v.AtMost)
		} else if r.to == 0 {
			found.Warnf(pointer+"/at_most", "no_effect", "%q is the best grade, so the rule caps nothing", v.AtMost)
		}
		r.column = cfg.sheet.Columns.Add(sdk.Read{Path: in.Path, Type: in.Type, Purpose: "A veto rule: " + v.Name + "."})
		cfg.vetoes = append(cfg.vetoes, r)
	}
}

// holds reports whether the rule applies; it does not to a value that is missing.
func (v *rule) holds(run sdk.Run, r sdk.Row) bool {
	if r.Missing(v.column) {
		return false
	}
	var x float64
	switch v.kind {
	case sdk.String:
		return slices.Contains(v.Is, r.Text(v.column))
	case sdk.Boolean:
		return slices.Contains(v.Is, strconv.FormatBool(r.Bool(v.column)))
	case sdk.Number:
		x = r.Float(v.column)
	case sdk.Time:
		x = float64(run.DaysSince(r.Time(v.column)))
	case sdk.Date:
		x = float64(int64(run.Day) - int64(r.Day(v.column)))
	default:
		x = float64(r.Int(v.column)) / v.unit
	}
	return v.Below != nil && x < *v.Below || v.Above != nil && x > *v.Above
}
