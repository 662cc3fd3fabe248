package classify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// grades is a ladder A B C D (best first) with unclassified and a class without rank.
func grades() *ladder {
	var options []*pb.TagOption
	for i, code := range []string{"A", "B", "C", "D"} {
		options = append(options, &pb.TagOption{Code: code, Rank: int32(i + 1)})
	}
	return newLadder(append(options, &pb.TagOption{Code: "unclassified", Rank: 5}, &pb.TagOption{Code: "x"}), nil)
}

// history judges one proposal for each day from day 100 on ("." is a day without a run) and answers the classes.
// A proposal may have a score: B/51. It begins with class A, taken at score 60 on day 90.
func history(t *testing.T, s Stability, l *ladder, proposals string) (classes string, last *Held) {
	t.Helper()
	now := standing{Class: "A", Since: 90, Score: "60"}
	var out []string
	for i, p := range strings.Fields(proposals) {
		if p == "." {
			out = append(out, ".")
			continue
		}
		class, score, _ := strings.Cut(p, "/")
		day := crm.Day(100 + i)
		again, _ := s.judge(l, now, class, score, day)
		now, last = s.judge(l, now, class, score, day)
		if again.Class != now.Class {
			t.Error("the same question has two answers")
		}
		if (last == nil) != (now.Class == class) || last != nil && (last.Proposed != class || last.Rule == "" || last.NotBefore != 0 && last.NotBefore <= day) {
			t.Errorf("day %d: class %s, held %+v", day, now.Class, last)
		}
		out = append(out, now.Class)
	}
	return strings.Join(out, " "), last
}

func TestRulesOfStability(t *testing.T) {
	for _, c := range []struct {
		name           string
		rules          Stability
		proposed, want string
	}{
		{"hysteresis counts days in a row", Stability{Dates: 3}, "B B A B B B", "A A A A A B"},
		{"days without a run do not count", Stability{Dates: 2}, "B . . B", "A . . B"},
		{"a blip further away confirms the nearer class only", Stability{Dates: 3}, "B C B C C C", "A A B B B C"},
		{"what alternates beyond a class does not keep the class for ever", Stability{Dates: 2}, "B C B C", "A B B B"},
		{"the further class has its own time", Stability{Dates: 3}, "B D D D D", "A A B D D"},
		{"the other direction begins anew", Stability{Dates: 2}, "C C A D A A", "A C C C C A"},
		{"a class without order must come out itself", Stability{Dates: 2}, "B x B x x", "A A A A x"},
		{"a margin lets a clear change pass", Stability{Dates: 3, Score: "s", Margin: 5}, "B/56 B/54.9 A/58 A/62", "A B B A"},
		{"a margin alone", Stability{Score: "s", Margin: 5}, "B/59 B/58 B/57 B/55 A/56 A/59 A/60", "A A A B B B A"},
		{"without a score a margin cannot speak", Stability{Score: "s", Margin: 5}, "B", "B"},
		{"without a score days count", Stability{Dates: 2, Score: "s", Margin: 5}, "B B", "A B"},
		{"minimum stay", Stability{MinimumStay: 12}, "B B B A B C", "A A B B B B"},
		{"minimum stay ends with today's class", Stability{MinimumStay: 12}, "B D C A", "A A C C"},
		{"grace for a worsening only", Stability{GracePeriod: 3}, "C C C C B", "A A A C B"},
		{"grace begins anew after a good day", Stability{GracePeriod: 2}, "B B A B B B", "A A A A A B"},
		{"grace for each degree", Stability{GracePeriod: 3}, "B B D D D D", "A A A B B D"},
		{"grace goes by days, not runs", Stability{GracePeriod: 3}, "B . . . B", "A . . . B"},
		{"one step a day", Stability{OneStep: true}, "D D D D A A A A", "B C D D C B A A"},
		{"one step and grace: the way is walked once grace is over", Stability{OneStep: true, GracePeriod: 2}, "D D D D D D", "A A B C D D"},
		{"one step and a margin: the way is measured from where it began", Stability{OneStep: true, Score: "s", Margin: 5}, "D/10 D/10 D/10 A/12 A/20 A/20", "B C D D C B"},
		{"one step and minimum stay", Stability{OneStep: true, MinimumStay: 2}, "C C C C", "B B C C"},
		{"all at once: the last rule decides", Stability{Dates: 2, MinimumStay: 11, GracePeriod: 3, OneStep: true}, "C C C C C . . . . . . . . . C", "A A A B B . . . . . . . . . C"},
		{"unclassified waits for hysteresis only", Stability{Dates: 2, MinimumStay: 50, GracePeriod: 50, OneStep: true}, "unclassified unclassified C", "A unclassified C"},
		{"unclassified without hysteresis", Stability{MinimumStay: 50, Score: "s", Margin: 5}, "unclassified A", "unclassified A"},
		{"no tag at all", Stability{Dates: 9}, " ", ""},
	} {
		if got, _ := history(t, c.rules, grades(), c.proposed); got != c.want {
			t.Errorf("%s: %s gives %s, want %s", c.name, c.proposed, got, c.want)
		}
	}
}

