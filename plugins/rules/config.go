package rules

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// Config is the configuration of a custom classifier.
type Config struct {
	Match   string            `json:"match" schema:"enum=first|all,default=first" doc:"Whether the first rule that applies decides, or all that apply do, an earlier one winning where two set the same tag."`
	Inputs  map[string]string `json:"inputs" doc:"Names for measures, list columns and tags: revenue: sum(deals.amount) where won within 365d."`
	Label   Label             `json:"label" doc:"Name of the class, by language."`
	Options []Option          `json:"options" schema:"maxItems=200" doc:"The codes of the class, best first."`
	Rules   []Rule            `json:"rules" schema:"maxItems=500" doc:"The rules in order."`
	Default any               `json:"default" doc:"What holds where no rule applies, written as a rule's tag; without it such customers are unclassified."`

	rules   []rule
	read    []*input // by any rule, in their order; some twice
	decided settings // of Default
	inputs  *inputs
}

// Option is a code of the class.
type Option struct {
	Code     string `json:"code" schema:"required,maxLength=64,examples=A|gold|top_10,pattern=^[A-Za-z0-9][A-Za-z0-9_.-]*$" doc:"Stable code."`
	Label    Label  `json:"label" doc:"Name of the class."`
	Rank     int    `json:"rank" schema:"minimum=0" doc:"1 is best; default: the place in the list."`
	Handling Label  `json:"handling" doc:"Recommended handling."`
}

// Rule gives tags to customers for whom a condition holds.
type Rule struct {
	Name    string `json:"name" schema:"maxLength=80" doc:"Name in reasons; default: rule and its number."`
	When    string `json:"when" schema:"required,minLength=1,maxLength=4000" doc:"Condition in CEL."`
	Tag     any    `json:"tag" schema:"required" doc:"A code of the class, or an object: class, score (a number), note (a text), flag (true or false)."`
	Because any    `json:"because" doc:"The reason in words, or an object of them by language (en, zh_hans, zh_hant)."`
}

// Label is a text by language.
type Label struct {
	En     string `json:"en" doc:"English."`
	ZhHans string `json:"zh_hans" doc:"Simplified Chinese."`
	ZhHant string `json:"zh_hant" doc:"Traditional Chinese."`
}

// text is the label for the SDK, with English from another language where it is missing.
func (l Label) text() sdk.Text {
	for _, other := range []string{l.ZhHans, l.ZhHant} {
		if l.En == "" {
			l.En = other
		}
	}
	return sdk.Text{En: l.En, ZhHans: l.ZhHans, ZhHant: l.ZhHant}
}

// setting is one tag that a rule sets.
type setting struct {
	key   string
	value any
}

// settings are those of a rule, in the order of extras, the class first.
type settings []setting

// classWord is what the main tag, which has no key, is called in a rule.
const classWord = "class"

// extras are the tags beside the class. Whoever needs more classes makes more classifiers.
var extras = []sdk.Tag{
	sdk.Score("score").Labelled(sdk.Text{En: "Score of the rule", ZhHans: "规则得分", ZhHant: "規則得分"}).Described("A number that rules give."),
	sdk.TextTag("note").Labelled(sdk.Text{En: "Note of the rule", ZhHans: "规则备注", ZhHant: "規則備註"}).Described("A text that rules give."),
	sdk.BooleanTag("flag").Labelled(sdk.Text{En: "Flag of the rule", ZhHans: "规则标记", ZhHant: "規則標記"}).Described("True or false, as rules give it."),
}

// mainTag is the class.
func (c *Config) mainTag(found *sdk.Diagnostics) sdk.Tag {
	var list []sdk.Option
	seen := map[string]bool{protocol.Unclassified: true}
	for i, o := range c.Options {
		if seen[o.Code] {
			found.Errorf("/options/"+strconv.Itoa(i)+"/code", "twice", "the code %q is there twice, or is one that every class has", o.Code)
		}
		seen[o.Code] = true
		list = append(list, sdk.Option{Code: o.Code, Label: o.Label.text(), Rank: o.Rank, Handling: o.Handling.text()})
	}
	if len(list) == 0 {
		found.Errorf("/options", "options", "the codes of the class are missing: declare at least one option")
	}
	tag := sdk.Class("", list...)
	if label := c.Label.text(); label != (sdk.Text{}) {
		tag = tag.Labelled(label)
	}
	return tag
}

