package writeback

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// types are the types of a classifier's fields by key.
func types(c Classifier) (map[string]crm.Type, error) {
	specs, err := Specs(c, "taxon_", "en")
	out := map[string]crm.Type{}
	for _, s := range specs {
		out[s.Key] = s.Type
	}
	return out, err
}

func TestFieldsAreNamedAfterClassifierAndPart(t *testing.T) {
	c := abc()
	c.Parts = []string{PartReason, "score", PartSince, PartClassifiedAt, PartHandling}
	types, err := types(c)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]crm.Type{"taxon_abc": crm.Text, "taxon_abc_score": crm.Number, "taxon_abc_reason": crm.Text,
		"taxon_abc_since": crm.Date, "taxon_abc_classified_at": crm.Date, "taxon_abc_handling": crm.Text}
	if !maps.Equal(types, want) {
		t.Errorf("the fields are %v", types)
	}
}

func TestMainTagIsTheOneWithoutKeyElseTheFirstClass(t *testing.T) {
	text, number := pb.ValueType_VALUE_TYPE_TEXT, pb.ValueType_VALUE_TYPE_NUMBER
	options := []*pb.TagOption{{Code: "yes"}}
	for want, tags := range map[string][]*pb.TagDefinition{
		"taxon_x":      {{Key: "score", Type: number}, {Key: "", Type: text, Options: options}},
		"taxon_x_vip":  {{Key: "score", Type: number}, {Key: "vip", Type: text, Options: options}, {Key: "other", Type: text, Options: options}},
		"taxon_x_clv":  {{Key: "clv", Type: number}, {Key: "alive", Type: number}},
		"taxon_x_only": {{Key: "only", Type: text}},
	} {
		c := Classifier{Name: "x", Tags: tags}
		c.Parts = []string{client.MainTag(c.Tags)} // naming it again changes nothing
		types, err := types(c)
		if err != nil || !slices.Equal(slices.Collect(maps.Keys(types)), []string{want}) {
			t.Errorf("expected the field %s: %v, %v", want, types, err)
		}
	}
}

func TestPartsThatCannotBeWrittenAreRefused(t *testing.T) {
	clash := abc()
	clash.Tags = append(clash.Tags, &pb.TagDefinition{Key: PartReason, Type: pb.ValueType_VALUE_TYPE_TEXT})
	for message, c := range map[string]Classifier{
		"has no tag nonsense":          {Name: "abc", Tags: abc().Tags, Parts: []string{"nonsense"}},
		"is named twice":               {Name: "abc", Tags: abc().Tags, Parts: []string{PartReason, PartReason}},
		"score of the classifier":      {Name: "abc", Tags: abc().Tags, Parts: []string{"score", "score"}},
		"the name of a part of every":  {Name: "abc", Tags: clash.Tags, Parts: []string{PartReason}},
		"the classifier abc has no ta": {Name: "abc"},
	} {
		_, err := types(c)
		expectCode(t, err, crm.CodeConfig)
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("the message is %v, expected …%s…", err, message)
		}
	}
}

func TestGuardOfAQuantityCountsOnlyWhatIsTakenAway(t *testing.T) {
	w := newWorld(t, crm.Company)
	ids := w.companies(10)
	w.classifiers[0].Tags = []*pb.TagDefinition{{Type: pb.ValueType_VALUE_TYPE_NUMBER, Label: words("Lifetime value", "")}}
	w.classifiers[0].Guard = DefaultGuard
	w.pull()
	w.tag("abc", "10", ids...)
	w.apply(w.plan())
	w.tag("abc", "11.5", ids...)
	p := w.plan()
	if s := p.Summary.Classifiers["abc"]; s.Changed != 10 || s.Before != nil || s.Moves != nil {
		t.Errorf("the summary is %+v", s)
	}
	w.must(p.Guard(0))
	w.apply(p)
	w.must(w.conn.DeleteTags(w.ctx, "abc", ids[:3]))
	expectCode(t, w.plan().Guard(0), crm.CodeGuard)
}

func TestLongReasonsAreShortened(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{{"short", 5, "short"}, {"longer", 5, "long…"}, {"关键客户类别", 4, "关键客…"}, {"", 5, ""}} {
		if got := shorten(c.in, c.n); got != c.want {
			t.Errorf("%q became %q, expected %q", c.in, got, c.want)
		}
	}
}

func TestTextsFallBackToEnglish(t *testing.T) {
	by := map[string]string{"en": "class", "zh-Hans": "类别"}
	for language, want := range map[string]string{"zh-Hans": "类别", "zh-Hans-CN": "类别", "zh-Hant": "class", "de": "class", "": "class"} {
		if got := word(by, language); got != want {
			t.Errorf("in %q it is %q, expected %q", language, got, want)
		}
	}
}
