package tree

import (
	"fmt"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/feature"
	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

const (
	keep    = "keep"
	predict = "predict"
)

type config struct {
	Target   string        `json:"target" schema:"required,minLength=1" doc:"What people have said: a field such as customer_grade, or another classifier's class such as tags.satisfaction."`
	Window   string        `json:"window" schema:"default=730d,examples=365d|24m|all,pattern=^([1-9][0-9]{0,4}[dwmy]|all)$" doc:"How far back features without a window of their own look from the as-of day."`
	Features []featureSpec `json:"features" schema:"maxItems=32" doc:"What may decide. Default: days since the last purchase, number and value of purchases, days since the first, number of activities. Nothing that follows from the target!"`
	Classes  []classSpec   `json:"classes" schema:"maxItems=30" doc:"Codes and names for the target's values, best first. Default: the values themselves, the most frequent first."`
	Ignore   []string      `json:"ignore" schema:"maxItems=50" default:"[\"unclassified\", \"unknown\", \"uncertain\"]" doc:"Values of the target that say nothing: such customers count as not classified yet."`
	Labelled string        `json:"labelled" schema:"default=keep,enum=keep|predict" doc:"Customers that people have classified: keep that class, or say what the tree would."`

	Depth     int     `json:"depth" schema:"minimum=1,maximum=6,default=4" doc:"Most conditions of a rule."`
	Leaf      int     `json:"min_leaf" schema:"minimum=1,maximum=100000,default=20" doc:"Customers that a rule must rest on."`
	LeafShare float64 `json:"min_leaf_share" schema:"minimum=0,maximum=25,default=2" doc:"The same in per cent of those learned from; the larger of the two holds."`
	Folds     int     `json:"folds" schema:"minimum=2,maximum=20,default=10" doc:"Folds of the cross-validation."`

	MinLabelled int     `json:"min_labelled" schema:"minimum=2,maximum=1000000,default=100" doc:"Classified customers below which nothing is learned."`
	MinClass    int     `json:"min_class" schema:"minimum=1,maximum=100000,default=10" doc:"Customers of a class below which it is left out of learning."`
	MinQuality  float64 `json:"min_quality" schema:"minimum=0,maximum=100,default=20" doc:"Per cent of the mistakes of always naming the largest class that the tree must avoid in cross-validation; with less it is refused."`
	MinAccuracy float64 `json:"min_accuracy" schema:"minimum=0,maximum=100,default=0" doc:"Per cent of customers for whom it must be right in cross-validation, beside that."`
	MinPurity   float64 `json:"min_purity" schema:"minimum=0,maximum=100,default=60" doc:"Per cent of a rule's customers that must be of its class; with less the customer is uncertain."`
	Sample      int     `json:"sample" schema:"minimum=100,maximum=50000,default=10000" doc:"Most classified customers that are learned from."`

	// What Configure prepares.
	features   []feature.Feature
	translated bool // conditions are other words in other languages
	target     feature.Feature
	order      []string // the field's own options, in its order
}

type featureSpec struct {
	Name    string `json:"name" schema:"required,examples=purchases|days_open,pattern=^[a-z][a-z0-9_]{0,30}$" doc:"A short name, as it stands in rules."`
	Measure string `json:"measure" schema:"required,minLength=1" doc:"A measure, a field, or another classifier's tag. A date counts as days before the as-of day."`
}

type classSpec struct {
	Value    string `json:"value" schema:"required,minLength=1" doc:"The target's value."`
	Code     string `json:"code" schema:"required,examples=A|gold|top_10,pattern=^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$" doc:"Stable code of the class."`
	Label    string `json:"label" schema:"maxLength=80" doc:"What people read. Default: the value."`
	Handling string `json:"handling" schema:"maxLength=400" doc:"Recommended handling of such customers."`
}

func configure(_ sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	var columns reading.Columns
	cfg.readTarget(cat, &columns, &found)
	standard := map[string]sdk.Text{}
	if len(cfg.Features) == 0 {
		for _, s := range feature.Standard() {
			cfg.Features = append(cfg.Features, featureSpec{Name: s.Name, Measure: s.Measure})
			standard[s.Name] = sdk.Text{En: s.Name, ZhHans: s.Label.ZhHans, ZhHant: s.Label.ZhHant}
		}
	}
	cfg.features = nil
	seen := map[string]bool{}
	source, isTag := strings.CutPrefix(cfg.target.Input.Path, "tags.")
	for i, s := range cfg.Features {
		at := fmt.Sprintf("/features/%d", i)
		if seen[s.Name] {
			found.Errorf(at+"/name", "twice", "there are two features %s", s.Name)
		}
		seen[s.Name] = true
		in, message := reading.Parse(s.Measure, cfg.Window, cat)
		switch {
		case message != "":
			found.Errorf(at+"/measure", "measure", "%s", message)
			continue
		case in.Path == cfg.target.Input.Path, isTag && strings.HasPrefix(in.Path, "tags."+source+"."):
			found.Errorf(at+"/measure", "leak", "%s says what the target says: the tree would repeat it", in.Path)
			continue
		}
		label, known := standard[s.Name]
		if !known {
			label = wording.Same(s.Name)
		}
		cfg.translated = cfg.translated || known || in.Type == sdk.Boolean
		cfg.features = append(cfg.features, feature.Feature{Name: s.Name, Label: label, Input: in, Column: columns.Add(in.Read("May decide the class."))})
	}
	codes, values := map[string]bool{uncertain.Code: true, "unclassified": true}, map[string]bool{}
	for i, c := range cfg.Classes {
		if codes[c.Code] {
			found.Errorf(fmt.Sprintf("/classes/%d/code", i), "twice", "the code %s is taken", c.Code)
		}
		if values[c.Value] {
			found.Errorf(fmt.Sprintf("/classes/%d/value", i), "twice", "the value %q has two classes", c.Value)
		}
		if len(cfg.order) > 0 && !slices.Contains(cfg.order, c.Value) {
			found.Warnf(fmt.Sprintf("/classes/%d/value", i), "unknown_value", "%s has no option %q", cfg.target.Input.Path, c.Value)
		}
		codes[c.Code], values[c.Value] = true, true
	}
	return sdk.Effective{Reads: columns.Reads()}, found
}

func (cfg *config) readTarget(cat sdk.Catalogue, columns *reading.Columns, found *sdk.Diagnostics) {
	in, message := reading.Parse(cfg.Target, cfg.Window, cat)
	if len(cat.Fields()) == 0 && in.Aggregate == "" {
		in.Type = sdk.String // nothing is known of the field
	}
	switch {
	case message != "":
		found.Errorf("/target", "target", "%s", message)
		return
	case in.Aggregate != "":
		found.Errorf("/target", "target", "the target is a field that people fill or another classifier's class, not a measure")
		return
	case in.Type != sdk.String && in.Type != sdk.Boolean && in.Type != sdk.Integer:
		found.Errorf("/target", "type", "%s has no classes: a target is a text, a whole number or yes/no", in.Path)
		return
	}
	cfg.order = in.Options
	cfg.target = feature.Feature{Name: "target", Input: in, Column: columns.Add(sdk.Read{Path: in.Path, Type: in.Type, Purpose: "The class that is learned, as people have set it."})}
}

// name is what people read of a value: the label of its class.
func (cfg *config) name(value string) string {
	if c, ok := cfg.class(value); ok && c.Label != "" {
		return c.Label
	}
	return value
}

// class is the specification of a value of the target.
func (cfg *config) class(value string) (classSpec, bool) {
	for _, c := range cfg.Classes {
		if c.Value == value {
			return c, true
		}
	}
	return classSpec{}, false
}
