package sdk

import (
	"slices"
	"strings"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Tag is a definition of what a classifier gives a customer. Class, Score and their siblings make one.
type Tag struct {
	// Key is "" for the main tag, whose field is taxon_<classifier>; the others are taxon_<classifier>_<key>.
	Key         string
	Type        Type
	Options     []Option // the codes of a class, best first
	Label       Text     // default: the key in words, or the plugin's id for the main tag
	Description string
	Open        bool // Configure or the fit may add options
}

// Option is one code of a class. Codes never change; labels may.
type Option struct {
	Code        string
	Label       Text // default: the code in words
	Rank        int  // 1 is best; default: its place in the list
	Handling    Text // recommended handling of such customers
	Description string
}

// Class is a tag with one of several codes. It always has the code "unclassified" too, for customers about
// whom too little is known.
func Class(key string, options ...Option) Tag {
	list := make([]Option, 0, len(options)+1)
	list = append(list, options...)
	for _, o := range options {
		if o.Code == protocol.Unclassified {
			return Tag{Key: key, Type: String, Options: list}
		}
	}
	return Tag{Key: key, Type: String, Options: append(list, Option{
		Code:        protocol.Unclassified,
		Label:       Text{En: "Not enough data", ZhHans: "数据不足", ZhHant: "資料不足"},
		Description: "Too little is known to classify; the reason says what is missing.",
	})}
}

// Score is a tag with a number.
func Score(key string) Tag { return Tag{Key: key, Type: Number} }

// IntegerTag is a tag with a whole number.
func IntegerTag(key string) Tag { return Tag{Key: key, Type: Integer} }

// TextTag is a tag with free text.
func TextTag(key string) Tag { return Tag{Key: key, Type: String} }

// DateTag is a tag with a calendar day.
func DateTag(key string) Tag { return Tag{Key: key, Type: Date} }

// TimeTag is a tag with an instant.
func TimeTag(key string) Tag { return Tag{Key: key, Type: Time} }

// AmountTag is a tag with money of the base currency.
func AmountTag(key string) Tag { return Tag{Key: key, Type: Money} }

// BooleanTag is a tag that is true or false.
func BooleanTag(key string) Tag { return Tag{Key: key, Type: Boolean} }

// Labelled is the tag with a label.
func (t Tag) Labelled(label Text) Tag { t.Label = label; return t }

// Described is the tag with a description for the administrator.
func (t Tag) Described(description string) Tag { t.Description = description; return t }

// Opened is the tag as one to which Configure or the fit may add options.
func (t Tag) Opened() Tag { t.Open = true; return t }

// Unordered is the class as one whose options are neither better nor worse than each other, such as regions: all have
// the same rank.
func (t Tag) Unordered() Tag {
	t.Options = slices.Clone(t.Options)
	for i := range t.Options {
		t.Options[i].Rank = 1
	}
	return t
}

func (t Tag) proto(id string) *pb.TagDefinition {
	label := t.Label
	if label == (Text{}) {
		label.En = words(t.Key)
		if t.Key == "" {
			label.En = words(id)
		}
	}
	d := &pb.TagDefinition{Key: t.Key, Type: t.Type, Label: label.proto(), Description: t.Description, Open: t.Open}
	for i, o := range t.Options {
		if o.Label == (Text{}) {
			o.Label.En = words(o.Code)
		}
		if o.Rank == 0 {
			o.Rank = i + 1
		}
		d.Options = append(d.Options, &pb.TagOption{Code: o.Code, Label: o.Label.proto(), Rank: int32(o.Rank),
			Handling: o.Handling.proto(), Description: o.Description})
	}
	return d
}

func tagsProto(tags []Tag, id string) []*pb.TagDefinition {
	var list []*pb.TagDefinition
	for _, t := range tags {
		list = append(list, t.proto(id))
	}
	return list
}

// words makes "Potential loyalist" of "potential_loyalist".
func words(code string) string {
	s := strings.TrimSpace(strings.NewReplacer("_", " ", ".", " ").Replace(code))
	if s == "" {
		return code
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Reason is a definition of why a customer has a tag: a code, a sentence and its arguments.
type Reason struct {
	Code string
	Text Text // a template: {n} stands for the argument of that name
	Args []Arg
}

// Arg is an argument of a reason.
type Arg struct {
	Name string
	Type Type
}

func reasonsProto(reasons []Reason) []*pb.ReasonDefinition {
	var list []*pb.ReasonDefinition
	for _, r := range reasons {
		d := &pb.ReasonDefinition{Code: r.Code, Text: r.Text.proto()}
		for _, a := range r.Args {
			d.Arguments = append(d.Arguments, &pb.ReasonArgument{Name: a.Name, Type: a.Type})
		}
		list = append(list, d)
	}
	return list
}