// tags are the class and those extras that a rule or the default sets.
func (c *Config) tags(main sdk.Tag) []sdk.Tag {
	used := map[string]bool{}
	for _, s := range c.decided {
		used[s.key] = true
	}
	for _, r := range c.rules {
		for _, s := range r.settings {
			used[s.key] = true
		}
	}
	list := []sdk.Tag{main}
	for _, extra := range extras {
		if used[extra.Key] {
			list = append(list, extra)
		}
	}
	return list
}

// settings reads what a rule or the default sets.
func (c *Config) settings(tag any, pointer string, found *sdk.Diagnostics) settings {
	object, several := tag.(map[string]any)
	if !several {
		return c.class(tag, pointer, found)
	}
	var list settings
	known := []string{classWord}
	if value, set := object[classWord]; set {
		list = c.class(value, pointer+"/"+classWord, found)
	}
	for _, extra := range extras {
		known = append(known, extra.Key)
		value, set := object[extra.Key]
		if !set {
			continue
		}
		switch value.(type) {
		case float64:
			set = extra.Type == sdk.Number
		case string:
			set = extra.Type == sdk.String
		case bool:
			set = extra.Type == sdk.Boolean
		default:
			set = false
		}
		if !set {
			found.Errorf(pointer+"/"+extra.Key, "type", "the value of %s must be a %s", extra.Key, words[extra.Type])
		}
		list = append(list, setting{extra.Key, value})
	}
	for _, key := range sortedKeys(object) {
		if !slices.Contains(known, key) {
			found.Errorf(pointer+"/"+escape(key), "unknown_tag", "there is no tag %q, only %s%s", key, strings.Join(known, ", "), didYouMean(key, known))
		}
	}
	if len(object) == 0 {
		found.Errorf(pointer, "empty", "at least one tag must be set")
	}
	return list
}

// words name types in messages.
var words = map[sdk.Type]string{sdk.String: "text", sdk.Number: "number", sdk.Boolean: "yes or no (true or false)"}

// class checks a code of the class.
func (c *Config) class(value any, pointer string, found *sdk.Diagnostics) settings {
	code, ok := value.(string)
	if !ok {
		found.Errorf(pointer, "type", "this must be a code of the class, or an object of tags")
		return nil
	}
	var codes []string
	for _, o := range c.Options {
		codes = append(codes, o.Code)
	}
	if !slices.Contains(codes, code) {
		found.Errorf(pointer, "unknown_code", "the class has no code %q%s", code, didYouMean(code, codes))
	}
	return settings{{"", code}}
}

// reasonOf reads the reason of a rule.
func reasonOf(because any, pointer string, found *sdk.Diagnostics) sdk.Text {
	switch b := because.(type) {
	case nil:
		return sdk.Text{}
	case string:
		return sdk.Text{En: b, ZhHans: b, ZhHant: b}
	case map[string]any:
		var label Label
		for _, key := range sortedKeys(b) {
			text, ok := b[key].(string)
			into, known := map[string]*string{"en": &label.En, "zh_hans": &label.ZhHans, "zh_hant": &label.ZhHant}[key]
			if !ok || !known {
				found.Errorf(pointer+"/"+escape(key), "language", "the languages are en, zh_hans and zh_hant, each with a text")
				continue
			}
			*into = text
		}
		text := label.text()
		for _, in := range []*string{&text.ZhHans, &text.ZhHant} {
			if *in == "" {
				*in = text.En
			}
		}
		return text
	}
	found.Errorf(pointer, "type", "this must be a text, or an object of texts by language")
	return sdk.Text{}
}

// identifier is the form of names in conditions.
var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
