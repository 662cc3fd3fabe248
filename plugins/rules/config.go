package rules

import (
	"math"
	"regexp"
	"strconv"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// Config is the configuration of a custom classifier.
type Config struct {
	Match   string            `json:"match" schema:"enum=first|all,default=first" doc:"Whether the first rule that applies decides, or all that apply do, an earlier one winning where two set the same tag."`
	Inputs  map[string]string `json:"inputs" doc:"Names for measures, list columns and tags: revenue: sum(deals.amount) where won within 365d."`
	Tags    []Tag             `json:"tags" schema:"maxItems=50" doc:"The tags that rules may set."`
	Rules   []Rule            `json:"rules" schema:"maxItems=500" doc:"The rules in order."`
	Default any               `json:"default" doc:"What holds where no rule applies, written as a rule's tag; without it such customers are unclassified."`

	tags    map[string]*Tag
	rules   []rule
	decided settings // of Default
	inputs  *inputs
}

// Tag declares a tag.
type Tag struct {
	Key     string   `json:"key" schema:"maxLength=40,pattern=^([a-z][a-z0-9_]*)?$" doc:"Empty for the main tag."`
	Type    string   `json:"type" schema:"enum=class|text|integer|number|boolean,default=class" doc:"A class has options; the main tag is one."`
	Label   Label    `json:"label" doc:"Name of the field."`
	Options []Option `json:"options" schema:"maxItems=200" doc:"The codes of a class, best first."`
}

// Option is a code of a class.
type Option struct {
	Code     string `json:"code" schema:"required,maxLength=64,pattern=^[A-Za-z0-9][A-Za-z0-9_.-]*$" doc:"Stable code."`
	Label    Label  `json:"label" doc:"Name of the class."`
	Rank     int    `json:"rank" schema:"minimum=0" doc:"1 is best; default: the place in the list."`
	Handling Label  `json:"handling" doc:"Recommended handling."`
}

// Rule gives tags to customers for whom a condition holds.
type Rule struct {
	Name    string `json:"name" schema:"maxLength=80" doc:"Name in reasons; default: rule and its number."`
	When    string `json:"when" schema:"required,minLength=1,maxLength=4000" doc:"Condition in CEL."`
	Tag     any    `json:"tag" schema:"required" doc:"A code of the main tag, or an object of tag keys and values, the main tag under the key of no letters."`
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

// settings are those of a rule, the main tag first, the others in the order of their declaration.
type settings []setting

// types of tags for the SDK.
var types = map[string]sdk.Type{"class": sdk.String, "text": sdk.String, "integer": sdk.Integer, "number": sdk.Number, "boolean": sdk.Boolean}

// declare checks the declared tags and answers them for the SDK.
func (c *Config) declare(found *sdk.Diagnostics) []sdk.Tag {
	c.tags = map[string]*Tag{}
	var list []sdk.Tag
	for i := range c.Tags {
		t := &c.Tags[i]
		pointer := "/tags/" + strconv.Itoa(i)
		if c.tags[t.Key] != nil {
			found.Errorf(pointer+"/key", "twice", "the tag %q is declared twice", t.Key)
		}
		c.tags[t.Key] = t
		tag := sdk.Tag{Key: t.Key, Type: types[t.Type]}
		switch {
		case t.Type == "class" && len(t.Options) == 0:
			found.Errorf(pointer+"/options", "options", "a class needs options")
		case t.Type != "class" && len(t.Options) > 0:
			found.Errorf(pointer+"/options", "options", "only a class has options")
		case t.Type != "class" && t.Key == "":
			found.Errorf(pointer+"/type", "main", "the main tag is a class")
		case t.Type == "class":
			tag = sdk.Class(t.Key, t.options(pointer, found)...)
		}
		list = append(list, tag.Labelled(t.Label.text()))
	}
	if c.tags[""] == nil {
		found.Errorf("/tags", "main", "the main tag is missing: declare a tag with options and without a key")
	}
	return list
}

func (t *Tag) options(pointer string, found *sdk.Diagnostics) []sdk.Option {
	var list []sdk.Option
	seen := map[string]bool{protocol.Unclassified: true}
	for j, o := range t.Options {
		if seen[o.Code] {
			found.Errorf(pointer+"/options/"+strconv.Itoa(j)+"/code", "twice", "the code %q is there twice, or is one that every class has", o.Code)
		}
		seen[o.Code] = true
		list = append(list, sdk.Option{Code: o.Code, Label: o.Label.text(), Rank: o.Rank, Handling: o.Handling.text()})
	}
	return list
}

// read reads what a rule or the default sets.
func (c *Config) read(tag any, pointer string, found *sdk.Diagnostics) settings {
	object, several := tag.(map[string]any)
	if !several {
		object = map[string]any{"": tag}
	}
	var list settings
	for i := range c.Tags {
		t := &c.Tags[i]
		value, set := object[t.Key]
		if !set || c.tags[t.Key] != t {
			continue
		}
		at := pointer
		if several {
			at += "/" + escape(t.Key)
		}
		if checked, ok := t.value(value, at, found); ok {
			list = append(list, setting{t.Key, checked})
		}
	}
	for _, key := range sortedKeys(object) {
		if c.tags[key] == nil && (several || c.tags[""] != nil) {
			found.Errorf(pointer+"/"+escape(key), "unknown_tag", "the tag %q is not declared%s", key, didYouMean(key, sortedKeys(c.tags)))
		}
	}
	if len(object) == 0 {
		found.Errorf(pointer, "empty", "at least one tag must be set")
	}
	return list
}

// value checks a value against the declaration and turns whole numbers into integers.
func (t *Tag) value(value any, pointer string, found *sdk.Diagnostics) (any, bool) {
	switch v := value.(type) {
	case string:
		if t.Type == "text" {
			return v, true
		}
		if t.Type == "class" {
			var codes []string
			for _, o := range t.Options {
				if o.Code == v {
					return v, true
				}
				codes = append(codes, o.Code)
			}
			found.Errorf(pointer, "unknown_code", "the tag has no code %q%s", v, didYouMean(v, codes))
			return nil, false
		}
	case bool:
		if t.Type == "boolean" {
			return v, true
		}
	case float64:
		if t.Type == "number" {
			return v, true
		}
		if t.Type == "integer" && v == math.Trunc(v) && math.Abs(v) <= 1<<53 {
			return int64(v), true
		}
	}
	found.Errorf(pointer, "type", "the value does not have the tag's type, %s", t.Type)
	return nil, false
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
