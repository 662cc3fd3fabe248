package satisfaction

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// golden are the cases of the reference calculation, see testdata/README.md.
func golden(t *testing.T) (cases struct {
	NPS map[string]*struct {
		N, Promoters, Passives, Detractors int
		NPS                                float64
		SE                                 float64 `json:"se_points"`
	} `json:"nps"`
	CES2 struct {
		Counts   []int   `json:"counts_1_to_7"`
		Mean     float64 `json:"mean"`
		Positive float64 `json:"positive_5_7_pct"`
		Index    float64 `json:"index_67_minus_123"`
	} `json:"ces2"`
	CSAT struct {
		Counts []int   `json:"counts_1_to_5"`
		Top2   float64 `json:"top2box_pct"`
		Mean   float64 `json:"mean"`
	} `json:"csat"`
}) {
	data, err := os.ReadFile("testdata/survey_cases.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func usualScale(t *testing.T, kind string) scale {
	s, err := newScale(Config{Kind: kind, Scale: Scale{Min: usual[kind][0], Max: usual[kind][1]}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// counted answers the verdict on counts of the marks from the scale's lowest.
func counted(s scale, counts []int) verdict {
	var answers []answer
	for i, n := range counts {
		for range n {
			answers = append(answers, answer{value: s.min + float64(i)})
		}
	}
	return judge(s, byPerson(answers, useEach), 1, false)
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-5 }

func TestNetPromoterScoreOfTheReferenceCases(t *testing.T) {
	marks := map[string][]int{
		"zero_to_ten_once_each": {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
		"sauro_100_30_80":       {80, 0, 0, 0, 0, 0, 0, 30, 0, 0, 100},
		"all_seven":             {0, 0, 0, 0, 0, 0, 0, 5},
		"boundaries_6_7_8_9":    {0, 0, 0, 0, 0, 0, 1, 1, 1, 1},
		"single_10":             {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
	}
	for name, want := range golden(t).NPS {
		if want == nil { // nobody answered: the classifier says so before anything is counted
			continue
		}
		counts, known := marks[name]
		if !known {
			t.Fatalf("no answers for the case %s", name)
		}
		got := counted(usualScale(t, "nps"), counts).tally
		if got.n() != want.N || got.best != want.Promoters || got.middle != want.Passives || got.worst != want.Detractors ||
			!near(got.net(), want.NPS) || !near(got.netError(), want.SE) {
			t.Errorf("%s: %+v net %v error %v, want %+v", name, got, got.net(), got.netError(), *want)
		}
	}
}

func TestEffortAndSatisfactionOfTheReferenceCases(t *testing.T) {
	cases := golden(t)
	s := usualScale(t, "ces")
	v := counted(s, cases.CES2.Counts)
	if !near(v.score, cases.CES2.Mean) || !near(v.tally.share(), cases.CES2.Positive) || !near(effortIndex(s, v.values), cases.CES2.Index) {
		t.Errorf("effort: mean %v, share %v, index %v; want %+v", v.score, v.tally.share(), effortIndex(s, v.values), cases.CES2)
	}
	v = counted(usualScale(t, "csat"), cases.CSAT.Counts)
	if !near(v.score, cases.CSAT.Mean) || !near(v.tally.share(), cases.CSAT.Top2) {
		t.Errorf("satisfaction: mean %v, share %v; want %+v", v.score, v.tally.share(), cases.CSAT)
	}
}

func TestTheOrderOfPeopleChangesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := usualScale(t, "nps")
	for range 500 {
		var people []person
		for range 1 + random.IntN(12) {
			people = append(people, person{value: float64(random.IntN(11)), decides: random.IntN(4) == 0})
		}
		first := judge(s, people, 3, true)
		random.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
		second := judge(s, people, 3, true)
		if first.standing != second.standing || first.score != second.score || first.tally != second.tally || first.decided != second.decided {
			t.Fatalf("%v: %+v, shuffled %+v", people, first, second)
		}
	}
}
