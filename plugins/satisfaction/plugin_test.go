package satisfaction

import (
	"fmt"
	"testing"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

const (
	npsScores = "activities.score where kind = survey and scale = nps within 365d"
	npsDates  = "activities.occurred_at where kind = survey and scale = nps within 365d"
)

func ago(days int) any { return plugintest.AsOf.AddDate(0, 0, -days).Add(9 * time.Hour) }

func surveyed(scores, dates []any) sdktest.Customer {
	return sdktest.Customer{npsScores: scores, npsDates: dates}
}

func TestClassesOfKindsAtTheirBoundaries(t *testing.T) {
	for _, c := range []struct {
		kind  string
		score float64
		want  string
	}{
		{"nps", 0, "detractor"}, {"nps", 6, "detractor"}, {"nps", 7, "passive"}, {"nps", 8, "passive"}, {"nps", 9, "promoter"}, {"nps", 10, "promoter"},
		{"csat", 1, "dissatisfied"}, {"csat", 2, "dissatisfied"}, {"csat", 3, "neutral"}, {"csat", 4, "satisfied"}, {"csat", 5, "satisfied"},
		{"ces", 1, "high_effort"}, {"ces", 3, "high_effort"}, {"ces", 4, "neutral"}, {"ces", 5, "low_effort"}, {"ces", 7, "low_effort"},
	} {
		classifier := plugintest.Configured(t, Plugin(), map[string]any{"preset": c.kind})
		got := plugintest.One(classifier, sdktest.Customer{
			"activities.score where kind = survey and scale = " + c.kind + " within 365d":       []any{c.score},
			"activities.occurred_at where kind = survey and scale = " + c.kind + " within 365d": []any{ago(1)},
		})
		if got.Tags[""] != c.want || got.Tags["answers"] != "1" {
			t.Errorf("%s of %v is %v, want %s", c.kind, c.score, got.Tags, c.want)
		}
	}
}

func TestZeroIsAnAnswerAndABlankIsNone(t *testing.T) {
	c := plugintest.Configured(t, Plugin(), nil)
	got := c.Classify([]sdktest.Customer{surveyed([]any{0.0}, []any{ago(3)}), surveyed([]any{nil}, []any{ago(3)}), surveyed(nil, nil)})
	if got[0].Tags[""] != "detractor" || got[0].Tags["score"] != "0" {
		t.Errorf("an answer of 0 is %v", got[0].Tags)
	}
	for _, blank := range got[1:] {
		if blank.Tags[""] != "unclassified" || !plugintest.Given(blank, "no_answer") || blank.Tags["answers"] != "0" {
			t.Errorf("a blank is %v because of %v", blank.Tags, blank.Reasons)
		}
	}
}

func TestAnswersBetweenTwoMarksAreLeftOutOrFloored(t *testing.T) {
	customer := surveyed([]any{6.5}, []any{ago(3)})
	got := plugintest.One(plugintest.Configured(t, Plugin(), nil), customer)
	if got.Tags[""] != "unclassified" || !plugintest.Given(got, "not_valid") {
		t.Errorf("6.5 is %v because of %v", got.Tags, got.Reasons)
	}
	got = plugintest.One(plugintest.Configured(t, Plugin(), map[string]any{"decimals": "floor"}), surveyed([]any{6.9}, []any{ago(3)}))
	if got.Tags[""] != "detractor" || got.Tags["score"] != "6" {
		t.Errorf("6.9 floored is %v", got.Tags)
	}
	got = plugintest.One(plugintest.Configured(t, Plugin(), nil), surveyed([]any{11.0, 9.0}, []any{ago(3), ago(9)}))
	if got.Tags[""] != "promoter" || plugintest.Because(got, "left_out")["n"] != "1" {
		t.Errorf("an answer off the scale is not left out: %v %v", got.Tags, got.Reasons)
	}
}

func TestLatestAverageAndEach(t *testing.T) {
	customer := surveyed([]any{10.0, 3.0, 9.0}, []any{ago(300), ago(5), ago(100)})
	for use, want := range map[string][3]string{
		"latest":  {"detractor", "3", "-100"},
		"average": {"passive", "7.3333", "0"},
		"each":    {"passive", "7.3333", "33.33"}, // a mean of exactly a third is no majority
	} {
		got := plugintest.One(plugintest.Configured(t, Plugin(), map[string]any{"use": use}), customer)
		if got.Tags[""] != want[0] || got.Tags["score"] != want[1] || got.Tags["index"] != want[2] {
			t.Errorf("%s: %v, want %v", use, got.Tags, want)
		}
	}
	got := plugintest.One(plugintest.Configured(t, Plugin(), nil), customer)
	if because := plugintest.Because(got, "answered"); because["score"] != "3" || because["max"] != "10" || because["date"] != fmt.Sprint(int(plugintest.Day)-5) {
		t.Errorf("reason %v", got.Reasons)
	}
}

func TestAMeanNeverRoundsUp(t *testing.T) {
	got := plugintest.One(plugintest.Configured(t, Plugin(), map[string]any{"use": "average"}), surveyed([]any{9.0, 9.0, 8.0}, []any{ago(1), ago(2), ago(3)}))
	if got.Tags[""] != "passive" {
		t.Errorf("a mean of 8.67 is %v", got.Tags)
	}
	got = plugintest.One(plugintest.Configured(t, Plugin(), map[string]any{"use": "average"}), surveyed([]any{7.0, 6.0}, []any{ago(1), ago(2)}))
	if got.Tags[""] != "detractor" {
		t.Errorf("a mean of 6.5 is %v", got.Tags)
	}
}

func TestTooFewAnswers(t *testing.T) {
	c := plugintest.Configured(t, Plugin(), map[string]any{"minimum_answers": 3.0})
	got := plugintest.One(c, surveyed([]any{9.0, 9.0}, []any{ago(1), ago(2)}))
	if got.Tags[""] != "unclassified" || got.Tags["answers"] != "2" || plugintest.Because(got, "too_few")["minimum"] != "3" {
		t.Errorf("two of three answers: %v %v", got.Tags, got.Reasons)
	}
}

// asking configures a classifier on the fields of people.
func asking(t *testing.T, config map[string]any) *sdktest.Classifier {
	full := map[string]any{"source": "fields", "date_field": "nps_at"}
	for key, value := range config {
		full[key] = value
	}
	return plugintest.Configured(t, Plugin(), full, plugintest.List("contacts.nps_score", sdk.Integer),
		plugintest.List("contacts.nps_at", sdk.Date), plugintest.List("contacts.decision_maker", sdk.Boolean))
}

func asked(scores, days, decide []any) sdktest.Customer {
	return sdktest.Customer{"contacts.nps_score": scores, "contacts.nps_at": days, "contacts.decision_maker": decide}
}

func day(ago int) any { return plugintest.Day - sdk.Day(ago) }

func TestAccountsAreTheWeightedMeanOfTheirPeople(t *testing.T) {
	now := []any{day(1), day(1), day(1)}
	for _, c := range []struct {
		scores, decide []any
		want           string
	}{
		{[]any{10, 9, 7}, []any{false, false, false}, "promoter"},
		{[]any{10, 7, 7}, []any{false, false, false}, "passive"},   // +1/3 is not above a third
		{[]any{10, 7, 7}, []any{true, false, false}, "promoter"},   // the decision maker counts twice: 2/4
		{[]any{10, 10, 2}, []any{false, false, true}, "detractor"}, // and decides when unhappy
		{[]any{10, 10, 2}, []any{false, false, nil}, "passive"},
		{[]any{2, 7, 7}, []any{false, false, false}, "passive"},
		{[]any{2, 2, 7}, []any{false, false, false}, "detractor"},
		{[]any{nil, nil, 9}, []any{true, true, false}, "promoter"}, // blanks have no weight
	} {
		got := plugintest.One(asking(t, nil), asked(c.scores, now, c.decide))
		if got.Tags[""] != c.want {
			t.Errorf("people who say %v (decide: %v) are %v, want %s", c.scores, c.decide, got.Tags, c.want)
		}
	}
	got := plugintest.One(asking(t, map[string]any{"decision_maker_veto": false}), asked([]any{10, 10, 2}, now, []any{false, false, true}))
	if got.Tags[""] != "passive" || plugintest.Given(got, "decision_maker") {
		t.Errorf("without veto: %v %v", got.Tags, got.Reasons)
	}
}

func TestOldAndFutureAnswersDoNotCount(t *testing.T) {
	c := asking(t, nil)
	got := plugintest.One(c, asked([]any{0, 0, 9, 0}, []any{day(366), day(0), day(365), nil}, nil))
	if got.Tags[""] != "promoter" || got.Tags["answers"] != "1" {
		t.Errorf("the window of 365 days holds %v", got.Tags)
	}
	got = plugintest.One(asking(t, map[string]any{"window": "all"}), asked([]any{0, 9}, []any{day(4000), nil}, nil))
	if got.Tags["answers"] != "2" {
		t.Errorf("without a window: %v", got.Tags)
	}
	got = plugintest.One(asking(t, map[string]any{"window": "all"}), asked(nil, nil, nil))
	if got.Reasons[0].Text != "No survey answer at any time." {
		t.Errorf("without an answer: %v", got)
	}
}

func TestPersonFieldLetsEveryPersonCountOnce(t *testing.T) {
	c := plugintest.Configured(t, Plugin(), map[string]any{"person_field": "contact"}, plugintest.List("activities.contact", sdk.String))
	customer := surveyed([]any{10.0, 0.0, 10.0, 10.0}, []any{ago(9), ago(1), ago(8), ago(7)})
	customer["activities.contact where kind = survey and scale = nps within 365d"] = []any{"a", "a", "b", "b"}
	got := plugintest.One(c, customer)
	if got.Tags["index"] != "0" || got.Tags["answers"] != "4" || plugintest.Because(got, "people_nps")["n"] != "2" {
		t.Errorf("two people: %v %v", got.Tags, got.Reasons)
	}
}

func TestLowIsGood(t *testing.T) {
	c := plugintest.Configured(t, Plugin(), map[string]any{"preset": "ces_2010", "decimals": "floor"})
	column := func(what string) string {
		return "activities." + what + " where kind = survey and scale = ces within 365d"
	}
	for score, want := range map[float64]string{1: "low_effort", 2: "low_effort", 3: "neutral", 4: "high_effort", 5: "high_effort", 2.5: "neutral"} {
		got := plugintest.One(c, sdktest.Customer{column("score"): []any{score}, column("occurred_at"): []any{ago(1)}})
		if got.Tags[""] != want {
			t.Errorf("%v on a scale where low is good is %v, want %s", score, got.Tags, want)
		}
	}
}

func TestConfigurationFaults(t *testing.T) {
	for pointer, config := range map[string]map[string]any{
		"/scale":                {"kind": "csat", "scale": map[string]any{"min": 1.0, "max": 10.0}}, // no middle
		"/scale/direction":      {"scale": map[string]any{"direction": "sideways"}},
		"/score_field":          {"source": "fields"},
		"/person_field":         {"person_field": "who"},
		"/statistic":            {"statistic": "effort_index"},
		"/window":               {"window": "a year"},
		"/minimum_answers":      {"minimum_answers": -1.0},
		"/decision_maker_field": {"source": "fields", "score_field": "known", "decision_maker_field": "known"},
	} {
		found := plugintest.Diagnose(t, Plugin(), config, plugintest.List("contacts.known", sdk.Number))
		if len(found) == 0 || found[0].GetPointer() != pointer || found[0].GetSummary() == "" {
			t.Errorf("%v: diagnostics %v, want one at %s", config, found, pointer)
		}
	}
	if found := plugintest.Diagnose(t, Plugin(), map[string]any{"scale": map[string]any{"min": 1.0, "max": 10.0}}); len(found) != 1 {
		t.Errorf("NPS from 1 to 10 is accepted: %v", found)
	}
	cuts := map[string]any{"min": 1.0, "max": 10.0, "best_from": 9.0, "worst_to": 5.0}
	if found := plugintest.Diagnose(t, Plugin(), map[string]any{"kind": "csat", "scale": cuts}); len(found) != 0 {
		t.Errorf("a scale with its own cuts is refused: %v", found)
	}
}