func TestWhatHoldsIsToldWithItsDay(t *testing.T) {
	for _, c := range []struct {
		rules    Stability
		proposed string
		want     Held
	}{
		{Stability{Dates: 3}, "B", Held{"B", 100, "B", 102, RuleHysteresis}},
		{Stability{Dates: 3}, "B C", Held{"C", 101, "B", 102, RuleHysteresis}},
		{Stability{Score: "s", Margin: 5}, "B/58", Held{"B", 100, "B", 0, RuleMargin}},
		{Stability{MinimumStay: 30}, "B", Held{"B", 100, "B", 120, RuleMinimumStay}},
		{Stability{GracePeriod: 14}, "B", Held{"B", 100, "B", 114, RuleGracePeriod}},
		{Stability{OneStep: true}, "D", Held{"D", 100, "C", 101, RuleOneStep}},
		{Stability{Dates: 3, GracePeriod: 30, MinimumStay: 20}, "B", Held{"B", 100, "B", 130, RuleGracePeriod}},
		{Stability{OneStep: true, MinimumStay: 5}, "C", Held{"C", 100, "C", 105, RuleMinimumStay}},
	} {
		if _, held := history(t, c.rules, grades(), c.proposed); held == nil || *held != c.want {
			t.Errorf("%+v with %s: %+v, want %+v", c.rules, c.proposed, held, c.want)
		}
	}
}

func TestTheAdministratorsOrderAndRemovedOptions(t *testing.T) {
	options := []*pb.TagOption{{Code: "A", Rank: 1}, {Code: "B", Rank: 2}, {Code: "C", Rank: 2}, {Code: "D", Rank: 4}, {Code: "unclassified", Rank: 5}}
	l := newLadder(options, nil)
	if l.toward("B", "C") != 0 || l.toward("A", "D") != 1 || l.toward("D", "C") != -1 || l.toward("A", "unclassified") != 0 || l.toward("A", "gone") != 0 || l.step("A", "D", 1) != "B" {
		t.Errorf("%+v", l)
	}
	reversed := newLadder(options, []string{"D", "gone", "A"})
	if reversed.toward("D", "A") != 1 || reversed.toward("D", "B") != 0 || reversed.step("D", "A", 1) != "A" {
		t.Errorf("%+v", reversed)
	}
	if none := newLadder(options, []string{}); none.toward("A", "D") != 0 {
		t.Error("an empty list takes the order away")
	}
	strict := Stability{Dates: 5, MinimumStay: 500}
	for _, before := range []string{"", "unclassified", "gone"} {
		if now, held := strict.judge(l, standing{Class: before, Since: 99}, "D", "", 100); now.Class != "D" || now.Since != 100 || held != nil {
			t.Errorf("%q is kept: %+v", before, now)
		}
	}
	if now, held := strict.judge(l, standing{Class: "A", Since: 99}, "", "", 100); now.Class != "" || held != nil {
		t.Errorf("without a tag nothing is kept: %+v", now)
	}
	// At the same place another class: it is another proposal without order, but for a third one it lies as far.
	two := Stability{Dates: 2}
	now, _ := two.judge(l, standing{Class: "A", Since: 90}, "B", "", 100)
	if now, held := two.judge(l, now, "C", "", 101); now.Class != "C" || held != nil {
		t.Errorf("%+v %+v", now, held)
	}
}

func TestEveryHeldReasonHasWords(t *testing.T) {
	for _, rule := range []Rule{RuleHysteresis, RuleMargin, RuleMinimumStay, RuleGracePeriod, RuleOneStep} {
		reasons, err := ParseReasons(because(&Held{"C", 100, "B", 114, rule}, "A", []byte(`[{"code":"won"}]`)))
		if err != nil || len(reasons) != 2 || reasons[1].Code != "won" || !isHeld(reasons[0].Code) {
			t.Fatalf("%+v %v", reasons, err)
		}
		for _, language := range []string{"en", "zh-Hans", "zh-Hant"} {
			words := Words(nil, reasons[0], language)
			if strings.ContainsAny(words, "{}=") || !strings.Contains(words, "A") || !strings.Contains(words, "1970-04-11") {
				t.Errorf("%s in %s: %s", rule, language, words)
			}
			if fmt.Sprint(words) == Words(nil, reasons[0], "en") && language != "en" {
				t.Errorf("%s has no words in %s", rule, language)
			}
		}
	}
	tags := []*pb.TagDefinition{{Options: []*pb.TagOption{{Code: "A", Label: &pb.Text{ByLanguage: map[string]string{"en": "Key account"}}}}}}
	reason := Reason{Code: "held_margin", Args: []Argument{{"class", crm.TextValue("A")}, {"proposed", crm.TextValue("C")}, {"since", crm.DateValue(100)}}}
	if got := Words(nil, Labelled(reason, tags, "zh-Hans"), "en"); !strings.Contains(got, "Stays Key account for now: C is proposed") {
		t.Error(got)
	}
	if got := string(because(&Held{"C", 100, "B", 0, RuleMargin}, "A", nil)); !strings.HasSuffix(got, "]}]") {
		t.Error(got)
	}
}
